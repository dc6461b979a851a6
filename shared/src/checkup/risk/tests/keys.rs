//! Keys.

use super::{check, manual};
use crate::checkup::World;
use crate::checkup::healthy::*;
use crate::checkup::risk::{ask, wanted_keys};
use crate::database::Key;

fn put(world: &mut World, region: &str, state: &str) {
    let key = Key { arn: key(region), state: state.to_owned(), deleted_at: None, aws_managed: false };
    world.regions.get_mut(region).unwrap().keys.insert(key.arn.clone(), Ok(Some(key)));
}

#[test]
fn the_keys_behind_a_database_and_its_snapshots_can_be_used() {
    const ID: &str = "key/orders";
    const COPIES: &str = "key/orders/us-west-2";
    check(
        &policy(),
        &[
            ("enabled", |_| {}, ID, "fine"),
            ("disabled", |w| put(w, HOME, "Disabled"), ID, "high"),
            ("to be deleted", |w| put(w, HOME, "PendingDeletion"), ID, "high"),
            ("without material", |w| put(w, HOME, "PendingImport"), ID, "high"),
            ("its store is away", |w| put(w, HOME, "Unavailable"), ID, "high"),
            ("being changed", |w| put(w, HOME, "Updating"), ID, "fine"),
            ("in a state nobody knows", |w| put(w, HOME, "Dreaming"), ID, "unjudged"),
            ("gone", |w| drop(home(w).keys.insert(key(HOME), Ok(None))), ID, "high"),
            ("refused", |w| drop(home(w).keys.insert(key(HOME), Err(denied()))), ID, "unjudged"),
            ("not asked", |w| home(w).keys.clear(), ID, "unjudged"),
            ("not named by the database", |w| orders(w).facts.configuration.kms_key = None, ID, "unjudged"),
            ("not named by a snapshot", |w| manual(w).details.kms_key = None, ID, "unjudged"),
            (
                "of an old snapshot",
                |w| {
                    let old = "arn:aws:kms:eu-west-1:123456789012:key/old".to_owned();
                    manual(w).details.kms_key = Some(old.clone());
                    home(w).keys.insert(old, Ok(None));
                },
                ID,
                "high",
            ),
            (
                "not needed",
                |w| {
                    manual(w).encrypted = false;
                    manual(w).details.kms_key = None;
                },
                ID,
                "fine",
            ),
            (
                "RDS cannot use it",
                |w| orders(w).facts.status = "inaccessible-encryption-credentials-recoverable".into(),
                ID,
                "high",
            ),
            ("abroad", |w| put(w, ABROAD, "Disabled"), COPIES, "high"),
            ("abroad, and home is as it was", |w| put(w, ABROAD, "Disabled"), ID, "fine"),
            ("abroad, not read", |w| abroad(w).snapshots = None, COPIES, "unjudged"),
            ("no region", |w| drop(w.regions.remove(ABROAD)), COPIES, "unjudged"),
        ],
    );
}

#[test]
fn a_key_that_is_to_be_deleted_says_what_hangs_on_it_and_how_it_is_kept() {
    let mut world = world();
    let pending = Key {
        arn: key(HOME),
        state: "PendingDeletion".to_owned(),
        deleted_at: Some(now() + hours(24)),
        aws_managed: false,
    };
    home(&mut world).keys.insert(key(HOME), Ok(Some(pending)));
    let sheet = asked(ask, &policy(), &world);
    let found = finding(&sheet, "key/orders");
    assert_eq!(
        found.evidence,
        [
            "the key arn:aws:kms:eu-west-1:123456789012:key/0a1b2c3d is PendingDeletion and will be deleted \
             2026-11-21 12:00:00 UTC",
            "the database prod-orders",
            "the snapshot manual-1",
            "the snapshot rds:prod-orders-10",
        ]
    );
    assert_eq!(
        found.mend.command.join(" "),
        "aws kms cancel-key-deletion --key-id arn:aws:kms:eu-west-1:123456789012:key/0a1b2c3d --region eu-west-1"
    );
}

#[test]
fn the_keys_that_are_to_be_asked_for_are_those_of_databases_and_snapshots() {
    let mut world = world();
    manual(&mut world).details.kms_key = Some("other".to_owned());
    let wanted = |region: &str| wanted_keys(&policy(), &world, region).into_iter().collect::<Vec<_>>();
    assert_eq!(wanted(HOME), [key(HOME), "other".to_owned()]);
    assert_eq!(wanted(ABROAD), [key(ABROAD)]);
    assert_eq!(wanted("ap-northeast-1"), Vec::<String>::new());
}
