//! The plan, shown. Nothing follows from it and no mark is kept.

use lifeboat::database::backup_price::{gib, month};
use lifeboat::flow::Troubles;
use lifeboat::lifecycle::{Line, Plan, What, plan, preview};
use lifeboat::mail::plan_message;
use lifeboat::policy::{Mistakes, Policy, nearest};
use lifeboat::request::ShowPlan;
use lifeboat::run::RunError;
use serde_json::{Value, json};

use crate::{SnapshotLifecycle, World, look, marks};

/// The answer to `{"plan": …}`
pub async fn show<W: World>(function: &SnapshotLifecycle<W>, request: &ShowPlan) -> Result<Value, RunError> {
    let policy = function.policy().await?;
    if let Some(name) = request.database.as_deref().filter(|name| policy.database(name).is_none()) {
        let names: Vec<&str> = policy.databases.iter().map(|(name, _)| name.as_str()).collect();
        let allowed = format!("\"*\" or a database of the policy: {}", names.join(", "));
        let mistakes = Mistakes::one("plan", format!("is {name:?}"), allowed, nearest(name, names));
        return Err(RunError::bad_request(mistakes.to_string()));
    }
    let mut troubles = Troubles::default();
    let all = made(function, &policy, request, &mut troubles).await?;
    let shown = match &request.database {
        Some(name) => all.only(name),
        None => all,
    };
    let mut message = plan_message(&shown, &policy.timezone);
    let not_read = troubles.end().err().map(|error| error.message);
    if let Some(why) = &not_read {
        message = format!("NOT EVERYTHING COULD BE READ, so this is not the whole plan:\n{why}\n\n{message}");
    }
    Ok(json!({
        "message": message,
        "for": shown.now,
        "due": shown.due().count(),
        "not_read": not_read,
        "snapshots": shown.lines().iter().map(line).collect::<Vec<_>>(),
    }))
}

/// The plan for a request, from everything that a run would look at
pub(crate) async fn made<W: World>(
    function: &SnapshotLifecycle<W>,
    policy: &Policy,
    request: &ShowPlan,
    troubles: &mut Troubles,
) -> Result<Plan, RunError> {
    let home = function.home()?;
    let (found, mut seen) =
        tokio::join!(marks::read(function.world().store()), look::snapshots(function, policy, home, troubles),);
    let found = found?;
    let now = function.now();
    let as_of = request.as_of.and_then(|as_of| as_of.at(&policy.zone()));
    let make = |seen: &_| match as_of {
        Some(at) => preview(now, at, policy, seen, &found.marks),
        None => plan(now, policy, seen, &found.marks),
    };
    let waiting = look::waiting(&make(&seen));
    if !waiting.is_empty() {
        let (lists, open) = tokio::join!(look::lists(function, None), look::open_runs(function));
        seen.newest = look::newest(function, policy, &waiting, &lists, troubles).await;
        look::in_use(function, &mut seen, &open, troubles).await;
    }
    Ok(make(&seen))
}

/// One snapshot in an answer
pub(crate) fn line(line: &Line) -> Value {
    let (since, due_at) = match &line.what {
        What::Marked { since, due_at, .. } => (Some(*since), Some(*due_at)),
        What::Due { since, .. } => (Some(*since), None),
        What::Held { since, .. } => (*since, None),
        What::Kept(_) | What::LeftAlone(_) => (None, None),
    };
    json!({
        "snapshot": line.snapshot.identifier, "region": line.region, "database": line.database,
        "what": line.what.word(), "why": line.what.why(), "size_gib": gib(&line.snapshot),
        "dollars_a_month": month(&line.snapshot), "since": since, "due_at": due_at,
    })
}
