//! Restore tests of AWS Backup: its copy is looked into, an instance comes and goes, and AWS Backup gets its answer.

use lifeboat::database::Engine;

use super::*;

const JOB: &str = "AB123456-78C9-0123-456D-789012E34567";
const RUN_ID: &str = "validation-ab123456-78c9-0123-456d-789012e34567";
const COPY: &str = "awsbackup-restore-test-ab123456-78c9-0123-456d-789012e34567";

fn tested(sim: &Sim) -> Value {
    sim.state().restore_test(JOB, "prod-orders", &Engine::AuroraPostgresql, true)
}

fn told(sim: &Sim) -> (String, String) {
    sim.state().tests.get(JOB).and_then(|test| test.told.clone()).expect("AWS Backup has an answer")
}

/// What holds however a validation went
fn kept(sim: &Sim, story: &str) {
    let state = sim.state();
    let left: Vec<String> = state.copies().into_iter().filter(|name| !name.starts_with("awsbackup-")).collect();
    assert_eq!(left, Vec::<String>::new(), "{story}: left behind");
    assert!(state.tests.get(JOB).is_some_and(|test| !test.stuck), "{story}: AWS Backup could not remove its cluster");
    for call in &state.calls {
        let (operation, resource) = (call.operation, call.resource.as_str());
        let harmless = ["Describe", "backup:List", "s3:", "sns:", "cloudwatch:", "lambda:"];
        let fine = match operation {
            "rds:CreateDBInstance" | "rds:DeleteDBInstance" => resource == format!("{RUN_ID}-1"),
            "rds:ModifyDBCluster" | "rds:ModifyDBInstance" => resource == COPY,
            "backup:PutRestoreValidationResult" => resource == JOB,
            other => harmless.iter().any(|word| other.contains(word)),
        };
        assert!(fine, "{story}: {call:?} touches what is not ours");
    }
    let closed = state.closed_records();
    assert_eq!((closed.len(), state.open_records().len()), (1, 0), "{story}");
    assert!(closed.first().is_some_and(|one| one.verdict.is_some() && one.run == RUN_ID), "{story}");
    assert!(state.mails.iter().any(|mail| mail.body.contains(RUN_ID)), "{story}: no mail");
    let answers = state.calls.iter().position(|call| call.operation == "backup:PutRestoreValidationResult");
    let removed = state.calls.iter().rposition(|call| call.operation == "rds:DeleteDBInstance");
    if let (Some(answered), Some(removed)) = (answers, removed) {
        assert!(removed < answered, "{story}: answered before the instance was gone");
    }
}

async fn validated(sim: &Sim, event: Value, story: &str) -> Record {
    let _ = sim.invoke(event).await;
    sim.tick_until_quiet(300).await;
    kept(sim, story);
    the_one_closed(sim)
}

#[tokio::test]
async fn a_good_restore_test_is_answered_once_the_instance_is_gone() {
    let sim = Sim::new(begins());
    let event = tested(&sim);
    let record = validated(&sim, event, "good").await;
    assert_eq!(verdict(&record), (VerdictWord::Passed, Because::ChecksPassed));
    assert_eq!(record.restored_to(), Some(begins() - SignedDuration::from_hours(20)), "the point's own time");
    assert_eq!(told(&sim).0, "SUCCESSFUL");
    let state = sim.state();
    for operation in ["rds:CreateDBInstance", "rds:DeleteDBInstance", "backup:PutRestoreValidationResult"] {
        assert_eq!(state.count(operation), 1, "{operation}");
    }
    assert_eq!(state.count("rds:ModifyDBCluster"), 2, "a range for the instance, and a password");
    assert_eq!(state.mails.len(), 1);
    let mail = &state.mails[0];
    assert!(mail.subject.starts_with("[PASS] orders, restore test"), "{}", mail.subject);
    assert!(mail.body.contains("AWS Backup was told SUCCESSFUL"), "{}", mail.body);
    assert!(state.metrics.iter().any(|(name, value)| name == "DrillPassed" && *value > 0.0));
}

#[tokio::test]
async fn an_instance_is_looked_into_without_anything_attached() {
    let sim = Sim::new(begins());
    let event = sim.state().restore_test(JOB, "prod-ledger", &Engine::Mysql, false);
    let record = validated(&sim, event, "an instance").await;
    assert_eq!(verdict(&record).0, VerdictWord::Passed);
    let state = sim.state();
    assert_eq!((state.count("rds:CreateDBInstance"), state.count("rds:DeleteDBInstance")), (0, 0));
    assert_eq!(state.tests[JOB].told.as_ref().map(|(word, _)| word.as_str()), Some("SUCCESSFUL"));
}

