//! Looking facts up, so that no question can take a missing answer for a good one: what was read, or why it is not known.

use jiff::{SignedDuration, Timestamp};

use super::facts::{Region, Unknown};
use super::finding::{Finding, Mend, Severity};
use super::{Asking, Sheet};
use crate::database::{Cluster, Configuration, Engine, Instance, Kept, Kind, Seen, Snapshot, Upkeep, Window};
use crate::lifecycle::CLOCKS;
use crate::policy::Database;

/// A new database has its first backup within so long
const FIRST_BACKUP: SignedDuration = SignedDuration::from_hours(24);
/// What is said of a database without a backup that is so young
pub(super) const NEW: &str = "it is less than a day old, and its first backup may not be complete";

/// A list that was read, or why it was not
pub(super) type Read<'a, T> = Result<&'a T, Unknown>;

/// What nobody asked is not known, either
pub(super) fn read<'a, T>(list: Option<&'a Result<T, Unknown>>, what: &str, region: &str) -> Read<'a, T> {
    match list {
        Some(Ok(list)) => Ok(list),
        Some(Err(unknown)) => Err(unknown.clone()),
        None => Err(unknown(format!("{what} in {region} were not read"))),
    }
}

pub(super) fn unknown(why: impl Into<String>) -> Unknown {
    Unknown { why: why.into() }
}

/// A finding without its id
pub(super) struct Told {
    pub severity: Severity,
    pub title: String,
    pub evidence: Vec<String>,
    pub why: &'static str,
    pub mend: Mend,
    pub measure: Option<f64>,
}

impl Told {
    pub(super) fn under(self, id: String, database: Option<&str>) -> Finding {
        Finding {
            id,
            database: database.map(str::to_owned),
            severity: self.severity,
            title: self.title,
            evidence: self.evidence,
            why: self.why.to_owned(),
            mend: self.mend,
            measure: self.measure,
        }
    }
}

/// Whether a snapshot is of a cluster: by its ARN, or by its engine where it has none
pub(super) fn is_of_cluster(snapshot: &Snapshot) -> bool {
    match snapshot.arn.split(':').nth(5) {
        Some("cluster-snapshot") => true,
        Some("snapshot") => false,
        _ => !snapshot.engine.fits(Kind::Rds),
    }
}

impl<'a> Asking<'a> {
    pub(super) fn home(&self) -> &'a str {
        &self.world.home
    }

    pub(super) fn region(&self, name: &str) -> Read<'a, Region> {
        self.world.regions.get(name).ok_or_else(|| unknown(format!("the region {name} was not read")))
    }

    pub(super) fn clusters(&self, region: &str) -> Read<'a, Vec<Kept<Cluster>>> {
        read(self.region(region)?.clusters.as_ref(), "clusters", region)
    }

    pub(super) fn instances(&self, region: &str) -> Read<'a, Vec<Kept<Instance>>> {
        read(self.region(region)?.instances.as_ref(), "instances", region)
    }

    /// Every protected database
    pub(super) fn protected(&self) -> impl Iterator<Item = Protected<'a>> + use<'a> {
        let asking = *self;
        asking.policy.databases.iter().map(move |(name, entry)| Protected { asking, name, entry })
    }
}

/// A database of the policy
#[derive(Debug, Clone, Copy)]
pub(super) struct Protected<'a> {
    pub asking: Asking<'a>,
    pub name: &'a str,
    pub entry: &'a Database,
}

/// A database of the policy as it was found in its region
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Subject<'a> {
    pub arn: &'a str,
    pub resource_id: &'a str,
    pub engine: &'a Engine,
    pub engine_version: &'a str,
    pub status: &'a str,
    pub created_at: Option<Timestamp>,
    pub configuration: &'a Configuration,
    pub upkeep: &'a Upkeep,
    /// A cluster's; an instance's is in a list of its own
    window: Option<Window>,
    /// An instance's
    latest: Option<Timestamp>,
}

