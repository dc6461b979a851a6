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
//!
//! Nothing here waits for a time to pass: every wait is for a state, and has a bound with a name.

mod acting;
mod process;
mod promises;
mod seeing;
mod source;

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

pub use acting::When;
pub use process::Ran;

use crate::stack::{Cloud, binary, stack};

/// A step of the stack: it answers within milliseconds, and a loaded machine takes longer
pub const A_STEP: Duration = Duration::from_mins(1);
/// Pause between two looks
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// A region for each story of a process; not us-east-1, whose buckets are made in another way
const REGIONS: [&str; 29] = [
    "us-east-2",
    "us-west-1",
    "us-west-2",
    "ca-central-1",
    "ca-west-1",
    "sa-east-1",
    "eu-west-2",
    "eu-west-3",
    "eu-central-1",
    "eu-central-2",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "ap-east-1",
    "ap-south-1",
    "ap-south-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "me-south-1",
    "me-central-1",
    "af-south-1",
    "il-central-1",
    "ap-southeast-5",
    "mx-central-1",
];

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
}

/// A story
#[derive(Debug)]
pub struct Story {
    /// Its name, which is the database's name in the policy and part of every other name
    pub name: &'static str,
    /// AWS in its region
    pub cloud: Cloud,
    source: Source,
    topic: String,
    /// The calls before the drills began
    since: u64,
    servers: Mutex<BTreeSet<u64>>,
    mails: Mutex<Vec<(String, String)>>,
}

impl Story {
    /// A story of an Aurora PostgreSQL cluster. `policy` is what its policy says of the database beyond the usual.
    pub fn aurora(name: &'static str, policy: Value) -> Self {
        Self::begin(name, Source::Aurora, policy)
    }

    /// A story of an RDS instance of an engine
    pub fn instance(name: &'static str, engine: &'static str, policy: Value) -> Self {
        Self::begin(name, Source::Instance(engine), policy)
    }

    fn begin(name: &'static str, source: Source, policy: Value) -> Self {
        static STORIES: AtomicUsize = AtomicUsize::new(0);
        let number = STORIES.fetch_add(1, Ordering::Relaxed);
        let region = REGIONS.get(number).unwrap_or_else(|| panic!("no region for a story of number {number}"));
        let cloud = Cloud { region: (*region).to_owned() };
        let story = Self {
            name,
            source,
            topic: cloud.make_mailbox(&format!("story-{name}")),
            since: 0,
            cloud,
            servers: Mutex::default(),
            mails: Mutex::default(),
        };
        story.make_source();
        story.cloud.make_bucket(&story.bucket());
        story.write_policy(policy);
        let environment = story.function_environment();
        story.cloud.make_function(&story.data_check(), &binary("data-check"), &story.bucket(), &environment);
        Self { since: stack().call_count(), ..story }
    }

    /// Writes the policy: the usual one with what is given put over it
    fn write_policy(&self, over: Value) {
        let mut database = json!({
            "kind": if self.source == Source::Aurora { "aurora" } else { "rds" },
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
}

/// A duration in minutes
pub fn minutes(count: i64) -> SignedDuration {
    SignedDuration::from_mins(count)
}