#[tokio::test]
async fn aws_backup_knows_no_third_word() {
    let table = [
        (DataCheckMode::Empty, VerdictWord::Failed, "[FAIL]", "public.orders"),
        (
            DataCheckMode::NoConnection,
            VerdictWord::Inconclusive,
            "[INCONCLUSIVE]",
            "inconclusive, the data was not proved",
        ),
        (DataCheckMode::Silent, VerdictWord::Inconclusive, "[INCONCLUSIVE]", "inconclusive, the data was not proved"),
    ];
    for (mode, word, label, said) in table {
        let sim = Sim::new(begins());
        sim.state().data_check = mode;
        let event = tested(&sim);
        let record = validated(&sim, event, label).await;
        assert_eq!(verdict(&record).0, word);
        let (told, message) = told(&sim);
        assert!(told == "FAILED" && message.contains(said) && message.len() <= 500, "{told}: {message}");
        assert!(sim.state().mails[0].subject.starts_with(label));
    }
}

#[tokio::test]
async fn the_event_twice_and_once_more_after_the_end_is_one_validation() {
    let sim = Sim::new(begins());
    let event = tested(&sim);
    sim.invoke(event.clone()).await.expect("not killed").expect("no trouble");
    sim.invoke(event.clone()).await.expect("not killed").expect("no trouble");
    sim.tick_until_quiet(300).await;
    let answer = sim.invoke(event).await.expect("not killed").expect("no trouble");
    assert_eq!(answer["runs"][0]["state"], "closed");
    kept(&sim, "thrice");
    let state = sim.state();
    assert_eq!((state.count("rds:CreateDBInstance"), state.mails.len()), (1, 1));
}

#[tokio::test]
async fn an_event_that_comes_after_the_window_makes_nothing() {
    for minutes in [100, 130] {
        let sim = Sim::new(begins());
        let event = tested(&sim);
        for _ in 0..minutes {
            sim.pass(SignedDuration::from_secs(60));
        }
        let record = validated(&sim, event, "late").await;
        assert_eq!(verdict(&record), (VerdictWord::Inconclusive, Because::Deadline), "{minutes}");
        assert_eq!(sim.state().count("rds:CreateDBInstance"), 0, "{minutes}");
        assert_eq!(told(&sim).0, if minutes > 120 { "TIMED_OUT" } else { "FAILED" });
    }
}

#[tokio::test]
async fn a_window_that_ends_meanwhile_takes_the_instance_away_and_leaves_the_verdict_open() {
    let sim = Sim::new(begins());
    let event = tested(&sim);
    sim.invoke(event).await.expect("not killed").expect("no trouble");
    sim.pass(SignedDuration::from_secs(60));
    if let Some(test) = sim.state().tests.get_mut(JOB) {
        test.told = Some(("TIMED_OUT".to_owned(), String::new()));
    }
    sim.tick_until_quiet(300).await;
    sim.state().tests.get_mut(JOB).expect("the test").stuck = false; // AWS Backup tried while the instance was there
    kept(&sim, "over");
    let record = the_one_closed(&sim);
    assert_eq!(verdict(&record), (VerdictWord::Inconclusive, Because::Deadline));
    assert!(record.notes.iter().any(|note| note.contains("is TIMED_OUT already")), "{:?}", record.notes);
    assert_eq!(sim.state().count("backup:PutRestoreValidationResult"), 0);
}

#[tokio::test]
async fn a_cluster_that_is_gone_or_is_not_what_the_job_made_is_left_alone() {
    type Change = fn(&mut tests::sim::State);
    let table: [(&str, Change, Because); 4] = [
        ("gone", |state| drop(state.home.clusters.remove(COPY)), Because::Interference),
        (
            "without AWS Backup's tag",
            |state| state.home.clusters.get_mut(COPY).unwrap().facts.tags.clear(),
            Because::Interference,
        ),
        ("no job", |state| state.tests.get_mut(JOB).unwrap().made = "arn:another".to_owned(), Because::Source),
        (
            "there before the restore began",
            |state| state.home.clusters.get_mut(COPY).unwrap().facts.created_at = Some(Timestamp::UNIX_EPOCH),
            Because::Interference,
        ),
    ];
    for (story, change, because) in table {
        let sim = Sim::new(begins());
        let event = tested(&sim);
        change(&mut sim.state());
        let record = validated(&sim, event, story).await;
        assert_eq!(verdict(&record), (VerdictWord::Inconclusive, because), "{story}");
        let state = sim.state();
        for operation in ["rds:CreateDBInstance", "rds:ModifyDBCluster", "rds:DeleteDBInstance"] {
            assert_eq!(state.count(operation), 0, "{story}: {operation}");
        }
    }
}

