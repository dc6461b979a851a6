//! What a story says of its account is what AWS tells of it: the words that stories of the other functions are written in.

use serde_json::json;
use tests::stack::{Cloud, stack};
use tests::story::{Story, When};

use super::verdict;

/// Nobody else's region
const REGION: &str = "eu-account-1";

fn cloud() -> Cloud {
    Cloud { region: REGION.to_owned() }
}

#[test]
fn snapshots_that_are_just_there_are_listed_shared_and_counted() {
    let (stack, cloud) = (stack(), cloud());
    let weekly = json!({"id": "weekly-{n}", "source": "orders", "count": 3, "every_seconds": 604_800, "gib": 7});
    let arns = stack.seed_snapshots(REGION, &[weekly, json!({"id": "pre-1", "source": "gym", "clustered": false})]);
    assert_eq!(arns.len(), 4, "{arns:?}");
    stack.share_snapshots(REGION, "weekly-1", &["all"]);
    let told = |id| cloud.rds("DescribeDBClusterSnapshotAttributes", &[("DBClusterSnapshotIdentifier", id)]).ok().text;
    assert!(told("weekly-1").contains(">all<") && !told("weekly-2").contains(">all<"));
    stack.quota(REGION, "ManualClusterSnapshots", 3);
    let one_more = [("SourceDBClusterSnapshotIdentifier", "weekly-0"), ("TargetDBClusterSnapshotIdentifier", "copy")];
    assert_eq!(cloud.rds("CopyDBClusterSnapshot", &one_more).code(), "SnapshotQuotaExceeded");
    assert_eq!(
        cloud.rds("DescribeDBSnapshots", &[("DBSnapshotIdentifier", "pre-1")]).ok().tag("Status"),
        Some("available")
    );
}

#[test]
fn a_rate_throws_back_what_is_above_it_and_counts() {
    let cloud = Cloud { region: "eu-account-2".to_owned() };
    let rule = stack().throttle(&cloud.region, 0.001, 2);
    let codes: Vec<String> = (0..3).map(|_| cloud.rds("DescribeDBClusters", &[]).code().to_owned()).collect();
    assert_eq!(codes, ["", "", "Throttling"]);
    assert_eq!(stack().throttled(rule), (3, 1));
    stack().unthrottle(rule);
    drop(cloud.rds("DescribeDBClusters", &[]).ok());
}

#[test]
fn the_rest_of_an_account_is_taken_as_it_is_said() {
    let (stack, cloud) = (stack(), cloud());
    stack.certificate(REGION, "rds-ca-rsa2048-g1", "2027-01-01T00:00:00Z");
    assert!(cloud.rds("DescribeCertificates", &[]).ok().text.contains("2027-01-01"));
    stack.engine_support("mysql", "5.7", "2024-02-29", Some("2027-02-28"));
    assert!(cloud.rds("DescribeDBMajorEngineVersions", &[("Engine", "mysql")]).ok().text.contains("2027-02-28"));
    stack.measured(REGION, "AWS/RDS", "TotalBackupStorageBilled", "orders", &[Some(1.0), None, Some(2.0)]);
    stack.key_state(&cloud.arn("kms", "key/1"), "PendingDeletion", Some(7));
    stack.export_fails("export-1", "no");
    stack.vault_lock(REGION, "prod", &json!({"min_days": 7, "locked": true}));
    stack.seed_recovery_points(REGION, "prod", &json!({"resource": "orders", "count": 2, "status": "EXPIRED"}));
    let failed = json!({"resource": "orders", "message": "no", "silent": true, "count": 2});
    assert_eq!(stack.backup_job(REGION, "copy", "FAILED", &failed).len(), 2);
    let rules = json!([{"RuleName": "nightly", "TargetBackupVaultName": "prod"}]);
    assert!(!stack.backup_plan(REGION, &json!({"BackupPlanName": "daily", "Rules": rules})).is_empty());
    let slow = stack.slow_down(REGION, "DescribeEvents", 0.1);
    drop(cloud.rds("DescribeEvents", &[]).ok());
    assert_eq!(stack.hits(slow), 1);
    stack.heal(slow);
}

#[test]
fn a_story_has_an_account_around_its_database_and_asks_any_function() {
    let story = Story::aurora("account", json!({}));
    story.seed_orders();
    story.seed_snapshots("weekly-{n}", 3, 1, &json!({"team": "shop"}));
    let seeded = story.snapshots().into_iter().filter(|one| one.starts_with("weekly-"));
    assert_eq!(seeded.collect::<Vec<_>>(), ["weekly-0", "weekly-1", "weekly-2"]);
    story.quota("ManualClusterSnapshots", 5);
    story.backup_storage(&[Some(1e9), Some(2e9)]);
    assert_eq!(story.backup_job("backup", "FAILED", "no").len(), 1);
    let rule = story.throttle(1000.0, 1000);
    let (request, here) = (story.request("weekly"), json!({"Bucket": story.bucket()}));
    story.kill_of("restore-drill", &request, "S3:PutObject", &here, When::Before);
    assert_eq!(story.calls_here("S3:PutObject"), 1);
    story.ask("restore-drill", &request).ok();
    story.drill_to_the_end();
    assert_eq!(story.verdict(), verdict("passed", "checks_passed"));
    story.promises_are_kept();
    let (calls, thrown_back) = stack().throttled(rule);
    assert!(calls > 0 && thrown_back == 0, "{calls} calls, {thrown_back} of them thrown back");
    stack().unthrottle(rule);
}
