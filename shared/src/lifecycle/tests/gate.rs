//! The gate: each rule alone refuses.

use std::sync::Arc;

use super::super::fixtures::{daily, home, hours, marked, now, policy, read_again, ripe, snapshot, strict, world};
use super::super::*;
use crate::database::{Sharing, Snapshot};
use crate::policy::Policy;

struct Scene {
    policy: Policy,
    world: World,
    marks: Marks,
    plan: Plan,
    deleted: Vec<Arc<Snapshot>>,
    now: jiff::Timestamp,
    snapshot: Snapshot,
}

/// `pre-3` is due, and may be deleted
fn scene() -> Scene {
    let (policy, mut world) = (strict(), world(daily(4)));
    let (marks, plan) = ripe(&policy, &world);
    let snapshot = read_again(&home(&mut world)[3]);
    Scene { policy, world, marks, plan, deleted: Vec::new(), now: now(), snapshot }
}

fn claim(scene: &Scene) -> Result<(), NotDoomed> {
    let Scene { policy, world, marks, plan, deleted, now, snapshot } = scene;
    let mut tried = Tried::new(*now, policy, world);
    for one in deleted {
        tried.insert(one);
    }
    let ground = Ground { now: *now, policy, world, plan, marks, tried: &tried };
    Doomed::claim(snapshot.clone(), &ground).map(|doomed| assert_eq!(doomed.get(), snapshot))
}

fn refused(change: impl FnOnce(&mut Scene)) -> NotDoomed {
    let mut scene = scene();
    change(&mut scene);
    claim(&scene).expect_err("it came through the gate")
}

#[test]
fn what_is_due_and_unchanged_comes_through() {
    assert_eq!(claim(&scene()), Ok(()));
}

#[test]
fn each_rule_alone_refuses() {
    assert_eq!(refused(|scene| scene.policy.cleanup.dry_run = true), NotDoomed::DryRun);
    assert_eq!(refused(|scene| scene.policy.cleanup.max_deletions = 0), NotDoomed::Limit(0));
    let five = || (0..5).map(|number| Arc::new(snapshot(&format!("gone-{number}"), 900))).collect();
    assert_eq!(refused(|scene| scene.deleted = five()), NotDoomed::Limit(5));
    assert_eq!(refused(|scene| scene.deleted.push(Arc::new(scene.snapshot.clone()))), NotDoomed::Again);
    assert_eq!(refused(|scene| scene.now = now() - hours(1)), NotDoomed::Clock(now()));
    let later = now() + hours(2);
    assert_eq!(refused(|scene| scene.marks.at = Some(later)), NotDoomed::Clock(later));
    assert_eq!(refused(|scene| scene.snapshot.arn.push('x')), NotDoomed::NotPlanned);
    let again = |scene: &mut Scene| scene.snapshot.created_at = Some(now() - hours(2));
    assert_eq!(refused(again), NotDoomed::NotPlanned, "another one of its name");
    let deleting = |scene: &mut Scene| scene.snapshot.status = "deleting".to_owned();
    assert_eq!(refused(deleting), NotDoomed::LeftAlone(LeftAlone::Status("deleting".to_owned())));
    assert_eq!(refused(|scene| scene.snapshot.details.sharing = Sharing::NotAsked), NotDoomed::SharingNotAsked);
    let shared = |scene: &mut Scene| scene.snapshot.details.sharing = Sharing::With(vec!["all".to_owned()]);
    assert_eq!(refused(shared), NotDoomed::LeftAlone(LeftAlone::Shared("everybody".to_owned())));
    let unknown = |scene: &mut Scene| scene.snapshot.details.sharing = Sharing::Unknown("a timeout".to_owned());
    assert!(matches!(refused(unknown), NotDoomed::LeftAlone(LeftAlone::SharingUnknown(_))));
    assert_eq!(refused(|scene| scene.marks.marks.clear()), NotDoomed::NotMarked);
    let fresh = |scene: &mut Scene| scene.marks = marked(&scene.policy, &scene.world, 23);
    assert_eq!(refused(fresh), NotDoomed::Grace);
    let pinned = |scene: &mut Scene| drop(scene.snapshot.tags.insert(KEEP.to_owned(), String::new()));
    assert_eq!(refused(pinned), NotDoomed::Kept("pinned by its tag lifeboat:keep".to_owned()));
    let stale = |scene: &mut Scene| scene.world.newest.clear();
    assert!(matches!(refused(stale), NotDoomed::Held(_)));
    let used = |scene: &mut Scene| {
        drop(scene.world.in_use.insert(scene.snapshot.arn.clone(), "it is being exported".to_owned()));
    };
    assert_eq!(refused(used), NotDoomed::Held("it is being exported".to_owned()));
}

#[test]
fn the_newest_stay_even_if_others_went_meanwhile() {
    let gone = |scene: &mut Scene| drop(home(&mut scene.world).drain(0..2));
    assert_eq!(refused(gone), NotDoomed::Kept("one of the newest 2".to_owned()));
    let deleted = |scene: &mut Scene| {
        scene.deleted = home(&mut scene.world)[..2].to_vec();
    };
    assert_eq!(refused(deleted), NotDoomed::Kept("one of the newest 2".to_owned()));
}

#[test]
fn a_plan_that_is_only_shown_deletes_nothing_whatever_the_policy_says() {
    let shown = |scene: &mut Scene| {
        scene.plan = preview(now(), now(), &scene.policy, &scene.world, &scene.marks);
        assert_eq!(scene.plan.due().count(), 2);
    };
    assert_eq!(refused(shown), NotDoomed::DryRun);
    let dry = policy(r#""patterns": ["pre-*"], "keep_last": 2"#, "");
    assert_eq!(refused(|scene| scene.plan = ripe(&dry, &scene.world).1), NotDoomed::DryRun);
}

#[test]
fn the_marks_of_this_very_run_do_not_count() {
    let own =
        |scene: &mut Scene| scene.marks = plan(now(), &scene.policy, &scene.world, &Marks::default()).marks().clone();
    assert_eq!(refused(own), NotDoomed::Grace);
}

#[test]
fn whoever_was_tried_before_counts_for_the_next() {
    // Four that go and two that stay: the third claim is the last that leaves two above it only if those before count.
    let one_gone = |scene: &mut Scene| scene.deleted = home(&mut scene.world)[..1].to_vec();
    let third = |scene: &mut Scene| scene.snapshot = read_again(&home(&mut scene.world)[2]);
    assert_eq!(refused(|scene| (one_gone(scene), third(scene)).1), NotDoomed::Kept("one of the newest 2".to_owned()));
    let mut older_gone = scene();
    older_gone.deleted = home(&mut older_gone.world)[3..].to_vec();
    third(&mut older_gone);
    assert_eq!(claim(&older_gone), Ok(()), "what is older and gone changes nothing");
}
