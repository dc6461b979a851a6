//! `closed`: the verdict stands; everybody is told, then the record is filed.

use jiff::Timestamp;

use super::standing::{Standing, after, announce, standing};
use super::{Decision, RETRY_AFTER, TELL_LIMIT, wait};
use crate::restore::Act;
use crate::restore::progress::Phase;
use crate::restore::record::Record;

pub(super) fn decide(now: Timestamp, record: &Record) -> Decision {
    let mut next = record.clone();
    let telling = [Act::Report, Act::Mail, Act::Metrics];
    let due: Vec<Act> = telling.iter().filter(|act| is_due(now, record, act)).cloned().collect();
    let over = now >= after(record.entered(Phase::Closed).unwrap_or(record.requested_at), TELL_LIMIT);
    if !due.is_empty() && !over {
        for act in &due {
            announce(now, &mut next, act);
        }
        return Decision { next, acts: due, because: "telling".to_owned() };
    }
    let untold: Vec<String> = telling
        .iter()
        .filter(|act| !matches!(standing(now, record, &act.name()), Standing::Done { .. }))
        .map(Act::name)
        .collect();
    if !untold.is_empty() && !over {
        return wait(record, format!("still to be told: {}", untold.join(", ")));
    }
    if !is_due(now, record, &Act::Archive) {
        return wait(record, "being filed");
    }
    if !untold.is_empty() {
        next.note(format!("given up after {} h: {}", TELL_LIMIT.as_hours(), untold.join(", ")));
    }
    announce(now, &mut next, &Act::Archive);
    Decision { next, acts: vec![Act::Archive], because: "filing the record".to_owned() }
}

fn is_due(now: Timestamp, record: &Record, act: &Act) -> bool {
    match standing(now, record, &act.name()) {
        Standing::Fresh | Standing::Lost { .. } => true,
        Standing::UnderWay | Standing::Done { .. } => false,
        Standing::Refused { at, .. } => now >= after(at, RETRY_AFTER),
    }
}
