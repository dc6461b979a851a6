//! Jobs that failed, and copies of restore tests that stayed.

use super::super::fixtures::*;
use crate::checkup::{Answer, Region, Severity, World, compare};
use crate::database::{BackupJob, Engine, JobKind, Member};

const ID: &str = "backup-jobs/orders/prod";

fn with(of: Vec<BackupJob>) -> World {
    let mut world = well();
    *jobs(&mut world) = of;
    world
}

fn is_silent(world: &World, id: &str) -> bool {
    matches!(answer(world, id), Some(Answer::Silent(_)))
}

#[test]
fn a_failure_of_which_nobody_knows_the_vault_may_be_of_any() {
    let nowhere = BackupJob { vault: None, ..failed("a", now() - hours(9), "FAILED") };
    let world = with(vec![nowhere, job("b", now())]);
    assert_eq!(severity(&world, "backup-jobs/orders/-"), Some(Severity::Medium));
    assert!(is_silent(&world, ID));
}

#[test]
fn a_failure_stays_open_for_as_long_as_no_later_job_to_its_vault_is_seen() {
    let days = |number: i64| now() + hours(24 * number);
    let weekly = BackupJob { vault: Some("weekly".to_owned()), ..failed("a", now(), "FAILED") };
    let other = BackupJob { resource_arn: LEDGER.to_owned(), ..job("c", days(1)) };
    let of_week = |at| BackupJob { vault: Some("weekly".to_owned()), ..job("d", at) };
    let table = [
        ("found", 0, vec![weekly.clone()], true),
        ("other jobs, of another vault and of another database", 2, vec![job("b", days(1)), other], true),
        ("none at all", 3, vec![], true),
        ("the next one is running", 7, vec![BackupJob { state: "RUNNING".to_owned(), ..of_week(days(7)) }], true),
        ("the next one completed", 8, vec![of_week(days(7))], false),
    ];
    let mut state = crate::checkup::State::default();
    for (what, day, jobs, is_open) in table {
        let compared = compare(days(day), &policy(), &sheet_at(days(day), &with(jobs)), &state, None);
        let found = compared.found.iter().any(|(_, known)| known.finding.id == "backup-jobs/orders/weekly");
        assert_eq!(found, is_open, "{what}");
        state = compared.next;
    }
}

#[test]
fn a_job_that_failed_is_open_until_a_later_one_completes() {
    let (early, late) = (now() - hours(9), now() - hours(3));
    let elsewhere = BackupJob { vault: Some("other".to_owned()), ..job("b", late) };
    let copy = BackupJob { kind: JobKind::Copy, ..job("b", late) };
    let of_other = BackupJob { resource_arn: LEDGER.to_owned(), ..job("b", late) };
    let timeless = BackupJob { created_at: None, ..job("b", late) };
    let table = [
        ("alone", vec![], Some(Severity::High)),
        ("completed later", vec![job("b", late)], None),
        ("completed at the same time", vec![job("b", early)], Some(Severity::High)),
        ("completed before", vec![job("b", early - hours(24))], Some(Severity::High)),
        ("another vault", vec![elsewhere], Some(Severity::High)),
        ("another kind", vec![copy], Some(Severity::High)),
        ("another database", vec![of_other], Some(Severity::High)),
        ("nobody knows when", vec![timeless], Some(Severity::High)),
    ];
    for (what, others, wanted) in table {
        let all = others.into_iter().chain([failed("a", early, "FAILED")]).collect();
        assert_eq!(severity(&with(all), ID), wanted, "{what}");
    }
}

#[test]
fn how_bad_it_is_follows_from_state_kind_and_vault() {
    let one = |state: &str| failed("a", now(), state);
    let kind = |kind| BackupJob { kind, ..one("FAILED") };
    let table = [
        (one("FAILED"), ID, Severity::High),
        (one("EXPIRED"), ID, Severity::High),
        (one("ABORTED"), ID, Severity::Medium),
        (one("PARTIAL"), ID, Severity::Medium),
        (one("COMPLETED"), ID, Severity::Low),
        (
            BackupJob { vault: Some("scratch".to_owned()), ..one("FAILED") },
            "backup-jobs/orders/scratch",
            Severity::Medium,
        ),
        (kind(JobKind::Copy), "copy-jobs/orders/prod", Severity::Medium),
        (kind(JobKind::Restore), "restore-jobs/orders/prod", Severity::Medium),
    ];
    for (job, id, wanted) in table {
        let state = job.state.clone();
        assert_eq!(severity(&with(vec![job]), id), Some(wanted), "{id} {state}");
    }
    for state in ["CREATED", "PENDING", "RUNNING", "ABORTING"] {
        assert!(is_silent(&with(vec![one(state)]), ID), "{state} tells nothing yet");
    }
}

