//! The record: the JSON document of one run, and the only memory of it.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Asked, Copy, Phase, PhaseEntry, Plan, Point, Purpose, SourceFacts};
use crate::database::{Event, RestoreMetadata};
use crate::request::RestoreTested;
use crate::verify::{Answers, Found, Verdict};

/// Version of the record that this code writes
pub const VERSION: u32 = 1;

/// The moments that RTO is read from. Where RDS noted a better time than our tick saw, RDS's counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Milestones {
    /// The volume was restored (cluster available, or the RDS instance restored)
    pub volume_restored: Option<Timestamp>,
    /// An instance was up
    pub instance_up: Option<Timestamp>,
    /// The first query was answered: this is where RTO ends
    pub first_query: Option<Timestamp>,
    /// The last check was answered
    pub checks_done: Option<Timestamp>,
    /// Nothing of the copy was left
    pub torn_down: Option<Timestamp>,
}

/// Something of ours that is still there
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Leftover {
    /// `cluster`, `instance`, `snapshot`, `automated backup`
    pub what: String,
    /// Its identifier
    pub identifier: String,
    /// The run that made it, where its tags say so
    pub run: Option<String>,
    /// Its status, or why it could not be removed
    pub note: String,
    /// The region it is in; the function's own when left out
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
}

/// The record of one run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Version of this document
    pub version: u32,
    /// Run id
    pub run: String,
    /// What it is for
    pub purpose: Purpose,
    /// What was asked for
    pub plan: Plan,
    /// The scheduled time: with the database and the drill it is the idempotency key
    pub scheduled_for: Timestamp,
    /// When the request came; RTO counts from here
    pub requested_at: Timestamp,
    /// Where it stands
    pub phase: Phase,
    /// When each phase was entered, in order
    pub phases: Vec<PhaseEntry>,
    /// The source as found
    #[serde(default)]
    pub source: Option<SourceFacts>,
    /// What exactly is restored
    #[serde(default)]
    pub point: Option<Point>,
    /// The copy
    pub copy: Copy,
    /// The last passed drill of the same database, whose answers this one's are compared with
    #[serde(default)]
    pub compare_with: Option<String>,
    /// Acts by name
    #[serde(default)]
    pub acts: BTreeMap<String, Asked>,
    /// Id of the restore job of AWS Backup, once it is known
    #[serde(default)]
    pub restore_job: Option<String>,
    /// What the data check answered, without its bulk ([`Answers`] as they came are in `checks/<run>.json`)
    #[serde(default)]
    pub answers: Option<Answers>,
    /// Moments
    #[serde(default)]
    pub milestones: Milestones,
    /// What RDS noted about the copy
    #[serde(default)]
    pub events: Vec<Event>,
    /// The verdict, once there is one
    #[serde(default)]
    pub verdict: Option<Verdict>,
    /// Ours, and still there: of this run and of earlier ones
    #[serde(default)]
    pub leftovers: Vec<Leftover>,
    /// Things worth knowing that change no verdict
    #[serde(default)]
    pub notes: Vec<String>,
}

/// Answers as a record keeps them. Lists of objects are compared by `data-check` alone, from its own file of answers; here
/// they would only make every write of the record a large one.
pub fn without_bulk(answers: &Answers) -> Answers {
    let mut kept = answers.clone();
    for answer in &mut kept.checks {
        answer.value.take_if(|value| matches!(value, Found::Objects(_)));
    }
    kept
}

/// Minutes after the end of the restore in which a validation comes to its verdict, at most. AWS Backup waits for two hours (the
/// validation window): what is attached has to be gone before.
pub const VALIDATION_MINUTES: i64 = 90;

/// Most notes that a record keeps
const MOST_NOTES: usize = 50;

