//! `planned`: look at the source, choose what exactly is restored. Nothing is made yet.

use jiff::Timestamp;

use super::{Decision, Observed, conclude, step, wait_until_deadline};
use crate::database::{Seen, Window};
use crate::moment;
use crate::restore::plan::{SourceChoice, SourceFacts};
use crate::restore::point::{PointTrouble, choose};
use crate::restore::progress::Phase;
use crate::restore::record::Record;
use crate::verify::{Because, Verdict};

pub(super) fn decide(now: Timestamp, record: &Record, seen: &Observed) -> Decision {
    let Some(source) = &seen.source else {
        return wait_until_deadline(now, record, "the source was not looked at");
    };
    let identifier = &record.plan.identifier;
    let facts = match &source.facts {
        Seen::Present(facts) => facts,
        Seen::Unknown(why) => {
            return wait_until_deadline(now, record, &format!("{identifier} could not be read: {why}"));
        }
        Seen::Absent => {
            let reason =
                format!("there is no {} database {identifier} in this account and region", record.plan.kind.word());
            return conclude(now, record, Verdict::inconclusive(Because::Source, reason));
        }
    };
    if !facts.engine.fits(record.plan.kind) {
        let reason =
            format!("{identifier} is {}, and the policy says {}", facts.engine.word(), record.plan.kind.word());
        return conclude(now, record, Verdict::inconclusive(Because::Source, reason));
    }
    let snapshots = match &source.snapshots {
        Seen::Present(snapshots) => snapshots.as_slice(),
        Seen::Absent => &[],
        Seen::Unknown(why) => {
            return wait_until_deadline(
                now,
                record,
                &format!("the snapshots of {identifier} could not be read: {why}"),
            );
        }
    };
    let mut next = record.clone();
    next.source = Some(facts.clone());
    next.compare_with.clone_from(&source.last_passed);
    match choose(&record.plan.source, identifier, record.scheduled_for, facts.window, snapshots) {
        Ok(point) => {
            note_lag(&mut next, facts);
            let because = format!("restoring {identifier} to {}", point.words());
            next.point = Some(point);
            next.enter(Phase::Restoring, now);
            step(next, because)
        }
        // A window that is not there yet may come: a database's first backup takes its time.
        Err(PointTrouble::NoWindow { .. }) if facts.window == Window::default() && now < retry_until(record) => {
            wait_until_deadline(now, record, "no restorable time yet")
        }
        Err(trouble) => conclude(now, &next, Verdict::failed(Because::BackupUnusable, trouble.to_string())),
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
    let Some(latest) = facts.window.latest else {
        return;
    };
    let asked = super::standing::after(record.scheduled_for, jiff::SignedDuration::from_secs(-lag_seconds));
    if lag_seconds > 0 && asked > latest {
        let lag = moment::duration(record.scheduled_for.duration_since(latest));
        record.note(format!("the point that the policy asks for was not restorable yet: the latest restorable time was {lag} old, and was restored instead"));
    }
}
