//! backup-check and what it may not or cannot look at: told as not known, never as fine, and nothing else is hidden by it.

use serde_json::Value;
use tests::stack::stack;
use tests::story::{Story, open, resolved};

/// What can be refused, and one question each that hangs on it
const REFUSALS: [(&str, &str); 16] = [
    ("RDS:DescribeDBClusters", "exists/orders"),
    ("RDS:DescribeDBInstances", "certificate/orders"),
    ("RDS:DescribeDBClusterSnapshots", "newest-snapshot/orders"),
    ("RDS:DescribeDBSnapshots", "newest-snapshot/ledger"),
    ("RDS:DescribeDBClusterSnapshotAttributes", "sharing/orders"),
    ("RDS:DescribeDBInstanceAutomatedBackups", "window-depth/ledger"),
    ("RDS:DescribeAccountAttributes", "quota/{region}/DBClusters"),
    ("RDS:DescribeCertificates", "certificate/ledger"),
    ("RDS:DescribeDBMajorEngineVersions", "engine-version/orders"),
    ("Backup:DescribeBackupVault", "vault-lock/prod"),
    ("Backup:ListRecoveryPointsByBackupVault", "recovery-point/orders/prod"),
    ("Backup:ListBackupJobs", "backup-jobs/orders"),
    ("Backup:ListCopyJobs", "copy-jobs/orders"),
    ("Backup:ListBackupPlans", "vault-lock-rules/prod"),
    ("KMS:DescribeKey", "key/orders"),
    ("CloudWatch:GetMetricData", "billed/orders"),
];

fn unjudged(answer: &Value) -> Vec<String> {
    open(answer).into_iter().filter_map(|line| line.strip_prefix("unjudged ").map(str::to_owned)).collect()
}

#[test]
fn what_may_not_be_looked_at_is_told_as_such_and_hides_nothing_else() {
    let story = Story::account("refused");
    story.make_an_account_that_is_well();
    story.check();
    story.new_mail();
    // Something that is wrong, and that some of the refusals hide
    story.set_retention("archive", 2);
    story.protect("ledger", false);
    story.the_next_day_comes();
    let trouble = ["medium deletion-protection/ledger", "medium retention/archive"];
    assert_eq!(open(&story.check()), trouble);
    story.new_mail();
    for (operation, id) in REFUSALS {
        story.the_next_day_comes();
        let id = id.replace("{region}", &story.cloud.region);
        let refused = stack().refuse(&story.cloud.region, operation, "AccessDenied", 403);
        let answer = story.check();
        assert!(stack().hits(refused) > 0, "{operation} was not asked");
        stack().heal(refused);
        assert!(unjudged(&answer).contains(&id), "{operation}: {:#?}", open(&answer));
        for known in trouble {
            assert!(open(&answer).iter().any(|line| line == known), "{operation} hides {known}: {:#?}", open(&answer));
        }
        assert_eq!(resolved(&answer), Vec::<String>::new(), "{operation}");
        let (subject, text) = story.new_mail();
        assert!(text.contains("COULD NOT BE LOOKED AT") && text.contains("AccessDenied"), "{operation}\n{text}");
        assert!(text.contains("At risk:  Not known"), "{operation}\n{text}");
        assert!(!subject.contains("well"), "{operation}: {subject}");
        // Once it may be looked at again, all is as it was.
        story.the_next_day_comes();
        let answer = story.check();
        assert_eq!(open(&answer), trouble, "after {operation}");
        drop(story.new_mails());
    }
}

#[test]
fn a_region_that_is_down_leaves_its_copies_unknown_and_the_rest_is_judged() {
    let story = Story::account("dark");
    story.make_an_account_that_is_well();
    story.check();
    story.new_mail();
    let away = story.other_region().region.clone();
    stack().region_is_down(&away, &["*"]);
    story.protect("ledger", false);
    story.the_next_day_comes();
    let answer = story.check();
    assert!(open(&answer).contains(&"medium deletion-protection/ledger".to_owned()), "{:#?}", open(&answer));
    assert!(unjudged(&answer).contains(&format!("copy/orders/{away}")), "{:#?}", open(&answer));
    assert!(unjudged(&answer).iter().all(|id| id.contains(&away)), "{:#?}", open(&answer));
    let (subject, text) = story.new_mail();
    assert!(subject.starts_with("[ALERT]"), "{subject}");
    assert!(text.contains("COULD NOT BE LOOKED AT"), "{text}");
    stack().region_is_up(&away);
    story.the_next_day_comes();
    assert_eq!(open(&story.check()), ["medium deletion-protection/ledger"]);
    let (subject, text) = story.new_mail();
    assert!(subject.starts_with("[RESOLVED]") && text.contains("It could be looked at again"), "{subject}\n{text}");
}
