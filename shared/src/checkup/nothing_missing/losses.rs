//! What of a world may not have been read, and a question that has to say so.

use crate::checkup::World;
use crate::checkup::healthy::*;
use crate::database::{Cluster, Engine, Instance, Kept, Sharing, Snapshot, Window};

type Loss = (&'static str, &'static str, fn(&mut World));

/// Losses come one after the other, so nothing that one took away may be missed by the next.
fn clusters(world: &mut World, change: fn(&mut Kept<Cluster>)) {
    let region = world.regions.get_mut(HOME);
    region.and_then(|region| region.clusters.as_mut()?.as_mut().ok()).into_iter().flatten().for_each(change);
}

fn instances(world: &mut World, change: fn(&mut Kept<Instance>)) {
    let region = world.regions.get_mut(HOME);
    region.and_then(|region| region.instances.as_mut()?.as_mut().ok()).into_iter().flatten().for_each(change);
}

fn snapshots(world: &mut World, change: fn(&mut Snapshot)) {
    let regions = world.regions.values_mut();
    regions.filter_map(|region| region.snapshots.as_mut()?.as_mut().ok()).flatten().for_each(change);
}

fn at(world: &mut World, region: &str, change: fn(&mut crate::checkup::Region)) {
    world.regions.get_mut(region).into_iter().for_each(change);
}

