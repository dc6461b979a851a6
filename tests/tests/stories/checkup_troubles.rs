//! backup-check and everything that can be wrong: found by the next check, told once, and resolved when it is mended, by the
//! very command that the mail has wherever that mends it.

#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "helpers of a story: what is missing fails it")]

use jiff::SignedDuration;
use lifeboat::recover::{Record, recovery_id};
use lifeboat::restore::{Purpose, drill_id, open_key};
use lifeboat::verify::VerdictWord;
use serde_json::{Value, json};
use tests::stack::stack;
use tests::story::{Story, VAULT, command, commands_in, open, resolved};

const HOUR: i64 = 3600;
const GIB: f64 = 1_073_741_824.0;
/// A key that only one snapshot hangs on
const KEY: &str = "key/0a1b2c3d-0000-4000-8000-000000000001";

fn aged(kind: &str, identifier: &str, seconds: i64) {
    stack().control("POST", "/age", Some(&json!({"kind": kind, "id": identifier, "seconds": seconds})));
}

/// Every trouble that one change in the account makes
fn make_trouble(story: &Story) {
    let (stack, region) = (stack(), story.cloud.region.as_str());
    story.set_retention("archive", 3);
    story.protect("ledger", false);
    let snapshots = [
        json!({"id": "manual-open", "source": story.identifier("orders"), "kms_key": story.key()}),
        json!({"id": "manual-locked", "source": story.identifier("orders"), "kms_key": story.cloud.arn("kms", KEY)}),
        json!({"id": "of-nobody-{n}", "source": "nobody", "count": 30, "kms_key": story.key()}),
    ];
    story.seed_snapshots_as(&snapshots);
    stack.share_snapshots(region, "manual-open", &["all"]);
    stack.key_state(&story.cloud.arn("kms", KEY), "Disabled", None);
    // 33 of 34 are 97 %.
    stack.quota(region, "ManualClusterSnapshots", 34);
    aged("snapshot", "manual-troubles", 60 * HOUR);
    stack.backup_job(region, "backup", "FAILED", &json!({
        "resource": story.identifier("ledger"), "vault": VAULT, "message": "Backup job failed because of insufficient privileges.",
    }));
    stack.vault_lock(region, VAULT, &json!({"min_days": 60}));
    let rule = json!({"RuleName": "nightly", "TargetBackupVaultName": VAULT, "Lifecycle": {"DeleteAfterDays": 35}});
    stack.backup_plan(region, &json!({"BackupPlanName": "daily", "Rules": [rule]}));
    let expired = json!({"resource": story.identifier("ledger"), "status": "EXPIRED", "age_seconds": 40 * 24 * HOUR});
    stack.seed_recovery_points(region, VAULT, &expired);
    story.billed("orders", "AWS/RDS", &[Some(3000.0 * GIB)]);
    story.make_instance("stranger", "mysql", "8.4.3");
    story.file_drill("archive", SignedDuration::from_hours(1), VerdictWord::Failed, |_| {});
    story.file_drill("ledger", SignedDuration::from_hours(9 * 24), VerdictWord::Passed, |record| {
        record.plan.drill = Some("monthly".to_owned());
        record.run = drill_id("ledger", Some("monthly"), record.scheduled_for);
    });
}

fn policy_of_troubles(story: &Story, policy: &mut Value) {
    policy["databases"]["ledger"]["drills"]["monthly"] = json!({"max_age_days": 8});
    policy["databases"]["ghost"] =
        json!({"kind": "aurora", "identifier": story.identifier("ghost"), "drills": {"weekly": {}}});
}

/// Somebody recovers orders: a record as emergency-restore writes it
fn recover(story: &Story) -> (String, String) {
    let at = tests::story::now() - SignedDuration::from_hours(3);
    let run = recovery_id(Purpose::Recovery, "orders", at);
    let identifier = story.identifier("orders");
    let record = json!({
        "version": 1, "run": run, "purpose": "recovery", "database": "orders", "requested_at": at, "asked_for": "latest",
        "blueprint": {
            "kind": "aurora", "engine": "aurora-postgresql", "engine_version": "16.4", "identifier": identifier,
            "arn": story.cloud.arn("rds", &format!("cluster:{identifier}")), "resource_id": "cluster-1",
            "database_name": null, "master_user": null, "tags": {}, "settings": {}, "members": [], "replicas": [],
            "read_from": "source", "read_at": at,
        },
        "point": {"time": {"to": at}}, "from": {"source": identifier}, "questions": {"cannot": {"why": "no login"}},
        "timezone": "UTC", "phase": "restoring", "phases": [{"phase": "restoring", "at": at}],
    });
    serde_json::from_value::<Record>(record.clone()).unwrap();
    let key = open_key(&run);
    story.cloud.put(&story.bucket(), &key, record.to_string().into_bytes());
    (key, run)
}

/// What is found of all of it, in order
fn wanted(story: &Story, recovery: &str) -> Vec<String> {
    let (region, away) = (&story.cloud.region, &story.other_region().region);
    let mut wanted = vec![
        "high backup-jobs/ledger".to_owned(),
        "high drill-result/archive/weekly".to_owned(),
        "high exists/ghost".to_owned(),
        "high key/orders".to_owned(),
        format!("high quota/{region}/ManualClusterSnapshots"),
        "high sharing/orders/manual-open".to_owned(),
        format!("high vault-lock-rules/{VAULT}"),
        "medium billed/orders".to_owned(),
        format!("medium copy/orders/{away}"),
        "medium deletion-protection/ledger".to_owned(),
        "medium drill-age/ledger/monthly".to_owned(),
        "medium growth/orders".to_owned(),
        format!("medium expired-points/{VAULT}"),
        "medium retention/archive".to_owned(),
        "low drill-result/ghost/weekly".to_owned(),
        format!("low running/{recovery}"),
        format!("low unlisted/rds/{}", story.identifier("stranger")),
    ];
    wanted.sort();
    wanted
}

