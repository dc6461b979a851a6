//! Where an act stands, and what a refusal means for whoever wants it done.

use jiff::{SignedDuration, Timestamp};

use super::{
    ACT_LEASE, CAPACITY_PAUSE, Decision, MAX_ATTEMPTS, NOT_YET_VISIBLE, RETRY_AFTER, conclude, wait_until_deadline,
};
use crate::fault::Class;
use crate::restore::Act;
use crate::restore::progress::{ActState, Asked, Failure};
use crate::restore::record::Record;
use crate::verify::{Because, Verdict};

/// Where an act stands now
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Standing {
    /// Never announced
    Fresh,
    /// Announced a moment ago: somebody is on it
    UnderWay,
    /// Announced, and nobody came back to say what became of it
    Lost { attempt: u32 },
    /// Accepted
    Done { at: Timestamp },
    /// Refused
    Refused { at: Timestamp, failure: Failure, attempt: u32 },
}

pub(super) fn standing(now: Timestamp, record: &Record, act: &str) -> Standing {
    let Some(asked) = record.acts.get(act) else {
        return Standing::Fresh;
    };
    match &asked.state {
        ActState::Asked if now < after(asked.at, ACT_LEASE) => Standing::UnderWay,
        ActState::Asked => Standing::Lost { attempt: asked.attempt },
        ActState::Done { at } => Standing::Done { at: *at },
        ActState::Refused { at, failure } => {
            Standing::Refused { at: *at, failure: failure.clone(), attempt: asked.attempt }
        }
    }
}

pub(super) fn after(at: Timestamp, pause: SignedDuration) -> Timestamp {
    at.saturating_add(pause).unwrap_or(Timestamp::MAX)
}

/// Announces an act: the record says that it is about to be done.
pub(super) fn ask(now: Timestamp, record: &Record, act: Act, because: impl Into<String>) -> Decision {
    let mut next = record.clone();
    announce(now, &mut next, &act);
    Decision { next, acts: vec![act], because: because.into() }
}

pub(super) fn announce(now: Timestamp, record: &mut Record, act: &Act) {
    let attempt = record.acts.get(&act.name()).map_or(0, |asked| asked.attempt).saturating_add(1);
    record.acts.insert(act.name(), Asked { at: now, attempt, state: ActState::Asked });
}

/// Whether the effect of an act that is not to be seen may still turn up. A tear-down that overlooked it would leave it.
pub(super) fn may_still_appear(now: Timestamp, record: &Record, act: &str) -> bool {
    record.acts.get(act).is_some_and(|asked| match &asked.state {
        ActState::Asked => now < after(after(asked.at, ACT_LEASE), NOT_YET_VISIBLE),
        ActState::Done { at } => now < after(*at, NOT_YET_VISIBLE),
        ActState::Refused { .. } => false,
    })
}

/// Gets a thing made that is not to be seen: asks, waits, asks again, or gives up with the right verdict.
///
/// `what` names the thing in sentences: "the copy's volume".
pub(super) fn get_made(now: Timestamp, record: &Record, act: Act, what: &str) -> Decision {
    let name = act.name();
    match standing(now, record, &name) {
        Standing::Fresh => ask(now, record, act, format!("asking for {what}")),
        Standing::UnderWay => wait_until_deadline(now, record, &format!("{what} was asked for a moment ago")),
        Standing::Lost { attempt } if attempt < MAX_ATTEMPTS => {
            ask(now, record, act, format!("{what} is not there and the reply was lost: asking again"))
        }
        Standing::Lost { attempt } => {
            let reason = format!("{what} was asked for {attempt} times, no reply came and it is not there");
            conclude(now, record, Verdict::inconclusive(Because::Other, reason))
        }
        Standing::Done { at } if now < after(at, NOT_YET_VISIBLE) => {
            wait_until_deadline(now, record, &format!("{what} was accepted and is not to be seen yet"))
        }
        Standing::Done { .. } => conclude(now, record, gone(what)),
        Standing::Refused { at, failure, attempt } => refused(now, record, act, what, at, &failure, attempt),
    }
}

/// The copy is not there any more, and it was not us
pub(super) fn gone(what: &str) -> Verdict {
    Verdict::inconclusive(Because::Interference, format!("{what} was removed by somebody else during the drill"))
}

fn refused(
    now: Timestamp,
    record: &Record,
    act: Act,
    what: &str,
    at: Timestamp,
    failure: &Failure,
    attempt: u32,
) -> Decision {
    let name = act.name();
    let again = |pause, because: &str| {
        if now < record.deadline() && now >= after(at, pause) {
            ask(now, record, act.clone(), format!("{because}: asking again for {what}"))
        } else {
            wait_until_deadline(now, record, &format!("{what} was refused, trying again: {}", failure.message))
        }
    };
    let end = |because, failed: bool| {
        let reason = format!("{what} could not be made ({}): {}", failure.class.words(), failure.message);
        let verdict = if failed { Verdict::failed(because, reason) } else { Verdict::inconclusive(because, reason) };
        conclude(now, record, verdict)
    };
    match failure.class {
        Class::Transient | Class::Unknown | Class::WrongState | Class::Conflict => {
            again(RETRY_AFTER, "it may have passed")
        }
        Class::Capacity if attempt < MAX_ATTEMPTS => again(CAPACITY_PAUSE, "capacity may be back"),
        Class::Capacity => end(Because::Capacity, false),
        Class::Quota => match standing(now, record, Act::Sweep.name().as_str()) {
            Standing::Fresh => {
                ask(now, record, Act::Sweep, "a quota is reached: removing expired leftovers to make room")
            }
            Standing::UnderWay => wait_until_deadline(now, record, "making room"),
            _ if attempt < 2 => ask(now, record, act, format!("room may have been made: asking again for {what}")),
            _ => end(Because::Quota, false),
        },
        // The name exists and the thing is not to be seen yet, or it is somebody else's: `making` tells which by its tags.
        Class::AlreadyExists if now < after(at, NOT_YET_VISIBLE) => {
            wait_until_deadline(now, record, &format!("{what} exists and is not to be seen yet"))
        }
        Class::Permission => end(Because::Permission, false),
        Class::Network => end(Because::Network, false),
        Class::Configuration => end(Because::Configuration, false),
        Class::Key => end(Because::Key, false),
        Class::NotFound if name == "restore" => end(Because::Source, false),
        Class::NotFound | Class::AlreadyExists => end(Because::Interference, false),
        Class::Backup => end(Because::BackupUnusable, true),
        Class::Permanent => end(Because::Other, false),
    }
}
