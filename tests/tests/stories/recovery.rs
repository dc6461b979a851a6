//! Databases that come back whole: the rows of the minute that was asked for, and every setting.

use jiff::SignedDuration;
use serde_json::{Value, json};
use tests::stack::stack;
use tests::story::{ROLES, Story, commands_in, run_in, text};

/// Forty orders that have been there for an hour, wiped just now; the time of a minute before
fn wiped(story: &Story) -> String {
    story.sql("CREATE TABLE orders AS SELECT n, now() AS created_at FROM generate_series(1, 40) n");
    story.settled(3600);
    let before = story.wipe(&["orders"]);
    story.until_restorable(before);
    assert_eq!(story.sql("SELECT count(*) FROM orders"), "0");
    (before - SignedDuration::from_mins(1)).to_string()
}

#[test]
fn a_cluster_comes_back_with_its_rows_and_readers_and_every_setting() {
    let checks = json!([{"kind": "row_count", "table": "public.orders", "at_least": 40, "at_most": 40}]);
    let story = Story::whole("bazaar", "aurora-postgresql", json!({"checks": checks}));
    let to = wiped(&story);
    let since = stack().call_count();
    let begun = story.emergency(&json!({"database": "bazaar", "to": to})).ok();
    let run = run_in(&begun);
    assert!(run.starts_with("recovery-bazaar-20"), "{run}");
    assert!(text(&begun, "/message").contains(&format!("{run} has begun")), "{begun:#}");
    let record = story.recover_to_the_end(&run);

    assert_eq!(story.sql_of(&run, "SELECT count(*) FROM orders"), "40");
    assert_eq!(story.sql("SELECT count(*) FROM orders"), "0", "the source is as it was");
    assert_eq!(text(&record, "/verdict/word"), "passed", "{:#}", record["verdict"]);
    assert_eq!(record["differences"], json!([]));
    story.is_the_same("cluster", &story.source(), &run);
    for (number, member) in [(1, "writer"), (2, "reader"), (3, "reports")] {
        story.is_the_same("instance", &format!("{}-{member}", story.source()), &format!("{run}-{number}"));
    }
    assert_eq!(story.listed("cluster", &run, "VpcSecurityGroupId"), ["sg-1", "sg-2"]);
    let mut roles = story.listed("cluster", &run, "RoleArn");
    roles.sort();
    assert_eq!(roles, [ROLES[1], ROLES[0]]);
    for (operation, times) in
        [("RestoreDBClusterToPointInTime", 1), ("CreateDBInstance", 3), ("AddRoleToDBCluster", 2), ("Lambda:Invoke", 1)]
    {
        assert_eq!(story.done_since(since, operation, &json!({})), times, "{operation}");
    }
    story.nothing_was_deleted();
    story.mails_fit();
    let (subject, mail) = story.mail_about("complete, no setting differs");
    assert!(subject.contains("RTO") && mail.contains(&run), "{subject}\n{mail}");

    // What was AWS's time and what was ours, in the answer and in the mail
    let stands = story.emergency(&json!({"run": run})).ok();
    let (rto, aws) = (stands["rto_seconds"].as_i64().unwrap(), stands["aws_seconds"].as_i64().unwrap());
    assert!(rto >= aws && rto - aws < 5, "{rto} s, of which AWS took {aws}: {stands:#}");
    assert!(mail.contains("AWS's share") && mail.contains("restoring the volume"), "{mail}");
    let phases: Vec<&str> = stands["phases"].as_array().unwrap().iter().map(|phase| text(phase, "/phase")).collect();
    assert_eq!([phases[0], *phases.last().unwrap()], ["restoring", "handed_over"]);
    // All instances are asked for side by side, at the first sight of the volume.
    let asked = |n: u8| text(&record, &format!("/acts/create:{run}-{n}/asked_at")).to_owned();
    let volume = text(&record, "/copy/volume_at").to_owned();
    assert_eq!([asked(1), asked(2), asked(3)], [volume.clone(), volume.clone(), volume], "{:#}", record["acts"]);
}

