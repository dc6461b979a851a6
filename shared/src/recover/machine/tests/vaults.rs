//! Copies that AWS Backup makes: nothing is done to one before its job has named it, and nothing to one that it has not.

use super::*;
use crate::recover::tests::fixtures::documents;
use crate::recover::{ByJob, Need};

const POINT: &str = "arn:aws:rds:eu-west-1:123456789012:cluster-snapshot:awsbackup:job-1";

/// The same from a recovery point
pub(super) fn from_vault(record: Record) -> Record {
    let point = Point::RecoveryPoint {
        arn: POINT.to_owned(),
        vault: "prod".to_owned(),
        resource_type: "Aurora".to_owned(),
        created_at: Some(at(-36_000)),
        kms_key: None,
        metadata: [("engine".to_owned(), "aurora-postgresql".to_owned())].into(),
    };
    let role = "arn:aws:iam::123456789012:role/restores".to_owned();
    Record { point, from: From::Vault { role }, asked_for: "recovery point latest".to_owned(), ..record }
}

fn job(status: &str, made: Option<&str>) -> RestoreJob {
    let message = Some("as AWS says".to_owned());
    RestoreJob { id: "JOB-1".to_owned(), status: status.to_owned(), message, created_arn: made.map(str::to_owned) }
}

/// A record whose job was started ten minutes ago
fn started() -> Record {
    let mut record = from_vault(record(aurora()));
    record.job_started("JOB-1".to_owned());
    let asked = Asked { at: at(0), attempt: 1, state: ActState::Done { at: at(0) } };
    record.acts.insert("restore".to_owned(), asked);
    record
}

fn ours() -> Tags {
    Tags::from([(RUN_TAG.to_owned(), RUN.to_owned())])
}

fn seen(cluster: SeenOf<Cluster>, job: SeenOf<RestoreJob>) -> Observed {
    let members = BTreeMap::new();
    Observed { cluster, members, job, answers: SeenOf::Absent, copy: None, cut_over: cutover::Seen::default() }
}

fn names(decision: &Decision) -> Vec<String> {
    let of = |task: &Task| match task {
        Task::Build(act) => act.name(),
        Task::Tell(letter) => letter.act(),
        other => format!("{other:?}"),
    };
    decision.tasks.iter().map(of).collect()
}

#[test]
fn a_recovery_point_comes_back_with_everything() {
    for blueprint in [aurora(), documents(), instance()] {
        let mut aws = Aws::default();
        let (end, mails) = play(from_vault(record(blueprint.clone())), &mut aws, &[]);
        assert_eq!((end.phase, end.differences.as_deref()), (Phase::HandedOver, Some(&[][..])), "{:?}", end.notes);
        assert_eq!(mails.last(), Some(&Letter::HandedOver));
        assert_eq!(aws.done[..3], ["restore".to_owned(), "adopt".to_owned(), aws.done[2].clone()], "{:?}", aws.done);
        let made = end.restore_job.unwrap().made;
        assert_eq!(made, Some(arn_of(blueprint.kind.is_clustered())));
    }
}

#[test]
fn an_instance_of_serverless_waits_for_its_range_and_no_other_one_does() {
    let mut blueprint = aurora();
    blueprint.members[0].class = "db.serverless".to_owned();
    let steps = from_vault(record(blueprint)).steps();
    let needs = |name: &str| steps.iter().find(|step| step.act.name() == name).map(|step| step.needs.clone());
    // The writer is sorted to the front: the first member is a reader.
    assert_eq!(needs(&format!("create:{RUN}-1")), Some(Need::Volume));
    assert_eq!(needs(&format!("create:{RUN}-2")), Some(Need::Settings));
    let change = steps.iter().find(|step| step.act.name() == format!("change:{RUN}")).unwrap();
    assert!(!change.optional, "without its range it has no instances");
}

