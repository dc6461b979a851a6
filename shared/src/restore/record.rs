//! The record: the JSON document of one run, and the only memory of it.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Point, Purpose};
use crate::database::{Capacity, Configuration, Engine, Event, Kind, Window};
use crate::fault::Class;
use crate::verify::{Answers, Baseline, Check, Login, Verdict};

/// Version of the record that this code writes
pub const VERSION: u32 = 1;

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Asked for; nothing made yet
    Planned,
    /// The volume is being restored
    Restoring,
    /// An instance is being attached to the restored cluster
    Attaching,
    /// Access is being opened for the checks
    Opening,
    /// The data is being questioned
    Checking,
    /// The copy is being removed
    TearingDown,
    /// The verdict stands; telling goes on until everybody has been told
    Closed,
}

impl Phase {
    /// Every phase, in order
    pub const ALL: [Self; 7] = [
        Self::Planned,
        Self::Restoring,
        Self::Attaching,
        Self::Opening,
        Self::Checking,
        Self::TearingDown,
        Self::Closed,
    ];

    /// The phase in words, for people
    pub fn words(self) -> &'static str {
        match self {
            Self::Planned => "planning",
            Self::Restoring => "restoring the volume",
            Self::Attaching => "attaching an instance",
            Self::Opening => "opening access",
            Self::Checking => "checking the data",
            Self::TearingDown => "tearing down",
            Self::Closed => "closed",
        }
    }
}

/// When a phase was entered
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhaseEntry {
    /// The phase
    pub phase: Phase,
    /// When
    pub at: Timestamp,
}

/// Which backup a run restores
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceChoice {
    /// Native automated backups, to `lag` seconds before the request
    PointInTime {
        /// Seconds before the scheduled time; 0 is the latest restorable time
        lag_seconds: i64,
    },
    /// The newest available snapshot
    LatestSnapshot,
    /// A snapshot by its identifier
    Snapshot {
        /// Identifier or ARN
        identifier: String,
    },
}

/// Where and how temporary copies live, as resolved for this run
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Sandbox {
    /// DB subnet group
    pub subnet_group: Option<String>,
    /// VPC security groups
    pub security_groups: Vec<String>,
    /// Cluster or instance parameter group; the engine's default when left out
    pub parameter_group: Option<String>,
    /// Class of the copy's instance; the smallest that fits when left out
    pub instance_class: Option<String>,
    /// Serverless v2 range of the copy
    pub capacity: Option<Capacity>,
}

/// What was asked for, resolved from the policy when the run was born: a policy that changes meanwhile changes nothing
/// about a run under way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The database's name in the policy
    pub database: String,
    /// The drill's name in the policy
    pub drill: Option<String>,
    /// Kind
    pub kind: Kind,
    /// Identifier of the source in AWS
    pub identifier: String,
    /// Which backup
    pub source: SourceChoice,
    /// Where the copy lives
    pub sandbox: Sandbox,
    /// Database to connect to; the source's own first database when the policy names none
    pub connect_to: Option<String>,
    /// How to get in
    pub login: Login,
    /// The questions; never empty
    pub checks: Vec<Check>,
    /// Whether the policy named the questions, or they are the implicit ones
    pub checks_are_implicit: bool,
    /// Minutes until the run must have its verdict
    pub deadline_minutes: i64,
    /// Hours after which the sweeper may remove the copy without this record
    pub expires_hours: i64,
    /// Zone of the mails, and of columns without one
    pub timezone: String,
    /// Largest lag of the restorable time that the policy allows, in minutes
    pub restore_lag_minutes: Option<i64>,
}

/// The source as it was found when the run was planned
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SourceFacts {
    /// ARN
    pub arn: String,
    /// Resource id
    pub resource_id: String,
    /// Engine
    pub engine: Engine,
    /// Engine version
    pub engine_version: String,
    /// Restorable window at that time
    pub window: Window,
    /// How it is set up
    pub configuration: Configuration,
    /// Class of its writer, or of the instance
    pub class: Option<String>,
    /// Name of its first database, where AWS knows one
    #[serde(default)]
    pub database_name: Option<String>,
}

/// The copy: names fixed at birth, the rest as it becomes known
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Copy {
    /// Identifier of the cluster, or of the RDS instance
    pub identifier: String,
    /// Identifier of the cluster's instance; none for an RDS instance
    pub instance: Option<String>,
    /// ARN
    #[serde(default)]
    pub arn: Option<String>,
    /// Host of the endpoint
    #[serde(default)]
    pub endpoint: Option<String>,
    /// Port of the endpoint
    #[serde(default)]
    pub port: Option<u16>,
    /// ARN of the managed master secret
    #[serde(default)]
    pub secret_arn: Option<String>,
    /// How it came up
    #[serde(default)]
    pub configuration: Option<Configuration>,
    /// Class of its instance
    #[serde(default)]
    pub class: Option<String>,
    /// Engine version it came up with
    #[serde(default)]
    pub engine_version: Option<String>,
}

/// Where an act stands
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum ActState {
    /// Announced by a write of the record; whether it was done is not known
    Asked,
    /// AWS accepted it
    Done {
        /// When the answer came
        at: Timestamp,
    },
    /// AWS refused it
    Refused {
        /// When the answer came
        at: Timestamp,
        /// Why
        failure: Failure,
    },
}

/// Why an act failed, as the record keeps it
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// What it means
    pub class: Class,
    /// Operation, resource, code and message in one line
    pub message: String,
}

/// One act, under its name in [`Record::acts`]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// When it was announced last
    #[serde(rename = "asked_at")]
    pub at: Timestamp,
    /// How often it was announced
    pub attempt: u32,
    /// What came of it
    #[serde(flatten)]
    pub state: ActState,
}

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
    /// Row counts of the last passed drill
    #[serde(default)]
    pub baseline: Baseline,
    /// Acts by name
    #[serde(default)]
    pub acts: BTreeMap<String, Asked>,
    /// What the data check answered
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
            baseline: Baseline::new(),
            acts: BTreeMap::new(),
            answers: None,
            milestones: Milestones::default(),
            events: Vec::new(),
            verdict: None,
            leftovers: Vec::new(),
            notes: Vec::new(),
        }
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
        self.source.as_ref()?.window.latest.map(|latest| self.requested_at.duration_since(latest))
    }

    /// The instant that the copy stands for
    pub fn restored_to(&self) -> Option<Timestamp> {
        self.point.as_ref().and_then(Point::instant)
    }

    /// `orders/weekly`, or `orders` where the drill has no name
    pub fn title(&self) -> String {
        match &self.plan.drill {
            Some(drill) => format!("{}/{drill}", self.plan.database),
            None => self.plan.database.clone(),
        }
    }

    /// RPO as the data shows it: the age of the newest row that a freshness check saw, at the restore point
    pub fn rpo_from_data(&self) -> Option<SignedDuration> {
        let restored_to = self.restored_to()?;
        let newest = self.answers.as_ref()?.checks.iter().filter_map(|answer| match answer.value {
            Some(crate::verify::Found::Newest(Some(at))) => Some(at),
            _ => None,
        });
        newest.max().map(|at| restored_to.duration_since(at))
    }
}
