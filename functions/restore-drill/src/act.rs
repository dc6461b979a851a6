//! Acts: one call each. What changes or removes something is read again just before and passes the `Owned` gate.

use std::collections::BTreeSet;

use lifeboat::fault::{Class, Fault};
use lifeboat::ports::{DataCheck, Databases, DestroyDatabases, MakeDatabases, RestoreTests, Vaults};
use lifeboat::restore::{
    Act, Candidate, Claim, CreateInstance, Lent, NotOurs, Owned, Purpose, Record, instance_of, makes_only, prefix_of,
};

use crate::{Grounds, RestoreDrill, Troubles, World, sweep, tell};

/// What an act brings back into the record
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Brought {
    /// Nothing but that it was done
    Nothing,
    /// The id of the restore job that AWS Backup started
    RestoreJob(String),
    /// Something worth telling
    Note(String),
}

/// Performs one act of a run, in the run's own region.
pub async fn perform<W: World>(
    drill: &RestoreDrill<W>,
    record: &Record,
    act: &Act,
    grounds: &Grounds,
    troubles: &mut Troubles,
) -> Result<Brought, Fault> {
    let (world, region) = (drill.world(), record.plan.region.as_deref());
    let databases = world.databases(region);
    tracing::info!(run = record.run, act = act.name(), "acting");
    made_is_ours(record, act, &grounds.protected)?;
    let done = match act {
        Act::StartRestoreJob(spec) => return world.vaults(region).restore(spec).await.map(Brought::RestoreJob),
        Act::RestoreCluster(spec) => databases.restore_cluster(spec).await,
        Act::RestoreInstance(spec) => databases.restore_instance(spec).await,
        Act::Answer(answer) => {
            let told = world.tests().answer_test(answer).await;
            return told.map(|()| Brought::Note(format!("AWS Backup was told {}", answer.word())));
        }
        Act::CreateInstance(spec) if record.purpose == Purpose::Validation => {
            attach(databases, record, spec, &grounds.protected).await
        }
        Act::CreateInstance(spec) => databases.create_instance(spec).await,
        Act::Ask(request) => world.data_check(region).ask(request).await,
        Act::Sweep => {
            sweep::sweep(drill, grounds, troubles).await;
            Ok(())
        }
        Act::Adopt { .. } => adopt(databases, record, act, &grounds.protected).await,
        Act::ManageSecret { .. } | Act::Adjust(_) => change(databases, record, act, &grounds.protected).await,
        Act::Unprotect { .. } | Act::Start { .. } | Act::DeleteInstance { .. } | Act::DeleteCluster { .. } => {
            remove(databases, record, act, &grounds.protected).await
        }
        Act::Report => tell::report(drill, record).await,
        Act::Mail => tell::mail(drill, record).await,
        Act::Metrics => tell::metrics(drill, record).await,
        Act::Archive => tell::archive(drill, record, troubles).await,
    };
    done.map(|()| Brought::Nothing)
}

/// What is made has the name of this run's copy and no name of the policy's. AWS would refuse a name that is taken, but a
/// protected database that is gone has left its name free.
fn made_is_ours(record: &Record, act: &Act, protected: &BTreeSet<String>) -> Result<(), Fault> {
    let (name, wanted) = match act {
        Act::RestoreCluster(spec) => (&spec.identifier, Some(&record.run)),
        Act::RestoreInstance(spec) => (&spec.identifier, Some(&record.run)),
        Act::StartRestoreJob(spec) if makes_only(spec, &record.run) => (&spec.identifier, Some(&record.run)),
        Act::StartRestoreJob(spec) => (&spec.identifier, None),
        Act::CreateInstance(spec) if record.purpose == Purpose::Validation => {
            return if joins_a_test(record, spec, protected) { Ok(()) } else { Err(not_ours(&spec.identifier)) };
        }
        Act::CreateInstance(spec) if spec.cluster == record.run => (&spec.identifier, record.copy.instance.as_ref()),
        Act::CreateInstance(spec) => (&spec.identifier, None),
        _ => return Ok(()),
    };
    let is_ours =
        wanted == Some(name) && record.run.starts_with(prefix_of(Purpose::Drill)) && !protected.contains(name);
    if is_ours {
        return Ok(());
    }
    Err(not_ours(name))
}

fn not_ours(name: &str) -> Fault {
    let said = "not the name of this run's copy alone: nothing was made";
    Fault::new(Class::Permanent, "lifeboat:Make", name, "NotOurs", said)
}

/// A validation makes one instance, of its own name, in the cluster that its record says AWS Backup made
fn joins_a_test(record: &Record, spec: &CreateInstance, protected: &BTreeSet<String>) -> bool {
    record.run.starts_with(prefix_of(Purpose::Validation))
        && spec.cluster == record.copy.identifier
        && spec.identifier == instance_of(&record.run, 1)
        && ![&spec.identifier, &spec.cluster].into_iter().any(|name| protected.contains(&name.to_lowercase()))
}

