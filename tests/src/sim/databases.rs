//! Clusters and instances of the simulated AWS.

use jiff::{SignedDuration, Timestamp};
use lifeboat::database::{
    Cluster, Event, Instance, ManagedSecret, RetainedBackup, SecretState, Snapshot, Tags, Window,
};
use lifeboat::fault::{Fault, classify};
use lifeboat::ports::{Databases, DestroyDatabases, MakeDatabases};
use lifeboat::restore::{Adjust, CreateInstance, Leftover, Owned, RestoreCluster, RestoreInstance};

use super::Sim;
use super::state::{State, Thing};

const DELETING_TAKES: SignedDuration = SignedDuration::from_mins(5);
const SECRET_TAKES: SignedDuration = SignedDuration::from_mins(1);

fn refused(operation: &'static str, resource: &str, code: &str) -> Fault {
    Fault::new(classify(code), operation, resource, code, "refused as AWS refuses")
}

fn status<T>(thing: &Thing<T>, now: Timestamp) -> &'static str {
    match thing {
        Thing { gone_at: Some(_), .. } => "deleting",
        Thing { pinned: Some(status), .. } => status,
        Thing { ready_at, .. } if *ready_at > now => "creating",
        Thing { .. } => "available",
    }
}

fn secret_now(secret: Option<&ManagedSecret>, asked_at: Option<Timestamp>, now: Timestamp) -> Option<ManagedSecret> {
    let secret = secret?;
    let active = asked_at.is_none_or(|at| at + SECRET_TAKES <= now);
    let state = if active { SecretState::Active } else { SecretState::Creating };
    Some(ManagedSecret { arn: secret.arn.clone(), state })
}

impl State {
    fn cluster_now(&self, identifier: &str) -> Option<Cluster> {
        let thing = self.clusters.get(identifier)?;
        let mut facts = thing.facts.clone();
        status(thing, self.now).clone_into(&mut facts.status);
        facts.secret = secret_now(thing.facts.secret.as_ref(), self.secret_asked_at(identifier), self.now);
        if facts.status == "available" {
            facts.window = self.window();
        }
        Some(facts)
    }

    fn instance_now(&self, identifier: &str) -> Option<Instance> {
        let thing = self.instances.get(identifier)?;
        let mut facts = thing.facts.clone();
        status(thing, self.now).clone_into(&mut facts.status);
        if facts.status == "creating" {
            facts.created_at = None;
            facts.endpoint = None;
        }
        facts.secret = secret_now(thing.facts.secret.as_ref(), self.secret_asked_at(identifier), self.now);
        facts.latest_restorable = self.window().latest;
        Some(facts)
    }

    fn window(&self) -> Window {
        Window {
            earliest: Some(self.now - SignedDuration::from_hours(24 * 7)),
            latest: Some(self.now - SignedDuration::from_mins(4)),
        }
    }

    /// The time at which a secret was asked for is kept in its ARN's last part
    fn secret_asked_at(&self, identifier: &str) -> Option<Timestamp> {
        let of_cluster = self.clusters.get(identifier).and_then(|thing| thing.facts.secret.as_ref());
        let secret =
            of_cluster.or_else(|| self.instances.get(identifier).and_then(|thing| thing.facts.secret.as_ref()))?;
        secret.arn.rsplit(':').next()?.parse::<i64>().ok().and_then(|seconds| Timestamp::from_second(seconds).ok())
    }

    fn new_secret(&self, identifier: &str) -> ManagedSecret {
        let arn =
            format!("arn:aws:secretsmanager:eu-west-1:123456789012:secret:rds!{identifier}:{}", self.now.as_second());
        ManagedSecret { arn, state: SecretState::Creating }
    }
}

impl Databases for Sim {
    async fn cluster(&self, identifier: &str) -> Result<Option<Cluster>, Fault> {
        self.call("rds:DescribeDBClusters", identifier, |state| Ok(state.cluster_now(identifier))).await
    }

    async fn instance(&self, identifier: &str) -> Result<Option<Instance>, Fault> {
        self.call("rds:DescribeDBInstances", identifier, |state| Ok(state.instance_now(identifier))).await
    }

