//! What is kept from check to check: sharing, billed storage; and what the records of drills tell.

use lifeboat::checkup::{AskedSharing, State};
use lifeboat::database::{Sample, Sharing, SnapshotKind};
use lifeboat::fault::Class;
use lifeboat::restore::{Plan, Purpose, Record, closed_key, open_key};
use lifeboat::verify::{Because, Verdict, VerdictWord};
use serde_json::json;

use crate::shop::{ask, function, look, shop, snapshot, with};
use crate::world::{Fake, HOME, WEST};

fn arn(identifier: &str) -> String {
    format!("arn:aws:rds:{HOME}:123456789012:cluster-snapshot:{identifier}")
}

/// A shop with so many manual snapshots, `m0` the oldest, asked for two at a time
fn shop_of(snapshots: i32) -> Fake {
    let fake = shop();
    with(&fake, |policy| {
        policy["checkup"] = json!({"sharing_asked_per_run": 2});
        policy["databases"]["orders"]["backups"]["copies"] = json!([]);
    });
    fake.at(HOME, |account| {
        let of = |n| {
            let made = format!("2026-11-{:02}T00:00:00Z", n + 1);
            snapshot(HOME, &format!("m{n}"), "prod-orders", SnapshotKind::Manual, &made)
        };
        account.snapshots = (0..snapshots).map(of).collect();
    });
    fake
}

#[tokio::test]
async fn sharing_is_asked_for_a_few_at_a_time_those_never_asked_first() {
    let function = function(shop_of(5));
    let fake = function.world();
    let mut asked = Vec::new();
    for _ in 0..4 {
        ask(&function, json!({})).await.unwrap();
        let calls = fake.calls(&format!("{HOME} sharing"));
        let mut names: Vec<String> =
            calls.iter().filter_map(|call| Some(call.rsplit(' ').next()?.to_owned())).collect();
        names.sort();
        asked.push(names.join(" "));
        fake.wait(24);
    }
    assert_eq!(asked, ["m3 m4", "m1 m2", "m0 m4", "m2 m3"]);
    assert_eq!(fake.findings().sharing.len(), 5);
}

#[tokio::test]
async fn answers_are_remembered_for_the_snapshot_that_they_were_about() {
    let fake = shop_of(3);
    fake.at(HOME, |account| {
        account.sharing.insert("m0".to_owned(), Sharing::With(vec!["all".to_owned()]));
    });
    let asked = |created_at: &str| AskedSharing {
        created_at: created_at.parse().ok(),
        asked_at: "2026-11-21T00:00:00Z".parse().unwrap(),
        sharing: Sharing::With(vec!["111111111111".to_owned()]),
    };
    let mut state = State::default();
    state.sharing.insert(arn("m2"), asked("2026-11-03T00:00:00Z"));
    state.sharing.insert(arn("m1"), asked("2019-01-01T00:00:00Z"));
    state.sharing.insert(arn("gone"), asked("2026-11-03T00:00:00Z"));
    let observed = look(&fake, None, &[], &state).await;
    let sharing = &observed.facts.regions[HOME].sharing;
    // Another snapshot has the name of m1 now: it was asked anew, as was m0. What is gone is forgotten.
    assert_eq!(sharing[&arn("m2")], Sharing::With(vec!["111111111111".to_owned()]));
    assert_eq!(
        (&sharing[&arn("m1")], &sharing[&arn("m0")]),
        (&Sharing::Private, &Sharing::With(vec!["all".to_owned()]))
    );
    assert_eq!(observed.sharing.keys().cloned().collect::<Vec<_>>(), [arn("m0"), arn("m1"), arn("m2")]);
}

#[tokio::test]
async fn a_list_that_could_not_be_read_forgets_nothing() {
    let function = function(shop_of(2));
    ask(&function, json!({})).await.unwrap();
    function.world().fail(&format!("{HOME} snapshots"), Class::Transient);
    ask(&function, json!({})).await.unwrap();
    assert_eq!(function.world().findings().sharing.len(), 2);
    function.world().mend();
    // One database's list says nothing of others' snapshots.
    ask(&function, json!({"check": "ledger"})).await.unwrap();
    assert_eq!(function.world().findings().sharing.len(), 2);
}

