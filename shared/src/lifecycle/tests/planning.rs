//! Plans, and the floors under them.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::super::fixtures::{
    daily, home, hours, marked, names, now, of_instance, policy, ripe, snapshot, strict, world,
};
use super::super::*;
use crate::database::{Engine, Sharing, Snapshot, SnapshotKind};

fn what(plan: &Plan, identifier: &str) -> What {
    plan.lines().iter().find(|line| line.snapshot.identifier == identifier).unwrap().what.clone()
}

fn left(plan: &Plan, identifier: &str) -> LeftAlone {
    match what(plan, identifier) {
        What::LeftAlone(why) => why,
        other => panic!("{identifier}: {other:?}"),
    }
}

#[test]
fn one_run_marks_and_a_later_one_deletes() {
    let (policy, world) = (strict(), world(daily(4)));
    let first = plan(now(), &policy, &world, &Marks::default());
    assert_eq!(first.to_delete().count(), 0);
    assert_eq!(first.marks().marks.len(), 2);
    let at = |after: i64| {
        let mut world = world.clone();
        world.newest.values_mut().for_each(|newest| {
            newest.restorable = Some(now() + hours(after));
            newest.automated = Some(now() + hours(after));
        });
        names(plan(now() + hours(after), &policy, &world, first.marks()).to_delete())
    };
    assert_eq!(at(23), Vec::<String>::new(), "the grace period is not over");
    assert_eq!(at(24), ["pre-2", "pre-3"]);
}

