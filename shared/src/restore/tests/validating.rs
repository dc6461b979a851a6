//! The gates of validations: AWS Backup's cluster may be opened and never removed, our instance in it is the only thing that is ours.

use std::collections::BTreeSet;

use super::*;
use crate::restore::owned::Refusal;

const TEST_RUN: &str = "validation-job-1";
const COPY: &str = "awsbackup-restore-test-job-1";
const ARN: &str = "arn:aws:rds:eu-west-1:123456789012:cluster:awsbackup-restore-test-job-1";

fn tested() -> Cluster {
    Cluster {
        identifier: COPY.to_owned(),
        arn: ARN.to_owned(),
        tags: Tags::from([(RESTORE_TEST.to_owned(), "JOB-1".to_owned())]),
        ..cluster("available")
    }
}

fn member() -> Instance {
    Instance {
        identifier: format!("{TEST_RUN}-1"),
        cluster: Some(COPY.to_owned()),
        tags: copy_tags(TEST_RUN, Purpose::Validation, "prod-orders", Some(at(24 * 60))),
        ..instance("available")
    }
}

/// What is wrong, how it comes to be, and the rule that says so
type Broken<T> = (&'static str, fn(&mut T), Refusal);

fn protected() -> BTreeSet<String> {
    BTreeSet::from(["prod-orders".to_owned()])
}

#[test]
fn each_rule_alone_keeps_a_cluster_shut() {
    assert!(Lent::claim(tested(), ARN, at(0), &protected()).is_ok());
    let table: [Broken<Cluster>; 8] = [
        ("production", |c| c.identifier = "prod-orders".to_owned(), Refusal::Protected),
        ("another name", |c| c.identifier = "somebody-elses".to_owned(), Refusal::Name),
        ("a name that only begins so", |c| c.identifier = "awsbackup-restore-tests".to_owned(), Refusal::Name),
        ("a copy of ours", |c| drop(c.tags.insert(RUN_TAG.to_owned(), TEST_RUN.to_owned())), Refusal::Name),
        ("no tag of AWS Backup's", |c| c.tags.clear(), Refusal::NotATest),
        ("not what the job made", |c| c.arn = "arn:another".to_owned(), Refusal::Arn),
        ("there before", |c| c.created_at = Some(at(-1)), Refusal::Older),
        ("of no known age", |c| c.created_at = None, Refusal::Age),
    ];
    for (story, change, refusal) in table {
        let mut cluster = tested();
        change(&mut cluster);
        let why = Lent::claim(cluster, ARN, at(0), &protected()).err().map(|refused| refused.why);
        assert_eq!(why, Some(refusal), "{story}");
    }
}

const RUN_TAG: &str = crate::restore::RUN;

#[test]
fn of_a_validation_the_instance_alone_is_ours() {
    let claim = Claim::Member { run: TEST_RUN, began_at: at(0), cluster: COPY };
    assert!(Owned::claim(member(), claim, &protected()).is_ok());
    let refused = |thing: Instance, claim| Owned::claim(thing, claim, &protected()).err().map(|refused| refused.why);
    let table: [Broken<Instance>; 7] = [
        ("in production", |i| i.cluster = Some("prod-orders".to_owned()), Refusal::Protected),
        ("in another cluster", |i| i.cluster = Some("awsbackup-restore-test-job-2".to_owned()), Refusal::Cluster),
        ("alone", |i| i.cluster = None, Refusal::Cluster),
        ("with the name of the run", |i| i.identifier = TEST_RUN.to_owned(), Refusal::Name),
        ("of another run", |i| drop(i.tags.insert(RUN_TAG.to_owned(), RUN.to_owned())), Refusal::Run),
        ("a drill's", |i| drop(i.tags.insert(PURPOSE.to_owned(), "drill".to_owned())), Refusal::Purpose),
        ("there before", |i| i.created_at = Some(at(-1)), Refusal::Older),
    ];
    for (story, change, refusal) in table {
        let mut thing = member();
        change(&mut thing);
        assert_eq!(refused(thing, claim), Some(refusal), "{story}");
    }
    let by_run = Claim::Run { run: TEST_RUN, began_at: at(0) };
    assert_eq!(refused(member(), by_run), Some(Refusal::Purpose), "a drill's claim is none on it");
    assert_eq!(refused(member(), Claim::Expired { now: at(60) }), Some(Refusal::NotExpired));
    assert_eq!(refused(member(), Claim::Expired { now: at(25 * 60) }), None);
}

#[test]
fn aws_backups_cluster_is_never_ours_whatever_its_tags_say() {
    let mut cluster = tested();
    cluster.tags.extend(copy_tags(TEST_RUN, Purpose::Validation, "prod-orders", Some(at(0))));
    let claims = [
        Claim::Member { run: TEST_RUN, began_at: at(0), cluster: COPY },
        Claim::Run { run: TEST_RUN, began_at: at(0) },
        Claim::Expired { now: at(25 * 60) },
        Claim::Restored { run: TEST_RUN, began_at: at(0), arn: ARN },
    ];
    for claim in claims {
        for name in [COPY.to_owned(), TEST_RUN.to_owned(), format!("{TEST_RUN}-1")] {
            let thing = Cluster { identifier: name.clone(), ..cluster.clone() };
            assert!(Owned::claim(thing, claim, &protected()).is_err(), "{name}: {claim:?}");
        }
    }
}
