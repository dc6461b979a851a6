//! What is seen of the world for one step. A read that fails is `Unknown` with its reason, never "not there".

use lifeboat::database::{RestoreTest, Seen};
use lifeboat::fault::Fault;
use lifeboat::ports::{Databases, RestoreTests, Store, Vaults};
use lifeboat::restore::{Observed, Phase, Purpose, Record, copy_is_gone, owes_an_answer};
use lifeboat::verify::Answers;

use crate::{Grounds, RestoreDrill, Troubles, World, source, sweep};

/// Looks at what this phase of the run needs to know.
pub async fn observe<W: World>(
    drill: &RestoreDrill<W>,
    record: &Record,
    grounds: &Grounds,
    troubles: &mut Troubles,
) -> Observed {
    let mut seen = Observed::nothing();
    let is_test = record.purpose == Purpose::Validation;
    match record.phase {
        Phase::Closed => {
            if owes_an_answer(record) {
                seen.test = test(drill, record, troubles).await;
            }
            return seen;
        }
        Phase::Planned => {
            seen.source = Some(if is_test {
                source::source_of_test(drill, record, troubles).await
            } else {
                source::source(drill, &record.plan, troubles).await
            });
            return seen;
        }
        Phase::Restoring | Phase::Attaching | Phase::Opening | Phase::Checking | Phase::TearingDown => {}
    }
    if is_test && record.phase != Phase::TearingDown {
        seen.test = test(drill, record, troubles).await;
    }
    // The job first: a copy that is not to be seen after its job was done is gone.
    if let (false, Phase::Restoring | Phase::TearingDown, Some(job)) = (is_test, record.phase, &record.restore_job) {
        let read = drill.world().vaults(record.plan.region.as_deref()).restore_job(job).await;
        seen.job = seen_as(record, read, troubles);
    }
    look_at_copy(drill, record, &mut seen, troubles).await;
    if record.phase == Phase::Checking {
        seen.answers = answers(drill, record, troubles).await;
    }
    if record.phase == Phase::TearingDown {
        if record.events.is_empty() && record.milestones.volume_restored.is_some() {
            seen.events = events(drill, record).await;
        }
        if copy_is_gone(record, &seen) {
            seen.leftovers = sweep::leftovers(drill, grounds, record.plan.region.as_deref(), troubles).await;
        }
    }
    seen
}

/// What AWS Backup says of the restore test that a validation looks into
async fn test<W: World>(drill: &RestoreDrill<W>, record: &Record, troubles: &mut Troubles) -> Seen<RestoreTest> {
    let Some(job) = &record.restore_job else { return Seen::Absent };
    seen_as(record, drill.world().tests().restore_test(job).await, troubles)
}

/// Looks only at what the phase decides by: a call saved is a call that is not throttled.
async fn look_at_copy<W: World>(
    drill: &RestoreDrill<W>,
    record: &Record,
    seen: &mut Observed,
    troubles: &mut Troubles,
) {
    let databases = drill.world().databases(record.plan.region.as_deref());
    let instance = record.copy.instance.as_ref().unwrap_or(&record.copy.identifier);
    if !record.plan.kind.is_clustered() {
        seen.instance = seen_as(record, databases.instance(instance).await, troubles);
        return;
    }
    if matches!(record.phase, Phase::Attaching | Phase::TearingDown) {
        let (cluster, member) = tokio::join!(databases.cluster(&record.copy.identifier), databases.instance(instance));
        seen.cluster = seen_as(record, cluster, troubles);
        seen.instance = seen_as(record, member, troubles);
    } else {
        seen.cluster = seen_as(record, databases.cluster(&record.copy.identifier).await, troubles);
    }
}

fn seen_as<T>(record: &Record, result: Result<Option<T>, Fault>, troubles: &mut Troubles) -> Seen<T> {
    match result {
        Ok(Some(thing)) => Seen::Present(thing),
        Ok(None) => Seen::Absent,
        Err(fault) => {
            troubles.note(&record.run, &fault);
            Seen::Unknown(fault.to_string())
        }
    }
}

/// Key of what data-check answered
pub fn answers_key(run: &str) -> String {
    format!("checks/{run}.json")
}

async fn answers<W: World>(drill: &RestoreDrill<W>, record: &Record, troubles: &mut Troubles) -> Seen<Answers> {
    match drill.world().store().read(&answers_key(&record.run)).await {
        Ok(None) => Seen::Absent,
        Ok(Some(stored)) => match serde_json::from_slice(&stored.body) {
            Ok(answers) => Seen::Present(answers),
            Err(error) => {
                let words = format!("{} cannot be read: {error}", answers_key(&record.run));
                tracing::warn!(run = record.run, error = words, "an answer cannot be read");
                Seen::Unknown(words)
            }
        },
        Err(fault) => {
            troubles.note(&record.run, &fault);
            Seen::Unknown(fault.to_string())
        }
    }
}

/// RDS's own times are worth having and nothing depends on them: a failure is logged and forgotten.
async fn events<W: World>(drill: &RestoreDrill<W>, record: &Record) -> Vec<lifeboat::database::Event> {
    let databases = drill.world().databases(record.plan.region.as_deref());
    let clustered = record.plan.kind.is_clustered();
    let mut all = Vec::new();
    let mut asked = vec![(record.copy.identifier.as_str(), clustered)];
    if let Some(instance) = &record.copy.instance {
        asked.push((instance, false));
    }
    for (identifier, clustered) in asked {
        match databases.events(identifier, clustered, record.requested_at, drill.now()).await {
            Ok(events) => all.extend(events),
            Err(fault) => tracing::warn!(run = record.run, error = %fault, "RDS's events could not be read"),
        }
    }
    all.sort_by_key(|event| event.at);
    all
}
