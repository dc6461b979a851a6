//! Copies into another region: five at a time, each where it belongs, and what is in the way is told.

#![expect(clippy::panic, clippy::indexing_slicing, reason = "a test")]

use serde_json::{Value, json};
use tests::stack::{Existing, stack};
use tests::story::{A_STEP, Story, pasted, until};

/// A key of a region
fn key(region: &str) -> String {
    format!("arn:aws:kms:{region}:123456789012:key/copies")
}

/// A story whose newest snapshots are copied with a key of the other region
fn copying(name: &'static str, most: u32) -> Story {
    Story::aurora_with_another_region(name, |away| {
        let to = json!({"region": away, "kms_key_id": key(away), "keep_last": most});
        json!({"snapshots": {"patterns": ["weekly-*"], "keep_last": 7, "copy_to": to}})
    })
}

/// Old snapshots with nothing in them, encrypted, the first one the newest. Pins are of every region, so the names are of
/// this story alone.
fn seed(story: &Story, count: u32) {
    let weekly = json!({"id": format!("weekly-{}-{{n}}", story.name), "source": story.source(), "count": count, "age_seconds": 86_400,
                        "every_seconds": 86_400, "kms_key": key(&story.cloud.region), "tags": {"team": "shop"}});
    story.seed_snapshots_as(&[weekly]);
}

fn there(story: &Story) -> Vec<Existing> {
    let all = stack().existing(&story.other_region().region).into_iter();
    all.filter(|thing| thing.identifier.starts_with("copy-")).collect()
}

fn until_copied(story: &Story) {
    until("what was begun is copied", A_STEP, || {
        there(story).iter().all(|copy| copy.status != "copying").then_some(())
    });
}

fn number(answer: &Value, of: &str) -> u64 {
    answer["copies"][of].as_u64().unwrap_or_else(|| panic!("no copies.{of} in {answer:#}"))
}

#[test]
fn seven_are_copied_five_at_a_time_and_carry_their_tags() {
    let story = copying("courier", 7);
    seed(&story, 9);
    let slow = stack().pin("snapshot", "copy-weekly-courier-*", "copying");
    let run = story.lifecycle_run();
    assert_eq!((number(&run, "begun"), number(&run, "waiting")), (5, 2), "{run:#}");
    let run = story.lifecycle_run();
    assert_eq!((number(&run, "begun"), number(&run, "under_way"), number(&run, "waiting")), (0, 5, 2), "{run:#}");
    stack().unpin(slow);
    until_copied(&story);
    let run = story.lifecycle_run();
    assert_eq!((number(&run, "begun"), number(&run, "there")), (2, 5), "{run:#}");
    until_copied(&story);
    let run = story.lifecycle_run();
    assert_eq!((number(&run, "begun"), number(&run, "there")), (0, 7), "{run:#}");
    let mut names: Vec<String> = there(&story).into_iter().map(|copy| copy.identifier).collect();
    names.sort();
    let newest: Vec<String> = (0..7).map(|n| format!("copy-weekly-courier-{n}-")).collect();
    assert!(names.len() == 7 && names.iter().zip(&newest).all(|(name, begin)| name.starts_with(begin)), "{names:?}");
    let away = story.other_region();
    let shown = away.rds("DescribeDBClusterSnapshots", &[("DBClusterSnapshotIdentifier", &names[0])]).ok().text;
    for words in ["<Key>team</Key>", "shop", "snapshot-copy", "lifeboat:taken-at", &key(&away.region)] {
        assert!(shown.contains(words), "no {words} in {shown}");
    }
    let begun = stack().calls(0).into_iter().filter(|call| call.operation == "CopyDBClusterSnapshot");
    assert_eq!(begun.filter(|call| call.region == away.region).count(), 7);
}

