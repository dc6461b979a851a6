//! A world in memory with a virtual clock: an account in two regions, whose every call can be made to fail.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};

use backup_check::World;
use jiff::{SignedDuration, Timestamp};
use lifeboat::checkup::{Protect, RaiseRetention, State};
use lifeboat::database::{
    BackupJob, BackupPlan, Certificate, Cluster, EngineSupport, Event, Instance, JobKind, Kept, Key, PointFacts, Quota,
    RetainedBackup, Sample, Series, Sharing, Snapshot, Vault, Window,
};
use lifeboat::fault::{Class, Fault};
use lifeboat::mail::Metric;
use lifeboat::ports::{BackupFacts, Clock, Databases, Inventory, Keys, Measured, Meter, Post, Remedy, Store, Stored};
use lifeboat::restore::Leftover;

pub(crate) const HOME: &str = "ap-northeast-1";
pub(crate) const WEST: &str = "us-west-2";
pub(crate) const EAST: &str = "us-east-1";

/// What is in a region
#[derive(Debug, Default, Clone)]
pub(crate) struct Account {
    /// What the retention of any database is when it is looked at by itself; as in the lists where there is none
    pub(crate) kept_now: Option<i32>,
    pub(crate) clusters: Vec<Kept<Cluster>>,
    pub(crate) instances: Vec<Kept<Instance>>,
    pub(crate) windows: BTreeMap<String, Window>,
    pub(crate) snapshots: Vec<Snapshot>,
    pub(crate) sharing: BTreeMap<String, Sharing>,
    pub(crate) quotas: Vec<Quota>,
    pub(crate) certificates: Vec<Certificate>,
    pub(crate) support: Vec<EngineSupport>,
    pub(crate) retained: Vec<RetainedBackup>,
    pub(crate) keys: BTreeMap<String, Key>,
    pub(crate) vaults: BTreeMap<String, (Vault, Vec<PointFacts>)>,
    pub(crate) jobs: Vec<BackupJob>,
    pub(crate) plans: Vec<BackupPlan>,
    pub(crate) samples: BTreeMap<String, Vec<Sample>>,
}

/// Everything that the world holds
#[derive(Debug, Default)]
pub(crate) struct Inside {
    pub(crate) now: Timestamp,
    pub(crate) regions: BTreeMap<String, Account>,
    pub(crate) objects: BTreeMap<String, (Vec<u8>, u64)>,
    pub(crate) written: u64,
    /// Calls that fail: the begin of `<region> <action> <resource>`, and how
    pub(crate) failing: Vec<(String, Class)>,
    /// Every call as `<region> <action> <resource>`
    pub(crate) calls: Vec<String>,
    pub(crate) mails: Vec<(String, String)>,
    pub(crate) metrics: Vec<Metric>,
    pub(crate) changes: Vec<String>,
    /// When this is called, another check writes its findings
    pub(crate) interrupted_at: Option<String>,
}

/// A region of the world
#[derive(Debug)]
pub(crate) struct Place {
    region: String,
    inside: Arc<Mutex<Inside>>,
}

/// The world
#[derive(Debug)]
pub(crate) struct Fake {
    places: BTreeMap<String, Place>,
    inside: Arc<Mutex<Inside>>,
}

impl Fake {
    pub(crate) fn new(now: &str) -> Self {
        let inside = Inside { now: now.parse().unwrap(), ..Inside::default() };
        let inside = Arc::new(Mutex::new(inside));
        let place =
            |region: &str| (region.to_owned(), Place { region: region.to_owned(), inside: Arc::clone(&inside) });
        let fake = Self { places: [HOME, WEST, EAST].map(place).into(), inside: Arc::clone(&inside) };
        fake.inside().regions = [HOME, WEST, EAST].map(|region| (region.to_owned(), Account::default())).into();
        fake
    }

