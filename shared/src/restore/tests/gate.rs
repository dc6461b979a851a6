//! The `Owned` gate: each rule alone keeps a thing from being touched.

use std::collections::BTreeSet;

use super::*;
use crate::restore::owned::Refusal;

fn claim() -> Claim<'static> {
    Claim::Run { run: RUN, began_at: at(0) }
}

fn nothing_protected() -> BTreeSet<String> {
    BTreeSet::from(["prod-orders".to_owned()])
}

fn refusal_of(cluster: Cluster, claim: Claim<'_>) -> Option<Refusal> {
    Owned::claim(cluster, claim, &nothing_protected()).err().map(|refused| refused.why)
}

#[test]
fn a_copy_of_this_run_is_ours() {
    assert!(Owned::claim(cluster("available"), claim(), &nothing_protected()).is_ok());
    assert!(Owned::claim(instance("available"), claim(), &nothing_protected()).is_ok());
    assert!(Owned::claim(alone("available"), claim(), &nothing_protected()).is_ok());
}

/// What is wrong, how it comes to be, and the rule that says so
type Broken<'a> = (&'a str, &'a dyn Fn(&mut Cluster), Refusal);

#[test]
fn each_rule_alone_refuses() {
    let changed = |change: &dyn Fn(&mut Cluster)| {
        let mut cluster = cluster("available");
        change(&mut cluster);
        refusal_of(cluster, claim())
    };
    let table: [Broken<'_>; 9] = [
        ("an identifier of the policy", &|c| c.identifier = "prod-orders".to_owned(), Refusal::Protected),
        ("the same in capitals", &|c| c.identifier = "PROD-orders".to_owned(), Refusal::Protected),
        ("another name", &|c| c.identifier = "somebody-elses".to_owned(), Refusal::Name),
        ("a name that only begins like ours", &|c| c.identifier = format!("{RUN}-copy"), Refusal::Name),
        ("no tags", &|c| c.tags.clear(), Refusal::Purpose),
        ("a recovery", &|c| drop(c.tags.insert(PURPOSE.to_owned(), "recovery".to_owned())), Refusal::Purpose),
        (
            "another run",
            &|c| drop(c.tags.insert(RUN_TAG.to_owned(), "drill-orders-209901010000".to_owned())),
            Refusal::Run,
        ),
        ("made before the run", &|c| c.created_at = Some(at(-1)), Refusal::Older),
        ("no time of making", &|c| c.created_at = None, Refusal::Age),
    ];
    for (story, change, refusal) in table {
        assert_eq!(changed(change), Some(refusal), "{story}");
    }
}

const RUN_TAG: &str = crate::restore::RUN;

#[test]
fn an_instance_that_is_being_made_has_no_time_yet_and_is_ours() {
    let young = Instance { created_at: None, ..instance("creating") };
    assert!(Owned::claim(young, claim(), &nothing_protected()).is_ok());
    let odd = Instance { created_at: None, ..instance("available") };
    assert_eq!(Owned::claim(odd, claim(), &nothing_protected()).err().unwrap().why, Refusal::Age);
}

#[test]
fn an_instance_of_another_cluster_is_not_ours_whatever_its_name() {
    let table = [("prod-orders", Refusal::Protected), ("drill-other-202611221800", Refusal::Cluster)];
    for (cluster, refusal) in table {
        let member = Instance { cluster: Some(cluster.to_owned()), ..instance("available") };
        assert_eq!(Owned::claim(member, claim(), &nothing_protected()).err().unwrap().why, refusal, "{cluster}");
    }
}

#[test]
fn an_inspection_is_ours_only_when_its_time_is_over() {
    let run = "inspect-orders-20261122180000";
    let mut copy = cluster("available");
    copy.identifier = run.to_owned();
    copy.tags = copy_tags(run, Purpose::Inspection, "prod-orders", Some(at(60)));
    let by_record = Claim::Run { run, began_at: at(0) };
    assert_eq!(refusal_of(copy.clone(), by_record), Some(Refusal::NotExpired));
    assert_eq!(refusal_of(copy.clone(), Claim::Expired { now: at(59) }), Some(Refusal::NotExpired));
    assert_eq!(refusal_of(copy, Claim::Expired { now: at(60) }), None);
}

