//! What a request means, what it would do, and the same one twice.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use tests::stack::stack;
use tests::story::{Story, now, run_in, text};

fn at(record: &serde_json::Value) -> Timestamp {
    text(record, "/point/time/to").parse().unwrap_or_default()
}

#[test]
fn a_dry_run_says_everything_and_changes_nothing() {
    let story = Story::whole("rehearsal", "aurora-postgresql", json!({}));
    story.settled(3600);
    let since = stack().call_count();
    let plan = story.emergency(&json!({"database": "rehearsal", "to": "30m ago", "dry_run": true})).ok();
    let here = stack().calls(since).into_iter().filter(|call| call.region == story.cloud.region);
    let writes: Vec<_> = here
        .filter(|call| {
            let name = call.operation.split(':').next_back().unwrap_or_default();
            !["Describe", "List", "Get", "Head"].iter().any(|read| name.starts_with(read))
        })
        .collect();
    assert_eq!(writes.len(), 0, "{writes:#?}");
    assert_eq!(story.open_records().len(), 0);
    let calls = plan["plan"]["calls"].as_array().unwrap();
    let names: Vec<&str> = calls.iter().map(|call| text(call, "/name")).collect();
    let count = |name: &str| names.iter().filter(|known| known.contains(name)).count();
    let counts = ["RestoreDBClusterToPointInTime", "CreateDBInstance", "AddRoleToDBCluster"].map(count);
    assert_eq!(counts, [1, 3, 2], "{names:?}");
    let message = text(&plan, "/message");
    let words_of = message.split_whitespace().collect::<Vec<_>>().join(" ");
    for words in
        ["DRY RUN, nothing was made", "sg-1, sg-2", "Would cost", "s3Import", "db.r6g.xlarge", "30 min 0 s ago"]
    {
        assert!(words_of.contains(words), "{words} in {message}");
    }
    // What it hands out does just this.
    let begun = story.run_request(&tests::story::commands_in(message)[0]);
    let run = run_in(&begun);
    let done = |name: &str| story.done_since(since, name, &json!({}));
    let record = story.recover_to_the_end(&run);
    assert_eq!(
        [done("RestoreDBClusterToPointInTime"), done("CreateDBInstance"), done("AddRoleToDBCluster")],
        [1, 3, 2]
    );
    assert_eq!(record["differences"], json!([]));
    let planned: Timestamp = text(&plan, "/plan/point/time/to").parse().unwrap_or_else(|_| at(&record));
    assert_eq!(at(&record), planned);
}

#[test]
fn a_time_is_read_as_people_write_it_and_repeated_in_both_zones() {
    let story = Story::aurora("timepieces", json!({}));
    story.sql("CREATE TABLE orders AS SELECT 1 AS n");
    story.settled(7200);
    let job = story.job_ran("daily-etl", "FAILED", 1800);
    story.job_ran("daily-etl", "SUCCEEDED", 600);
    let dry = |to: &str| story.emergency(&json!({"database": "timepieces", "to": to, "dry_run": true}));
    let told = |to: &str, words: &[&str]| {
        let answer = dry(to).ok();
        let message = text(&answer, "/message").replace('\n', " ");
        let message = message.split_whitespace().collect::<Vec<_>>().join(" ");
        for words in words {
            assert!(message.contains(words), "{to}: {words} in {message}");
        }
    };
    told("90m ago", &["1 h 30 min ago", "UTC", " CE"]);
    let exact = (now() - SignedDuration::from_mins(45)).round(jiff::Unit::Second).unwrap();
    told(&exact.to_string(), &[&exact.strftime("%Y-%m-%d %H:%M:%S UTC").to_string(), " CE", "ago"]);
    told("latest", &["the newest time that can be restored"]);
    // The run that failed, not the newer one that did not; less a minute.
    let job = job.get(..20).unwrap();
    told("before job daily-etl", &[job, "one minute before run", "of daily-etl began at"]);
    let run = run_in(&story.emergency(&json!({"database": "timepieces", "to": "before job daily-etl"})).ok());
    let record = story.run_record(&run);
    let asked: Timestamp = text(&record, "/requested_at").parse().unwrap();
    let ago = asked.duration_since(at(&record)).as_secs();
    assert!((1860..1860 + 300).contains(&ago), "half an hour and a minute before: {ago} s");
    story.recover_to_the_end(&run);

    let red = |to: &str, words: &[&str]| {
        let error = dry(to).red();
        for words in words {
            assert!(error.contains(words), "{to}: {words} in {error}");
        }
    };
    red("2025-03-30 02:30", &["2025-03-30", "Europe/Berlin", "01:30", "03:30"]);
    red("2025-10-26 02:30", &["twice on the clock in Europe/Berlin", "+02:00", "+01:00"]);
    red("before job nightly", &["nightly"]);
    red("240h ago", &["which no backup reaches", "from", "to"]);
    red("in 5 minutes", &["to "]);
    assert_eq!(story.open_records().len(), 0, "nothing more was begun");
}