    pub(crate) fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap()
    }

    /// Changes what is in a region
    pub(crate) fn at(&self, region: &str, change: impl FnOnce(&mut Account)) {
        change(self.inside().regions.get_mut(region).unwrap());
    }

    pub(crate) fn put(&self, key: &str, body: &str) {
        let mut inside = self.inside();
        inside.written += 1;
        let etag = inside.written;
        inside.objects.insert(key.to_owned(), (body.as_bytes().to_vec(), etag));
    }

    pub(crate) fn fail(&self, call: &str, class: Class) {
        self.inside().failing.push((call.to_owned(), class));
    }

    pub(crate) fn mend(&self) {
        self.inside().failing.clear();
    }

    pub(crate) fn wait(&self, hours: i64) {
        let mut inside = self.inside();
        inside.now += SignedDuration::from_hours(hours);
        inside.calls.clear();
    }

    pub(crate) fn findings(&self) -> State {
        let inside = self.inside();
        let (body, _) = inside.objects.get(State::KEY).expect("findings.json");
        State::parse(std::str::from_utf8(body).unwrap()).unwrap()
    }

    pub(crate) fn remember(&self, state: &State) {
        self.put(State::KEY, &serde_json::to_string(state).unwrap());
    }

    /// Calls that begin so
    pub(crate) fn calls(&self, begin: &str) -> Vec<String> {
        self.inside().calls.iter().filter(|call| call.starts_with(begin)).cloned().collect()
    }

    pub(crate) fn mails(&self) -> usize {
        self.inside().mails.len()
    }
}

impl Place {
    fn call<T>(
        &self,
        operation: &'static str,
        resource: &str,
        answer: impl FnOnce(&mut Inside) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let mut inside = self.inside.lock().unwrap();
        let call = format!("{} {operation} {resource}", self.region);
        if inside.interrupted_at.as_ref().is_some_and(|at| call.starts_with(at)) {
            inside.interrupted_at = None;
            inside.written += 1;
            let etag = inside.written;
            let theirs = (serde_json::to_vec(&State::default()).unwrap(), etag);
            let theirs =
                inside.objects.get(State::KEY).map_or(theirs, |(body, _)| ([body.as_slice(), b"\n"].concat(), etag));
            inside.objects.insert(State::KEY.to_owned(), theirs);
        }
        let fails = inside.failing.iter().find(|(begin, _)| call.starts_with(begin.as_str())).map(|(_, class)| *class);
        inside.calls.push(call);
        if let Some(class) = fails {
            let code = if class == Class::Permission { "AccessDenied" } else { "Throttling" };
            return Err(Fault::new(class, operation, resource, code, "on purpose"));
        }
        answer(&mut inside)
    }

    fn here<T>(&self, operation: &'static str, resource: &str, answer: impl FnOnce(&Account) -> T) -> Result<T, Fault> {
        self.call(operation, resource, |inside| Ok(answer(&inside.regions[&self.region])))
    }
}

impl Inventory for Place {
    async fn clusters(&self) -> Result<Vec<Kept<Cluster>>, Fault> {
        self.here("clusters", "", |account| account.clusters.clone())
    }
    async fn instances(&self) -> Result<Vec<Kept<Instance>>, Fault> {
        self.here("instances", "", |account| account.instances.clone())
    }
    async fn windows(&self) -> Result<BTreeMap<String, Window>, Fault> {
        self.here("windows", "", |account| account.windows.clone())
    }
    async fn snapshots(&self) -> Result<Vec<Snapshot>, Fault> {
        self.here("snapshots", "", |account| account.snapshots.clone())
    }
    async fn sharing(&self, identifier: &str, _clustered: bool) -> Result<Sharing, Fault> {
        self.here("sharing", identifier, |account| account.sharing.get(identifier).cloned().unwrap_or(Sharing::Private))
    }
    async fn quotas(&self) -> Result<Vec<Quota>, Fault> {
        self.here("quotas", "", |account| account.quotas.clone())
    }
    async fn certificates(&self) -> Result<Vec<Certificate>, Fault> {
        self.here("certificates", "", |account| account.certificates.clone())
    }
    async fn support(&self) -> Result<Vec<EngineSupport>, Fault> {
        self.here("support", "", |account| account.support.clone())
    }
}

