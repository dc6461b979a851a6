//! Whole drills on the simulated AWS: every ending, and every call failing in every way in turn.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "drill_on_the_simulation/documents.rs"]
mod documents;
#[path = "drill_on_the_simulation/gone.rs"]
mod gone;
#[path = "drill_on_the_simulation/inspections.rs"]
mod inspections;
#[path = "drill_on_the_simulation/regions.rs"]
mod regions;
#[path = "drill_on_the_simulation/several.rs"]
mod several;
#[path = "drill_on_the_simulation/validations.rs"]
mod validations;
#[path = "drill_on_the_simulation/vaults.rs"]
mod vaults;

use jiff::{SignedDuration, Timestamp};
use lifeboat::fault::Class;
use lifeboat::restore::Record;
use lifeboat::verify::{Because, VerdictWord};
use serde_json::{Value, json};
use tests::sim::{DataCheckMode, Fate, Sim};

fn begins() -> Timestamp {
    "2026-11-22T18:00:00Z".parse().unwrap()
}

fn weekly() -> Value {
    json!({"drill": "orders/weekly", "scheduled_time": "2026-11-22T18:00:00Z"})
}

const RUN: &str = "drill-orders-202611221800";

/// One ended run, and nothing left of it
fn the_one_closed(sim: &Sim) -> Record {
    let state = sim.state();
    let mut closed = state.closed_records();
    assert_eq!(closed.len(), 1, "closed records");
    assert!(state.open_records().is_empty(), "open records");
    closed.remove(0)
}

fn verdict(record: &Record) -> (VerdictWord, Because) {
    let verdict = record.verdict.as_ref().expect("a verdict");
    (verdict.word, verdict.because)
}

/// What holds however a drill went
fn promises_kept(sim: &Sim, story: &str) {
    let state = sim.state();
    assert_eq!(state.copies(), Vec::<String>::new(), "{story}: left behind");
    for source in ["prod-orders", "prod-ledger", "prod-shelf"] {
        assert!(
            state.home.clusters.contains_key(source) || state.home.instances.contains_key(source),
            "{story}: {source} is gone"
        );
    }
    for call in &state.calls {
        let harmless = ["Describe", "backup:List", "backup:Get", "s3:", "sns:", "cloudwatch:", "lambda:"]
            .iter()
            .any(|word| call.operation.contains(word));
        assert!(harmless || call.resource.starts_with("drill-"), "{story}: {call:?} touches what is not ours");
    }
    let closed = state.closed_records();
    assert!(!closed.is_empty() && state.open_records().is_empty(), "{story}: not ended");
    for record in &closed {
        let verdict = record.verdict.as_ref().unwrap_or_else(|| panic!("{story}: no verdict"));
        assert!(state.mails.iter().any(|mail| mail.body.contains(&record.run)), "{story}: no mail");
        if verdict.word == VerdictWord::Passed {
            assert!(
                record.answers.as_ref().is_some_and(|answers| answers.first_query_at.is_some()),
                "{story}: a pass that looked at nothing"
            );
        }
        assert!(state.objects.contains_key(&format!("reports/{}.html", record.run)), "{story}: no page");
    }
    assert!(state.objects.contains_key("reports/index.html"), "{story}: no page of all drills");
}

async fn whole_drill(sim: &Sim) -> Record {
    sim.invoke(weekly()).await.expect("not killed").expect("no trouble");
    sim.tick_until_quiet(200).await;
    promises_kept(sim, "a drill");
    the_one_closed(sim)
}

#[tokio::test]
async fn a_good_backup_passes_and_leaves_nothing() {
    let sim = Sim::new(begins());
    let record = whole_drill(&sim).await;
    assert_eq!(verdict(&record), (VerdictWord::Passed, Because::ChecksPassed));
    assert_eq!(record.run, RUN);
    let state = sim.state();
    assert_eq!(state.mails.len(), 1);
    assert!(state.mails[0].subject.starts_with("[PASS] orders"), "{}", state.mails[0].subject);
    for operation in ["rds:RestoreDBCluster", "rds:CreateDBInstance", "rds:ModifyDBCluster", "lambda:InvokeFunction"] {
        assert_eq!(state.count(operation), 1, "{operation}");
    }
    assert!(record.rto().is_some_and(|rto| rto > SignedDuration::from_mins(15)), "{:?}", record.rto());
}

