//! One story: a database of its own with real data in it, a bucket, a mailbox, a policy and a data check of its own, and the
//! real `restore-drill` at work on them.
//!
//! | file | its part |
//! |---|---|
//! | `source` | its database: made, asked, changed, and its backups |
//! | `process` | restore-drill as processes of its own |
//! | `acting` | what a story does: requests, ticks, kills, faults, time that has passed |
//! | `seeing` | what it sees: mails, records, copies, calls |
//! | `promises` | what must hold however a drill went |
//! | `documents` | who stands behind the copies of DocumentDB: a double with documents, or nobody |
//! | `account` | what is in its account beside the database, and the functions that look after it |
//! | `checkup` | an account that is well, for backup-check: three databases, their backups, their drills; days that pass |
//! | `commands` | the commands of a mail, run |
//! | `recovery` | databases that are lost: their end, wiped tables, proxies, jobs of Glue |
//! | `emergency` | emergency-restore at work: runs taken to their end, killed, aged |
//! | `emergency_seen` | its calls, what it made, its mails |
//! | `guard` | a job of Glue that writes the source's tables, glue-alert and table-backup |
//! | `compared` | whether a copy is what its source is, in AWS's own words |
//! | `whole` | a database with every setting that a restore does not bring back by itself |
//! | `lifecycle` | snapshot-lifecycle at work: its runs, its marks, its rules in the policy |
//! | `backups` | what else there is to restore from: recovery points, copies in another region, backups of what is gone |
//! | `terminal` | a function at a terminal, with somebody who leaves by Ctrl-C |
//!
//! Nothing here waits for a time to pass: every wait is for a state, and has a bound with a name.

mod account;
mod acting;
mod backups;
mod checkup;
mod commands;
mod compared;
#[cfg(feature = "documentdb")]
mod documents;
mod emergency;
mod emergency_seen;
mod guard;
mod lifecycle;
mod process;
mod promises;
mod recovery;
mod seeing;
mod source;
mod whole;

mod terminal;

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

pub use acting::When;
pub use checkup::{VAULT, command, finding, open, rds_key, resolved};
pub use commands::commands_in;
pub use emergency::{EMERGENCY_RESTORE, run_in, text};
pub use guard::requests_to;
pub use lifecycle::pasted;
pub use process::Ran;
pub use whole::ROLES;

use crate::stack::{Cloud, binary, stack};

/// A step of the stack, or one invocation: milliseconds mostly. Where a region does not answer, the AWS SDK's own retries
/// take half a minute, and a loaded machine takes longer still.
pub const A_STEP: Duration = Duration::from_mins(3);
/// Pause between two looks
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// Looks until there is something, and gives it; fails the story at the bound.
pub fn until<T>(what: &str, bound: Duration, mut look: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + bound;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < end, "not within {} s: {what}", bound.as_secs());
        sleep(LOOK_EVERY);
    }
}

/// The time
#[expect(clippy::disallowed_methods, reason = "stories happen in real time")]
pub fn now() -> Timestamp {
    Timestamp::now()
}

/// The first whole second that is not before a time: restores are to whole seconds
pub fn whole_second_after(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second() + i64::from(at.subsec_nanosecond() > 0)).unwrap()
}

