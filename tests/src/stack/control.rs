//! The control API of the stack: its call log, faults, pins, and what exists behind the endpoints.

use serde_json::{Value, json};

use super::http::send;
use super::{Reply, Stack};

/// One call that the stack took
#[derive(Debug, Clone)]
pub struct Call {
    /// `CreateDBInstance` for RDS, `S3:PutObject` for the rest
    pub operation: String,
    /// The region that it was signed for
    pub region: String,
    /// Its parameters
    pub parameters: Value,
    /// The HTTP status that it came to; none where it was struck by a fault before it was done, or is not done yet
    pub status: Option<u64>,
}

impl Call {
    /// A parameter, as text
    pub fn parameter(&self, name: &str) -> &str {
        self.parameters.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// Whether it was done
    pub fn was_done(&self) -> bool {
        self.status.is_some_and(|status| status < 300)
    }
}

/// Something that exists behind the RDS endpoint
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Existing {
    /// `cluster`, `instance`, `cluster-snapshot`, `snapshot`
    pub kind: String,
    /// Its identifier
    pub identifier: String,
    /// Its status
    pub status: String,
    /// Its port
    pub port: Option<u64>,
    /// Its host: a copy with its source's port has another one
    pub host: Option<String>,
    /// Its server, where it is a real one
    pub process: Option<u64>,
}

impl Stack {
    /// Asks the control API
    pub fn control(&self, method: &str, path: &str, body: Option<&Value>) -> Value {
        let url = format!("{}{path}", self.fact("control"));
        let body = body.map(|body| body.to_string().into_bytes());
        send(method, &url, &[("Content-Type", "application/json")], body).ok().json()
    }

    /// The calls after the first `since`
    pub fn calls(&self, since: u64) -> Vec<Call> {
        let all = self.control("GET", &format!("/calls?since={since}"), None);
        let calls = all.as_array().unwrap().iter().map(|call| Call {
            operation: call.get("operation").and_then(Value::as_str).unwrap_or_default().to_owned(),
            region: call.get("region").and_then(Value::as_str).unwrap_or_default().to_owned(),
            parameters: call.get("params").cloned().unwrap_or_default(),
            status: call.pointer("/outcome/status").and_then(Value::as_u64),
        });
        calls.collect()
    }

    /// How many calls there were
    pub fn call_count(&self) -> u64 {
        self.calls(0).len() as u64
    }

    /// Sets a fault; returns its number
    pub fn fault(&self, operation: &str, matching: &Value, times: i64, fault: &Value) -> u64 {
        let wanted = json!({"operation": operation, "match": matching, "times": times, "fault": fault});
        self.control("POST", "/faults", Some(&wanted)).get("id").and_then(Value::as_u64).unwrap()
    }

    /// How often a fault has struck
    pub fn hits(&self, fault: u64) -> u64 {
        let all = self.control("GET", "/faults", None);
        let mut found =
            all.as_array().unwrap().iter().filter(|one| one.get("id").and_then(Value::as_u64) == Some(fault));
        found.next().and_then(|one| one.get("hits")).and_then(Value::as_u64).unwrap_or_default()
    }

    /// Forgets a fault; calls that hang in it are cut off
    pub fn heal(&self, fault: u64) {
        self.control("DELETE", &format!("/faults?id={fault}"), None);
    }

    /// Shows a status in place of the true one; returns the pin's number
    pub fn pin(&self, kind: &str, identifier: &str, status: &str) -> u64 {
        let pin = json!({"kind": kind, "id": identifier, "status": status});
        self.control("POST", "/pin", Some(&pin)).get("pin").and_then(Value::as_u64).unwrap()
    }

    /// Forgets a pin
    pub fn unpin(&self, pin: u64) {
        self.control("DELETE", &format!("/pin?pin={pin}"), None);
    }

    /// Makes the backups behind a cluster or an instance unreadable
    pub fn damage(&self, kind: &str, identifier: &str) {
        self.control("POST", "/damage", Some(&json!({"kind": kind, "id": identifier})));
    }

    /// Clusters or instances whose identifier is like that seem to answer at this host, and at this port instead of their
    /// own: a double that stands for a server
    pub fn put_endpoint(&self, kind: &str, identifier: &str, host: &str, port: Option<u16>) {
        let mut endpoint = json!({"kind": kind, "id": identifier, "host": host});
        if let (Some(port), Some(fields)) = (port, endpoint.as_object_mut()) {
            fields.insert("port".to_owned(), port.into());
        }
        self.control("POST", "/endpoint", Some(&endpoint));
    }

    /// Everything that exists in a region
    pub fn existing(&self, region: &str) -> Vec<Existing> {
        let all = self.control("GET", "/state", None);
        let Some(kinds) = all.get(region).and_then(Value::as_object) else {
            return Vec::new();
        };
        let of_kind = |(kind, things): (&String, &Value)| {
            let things = things.as_object().cloned().unwrap_or_default();
            let kind = kind.clone();
            things.into_iter().map(move |(identifier, thing)| Existing {
                kind: kind.clone(),
                identifier,
                status: thing.get("status").and_then(Value::as_str).unwrap_or_default().to_owned(),
                port: thing.get("port").and_then(Value::as_u64),
                host: thing.get("host").and_then(Value::as_str).map(str::to_owned),
                process: thing.get("pid").and_then(Value::as_u64),
            })
        };
        kinds.iter().flat_map(of_kind).collect()
    }
}

impl Reply {
    /// The code of an XML error
    pub fn code(&self) -> &str {
        self.tag("Code").unwrap_or_default()
    }
}
