//! The request, read strictly: a mistake names its field, and nothing has been done.

use jiff::tz::TimeZone;
use lifeboat::database::{Dialect, Engine, Kind};
use lifeboat::moment;
use lifeboat::policy::{MOST_CHECKS, read_checks};
use lifeboat::verify::{Check, CheckRequest, implicit_checks};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Longest time for all questions that can be asked for, in seconds: a Lambda's fifteen minutes
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
}

/// Reads a request. Its checks are read by the rules of the policy, so that whatever a policy asks can be asked here, and
/// nothing that it would refuse.
pub fn parse(event: &Value) -> Result<Question, BadRequest> {
    let mut request: CheckRequest = strictly(event)?;
    sensible(&request)?;
    let zone = zone(request.timezone.as_deref())?;
    if request.checks.len() > MOST_CHECKS + 1 {
        // One more than a policy may name: `damage` is added to them.
        let what = format!("{} checks are more than the {} of one request", request.checks.len(), MOST_CHECKS + 1);
        return Err(bad("checks", what));
    }
    let given = event.get("checks").unwrap_or(&Value::Null);
    let kind = kind_of(&request.engine);
    request.checks = read_checks(given, "checks", kind, &zone).map_err(|mistakes| {
        let first = mistakes.list().first();
        let field = first.map_or("checks", |mistake| mistake.path.as_str()).to_owned();
        let all = mistakes.to_string();
        BadRequest { what: all.strip_prefix(&format!("{field}: ")).unwrap_or(&all).to_owned(), field }
    })?;
    let checks = if request.checks.is_empty() { implicit_checks() } else { request.checks.clone() };
    Ok(Question { request, checks, zone })
}

/// Reads an event into a type, and refuses whatever of it the type does not know
pub(crate) fn strictly<T: DeserializeOwned + Serialize>(event: &Value) -> Result<T, BadRequest> {
    let request: T = serde_path_to_error::deserialize(event).map_err(|error| {
        let path = error.path().to_string();
        let field = if path == "." { "request".to_owned() } else { path };
        BadRequest { field, what: error.into_inner().to_string() }
    })?;
    let understood = serde_json::to_value(&request).map_err(|error| bad("request", error.to_string()))?;
    match ignored(event, &understood, "") {
        Some(field) => Err(bad(&field, "there is no such field here".to_owned())),
        None => Ok(request),
    }
}

/// What a policy would call a database of this engine, as far as its checks go
fn kind_of(engine: &Engine) -> Kind {
    match engine.dialect() {
        Some(Dialect::Mongo) => Kind::Documentdb,
        Some(Dialect::Postgres | Dialect::Mysql) | None => Kind::Rds,
    }
}

fn sensible(request: &CheckRequest) -> Result<(), BadRequest> {
    run_id("run", &request.run)?;
    if let Some(run) = &request.compare_with {
        run_id("compare_with", run)?;
        if *run == request.run {
            return Err(bad("compare_with", format!("{run:?} is this run itself")));
        }
    }
    place(&request.endpoint, &request.database)?;
    within(request.seconds)
}

/// It becomes the name of an object; a run id has no characters but these.
pub(crate) fn run_id(field: &str, run: &str) -> Result<(), BadRequest> {
    if run.is_empty() || run.len() > 255 || !run.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c)) {
        return Err(bad(field, format!("{run:?} is no name here: letters, digits, - and _")));
    }
    Ok(())
}

/// Where to knock
pub(crate) fn place(endpoint: &str, database: &str) -> Result<(), BadRequest> {
    for (field, text) in [("endpoint", endpoint), ("database", database)] {
        if text.trim().is_empty() || text.contains(char::is_control) {
            return Err(bad(field, format!("{text:?} names nothing")));
        }
    }
    // The driver would take a path for the folder of a local socket, where there is no TLS.
    if endpoint.starts_with(['/', '@']) {
        return Err(bad("endpoint", format!("{endpoint:?} is no host")));
    }
    Ok(())
}

pub(crate) fn within(seconds: u32) -> Result<(), BadRequest> {
    if (1..=LONGEST).contains(&seconds) {
        return Ok(());
    }
    Err(bad("seconds", format!("{seconds} is not within 1 to {LONGEST}")))
}