#[tokio::test]
async fn an_answer_that_did_not_come_is_not_known_and_asked_for_again() {
    let fake = shop_of(1);
    fake.fail(&format!("{HOME} sharing"), Class::Permission);
    let observed = look(&fake, None, &[], &State::default()).await;
    let told = &observed.facts.regions[HOME].sharing[&arn("m0")];
    assert!(matches!(told, Sharing::Unknown(why) if why.contains("on purpose")), "{told:?}");
    assert!(observed.sharing.is_empty());
}

#[tokio::test]
async fn a_snapshot_that_went_away_meanwhile_is_not_told_of() {
    let fake = shop_of(1);
    fake.fail(&format!("{HOME} sharing"), Class::Backup);
    let observed = look(&fake, None, &[], &State::default()).await;
    assert!(observed.facts.regions[HOME].sharing.is_empty() && observed.sharing.is_empty());
}

#[tokio::test]
async fn copies_in_other_regions_are_asked_for_there() {
    let fake = shop();
    look(&fake, None, &[], &State::default()).await;
    assert_eq!(fake.calls(&format!("{WEST} sharing")), [format!("{WEST} sharing copy-1")]);
    // Neither automated ones, nor AWS Backup's, nor those of other databases
    assert_eq!(fake.calls(&format!("{HOME} sharing")), [format!("{HOME} sharing pre-1")]);
}

fn sample(day: &str, value: f64) -> Sample {
    Sample { at: format!("2026-11-{day}T00:00:00Z").parse().unwrap(), value }
}

#[tokio::test]
async fn billed_storage_is_read_once_a_day_over_whole_days_and_remembered() {
    let fake = shop();
    fake.at(HOME, |account| {
        let samples = vec![sample("20", 1.0), sample("21", 2.0), sample("22", 0.5)];
        account.samples.insert("prod-orders".to_owned(), samples);
    });
    let function = function(fake);
    let fake = function.world();
    ask(&function, json!({})).await.unwrap();
    let metrics = || fake.calls(&format!("{HOME} metrics"));
    assert_eq!(metrics(), [format!("{HOME} metrics {{\"prod-orders\"}} 2026-11-07T00:00:00Z 2026-11-22T00:00:00Z")]);
    // Today is not over: its sum so far is no value.
    assert_eq!(fake.findings().history["orders"], [sample("20", 1.0), sample("21", 2.0)]);
    fake.wait(3);
    ask(&function, json!({})).await.unwrap();
    assert_eq!(metrics(), Vec::<String>::new());
    fake.wait(14);
    ask(&function, json!({})).await.unwrap();
    assert_eq!(metrics().len(), 1, "midnight has passed");
    assert_eq!(fake.findings().history["orders"].len(), 3);
}

#[tokio::test]
async fn the_policy_says_how_often_billed_storage_is_read() {
    let fake = shop();
    with(&fake, |policy| policy["checkup"] = json!({"metrics_every_hours": 72}));
    let mut state = State::default();
    state.history.insert("orders".to_owned(), vec![sample("18", 1.0)]);
    let observed = look(&fake, None, &[], &state).await;
    assert!(observed.facts.regions[HOME].billed.is_some());
    state.history.insert("orders".to_owned(), vec![sample("19", 1.0)]);
    let observed = look(&fake, None, &[], &state).await;
    assert!(observed.facts.regions[HOME].billed.is_none());
    assert_eq!(observed.history, state.history);
}