impl<'a> From<&'a Kept<Cluster>> for Subject<'a> {
    fn from(Kept { facts, upkeep }: &'a Kept<Cluster>) -> Self {
        Self {
            arn: &facts.arn,
            resource_id: &facts.resource_id,
            engine: &facts.engine,
            engine_version: &facts.engine_version,
            status: &facts.status,
            created_at: facts.created_at,
            configuration: &facts.configuration,
            upkeep,
            window: Some(facts.window),
            latest: facts.window.latest,
        }
    }
}

impl<'a> From<&'a Kept<Instance>> for Subject<'a> {
    fn from(Kept { facts, upkeep }: &'a Kept<Instance>) -> Self {
        Self {
            arn: &facts.arn,
            resource_id: &facts.resource_id,
            engine: &facts.engine,
            engine_version: &facts.engine_version,
            status: &facts.status,
            created_at: facts.created_at,
            configuration: &facts.configuration,
            upkeep,
            window: None,
            latest: facts.latest_restorable,
        }
    }
}

impl<'a> Protected<'a> {
    pub(super) fn clustered(&self) -> bool {
        self.entry.kind.is_clustered()
    }

    pub(super) fn identifier(&self) -> &'a str {
        &self.entry.identifier
    }

    /// Where it is. One of another engine, or a member of a cluster, is not what the policy means.
    pub(super) fn seen(&self) -> Seen<Subject<'a>> {
        let home = self.asking.home();
        let lists = self.asking.index.region(home);
        let found = if self.clustered() {
            let cluster = lists.and_then(|lists| lists.cluster(self.identifier()));
            self.asking.clusters(home).map(|_| cluster.map(Subject::from))
        } else {
            let instance = lists.and_then(|lists| lists.instance(self.identifier()));
            let own = instance.filter(|kept| kept.facts.cluster.is_none());
            self.asking.instances(home).map(|_| own.map(Subject::from))
        };
        match found {
            Err(unknown) => Seen::Unknown(unknown.why),
            Ok(Some(subject)) if subject.engine.word().is_empty() => {
                Seen::Unknown(format!("AWS does not say which engine {} is of", self.identifier()))
            }
            Ok(Some(subject)) if subject.engine.fits(self.entry.kind) => Seen::Present(subject),
            Ok(_) => Seen::Absent,
        }
    }

    /// Whether the list names it once, as it should
    pub(super) fn is_there_once(&self) -> bool {
        let (home, identifier) = (self.asking.home(), self.identifier());
        let times = if self.clustered() {
            let clusters = self.asking.clusters(home).into_iter().flatten();
            clusters.filter(|kept| kept.facts.identifier == identifier).count()
        } else {
            let instances = self.asking.instances(home).into_iter().flatten();
            instances.filter(|kept| kept.facts.identifier == identifier).count()
        };
        times == 1
    }

    /// The restorable window
    pub(super) fn window(&self, subject: &Subject<'_>) -> Result<Window, Unknown> {
        if let Some(window) = subject.window {
            return Ok(window);
        }
        let home = self.asking.home();
        let windows = read(self.asking.region(home)?.windows.as_ref(), "restorable windows", home)?;
        match windows.get(self.identifier()) {
            Some(window) => Ok(*window),
            None if self.is_new(subject) => Ok(Window::default()),
            None => Err(unknown(format!("RDS lists no automated backups of {}", self.identifier()))),
        }
    }

    /// Whether it is so young that its first backup may not be complete: AWS makes one within a day
    pub(super) fn is_new(&self, subject: &Subject<'_>) -> bool {
        let age = subject.created_at.map(|at| self.asking.now.duration_since(at));
        age.is_some_and(|age| age <= FIRST_BACKUP && age >= -CLOCKS)
    }

    /// The latest restorable time, from wherever AWS says it
    pub(super) fn latest(&self, subject: &Subject<'_>) -> Option<Timestamp> {
        subject.latest.or_else(|| self.window(subject).ok().and_then(|window| window.latest))
    }

    /// Every snapshot of it in a region, of every kind and status
    pub(super) fn snapshots(&self, region: &str) -> Result<Vec<&'a Snapshot>, Unknown> {
        read(self.asking.region(region)?.snapshots.as_ref(), "snapshots", region)?;
        let Some(lists) = self.asking.index.region(region) else { return Ok(Vec::new()) };
        // It may be of any database, so nothing can be said of any.
        if let Some(stray) = lists.stray {
            return Err(unknown(format!("AWS does not say what the snapshot {:?} was taken of", stray.identifier)));
        }
        // A cluster and an instance may have the same name.
        Ok(lists.snapshots(self.clustered(), self.identifier()).to_vec())
    }

    /// Whether an ARN names it: by its identifier, or by its resource id, in whatever region
    pub(super) fn is_named_by(&self, arn: &str, subject: Option<&Subject<'_>>) -> bool {
        let mut parts = arn.splitn(7, ':').skip(5);
        let (what, name) = (parts.next(), parts.next().unwrap_or_default());
        let resource = subject.map(|subject| subject.resource_id).filter(|id| !id.is_empty());
        what == Some(if self.clustered() { "cluster" } else { "db" })
            && (name.eq_ignore_ascii_case(self.identifier()) || resource == Some(name))
    }

    /// Regions that hold copies of it, besides its own: as the policy demands or makes them
    pub(super) fn copy_regions(&self) -> Vec<&'a str> {
        let wanted = self.entry.backups.copies.iter().map(|copies| copies.region.as_str());
        let made = self.entry.snapshots.iter().filter_map(|rules| rules.copy_to.as_ref());
        let mut regions: Vec<&str> = wanted.chain(made.map(|to| to.region.as_str())).collect();
        regions.retain(|region| *region != self.asking.home());
        regions.sort_unstable();
        regions.dedup();
        regions
    }

    pub(super) fn id(&self, question: &str) -> String {
        format!("{question}/{}", self.name)
    }

    pub(super) fn fine(&self, sheet: &mut Sheet, question: &str) {
        sheet.fine(self.id(question));
    }

    pub(super) fn found(&self, sheet: &mut Sheet, question: &str, told: Told) {
        sheet.found(told.under(self.id(question), Some(self.name)));
    }

    /// `title` says what could not be told
    pub(super) fn unknown(&self, sheet: &mut Sheet, question: &str, title: &str, unknown: &Unknown) {
        sheet.unknown(self.id(question), Some(self.name), title, unknown);
    }

    /// The service of the AWS CLI
    pub(super) fn service(&self) -> &'static str {
        if self.entry.kind == Kind::Documentdb { "docdb" } else { "rds" }
    }

    /// A command that changes the database
    pub(super) fn modify(&self, words: impl Into<String>, options: &[&str]) -> Mend {
        let (call, key) = if self.clustered() {
            ("modify-db-cluster", "--db-cluster-identifier")
        } else {
            ("modify-db-instance", "--db-instance-identifier")
        };
        let mut args = vec!["aws", self.service(), call, key, self.identifier()];
        args.extend(options);
        args.extend(["--apply-immediately", "--region", self.asking.home()]);
        Mend::run(words, &args)
    }

    /// A command that takes a snapshot now
    pub(super) fn take_snapshot(&self, words: impl Into<String>) -> Mend {
        let payload = format!(r#"{{"snapshot":"{}","reason":"no recent automated snapshot"}}"#, self.name);
        let raw = ["--cli-binary-format", "raw-in-base64-out"];
        let function = ["aws", "lambda", "invoke", "--function-name", "snapshot-lifecycle"];
        let args: Vec<&str> = function.into_iter().chain(raw).chain(["--payload", &payload, "/dev/stdout"]).collect();
        Mend::run(words, &args)
    }
}
