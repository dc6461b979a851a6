//! Who is told what and when; races and failures on the way.

use lifeboat::checkup::State;
use lifeboat::fault::Class;
use serde_json::{Value, json};

use crate::shop::{ask, cluster, function, shop};
use crate::world::{Fake, HOME};

/// A shop whose cluster keeps its backups for too short a time
fn shop_in_trouble() -> Fake {
    let fake = shop();
    fake.at(HOME, |account| account.clusters = vec![cluster("prod-orders", 1)]);
    fake
}

fn tick() -> Value {
    json!({"tick": true})
}

/// The same by hand
fn all() -> Value {
    json!({"check": "*"})
}

fn rung() -> Value {
    json!({"source": "aws.backup", "detail-type": "Backup Job State Change", "resources": [],
           "detail": {"state": "FAILED", "resourceArn": "arn:aws:rds:ap-northeast-1:123456789012:cluster:prod-orders"}})
}

#[tokio::test]
async fn a_finding_is_told_once_and_its_end_is_answered() {
    let function = function(shop_in_trouble());
    let answer = ask(&function, all()).await.unwrap();
    assert_eq!(answer["findings"][0]["id"], "retention/orders");
    assert_eq!(
        (&answer["findings"][0]["standing"], &answer["findings"][0]["severity"]),
        (&json!("new"), &json!("high"))
    );
    let fake = function.world();
    let state = fake.findings();
    let now = fake.inside().now;
    assert_eq!((state.looked_at, state.findings["retention/orders"].told_at), (Some(now), Some(now)));
    let names: Vec<&str> = fake.inside().metrics.iter().map(|metric| metric.name).collect();
    assert_eq!((fake.mails(), names), (1, vec!["Findings", "Heartbeat", "Heartbeat"]));

    fake.wait(24);
    let answer = ask(&function, all()).await.unwrap();
    assert_eq!((answer["findings"][0]["standing"].as_str(), fake.mails()), (Some("ongoing"), 1));
    fake.at(HOME, |account| account.clusters = vec![cluster("prod-orders", 7)]);
    let answer = ask(&function, all()).await.unwrap();
    assert_eq!((&answer["findings"], &answer["resolved"]), (&json!([]), &json!(["retention/orders"])));
}

#[tokio::test]
async fn a_schedule_is_answered_in_a_line_and_in_numbers() {
    let function = function(shop_in_trouble());
    let answer = ask(&function, tick()).await.unwrap();
    assert_eq!((&answer["open"], &answer["resolved"], &answer["message"]), (&json!(1), &json!(0), &json!("1 open")));
    assert!(answer.get("findings").is_none(), "{answer}");
    assert_eq!(function.world().mails(), 1);
}

#[tokio::test]
async fn what_cannot_be_read_resolves_nothing_and_makes_nothing_red() {
    let function = function(shop_in_trouble());
    ask(&function, tick()).await.unwrap();
    function.world().fail(&format!("{HOME} clusters"), Class::Permission);
    let answer = ask(&function, all()).await.unwrap();
    assert_eq!((&answer["resolved"], &answer["findings"][0]["severity"]), (&json!([]), &json!("unjudged")));
    assert!(function.world().findings().findings.contains_key("retention/orders"));
}

#[tokio::test]
async fn many_rings_are_one_mail() {
    let function = function(shop_in_trouble());
    for _ in 0..20 {
        ask(&function, rung()).await.unwrap();
    }
    assert_eq!(function.world().mails(), 1);
    assert!(function.world().findings().looked_at.is_some(), "a ring is a whole check");
}

#[tokio::test]
async fn who_loses_the_race_to_one_that_knows_as_much_tells_nobody_and_is_no_error() {
    let function = function(shop_in_trouble());
    ask(&function, tick()).await.unwrap();
    let fake = function.world();
    let known = fake.findings();
    fake.inside().interrupted_at = Some(format!("{HOME} quotas"));
    let answer = ask(&function, tick()).await.unwrap();
    assert!(answer["skipped"].is_string(), "{answer}");
    assert_eq!((fake.mails(), fake.findings()), (1, known));
}

#[tokio::test]
async fn who_loses_the_race_to_one_that_knew_less_tells_what_is_severe() {
    for known in [false, true] {
        let function = function(shop_in_trouble());
        let fake = function.world();
        if known {
            fake.remember(&State::default());
        }
        fake.inside().interrupted_at = Some(format!("{HOME} quotas"));
        let answer = ask(&function, tick()).await.unwrap();
        assert!(answer["skipped"].is_null(), "{answer}");
        assert_eq!(fake.mails(), 1);
        assert!(fake.findings().findings["retention/orders"].told_at.is_some());
    }
}

