//! One region of the simulated AWS: its clusters, instances, snapshots, vaults.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use lifeboat::database::{
    Cluster, Configuration, Engine, Instance, ManagedSecret, Member, RecoveryPoint, RestoreMetadata, RetainedBackup,
    SecretState, Snapshot, SnapshotKind, Tags, Window,
};

use super::jobs::Job;

const SECRET_TAKES: SignedDuration = SignedDuration::from_mins(1);

/// A thing in AWS with the times at which it changes by itself
#[derive(Debug, Clone)]
pub struct Thing<T> {
    /// Its facts; the status is worked out from the times
    pub facts: T,
    /// When it becomes available
    pub ready_at: Timestamp,
    /// When it is gone, once it is being deleted
    pub gone_at: Option<Timestamp>,
    /// A status that somebody pinned
    pub pinned: Option<&'static str>,
}

/// One region
#[derive(Debug)]
pub struct Region {
    /// Its name
    pub name: &'static str,
    /// Whether every call to RDS and AWS Backup here fails
    pub down: bool,
    /// Clusters by identifier
    pub clusters: BTreeMap<String, Thing<Cluster>>,
    /// Instances by identifier
    pub instances: BTreeMap<String, Thing<Instance>>,
    /// Snapshots
    pub snapshots: Vec<Snapshot>,
    /// Retained backups of deleted databases, and whether they are of a cluster
    pub retained: Vec<(bool, RetainedBackup)>,
    /// Recovery points by vault, each with its restore metadata
    pub vaults: BTreeMap<String, Vec<(RecoveryPoint, RestoreMetadata)>>,
    /// Restore jobs by id
    pub jobs: BTreeMap<String, Job>,
}

impl Region {
    pub(super) fn new(name: &'static str) -> Self {
        Self {
            name,
            down: false,
            clusters: BTreeMap::new(),
            instances: BTreeMap::new(),
            snapshots: Vec::new(),
            retained: Vec::new(),
            vaults: BTreeMap::new(),
            jobs: BTreeMap::new(),
        }
    }

    /// An ARN of RDS here
    pub fn arn(&self, kind: &str, identifier: &str) -> String {
        format!("arn:aws:rds:{}:123456789012:{kind}:{identifier}", self.name)
    }

    pub(super) fn cluster_now(&self, now: Timestamp, identifier: &str) -> Option<Cluster> {
        let thing = self.clusters.get(identifier)?;
        let mut facts = thing.facts.clone();
        status(thing, now).clone_into(&mut facts.status);
        facts.secret = secret_now(thing.facts.secret.as_ref(), now);
        if facts.status == "available" {
            facts.window = window(now);
        }
        Some(facts)
    }

    pub(super) fn instance_now(&self, now: Timestamp, identifier: &str) -> Option<Instance> {
        let thing = self.instances.get(identifier)?;
        let mut facts = thing.facts.clone();
        status(thing, now).clone_into(&mut facts.status);
        if facts.status == "creating" {
            facts.created_at = None;
            facts.endpoint = None;
        }
        facts.secret = secret_now(thing.facts.secret.as_ref(), now);
        facts.latest_restorable = window(now).latest;
        Some(facts)
    }

    /// Adds an automated snapshot of a cluster or an instance
    pub fn add_snapshot(&mut self, source: &str, engine: &Engine, taken: Timestamp, name: &str) {
        let identifier = format!("rds:{source}-{name}");
        self.snapshots.push(Snapshot {
            arn: self.arn("snapshot", &identifier),
            identifier,
            source: source.to_owned(),
            kind: SnapshotKind::Automated,
            status: "available".to_owned(),
            created_at: Some(taken),
            engine: engine.clone(),
            engine_version: "16.4".to_owned(),
            encrypted: true,
            storage_gib: Some(100),
            tags: Tags::new(),
            details: lifeboat::database::SnapshotDetails::default(),
        });
    }

