//! What a run restores, worked out from the source and its backups as they were seen. Nothing is made yet.

mod snapshots;

use jiff::Timestamp;

use self::snapshots::from_snapshot;
use super::plan::{Plan, SourceChoice, SourceFacts};
use super::point::{Point, PointTrouble, choose, newest_recovery_point, no_recovery_point, point_of_vault};
use super::wanted::{class_of, role_of};
use crate::database::{Configuration, Engine, RecoveryPoint, RestoreMetadata, RetainedBackup, Seen, Snapshot, Window};
use crate::moment;
use crate::verify::{Because, Verdict};

/// The source and its backups, as seen while planning. What the plan does not need is not looked at.
#[derive(Debug, Clone, PartialEq)]
pub struct Source {
    /// The database itself, in the function's own region
    pub facts: Seen<SourceFacts>,
    /// Its snapshots, in the region that the plan names
    pub snapshots: Seen<Vec<Snapshot>>,
    /// What RDS retains of databases of its identifier that are gone
    pub retained: Seen<Vec<RetainedBackup>>,
    /// Its recovery points in the vaults that the plan names; absent where there is none of these vaults
    pub points: Seen<Vec<RecoveryPoint>>,
    /// What AWS Backup says that a restore of the newest of them needs
    pub metadata: Seen<RestoreMetadata>,
    /// What an earlier drill knew of the database: stands in for what cannot be read any more
    pub remembered: Option<SourceFacts>,
    /// Run id of the last passed drill of the same database
    pub last_passed: Option<String>,
}

impl Source {
    /// Nothing was looked at
    pub fn nothing() -> Self {
        Self {
            facts: Seen::Absent,
            snapshots: Seen::Absent,
            retained: Seen::Absent,
            points: Seen::Absent,
            metadata: Seen::Absent,
            remembered: None,
            last_passed: None,
        }
    }

    /// ARN under which AWS Backup files the recovery points of the database
    pub fn arn(&self) -> Option<&str> {
        match &self.facts {
            Seen::Present(facts) => Some(&facts.arn),
            Seen::Absent | Seen::Unknown(_) => self.remembered.as_ref().map(|facts| facts.arn.as_str()),
        }
    }
}

/// What a plan comes to
#[derive(Debug, Clone, PartialEq)]
pub enum Resolved {
    /// This is restored
    Ready(Box<Chosen>),
    /// It cannot be told now; the text says what is waited for
    NotYet(String),
    /// There is nothing to restore
    Nothing {
        /// The verdict that a drill of nothing has
        verdict: Verdict,
        /// The source, where it is known
        facts: Option<Box<SourceFacts>>,
        /// Whether AWS may have told too little, and another look is worth it
        may_come: bool,
    },
}

/// What is restored
#[derive(Debug, Clone, PartialEq)]
pub struct Chosen {
    /// Of what
    pub facts: SourceFacts,
    /// What exactly
    pub point: Point,
    /// What is worth knowing about the choice
    pub notes: Vec<String>,
}

type Found = Result<Chosen, Resolved>;

/// Works out what a plan restores.
pub fn resolve(plan: &Plan, scheduled: Timestamp, source: &Source) -> Resolved {
    let found = match &plan.source {
        SourceChoice::PointInTime { .. } => to_a_time(plan, scheduled, source),
        SourceChoice::LatestSnapshot | SourceChoice::Snapshot { .. } => from_snapshot(plan, source),
        SourceChoice::RecoveryPoint { vaults } => from_vault(plan, vaults, source),
    };
    match found.and_then(|chosen| can_be_made(plan, chosen)) {
        Ok(chosen) => Resolved::Ready(Box::new(chosen)),
        Err(resolved) => resolved,
    }
}

fn to_a_time(plan: &Plan, scheduled: Timestamp, source: &Source) -> Found {
    let (facts, notes) = match (&source.facts, &source.retained) {
        (Seen::Present(facts), _) => (facts.clone(), Vec::new()),
        (Seen::Unknown(why), _) => return Err(unread(&plan.identifier, why)),
        (Seen::Absent, Seen::Unknown(why)) => {
            return Err(unread(&format!("what RDS retains of {}", plan.identifier), why));
        }
        (Seen::Absent, Seen::Absent) => return Err(no_database(plan)),
        (Seen::Absent, Seen::Present(all)) => of_retained(plan, all).ok_or_else(|| no_database(plan))?,
    };
    fits(plan, &facts.engine)?;
    let point = choose(&plan.source, &plan.identifier, scheduled, facts.window, &[]);
    let may_come = matches!(point, Err(PointTrouble::NoWindow { .. })) && facts.window == Window::default();
    match point {
        Ok(point) => Ok(Chosen { facts, point, notes }),
        Err(trouble) => Err(unusable(&trouble, Some(facts), may_come)),
    }
}