#[test]
fn many_failures_are_one_finding_with_the_newest_words() {
    let all = (1..=5).map(|age| BackupJob {
        message: Some(format!("reason {age}")),
        ..failed(&format!("job-{age}"), now() - hours(age), "FAILED")
    });
    let finding = found(&with(all.collect()), ID);
    assert_eq!(finding.title, "5 backup jobs of orders did not complete, and none did since; the newest is FAILED");
    assert_eq!(finding.evidence[1..], ["reason 1", "5 backup jobs in all"]);
    assert_eq!(finding.measure, Some(5.0));
    assert_eq!(finding.mend.command[2..], ["describe-backup-job", "--backup-job-id", "job-1", "--region", HOME]);
}

#[test]
fn silence_does_not_make_a_failure_good() {
    assert!(is_silent(&with(Vec::new()), "backup-jobs/orders"));
    assert_eq!(answer(&with(vec![job("a", now())]), ID), Some(Answer::Fine));
    assert!(is_silent(&with(vec![job("a", now())]), "backup-jobs/orders"), "the list is never read to its end");
}

#[test]
fn issues_are_over_when_a_later_job_had_none() {
    let issues = failed("a", now() - hours(9), "COMPLETED");
    assert_eq!(severity(&with(vec![issues.clone(), job("b", now())]), ID), None);
    let blank = BackupJob { message: Some("  ".to_owned()), ..issues };
    assert_eq!(severity(&with(vec![blank]), ID), None);
}

#[test]
fn jobs_of_resources_that_the_policy_does_not_name_are_one_quiet_finding() {
    let of = |arn: &str, id: &str| BackupJob { resource_arn: arn.to_owned(), ..failed(id, now(), "FAILED") };
    let third = "arn:aws:ec2:eu-west-1:123456789012:volume/vol-1";
    let world = with(vec![of(OTHER, "a"), of(OTHER, "b"), of(third, "c")]);
    let finding = found(&world, "other-backup-jobs");
    assert_eq!((finding.severity, finding.measure), (Severity::Low, Some(3.0)));
    assert_eq!(finding.title, "3 backup jobs of 2 resources that the policy does not name did not complete");
    assert!(finding.evidence.contains(&format!("{OTHER}: 2 jobs")));
    let mut ours = with(vec![failed("a", now(), "FAILED")]);
    home(&mut ours).clusters = Some(Err(denied()));
    assert!(is_silent(&ours, "other-backup-jobs"), "a database of the policy is none of the others");
}

#[test]
fn jobs_of_another_region_have_an_id_of_their_own() {
    let mut world = well();
    let abroad = Region { jobs: Some(Ok(vec![failed("a", now(), "FAILED")])), ..Region::default() };
    world.regions.insert("us-west-2".to_owned(), abroad);
    let finding = found(&world, "backup-jobs/orders/us-west-2/prod");
    assert_eq!(finding.mend.command[6], "us-west-2");
    assert_eq!(severity(&world, ID), None);
}

fn test_copy(made: Option<&str>) -> BackupJob {
    BackupJob {
        kind: JobKind::Restore,
        is_test: true,
        made: made.map(str::to_owned),
        deletion: Some(("FAILED".to_owned(), Some("it has an instance".to_owned()))),
        ..job("restore-1", now())
    }
}

#[test]
fn a_copy_of_a_restore_test_that_aws_could_not_delete_is_told_with_the_command() {
    const LEFT: &str = "restore-test-copies";
    let mut copy = cluster("awsbackup-restore-test-1");
    let arn = copy.facts.arn.clone();
    let mut world = with(vec![test_copy(Some(&arn))]);
    assert_eq!(severity(&world, LEFT), None, "it is gone by now");
    let put = |world: &mut World, copy: &crate::database::Kept<crate::database::Cluster>| {
        home(world).clusters = Some(Ok(vec![cluster("prod-orders"), copy.clone()]));
    };
    put(&mut world, &copy);
    let finding = found(&world, LEFT);
    assert_eq!(finding.severity, Severity::Medium);
    assert_eq!(
        finding.mend.command.join(" "),
        "aws rds delete-db-cluster --db-cluster-identifier awsbackup-restore-test-1 --skip-final-snapshot --region \
         eu-west-1"
    );
    copy.facts.members = vec![Member { instance: "member-1".to_owned(), writer: true }];
    copy.facts.engine = Engine::Docdb;
    put(&mut world, &copy);
    assert_eq!(
        found(&world, LEFT).mend.command.join(" "),
        "aws docdb delete-db-instance --db-instance-identifier member-1 --region eu-west-1"
    );
    *jobs(&mut world) = Vec::new();
    assert!(is_silent(&world, LEFT), "it stands, and nothing is known of it");
}

#[test]
fn a_copy_that_may_still_stand_is_not_taken_for_gone() {
    let arn = "arn:aws:rds:eu-west-1:123456789012:db:awsbackup-restore-test-2";
    let mut world = with(vec![test_copy(Some(arn))]);
    home(&mut world).instances = Some(Err(denied()));
    let finding = found(&world, "restore-test-copies");
    assert_eq!(finding.mend.command[2], "delete-db-instance");
    let nameless = with(vec![test_copy(None)]);
    assert!(found(&nameless, "restore-test-copies").mend.command.is_empty());
}
