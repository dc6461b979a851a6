//! What is seen of the source and its backups while a run is planned. A read that fails is `Unknown` with its reason.

use lifeboat::database::{Cluster, Instance, RecoveryPoint, Seen, Window};
use lifeboat::fault::{Class, Fault};
use lifeboat::ports::{Databases, Vaults};
use lifeboat::restore::{Plan, Point, Record, Source, SourceChoice, SourceFacts, newest_recovery_point};
use lifeboat::verify::Check;

use crate::{RestoreDrill, Troubles, World, tell};

/// The source as planning needs it: the database at home, its backups where the plan restores
pub async fn source<W: World>(drill: &RestoreDrill<W>, plan: &Plan, troubles: &mut Troubles) -> Source {
    let (world, clustered) = (drill.world(), plan.kind.is_clustered());
    let home = world.databases(None);
    let facts = if clustered { of_cluster(home, plan).await } else { of_instance(home, plan).await };
    let mut source = Source { facts: seen(plan, facts, troubles), ..Source::nothing() };
    let is_elsewhere = plan.region.is_some();
    match &plan.source {
        SourceChoice::PointInTime { .. } if source.facts.is_absent() && keeps_backups_of_the_gone(plan) => {
            let retained = home.retained(&plan.identifier, clustered).await.map(Some);
            source.retained = seen(plan, retained, troubles);
        }
        SourceChoice::PointInTime { .. } => {}
        SourceChoice::LatestSnapshot | SourceChoice::Snapshot { .. } => {
            let databases = world.databases(plan.region.as_deref());
            let snapshots = databases.snapshots(&plan.identifier, clustered).await.map(Some);
            source.snapshots = seen(plan, snapshots, troubles);
            if is_elsewhere && source.facts.present().is_none() {
                source.remembered = tell::remembered(drill, &plan.database, &plan.identifier, troubles).await;
            }
        }
        SourceChoice::RecoveryPoint { vaults } => {
            if source.facts.is_absent() || (is_elsewhere && source.facts.present().is_none()) {
                source.remembered = tell::remembered(drill, &plan.database, &plan.identifier, troubles).await;
            }
            look_into_vaults(drill, plan, vaults, &mut source, troubles).await;
        }
    }
    if plan.checks.iter().any(Check::compares) {
        source.last_passed = tell::last_passed(drill, &plan.database, troubles).await;
    }
    source
}

/// The source as a validation needs it: what its copy does not tell, and when the recovery point was made
pub async fn source_of_test<W: World>(drill: &RestoreDrill<W>, record: &Record, troubles: &mut Troubles) -> Source {
    let (world, plan) = (drill.world(), &record.plan);
    let home = world.databases(None);
    let facts = if plan.kind.is_clustered() { of_cluster(home, plan).await } else { of_instance(home, plan).await };
    let mut source = Source { facts: seen(plan, facts, troubles), ..Source::nothing() };
    if source.facts.is_absent() {
        source.remembered = tell::remembered(drill, &plan.database, &plan.identifier, troubles).await;
    }
    let arn = source.arn().map(str::to_owned);
    if let (Some(arn), Some(Point::RecoveryPoint { vault, .. })) = (arn, &record.point) {
        let points = world.vaults(None).recovery_points(vault, &arn).await.map(Some);
        source.points = seen(plan, points, troubles);
    }
    if plan.checks.iter().any(Check::compares) {
        source.last_passed = tell::last_passed(drill, &plan.database, troubles).await;
    }
    source
}

/// DocumentDB keeps no automated backups of a cluster that was deleted (DocumentDB API: `DeleteDBCluster`)
fn keeps_backups_of_the_gone(plan: &Plan) -> bool {
    plan.kind != lifeboat::database::Kind::Documentdb
}

fn seen<T>(plan: &Plan, result: Result<Option<T>, Fault>, troubles: &mut Troubles) -> Seen<T> {
    match result {
        Ok(Some(thing)) => Seen::Present(thing),
        Ok(None) => Seen::Absent,
        Err(fault) => {
            troubles.note(&plan.database, &fault);
            Seen::Unknown(fault.to_string())
        }
    }
}

/// The recovery points of the source in every vault of the policy, and what a restore of the newest needs
async fn look_into_vaults<W: World>(
    drill: &RestoreDrill<W>,
    plan: &Plan,
    vaults: &[String],
    source: &mut Source,
    troubles: &mut Troubles,
) {
    let Some(arn) = source.arn().map(str::to_owned) else {
        return;
    };
    let backup = drill.world().vaults(plan.region.as_deref());
    let mut found: Option<Vec<RecoveryPoint>> = None;
    for vault in vaults {
        match backup.recovery_points(vault, &arn).await {
            Ok(points) => found.get_or_insert_default().extend(points),
            // Another region need not have every vault of this one.
            Err(fault) if fault.class == Class::NotFound => {
                tracing::warn!(vault, region = plan.region, "there is no such vault");
            }
            Err(fault) => {
                source.points = seen(plan, Err(fault), troubles);
                return;
            }
        }
    }
    source.points = found.map_or(Seen::Absent, Seen::Present);
    let newest = source.points.present().and_then(|points| newest_recovery_point(points, &arn)).cloned();
    if let Some(newest) = newest {
        let metadata = backup.restore_metadata(&newest.vault, &newest.arn).await.map(Some);
        source.metadata = seen(plan, metadata, troubles);
    }
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
        is_gone: false,
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
        is_gone: false,
    }
}
