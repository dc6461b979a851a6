//! What can be restored, shown; databases that are gone; another region; and the commands of the answers, run.

use serde_json::json;
use tests::stack::stack;
use tests::story::{Story, commands_in, run_in, text};

#[test]
fn windows_show_every_backup_and_their_commands_work() {
    let story = Story::aurora(
        "vitrine",
        json!({"backups": {"recovery_points": [{"vault": "vault-vitrine", "newest_hours": 26}]}}),
    );
    story.seed_orders();
    story.settled(7200);
    story.take_snapshot("before-migration");
    let point = story.take_recovery_point();
    for wish in [json!({}), json!({"database": "vitrine"})] {
        let answer = story.emergency(&wish).ok();
        let message = text(&answer, "/message");
        let words = ["any second between", " CE", "UTC", "before-migration", "vault-vitrine", "automated snapshots"];
        for words in words {
            assert!(message.contains(words), "{words} in {message}");
        }
        let one = &answer["databases"][0];
        assert_eq!((text(one, "/database"), text(one, "/status")), ("vitrine", "available"), "{one:#}");
        assert!(answer.to_string().contains(&point) && answer.to_string().contains("lag_seconds"), "{answer:#}");
        assert!(message.lines().all(|line| line.chars().count() < 78), "{message}");
    }
    // Everything that it hands out for one database runs: a dry run, a recovery, an inspection.
    let answer = story.emergency(&json!({"database": "vitrine"})).ok();
    let commands = commands_in(text(&answer, "/message"));
    assert_eq!(commands.len(), 5, "{commands:#?}");
    assert!(commands[3].contains("snapshot") && commands[4].contains("recovery_point"), "{commands:#?}");
    let since = stack().call_count();
    let plan = story.run_request(&commands[0]);
    assert_eq!((&plan["dry_run"], story.changing_calls(since).len()), (&json!(true), 0));
    let recovery = run_in(&story.run_request(&commands[1]));
    let inspection = run_in(&story.run_request(&commands[2]));
    assert!(recovery.starts_with("recovery-vitrine-") && inspection.starts_with("inspect-vitrine-"));
    story.recover_to_the_end(&recovery);
    story.recover_to_the_end(&inspection);
    story.nothing_was_deleted();
}

#[test]
fn a_key_that_is_disabled_is_shown_with_the_command_that_gives_it_back() {
    let story = Story::whole("locked", "aurora-postgresql", json!({"checks": []}));
    let key = story.described("cluster", &story.source()).ok().tag("KmsKeyId").unwrap().to_owned();
    stack().key_state(&key, "Disabled", None);
    let answer = story.emergency(&json!({"database": "locked"})).ok();
    let message = text(&answer, "/message");
    assert!(message.contains("CANNOT BE DECRYPTED") && message.contains("enable-key"), "{message}");
    // Whoever asks for it all the same is told what AWS says, and that nothing is harmed.
    let wish = json!({"database": "locked", "to": "latest", "scheduled_time": "2026-02-04T10:15:00Z"});
    let begun = story.emergency(&wish).ok();
    let run = run_in(&begun);
    assert!(text(&begun, "/message").contains("AWS WILL REFUSE IT"), "{begun:#}");
    let (record, _) = story.recover_through(&run, "it is stuck", |record| text(record, "/phase") == "stuck");
    assert!(record["notes"].to_string().contains("KMS key"), "{record:#}");
    let (subject, mail) = story.mail_about("a KMS key cannot be used");
    assert!(subject.starts_with("[ALERT]") && mail.contains("not back"), "{subject}\n{mail}");
    let enable = commands_in(message).into_iter().find(|command| command.contains("enable-key")).unwrap();
    story.run(&enable);
    let run = story.recover("latest");
    story.recover_to_the_end(&run);
}