#[test]
fn the_sweeper_knows_a_thing_by_its_own_tags_and_name() {
    let late = Claim::Expired { now: at(25 * 60) };
    assert_eq!(refusal_of(cluster("available"), late), None);
    assert_eq!(refusal_of(cluster("available"), Claim::Expired { now: at(60) }), Some(Refusal::NotExpired));
    let mut forever = cluster("available");
    forever.tags.remove(EXPIRES_AT);
    assert_eq!(refusal_of(forever, late), Some(Refusal::NotExpired));
    let mut backdated = cluster("available");
    backdated.created_at = Some(at(-1));
    assert_eq!(refusal_of(backdated, late), Some(Refusal::Older), "older than the time in its run's name");
    let mut renamed = cluster("available");
    renamed.tags.insert(RUN_TAG.to_owned(), "drill-orders".to_owned());
    assert_eq!(refusal_of(renamed, late), Some(Refusal::Name), "a run without a time in its name");
}

#[test]
fn what_aws_backup_made_is_claimed_by_the_job_s_own_word_and_each_rule_alone_refuses() {
    let arn = cluster("creating").arn;
    let claim = || Claim::Restored { run: RUN, began_at: at(0), arn: &arn };
    let claimed = |change: &dyn Fn(&mut Cluster)| {
        let mut copy = cluster("creating");
        copy.tags = Tags::from([("env".to_owned(), "production".to_owned())]);
        change(&mut copy);
        refusal_of(copy, claim())
    };
    assert_eq!(claimed(&|_| {}), None);
    assert_eq!(claimed(&|c| c.tags = ours()), None, "an adoption whose reply was lost is repeated");
    let table: [Broken<'_>; 7] = [
        ("an identifier of the policy", &|c| c.identifier = "prod-orders".to_owned(), Refusal::Protected),
        ("another name", &|c| c.identifier = "drill-orders-202611221801".to_owned(), Refusal::Name),
        ("the name of an instance of the copy", &|c| c.identifier = format!("{RUN}-1"), Refusal::Name),
        ("another run's tag", &|c| drop(c.tags.insert(RUN_TAG.to_owned(), "drill-x-1".to_owned())), Refusal::Run),
        ("not what the job made", &|c| c.arn.push('x'), Refusal::Arn),
        ("made before the run", &|c| c.created_at = Some(at(-1)), Refusal::Older),
        ("no time of making", &|c| (c.created_at, c.status) = (None, "available".to_owned()), Refusal::Age),
    ];
    for (story, change, refusal) in table {
        assert_eq!(claimed(change), Some(refusal), "{story}");
    }
    let recovery = "recovery-orders-20261122180000";
    let copy = Cluster { identifier: recovery.to_owned(), tags: Tags::new(), ..cluster("creating") };
    let by_recovery = Claim::Restored { run: recovery, began_at: at(0), arn: &arn };
    assert_eq!(refusal_of(copy, by_recovery), Some(Refusal::Name), "only a drill's copy is adopted to be removed");
    let member = Instance { tags: Tags::new(), identifier: RUN.to_owned(), arn: arn.clone(), ..instance("creating") };
    assert_eq!(Owned::claim(member, claim(), &nothing_protected()).err().unwrap().why, Refusal::Cluster);
}

#[test]
fn production_tagged_as_a_drill_is_still_production() {
    let mut tagged = cluster("available");
    tagged.identifier = "prod-orders".to_owned();
    assert_eq!(refusal_of(tagged.clone(), claim()), Some(Refusal::Protected));
    // Even where the policy has forgotten it, its name and its age speak for it.
    let forgotten = Owned::claim(tagged, claim(), &BTreeSet::new());
    assert_eq!(forgotten.err().unwrap().why, Refusal::Name);
}
