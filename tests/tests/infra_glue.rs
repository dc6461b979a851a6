//! glue-alert's role is what its adapters call, its rule lets through what the samples say, and its timeout is shorter than a
//! claim holds.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use hcl::{Block, Body, Expression};
use lifeboat::aws::{cloudwatch, glue, rds_read, s3, sns};
use lifeboat::glue::LEASE;

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn block(name: &str, labels: &[&str]) -> Body {
    let body: Body = hcl::parse(&read("infra/glue_alert.tf")).unwrap();
    let is_it = |block: &&Block| {
        block.identifier() == name && block.labels().iter().map(hcl::BlockLabel::as_str).eq(labels.iter().copied())
    };
    body.blocks().find(is_it).unwrap_or_else(|| panic!("{name} {labels:?}")).body().clone()
}

fn text(body: &Body, key: &str) -> Option<String> {
    let attribute = body.attributes().find(|attribute| attribute.key() == key)?;
    Some(hcl::format::to_string(attribute.expr()).unwrap().trim().trim_matches('"').to_owned())
}

fn actions(statement: &Body) -> Vec<String> {
    let attribute = statement.attributes().find(|attribute| attribute.key() == "actions").expect("actions");
    let Expression::Array(actions) = attribute.expr() else { panic!("actions have to be a plain list") };
    actions.iter().map(|action| hcl::format::to_string(action).unwrap().trim().trim_matches('"').to_owned()).collect()
}

#[test]
fn glue_alert_may_do_exactly_what_it_calls() {
    let role = block("data", &["aws_iam_policy_document", "glue_alert"]);
    let allows = role.blocks().map(Block::body).filter(|it| text(it, "effect").is_none_or(|effect| effect == "Allow"));
    let allowed: BTreeSet<String> = allows.flat_map(actions).collect();
    // It removes nothing from the bucket, and what RDS noted is no question of its.
    let unused = ["s3:DeleteObject", "rds:DescribeEvents"];
    let adapters = [rds_read::ACTIONS, glue::ACTIONS, s3::ACTIONS, sns::ACTIONS, cloudwatch::ACTIONS].concat();
    let called = adapters.into_iter().filter(|action| !unused.contains(action)).map(str::to_owned);
    assert_eq!(allowed, called.collect());
}

#[test]
fn the_adapters_are_those_of_the_features_that_it_asks_for() {
    let manifest = read("functions/glue-alert/Cargo.toml");
    let asked = r#"features = ["run", "rds-read", "glue", "s3", "sns", "cloudwatch"]"#;
    assert!(manifest.contains(asked), "another feature needs its adapter in the test above");
}

#[test]
fn glue_alert_writes_its_memory_and_nothing_else() {
    let role = block("data", &["aws_iam_policy_document", "glue_alert"]);
    let writes = role.blocks().map(Block::body).filter(|it| actions(it).contains(&"s3:PutObject".to_owned()));
    let resources: Vec<String> = writes.filter_map(|it| text(it, "resources")).collect();
    assert!(resources.iter().all(|it| it.contains("/jobs.json") && !it.contains('*')), "{resources:?}");
    assert_eq!(resources.len(), 1);
}

#[test]
fn an_invocation_ends_before_its_claims_do() {
    let seconds: i64 = text(&block("module", &["glue_alert"]), "timeout_seconds").unwrap().parse().unwrap();
    assert!(seconds < LEASE.as_secs(), "a claim would be taken over while its owner is still sending");
}

#[test]
fn the_rule_lets_through_what_the_samples_say() {
    let rule = text(&block("resource", &["aws_cloudwatch_event_rule", "glue_alert_runs"]), "event_pattern").unwrap();
    for name in ["failed", "timeout", "stopped", "error-that-no-rule-sends-yet"] {
        let sample: serde_json::Value = serde_json::from_str(&read(&format!("events/glue-alert/{name}.json"))).unwrap();
        for word in [&sample["source"], &sample["detail-type"], &sample["detail"]["state"]] {
            assert!(rule.contains(word.as_str().unwrap()), "{name}: {word}");
        }
    }
    assert!(!rule.contains("SUCCEEDED"), "a good run is found by the poll");
}