#[test]
fn clusters_of_other_engines_and_an_instance_come_back_with_every_setting() {
    for (name, engine) in [("mysqlmart", "aurora-mysql"), ("leaflets", "docdb"), ("till", "postgres")] {
        // Nobody listens behind the first two: their data is not asked.
        let sandbox = json!({"subnet_group": "private", "security_groups": ["sg-0a1b2c3d"]});
        let story = Story::whole(name, engine, json!({"checks": [], "sandbox": sandbox, "drills": {}}));
        let clustered = engine != "postgres";
        let run = story.recover("latest");
        let record = story.recover_to_the_end(&run);
        assert_eq!(record["differences"], json!([]), "{engine}");
        let kind = if clustered { "cluster" } else { "instance" };
        story.is_the_same(kind, &story.source(), &run);
        if clustered {
            for (number, member) in [(1, "writer"), (2, "reader"), (3, "reports")] {
                story.is_the_same("instance", &format!("{}-{member}", story.source()), &format!("{run}-{number}"));
            }
        }
        story.nothing_was_deleted();
        story.mails_fit();
    }
}

#[test]
fn a_setting_that_could_not_be_made_is_in_the_mail_with_the_command_that_mends_it() {
    let story = Story::whole("lame", "aurora-postgresql", json!({"checks": []}));
    let role = json!({"DBClusterIdentifier": "recovery-lame-*", "RoleArn": ROLES[1]});
    let refused =
        json!({"kind": "error", "code": "InvalidParameterValue", "http": 400, "message": "not for this role"});
    let fault = stack().fault_in(&story.cloud.region, "AddRoleToDBCluster", &role, -1, &refused);
    let run = story.recover("latest");
    let (record, _) = story.recover_through(&run, "it is handed over", |it| text(it, "/phase") == "handed_over");
    stack().heal(fault);
    assert_eq!(record["given_up"].as_array().map(Vec::len), Some(1), "{record:#}");
    assert_eq!(record["differences"].as_array().map(Vec::len), Some(1), "{record:#}");
    let (subject, mail) = story.mail_about("1 setting differs, 1 GIVEN UP");
    assert!(subject.starts_with("[ALERT]") && mail.contains("not for this role"), "{subject}\n{mail}");
    let mending: Vec<String> =
        commands_in(&mail).into_iter().filter(|command| command.contains("add-role-to-db-cluster")).collect();
    assert_eq!(mending.len(), 1, "{mail}");
    story.run(&mending[0]);
    let mut roles = story.listed("cluster", &run, "RoleArn");
    roles.sort();
    assert_eq!(roles, [ROLES[1], ROLES[0]]);
    story.reads(&commands_in(&mail));
}

#[test]
fn a_failed_check_is_in_the_mail_and_deletes_nothing() {
    let checks = json!([{"kind": "row_count", "table": "public.orders", "at_least": 1000}]);
    let story = Story::whole("doubtful", "aurora-postgresql", json!({"checks": checks}));
    let to = wiped(&story);
    let run = story.recover(&to);
    let record = story.recover_to_the_end(&run);
    assert_eq!(text(&record, "/verdict/word"), "failed", "{record:#}");
    let (subject, mail) = story.mail_about("complete");
    assert!(subject.starts_with("[ALERT]") && subject.contains("1 of 2 checks FAILED"), "{subject}");
    assert!(mail.contains("at least 1000") && mail.contains("40") && mail.contains("Nothing was deleted"), "{mail}");
    assert_eq!(story.sql_of(&run, "SELECT count(*) FROM orders"), "40", "it stays");
    story.nothing_was_deleted();
    // Nobody is let near it without a second word.
    let proxy = story.proxy();
    let wish = json!({"run": run, "cut_over": {"proxy": proxy}});
    let refused = story.emergency(&wish).red();
    assert!(refused.contains("failed") && refused.contains("despite_failed_checks"), "{refused}");
    let mut despite = wish.clone();
    despite["despite_failed_checks"] = Value::Bool(true);
    story.emergency(&despite).ok();
    assert_eq!(story.cut_over_to_the_end(&run), "copy");
}
