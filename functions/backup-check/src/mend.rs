//! The changes that the policy asks for, made one by one. One that fails is noted, and the others go on.

use jiff::Timestamp;
use lifeboat::checkup::{RaiseRetention, World as Facts};
use lifeboat::fault::{Class, Fault};
use lifeboat::flow::Troubles;
use lifeboat::ports::{Databases, Remedy};

use crate::World;
use crate::rules::{Mended, Rules};
use crate::scope::Scope;

/// Most changes of one check: what a slip in the policy may do before somebody reads of it
pub const MOST_MENDED: usize = 20;

/// Makes the changes. Whatever was decided, nothing is changed that the policy does not name and allow, and no retention is
/// lowered.
pub async fn mend<W: World>(
    world: &W,
    rules: &Rules,
    scope: &Scope<'_>,
    facts: &Facts,
    now: Timestamp,
    troubles: &mut Troubles,
) -> Mended {
    let may = scope.policy.checkup.remediate;
    let mut done = Mended::default();
    if !may.retention && !may.deletion_protection {
        return done;
    }
    let remedies = (rules.mend)(now, scope.policy, facts);
    let mut left = MOST_MENDED;
    for act in remedies.raise {
        let is_raise = may.retention && act.to_days > act.from_days;
        if !is_raise || !is_named(scope, &act.database, &act.identifier, act.clustered) || !take(&mut left) {
            continue;
        }
        let to_days = act.to_days;
        // The list may be minutes old: what somebody raised meanwhile would be lowered by what was decided then.
        match kept_now(world.databases(scope.home), &act).await {
            Ok(days) if days < to_days => {}
            Ok(days) => {
                tracing::info!(
                    database = act.database,
                    identifier = act.identifier,
                    days,
                    "its retention was raised meanwhile"
                );
                continue;
            }
            Err(fault) => {
                failed(&mut done, troubles, &act.identifier, &fault);
                continue;
            }
        }
        match world.remedy().raise_retention(&act).await {
            Ok(()) => {
                tracing::warn!(database = act.database, identifier = act.identifier, to_days, "raised a retention");
                done.raised.push(act);
            }
            Err(fault) => failed(&mut done, troubles, &act.identifier, &fault),
        }
    }
    for act in remedies.protect {
        let is_named = is_named(scope, &act.database, &act.identifier, act.clustered);
        if !may.deletion_protection || !is_named || !take(&mut left) {
            continue;
        }
        match world.remedy().protect(&act).await {
            Ok(()) => {
                tracing::warn!(database = act.database, identifier = act.identifier, "turned deletion protection on");
                done.protected.push(act);
            }
            Err(fault) => failed(&mut done, troubles, &act.identifier, &fault),
        }
    }
    if left == 0 {
        troubles.say("remediate", format!("stopped after {MOST_MENDED} changes; the next check goes on"));
    }
    done
}

/// The days for which its automated backups are kept just now
async fn kept_now(databases: &impl Databases, act: &RaiseRetention) -> Result<i64, Fault> {
    let days = if act.clustered {
        databases.cluster(&act.identifier).await?.map(|cluster| cluster.configuration.backup_retention_days)
    } else {
        databases.instance(&act.identifier).await?.map(|instance| instance.configuration.backup_retention_days)
    };
    let gone = || Fault::new(Class::NotFound, "rds:Describe", &act.identifier, "", "it is not there any more");
    days.map(i64::from).ok_or_else(gone)
}

fn take(left: &mut usize) -> bool {
    let some = *left > 0;
    *left = left.saturating_sub(1);
    some
}

/// Whether the policy has this database, of this kind and identifier, and this check looks at it
fn is_named(scope: &Scope<'_>, database: &str, identifier: &str, clustered: bool) -> bool {
    let entry = scope.databases().into_iter().find(|(name, _)| *name == database);
    entry.is_some_and(|(_, entry)| entry.identifier == identifier && entry.kind.is_clustered() == clustered)
}

/// Red in any case: a change that the policy asks for was not made.
fn failed(done: &mut Mended, troubles: &mut Troubles, identifier: &str, fault: &Fault) {
    troubles.say(identifier, fault.to_string());
    done.failed.push((identifier.to_owned(), fault.to_string()));
}
