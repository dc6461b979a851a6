//! What is seen of the world for one step. A read that fails is `Unknown` with its reason, never "not there".

use std::collections::BTreeSet;

use lifeboat::database::{Cluster, Instance, Seen, Window};
use lifeboat::fault::Fault;
use lifeboat::ports::{Databases, Store};
use lifeboat::restore::{Observed, Phase, Plan, Record, Source, SourceChoice, SourceFacts};
use lifeboat::verify::{Answers, Check};

use crate::{RestoreDrill, Troubles, World, sweep, tell};

/// Looks at what this phase of the run needs to know.
pub async fn observe<W: World>(
    drill: &RestoreDrill<W>,
    record: &Record,
    protected: &BTreeSet<String>,
    troubles: &mut Troubles,
) -> Observed {
    let mut seen = Observed::nothing();
    match record.phase {
        Phase::Closed => return seen,
        Phase::Planned => {
            seen.source = Some(source(drill, &record.plan, troubles).await);
            return seen;
        }
        Phase::Restoring | Phase::Attaching | Phase::Opening | Phase::Checking | Phase::TearingDown => {}
    }
    look_at_copy(drill, record, &mut seen, troubles).await;
    if record.phase == Phase::Checking {
        seen.answers = answers(drill, record, troubles).await;
    }
    if record.phase == Phase::TearingDown {
        if record.events.is_empty() && record.milestones.volume_restored.is_some() {
            seen.events = events(drill, record).await;
        }
        if seen.cluster.is_absent() && seen.instance.is_absent() {
            seen.leftovers = sweep::leftovers(drill, protected, troubles).await;
        }
    }
    seen
}

/// Looks only at what the phase decides by: a call saved is a call that is not throttled.
async fn look_at_copy<W: World>(
    drill: &RestoreDrill<W>,
    record: &Record,
    seen: &mut Observed,
    troubles: &mut Troubles,
) {
    let databases = drill.world().databases();
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

/// The source as planning needs it
pub async fn source<W: World>(drill: &RestoreDrill<W>, plan: &Plan, troubles: &mut Troubles) -> Source {
    let databases = drill.world().databases();
    let wants_snapshots = !matches!(plan.source, SourceChoice::PointInTime { .. });
    let facts =
        if plan.kind.is_clustered() { of_cluster(databases, plan).await } else { of_instance(databases, plan).await };
    let snapshots = if wants_snapshots {
        databases.snapshots(&plan.identifier, plan.kind.is_clustered()).await.map(Some)
    } else {
        Ok(Some(Vec::new()))
    };
    let mut as_seen = |result: Fault| {
        troubles.note(&plan.database, &result);
        result.to_string()
    };
    let facts = match facts {
        Ok(Some(facts)) => Seen::Present(facts),
        Ok(None) => Seen::Absent,
        Err(fault) => Seen::Unknown(as_seen(fault)),
    };
    let snapshots = match snapshots {
        Ok(snapshots) => Seen::Present(snapshots.unwrap_or_default()),
        Err(fault) => Seen::Unknown(as_seen(fault)),
    };
    let compares = plan.checks.iter().any(Check::compares);
    let last_passed = if compares { tell::last_passed(drill, &plan.database, troubles).await } else { None };
    Source { facts, snapshots, last_passed }
}

async fn of_cluster<D: Databases>(databases: &D, plan: &Plan) -> Result<Option<SourceFacts>, Fault> {
    let Some(cluster) = databases.cluster(&plan.identifier).await? else {
        return Ok(None);
    };
    let writer = cluster.members.iter().find(|member| member.writer).or_else(|| cluster.members.first());
    let class = match writer {
        Some(writer) => databases.instance(&writer.instance).await?.and_then(|instance| instance.configuration.class),
        None => None,
    };
    Ok(Some(facts_of(cluster, class)))
}

fn facts_of(cluster: Cluster, class: Option<String>) -> SourceFacts {
    SourceFacts {
        arn: cluster.arn,
        resource_id: cluster.resource_id,
        engine: cluster.engine,
        engine_version: cluster.engine_version,
        window: cluster.window,
        configuration: cluster.configuration,
        class,
        database_name: cluster.database_name,
    }
}

async fn of_instance<D: Databases>(databases: &D, plan: &Plan) -> Result<Option<SourceFacts>, Fault> {
    let Some(instance) = databases.instance(&plan.identifier).await? else {
        return Ok(None);
    };
    // The instance tells the latest restorable time, its automated backup both ends; the instance's own is the newer one.
    let backup = databases.instance_window(&plan.identifier).await?;
    let window = Window { earliest: backup.earliest, latest: instance.latest_restorable.or(backup.latest) };
    Ok(Some(facts_of_instance(instance, window)))
}

fn facts_of_instance(instance: Instance, window: Window) -> SourceFacts {
    SourceFacts {
        arn: instance.arn,
        resource_id: instance.resource_id,
        engine: instance.engine,
        engine_version: instance.engine_version,
        window,
        class: instance.configuration.class.clone(),
        configuration: instance.configuration,
        database_name: instance.database_name,
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
    let databases = drill.world().databases();
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
