//! Making copies in the simulated AWS.

use jiff::SignedDuration;
use lifeboat::database::{Cluster, Engine, Instance, Tags};
use lifeboat::fault::{Fault, classify};
use lifeboat::ports::MakeDatabases;
use lifeboat::restore::{Adjust, CreateInstance, Lent, Owned, Point, RestoreCluster, RestoreInstance};

use super::region::Region;
use super::{Place, State};

/// How long an instance takes to come up
const INSTANCE_TAKES: SignedDuration = SignedDuration::from_mins(6);
/// How long a change to a cluster or an instance takes
const MODIFYING_TAKES: SignedDuration = SignedDuration::from_secs(30);

pub(super) fn refused(operation: &'static str, resource: &str, code: &str) -> Fault {
    Fault::new(classify(code), operation, resource, code, "refused as AWS refuses")
}

/// Why there is nothing to restore from, as AWS's code
fn no_backup(
    region: &Region,
    source: &str,
    resource_id: Option<&str>,
    point: &Point,
    clustered: bool,
) -> Option<&'static str> {
    let there = match point {
        Point::Snapshot { identifier, .. } => {
            return (!region.snapshots.iter().any(|snapshot| snapshot.identifier == *identifier))
                .then_some("DBSnapshotNotFound");
        }
        Point::RecoveryPoint { .. } => return Some("InvalidParameterCombination"),
        Point::Time { .. } => match resource_id {
            Some(id) => region.retained.iter().any(|(_, backup)| backup.resource_id == id),
            None if clustered => region.clusters.contains_key(source),
            None => region.instances.contains_key(source),
        },
    };
    (!there).then_some(if clustered { "DBClusterNotFoundFault" } else { "DBInstanceNotFound" })
}

impl MakeDatabases for Place {
    async fn restore_cluster(&self, act: &RestoreCluster) -> Result<(), Fault> {
        let operation = "rds:RestoreDBCluster";
        let make = |state: &mut State| {
            let (now, takes, pinned) = (state.now, state.restore_takes, state.clusters_become);
            let region = state.region(self.name);
            if let Some(code) = no_backup(region, &act.source, act.resource_id.as_deref(), &act.point, true) {
                return Err(refused(operation, &act.source, code));
            }
            if region.clusters.contains_key(&act.identifier) {
                return Err(refused(operation, &act.identifier, "DBClusterAlreadyExistsFault"));
            }
            let thing = region.add_cluster(&act.identifier, &act.engine, act.tags.clone(), now, now + takes);
            thing.pinned = pinned;
            let setup = &mut thing.facts.configuration;
            setup.capacity = act.capacity;
            // DocumentDB takes neither with a restore to a time, and its samples come up protected.
            let to_a_time = act.engine == Engine::Docdb && matches!(act.point, Point::Time { .. });
            setup.deletion_protection = act.engine == Engine::Docdb;
            if !to_a_time {
                setup.parameter_group.clone_from(&act.parameter_group);
                setup.backup_retention_days = act.backup_retention_days;
            }
            Ok(())
        };
        self.call(operation, &act.identifier, make).await
    }

    async fn restore_instance(&self, act: &RestoreInstance) -> Result<(), Fault> {
        let operation = "rds:RestoreDBInstance";
        let make = |state: &mut State| {
            let (now, pinned) = (state.now, state.instances_become);
            let region = state.region(self.name);
            if let Some(code) = no_backup(region, &act.source, act.resource_id.as_deref(), &act.point, false) {
                return Err(refused(operation, &act.source, code));
            }
            if region.instances.contains_key(&act.identifier) {
                return Err(refused(operation, &act.identifier, "DBInstanceAlreadyExists"));
            }
            let ready = now + INSTANCE_TAKES;
            let thing = region.add_instance(&act.identifier, None, &act.engine, act.tags.clone(), now, ready);
            thing.pinned = pinned;
            Ok(())
        };
        self.call(operation, &act.identifier, make).await
    }

    async fn create_instance(&self, act: &CreateInstance) -> Result<(), Fault> {
        let operation = "rds:CreateDBInstance";
        let make = |state: &mut State| {
            let (now, pinned) = (state.now, state.instances_become);
            let region = state.region(self.name);
            let Some(cluster) = region.cluster_now(now, &act.cluster) else {
                return Err(refused(operation, &act.cluster, "DBClusterNotFoundFault"));
            };
            if cluster.status != "available" {
                return Err(refused(operation, &act.cluster, "InvalidDBClusterStateFault"));
            }
            if act.class == "db.serverless" && cluster.configuration.capacity.is_none() {
                return Err(refused(operation, &act.cluster, "InvalidParameterCombination"));
            }
            if region.instances.contains_key(&act.identifier) {
                return Err(refused(operation, &act.identifier, "DBInstanceAlreadyExists"));
            }
            let (tags, ready) = (act.tags.clone(), now + INSTANCE_TAKES);
            let thing = region.add_instance(&act.identifier, Some(&act.cluster), &act.engine, tags, now, ready);
            thing.pinned = pinned;
            Ok(())
        };
        self.call(operation, &act.identifier, make).await
    }

