//! Ticks: every open run is taken as far as it goes. What woke the function up is not used; the records are.

use jiff::Timestamp;
pub use lifeboat::flow::{MOST_OPEN, OPEN, run_of};
use lifeboat::ports::Store;
use lifeboat::restore::{Purpose, prefix_of};
use lifeboat::run::RunError;
use serde_json::{Value, json};

use crate::run::{Progress, advance};
use crate::{Grounds, RestoreDrill, Troubles, World, start, sweep};

/// This function's runs; recoveries and inspections are emergency-restore's
fn is_mine(run: &str) -> bool {
    [Purpose::Drill, Purpose::Validation].into_iter().any(|purpose| run.starts_with(prefix_of(purpose)))
}

/// One tick.
pub async fn tick<W: World>(drill: &RestoreDrill<W>, until: Timestamp) -> Result<Value, RunError> {
    let keys =
        drill.world().store().list(OPEN, MOST_OPEN).await.map_err(|fault| RunError::unavailable(fault.to_string()))?;
    let runs: Vec<&str> = keys.iter().filter_map(|key| run_of(key)).filter(|run| is_mine(run)).collect();
    let sweeps = sweep::is_due(drill.now());
    if runs.is_empty() && !sweeps {
        return Ok(json!({"message": "no drill is under way", "runs": []}));
    }
    let policy = drill.policy().await?;
    let grounds = Grounds::of(&policy);
    let mut troubles = Troubles::default();
    let mut answers = Vec::new();
    for run in runs {
        let progress = advance(drill, run, &grounds, until, &mut troubles).await;
        answers.push(start::answer(run, &progress));
    }
    if sweeps {
        sweep::sweep_and_tell(drill, &grounds, &mut troubles).await;
    }
    troubles.end()?;
    Ok(json!({"message": start::message(&answers), "runs": answers}))
}

impl Progress {
    /// Where the run stands, as answers name it
    pub fn word(&self) -> &'static str {
        match self {
            Self::Waits { .. } => "under way",
            Self::Closed { .. } => "closed",
            Self::Skipped => "somebody else is on it",
        }
    }
}
