//! Where a run stands, as an answer.

use jiff::Timestamp;
use serde::Serialize;

use super::times::{of_aws, phases};
use super::{about, connect, counted, cut_over, parts, short};
use crate::mail::facts::{LONGEST_VALUE, zone};
use crate::mail::letter::Letter;
use crate::mail::text::clean;
use crate::moment;
use crate::recover::{Difference, Direction, End, GivenUp, Phase, Record};
use crate::restore::Purpose;
use crate::verify::Verdict;

/// One phase of a run
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PhaseStatus {
    /// The phase
    pub phase: Phase,
    /// Seconds after the request at which it was entered
    pub after_seconds: i64,
    /// Seconds that it took, or has taken so far
    pub seconds: i64,
}

/// The fields of the answer
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunStatus {
    /// Run id, which is the copy's identifier
    pub run: String,
    /// The database's name in the policy
    pub database: String,
    /// What it is for
    pub purpose: Purpose,
    /// Where it stands
    pub phase: Phase,
    /// Every phase so far
    pub phases: Vec<PhaseStatus>,
    /// When the request came
    pub requested_at: Timestamp,
    /// Host of the endpoint
    pub endpoint: Option<String>,
    /// Port
    pub port: Option<u16>,
    /// From when on it could be used
    pub usable_at: Option<Timestamp>,
    /// Seconds from the request until then
    pub rto_seconds: Option<i64>,
    /// Seconds of these that AWS took
    pub aws_seconds: Option<i64>,
    /// What is still to be made
    pub still_to_come: Vec<String>,
    /// What is not tried any more
    pub given_up: Vec<GivenUp>,
    /// What the data check says
    pub verdict: Option<Verdict>,
    /// What differs from the source; none until it was compared
    pub differences: Option<Vec<Difference>>,
    /// When an inspection ends
    pub expires_at: Option<Timestamp>,
    /// Which way the last cut-over went
    pub cut_over: Option<Direction>,
    /// Where it ended; none while it is under way
    pub cut_over_end: Option<End>,
    /// What was noted
    pub notes: Vec<String>,
}

/// Where a run stands, as fields
pub fn run_status(record: &Record, now: Timestamp) -> RunStatus {
    RunStatus {
        run: record.run.clone(),
        database: record.database.clone(),
        purpose: record.purpose,
        phase: record.phase,
        phases: phases(record, now)
            .into_iter()
            .map(|it| PhaseStatus { phase: it.phase, after_seconds: it.entered.as_secs(), seconds: it.long.as_secs() })
            .collect(),
        requested_at: record.requested_at,
        endpoint: record.copy.endpoint.clone(),
        port: record.copy.port,
        usable_at: record.copy.usable_at,
        rto_seconds: record.rto().map(|rto| rto.as_secs()),
        aws_seconds: of_aws(record).map(|aws| aws.as_secs()),
        still_to_come: record.still_to_come(),
        given_up: record.given_up.clone(),
        verdict: record.verdict.clone(),
        differences: record.differences.clone(),
        expires_at: record.expires_at,
        cut_over: record.cut_over.as_ref().map(|cut| cut.direction),
        cut_over_end: record.cut_over.as_ref().and_then(|cut| cut.end),
        notes: record.notes.clone(),
    }
}

/// Where a run stands, in words
pub fn status_of_run_message(record: &Record, now: Timestamp) -> String {
    let zone = zone(&record.timezone);
    let mut letter = Letter::default();
    let elapsed = moment::duration(now.duration_since(record.requested_at).max(jiff::SignedDuration::ZERO));
    let inspection = record.purpose == Purpose::Inspection;
    let what = if inspection { "Inspection" } else { "Recovery" };
    letter.say("", &format!("{what} of {}: {}, {elapsed} after the request.", short(record), record.phase.words()));
    letter.say("", &now_what(record));
    if record.phase == Phase::Stuck {
        parts::why(record, &mut letter);
    }
    parts::what(record, &mut letter, now);
    super::times::section(record, &mut letter, now);
    parts::still_to_come(record, &mut letter);
    parts::given_up(record, &mut letter);
    if record.copy.usable_at.is_some() {
        connect::section(record, &mut letter);
        parts::checks(record, &mut letter);
    }
    if let Some(cut) = &record.cut_over {
        let (way, end) = match (cut.direction, cut.end) {
            (Direction::Forward, None) => ("to the copy", "under way"),
            (Direction::Back, None) => ("back to the source", "under way"),
            (_, Some(End::Copy)) => ("to the copy", "ended: applications reach the copy"),
            (_, Some(End::Source)) => ("back to the source", "ended: applications reach the source"),
            (_, Some(End::Partly)) => ("back to the source", "ended ONLY IN PART: look at every name"),
        };
        letter.heading(&format!("CUT-OVER {way}: {end}"));
        if let Some(asked) = cut.asked.as_ref().filter(|_| cut.end.is_none()) {
            let times = counted(usize::try_from(asked.attempt).unwrap_or(usize::MAX), "time", "times");
            letter.say("  now  ", &clean(&format!("{}, asked {times}", asked.name), LONGEST_VALUE));
        }
        if let Some(reason) = &cut.reason {
            letter.say("  why  ", &clean(reason, 2 * LONGEST_VALUE));
        }
    }
    if inspection {
        parts::longer(record, &mut letter);
    } else if record.phase == Phase::HandedOver && record.cut_over.is_none() {
        parts::differences(record, &mut letter);
        cut_over::how(record, &mut letter);
    }
    parts::notes(record, &mut letter);
    letter.gap();
    letter.say("", &format!("Seen {}. Ask again:", moment::both(now, &zone)));
    if let Some(command) = about(record, &[]) {
        letter.command(&command);
    }
    letter.sealed("INFO", "").body
}

/// What there is to do, or to wait for
fn now_what(record: &Record) -> String {
    match (record.phase, record.copy.usable_at) {
        (Phase::Stuck, _) => "It cannot go on by itself: read why.".to_owned(),
        (Phase::HandedOver, _) => "Nothing is being made any more.".to_owned(),
        (_, Some(_)) => "It can be used. The rest is being made meanwhile.".to_owned(),
        (Phase::Restoring, None) => {
            "AWS restores the volume; it says no percentage. Nothing to do but wait.".to_owned()
        }
        (_, None) => "It cannot be used yet. Nothing to do but wait.".to_owned(),
    }
}