pub(crate) fn zone(name: Option<&str>) -> Result<TimeZone, BadRequest> {
    match name {
        None => Ok(TimeZone::UTC),
        Some(name) => moment::zone(name).ok_or_else(|| bad("timezone", format!("{name:?} is no IANA time zone"))),
    }
}

pub(crate) fn bad(field: &str, what: String) -> BadRequest {
    BadRequest { field: field.to_owned(), what }
}

/// The path of a field that was sent and not understood: a misspelt limit would let a check pass without it
fn ignored(sent: &Value, understood: &Value, path: &str) -> Option<String> {
    match (sent, understood) {
        (Value::Object(sent), Value::Object(understood)) => sent.iter().find_map(|(field, value)| {
            let path = if path.is_empty() { field.clone() } else { format!("{path}.{field}") };
            match understood.get(field) {
                Some(understood) => ignored(value, understood, &path),
                // An optional field that says null says nothing, and neither does an empty list.
                None => (!value.is_null() && value.as_array().is_none_or(|list| !list.is_empty())).then_some(path),
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
            (
                "/checks/0",
                json!({"kind": "tables", "at_least": 0}),
                "checks[0].at_least: is 0. Allowed: a whole number",
            ),
            ("/checks/0", json!({"kind": "row_count", "table": "a"}), "checks[0].at_least: is missing"),
            ("/checks/0", json!({"kind": "damage", "except": ["a*b"]}), "checks[0].except[0]: is \"a*b\""),
            (
                "/checks/0",
                json!({"kind": "collection_count", "collection": "c", "at_least": 1}),
                "checks[0].kind: is \"collection_count\"",
            ),
            ("/compare_with", json!("../policy"), "compare_with: "),
            ("/compare_with", json!("drill-orders-202611221800"), "compare_with: "),
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
    fn whatever_a_policy_asks_can_be_asked() {
        let text = include_str!("../../../shared/src/policy/tests/checks.json");
        let policy = lifeboat::policy::Policy::parse(text).unwrap();
        let mut asked = std::collections::BTreeSet::new();
        for (_, database) in &policy.databases {
            let engine = if database.kind == Kind::Documentdb { "docdb" } else { "aurora-postgresql" };
            for check in &database.checks {
                let mut event = good();
                event["engine"] = json!(engine);
                event["checks"] = json!([check]);
                let question = parse(&event).unwrap_or_else(|mistake| panic!("{check:?}: {mistake}"));
                assert_eq!(question.checks, std::slice::from_ref(check));
                event["checks"][0]["at_leest"] = json!(1);
                assert!(parse(&event).is_err(), "{check:?}");
                asked.insert(check.kind());
            }
        }
        assert_eq!(asked, Check::KINDS.into());
    }

    #[test]
    fn as_many_checks_as_a_policy_names_and_no_more() {
        let many = |count: usize| {
            let mut event = good();
            event["checks"] = json!(vec![json!({"kind": "damage"}); count]);
            parse(&event)
        };
        assert!(many(MOST_CHECKS + 1).is_ok());
        assert!(many(MOST_CHECKS + 2).unwrap_err().to_string().starts_with("checks: 202 checks"));
    }

    #[test]
    fn every_mistake_in_the_checks_is_told() {
        let mut event = good();
        event["checks"] = json!([{"kind": "tables", "at_least": 0}, {"kind": "damage", "except": [""]}]);
        let told = parse(&event).unwrap_err().to_string();
        assert!(told.contains("checks[0].at_least: is 0") && told.contains("\nchecks[1].except[0]: is"), "{told}");
    }

    #[test]
    fn the_sample_requests_are_understood() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../events/data-check");
        let mut samples = 0;
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let event: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
            if event.get("inventory").is_some() {
                crate::inventory::parse(&event).unwrap_or_else(|mistake| panic!("{}: {mistake}", path.display()));
                samples += 1;
                continue;
            }
            let question = parse(&event).unwrap_or_else(|mistake| panic!("{}: {mistake}", path.display()));
            assert!(!question.checks.is_empty());
            samples += 1;
        }
        assert!(samples >= 5);
    }
}
