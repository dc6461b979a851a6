//! Copies to another region: each is begun by a call there. AWS makes it over minutes and hours; later runs look.

use futures_util::stream::{self, StreamExt};
use lifeboat::fault::{Class, Fault};
use lifeboat::lifecycle::{Copies, CopySnapshot};
use lifeboat::mail::Done;
use lifeboat::ports::{MakeSnapshots, ReadSnapshots};
use lifeboat::restore::RUN;

use crate::{SnapshotLifecycle, World};

/// Calls at once
const MOST_AT_ONCE: usize = 8;

/// Begins what is to be begun; how many were. One that fails never stops the others.
pub async fn begin<W: World>(function: &SnapshotLifecycle<W>, copies: &Copies, done: &mut Done) -> usize {
    let acts: Vec<CopySnapshot> = copies.start.clone();
    let begun = acts.into_iter().map(|act| async move {
        let result = one(function, &act).await;
        (act, result)
    });
    let results: Vec<_> = stream::iter(begun).buffer_unordered(MOST_AT_ONCE).collect().await;
    let mut number = 0;
    for (act, result) in results {
        match result {
            Ok(()) => number += 1,
            Err(fault) => {
                tracing::error!(target = act.target, region = act.region, error = %fault, "a copy was not begun");
                done.not_copied.push((act.target, fault.to_string()));
            }
        }
    }
    number
}

async fn one<W: World>(function: &SnapshotLifecycle<W>, act: &CopySnapshot) -> Result<(), Fault> {
    let databases = function.world().databases(Some(&act.region));
    tracing::info!(target = act.target, region = act.region, "beginning a copy");
    let Err(fault) = databases.copy(act).await else { return Ok(()) };
    // Begun by a call whose reply was lost, or by somebody else's: ours by its tag.
    let perhaps = matches!(fault.class, Class::AlreadyExists | Class::Unknown);
    if perhaps
        && let Ok(Some(there)) = databases.snapshot(&act.target).await
        && there.tags.get(RUN) == Some(&act.target)
    {
        return Ok(());
    }
    Err(fault)
}
