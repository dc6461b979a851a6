//! A snapshot before maintenance. It waits for nothing: AWS takes the request, and the answer says how to ask how far it is.

use lifeboat::database::Snapshot;
use lifeboat::fault::{Class, Fault};
use lifeboat::flow::Troubles;
use lifeboat::lifecycle::{CreateSnapshot, Taken, take as taken};
use lifeboat::mail::{quota_message, taken_message};
use lifeboat::policy::Policy;
use lifeboat::ports::{Databases, MakeSnapshots, ReadSnapshots};
use lifeboat::request::{ShowPlan, TakeSnapshot};
use lifeboat::restore::RUN;
use lifeboat::run::RunError;
use serde_json::{Value, json};

use crate::{SnapshotLifecycle, World, show};

/// Statuses of snapshots that are no answer to a request
const USELESS: [&str; 2] = ["failed", "deleting"];

/// The answer to `{"snapshot": …}`
pub async fn take<W: World>(function: &SnapshotLifecycle<W>, request: &TakeSnapshot) -> Result<Value, RunError> {
    let policy = function.policy().await?;
    let now = function.now();
    let bad = |mistakes: lifeboat::policy::Mistakes| RunError::bad_request(mistakes.to_string());
    // First without a look at AWS: a request that has a mistake asks nothing.
    taken(now, &policy, request, &[]).map_err(bad)?;
    let Some(entry) = policy.database(&request.database) else {
        return Err(RunError::bad_request(format!("the policy names no database {:?}", request.database)));
    };
    let databases = function.world().databases(None);
    let there = databases.snapshots(&entry.identifier, entry.kind.is_clustered()).await;
    let there = there.map_err(|fault| {
        RunError::unavailable(format!("no snapshot was made: whether there is one already could not be told: {fault}"))
    })?;
    let usable = |one: &&Snapshot| !USELESS.contains(&one.status.as_str());
    let names: Vec<String> = there.iter().filter(usable).map(|one| one.identifier.clone()).collect();
    let taken = taken(now, &policy, request, &names).map_err(bad)?;
    let status = match &taken {
        Taken::Before { identifier } => {
            let before = there.iter().find(|one| &one.identifier == identifier);
            before.map_or("creating", |one| one.status.as_str()).to_owned()
        }
        Taken::New(act) => match databases.create(act).await {
            Ok(()) => {
                tracing::info!(snapshot = act.identifier, database = act.database, "AWS is making a snapshot");
                "creating".to_owned()
            }
            Err(fault) => return refused(function, &policy, act, &fault).await,
        },
    };
    Ok(answer(&taken, &request.database, &status, &policy))
}

fn answer(taken: &Taken, database: &str, status: &str, policy: &Policy) -> Value {
    let (identifier, made, keep_until) = match taken {
        Taken::New(act) => (&act.identifier, true, act.keep_until),
        Taken::Before { identifier } => (identifier, false, None),
    };
    json!({
        "message": taken_message(taken, &policy.timezone), "snapshot": identifier, "database": database,
        "status": status, "made": made, "keep_until": keep_until,
    })
}

/// A call that did not say yes: what came of it is looked up where it may have been done all the same.
async fn refused<W: World>(
    function: &SnapshotLifecycle<W>,
    policy: &Policy,
    act: &CreateSnapshot,
    fault: &Fault,
) -> Result<Value, RunError> {
    let no = |why: String| RunError::failed(format!("{why}\nDo not begin the change without it."));
    match fault.class {
        Class::AlreadyExists | Class::Unknown => {
            let before = Taken::Before { identifier: act.identifier.clone() };
            match function.world().databases(None).snapshot(&act.identifier).await {
                Ok(Some(there)) if there.tags.get(RUN) != Some(&act.identifier) => {
                    Err(no(format!("No snapshot was made: {} is there, and not made by this.", act.identifier)))
                }
                Ok(Some(there)) if USELESS.contains(&there.status.as_str()) => Err(no(format!(
                    "The snapshot {} is {}: ask again in a minute, which makes another one.",
                    act.identifier, there.status
                ))),
                Ok(Some(there)) if fault.class == Class::Unknown => {
                    Ok(answer(&Taken::New(act.clone()), &act.database, &there.status, policy))
                }
                Ok(Some(there)) => Ok(answer(&before, &act.database, &there.status, policy)),
                Ok(None) => Err(no(format!("No snapshot was made: {fault}. Ask again: the same request makes one."))),
                Err(_) => Err(RunError::unavailable(format!(
                    "Whether {} was made could not be told: {fault}. Ask again: the same request makes one, not two.",
                    act.identifier
                ))),
            }
        }
        Class::Quota => Err(RunError { kind: "Quota", message: quota(function, policy, act).await }),
        _ => Err(no(format!("No snapshot of {} was made: {fault}.", act.database))),
    }
}

/// Which ones the policy would let go first
async fn quota<W: World>(function: &SnapshotLifecycle<W>, policy: &Policy, act: &CreateSnapshot) -> String {
    let mut troubles = Troubles::default();
    let request = ShowPlan { database: None, as_of: None };
    match show::made(function, policy, &request, &mut troubles).await {
        Ok(plan) => quota_message(&act.database, &plan, act.clustered),
        Err(error) => format!(
            "No snapshot of {} was made: the account holds as many manual snapshots as AWS allows.\nWhich ones the \
             policy would let go first could not be told: {}",
            act.database, error.message
        ),
    }
}