/// Of the reads of one database backup-check makes three; the others are none of its business.
impl Databases for Place {
    async fn cluster(&self, identifier: &str) -> Result<Option<Cluster>, Fault> {
        self.here("cluster", identifier, |account| {
            let mut found = account.clusters.iter().find(|kept| kept.facts.identifier == identifier)?.facts.clone();
            found.configuration.backup_retention_days =
                account.kept_now.unwrap_or(found.configuration.backup_retention_days);
            Some(found)
        })
    }
    async fn instance(&self, identifier: &str) -> Result<Option<Instance>, Fault> {
        self.here("instance", identifier, |account| {
            let mut found = account.instances.iter().find(|kept| kept.facts.identifier == identifier)?.facts.clone();
            found.configuration.backup_retention_days =
                account.kept_now.unwrap_or(found.configuration.backup_retention_days);
            Some(found)
        })
    }
    async fn instance_window(&self, identifier: &str) -> Result<Window, Fault> {
        self.here("window-of", identifier, |account| account.windows.get(identifier).copied().unwrap_or_default())
    }
    async fn snapshots(&self, source: &str, _clustered: bool) -> Result<Vec<Snapshot>, Fault> {
        self.here("snapshots-of", source, |account| {
            account.snapshots.iter().filter(|snapshot| snapshot.source == source).cloned().collect()
        })
    }
    async fn retained(&self, identifier: &str, _clustered: bool) -> Result<Vec<RetainedBackup>, Fault> {
        self.here("retained", identifier, |account| {
            account.retained.iter().filter(|backup| backup.identifier == identifier).cloned().collect()
        })
    }
    async fn events(&self, id: &str, _: bool, _: Timestamp, _: Timestamp) -> Result<Vec<Event>, Fault> {
        panic!("events of {id} are asked for")
    }
    async fn all_clusters(&self) -> Result<Vec<Cluster>, Fault> {
        panic!("clusters are asked for without how they are kept")
    }
    async fn all_instances(&self) -> Result<Vec<Instance>, Fault> {
        panic!("instances are asked for without how they are kept")
    }
    async fn remains(&self, _: &[&str]) -> Result<Vec<Leftover>, Fault> {
        panic!("remains are asked for")
    }
}

impl BackupFacts for Place {
    async fn vault(&self, name: &str) -> Result<Option<Vault>, Fault> {
        self.here("vault", name, |account| account.vaults.get(name).map(|(vault, _)| vault.clone()))
    }
    async fn points(&self, vault: &str) -> Result<Vec<PointFacts>, Fault> {
        self.call("points", vault, |inside| {
            let found = inside.regions[&self.region].vaults.get(vault).map(|(_, points)| points.clone());
            found.ok_or_else(|| Fault::new(Class::Permission, "points", vault, "AccessDenied", "or it is not there"))
        })
    }
    async fn jobs(&self, kind: JobKind, since: Timestamp) -> Result<Vec<BackupJob>, Fault> {
        self.here("jobs", &format!("{kind:?} {since}"), |account| {
            account.jobs.iter().filter(|job| job.kind == kind).cloned().collect()
        })
    }
    async fn plans(&self) -> Result<Vec<BackupPlan>, Fault> {
        self.here("plans", "", |account| account.plans.clone())
    }
}

impl Keys for Place {
    async fn key(&self, arn: &str) -> Result<Option<Key>, Fault> {
        self.here("key", arn, |account| account.keys.get(arn).cloned())
    }
}

impl Measured for Place {
    async fn daily_sums(
        &self,
        series: &[Series],
        since: Timestamp,
        until: Timestamp,
    ) -> Result<BTreeMap<Series, Vec<Sample>>, Fault> {
        let names: BTreeSet<&str> = series.iter().map(|series| series.cluster.as_str()).collect();
        self.here("metrics", &format!("{names:?} {since} {until}"), |account| {
            let within = |sample: &&Sample| (since..until).contains(&sample.at);
            let of = |series: &Series| {
                let samples = account.samples.get(&series.cluster).into_iter().flatten();
                samples.filter(within).copied().collect()
            };
            series.iter().map(|one| (one.clone(), of(one))).collect()
        })
    }
}