/// The instance of a validation, once the cluster was read again and is AWS Backup's own
async fn attach<D: Databases + MakeDatabases>(
    databases: &D,
    record: &Record,
    spec: &CreateInstance,
    protected: &BTreeSet<String>,
) -> Result<(), Fault> {
    match databases.cluster(&spec.cluster).await? {
        Some(facts) => drop(opened(record, facts, protected)?),
        None => return Err(gone("rds:CreateDBInstance", &spec.cluster)),
    }
    databases.create_instance(spec).await
}

/// What may be opened: a copy of ours, or what AWS Backup made for the restore test that this run looks into
fn opened<T: Candidate>(record: &Record, facts: T, protected: &BTreeSet<String>) -> Result<Lent<T>, Fault> {
    if record.purpose != Purpose::Validation {
        return owned(record, facts, protected).map(Owned::lent);
    }
    let identifier = facts.identifier().to_owned();
    let arn = record.copy.arn.as_deref().unwrap_or_default();
    Lent::claim(facts, arn, record.requested_at, protected).map_err(|refusal| refused(&identifier, &refusal))
}

/// Gives what AWS Backup made for this run its tags
async fn adopt<D: Databases + MakeDatabases>(
    databases: &D,
    record: &Record,
    act: &Act,
    protected: &BTreeSet<String>,
) -> Result<(), Fault> {
    let Act::Adopt { identifier, clustered, arn, tags } = act else {
        return Ok(());
    };
    let claim = Claim::Restored { run: &record.run, began_at: record.requested_at, arn };
    if *clustered {
        match databases.cluster(identifier).await? {
            Some(facts) => databases.adopt_cluster(&claimed(facts, claim, protected)?, tags).await,
            None => Err(gone("rds:AddTagsToResource", identifier)),
        }
    } else {
        match databases.instance(identifier).await? {
            Some(facts) => databases.adopt_instance(&claimed(facts, claim, protected)?, tags).await,
            None => Err(gone("rds:AddTagsToResource", identifier)),
        }
    }
}

/// The acts that change a copy
async fn change<D: Databases + MakeDatabases>(
    databases: &D,
    record: &Record,
    act: &Act,
    protected: &BTreeSet<String>,
) -> Result<(), Fault> {
    let (identifier, clustered) = match act {
        Act::ManageSecret { identifier, clustered } => (identifier, *clustered),
        Act::Adjust(adjust) => (&adjust.identifier, adjust.clustered),
        _ => return Ok(()),
    };
    if clustered {
        let copy = databases.cluster(identifier).await?.map(|facts| opened(record, facts, protected)).transpose()?;
        match (copy, act) {
            (Some(copy), Act::Adjust(adjust)) => databases.adjust_cluster(&copy, adjust).await,
            (Some(copy), _) => databases.manage_cluster_secret(&copy).await,
            (None, _) => Err(gone("rds:ModifyDBCluster", identifier)),
        }
    } else {
        let copy = databases.instance(identifier).await?.map(|facts| opened(record, facts, protected)).transpose()?;
        match (copy, act) {
            (Some(copy), Act::Adjust(adjust)) => databases.adjust_instance(&copy, adjust).await,
            (Some(copy), _) => databases.manage_instance_secret(&copy).await,
            (None, _) => Err(gone("rds:ModifyDBInstance", identifier)),
        }
    }
}

/// The acts that bring a copy down. What is gone already is a success.
async fn remove<D: Databases + DestroyDatabases>(
    databases: &D,
    record: &Record,
    act: &Act,
    protected: &BTreeSet<String>,
) -> Result<(), Fault> {
    let (identifier, is_cluster) = match act {
        Act::Unprotect { identifier, clustered } | Act::Start { identifier, clustered } => (identifier, *clustered),
        Act::DeleteCluster { identifier } => (identifier, true),
        Act::DeleteInstance { identifier } => (identifier, false),
        _ => return Ok(()),
    };
    let removed = if is_cluster {
        let Some(copy) = cluster(databases, record, identifier, protected).await? else {
            return Ok(());
        };
        match act {
            Act::Unprotect { .. } => databases.unprotect_cluster(&copy).await,
            Act::Start { .. } => databases.start_cluster(&copy).await,
            _ => databases.delete_cluster(copy).await,
        }
    } else {
        let Some(copy) = instance(databases, record, identifier, protected).await? else {
            return Ok(());
        };
        match act {
            Act::Unprotect { .. } => databases.unprotect_instance(&copy).await,
            Act::Start { .. } => databases.start_instance(&copy).await,
            _ => databases.delete_instance(copy).await,
        }
    };
    match removed {
        // The SDK asks again where a reply was lost, and then it is gone.
        Err(fault) if fault.class == Class::NotFound => Ok(()),
        removed => removed,
    }
}