#[test]
fn without_a_grace_period_it_is_a_later_run_all_the_same() {
    let policy = policy(r#""patterns": ["pre-*"], "keep_last": 2"#, r#""dry_run": false, "grace_days": 0"#);
    let first = plan(now(), &policy, &world(daily(4)), &Marks::default());
    let again = plan(now(), &policy, &world(daily(4)), first.marks());
    assert_eq!((first.to_delete().count(), again.to_delete().count()), (0, 0));
    let later = plan(now() + SignedDuration::from_mins(1), &policy, &world(daily(4)), first.marks());
    assert_eq!(later.to_delete().count(), 2);
}

#[test]
fn a_dry_run_has_the_same_plan_and_deletes_nothing() {
    let dry = policy(r#""patterns": ["pre-*"], "keep_last": 2"#, r#""max_deletions": 5"#);
    let (_, real) = ripe(&strict(), &world(daily(4)));
    let (_, dry) = ripe(&dry, &world(daily(4)));
    assert_eq!((real.mode, dry.mode), (Mode::Real, Mode::DryRun));
    assert_eq!(real.lines(), dry.lines());
    assert_eq!((dry.due().count(), dry.to_delete().count()), (2, 0));
}

#[test]
fn what_is_kept_again_loses_its_mark() {
    let (policy, mut world) = (strict(), world(daily(4)));
    let marks = marked(&policy, &world, 48);
    Arc::make_mut(&mut home(&mut world)[2]).tags.insert(KEEP.to_owned(), String::new());
    Arc::make_mut(&mut home(&mut world)[3]).details.sharing = Sharing::With(vec!["111122223333".to_owned()]);
    let plan = plan(now(), &policy, &world, &marks);
    assert!(plan.marks().marks.is_empty());
    assert_eq!(plan.due().count(), 0);
}

#[test]
fn a_mark_is_not_inherited_by_a_later_snapshot_of_the_name() {
    let (policy, mut world) = (strict(), world(daily(4)));
    let marks = marked(&policy, &world, 48);
    Arc::make_mut(&mut home(&mut world)[3]).created_at = Some(now() - hours(167));
    let plan = plan(now(), &policy, &world, &marks);
    assert_eq!(names(plan.due()), ["pre-2"]);
    assert_eq!(plan.marks().marks[&home(&mut world)[3].arn].since, now());
}

#[test]
fn nothing_goes_while_the_newest_backup_is_stale_or_not_known() {
    let stale = |change: fn(&mut NewestBackup)| {
        let (policy, mut world) = (strict(), world(daily(4)));
        change(world.newest.get_mut("orders").unwrap());
        let (marks, plan) = ripe(&policy, &world);
        assert_eq!(plan.due().count(), 0);
        assert_eq!(plan.marks().marks.len(), marks.marks.len(), "the marks stay");
        match what(&plan, "pre-3") {
            What::Held { by: Hold::Stale(why), .. } => why,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(
        stale(|newest| newest.restorable = Some(now() - hours(1))),
        "the latest restorable time is 1 h 0 min old, and 15 min 0 s are allowed"
    );
    assert_eq!(
        stale(|newest| newest.automated = Some(now() - hours(27))),
        "the newest automated snapshot is 1 d 3 h old, and 1 d 2 h are allowed"
    );
    assert_eq!(stale(|newest| newest.automated = None), "the newest automated snapshot is not known");
    assert_eq!(stale(|newest| newest.restorable = None), "the latest restorable time is not known");
    assert!(stale(|newest| newest.restorable = Some(now() + hours(1))).ends_with("a clock is wrong"));
}

#[test]
fn without_limits_in_the_policy_one_fresh_backup_is_needed() {
    let none = crate::policy::Backups::default();
    let of = |restorable: Option<i64>, automated: Option<i64>| {
        let at = |age: Option<i64>| age.map(|age| now() - hours(age));
        stale(now(), &none, Some(&NewestBackup { restorable: at(restorable), automated: at(automated) })).is_some()
    };
    assert!(!of(Some(1), None) && !of(None, Some(26)) && !of(Some(99), Some(1)));
    assert!(of(None, None) && of(Some(27), Some(27)) && of(Some(27), None));
    assert!(stale(now(), &none, None).is_some());
}

#[test]
fn one_run_deletes_no_more_than_it_may_and_the_oldest_first() {
    let (_, plan) = ripe(&strict(), &world(daily(12)));
    assert_eq!(names(plan.due()), ["pre-10", "pre-11", "pre-7", "pre-8", "pre-9"]);
    assert!(matches!(what(&plan, "pre-6"), What::Held { by: Hold::Limit(5), .. }));
}

#[test]
fn what_is_not_certainly_ours_is_left_alone_and_said_so() {
    let mut all = daily(4);
    let mut add = |identifier: &str, change: fn(&mut Snapshot)| {
        let mut one = snapshot(identifier, 900);
        change(&mut one);
        all.push(one);
    };
    add("rds:prod-orders-2026-11-20", |one| one.kind = SnapshotKind::Automated);
    add("pre-automated", |one| one.kind = SnapshotKind::Automated);
    add("rds:pre-by-its-name", |_| ());
    add("awsbackup:job-1", |_| ());
    add("pre-vault", |one| one.kind = SnapshotKind::AwsBackup);
    add("pre-shared-by-others", |one| one.kind = SnapshotKind::Other);
    add("pre-neptune", |one| one.engine = Engine::from("neptune"));
    add("pre-mysql", |one| one.engine = Engine::Mysql);
    add("pre-of-an-instance", |one| one.arn = one.arn.replace("cluster-snapshot", "snapshot"));
    add("pre-elsewhere", |one| one.arn = one.arn.replace("eu-west-1", "eu-west-2"));
    add("pre-stranger", |one| one.source = "prod-other".to_owned());
    add("pre-archive", |one| {
        one.source = "prod-archive".to_owned();
        one.engine = Engine::Docdb;
    });
    add("hand-made", |_| ());
    add("pre-timeless", |one| one.created_at = None);
    add("pre-tomorrow", |one| one.created_at = Some(now() + hours(24)));
    add("pre-creating", |one| one.status = "creating".to_owned());
    add("pre-failed", |one| one.status = "failed".to_owned());
    add("pre-shared", |one| one.details.sharing = Sharing::With(vec!["111122223333".to_owned()]));
    add("pre-public", |one| one.details.sharing = Sharing::With(vec!["all".to_owned()]));
    add("pre-of-a-vault", |one| drop(one.tags.insert("aws:backup:source-resource".to_owned(), "x".to_owned())));
    add("pre-who-knows", |one| one.details.sharing = Sharing::Unknown("AccessDenied".to_owned()));
    let (_, plan) = ripe(&strict(), &world(all));
    let table = [
        ("rds:prod-orders-2026-11-20", LeftAlone::Automated),
        ("pre-automated", LeftAlone::Automated),
        ("rds:pre-by-its-name", LeftAlone::Automated),
        ("awsbackup:job-1", LeftAlone::AwsBackup),
        ("pre-vault", LeftAlone::AwsBackup),
        ("pre-shared-by-others", LeftAlone::NotManual),
        ("pre-neptune", LeftAlone::Engine("neptune".to_owned())),
        ("pre-mysql", LeftAlone::Engine("mysql".to_owned())),
        ("pre-of-an-instance", LeftAlone::Engine("aurora-postgresql".to_owned())),
        ("pre-elsewhere", LeftAlone::Arn),
        ("pre-stranger", LeftAlone::Unlisted("prod-other".to_owned())),
        ("pre-archive", LeftAlone::NoRule("archive".to_owned())),
        ("hand-made", LeftAlone::Pattern),
        ("pre-timeless", LeftAlone::NoTime),
        ("pre-tomorrow", LeftAlone::Future),
        ("pre-creating", LeftAlone::Status("creating".to_owned())),
        ("pre-failed", LeftAlone::Status("failed".to_owned())),
        ("pre-shared", LeftAlone::Shared("account 111122223333".to_owned())),
        ("pre-public", LeftAlone::Shared("everybody".to_owned())),
        ("pre-of-a-vault", LeftAlone::AwsBackup),
        ("pre-who-knows", LeftAlone::SharingUnknown("AccessDenied".to_owned())),
    ];
    for (identifier, wanted) in &table {
        assert_eq!(left(&plan, identifier), *wanted, "{identifier}");
    }
    // None of them counts for the floor either: the two newest are those that can be relied on.
    assert_eq!(names(plan.due()), ["pre-2", "pre-3"]);
    assert_eq!(plan.lines().len(), 4 + table.len());
}

#[test]
fn one_that_is_listed_twice_counts_once_and_one_that_changed_meanwhile_is_left_alone() {
    let (policy, before, mut world) = (strict(), world(daily(4)), world(daily(3)));
    home(&mut world).push(Arc::new(snapshot("pre-0", 96)));
    assert_eq!(names(ripe(&policy, &world).1.due()), ["pre-2"], "pre-0 and pre-1 are the newest two");
    home(&mut world).push(Arc::new(Snapshot { status: "deleting".to_owned(), ..snapshot("pre-2", 144) }));
    let marks = marked(&policy, &before, 48);
    let twice = plan(now(), &policy, &world, &marks);
    assert_eq!(left(&twice, "pre-2"), LeftAlone::Twice);
    home(&mut world).reverse();
    assert_eq!(plan(now(), &policy, &world, &marks), twice);
}

#[test]
fn what_something_is_made_from_stays() {
    let (policy, mut world) = (strict(), world(daily(4)));
    let arn = home(&mut world)[3].arn.clone();
    world.in_use.insert(arn, "it is being exported".to_owned());
    let (_, plan) = ripe(&policy, &world);
    assert_eq!(names(plan.due()), ["pre-2"]);
    assert_eq!(what(&plan, "pre-3").why(), "it is being exported; otherwise it would go: not among the newest 2");
}

#[test]
fn a_clock_that_is_behind_an_earlier_run_marks_nothing_and_deletes_nothing() {
    let (policy, world) = (strict(), world(daily(4)));
    let mut marks = marked(&policy, &world, 48);
    marks.marks.pop_first();
    marks.at = Some(now() + hours(1));
    let plan = plan(now(), &policy, &world, &marks);
    assert_eq!(plan.due().count(), 0);
    assert_eq!(*plan.marks(), marks);
    assert!(matches!(what(&plan, "pre-3"), What::Held { since: Some(_), by: Hold::Clock(_), .. }));
    assert!(matches!(what(&plan, "pre-2"), What::Held { since: None, by: Hold::Clock(_), .. }));
}

#[test]
fn a_mark_older_than_its_snapshot_was_made_by_a_wrong_clock() {
    let (policy, world) = (strict(), world(daily(4)));
    let mut marks = marked(&policy, &world, 48);
    marks.marks.values_mut().for_each(|mark| mark.since = now() - hours(2000));
    let plan = plan(now(), &policy, &world, &marks);
    assert_eq!(plan.due().count(), 0);
    assert!(plan.marks().marks.values().all(|mark| mark.since == now()));
}

#[test]
fn marks_of_a_region_that_could_not_be_read_stay() {
    let (policy, mut world) = (strict(), world(daily(4)));
    let marks = marked(&policy, &world, 48);
    world.regions.remove("eu-west-1");
    assert_eq!(plan(now(), &policy, &world, &marks).marks().marks, marks.marks);
    world.regions.insert("eu-west-1".to_owned(), Vec::new());
    assert!(plan(now(), &policy, &world, &marks).marks().marks.is_empty(), "they are gone for certain");
}

#[test]
fn a_preview_shows_what_will_be_due_and_nothing_follows() {
    let rules = r#""patterns": ["pre-*"], "keep_last": 1, "keep_days": 30"#;
    let policy = policy(rules, r#""dry_run": false, "grace_days": 1"#);
    let world = world(daily(4));
    let at = |date: &str| date.parse::<Timestamp>().unwrap();
    let due = |as_of| names(preview(now(), as_of, &policy, &world, &Marks::default()).due());
    assert_eq!(due(now()), Vec::<String>::new());
    assert_eq!(due(at("2026-12-14T12:00:01Z")), ["pre-3"]);
    assert_eq!(due(at("2027-01-01T00:00:00Z")), ["pre-1", "pre-2", "pre-3"]);
    let plan = preview(now(), at("2027-01-01T00:00:00Z"), &policy, &world, &Marks::default());
    assert_eq!((plan.mode, plan.to_delete().count()), (Mode::Preview, 0));
}

#[test]
fn databases_stand_side_by_side() {
    let (policy, mut world) = (strict(), world(daily(4)));
    home(&mut world).extend(
        [of_instance("manual-1", 100), of_instance("manual-2", 200), of_instance("pre-9", 99)]
            .into_iter()
            .map(Arc::new),
    );
    let (_, plan) = ripe(&policy, &world);
    assert_eq!(names(plan.due()), ["manual-2", "pre-2", "pre-3"]);
    assert_eq!(left(&plan, "pre-9"), LeftAlone::Pattern, "each database has its own patterns");
    assert_eq!(plan.only("ledger").lines().len(), 3);
}

#[test]
fn the_document_of_marks_is_read_back_and_a_broken_one_stops_the_run() {
    let marks = marked(&strict(), &world(daily(4)), 48);
    let text = serde_json::to_string_pretty(&marks).unwrap();
    assert_eq!(Marks::parse(&text).unwrap(), marks);
    assert!(Marks::parse("{").unwrap_err().contains("cannot be read"));
    assert!(Marks::parse(&text.replace("\"version\": 1", "\"version\": 2")).unwrap_err().contains("of version 2"));
}

#[test]
fn a_policy_that_changes_between_mark_and_deletion_gives_its_new_victims_their_own_grace() {
    let cleanup = r#""dry_run": false, "grace_days": 1, "max_deletions": 50"#;
    let before = policy(r#""patterns": ["pre-*"], "keep_last": 3"#, cleanup);
    let mut world = world(daily(4));
    home(&mut world).extend([snapshot("hand-made-1", 2000), snapshot("hand-made-2", 3000)].into_iter().map(Arc::new));
    let marks = marked(&before, &world, 48);
    let after = policy(r#""patterns": ["pre-*", "hand-*"], "keep_last": 1"#, cleanup);
    let first = plan(now(), &after, &world, &marks);
    assert_eq!(names(first.due()), ["pre-3"], "the one that was marked under both");
    assert_eq!(first.marks().marks.len(), 5);
    // What a policy keeps again for a while begins anew.
    let kept = plan(now(), &policy(r#""patterns": ["pre-*"], "keep_last": 9"#, cleanup), &world, &marks);
    assert!(kept.marks().marks.is_empty());
}

#[test]
fn every_spelling_of_a_tag_keeps() {
    let (policy, mut world) = (strict(), world(daily(4)));
    for (key, until) in [(KEEP_UNTIL, "2020-01-01T00:00:00Z"), ("Lifeboat:Keep-Until", "2030-01-01T00:00:00Z")] {
        Arc::make_mut(&mut home(&mut world)[3]).tags.insert(key.to_owned(), until.to_owned());
    }
    assert_eq!(names(ripe(&policy, &world).1.due()), ["pre-2"]);
}

#[test]
fn a_copy_from_another_region_or_account_is_none_of_ours_and_counts_for_no_floor() {
    let from = |what: &str| Some(format!("arn:aws:rds:{what}:cluster-snapshot:pre-1"));
    for origin in [from("eu-central-1:123456789012"), from("eu-west-1:999999999999"), Some("arn:aws:s3:::x".to_owned())]
    {
        let mut world = world(daily(4));
        Arc::make_mut(&mut home(&mut world)[0]).details.copied_from.clone_from(&origin);
        let (_, plan) = ripe(&strict(), &world);
        assert_eq!(left(&plan, "pre-0"), LeftAlone::Elsewhere(origin.unwrap()));
        assert_eq!(names(plan.due()), ["pre-3"], "pre-1 and pre-2 are the newest of ours");
    }
    // One that was copied within this region is as good as another.
    for origin in [from("eu-west-1:123456789012"), Some("pre-1".to_owned())] {
        let mut world = world(daily(4));
        Arc::make_mut(&mut home(&mut world)[0]).details.copied_from = origin;
        assert_eq!(names(ripe(&strict(), &world).1.due()), ["pre-2", "pre-3"]);
    }
}
