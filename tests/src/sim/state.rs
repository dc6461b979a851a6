//! The state of the simulated AWS.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use lifeboat::database::{Cluster, Configuration, Engine, Instance, Member, Snapshot, SnapshotKind, Tags, Window};
use lifeboat::fault::Class;
use lifeboat::restore::Record;
use serde_json::json;

/// What happens to one call
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It is done and answered
    Answered,
    /// It is refused and nothing is done
    Refused(Class, &'static str),
    /// It is not done, and no reply comes
    LostBefore,
    /// It is done, and no reply comes
    LostAfter,
    /// The process dies before it is done
    KilledBefore,
    /// The process dies after it was done
    KilledAfter,
}

/// One call as it arrived
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Operation
    pub operation: &'static str,
    /// What it was asked for
    pub resource: String,
}

/// How the data check behaves
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DataCheckMode {
    /// Finds what was expected
    Good,
    /// Finds one table empty
    Empty,
    /// Cannot connect
    NoConnection,
    /// Never answers
    Silent,
}

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

/// A mail as it was sent
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// Subject
    pub subject: String,
    /// Body
    pub body: String,
}

/// Everything
#[derive(Debug)]
pub struct State {
    /// The virtual clock
    pub now: Timestamp,
    /// Clusters by identifier
    pub clusters: BTreeMap<String, Thing<Cluster>>,
    /// Instances by identifier
    pub instances: BTreeMap<String, Thing<Instance>>,
    /// Snapshots
    pub snapshots: Vec<Snapshot>,
    /// Objects by key, with the number of their write as ETag
    pub objects: BTreeMap<String, (Vec<u8>, u64)>,
    /// Mails
    pub mails: Vec<Mail>,
    /// Metrics by name, newest last
    pub metrics: Vec<(String, f64)>,
    /// Every call
    pub calls: Vec<Call>,
    /// Fates of calls by their number, counted from 0
    pub fates: BTreeMap<usize, Fate>,
    /// Fates of every call of an operation
    pub always: BTreeMap<&'static str, Fate>,
    /// The data check
    pub data_check: DataCheckMode,
    /// Answers on their way: when, key, body
    pub answers: Vec<(Timestamp, String, Vec<u8>)>,
    /// How long restoring a volume takes
    pub restore_takes: SignedDuration,
    /// Status that every new instance is pinned to
    pub instances_become: Option<&'static str>,
    /// Status that every new cluster is pinned to
    pub clusters_become: Option<&'static str>,
    /// Whether a deletion ever ends
    pub deletions_end: bool,
    pub(super) writes: u64,
}

impl State {
    /// Three sources: `prod-orders` (Aurora PostgreSQL, one writer), `prod-ledger` (RDS MySQL), and a policy that names them
    pub fn new(now: Timestamp) -> Self {
        let born = now - SignedDuration::from_hours(24 * 100);
        let mut state = Self {
            now,
            clusters: BTreeMap::new(),
            instances: BTreeMap::new(),
            snapshots: Vec::new(),
            objects: BTreeMap::new(),
            mails: Vec::new(),
            metrics: Vec::new(),
            calls: Vec::new(),
            fates: BTreeMap::new(),
            always: BTreeMap::new(),
            data_check: DataCheckMode::Good,
            answers: Vec::new(),
            restore_takes: SignedDuration::from_mins(9),
            instances_become: None,
            clusters_become: None,
            deletions_end: true,
            writes: 0,
        };
        let tags = Tags::from([("env".to_owned(), "production".to_owned())]);
        state.add_cluster("prod-orders", &Engine::AuroraPostgresql, tags.clone(), born, SignedDuration::ZERO);
        state.add_instance("prod-orders-1", Some("prod-orders"), &Engine::AuroraPostgresql, tags.clone(), born);
        state.add_instance("prod-ledger", None, &Engine::Mysql, tags, born);
        for (hours, clustered) in [(30, true), (6, true), (8, false)] {
            state.add_snapshot(hours, clustered);
        }
        state.put("policy.json", policy().to_string().into_bytes());
        state
    }

