//! The acts that build the copy: asked for when what they need is there, looked for before they are asked again.

use jiff::Timestamp;

use super::{Observed, PART_LIMIT, Task, Volume, stop};
use crate::database::Seen;
use crate::fault::Class;
use crate::recover::act::Act;
use crate::recover::build::{Need, Step};
use crate::recover::record::{GivenUp, Record};
use crate::restore::{
    ACT_LEASE, ActState, Asked, CAPACITY_PAUSE, Failure, Health, MAX_ATTEMPTS, NOT_YET_VISIBLE, RETRY_AFTER,
};

/// How long a refusal that may pass is met with another try
const PATIENCE: jiff::SignedDuration = jiff::SignedDuration::from_mins(60);

pub(super) fn ask_for_what_can_be_asked(
    now: Timestamp,
    next: &mut Record,
    seen: &Observed,
    volume: &Volume,
    tasks: &mut Vec<Task>,
    because: &mut Vec<String>,
) {
    for step in next.steps() {
        let name = step.act.name();
        if next.gave_up(&name) || !is_needed(&step, next, seen, volume) {
            continue;
        }
        match turn(now, next, &step) {
            Turn::Wait => {}
            Turn::Ask => {
                let attempt = next.acts.get(&name).map_or(0, |asked| asked.attempt).saturating_add(1);
                next.acts.insert(name.clone(), Asked { at: now, attempt, state: ActState::Asked });
                because.push(format!("asking: {name}"));
                tasks.push(Task::Build(step.act));
            }
            Turn::GiveUp(why) if step.optional => {
                because.push(format!("given up: {name}: {why}"));
                next.given_up.push(GivenUp { act: name, why });
            }
            Turn::GiveUp(why) => stop(now, next, format!("{name}: {why}")),
        }
    }
}

/// Names of what is still to come: acts that are not done, and instances that are not up
pub(super) fn pending(record: &Record) -> Vec<String> {
    let mut names = Vec::new();
    for step in record.steps() {
        let name = step.act.name();
        if record.gave_up(&name) {
            continue;
        }
        let done = match &step.act {
            Act::CreateMember(act) => record.copy.members_at.contains_key(&act.member.identifier),
            Act::RestoreCluster(_) | Act::RestoreInstance(_) | Act::StartRestoreJob(_) | Act::Adopt { .. } => {
                record.copy.volume_at.is_some()
            }
            _ => record.acts.get(&name).is_some_and(|asked| match &asked.state {
                ActState::Done { .. } => true,
                // A role that is there was added by a call whose reply was lost.
                ActState::Refused { failure, .. } => failure.class == Class::AlreadyExists,
                ActState::Asked => false,
            }),
        };
        if !done {
            names.push(name);
        }
    }
    names
}

/// Nothing differs: a setting that was given up, as no reply ever came, is made after all
pub(super) fn found_to_be_made(now: Timestamp, next: &mut Record) {
    let settings: Vec<String> =
        next.steps().iter().filter(|step| !step.act.makes()).map(|step| step.act.name()).collect();
    for name in next.given_up.iter().map(|given_up| &given_up.act).filter(|name| settings.contains(name)) {
        if let Some(asked) = next.acts.get_mut(name) {
            asked.state = ActState::Done { at: now };
        }
    }
    next.given_up.retain(|given_up| !settings.contains(&given_up.act));
}

/// Whether an act is not made yet, and what it needs is there
fn is_needed(step: &Step, record: &Record, seen: &Observed, volume: &Volume) -> bool {
    let is_made = match &step.act {
        // What could not be looked at is not asked for again.
        Act::RestoreCluster(_) | Act::RestoreInstance(_) => *volume != Volume::Absent,
        // Its id is what tells of its copy.
        Act::StartRestoreJob(_) => record.restore_job.is_some() || *volume != Volume::Absent,
        // Before the volume is known to be there nobody looks for its instances: one that was not asked for is not there.
        Act::CreateMember(act) => match seen.members.get(&act.member.identifier) {
            Some(member) => *member != Seen::Absent,
            None => record.acts.contains_key(&step.act.name()),
        },
        _ => false,
    };
    let volume_up = *volume == Volume::Here(Health::Available);
    let met = match step.needs {
        Need::Nothing => true,
        Need::Job => matches!(volume, Volume::ToAdopt(_)),
        Need::Volume => volume_up,
        Need::Settings => volume_up && is_set_up(record),
        Need::Server => volume_up && record.copy.usable_at.is_some(),
    };
    !is_made && met && is_its_turn(step, record, seen)
}