#[tokio::test]
async fn no_value_is_no_zero_and_a_failed_reading_keeps_the_history() {
    let fake = shop();
    let observed = look(&fake, None, &[], &State::default()).await;
    assert!(matches!(&observed.facts.regions[HOME].billed, Some(Ok(billed)) if billed["prod-orders"].is_empty()));
    assert!(observed.history.is_empty());
    fake.fail(&format!("{HOME} metrics"), Class::Permission);
    let mut state = State::default();
    state.history.insert("orders".to_owned(), vec![sample("10", 1.0)]);
    state.history.insert("not-of-the-policy".to_owned(), vec![sample("10", 1.0)]);
    let observed = look(&fake, None, &[], &state).await;
    assert!(matches!(observed.facts.regions[HOME].billed, Some(Err(_))));
    assert_eq!(observed.history.keys().collect::<Vec<_>>(), ["orders"]);
    assert_eq!(observed.facts.history, state.history);
}

#[tokio::test]
async fn jobs_are_asked_for_from_a_day_before_the_last_look() {
    let fake = shop();
    let state = State { looked_at: "2026-11-15T07:00:00Z".parse().ok(), ..State::default() };
    let facts = look(&fake, None, &[], &state).await.facts;
    assert_eq!(fake.calls(&format!("{HOME} jobs Copy")), [format!("{HOME} jobs Copy 2026-11-14T07:00:00Z")]);
    assert_eq!(facts.last_looked, state.looked_at);
}

#[tokio::test]
async fn jobs_that_could_not_be_read_are_asked_for_again() {
    let fake = shop();
    let at = |text: &str| text.parse().ok();
    let state =
        State { looked_at: at("2026-11-21T07:00:00Z"), jobs_at: at("2026-11-15T07:00:00Z"), ..State::default() };
    let observed = look(&fake, None, &[], &state).await;
    assert_eq!(fake.calls(&format!("{HOME} jobs Copy")), [format!("{HOME} jobs Copy 2026-11-14T07:00:00Z")]);
    assert!(Some(observed.jobs_at) > state.looked_at, "read up to now");
    fake.fail(&format!("{HOME} jobs Restore"), Class::Permission);
    assert_eq!(Some(look(&fake, None, &[], &state).await.jobs_at), state.jobs_at, "one kind of three is missing");
}

fn record(run: &str, purpose: Purpose, at: &str, word: Option<VerdictWord>) -> Record {
    let plan: Plan = serde_json::from_value(json!({
        "database": "orders", "drill": "weekly", "kind": "aurora", "identifier": "prod-orders",
        "source": "latest_snapshot", "sandbox": {}, "connect_to": null, "login": {"method": "iam", "user": "probe"},
        "checks": [], "checks_are_implicit": true, "deadline_minutes": 120, "expires_hours": 24,
        "timezone": "UTC", "restore_lag_minutes": null
    }))
    .unwrap();
    let at = at.parse().unwrap();
    let mut record = Record::born(run.to_owned(), purpose, plan, at, at);
    record.verdict =
        word.map(|word| Verdict { word, because: Because::Other, reason: "first line\nsecond line".to_owned() });
    record
}

/// A record as emergency-restore writes it: of another shape than a drill's
fn recovered(run: &str, at: &str) -> serde_json::Value {
    let purpose = if run.starts_with("inspect-") { "inspection" } else { "recovery" };
    let record = json!({
        "version": 1, "run": run, "purpose": purpose, "database": "orders", "requested_at": at, "asked_for": "latest",
        "blueprint": {
            "kind": "aurora", "engine": "aurora-postgresql", "engine_version": "16.4", "identifier": "prod-orders",
            "arn": "arn:aws:rds:eu-west-1:1:cluster:prod-orders", "resource_id": "cluster-1", "database_name": null,
            "master_user": null, "tags": {}, "settings": {}, "members": [], "replicas": [], "read_from": "source", "read_at": at
        },
        "point": {"time": {"to": at}}, "from": {"source": "prod-orders"}, "questions": {"cannot": {"why": "no login"}},
        "timezone": "UTC", "phase": "restoring", "phases": [{"phase": "restoring", "at": at}]
    });
    serde_json::from_value::<lifeboat::recover::Record>(record.clone()).expect("the shape of a record");
    record
}

fn file(fake: &Fake, record: &Record) {
    let key = closed_key(&record.run, record.scheduled_for);
    fake.put(&key, &serde_json::to_string(record).unwrap());
}

