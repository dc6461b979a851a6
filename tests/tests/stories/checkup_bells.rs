//! backup-check as a Lambda, rung by what AWS tells EventBridge.

use serde_json::json;
use tests::stack::{binary, stack};
use tests::story::{A_STEP, Story, VAULT, until};

/// The rule of the Terraform module
fn rung_by_failed_jobs(story: &Story) {
    let name = "backup-check-bells";
    let function =
        story.cloud.make_function(name, &binary("backup-check"), &story.bucket(), &story.function_environment());
    let pattern = json!({
        "source": ["aws.backup"], "detail-type": ["Backup Job State Change", "Copy Job State Change"],
        "detail": {"state": ["FAILED", "ABORTED", "EXPIRED", "PARTIAL"]},
    });
    story.cloud.on_events("backup-check-jobs", &pattern, &function);
}

#[test]
fn ten_failed_jobs_ring_ten_times_and_make_one_mail_at_once() {
    let story = Story::account("bells");
    story.make_an_account_that_is_well();
    story.check();
    story.new_mail();
    rung_by_failed_jobs(&story);
    let checks = || story.calls_here("DescribeAccountAttributes");
    let before = checks();
    let failed = json!({"resource": story.identifier("ledger"), "vault": VAULT, "message": "no", "count": 10});
    stack().backup_job(&story.cloud.region, "backup", "FAILED", &failed);
    let mails = until("a mail", A_STEP, || Some(story.new_mails()).filter(|mails| !mails.is_empty()));
    until("every ring is answered", A_STEP, || (checks() >= before + 10).then_some(()));
    // Of each check the last thing is its attempt to write; whoever tells then tells at once.
    let writes = || story.done_or_refused("S3:PutObject findings.json");
    until("every check has written or lost", A_STEP, || (writes() >= 11).then_some(()));
    story.check();
    let told = [mails, story.new_mails()].concat();
    assert_eq!(told.len(), 1, "{told:#?}");
    let (subject, text) = &told[0];
    assert!(subject.starts_with("[ALERT]") && text.contains("backup-jobs/ledger"), "{subject}\n{text}");
    // A job that completed rings nobody.
    let before = checks();
    let later = json!({"resource": story.identifier("ledger"), "vault": VAULT, "age_seconds": 60, "took_seconds": 30});
    stack().backup_job(&story.cloud.region, "backup", "COMPLETED", &later);
    story.the_next_day_comes();
    story.check();
    assert_eq!(checks(), before + 1);
    let (subject, _) = story.new_mail();
    assert!(subject.starts_with("[RESOLVED]"), "{subject}");
}

#[test]
fn what_goes_wrong_while_another_check_is_faster_is_told_all_the_same() {
    let story = Story::account("faster");
    story.make_an_account_that_is_well();
    story.check();
    story.new_mail();
    // The slow check reads what is known, and waits for its list of jobs.
    let held = stack().hold(&story.cloud.region, "Backup:ListBackupJobs");
    let answer = std::thread::scope(|scope| {
        let checking = scope.spawn(|| story.check());
        until("the slow check waits", A_STEP, || (stack().hits(held) > 0).then_some(()));
        // Meanwhile another one comes and goes, and only then a job fails.
        assert_eq!(story.check()["findings"], json!([]));
        let failed = json!({"resource": story.identifier("ledger"), "vault": VAULT, "message": "no"});
        stack().backup_job(&story.cloud.region, "backup", "FAILED", &failed);
        stack().heal(held);
        checking.join().unwrap()
    });
    assert!(answer["skipped"].is_null(), "{answer:#}");
    let (subject, text) = story.new_mail();
    assert!(subject.starts_with("[ALERT]") && text.contains("backup-jobs/ledger"), "{subject}\n{text}");
    story.check();
    assert_eq!(story.new_mails(), vec![]);
}
