//! Recovery points and keys.

use super::super::fixtures::*;
use crate::checkup::{Severity, World};
use crate::database::PointFacts;

const ID: &str = "recovery-point/orders/prod";

/// A world whose vault holds only these points
fn with(of: Vec<PointFacts>) -> World {
    let mut world = well();
    *points(&mut world) = of;
    world
}

#[test]
fn the_newest_point_may_be_as_old_as_the_limit_and_not_a_second_older() {
    let limit = now() - hours(26);
    let table = [
        (now(), None),
        (limit, None),
        (limit - second(), Some(Severity::High)),
        (now() + hours(1), Some(Severity::Unjudged)),
    ];
    for (made, wanted) in table {
        assert_eq!(severity(&with(vec![point(ORDERS, made)]), ID), wanted, "{made}");
    }
    let late = found(&with(vec![point(ORDERS, limit - hours(3)), point(ORDERS, limit - hours(30))]), ID);
    assert_eq!(late.measure, Some(3.0));
    assert_eq!(
        late.title,
        "the newest recovery point of orders in vault prod is 1 d 5 h old; the policy allows 1 d 2 h"
    );
    assert_eq!(late.mend.command[..3], ["aws", "backup", "list-backup-jobs"]);
    assert!(late.mend.command.contains(&ORDERS.to_owned()));
}

#[test]
fn what_cannot_be_restored_is_no_recovery_point() {
    for status in ["EXPIRED", "PARTIAL", "DELETING", "CREATING", "STOPPED", "a newer word"] {
        let mut one = point(ORDERS, now());
        one.point.status = status.to_owned();
        assert_eq!(severity(&with(vec![one]), ID), Some(Severity::High), "{status}");
    }
    let mut available = point(ORDERS, now());
    available.point.status = "AVAILABLE".to_owned();
    assert_eq!(severity(&with(vec![available]), ID), None);
    let mut deleted = point(ORDERS, now());
    deleted.tier = Some("DELETED".to_owned());
    assert_eq!(severity(&with(vec![deleted]), ID), Some(Severity::High));
    assert_eq!(severity(&with(Vec::new()), ID), Some(Severity::High));
}

#[test]
fn a_point_of_another_database_does_not_count() {
    assert_eq!(severity(&with(vec![point(LEDGER, now())]), ID), Some(Severity::High));
    let longer = format!("{ORDERS}-2");
    assert_eq!(severity(&with(vec![point(&longer, now())]), ID), Some(Severity::High));
    let by_id = ORDERS.replace("prod-orders", "cluster-ABC");
    assert_eq!(severity(&with(vec![point(&by_id, now())]), ID), None, "continuous backups name the resource id");
}

#[test]
fn points_in_cold_storage_alone_are_told_of() {
    let cold = |made| PointFacts { tier: Some("COLD".to_owned()), ..point(ORDERS, made) };
    let five = now() - hours(7);
    assert_eq!(severity(&with(vec![cold(five), cold(five - hours(24))]), ID), Some(Severity::Medium));
    assert_eq!(severity(&with(vec![cold(five), point(ORDERS, five - hours(24))]), ID), None);
    assert_eq!(severity(&with(vec![cold(five - hours(48))]), ID), Some(Severity::High), "late and cold is late");
}

#[test]
fn a_point_without_a_time_is_neither_young_nor_late() {
    let timeless = PointFacts { point: point_without_time(), ..point(ORDERS, now()) };
    assert_eq!(severity(&with(vec![timeless.clone()]), ID), Some(Severity::Unjudged));
    assert_eq!(severity(&with(vec![timeless.clone(), point(ORDERS, now() - hours(99))]), ID), Some(Severity::Unjudged));
    assert_eq!(severity(&with(vec![timeless, point(ORDERS, now())]), ID), None);
}

fn point_without_time() -> crate::database::RecoveryPoint {
    crate::database::RecoveryPoint { created_at: None, ..point(ORDERS, now()).point }
}

#[test]
fn a_vault_that_does_not_exist_is_told_once_for_each_database_that_needs_it() {
    let mut world = well();
    home(&mut world).vaults.get_mut("prod").unwrap().vault = Ok(None);
    let finding = found(&world, ID);
    assert_eq!(finding.severity, Severity::High);
    assert_eq!(finding.title, "vault prod, which is to hold recovery points of orders, does not exist");
    assert_eq!(
        finding.mend.command.join(" "),
        "aws backup create-backup-vault --backup-vault-name prod --region eu-west-1"
    );
}