#[test]
fn every_trouble_is_found_by_the_next_check_told_once_and_resolved_when_it_is_mended() {
    let story = Story::account("troubles");
    story.make_an_account_that_is_well();
    story.copy_away("orders", "manual-troubles");
    // Only the one copy is there: the other went.
    let away = story.other_region();
    drop(away.rds("DeleteDBClusterSnapshot", &[("DBClusterSnapshotIdentifier", "manual-1")]).ok());
    tests::story::until("the copy is gone", tests::story::A_STEP, || {
        (!stack().existing(&away.region).iter().any(|one| one.identifier == "manual-1")).then_some(())
    });
    assert_eq!(open(&story.check()), Vec::<String>::new());
    story.new_mail();

    make_trouble(&story);
    let (recovery_key, recovery) = recover(&story);
    story.policy_with(|policy| policy_of_troubles(&story, policy));
    story.the_next_day_comes();
    let answer = story.check();
    let (subject, text) = story.new_mail();
    let wanted = wanted(&story, &recovery);
    assert_eq!(told_of(&answer), wanted);
    assert!(subject.starts_with("[ALERT]") && text.contains("At risk:  Yes"), "{subject}\n{text}");
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let told = words(&text);
    for finding in answer["findings"].as_array().unwrap() {
        let title = finding["title"].as_str().unwrap();
        assert!(told.contains(title), "{title} is not told");
    }
    // The same day and the next day say nothing new.
    for _ in 0..2 {
        assert_eq!(told_of(&story.check()), wanted);
        story.the_next_day_comes();
    }
    assert_eq!(story.new_mails(), vec![]);

    // Every command is one that the AWS CLI takes, and those that mend do.
    let ids = answer["findings"].as_array().unwrap().iter().map(|finding| finding["id"].as_str().unwrap());
    let commands: Vec<String> = ids.map(|id| command(&answer, id)).filter(|words| !words.is_empty()).collect();
    let mailed = commands_in(&text);
    assert!(mailed.len() > 8, "{mailed:#?}");
    story.reads(&[commands, mailed].concat());
    let mending = [
        "retention/archive",
        "deletion-protection/ledger",
        "sharing/orders/manual-open",
        "key/orders",
        "expired-points/prod",
    ];
    for id in mending {
        story.run(&command(&answer, id));
    }
    assert_eq!((story.retention("archive"), story.is_protected("ledger")), (7, true));
    mend_by_hand(&story, &recovery_key);
    let answer = story.check();
    assert_eq!(open(&answer), Vec::<String>::new());
    let mut ended: Vec<String> =
        resolved(&answer).iter().filter(|id| !id.ends_with("-jobs/ghost")).map(|id| plain(id)).collect();
    ended.sort();
    // The stranger was accepted, which mends nothing.
    let wanted = wanted.iter().filter_map(|line| line.split_once(' ')).map(|(_, id)| id.to_owned());
    let mut mended: Vec<String> = wanted.filter(|id| !id.starts_with("unlisted/")).collect();
    mended.sort();
    assert_eq!(ended, mended);
    let (subject, _) = story.new_mail();
    assert!(subject.starts_with("[RESOLVED]"), "{subject}");
    story.the_next_day_comes();
    assert_eq!(open(&story.check()), Vec::<String>::new());
    assert_eq!(story.new_mails(), vec![]);
}

/// An id without the vault that may stand behind the database of a job
fn plain(id: &str) -> String {
    id.strip_suffix(&format!("/{VAULT}")).filter(|id| id.contains("-jobs/")).unwrap_or(id).to_owned()
}

/// What an answer has, in order. Jobs of a database that does not exist are nobody's question: that it does not is told.
fn told_of(answer: &Value) -> Vec<String> {
    let mut found: Vec<String> = open(answer).iter().map(|line| plain(line)).collect();
    found.retain(|line| !(line.starts_with("unjudged ") && line.ends_with("-jobs/ghost")));
    found.sort();
    found
}

/// What no command of a mail mends
fn mend_by_hand(story: &Story, recovery_key: &str) {
    let (stack, region) = (stack(), story.cloud.region.as_str());
    stack.quota(region, "ManualClusterSnapshots", 100);
    story.copy_away("orders", "manual-today");
    let later = json!({"resource": story.identifier("ledger"), "vault": VAULT, "age_seconds": 60, "took_seconds": 30});
    stack.backup_job(region, "backup", "COMPLETED", &later);
    stack.vault_lock(region, VAULT, &json!({"min_days": 30}));
    story.file_drill("archive", SignedDuration::from_mins(1), VerdictWord::Passed, |_| {});
    story.file_drill("ledger", SignedDuration::from_hours(1), VerdictWord::Passed, |record| {
        record.plan.drill = Some("monthly".to_owned());
        record.run = drill_id("ledger", Some("monthly"), record.scheduled_for);
    });
    story.cloud.remove(&story.bucket(), recovery_key);
    story.policy_with(|policy| {
        policy["databases"]["ledger"]["drills"]["monthly"] = json!({"max_age_days": 8});
        policy["databases"]["orders"]["storage"] = json!({"billed_gib": 9000, "growth_percent_per_week": 9000});
        let stranger = format!("unlisted/rds/{}", story.identifier("stranger"));
        policy["checkup"]["accept"] = json!([{"finding": stranger, "reason": "it is a toy"}]);
    });
}
