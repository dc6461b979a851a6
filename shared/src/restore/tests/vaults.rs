//! Recovery points: which one, what AWS Backup is told, and when its copy is adopted.

use super::*;
use crate::database::{RecoveryPoint, RestoreJob, RestoreMetadata};
use crate::fault::{Class, Fault};
use crate::verify::{Because, VerdictWord};

fn point(arn: &str, minutes: i64, status: &str) -> RecoveryPoint {
    RecoveryPoint {
        arn: arn.to_owned(),
        vault: "prod".to_owned(),
        resource_arn: "arn:aws:rds:eu-west-1:123456789012:cluster:prod-orders".to_owned(),
        resource_type: "Aurora".to_owned(),
        status: status.to_owned(),
        created_at: Some(at(minutes)),
        bytes: None,
        kms_key: None,
    }
}

fn metadata(pairs: &[(&str, &str)]) -> RestoreMetadata {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

/// A run that restores a recovery point with this metadata
fn vaulted(kind: Kind, returned: &[(&str, &str)]) -> Record {
    let mut record = record(kind, Phase::Restoring);
    record.point = Some(Point::RecoveryPoint {
        arn: "arn:aws:rds:eu-west-1:123456789012:cluster-snapshot:awsbackup:job-1".to_owned(),
        vault: "prod".to_owned(),
        resource_type: "Aurora".to_owned(),
        created_at: Some(at(-60)),
        kms_key: Some("arn:aws:kms:us-west-2:123456789012:key/there".to_owned()),
        metadata: metadata(returned),
    });
    record
}

fn told(record: &Record) -> StartRestoreJob {
    let decision = decide(at(2), record, &Observed::nothing());
    let Some(Act::StartRestoreJob(act)) = decision.acts.into_iter().next() else { panic!("{}", decision.because) };
    act
}

#[test]
fn the_newest_point_that_can_be_restored_is_taken() {
    let all = [
        point("old", -600, "COMPLETED"),
        point("newest", -60, "AVAILABLE"),
        point("part", -30, "PARTIAL"),
        point("expired", -20, "EXPIRED"),
        point("gone", -10, "DELETING"),
    ];
    let orders = "arn:aws:rds:eu-west-1:123456789012:cluster:prod-orders";
    assert_eq!(newest_recovery_point(&all, orders).map(|point| point.arn.as_str()), Some("newest"));
    assert_eq!(newest_recovery_point(&all[2..], orders), None);
    assert_eq!(newest_recovery_point(&all, &orders.replace("orders", "others")), None, "another database's");
    assert_eq!(newest_recovery_point(&all, &orders.replace("eu-west-1", "us-west-2")), None, "another region's");
}

#[test]
fn what_was_returned_is_changed_under_its_own_key_and_production_s_own_is_left_out() {
    let returned = [
        ("DBClusterIdentifier", "prod-orders"),
        ("engineVersion", "15.2"),
        ("VPCSECURITYGROUPIDS", "[\"sg-production\"]"),
        ("dbsubnetgroupname", "production"),
        ("DBClusterParameterGroupName", "prod-pg"),
        ("OptionGroupName", "prod-options"),
        ("availabilityZones", "[\"eu-west-1a\"]"),
        ("DeletionProtection", "true"),
        ("Port", "0"),
        ("InformationalOnly:Whatever", "x"),
        ("KmsKeyId", "arn:aws:kms:eu-west-1:123456789012:key/here"),
    ];
    let mut record = vaulted(Kind::Aurora, &returned);
    record.plan.sandbox.security_groups = vec!["sg-a".to_owned(), "sg-b".to_owned()];
    record.plan.sandbox.subnet_group = Some("private".to_owned());
    let wanted = [
        ("DBClusterIdentifier", RUN),
        ("engineVersion", "15.2"),
        ("VPCSECURITYGROUPIDS", "[\"sg-a\",\"sg-b\"]"),
        ("dbsubnetgroupname", "private"),
        ("DeletionProtection", "false"),
        ("engine", "aurora-postgresql"),
        ("KmsKeyId", "arn:aws:kms:eu-west-1:123456789012:key/here"),
    ];
    let act = told(&record);
    assert_eq!(act.metadata, metadata(&wanted));
    assert_eq!((act.token.as_str(), act.identifier.as_str()), (RUN, RUN));
    record.plan.sandbox = Sandbox { parameter_group: Some("sandbox-pg".to_owned()), ..Sandbox::default() };
    record.plan.region = Some("us-west-2".to_owned());
    let elsewhere = told(&record).metadata;
    assert_eq!(elsewhere.get("DBClusterParameterGroupName").map(String::as_str), Some("sandbox-pg"));
    assert_eq!(elsewhere.get("dbsubnetgroupname"), None, "production's subnets are no place for a copy");
    assert!(elsewhere["KmsKeyId"].ends_with("key/there"), "a key belongs to its region");
}

#[test]
fn an_instance_comes_up_small_private_and_unprotected_whatever_was_returned() {
    let record = vaulted(Kind::Rds, &[("DBName", "app"), ("multiAZ", "true"), ("dbInstanceClass", "db.r6g.16xlarge")]);
    let wanted = [
        ("multiAZ", "false"),
        ("dbInstanceClass", "db.r6g.large"),
        ("dbInstanceIdentifier", RUN),
        ("publiclyAccessible", "false"),
        ("deletionProtection", "false"),
    ];
    assert_eq!(told(&record).metadata, metadata(&wanted));
}

#[test]
fn a_continuous_point_is_restored_to_its_latest_time() {
    let mut record = vaulted(Kind::Aurora, &[("restoreToTime", "2020-01-01T00:00:00Z")]);
    if let Some(Point::RecoveryPoint { arn, .. }) = &mut record.point {
        *arn = "arn:aws:backup:eu-west-1:123456789012:recovery-point:continuous:cluster-1".to_owned();
    }
    let metadata = told(&record).metadata;
    assert_eq!(metadata.get("useLatestRestorableTime").map(String::as_str), Some("true"));
    assert!(!metadata.contains_key("restoreToTime"));
}

#[test]
fn the_role_is_the_policy_s_or_aws_backup_s_own_in_the_source_s_account() {
    let mut record = vaulted(Kind::Aurora, &[]);
    assert_eq!(told(&record).role, "arn:aws:iam::123456789012:role/service-role/AWSBackupDefaultServiceRole");
    if let Some(source) = &mut record.source {
        source.arn = "arn:aws-cn:rds:cn-north-1:210987654321:cluster:prod-orders".to_owned();
    }
    assert_eq!(told(&record).role, "arn:aws-cn:iam::210987654321:role/service-role/AWSBackupDefaultServiceRole");
    record.plan.sandbox.restore_role = Some("arn:aws:iam::123456789012:role/mine".to_owned());
    assert_eq!(told(&record).role, "arn:aws:iam::123456789012:role/mine");
}

fn job(status: &str, made: Option<&str>) -> Seen<RestoreJob> {
    let created_arn = made.map(str::to_owned);
    Seen::Present(RestoreJob { id: "JOB-1".to_owned(), status: status.to_owned(), message: None, created_arn })
}

fn started() -> Record {
    let mut record = vaulted(Kind::Aurora, &[]);
    record.restore_job = Some("JOB-1".to_owned());
    let state = ActState::Done { at: at(1) };
    record.acts.insert("restore".to_owned(), Asked { at: at(1), attempt: 1, state });
    record
}

/// The copy as AWS Backup makes it, changed as a story needs it
fn untagged(change: impl Fn(&mut Cluster)) -> Seen<Cluster> {
    let mut copy = cluster("creating");
    copy.tags = Tags::from([("env".to_owned(), "production".to_owned())]);
    change(&mut copy);
    Seen::Present(copy)
}

const OURS: &str = "arn:aws:rds:eu-west-1:123456789012:cluster:drill-orders-202611221800";

#[test]
fn a_copy_is_adopted_only_when_the_job_names_it() {
    let step = |copy, job| {
        let seen = Observed { cluster: copy, job, ..Observed::nothing() };
        let decision = decide(at(3), &started(), &seen);
        let because = decision.next.verdict.as_ref().map(|verdict| verdict.because);
        (decision.acts.iter().map(Act::name).collect::<Vec<_>>(), because)
    };
    let nothing = || (Vec::<String>::new(), None);
    let taken = || (Vec::<String>::new(), Some(Because::Interference));
    let adopts = || (vec!["adopt".to_owned()], None);
    assert_eq!(step(untagged(|_| {}), job("RUNNING", Some(OURS))), adopts());
    assert_eq!(step(untagged(|_| {}), job("RUNNING", None)), nothing(), "its ARN is not known yet: wait");
    assert_eq!(step(untagged(|_| {}), job("RUNNING", Some("arn:another"))), taken());
    assert_eq!(step(untagged(|copy| copy.created_at = Some(at(-5))), job("RUNNING", Some(OURS))), taken());
    let anothers = |copy: &mut Cluster| drop(copy.tags.insert(RUN_TAG.to_owned(), "drill-x-202611221800".to_owned()));
    assert_eq!(step(untagged(anothers), job("RUNNING", Some(OURS))), taken());
    let of_another = |copy: &mut Cluster| drop(copy.tags.insert(SOURCE.to_owned(), "staging-orders".to_owned()));
    assert_eq!(step(untagged(of_another), job("RUNNING", Some(OURS))), taken());
    assert_eq!(step(Seen::Absent, job("RUNNING", None)), nothing());
    assert_eq!(step(Seen::Absent, job("COMPLETED", Some(OURS))), taken(), "made, and gone");
    assert_eq!(step(Seen::Present(cluster("available")), job("RUNNING", Some(OURS))), nothing(), "not done yet");
    let (acts, _) = step(Seen::Present(cluster("available")), job("COMPLETED", Some(OURS)));
    assert_eq!(acts, ["adjust"], "what the job could not be told is set before an instance is attached");
}

const RUN_TAG: &str = crate::restore::RUN;

#[test]
fn a_lost_reply_is_asked_for_under_the_same_token_even_while_tearing_down() {
    for phase in [Phase::Restoring, Phase::TearingDown] {
        let mut record = vaulted(Kind::Aurora, &[]);
        record.acts.insert("restore".to_owned(), Asked { at: at(0), attempt: 1, state: ActState::Asked });
        record.enter(phase, at(1));
        let seen = Observed { leftovers: Some(vec![]), ..Observed::nothing() };
        let decision = decide(at(4), &record, &seen);
        let Some(Act::StartRestoreJob(act)) = decision.acts.first() else { panic!("{phase:?}: {}", decision.because) };
        assert_eq!(act.token, RUN, "{phase:?}");
    }
}

#[test]
fn tear_down_waits_for_a_job_and_adopts_before_it_removes() {
    let mut record = started();
    record.enter(Phase::TearingDown, at(2));
    let step = |copy, job| {
        let seen = Observed { cluster: copy, job, leftovers: Some(vec![]), ..Observed::nothing() };
        let decision = decide(at(10), &record, &seen);
        (decision.acts.iter().map(Act::name).collect::<Vec<_>>(), decision.next.phase)
    };
    assert_eq!(step(Seen::Absent, job("RUNNING", None)), (vec![], Phase::TearingDown), "it may still make its copy");
    assert_eq!(step(untagged(|_| {}), job("RUNNING", Some(OURS))).0, ["adopt"]);
    assert_eq!(step(untagged(|_| {}), job("FAILED", Some(OURS))).0, ["adopt"]);
    assert_eq!(
        step(Seen::Present(cluster("available")), job("COMPLETED", Some(OURS))).0,
        [format!("delete-cluster:{RUN}")]
    );
    assert_eq!(step(Seen::Absent, job("FAILED", None)), (vec![], Phase::Closed));
    assert_eq!(step(untagged(|copy| copy.created_at = Some(at(-5))), job("FAILED", None)), (vec![], Phase::Closed));
    let anybodys = step(untagged(|_| {}), job("FAILED", None));
    assert_eq!(anybodys.1, Phase::TearingDown, "nobody says whose it is: the gate keeps it, and it is not forgotten");
}

#[test]
fn an_adoption_that_is_refused_is_tried_again_until_tear_down_ends_loudly() {
    let mut record = started();
    record.enter(Phase::TearingDown, at(2));
    record.acts.insert("adopt".to_owned(), Asked { at: at(3), attempt: 1, state: ActState::Asked });
    outcome(&mut record, "adopt", Err(&Fault::new(Class::Permission, "rds:X", RUN, "AccessDenied", "no")), at(3));
    let seen = Observed { cluster: untagged(|_| {}), job: job("COMPLETED", Some(OURS)), ..Observed::nothing() };
    assert_eq!(decide(at(10), &record, &seen).acts.iter().map(Act::name).collect::<Vec<_>>(), ["adopt"]);
    let over = decide(at(63), &record, &seen).next;
    let verdict = over.verdict.expect("a verdict");
    assert_eq!((verdict.word, verdict.because), (VerdictWord::Failed, Because::LeftBehind));
    assert_eq!(over.leftovers.len(), 1);
}

#[test]
fn a_name_of_production_in_any_spelling_is_told_to_nobody() {
    for key in ["dbclusteridentifier", "DBClusterIdentifier"] {
        let record = vaulted(Kind::Aurora, &[("dbClusterIdentifier", "prod-orders"), (key, "prod-orders")]);
        let act = told(&record);
        assert!(act.metadata.values().all(|value| value != "prod-orders"), "{key}: {:?}", act.metadata);
        assert!(makes_only(&act, RUN), "{key}");
        assert!(!makes_only(&act, "drill-orders-202611221801"), "another run's");
    }
    for key in ["targetDBClusterIdentifier", "DBInstanceIdentifier", "restoredClusterIdentifier"] {
        let mut record = vaulted(Kind::Aurora, &[(key, "prod-orders")]);
        let decision = decide(at(2), &record, &Observed::nothing());
        assert_eq!(decision.acts, [], "{key}: what it would make is not known");
        let verdict = decision.next.verdict.expect("a verdict");
        assert_eq!(verdict.word, VerdictWord::Inconclusive, "{key}");
        // A run that had begun all the same ends too.
        record.enter(Phase::TearingDown, at(3));
        assert!(decide(at(4), &record, &Observed::nothing()).acts.is_empty(), "{key}");
    }
    let of_the_source = vaulted(Kind::Aurora, &[("sourceDBClusterIdentifier", "prod-orders")]);
    assert!(makes_only(&told(&of_the_source), RUN));
    let mut nameless = told(&of_the_source);
    nameless.metadata.remove("dbClusterIdentifier");
    assert!(!makes_only(&nameless, RUN), "AWS Backup would choose the name");
}

#[test]
fn a_reply_that_stays_lost_is_asked_for_to_the_end_and_then_said_to_be_left_behind() {
    let mut record = vaulted(Kind::Aurora, &[]);
    record.acts.insert("restore".to_owned(), Asked { at: at(0), attempt: 40, state: ActState::Asked });
    record.enter(Phase::TearingDown, at(1));
    let seen = Observed { leftovers: Some(vec![]), ..Observed::nothing() };
    assert_eq!(decide(at(50), &record, &seen).acts.len(), 1, "asked for once more");
    let over = decide(at(62), &record, &seen).next;
    assert_eq!((over.phase, over.leftovers.len()), (Phase::Closed, 1));
    assert_eq!(over.leftovers[0].what, "restore job");
    assert_eq!(over.verdict.expect("a verdict").because, Because::LeftBehind);
}

#[test]
fn a_job_that_ends_hours_late_is_waited_for_and_its_copy_has_the_time_of_every_copy_to_go() {
    let mut record = started();
    record.enter(Phase::TearingDown, at(2));
    let step = |record: &Record, minutes, cluster, job| {
        let seen = Observed { cluster, job, leftovers: Some(vec![]), ..Observed::nothing() };
        decide(at(minutes), record, &seen)
    };
    let unreadable = || Seen::Unknown("no answer".to_owned());
    for (cluster, job) in [
        (Seen::Absent, job("RUNNING", None)),
        (Seen::Absent, unreadable()),
        (Seen::Unknown("no answer".to_owned()), job("COMPLETED", Some(OURS))),
    ] {
        assert!(step(&record, 300, cluster, job).waits(&record), "closed, what it makes would stay");
    }
    for status in ["COMPLETED", "FAILED"] {
        let adopted = step(&record, 300, untagged(|_| {}), job(status, Some(OURS)));
        assert_eq!(adopted.acts.iter().map(Act::name).collect::<Vec<_>>(), ["adopt"], "{status}");
        let removes = step(&adopted.next, 301, Seen::Present(cluster("available")), job(status, Some(OURS)));
        assert_eq!(
            removes.acts.iter().map(Act::name).collect::<Vec<_>>(),
            [format!("delete-cluster:{RUN}")],
            "{status}"
        );
        let over = step(&adopted.next, 361, untagged(|_| {}), job(status, Some(OURS))).next;
        assert_eq!(over.verdict.expect("a verdict").because, Because::LeftBehind, "{status}");
    }
    let over = step(&record, 2 + 12 * 60, Seen::Absent, job("RUNNING", None)).next;
    assert_eq!(over.leftovers[0].what, "restore job", "and this has an end too");
}
