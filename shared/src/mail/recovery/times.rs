//! How long it took, phase by phase, and how much of that was AWS's.

use jiff::{SignedDuration, Timestamp};

use crate::mail::letter::Letter;
use crate::moment;
use crate::recover::{Phase, Record};
use crate::restore::{Asked, instance_of};

/// One phase: its words, when it was entered after the request, how long it took, and whether it is still under way
pub(super) struct Took {
    pub(super) phase: Phase,
    pub(super) entered: SignedDuration,
    pub(super) long: SignedDuration,
    pub(super) is_last: bool,
}

/// The phases so far; the last one lasts until now, unless it is an end
pub(super) fn phases(record: &Record, now: Timestamp) -> Vec<Took> {
    let ends = record.phases.iter().skip(1).map(|next| next.at).chain(std::iter::once(now));
    let all = record.phases.iter().zip(ends);
    let count = record.phases.len();
    let took = all.zip(1_usize..).map(|((entered, end), number)| Took {
        phase: entered.phase,
        entered: entered.at.duration_since(record.requested_at).max(SignedDuration::ZERO),
        long: end.duration_since(entered.at).max(SignedDuration::ZERO),
        is_last: number == count,
    });
    took.collect()
}

/// How much of the time until it could be used was spent waiting for AWS: the volume, and the writer. The rest is ours.
pub(super) fn of_aws(record: &Record) -> Option<SignedDuration> {
    let (volume, usable) = (record.copy.volume_at?, record.copy.usable_at?);
    let asked = |act: &str| record.acts.get(act).map(|Asked { at, .. }| *at);
    let restored = volume.duration_since(asked("restore")?).max(SignedDuration::ZERO);
    let writer = if record.blueprint.kind.is_clustered() {
        usable.duration_since(asked(&format!("create:{}", instance_of(&record.run, 1)))?).max(SignedDuration::ZERO)
    } else {
        SignedDuration::ZERO
    };
    record.rto().map(|rto| restored.saturating_add(writer).min(rto))
}

pub(super) fn section(record: &Record, letter: &mut Letter, now: Timestamp) {
    match record.rto() {
        Some(rto) => {
            letter.heading(&format!("RTO {}, from the request until it could be used", moment::duration(rto)));
            if let Some(aws) = of_aws(record) {
                let share = percent(aws, rto);
                let ours = moment::duration(rto.saturating_sub(aws));
                letter.say("  ", &format!("AWS's share {} ({share} %), ours {ours}", moment::duration(aws)));
            }
        }
        None => letter.heading("RTO not known: it could not be used yet"),
    }
    for took in phases(record, now) {
        let is_end = matches!(took.phase, Phase::HandedOver | Phase::Stuck);
        let long = moment::duration(took.long);
        let long = match (is_end, took.is_last) {
            (true, _) => String::new(),
            (false, true) => format!(", {long} so far"),
            (false, false) => format!(", took {long}"),
        };
        let entered = moment::duration(took.entered);
        letter.say(&format!("  {:<31}  ", took.phase.words()), &format!("after {entered}{long}"));
    }
}

fn percent(part: SignedDuration, whole: SignedDuration) -> i64 {
    if whole.as_secs() <= 0 { 100 } else { part.as_secs().saturating_mul(100) / whole.as_secs() }
}
