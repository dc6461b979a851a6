//! What copies that are over left behind goes; what is somebody else's is told with the command that deletes it.

use serde_json::{Value, json};
use tests::stack::stack;
use tests::story::{A_STEP, Story, pasted, until};

fn tags(run: &str) -> Vec<(String, String)> {
    let tags = [("lifeboat:run", run), ("lifeboat:purpose", "drill"), ("lifeboat:expires-at", "2026-01-02T00:00:00Z")];
    let flat = tags.iter().enumerate().flat_map(|(number, (key, value))| {
        let name = format!("Tags.Tag.{}", number + 1);
        [(format!("{name}.Key"), (*key).to_owned()), (format!("{name}.Value"), (*value).to_owned())]
    });
    flat.collect()
}

/// Somebody's cluster is deleted, and its automated backups are retained
fn leave_a_backup_of(story: &Story, cluster: &str, tags: &[(String, String)]) {
    let tags: Vec<(&str, &str)> = tags.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let made = [
        ("DBClusterIdentifier", cluster),
        ("Engine", "aurora-postgresql"),
        ("MasterUsername", "app"),
        ("MasterUserPassword", "correct-horse-9"),
    ];
    drop(story.cloud.rds("CreateDBCluster", &[&made[..], &tags].concat()).ok());
    story.cloud.until_available("cluster", cluster);
    let kept = [("DBClusterIdentifier", cluster), ("SkipFinalSnapshot", "true"), ("DeleteAutomatedBackups", "false")];
    drop(story.cloud.rds("DeleteDBCluster", &kept).ok());
    until(&format!("{cluster} is gone"), A_STEP, || {
        let all = stack().existing(&story.cloud.region);
        (!all.iter().any(|thing| thing.kind == "cluster" && thing.identifier == cluster)).then_some(())
    });
}

fn backups(story: &Story) -> String {
    story.cloud.rds("DescribeDBClusterAutomatedBackups", &[]).ok().text
}

#[test]
fn what_an_expired_drill_left_goes_and_a_strangers_stays() {
    let story = Story::aurora("tidy", json!({}));
    let run = "drill-tidy-202601010000";
    leave_a_backup_of(&story, run, &tags(run));
    leave_a_backup_of(&story, "drill-tidy-strangers", &[]);
    leave_a_backup_of(&story, "prod-old", &[]);
    let ours: Value =
        json!({"lifeboat:run": run, "lifeboat:purpose": "drill", "lifeboat:expires-at": "2026-01-02T00:00:00Z"});
    story.seed_snapshots_as(&[
        json!({"id": run, "source": run, "tags": ours}),
        json!({"id": "kept-by-a-colleague", "source": run}),
        json!({"id": "prod-old-final", "source": "prod-old"}),
    ]);
    let answer = story.lifecycle_run();
    let there = story.snapshots();
    assert!(!there.contains(&run.to_owned()), "{there:?}");
    assert!(
        there.contains(&"kept-by-a-colleague".to_owned()) && there.contains(&"prod-old-final".to_owned()),
        "{there:?}"
    );
    let kept = backups(&story);
    assert!(!kept.contains(run) && kept.contains("drill-tidy-strangers") && kept.contains("prod-old"), "{kept}");
    let (subject, text) = story.mail();
    assert!(subject.starts_with("[ALERT]") && subject.contains("left behind"), "{subject}");
    assert!(text.contains("delete-db-cluster-snapshot") && text.contains("kept-by-a-colleague"), "{text}");
    assert!(!text.contains("prod-old"), "{text}");
    assert!(!answer["left_behind"].as_array().unwrap().is_empty(), "{answer:#}");
    story.lifecycle_run();
    assert_eq!(story.mails().len(), 1, "the same list is told once");
    story.mails_fit();
    story.source_is_untouched();
}

#[test]
fn what_aws_backup_left_is_told_with_its_command_and_not_touched() {
    let story = Story::aurora("vault-tidy", json!({}));
    story.change_policy(|database| {
        database["backups"] = json!({"recovery_points": [{"vault": "vault-vault-tidy", "newest_hours": 26}]});
    });
    let expired = json!({"resource": story.source(), "count": 1, "status": "EXPIRED", "age_seconds": 4_000_000});
    stack().seed_recovery_points(&story.cloud.region, &story.vault(), &expired);
    let copy = "awsbackup-restore-test-1";
    let made = [
        ("DBClusterIdentifier", copy),
        ("Engine", "docdb"),
        ("MasterUsername", "app"),
        ("MasterUserPassword", "correct-horse-9"),
    ];
    drop(story.cloud.rds("CreateDBCluster", &made).ok());
    story.cloud.until_available("cluster", copy);
    let job = json!({"resource": story.source(), "message": "done", "shown": {
        "CreatedResourceArn": story.cloud.arn("rds", &format!("cluster:{copy}")), "DeletionStatus": "FAILED",
        "DeletionStatusMessage": "it has deletion protection",
        "CreatedBy": {"RestoreTestingPlanArn": story.cloud.arn("backup", "restore-testing-plan:weekly-1")}}});
    stack().backup_job(&story.cloud.region, "restore", "COMPLETED", &job);
    let answer = story.lifecycle_run();
    let (_, text) = story.mail();
    for words in [
        "2 things left behind",
        "aws backup delete-recovery-point",
        "--backup-vault-name vault-vault-tidy",
        "EXPIRED",
        "aws rds delete-db-cluster",
        copy,
        "deletion protection",
    ] {
        assert!(text.contains(words), "no {words} in {text}");
    }
    let arn = story.cloud.arn("rds", "cluster-snapshot:awsbackup:job-");
    let commands = pasted(&text);
    assert_eq!(commands.len(), 2, "{text}");
    assert!(commands[0].last().is_some_and(|last| last.starts_with(&arn)), "{commands:?}");
    assert_eq!(commands[1], ["rds", "delete-db-cluster", "--db-cluster-identifier", copy, "--skip-final-snapshot"]);
    assert_eq!(answer["left_behind"].as_array().map(Vec::len), Some(2), "{answer:#}");
    assert!(
        stack()
            .existing(&story.cloud.region)
            .iter()
            .any(|thing| thing.identifier == copy && thing.status == "available")
    );
    assert_eq!(story.calls_here("DeleteDBCluster") + story.calls_here("Backup:DeleteRecoveryPoint"), 0);
    story.mails_fit();
}
