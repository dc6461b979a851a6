//! Locks, and rules that cannot work.

use jiff::SignedDuration;

use super::super::fixtures::*;
use super::super::lock_line;
use crate::checkup::{Region, Severity, VaultFacts, World};
use crate::database::{BackupRule, Vault};

const DR: &str = "arn:aws:backup:us-west-2:123456789012:backup-vault:dr";

fn with(rule: BackupRule) -> World {
    let mut world = well();
    *plans(&mut world) = vec![plan("plan-1", vec![rule])];
    world
}

fn keeping(days: Option<i64>) -> BackupRule {
    BackupRule { delete_after_days: days, ..rule("daily", "cron(0 5 * * ? *)") }
}

#[test]
fn a_lock_that_is_for_ever_soon_is_told_of_while_it_can_be_undone() {
    let days = |days: i64| SignedDuration::from_hours(24 * days);
    let table = [
        (None, None),
        (Some(now() - hours(1)), None),
        (Some(now()), None),
        (Some(now() + second()), Some(Severity::Medium)),
        (Some(now() + days(3)), Some(Severity::Medium)),
        (Some(now() + days(3) + second()), None),
    ];
    for (lock_date, wanted) in table {
        let mut world = well();
        prod(&mut world).locked = true;
        prod(&mut world).lock_date = lock_date;
        assert_eq!(severity(&world, "vault-lock/prod"), wanted, "{lock_date:?}");
    }
}

#[test]
fn how_a_vault_is_locked_is_told_in_a_line() {
    let governed = Vault { locked: true, min_days: Some(7), max_days: Some(35), ..vault("prod") };
    let before = Vault { lock_date: Some(now() + hours(1)), ..governed.clone() };
    let since = Vault { lock_date: Some(now() - hours(1)), max_days: None, ..governed.clone() };
    assert_eq!(lock_line(now(), &vault("prod")), "vault prod is not locked");
    assert_eq!(lock_line(now(), &governed), "vault prod is locked for governance, 7 to 35 days");
    assert_eq!(
        lock_line(now(), &before),
        "vault prod is locked for compliance, for ever from 2026-11-20 13:00:00 UTC, 7 to 35 days"
    );
    assert_eq!(
        lock_line(now(), &since),
        "vault prod is locked for compliance since 2026-11-20 11:00:00 UTC, at least 7 days"
    );
}

#[test]
fn a_retention_outside_of_the_lock_fails_every_job() {
    let table = [
        (Some(7), None),
        (Some(6), Some(Severity::High)),
        (Some(35), None),
        (Some(36), Some(Severity::High)),
        (None, Some(Severity::High)),
    ];
    for (days, wanted) in table {
        let mut world = with(keeping(days));
        let vault = prod(&mut world);
        (vault.locked, vault.min_days, vault.max_days) = (true, Some(7), Some(35));
        assert_eq!(severity(&world, "vault-lock-rules/prod"), wanted, "{days:?}");
        prod(&mut world).locked = false;
        assert_eq!(severity(&world, "vault-lock-rules/prod"), None, "{days:?} without a lock");
    }
    let mut world = with(keeping(None));
    let vault = prod(&mut world);
    (vault.locked, vault.min_days) = (true, Some(7));
    assert_eq!(severity(&world, "vault-lock-rules/prod"), None, "for ever is long enough");
}

#[test]
fn the_lock_of_the_vault_that_a_copy_goes_to_counts_where_it_is_known() {
    const ID: &str = "vault-lock-rules/prod";
    let copying = |to: &str, days| BackupRule { copies: vec![(to.to_owned(), days, None)], ..keeping(Some(35)) };
    let locked = Vault { locked: true, min_days: Some(30), max_days: Some(60), ..vault("dr") };
    let put = |world: &mut World, vault| {
        let facts = VaultFacts { vault, points: Ok(Vec::new()) };
        let region = Region { vaults: [("dr".to_owned(), facts)].into(), ..Region::default() };
        world.regions.insert("us-west-2".to_owned(), region);
    };
    let mut world = with(copying(DR, Some(29)));
    assert_eq!(severity(&world, ID), None, "nobody read that vault");
    put(&mut world, Ok(Some(locked.clone())));
    let finding = found(&world, ID);
    assert_eq!(finding.severity, Severity::High);
    assert_eq!(
        finding.evidence,
        [format!(
            "rule daily of plan the plan-1: its copy to {DR}: keeps for 29 days; the lock of dr asks for at least 30"
        )]
    );
    for (days, wanted) in [(Some(30), None), (Some(60), None), (Some(61), Some(Severity::High))] {
        let mut world = with(copying(DR, days));
        put(&mut world, Ok(Some(locked.clone())));
        assert_eq!(severity(&world, ID), wanted, "{days:?}");
    }
    put(&mut world, Err(denied()));
    assert_eq!(severity(&world, ID), Some(Severity::Unjudged));
    let other_account = DR.replace("123456789012", "999999999999");
    let mut world = with(copying(&other_account, Some(29)));
    put(&mut world, Ok(Some(locked)));
    assert_eq!(severity(&world, ID), None, "a vault of another account only has the same name");
}

#[test]
fn a_copy_into_a_vault_of_the_policy_counts_though_its_rule_writes_elsewhere() {
    let to = format!("arn:aws:backup:{HOME}:123456789012:backup-vault:prod");
    let copying = BackupRule { vault: "scratch".to_owned(), copies: vec![(to, Some(3), None)], ..keeping(Some(3)) };
    let mut world = with(copying);
    let vault = prod(&mut world);
    (vault.locked, vault.min_days) = (true, Some(7));
    let finding = found(&world, "vault-lock-rules/prod");
    assert_eq!((finding.severity, finding.evidence.len()), (Severity::High, 1));
}

#[test]
fn rules_that_aws_refuses_or_ignores_are_told_of() {
    const ID: &str = "plan-rules/prod";
    let cold = |cold, delete| BackupRule { cold_after_days: Some(cold), ..keeping(delete) };
    let continuous = |days| BackupRule { continuous: true, ..keeping(days) };
    let copy = |delete, cold| BackupRule { copies: vec![(DR.to_owned(), delete, cold)], ..keeping(Some(35)) };
    let table = [
        ("no cold storage", keeping(None), None),
        ("cold", cold(30, None), Some(Severity::Low)),
        ("cold for 90 days", cold(30, Some(120)), Some(Severity::Low)),
        ("cold for 89 days", cold(30, Some(119)), Some(Severity::Medium)),
        ("continuous for 35 days", continuous(Some(35)), None),
        ("continuous for 36 days", continuous(Some(36)), Some(Severity::Medium)),
        ("36 days, not continuous", keeping(Some(36)), None),
        ("a cold copy", copy(Some(200), Some(30)), Some(Severity::Low)),
        ("a copy that is cold too shortly", copy(Some(100), Some(30)), Some(Severity::Medium)),
    ];
    for (what, rule, wanted) in table {
        assert_eq!(severity(&with(rule), ID), wanted, "{what}");
    }
    let both = BackupRule { copies: vec![(DR.to_owned(), None, Some(30))], ..continuous(Some(40)) };
    let finding = found(&with(both), ID);
    assert_eq!((finding.severity, finding.measure), (Severity::Medium, Some(2.0)));
    assert!(finding.title.contains("continuous"), "the worse one is named: {}", finding.title);
}
