//! Glue's job runs (`glue`). Nothing here changes anything.
//!
//! One operation does not need one of the largest clients of the SDK. What it is made of is in the tree anyway, and the bucket
//! goes the same way ([`super::s3`]).

use aws_config::SdkConfig;
use jiff::Timestamp;
use serde_json::json;

mod answer;
mod call;
#[cfg(test)]
mod tests;

use self::answer::{Page, Run};
use self::call::Line;
use super::error::{fault, incomplete, too_many};
use crate::fault::{Class, Fault};
use crate::glue::Run as JobRun;
use crate::ports::{JobRuns, Jobs};

/// IAM actions of this file. They can be narrowed to `job/<name>`.
pub const ACTIONS: &[&str] = &["glue:GetJobRuns"];

const GET_JOB_RUNS: &str = "glue:GetJobRuns";

/// Runs on one page: the most that Glue gives
const PAGE: u32 = 200;
/// Pages of one walk: ten thousand runs. Glue forgets a run after 90 days, so that is one every thirteen minutes.
const MOST_PAGES: usize = 50;

/// States of a run that ended without success. A run that is stopped may have written half of what it had to.
const FAILED: [&str; 5] = ["FAILED", "TIMEOUT", "ERROR", "STOPPED", "EXPIRED"];

/// Glue
#[derive(Debug, Clone)]
pub struct Glue {
    line: Line,
}

impl Glue {
    /// Made once from the shared configuration. An endpoint of its own is taken from `AWS_ENDPOINT_URL_GLUE` or
    /// `AWS_ENDPOINT_URL`, as the SDK's clients do.
    pub fn new(config: &SdkConfig) -> Self {
        Self { line: Line::new(config) }
    }

    /// Every run of a job that Glue remembers, in the order it gave them: it promises none
    async fn runs(&self, job: &str) -> Result<Vec<Run>, Fault> {
        let mut runs = Vec::new();
        let mut next: Option<String> = None;
        for _ in 0..MOST_PAGES {
            let mut asked = json!({ "JobName": job, "MaxResults": PAGE });
            if let (Some(token), Some(asked)) = (&next, asked.as_object_mut()) {
                asked.insert("NextToken".to_owned(), json!(token));
            }
            let answer = self.line.send("GetJobRuns", &asked).await.map_err(|error| fault(GET_JOB_RUNS, job, error))?;
            let page: Page = serde_json::from_slice(&answer)
                .map_err(|error| incomplete(GET_JOB_RUNS, job, "readable list of runs").caused_by(error))?;
            runs.extend(page.job_runs);
            next = page.next_token.filter(|token| !token.is_empty());
            if next.is_none() {
                return Ok(runs);
            }
        }
        Err(too_many(GET_JOB_RUNS, job, &format!("{MOST_PAGES} pages of {PAGE} runs")))
    }
}

impl JobRuns for Glue {
    /// Needs `glue:GetJobRuns`. A run without an id makes the whole list unreadable: nobody could tell it from another one.
    async fn job_runs(&self, job: &str) -> Result<Option<Vec<JobRun>>, Fault> {
        let runs = match self.runs(job).await {
            Ok(runs) => runs,
            Err(fault) if fault.class == Class::NotFound => return Ok(None),
            Err(fault) => return Err(fault),
        };
        let read = runs.into_iter().map(|run| run.told().ok_or_else(|| incomplete(GET_JOB_RUNS, job, "id of a run")));
        read.collect::<Result<Vec<JobRun>, Fault>>().map(Some)
    }
}

impl Jobs for Glue {
    /// Needs `glue:GetJobRuns`. The newest by the time it began; a run that never began has changed nothing.
    async fn newest_failed_run(&self, job: &str) -> Result<Option<(String, Timestamp)>, Fault> {
        let runs = self.runs(job).await?;
        let failed = runs.into_iter().filter(|run| FAILED.contains(&run.job_run_state.as_str()));
        let began = failed.filter_map(|run| Some((run.started_at()?, run.id)));
        match began.max() {
            Some((_, id)) if id.is_empty() => Err(incomplete(GET_JOB_RUNS, job, "id of a run")),
            Some((at, id)) => Ok(Some((id, at))),
            None => Ok(None),
        }
    }
}
