//! The state of the simulated AWS.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use lifeboat::fault::Class;
use lifeboat::restore::Record;

use super::region::Region;

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
    /// Region
    pub region: &'static str,
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
    /// Has no driver for the engine
    NoDriver,
    /// Never answers
    Silent,
}

/// A mail as it was sent
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// Subject
    pub subject: String,
    /// Body
    pub body: String,
}

/// The function's own region
pub const HOME: &str = "eu-west-1";
/// The other one
pub const AWAY: &str = "us-west-2";

/// Everything
#[derive(Debug)]
pub struct State {
    /// The virtual clock
    pub now: Timestamp,
    /// The function's own region
    pub home: Region,
    /// The region that disaster drills restore in
    pub away: Region,
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
    /// Message with which every restore job fails
    pub jobs_fail: Option<&'static str>,
    /// Whether a deletion ever ends
    pub deletions_end: bool,
    /// Restore tests of AWS Backup by their job
    pub tests: BTreeMap<String, super::tested::Test>,
    pub(super) writes: u64,
}

impl State {
    /// The account as `furnish` fills it
    pub fn new(now: Timestamp) -> Self {
        let mut state = Self {
            now,
            home: Region::new(HOME),
            away: Region::new(AWAY),
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
            jobs_fail: None,
            deletions_end: true,
            tests: BTreeMap::new(),
            writes: 0,
        };
        state.furnish();
        state
    }

    /// A region by its name
    pub fn region(&mut self, name: &str) -> &mut Region {
        if name == AWAY { &mut self.away } else { &mut self.home }
    }

    /// Lets time pass: what is due happens
    pub fn pass(&mut self, span: SignedDuration) {
        self.now += span;
        let now = self.now;
        self.home.pass(now);
        self.away.pass(now);
        self.work_on_jobs();
        self.work_on_tests();
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
    pub(super) fn arrive(&mut self, region: &'static str, operation: &'static str, resource: &str) -> Fate {
        let number = self.calls.len();
        self.calls.push(Call { region, operation, resource: resource.to_owned() });
        let of_a_region = operation.starts_with("rds:") || operation.starts_with("backup:");
        if of_a_region && self.region(region).down {
            return Fate::Refused(Class::Transient, "ServiceUnavailable");
        }
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

    /// How often an operation took place in a region
    pub fn count_in(&self, region: &str, operation: &str) -> usize {
        self.calls.iter().filter(|call| call.region == region && call.operation == operation).count()
    }

    /// Identifiers of everything that is not production's, wherever it is
    pub fn copies(&self) -> Vec<String> {
        let of = |region: &Region| -> Vec<String> {
            region.clusters.keys().chain(region.instances.keys()).cloned().collect()
        };
        let all = of(&self.home).into_iter().chain(of(&self.away));
        all.filter(|identifier| !identifier.starts_with("prod-")).collect()
    }
}
