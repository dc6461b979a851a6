//! `--follow`: stays with a run until its end, shows its phases, and takes it further itself where nobody else does.
//!
//! Where Lambda itself is the outage, this is the way back. That ticks go on beside it does no harm: whoever wins the write
//! of the record takes the step.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use lifeboat::moment;
use lifeboat::recover::{Phase, Record};
use lifeboat::request::{RecoveryEvent, recovery_event};
use lifeboat::run::{Progress, RunError};
use serde_json::Value;

use crate::records::Found;
use crate::run::advance;
use crate::{EmergencyRestore, Visit, World, remember, status};

/// As it is typed
pub const OPTION: &str = "--follow";
/// Between two looks
const LOOKS_EVERY: Duration = Duration::from_secs(15);
/// The longest stay
pub const LONGEST_STAY: SignedDuration = SignedDuration::from_hours(24);
/// For so long one look may take a run further
const EACH: SignedDuration = SignedDuration::from_mins(10);
/// Looks in a row that may fail before the stay is given up
const MOST_FAILED_LOOKS: usize = 40;

/// Stays with what a request begins, or with a run that is under way.
pub async fn follow<W: World>(
    function: &EmergencyRestore<W>,
    request: Value,
    progress: &mut Progress,
) -> Result<Value, RunError> {
    let event = recovery_event(&request).map_err(|mistakes| RunError::bad_request(mistakes.to_string()))?;
    let until = function.now().saturating_add(EACH).unwrap_or(Timestamp::MAX);
    let answer = match &event {
        RecoveryEvent::Restore(request) if request.dry_run => None,
        RecoveryEvent::Restore(_)
        | RecoveryEvent::Status { .. }
        | RecoveryEvent::CutOver(_)
        | RecoveryEvent::UndoCutOver { .. } => Some(function.answer(event, until).await?),
        RecoveryEvent::Tick { .. } | RecoveryEvent::Windows { .. } | RecoveryEvent::Extend { .. } => None,
    };
    let run = answer.as_ref().and_then(|answer| answer.get("run")).and_then(Value::as_str).map(str::to_owned);
    let Some(run) = run else {
        let allowed = "Allowed: {\"database\": \"orders\", \"to\": …} or {\"run\": \"<id>\"}";
        return Err(RunError::bad_request(format!("{OPTION} stays with a run. {allowed}")));
    };
    let again = format!("emergency-restore {OPTION} '{{\"run\": \"{run}\"}}'");
    progress
        .say(&format!("Following {run}. Ctrl-C ends only the watching, the run goes on; to look again:\n  {again}"));
    stay(function, &run, &again, progress).await
}

async fn stay<W: World>(
    function: &EmergencyRestore<W>,
    run: &str,
    again: &str,
    progress: &mut Progress,
) -> Result<Value, RunError> {
    let began = function.now();
    let (mut failed, mut shown) = (0, 0);
    let mut expected: Option<Option<Record>> = None;
    loop {
        let visit = Visit::begin(function);
        match look(function, run, &visit).await {
            Ok(Found { record, etag }) => {
                failed = 0;
                if expected.is_none() {
                    expected = Some(remember::newest_handed_over(function, &record.database, &visit).await);
                }
                show(&record, &mut shown, progress);
                let now = function.now();
                let earlier = expected.as_ref().and_then(Option::as_ref);
                progress.far(percent(&record, earlier, now), &line(&record, earlier, now));
                if has_ended(&record) || etag.is_none() {
                    return end(function, &record, etag.is_some());
                }
            }
            Err(error) if failed < MOST_FAILED_LOOKS => {
                failed += 1;
                tracing::warn!(error = error.message, "could not look");
                progress.far(None, "could not look; looking again");
            }
            Err(error) => return Err(error),
        }
        if function.now().duration_since(began) >= LONGEST_STAY {
            let words = format!("{run} has not ended in a day. It goes on; to go on watching:\n  {again}");
            return Err(RunError::failed(words));
        }
        function.world().rest(LOOKS_EVERY).await;
    }
}

/// Takes the run as far as it goes, as a tick would, and reads it
async fn look<W: World>(function: &EmergencyRestore<W>, run: &str, visit: &Visit) -> Result<Found, RunError> {
    let until = function.now().saturating_add(EACH).unwrap_or(Timestamp::MAX);
    advance(function, run, until, visit).await;
    if let Err(trouble) = visit.end() {
        tracing::warn!(trouble = trouble.message, "a look had trouble; the next goes on");
    }
    status::known(function, run, visit).await
}

/// Every phase that was entered since the last look, as a line that stays
fn show(record: &Record, shown: &mut usize, progress: &mut Progress) {
    for entry in record.phases.iter().skip(*shown) {
        let after = moment::duration(entry.at.duration_since(record.requested_at));
        progress.say(&format!("after {after}: {}", entry.phase.words()));
    }
    *shown = record.phases.len();
}

/// One line of at most forty columns beside the bar; without a time, so that where nobody watches it comes once
fn line(record: &Record, earlier: Option<&Record>, now: Timestamp) -> String {
    if record.is_cutting_over() {
        return "cutting over".to_owned();
    }
    let words = record.phase.words();
    let Some(took) = earlier.and_then(span).filter(|_| record.copy.usable_at.is_none()) else {
        return words.to_owned();
    };
    let left = took.checked_sub(now.duration_since(record.requested_at)).unwrap_or_default();
    // In steps of five minutes: the last time tells this one no closer.
    let minutes = (left.as_mins() + 4) / 5 * 5;
    if minutes <= 0 { words.to_owned() } else { format!("{words}, {minutes} min left") }
}

/// How far it is, by what the last recovery of this database took until it could be used
fn percent(record: &Record, earlier: Option<&Record>, now: Timestamp) -> Option<i32> {
    if has_ended(record) && record.phase == Phase::HandedOver {
        return Some(100);
    }
    let took = earlier.and_then(span).filter(|took| took.as_secs() > 0)?;
    let passed = now.duration_since(record.requested_at).as_secs().max(0);
    i32::try_from((passed * 100 / took.as_secs()).min(99)).ok()
}

fn span(earlier: &Record) -> Option<SignedDuration> {
    earlier.copy.usable_at.map(|at| at.duration_since(earlier.requested_at))
}

/// An inspection stays open until its time is over; nobody has to wait for that.
fn has_ended(record: &Record) -> bool {
    matches!(record.phase, Phase::HandedOver | Phase::Stuck) && !record.is_cutting_over()
}

fn end<W: World>(function: &EmergencyRestore<W>, record: &Record, is_open: bool) -> Result<Value, RunError> {
    let answer = status::of(function, record, is_open);
    if record.phase == Phase::Stuck {
        let message = answer.get("message").and_then(Value::as_str).unwrap_or_default();
        return Err(RunError::failed(message));
    }
    Ok(answer)
}
