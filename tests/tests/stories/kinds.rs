//! Backups of every kind: recovery points of AWS Backup, copies in another region, what is left of a deleted database.

use serde_json::{Value, json};
use tests::stack::stack;
use tests::story::{Story, minutes};

use super::verdict;

/// How a cluster comes out of a snapshot
const FROM_A_SNAPSHOT: &str = "RestoreDBClusterFromSnapshot";

fn tag<'a>(call: &'a tests::stack::Call, key: &str) -> Option<&'a str> {
    let tags = call.parameters.get("Tags")?;
    let tags = tags.as_array().or_else(|| tags.get("Tag")?.as_array())?;
    let found = tags.iter().find(|tag| tag.get("Key").and_then(Value::as_str) == Some(key))?;
    found.get("Value").and_then(Value::as_str)
}

#[test]
fn a_copied_snapshot_is_restored_in_its_region_while_home_is_down() {
    let story = Story::aurora_with_another_region("faraway", |away| {
        json!({
            "checks": [{"kind": "row_count", "table": "orders", "at_least": 3, "at_most": 3}],
            "drills": {"dr": {"source": "latest_snapshot", "region": away, "sandbox": {"subnet_group": "dr"}}},
        })
    });
    story.seed_orders();
    story.take_snapshot_away("weekly-copy");
    story.seed("DELETE FROM orders");
    story.take_snapshot("newer-but-at-home");
    story.home_is_down();
    let run = story.start("dr");
    story.drill_to_the_end();
    story.home_is_up();
    assert_eq!(story.verdict(), verdict("passed", "checks_passed"));
    story.promises_are_kept();
    assert!(story.servers_seen() > 0, "the copy's PostgreSQL was never seen");
    let restores = story.calls(FROM_A_SNAPSHOT);
    assert_eq!(restores.len(), 1);
    let restore = &restores[0];
    assert!(restore.parameter("SnapshotIdentifier").contains("weekly-copy"), "{restore:?}");
    assert_eq!(restore.parameter("DBSubnetGroupName"), "dr");
    assert_eq!(tag(restore, "lifeboat:run"), Some(run.as_str()));
    assert_eq!(restore.region, story.other_region().region);
    assert!(story.mail().1.contains(&story.other_region().region), "the mail names the region");
}

#[test]
fn a_deleted_clusters_retained_backup_is_restored() {
    let checks = json!([{"kind": "row_count", "table": "orders", "at_least": 3, "at_most": 3}]);
    let story = Story::aurora("bereft", json!({"checks": checks}));
    story.seed_orders();
    let story = story.source_is_deleted();
    story.start("weekly");
    story.drill_to_the_end();
    assert_eq!(story.verdict(), verdict("passed", "checks_passed"));
    story.promises_are_kept();
    let restores = story.calls("RestoreDBClusterToPointInTime");
    assert_eq!(restores.len(), 1);
    assert!(restores[0].parameter("SourceDbClusterResourceId").starts_with("cluster-"), "{restores:?}");
    assert_eq!(restores[0].parameter("SourceDBClusterIdentifier"), "");
    let kept = story.cloud.rds("DescribeDBClusterAutomatedBackups", &[]).ok();
    assert!(kept.text.contains("retained"), "the backup is still there: {}", kept.text);
}

#[test]
fn three_drills_of_one_database_keep_their_own_calendar() {
    let name = "calendar";
    let story = Story::aurora(
        name,
        json!({
            "backups": {"recovery_points": [{"vault": format!("vault-{name}"), "newest_hours": 26}]},
            "drills": {"weekly": {"source": "point_in_time", "max_age_days": 8},
                       "quarterly": {"source": "latest_snapshot", "max_age_days": 100},
                       "vault": {"source": "recovery_point", "max_age_days": 40}},
        }),
    );
    story.seed_orders();
    story.take_snapshot("by-hand");
    story.take_recovery_point();
    let drills = ["weekly", "quarterly", "vault"];
    let requests = drills.map(|drill| story.request(drill));
    let runs: Vec<String> = requests
        .iter()
        .map(|request| story.invoke(request).ok().pointer("/runs/0/run").and_then(Value::as_str).unwrap().to_owned())
        .collect();
    assert!(runs[0].starts_with("drill-calendar-20"), "the first drill's runs have no name of it: {runs:?}");
    assert!(
        runs[1].starts_with("drill-calendar-quarterly-20") && runs[2].starts_with("drill-calendar-vault-20"),
        "{runs:?}"
    );
    story.drill_to_the_end();
    story.promises_are_kept();
    let mut closed: Vec<(String, String)> = story
        .closed_records()
        .iter()
        .map(|record| {
            (record["run"].as_str().unwrap().to_owned(), record["verdict"]["word"].as_str().unwrap().to_owned())
        })
        .collect();
    closed.sort();
    let mut wanted: Vec<_> = runs.iter().map(|run| (run.clone(), "passed".to_owned())).collect();
    wanted.sort();
    assert_eq!(closed, wanted);
    for drill in drills {
        let about = format!("{name}/{drill}:");
        assert_eq!(story.mails().iter().filter(|(subject, _)| subject.contains(&about)).count(), 1, "{about}");
    }
    // Each is over for its own time, and only for it.
    for request in &requests {
        story.invoke(request).ok();
    }
    assert!(story.open_records().is_empty());
    let index = story.cloud.get(&story.bucket(), "reports/index.html").unwrap();
    assert!(drills.iter().all(|drill| index.contains(drill)), "the page of all drills tells them apart");
}

#[test]
fn a_region_that_does_not_answer_makes_a_drill_inconclusive_and_it_is_torn_down_when_it_does() {
    let story = Story::aurora_with_another_region(
        "blackout",
        |away| json!({"drills": {"dr": {"source": "latest_snapshot", "region": away, "sandbox": {"subnet_group": "dr"}}}}),
    );
    story.seed_orders();
    story.take_snapshot_away("blackout-copy");
    let run = story.start("dr");
    story.tick_until("an instance was asked for", |record| record.pointer("/acts/attach").is_some());
    let away = story.other_region().region.clone();
    stack().region_is_down(&away, &["RDS"]);
    story.age(minutes(121));
    story.tick_until("it is over", |record| record["phase"] == "tearing_down");
    assert!(story.copies().iter().any(|copy| copy.identifier == run));
    stack().region_is_up(&away);
    story.tick_to_the_end();
    assert_eq!(story.verdict().0, "inconclusive");
    story.promises_are_kept();
}
