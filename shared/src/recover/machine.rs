//! The next step of a recovery: everything that can be done now, side by side.
//!
//! There is no row of phases that wait for each other. Every act of [`Record::steps`] is asked for as soon as what it needs is
//! there; the data is questioned as soon as the writer answers, while readers are still being made. What is optional and
//! refused for good is given up and told, and holds nothing up.

mod acts;
mod asking;
#[cfg(test)]
mod tests;
mod vault;

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::act::Act;
use super::blueprint::Blueprint;
use super::cutover::{self, Move};
use super::differences::differences;
use super::record::{ByJob, Letter, Phase, Record};
use crate::database::{Cluster, Instance, RestoreJob, Seen as SeenOf};
use crate::fault::{Class, Fault};
use crate::restore::{ACT_LEASE, ActState, Asked, Candidate, Failure, Health, RETRY_AFTER, RUN, health};
use crate::verify::{Answers, CheckRequest};

pub use vault::looks_at_job;

/// How long before its end an inspection is warned about
pub const WARN_BEFORE: SignedDuration = SignedDuration::from_hours(1);
/// How long what is optional may take after the database can be used, before it is handed over without
pub const COMPLETING_LIMIT: SignedDuration = SignedDuration::from_mins(90);
/// How long the volume may take: the largest take a day
const VOLUME_LIMIT: SignedDuration = SignedDuration::from_hours(48);
/// How long a part may take to come up before people are told that it does not
pub const PART_LIMIT: SignedDuration = SignedDuration::from_hours(6);

/// What was seen for one step
#[derive(Debug, Clone, PartialEq)]
pub struct Observed {
    /// The copy's cluster; `Absent` for an RDS instance
    pub cluster: SeenOf<Cluster>,
    /// The copy's instances by identifier; an RDS instance under its own
    pub members: BTreeMap<String, SeenOf<Instance>>,
    /// The restore job of AWS Backup; looked at where [`looks_at_job`] names one
    pub job: SeenOf<RestoreJob>,
    /// What the data check wrote
    pub answers: SeenOf<Answers>,
    /// The copy read back as a whole; looked at once everything is made
    pub copy: Option<Blueprint>,
    /// What a cut-over needs to see
    pub cut_over: cutover::Seen,
}

/// What to do
#[derive(Debug, Clone, PartialEq)]
pub enum Task {
    /// Ask AWS
    Build(Act),
    /// Ask `data-check`
    Ask(Box<CheckRequest>),
    /// A move of a cut-over
    Move(Move),
    /// Send a mail
    Tell(Letter),
}

/// The next record, and what to do once it is written
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// The record to write before anything is done
    pub next: Record,
    /// What to do then, side by side
    pub tasks: Vec<Task>,
    /// Why, in a few words
    pub because: String,
    /// Nothing is left to do: the record can be filed
    pub is_over: bool,
}

impl Decision {
    /// Whether there is nothing to do before the next tick
    pub fn waits(&self, record: &Record) -> bool {
        self.tasks.is_empty() && self.next == *record && !self.is_over
    }
}

/// How the volume stands
#[derive(Debug, Clone, PartialEq)]
enum Volume {
    Absent,
    CannotTell(String),
    /// The name is somebody else's
    Foreign,
    /// AWS Backup is making it, or is to be asked what it makes
    Coming(String),
    /// AWS Backup made this one for the run, and nothing on it says so yet; its ARN
    ToAdopt(String),
    /// AWS Backup's job did not make it; why
    Failed(String),
    Here(Health),
}

/// Decides the next step.
pub fn decide(now: Timestamp, record: &Record, seen: &Observed) -> Decision {
    let mut next = record.clone();
    let mut tasks = Vec::new();
    let mut because = Vec::new();
    if matches!(record.phase, Phase::HandedOver | Phase::Stuck) {
        after_handing_over(now, &mut next, seen, &mut tasks, &mut because);
    } else {
        let volume = volume(now, record, seen);
        note_what_is_up(now, &mut next, seen, &volume, &mut because);
        if let Some(why) = lost(record, &volume).or_else(|| never_usable(now, &next, seen)) {
            stop(now, &mut next, why);
        } else {
            acts::ask_for_what_can_be_asked(now, &mut next, seen, &volume, &mut tasks, &mut because);
            asking::question(now, &mut next, seen, &mut tasks, &mut because);
            settle(now, &mut next, seen, &mut because);
        }
    }
    let all_told = letters(now, &mut next, &mut tasks);
    let quiet = tasks.is_empty() && next == *record && all_told;
    let over = matches!(next.phase, Phase::HandedOver | Phase::Stuck) && !next.is_cutting_over();
    // An inspection stays open until its end, to be warned about and to be found by those who look.
    let is_over = quiet && over && next.expires_at.is_none_or(|at| now >= at);
    Decision { next, tasks, because: because.join("; "), is_over }
}

impl Record {
    /// Names of the acts that are still to be made, and of instances that are not up yet
    pub fn still_to_come(&self) -> Vec<String> {
        acts::pending(self)
    }
}

