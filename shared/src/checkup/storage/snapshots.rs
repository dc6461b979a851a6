//! Manual snapshots beyond the retention that nothing keeps, what they cost, and what letting them go would save.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::super::{Asking, Finding, Mend, Severity, Sheet, Unknown};
use super::{dollars, gib_words, snapshots_words};
use crate::database::price::PRICES_OF;
use crate::database::{Sharing, Snapshot, SnapshotKind, backup_price};
use crate::lifecycle::{self, Hold, KEEP, KEEP_UNTIL, Line, Marks, NewestBackup, What};
use crate::moment;
use crate::policy::{Checkup, Database, Policy};

/// Snapshots that a finding lists
const MOST_LISTED: usize = 10;

/// What clean-up says of every snapshot
pub(super) struct Plans {
    /// ARNs of what is kept now
    kept: BTreeSet<String>,
    /// What would be let go when the grace period is over, by database: by that run or (where a run may not delete so many)
    /// by those after it
    going: BTreeMap<String, Vec<Arc<Snapshot>>>,
}

/// A sum over snapshots
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Sum {
    pub snapshots: usize,
    pub gib: f64,
    pub dollars: f64,
    /// Snapshots whose size or price are not known
    pub not_known: usize,
}

impl Sum {
    pub(super) fn of<'a>(asking: &Asking<'_>, snapshots: impl Iterator<Item = &'a Snapshot>) -> Self {
        let prices = &asking.policy.checkup.prices;
        snapshots.fold(Self::default(), |sum, one| {
            let (gib, dollars) = (backup_price::gib(one), backup_price::month_at(one, prices));
            Self {
                snapshots: sum.snapshots + 1,
                gib: sum.gib + gib.unwrap_or_default(),
                dollars: sum.dollars + dollars.unwrap_or_default(),
                not_known: sum.not_known + usize::from(dollars.is_none()),
            }
        })
    }

    fn words(&self) -> String {
        let rest = if self.not_known == 0 { String::new() } else { format!(" ({} without a size)", self.not_known) };
        format!("{}, at most about {} a month{rest}", gib_words(self.gib), dollars(self.dollars))
    }
}

impl Plans {
    /// Database by database, as none has a say in another's snapshots: so only one database's are held twice at a time.
    pub(super) fn of(asking: &Asking<'_>) -> Self {
        let mut plans = Self { kept: BTreeSet::new(), going: BTreeMap::new() };
        let (timezone, cleanup) = (asking.policy.timezone.clone(), asking.policy.cleanup);
        let mut policy =
            Policy { timezone, cleanup, databases: Vec::new(), jobs: Vec::new(), checkup: Checkup::default() };
        for (name, database) in &asking.policy.databases {
            let world = world(asking, name, database);
            if world.regions.values().any(|snapshots| !snapshots.is_empty()) {
                policy.databases = vec![(name.clone(), database.clone())];
                plans.add(asking.now, &policy, &world);
            }
        }
        plans
    }

    fn add(&mut self, now: Timestamp, policy: &Policy, world: &lifecycle::World) {
        let marks = Marks::default();
        // What is marked now is due a moment after the grace period is over.
        let grace = SignedDuration::from_hours(policy.cleanup.grace_days.max(1).saturating_mul(24));
        let later = now.checked_add(grace + SignedDuration::from_secs(1)).unwrap_or(now);
        let today = lifecycle::plan(now, policy, world, &marks);
        let kept = today.lines().iter().filter(|line| matches!(line.what, What::Kept(_)));
        self.kept.extend(kept.map(|line| line.snapshot.arn.clone()));
        let goes = |line: &&Line| matches!(&line.what, What::Due { .. } | What::Held { by: Hold::Limit(_), .. });
        for line in lifecycle::preview(now, later, policy, world, &marks).lines().iter().filter(goes) {
            if let Some(name) = &line.database {
                self.going.entry(name.clone()).or_default().push(line.snapshot.clone());
            }
        }
    }