#[tokio::test]
async fn a_mail_that_fails_is_red_and_told_by_the_next_check() {
    let function = function(shop_in_trouble());
    for class in [Class::Transient, Class::Permission] {
        function.world().fail(&format!("{HOME} send"), class);
        let error = ask(&function, tick()).await.unwrap_err();
        assert!(error.message.contains("mail") && error.message.contains("on purpose"), "{error:?}");
        assert_eq!(function.world().findings().findings["retention/orders"].told_at, None);
        assert!(!function.world().inside().metrics.is_empty(), "the numbers are sent all the same");
        function.world().mend();
    }
    ask(&function, tick()).await.unwrap();
    ask(&function, tick()).await.unwrap();
    assert_eq!(function.world().mails(), 1);
}

#[tokio::test]
async fn metrics_that_fail_are_red_and_the_mail_goes_out() {
    let function = function(shop_in_trouble());
    function.world().fail(&format!("{HOME} measure"), Class::Transient);
    assert!(ask(&function, tick()).await.unwrap_err().message.contains("metrics"));
    assert_eq!(function.world().mails(), 1);
}

#[tokio::test]
async fn what_was_found_and_could_not_be_written_is_told_all_the_same_and_red() {
    let function = function(shop_in_trouble());
    function.world().fail(&format!("{HOME} write"), Class::Permission);
    assert!(ask(&function, tick()).await.unwrap_err().message.contains("findings.json"));
    assert_eq!(function.world().mails(), 1);
}

#[tokio::test]
async fn a_check_that_wrote_while_the_mail_went_out_learns_what_was_told() {
    let function = function(shop_in_trouble());
    function.world().inside().interrupted_at = Some(format!("{HOME} send"));
    ask(&function, tick()).await.unwrap();
    assert!(function.world().findings().findings["retention/orders"].told_at.is_some());
    ask(&function, tick()).await.unwrap();
    assert_eq!(function.world().mails(), 1);
}

#[tokio::test]
async fn findings_that_cannot_be_read_are_not_written_over() {
    let function = function(shop_in_trouble());
    for text in ["{", r#"{"version": 99}"#] {
        function.world().put(State::KEY, text);
        assert!(ask(&function, tick()).await.is_err());
        assert_eq!(function.world().inside().objects[State::KEY].0, text.as_bytes());
    }
    function.world().fail(&format!("{HOME} read findings.json"), Class::Transient);
    assert_eq!(ask(&function, tick()).await.unwrap_err().kind, "Unavailable");
    assert_eq!(function.world().mails(), 0);
}

#[tokio::test]
async fn one_database_is_answered_and_the_others_stay_as_they_are() {
    let function = function(shop_in_trouble());
    let fake = function.world();
    ask(&function, tick()).await.unwrap();
    let before = fake.findings();
    fake.wait(1);
    let answer = ask(&function, json!({"check": "ledger"})).await.unwrap();
    assert_eq!((&answer["findings"], answer["message"].as_str()), (&json!([]), Some("0 of Some(\"ledger\")")));
    let after = fake.findings();
    assert_eq!((&after.findings, after.looked_at), (&before.findings, before.looked_at));
    assert_eq!(fake.mails(), 1);
}

#[tokio::test]
async fn what_one_database_alone_shows_is_told_once_and_is_no_sign_of_life() {
    let function = function(shop_in_trouble());
    let answer = ask(&function, json!({"check": "orders"})).await.unwrap();
    assert_eq!((answer["findings"].as_array().unwrap().len(), function.world().mails()), (1, 1));
    let names: Vec<&str> = function.world().inside().metrics.iter().map(|metric| metric.name).collect();
    assert_eq!((names, function.world().findings().looked_at), (vec!["Findings"], None));
    let answer = ask(&function, json!({"check": "*"})).await.unwrap();
    assert_eq!((answer["findings"].as_array().unwrap().len(), function.world().mails()), (1, 1));
}

#[tokio::test]
async fn a_database_that_the_policy_does_not_have_is_refused_before_aws_is_looked_at() {
    let function = function(shop());
    let error = ask(&function, json!({"check": "ordres"})).await.unwrap_err();
    assert_eq!(error.kind, "BadRequest");
    assert!(error.message.contains("orders, ledger") && error.message.ends_with("Nearest: orders"), "{error:?}");
    let read = ["policy.json", "findings.json"].map(|key| format!("{HOME} read {key}"));
    assert_eq!(function.world().calls(""), read);
}
