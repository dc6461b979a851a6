//! The Lambda edge: environment, logs, dispatch, red at the end.
//!
//! A `main` parses [`Environment`], makes the clients and calls [`run`]:
//!
//! ```ignore
//! #[tokio::main(flavor = "current_thread")]
//! async fn main() -> ExitCode {
//!     match Environment::read(&[TOPIC_ARN, DATA_CHECK]) {
//!         Ok(environment) => run("restore-drill", RestoreDrill::new(&lifeboat::aws::config().await, environment)).await,
//!         Err(error) => run("restore-drill", error).await, // refuses every event with the error itself
//!     }
//! }
//! ```

mod cli;
mod clock;
mod environment;
mod lambda;
mod logs;
mod progress;

use std::future::Future;
use std::process::ExitCode;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use crate::ports::Clock;

pub use clock::SystemClock;
pub use progress::Progress;

pub use environment::{BUCKET, DATA_CHECK, Environment, PolicySource, TOPIC_ARN};

/// Between the end that [`run`] enforces and the moment Lambda kills the process: enough to write the error and its log line
const RESERVE: Duration = Duration::from_secs(3);

/// A function's one entry: an event in, an answer out, an error when anything failed.
pub trait Handler: Send + Sync + 'static {
    /// Handles one event. `deadline` is when the invocation will be killed; finish some seconds before it.
    fn handle(&self, event: Value, deadline: Timestamp) -> impl Future<Output = Result<Value, RunError>> + Send;

    /// Opens connections and credentials while the runtime still has its full CPU; failures are ignored.
    fn warm(&self) -> impl Future<Output = ()> + Send {
        async {}
    }

    /// Requests to show in the usage text, one a line, each as it is typed after the command's name
    fn examples(&self) -> &'static str {
        "'{}'"
    }

    /// Options of the command line that stay with what a request begins; none where a function only ever answers
    fn stays(&self) -> &'static [Stay] {
        &[]
    }

    /// Stays with a request until its end, whatever that is: an error is an end that was not wanted. It has a bound of its
    /// own, as nothing else ends it.
    fn stay(
        &self,
        option: &'static str,
        request: Value,
        progress: &mut Progress,
    ) -> impl Future<Output = Result<Value, RunError>> + Send {
        let _ = (request, progress);
        async move { Err(RunError::bad_request(format!("there is no option {option}"))) }
    }
}

/// An option of the command line that stays with what a request begins
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stay {
    /// As it is typed: `--wait`
    pub option: &'static str,
    /// What it does, in one line of the usage text
    pub says: &'static str,
}

/// What an invocation ends with when something failed: one message for people, the class for machines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunError {
    /// `BadRequest`, `Unavailable`, …: the Lambda error type
    pub kind: &'static str,
    /// What failed, for which database, what to do
    pub message: String,
}

impl RunError {
    /// The request has mistakes; nothing has been done
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self { kind: "BadRequest", message: message.into() }
    }

    /// The policy is not there, or has mistakes; nothing has been done
    pub fn bad_policy(message: impl Into<String>) -> Self {
        Self { kind: "BadPolicy", message: message.into() }
    }

    /// Something that everything needs did not answer; nothing has been done
    pub fn unavailable(message: impl Into<String>) -> Self {
        Self { kind: "Unavailable", message: message.into() }
    }

    /// Some items failed; the others were done
    pub fn failed(message: impl Into<String>) -> Self {
        Self { kind: "Failed", message: message.into() }
    }
}

/// What could not start still answers: every event gets the reason, instead of a process that only exits.
impl Handler for RunError {
    /// Whatever option was typed, the reason is this error
    fn stays(&self) -> &'static [Stay] {
        &[Stay { option: "--wait", says: "" }, Stay { option: "--follow", says: "" }]
    }

    async fn stay(&self, _: &'static str, _: Value, _: &mut Progress) -> Result<Value, RunError> {
        Err(self.clone())
    }

    async fn handle(&self, _event: Value, _deadline: Timestamp) -> Result<Value, RunError> {
        Err(self.clone())
    }
}

/// Runs a function: as a Lambda where `AWS_LAMBDA_RUNTIME_API` is set, else once, from the command line.
pub async fn run<H: Handler>(name: &'static str, handler: H) -> ExitCode {
    let in_lambda = std::env::var_os("AWS_LAMBDA_RUNTIME_API").is_some();
    logs::start(in_lambda, !in_lambda && cli::stays(handler.stays()));
    if in_lambda { lambda::serve(handler).await } else { cli::once(name, handler).await }
}

/// Handles one event, but never past the deadline less [`RESERVE`]: an error that is written beats a process that is killed.
async fn in_time<H: Handler>(handler: &H, event: Value, deadline: Timestamp) -> Result<Value, RunError> {
    let left = Duration::try_from(deadline.duration_since(SystemClock.now())).unwrap_or_default();
    let left = left.saturating_sub(RESERVE);
    // Boxed: what a handler does is deep, and the runtime's own layers come on top of it.
    match tokio::time::timeout(left, Box::pin(handler.handle(event, deadline))).await {
        Ok(answer) => answer,
        Err(_) => Err(RunError {
            kind: "OutOfTime",
            message: format!(
                "stopped after {:.0} s, just before the invocation's own end; the next tick goes on",
                left.as_secs_f64()
            ),
        }),
    }
}

#[cfg(test)]
mod tests;