    async fn instance_window(&self, identifier: &str) -> Result<Window, Fault> {
        self.call("rds:DescribeDBInstanceAutomatedBackups", identifier, |state| Ok(state.window())).await
    }

    async fn snapshots(&self, source: &str, _clustered: bool) -> Result<Vec<Snapshot>, Fault> {
        let of = |state: &mut State| {
            Ok(state.snapshots.iter().filter(|snapshot| snapshot.source == source).cloned().collect())
        };
        self.call("rds:DescribeDBSnapshots", source, of).await
    }

    async fn retained(&self, identifier: &str, _clustered: bool) -> Result<Vec<RetainedBackup>, Fault> {
        self.call("rds:DescribeDBClusterAutomatedBackups", identifier, |_| Ok(Vec::new())).await
    }

    async fn events(
        &self,
        identifier: &str,
        _clustered: bool,
        _since: Timestamp,
        _until: Timestamp,
    ) -> Result<Vec<Event>, Fault> {
        self.call("rds:DescribeEvents", identifier, |_| Ok(Vec::new())).await
    }

    async fn all_clusters(&self) -> Result<Vec<Cluster>, Fault> {
        let all = |state: &mut State| {
            Ok(state.clusters.keys().filter_map(|identifier| state.cluster_now(identifier)).collect())
        };
        self.call("rds:DescribeDBClusters", "*", all).await
    }

    async fn all_instances(&self) -> Result<Vec<Instance>, Fault> {
        let all = |state: &mut State| {
            Ok(state.instances.keys().filter_map(|identifier| state.instance_now(identifier)).collect())
        };
        self.call("rds:DescribeDBInstances", "*", all).await
    }

    async fn remains(&self, _prefixes: &[&str]) -> Result<Vec<Leftover>, Fault> {
        self.call("rds:DescribeDBClusterSnapshots", "*", |_| Ok(Vec::new())).await
    }
}

impl MakeDatabases for Sim {
    async fn restore_cluster(&self, act: &RestoreCluster) -> Result<(), Fault> {
        let operation = "rds:RestoreDBCluster";
        let make = |state: &mut State| {
            if !state.clusters.contains_key(&act.source) {
                return Err(refused(operation, &act.source, "DBClusterNotFoundFault"));
            }
            if state.clusters.contains_key(&act.identifier) {
                return Err(refused(operation, &act.identifier, "DBClusterAlreadyExistsFault"));
            }
            let (now, takes) = (state.now, state.restore_takes);
            state.add_cluster(&act.identifier, &act.engine, act.tags.clone(), now, takes);
            Ok(())
        };
        self.call(operation, &act.identifier, make).await
    }

    async fn restore_instance(&self, act: &RestoreInstance) -> Result<(), Fault> {
        let operation = "rds:RestoreDBInstance";
        let make = |state: &mut State| {
            if state.instances.contains_key(&act.identifier) {
                return Err(refused(operation, &act.identifier, "DBInstanceAlreadyExists"));
            }
            let now = state.now;
            state.add_instance(&act.identifier, None, &act.engine, act.tags.clone(), now);
            Ok(())
        };
        self.call(operation, &act.identifier, make).await
    }

    async fn create_instance(&self, act: &CreateInstance) -> Result<(), Fault> {
        let operation = "rds:CreateDBInstance";
        let make = |state: &mut State| {
            let available = state.cluster_now(&act.cluster).map(|cluster| cluster.status);
            match available.as_deref() {
                None => return Err(refused(operation, &act.cluster, "DBClusterNotFoundFault")),
                Some("available") => {}
                Some(_) => return Err(refused(operation, &act.cluster, "InvalidDBClusterStateFault")),
            }
            if state.instances.contains_key(&act.identifier) {
                return Err(refused(operation, &act.identifier, "DBInstanceAlreadyExists"));
            }
            let now = state.now;
            state.add_instance(&act.identifier, Some(&act.cluster), &act.engine, act.tags.clone(), now);
            Ok(())
        };
        self.call(operation, &act.identifier, make).await
    }

