//! `planned`: look at the source, choose what exactly is restored. Nothing is made yet.

use jiff::Timestamp;

use super::{Decision, Observed, conclude, step, wait_until_deadline};
use crate::moment;
use crate::restore::plan::{SourceChoice, SourceFacts};
use crate::restore::progress::Phase;
use crate::restore::record::Record;
use crate::restore::resolve::{Resolved, resolve};

pub(super) fn decide(now: Timestamp, record: &Record, seen: &Observed) -> Decision {
    let Some(source) = &seen.source else {
        return wait_until_deadline(now, record, "the source was not looked at");
    };
    let mut next = record.clone();
    match resolve(&record.plan, record.scheduled_for, source) {
        Resolved::NotYet(why) => wait_until_deadline(now, record, &why),
        // A window that is not there yet may come: a database's first backup takes its time.
        Resolved::Nothing { may_come: true, .. } if now < retry_until(record) => {
            wait_until_deadline(now, record, "no restorable time yet")
        }
        Resolved::Nothing { verdict, facts, .. } => {
            next.compare_with = facts.as_ref().and_then(|_| source.last_passed.clone());
            next.source = facts.map(|facts| *facts);
            conclude(now, &next, verdict)
        }
        Resolved::Ready(chosen) => {
            let because = format!("restoring {} to {}", record.plan.identifier, chosen.point.words());
            for note in &chosen.notes {
                next.note(note);
            }
            note_lag(&mut next, &chosen.facts);
            next.compare_with.clone_from(&source.last_passed);
            next.source = Some(chosen.facts);
            next.point = Some(chosen.point);
            next.enter(Phase::Restoring, now);
            step(next, because)
        }
    }
}

/// One look and one more two minutes later: a window that AWS did not tell once is not taken for a missing backup.
fn retry_until(record: &Record) -> Timestamp {
    super::standing::after(record.requested_at, jiff::SignedDuration::from_mins(2))
}

fn note_lag(record: &mut Record, facts: &SourceFacts) {
    let SourceChoice::PointInTime { lag_seconds } = record.plan.source else {
        return;
    };
    let Some(latest) = facts.window.latest.filter(|_| !facts.is_gone) else {
        return;
    };
    let asked = super::standing::after(record.scheduled_for, jiff::SignedDuration::from_secs(-lag_seconds));
    if lag_seconds > 0 && asked > latest {
        let lag = moment::duration(record.scheduled_for.duration_since(latest));
        record.note(format!("the point that the policy asks for was not restorable yet: the latest restorable time was {lag} old, and was restored instead"));
    }
}
