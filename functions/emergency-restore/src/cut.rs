//! Requests to cut over to a copy, and back.
//!
//! A request only writes into the record what is wanted, with every move and its opposite; the run itself makes the moves, a
//! tick at a time, and whoever comes next goes on. So a process that dies in between leaves nothing half done for long.

mod moves;

use jiff::Timestamp;
use lifeboat::recover::{CutOver, Direction, End, Move, Phase, Record};
use lifeboat::request::{By, CutOverRequest};
use lifeboat::restore::Purpose;
use lifeboat::run::RunError;
use lifeboat::verify::VerdictWord;
use serde_json::{Value, json};

use crate::change::{Change, change};
use crate::run::advance;
use crate::{EmergencyRestore, Visit, World, status};

/// Cuts over to a run's copy.
pub async fn cut_over<W: World>(
    function: &EmergencyRestore<W>,
    request: &CutOverRequest,
    until: Timestamp,
) -> Result<Value, RunError> {
    allowed_here(function, "cut over")?;
    let visit = Visit::begin(function);
    let (of, by) = (&visit, &request.by);
    let changed = change(function, &request.run, of, |record| async move {
        if let Some(cut) = &record.cut_over
            && is_wanted_already(cut, by)
        {
            return Ok(Change::Nothing);
        }
        may_cut_over(&record, request)?;
        let moves = moves::moves(function, &record, by, of).await?;
        let cut_over = Some(CutOver::begin(moves, function.now()));
        Ok(Change::To(Box::new(Record { cut_over, ..record })))
    });
    changed.await?;
    answer(function, &request.run, until, &visit).await
}

/// Puts a cut-over back, whatever the data looks like. Only what is there to go back to is asked: without it, applications
/// would reach neither.
pub async fn undo<W: World>(function: &EmergencyRestore<W>, run: &str, until: Timestamp) -> Result<Value, RunError> {
    allowed_here(function, "put back")?;
    let visit = Visit::begin(function);
    let of = &visit;
    let changed = change(function, run, of, |record| async move {
        let Some(cut) = &record.cut_over else {
            return Err(RunError::bad_request(format!("{run} was never cut over to: there is nothing to put back")));
        };
        let is_back = cut.direction == Direction::Back && cut.end != Some(End::Partly);
        if is_back {
            return Ok(Change::Nothing);
        }
        if cut.end == Some(End::Copy) {
            moves::source_is_there(function, &record, cut, of).await?;
        }
        let cut_over = Some(cut.undo(function.now()));
        Ok(Change::To(Box::new(Record { cut_over, ..record })))
    });
    changed.await?;
    answer(function, run, until, &visit).await
}

async fn answer<W: World>(
    function: &EmergencyRestore<W>,
    run: &str,
    until: Timestamp,
    visit: &Visit,
) -> Result<Value, RunError> {
    advance(function, run, until, visit).await;
    // What is written is written: a move that AWS refuses is told by the record, and tried again by the next tick.
    let troubles = visit.end().err().map(|error| error.message);
    let mut answer = status::status(function, run).await?;
    if let Value::Object(fields) = &mut answer {
        fields.insert("trouble".to_owned(), json!(troubles));
        fields.insert("time".to_owned(), visit.took(function));
    }
    Ok(answer)
}

/// The same request again: it is under way, or has ended where it was to end
fn is_wanted_already(cut: &CutOver, by: &By) -> bool {
    let is_same = match (by, cut.moves.first()) {
        (By::Proxy { name, .. }, Some(Move::Retarget { proxy, .. })) => name == proxy,
        (By::SwapNames, Some(Move::Rename { .. })) => true,
        _ => false,
    };
    is_same && cut.direction == Direction::Forward && matches!(cut.end, None | Some(End::Copy))
}

/// Whether the role behind this process is meant to change what is in production. A move that AWS refuses halfway would leave
/// less than a request that is refused at once.
fn allowed_here<W: World>(function: &EmergencyRestore<W>, what: &str) -> Result<(), RunError> {
    if function.world().may_cut_over() {
        return Ok(());
    }
    Err(RunError::bad_request(format!(
        "nothing was {what}: this function's role may not change what is in production. Either set emergency_cut_over = true in \
         Terraform, apply, and ask again; or ask from a machine whose credentials may, and stay until it has ended: \
         emergency-restore --follow with the same request"
    )))
}

/// Whether this run's copy is one to cut over to
fn may_cut_over(record: &Record, request: &CutOverRequest) -> Result<(), RunError> {
    let run = &record.run;
    let refused = |why: String| Err(RunError::bad_request(format!("nothing was cut over: {why}")));
    if record.purpose != Purpose::Recovery {
        return refused(format!("{run} is an inspection: it is small, and it ends. Ask for a recovery"));
    }
    match record.cut_over.as_ref().map(|cut| (cut.direction, cut.end)) {
        None | Some((_, Some(End::Source))) => {}
        Some((_, Some(End::Copy))) => {
            return refused(format!("applications reach the copy of {run} already, by other moves. Undo those first"));
        }
        Some((_, Some(End::Partly))) => {
            return refused(
                "the last cut-over could be put back only in part: mend by hand what its mail names".to_owned(),
            );
        }
        Some((Direction::Forward, None)) => return refused("another cut-over of this run is under way".to_owned()),
        Some((Direction::Back, None)) => {
            return refused("the last cut-over is being put back: ask again when it is".to_owned());
        }
    }
    if record.phase != Phase::HandedOver {
        let words = record.phase.words();
        return refused(format!("{run} is not handed over, it is {words}. Ask for its status: {{\"run\": \"{run}\"}}"));
    }
    let verdict = record.verdict.as_ref();
    if verdict.is_some_and(|verdict| verdict.word == VerdictWord::Passed) || request.despite_failed_checks {
        return Ok(());
    }
    let (word, reason) = match verdict {
        Some(verdict) if verdict.word == VerdictWord::Failed => ("failed", verdict.reason.as_str()),
        Some(verdict) => ("could not be asked", verdict.reason.as_str()),
        None => ("were not asked", "no answer came"),
    };
    let despite = "Look at the data; if it is good enough, ask again with \"despite_failed_checks\": true";
    refused(format!("the checks of {run} {word}: {reason}. {despite}"))
}