/// Writes what came of an act into the record. A lost reply stays "asked, not known".
pub fn outcome(record: &mut Record, act: &str, result: Result<(), &Fault>, now: Timestamp) {
    let Some(asked) = record.acts.get_mut(act) else { return };
    asked.state = match result {
        Ok(()) => ActState::Done { at: now },
        Err(fault) if fault.class == Class::Unknown => ActState::Asked,
        Err(fault) => {
            ActState::Refused { at: now, failure: Failure { class: fault.class, message: fault.to_string() } }
        }
    };
}

fn volume(now: Timestamp, record: &Record, seen: &Observed) -> Volume {
    if record.blueprint.kind.is_clustered() {
        return look(now, record, &seen.cluster, &seen.job);
    }
    match seen.members.get(&record.run) {
        Some(instance) => look(now, record, instance, &seen.job),
        None => Volume::CannotTell("nobody looked for the copy".to_owned()),
    }
}

fn look<T: Candidate>(now: Timestamp, record: &Record, seen: &SeenOf<T>, job: &SeenOf<RestoreJob>) -> Volume {
    if record.is_from_vault() {
        return vault::volume(now, record, seen, job);
    }
    match seen {
        SeenOf::Absent => Volume::Absent,
        SeenOf::Unknown(why) => Volume::CannotTell(why.clone()),
        SeenOf::Present(thing) if thing.tags().get(RUN).is_none_or(|tag| *tag != record.run) => Volume::Foreign,
        SeenOf::Present(thing) => Volume::Here(health(thing.status())),
    }
}

/// A copy that was there and is gone, or that will never come up
fn lost(record: &Record, volume: &Volume) -> Option<String> {
    match volume {
        Volume::Foreign => Some(format!("the name {} is taken by something that is not this recovery's", record.run)),
        Volume::Here(Health::Broken(_)) => Some("the copy is broken: AWS says that it will not come up".to_owned()),
        Volume::Here(Health::Deleting) => Some("somebody is deleting the copy".to_owned()),
        Volume::Failed(why) => Some(why.clone()),
        Volume::Absent if record.copy.volume_at.is_some() => Some("somebody deleted the copy".to_owned()),
        _ => None,
    }
}

/// A copy that nobody will be able to use: none of its instances comes up, or it has taken longer than anything takes
fn never_usable(now: Timestamp, record: &Record, seen: &Observed) -> Option<String> {
    if record.copy.usable_at.is_some() {
        return None;
    }
    let since = |at: Timestamp| now.duration_since(at);
    let Some(volume_at) = record.copy.volume_at else {
        let hours = VOLUME_LIMIT.as_hours();
        return (since(record.requested_at) >= VOLUME_LIMIT)
            .then(|| format!("the volume is not there {hours} h after the request: nobody looks at it any more"));
    };
    if since(volume_at) >= PART_LIMIT {
        let hours = PART_LIMIT.as_hours();
        return Some(format!("no instance could be used within {hours} h after the volume was there"));
    }
    let mut broken = Vec::new();
    for step in record.steps() {
        let name = step.act.name();
        let Act::CreateMember(act) = step.act else { continue };
        if record.gave_up(&name) {
            continue;
        }
        match seen.members.get(&act.member.identifier) {
            Some(SeenOf::Present(instance)) if matches!(health(&instance.status), Health::Broken(_)) => {
                broken.push(format!("{} is {}", instance.identifier, instance.status));
            }
            _ => return None,
        }
    }
    (!broken.is_empty()).then(|| format!("no instance of the copy will come up: {}", broken.join(", ")))
}

fn stop(now: Timestamp, next: &mut Record, why: String) {
    if !next.notes.contains(&why) {
        next.notes.push(why);
    }
    next.enter(Phase::Stuck, now);
}

/// Milestones and the endpoint, as they become known
fn note_what_is_up(now: Timestamp, next: &mut Record, seen: &Observed, volume: &Volume, because: &mut Vec<String>) {
    if *volume == Volume::Here(Health::Available) {
        next.copy.volume_at.get_or_insert(now);
    }
    match volume {
        Volume::ToAdopt(arn) => {
            // The job's own word: what is given this run's tags has to have this ARN.
            if let Some(ByJob { made, .. }) = &mut next.restore_job {
                made.get_or_insert_with(|| arn.clone());
            }
        }
        Volume::CannotTell(why) | Volume::Coming(why) => because.push(why.clone()),
        _ => {}
    }
    if let SeenOf::Present(cluster) = &seen.cluster {
        next.copy.arn = Some(cluster.arn.clone());
        next.copy.endpoint = cluster.endpoint.clone().or(next.copy.endpoint.take());
        next.copy.port = cluster.port.or(next.copy.port);
        next.copy.secret_arn = cluster.secret.as_ref().map(|secret| secret.arn.clone()).or(next.copy.secret_arn.take());
    }
    for (identifier, member) in &seen.members {
        let SeenOf::Present(instance) = member else { continue };
        if health(&instance.status) != Health::Available {
            continue;
        }
        next.copy.members_at.entry(identifier.clone()).or_insert(now);
        if !next.blueprint.kind.is_clustered() {
            next.copy.arn = Some(instance.arn.clone());
            next.copy.endpoint = instance.endpoint.clone().or(next.copy.endpoint.take());
            next.copy.port = instance.port.or(next.copy.port);
            let secret = instance.secret.as_ref().map(|secret| secret.arn.clone());
            next.copy.secret_arn = secret.or(next.copy.secret_arn.take());
        }
    }
    // Any instance that is up can be written to: the first one of a cluster is made its writer.
    if next.copy.volume_at.is_some() && !next.copy.members_at.is_empty() && next.copy.endpoint.is_some() {
        next.copy.usable_at.get_or_insert(now);
    }
}

