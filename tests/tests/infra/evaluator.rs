//! IAM's evaluation of a role's policies, as far as ours go.
//!
//! AWS: "Policy evaluation logic" (an explicit deny wins, then an allow is needed) and "IAM JSON policy elements: Condition
//! operators". An operator or a variable that is not understood here is a failure: nothing passes by not being understood.

use std::collections::BTreeMap;

use serde_json::Value;

/// What AWS knows about a request beyond its action and resource: keys in lower case, each with its values
pub(crate) type Facts = BTreeMap<String, Vec<String>>;

/// What comes of a request
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Allowed,
    /// No statement allows it
    NotAllowed,
    /// A statement denies it
    Denied,
}

/// A role's policy documents together
pub(crate) struct Role(Vec<Value>);

impl Role {
    /// Of rendered documents
    pub(crate) fn of(documents: &[&str]) -> Self {
        let parse = |text: &&str| serde_json::from_str::<Value>(text).unwrap()["Statement"].as_array().unwrap().clone();
        Self(documents.iter().flat_map(parse).collect())
    }

    /// What it allows, as it is written
    pub(crate) fn allowed(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter(|it| it["Effect"] == "Allow").flat_map(|statement| list(&statement["Action"]))
    }

    pub(crate) fn evaluate(&self, action: &str, resource: &str, facts: &Facts) -> Outcome {
        let fits = |effect: &str| {
            self.0.iter().any(|statement| statement["Effect"] == effect && applies(statement, action, resource, facts))
        };
        match (fits("Deny"), fits("Allow")) {
            (true, _) => Outcome::Denied,
            (false, true) => Outcome::Allowed,
            (false, false) => Outcome::NotAllowed,
        }
    }
}

fn list(value: &Value) -> Vec<&str> {
    match value {
        Value::Array(many) => many.iter().map(|one| one.as_str().unwrap()).collect(),
        Value::String(one) => vec![one],
        other => panic!("{other} is neither a text nor a list"),
    }
}

fn applies(statement: &Value, action: &str, resource: &str, facts: &Facts) -> bool {
    for key in statement.as_object().unwrap().keys() {
        let known = ["Sid", "Effect", "Action", "Resource", "NotResource", "Condition"];
        assert!(known.contains(&key.as_str()), "{key} is not understood here");
    }
    let action = action.to_lowercase();
    if !list(&statement["Action"]).iter().any(|it| like(&it.to_lowercase(), &action)) {
        return false;
    }
    let is_on = match (statement.get("Resource"), statement.get("NotResource")) {
        (Some(on), None) => list(on).iter().any(|it| like(it, resource)),
        (None, Some(not)) => !list(not).iter().any(|it| like(it, resource)),
        _ => panic!("{}: one of Resource and NotResource", statement["Sid"]),
    };
    is_on && holds(statement.get("Condition"), facts)
}

/// Every operator and every key of a condition holds
fn holds(condition: Option<&Value>, facts: &Facts) -> bool {
    let Some(condition) = condition else { return true };
    condition.as_object().unwrap().iter().all(|(operator, keys)| {
        keys.as_object().unwrap().iter().all(|(key, wanted)| {
            let found = facts.get(&key.to_lowercase());
            compares(operator, &list(wanted), found)
        })
    })
}

/// A key that is not in the request: it holds for `…IfExists`, for `ForAllValues:…`, and for what is negative
fn compares(operator: &str, wanted: &[&str], found: Option<&Vec<String>>) -> bool {
    let (of_all, operator) = operator.strip_prefix("ForAllValues:").map_or((false, operator), |rest| (true, rest));
    let (if_exists, operator) = operator.strip_suffix("IfExists").map_or((false, operator), |rest| (true, rest));
    let fits: fn(&str, &str) -> bool = match operator {
        "StringEquals" | "StringNotEquals" | "ArnEquals" => |wanted, found| wanted == found,
        "StringLike" | "ArnLike" => like,
        "Bool" => |wanted, found| wanted.eq_ignore_ascii_case(found),
        other => panic!("{other} is not understood here"),
    };
    let is_negative = operator == "StringNotEquals";
    let Some(found) = found else { return if_exists || of_all || is_negative };
    let has = |value: &String| wanted.iter().any(|it| fits(it, value));
    match (of_all, is_negative) {
        (true, false) => found.iter().all(has),
        (false, false) => found.iter().any(has),
        (false, true) => !found.iter().any(has),
        (true, true) => panic!("ForAllValues:StringNotEquals is not understood here"),
    }
}

/// `*` is any text, colons and slashes too, `?` one character
pub(crate) fn like(pattern: &str, text: &str) -> bool {
    let (Some((head, rest)), first) = (pattern.split_once('*'), pattern.find('*')) else {
        return fits_whole(pattern, text);
    };
    let Some((begin, mut left)) = first.and_then(|at| text.split_at_checked(at)) else { return false };
    if !fits_whole(head, begin) {
        return false;
    }
    // After a star the first place that fits is as good as any; what follows the last star has to end the text.
    let mut parts: Vec<&str> = rest.split('*').collect();
    let tail = parts.pop().unwrap();
    for part in parts {
        let place =
            (0..=left.len()).find(|&at| left.get(at..at + part.len()).is_some_and(|here| fits_whole(part, here)));
        let Some(at) = place else { return false };
        left = &left[at + part.len()..];
    }
    left.len().checked_sub(tail.len()).and_then(|at| left.get(at..)).is_some_and(|end| fits_whole(tail, end))
}