    async fn adopt_cluster(&self, copy: &Owned<Cluster>, tags: &Tags) -> Result<(), Fault> {
        let adopt = |state: &mut State| {
            let things = &mut state.region(self.name).clusters;
            let thing = things.get_mut(&copy.get().identifier);
            let gone = || refused("rds:AddTagsToResource", &copy.get().identifier, "DBClusterNotFoundFault");
            thing.ok_or_else(gone)?.facts.tags.extend(tags.clone());
            Ok(())
        };
        self.call("rds:AddTagsToResource", &copy.get().identifier, adopt).await
    }

    async fn adopt_instance(&self, copy: &Owned<Instance>, tags: &Tags) -> Result<(), Fault> {
        let adopt = |state: &mut State| {
            let things = &mut state.region(self.name).instances;
            let thing = things.get_mut(&copy.get().identifier);
            let gone = || refused("rds:AddTagsToResource", &copy.get().identifier, "DBInstanceNotFound");
            thing.ok_or_else(gone)?.facts.tags.extend(tags.clone());
            Ok(())
        };
        self.call("rds:AddTagsToResource", &copy.get().identifier, adopt).await
    }

    async fn adjust_cluster(&self, copy: &Lent<Cluster>, act: &Adjust) -> Result<(), Fault> {
        let adjust = |state: &mut State| {
            let now = state.now;
            let things = &mut state.region(self.name).clusters;
            let Some(thing) = things.get_mut(&copy.get().identifier) else {
                return Err(refused("rds:ModifyDBCluster", &copy.get().identifier, "DBClusterNotFoundFault"));
            };
            if thing.ready_at > now {
                return Err(refused("rds:ModifyDBCluster", &copy.get().identifier, "InvalidDBClusterStateFault"));
            }
            thing.ready_at = now + MODIFYING_TAKES;
            let setup = &mut thing.facts.configuration;
            setup.capacity = act.capacity.or(setup.capacity);
            setup.parameter_group = act.parameter_group.clone().or_else(|| setup.parameter_group.clone());
            setup.iam_auth = act.iam_auth.unwrap_or(setup.iam_auth);
            setup.backup_retention_days = act.backup_retention_days.unwrap_or(setup.backup_retention_days);
            Ok(())
        };
        self.call("rds:ModifyDBCluster", &copy.get().identifier, adjust).await
    }

    async fn adjust_instance(&self, copy: &Lent<Instance>, act: &Adjust) -> Result<(), Fault> {
        let adjust = |state: &mut State| {
            let now = state.now;
            let things = &mut state.region(self.name).instances;
            let Some(thing) = things.get_mut(&copy.get().identifier) else {
                return Err(refused("rds:ModifyDBInstance", &copy.get().identifier, "DBInstanceNotFound"));
            };
            thing.ready_at = now + MODIFYING_TAKES;
            let setup = &mut thing.facts.configuration;
            setup.iam_auth = act.iam_auth.unwrap_or(setup.iam_auth);
            setup.backup_retention_days = act.backup_retention_days.unwrap_or(setup.backup_retention_days);
            Ok(())
        };
        self.call("rds:ModifyDBInstance", &copy.get().identifier, adjust).await
    }

    async fn manage_cluster_secret(&self, copy: &Lent<Cluster>) -> Result<(), Fault> {
        let identifier = copy.get().identifier.clone();
        let make = |state: &mut State| {
            let now = state.now;
            let region = state.region(self.name);
            let secret = region.new_secret(&identifier, now);
            let thing = region.clusters.get_mut(&identifier);
            thing
                .map(|thing| thing.facts.secret.get_or_insert(secret))
                .map(|_| ())
                .ok_or_else(|| refused("rds:ModifyDBCluster", &identifier, "DBClusterNotFoundFault"))
        };
        self.call("rds:ModifyDBCluster", &identifier, make).await
    }

    async fn manage_instance_secret(&self, copy: &Lent<Instance>) -> Result<(), Fault> {
        let identifier = copy.get().identifier.clone();
        let make = |state: &mut State| {
            let now = state.now;
            let region = state.region(self.name);
            let secret = region.new_secret(&identifier, now);
            let thing = region.instances.get_mut(&identifier);
            thing
                .map(|thing| thing.facts.secret.get_or_insert(secret))
                .map(|_| ())
                .ok_or_else(|| refused("rds:ModifyDBInstance", &identifier, "DBInstanceNotFound"))
        };
        self.call("rds:ModifyDBInstance", &identifier, make).await
    }
}
