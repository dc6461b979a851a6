//! The gate that every destroying call passes.
//!
//! [`Owned`] has a private field and one maker, [`Owned::claim`]. Whoever holds one holds a thing that was just read and
//! found to be ours: named with our prefix, tagged with this run and a purpose that ends, not an identifier of the policy,
//! made after the run began. IAM repeats the rule with name patterns and tag conditions.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use thiserror::Error;

use super::lent::is_named_as_test;
use super::tags::{EXPIRES_AT, PURPOSE, RUN};
use super::{Purpose, prefix_of};
use crate::database::{Cluster, Instance, RetainedBackup, Sharing, Snapshot, SnapshotKind, Tags};

/// AWS tells creation times in milliseconds and records keep nanoseconds; a second absorbs the rounding, nothing more.
const ROUNDING: SignedDuration = SignedDuration::from_secs(1);

/// Something that may turn out to be ours
pub trait Candidate {
    /// Its identifier
    fn identifier(&self) -> &str;
    /// Its ARN
    fn arn(&self) -> &str;
    /// Its tags
    fn tags(&self) -> &Tags;
    /// When it was made; absent while AWS is still making it
    fn created_at(&self) -> Option<Timestamp>;
    /// AWS's status word
    fn status(&self) -> &str;
    /// The cluster it belongs to, for an instance of one
    fn cluster(&self) -> Option<&str>;
    /// What keeps it although its time is over
    fn kept(&self) -> Option<Refusal> {
        None
    }
}

impl Candidate for Cluster {
    fn identifier(&self) -> &str {
        &self.identifier
    }
    fn arn(&self) -> &str {
        &self.arn
    }
    fn tags(&self) -> &Tags {
        &self.tags
    }
    fn created_at(&self) -> Option<Timestamp> {
        self.created_at
    }
    fn status(&self) -> &str {
        &self.status
    }
    fn cluster(&self) -> Option<&str> {
        None
    }
}

impl Candidate for Instance {
    fn identifier(&self) -> &str {
        &self.identifier
    }
    fn arn(&self) -> &str {
        &self.arn
    }
    fn tags(&self) -> &Tags {
        &self.tags
    }
    fn created_at(&self) -> Option<Timestamp> {
        self.created_at
    }
    fn status(&self) -> &str {
        &self.status
    }
    fn cluster(&self) -> Option<&str> {
        self.cluster.as_deref()
    }
}

/// A manual snapshot of a copy, tagged as the copy was. What it was taken of stands in the place of an instance's cluster:
/// it has to be the run's copy too.
impl Candidate for Snapshot {
    fn identifier(&self) -> &str {
        &self.identifier
    }
    fn arn(&self) -> &str {
        &self.arn
    }
    fn tags(&self) -> &Tags {
        &self.tags
    }
    fn created_at(&self) -> Option<Timestamp> {
        self.created_at
    }
    fn status(&self) -> &str {
        &self.status
    }
    fn cluster(&self) -> Option<&str> {
        Some(&self.source)
    }
    /// Somebody gave it to others, or pinned it: then it has a second life that no run knows of
    fn kept(&self) -> Option<Refusal> {
        if self.kind != SnapshotKind::Manual || self.details.sharing != Sharing::Private {
            return Some(Refusal::Shared);
        }
        // Whoever set a time for it, even one that is over, thought of it: it is told, and a person decides.
        (!crate::lifecycle::tagged(Timestamp::MIN, self).is_empty()).then_some(Refusal::Pinned)
    }
}

/// What RDS retained of a copy. Its name, tags and age are those that the copy had.
impl Candidate for RetainedBackup {
    fn identifier(&self) -> &str {
        &self.identifier
    }
    fn arn(&self) -> &str {
        self.backup_arn.as_deref().unwrap_or(&self.arn)
    }
    fn tags(&self) -> &Tags {
        &self.tags
    }
    fn created_at(&self) -> Option<Timestamp> {
        self.created_at
    }
    fn status(&self) -> &'static str {
        "retained"
    }
    fn cluster(&self) -> Option<&str> {
        None
    }
}

/// By what right something is to be changed or removed
#[derive(Debug, Clone, Copy)]
pub enum Claim<'a> {
    /// The drill whose record is at hand
    Run {
        /// Run id
        run: &'a str,
        /// When the run was asked for
        began_at: Timestamp,
    },
    /// AWS Backup made it for a drill, without our tags: it is to be adopted
    Restored {
        /// Run id, which is its name
        run: &'a str,
        /// When the run was asked for
        began_at: Timestamp,
        /// ARN that the run's restore job says it made
        arn: &'a str,
    },
    /// The validation whose record is at hand: the one instance that it attached to AWS Backup's cluster, and nothing else
    Member {
        /// Run id
        run: &'a str,
        /// When the restore began
        began_at: Timestamp,
        /// Identifier of AWS Backup's cluster
        cluster: &'a str,
    },
    /// Its time is over; the run is taken from its own tags
    Expired {
        /// Now
        now: Timestamp,
    },
}

