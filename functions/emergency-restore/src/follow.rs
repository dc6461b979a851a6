//! `--follow`: stays with a run until its end, shows its phases, and takes it further itself where nobody else does.
//!
//! Where Lambda itself is the outage, this is the way back. That ticks go on beside it does no harm: whoever wins the write
//! of the record takes the step.

mod expected;
mod shown;

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use lifeboat::recover::{Phase, Record, recovery_id};
use lifeboat::request::{RecoveryEvent, StartRecovery, recovery_event};
use lifeboat::restore::Purpose;
use lifeboat::run::{Progress, RunError};
use serde_json::Value;

use crate::records::Found;
use crate::run::advance;
use crate::tick::NAME;
use crate::{EmergencyRestore, Visit, World, status};
use expected::Expected;
use shown::Shown;

/// As it is typed
pub const OPTION: &str = "--follow";
/// Between two looks
const LOOKS_EVERY: Duration = Duration::from_secs(15);
/// Between two looks just after something changed: the next step is often there at once
const LOOKS_SOON: Duration = Duration::from_secs(3);
/// So many looks come soon after each change
const SOON: usize = 10;
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
    let (event, run) = named(event, function.now())?;
    let again = format!("{} {OPTION} '{{\"run\": \"{run}\"}}'", progress.command(NAME));
    // Ctrl-C may come while it is being begun, and nobody knows then whether it was.
    progress.on_leaving(&format!(
        "Left while {run} was being asked for.\nIt may have been begun, and goes on if it was. To look:\n  {again}\nWhere \
         that does not know the run, nothing was begun."
    ));
    let is_move = matches!(event, RecoveryEvent::CutOver(_) | RecoveryEvent::UndoCutOver { .. });
    let begun = if matches!(event, RecoveryEvent::Status { .. }) {
        None
    } else {
        let until = function.now().saturating_add(EACH).unwrap_or(Timestamp::MAX);
        Some(function.answer(event, until).await?)
    };
    progress.on_leaving(&if is_move {
        format!(
            "The moves of {run} ARE NOT ALL MADE. {NAME} on AWS makes the\nothers every minute only where it may cut over \
             (emergency_cut_over).\nIf not, they wait for whoever follows it again. Do it now:\n  {again}"
        )
    } else {
        format!(
        "{run} goes on without you:\n{NAME} on AWS takes it further every minute. Where Lambda itself is\nthe outage, \
         it goes on when somebody follows it again. To look again:\n  {again}"
        )
    });
    progress
        .say(&format!("Following {run}.\nCtrl-C ends only the watching, the run goes on. To look again:\n  {again}"));
    for line in begun.iter().flat_map(shown::begun) {
        progress.say(&line);
    }
    stay(function, &run, &again, progress).await
}

/// The request with its run's id, which is known before anything is begun: whoever leaves meanwhile can look
fn named(event: RecoveryEvent, now: Timestamp) -> Result<(RecoveryEvent, String), RunError> {
    match event {
        RecoveryEvent::Restore(request) if !request.dry_run => {
            let at = request.scheduled_time.unwrap_or(now);
            let purpose = if request.inspect_for.is_some() { Purpose::Inspection } else { Purpose::Recovery };
            let run = recovery_id(purpose, &request.database, at);
            let request = StartRecovery { scheduled_time: Some(at), ..*request };
            Ok((RecoveryEvent::Restore(Box::new(request)), run))
        }
        RecoveryEvent::Status { run } => Ok((RecoveryEvent::Status { run: run.clone() }, run)),
        RecoveryEvent::UndoCutOver { run } => Ok((RecoveryEvent::UndoCutOver { run: run.clone() }, run)),
        RecoveryEvent::CutOver(request) => {
            let run = request.run.clone();
            Ok((RecoveryEvent::CutOver(request), run))
        }
        RecoveryEvent::Restore(_)
        | RecoveryEvent::Tick { .. }
        | RecoveryEvent::Windows { .. }
        | RecoveryEvent::Extend { .. } => {
            let allowed = "Allowed: {\"database\": \"orders\", \"to\": …} or {\"run\": \"<id>\"}, also with cut_over or \
                           undo_cut_over";
            Err(RunError::bad_request(format!("{OPTION} stays with a run. {allowed}")))
        }
    }
}

async fn stay<W: World>(
    function: &EmergencyRestore<W>,
    run: &str,
    again: &str,
    progress: &mut Progress,
) -> Result<Value, RunError> {
    let began = function.now();
    let (mut failed, mut quiet) = (0, 0);
    let mut shown = Shown::default();
    let mut before: Option<Record> = None;
    let mut expected: Option<Option<Expected>> = None;
    loop {
        let visit = Visit::begin(function);
        let looked = look(function, run, &visit).await;
        let trouble = visit.end().err().map(|trouble| trouble.message);
        match looked {
            Ok(Found { record, etag }) => {
                failed = 0;
                shown.trouble(trouble, progress);
                let expected = match &mut expected {
                    Some(expected) => expected,
                    first @ None => {
                        let found = expected::expected(function, &record, &visit).await;
                        for line in shown::wrapped(&expected::told(found.as_ref(), &record.database)) {
                            progress.say(&line);
                        }
                        first.insert(found)
                    }
                };
                let now = function.now();
                shown.show(&record, expected.as_ref(), now, progress);
                if has_ended(&record) || etag.is_none() {
                    return end(function, &record, etag.is_some());
                }
                quiet = if before.as_ref() == Some(&record) { quiet + 1 } else { 0 };
                before = Some(record);
            }
            // A run that nobody knows will not be known at the next look either.
            Err(error) if failed < MOST_FAILED_LOOKS && error.kind != "BadRequest" => {
                failed += 1;
                quiet += 1;
                shown.trouble(Some(error.message), progress);
                progress.far(None, "could not look; looking again");
            }
            Err(error) => return Err(error),
        }
        if function.now().duration_since(began) >= LONGEST_STAY {
            let words = format!("{run} has not ended in a day. It goes on; to go on watching:\n  {again}");
            return Err(RunError::failed(words));
        }
        function.world().rest(if quiet < SOON { LOOKS_SOON } else { LOOKS_EVERY }).await;
    }
}

/// Takes the run as far as it goes, as a tick would, and reads it
async fn look<W: World>(function: &EmergencyRestore<W>, run: &str, visit: &Visit) -> Result<Found, RunError> {
    let until = function.now().saturating_add(EACH).unwrap_or(Timestamp::MAX);
    advance(function, run, until, visit).await;
    status::known(function, run, visit).await
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
