//! Removing copies in the simulated AWS.

use jiff::{SignedDuration, Timestamp};
use lifeboat::database::{Cluster, Instance};
use lifeboat::fault::Fault;
use lifeboat::ports::DestroyDatabases;
use lifeboat::restore::Owned;

use super::making::refused;
use super::{Place, State};

const DELETING_TAKES: SignedDuration = SignedDuration::from_mins(5);

impl DestroyDatabases for Place {
    async fn unprotect_cluster(&self, copy: &Owned<Cluster>) -> Result<(), Fault> {
        let identifier = copy.get().identifier.clone();
        let change = |state: &mut State| {
            if let Some(thing) = state.region(self.name).clusters.get_mut(&identifier) {
                thing.facts.configuration.deletion_protection = false;
            }
            Ok(())
        };
        self.call("rds:ModifyDBCluster", &identifier, change).await
    }

    async fn unprotect_instance(&self, copy: &Owned<Instance>) -> Result<(), Fault> {
        self.call("rds:ModifyDBInstance", &copy.get().identifier, |_| Ok(())).await
    }

    async fn start_cluster(&self, copy: &Owned<Cluster>) -> Result<(), Fault> {
        let identifier = copy.get().identifier.clone();
        let start = |state: &mut State| {
            if let Some(thing) = state.region(self.name).clusters.get_mut(&identifier) {
                thing.pinned = thing.pinned.filter(|status| *status != "stopped");
            }
            Ok(())
        };
        self.call("rds:StartDBCluster", &identifier, start).await
    }

    async fn start_instance(&self, copy: &Owned<Instance>) -> Result<(), Fault> {
        self.call("rds:StartDBInstance", &copy.get().identifier, |_| Ok(())).await
    }

    async fn delete_instance(&self, copy: Owned<Instance>) -> Result<(), Fault> {
        let identifier = copy.get().identifier.clone();
        let operation = "rds:DeleteDBInstance";
        let remove = |state: &mut State| {
            let (now, ends) = (state.now, state.deletions_end);
            let Some(thing) = state.region(self.name).instances.get_mut(&identifier) else {
                return Err(refused(operation, &identifier, "DBInstanceNotFound"));
            };
            thing.gone_at = Some(if ends { now + DELETING_TAKES } else { Timestamp::MAX });
            Ok(())
        };
        self.call(operation, &identifier, remove).await
    }

    async fn delete_cluster(&self, copy: Owned<Cluster>) -> Result<(), Fault> {
        let identifier = copy.get().identifier.clone();
        let operation = "rds:DeleteDBCluster";
        let remove = |state: &mut State| {
            let (now, ends) = (state.now, state.deletions_end);
            let region = state.region(self.name);
            let members: Vec<String> = region
                .instances
                .values()
                .filter(|thing| thing.facts.cluster.as_deref() == Some(identifier.as_str()) && thing.gone_at.is_none())
                .map(|thing| thing.facts.identifier.clone())
                .collect();
            let Some(thing) = region.clusters.get_mut(&identifier) else {
                return Err(refused(operation, &identifier, "DBClusterNotFoundFault"));
            };
            if thing.facts.configuration.deletion_protection {
                return Err(refused(operation, &identifier, "InvalidParameterCombination"));
            }
            if !members.is_empty() || thing.pinned == Some("stopped") {
                return Err(refused(operation, &identifier, "InvalidDBClusterStateFault"));
            }
            thing.gone_at = Some(if ends { now + DELETING_TAKES } else { Timestamp::MAX });
            Ok(())
        };
        self.call(operation, &identifier, remove).await
    }
}
