//! What Glue answers.

use aws_smithy_runtime_api::client::interceptors::context::{Error, Output};
use aws_smithy_runtime_api::client::orchestrator::{HttpResponse, OrchestratorError};
use aws_smithy_runtime_api::client::ser_de::DeserializeResponse;
use aws_smithy_types::config_bag::ConfigBag;
use aws_smithy_types::error::ErrorMetadata;
use jiff::{SignedDuration, Timestamp, Unit};
use serde::Deserialize;

use crate::glue as job;

/// Largest answer that is read into memory: a page of runs has a few hundred kilobytes
const LARGEST_ANSWER: u64 = 8 * 1024 * 1024;

/// A page of runs
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Page {
    /// The runs
    #[serde(default)]
    pub(super) job_runs: Vec<Run>,
    /// Where the next page begins
    pub(super) next_token: Option<String>,
}

/// One run; what is not asked for here is not read. Whatever is left out stays unknown.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Run {
    /// Its id
    pub(super) id: String,
    /// AWS's word for how it stands
    pub(super) job_run_state: String,
    /// When it began, in seconds since 1970
    started_on: Option<f64>,
    /// When it ended
    completed_on: Option<f64>,
    /// Which attempt it is
    attempt: Option<u32>,
    /// The attempt before it
    previous_run_id: Option<String>,
    /// For how many seconds it used its workers
    execution_time: Option<u64>,
    /// After how many minutes Glue ends it
    timeout: Option<u64>,
    /// Glue's words about what went wrong
    error_message: Option<String>,
    /// Which trigger started it
    trigger_name: Option<String>,
}

impl Run {
    /// When it began
    pub(super) fn started_at(&self) -> Option<Timestamp> {
        time(self.started_on)
    }

    /// The run in our types; none where it has no id
    pub(super) fn told(self) -> Option<job::Run> {
        let given = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
        let (started_at, ended_at) = (time(self.started_on), time(self.completed_on));
        (!self.id.is_empty()).then(|| job::Run {
            id: self.id,
            state: job::RunState::of(&self.job_run_state),
            attempt: self.attempt.unwrap_or_default(),
            previous: given(self.previous_run_id),
            started_at,
            ended_at,
            worked_seconds: self.execution_time,
            timeout_minutes: self.timeout.filter(|minutes| *minutes > 0),
            error: given(self.error_message),
            trigger: given(self.trigger_name),
        })
    }
}

/// Glue tells milliseconds; the rest is what a floating number makes of them. A zero is no time.
fn time(seconds: Option<f64>) -> Option<Timestamp> {
    let since = SignedDuration::try_from_secs_f64(seconds.filter(|seconds| *seconds > 0.0)?).ok()?;
    Timestamp::from_duration(since).ok()?.round(Unit::Millisecond).ok()
}

/// Reads answers, after a look at their length
#[derive(Debug)]
pub(super) struct Reader;

impl DeserializeResponse for Reader {
    /// Asked before the body is read: the place to refuse one that is too large
    fn deserialize_streaming_with_config(
        &self,
        response: &mut HttpResponse,
        _: &ConfigBag,
    ) -> Option<Result<Output, OrchestratorError<Error>>> {
        let length: u64 = response.headers().get("content-length")?.parse().ok()?;
        let too_large = || {
            let said = "there is more than 8 MiB on one page; nothing was left out silently";
            failed(ErrorMetadata::builder().code("TooMany").message(said).build())
        };
        (length > LARGEST_ANSWER).then(too_large)
    }

    fn deserialize_nonstreaming_with_config(
        &self,
        response: &HttpResponse,
        _: &ConfigBag,
    ) -> Result<Output, OrchestratorError<Error>> {
        let body = response.body().bytes().unwrap_or_default();
        if !response.status().is_success() {
            let told = response.headers().get("x-amzn-errortype");
            return failed(error(response.status().as_u16(), told, body));
        }
        Ok(Output::erase(body.to_vec()))
    }
}

fn failed(said: ErrorMetadata) -> Result<Output, OrchestratorError<Error>> {
    Err(OrchestratorError::operation(Error::erase(said)))
}

/// An error of the protocol JSON 1.1
#[derive(Debug, Default, Deserialize)]
struct Said {
    #[serde(rename = "__type", alias = "code", default)]
    code: Option<String>,
    #[serde(rename = "message", alias = "Message", alias = "errorMessage", default)]
    message: Option<String>,
}

/// Code and message of an error; without a code where the answer is not Glue's
fn error(status: u16, told: Option<&str>, body: &[u8]) -> ErrorMetadata {
    let said: Said = serde_json::from_slice(body).unwrap_or_default();
    let code = told.map(str::to_owned).or(said.code).unwrap_or_default();
    // "aws.glue#EntityNotFoundException:http://internal/"
    let code = code.split(':').next().unwrap_or_default();
    let code = code.rsplit('#').next().unwrap_or_default();
    if code.is_empty() {
        return ErrorMetadata::builder().message(format!("HTTP {status}, without Glue's own words")).build();
    }
    let mut error = ErrorMetadata::builder().code(code);
    if let Some(message) = said.message {
        error = error.message(message);
    }
    error.build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_read_from_its_header_or_its_body() {
        let table: [(Option<&str>, &str, Option<&str>); 6] = [
            (None, r#"{"__type":"EntityNotFoundException","Message":"no"}"#, Some("EntityNotFoundException")),
            (None, r#"{"__type":"com.amazon#AccessDeniedException","message":"no"}"#, Some("AccessDeniedException")),
            (Some("ThrottlingException:http://internal/"), r#"{"message":"no"}"#, Some("ThrottlingException")),
            (Some("aws.glue#InvalidInputException"), "", Some("InvalidInputException")),
            (None, "<html>", None),
            (None, "{}", None),
        ];
        for (header, body, code) in table {
            let said = error(400, header, body.as_bytes());
            assert_eq!(said.code(), code, "{header:?} {body}");
        }
        assert_eq!(error(502, None, b"<html>").message(), Some("HTTP 502, without Glue's own words"));
        assert_eq!(error(400, None, br#"{"__type":"X","Message":"no job"}"#).message(), Some("no job"));
    }

    #[test]
    fn a_time_is_read_to_the_millisecond() {
        let began = |raw: &str| {
            let run: Run = serde_json::from_str(&format!(r#"{{"StartedOn":{raw}}}"#)).unwrap();
            run.started_at().map(|at| at.to_string())
        };
        assert_eq!(began("1795366800").as_deref(), Some("2026-11-22T17:00:00Z"));
        assert_eq!(began("1795366800.123").as_deref(), Some("2026-11-22T17:00:00.123Z"));
        assert_eq!(began("1.795366800123E9").as_deref(), Some("2026-11-22T17:00:00.123Z"));
        assert_eq!(began("1e300"), None);
        assert_eq!(began("null"), None);
    }
}
