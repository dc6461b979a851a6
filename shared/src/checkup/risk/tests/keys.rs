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
            ("enabled", ID, "fine", |_| {}),
            ("disabled", ID, "high", |w| put(w, HOME, "Disabled")),
            ("to be deleted", ID, "high", |w| put(w, HOME, "PendingDeletion")),
            ("without material", ID, "high", |w| put(w, HOME, "PendingImport")),
            ("its store is away", ID, "high", |w| put(w, HOME, "Unavailable")),
            ("being changed", ID, "fine", |w| put(w, HOME, "Updating")),
            ("in a state nobody knows", ID, "unjudged", |w| put(w, HOME, "Dreaming")),
            ("gone", ID, "high", |w| drop(home(w).keys.insert(key(HOME), Ok(None)))),
            ("refused", ID, "unjudged", |w| drop(home(w).keys.insert(key(HOME), Err(denied())))),
            ("not asked", ID, "unjudged", |w| home(w).keys.clear()),
            ("not named by the database", ID, "unjudged", |w| orders(w).facts.configuration.kms_key = None),
            ("not named by a snapshot", ID, "unjudged", |w| manual(w).details.kms_key = None),
            ("of an old snapshot", ID, "high", |w| {
                let old = "arn:aws:kms:eu-west-1:123456789012:key/old".to_owned();
                manual(w).details.kms_key = Some(old.clone());
                home(w).keys.insert(old, Ok(None));
            }),
            ("not needed", ID, "fine", |w| {
                manual(w).encrypted = false;
                manual(w).details.kms_key = None;
            }),
            ("RDS cannot use it", ID, "high", |w| {
                orders(w).facts.status = "inaccessible-encryption-credentials-recoverable".into();
            }),
            ("abroad", COPIES, "high", |w| put(w, ABROAD, "Disabled")),
            ("abroad, and home is as it was", ID, "fine", |w| put(w, ABROAD, "Disabled")),
            ("abroad, not read", COPIES, "unjudged", |w| abroad(w).snapshots = None),
            ("no region", COPIES, "unjudged", |w| drop(w.regions.remove(ABROAD))),
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