#[tokio::test]
async fn what_is_no_restore_test_of_the_policys_is_told_and_left_alone() {
    let sim = Sim::new(begins());
    let event = sim.state().restore_test(JOB, "somebody-elses", &Engine::AuroraPostgresql, true);
    let answer = sim.invoke(event).await.expect("not killed").expect("no trouble");
    assert!(answer["message"].as_str().unwrap().contains("somebody-elses"), "{answer}");
    let mut plain = tested(&sim);
    plain["detail"].as_object_mut().unwrap().remove("restoreTestingPlanArn");
    let answer = sim.invoke(plain).await.expect("not killed").expect("no trouble");
    assert_eq!(answer["message"], "no drill is under way");
    let mut broken = tested(&sim);
    broken["detail"]["createdResourceArn"] = json!("arn:aws:rds:eu-west-1:999999999999:cluster:another");
    let error = sim.invoke(broken).await.expect("not killed").unwrap_err();
    assert!(error.message.contains("detail.createdResourceArn"), "{}", error.message);
    assert!(sim.state().open_records().is_empty());
}

#[tokio::test]
async fn an_answer_that_is_refused_is_red_and_people_are_told_all_the_same() {
    let sim = Sim::new(begins());
    let refused = Fate::Refused(Class::Permission, "AccessDeniedException");
    sim.state().always.insert("backup:PutRestoreValidationResult", refused);
    let event = tested(&sim);
    let _ = sim.invoke(event).await;
    let errors = sim.tick_until_quiet(300).await;
    assert!(errors.iter().any(|error| error.contains("AccessDenied")), "{errors:?}");
    kept(&sim, "refused");
    assert_eq!(verdict(&the_one_closed(&sim)).0, VerdictWord::Passed);
    assert!(sim.state().mails[0].body.contains("AWS Backup was not told"));
}

#[tokio::test]
async fn an_instance_that_may_not_be_removed_fails_the_validation_and_is_swept_when_its_time_is_over() {
    let sim = Sim::new(begins());
    sim.state().always.insert("rds:DeleteDBInstance", Fate::Refused(Class::Permission, "AccessDenied"));
    let event = tested(&sim);
    let _ = sim.invoke(event).await;
    sim.tick_until_quiet(300).await;
    assert_eq!(verdict(&the_one_closed(&sim)), (VerdictWord::Failed, Because::LeftBehind));
    sim.state().always.clear();
    for _ in 0..(26 * 60) {
        sim.pass(SignedDuration::from_secs(60));
        let _ = sim.invoke(Sim::tick()).await.expect("not killed");
    }
    assert_eq!(sim.state().copies(), Vec::<String>::new());
    assert_eq!(sim.state().count("rds:DeleteDBCluster"), 0, "AWS Backup removed its own");
}

#[tokio::test]
async fn whichever_call_of_a_validation_fails_the_end_is_the_same() {
    let good = Sim::new(begins());
    let event = tested(&good);
    validated(&good, event, "the walk without a fault").await;
    let calls = good.state().calls.len();
    assert!(calls > 60, "{calls} calls: the walk would prove little");
    for number in 0..calls {
        for fate in FATES {
            let sim = Sim::new(begins());
            sim.state().fates.insert(number, fate);
            let event = tested(&sim);
            // EventBridge sends it again when its invocation fails or dies.
            for _ in 0..3 {
                if matches!(sim.invoke(event.clone()).await, Some(Ok(_))) {
                    break;
                }
                sim.pass(SignedDuration::from_secs(60));
            }
            sim.tick_until_quiet(300).await;
            let story = format!("call {number} {:?}: {fate:?}", sim.state().calls.get(number));
            kept(&sim, &story);
            assert_eq!(verdict(&the_one_closed(&sim)).0, VerdictWord::Passed, "{story}");
            assert_eq!(told(&sim).0, "SUCCESSFUL", "{story}");
            assert!(sim.state().mails.len() <= 2, "{story}: {} mails", sim.state().mails.len());
        }
    }
}