#[tokio::test]
async fn a_single_instance_is_drilled_without_a_cluster() {
    let sim = Sim::new(begins());
    sim.invoke(json!({"drill": "ledger", "scheduled_time": "2026-11-22T18:00:00Z"})).await.unwrap().unwrap();
    sim.tick_until_quiet(200).await;
    promises_kept(&sim, "an instance");
    assert_eq!(verdict(&the_one_closed(&sim)).0, VerdictWord::Passed);
    assert_eq!(sim.state().count("rds:RestoreDBInstance"), 1);
    assert_eq!(sim.state().count("rds:CreateDBInstance"), 0);
}

#[tokio::test]
async fn every_first_drill_runs_side_by_side() {
    let sim = Sim::new(begins());
    sim.invoke(json!({"drill": "*", "scheduled_time": "2026-11-22T18:00:00Z"})).await.unwrap().unwrap();
    sim.tick_until_quiet(200).await;
    promises_kept(&sim, "all");
    assert_eq!(sim.state().closed_records().len(), 3);
}

#[tokio::test]
async fn wrong_data_fails_and_the_mail_says_which_check() {
    let sim = Sim::new(begins());
    sim.state().data_check = DataCheckMode::Empty;
    let record = whole_drill(&sim).await;
    assert_eq!(verdict(&record), (VerdictWord::Failed, Because::ChecksFailed));
    let state = sim.state();
    let mail = &state.mails[0];
    assert!(mail.subject.starts_with("[FAIL]"), "{}", mail.subject);
    for words in ["public.orders", "at least 1"] {
        assert!(mail.body.contains(words), "{words} in {}", mail.body);
    }
}

#[tokio::test]
async fn each_refusal_of_the_restore_has_its_verdict() {
    let table = [
        (Class::Backup, "InvalidRestoreFault", VerdictWord::Failed, Because::BackupUnusable),
        (Class::Quota, "DBClusterQuotaExceededFault", VerdictWord::Inconclusive, Because::Quota),
        (Class::Capacity, "InsufficientDBClusterCapacityFault", VerdictWord::Inconclusive, Because::Capacity),
        (Class::Permission, "AccessDenied", VerdictWord::Inconclusive, Because::Permission),
        (Class::Network, "InvalidVPCNetworkStateFault", VerdictWord::Inconclusive, Because::Network),
        (Class::Configuration, "InvalidParameterValue", VerdictWord::Inconclusive, Because::Configuration),
        (Class::Key, "KMSKeyNotAccessibleFault", VerdictWord::Inconclusive, Because::Key),
        (Class::Permanent, "NeverHeardOfIt", VerdictWord::Inconclusive, Because::Other),
        (Class::Transient, "Throttling", VerdictWord::Inconclusive, Because::Deadline),
        (Class::WrongState, "InvalidDBClusterStateFault", VerdictWord::Inconclusive, Because::Deadline),
    ];
    for operation in ["rds:RestoreDBCluster", "rds:CreateDBInstance", "rds:ModifyDBCluster", "lambda:InvokeFunction"] {
        for (class, code, word, because) in table {
            let sim = Sim::new(begins());
            sim.state().always.insert(operation, Fate::Refused(class, code));
            let _ = sim.invoke(weekly()).await.expect("not killed");
            sim.tick_until_quiet(300).await;
            promises_kept(&sim, code);
            assert_eq!(verdict(&the_one_closed(&sim)), (word, because), "{operation} {code}");
        }
    }
}

