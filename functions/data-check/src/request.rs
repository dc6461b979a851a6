//! The request, read strictly: a mistake names its field, and nothing has been done.

use jiff::tz::TimeZone;
use lifeboat::moment;
use lifeboat::verify::{Answers, Check, CheckAnswer, CheckRequest, Found, implicit_checks};
use serde_json::Value;

/// Longest time for all checks that can be asked for, in seconds: a Lambda's fifteen minutes
const LONGEST: u32 = 900;

/// A mistake in a request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {what}; nothing was asked")]
pub struct BadRequest {
    field: String,
    what: String,
}

/// A request that makes sense.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// As it came
    pub request: CheckRequest,
    /// What is asked: the request's checks, or those that stand for none
    pub checks: Vec<Check>,
    /// Zone in which a column without a zone is read
    pub zone: TimeZone,
    /// What the last passed drill answered, read by the flow
    pub last_passed: Option<Answers>,
}

impl Question {
    /// What the last passed drill found for the same question. A drill that ended before the check's `since` does not count.
    pub fn earlier(&self, check: &Check) -> Option<&Found> {
        let answers = self.last_passed.as_ref().filter(|_| check.compares())?;
        if check.since().is_some_and(|since| answers.finished_at < since) {
            return None;
        }
        let same = |answer: &&CheckAnswer| answer.check.kind() == check.kind() && answer.check.asked() == check.asked();
        answers.checks.iter().find(same).and_then(|answer| answer.value.as_ref())
    }
}

/// Reads a request
pub fn parse(event: &Value) -> Result<Question, BadRequest> {
    let request: CheckRequest = serde_path_to_error::deserialize(event).map_err(|error| {
        let path = error.path().to_string();
        let field = if path == "." { "request".to_owned() } else { path };
        BadRequest { field, what: error.into_inner().to_string() }
    })?;
    let understood = serde_json::to_value(&request).map_err(|error| bad("request", error.to_string()))?;
    if let Some(field) = ignored(event, &understood, "") {
        return Err(bad(&field, "there is no such field here".to_owned()));
    }
    sensible(&request)?;
    let zone = match request.timezone.as_deref() {
        None => TimeZone::UTC,
        Some(name) => moment::zone(name).ok_or_else(|| bad("timezone", format!("{name:?} is no IANA time zone")))?,
    };
    let checks = if request.checks.is_empty() { implicit_checks() } else { request.checks.clone() };
    Ok(Question { request, checks, zone, last_passed: None })
}

fn sensible(request: &CheckRequest) -> Result<(), BadRequest> {
    let run = &request.run;
    // It becomes the name of an object; a run id has none but these.
    if run.is_empty() || run.len() > 255 || !run.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c)) {
        return Err(bad("run", format!("{run:?} is no run id: letters, digits, - and _")));
    }
    for (field, text) in [("endpoint", &request.endpoint), ("database", &request.database)] {
        if text.trim().is_empty() || text.contains('\0') {
            return Err(bad(field, format!("{text:?} names nothing")));
        }
    }
    // The driver would take a path for the folder of a local socket, where there is no TLS.
    if request.endpoint.starts_with(['/', '@']) {
        return Err(bad("endpoint", format!("{:?} is no host", request.endpoint)));
    }
    if !(1..=LONGEST).contains(&request.seconds) {
        return Err(bad("seconds", format!("{} is not within 1 to {LONGEST}", request.seconds)));
    }
    Ok(())
}

fn bad(field: &str, what: String) -> BadRequest {
    BadRequest { field: field.to_owned(), what }
}

/// The path of a field that was sent and not understood: a misspelt limit would let a check pass without it
fn ignored(sent: &Value, understood: &Value, path: &str) -> Option<String> {
    match (sent, understood) {
        (Value::Object(sent), Value::Object(understood)) => sent.iter().find_map(|(field, value)| {
            let path = if path.is_empty() { field.clone() } else { format!("{path}.{field}") };
            match understood.get(field) {
                Some(understood) => ignored(value, understood, &path),
                // An optional field that says null says nothing.
                None => (!value.is_null()).then_some(path),
            }
        }),
        (Value::Array(sent), Value::Array(understood)) => {
            let pairs = sent.iter().zip(understood).enumerate();
            pairs
                .into_iter()
                .find_map(|(index, (sent, understood))| ignored(sent, understood, &format!("{path}[{index}]")))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn good() -> Value {
        json!({
            "run": "drill-orders-202611221800", "engine": "aurora-postgresql", "endpoint": "copy.example", "port": 5432,
            "database": "app", "login": {"method": "iam", "user": "drill"},
            "checks": [{"kind": "row_count", "table": "users", "at_least": 1}],
        })
    }

    #[test]
    fn a_request_has_sensible_defaults() {
        let question = parse(&good()).unwrap();
        assert_eq!((question.request.attempt, question.request.seconds), (1, 780));
        assert_eq!(question.zone, TimeZone::UTC);
        let mut none = good();
        none["checks"] = json!([]);
        assert_eq!(parse(&none).unwrap().checks, implicit_checks());
    }

    #[test]
    fn a_mistake_names_its_field() {
        let table = [
            ("/port", json!("5432"), "port: "),
            ("/port", json!(70000), "port: "),
            ("/run", json!("../policy"), "run: "),
            ("/run", json!(""), "run: "),
            ("/endpoint", json!("/var/run/postgresql"), "endpoint: "),
            ("/database", json!(" "), "database: "),
            ("/seconds", json!(0), "seconds: "),
            ("/seconds", json!(100_000), "seconds: "),
            ("/timezone", json!("JST"), "timezone: \"JST\""),
            ("/tiemzone", json!("UTC"), "tiemzone: unknown field"),
            ("/login", json!({"method": "password"}), "login.method: unknown variant `password`"),
            ("/login", json!({"method": "iam", "user": "a", "pasword": "b"}), "login.pasword: "),
            ("/checks/0", json!({"kind": "row_cont", "table": "a"}), "checks[0].kind: unknown variant `row_cont`"),
            ("/checks/0", json!({"kind": "row_count", "table": "a", "at_leest": 1}), "checks[0].at_leest: "),
            ("/checks/0", json!({"kind": "tables"}), "checks[0]: missing field `at_least`"),
        ];
        for (path, value, said) in table {
            let mut event = good();
            let (parent, field) = path.rsplit_once('/').unwrap();
            match event.pointer_mut(parent).unwrap() {
                Value::Array(items) => items[0] = value,
                object => object[field] = value,
            }
            let mistake = parse(&event).unwrap_err().to_string();
            assert!(mistake.starts_with(said), "{path}: {mistake}");
        }
        let mistake = parse(&json!({})).unwrap_err().to_string();
        assert_eq!(mistake, "request: missing field `run`; nothing was asked");
    }

    #[test]
    fn an_optional_field_that_is_null_is_no_mistake() {
        let mut event = good();
        event["checks"][0]["at_most"] = Value::Null;
        event["timezone"] = Value::Null;
        assert!(parse(&event).is_ok());
    }

    #[test]
    fn the_sample_requests_are_understood() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../events/data-check");
        let mut samples = 0;
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let event = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
            let question = parse(&event).unwrap_or_else(|mistake| panic!("{}: {mistake}", path.display()));
            assert!(!question.checks.is_empty());
            samples += 1;
        }
        assert!(samples >= 3);
    }
}
