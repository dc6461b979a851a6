//! As a Lambda: warm up, then answer one event after the other.

use std::fmt;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use serde_json::Value;

use super::{Handler, RunError, in_time};

/// Warming may take this long; the init phase as a whole has 10 s
const WARM: Duration = Duration::from_secs(5);

/// Serves events until Lambda ends the process.
pub(super) async fn serve<H: Handler>(handler: H) -> ExitCode {
    if tokio::time::timeout(WARM, handler.warm()).await.is_err() {
        tracing::warn!(seconds = WARM.as_secs(), "warming up took too long and was left");
    }
    let handler = Arc::new(handler);
    let served = lambda_runtime::run(service_fn(move |event: LambdaEvent<Value>| {
        let handler = Arc::clone(&handler);
        async move { answer(handler.as_ref(), event).await }
    }))
    .await;
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(error, "the runtime ended");
            ExitCode::FAILURE
        }
    }
}

async fn answer<H: Handler>(handler: &H, event: LambdaEvent<Value>) -> Result<Value, Red> {
    let deadline =
        i64::try_from(event.context.deadline).ok().and_then(|millis| Timestamp::from_millisecond(millis).ok());
    in_time(handler, event.payload, deadline.unwrap_or(Timestamp::MAX)).await.map_err(Red)
}

/// An error on its way out. The runtime logs it through `Debug`, once, and answers it as a `Diagnostic`: both in words.
struct Red(RunError);

impl fmt::Debug for Red {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.kind, self.0.message)
    }
}

impl From<Red> for Diagnostic {
    fn from(Red(error): Red) -> Self {
        Self { error_type: error.kind.to_owned(), error_message: error.message }
    }
}