    /// What clean-up would let go
    pub(super) fn going<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a Snapshot> + use<'a> {
        self.going.get(name).into_iter().flatten().map(AsRef::as_ref)
    }

    fn keeps(&self, snapshot: &Snapshot) -> bool {
        self.kept.contains(&snapshot.arn)
    }
}

/// The manual snapshots of a database in one region's list, each once
pub(super) fn manual<'a>(asking: &Asking<'a>, region: &str, database: &Database) -> Vec<&'a Snapshot> {
    let lists = asking.index.region(region);
    let of = |clustered| lists.map_or(&[][..], |lists| lists.snapshots(clustered, &database.identifier));
    // What an ARN says of a snapshot may be missing; its engine says the rest.
    let all = [false, true].into_iter().flat_map(of).copied();
    let own = all.filter(|one| one.kind == SnapshotKind::Manual && one.engine.fits(database.kind));
    own.map(|one| (one.arn.as_str(), one)).collect::<BTreeMap<_, _>>().into_values().collect()
}

pub(super) fn home<'a>(asking: &Asking<'a>) -> Result<&'a [Snapshot], Unknown> {
    let world = asking.world;
    // It may be of any database, so nothing can be said of any.
    if let Some(stray) = asking.index.region(&world.home).and_then(|lists| lists.stray) {
        return Err(Unknown { why: format!("AWS does not say what the snapshot {:?} was taken of", stray.identifier) });
    }
    match world.regions.get(&world.home).and_then(|region| region.snapshots.as_ref()) {
        Some(Ok(all)) => Ok(all),
        Some(Err(why)) => Err(why.clone()),
        None => Err(Unknown { why: format!("the snapshots of {} were not read", world.home) }),
    }
}

pub(super) fn ask(asking: &Asking<'_>, sheet: &mut Sheet) {
    let plans = Plans::of(asking);
    for (name, database) in &asking.policy.databases {
        let Some(days) = database.backups.retention_days else { continue };
        let id = format!("old-snapshots/{name}");
        match old(asking, database, days, &plans) {
            Ok(old) if old.is_empty() => sheet.fine(id),
            Ok(old) => sheet.found(finding(asking, id, (name, database), (days, &old), &plans)),
            Err(why) => {
                sheet.unknown(id, Some(name), &format!("the old manual snapshots of {name} are not known"), &why);
            }
        }
    }
}

/// Those older than the retention that no rule and no tag keeps, oldest first
fn old<'a>(asking: &Asking<'a>, database: &Database, days: i64, plans: &Plans) -> Result<Vec<&'a Snapshot>, Unknown> {
    let retention = SignedDuration::from_hours(days.saturating_mul(24));
    home(asking)?;
    let all = manual(asking, &asking.world.home, database);
    let loose = all.into_iter().filter(|one| one.status == "available");
    let loose: Vec<&Snapshot> = loose.filter(|one| !plans.keeps(one) && !is_pinned(asking.now, one)).collect();
    let timeless = loose.iter().find(|one| one.created_at.is_none());
    let is_old = |one: &&Snapshot| one.created_at.is_some_and(|at| asking.now.duration_since(at) > retention);
    let mut old: Vec<&Snapshot> = loose.iter().copied().filter(is_old).collect();
    if let (Some(one), true) = (timeless, old.is_empty()) {
        return Err(Unknown { why: format!("AWS does not say when {} was made", one.identifier) });
    }
    old.sort_by_key(|one| (one.created_at, one.arn.as_str()));
    Ok(old)
}

/// Somebody asked to keep it, though no rule of the policy reaches it
fn is_pinned(now: Timestamp, snapshot: &Snapshot) -> bool {
    let tag = |wanted: &str| snapshot.tags.iter().find(|(key, _)| key.trim().eq_ignore_ascii_case(wanted));
    let until = tag(KEEP_UNTIL).map(|(_, until)| until.trim().parse::<Timestamp>());
    tag(KEEP).is_some() || until.is_some_and(|until| until.map_or(true, |until| until > now))
}

