//! Keeping an inspection longer: its tags first, which the sweeper goes by, then its record, which people go by.

use jiff::{SignedDuration, Timestamp, Unit};
use lifeboat::fault::Class;
use lifeboat::moment;
use lifeboat::ports::Recover;
use lifeboat::recover::{Letter, Record, members};
use lifeboat::run::RunError;
use serde_json::Value;

use crate::change::{Change, change};
use crate::{EmergencyRestore, Visit, World, act, begin, status};

/// Keeps an inspection until `by` from now.
pub async fn extend<W: World>(
    function: &EmergencyRestore<W>,
    run: &str,
    by: SignedDuration,
) -> Result<Value, RunError> {
    let visit = Visit::begin(function);
    let of = &visit;
    let now = function.now();
    let end = now.saturating_add(by).unwrap_or(now);
    let end = end.round(Unit::Second).unwrap_or(end);
    let changed = change(function, run, of, |record| async move {
        let Some(ends) = record.expires_at else {
            return Err(RunError::bad_request(format!("{run} is no inspection: it stays until somebody removes it")));
        };
        if end <= ends {
            let ends = begin::at(ends, &record);
            let by = moment::duration(by);
            return Err(RunError::bad_request(format!("{run} ends at {ends}, which is later than {by} from now")));
        }
        retag(function, &record, end, of).await?;
        let mut next = record;
        next.expires_at = Some(end);
        // It is warned about again.
        next.told.retain(|letter| *letter != Letter::EndsSoon);
        next.acts.remove(&Letter::EndsSoon.act());
        Ok(Change::To(Box::new(next)))
    });
    changed.await?;
    visit.end()?;
    status::status(function, run).await
}

/// The tags of everything that the sweeper could remove. One that is missed would be removed at the old time, so all are
/// needed.
async fn retag<W: World>(
    function: &EmergencyRestore<W>,
    record: &Record,
    end: Timestamp,
    visit: &Visit,
) -> Result<(), RunError> {
    let run = &record.run;
    let clustered = record.blueprint.kind.is_clustered();
    let mut things = vec![(run.clone(), clustered, true)];
    if clustered {
        // One that is still being made has its tags already, and the old time in them.
        let made = members(&record.blueprint, run).into_iter().map(|member| member.identifier);
        let known = |name: String| {
            let is_up = record.copy.members_at.contains_key(&name);
            (name, false, is_up)
        };
        things.extend(made.map(known));
    }
    for (identifier, clustered, is_up) in things {
        let extended = async {
            let arn = act::own_copy(function, record, &identifier, clustered, visit).await?;
            let extend = function.world().databases().extend(&arn, end);
            visit.call(function, "rds:AddTagsToResource", &identifier, extend).await
        };
        let extended = extended.await;
        // What nobody has made yet is made with the time that the record has then.
        if !is_up && extended.as_ref().is_err_and(|fault| fault.class == Class::NotFound) {
            continue;
        }
        extended.map_err(|fault| {
            let words = format!("{run} is not extended: {fault}. It ends as before; ask again");
            if fault.class.passes_by_itself() { RunError::unavailable(words) } else { RunError::failed(words) }
        })?;
    }
    Ok(())
}
