//! Encryption, protection, sharing; keys, quotas, versions and certificates in files of their own.

mod keys;
mod limits;

use jiff::SignedDuration;

use super::ask;
use crate::checkup::World;
use crate::checkup::healthy::*;
use crate::database::{Sharing, Snapshot};
use crate::policy::Policy;

const SECOND: SignedDuration = SignedDuration::from_secs(1);

type Change = fn(&mut World);

fn check(policy: &Policy, table: &[(&str, &str, &str, Change)]) {
    for (situation, id, wanted, change) in table {
        let mut world = world();
        change(&mut world);
        let sheet = asked(ask, policy, &world);
        assert_eq!(word(&sheet, id), *wanted, "{situation}: {:#?}", lines(&sheet));
    }
}

/// The manual snapshot of orders
fn manual(world: &mut World) -> &mut Snapshot {
    list(&mut home(world).snapshots).iter_mut().find(|one| one.identifier == "manual-1").unwrap()
}

fn share(world: &mut World, sharing: Sharing) {
    let arn = manual(world).arn.clone();
    home(world).sharing.insert(arn, sharing);
}

#[test]
fn a_database_and_all_of_its_snapshots_are_one_question_of_encryption() {
    const ID: &str = "encrypted/orders";
    check(
        &policy(),
        &[
            ("all", ID, "fine", |_| {}),
            ("not the database", ID, "low", |w| orders(w).facts.configuration.encrypted = false),
            ("not a snapshot", ID, "low", |w| manual(w).encrypted = false),
            ("another database's snapshot", ID, "fine", |w| {
                manual(w).encrypted = false;
                manual(w).source = "prod-other".into();
            }),
            ("snapshots not read", ID, "unjudged", |w| home(w).snapshots = None),
            ("database not read", ID, "unjudged", |w| home(w).clusters = None),
            ("one is known, the rest is not", ID, "low", |w| {
                orders(w).facts.configuration.encrypted = false;
                home(w).snapshots = Some(Err(denied()));
            }),
            ("the database is gone, its snapshots are not", ID, "low", |w| {
                list(&mut home(w).clusters).clear();
                manual(w).encrypted = false;
            }),
        ],
    );
    let mut world = world();
    for number in 0..30 {
        let plain = Snapshot { encrypted: false, ..snapshot("prod-orders", &format!("plain-{number:02}"), 50) };
        list(&mut home(&mut world).snapshots).push(plain);
    }
    let sheet = asked(ask, &policy(), &world);
    let found = finding(&sheet, ID);
    assert_eq!(found.evidence.len(), 22);
    assert_eq!(found.evidence[20], "and 10 more");
    assert!(found.evidence[21].contains("a key that AWS owns"));
}

#[test]
fn deletion_protection_is_on() {
    const ID: &str = "deletion-protection/orders";
    check(
        &policy(),
        &[
            ("on", ID, "fine", |_| {}),
            ("off", ID, "medium", |w| orders(w).facts.configuration.deletion_protection = false),
            ("off at an instance", "deletion-protection/ledger", "medium", |w| {
                ledger(w).facts.configuration.deletion_protection = false;
            }),
            ("off at a member, which has none", ID, "fine", |w| {
                let instances = list(&mut home(w).instances);
                instances
                    .iter_mut()
                    .filter(|kept| kept.facts.cluster.is_some())
                    .for_each(|kept| kept.facts.configuration.deletion_protection = false);
            }),
            ("not read", ID, "unjudged", |w| home(w).clusters = Some(Err(denied()))),
        ],
    );
}

#[test]
fn who_else_may_restore_a_snapshot_is_known_or_said_to_be_unknown() {
    const LIST: &str = "sharing/orders";
    const ONE: &str = "sharing/orders/manual-1";
    check(
        &policy(),
        &[
            ("nobody", LIST, "fine", |_| {}),
            ("everybody", ONE, "high", |w| share(w, Sharing::With(vec!["all".into()]))),
            ("an account", ONE, "medium", |w| share(w, Sharing::With(vec!["210987654321".into()]))),
            ("somebody", ONE, "medium", |w| share(w, Sharing::With(Vec::new()))),
            ("shared, and so the list is known", LIST, "fine", |w| share(w, Sharing::With(vec!["all".into()]))),
            ("not asked", LIST, "unjudged", |w| share(w, Sharing::NotAsked)),
            ("never heard of", LIST, "unjudged", |w| home(w).sharing.clear()),
            ("refused", LIST, "unjudged", |w| share(w, Sharing::Unknown("AccessDenied".into()))),
            ("no snapshots were read", LIST, "unjudged", |w| home(w).snapshots = None),
            ("abroad", "sharing/orders/us-west-2", "unjudged", |w| abroad(w).sharing.clear()),
            ("abroad, to everybody", "sharing/orders/us-west-2/copy-prod-orders-40", "high", |w| {
                let arn = list(&mut abroad(w).snapshots)[0].arn.clone();
                abroad(w).sharing.insert(arn, Sharing::With(vec!["all".into()]));
            }),
            ("an automated one needs no asking", "sharing/archive", "fine", |w| home(w).sharing.clear()),
        ],
    );
}

#[test]
fn what_was_not_asked_yet_is_one_finding_that_says_when_it_will_be_known() {
    let mut world = world();
    for number in 0..45 {
        list(&mut home(&mut world).snapshots).push(snapshot("prod-orders", &format!("manual-x{number}"), 50));
    }
    let sheet = asked(ask, &policy(), &world);
    let found = finding(&sheet, "sharing/orders");
    assert_eq!(found.title, "whether 45 of the snapshots of orders in eu-west-1 are shared is not known yet");
    assert_eq!(found.mend.words, "Nothing: each check asks about 40 of them, the next ones first.");
    assert_eq!(lines(&sheet).len(), 1);
    let never = policy_with(r#""version": 1"#, r#""version": 1, "checkup": {"sharing_asked_per_run": 0}"#);
    let sheet = asked(ask, &never, &world);
    assert!(finding(&sheet, "sharing/orders").mend.words.contains("sharing_asked_per_run"));
}

#[test]
fn a_public_snapshot_comes_with_the_command_that_takes_it_back() {
    let mut world = world();
    share(&mut world, Sharing::With(vec!["all".into()]));
    let sheet = asked(ask, &policy(), &world);
    let found = finding(&sheet, "sharing/orders/manual-1");
    assert_eq!(found.title, "everybody may restore manual-1, a snapshot of orders");
    assert_eq!(
        found.mend.command.join(" "),
        "aws rds modify-db-cluster-snapshot-attribute --db-cluster-snapshot-identifier manual-1 --attribute-name restore \
         --values-to-remove all --region eu-west-1"
    );
}