/// Why something is not ours to remove
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("refusing to touch {identifier}: {why}")]
pub struct NotOurs {
    /// Its identifier
    pub identifier: String,
    /// The rule that it breaks
    pub why: Refusal,
}

/// The rules, one by one
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// The policy protects it
    #[error("the policy protects this identifier")]
    Protected,
    /// No purpose that ends
    #[error("its tags do not say that it is a drill, an inspection or what a validation attached")]
    Purpose,
    /// Not our prefix, or not the name of its run
    #[error("its name is not the name of a copy of its run")]
    Name,
    /// Another run's, or nobody's
    #[error("its tags name another run, or none")]
    Run,
    /// It was there before the run
    #[error("it was made before the run began")]
    Older,
    /// AWS does not say when it was made
    #[error("AWS does not say when it was made")]
    Age,
    /// Not expired, or no expiry
    #[error("its time is not over, or its tags do not say when it is")]
    NotExpired,
    /// The restore job made something else
    #[error("it is not what this run's restore job made")]
    Arn,
    /// Others may restore it, or nobody asked whether they may
    #[error("others may restore it, or whether they may is not known")]
    Shared,
    /// A tag keeps it
    #[error("a tag of its own keeps it")]
    Pinned,
    /// AWS Backup did not tag it as a restore test
    #[error("AWS Backup did not tag it as a restore test")]
    NotATest,
    /// It belongs to a cluster that is not ours
    #[error("it belongs to a cluster that is not this run's copy")]
    Cluster,
}

/// A thing that is ours to change and to remove. Only [`Owned::claim`] makes one:
///
/// ```compile_fail
/// # fn forge(cluster: lifeboat::database::Cluster) {
/// let forged = lifeboat::restore::Owned(cluster);
/// # }
/// ```
#[derive(Debug)]
pub struct Owned<T>(T);

impl<T: Candidate> Owned<T> {
    /// The gate. `thing` was read just now; `protected` are the identifiers of the policy.
    pub fn claim(thing: T, claim: Claim<'_>, protected: &BTreeSet<String>) -> Result<Self, NotOurs> {
        match refuse(&thing, claim, protected) {
            None => Ok(Self(thing)),
            Some(why) => Err(NotOurs { identifier: thing.identifier().to_owned(), why }),
        }
    }
}

impl<T> Owned<T> {
    /// What is owned
    pub fn get(&self) -> &T {
        &self.0
    }

    pub(super) fn into_inner(self) -> T {
        self.0
    }
}

fn refuse<T: Candidate>(thing: &T, claim: Claim<'_>, protected: &BTreeSet<String>) -> Option<Refusal> {
    let name = thing.identifier().to_lowercase();
    if protected.contains(&name) || thing.cluster().is_some_and(|cluster| protected.contains(&cluster.to_lowercase())) {
        return Some(Refusal::Protected);
    }
    if let Claim::Restored { run, began_at, arn } = claim {
        return refuse_adoption(thing, &name, run, began_at, arn);
    }
    if let Some(kept) = thing.kept() {
        return Some(kept);
    }
    let purpose = thing.tags().get(PURPOSE).and_then(|word| Purpose::from_word(word));
    if purpose == Some(Purpose::Validation) {
        return refuse_member(thing, &name, claim);
    }
    let Some(purpose) = purpose.filter(|purpose| matches!(purpose, Purpose::Drill | Purpose::Inspection)) else {
        return Some(Refusal::Purpose);
    };
    let run = match claim {
        Claim::Member { .. } => return Some(Refusal::Purpose),
        Claim::Run { run, .. } | Claim::Restored { run, .. } => Some(run),
        Claim::Expired { .. } => thing.tags().get(RUN).map(String::as_str),
    };
    let Some(run) = run.filter(|run| thing.tags().get(RUN).map(String::as_str) == Some(run)) else {
        return Some(Refusal::Run);
    };
    if !run.starts_with(prefix_of(purpose)) || !named_after(&name, run) {
        return Some(Refusal::Name);
    }
    if thing.cluster().is_some_and(|cluster| cluster.to_lowercase() != run) {
        return Some(Refusal::Cluster);
    }
    let began_at = match claim {
        Claim::Run { began_at, .. } | Claim::Restored { began_at, .. } | Claim::Member { began_at, .. } => {
            Some(began_at)
        }
        Claim::Expired { .. } => stamp_of(run),
    };
    if let Some(refusal) = too_old(thing, began_at) {
        return Some(refusal);
    }
    // A drill ends with its verdict; an inspection, like anything without a record at hand, only when its time is over.
    match claim {
        Claim::Run { .. } if purpose == Purpose::Drill => None,
        Claim::Run { .. } | Claim::Restored { .. } | Claim::Member { .. } => Some(Refusal::NotExpired),
        Claim::Expired { now } => (!expired(thing, now)).then_some(Refusal::NotExpired),
    }
}