    async fn adopt_cluster(&self, copy: &Owned<Cluster>, _tags: &Tags) -> Result<(), Fault> {
        self.call("rds:AddTagsToResource", &copy.get().identifier, |_| Ok(())).await
    }

    async fn adopt_instance(&self, copy: &Owned<Instance>, _tags: &Tags) -> Result<(), Fault> {
        self.call("rds:AddTagsToResource", &copy.get().identifier, |_| Ok(())).await
    }

    async fn adjust_cluster(&self, copy: &Owned<Cluster>, _act: &Adjust) -> Result<(), Fault> {
        self.call("rds:ModifyDBCluster", &copy.get().identifier, |_| Ok(())).await
    }

    async fn adjust_instance(&self, copy: &Owned<Instance>, _act: &Adjust) -> Result<(), Fault> {
        self.call("rds:ModifyDBInstance", &copy.get().identifier, |_| Ok(())).await
    }

    async fn manage_cluster_secret(&self, copy: &Owned<Cluster>) -> Result<(), Fault> {
        let identifier = copy.get().identifier.clone();
        let make = |state: &mut State| {
            let secret = state.new_secret(&identifier);
            let thing = state.clusters.get_mut(&identifier);
            thing
                .map(|thing| thing.facts.secret.get_or_insert(secret))
                .map(|_| ())
                .ok_or_else(|| refused("rds:ModifyDBCluster", &identifier, "DBClusterNotFoundFault"))
        };
        self.call("rds:ModifyDBCluster", &identifier, make).await
    }

    async fn manage_instance_secret(&self, copy: &Owned<Instance>) -> Result<(), Fault> {
        let identifier = copy.get().identifier.clone();
        let make = |state: &mut State| {
            let secret = state.new_secret(&identifier);
            let thing = state.instances.get_mut(&identifier);
            thing
                .map(|thing| thing.facts.secret.get_or_insert(secret))
                .map(|_| ())
                .ok_or_else(|| refused("rds:ModifyDBInstance", &identifier, "DBInstanceNotFound"))
        };
        self.call("rds:ModifyDBInstance", &identifier, make).await
    }
}

impl DestroyDatabases for Sim {
    async fn unprotect_cluster(&self, copy: &Owned<Cluster>) -> Result<(), Fault> {
        let identifier = copy.get().identifier.clone();
        let change = |state: &mut State| {
            if let Some(thing) = state.clusters.get_mut(&identifier) {
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
        self.call("rds:StartDBCluster", &copy.get().identifier, |_| Ok(())).await
    }

    async fn start_instance(&self, copy: &Owned<Instance>) -> Result<(), Fault> {
        self.call("rds:StartDBInstance", &copy.get().identifier, |_| Ok(())).await
    }

    async fn delete_instance(&self, copy: Owned<Instance>) -> Result<(), Fault> {
        let identifier = copy.get().identifier.clone();
        let operation = "rds:DeleteDBInstance";
        let remove = |state: &mut State| {
            let (now, ends) = (state.now, state.deletions_end);
            let Some(thing) = state.instances.get_mut(&identifier) else {
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
            let members: Vec<String> = state
                .instances
                .values()
                .filter(|thing| thing.facts.cluster.as_deref() == Some(identifier.as_str()) && thing.gone_at.is_none())
                .map(|thing| thing.facts.identifier.clone())
                .collect();
            let Some(thing) = state.clusters.get_mut(&identifier) else {
                return Err(refused(operation, &identifier, "DBClusterNotFoundFault"));
            };
            if thing.facts.configuration.deletion_protection {
                return Err(refused(operation, &identifier, "InvalidParameterCombination"));
            }
            if !members.is_empty() {
                return Err(refused(operation, &identifier, "InvalidDBClusterStateFault"));
            }
            thing.gone_at = Some(if ends { now + DELETING_TAKES } else { Timestamp::MAX });
            Ok(())
        };
        self.call(operation, &identifier, remove).await
    }
}