#[tokio::test]
async fn each_status_that_never_comes_up_has_its_verdict() {
    let table = [
        ("creating", VerdictWord::Inconclusive, Because::Deadline),
        ("a-word-of-tomorrow", VerdictWord::Inconclusive, Because::Deadline),
        ("failed", VerdictWord::Failed, Because::BackupUnusable),
        ("incompatible-restore", VerdictWord::Failed, Because::BackupUnusable),
        ("incompatible-network", VerdictWord::Inconclusive, Because::Network),
        ("insufficient-capacity", VerdictWord::Inconclusive, Because::Capacity),
        ("incompatible-parameters", VerdictWord::Inconclusive, Because::Configuration),
        ("inaccessible-encryption-credentials", VerdictWord::Failed, Because::Key),
    ];
    for clusters in [true, false] {
        for (status, word, because) in table {
            let sim = Sim::new(begins());
            if clusters {
                sim.state().clusters_become = Some(status);
            } else {
                sim.state().instances_become = Some(status);
            }
            sim.invoke(weekly()).await.unwrap().unwrap();
            sim.tick_until_quiet(300).await;
            promises_kept(&sim, status);
            assert_eq!(verdict(&the_one_closed(&sim)), (word, because), "{status}");
        }
    }
}

#[tokio::test]
async fn a_data_check_that_never_answers_is_inconclusive() {
    for (mode, because) in [(DataCheckMode::Silent, Because::NotAsked), (DataCheckMode::NoConnection, Because::Network)]
    {
        let sim = Sim::new(begins());
        sim.state().data_check = mode;
        let record = whole_drill(&sim).await;
        assert_eq!(verdict(&record), (VerdictWord::Inconclusive, because));
    }
}

#[tokio::test]
async fn a_copy_that_somebody_deletes_is_inconclusive_in_every_phase() {
    for minutes in [2, 11, 14, 17] {
        let sim = Sim::new(begins());
        sim.state().data_check = DataCheckMode::Silent;
        sim.invoke(weekly()).await.unwrap().unwrap();
        for _ in 0..minutes {
            sim.pass(SignedDuration::from_secs(60));
            sim.invoke(Sim::tick()).await.unwrap().unwrap();
        }
        let at = sim.state().open_records()[0].phase;
        sim.state().home.instances.retain(|identifier, _| identifier.starts_with("prod-"));
        sim.state().home.clusters.retain(|identifier, _| identifier.starts_with("prod-"));
        sim.tick_until_quiet(300).await;
        promises_kept(&sim, "deleted under it");
        assert_eq!(verdict(&the_one_closed(&sim)), (VerdictWord::Inconclusive, Because::Interference), "in {at:?}");
    }
}

#[tokio::test]
async fn a_tear_down_that_hangs_fails_the_drill_and_says_what_is_left() {
    let sim = Sim::new(begins());
    sim.state().deletions_end = false;
    sim.invoke(weekly()).await.unwrap().unwrap();
    sim.tick_until_quiet(300).await;
    let record = the_one_closed(&sim);
    assert_eq!(verdict(&record), (VerdictWord::Failed, Because::LeftBehind));
    let state = sim.state();
    assert!(state.mails[0].subject.starts_with("[FAIL]"));
    assert!(state.mails[0].body.contains(&format!("{RUN}-1")), "{}", state.mails[0].body);
}

#[tokio::test]
async fn a_copy_that_may_not_be_deleted_fails_the_drill_and_the_sweeper_gets_it_later() {
    let sim = Sim::new(begins());
    for operation in ["rds:DeleteDBInstance", "rds:DeleteDBCluster"] {
        sim.state().always.insert(operation, Fate::Refused(Class::Permission, "AccessDenied"));
    }
    let _ = sim.invoke(weekly()).await.expect("not killed");
    let errors = sim.tick_until_quiet(300).await;
    assert!(errors.iter().any(|error| error.contains("AccessDenied")), "the invocations end red: {errors:?}");
    assert_eq!(verdict(&the_one_closed(&sim)), (VerdictWord::Failed, Because::LeftBehind));
    assert_eq!(sim.state().copies().len(), 2);
    sim.state().always.clear();
    for _ in 0..(26 * 60) {
        sim.pass(SignedDuration::from_secs(60));
        sim.invoke(Sim::tick()).await.unwrap().unwrap();
    }
    promises_kept(&sim, "swept");
}

#[tokio::test]
async fn the_same_request_makes_one_drill_while_it_runs_and_after_it_has_ended() {
    let sim = Sim::new(begins());
    sim.invoke(weekly()).await.unwrap().unwrap();
    sim.invoke(weekly()).await.unwrap().unwrap();
    sim.tick_until_quiet(200).await;
    let again = sim.invoke(weekly()).await.unwrap().unwrap();
    assert!(again["message"].as_str().unwrap().contains("made before"), "{again}");
    sim.tick_until_quiet(200).await;
    promises_kept(&sim, "twice");
    assert_eq!(sim.state().count("rds:RestoreDBCluster"), 1);
    assert_eq!(sim.state().mails.len(), 1);
}

