//! A run that marks, copies and deletes dies, by signal 9, after each of its calls in turn; what it had in hand is not lost.

use std::cell::Cell;

use serde_json::{Value, json};
use tests::stack::{Cloud, stack};
use tests::story::{A_STEP, Story, until};

/// A run makes fewer calls than this to each region
const MOST_CALLS: usize = 80;

fn names(cloud: &Cloud, begin: &str) -> Vec<String> {
    let all = stack().existing(&cloud.region).into_iter().map(|thing| thing.identifier);
    let mut names: Vec<String> = all.filter(|name| name.starts_with(begin)).collect();
    names.sort();
    names
}

fn nothing_under_way(story: &Story) {
    until("copies are complete", A_STEP, || {
        let all = stack().existing(&story.other_region().region);
        all.iter().all(|thing| thing.status != "copying").then_some(())
    });
}

#[test]
fn killed_after_each_call_a_run_loses_nothing_and_deletes_nothing_else() {
    let story = Story::aurora_with_another_region("lemming", |away| {
        let to = json!({"region": away, "keep_last": 2});
        json!({"snapshots": {"patterns": ["weekly-*"], "keep_last": 2, "copy_to": to}})
    });
    story.clean_up_with(&json!({"dry_run": false, "grace_days": 0, "max_deletions": 20}));
    let seed = |id: &str, created: i64| {
        let created = jiff::Timestamp::from_second(1_767_225_600 + created * 3600).unwrap().to_string();
        story.seed_snapshots_as(&[json!({"id": id, "source": story.source(), "created": created})]);
    };
    seed("by-hand", 0);
    let made = Cell::new(0);
    // Each run has something to copy, to mark and to delete, at home and away.
    let work = || {
        made.set(made.get() + 1);
        seed(&format!("weekly-{:03}", made.get()), made.get());
        made.get()
    };
    for _ in 0..4 {
        work();
        story.lifecycle_run();
        nothing_under_way(&story);
    }
    let (home, away) = (story.cloud.clone(), story.other_region().clone());
    let mut kills = 0;
    for cloud in [&home, &away] {
        for number in 1.. {
            assert!(number < MOST_CALLS, "a run has no end");
            let newest = work();
            let killed = story.kill_lifecycle_after_call(number, &cloud.region);
            nothing_under_way(&story);
            let there = names(&home, "weekly-");
            for needed in [newest - 1, newest] {
                assert!(there.contains(&format!("weekly-{needed:03}")), "after call {number}: {there:?}");
            }
            assert_eq!(names(&home, "by-hand"), ["by-hand"]);
            if !killed {
                break;
            }
            kills += 1;
        }
    }
    assert!(kills > 15, "only {kills} calls");
    // Two more runs end what was begun: one copies and marks, one deletes; the last has nothing to do.
    let mut last = Value::Null;
    for _ in 0..4 {
        last = story.lifecycle_run();
        nothing_under_way(&story);
    }
    let wanted = [made.get() - 1, made.get()].map(|number| format!("weekly-{number:03}"));
    assert_eq!(names(&home, "weekly-"), wanted);
    let copies = names(&away, "copy-weekly-");
    assert!(
        copies.len() == 2 && copies.iter().zip(&wanted).all(|(copy, of)| copy.starts_with(&format!("copy-{of}-"))),
        "{copies:?}"
    );
    assert_eq!((&last["deleted"], &last["copies"]["there"]), (&json!([]), &json!(2)), "{last:#}");
    assert_eq!(story.marks(), Vec::<String>::new());
    story.mails_fit();
    story.source_is_untouched();
}