impl Remedy for Place {
    async fn raise_retention(&self, act: &RaiseRetention) -> Result<(), Fault> {
        self.call("raise", &act.identifier, |inside| {
            inside.changes.push(format!("raise {} from {} to {}", act.identifier, act.from_days, act.to_days));
            Ok(())
        })
    }
    async fn protect(&self, act: &Protect) -> Result<(), Fault> {
        self.call("protect", &act.identifier, |inside| {
            inside.changes.push(format!("protect {}", act.identifier));
            Ok(())
        })
    }
}

fn conflict(key: &str) -> Fault {
    Fault::new(Class::Conflict, "write", key, "PreconditionFailed", "somebody else wrote")
}

impl Store for Place {
    async fn read(&self, key: &str) -> Result<Option<Stored>, Fault> {
        self.call("read", key, |inside| {
            let found = inside.objects.get(key);
            Ok(found.map(|(body, etag)| Stored { body: body.clone(), etag: etag.to_string() }))
        })
    }
    async fn create(&self, key: &str, body: Vec<u8>) -> Result<String, Fault> {
        self.call("write", key, |inside| {
            if inside.objects.contains_key(key) {
                return Err(conflict(key));
            }
            inside.written += 1;
            let etag = inside.written;
            inside.objects.insert(key.to_owned(), (body, etag));
            Ok(etag.to_string())
        })
    }
    async fn replace(&self, key: &str, body: Vec<u8>, etag: &str) -> Result<String, Fault> {
        self.call("write", key, |inside| {
            if inside.objects.get(key).is_none_or(|(_, now)| now.to_string() != etag) {
                return Err(conflict(key));
            }
            inside.written += 1;
            let etag = inside.written;
            inside.objects.insert(key.to_owned(), (body, etag));
            Ok(etag.to_string())
        })
    }
    async fn put(&self, key: &str, _: Vec<u8>, _: &str) -> Result<(), Fault> {
        panic!("{key} is written whatever is there")
    }
    async fn remove(&self, key: &str) -> Result<(), Fault> {
        panic!("{key} is removed")
    }
    async fn list(&self, prefix: &str, most: usize) -> Result<Vec<String>, Fault> {
        self.call("list", prefix, |inside| {
            let keys: Vec<String> = inside.objects.keys().filter(|key| key.starts_with(prefix)).cloned().collect();
            assert!(keys.len() <= most, "{prefix}");
            Ok(keys)
        })
    }
}

impl Post for Place {
    async fn send(&self, subject: &str, body: &str) -> Result<(), Fault> {
        self.call("send", subject, |inside| {
            inside.mails.push((subject.to_owned(), body.to_owned()));
            Ok(())
        })
    }
}

impl Meter for Place {
    async fn measure(&self, metrics: &[Metric]) -> Result<(), Fault> {
        self.call("measure", "", |inside| {
            inside.metrics.extend_from_slice(metrics);
            Ok(())
        })
    }
}

impl Clock for Place {
    fn now(&self) -> Timestamp {
        self.inside.lock().unwrap().now
    }
}

impl World for Fake {
    type Databases = Place;
    type Backup = Place;
    type Keys = Place;
    type Measured = Place;
    type Remedy = Place;
    type Store = Place;
    type Post = Place;
    type Meter = Place;
    type Clock = Place;

    fn home(&self) -> &'static str {
        HOME
    }
    fn databases(&self, region: &str) -> &Place {
        &self.places[region]
    }
    fn backup(&self, region: &str) -> &Place {
        &self.places[region]
    }
    fn keys(&self, region: &str) -> &Place {
        &self.places[region]
    }
    fn measured(&self) -> &Place {
        &self.places[HOME]
    }
    fn remedy(&self) -> &Place {
        &self.places[HOME]
    }
    fn store(&self) -> &Place {
        &self.places[HOME]
    }
    fn post(&self) -> &Place {
        &self.places[HOME]
    }
    fn meter(&self) -> &Place {
        &self.places[HOME]
    }
    fn clock(&self) -> &Place {
        &self.places[HOME]
    }
}