async fn cluster<D: Databases>(
    databases: &D,
    record: &Record,
    identifier: &str,
    protected: &BTreeSet<String>,
) -> Result<Option<Owned<lifeboat::database::Cluster>>, Fault> {
    databases.cluster(identifier).await?.map(|facts| owned(record, facts, protected)).transpose()
}

async fn instance<D: Databases>(
    databases: &D,
    record: &Record,
    identifier: &str,
    protected: &BTreeSet<String>,
) -> Result<Option<Owned<lifeboat::database::Instance>>, Fault> {
    databases.instance(identifier).await?.map(|facts| owned(record, facts, protected)).transpose()
}

fn owned<T: Candidate>(record: &Record, facts: T, protected: &BTreeSet<String>) -> Result<Owned<T>, Fault> {
    let (run, began_at) = (record.run.as_str(), record.requested_at);
    let claim = match record.purpose {
        Purpose::Validation => Claim::Member { run, began_at, cluster: &record.copy.identifier },
        _ => Claim::Run { run, began_at },
    };
    claimed(facts, claim, protected)
}

fn claimed<T: Candidate>(facts: T, claim: Claim<'_>, protected: &BTreeSet<String>) -> Result<Owned<T>, Fault> {
    let identifier = facts.identifier().to_owned();
    Owned::claim(facts, claim, protected).map_err(|refusal| refused(&identifier, &refusal))
}

fn refused(identifier: &str, refusal: &NotOurs) -> Fault {
    Fault::new(Class::Permanent, "lifeboat:Owned", identifier, "NotOurs", &refusal.why.to_string())
}

fn gone(operation: &'static str, identifier: &str) -> Fault {
    Fault::new(Class::NotFound, operation, identifier, "", "it is not there any more")
}

#[cfg(test)]
mod tests {
    use lifeboat::database::{Engine, Kind, RestoreMetadata, Tags};
    use lifeboat::restore::{Plan, StartRestoreJob};
    use serde_json::json;

    use super::*;

    const RUN: &str = "drill-orders-202611221800";

    fn record(run: &str) -> Record {
        let plan: Plan = serde_json::from_value(json!({
            "database": "orders", "drill": null, "kind": Kind::Aurora, "identifier": "prod-orders",
            "source": "latest_snapshot", "sandbox": {}, "connect_to": null, "login": {"method": "iam", "user": "probe"},
            "checks": [], "checks_are_implicit": true, "deadline_minutes": 120, "expires_hours": 24,
            "timezone": "UTC", "restore_lag_minutes": null
        }))
        .unwrap_or_else(|error| panic!("{error}"));
        let at = "2026-11-22T18:00:00Z".parse().unwrap_or_else(|error| panic!("{error}"));
        Record::born(run.to_owned(), Purpose::Drill, plan, at, at)
    }

    fn job(identifier: &str, told: &str) -> Act {
        Act::StartRestoreJob(StartRestoreJob {
            identifier: identifier.to_owned(),
            recovery_point: "arn:point".to_owned(),
            role: "arn:role".to_owned(),
            resource_type: "Aurora".to_owned(),
            metadata: RestoreMetadata::from([("dbClusterIdentifier".to_owned(), told.to_owned())]),
            token: RUN.to_owned(),
        })
    }

    fn member(identifier: &str, cluster: &str) -> Act {
        let (identifier, cluster) = (identifier.to_owned(), cluster.to_owned());
        let class = "db.serverless".to_owned();
        Act::CreateInstance(CreateInstance {
            identifier,
            cluster,
            engine: Engine::AuroraPostgresql,
            class,
            tags: Tags::new(),
        })
    }

    #[test]
    fn nothing_is_made_under_another_name_than_this_runs_copy() {
        let (none, protected) = (BTreeSet::new(), BTreeSet::from([RUN.to_owned()]));
        let may = |run: &str, act: &Act, protected| made_is_ours(&record(run), act, protected).is_ok();
        assert!(may(RUN, &job(RUN, RUN), &none));
        assert!(!may(RUN, &job(RUN, "prod-orders"), &none), "AWS Backup is told production's name");
        assert!(!may(RUN, &job("prod-orders", "prod-orders"), &none));
        assert!(!may(RUN, &job(RUN, RUN), &protected), "the policy has a database of this name");
        assert!(!may("prod-orders", &job("prod-orders", "prod-orders"), &none), "a record that was written by hand");
        assert!(may(RUN, &member(&format!("{RUN}-1"), RUN), &none));
        assert!(!may(RUN, &member(&format!("{RUN}-1"), "prod-orders"), &none), "a member of production");
        assert!(!may(RUN, &member("prod-orders-2", RUN), &none));
    }
}
