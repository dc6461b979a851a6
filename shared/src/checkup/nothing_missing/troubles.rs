//! What can be wrong with the healthy world, and which questions find it.

use crate::checkup::healthy::*;
use crate::checkup::{RunFacts, World};
use crate::database::{BackupJob, Engine, PointFacts, Sharing, Snapshot};
use crate::verify::VerdictWord;

type Trouble = (&'static str, &'static [&'static str], fn(&mut World));

fn copies(world: &mut World, identifier: &str, purpose: &str, expires: &str) {
    let mut kept = instance(identifier, "postgres", "16.4");
    kept.facts.tags.insert("lifeboat:purpose".to_owned(), purpose.to_owned());
    kept.facts.tags.insert("lifeboat:expires-at".to_owned(), expires.to_owned());
    list(&mut home(world).instances).push(kept);
}

fn points(world: &mut World) -> &mut Vec<PointFacts> {
    home(world).vaults.get_mut("prod").unwrap().points.as_mut().unwrap()
}

fn key_state(world: &mut World, region: &str, state: &str) {
    for known in world.regions.get_mut(region).unwrap().keys.values_mut() {
        known.as_mut().unwrap().as_mut().unwrap().state = state.to_owned();
    }
}

pub(super) const ALL: &[Trouble] = &[
    ("a database is another engine", &["exists/archive"], |w| {
        let clusters = list(&mut home(w).clusters);
        clusters
            .iter_mut()
            .filter(|kept| kept.facts.engine == Engine::Docdb)
            .for_each(|kept| kept.facts.engine = Engine::from("neptune"));
    }),
    ("backups are off", &["automated-backups/ledger"], |w| ledger(w).facts.configuration.backup_retention_days = 0),
    ("retention is short", &["retention/orders"], |w| orders(w).facts.configuration.backup_retention_days = 2),
    ("the window is shallow", &["window-depth/orders"], |w| orders(w).facts.window.earliest = Some(ago(3))),
    ("restorable time lags", &["restore-lag/orders"], |w| orders(w).facts.window.latest = Some(ago(3))),
    ("restorable time of an instance lags", &["restore-lag/ledger"], |w| {
        ledger(w).facts.latest_restorable = Some(ago(3));
    }),
    ("snapshots are old", &["newest-snapshot/orders", "newest-snapshot/archive"], |w| {
        for one in list(&mut home(w).snapshots) {
            one.created_at = Some(ago(90));
        }
    }),
    ("the copy is old", &["copy/orders/us-west-2"], |w| {
        for one in list(&mut abroad(w).snapshots) {
            one.created_at = Some(ago(90));
        }
    }),
    ("there is no copy", &["copy/orders/us-west-2"], |w| list(&mut abroad(w).snapshots).clear()),
    ("a cluster is not in the policy", &["unlisted/aurora/stranger"], |w| {
        list(&mut home(w).clusters).push(cluster("stranger", "aurora-mysql", "8.0"));
    }),
    ("an instance is not in the policy", &["unlisted/rds/stranger"], |w| {
        list(&mut home(w).instances).push(instance("stranger", "mysql", "8.0"));
    }),
    ("backups meet maintenance", &["window-maintenance/orders"], |w| {
        orders(w).upkeep.backup_window = Some("20:00-20:30".into());
    }),
    ("backups meet a job", &["window-job/orders/daily-etl"], |w| {
        orders(w).upkeep.backup_window = Some("22:15-22:45".into());
    }),
    ("backups meet AWS Backup", &["window-aws-backup/archive"], |w| {
        *list(&mut home(w).plans) = vec![plan("cron(0 18 ? * * *)")];
    }),
    ("a database is not encrypted", &["encrypted/orders"], |w| orders(w).facts.configuration.encrypted = false),
    ("a snapshot is not encrypted", &["encrypted/orders"], |w| {
        let plain = Snapshot { encrypted: false, ..snapshot("prod-orders", "plain", 60) };
        list(&mut home(w).snapshots).push(plain);
    }),
    ("a snapshot is public", &["sharing/orders/manual-1"], |w| {
        for sharing in home(w).sharing.values_mut() {
            *sharing = Sharing::With(vec!["all".to_owned()]);
        }
    }),
    ("a database is not protected", &["deletion-protection/ledger"], |w| {
        ledger(w).facts.configuration.deletion_protection = false;
    }),
    ("a key is disabled", &["key/orders", "key/ledger", "key/archive"], |w| key_state(w, HOME, "Disabled")),
    ("a key abroad is disabled", &["key/orders/us-west-2"], |w| key_state(w, ABROAD, "Disabled")),
    ("quotas are used up", &["quota/eu-west-1/DBClusters", "quota/eu-west-1/ManualSnapshots"], |w| {
        for quota in list(&mut home(w).quotas) {
            quota.used = quota.most;
        }
    }),
    ("copies are in flight", &["copies-in-flight/us-west-2/clusters"], |w| {
        let copies = (0..9).map(|age| Snapshot { status: "copying".to_owned(), ..copied("prod-orders", age) });
        list(&mut abroad(w).snapshots).extend(copies);
    }),
    ("versions are old", &["engine-version/orders", "engine-version/archive"], |w| {
        for entry in list(&mut home(w).support) {
            entry.standard_until = Some(ago(1));
        }
    }),
    ("an authority ends", &["certificate/orders", "certificate/ledger"], |w| {
        for known in list(&mut home(w).certificates) {
            known.until = Some(now() + hours(1));
        }
    }),
    ("a certificate ends", &["certificate/ledger"], |w| ledger(w).upkeep.certificate_until = Some(now() + hours(1))),
    ("drills are old", &["drill-age/orders/weekly"], |w| {
        for one in list(&mut w.drills) {
            one.requested_at = ago(999);
        }
    }),
    ("drills failed", &["drill-result/orders/weekly", "drill-left/orders/weekly"], |w| {
        for one in list(&mut w.drills) {
            (one.verdict, one.left_behind) = (VerdictWord::Failed, 2);
        }
    }),
    ("no drill was", &["drill-age/orders/weekly"], |w| list(&mut w.drills).clear()),
    ("a recovery is under way", &["running/recovery-orders-1"], |w| {
        let (run, database, phase) = ("recovery-orders-1".to_owned(), "orders".to_owned(), "restoring".to_owned());
        list(&mut w.open_runs).push(RunFacts { run, database, requested_at: ago(1), phase });
    }),
    ("a backup job failed", &["backup-jobs/orders/prod"], |w| {
        for job in list(&mut home(w).jobs) {
            job.state = "FAILED".to_owned();
        }
    }),
    ("a job of somebody else failed", &["other-backup-jobs"], |w| {
        let other = BackupJob { state: "FAILED".to_owned(), ..job("db", "somebody", 3) };
        list(&mut home(w).jobs).push(other);
    }),
    ("recovery points are old", &["recovery-point/orders/prod", "backup-schedule/ledger/prod"], |w| {
        list(&mut home(w).jobs).clear();
        for facts in points(w) {
            facts.point.created_at = Some(ago(90));
        }
    }),
    ("there is no recovery point", &["recovery-point/archive/prod"], |w| points(w).clear()),
    ("a recovery point could not be deleted", &["expired-points/prod"], |w| {
        let mut expired = point("db", "prod-ledger", 900);
        expired.point.status = "EXPIRED".to_owned();
        points(w).push(expired);
    }),
    ("the key of the vault is disabled", &["vault-key/prod", "point-keys/orders/prod"], |w| {
        key_state(w, HOME, "Disabled");
    }),
    ("a lock is about to be for ever", &["vault-lock/prod"], |w| {
        home(w).vaults.get_mut("prod").unwrap().vault.as_mut().unwrap().as_mut().unwrap().lock_date =
            Some(now() + hours(5));
    }),
    ("a lock makes jobs fail", &["vault-lock-rules/prod"], |w| {
        let vault = home(w).vaults.get_mut("prod").unwrap().vault.as_mut().unwrap().as_mut().unwrap();
        (vault.locked, vault.min_days) = (true, Some(99));
    }),
    ("a rule is ignored", &["plan-rules/prod"], |w| list(&mut home(w).plans)[0].rules[0].cold_after_days = Some(1)),
    ("billed storage is beyond its limit", &["billed/orders", "growth/orders"], |w| {
        let samples = list(&mut home(w).billed).get_mut("prod-orders").unwrap();
        for sample in samples.iter_mut() {
            sample.value *= 99.0;
        }
        let remembered = samples.clone();
        w.history.get_mut("orders").unwrap().extend(remembered);
    }),
    ("a manual snapshot is old", &["old-snapshots/ledger"], |w| {
        list(&mut home(w).snapshots).push(snapshot("prod-ledger", "by-hand", 24 * 90));
    }),
    ("a recovery stands", &["copy-standing/eu-west-1/recovery-1"], |w| copies(w, "recovery-1", "recovery", "")),
    ("an inspection has expired", &["copy-standing/eu-west-1/inspect-1"], |w| {
        copies(w, "inspect-1", "inspection", "2026-11-20T09:00:00Z");
    }),
];