#[test]
fn older_copies_go_as_newer_ones_come() {
    let story = copying("relay", 2);
    story.clean_up_with(&json!({"dry_run": false, "grace_days": 0, "max_deletions": 20}));
    seed(&story, 2);
    story.lifecycle_run();
    until_copied(&story);
    let newer = json!({"id": "weekly-new-{n}", "source": story.source(), "count": 2, "every_seconds": 3600,
                       "kms_key": key(&story.cloud.region)});
    story.seed_snapshots_as(&[newer]);
    // One run begins the new ones, one marks what they replace.
    for _ in 0..2 {
        story.lifecycle_run();
        until_copied(&story);
    }
    // The mail says how one is kept; a person who does so keeps it.
    let (_, text) = story.mails().pop().unwrap();
    let pinned = story.paste_tags(&text);
    let away = &story.other_region().region;
    assert!(
        pinned.len() == 1 && pinned[0].contains(away) && pinned[0].contains(":copy-weekly-relay-1-"),
        "{pinned:?} {text}"
    );
    let run = story.lifecycle_run();
    let mut names: Vec<String> = there(&story).into_iter().map(|copy| copy.identifier).collect();
    names.sort();
    let stay = ["copy-weekly-new-0-", "copy-weekly-new-1-", "copy-weekly-relay-1-"];
    assert!(
        names.len() == 3 && names.iter().zip(stay).all(|(name, begin)| name.starts_with(begin)),
        "{names:?} {run:#} {text}"
    );
    assert_eq!(story.snapshots().iter().filter(|one| one.starts_with("weekly-")).count(), 4, "at home seven are kept");
    story.mails_fit();
}

#[test]
fn the_snapshots_of_an_instance_are_taken_copied_and_thinned_out_too() {
    let story = Story::instance("solo", "postgres", json!({}));
    // A region of nobody else's
    let away = "eu-solo-1".to_owned();
    story.change_policy(|database| {
        let to = json!({"region": away, "keep_last": 1});
        database["snapshots"] = json!({"patterns": ["pre-maintenance-*"], "keep_last": 1, "copy_to": to});
    });
    story.clean_up_with(&json!({"dry_run": false, "grace_days": 0, "max_deletions": 20}));
    let old = json!({"id": "pre-maintenance-solo-{n}", "source": story.source(), "clustered": false, "count": 2,
                     "age_seconds": 864_000, "every_seconds": 86_400, "gib": 20});
    story.seed_snapshots_as(&[old]);
    let waited = story.lifecycle_waits(&json!({"snapshot": "solo", "reason": "release 7"})).ok();
    let taken = waited["snapshot"].as_str().unwrap();
    let until_copied = || {
        until("the copy is there", A_STEP, || {
            let all = stack().existing(&away);
            all.iter().any(|one| one.identifier.starts_with("copy-") && one.status == "available").then_some(())
        });
    };
    assert_eq!(number(&story.lifecycle_run(), "begun"), 1);
    until_copied();
    let run = story.lifecycle_run();
    assert_eq!((run["deleted"].as_array().map(Vec::len), number(&run, "there")), (Some(2), 1), "{run:#}");
    let ours: Vec<String> = story.snapshots().into_iter().filter(|one| !one.contains(':')).collect();
    assert_eq!(ours, [taken]);
    let (_, text) = story.mails().pop().unwrap();
    assert!(text.contains("DELETED: 2, 40 GiB, at most about $"), "{text}");
    assert_eq!((story.calls_here("DeleteDBSnapshot"), story.calls_here("DeleteDBClusterSnapshot")), (2, 0));
    story.mails_fit();
}

