//! Plain HTTP to loopback.

use std::sync::OnceLock;
use std::time::Duration;

use serde_json::Value;
use ureq::http::Request;
use ureq::{Agent, Body};

/// Longest that any call of a story to the stack takes
const CALL: Duration = Duration::from_mins(2);
/// Largest answer: the log of all calls
const LARGEST: u64 = 256 * 1024 * 1024;

/// An answer
#[derive(Debug, Clone)]
pub struct Reply {
    /// Its status
    pub status: u16,
    /// Its body
    pub text: String,
    /// Its version, of an object
    pub etag: Option<String>,
}

impl Reply {
    /// The answer, which must not be an error
    #[must_use]
    pub fn ok(self) -> Self {
        assert!(self.status < 300, "{}: {}", self.status, self.text);
        self
    }

    /// The body as JSON
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error} in {}", self.text))
    }

    /// The text of the first XML element of that name
    pub fn tag(&self, name: &str) -> Option<&str> {
        tags(&self.text, name).into_iter().next()
    }
}

/// The texts of every XML element of that name
pub(crate) fn tags<'a>(text: &'a str, name: &str) -> Vec<&'a str> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    text.split(open.as_str()).skip(1).filter_map(|rest| rest.split(close.as_str()).next()).collect()
}

pub(super) fn send(method: &str, url: &str, headers: &[(&str, &str)], body: Option<Vec<u8>>) -> Reply {
    let mut request = Request::builder().method(method).uri(url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = match body {
        Some(body) => agent().run(request.body(body).unwrap()),
        None => agent().run(request.body(()).unwrap()),
    };
    let mut answer = answer.unwrap_or_else(|error| panic!("{method} {url}: {error}"));
    let status = answer.status().as_u16();
    let etag = answer.headers().get("etag").and_then(|etag| etag.to_str().ok()).map(str::to_owned);
    Reply { status, text: read(answer.body_mut()), etag }
}

fn read(body: &mut Body) -> String {
    body.with_config().limit(LARGEST).read_to_string().unwrap()
}

fn agent() -> &'static Agent {
    static AGENT: OnceLock<Agent> = OnceLock::new();
    AGENT.get_or_init(|| {
        // No connection is kept: one that the server closes meanwhile would fail a story for nothing.
        let config =
            Agent::config_builder().http_status_as_error(false).timeout_global(Some(CALL)).max_idle_connections(0);
        config.build().into()
    })
}
