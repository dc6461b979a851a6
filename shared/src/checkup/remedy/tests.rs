//! What is changed, and what never is.

use proptest::prelude::*;

use super::*;
use crate::checkup::healthy::*;
use crate::database::Engine;

const BOTH: &str = r#""version": 1, "checkup": {"remediate": {"retention": true, "deletion_protection": true}}"#;

fn willing() -> Policy {
    policy_with(r#""version": 1"#, BOTH)
}

/// A retention of one day, and no protection
fn poor() -> World {
    let mut world = world();
    orders(&mut world).facts.configuration.backup_retention_days = 1;
    orders(&mut world).facts.configuration.deletion_protection = false;
    world
}

fn with(change: impl FnOnce(&mut World)) -> Remedies {
    let mut world = poor();
    change(&mut world);
    remedies(now(), &willing(), &world)
}

#[test]
fn what_is_too_low_is_raised_where_the_policy_says_so() {
    let found = with(|_| {});
    let (database, identifier) = ("orders".to_owned(), "prod-orders".to_owned());
    let raise = RaiseRetention {
        database: database.clone(),
        identifier: identifier.clone(),
        clustered: true,
        from_days: 1,
        to_days: 7,
    };
    assert_eq!(
        found,
        Remedies { raise: vec![raise], protect: vec![Protect { database, identifier, clustered: true }] }
    );
    assert_eq!(remedies(now(), &policy(), &poor()), Remedies::default());
    let half = policy_with(r#""version": 1"#, &BOTH.replace(r#""retention": true"#, r#""retention": false"#));
    let found = remedies(now(), &half, &poor());
    assert_eq!((found.raise.len(), found.protect.len()), (0, 1));
}

#[test]
fn what_is_not_certain_is_left_alone() {
    let nothing = Remedies::default();
    assert_eq!(with(|w| orders(w).facts.status = "modifying".into()), nothing);
    assert_eq!(with(|w| orders(w).upkeep.replica_of = Some("other".into())), nothing);
    assert_eq!(with(|w| orders(w).facts.engine = Engine::from("neptune")), nothing);
    assert_eq!(with(|w| orders(w).facts.identifier = "prod-other".into()), nothing);
    assert_eq!(with(|w| home(w).clusters = Some(Err(denied()))), nothing);
    assert_eq!(with(|w| home(w).clusters = None), nothing);
    assert_eq!(with(|w| drop(w.regions.remove(HOME))), nothing);
    let twice = with(|w| {
        let again = orders(w).clone();
        list(&mut home(w).clusters).push(again);
    });
    assert_eq!(twice, nothing);
    let theirs = with(|w| orders(w).upkeep.kept_by_aws_backup = true);
    assert_eq!((theirs.raise.len(), theirs.protect.len()), (0, 1), "AWS Backup owns the retention only");
    let off = with(|w| orders(w).facts.configuration.backup_retention_days = 0);
    assert_eq!((off.raise.len(), off.protect.len()), (0, 1), "turning backups on is for people");
}

proptest! {
    #[test]
    fn nothing_is_ever_lowered_turned_off_or_done_to_what_the_policy_does_not_name(
        days in prop::collection::vec(-1_i32..=40, 4),
        protected in prop::collection::vec(any::<bool>(), 4),
        statuses in prop::collection::vec(prop::sample::select(vec!["available", "modifying", "deleting", ""]), 4),
        owned in prop::collection::vec(any::<bool>(), 4),
    ) {
        let mut world = poor();
        list(&mut home(&mut world).clusters).push(cluster("stranger", "aurora-postgresql", "16.4"));
        let facts = |index: usize| (days[index], protected[index], statuses[index].to_owned(), owned[index]);
        let region = home(&mut world);
        for (index, kept) in list(&mut region.clusters).iter_mut().enumerate() {
            let configuration = &mut kept.facts.configuration;
            (configuration.backup_retention_days, configuration.deletion_protection, kept.facts.status, kept.upkeep.kept_by_aws_backup) = facts(index);
        }
        for kept in list(&mut region.instances) {
            let configuration = &mut kept.facts.configuration;
            (configuration.backup_retention_days, configuration.deletion_protection, kept.facts.status, kept.upkeep.kept_by_aws_backup) = facts(3);
        }
        let policy = willing();
        let found = remedies(now(), &policy, &world);
        for raise in &found.raise {
            let entry = policy.database(&raise.database).unwrap();
            prop_assert_eq!(&entry.identifier, &raise.identifier);
            prop_assert_eq!(entry.kind.is_clustered(), raise.clustered);
            prop_assert_eq!(entry.backups.retention_days, Some(raise.to_days));
            prop_assert!(raise.from_days >= 1 && raise.to_days > raise.from_days && raise.to_days <= 35);
        }
        for protect in &found.protect {
            prop_assert_eq!(&policy.database(&protect.database).unwrap().identifier, &protect.identifier);
            let clusters = list(&mut home(&mut world).clusters).iter().map(|kept| (&kept.facts.identifier, kept.facts.configuration.deletion_protection));
            let on = clusters.filter(|(known, _)| **known == protect.identifier).any(|(_, on)| on);
            prop_assert!(!on || !protect.clustered);
        }
        prop_assert!(remedies(now(), &policy_of(POLICY), &world) == Remedies::default());
    }
}
