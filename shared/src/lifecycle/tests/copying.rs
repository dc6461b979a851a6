//! Copies to another region.

use std::sync::Arc;

use super::super::fixtures::{daily, home, hours, names, now, of_instance, policy, ripe, snapshot, world};
use super::super::*;
use crate::database::{Snapshot, SnapshotKind};
use crate::policy::Policy;
use crate::restore::{PURPOSE, SOURCE};

const KEY: &str = "arn:aws:kms:us-west-2:123456789012:key/1";

fn copying(keep_last: i64) -> Policy {
    let rules = format!(
        r#""patterns": ["pre-*"], "keep_last": 2, "copy_to": {{"region": "us-west-2", "kms_key_id": "{KEY}", "keep_last": {keep_last}}}"#
    );
    policy(&rules, r#""dry_run": false"#)
}

fn abroad(world: &mut World) -> &mut Vec<Arc<Snapshot>> {
    world.regions.get_mut("us-west-2").unwrap()
}

/// The copy of a snapshot as it stands in the other region
fn copy_of(source: &Snapshot, status: &str) -> Snapshot {
    let identifier = copy_id(source).unwrap();
    let arn = source.arn.replace("eu-west-1", "us-west-2").replace(&source.identifier, &identifier);
    let mut copy =
        Snapshot { identifier, arn, status: status.to_owned(), kind: SnapshotKind::Manual, ..source.clone() };
    copy.details.copied_from = Some(source.arn.clone());
    copy.tags.insert(PURPOSE.to_owned(), "snapshot-copy".to_owned());
    copy.tags.insert(SOURCE.to_owned(), source.source.clone());
    copy.tags.insert(TAKEN_AT.to_owned(), source.created_at.unwrap().to_string());
    copy
}

fn starts(copies: &Copies) -> Vec<&str> {
    copies.start.iter().map(|copy| copy.source_arn.rsplit(':').next().unwrap()).collect()
}

#[test]
fn the_newest_that_are_not_there_are_copied_with_their_tags() {
    let (policy, mut world) = (copying(2), world(daily(4)));
    Arc::make_mut(&mut home(&mut world)[0]).tags.insert("team".to_owned(), "shop".to_owned());
    Arc::make_mut(&mut home(&mut world)[0]).tags.insert("aws:cloudformation:stack-name".to_owned(), "x".to_owned());
    let found = copies(now(), &policy, &world);
    assert_eq!(starts(&found), ["pre-0", "pre-1"]);
    let first = &found.start[0];
    assert_eq!((first.target.as_str(), first.region.as_str()), ("copy-pre-0-20261116120000", "us-west-2"));
    assert_eq!((first.kms_key.as_deref(), first.clustered, &first.option_group), (Some(KEY), true, &None));
    let tags: Vec<String> = first.tags.iter().map(|(key, value)| format!("{key}={value}")).collect();
    assert_eq!(
        tags,
        [
            "lifeboat:purpose=snapshot-copy",
            "lifeboat:run=copy-pre-0-20261116120000",
            "lifeboat:source=prod-orders",
            "lifeboat:taken-at=2026-11-16T12:00:00Z",
            "team=shop"
        ]
    );
}

#[test]
fn how_far_they_are_is_read_from_what_stands_there() {
    let (policy, mut world) = (copying(3), world(daily(4)));
    let all = home(&mut world).clone();
    abroad(&mut world).push(Arc::new(copy_of(&all[0], "available")));
    let mut under_way = copy_of(&all[1], "copying");
    under_way.created_at = None;
    under_way.details.percent = Some(40);
    abroad(&mut world).push(Arc::new(under_way));
    let found = copies(now(), &policy, &world);
    assert_eq!((found.there, starts(&found)), (1, vec!["pre-2"]));
    assert_eq!((found.under_way.len(), found.under_way[0].percent), (1, Some(40)));
    abroad(&mut world).push(Arc::new(copy_of(&all[2], "failed")));
    let found = copies(now(), &policy, &world);
    assert!(found.start.is_empty());
    assert!(found.refused[0].why.contains("failed: delete it there"), "{:?}", found.refused);
}

#[test]
fn what_exceeds_the_limit_of_copies_in_flight_waits() {
    let (policy, mut world) = (copying(9), world(daily(9)));
    let others = (0..3).map(|number| {
        let mut other = snapshot(&format!("theirs-{number}"), 1);
        other.arn = other.arn.replace("eu-west-1", "us-west-2");
        other.status = ["copying", "creating", "copying"][number].to_owned();
        other
    });
    abroad(&mut world).extend(others.map(Arc::new));
    let found = copies(now(), &policy, &world);
    assert_eq!((starts(&found), found.queued.len()), (vec!["pre-0", "pre-1"], 7));
    assert!(found.refused.is_empty());
    abroad(&mut world).clear();
    assert_eq!(copies(now(), &policy, &world).start.len(), CLUSTER_COPIES);
}

#[test]
fn instances_have_a_limit_of_their_own() {
    let mut policy = copying(1);
    let ledger = policy.databases.iter_mut().find(|(name, _)| name == "ledger").unwrap();
    ledger.1.snapshots.as_mut().unwrap().copy_to.as_mut().unwrap().keep_last = 30;
    let all = (0..30).map(|number| of_instance(&format!("manual-{number}"), 100 + number)).collect();
    let found = copies(now(), &policy, &world(all));
    assert_eq!((found.start.len(), found.queued.len()), (INSTANCE_COPIES, 10));
}

#[test]
fn keys_and_encryption_have_to_agree() {
    let why = |policy: &Policy, snapshot: Snapshot| {
        let found = copies(now(), policy, &world(vec![snapshot]));
        assert!(found.start.is_empty());
        found.refused[0].why.clone()
    };
    let open = Snapshot { encrypted: false, ..snapshot("pre-0", 99) };
    assert!(why(&copying(1), open).contains("AWS cannot encrypt it while copying"));
    let keyless = Snapshot { encrypted: true, ..of_instance("manual-1", 99) };
    assert!(why(&copying(1), keyless).contains("name a KMS key of us-west-2"));
    let mut keyed = copying(1);
    keyed.databases[1].1.snapshots.as_mut().unwrap().copy_to.as_mut().unwrap().kms_key_id = Some(KEY.to_owned());
    assert!(why(&keyed, of_instance("manual-1", 99)).contains("leave kms_key_id out"));
}

#[test]
fn an_option_group_is_named_where_it_is_not_the_default() {
    let group = |name: Option<&str>| {
        let mut one = of_instance("manual-1", 99);
        one.details.option_group = name.map(str::to_owned);
        copies(now(), &copying(1), &world(vec![one])).start[0].option_group.clone()
    };
    assert_eq!(group(Some("audit")).as_deref(), Some("audit"));
    assert_eq!((group(Some("default:postgres-16")), group(None)), (None, None));
}

#[test]
fn a_name_that_somebody_else_has_there_is_told() {
    let (policy, mut world) = (copying(1), world(daily(1)));
    let mut stranger = copy_of(&home(&mut world)[0], "available");
    stranger.details.copied_from = None;
    stranger.tags.clear();
    abroad(&mut world).push(Arc::new(stranger));
    let found = copies(now(), &policy, &world);
    assert!(found.start.is_empty() && found.refused[0].why.contains("not as a copy of it"));
}

#[test]
fn a_region_that_could_not_be_read_gets_no_copies_and_nothing_that_may_be_copied_goes() {
    let (policy, mut world) = (copying(1), world(daily(4)));
    assert_eq!(names(ripe(&policy, &world).1.due()), ["pre-2", "pre-3"]);
    world.regions.remove("us-west-2");
    let (_, plan) = ripe(&policy, &world);
    assert_eq!(plan.due().count(), 0);
    assert!(plan.copies().start.is_empty() && plan.copies().refused[0].why.contains("could not be read"));
}

#[test]
fn what_a_copy_is_made_from_stays() {
    let (policy, mut world) = (copying(1), world(daily(4)));
    let old = home(&mut world)[3].clone();
    abroad(&mut world).push(Arc::new(copy_of(&old, "copying")));
    assert_eq!(names(ripe(&policy, &world).1.due()), ["pre-2"]);
    let waiting = copying(9);
    assert_eq!(names(ripe(&waiting, &world).1.due()), Vec::<String>::new(), "they are still to be copied");
}

#[test]
fn copies_have_a_floor_of_their_own() {
    let (policy, mut world) = (copying(2), world(daily(5)));
    let all = home(&mut world).clone();
    let mut there: Vec<Snapshot> = all.iter().map(|one| copy_of(one, "available")).collect();
    // An older one that was copied later than a younger one does not count as newer.
    there[4].created_at = Some(now() - hours(50));
    let mut foreign = snapshot("copy-by-hand", 9000);
    foreign.arn = foreign.arn.replace("eu-west-1", "us-west-2");
    there.push(foreign);
    *abroad(&mut world) = there.into_iter().map(Arc::new).collect();
    let (_, plan) = ripe(&policy, &world);
    let due = names(plan.due().filter(|line| line.region == "us-west-2"));
    assert_eq!(due.len(), 3, "{due:?}");
    assert!(["pre-2", "pre-3", "pre-4"].iter().zip(&due).all(|(name, copy)| copy.contains(name)), "{due:?}");
    let left = plan.lines().iter().find(|line| line.snapshot.identifier == "copy-by-hand").unwrap();
    assert_eq!(left.what, What::LeftAlone(LeftAlone::NotOurCopy));
}

#[test]
fn a_copy_in_the_databases_own_region_is_no_copy() {
    let rules = r#""patterns": ["pre-*"], "copy_to": {"region": "eu-west-1"}"#;
    let found = copies(now(), &policy(rules, ""), &world(daily(1)));
    assert!(found.start.is_empty() && found.refused[0].why.contains("region of the database itself"));
}

#[test]
fn copies_of_another_deployment_are_neither_counted_nor_let_go() {
    let (policy, mut world) = (copying(1), world(daily(3)));
    let all = home(&mut world).clone();
    let theirs: Vec<Snapshot> = (1..4)
        .map(|age| {
            // The same name of a database in another region, with a Lifeboat of its own that copies to the same place.
            let mut one = copy_of(&snapshot(&format!("pre-their-{age}"), age), "available");
            one.details.copied_from = one.details.copied_from.map(|from| from.replace("eu-west-1", "eu-central-1"));
            one
        })
        .collect();
    let mut unsaid = copy_of(&all[2], "available");
    unsaid.details.copied_from = None;
    unsaid.identifier.push('x');
    unsaid.arn.push('x');
    abroad(&mut world).extend(theirs.into_iter().map(Arc::new));
    abroad(&mut world).push(Arc::new(unsaid));
    abroad(&mut world).extend([copy_of(&all[0], "available"), copy_of(&all[1], "available")].into_iter().map(Arc::new));
    let (_, plan) = ripe(&policy, &world);
    let due = names(plan.due().filter(|line| line.region == "us-west-2"));
    assert_eq!(due, [copy_id(&all[1]).unwrap()], "only the older of our own");
    let left = plan.lines().iter().filter(|line| matches!(line.what, What::LeftAlone(LeftAlone::Elsewhere(_))));
    assert_eq!(left.count(), 4);
}

#[test]
fn what_was_to_be_copied_and_cannot_be_stays() {
    let rules = r#""patterns": ["pre-*"], "keep_last": 1, "copy_to": {"region": "us-west-2", "keep_last": 2}"#;
    let (policy, world) = (policy(rules, r#""dry_run": false"#), world(daily(4)));
    let (_, plan) = ripe(&policy, &world);
    assert_eq!(plan.copies().refused.len(), 2, "they are encrypted, and no key is named");
    assert_eq!(names(plan.due()), ["pre-2", "pre-3"]);
    let held = plan.lines().iter().find(|line| line.snapshot.identifier == "pre-1").unwrap();
    assert!(held.what.why().contains("cannot be: it is encrypted"), "{:?}", held.what);
}
