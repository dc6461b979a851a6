//! emergency-restore dies, by signal 9, at each of its calls in turn; the next one goes on.

use serde_json::{Value, json};
use tests::stack::stack;
use tests::story::{Story, When, run_in, text};

/// Every call of a recovery that changes something, with its parameters, in its order
fn acts() -> Vec<(&'static str, Value)> {
    let copy = |key: &str| json!({key: "recovery-*"});
    vec![
        ("S3:PutObject", json!({"Key": "runs/open/*"})),
        ("RestoreDBClusterToPointInTime", copy("DBClusterIdentifier")),
        ("ModifyDBCluster", json!({"DBClusterIdentifier": "recovery-*", "ManageMasterUserPassword": "true"})),
        ("Lambda:Invoke", json!({})),
        ("SNS:Publish", json!({})),
        ("S3:PutObject", json!({"Key": "runs/closed/*"})),
        ("S3:DeleteObject", json!({"Key": "runs/open/*"})),
    ]
}

fn killed_at_every_act(name: &'static str, when: When) {
    let story = Story::whole(name, "aurora-postgresql", json!({}));
    story.sql("CREATE TABLE orders AS SELECT n FROM generate_series(1, 7) n");
    story.settled(600);
    let request = json!({"database": name, "to": "5m ago", "scheduled_time": "2026-02-04T10:15:00Z"});
    let run = format!("recovery-{name}-20260204101500");
    let since = stack().call_count();
    for (act, matching) in acts() {
        // Whoever gets no answer asks again; once there is a record, ticks go on with it.
        let born = story.open_records().iter().any(|record| text(record, "/run") == run);
        story.kill_emergency_at(act, &matching, when, (!born).then_some(&request));
    }
    let record = story.recover_to_the_end(&run);
    assert_eq!([text(&record, "/phase"), text(&record, "/verdict/word")], ["handed_over", "passed"], "{record:#}");
    assert_eq!(record.get("differences"), Some(&json!([])));
    assert_eq!(story.sql_of(&run, "SELECT count(*) FROM orders"), "7");
    for (operation, times) in [("RestoreDBClusterToPointInTime", 1), ("CreateDBInstance", 3), ("AddRoleToDBCluster", 2)]
    {
        assert_eq!(story.done_since(since, operation, &json!({})), times, "{operation}");
    }
    // The same request once more, when everything is over: it is the same run.
    let again = story.emergency(&request).ok();
    assert_eq!((run_in(&again), again.get("was_begun_before")), (run, Some(&json!(true))));
    story.nothing_was_deleted();
}

#[test]
fn killed_after_each_act_the_recovery_is_whole_and_every_act_was_done_once() {
    killed_at_every_act("phoenix", When::After);
}

#[test]
fn killed_before_each_act_the_recovery_is_whole_and_every_act_was_done_once() {
    killed_at_every_act("lazarus", When::Before);
}

#[test]
fn killed_at_the_acts_that_go_beside_the_instances_nothing_is_lost() {
    let story = Story::whole("sideline", "aurora-postgresql", json!({"checks": []}));
    let role = &("AddRoleToDBCluster", json!({"RoleArn": "*:role/import"}));
    let window = json!({"DBClusterIdentifier": "recovery-*", "PreferredMaintenanceWindow": "*:*"});
    let window = &("ModifyDBCluster", window);
    let reader = &("CreateDBInstance", json!({"DBInstanceIdentifier": "recovery-*-2"}));
    // What is asked for side by side is lost together: an act whose reply is lost three times is given up.
    let twice = [
        [(role, When::Before), (window, When::After)],
        [(role, When::After), (window, When::Before)],
        [(reader, When::Before), (reader, When::After)],
    ];
    for (second, kills) in (1..).zip(twice) {
        let since = stack().call_count();
        let scheduled = format!("2026-02-04T10:15:0{second}Z");
        let request = json!({"database": "sideline", "to": "latest", "scheduled_time": scheduled});
        let run = format!("recovery-sideline-2026020410150{second}");
        for ((operation, matching), when) in kills {
            // Asked again, it is the same run.
            story.kill_emergency_at(operation, matching, when, Some(&request));
        }
        let record = story.recover_to_the_end(&run);
        assert_eq!(record["differences"], json!([]), "{record:#}");
        assert_eq!(story.done_since(since, "CreateDBInstance", &json!({})), 3);
        assert_eq!(story.done_since(since, "AddRoleToDBCluster", &json!({})), 2);
    }
    story.nothing_was_deleted();
}

