//! Acts: one call each. What changes or removes something is read again just before and passes the `Owned` gate.

use std::collections::BTreeSet;

use lifeboat::fault::{Class, Fault};
use lifeboat::ports::{DataCheck, Databases, DestroyDatabases, MakeDatabases};
use lifeboat::restore::{Act, Candidate, Claim, Owned, Record};

use crate::{RestoreDrill, Troubles, World, sweep, tell};

/// Performs one act of a run.
pub async fn perform<W: World>(
    drill: &RestoreDrill<W>,
    record: &Record,
    act: &Act,
    protected: &BTreeSet<String>,
    troubles: &mut Troubles,
) -> Result<(), Fault> {
    let world = drill.world();
    let databases = world.databases();
    tracing::info!(run = record.run, act = act.name(), "acting");
    match act {
        Act::RestoreCluster(spec) => databases.restore_cluster(spec).await,
        Act::RestoreInstance(spec) => databases.restore_instance(spec).await,
        Act::CreateInstance(spec) => databases.create_instance(spec).await,
        Act::Ask(request) => world.data_check().ask(request).await,
        Act::Sweep => {
            sweep::sweep(drill, protected, troubles).await;
            Ok(())
        }
        Act::ManageSecret { identifier, clustered: true } => {
            match cluster(databases, record, identifier, protected).await? {
                Some(copy) => databases.manage_cluster_secret(&copy).await,
                None => Err(gone("rds:ModifyDBCluster", identifier)),
            }
        }
        Act::ManageSecret { identifier, clustered: false } => {
            match instance(databases, record, identifier, protected).await? {
                Some(copy) => databases.manage_instance_secret(&copy).await,
                None => Err(gone("rds:ModifyDBInstance", identifier)),
            }
        }
        Act::Unprotect { .. } | Act::Start { .. } | Act::DeleteInstance { .. } | Act::DeleteCluster { .. } => {
            remove(databases, record, act, protected).await
        }
        Act::Report => tell::report(drill, record).await,
        Act::Mail => tell::mail(drill, record).await,
        Act::Metrics => tell::metrics(drill, record).await,
        Act::Archive => tell::archive(drill, record, troubles).await,
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
    let identifier = facts.identifier().to_owned();
    let claim = Claim::Run { run: &record.run, began_at: record.requested_at };
    Owned::claim(facts, claim, protected).map_err(|refusal| {
        Fault::new(Class::Permanent, "lifeboat:Owned", &identifier, "NotOurs", &refusal.why.to_string())
    })
}

fn gone(operation: &'static str, identifier: &str) -> Fault {
    Fault::new(Class::NotFound, operation, identifier, "", "it is not there any more")
}
