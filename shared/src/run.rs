//! The Lambda edge: environment, logs, dispatch, red at the end.

use std::future::Future;
use std::process::ExitCode;

use jiff::Timestamp;
use serde_json::Value;

/// A function's one entry: an event in, an answer out, an error when anything failed.
pub trait Handler: Send + Sync + 'static {
    /// Handles one event. `deadline` is when the invocation will be killed; finish some seconds before it.
    fn handle(&self, event: Value, deadline: Timestamp) -> impl Future<Output = Result<Value, RunError>> + Send;

    /// Opens connections and credentials while the runtime still has its full CPU; failures are ignored.
    fn warm(&self) -> impl Future<Output = ()> + Send {
        async {}
    }
}

/// What an invocation ends with when something failed: one message for people, the class for machines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunError {
    /// `BadRequest`, `Unavailable`, …: the Lambda error type
    pub kind: &'static str,
    /// What failed, for which database, what to do
    pub message: String,
}

/// Runs a function: as a Lambda where `AWS_LAMBDA_RUNTIME_API` is set, else once, from the command line.
pub async fn run<H: Handler>(_name: &'static str, _handler: H) -> ExitCode {
    ExitCode::FAILURE
}
