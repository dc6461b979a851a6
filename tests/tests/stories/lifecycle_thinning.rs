//! Old snapshots go, and none that somebody needs: hundreds of them, rates, strangers, several runs at once.

#![expect(clippy::panic, reason = "a test")]

use std::collections::BTreeSet;

use jiff::SignedDuration;
use serde_json::{Value, json};
use tests::stack::stack;
use tests::story::Story;

/// Past any grace period of these stories
const TWO_DAYS: SignedDuration = SignedDuration::from_hours(48);

fn keeping(last: u32) -> Value {
    json!({"snapshots": {"patterns": ["weekly-*"], "keep_last": last}})
}

fn for_real(most: u32) -> Value {
    json!({"dry_run": false, "grace_days": 1, "max_deletions": most})
}

fn named(answer: &Value, list: &str) -> BTreeSet<String> {
    let all = answer[list].as_array().unwrap_or_else(|| panic!("no {list} in {answer:#}"));
    let name = |one: &Value| one.as_str().or(one["snapshot"].as_str()).unwrap_or_default().to_owned();
    all.iter().map(|one| name(one).rsplit(':').next().unwrap_or_default().to_owned()).collect()
}

#[test]
fn of_250_snapshots_exactly_the_due_ones_go_and_strangers_stay() {
    let story = Story::aurora("attic", keeping(3));
    story.seed_snapshots("weekly-{n:03}", 250, 5, &json!({"team": "shop"}));
    let source = story.source();
    let strangers = [
        json!({"id": "by-hand", "source": source, "age_seconds": 40_000_000}),
        json!({"id": "rds:attic-automated", "source": source, "type": "automated", "age_seconds": 40_000_000}),
        json!({"id": "awsbackup:job-1", "source": source, "type": "awsbackup", "age_seconds": 40_000_000}),
        json!({"id": "weekly-graph", "source": source, "engine": "neptune", "age_seconds": 40_000_000}),
        json!({"id": "weekly-another", "source": "another-database", "age_seconds": 40_000_000}),
        json!({"id": "weekly-instance", "source": source, "clustered": false, "age_seconds": 40_000_000}),
    ];
    story.seed_snapshots_as(&strangers);
    let before = story.snapshots();
    story.clean_up_with(&json!({"dry_run": true}));

    let dry = story.lifecycle_run();
    assert_eq!((&dry["dry_run"], named(&dry, "marked").len()), (&json!(true), 247), "{}", dry["message"]);
    story.age_marks(TWO_DAYS);
    let dry = story.lifecycle_run();
    assert_eq!((named(&dry, "due").len(), named(&dry, "held").len()), (20, 227), "{}", dry["message"]);
    assert_eq!(story.snapshots(), before, "a dry run deletes nothing");
    let (subject, text) = story.mails().pop().unwrap();
    assert_eq!(subject, "[INFO] snapshots, dry run: 20 would be deleted, 0 newly marked");
    for words in ["weekly-249", "WOULD DELETE: 20", "cleanup.dry_run to false", "add-tags-to-resource"] {
        assert!(text.contains(words), "no {words} in {text}");
    }

    story.clean_up_with(&for_real(200));
    let rule = story.throttle(1000.0, 1000);
    let run = story.lifecycle_run();
    let (calls, thrown_back) = stack().throttled(rule);
    stack().unthrottle(rule);
    let oldest: BTreeSet<String> = (50..250).map(|number| format!("weekly-{number:03}")).collect();
    assert_eq!(named(&run, "deleted"), oldest, "{}", run["message"]);
    // Each is asked who else may restore it and deleted; lists are read by the hundred.
    assert_eq!(
        (story.calls_here("DeleteDBClusterSnapshot"), story.calls_here("DescribeDBClusterSnapshotAttributes")),
        (200, 200)
    );
    assert!((400..=440).contains(&calls) && thrown_back == 0, "{calls} calls, {thrown_back} thrown back");
    let (subject, text) = story.mails().pop().unwrap();
    assert_eq!(subject, "[INFO] snapshots: 200 deleted, 0 newly marked");
    assert!(text.contains("DELETED: 200") && text.contains("and 170 more"), "{text}");

    let rest = story.lifecycle_run();
    assert_eq!(named(&rest, "deleted").len(), 47, "{}", rest["message"]);
    let stay = strangers.iter().map(|one| one["id"].as_str().unwrap().to_owned());
    let stay: BTreeSet<String> = stay.chain((0..3).map(|number| format!("weekly-{number:03}"))).collect();
    let there: BTreeSet<String> = story.snapshots().into_iter().collect();
    // RDS's own automated snapshot of the source came besides.
    let seeded: BTreeSet<String> = before.into_iter().filter(|one| !one.starts_with("rds:prod-")).collect();
    assert_eq!(there.intersection(&seeded).cloned().collect::<BTreeSet<_>>(), stay);
    let idle = story.lifecycle_run();
    assert_eq!((named(&idle, "deleted").len(), story.marks().len()), (0, 0), "{idle:#}");
    assert_eq!(story.metric("SnapshotsDeleted"), Some(247.0));
    story.mails_fit();
    story.source_is_untouched();
}

