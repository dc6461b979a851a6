//! Rules and samples: EventBridge's matching, as far as our patterns use it.

use std::fs;

use hcl::eval::{Context, Evaluate};
use hcl::{Block, Expression};
use serde_json::Value;

use crate::terraform::{read, repository, terraform};

/// The event pattern of a rule
pub(crate) fn pattern(file: &str, rule: &str) -> Value {
    let body = terraform(file);
    let labelled = |block: &&Block| block.labels().len() == 2 && block.labels()[1].as_str() == rule;
    let rules =
        |block: &&Block| block.labels().first().is_some_and(|label| label.as_str() == "aws_cloudwatch_event_rule");
    let rule = body.blocks().filter(rules).find(labelled).expect("the rule");
    let pattern = rule.body().attributes().find(|attribute| attribute.key() == "event_pattern").expect("its pattern");
    let Expression::FuncCall(call) = pattern.expr() else { panic!("the pattern has to be a call of jsonencode") };
    assert_eq!(call.name.name.as_str(), "jsonencode");
    let value = call.args[0].evaluate(&Context::new()).expect("the pattern has to be plain");
    serde_json::to_value(value).unwrap()
}

/// EventBridge's matching, as far as our patterns use it: every key of the pattern is in the event, and one of its
/// alternatives fits there. Others are refused, so that no pattern passes here by not being understood.
pub(crate) fn matches(pattern: &Value, event: &Value) -> bool {
    pattern.as_object().expect("a pattern").iter().all(|(key, wanted)| match (wanted, event.get(key)) {
        (_, None) => false,
        (Value::Object(_), Some(found)) => matches(wanted, found),
        (Value::Array(alternatives), Some(found)) => alternatives.iter().any(|alternative| fits(alternative, found)),
        (other, _) => panic!("{key}: {other} is no pattern"),
    })
}

pub(crate) fn fits(alternative: &Value, found: &Value) -> bool {
    match alternative {
        Value::String(_) => alternative == found,
        Value::Object(rule) if rule.len() == 1 && rule.contains_key("prefix") => {
            let prefix = rule["prefix"].as_str().expect("a prefix is a text");
            found.as_str().is_some_and(|found| found.starts_with(prefix))
        }
        other => panic!("{other} is not understood here"),
    }
}

pub(crate) fn sample(name: &str) -> Value {
    sample_of("restore-drill", name)
}

pub(crate) fn sample_of(function: &str, name: &str) -> Value {
    serde_json::from_str(&read(&format!("events/{function}/{name}"))).unwrap()
}

pub(crate) fn samples() -> Vec<(String, Value)> {
    samples_of("restore-drill")
}

pub(crate) fn samples_of(function: &str) -> Vec<(String, Value)> {
    let folder = fs::read_dir(repository().join("events").join(function)).unwrap();
    let mut names: Vec<String> = folder.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names.into_iter().map(|name| (name.clone(), sample_of(function, &name))).collect()
}
