//! What can be restored of a database: to when, from what, and what stands in the way.

mod kept;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::facts::{Facts, KeyUse};
use super::resolve::{newest_of, up};
use crate::database::{Seen, Window};

pub use kept::{PointLine, RetainedLine, SnapshotLine, VaultLine};

/// Most backups of a list that are shown; the rest is counted
pub const MOST_SHOWN: usize = 5;

/// A part of the answer: what is known, or why it is not
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Part<T> {
    /// It was looked at
    Known(T),
    /// It could not be looked at; the text says why
    Unknown(String),
}

/// The head of a list
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Listed<T> {
    /// The first of it, newest first
    pub newest: Vec<T>,
    /// How many more there are
    pub more: usize,
}

/// From when to when any second can be restored
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Span {
    /// The first second; none where AWS does not say it yet
    pub earliest: Option<Timestamp>,
    /// The newest second that AWS restores to
    pub latest: Timestamp,
    /// How far `LatestRestorableTime` lags behind now
    pub lag_seconds: i64,
}

/// Whether a backup can be read, as far as its key goes
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeyLine {
    /// ARN of the key; none where it is not encrypted, or AWS names none
    pub key: Option<String>,
    /// Whether it can be used; none where that is not known
    pub usable: Option<bool>,
    /// AWS's word for the key's state, where it was read
    pub state: Option<String>,
    /// In words
    pub says: String,
}

impl KeyLine {
    pub(super) fn of(facts: &Facts, encrypted: bool, key: Option<&str>) -> Self {
        let (usable, says) = match facts.key_use(encrypted, key) {
            KeyUse::Fine if key.is_none() => (Some(true), "not encrypted".to_owned()),
            KeyUse::Fine => (Some(true), "its key is usable".to_owned()),
            KeyUse::Useless(why) => (Some(false), why),
            KeyUse::NotKnown(why) => (None, why),
        };
        let state = key.and_then(|key| facts.keys.get(key)).and_then(Seen::present).map(|key| key.state.clone());
        Self { key: key.map(str::to_owned), usable, state, says }
    }
}

/// What can be restored of one database
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Windows {
    /// Its name in the policy
    pub database: String,
    /// Its identifier in AWS
    pub identifier: String,
    /// Whether it is there
    pub exists: Part<bool>,
    /// Engine and version, where it is there
    pub engine: Option<String>,
    /// AWS's status word, where it is there
    pub status: Option<String>,
    /// Any second of this can be restored; known and none where it has no automated backups
    pub window: Part<Option<Span>>,
    /// The key of its storage, and so of its automated backups
    pub key: Option<KeyLine>,
    /// Automated snapshots
    pub automated: Part<Listed<SnapshotLine>>,
    /// Manual snapshots, and others that this account holds
    pub manual: Part<Listed<SnapshotLine>>,
    /// Recovery points of AWS Backup in each vault of the policy
    pub vaults: Vec<VaultLine>,
    /// What RDS retains of databases of this identifier that are gone
    pub retained: Part<Listed<RetainedLine>>,
    /// What is worth knowing
    pub notes: Vec<String>,
}

impl Windows {
    /// Whether it is known to be gone
    pub fn is_gone(&self) -> bool {
        self.exists == Part::Known(false)
    }

    /// Works out what can be restored
    pub fn of(facts: &Facts, now: Timestamp) -> Self {
        let living = facts.living.present();
        let (automated, manual) = kept::snapshots(facts, now);
        Self {
            database: facts.database.clone(),
            identifier: facts.identifier.clone(),
            exists: match &facts.living {
                Seen::Absent => Part::Known(false),
                Seen::Present(_) => Part::Known(true),
                Seen::Unknown(why) => Part::Unknown(why.clone()),
            },
            engine: living.map(|living| format!("{} {}", living.engine.word(), living.engine_version)),
            status: living.map(|living| living.status.clone()),
            window: window(facts, now),
            key: living.map(|living| KeyLine::of(facts, living.encrypted, living.kms_key.as_deref())),
            automated,
            manual,
            vaults: kept::vaults(facts, now),
            retained: kept::retained(facts, now),
            notes: notes(facts),
        }
    }
}

fn window(facts: &Facts, now: Timestamp) -> Part<Option<Span>> {
    let living = match &facts.living {
        Seen::Absent => return Part::Known(None),
        Seen::Unknown(why) => return Part::Unknown(why.clone()),
        Seen::Present(living) => living,
    };
    match (span(living.window, now), &living.window_unread) {
        (Some(span), _) => Part::Known(Some(span)),
        (None, Some(why)) => Part::Unknown(why.clone()),
        (None, None) => Part::Known(None),
    }
}

/// The seconds of a window that AWS restores to
fn span(window: Window, now: Timestamp) -> Option<Span> {
    let lag = now.duration_since(window.latest?).max(SignedDuration::ZERO);
    let earliest = window.earliest.map(up);
    Some(Span { earliest, latest: newest_of(window)?, lag_seconds: lag.as_secs() })
}

fn notes(facts: &Facts) -> Vec<String> {
    let mut notes = Vec::new();
    let identifier = &facts.identifier;
    if let Seen::Present(living) = &facts.living {
        if !living.engine.fits(facts.kind) {
            let (engine, kind) = (living.engine.word(), facts.kind.word());
            notes.push(format!("{identifier} is {engine}, and the policy says {kind}: a restore is refused."));
        }
        if let (Some(why), Some(_)) = (&living.window_unread, living.window.latest) {
            notes.push(format!("Where the window begins could not be told: {why}."));
        }
        if living.window.latest.is_none() && living.window_unread.is_none() {
            notes.push("Automated backups are off, or the first one is not complete yet.".to_owned());
        }
        if matches!(&facts.retained, Seen::Present(all) if !all.is_empty()) {
            notes.push(format!(
                "RDS also retains backups of an earlier {identifier} that was deleted: a time that only those reach is \
                 restored from them."
            ));
        }
    }
    let all = facts.snapshots.present().into_iter().flatten();
    let of_vaults = all.filter(|snapshot| snapshot.kind == crate::database::SnapshotKind::AwsBackup).count();
    if of_vaults > 0 && facts.vaults.is_empty() {
        notes.push(format!(
            "{of_vaults} of its snapshots belong to AWS Backup. Name their vault in backups.recovery_points of the \
             policy to have them listed here."
        ));
    }
    notes
}