/// What the situation is called, the copy, its job, the acts that follow, the phase
type Row<'a> = (&'a str, SeenOf<Cluster>, SeenOf<RestoreJob>, &'a [&'a str], Phase);

#[test]
fn instances_of_serverless_come_after_those_that_are_not_and_nothing_waits_for_itself() {
    use crate::database::Capacity;
    // Every mixture of provisioned and Serverless v2, of a range that is known and one that nobody knows
    for serverless in 0..8_u8 {
        for capacity in [None, Some(Capacity { min: 0.5, max: 8.0 })] {
            let mut blueprint = aurora();
            blueprint.settings.capacity = capacity;
            for (bit, member) in blueprint.members.iter_mut().enumerate() {
                if serverless >> bit & 1 == 1 {
                    "db.serverless".clone_into(&mut member.class);
                }
            }
            let mut aws = Aws::default();
            let (end, _) = play(from_vault(record(blueprint)), &mut aws, &[]);
            assert_eq!((end.phase, end.given_up.len()), (Phase::HandedOver, 0), "{serverless:03b}: {:?}", end.notes);
        }
    }
}

#[test]
fn what_waits_for_settings_that_were_given_up_does_not_wait_for_good() {
    let mut blueprint = aurora();
    blueprint.settings.capacity = None;
    blueprint.members.iter_mut().for_each(|member| "db.serverless".clone_into(&mut member.class));
    // The job, the adoption, and the change that AWS refuses for good: without a range it is optional.
    let fates = [Fate::Done, Fate::Done, Fate::Refused(Class::Configuration)];
    let (end, mails) = play(from_vault(record(blueprint)), &mut Aws::default(), &fates);
    assert_eq!(end.phase, Phase::HandedOver, "{:?}", end.notes);
    assert!(mails.contains(&Letter::HandedOver), "{mails:?}");
}

#[test]
fn storage_and_network_types_that_aws_backup_has_no_words_for_come_after_the_first_instance() {
    let mut blueprint = aurora();
    blueprint.settings.storage_type = Some("aurora-iopt1".to_owned());
    blueprint.settings.network_type = Some("DUAL".to_owned());
    let steps = from_vault(record(blueprint.clone())).steps();
    let base = steps.iter().find(|step| step.act.name() == "base").unwrap();
    assert_eq!((base.needs.clone(), base.optional), (Need::Server, true));
    assert!(record(blueprint.clone()).steps().iter().all(|step| step.act.name() != "base"), "RDS was told");
    let small = Record { purpose: Purpose::Inspection, ..from_vault(record(blueprint)) };
    assert!(small.steps().iter().all(|step| step.act.name() != "base"), "nobody looks into a copy for its storage");
}

