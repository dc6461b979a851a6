//! Random histories: snapshots come, change and grow old, runs take place at any time, clocks jump.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use proptest::prelude::*;

use super::super::fixtures::{home, hours, now, policy, run, snapshot, world_at};
use super::super::*;
use crate::database::{Engine, Sharing, Snapshot, SnapshotKind};
use crate::policy::Policy;

/// What happens between two runs
#[derive(Debug, Clone)]
enum Step {
    /// The clock goes on by so many hours, or back
    Clock(i64),
    /// A snapshot is taken now; the number says what kind
    Take(u8),
    /// The snapshot of this place changes; the number says how
    Change(prop::sample::Index, u8),
    /// The newest backup is so many hours old from now on
    Backup(i64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (1_i64..80).prop_map(Step::Clock),
        1 => (-60_i64..0).prop_map(Step::Clock),
        6 => (0_u8..24).prop_map(Step::Take),
        3 => (any::<prop::sample::Index>(), 0_u8..7).prop_map(|(at, how)| Step::Change(at, how)),
        1 => prop_oneof![Just(0_i64), Just(0), 0_i64..40].prop_map(Step::Backup),
    ]
}

fn any_policy() -> impl Strategy<Value = Policy> {
    let numbers = (1_i64..4, 0_i64..4, 0_i64..3, 0_i64..3);
    (numbers, 0_i64..3, 0_i64..4).prop_map(|((last, days, weekly, monthly), grace, most)| {
        let rules = format!(
            r#""patterns": ["pre-*"], "keep_last": {last}, "keep_days": {days}, "keep_weekly": {weekly}, "keep_monthly": {monthly}"#
        );
        policy(&rules, &format!(r#""dry_run": false, "grace_days": {grace}, "max_deletions": {most}"#))
    })
}

fn taken(number: usize, kind: u8, at: Timestamp) -> Snapshot {
    let mut one = snapshot(&format!("pre-{number}"), 0);
    one.created_at = Some(at);
    match kind {
        0 => one.kind = SnapshotKind::Automated,
        1 => one.engine = Engine::from("neptune"),
        2 => one.created_at = None,
        3 => one.status = "creating".to_owned(),
        4 => one.identifier = format!("hand-made-{number}"),
        5 => one.identifier = format!("awsbackup:job-{number}"),
        6 => drop(one.tags.insert(KEEP.to_owned(), String::new())),
        7 => drop(one.tags.insert(KEEP_UNTIL.to_owned(), (at + hours(300)).to_string())),
        _ => {}
    }
    one.arn = format!("arn:aws:rds:eu-west-1:123456789012:cluster-snapshot:{}", one.identifier);
    one
}

fn change(one: &mut Snapshot, how: u8) {
    match how {
        0 => one.details.sharing = Sharing::With(vec!["all".to_owned()]),
        1 => one.details.sharing = Sharing::Unknown("no answer".to_owned()),
        2 => one.status = "deleting".to_owned(),
        3 => drop(one.tags.insert(KEEP.to_owned(), String::new())),
        4 => drop(one.tags.remove(KEEP)),
        5 => one.details.sharing = Sharing::Private,
        _ => one.status = "available".to_owned(),
    }
}

/// Asked without the code under test: is this one that may go at all?
fn may_go(one: &Snapshot, at: Timestamp) -> bool {
    let until = one.tags.get(KEEP_UNTIL).is_some_and(|until| until.parse::<Timestamp>().unwrap() > at);
    may_stand(one) && !one.tags.contains_key(KEEP) && !until
}

/// Is this one that counts for the floor?
fn may_stand(one: &Snapshot) -> bool {
    one.kind == SnapshotKind::Manual
        && one.identifier.starts_with("pre-")
        && one.engine == Engine::AuroraPostgresql
        && one.status == "available"
        && one.created_at.is_some()
        && matches!(one.details.sharing, Sharing::NotAsked | Sharing::Private)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, ..ProptestConfig::default() })]

    #[test]
    fn no_history_deletes_what_a_floor_protects(policy in any_policy(), steps in prop::collection::vec(step(), 1..60)) {
        let rules = policy.database("orders").unwrap().snapshots.clone().unwrap();
        let (mut at, mut marks, mut age) = (now(), Marks::default(), 0);
        // No run has taken place yet, so no clock can be behind.
        let mut latest: Option<Timestamp> = None;
        let mut world = world_at(at, Vec::new());
        let mut seen_marked: BTreeMap<(String, Timestamp), Timestamp> = BTreeMap::new();
        for (number, step) in steps.into_iter().enumerate() {
            match step {
                Step::Clock(by) => at += hours(by),
                Step::Take(kind) => home(&mut world).push(Arc::new(taken(number, kind, at))),
                Step::Change(index, how) => {
                    let all = home(&mut world);
                    if !all.is_empty() {
                        let index = index.index(all.len());
                        change(Arc::make_mut(&mut all[index]), how);
                    }
                }
                Step::Backup(hours) => age = hours,
            }
            let fresh = world_at(at - hours(age), Vec::new()).newest;
            world.newest = fresh;
            let before: Vec<Arc<Snapshot>> = home(&mut world).clone();
            let (planned, gone, refused) = run((at, &policy), &mut world, &marks);
            prop_assert!(refused.is_empty(), "plan and gate disagree: {refused:?}");
            prop_assert!(gone.len() <= usize::try_from(policy.cleanup.max_deletions).unwrap());
            if latest.is_some_and(|latest| at < latest - CLOCKS) || age > 0 {
                prop_assert!(gone.is_empty(), "deleted with a clock that is behind, or with stale backups");
            }
            for one in &gone {
                prop_assert!(may_go(one, at), "{one:?}");
                let mark = seen_marked.get(&(one.arn.clone(), one.created_at.unwrap()));
                prop_assert!(mark.is_some_and(|since| *since < at && *since + hours(24 * policy.cleanup.grace_days) <= at));
                let counts = |other: &&Arc<Snapshot>| {
                    may_stand(other) && (other.created_at, &other.arn) > (one.created_at, &one.arn) && !gone.contains(other)
                };
                let newer = before.iter().filter(counts);
                prop_assert!(newer.count() >= usize::try_from(rules.keep_last).unwrap(), "under the floor");
            }
            seen_marked = planned.marks().marks.iter().map(|(arn, mark)| ((arn.clone(), mark.created_at), mark.since)).collect();
            marks = planned.marks().clone();
            latest = latest.max(Some(at));
        }
    }

    #[test]
    fn a_plan_is_a_fixed_point_and_does_not_depend_on_the_order_of_the_list(
        policy in any_policy(),
        kinds in prop::collection::vec((0_u8..24, 0_i64..3000), 1..40),
        seed in any::<u64>(),
        grace in 0_i64..100,
    ) {
        let all: Vec<Snapshot> =
            kinds.iter().enumerate().map(|(number, (kind, age))| taken(number, *kind, now() - hours(*age))).collect();
        let mut world = world_at(now(), all);
        let before = plan(now() - hours(grace), &policy, &world, &Marks::default());
        let first = plan(now(), &policy, &world, before.marks());
        let again = plan(now(), &policy, &world, first.marks());
        prop_assert_eq!(again.lines(), first.lines());
        prop_assert_eq!(again.marks(), first.marks());
        // Any order will do: one by the bits of a seed, one backwards.
        let shuffled = |at: Timestamp| at.as_second().cast_unsigned() ^ seed;
        home(&mut world).sort_by_key(|one| (one.identifier.len() as u64 ^ seed, one.created_at.map(shuffled)));
        prop_assert_eq!(&plan(now(), &policy, &world, before.marks()), &first);
        home(&mut world).reverse();
        prop_assert_eq!(&plan(now(), &policy, &world, before.marks()), &first);
        // What went changes nothing about what stays.
        let due: Vec<String> = first.due().map(|line| line.snapshot.arn.clone()).collect();
        home(&mut world).retain(|one| !due.contains(&one.arn));
        let kept = |plan: &Plan| plan.lines().iter().filter(|line| matches!(line.what, What::Kept(_))).cloned().collect::<Vec<_>>();
        prop_assert_eq!(kept(&plan(now(), &policy, &world, first.marks())), kept(&first));
    }

    #[test]
    fn more_retention_never_deletes_more(
        policy in any_policy(),
        ages in prop::collection::vec(0_i64..3000, 1..40),
        (last, days, weekly, monthly, grace) in (0_i64..3, 0_i64..30, 0_i64..3, 0_i64..3, 0_i64..3),
    ) {
        let all: Vec<Snapshot> =
            ages.iter().enumerate().map(|(number, age)| taken(number, 20, now() - hours(*age))).collect();
        let world = world_at(now(), all);
        let mut policy = policy;
        policy.cleanup.max_deletions = 1000;
        let mut larger = policy.clone();
        larger.cleanup.grace_days += grace;
        let rules = larger.databases[0].1.snapshots.as_mut().unwrap();
        rules.keep_last += last;
        rules.keep_days = rules.keep_days.map(|number| number + days);
        rules.keep_weekly = rules.keep_weekly.map(|number| number + weekly);
        rules.keep_monthly = rules.keep_monthly.map(|number| number + monthly);
        let due = |policy: &Policy| {
            let marks = plan(now() - hours(30), policy, &world, &Marks::default()).marks().clone();
            let plan = plan(now(), policy, &world, &marks);
            plan.due().map(|line| line.snapshot.arn.clone()).collect::<Vec<_>>()
        };
        let few = due(&larger);
        let many = due(&policy);
        prop_assert!(few.iter().all(|arn| many.contains(arn)), "{few:?} {many:?}");
    }
}
