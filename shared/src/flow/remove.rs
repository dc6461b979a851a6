//! An expired copy, one call nearer to its end.
//!
//! What is stopped or protected cannot be removed: it is made so that it can be, and met again by the next sweep. A member of
//! a cluster is started and protected with its cluster.

use crate::database::{Cluster, Instance};
use crate::fault::Fault;
use crate::ports::DestroyDatabases;
use crate::restore::{Health, Owned, health};

/// One call for an instance
pub async fn remove_instance<D: DestroyDatabases>(databases: &D, instance: Owned<Instance>) -> Result<(), Fault> {
    let facts = instance.get();
    let is_alone = facts.cluster.is_none();
    if is_alone && health(&facts.status) == Health::Stopped {
        return databases.start_instance(&instance).await;
    }
    if is_alone && facts.configuration.deletion_protection {
        return databases.unprotect_instance(&instance).await;
    }
    databases.delete_instance(instance).await
}

/// One call for a cluster
pub async fn remove_cluster<D: DestroyDatabases>(databases: &D, cluster: Owned<Cluster>) -> Result<(), Fault> {
    let facts = cluster.get();
    if health(&facts.status) == Health::Stopped {
        return databases.start_cluster(&cluster).await;
    }
    if facts.configuration.deletion_protection {
        return databases.unprotect_cluster(&cluster).await;
    }
    databases.delete_cluster(cluster).await
}
