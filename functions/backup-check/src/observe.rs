//! Looking: everything that a check needs to know is read, a few calls at a time. A read that fails is `Unknown` with its
//! reason, and the others go on.

use std::collections::BTreeMap;

use jiff::Timestamp;
use lifeboat::checkup::{AskedSharing, State, World as Facts};
use lifeboat::database::BackupPlan;

use crate::World;
use crate::measured::{self, History};
use crate::reading::all;
use crate::scope::Scope;
use crate::{keys, records, regions, sharing};

/// What was seen, and what is to be remembered of it
#[derive(Debug)]
pub struct Observed {
    /// What was seen
    pub facts: Facts,
    /// Billed bytes by database, with what was read now
    pub history: History,
    /// Who else may restore snapshots, with what was asked now
    pub sharing: BTreeMap<String, AskedSharing>,
}

/// Looks.
pub async fn observe<W: World>(world: &W, scope: &Scope<'_>, state: &State, now: Timestamp) -> Observed {
    let since = records::jobs_since(state.looked_at, now);
    let (mut home, billed, drills, open_runs) = tokio::join!(
        regions::home(world, scope, since),
        measured::read(world, scope, &state.history, now),
        records::drills(world, scope, now),
        records::open_runs(world, scope),
    );
    home.billed = billed;
    let history = measured::remember(scope, &state.history, &home.billed, now);

    let plans: &[BackupPlan] = home.plans.as_ref().and_then(|plans| plans.as_deref().ok()).unwrap_or_default();
    let account = account_of(&home);
    let mut vaults = scope.vaults_elsewhere(plans, account);
    let elsewhere = scope.elsewhere().into_iter().map(|region| {
        let vaults = vaults.remove(&region).unwrap_or_default();
        regions::elsewhere(world, scope, region, vaults)
    });
    let mut read: BTreeMap<_, _> = all(elsewhere.collect()).await.into_iter().collect();
    read.insert(scope.home.to_owned(), home);

    let sharing = sharing::ask(world, scope, &state.sharing, &mut read, now).await;
    for (name, region) in &mut read {
        region.keys = keys::ask(world, scope, name, region).await;
    }
    let facts = Facts {
        home: scope.home.to_owned(),
        regions: read,
        drills: Some(drills),
        open_runs: Some(open_runs),
        history: state.history.clone(),
        last_looked: state.looked_at,
    };
    Observed { facts, history, sharing }
}

/// The account, as the ARN of any database or snapshot says it
fn account_of(home: &lifeboat::checkup::Region) -> Option<&str> {
    let clusters = home.clusters.as_ref().and_then(|read| read.as_ref().ok()).into_iter().flatten();
    let instances = home.instances.as_ref().and_then(|read| read.as_ref().ok()).into_iter().flatten();
    let snapshots = home.snapshots.as_ref().and_then(|read| read.as_ref().ok()).into_iter().flatten();
    let arns = clusters.map(|it| it.facts.arn.as_str()).chain(instances.map(|it| it.facts.arn.as_str()));
    let mut arns = arns.chain(snapshots.map(|it| it.arn.as_str()));
    arns.find_map(|arn| arn.split(':').nth(4).filter(|account| !account.is_empty()))
}