/// Three orders in the copy, none in the source
fn handed_over(story: &Story) -> String {
    story.sql("CREATE TABLE orders AS SELECT n FROM generate_series(1, 3) n");
    story.settled(600);
    let run = story.recover("5m ago");
    story.recover_to_the_end(&run);
    story.sql("DELETE FROM orders");
    run
}

/// Kills it before and after each of these calls; whoever gets no answer asks again, which is one request all the same
fn killed_at_each(story: &Story, wish: &Value, calls: &[(&str, Value)]) {
    let record = ("S3:PutObject", json!({"Key": "runs/open/*"}));
    for (operation, matching) in [&record].into_iter().chain(calls) {
        for when in [When::Before, When::After] {
            story.kill_emergency_at(operation, matching, when, Some(wish));
        }
    }
}

fn named(kind: &str, to: &str) -> (&'static str, Value) {
    if kind == "cluster" {
        ("ModifyDBCluster", json!({"NewDBClusterIdentifier": to}))
    } else {
        ("ModifyDBInstance", json!({"NewDBInstanceIdentifier": to}))
    }
}

#[test]
fn killed_at_every_move_of_a_swap_and_of_its_undoing_it_ends_the_same() {
    let story = Story::aurora("swapkill", json!({}));
    let run = handed_over(&story);
    let (source, member) = (story.source(), format!("{}-writer", story.source()));
    let stamp = run.rsplit('-').next().unwrap();
    let aside = |name: &str| format!("{name}-before-{stamp}");
    let there = [
        named("instance", &aside(&member)),
        named("cluster", &aside(&source)),
        named("cluster", &source),
        named("instance", &member),
    ];
    let wish = json!({"run": run, "cut_over": {"swap_names": true}, "despite_failed_checks": true});
    killed_at_each(&story, &wish, &there);
    assert_eq!(story.cut_over_to_the_end(&run), "copy");
    assert_eq!(story.sql("SELECT count(*) FROM orders"), "3");
    assert_eq!(story.sql_of(&aside(&source), "SELECT count(*) FROM orders"), "0");

    let back = [
        named("instance", &format!("{run}-1")),
        named("cluster", &run),
        named("cluster", &source),
        named("instance", &member),
    ];
    killed_at_each(&story, &json!({"run": run, "undo_cut_over": true}), &back);
    assert_eq!(story.cut_over_to_the_end(&run), "source");
    assert_eq!(story.sql("SELECT count(*) FROM orders"), "0");
    assert_eq!(story.sql_of(&run, "SELECT count(*) FROM orders"), "3");
    story.nothing_was_deleted();
}

#[test]
fn killed_at_every_move_of_a_proxy_and_of_its_undoing_it_ends_the_same() {
    let story = Story::aurora("gatekill", json!({}));
    let proxy = story.proxy();
    let run = handed_over(&story);
    let calls = [("DeregisterDBProxyTargets", json!({})), ("RegisterDBProxyTargets", json!({}))];
    let wish = json!({"run": run, "cut_over": {"proxy": proxy}, "despite_failed_checks": true});
    killed_at_each(&story, &wish, &calls);
    assert_eq!(story.cut_over_to_the_end(&run), "copy");
    assert_eq!(story.targets(&proxy)[0].0, run);
    killed_at_each(&story, &json!({"run": run, "undo_cut_over": true}), &calls);
    assert_eq!(story.cut_over_to_the_end(&run), "source");
    assert_eq!(story.targets(&proxy)[0].0, story.source());
    story.nothing_was_deleted();
}

#[test]
fn replies_that_are_lost_once_cost_nothing() {
    let story = Story::whole("mute", "aurora-postgresql", json!({"checks": []}));
    let region = &story.cloud.region;
    let since = stack().call_count();
    for act in ["RestoreDBClusterToPointInTime", "CreateDBInstance", "AddRoleToDBCluster", "ModifyDBCluster"] {
        stack().fault_in(region, act, &json!({}), 1, &json!({"kind": "drop_after"}));
    }
    let run = story.recover("latest");
    let record = story.recover_to_the_end(&run);
    assert_eq!(record["differences"], json!([]), "{record:#}");
    for (operation, times) in [("RestoreDBClusterToPointInTime", 1), ("CreateDBInstance", 3), ("AddRoleToDBCluster", 2)]
    {
        assert_eq!(story.done_since(since, operation, &json!({})), times, "{operation}");
    }
}
