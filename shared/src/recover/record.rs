//! The record of a recovery or an inspection: the only memory of it, in the same places as a drill's.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::act::From;
use super::blueprint::Blueprint;
use super::build::{Step, steps};
use super::cutover::CutOver;
use super::differences::Difference;
use crate::restore::{Asked, Point, Purpose};
use crate::verify::{Answers, Check, Login, Verdict};

/// Version of the record that this code writes
pub const VERSION: u32 = 1;

/// Where a recovery stands. Building, checking and what is optional go on side by side; the phase is the least of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// The volume is being restored
    Restoring,
    /// Instances are being made
    Building,
    /// The writer is up; its data is being questioned
    Checking,
    /// What the database can be used without is still being made
    Completing,
    /// It stands, and people have it
    HandedOver,
    /// It cannot go on by itself; people were told
    Stuck,
}

impl Phase {
    /// In words, for people
    pub fn words(self) -> &'static str {
        match self {
            Self::Restoring => "restoring the volume",
            Self::Building => "starting the writer",
            Self::Checking => "checking the data",
            Self::Completing => "completing readers and settings",
            Self::HandedOver => "handed over",
            Self::Stuck => "stuck",
        }
    }
}

/// When a phase was entered
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entered {
    /// The phase
    pub phase: Phase,
    /// When
    pub at: Timestamp,
}

/// An act that is not tried any more
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GivenUp {
    /// Its name
    pub act: String,
    /// AWS's words
    pub why: String,
}

/// Whether and how the data is questioned
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Questions {
    /// With these checks
    Ask {
        /// The checks
        checks: Vec<Check>,
        /// How to get in
        login: Login,
        /// Database to connect to
        database: String,
    },
    /// Nobody can be let in without changing the database's own logins
    Cannot {
        /// Why, and what to do
        why: String,
    },
}

/// The restore job of AWS Backup that makes a copy
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ByJob {
    /// Its id
    pub id: String,
    /// ARN of what it says that it made; none until it says so
    #[serde(default)]
    pub made: Option<String>,
}

/// What is known of the copy
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Copy {
    /// ARN
    pub arn: Option<String>,
    /// Host of the writer's endpoint
    pub endpoint: Option<String>,
    /// Port
    pub port: Option<u16>,
    /// ARN of the managed master secret
    pub secret_arn: Option<String>,
    /// When the volume was available
    pub volume_at: Option<Timestamp>,
    /// When the writer was available: from then on the database can be used
    pub usable_at: Option<Timestamp>,
    /// When each instance was available
    pub members_at: BTreeMap<String, Timestamp>,
}

/// The mails of a recovery; each goes out once
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Letter {
    /// The writer is up and the data was questioned, or cannot be
    Usable,
    /// Everything is made; what differs from the source
    HandedOver,
    /// It cannot go on by itself
    Stuck,
    /// A cut-over ended, or its way back is blocked; the number tells several apart
    CutOver(u32),
    /// An inspection ends in an hour
    EndsSoon,
}

impl Letter {
    /// Its name among the acts
    pub fn act(self) -> String {
        match self {
            Self::Usable => "tell:usable".to_owned(),
            Self::HandedOver => "tell:handed_over".to_owned(),
            Self::Stuck => "tell:stuck".to_owned(),
            Self::CutOver(number) => format!("tell:cut_over:{number}"),
            Self::EndsSoon => "tell:ends_soon".to_owned(),
        }
    }
}

/// The record
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Version of this document
    pub version: u32,
    /// Run id, which is the copy's identifier
    pub run: String,
    /// `recovery` or `inspection`
    pub purpose: Purpose,
    /// The database's name in the policy
    pub database: String,
    /// The region that it is made in; the function's own when left out
    #[serde(default)]
    pub region: Option<String>,
    /// When the request came; RTO counts from here
    pub requested_at: Timestamp,
    /// The time as it was asked for, in words
    pub asked_for: String,
    /// What is mirrored
    pub blueprint: Blueprint,
    /// What exactly is restored
    pub point: Point,
    /// From what
    pub from: From,
    /// The job of AWS Backup that restores it; none where RDS does, or where its id is not known yet
    #[serde(default)]
    pub restore_job: Option<ByJob>,
    /// How its data is questioned
    pub questions: Questions,
    /// Zone of the mails
    pub timezone: String,
    /// Where it stands
    pub phase: Phase,
    /// When each phase was entered, in order
    pub phases: Vec<Entered>,
    /// Acts by name
    #[serde(default)]
    pub acts: BTreeMap<String, Asked>,
    /// Acts that are not tried any more
    #[serde(default)]
    pub given_up: Vec<GivenUp>,
    /// The copy
    #[serde(default)]
    pub copy: Copy,
    /// What the data check answered
    #[serde(default)]
    pub answers: Option<Answers>,
    /// What the answers mean; never ends a recovery
    #[serde(default)]
    pub verdict: Option<Verdict>,
    /// What differs from the source; none until it was compared
    #[serde(default)]
    pub differences: Option<Vec<Difference>>,
    /// When an inspection's time is over
    #[serde(default)]
    pub expires_at: Option<Timestamp>,
    /// The cut-over that was asked for last
    #[serde(default)]
    pub cut_over: Option<CutOver>,
    /// Cut-overs and undoings so far
    #[serde(default)]
    pub cut_overs: u32,
    /// Mails that went out
    #[serde(default)]
    pub told: Vec<Letter>,
    /// Things worth knowing
    #[serde(default)]
    pub notes: Vec<String>,
}

impl Record {
    /// Every act that builds the copy, each with its need
    pub fn steps(&self) -> Vec<Step> {
        steps(&self.blueprint, &self.run, self.purpose, &self.point, self.from.clone(), self.expires_at)
    }

    /// Whether AWS Backup makes the copy
    pub fn is_from_vault(&self) -> bool {
        matches!(self.from, From::Vault { .. })
    }

    /// A restore job was started, or asked for again; its id
    pub fn job_started(&mut self, id: String) {
        self.restore_job.get_or_insert(ByJob { id, made: None });
    }

    /// Enters a phase
    pub fn enter(&mut self, phase: Phase, now: Timestamp) {
        if self.phase != phase {
            self.phase = phase;
            self.phases.push(Entered { phase, at: now });
        }
    }

    /// Whether an act is not tried any more
    pub fn gave_up(&self, act: &str) -> bool {
        self.given_up.iter().any(|given_up| given_up.act == act)
    }

    /// From the request until the database could be used
    pub fn rto(&self) -> Option<SignedDuration> {
        self.copy.usable_at.map(|at| at.duration_since(self.requested_at))
    }

    /// Whether a cut-over is under way
    pub fn is_cutting_over(&self) -> bool {
        self.cut_over.as_ref().is_some_and(|cut| cut.end.is_none())
    }
}
