//! The two changes that a policy may ask for.

use jiff::Timestamp;
use lifeboat::checkup::{Protect, RaiseRetention, Remedies, World as Facts};
use lifeboat::fault::Class;
use lifeboat::policy::Policy;
use serde_json::{Value, json};

use crate::shop::{ask, function_that_mends, shop, with};
use crate::world::{Fake, HOME};

fn raise(database: &str, identifier: &str, clustered: bool, from_days: i64, to_days: i64) -> RaiseRetention {
    RaiseRetention { database: database.to_owned(), identifier: identifier.to_owned(), clustered, from_days, to_days }
}

fn protect(database: &str, identifier: &str, clustered: bool) -> Protect {
    Protect { database: database.to_owned(), identifier: identifier.to_owned(), clustered }
}

fn both(_: Timestamp, _: &Policy, _: &Facts) -> Remedies {
    Remedies {
        raise: vec![raise("orders", "prod-orders", true, 1, 7), raise("ledger", "prod-ledger", false, 0, 7)],
        protect: vec![protect("ledger", "prod-ledger", false)],
    }
}

/// What must not be done, whoever decided it
fn wrong(_: Timestamp, _: &Policy, _: &Facts) -> Remedies {
    Remedies {
        raise: vec![
            raise("orders", "prod-orders", true, 14, 7),
            raise("orders", "prod-orders", true, 7, 7),
            raise("orders", "somebody-elses", true, 1, 7),
            raise("orders", "prod-orders", false, 1, 7),
            raise("nobody", "not-of-the-policy", true, 1, 7),
        ],
        protect: vec![protect("nobody", "not-of-the-policy", true)],
    }
}

fn many(_: Timestamp, _: &Policy, _: &Facts) -> Remedies {
    Remedies { raise: vec![raise("orders", "prod-orders", true, 1, 7); 30], protect: Vec::new() }
}

fn allowing(allowed: &Value) -> Fake {
    let fake = shop();
    with(&fake, |policy| policy["checkup"] = json!({"remediate": allowed}));
    fake.at(HOME, |account| account.kept_now = Some(0));
    fake
}

#[tokio::test]
async fn nothing_is_changed_unless_the_policy_asks_for_it() {
    let table = [
        (json!({}), 0),
        (json!({"retention": true}), 2),
        (json!({"deletion_protection": true}), 1),
        (json!({"retention": true, "deletion_protection": true}), 3),
    ];
    for (allowed, changes) in table {
        let function = function_that_mends(allowing(&allowed), both);
        let answer = ask(&function, json!({})).await.unwrap();
        assert_eq!(function.world().inside().changes.len(), changes, "{allowed}");
        // What was changed is told, though nothing was found.
        assert_eq!(function.world().mails(), usize::from(changes > 0), "{allowed}");
        assert_eq!(answer["mended"]["raised"].as_array().unwrap().len(), changes.min(2) * usize::from(changes > 1));
    }
}

#[tokio::test]
async fn nothing_is_lowered_and_nothing_changed_that_the_policy_does_not_name() {
    let function = function_that_mends(allowing(&json!({"retention": true, "deletion_protection": true})), wrong);
    ask(&function, json!({})).await.unwrap();
    assert_eq!(function.world().inside().changes, Vec::<String>::new());
}

#[tokio::test]
async fn a_change_that_fails_is_told_and_red_and_the_others_are_made() {
    let fake = allowing(&json!({"retention": true, "deletion_protection": true}));
    fake.fail(&format!("{HOME} raise prod-orders"), Class::Permission);
    let function = function_that_mends(fake, both);
    let error = ask(&function, json!({})).await.unwrap_err();
    assert!(error.message.contains("prod-orders: raise for prod-orders"), "{error:?}");
    let inside = function.world().inside();
    assert_eq!(inside.changes, ["raise prod-ledger from 0 to 7", "protect prod-ledger"]);
    assert!(inside.mails[0].1.contains("raised 1 failed 1"));
}

#[tokio::test]
async fn what_somebody_raised_meanwhile_is_not_lowered() {
    let fake = allowing(&json!({"retention": true}));
    fake.at(HOME, |account| account.kept_now = Some(14));
    let function = function_that_mends(fake, both);
    ask(&function, json!({})).await.unwrap();
    assert_eq!(function.world().inside().changes, Vec::<String>::new());
}

#[tokio::test]
async fn what_cannot_be_looked_at_again_is_left_as_it_is_and_red() {
    let fake = allowing(&json!({"retention": true}));
    fake.fail(&format!("{HOME} cluster prod-orders"), Class::Permission);
    let function = function_that_mends(fake, both);
    assert!(ask(&function, json!({})).await.unwrap_err().message.contains("prod-orders"));
    assert_eq!(function.world().inside().changes, ["raise prod-ledger from 0 to 7"]);
}

#[tokio::test]
async fn one_check_makes_no_more_changes_than_its_bound() {
    let function = function_that_mends(allowing(&json!({"retention": true})), many);
    assert!(ask(&function, json!({})).await.unwrap_err().message.contains("20 changes"));
    assert_eq!(function.world().inside().changes.len(), 20);
}

#[tokio::test]
async fn one_database_alone_changes_nothing_of_others() {
    let function = function_that_mends(allowing(&json!({"retention": true})), both);
    ask(&function, json!({"check": "ledger"})).await.unwrap();
    assert_eq!(function.world().inside().changes, ["raise prod-ledger from 0 to 7"]);
}

#[tokio::test]
async fn who_lost_the_race_changes_nothing() {
    let fake = allowing(&json!({"retention": true}));
    fake.inside().interrupted_at = Some(format!("{HOME} quotas"));
    let function = function_that_mends(fake, both);
    ask(&function, json!({})).await.unwrap();
    assert_eq!(function.world().inside().changes, Vec::<String>::new());
}

#[tokio::test]
async fn what_was_changed_is_told_by_the_error_where_the_mail_failed() {
    let fake = allowing(&json!({"retention": true}));
    fake.fail(&format!("{HOME} send"), Class::Permission);
    let function = function_that_mends(fake, both);
    let error = ask(&function, json!({})).await.unwrap_err();
    assert!(error.message.contains("retention of prod-orders raised, retention of prod-ledger raised"), "{error:?}");
}

#[tokio::test]
async fn what_could_not_be_written_down_first_is_not_changed() {
    let fake = allowing(&json!({"retention": true}));
    fake.fail(&format!("{HOME} write"), Class::Permission);
    let function = function_that_mends(fake, both);
    assert!(ask(&function, json!({})).await.unwrap_err().message.contains("could not be written"));
    assert_eq!(function.world().inside().changes, Vec::<String>::new());
}
