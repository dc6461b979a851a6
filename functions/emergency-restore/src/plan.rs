//! Dry runs: whatever the run would have to read is read, nothing is made, and what it would do is said.

use jiff::Timestamp;
use lifeboat::database::{Quota, Seen};
use lifeboat::mail::plan_of_recovery_message;
use lifeboat::ports::{Quotas, Vaults};
use lifeboat::recover::{Wish, dry_run};
use lifeboat::request::StartRecovery;
use lifeboat::restore::{Point, Purpose};
use lifeboat::run::RunError;
use serde_json::{Value, json};

use crate::settle::Settled;
use crate::{EmergencyRestore, Visit, World, begin};

/// The run that would be
#[derive(Debug)]
pub struct Planned<'a> {
    /// Its id
    pub run: &'a str,
    /// The database's name in the policy
    pub database: &'a str,
    /// What it is for
    pub purpose: Purpose,
    /// When an inspection would end
    pub expires_at: Option<Timestamp>,
}

/// Says what would be done. What could not be looked at stands in the answer and hides nothing of it.
pub async fn plan<W: World>(
    function: &EmergencyRestore<W>,
    planned: &Planned<'_>,
    settled: &Settled,
    request: &StartRecovery,
    timezone: &str,
    visit: &Visit,
) -> Result<Value, RunError> {
    let Settled { resolved, blueprint, notes } = settled;
    let (quotas, others, ()) = tokio::join!(
        quotas(function, visit),
        begin::others(function, planned.database, planned.run, visit),
        try_job(function, planned.run, &resolved.point, visit),
    );
    let wish = Wish {
        run: planned.run,
        database: planned.database,
        purpose: planned.purpose,
        blueprint,
        resolved,
        expires_at: planned.expires_at,
        quotas: &quotas,
        denied: &visit.denied(),
    };
    let mut plan = dry_run(&wish);
    let others = others.unwrap_or_else(|fault| {
        plan.not_known.push(format!("whether other recoveries of it are under way: {fault}"));
        Vec::new()
    });
    plan.not_known.extend(visit.end().err().map(|error| error.message));
    let message = plan_of_recovery_message(&plan, &resolved.point, request, timezone);
    Ok(json!({"message": message, "dry_run": true, "plan": plan, "notes": notes, "others_under_way": others,
              "time": visit.took(function)}))
}

async fn quotas<W: World>(function: &EmergencyRestore<W>, visit: &Visit) -> Seen<Vec<Quota>> {
    let read = function.world().databases().account_quotas();
    match visit.call(function, "rds:DescribeAccountAttributes", "the account", read).await {
        Ok(quotas) => Seen::Present(quotas),
        Err(fault) => Seen::Unknown(fault.to_string()),
    }
}

/// A restore job of no such id: that there is none is an answer, that nobody may ask is one as well.
async fn try_job<W: World>(function: &EmergencyRestore<W>, run: &str, point: &Point, visit: &Visit) {
    if let Point::RecoveryPoint { .. } = point {
        let read = function.world().vaults().restore_job(run);
        if let Err(fault) = visit.call(function, "backup:DescribeRestoreJob", run, read).await {
            tracing::info!(error = %fault, "restore jobs could not be looked at");
        }
    }
}
