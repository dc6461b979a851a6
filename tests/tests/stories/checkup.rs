//! backup-check over an account that is well, and what it says and does otherwise.

use jiff::SignedDuration;
use lifeboat::verify::VerdictWord;
use serde_json::json;
use tests::stack::stack;
use tests::story::{Story, finding, open, resolved};

#[test]
fn an_account_that_is_well_gets_its_weekly_mail_and_then_no_other() {
    let story = Story::account("well");
    story.make_an_account_that_is_well();
    let before = story.changes().len();
    let answer = story.check();
    assert_eq!(open(&answer), Vec::<String>::new(), "{answer:#}");
    let (subject, text) = story.new_mail();
    assert_eq!(subject, "[INFO] backups, weekly: all 3 databases are well");
    for database in ["orders", "ledger", "archive"] {
        assert!(text.contains(&format!("  {database}: all is well\n    restorable to ")), "{text}");
    }
    assert!(text.contains("At risk:  No: nothing that was looked at is wrong."), "{text}");
    assert!(!text.contains("not known, ") && !text.contains("NOT KNOWN"), "{text}");
    // The next checks have nothing to say: not on the same day, and not on the next ones.
    for _ in 0..3 {
        assert_eq!(open(&story.check()), Vec::<String>::new());
        story.the_next_day_comes();
    }
    assert_eq!(story.new_mails(), vec![]);
    assert_eq!(story.cloud.metric(&story.namespace(), "Findings", "orders"), Some(0.0));
    assert_eq!(story.changes().len(), before, "a check changed something");
}

#[test]
fn one_database_is_answered_for_alone_and_nothing_of_others_is_resolved_or_told() {
    let story = Story::account("alone");
    story.make_an_account_that_is_well();
    story.set_retention("archive", 3);
    story.set_retention("orders", 2);
    story.check();
    story.new_mail();
    // Both are mended, and only one of them is asked about.
    story.set_retention("archive", 7);
    story.set_retention("orders", 7);
    let answer = story.check_of("orders");
    assert_eq!((open(&answer), resolved(&answer)), (vec![], vec!["retention/orders".to_owned()]));
    let message = answer["message"].as_str().unwrap();
    assert!(message.contains("orders: all is well") && !message.contains("archive"), "{message}");
    assert_eq!(story.new_mails(), vec![], "who asks about one database gets an answer, and the others no mail");
    let known = story.object("findings.json").unwrap();
    assert!(known["findings"]["retention/archive"].is_object(), "{known:#}");
    let red = story.ask("backup-check", &json!({"check": "order"})).red();
    assert!(red.contains("Nearest: orders"), "{red}");
    story.the_next_day_comes();
    let answer = story.check();
    assert_eq!(resolved(&answer), ["retention/archive", "retention/orders"]);
    let (subject, text) = story.new_mail();
    assert!(
        subject.starts_with("[RESOLVED]") && text.contains("archive") && text.contains("orders"),
        "{subject}\n{text}"
    );
}

#[test]
fn what_rds_throws_back_in_the_middle_of_pages_is_asked_again_and_nothing_is_missed() {
    let story = Story::account("rates");
    story.make_an_account_that_is_well();
    // More than two pages of a hundred, of which the last page has the public one
    let many = json!({"id": "manual-x{n}", "source": story.identifier("orders"), "count": 230, "kms_key": story.key()});
    story.seed_snapshots_as(&[many]);
    stack().share_snapshots(&story.cloud.region, "manual-x99", &["all"]);
    story.policy_with(|policy| policy["checkup"]["sharing_asked_per_run"] = 300.into());
    let calm = open(&story.check());
    assert!(calm.contains(&"high sharing/orders/manual-x99".to_owned()), "{calm:?}");
    let rule = story.throttle(40.0, 3);
    let answer = story.check();
    let (_, thrown_back) = stack().throttled(rule);
    stack().unthrottle(rule);
    assert!(thrown_back > 0, "nothing was thrown back");
    assert_eq!(open(&answer), calm);
}

#[test]
fn what_the_policy_allows_is_mended_and_told_and_nothing_else_is_touched() {
    let story = Story::account("mending");
    story.make_an_account_that_is_well();
    story.check();
    story.new_mail();
    let weaken = || {
        story.set_retention("orders", 2);
        story.protect("ledger", false);
    };
    weaken();
    story.the_next_day_comes();
    let before = story.changes().len();
    let answer = story.check();
    assert_eq!(open(&answer), ["medium deletion-protection/ledger", "medium retention/orders"]);
    assert_eq!(story.changes().len(), before, "nothing is changed unless the policy says so");
    assert_eq!((story.retention("orders"), story.is_protected("ledger")), (2, false));
    story.new_mail();

    // Archive keeps more than the policy asks for: a retention is never lowered.
    story.set_retention("archive", 30);
    story.policy_with(|policy| {
        policy["checkup"]["remediate"] = json!({"retention": true, "deletion_protection": true});
    });
    story.the_next_day_comes();
    let before = story.changes().len();
    let answer = story.check();
    let made: Vec<String> = story.changes().split_off(before).into_iter().map(|call| call.operation).collect();
    assert_eq!(made, ["ModifyDBCluster", "ModifyDBInstance"]);
    assert_eq!(answer["mended"]["raised"].as_array().map(Vec::len), Some(1), "{answer:#}");
    let (subject, text) = story.new_mail();
    assert!(subject.contains("2 settings were mended"), "{subject}");
    for line in [
        "(cluster prod-mending-orders): retention raised from 2 to 7 days",
        "(instance prod-mending-ledger): protected",
    ] {
        assert!(text.contains(line), "{text}");
    }
    assert_eq!((story.retention("orders"), story.is_protected("ledger"), story.retention("archive")), (7, true, 30));
    story.the_next_day_comes();
    let answer = story.check();
    assert_eq!(open(&answer), Vec::<String>::new());
    assert_eq!(resolved(&answer), ["deletion-protection/ledger", "retention/orders"]);
    assert!(story.new_mail().0.starts_with("[RESOLVED]"));
}

#[test]
fn storage_without_a_data_point_is_not_known_and_never_nothing() {
    let story = Story::account("gap");
    story.make_an_account_that_is_well();
    story.make_cluster("fresh", "docdb", "db.t4g.medium");
    story.policy_with(|policy| {
        let mut fresh = policy["databases"]["archive"].clone();
        fresh["identifier"] = story.identifier("fresh").into();
        fresh["backups"]["recovery_points"] = json!([]);
        policy["databases"]["fresh"] = fresh;
    });
    story.file_drill("fresh", SignedDuration::from_hours(1), VerdictWord::Passed, |_| {});
    let answer = story.check();
    assert_eq!(open(&answer), ["unjudged billed/fresh"]);
    assert_eq!(finding(&answer, "billed/fresh")["evidence"], json!(["AWS has no value of TotalBackupStorageBilled"]));
    let (subject, text) = story.new_mail();
    assert!(!subject.contains("all 4 databases are well"), "{subject}");
    assert!(text.contains("COULD NOT BE LOOKED AT: 1"), "{text}");
    assert_eq!(story.cloud.metric(&story.namespace(), "BilledBackupGiB", "fresh"), None);
    story.billed("fresh", "AWS/DocDB", &[Some(1e9)]);
    story.the_next_day_comes();
    let answer = story.check();
    assert_eq!((open(&answer), resolved(&answer)), (vec![], vec!["billed/fresh".to_owned()]));
}