#[test]
fn a_database_that_does_not_exist_is_told_by_another_question_and_a_list_that_was_not_read_leaves_its_questions_open() {
    let mut world = well();
    home(&mut world).clusters = Some(Ok(Vec::new()));
    let ids = [ID, "point-keys/orders/prod", "backup-jobs/orders", "backup-schedule/orders/prod"];
    for id in ids {
        assert!(matches!(answer(&world, id), Some(crate::checkup::Answer::Silent(_))), "{id}");
    }
    assert_eq!(severity(&world, "recovery-point/ledger/prod"), None);
    home(&mut world).clusters = Some(Err(crate::checkup::Unknown { why: "AccessDenied".to_owned() }));
    for id in ids {
        assert_eq!(severity(&world, id), Some(Severity::Unjudged), "{id}");
    }
}

#[test]
fn points_that_aws_could_not_delete_are_counted_and_the_first_to_go_is_named() {
    let mut world = well();
    for (day, made) in [(10, 40), (5, 50)] {
        let mut one = point(OTHER, now() - hours(24 * made));
        one.point.status = "EXPIRED".to_owned();
        one.delete_at = Some(now() - hours(24 * day));
        one.message = Some("the role was deleted".to_owned());
        points(&mut world).push(one);
    }
    let finding = found(&world, "expired-points/prod");
    assert_eq!((finding.severity, finding.measure), (Severity::Medium, Some(2.0)));
    assert_eq!(
        finding.title,
        "AWS could not delete 2 recovery points of vault prod, the first since 2026-11-10 12:00:00 UTC"
    );
    assert!(finding.evidence[0].ends_with("EXPIRED: the role was deleted"));
    let first = point(OTHER, now() - hours(24 * 40)).point.arn;
    assert_eq!(finding.mend.command[6], first);
}

#[test]
fn a_key_that_does_not_work_makes_the_backups_worthless() {
    let table = [
        ("Enabled", None, ""),
        ("Disabled", Some(Severity::High), "enable-key"),
        ("PendingDeletion", Some(Severity::High), "cancel-key-deletion"),
        ("Unavailable", Some(Severity::High), ""),
        ("PendingImport", Some(Severity::High), ""),
        ("a newer word", Some(Severity::Unjudged), ""),
    ];
    for (arn, id) in [(KEY, "vault-key/prod"), (DATA_KEY, "point-keys/orders/prod")] {
        for (state, wanted, verb) in table {
            let mut world = well();
            home(&mut world).keys.insert(arn.to_owned(), Ok(Some(key(arn, state))));
            assert_eq!(severity(&world, id), wanted, "{id} {state}");
            if !verb.is_empty() {
                let command = found(&world, id).mend.command;
                assert_eq!(command, ["aws", "kms", verb, "--key-id", arn, "--region", HOME]);
            }
        }
        let mut world = well();
        home(&mut world).keys.insert(arn.to_owned(), Ok(None));
        assert_eq!(severity(&world, id), Some(Severity::High), "{id}: a key that is gone");
        home(&mut world).keys.remove(arn);
        assert_eq!(severity(&world, id), Some(Severity::Unjudged), "{id}: a key that was not read");
    }
}

#[test]
fn a_point_without_a_key_is_fine_only_where_the_database_is_not_encrypted() {
    let mut world = well();
    for one in points(&mut world) {
        one.point.kms_key = None;
    }
    assert_eq!(severity(&world, "point-keys/ledger/prod"), Some(Severity::Unjudged));
    let instances = home(&mut world).instances.as_mut().unwrap().as_mut().unwrap();
    instances[0].facts.configuration.encrypted = false;
    assert_eq!(severity(&world, "point-keys/ledger/prod"), None);
}

#[test]
fn a_tier_that_is_not_known_is_not_warm_where_every_other_point_is_cold() {
    let tier =
        |tier: Option<&str>, age| PointFacts { tier: tier.map(str::to_owned), ..point(ORDERS, now() - hours(age)) };
    let table = [
        (vec![tier(None, 1)], None),
        (vec![tier(Some("COLD"), 1), tier(None, 2)], Some(Severity::Unjudged)),
        (vec![tier(Some("COLD"), 1), tier(Some("WARM"), 2), tier(None, 3)], None),
    ];
    for (points, wanted) in table {
        assert_eq!(severity(&with(points), ID), wanted);
    }
}

#[test]
fn a_continuous_backup_is_as_young_as_its_database_is_restorable() {
    let begun = now() - hours(24 * 20);
    let arn = "arn:aws:backup:eu-west-1:123456789012:recovery-point:continuous:cluster-ABC-1";
    let mut one = point(ORDERS, begun);
    (one.point.arn, one.point.status) = (arn.to_owned(), "AVAILABLE".to_owned());
    let mut world = with(vec![one]);
    assert_eq!(severity(&world, ID), Some(Severity::Unjudged), "nobody knows how far it reaches");
    let limit = now() - hours(26);
    for (latest, wanted) in [(limit, None), (limit - second(), Some(Severity::High))] {
        let mut of = cluster("prod-orders");
        of.facts.window.latest = Some(latest);
        home(&mut world).clusters = Some(Ok(vec![of]));
        assert_eq!(severity(&world, ID), wanted, "{latest}");
    }
}