#[test]
fn a_cluster_that_is_gone_comes_back_from_what_rds_retains_and_what_a_record_remembers() {
    let story = Story::whole("ghost", "aurora-postgresql", json!({}));
    story.sql("CREATE TABLE orders AS SELECT n FROM generate_series(1, 12) n");
    story.settled(3600);
    // An earlier recovery saw every detail of it.
    let earlier = story.recover("30m ago");
    story.recover_to_the_end(&earlier);
    let source = story.source();
    story.lose_source(true);
    let answer = story.emergency(&json!({"database": "ghost"})).ok();
    let message = text(&answer, "/message");
    assert!(message.contains("GONE: ghost") && message.contains("retained of deleted ones"), "{message}");
    // At three in the morning somebody pastes the recovery of the answer.
    let run = run_in(&story.run_request(&commands_in(message)[1]));
    let record = story.recover_to_the_end(&run);
    assert!(record["notes"].to_string().contains(&format!("is gone: set up as {earlier} saw it")), "{record:#}");
    assert_eq!(record["differences"], json!([]));
    assert_eq!(story.sql_of(&run, "SELECT count(*) FROM orders"), "12");
    assert_eq!(story.listed("cluster", &run, "VpcSecurityGroupId"), ["sg-1", "sg-2"]);
    assert_eq!(record["copy"]["members_at"].as_object().map(serde_json::Map::len), Some(3));
    // The name is free: the copy takes it.
    story.emergency(&json!({"run": run, "cut_over": {"swap_names": true}, "despite_failed_checks": true})).ok();
    assert_eq!(story.cut_over_to_the_end(&run), "copy");
    assert_eq!(story.sql_of(&source, "SELECT count(*) FROM orders"), "12");
    story.nothing_was_deleted();
}

#[test]
fn what_nobody_remembers_of_a_lost_cluster_is_asked_for_by_name() {
    let story = Story::aurora("amnesia", json!({}));
    story.sql("CREATE TABLE orders AS SELECT n FROM generate_series(1, 12) n");
    story.settled(3600);
    story.lose_source(true);
    let wish = json!({"database": "amnesia", "to": "30m ago"});
    let since = stack().call_count();
    let refused = story.emergency(&wish).red();
    for words in ["with.subnet_group", "with.security_groups", "with.instance_class"] {
        assert!(refused.contains(words), "{words} in {refused}");
    }
    assert_eq!(story.changing_calls(since).len(), 0, "nothing was made");
    let mut said = wish;
    said["with"] = json!({
        "subnet_group": "private", "security_groups": ["sg-1", "sg-2"], "parameter_group": "ours",
        "instance_class": "db.r6g.large", "readers": 1,
    });
    let run = run_in(&story.emergency(&said).ok());
    let record = story.recover_to_the_end(&run);
    assert_eq!(record["copy"]["members_at"].as_object().map(serde_json::Map::len), Some(2), "a writer and a reader");
    assert_eq!(story.listed("cluster", &run, "VpcSecurityGroupId"), ["sg-1", "sg-2"]);
    assert_eq!(story.sql_of(&run, "SELECT count(*) FROM orders"), "12");
}

#[test]
fn after_a_region_is_lost_its_copied_snapshot_comes_back_in_the_other_one() {
    let story = Story::aurora_with_another_region("exodus", |_| json!({"checks": []}));
    story.seed_orders();
    story.take_snapshot_away("evening");
    story.home_is_down();
    let shown = story.emergency_away(&json!({"database": "exodus"})).ok();
    let message = text(&shown, "/message");
    assert!(message.contains("evening") && message.contains("ago"), "{message}");
    let with = json!({
        "subnet_group": "dr", "security_groups": ["sg-away"], "parameter_group": "default.aurora-postgresql16",
        "instance_class": "db.r6g.large",
    });
    let begun = story.emergency_away(&json!({"database": "exodus", "snapshot": "latest", "with": with})).ok();
    let run = run_in(&begun);
    assert!(text(&begun, "/message").contains("evening") && text(&begun, "/told").contains("ago"), "{begun:#}");
    let away = story.other_region().clone();
    let record = story.recover_away_to_the_end(&run);
    assert_eq!(text(&record, "/phase"), "handed_over");
    let there = stack().existing(&away.region);
    assert!(there.iter().any(|thing| thing.identifier == run && thing.status == "available"), "{there:#?}");
    assert!(!stack().existing(&story.cloud.region).iter().any(|thing| thing.identifier == run));
    story.home_is_up();
}