    fn add_snapshot(&mut self, hours: i64, clustered: bool) {
        let source = if clustered { "prod-orders" } else { "prod-ledger" };
        let identifier = format!("rds:{source}-{hours}-hours-ago");
        self.snapshots.push(Snapshot {
            arn: format!("arn:aws:rds:eu-west-1:123456789012:snapshot:{identifier}"),
            identifier,
            source: source.to_owned(),
            kind: SnapshotKind::Automated,
            status: "available".to_owned(),
            created_at: Some(self.now - SignedDuration::from_hours(hours)),
            engine: if clustered { Engine::AuroraPostgresql } else { Engine::Mysql },
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
        takes: SignedDuration,
    ) {
        let facts = Cluster {
            identifier: identifier.to_owned(),
            arn: format!("arn:aws:rds:eu-west-1:123456789012:cluster:{identifier}"),
            resource_id: format!("cluster-{}", self.clusters.len()),
            engine: engine.clone(),
            engine_version: "16.4".to_owned(),
            status: "creating".to_owned(),
            created_at: Some(created),
            tags,
            endpoint: Some(format!("{identifier}.cluster-x.eu-west-1.rds.amazonaws.com")),
            port: Some(5432),
            members: Vec::new(),
            window: Window::default(),
            database_name: Some("app".to_owned()),
            master_user: Some("root".to_owned()),
            secret: None,
            configuration: Configuration { backup_retention_days: 7, ..Configuration::default() },
        };
        let pinned = self.clusters_become.filter(|_| identifier != "prod-orders");
        let thing = Thing { facts, ready_at: self.now + takes, gone_at: None, pinned };
        self.clusters.insert(identifier.to_owned(), thing);
    }

    /// Adds an instance, to a cluster or alone
    pub fn add_instance(
        &mut self,
        identifier: &str,
        cluster: Option<&str>,
        engine: &Engine,
        tags: Tags,
        created: Timestamp,
    ) {
        let facts = Instance {
            identifier: identifier.to_owned(),
            arn: format!("arn:aws:rds:eu-west-1:123456789012:db:{identifier}"),
            resource_id: format!("db-{}", self.instances.len()),
            engine: engine.clone(),
            engine_version: "16.4".to_owned(),
            status: "creating".to_owned(),
            created_at: Some(created),
            tags,
            cluster: cluster.map(str::to_owned),
            endpoint: Some(format!("{identifier}.x.eu-west-1.rds.amazonaws.com")),
            port: Some(5432),
            latest_restorable: None,
            database_name: Some("app".to_owned()),
            master_user: Some("root".to_owned()),
            secret: None,
            configuration: Configuration { class: Some("db.r6g.large".to_owned()), ..Configuration::default() },
        };
        let takes = if created < self.now { SignedDuration::ZERO } else { SignedDuration::from_mins(6) };
        let pinned = self.instances_become.filter(|_| !identifier.starts_with("prod-"));
        self.instances
            .insert(identifier.to_owned(), Thing { facts, ready_at: self.now + takes, gone_at: None, pinned });
        if let Some(cluster) = cluster.and_then(|cluster| self.clusters.get_mut(cluster)) {
            let writer = cluster.facts.members.is_empty();
            cluster.facts.members.push(Member { instance: identifier.to_owned(), writer });
        }
    }

    /// Lets time pass: what is due happens
    pub fn pass(&mut self, span: SignedDuration) {
        self.now += span;
        let now = self.now;
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
        let (due, later) = std::mem::take(&mut self.answers).into_iter().partition(|(at, ..)| *at <= now);
        self.answers = later;
        for (_, key, body) in due {
            self.put(&key, body);
        }
    }

    /// Writes an object whatever is there
    pub fn put(&mut self, key: &str, body: Vec<u8>) -> u64 {
        self.writes += 1;
        self.objects.insert(key.to_owned(), (body, self.writes));
        self.writes
    }

    /// A call arrives: it is written down, and its fate is looked up
    pub(super) fn arrive(&mut self, operation: &'static str, resource: &str) -> Fate {
        let number = self.calls.len();
        self.calls.push(Call { operation, resource: resource.to_owned() });
        let fate = self.fates.get(&number).or_else(|| self.always.get(operation));
        fate.copied().unwrap_or(Fate::Answered)
    }

    /// Records under a prefix
    fn records(&self, prefix: &str) -> Vec<Record> {
        let under = self.objects.iter().filter(|(key, _)| key.starts_with(prefix));
        under
            .map(|(key, (body, _))| serde_json::from_slice(body).unwrap_or_else(|error| panic!("{key}: {error}")))
            .collect()
    }

    /// Runs under way
    pub fn open_records(&self) -> Vec<Record> {
        self.records("runs/open/")
    }

    /// Runs that have ended
    pub fn closed_records(&self) -> Vec<Record> {
        self.records("runs/closed/")
    }

    /// How often an operation took place
    pub fn count(&self, operation: &str) -> usize {
        self.calls.iter().filter(|call| call.operation == operation).count()
    }

    /// Identifiers of everything that is not production's
    pub fn copies(&self) -> Vec<String> {
        let all = self.clusters.keys().chain(self.instances.keys());
        all.filter(|identifier| !identifier.starts_with("prod-")).cloned().collect()
    }
}

/// The policy of the simulated account
fn policy() -> serde_json::Value {
    let checks = json!([
        {"kind": "row_count", "table": "public.orders", "at_least": 1},
        {"kind": "freshness", "table": "public.orders", "column": "created_at", "within": "24h"}
    ]);
    let sandbox = json!({"subnet_group": "private", "security_groups": ["sg-0123456789abcdef0"],
        "login": {"method": "managed_secret", "database": "app"}});
    json!({
        "version": 1,
        "timezone": "Asia/Tokyo",
        "databases": {
            "orders": {"kind": "aurora", "identifier": "prod-orders", "sandbox": sandbox, "checks": checks,
                "drills": {"weekly": {"source": "point_in_time", "restore_lag": "1h"}, "quarterly": {"source": "latest_snapshot"}}},
            "ledger": {"kind": "rds", "identifier": "prod-ledger", "sandbox": sandbox, "checks": checks,
                "drills": {"weekly": {"source": "point_in_time"}}}
        }
    })
}