#[tokio::test]
async fn drills_are_read_back_to_the_last_that_passed() {
    let fake = shop();
    let drill = |day: &str, word| {
        let run = format!("drill-orders-202611{day}1800");
        record(&run, Purpose::Drill, &format!("2026-11-{day}T18:00:00Z"), Some(word))
    };
    file(&fake, &drill("01", VerdictWord::Passed));
    file(&fake, &drill("08", VerdictWord::Passed));
    file(&fake, &drill("15", VerdictWord::Failed));
    file(&fake, &record("recovery-orders-20261116000000", Purpose::Recovery, "2026-11-16T00:00:00Z", None));
    fake.put("runs/closed/2026/11/drill-ledger-202611081800.json", "{ not a record");
    let drills = look(&fake, None, &[], &State::default()).await.facts.drills.unwrap().unwrap();
    let told: Vec<_> = drills.iter().map(|drill| (drill.run.as_str(), drill.verdict)).collect();
    let wanted =
        [("drill-orders-202611151800", VerdictWord::Failed), ("drill-orders-202611081800", VerdictWord::Passed)];
    assert_eq!(told, wanted);
    assert_eq!((drills[0].drill.as_str(), drills[0].reason.as_str()), ("weekly", "first line"));
    let drills = look(&fake, Some("ledger"), &[], &State::default()).await.facts.drills.unwrap().unwrap();
    assert_eq!(drills, []);
}

#[tokio::test]
async fn records_are_listed_for_as_long_as_the_largest_age() {
    let fake = shop();
    look(&fake, None, &[], &State::default()).await;
    let months = fake.calls(&format!("{HOME} list runs/closed/"));
    assert_eq!((months.len(), months[0].as_str()), (4, "ap-northeast-1 list runs/closed/2026/12/"));
    with(&fake, |policy| policy["databases"]["orders"]["drills"]["weekly"]["max_age_days"] = json!(380));
    fake.wait(0);
    look(&fake, None, &[], &State::default()).await;
    assert_eq!(fake.calls(&format!("{HOME} list runs/closed/")).len(), 16);
}

#[tokio::test]
async fn a_record_that_could_not_be_read_leaves_the_drills_unknown() {
    let fake = shop();
    file(
        &fake,
        &record("drill-orders-202611081800", Purpose::Drill, "2026-11-08T18:00:00Z", Some(VerdictWord::Passed)),
    );
    fake.fail(&format!("{HOME} read runs/closed"), Class::Transient);
    assert!(look(&fake, None, &[], &State::default()).await.facts.drills.unwrap().is_err());
}

#[tokio::test]
async fn runs_under_way_are_told_and_one_that_cannot_be_read_leaves_them_unknown() {
    let fake = shop();
    let drill = record("drill-orders-1", Purpose::Drill, "2026-11-22T05:00:00Z", None);
    fake.put(&open_key("drill-orders-1"), &serde_json::to_string(&drill).unwrap());
    for (run, at) in [("recovery-orders-2", "2026-11-22T06:00:00Z"), ("inspect-orders-2", "2026-11-22T07:00:00Z")] {
        fake.put(&open_key(run), &recovered(run, at).to_string());
    }
    let runs = look(&fake, None, &[], &State::default()).await.facts.open_runs.unwrap().unwrap();
    let told: Vec<_> = runs.iter().map(|run| (run.run.as_str(), run.phase.as_str())).collect();
    let wanted = [
        ("drill-orders-1", "planning"),
        ("recovery-orders-2", "restoring the volume"),
        ("inspect-orders-2", "restoring the volume"),
    ];
    assert_eq!(told, wanted);
    assert!(look(&fake, Some("ledger"), &[], &State::default()).await.facts.open_runs.unwrap().unwrap().is_empty());
    fake.put(&open_key("inspect-orders-3"), "{");
    let why = look(&fake, None, &[], &State::default()).await.facts.open_runs.unwrap().unwrap_err().why;
    assert!(why.contains("inspect-orders-3"), "{why}");
}