#[test]
fn a_copy_that_failed_is_told_and_begun_again_once_it_is_gone() {
    let story = copying("broken-van", 2);
    seed(&story, 1);
    story.lifecycle_run();
    until_copied(&story);
    let failed = stack().pin("snapshot", "copy-weekly-broken-van-0-*", "failed");
    story.lifecycle_run();
    let (subject, text) = story.mails().pop().unwrap();
    assert_eq!(subject, "[ALERT] snapshots: 1 copy to another region not made");
    let away = story.other_region();
    assert!(text.contains("failed") && text.contains("delete it there") && text.contains(&away.region), "{text}");
    let name = there(&story).remove(0).identifier;
    assert!(text.contains(&name), "{text}");
    let by_hand =
        ["rds", "delete-db-cluster-snapshot", "--db-cluster-snapshot-identifier", &name, "--region", &away.region];
    assert!(pasted(&text).iter().any(|command| *command == by_hand), "{text}");
    drop(away.rds("DeleteDBClusterSnapshot", &[("DBClusterSnapshotIdentifier", &name)]).ok());
    stack().unpin(failed);
    assert_eq!(number(&story.lifecycle_run(), "begun"), 1);
    story.mails_fit();
}

#[test]
fn what_aws_or_the_policy_rules_out_is_told_with_its_reason() {
    let story = copying("ruled-out", 3);
    seed(&story, 2);
    let plain = json!({"id": "weekly-plain", "source": story.source()});
    story.seed_snapshots_as(&[plain]);
    let away = story.other_region().region.clone();
    stack().key_state(&key(&away), "Disabled", None);
    let red = story.lifecycle(&json!({"tick": true})).red();
    assert!(red.contains("KMSKeyNotAccessible") && red.contains("copy-weekly-ruled-out-0-"), "{red}");
    let (subject, text) = story.mails().pop().unwrap();
    assert_eq!(subject, "[ALERT] snapshots: 3 copies to another region not made");
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("weekly-plain") && words.contains("leave kms_key_id out"), "{text}");
    assert!(words.contains("COPIES THAT AWS REFUSED: 2") && words.contains("is not enabled"), "{text}");
    stack().key_state(&key(&away), "Enabled", None);
    let run = story.lifecycle_run();
    assert_eq!((number(&run, "begun"), number(&run, "refused")), (2, 1), "{run:#}");

    story
        .change_policy(|database| drop(database["snapshots"]["copy_to"].as_object_mut().unwrap().remove("kms_key_id")));
    until_copied(&story);
    let run = story.lifecycle_run();
    assert_eq!((number(&run, "begun"), number(&run, "there")), (1, 2), "the one that is not encrypted goes: {run:#}");
    story.mails_fit();
}

#[test]
fn while_the_other_region_is_down_home_goes_on_and_nothing_that_waits_is_lost() {
    let story = copying("cut-off", 2);
    story.change_policy(|database| database["snapshots"]["keep_last"] = json!(1));
    story.clean_up_with(&json!({"dry_run": false, "grace_days": 0, "max_deletions": 20}));
    seed(&story, 4);
    let by_hand = json!({"id": "drill-cut-off-202601010000", "source": "drill-cut-off-202601010000", "tags": {
        "lifeboat:run": "drill-cut-off-202601010000", "lifeboat:purpose": "drill", "lifeboat:expires-at": "2026-01-02T00:00:00Z"}});
    story.seed_snapshots_as(&[by_hand]);
    let away = story.other_region().region.clone();
    stack().region_is_down(&away, &["RDS"]);
    for _ in 0..2 {
        let red = story.lifecycle(&json!({"tick": true})).red();
        assert!(red.contains(&away) && red.contains("could not be read"), "{red}");
    }
    let at_home = |story: &Story| story.snapshots().into_iter().filter(|one| one.starts_with("weekly-")).count();
    assert_eq!(at_home(&story), 4, "what may be copied from there stays");
    assert!(!story.snapshots().iter().any(|one| one.starts_with("drill-")), "home is swept all the same");
    assert!(story.mails().iter().any(|(_, text)| text.contains(&away)), "{:#?}", story.mails());
    stack().region_is_up(&away);
    assert_eq!(number(&story.lifecycle_run(), "begun"), 2);
    until_copied(&story);
    story.lifecycle_run();
    assert_eq!((at_home(&story), there(&story).len()), (1, 2));
    story.mails_fit();
}