/// The phase that follows from what is done, and the handing over
fn settle(now: Timestamp, next: &mut Record, seen: &Observed, because: &mut Vec<String>) {
    let questioned = next.verdict.is_some();
    let pending = acts::pending(next);
    let phase = match (next.copy.volume_at, next.copy.usable_at) {
        (None, _) => Phase::Restoring,
        (Some(_), None) => Phase::Building,
        (Some(_), Some(_)) if !questioned => Phase::Checking,
        _ => Phase::Completing,
    };
    if phase > next.phase {
        next.enter(phase, now);
    }
    if next.phase != Phase::Completing {
        return;
    }
    let late = next.copy.usable_at.is_some_and(|at| now.duration_since(at) >= COMPLETING_LIMIT);
    if !pending.is_empty() && !late {
        because.push(format!("still to come: {}", pending.join(", ")));
        return;
    }
    let Some(copy) = &seen.copy else {
        because.push("to be read back".to_owned());
        // Nobody waits for good for a look that AWS does not allow: that it was not compared is said.
        if next.copy.usable_at.is_some_and(|at| now.duration_since(at) >= COMPLETING_LIMIT.saturating_mul(2)) {
            next.notes.push("the copy could not be read back, so its settings were not compared".to_owned());
            next.enter(Phase::HandedOver, now);
        }
        return;
    };
    let found = differences(&next.blueprint, copy, &next.run);
    if found.is_empty() {
        acts::found_to_be_made(now, next);
    }
    next.differences = Some(found);
    next.enter(Phase::HandedOver, now);
}

fn after_handing_over(
    now: Timestamp,
    next: &mut Record,
    seen: &Observed,
    tasks: &mut Vec<Task>,
    because: &mut Vec<String>,
) {
    let Some(cut) = next.cut_over.as_ref().filter(|cut| cut.end.is_none()) else { return };
    let step = cut.step(now, &seen.cut_over);
    because.push(step.because);
    if step.tell {
        next.cut_overs = next.cut_overs.saturating_add(1);
    }
    next.cut_over = Some(step.next);
    tasks.extend(step.act.map(Task::Move));
}

/// Mails that are due and have not gone out; whether every one that is due has. A mail is an act: announced first, so that
/// of ten ticks at once one sends it, and tried again after a while where it was refused.
fn letters(now: Timestamp, next: &mut Record, tasks: &mut Vec<Task>) -> bool {
    let mut due = Vec::new();
    let usable = next.copy.usable_at.is_some() && next.verdict.is_some();
    // Where everything is complete already, one mail says both.
    if usable && next.phase == Phase::Completing {
        due.push(Letter::Usable);
    }
    match next.phase {
        Phase::HandedOver => due.push(Letter::HandedOver),
        Phase::Stuck => due.push(Letter::Stuck),
        _ => {}
    }
    if next.cut_overs > 0 {
        due.push(Letter::CutOver(next.cut_overs));
    }
    if next.expires_at.is_some_and(|at| now >= at.saturating_sub(WARN_BEFORE).unwrap_or(at)) {
        due.push(Letter::EndsSoon);
    }
    due.retain(|letter| !next.told.contains(letter));
    for letter in &due {
        let name = letter.act();
        let asked = next.acts.get(&name);
        let is_due = asked.is_none_or(|asked| match &asked.state {
            ActState::Asked => now.duration_since(asked.at) >= ACT_LEASE,
            ActState::Done { at } | ActState::Refused { at, .. } => now.duration_since(*at) >= RETRY_AFTER,
        });
        if is_due {
            let attempt = asked.map_or(0, |asked| asked.attempt).saturating_add(1);
            next.acts.insert(name, Asked { at: now, attempt, state: ActState::Asked });
            tasks.push(Task::Tell(*letter));
        }
    }
    due.is_empty()
}

/// Whether the copy has to be read back for the next step: everything that it is made of is made, or has had its time
pub fn is_to_be_read_back(now: Timestamp, record: &Record) -> bool {
    let late = record.copy.usable_at.is_some_and(|at| now.duration_since(at) >= COMPLETING_LIMIT);
    record.phase == Phase::Completing && (late || acts::pending(record).is_empty())
}