/// Of a validation only the instance is ours: it has its run's name and number, and belongs to a cluster of a restore test. The
/// cluster has the name that AWS Backup gave it, and no rule here ever makes it ours.
fn refuse_member<T: Candidate>(thing: &T, name: &str, claim: Claim<'_>) -> Option<Refusal> {
    let tagged = thing.tags().get(RUN).map(String::as_str);
    let run = match claim {
        Claim::Member { run, .. } => Some(run),
        Claim::Expired { .. } => tagged,
        Claim::Run { .. } | Claim::Restored { .. } => return Some(Refusal::Purpose),
    };
    let Some(run) = run.filter(|run| tagged == Some(run)) else {
        return Some(Refusal::Run);
    };
    if !run.starts_with(prefix_of(Purpose::Validation)) || name == run || !named_after(name, run) {
        return Some(Refusal::Name);
    }
    let is_of_test = thing.cluster().is_some_and(|cluster| match claim {
        Claim::Member { cluster: ours, .. } => is_named_as_test(cluster) && cluster.eq_ignore_ascii_case(ours),
        _ => is_named_as_test(cluster),
    });
    if !is_of_test {
        return Some(Refusal::Cluster);
    }
    match claim {
        Claim::Member { began_at, .. } => too_old(thing, Some(began_at)),
        Claim::Expired { now } => (!expired(thing, now)).then_some(Refusal::NotExpired),
        Claim::Run { .. } | Claim::Restored { .. } => Some(Refusal::Purpose),
    }
}

/// What AWS Backup made carries none of our tags: its name, its age and the job's own word speak for it
fn refuse_adoption<T: Candidate>(thing: &T, name: &str, run: &str, began_at: Timestamp, arn: &str) -> Option<Refusal> {
    if !run.starts_with(prefix_of(Purpose::Drill)) || name != run {
        return Some(Refusal::Name);
    }
    if thing.cluster().is_some() {
        return Some(Refusal::Cluster);
    }
    if thing.tags().get(RUN).is_some_and(|tagged| tagged != run) {
        return Some(Refusal::Run);
    }
    if thing.arn() != arn {
        return Some(Refusal::Arn);
    }
    too_old(thing, Some(began_at))
}

/// The run's own name, or that of one of its instances: the run, a hyphen and digits
pub(super) fn named_after(name: &str, run: &str) -> bool {
    name == run
        || name
            .strip_prefix(run)
            .and_then(|rest| rest.strip_prefix('-'))
            .is_some_and(|number| !number.is_empty() && number.len() <= 2 && number.bytes().all(|b| b.is_ascii_digit()))
}

/// [`Refusal::Older`] or [`Refusal::Age`] where something was there before, or may have been
pub(super) fn is_older_than<T: Candidate>(thing: &T, began_at: Timestamp) -> Option<Refusal> {
    too_old(thing, Some(began_at))
}

fn too_old<T: Candidate>(thing: &T, began_at: Option<Timestamp>) -> Option<Refusal> {
    let Some(began_at) = began_at else {
        return Some(Refusal::Age);
    };
    match thing.created_at() {
        Some(created) if created.saturating_add(ROUNDING).is_ok_and(|created| created >= began_at) => None,
        Some(_) => Some(Refusal::Older),
        // AWS leaves the time out only while the thing is being made, and what is being made now is not old.
        None if thing.status() == "creating" => None,
        None => Some(Refusal::Age),
    }
}

/// The time in a run id: its last twelve or fourteen digits
pub fn stamp_of(run: &str) -> Option<Timestamp> {
    let digits = run.rsplit('-').next()?;
    let seconds = match digits.len() {
        12 => format!("{digits}00"),
        14 => digits.to_owned(),
        _ => return None,
    };
    let civil = jiff::civil::DateTime::strptime("%Y%m%d%H%M%S", seconds).ok()?;
    Some(civil.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp())
}

fn expired<T: Candidate>(thing: &T, now: Timestamp) -> bool {
    thing.tags().get(EXPIRES_AT).and_then(|at| at.parse::<Timestamp>().ok()).is_some_and(|at| at <= now)
}