#[test]
fn what_is_shared_or_pinned_after_its_mark_is_spared() {
    let story = Story::aurora("second-thought", keeping(1));
    story.seed_snapshots("weekly-{n}", 5, 5, &json!({}));
    story.clean_up_with(&for_real(20));
    assert_eq!(named(&story.lifecycle_run(), "marked").len(), 4);
    let pin = |identifier: &str, key: &str, value: &str| {
        let name = story.cloud.arn("rds", &format!("cluster-snapshot:{identifier}"));
        let tag = [("ResourceName", name.as_str()), ("Tags.Tag.1.Key", key), ("Tags.Tag.1.Value", value)];
        drop(story.cloud.rds("AddTagsToResource", &tag).ok());
    };
    pin("weekly-1", "lifeboat:keep", "yes");
    pin("weekly-2", "lifeboat:keep-until", "2999-01-01T00:00:00Z");
    stack().share_snapshots(&story.cloud.region, "weekly-3", &["210987654321"]);
    story.age_marks(TWO_DAYS);
    let run = story.lifecycle_run();
    assert_eq!(named(&run, "deleted"), ["weekly-4".to_owned()].into(), "{run:#}");
    assert_eq!(named(&run, "spared"), ["weekly-3".to_owned()].into(), "{run:#}");
    let (_, text) = story.mails().pop().unwrap();
    assert!(text.contains("SPARED") && text.contains("weekly-3") && text.contains("account 210987654321"), "{text}");
    let there: Vec<String> = story.snapshots().into_iter().filter(|one| one.starts_with("weekly-")).collect();
    assert_eq!(there, ["weekly-0", "weekly-1", "weekly-2", "weekly-3"]);
    story.mails_fit();
}

#[test]
fn as_many_shared_ones_as_one_run_deletes_hold_nothing_back() {
    let story = Story::aurora("hostage", keeping(1));
    story.seed_snapshots("weekly-{n}", 9, 5, &json!({}));
    story.clean_up_with(&for_real(3));
    story.lifecycle_run();
    story.age_marks(TWO_DAYS);
    stack().share_snapshots(&story.cloud.region, "weekly-[678]", &["all"]);
    let run = story.lifecycle_run();
    assert_eq!((named(&run, "spared").len(), named(&run, "deleted").len()), (3, 3), "{run:#}");
    let run = story.lifecycle_run();
    assert_eq!((named(&run, "spared").len(), named(&run, "deleted").len()), (3, 2), "{run:#}");
    let told = story.mails().len();
    story.lifecycle_run();
    assert_eq!(story.mails().len(), told, "that they are still shared is no news");
    let there: Vec<String> = story.snapshots().into_iter().filter(|one| one.starts_with("weekly-")).collect();
    assert_eq!(there, ["weekly-0", "weekly-6", "weekly-7", "weekly-8"]);
    story.mails_fit();
}