    /// Adds a cluster without members
    pub fn add_cluster(
        &mut self,
        identifier: &str,
        engine: &Engine,
        tags: Tags,
        created: Timestamp,
        ready_at: Timestamp,
    ) -> &mut Thing<Cluster> {
        let facts = Cluster {
            identifier: identifier.to_owned(),
            arn: self.arn("cluster", identifier),
            resource_id: format!("cluster-{}", self.clusters.len()),
            engine: engine.clone(),
            engine_version: "16.4".to_owned(),
            status: "creating".to_owned(),
            created_at: Some(created),
            tags,
            endpoint: Some(format!("{identifier}.cluster-x.{}.rds.amazonaws.com", self.name)),
            port: Some(5432),
            members: Vec::new(),
            window: Window::default(),
            database_name: Some("app".to_owned()),
            master_user: Some("root".to_owned()),
            secret: None,
            configuration: Configuration { backup_retention_days: 7, ..Configuration::default() },
        };
        let thing = Thing { facts, ready_at, gone_at: None, pinned: None };
        self.clusters.entry(identifier.to_owned()).insert_entry(thing).into_mut()
    }

    /// Adds an instance, to a cluster or alone
    pub fn add_instance(
        &mut self,
        identifier: &str,
        cluster: Option<&str>,
        engine: &Engine,
        tags: Tags,
        created: Timestamp,
        ready_at: Timestamp,
    ) -> &mut Thing<Instance> {
        let facts = Instance {
            identifier: identifier.to_owned(),
            arn: self.arn("db", identifier),
            resource_id: format!("db-{}", self.instances.len()),
            engine: engine.clone(),
            engine_version: "16.4".to_owned(),
            status: "creating".to_owned(),
            created_at: Some(created),
            tags,
            cluster: cluster.map(str::to_owned),
            endpoint: Some(format!("{identifier}.x.{}.rds.amazonaws.com", self.name)),
            port: Some(5432),
            latest_restorable: None,
            database_name: Some("app".to_owned()),
            master_user: Some("root".to_owned()),
            secret: None,
            configuration: Configuration { class: Some("db.r6g.large".to_owned()), ..Configuration::default() },
        };
        if let Some(cluster) = cluster.and_then(|cluster| self.clusters.get_mut(cluster)) {
            let writer = cluster.facts.members.is_empty();
            cluster.facts.members.push(Member { instance: identifier.to_owned(), writer });
        }
        let thing = Thing { facts, ready_at, gone_at: None, pinned: None };
        self.instances.entry(identifier.to_owned()).insert_entry(thing).into_mut()
    }

    /// What is due happens
    pub(super) fn pass(&mut self, now: Timestamp) {
        self.clusters.retain(|_, thing| thing.gone_at.is_none_or(|at| at > now));
        let gone: Vec<String> = self
            .instances
            .iter()
            .filter(|(_, thing)| thing.gone_at.is_some_and(|at| at <= now))
            .map(|(id, _)| id.clone())
            .collect();
        for identifier in gone {
            self.instances.remove(&identifier);
            for cluster in self.clusters.values_mut() {
                cluster.facts.members.retain(|member| member.instance != identifier);
            }
        }
    }

    /// A managed secret that was asked for now: the time is kept in its ARN's last part
    pub(super) fn new_secret(&self, identifier: &str, now: Timestamp) -> ManagedSecret {
        let name = self.name;
        let arn = format!("arn:aws:secretsmanager:{name}:123456789012:secret:rds!{identifier}:{}", now.as_second());
        ManagedSecret { arn, state: SecretState::Creating }
    }
}

/// The restorable window of everything at a time
pub(super) fn window(now: Timestamp) -> Window {
    Window {
        earliest: Some(now - SignedDuration::from_hours(24 * 7)),
        latest: Some(now - SignedDuration::from_mins(4)),
    }
}

fn status<T>(thing: &Thing<T>, now: Timestamp) -> &'static str {
    match thing {
        Thing { gone_at: Some(_), .. } => "deleting",
        Thing { pinned: Some(status), .. } => status,
        Thing { ready_at, .. } if *ready_at > now => "creating",
        Thing { .. } => "available",
    }
}

fn secret_now(secret: Option<&ManagedSecret>, now: Timestamp) -> Option<ManagedSecret> {
    let secret = secret?;
    let asked_at = secret.arn.rsplit(':').next()?.parse::<i64>().ok();
    let asked_at = asked_at.and_then(|seconds| Timestamp::from_second(seconds).ok());
    let active = asked_at.is_none_or(|at| at + SECRET_TAKES <= now);
    let state = if active { SecretState::Active } else { SecretState::Creating };
    Some(ManagedSecret { arn: secret.arn.clone(), state })
}
