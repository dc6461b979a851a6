//! Restore tests of AWS Backup: an event becomes a record, and the run goes as far as it can at once.

use jiff::Timestamp;
use lifeboat::request::{RestoreTested, plan_of_test};
use lifeboat::restore::Record;
use lifeboat::run::RunError;
use serde_json::{Value, json};

use crate::{Grounds, RestoreDrill, Troubles, World, start};

/// Looks into what a restore test made. One of a database that the policy does not name is told, and left alone.
pub async fn validate<W: World>(
    drill: &RestoreDrill<W>,
    tested: &RestoreTested,
    until: Timestamp,
) -> Result<Value, RunError> {
    let policy = drill.policy().await?;
    let Some(plan) = plan_of_test(&policy, tested) else {
        let RestoreTested { job, source, .. } = tested;
        tracing::info!(job, source, "a restore test of something that the policy does not name");
        let message =
            format!("the restore job {job} tested {source}, which the policy does not name: it is left alone");
        return Ok(json!({"message": message, "runs": []}));
    };
    let mut troubles = Troubles::default();
    let record = Record::of_test(plan, tested);
    let answer = start::take_up(drill, &Grounds::of(&policy), record, until, &mut troubles).await;
    troubles.end()?;
    let answers = [answer];
    Ok(json!({"message": start::message(&answers), "runs": answers}))
}