#[test]
fn in_a_storm_of_throttling_nothing_is_lost() {
    let story = Story::aurora("storm", keeping(3));
    story.seed_snapshots("weekly-{n:02}", 43, 5, &json!({}));
    story.clean_up_with(&for_real(100));
    story.lifecycle_run();
    story.age_marks(TWO_DAYS);
    let rule = story.throttle(6.0, 3);
    let run = story.lifecycle_run();
    let (_, thrown_back) = stack().throttled(rule);
    stack().unthrottle(rule);
    assert!(thrown_back > 0, "there was no storm");
    // Whatever this run did not get to, the next one does.
    let first = named(&run, "deleted").len();
    let second = named(&story.lifecycle_run(), "deleted").len();
    assert_eq!(first + second, 40, "{}", run["message"]);
    let there: Vec<String> = story.snapshots().into_iter().filter(|one| one.starts_with("weekly-")).collect();
    assert_eq!(there, ["weekly-00", "weekly-01", "weekly-02"]);
    assert_eq!(story.calls_here("DeleteDBClusterSnapshot"), 40 + struck(&story));
    story.mails_fit();
}

/// Deletions that were thrown back
fn struck(story: &Story) -> usize {
    let all = stack().calls(0).into_iter();
    let ours = all.filter(|call| call.region == story.cloud.region && call.operation == "DeleteDBClusterSnapshot");
    ours.filter(|call| !call.was_done()).count()
}

#[test]
fn three_runs_at_once_delete_as_one() {
    let story = Story::aurora("triplets", keeping(2));
    story.seed_snapshots("weekly-{n:02}", 32, 5, &json!({}));
    story.clean_up_with(&for_real(12));
    story.lifecycle_run();
    story.age_marks(TWO_DAYS);
    let runs: Vec<Value> = story.lifecycle_runs_at_once(3).iter().map(tests::story::Ran::ok).collect();
    let worked = runs.iter().filter(|run| run["state"] != "skipped");
    // Those that come one after the other are runs like any others: each may delete its twelve.
    let deleted = worked.clone().map(|run| named(run, "deleted").len()).sum::<usize>();
    assert_eq!(story.calls_here("DeleteDBClusterSnapshot"), deleted, "none is deleted twice");
    assert_eq!(deleted, (12 * worked.count()).min(30), "{runs:#?}");
    let there = story.snapshots();
    assert!(there.contains(&"weekly-00".to_owned()) && there.contains(&"weekly-01".to_owned()));
    assert_eq!(story.mails().len(), 1 + runs.iter().filter(|run| run["state"] != "skipped").count());
}

#[test]
fn while_the_newest_backup_is_not_fresh_nothing_goes() {
    let story = Story::aurora("asleep", keeping(1));
    story.seed_snapshots("weekly-{n}", 3, 5, &json!({}));
    story.clean_up_with(&for_real(20));
    story.change_policy(|database| database["backups"] = json!({"restore_lag_minutes": 30}));
    story.lifecycle_run();
    story.age_marks(TWO_DAYS);
    let stopped = json!({"kind": "cluster", "id": story.source(), "latest_seconds": 7200});
    stack().control("POST", "/window", Some(&stopped));
    let run = story.lifecycle_run();
    assert_eq!((named(&run, "deleted").len(), named(&run, "held").len()), (0, 2), "{run:#}");
    let (subject, text) = story.mails().pop().unwrap();
    assert_eq!(subject, "[ALERT] snapshots of asleep: none deleted, its newest backup is not fresh");
    assert!(text.contains("backup-check") && text.contains("latest restorable time"), "{text}");
    story.mails_fit();
}