pub(super) const ALL: &[Loss] = &[
    // Lists that were refused, or that nobody asked for
    ("clusters refused", "exists/orders", |w| at(w, HOME, |r| r.clusters = Some(Err(denied())))),
    ("clusters not read", "unlisted/aurora", |w| at(w, HOME, |r| r.clusters = None)),
    ("instances refused", "unlisted/rds", |w| at(w, HOME, |r| r.instances = Some(Err(denied())))),
    ("instances not read", "certificate/orders", |w| at(w, HOME, |r| r.instances = None)),
    ("windows refused", "window-depth/ledger", |w| at(w, HOME, |r| r.windows = Some(Err(denied())))),
    ("windows not read", "window-depth/ledger", |w| at(w, HOME, |r| r.windows = None)),
    ("snapshots refused", "newest-snapshot/orders", |w| at(w, HOME, |r| r.snapshots = Some(Err(denied())))),
    ("snapshots not read", "encrypted/ledger", |w| at(w, HOME, |r| r.snapshots = None)),
    ("snapshots abroad refused", "copy/orders/us-west-2", |w| at(w, ABROAD, |r| r.snapshots = Some(Err(denied())))),
    ("snapshots abroad not read", "sharing/orders/us-west-2", |w| at(w, ABROAD, |r| r.snapshots = None)),
    ("quotas refused", "quota/eu-west-1/DBInstances", |w| at(w, HOME, |r| r.quotas = Some(Err(denied())))),
    ("quotas abroad not read", "quota/us-west-2/DBInstances", |w| at(w, ABROAD, |r| r.quotas = None)),
    ("certificates refused", "certificate/archive", |w| at(w, HOME, |r| r.certificates = Some(Err(denied())))),
    ("certificates not read", "certificate/ledger", |w| at(w, HOME, |r| r.certificates = None)),
    ("support refused", "engine-version/orders", |w| at(w, HOME, |r| r.support = Some(Err(denied())))),
    ("support not read", "engine-version/archive", |w| at(w, HOME, |r| r.support = None)),
    ("keys refused", "key/orders", |w| at(w, HOME, |r| r.keys.values_mut().for_each(|key| *key = Err(denied())))),
    ("keys not read", "key/ledger", |w| at(w, HOME, |r| r.keys.clear())),
    ("keys abroad not read", "key/orders/us-west-2", |w| at(w, ABROAD, |r| r.keys.clear())),
    ("sharing not asked", "sharing/orders", |w| at(w, HOME, |r| r.sharing.clear())),
    ("sharing refused", "sharing/orders", |w| {
        at(w, HOME, |r| r.sharing.values_mut().for_each(|known| *known = Sharing::Unknown("AccessDenied".to_owned())));
    }),
    ("jobs refused", "window-aws-backup/orders", |w| at(w, HOME, |r| r.jobs = Some(Err(denied())))),
    ("jobs not read", "window-aws-backup/archive", |w| at(w, HOME, |r| r.jobs = None)),
    ("plans refused", "window-aws-backup/ledger", |w| at(w, HOME, |r| r.plans = Some(Err(denied())))),
    ("plans not read", "window-aws-backup/ledger", |w| at(w, HOME, |r| r.plans = None)),
    ("jobs of vaults refused", "backup-jobs/orders", |w| at(w, HOME, |r| r.jobs = Some(Err(denied())))),
    ("jobs of others not read", "other-copy-jobs", |w| at(w, HOME, |r| r.jobs = None)),
    ("plans of vaults refused", "plan-rules/prod", |w| at(w, HOME, |r| r.plans = Some(Err(denied())))),
    ("plans of schedules not read", "backup-schedule/orders/prod", |w| at(w, HOME, |r| r.plans = None)),
    ("vaults not read", "recovery-point/ledger/prod", |w| at(w, HOME, |r| r.vaults.clear())),
    ("vaults refused", "vault-lock/prod", |w| {
        at(w, HOME, |r| r.vaults.values_mut().for_each(|facts| facts.vault = Err(denied())));
    }),
    ("points refused", "expired-points/prod", |w| {
        at(w, HOME, |r| r.vaults.values_mut().for_each(|facts| facts.points = Err(denied())));
    }),
    ("keys of vaults refused", "vault-key/prod", |w| {
        at(w, HOME, |r| r.keys.values_mut().for_each(|key| *key = Err(denied())));
    }),
    ("keys of points not read", "point-keys/orders/prod", |w| at(w, HOME, |r| r.keys.clear())),
    ("billed storage refused", "billed/orders", |w| at(w, HOME, |r| r.billed = Some(Err(denied())))),
    ("growth refused", "growth/orders", |w| at(w, HOME, |r| r.billed = Some(Err(denied())))),
    ("billed storage neither read nor remembered", "billed/orders", |w| {
        at(w, HOME, |r| r.billed = None);
        w.history.clear();
    }),
    ("sizes of snapshots refused", "old-snapshots/orders", |w| at(w, HOME, |r| r.snapshots = Some(Err(denied())))),
    ("clusters of restore tests not read", "restore-test-copies", |w| at(w, HOME, |r| r.clusters = None)),
    ("drills refused", "drill-age/orders/weekly", |w| w.drills = Some(Err(denied()))),
    ("drills not read", "drill-result/ledger/weekly", |w| w.drills = None),
    ("runs refused", "running", |w| w.open_runs = Some(Err(denied()))),
    ("runs not read", "running", |w| w.open_runs = None),
    ("home not read", "exists/orders", |w| drop(w.regions.remove(HOME))),
    ("abroad not read", "copy/orders/us-west-2", |w| drop(w.regions.remove(ABROAD))),
    // Fields that AWS left out
    ("no engine of clusters", "exists/orders", |w| clusters(w, |kept| kept.facts.engine = Engine::from(""))),
    ("no engine of instances", "exists/ledger", |w| instances(w, |kept| kept.facts.engine = Engine::from(""))),
    ("no version", "engine-version/orders", |w| clusters(w, |kept| kept.facts.engine_version.clear())),
    ("no window of clusters", "window-depth/orders", |w| clusters(w, |kept| kept.facts.window = Window::default())),
    ("no latest time of instances", "restore-lag/ledger", |w| {
        instances(w, |kept| kept.facts.latest_restorable = None);
        at(w, HOME, |r| r.windows.iter_mut().flatten().for_each(std::collections::BTreeMap::clear));
    }),
    ("no backup window", "backup-window/orders", |w| clusters(w, |kept| kept.upkeep.backup_window = None)),
    ("no backup window of instances", "backup-window/ledger", |w| {
        instances(w, |kept| kept.upkeep.backup_window = None);
    }),
    ("no maintenance window", "window-maintenance/orders", |w| {
        clusters(w, |kept| kept.upkeep.maintenance_window = None);
    }),
    ("no key of clusters", "key/orders", |w| clusters(w, |kept| kept.facts.configuration.kms_key = None)),
    ("no certificate", "certificate/ledger", |w| instances(w, |kept| kept.upkeep.certificate = None)),
    ("no end of certificates", "certificate/orders", |w| instances(w, |kept| kept.upkeep.certificate_until = None)),
    ("no end of authorities", "certificate/orders", |w| {
        at(w, HOME, |r| r.certificates.iter_mut().flatten().flatten().for_each(|known| known.until = None));
    }),
    ("no end of support", "engine-version/orders", |w| {
        at(w, HOME, |r| r.support.iter_mut().flatten().flatten().for_each(|entry| entry.standard_until = None));
    }),
    ("no numbers of quotas", "quota/eu-west-1/DBClusters", |w| {
        at(w, HOME, |r| r.quotas.iter_mut().flatten().flatten().for_each(|quota| (quota.used, quota.most) = (0, 0)));
    }),
    ("no quotas in the list", "quota/eu-west-1/DBClusters", |w| {
        at(w, HOME, |r| r.quotas.iter_mut().flatten().for_each(Vec::clear));
    }),
    ("no state of keys", "key/archive", |w| {
        at(w, HOME, |r| r.keys.values_mut().flatten().flatten().for_each(|key| key.state.clear()));
    }),
    ("no time of snapshots", "newest-snapshot/orders", |w| snapshots(w, |one| one.created_at = None)),
    ("no key of snapshots", "key/orders", |w| snapshots(w, |one| one.details.kms_key = None)),
    ("no source of snapshots", "encrypted/orders", |w| snapshots(w, |one| one.source.clear())),
    ("no ARN of snapshots", "sharing/orders", |w| snapshots(w, |one| one.arn.clear())),
    ("no schedule", "window-aws-backup/orders", |w| {
        let plans = |r: &mut crate::checkup::Region| {
            let rules = r.plans.iter_mut().flatten().flatten().flat_map(|plan| &mut plan.rules);
            rules.for_each(|rule| rule.schedule = None);
        };
        at(w, HOME, plans);
    }),
    ("no birth, and a short window", "window-depth/orders", |w| {
        clusters(w, |kept| {
            kept.facts.created_at = None;
            kept.facts.window.earliest = kept.facts.window.latest;
        });
    }),
    ("no birth of instances, tags or times", "backup-window/ledger", |w| {
        instances(w, |kept| {
            kept.facts.created_at = None;
            kept.facts.tags.clear();
            kept.upkeep.backup_window = None;
        });
    }),
    ("no members", "certificate/orders", |w| {
        clusters(w, |kept| kept.facts.members.clear());
        instances(w, |kept| kept.upkeep.certificate = None);
    }),
];