/// The newest generation of a database that is gone. Several have had its name where it was made anew.
fn of_retained(plan: &Plan, all: &[RetainedBackup]) -> Option<(SourceFacts, Vec<String>)> {
    let newest =
        all.iter().max_by_key(|backup| (backup.created_at, backup.window.latest, backup.resource_id.clone()))?;
    let (kind, identifier, id) = (plan.kind.word(), &plan.identifier, &newest.resource_id);
    let until = newest.window.latest.map_or_else(String::new, |at| format!(", restorable to {}", moment::utc(at)));
    let mut notes = vec![format!(
        "THE SOURCE IS GONE: there is no {kind} database {identifier} any more; its retained backup {id}{until}, was restored"
    )];
    if all.len() > 1 {
        let ids: Vec<&str> = all.iter().map(|backup| backup.resource_id.as_str()).collect();
        notes.push(format!(
            "RDS retains {} backups of {identifier}: {}; the newest is {id}",
            all.len(),
            ids.join(", ")
        ));
    }
    let facts = SourceFacts {
        arn: newest.arn.clone(),
        resource_id: newest.resource_id.clone(),
        engine: newest.engine.clone(),
        engine_version: newest.engine_version.clone(),
        window: newest.window,
        configuration: Configuration {
            kms_key: newest.kms_key.clone(),
            encrypted: newest.kms_key.is_some(),
            ..Configuration::default()
        },
        class: None,
        database_name: None,
        is_gone: true,
    };
    Some((facts, notes))
}

fn from_vault(plan: &Plan, vaults: &[String], source: &Source) -> Found {
    let (facts, notes) = match (&source.facts, &plan.region, &source.remembered) {
        (Seen::Present(facts), ..) => (facts.clone(), Vec::new()),
        (Seen::Unknown(why), None, _) => return Err(unread(&plan.identifier, why)),
        (Seen::Unknown(_), Some(_), Some(facts)) | (Seen::Absent, _, Some(facts)) => {
            (SourceFacts { window: Window::default(), ..facts.clone() }, stood_in(plan, source))
        }
        (Seen::Unknown(why), Some(_), None) => {
            let why = format!("{why}; and no earlier drill remembers the ARN that its recovery points are filed under");
            return Err(unread(&plan.identifier, &why));
        }
        (Seen::Absent, _, None) => return Err(no_database(plan)),
    };
    fits(plan, &facts.engine)?;
    let points = match &source.points {
        Seen::Present(points) => points.as_slice(),
        Seen::Unknown(why) => return Err(unread(&format!("the recovery points of {}", plan.identifier), why)),
        Seen::Absent => {
            let place = plan.region.as_deref().map_or_else(|| "here".to_owned(), |region| format!("in {region}"));
            let reason = format!("there is no vault {} {place}: see backups.recovery_points", vaults.join(", "));
            return Err(nothing(Verdict::inconclusive(Because::Source, reason), Some(facts)));
        }
    };
    let Some(newest) = newest_recovery_point(points, &facts.arn) else {
        return Err(unusable(&no_recovery_point(&plan.identifier, vaults, points), Some(facts), false));
    };
    let metadata = match &source.metadata {
        Seen::Present(metadata) => metadata.clone(),
        Seen::Unknown(why) => return Err(unread(&format!("the restore metadata of {}", newest.arn), why)),
        Seen::Absent => return Err(unread(&format!("the restore metadata of {}", newest.arn), "it was not read")),
    };
    Ok(Chosen { point: point_of_vault(newest, metadata), facts, notes })
}

fn stood_in(plan: &Plan, source: &Source) -> Vec<String> {
    let why = match &source.facts {
        Seen::Unknown(why) => format!("could not be read ({why})"),
        Seen::Absent | Seen::Present(_) => "is not there any more".to_owned(),
    };
    let told = if source.remembered.is_some() { "its backup and an earlier drill" } else { "its backup" };
    vec![format!("{} {why}: what this drill knows of it is what {told} told", plan.identifier)]
}

/// A copy whose instance has no class, or whose restore has no role, is not begun.
fn can_be_made(plan: &Plan, chosen: Chosen) -> Found {
    let reason = if plan.kind.is_clustered() && class_of(plan, &chosen.facts).is_none() {
        format!(
            "the class of a copy of {} cannot be told from its source: name one in sandbox.instance_class",
            plan.identifier
        )
    } else if matches!(plan.source, SourceChoice::RecoveryPoint { .. }) && role_of(plan, &chosen.facts.arn).is_none() {
        format!(
            "the account of {} cannot be told: name the role of AWS Backup in sandbox.restore_role",
            plan.identifier
        )
    } else {
        return Ok(chosen);
    };
    Err(nothing(Verdict::inconclusive(Because::Configuration, reason), Some(chosen.facts)))
}

fn fits(plan: &Plan, engine: &Engine) -> Result<(), Resolved> {
    if engine.fits(plan.kind) {
        return Ok(());
    }
    let reason = format!("{} is {}, and the policy says {}", plan.identifier, engine.word(), plan.kind.word());
    Err(nothing(Verdict::inconclusive(Because::Source, reason), None))
}

fn unread(what: &str, why: &str) -> Resolved {
    Resolved::NotYet(format!("{what} could not be read: {why}"))
}

fn no_database(plan: &Plan) -> Resolved {
    let reason = format!("there is no {} database {} in this account and region", plan.kind.word(), plan.identifier);
    nothing(Verdict::inconclusive(Because::Source, reason), None)
}

fn unusable(trouble: &PointTrouble, facts: Option<SourceFacts>, may_come: bool) -> Resolved {
    let verdict = Verdict::failed(Because::BackupUnusable, trouble.to_string());
    Resolved::Nothing { verdict, facts: facts.map(Box::new), may_come }
}

fn nothing(verdict: Verdict, facts: Option<SourceFacts>) -> Resolved {
    Resolved::Nothing { verdict, facts: facts.map(Box::new), may_come: false }
}
