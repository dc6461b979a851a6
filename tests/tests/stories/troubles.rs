//! Copies that do not come up, or do not stay: each with its verdict, and nothing left.

use serde_json::json;
use tests::stack::stack;
use tests::story::{Story, minutes, now, whole_second_after};

use super::verdict;

#[test]
fn a_backup_that_does_not_restore_fails() {
    let story = Story::aurora("broken", json!({}));
    story.seed_orders();
    stack().damage("cluster", &story.source());
    story.start("weekly");
    story.drill_to_the_end();
    assert_eq!(story.verdict(), verdict("failed", "backup_unusable"));
    story.promises_are_kept();
    let (subject, text) = story.mail();
    assert_eq!(subject, "[FAIL] broken/weekly: the backup could not be restored");
    assert!(text.contains("At risk:  YES") && text.contains("incompatible-restore"), "{text}");
}

#[test]
fn a_quota_is_inconclusive_and_named() {
    let story = Story::aurora("quota", json!({}));
    story.seed_orders();
    let words = "maximum number of DB clusters: 40";
    story.refuse("RestoreDBClusterToPointInTime", "DBClusterQuotaExceededFault", 403, words);
    let first = story.invoke(&story.request("weekly"));
    let mut red = story.tick_to_the_end();
    red.extend((first.code != Some(0)).then(|| first.red()));
    assert!(red.iter().any(|error| error.contains("DBClusterQuotaExceededFault")), "the invocation ends red: {red:?}");
    assert_eq!(story.verdict(), verdict("inconclusive", "quota"));
    story.promises_are_kept();
    let (subject, text) = story.mail();
    assert_eq!(subject, "[INCONCLUSIVE] quota/weekly: a quota of the account was reached");
    assert!(text.contains("DBClusterQuotaExceededFault") && unfolded(&text).contains(words), "{text}");
    assert_eq!(story.done("RestoreDBClusterToPointInTime"), 0);
}

/// A mail's text as if its lines were endless
fn unfolded(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn an_instance_that_never_comes_up_is_inconclusive_and_torn_down() {
    let story = Story::aurora("slow", json!({}));
    story.seed_orders();
    story.pin_copies("instance", "creating");
    story.start("weekly");
    story.tick_until("an instance was asked for", |record| record.pointer("/acts/attach").is_some());
    story.age(minutes(121));
    story.drill_to_the_end();
    assert_eq!(story.verdict(), verdict("inconclusive", "deadline"));
    story.promises_are_kept();
    let (subject, text) = story.mail();
    assert_eq!(subject, "[INCONCLUSIVE] slow/weekly: the drill missed its deadline");
    assert!(unfolded(&text).contains("the copy's instance is creating"), "{text}");
}

#[test]
fn an_instance_in_a_network_that_does_not_fit_is_inconclusive_and_torn_down() {
    let story = Story::aurora("network", json!({}));
    story.seed_orders();
    story.pin_copies("instance", "incompatible-network");
    story.start("weekly");
    story.drill_to_the_end();
    assert_eq!(story.verdict(), verdict("inconclusive", "network"));
    story.promises_are_kept();
    assert!(story.mail().1.contains("incompatible-network"));
}

#[test]
fn a_copy_that_somebody_deletes_is_inconclusive_and_nothing_is_left() {
    let story = Story::aurora("meddled", json!({}));
    story.seed_orders();
    // The copy comes up for everybody but the drill, so that it is there to be deleted.
    let pin = story.pin_copies("instance", "creating");
    let run = story.start("weekly");
    story.tick_until("an instance was asked for", |record| record.pointer("/acts/attach").is_some());
    let member = format!("{run}-1");
    story.cloud.until_available("instance", &member);
    drop(story.cloud.rds("DeleteDBInstance", &[("DBInstanceIdentifier", &member), ("SkipFinalSnapshot", "true")]).ok());
    drop(story.cloud.rds("DeleteDBCluster", &[("DBClusterIdentifier", &run), ("SkipFinalSnapshot", "true")]).ok());
    stack().unpin(pin);
    story.drill_to_the_end();
    assert_eq!(story.verdict(), verdict("inconclusive", "interference"));
    story.promises_are_kept();
    assert_eq!(story.mail().0, "[INCONCLUSIVE] meddled/weekly: somebody else touched the copy");
}

#[test]
fn a_mysql_copy_that_nobody_answers_for_is_inconclusive_and_says_so() {
    let story = Story::instance("invoices", "mysql", json!({}));
    story.until_restorable(whole_second_after(now()));
    let run = story.start("weekly");
    story.ask_in_vain(&run, 2);
    story.drill_to_the_end();
    assert_eq!(story.verdict().0, "inconclusive");
    story.promises_are_kept();
    let (subject, text) = story.mail();
    assert!(subject.starts_with("[INCONCLUSIVE] invoices/weekly"), "{subject}");
    assert!(text.contains("mysql") && text.contains("could not ask"), "{text}");
}