/// AWS takes no instances into a cluster that is being changed: they are asked for first. A parameter group comes before them
/// all the same: an instance that comes up without it takes it only when it is started again.
fn is_its_turn(step: &Step, record: &Record, seen: &Observed) -> bool {
    let is_group =
        |act: &Act| matches!(act, Act::Change(change) if change.clustered && change.parameter_group.is_some());
    match &step.act {
        Act::CreateMember(_) => {
            let is_set = |act: &Act| {
                record.acts.get(&act.name()).is_some_and(|asked| matches!(asked.state, ActState::Done { .. }))
            };
            record.steps().iter().filter(|other| is_group(&other.act)).all(|other| is_set(&other.act))
        }
        Act::Change(change) if change.clustered && step.needs == Need::Volume && !is_group(&step.act) => {
            let is_answered = |other: &Step| {
                let Act::CreateMember(act) = &other.act else { return true };
                let name = other.act.name();
                let answered = record.acts.get(&name).is_some_and(|asked| asked.state != ActState::Asked);
                let is_there = matches!(seen.members.get(&act.member.identifier), Some(Seen::Present(_)));
                answered || is_there || record.gave_up(&name)
            };
            record.steps().iter().filter(|other| other.needs == Need::Volume).all(is_answered)
        }
        _ => true,
    }
}

/// Whether the copy has the settings that its restore could not be told, or never will: what waits for a change that was given
/// up would wait for good, and AWS says to an instance itself what it lacks.
fn is_set_up(record: &Record) -> bool {
    let change = format!("change:{}", record.run);
    record.gave_up(&change)
        || record.acts.get(&change).is_some_and(|asked| matches!(asked.state, ActState::Done { .. }))
}

enum Turn {
    Ask,
    Wait,
    GiveUp(String),
}

fn turn(now: Timestamp, record: &Record, step: &Step) -> Turn {
    let Some(asked) = record.acts.get(&step.act.name()) else { return Turn::Ask };
    let since = |at: Timestamp| now.duration_since(at);
    match &asked.state {
        ActState::Asked if since(asked.at) < ACT_LEASE => Turn::Wait,
        // The reply was lost. What was to be made is not there; a change is made again, which changes nothing. A job asked for
        // again is the same job, and what it makes is found by nobody else.
        ActState::Asked if asked.attempt < MAX_ATTEMPTS || is_young_job(now, record, &step.act) => Turn::Ask,
        ActState::Asked => Turn::GiveUp(format!("asked for {} times, and no reply came", asked.attempt)),
        ActState::Done { at } if matches!(step.act, Act::Adopt { .. }) && since(*at) >= NOT_YET_VISIBLE => Turn::Ask,
        ActState::Done { .. } if !step.act.makes() => Turn::Wait,
        ActState::Done { at } if since(*at) < NOT_YET_VISIBLE => Turn::Wait,
        ActState::Done { .. } => Turn::GiveUp("AWS took it, and it is not there: somebody deleted it".to_owned()),
        ActState::Refused { at, failure } => refused(now, record, step, *at, failure),
    }
}

fn is_young_job(now: Timestamp, record: &Record, act: &Act) -> bool {
    matches!(act, Act::StartRestoreJob(_)) && now.duration_since(record.requested_at) < PART_LIMIT
}

fn refused(now: Timestamp, record: &Record, step: &Step, at: Timestamp, failure: &Failure) -> Turn {
    let since = now.duration_since(at);
    let patient = now.duration_since(record.requested_at) < if step.optional { PATIENCE } else { PART_LIMIT };
    let again = |pause| if since >= pause { Turn::Ask } else { Turn::Wait };
    match failure.class {
        Class::Transient | Class::Unknown | Class::WrongState | Class::Conflict if patient => again(RETRY_AFTER),
        Class::Capacity if patient => again(CAPACITY_PAUSE),
        // Room is made by people; a database at 3 a.m. waits for them, readers do not.
        Class::Quota if patient && !step.optional => again(CAPACITY_PAUSE),
        Class::AlreadyExists if step.act.makes() && since < NOT_YET_VISIBLE => Turn::Wait,
        Class::AlreadyExists if !step.act.makes() => Turn::Wait,
        _ => Turn::GiveUp(format!("{} ({})", failure.message, failure.class.words())),
    }
}
