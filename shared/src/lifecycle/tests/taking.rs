//! Snapshots on request, and exports.

use jiff::SignedDuration;
use proptest::prelude::*;

use super::super::fixtures::{daily, now, ripe, snapshot, strict, world};
use super::super::*;
use crate::database::Engine;
use crate::request::{ExportSnapshot, KeepFor, TakeSnapshot};

fn asked(reason: &str) -> TakeSnapshot {
    TakeSnapshot { database: "orders".to_owned(), reason: reason.to_owned(), keep: None, scheduled_time: None }
}

fn new(request: &TakeSnapshot) -> CreateSnapshot {
    match take(now(), &strict(), request, &[]).unwrap() {
        Taken::New(act) => act,
        Taken::Before { identifier } => panic!("{identifier}"),
    }
}

#[test]
fn a_snapshot_is_named_after_database_reason_and_minute() {
    let act = new(&asked("Schema migration 42"));
    assert_eq!(act.identifier, "pre-maintenance-orders-schema-migration-42-202611201200");
    assert!(act.thinned_out && act.clustered);
    assert_eq!(act.tags[crate::restore::PURPOSE], "snapshot");
    assert_eq!(act.tags[crate::restore::SOURCE], "prod-orders");
    assert_eq!(act.tags[REASON], "Schema migration 42");
}

#[test]
fn a_reason_is_cleaned_for_the_name_and_for_the_tag() {
    let act = new(&asked("drop \"users\" (really, 100%)"));
    assert_eq!(act.identifier, "pre-maintenance-orders-drop-users-real-2a450c10-202611201200");
    assert_eq!(act.tags[REASON], "drop users really 100");
    let (one, other) = (new(&asked("移行")).identifier, new(&asked("削除")).identifier);
    assert_ne!(one, other);
}

#[test]
fn the_same_request_twice_makes_one() {
    let request = asked("migration");
    let first = new(&request).identifier;
    let later = |minutes: i64, request: &TakeSnapshot| {
        let at = now() + SignedDuration::from_mins(minutes);
        take(at, &strict(), request, std::slice::from_ref(&first)).unwrap()
    };
    let before = Taken::Before { identifier: first.clone() };
    for minutes in [0, 1, 3, 15] {
        assert_eq!(later(minutes, &request), before, "{minutes}");
    }
    assert!(matches!(later(16, &request), Taken::New(_)));
    assert!(matches!(later(1, &asked("migration 2")), Taken::New(_)), "another reason is another request");
    let scheduled = TakeSnapshot { scheduled_time: Some(now()), ..request.clone() };
    assert_eq!(later(600, &scheduled), before, "the scheduled time is the key");
    let next = TakeSnapshot { scheduled_time: Some(now() + SignedDuration::from_mins(1)), ..request };
    assert!(matches!(later(1, &next), Taken::New(_)), "another scheduled time is another request");
}

#[test]
fn how_long_it_is_kept_becomes_a_tag() {
    let until = |keep| new(&TakeSnapshot { keep, ..asked("x") }).tags.get(KEEP_UNTIL).cloned();
    assert_eq!(until(None), None);
    assert_eq!(until(Some(KeepFor::Days(10))).as_deref(), Some("2026-11-30T12:00:00Z"));
    let past = TakeSnapshot { keep: Some(KeepFor::Until(now())), ..asked("x") };
    let told = take(now(), &strict(), &past, &[]).unwrap_err().to_string();
    assert!(told.starts_with("keep_until: is 2026-11-20 12:00:00 UTC. Allowed: a time after now"), "{told}");
}

#[test]
fn a_database_that_is_not_there_is_answered_with_those_that_are() {
    let request = TakeSnapshot { database: "order".to_owned(), ..asked("x") };
    let told = take(now(), &strict(), &request, &[]).unwrap_err().to_string();
    assert_eq!(
        told,
        "snapshot: names the database \"order\". Allowed: a database of the policy: orders, ledger, archive. Nearest: orders"
    );
}

#[test]
fn a_name_that_no_pattern_reaches_is_noticed() {
    let request = TakeSnapshot { database: "ledger".to_owned(), ..asked("x") };
    assert!(!new(&request).thinned_out && !new(&request).clustered);
}

#[test]
fn the_first_to_go_are_those_that_are_due_and_then_those_that_wait() {
    let (_, plan) = ripe(&strict(), &world(daily(9)));
    let first: Vec<&str> = first_to_go(&plan, true).iter().map(|one| one.identifier.as_str()).collect();
    assert_eq!(first, ["pre-8", "pre-7", "pre-6", "pre-5", "pre-4"]);
    assert!(first_to_go(&plan, false).is_empty(), "clusters and instances have quotas of their own");
}

#[test]
fn an_export_is_of_an_engine_that_aws_exports() {
    let request = ExportSnapshot {
        snapshot: "pre-0".to_owned(),
        bucket: "archive".to_owned(),
        prefix: None,
        kms_key_id: "alias/archive".to_owned(),
        role: "arn:aws:iam::123456789012:role/export".to_owned(),
        scheduled_time: None,
    };
    let mut one = snapshot("rds:prod-orders-1", 9);
    assert_eq!(export(now(), &request, &one).unwrap().task, "export-rds-prod-orders-1-202611201200");
    one.status = "creating".to_owned();
    assert!(export(now(), &request, &one).unwrap_err().to_string().contains("whose status is creating"));
    one.engine = Engine::Docdb;
    assert!(export(now(), &request, &one).unwrap_err().to_string().contains("AWS exports no other"));
}

proptest! {
    #[test]
    fn every_name_is_one_that_rds_takes_and_every_tag_too(reason in "(?s:.){0,200}", database in "[a-z][a-z0-9]{0,62}") {
        let text = format!(r#"{{"version": 1, "databases": {{"{database}": {{"kind": "rds", "identifier": "a"}}}}}}"#);
        let policy = crate::policy::Policy::parse(&text).unwrap();
        let request = TakeSnapshot { database, ..asked(&reason) };
        let Taken::New(act) = take(now(), &policy, &request, &[]).unwrap() else { panic!() };
        let name = &act.identifier;
        prop_assert!(name.len() <= 63 && !name.contains("--") && !name.ends_with('-'), "{}", name);
        prop_assert!(name.starts_with("pre-maintenance-"));
        prop_assert!(name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'), "{}", name);
        let fine = |c: char| c.is_alphanumeric() || c == ' ' || "_.:/=+-@".contains(c);
        prop_assert!(act.tags[REASON].chars().all(fine) && act.tags[REASON].chars().count() <= 256);
    }

    #[test]
    fn every_copy_has_a_name_that_rds_takes(name in "[a-zA-Z][a-zA-Z0-9]{0,100}(-[a-z0-9]{1,100}){0,2}") {
        let id = copy_id(&snapshot(&name, 5)).unwrap();
        prop_assert!(id.len() <= 63 && !id.contains("--") && id.starts_with("copy-"), "{}", id);
        prop_assert!(id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'), "{}", id);
    }
}