impl Record {
    /// A run that was just asked for.
    pub fn born(run: String, purpose: Purpose, plan: Plan, scheduled_for: Timestamp, requested_at: Timestamp) -> Self {
        let copy = Copy {
            identifier: run.clone(),
            instance: plan.kind.is_clustered().then(|| super::instance_of(&run, 1)),
            ..Copy::default()
        };
        Self {
            version: VERSION,
            run,
            purpose,
            plan,
            scheduled_for,
            requested_at,
            phase: Phase::Planned,
            phases: vec![PhaseEntry { phase: Phase::Planned, at: requested_at }],
            source: None,
            point: None,
            copy,
            compare_with: None,
            acts: BTreeMap::new(),
            restore_job: None,
            answers: None,
            milestones: Milestones::default(),
            events: Vec::new(),
            verdict: None,
            leftovers: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// A run that looks into what a restore job of AWS Backup made for a restore test. It was asked for when the restore began: that
    /// is where RTO counts from.
    pub fn of_test(plan: Plan, tested: &RestoreTested) -> Self {
        let run = super::validation_id(&tested.job);
        let mut plan = plan;
        let restoring = tested.completed_at.duration_since(tested.began_at).as_secs().max(0);
        plan.deadline_minutes = plan.deadline_minutes.min(VALIDATION_MINUTES).saturating_add(restoring / 60);
        let point = Point::RecoveryPoint {
            arn: tested.recovery_point.clone(),
            vault: tested.vault.clone(),
            resource_type: tested.resource_type.clone(),
            created_at: None,
            kms_key: None,
            metadata: RestoreMetadata::new(),
        };
        let mut record = Self::born(run, Purpose::Validation, plan, tested.completed_at, tested.began_at);
        record.copy.identifier.clone_from(&tested.identifier);
        record.copy.arn = Some(tested.made.clone());
        record.restore_job = Some(tested.job.clone());
        record.point = Some(point);
        record.milestones.volume_restored = Some(tested.completed_at);
        record
    }

    /// When the run must have its verdict
    pub fn deadline(&self) -> Timestamp {
        self.requested_at + SignedDuration::from_mins(self.plan.deadline_minutes)
    }

    /// When the sweeper may remove the copy without this record
    pub fn expires_at(&self) -> Timestamp {
        self.requested_at + SignedDuration::from_hours(self.plan.expires_hours)
    }

    /// Enters a phase
    pub fn enter(&mut self, phase: Phase, now: Timestamp) {
        self.phase = phase;
        self.phases.push(PhaseEntry { phase, at: now });
    }

    /// When a phase was entered last
    pub fn entered(&self, phase: Phase) -> Option<Timestamp> {
        self.phases.iter().rev().find(|entry| entry.phase == phase).map(|entry| entry.at)
    }

    /// Adds a note, once
    pub fn note(&mut self, note: impl Into<String>) {
        let note = note.into();
        if self.notes.len() < MOST_NOTES && !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// RTO: from the request to the first answered query
    pub fn rto(&self) -> Option<SignedDuration> {
        self.milestones.first_query.map(|at| at.duration_since(self.requested_at))
    }

    /// How far the restorable time lagged behind the request
    pub fn restorable_lag(&self) -> Option<SignedDuration> {
        // The window of a database that is gone ends with it: that is no lag.
        self.source
            .as_ref()
            .filter(|source| !source.is_gone)?
            .window
            .latest
            // A window that reaches past the request, by a clock that differs from ours, lags by nothing.
            .map(|latest| self.requested_at.duration_since(latest).max(SignedDuration::ZERO))
    }

    /// Whether AWS Backup makes the copy for this run. That of a restore test is its own from birth to end.
    pub fn is_from_vault(&self) -> bool {
        self.purpose != Purpose::Validation && matches!(self.point, Some(Point::RecoveryPoint { .. }))
    }

    /// The instant that the copy stands for
    pub fn restored_to(&self) -> Option<Timestamp> {
        self.point.as_ref().and_then(Point::instant)
    }

    /// `orders/weekly`, or `orders` where the drill has no name
    pub fn title(&self) -> String {
        match &self.plan.drill {
            Some(drill) => format!("{}/{drill}", self.plan.database),
            None if self.purpose == Purpose::Validation => format!("{}, restore test", self.plan.database),
            None => self.plan.database.clone(),
        }
    }

    /// RPO as the data shows it: the age of the newest row that a freshness check saw, at the restore point
    pub fn rpo_from_data(&self) -> Option<SignedDuration> {
        let restored_to = self.restored_to()?;
        let newest = self.answers.as_ref()?.checks.iter().filter_map(|answer| match answer.value {
            Some(Found::Newest(Some(at))) => Some(at),
            _ => None,
        });
        newest.max().map(|at| restored_to.duration_since(at))
    }
}