#[tokio::test]
async fn ten_ticks_at_once_do_every_act_once() {
    let sim = Sim::new(begins());
    sim.invoke(weekly()).await.unwrap().unwrap();
    for _ in 0..200 {
        if sim.state().open_records().is_empty() {
            break;
        }
        sim.pass(SignedDuration::from_secs(60));
        let tick = || async { sim.invoke(Sim::tick()).await.unwrap().unwrap() };
        tokio::join!(tick(), tick(), tick(), tick(), tick(), tick(), tick(), tick(), tick(), tick());
    }
    promises_kept(&sim, "ten at once");
    let state = sim.state();
    for operation in [
        "rds:RestoreDBCluster",
        "rds:CreateDBInstance",
        "rds:ModifyDBCluster",
        "lambda:InvokeFunction",
        "rds:DeleteDBInstance",
        "rds:DeleteDBCluster",
    ] {
        assert_eq!(state.count(operation), 1, "{operation}");
    }
    assert_eq!(state.mails.len(), 1);
}

#[tokio::test]
async fn ten_requests_at_once_make_one_drill() {
    let sim = Sim::new(begins());
    let ask = || async { sim.invoke(weekly()).await.unwrap().unwrap() };
    tokio::join!(ask(), ask(), ask(), ask(), ask(), ask(), ask(), ask(), ask(), ask());
    sim.tick_until_quiet(200).await;
    promises_kept(&sim, "ten requests");
    assert_eq!(sim.state().count("rds:RestoreDBCluster"), 1);
    assert_eq!(sim.state().mails.len(), 1);
}

#[tokio::test]
async fn a_bucket_that_refuses_begins_nothing() {
    let sim = Sim::new(begins());
    sim.state().always.insert("s3:PutObject", Fate::Refused(Class::Permission, "AccessDenied"));
    let error = sim.invoke(weekly()).await.unwrap().unwrap_err();
    assert!(error.message.contains("AccessDenied"), "{}", error.message);
    assert_eq!(sim.state().copies(), Vec::<String>::new());
    assert_eq!(sim.state().count("rds:RestoreDBCluster"), 0);
}

#[tokio::test]
async fn a_bucket_that_refuses_meanwhile_stops_every_act_until_it_is_back() {
    let sim = Sim::new(begins());
    sim.invoke(weekly()).await.unwrap().unwrap();
    sim.state().always.insert("s3:PutObject", Fate::Refused(Class::Permission, "AccessDenied"));
    sim.pass(SignedDuration::from_mins(10));
    assert!(sim.invoke(Sim::tick()).await.unwrap().is_err());
    assert_eq!(sim.state().count("rds:CreateDBInstance"), 0, "no act without its record");
    sim.state().always.clear();
    sim.tick_until_quiet(200).await;
    promises_kept(&sim, "the bucket came back");
    assert_eq!(verdict(&the_one_closed(&sim)).0, VerdictWord::Passed);
}

#[tokio::test]
async fn a_topic_that_refuses_is_red_and_the_mail_goes_out_when_it_is_back() {
    let sim = Sim::new(begins());
    sim.state().always.insert("sns:Publish", Fate::Refused(Class::Permission, "AuthorizationError"));
    sim.invoke(weekly()).await.unwrap().unwrap();
    let mut red = 0;
    for _ in 0..90 {
        sim.pass(SignedDuration::from_secs(60));
        red += usize::from(sim.invoke(Sim::tick()).await.unwrap().is_err());
    }
    assert!(red > 10, "{red} red invocations");
    assert_eq!(sim.state().copies(), Vec::<String>::new(), "torn down all the same");
    sim.state().always.clear();
    sim.tick_until_quiet(10).await;
    promises_kept(&sim, "the topic came back");
    assert_eq!(sim.state().mails.len(), 1);
}

