//! Dry runs: everything that the run would read is read, nothing is made, and what is in the way is said before it is.

use lifeboat::fault::Class;
use serde_json::{Value, json};

use crate::things::sim;
use crate::world::{Fate, Sim, Which};

async fn plan(sim: &Sim, backup: &str, of: &str) -> Value {
    let answer = sim.ask(json!({"database": "orders", backup: of, "dry_run": true})).await.unwrap();
    let state = sim.state();
    assert!(
        state.made.is_empty() && state.keys_under("runs/").is_empty() && state.mails.is_empty(),
        "nothing was made"
    );
    answer
}

fn lists(answer: &Value, part: &str, what: &str) -> bool {
    let all = answer["plan"][part].as_array().unwrap();
    all.iter().any(|line| line.as_str().unwrap().contains(what))
}

#[tokio::test(start_paused = true)]
async fn what_an_hour_costs_and_what_could_not_be_tried_is_said() {
    let answer = plan(&sim(), "to", "1 hour ago").await;
    assert!(answer["plan"]["cost"]["words"].is_string(), "{answer:#}");
    for right in ["rds:RestoreDBClusterToPointInTime", "iam:PassRole", "s3:PutObject"] {
        assert!(lists(&answer, "not_tried", right), "{right}: {answer:#}");
    }
    assert_eq!(answer["plan"]["in_the_way"], json!([]));
    assert_eq!(answer["plan"]["not_known"], json!([]));
}

#[tokio::test(start_paused = true)]
async fn a_quota_that_would_be_hit_is_said_before_it_is() {
    let sim = sim();
    sim.state().quotas.iter_mut().for_each(|quota| quota.used = 39);
    let answer = plan(&sim, "to", "1 hour ago").await;
    assert!(
        lists(&answer, "in_the_way", "the quota DBInstances: 39 of 40 are in use, and this needs 2 more"),
        "{answer:#}"
    );
    assert!(!lists(&answer, "in_the_way", "DBClusters"), "one more fits: {answer:#}");
    let answer = plan(&sim, "recovery_point", "latest").await;
    assert!(lists(&answer, "in_the_way", "DBInstances"), "AWS Backup's copies count as well: {answer:#}");
}

#[tokio::test(start_paused = true)]
async fn a_permission_that_is_missing_is_listed_by_its_action() {
    for operation in ["account_quotas", "list", "retained", "points"] {
        let sim = sim();
        sim.state().fates.push((Which::All(operation), Fate::Refused(Class::Permission, "AccessDenied")));
        let answer = plan(&sim, "to", "1 hour ago").await;
        assert!(lists(&answer, "in_the_way", &format!("the permission {operation} is missing")), "{answer:#}");
    }
    for operation in ["restore_metadata", "restore_job"] {
        let sim = sim();
        sim.state().fates.push((Which::All(operation), Fate::Refused(Class::Permission, "AccessDenied")));
        let answer = plan(&sim, "recovery_point", "latest").await;
        assert!(lists(&answer, "in_the_way", &format!("the permission {operation} is missing")), "{answer:#}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_could_not_be_looked_at_is_said_and_hides_nothing_else() {
    for operation in ["account_quotas", "list"] {
        let sim = sim();
        sim.state().fates.push((Which::All(operation), Fate::Refused(Class::Transient, "Throttling")));
        let answer = plan(&sim, "to", "1 hour ago").await;
        assert!(lists(&answer, "not_known", "Throttling"), "{operation}: {answer:#}");
        assert!(answer["plan"]["calls"].as_array().unwrap().len() >= 4);
    }
}

#[tokio::test(start_paused = true)]
async fn a_recovery_point_says_the_job_and_everything_after_it() {
    let answer = plan(&sim(), "recovery_point", "latest").await;
    let calls: Vec<&str> =
        answer["plan"]["calls"].as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect();
    assert_eq!(calls[..3], ["backup:StartRestoreJob", "rds:AddTagsToResource", "rds:CreateDBInstance"], "{calls:?}");
    let job = &answer["plan"]["calls"][0]["parameters"];
    assert_eq!(job["IamRoleArn"], "arn:aws:iam::123456789012:role/service-role/AWSBackupDefaultServiceRole");
    assert_eq!(job["Metadata"]["dbSubnetGroupName"], "private");
    assert!(answer["message"].as_str().unwrap().contains("\"recovery_point\""), "what to paste: {}", answer["message"]);
}
