//! Ten thousand snapshots. Run by hand, in release: `cargo test --release -p lifeboat crowds -- --ignored --nocapture`

use std::time::Instant;

use crate::lifecycle::fixtures::{hours, now, policy, ripe, run, snapshot, world};

/// The longest way: a thousand stay, and every one that goes has to have them above it
#[test]
#[ignore = "it measures; a loaded machine is no mistake"]
fn a_thousand_that_stay_make_nothing_slower() {
    let all: Vec<_> =
        (0..10_000).map(|number| snapshot(&format!("pre-{number:05}"), 24 * 4 + 10_000 - number)).collect();
    for (keep, deletions) in [(1, 5000), (1000, 5000)] {
        let cleanup = format!(r#""dry_run": false, "max_deletions": {deletions}"#);
        let rules = format!(
            r#""patterns": ["pre-*"], "keep_last": {keep}, "copy_to": {{"region": "us-west-2", "kms_key_id": "k", "keep_last": 1000}}"#
        );
        let (policy, mut world) = (policy(&rules, &cleanup), world(all.clone()));
        let began = Instant::now();
        let (marks, _) = ripe(&policy, &world);
        let planned = began.elapsed();
        let began = Instant::now();
        let (_, gone, _) = run((now() + hours(0), &policy), &mut world, &marks);
        println!("keep_last {keep}: two plans {planned:?}; a plan and {} claims {:?}", gone.len(), began.elapsed());
    }
}

#[test]
#[ignore = "it measures; a loaded machine is no mistake"]
fn ten_thousand_are_planned_and_two_thousand_claimed_well_within_a_second() {
    let cleanup = r#""dry_run": false, "max_deletions": 2000"#;
    let policy = policy(r#""patterns": ["pre-*"], "keep_last": 30, "keep_weekly": 52"#, cleanup);
    // The oldest stand first in the list, which is the longest way to the newer ones.
    let all = (0..10_000).map(|number| snapshot(&format!("pre-{number:05}"), 24 * 4 + 10_000 - number)).collect();
    let mut world = world(all);
    let began = Instant::now();
    let (marks, plan) = ripe(&policy, &world);
    let planned = began.elapsed();
    assert_eq!(plan.to_delete().count(), 2000);
    let began = Instant::now();
    let (_, gone, refused) = run((now() + hours(0), &policy), &mut world, &marks);
    println!("two plans {planned:?}; a plan and 2,000 claims {:?}", began.elapsed());
    assert_eq!((gone.len(), refused.len()), (2000, 0));
}