fn finding(
    asking: &Asking<'_>,
    id: String,
    (name, database): (&str, &Database),
    (days, old): (i64, &[&Snapshot]),
    plans: &Plans,
) -> Finding {
    let sum = Sum::of(asking, old.iter().copied());
    let line = |one: &&Snapshot| {
        let at = one.created_at.map(moment::utc).unwrap_or_default();
        format!("{} of {at}: {}", one.identifier, Sum::of(asking, std::iter::once(*one)).words())
    };
    let mut evidence: Vec<String> = old.iter().take(MOST_LISTED).map(line).collect();
    if old.len() > MOST_LISTED {
        evidence.push(format!("and {} more", old.len() - MOST_LISTED));
    }
    evidence.push(format!("prices of {PRICES_OF}, where the policy names no others"));
    let going = Sum::of(asking, plans.going(name));
    let words = if going.snapshots == 0 {
        "No rule of the policy lets them go: name a pattern in its snapshots, or delete them by hand; this lists them."
    } else {
        let dry = if asking.policy.cleanup.dry_run { ", once cleanup.dry_run is false" } else { "" };
        evidence.push(format!("clean-up would let {} go{dry}: {}", snapshots_words(going.snapshots), going.words()));
        if asking.policy.cleanup.dry_run {
            "Read a plan of clean-up, then set cleanup.dry_run to false; this lists them."
        } else {
            "Clean-up lets those go that its patterns reach; see to the others by hand; this lists them."
        }
    };
    let (verb, option) = if database.kind.is_clustered() {
        ("describe-db-cluster-snapshots", "--db-cluster-identifier")
    } else {
        ("describe-db-snapshots", "--db-instance-identifier")
    };
    let (identifier, region) = (database.identifier.as_str(), asking.world.home.as_str());
    let command = ["aws", "rds", verb, option, identifier, "--snapshot-type", "manual", "--region", region];
    let has = snapshots_words(old.len());
    Finding {
        id,
        database: Some(name.to_owned()),
        severity: Severity::Low,
        title: format!("{name} has {has} older than {days} days that nothing keeps: {}", sum.words()),
        evidence,
        why: "Manual snapshots never expire, and beyond the retention they are billed in full.".to_owned(),
        mend: Mend::run(words, &command),
        measure: u32::try_from(old.len()).ok().map(f64::from),
    }
}

/// What was read of one database, as clean-up reads it
fn world(asking: &Asking<'_>, name: &str, database: &Database) -> lifecycle::World {
    let mut regions = BTreeMap::new();
    for (region, facts) in &asking.world.regions {
        let (Some(Ok(_)), Some(lists)) = (&facts.snapshots, asking.index.region(region)) else { continue };
        let of = |clustered| lists.snapshots(clustered, &database.identifier).iter();
        let manual = of(false).chain(of(true)).filter(|one| one.kind == SnapshotKind::Manual);
        let manual = manual.map(|one| {
            let mut one = (*one).clone();
            if let Some(sharing) = facts.sharing.get(&one.arn).filter(|_| one.details.sharing == Sharing::NotAsked) {
                one.details.sharing = sharing.clone();
            }
            Arc::new(one)
        });
        regions.insert(region.clone(), manual.collect());
    }
    let newest = BTreeMap::from([(name.to_owned(), newest(asking, database))]);
    lifecycle::World { home: asking.world.home.clone(), regions, newest, in_use: BTreeMap::new() }
}

fn newest(asking: &Asking<'_>, database: &Database) -> NewestBackup {
    let Some(lists) = asking.index.region(&asking.world.home) else { return NewestBackup::default() };
    let wanted = database.identifier.as_str();
    let clustered = database.kind.is_clustered();
    let restorable = if clustered {
        lists.cluster(wanted).and_then(|kept| kept.facts.window.latest)
    } else {
        lists.instance(wanted).and_then(|kept| kept.facts.latest_restorable)
    };
    let all = lists.snapshots(clustered, wanted).iter();
    let automated = all.filter(|one| one.kind == SnapshotKind::Automated && one.status == "available");
    NewestBackup { restorable, automated: automated.filter_map(|one| one.created_at).max() }
}
