//! How a job stands, for whoever asks. Nobody else is told, and nothing is written.

use lifeboat::database::Seen;
use lifeboat::flow::Troubles;
use lifeboat::glue::Run;
use lifeboat::mail::{JobFacts, job_message};
use lifeboat::policy::{Mistakes, nearest};
use lifeboat::run::RunError;
use serde_json::{Value, json};

use crate::{GlueAlert, World, look, memory};

/// Most names of jobs that a mistake lists
const MOST_NAMED: usize = 20;

/// The answer
pub async fn show<W: World>(function: &GlueAlert<W>, job: &str) -> Result<Value, RunError> {
    let policy = function.policy().await?;
    let (state, _) = memory::read(function.world().store()).await?;
    let mut troubles = Troubles::default();
    let jobs = [job.to_owned()];
    let runs = look::runs(function.world(), &jobs, &mut troubles).await;
    if policy.job(job).is_none() && !state.jobs.contains_key(job) && matches!(runs.first(), Some(Seen::Absent)) {
        let names = || policy.jobs.iter().map(|(name, _)| name.as_str());
        let allowed = format!("a job of the policy: {}", names().take(MOST_NAMED).collect::<Vec<_>>().join(", "));
        let was = format!("names {}, which Glue does not have", json!(job));
        return Err(RunError::bad_request(Mistakes::one("job", was, allowed, nearest(job, names())).to_string()));
    }
    let known: &[Run] = runs.first().and_then(Seen::present).map(Vec::as_slice).unwrap_or_default();
    let gone = matches!(runs.first(), Some(Seen::Absent)).then(|| "Glue has no such job.".to_owned());
    let notes: Vec<String> = gone.into_iter().collect();
    let facts = JobFacts {
        entry: policy.job(job),
        timezone: &policy.timezone,
        runs: known,
        runs_unread: if let Some(Seen::Unknown(why)) = runs.first() { Some(why) } else { None },
        way: None,
        notes: &notes,
        now: function.now(),
    };
    let message = job_message(job, &state, &facts);
    troubles.end()?;
    Ok(json!({"message": message, "job": job, "open": state.open(job)}))
}
