//! The sweeper's plan.

use std::collections::BTreeSet;

use super::*;

fn swept(now: Timestamp, clusters: Vec<Cluster>, instances: Vec<Instance>, under_way: &[&str]) -> Sweep {
    let under_way: BTreeSet<String> = under_way.iter().map(|run| (*run).to_owned()).collect();
    sweep(now, clusters, instances, &under_way, &BTreeSet::from(["prod-orders".to_owned()]))
}

fn counts(sweep: &Sweep) -> (usize, usize, usize) {
    (sweep.clusters.len(), sweep.instances.len(), sweep.reported.len())
}

#[test]
fn what_is_past_its_time_is_removed_with_or_without_a_record() {
    let late = at(25 * 60);
    for under_way in [&[][..], &[RUN][..]] {
        let found = swept(late, vec![cluster("available")], vec![instance("available")], under_way);
        assert_eq!(counts(&found), (1, 1, 0));
    }
}

#[test]
fn the_copy_of_a_run_under_way_is_no_leftover() {
    let found = swept(at(30), vec![cluster("available")], vec![instance("creating")], &[RUN]);
    assert_eq!(counts(&found), (0, 0, 0));
}

#[test]
fn the_copy_of_an_ended_run_is_reported_until_its_time_is_over() {
    let found = swept(at(30), vec![cluster("available")], vec![], &[]);
    assert_eq!(counts(&found), (0, 0, 1));
    assert_eq!(found.reported[0].run.as_deref(), Some(RUN));
}

#[test]
fn what_lost_its_tags_is_reported_by_its_name_and_never_removed() {
    let mut stripped = cluster("available");
    stripped.tags.clear();
    assert_eq!(counts(&swept(at(25 * 60), vec![stripped], vec![], &[])), (0, 0, 1));
}

#[test]
fn what_aws_backup_is_making_for_a_run_under_way_is_no_leftover_and_without_one_is() {
    let untagged = || Cluster { tags: Tags::new(), ..cluster("creating") };
    assert_eq!(counts(&swept(at(30), vec![untagged()], vec![], &[RUN])), (0, 0, 0));
    assert_eq!(counts(&swept(at(30), vec![untagged()], vec![], &["drill-other-202611221800"])), (0, 0, 1));
    assert_eq!(counts(&swept(at(25 * 60), vec![untagged()], vec![], &[])), (0, 0, 1), "never removed untagged");
}

#[test]
fn what_lost_its_name_is_reported_by_its_tags_and_never_removed() {
    let mut renamed = cluster("available");
    renamed.identifier = "keep-this".to_owned();
    assert_eq!(counts(&swept(at(25 * 60), vec![renamed], vec![], &[])), (0, 0, 1));
}

#[test]
fn others_and_what_is_being_deleted_are_left_alone() {
    let mut production = cluster("available");
    production.identifier = "prod-orders".to_owned();
    production.tags.clear();
    let mut recovery = cluster("available");
    recovery.identifier = "recovery-orders-20261122180000".to_owned();
    recovery.tags = copy_tags("recovery-orders-20261122180000", Purpose::Recovery, "prod-orders", None);
    let found = swept(at(25 * 60), vec![production, recovery, cluster("deleting")], vec![], &[]);
    assert_eq!(counts(&found), (0, 0, 0));
}

#[test]
fn one_sweep_removes_no_more_than_its_bound() {
    let many: Vec<Cluster> = (0..MOST_SWEPT + 5)
        .map(|number| {
            let run = format!("drill-db{number}-202611221800");
            let tags = copy_tags(&run, Purpose::Drill, "prod-orders", Some(at(60)));
            Cluster { identifier: run, tags, ..cluster("available") }
        })
        .collect();
    assert_eq!(counts(&swept(at(25 * 60), many, vec![], &[])), (MOST_SWEPT, 0, 5));
}

const INSPECTION: &str = "inspect-orders-20261122180000";

/// An inspection's cluster that ends so many minutes after the drill of the fixtures began
fn inspected(ends: i64) -> Cluster {
    let tags = copy_tags(INSPECTION, Purpose::Inspection, "prod-orders", Some(at(ends)));
    Cluster { identifier: INSPECTION.to_owned(), tags, ..cluster("available") }
}

#[test]
fn an_inspection_that_its_record_keeps_longer_is_not_swept_whatever_its_tags_say() {
    let kept = BTreeSet::from([INSPECTION.to_owned()]);
    let (now, late) = (at(600), inspected(480));
    assert_eq!(counts(&swept(now, vec![late.clone()], vec![], &[INSPECTION])), (1, 0, 0));
    assert_eq!(still_kept(vec![late.clone()], &BTreeSet::new()), std::slice::from_ref(&late));
    assert_eq!(still_kept(vec![late], &kept), []);
    let drill = Cluster { tags: copy_tags(INSPECTION, Purpose::Drill, "prod-orders", Some(at(480))), ..inspected(480) };
    assert_eq!(still_kept(vec![drill.clone()], &kept), [drill], "only inspections are kept so");
}

#[test]
fn whoever_sweeps_behind_the_drill_s_sweeper_leaves_it_its_time() {
    let now = at(1000);
    let table = [
        ("not over", 1001, false),
        ("over just now", 999, false),
        ("over for nearly six hours", 1000 - 359, false),
        ("over for six hours", 1000 - 360, true),
    ];
    for (situation, ends, stays) in table {
        assert_eq!(!not_swept_just_now(now, vec![inspected(ends)]).is_empty(), stays, "{situation}");
    }
    assert_eq!(not_swept_just_now(now, vec![cluster("available")]).len(), 1, "a drill's copy is swept");
}

#[test]
fn the_end_of_an_inspection_is_the_end_of_what_holds_its_data() {
    let ends = |change: &dyn Fn(&mut Cluster)| {
        let mut one = inspected(480);
        change(&mut one);
        ends_an_inspection(&one).map(|(run, at)| (run.to_owned(), at))
    };
    let told = Some((INSPECTION.to_owned(), at(480)));
    assert_eq!(ends(&|_| {}), told);
    assert_eq!(ends(&|one| one.configuration.deletion_protection = true), None, "protection goes first");
    assert_eq!(ends(&|one| "stopped".clone_into(&mut one.status)), None, "it is started first");
    assert_eq!(ends(&|one| drop(one.tags.insert(PURPOSE.to_owned(), "drill".to_owned()))), None);
    let tags = inspected(480).tags;
    let member = Instance { cluster: Some(INSPECTION.to_owned()), tags: tags.clone(), ..instance("available") };
    assert_eq!(ends_an_inspection(&member), None, "a member goes with its cluster");
    let alone = Instance { cluster: None, tags, ..instance("available") };
    assert_eq!(ends_an_inspection(&alone), Some((INSPECTION, at(480))));
}
