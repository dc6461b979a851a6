//! Old manual snapshots.

use super::super::fixtures::*;
use crate::checkup::{Answer, Severity, World};
use crate::database::{Sharing, Snapshot, SnapshotKind};

const ID: &str = "old-snapshots/orders";

fn with(mut of: Vec<Snapshot>) -> World {
    let mut world = well();
    of.push(automated());
    *snapshots(&mut world) = of;
    world
}

#[test]
fn a_snapshot_may_be_as_old_as_the_retention() {
    let exactly = Snapshot { created_at: Some(now() - days(7)), ..snapshot("by-hand", 7) };
    let over = Snapshot { created_at: Some(now() - days(7) - second()), ..snapshot("by-hand", 7) };
    assert_eq!(severity(&with(vec![exactly]), ID), None);
    assert_eq!(severity(&with(vec![over]), ID), Some(Severity::Low));
}

#[test]
fn what_something_keeps_is_not_told_of() {
    let tagged = |key: &str, value: &str| {
        let mut one = snapshot("by-hand", 30);
        one.tags.insert(key.to_owned(), value.to_owned());
        one
    };
    let other = Snapshot { source: "somebody".to_owned(), ..snapshot("by-hand", 30) };
    let kind = |kind| Snapshot { kind, ..snapshot("by-hand", 30) };
    let creating = Snapshot { status: "creating".to_owned(), created_at: None, ..snapshot("by-hand", 30) };
    let table = [
        ("one of the newest two", snapshot("pre-0", 30), None),
        ("no pattern reaches it", snapshot("by-hand", 30), Some(Severity::Low)),
        ("pinned", tagged("lifeboat:keep", ""), None),
        ("pinned in another case", tagged("Lifeboat:Keep", ""), None),
        ("kept until tomorrow", tagged("lifeboat:keep-until", "2026-11-21T00:00:00Z"), None),
        ("kept until yesterday", tagged("lifeboat:keep-until", "2026-11-19T00:00:00Z"), Some(Severity::Low)),
        ("kept until nobody knows", tagged("lifeboat:keep-until", "soon"), None),
        ("of another database", other, None),
        ("automated", kind(SnapshotKind::Automated), None),
        ("of AWS Backup", kind(SnapshotKind::AwsBackup), None),
        ("of an instance of that name", of_instance("by-hand", 30), None),
        ("being made", creating, None),
    ];
    for (what, one, wanted) in table {
        assert_eq!(severity(&with(vec![one]), ID), wanted, "{what}");
    }
}

#[test]
fn old_snapshots_are_told_with_their_price_and_what_clean_up_would_save() {
    let pre = (10..15).map(|age| snapshot(&format!("pre-{age}"), age));
    let world = with(pre.chain([snapshot("by-hand", 40)]).collect());
    let finding = found(&world, ID);
    // Two of the five are kept; one run may delete two, and those after it the third.
    assert_eq!(
        finding.title,
        "orders has 4 manual snapshots older than 7 days that nothing keeps: 480 GiB, at most about $10.08 a month"
    );
    assert_eq!(finding.measure, Some(4.0));
    assert_eq!(
        finding.evidence,
        [
            "by-hand of 2026-10-11 12:00:00 UTC: 120 GiB, at most about $2.52 a month",
            "pre-14 of 2026-11-06 12:00:00 UTC: 120 GiB, at most about $2.52 a month",
            "pre-13 of 2026-11-07 12:00:00 UTC: 120 GiB, at most about $2.52 a month",
            "pre-12 of 2026-11-08 12:00:00 UTC: 120 GiB, at most about $2.52 a month",
            "prices of November 2026, us-east-1, where the policy names no others",
            "clean-up would let 3 manual snapshots go: 360 GiB, at most about $7.56 a month",
        ]
    );
    assert_eq!(finding.mend.command[2], "describe-db-cluster-snapshots");
}

#[test]
fn an_instance_has_another_price_and_another_command() {
    let world = with(vec![of_instance("by-hand", 30)]);
    let finding = found(&world, "old-snapshots/ledger");
    assert!(finding.title.ends_with("120 GiB, at most about $11.40 a month"), "{}", finding.title);
    assert_eq!(finding.mend.command[2..5], ["describe-db-snapshots", "--db-instance-identifier", "prod-ledger"]);
}

#[test]
fn ten_are_listed_and_the_others_counted() {
    let world = with((10..22).map(|age| snapshot(&format!("by-hand-{age}"), age)).collect());
    let finding = found(&world, ID);
    assert!(finding.evidence[0].starts_with("by-hand-21 "));
    assert_eq!(finding.evidence[10], "and 2 more");
}

#[test]
fn a_size_that_aws_does_not_say_is_said_to_be_missing() {
    let unsized_ = Snapshot { storage_gib: Some(1), ..snapshot("by-hand", 30) };
    let finding = found(&with(vec![unsized_]), ID);
    assert!(finding.title.ends_with("0.0 GiB, at most about $0.00 a month (1 without a size)"), "{}", finding.title);
}

#[test]
fn a_snapshot_without_a_time_may_be_old() {
    let timeless = Snapshot { created_at: None, ..snapshot("by-hand", 1) };
    assert_eq!(severity(&with(vec![timeless.clone()]), ID), Some(Severity::Unjudged));
    assert_eq!(severity(&with(vec![timeless, snapshot("by-hand-2", 30)]), ID), Some(Severity::Low));
}

#[test]
fn clean_up_saves_nothing_while_the_newest_backup_is_stale() {
    let old: Vec<Snapshot> = (10..15).map(|age| snapshot(&format!("pre-{age}"), age)).collect();
    let mut world = well();
    *snapshots(&mut world) = old;
    let finding = found(&world, ID);
    assert!(!finding.evidence.iter().any(|line| line.contains("clean-up")), "{:?}", finding.evidence);
}

#[test]
fn what_is_shared_is_not_promised_to_clean_up() {
    let old: Vec<Snapshot> = (10..13).map(|age| snapshot(&format!("pre-{age}"), age)).collect();
    let arn = old[2].arn.clone();
    let mut world = with(old);
    assert!(found(&world, ID).evidence.iter().any(|line| line.contains("let 1 manual snapshot go")));
    home(&mut world).sharing.insert(arn, Sharing::With(vec!["999999999999".to_owned()]));
    assert!(!found(&world, ID).evidence.iter().any(|line| line.contains("clean-up")));
}

#[test]
fn a_dry_run_is_named_where_it_is_what_keeps_them() {
    let world = with((10..13).map(|age| snapshot(&format!("pre-{age}"), age)).collect());
    let sheet = sheet_with(&policy_with(r#""cleanup": {}"#), &world);
    let found = sheet.findings();
    assert!(found[0].evidence.iter().any(|line| line.contains("go, once cleanup.dry_run is false")), "{found:?}");
}

#[test]
fn snapshots_that_were_not_read_are_not_none() {
    for unread in [None, Some(Err(denied()))] {
        let mut world = well();
        home(&mut world).snapshots = unread;
        assert_eq!(severity(&world, ID), Some(Severity::Unjudged));
    }
    assert_eq!(answer(&with(Vec::new()), ID), Some(Answer::Fine));
}
