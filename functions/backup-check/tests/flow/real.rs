//! The same flow with the questions and the words that there really are.

use std::collections::BTreeSet;

use backup_check::BackupCheck;
use lifeboat::fault::Class;
use lifeboat::run::PolicySource;
use serde_json::{Value, json};

use crate::shop::{ask, cluster, shop, with};
use crate::world::{Fake, HOME};

fn function(fake: Fake) -> BackupCheck<Fake> {
    BackupCheck::new(fake, PolicySource::Key("policy.json".to_owned()), "bucket".to_owned())
}

/// Ids of an answer's findings about a database, of a severity if one is named
fn ids(answer: &Value, database: &str, severity: Option<&str>) -> BTreeSet<String> {
    let findings = answer["findings"].as_array().unwrap().iter();
    let mine = findings.filter(|finding| finding["database"] == database);
    let of = mine.filter(|finding| severity.is_none_or(|severity| finding["severity"] == severity));
    of.map(|finding| finding["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn one_database_alone_is_judged_as_in_a_whole_check() {
    for database in ["orders", "ledger"] {
        let whole = ask(&function(shop()), json!({"check": "*"})).await.unwrap();
        let alone = ask(&function(shop()), json!({"check": database})).await.unwrap();
        assert_eq!(ids(&alone, database, None), ids(&whole, database, None), "{database}");
    }
}

#[tokio::test]
async fn nothing_is_left_unasked_that_a_question_needs() {
    let function = function(shop());
    with(function.world(), |policy| {
        policy["databases"]["orders"]["drills"]["dr"] = json!({"source": "latest_snapshot", "region": "us-east-1",
            "sandbox": {"subnet_group": "dr", "security_groups": ["sg-0a1b2c3d4e5f60718"]}});
        policy["databases"]["orders"]["snapshots"] = json!({"patterns": ["pre-*"], "copy_to": {"region": "us-west-2"}});
    });
    let answer = ask(&function, json!({"check": "*"})).await.unwrap();
    for finding in answer["findings"].as_array().unwrap() {
        let text = finding.to_string();
        assert!(!text.contains("was not read") && !text.contains("not asked for"), "{text}");
    }
}

#[tokio::test]
async fn a_real_finding_is_mailed_once_and_rings_do_not_repeat_it() {
    let fake = shop();
    fake.at(HOME, |account| account.clusters = vec![cluster("prod-orders", 1)]);
    let function = function(fake);
    ask(&function, json!({})).await.unwrap();
    let mails = function.world().mails();
    assert_eq!(mails, 1);
    let body = function.world().inside().mails[0].1.clone();
    assert!(body.contains("retention"), "{body}");
    let ring = json!({"source": "aws.backup", "detail-type": "Backup Job State Change", "resources": [],
                      "detail": {"state": "FAILED"}});
    for _ in 0..10 {
        ask(&function, ring.clone()).await.unwrap();
    }
    assert_eq!(function.world().mails(), 1);
}

#[tokio::test]
async fn access_denied_to_everything_is_told_and_nothing_is_called_fine() {
    let function = function(shop());
    ask(&function, json!({})).await.unwrap();
    let before = function.world().findings().findings.len();
    for call in ["clusters", "instances", "windows", "snapshots", "quotas", "certificates", "support", "jobs", "plans"]
    {
        function.world().fail(&format!("{HOME} {call}"), Class::Permission);
    }
    let answer = ask(&function, json!({"check": "*"})).await.unwrap();
    assert_eq!(answer["resolved"], json!([]));
    assert!(function.world().findings().findings.len() >= before);
    assert!(!ids(&answer, "orders", Some("unjudged")).is_empty());
}