#[test]
fn what_is_done_follows_from_the_copy_and_the_job_s_own_word() {
    use SeenOf::{Absent, Present, Unknown};
    let (mine, other) = (arn_of(true), "arn:aws:rds:eu-west-1:123456789012:cluster:other".to_owned());
    let bare = |status: &str| Present(cluster_of(status, &Tags::new()));
    let tagged = |status: &str| Present(cluster_of(status, &ours()));
    let others = Present(cluster_of("available", &Tags::from([(RUN_TAG.to_owned(), "drill-x".to_owned())])));
    let older = Present(Cluster { created_at: Some(at(-7200)), ..cluster_of("available", &Tags::new()) });
    let running = |made| Present(job("RUNNING", made));
    let complete = |made| Present(job("COMPLETED", made));
    let unread = || Unknown("throttled".to_owned());
    let table: Vec<Row<'_>> = vec![
        ("nothing to be seen yet", Absent, running(None), &[], Phase::Restoring),
        ("a copy that nobody has named", bare("creating"), running(None), &[], Phase::Restoring),
        ("a copy that the job names", bare("creating"), running(Some(&mine)), &["adopt"], Phase::Restoring),
        ("a job that names another one", bare("creating"), running(Some(&other)), &["tell:stuck"], Phase::Stuck),
        ("somebody else's tag", others, complete(Some(&mine)), &["tell:stuck"], Phase::Stuck),
        ("something that was there before", older, complete(Some(&mine)), &["tell:stuck"], Phase::Stuck),
        ("a job that cannot be read", bare("available"), unread(), &[], Phase::Restoring),
        ("an adopted copy while the job goes on", tagged("available"), running(Some(&mine)), &[], Phase::Restoring),
        ("an adopted copy and a job that cannot be read", tagged("available"), unread(), &[], Phase::Restoring),
        ("a job that failed", Absent, Present(job("FAILED", None)), &["tell:stuck"], Phase::Stuck),
        ("a job that was aborted", tagged("creating"), Present(job("ABORTED", None)), &["tell:stuck"], Phase::Stuck),
        ("a job that is done and made nothing", Absent, complete(Some(&mine)), &["tell:stuck"], Phase::Stuck),
        ("a job that nobody knows", Absent, Absent, &["tell:stuck"], Phase::Stuck),
    ];
    for (what, cluster, job, wanted, phase) in table {
        let decision = decide(at(600), &started(), &seen(cluster, job));
        assert_eq!(names(&decision), wanted, "{what}: {}", decision.because);
        assert_eq!(decision.next.phase, phase, "{what}");
    }
    let up = decide(at(600), &started(), &seen(tagged("available"), complete(Some(&mine))));
    assert_eq!(up.next.phase, Phase::Building);
    assert!(up.next.copy.volume_at.is_some());
}

#[test]
fn the_arn_that_the_job_names_is_kept_before_anything_is_done_to_it() {
    let copy = SeenOf::Present(cluster_of("creating", &Tags::new()));
    let decision = decide(at(600), &started(), &seen(copy, SeenOf::Present(job("RUNNING", Some(&arn_of(true))))));
    assert_eq!(decision.next.restore_job, Some(ByJob { id: "JOB-1".to_owned(), made: Some(arn_of(true)) }));
}

#[test]
fn a_job_whose_reply_was_lost_is_asked_for_again_under_the_same_token_whatever_is_to_be_seen() {
    for copy in [SeenOf::Absent, SeenOf::Present(cluster_of("creating", &Tags::new()))] {
        let mut record = from_vault(record(aurora()));
        // Far more often than anything else: what the job makes is found by nobody without its id.
        let lost = Asked { at: at(0), attempt: 40, state: ActState::Asked };
        record.acts.insert("restore".to_owned(), lost);
        let early = decide(at(60), &record, &seen(copy.clone(), SeenOf::Absent));
        assert_eq!(names(&early), Vec::<String>::new(), "it belongs to whoever announced it");
        let decision = decide(at(300), &record, &seen(copy, SeenOf::Absent));
        assert_eq!(names(&decision), ["restore"]);
    }
}

#[test]
fn a_name_that_is_taken_before_anything_was_asked_is_left_alone() {
    let taken = SeenOf::Present(Cluster { created_at: None, ..cluster_of("available", &Tags::new()) });
    let decision = decide(at(60), &from_vault(record(aurora())), &seen(taken, SeenOf::Absent));
    assert_eq!(names(&decision), ["tell:stuck"]);
    assert!(decision.next.notes[0].contains("taken"), "{:?}", decision.next.notes);
}

#[test]
fn tags_that_do_not_appear_are_put_once_more_and_no_sooner_than_they_may_be_seen() {
    let bare = || SeenOf::Present(cluster_of("creating", &Tags::new()));
    let job = || SeenOf::Present(job("RUNNING", Some(&arn_of(true))));
    let mut record = started();
    record.acts.insert("adopt".to_owned(), Asked { at: at(0), attempt: 1, state: ActState::Done { at: at(0) } });
    assert_eq!(names(&decide(at(120), &record, &seen(bare(), job()))), Vec::<String>::new());
    assert_eq!(names(&decide(at(600), &record, &seen(bare(), job()))), ["adopt"]);
}