/// What the source of a story is
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    /// A cluster with one instance
    Aurora,
    /// An instance of this engine
    Instance(&'static str),
    /// A DocumentDB cluster with one instance
    Documents,
    /// A cluster with a writer and two readers, or an instance, of this engine: with everything that can be set
    Whole(&'static str),
    /// None: the story makes its databases itself
    Nothing,
}

impl Source {
    fn is_clustered(self) -> bool {
        let is_whole = |engine: &str| engine == "docdb" || engine.starts_with("aurora");
        matches!(self, Self::Aurora | Self::Documents) || matches!(self, Self::Whole(engine) if is_whole(engine))
    }
}

/// A story
#[derive(Debug)]
pub struct Story {
    /// Its name, which is the database's name in the policy and part of every other name
    pub name: &'static str,
    /// AWS in its region
    pub cloud: Cloud,
    /// AWS in another region, where the story has one
    pub away: Option<Cloud>,
    source: Source,
    /// Whether the source was deleted, and only its backups are left
    is_gone: bool,
    topic: String,
    /// The topic of what runs in the other region
    topic_away: Option<String>,
    /// The calls before the drills began
    since: u64,
    servers: Mutex<BTreeSet<u64>>,
    mails: Mutex<Vec<(String, String)>>,
}

impl Story {
    /// A story of an Aurora PostgreSQL cluster. `policy` is what its policy says of the database beyond the usual.
    pub fn aurora(name: &'static str, policy: Value) -> Self {
        Self::begin(name, Source::Aurora, None, policy)
    }

    /// The same with another region beside it, which the policy may name
    pub fn aurora_with_another_region(name: &'static str, policy: impl FnOnce(&str) -> Value) -> Self {
        let away = Cloud { region: another_region() };
        let policy = policy(&away.region);
        Self::begin(name, Source::Aurora, Some(away), policy)
    }

    /// A story of a DocumentDB cluster, with the data check that speaks to one beside the other
    pub fn documents(name: &'static str, policy: Value) -> Self {
        Self::begin(name, Source::Documents, None, policy)
    }

    /// A story of an RDS instance of an engine
    pub fn instance(name: &'static str, engine: &'static str, policy: Value) -> Self {
        Self::begin(name, Source::Instance(engine), None, policy)
    }

    /// A story of an account that has no database yet, nor a policy, with another region beside it
    pub fn account(name: &'static str) -> Self {
        Self::begin(name, Source::Nothing, Some(Cloud { region: another_region() }), json!({}))
    }

    fn begin(name: &'static str, source: Source, away: Option<Cloud>, policy: Value) -> Self {
        let cloud = Cloud { region: another_region() };
        let mailbox = format!("story-{name}");
        let story = Self {
            name,
            topic_away: away.as_ref().map(|away| away.make_mailbox(&mailbox)),
            away,
            source,
            is_gone: false,
            topic: cloud.make_mailbox(&mailbox),
            since: 0,
            cloud,
            servers: Mutex::default(),
            mails: Mutex::default(),
        };
        story.make_source();
        story.cloud.make_bucket(&story.bucket());
        if source == Source::Nothing {
            return Self { since: stack().call_count(), ..story };
        }
        story.write_policy(policy);
        let environment = story.function_environment();
        story.cloud.make_function(&story.data_check(), &binary("data-check"), &story.bucket(), &environment);
        if source == Source::Documents {
            let packages = story.bucket();
            let name = format!("{}-documentdb", story.data_check());
            story.cloud.make_function(&name, &binary("data-check-documentdb"), &packages, &environment);
        }
        if let Some(away) = &story.away {
            // A function's package lies in its own region; what it reads and writes stays at home.
            let packages = format!("{}-away", story.bucket());
            away.make_bucket(&packages);
            let environment = story.function_environment_away();
            away.make_function(&story.data_check(), &binary("data-check"), &packages, &environment);
        }
        Self { since: stack().call_count(), ..story }
    }

    /// Writes the policy: the usual one with what is given put over it
    fn write_policy(&self, over: Value) {
        let mut database = json!({
            "kind": match self.source {
                Source::Documents | Source::Whole("docdb") => "documentdb",
                Source::Whole(_) if !self.source.is_clustered() => "rds",
                Source::Aurora | Source::Whole(_) => "aurora",
                Source::Instance(_) => "rds",
                Source::Nothing => unreachable!("a story without a source writes its policy itself"),
            },
            "identifier": self.source(),
            "sandbox": {"subnet_group": "private", "security_groups": ["sg-0a1b2c3d"], "deadline_minutes": 120, "expires_hours": 24,
                        "login": {"method": "managed_secret", "database": "app"}},
            "checks": [{"kind": "row_count", "table": "public.orders", "at_least": 1}],
            "drills": {"weekly": {"source": "point_in_time"}, "snapshot": {"source": "latest_snapshot"}},
        });
        if let (Value::Object(database), Value::Object(over)) = (&mut database, over) {
            database.extend(over);
        }
        let policy = json!({"version": 1, "timezone": "Europe/Berlin", "databases": {self.name: database}});
        self.cloud.put(&self.bucket(), "policy.json", policy.to_string().into_bytes());
    }

    /// Its regions
    pub fn regions(&self) -> impl Iterator<Item = &Cloud> {
        [&self.cloud].into_iter().chain(&self.away)
    }

    /// The source's identifier
    pub fn source(&self) -> String {
        format!("prod-{}", self.name)
    }

    /// The bucket
    pub fn bucket(&self) -> String {
        format!("story-{}", self.name)
    }

    /// The namespace of its metrics
    pub fn namespace(&self) -> String {
        format!("Story/{}", self.name)
    }

    /// The name of its data-check function
    pub fn data_check(&self) -> String {
        format!("data-check-{}", self.name)
    }

    /// What its functions find in their environment beyond what the stack says
    fn environment(&self) -> impl Iterator<Item = (String, String)> {
        let own = [
            ("LIFEBOAT_BUCKET", self.bucket()),
            ("LIFEBOAT_TOPIC_ARN", self.topic.clone()),
            ("LIFEBOAT_NAMESPACE", self.namespace()),
            ("LIFEBOAT_DATA_CHECK", self.data_check()),
        ];
        own.into_iter().map(|(name, value)| (name.to_owned(), value))
    }

    /// The same, as a function's configuration has it
    pub fn function_environment(&self) -> Value {
        Value::Object(self.environment().map(|(name, value)| (name, value.into())).collect())
    }

    /// The same for a function in the other region: S3 answers 301 to whoever asks for a bucket of another region in its own
    fn function_environment_away(&self) -> Value {
        let mut environment = self.function_environment();
        if let Some(environment) = environment.as_object_mut() {
            environment.insert("LIFEBOAT_BUCKET_REGION".to_owned(), self.cloud.region.clone().into());
        }
        environment
    }
}

/// A region that no other story of this process uses. Nobody but the form of its name says that it is one.
fn another_region() -> String {
    static REGIONS: AtomicUsize = AtomicUsize::new(1);
    format!("eu-story-{}", REGIONS.fetch_add(1, Ordering::Relaxed))
}

/// A duration in minutes
pub fn minutes(count: i64) -> SignedDuration {
    SignedDuration::from_mins(count)
}
