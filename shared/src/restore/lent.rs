//! What AWS Backup made for a restore test. It may be opened, so that it can be questioned; it is never ours to remove.
//!
//! [`Lent`] is to the copies of others what [`Owned`] is to our own: whoever holds one holds a thing that was just read and found
//! to be what the restore job made. No destroying call takes it.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::owned::{NotOurs, Refusal, is_older_than};
use super::tags::RUN;
use super::{Candidate, Owned};

/// How AWS Backup names and tags the copies of its restore tests. Only what carries the tag may AWS Backup remove itself.
pub const RESTORE_TEST: &str = "awsbackup-restore-test";

/// A thing that may be opened. [`Lent::claim`] makes one of what AWS Backup restored, [`Owned::lent`] of what is ours.
#[derive(Debug)]
pub struct Lent<T>(T);

impl<T: Candidate> Lent<T> {
    /// The gate. `thing` was read just now, `arn` is what the restore job says it made, `protected` are the identifiers of the
    /// policy.
    pub fn claim(thing: T, arn: &str, began_at: Timestamp, protected: &BTreeSet<String>) -> Result<Self, NotOurs> {
        let why = if protected.contains(&thing.identifier().to_lowercase()) {
            Some(Refusal::Protected)
        } else {
            refuse(&thing, arn, began_at)
        };
        match why {
            None => Ok(Self(thing)),
            Some(why) => Err(NotOurs { identifier: thing.identifier().to_owned(), why }),
        }
    }
}

impl<T> Lent<T> {
    /// What is lent
    pub fn get(&self) -> &T {
        &self.0
    }
}

impl<T> Owned<T> {
    /// What is ours may be opened too
    pub fn lent(self) -> Lent<T> {
        Lent(self.into_inner())
    }
}

/// Why a thing is not the copy of this restore test; `None` if it is
pub(super) fn refuse<T: Candidate>(thing: &T, arn: &str, began_at: Timestamp) -> Option<Refusal> {
    let is_tagged = thing.tags().keys().any(|key| key.starts_with(RESTORE_TEST));
    if !is_named_as_test(thing.identifier()) || thing.tags().contains_key(RUN) {
        return Some(Refusal::Name);
    }
    if !is_tagged {
        return Some(Refusal::NotATest);
    }
    if thing.cluster().is_some() {
        return Some(Refusal::Cluster);
    }
    if thing.arn() != arn {
        return Some(Refusal::Arn);
    }
    is_older_than(thing, began_at)
}

/// Whether something is named as the copies of restore tests are
pub(super) fn is_named_as_test(identifier: &str) -> bool {
    identifier.to_ascii_lowercase().strip_prefix(RESTORE_TEST).is_some_and(|rest| rest.starts_with('-'))
}