#[test]
fn requests_at_once_for_the_same_second_are_one_run() {
    let story = Story::aurora("twins", json!({}));
    story.settled(600);
    let since = stack().call_count();
    let wish = json!({"database": "twins", "to": "5m ago", "scheduled_time": "2026-02-04T10:15:00Z"});
    let all = story.emergency_at_once(&wish, 3);
    let runs: BTreeSet<String> = all.iter().map(|ran| run_in(&ran.ok())).collect();
    let run = "recovery-twins-20260204101500";
    assert_eq!(runs, BTreeSet::from([run.to_owned()]));
    story.recover_to_the_end(run);
    for operation in ["RestoreDBClusterToPointInTime", "CreateDBInstance"] {
        assert_eq!(story.done_since(since, operation, &json!({})), 1, "{operation}");
    }
    // Another wish under the same key is not taken for it.
    let mut other = wish;
    other["to"] = json!("4m ago");
    assert!(story.emergency(&other).red().contains("it restores 5m ago, not 4m ago"));
}

#[test]
fn two_recoveries_go_on_at_once_and_know_of_each_other() {
    let story = Story::aurora("pair", json!({}));
    story.sql("CREATE TABLE orders AS SELECT n FROM generate_series(1, 5) n");
    story.settled(600);
    let wish = |second: &str| {
        let at = format!("2026-02-04T10:15:{second}Z");
        json!({"database": "pair", "to": "5m ago", "scheduled_time": at})
    };
    let first = run_in(&story.emergency(&wish("01")).ok());
    let answer = story.emergency(&wish("02")).ok();
    let second = run_in(&answer);
    assert_eq!(answer["others_under_way"], json!([first]), "{answer:#}");
    assert!(text(&answer, "/message").contains("ALSO UNDER WAY"), "{answer:#}");
    story.recover_to_the_end(&first);
    story.recover_to_the_end(&second);
    for run in [&first, &second] {
        assert_eq!(story.sql_of(run, "SELECT count(*) FROM orders"), "5");
    }
    // Side by side: the second one's volume was asked for before the first one was handed over.
    let (one, two) = (story.run_record(&first), story.run_record(&second));
    let handed: Timestamp =
        one["phases"].as_array().unwrap().last().map(|phase| text(phase, "/at")).unwrap().parse().unwrap();
    let asked: Timestamp = text(&two, "/acts/restore/asked_at").parse().unwrap();
    assert!(asked < handed + Duration::ZERO);
}

#[test]
fn many_ticks_at_once_do_everything_once() {
    let story = Story::whole("stampede", "aurora-postgresql", json!({"checks": []}));
    let since = stack().call_count();
    let run = story.recover("latest");
    let end = story.recover_until(&run, "it is handed over", |record| {
        let _ = story.emergency_at_once(&json!({"tick": true}), 4);
        text(record, "/phase") == "handed_over"
    });
    assert_eq!(end["differences"], json!([]));
    let done = |operation| story.done_since(since, operation, &json!({}));
    assert_eq!(["RestoreDBClusterToPointInTime", "CreateDBInstance", "AddRoleToDBCluster"].map(done), [1, 3, 2]);
}