#[tokio::test]
async fn a_topic_that_never_comes_back_does_not_keep_the_record_open_for_ever() {
    let sim = Sim::new(begins());
    sim.state().always.insert("sns:Publish", Fate::Refused(Class::Permission, "AuthorizationError"));
    sim.invoke(weekly()).await.unwrap().unwrap();
    sim.tick_until_quiet(26 * 60).await;
    let record = the_one_closed(&sim);
    assert!(record.notes.iter().any(|note| note.contains("mail")), "{:?}", record.notes);
}

#[tokio::test]
async fn a_request_for_what_cannot_be_restored_begins_nothing() {
    let sim = Sim::new(begins());
    let table = [
        (json!({"drill": "order"}), "orders"),
        (json!({"drill": "orders/weakly"}), "weekly"),
        (json!({"dril": "orders"}), "drill"),
        (json!({"drill": "orders", "source": "snapshot", "snapshot": "rds:nothing"}), "rds:prod-orders-6-hours-ago"),
    ];
    for (request, nearest) in table {
        let error = sim.invoke(request.clone()).await.unwrap().unwrap_err();
        assert!(error.message.contains(nearest), "{request}: {}", error.message);
    }
    assert!(sim.state().open_records().is_empty() && sim.state().mails.is_empty());
}

/// Starts a drill at the scheduled time and lets it run to its end
async fn drilled(sim: &Sim, drill: &str) -> Record {
    let request = json!({"drill": drill, "scheduled_time": "2026-11-22T18:00:00Z"});
    let _ = sim.invoke(request).await.expect("not killed");
    sim.tick_until_quiet(300).await;
    the_one_closed(sim)
}

#[tokio::test]
async fn whichever_call_fails_in_whichever_way_the_end_is_the_same() {
    walk(weekly(), &FATES).await;
}

const FATES: [Fate; 5] = [
    Fate::Refused(Class::Transient, "Throttling"),
    Fate::LostBefore,
    Fate::LostAfter,
    Fate::KilledBefore,
    Fate::KilledAfter,
];

/// Every call of a whole good drill fails in several ways, one at a time
async fn walk(request: Value, fates: &[Fate]) {
    let good = Sim::new(begins());
    good.invoke(request.clone()).await.expect("not killed").expect("no trouble");
    good.tick_until_quiet(200).await;
    promises_kept(&good, "the walk without a fault");
    assert_eq!(verdict(&the_one_closed(&good)).0, VerdictWord::Passed);
    let calls = good.state().calls.len();
    assert!(calls > 80, "{calls} calls: the walk would prove little");
    for number in 0..calls {
        for fate in fates.iter().copied() {
            let sim = Sim::new(begins());
            sim.state().fates.insert(number, fate);
            // The schedule asks again when its invocation fails or dies, as EventBridge does.
            for _ in 0..3 {
                if matches!(sim.invoke(request.clone()).await, Some(Ok(_))) {
                    break;
                }
                sim.pass(SignedDuration::from_secs(60));
            }
            sim.tick_until_quiet(300).await;
            let story = format!("call {number} {:?}: {fate:?}", sim.state().calls.get(number));
            promises_kept(&sim, &story);
            assert_eq!(verdict(&the_one_closed(&sim)).0, VerdictWord::Passed, "{story}");
            assert!(sim.state().mails.len() <= 2, "{story}: {} mails", sim.state().mails.len());
        }
    }
}

#[tokio::test]
async fn a_leftover_that_is_stopped_and_protected_is_swept_too() {
    let sim = Sim::new(begins());
    {
        let mut state = sim.state();
        let made = begins() - SignedDuration::from_hours(48);
        let old = "drill-orders-202611201800";
        let over = Some(begins() - SignedDuration::from_hours(1));
        let tags = lifeboat::restore::copy_tags(old, lifeboat::restore::Purpose::Drill, "prod-orders", over);
        let engine = lifeboat::database::Engine::AuroraPostgresql;
        let copy = state.away.add_cluster(old, &engine, tags, made, made);
        copy.pinned = Some("stopped");
        copy.facts.configuration.deletion_protection = true;
    }
    for _ in 0..60 {
        sim.pass(SignedDuration::from_secs(60));
        let _ = sim.invoke(Sim::tick()).await.expect("not killed");
    }
    assert_eq!(sim.state().copies(), Vec::<String>::new());
}