/// A pattern without stars
fn fits_whole(pattern: &str, text: &str) -> bool {
    let fits = |(wanted, found): (u8, u8)| wanted == b'?' || wanted == found;
    pattern.len() == text.len() && pattern.bytes().zip(text.bytes()).all(fits)
}

fn facts(of: &[(&str, &[&str])]) -> Facts {
    of.iter().map(|(key, values)| ((*key).to_owned(), values.iter().map(|it| (*it).to_owned()).collect())).collect()
}

#[test]
fn patterns_fit_as_in_iam() {
    for (pattern, text, fits) in [
        ("*", "anything:at/all", true),
        ("rds:Delete*", "rds:DeleteDBCluster", true),
        ("rds:Restore*FromS3", "rds:RestoreDBClusterFromS3", true),
        ("rds:Restore*FromS3", "rds:RestoreDBClusterFromSnapshot", false),
        ("a:cluster:recovery-*", "a:cluster:recovery-", true),
        ("a:cluster:recovery-*", "a:cluster:recovery", false),
        ("a:cluster:recovery-*", "a:cluster-snapshot:recovery-x", false),
        ("a-????-b", "a-1234-b", true),
        ("a-????-b", "a-123-b", false),
        ("a*b*c", "a-b-b-c", true),
        ("a*b*c", "a-c-b", false),
        ("a*a", "a", false),
        ("a*?b", "axb", true),
        ("a*?b", "ab", false),
        ("", "", true),
        ("", "a", false),
    ] {
        assert_eq!(like(pattern, text), fits, "{pattern} and {text}");
    }
}

#[test]
fn a_deny_wins_and_without_an_allow_nothing_is_allowed() {
    let role = Role::of(&[
        r#"{"Statement": [{"Effect": "Allow", "Action": "rds:*", "Resource": ["a:1", "a:2"]}]}"#,
        r#"{"Statement": [{"Effect": "Deny", "Action": ["rds:Delete*"], "NotResource": "a:1"}]}"#,
    ]);
    let none = Facts::new();
    assert_eq!(role.evaluate("rds:deletedbcluster", "a:1", &none), Outcome::Allowed);
    assert_eq!(role.evaluate("rds:DeleteDBCluster", "a:2", &none), Outcome::Denied);
    assert_eq!(role.evaluate("rds:ModifyDBCluster", "a:3", &none), Outcome::NotAllowed);
    assert_eq!(role.allowed().collect::<Vec<_>>(), ["rds:*"]);
}

#[test]
fn conditions_hold_as_in_iam() {
    let tagged = facts(&[("aws:tag", &["ours"]), ("aws:keys", &["a", "b"]), ("yes", &["true"])]);
    for (condition, here, nothing) in [
        (r#"{"StringEquals": {"aws:Tag": "ours"}}"#, true, false),
        (r#"{"StringEquals": {"aws:Tag": ["other", "ours"]}}"#, true, false),
        (r#"{"StringEquals": {"aws:Tag": "OURS"}}"#, false, false),
        (r#"{"StringEqualsIfExists": {"aws:Tag": "other"}}"#, false, true),
        (r#"{"StringNotEquals": {"aws:Tag": "other"}}"#, true, true),
        (r#"{"StringNotEquals": {"aws:Tag": "ours"}}"#, false, true),
        (r#"{"StringLike": {"aws:Tag": "ou*"}}"#, true, false),
        (r#"{"Bool": {"yes": "true"}}"#, true, false),
        (r#"{"BoolIfExists": {"yes": "false"}}"#, false, true),
        (r#"{"ForAllValues:StringEquals": {"aws:Keys": ["a", "b", "c"]}}"#, true, true),
        (r#"{"ForAllValues:StringEquals": {"aws:Keys": ["a"]}}"#, false, true),
        // Every key and every operator, not one of them
        (r#"{"StringEquals": {"aws:Tag": "ours", "other": "x"}}"#, false, false),
        (r#"{"StringEquals": {"aws:Tag": "ours"}, "Bool": {"yes": "false"}}"#, false, false),
    ] {
        let read: Value = serde_json::from_str(condition).unwrap();
        assert_eq!(holds(Some(&read), &tagged), here, "{condition}");
        assert_eq!(holds(Some(&read), &Facts::new()), nothing, "{condition} of nothing");
    }
}

#[test]
#[should_panic(expected = "NumericLessThan is not understood here")]
fn what_is_not_understood_is_no_pass() {
    let condition: Value = serde_json::from_str(r#"{"NumericLessThan": {"a": "1"}}"#).unwrap();
    holds(Some(&condition), &Facts::new());
}
