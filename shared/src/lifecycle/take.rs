//! A snapshot before maintenance, as a request asks for one.
//!
//! Its name is `pre-maintenance-<database>-<reason>-<yyyymmddhhmm>`, so that the pattern `pre-maintenance-*` reaches it and
//! IAM can allow exactly this prefix. The same request twice within [`SAME_REQUEST`] makes one: Lambda repeats an
//! asynchronous request after one and two minutes, so the minute alone would make two.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::group::named;
use super::keep::days;
use super::plan::Plan;
use super::tags::{KEEP_UNTIL, REASON, tag_value};
use super::what::What;
use crate::database::{Snapshot, Tags};
use crate::moment;
use crate::policy::{Mistakes, Policy, nearest};
use crate::request::{KeepFor, TakeSnapshot};
use crate::restore::{PURPOSE, RUN, SOURCE, fitted, hash};

/// For so long a request without a scheduled time means the snapshot that it made before
pub const SAME_REQUEST: SignedDuration = SignedDuration::from_mins(15);
/// The prefix of every snapshot that a request makes
const PREFIX: &str = "pre-maintenance-";
/// Snapshots that are named as the first to go
const MOST_NAMED: usize = 5;
/// Value of the purpose tag
const SNAPSHOT: &str = "snapshot";

/// A snapshot to be made
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateSnapshot {
    /// The database's name in the policy
    pub database: String,
    /// Identifier of the cluster or instance
    pub source: String,
    /// Whether it is a cluster
    pub clustered: bool,
    /// Identifier of the snapshot
    pub identifier: String,
    /// Tags
    pub tags: Tags,
    /// Until when its tag keeps it
    pub keep_until: Option<Timestamp>,
    /// Whether a pattern of the policy reaches it; if not, nobody ever deletes it
    pub thinned_out: bool,
}

/// What a request comes to
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taken {
    /// A snapshot to be made
    New(CreateSnapshot),
    /// The same request made this one already
    Before {
        /// Its identifier
        identifier: String,
    },
}

/// What a request comes to; `there` are the identifiers of the snapshots that the database has.
pub fn take(now: Timestamp, policy: &Policy, request: &TakeSnapshot, there: &[String]) -> Result<Taken, Mistakes> {
    let Some(entry) = policy.database(&request.database) else {
        let names: Vec<&str> = policy.databases.iter().map(|(name, _)| name.as_str()).collect();
        let allowed = format!("a database of the policy: {}", names.join(", "));
        let near = nearest(&request.database, names);
        return Err(Mistakes::one("snapshot", format!("names the database {:?}", request.database), allowed, near));
    };
    let keep_until = match request.keep {
        None => None,
        Some(KeepFor::Days(number)) => now.checked_add(days(number)).ok(),
        Some(KeepFor::Until(until)) if until > now => Some(until),
        Some(KeepFor::Until(until)) => {
            let allowed = format!("a time after now, {}", moment::utc(now));
            return Err(Mistakes::one("keep_until", format!("is {}", moment::utc(until)), allowed, None));
        }
    };
    let middle = format!("{}-{}", request.database, slug(&request.reason));
    let at = request.scheduled_time.unwrap_or(now);
    let identifier = identifier(&middle, at);
    let same = |known: &&String| {
        // A scheduled time is a key of its own: another time is another request.
        let exact = known.eq_ignore_ascii_case(&identifier);
        exact || (request.scheduled_time.is_none() && minutes_before(now, &middle, known))
    };
    if let Some(before) = there.iter().find(same) {
        return Ok(Taken::Before { identifier: before.clone() });
    }
    let reason = tag_value(&request.reason);
    let mut tags = Tags::new();
    for (key, value) in [(PURPOSE, SNAPSHOT), (SOURCE, &entry.identifier), (RUN, &identifier), (REASON, &reason)] {
        tags.insert(key.to_owned(), value.to_owned());
    }
    let keep_until = keep_until.map(|until| until.round(jiff::Unit::Second).unwrap_or(until));
    if let Some(until) = keep_until {
        tags.insert(KEEP_UNTIL.to_owned(), until.to_string());
    }
    Ok(Taken::New(CreateSnapshot {
        database: request.database.clone(),
        source: entry.identifier.clone(),
        clustered: entry.kind.is_clustered(),
        thinned_out: entry.snapshots.as_ref().is_some_and(|rules| named(rules, &identifier)),
        identifier,
        tags,
        keep_until,
    }))
}

fn identifier(middle: &str, at: Timestamp) -> String {
    fitted(PREFIX, middle, &at.to_zoned(TimeZone::UTC).strftime("%Y%m%d%H%M").to_string())
}

/// Whether an identifier is the one this request would have had at one of the last minutes
fn minutes_before(now: Timestamp, middle: &str, known: &str) -> bool {
    let minutes = 0..=SAME_REQUEST.as_mins();
    let at = |minutes| now.checked_sub(SignedDuration::from_mins(minutes)).ok();
    minutes.filter_map(at).any(|at| known.eq_ignore_ascii_case(&identifier(middle, at)))
}

/// A reason as part of an identifier: lower-case letters, digits and single hyphens. Where that loses more than letter case
/// and spaces, a hash of the whole keeps two reasons apart.
fn slug(reason: &str) -> String {
    let mut slug = String::new();
    for c in reason.chars() {
        if c.is_ascii_alphanumeric() {
            slug.push(c.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    let slug = slug.trim_end_matches('-');
    let plain = reason.trim().to_lowercase().split_whitespace().collect::<Vec<_>>().join("-");
    match slug {
        "" => hash(reason),
        slug if slug == plain => slug.to_owned(),
        slug => format!("{slug}-{}", hash(reason)),
    }
}

/// The snapshots of this kind that the plan would let go first, when the account may hold no more: those that are due, then
/// those that only wait, oldest first.
pub fn first_to_go(plan: &Plan, clustered: bool) -> Vec<&Snapshot> {
    let rank = |what: &What| match what {
        What::Due { .. } => Some(0),
        What::Marked { .. } | What::Held { since: Some(_), .. } => Some(1),
        What::Held { since: None, .. } | What::Kept(_) | What::LeftAlone(_) => None,
    };
    let mut going: Vec<_> = plan
        .lines()
        .iter()
        .filter(|line| super::group::place(&line.snapshot.arn).is_some_and(|place| place.clustered == clustered))
        .filter_map(|line| Some((rank(&line.what)?, super::taken_at(&line.snapshot), &line.snapshot)))
        .collect();
    going.sort_by_key(|(rank, taken, snapshot)| (*rank, *taken, snapshot.arn.clone()));
    going.into_iter().map(|(_, _, snapshot)| snapshot.as_ref()).take(MOST_NAMED).collect()
}
