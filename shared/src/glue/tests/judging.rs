//! What is wrong, and what is not.

use std::slice;

use super::*;

const PLAIN: &str = r#"{"database": "orders"}"#;

fn seen(now: &str, job: &str, runs: &[Run]) -> Vec<String> {
    open(&look(now, &policy(job), runs, None, &State::default()))
}

#[test]
fn runs_that_no_event_tells_of_are_found_by_the_poll() {
    for state in ["FAILED", "TIMEOUT", "STOPPED", "ERROR", "EXPIRED", "SOMETHING_NEW"] {
        let runs = [run("jr_1", state, "06:00:00", Some("06:10:00"))];
        assert_eq!(seen("2026-11-20T06:15:00Z", PLAIN, &runs), ["failed/jr_1"], "{state}");
    }
    for state in ["SUCCEEDED", "RUNNING", "WAITING", "STARTING", "STOPPING"] {
        let ended = (state == "SUCCEEDED").then_some("06:10:00");
        let runs = [run("jr_1", state, "06:00:00", ended)];
        assert_eq!(seen("2026-11-20T06:15:00Z", PLAIN, &runs), [""; 0], "{state}");
    }
    // A state of a later Glue is no failure while the run has no end.
    assert_eq!(seen("2026-11-20T06:15:00Z", PLAIN, &[run("jr_1", "SOMETHING_NEW", "06:00:00", None)]), [""; 0]);
}

#[test]
fn attempts_of_one_run_are_one_failure() {
    let first = run("jr_1", "FAILED", "06:00:00", Some("06:10:00"));
    let second = Run { attempt: 1, ..run("jr_1_attempt_1", "FAILED", "06:11:00", Some("06:20:00")) };
    let third = Run {
        attempt: 2,
        previous: Some("jr_1_attempt_1".to_owned()),
        ..run("jr_9", "FAILED", "06:21:00", Some("06:30:00"))
    };
    let policy = policy(PLAIN);
    let mut state = look("2026-11-20T06:10:30Z", &policy, slice::from_ref(&first), None, &State::default());
    for runs in [vec![second.clone(), first.clone()], vec![third.clone(), first.clone(), second.clone()]] {
        state = look("2026-11-20T06:31:00Z", &policy, &runs, None, &state);
        assert_eq!(open(&state), ["failed/jr_1"]);
    }
    let all = [first, second, third];
    let groups = attempts(&all);
    assert_eq!((groups.len(), groups[0].runs.len(), groups[0].root()), (1, 3, "jr_1"));
    assert_eq!(groups[0].began(), Some(at("2026-11-20T06:00:00Z")), "tables may be half written from here on");
}

#[test]
fn a_run_that_names_another_which_did_not_fail_is_a_run_of_its_own() {
    let good = run("jr_1", "SUCCEEDED", "05:00:00", Some("05:10:00"));
    let bad = Run { previous: Some("jr_1".to_owned()), ..run("jr_2", "FAILED", "06:00:00", Some("06:10:00")) };
    assert_eq!(seen("2026-11-20T06:15:00Z", PLAIN, &[bad.clone(), good]), ["failed/jr_2"]);
    // Somebody started a failed one again a day later: that failed too, and is news.
    let old = run("jr_1", "FAILED", "2026-11-19T05:00:00Z", Some("2026-11-19T05:10:00Z"));
    assert_eq!(seen("2026-11-20T06:15:00Z", PLAIN, &[bad, old]), ["failed/jr_1", "failed/jr_2"]);
    // Runs that name each other make nobody walk for ever.
    let knot = |id: &str, other: &str| Run {
        previous: Some(other.to_owned()),
        ..run(id, "FAILED", "06:00:00", Some("06:10:00"))
    };
    assert!(!seen("2026-11-20T06:15:00Z", PLAIN, &[knot("a", "b"), knot("b", "a"), knot("c", "c")]).is_empty());
}

#[test]
fn the_first_look_at_an_old_job_tells_no_history() {
    let good = run("jr_3", "SUCCEEDED", "05:00:00", Some("05:10:00"));
    let healed = run("jr_2", "FAILED", "04:00:00", Some("04:10:00"));
    let ancient = run("jr_1", "FAILED", "2026-11-17T04:00:00Z", Some("2026-11-17T04:10:00Z"));
    let all = [good, healed.clone(), ancient.clone()];
    let first = look("2026-11-20T06:00:00Z", &policy(PLAIN), &all, None, &State::default());
    assert_eq!(first.issues("etl").count(), 0);
    let second = look("2026-11-20T06:15:00Z", &policy(PLAIN), &all, None, &first);
    assert_eq!(second.issues("etl").count(), 0, "nor does the second one");
    assert_eq!(seen("2026-11-20T06:00:00Z", PLAIN, &[healed, ancient]), ["failed/jr_2"]);
}

#[test]
fn an_event_is_told_however_old_its_run_is() {
    let old = run("jr_1", "FAILED", "2026-11-10T04:00:00Z", Some("2026-11-10T04:10:00Z"));
    let event = change("jr_1", "FAILED", "2026-11-10T04:10:00Z");
    let state = look("2026-11-20T06:00:00Z", &policy(PLAIN), &[old], Some(&event), &State::default());
    assert_eq!(open(&state), ["failed/jr_1"]);
}

#[test]
fn an_event_counts_before_the_list_knows_of_it() {
    let event = change("jr_1", "FAILED", "2026-11-20T06:10:00Z");
    let running = run("jr_1", "RUNNING", "06:00:00", None);
    for runs in [vec![], vec![running.clone()]] {
        let state = look("2026-11-20T06:10:05Z", &policy(PLAIN), &runs, Some(&event), &State::default());
        assert_eq!(open(&state), ["failed/jr_1"]);
    }
    // The list is the better witness where it has an end.
    let good = run("jr_1", "SUCCEEDED", "06:00:00", Some("06:10:00"));
    assert_eq!(open(&look("2026-11-20T06:10:05Z", &policy(PLAIN), &[good], Some(&event), &State::default())), [""; 0]);
    // A state that nobody knows is no failure by itself.
    let odd = change("jr_1", "EXPLODED", "2026-11-20T06:10:00Z");
    let state = look("2026-11-20T06:10:05Z", &policy(PLAIN), &[running], Some(&odd), &State::default());
    assert_eq!(open(&state), [""; 0]);
}

#[test]
fn a_good_run_or_a_retry_that_succeeds_makes_a_job_well_again() {
    let policy = policy(PLAIN);
    let bad = run("jr_1", "FAILED", "06:00:00", Some("06:10:00"));
    let state = look("2026-11-20T06:15:00Z", &policy, slice::from_ref(&bad), None, &State::default());
    let retry = Run { attempt: 1, ..run("jr_1_attempt_1", "SUCCEEDED", "06:11:00", Some("06:20:00")) };
    let other = run("jr_2", "SUCCEEDED", "06:16:00", Some("06:20:00"));
    for good in [retry, other] {
        let next = look("2026-11-20T06:30:00Z", &policy, &[good.clone(), bad.clone()], None, &state);
        let (_, issue) = next.issues("etl").next().unwrap();
        assert_eq!(issue.ended.as_ref().unwrap().by.as_deref(), Some(good.id.as_str()));
    }
    // One that began before the failed one says nothing about what came after.
    let earlier = run("jr_0", "SUCCEEDED", "05:59:00", Some("06:20:00"));
    assert_eq!(open(&look("2026-11-20T06:30:00Z", &policy, &[earlier, bad], None, &state)), ["failed/jr_1"]);
}

#[test]
fn a_retry_that_fails_after_the_job_was_well_is_a_failure_of_its_own() {
    let policy = policy(PLAIN);
    let bad = run("jr_1", "FAILED", "06:00:00", Some("06:10:00"));
    let good = run("jr_2", "SUCCEEDED", "06:30:00", Some("06:40:00"));
    let again = Run { previous: Some("jr_1".to_owned()), ..run("jr_3", "FAILED", "07:00:00", Some("07:10:00")) };
    let state = look("2026-11-20T06:15:00Z", &policy, slice::from_ref(&bad), None, &State::default());
    let state = look("2026-11-20T06:45:00Z", &policy, &[bad.clone(), good.clone()], None, &state);
    assert_eq!(open(&state), [""; 0]);
    let state = look("2026-11-20T07:15:00Z", &policy, &[bad, good, again], None, &state);
    assert_eq!(open(&state), ["failed/jr_3"]);
}

#[test]
fn a_run_that_has_not_started_by_its_time_is_missed() {
    // 07:30 in Tokyo is 22:30 UTC of the day before.
    let job = r#"{"database": "orders", "start_by": "07:30"}"#;
    let yesterday = run("jr_0", "SUCCEEDED", "2026-11-18T22:10:00Z", Some("2026-11-18T22:40:00Z"));
    assert_eq!(seen("2026-11-19T22:29:59Z", job, slice::from_ref(&yesterday)), [""; 0]);
    assert_eq!(seen("2026-11-19T22:30:00Z", job, slice::from_ref(&yesterday)), ["missed/2026-11-20"]);
    let today = run("jr_1", "RUNNING", "2026-11-19T22:05:00Z", None);
    assert_eq!(seen("2026-11-19T22:35:00Z", job, &[today.clone(), yesterday.clone()]), [""; 0]);
    // What waits for resources has not started, and what expired never did.
    let waits = Run { state: RunState::Waiting, ..today.clone() };
    assert_eq!(seen("2026-11-19T22:35:00Z", job, &[waits, yesterday.clone()]), ["missed/2026-11-20"]);
    // A run of the evening before is not this morning's.
    let evening = run("jr_2", "SUCCEEDED", "2026-11-19T10:00:00Z", Some("2026-11-19T10:20:00Z"));
    assert_eq!(seen("2026-11-19T22:35:00Z", job, &[evening, yesterday]), ["missed/2026-11-20"]);
    assert_eq!(seen("2026-11-19T22:35:00Z", PLAIN, &[]), [""; 0], "nobody said when it has to start");
}

#[test]
fn nothing_is_missed_on_holidays_and_other_days() {
    let days = r#"{"start_by": "07:30", "days": ["monday", "thursday"], "holidays": ["2026-11-23"]}"#;
    // Friday, then Monday the 23rd, which is a holiday, then Tuesday; Thursday is a day of its own.
    for (now, wanted) in [
        ("2026-11-20T03:00:00Z", vec!["missed/2026-11-19"]),
        ("2026-11-20T23:00:00Z", vec![]),
        ("2026-11-23T03:00:00Z", vec![]),
        ("2026-11-24T03:00:00Z", vec![]),
        ("2026-11-26T03:00:00Z", vec!["missed/2026-11-26"]),
    ] {
        assert_eq!(seen(now, days, &[]), wanted, "{now}");
    }
}

#[test]
fn a_late_start_ends_what_was_missed_and_a_day_that_is_taken_out_too() {
    let job = r#"{"database": "orders", "start_by": "07:30"}"#;
    let state = look("2026-11-19T22:35:00Z", &policy(job), &[], None, &State::default());
    let late = [run("jr_1", "RUNNING", "2026-11-19T23:05:00Z", None)];
    let next = look("2026-11-19T23:10:00Z", &policy(job), &late, None, &state);
    let (_, issue) = next.issues("etl").next().unwrap();
    assert_eq!(issue.ended.as_ref().unwrap().by.as_deref(), Some("jr_1"));
    let holiday = policy(r#"{"database": "orders", "start_by": "07:30", "holidays": ["2026-11-20"]}"#);
    let next = look("2026-11-19T23:10:00Z", &holiday, &[], None, &state);
    let (_, issue) = next.issues("etl").next().unwrap();
    assert!(issue.ended.as_ref().is_some_and(|ended| ended.by.is_none()));
}

#[test]
fn the_hour_that_clocks_jump_over_is_missed_after_the_jump() {
    let text = r#"{"version": 1, "timezone": "Europe/Berlin", "databases": {"orders": {"kind": "rds", "identifier": "a"}},
        "jobs": {"etl": {"start_by": "02:30"}}}"#;
    let policy = Policy::parse(text).unwrap();
    let open_at = |now: &str| open(&look(now, &policy, &[], None, &State::default()));
    // On the 28th of March 2027 it is 03:30 of summer time: 01:30 UTC.
    assert!(!open_at("2027-03-28T01:29:00Z").contains(&"missed/2027-03-28".to_owned()));
    assert!(open_at("2027-03-28T01:30:00Z").contains(&"missed/2027-03-28".to_owned()));
}

#[test]
fn a_run_far_longer_than_usual_is_noticed_once_and_ends() {
    let good = |day: u32, minutes: u32| {
        let began = format!("2026-11-{day:02}T06:00:00Z");
        run(&format!("jr_{day}"), "SUCCEEDED", &began, Some(&format!("2026-11-{day:02}T06:{minutes:02}:00Z")))
    };
    let mut runs: Vec<Run> = [(10, 20), (11, 22), (12, 20), (13, 40), (14, 21)].map(|(d, m)| good(d, m)).to_vec();
    assert_eq!(
        usual(&runs).map(|usual| (usual.median.as_mins(), usual.longest.as_mins(), usual.runs)),
        Some((21, 40, 5))
    );
    runs.push(run("jr_x", "RUNNING", "06:00:00", None));
    // The longest was 40 min, so a quarter more is still fine.
    assert_eq!(seen("2026-11-20T06:50:00Z", PLAIN, &runs), [""; 0]);
    assert_eq!(seen("2026-11-20T06:50:01Z", PLAIN, &runs), ["long/jr_x"]);
    let by_policy = r#"{"database": "orders", "longest_minutes": 30}"#;
    assert_eq!(seen("2026-11-20T06:30:01Z", by_policy, &runs), ["long/jr_x"]);
    // Too few good runs say nothing, and what waits takes no time.
    assert_eq!(seen("2026-11-20T16:00:00Z", PLAIN, &runs[1..]), [""; 0]);
    let waits = [run("jr_x", "WAITING", "06:00:00", None)];
    assert_eq!(seen("2026-11-20T16:00:00Z", by_policy, &waits), [""; 0]);
    let state = look("2026-11-20T06:51:00Z", &policy(PLAIN), &runs, None, &State::default());
    runs.pop();
    runs.push(run("jr_x", "FAILED", "06:00:00", Some("07:00:00")));
    assert_eq!(open(&look("2026-11-20T07:05:00Z", &policy(PLAIN), &runs, None, &state)), ["failed/jr_x"]);
}

#[test]
fn a_job_that_glue_does_not_have_is_noticed_and_can_come_back_twice() {
    let policy = policy(r#"{"database": "orders", "start_by": "07:30"}"#);
    let gone = Look { job: "etl", runs: &Seen::Absent, change: None };
    let state = judge(at("2026-11-20T03:00:00Z"), Some(&policy), &[gone], &State::default());
    assert_eq!(open(&state), ["gone"], "what is not there misses nothing beside");
    let back = [run("jr_1", "SUCCEEDED", "2026-11-19T22:05:00Z", Some("2026-11-19T22:15:00Z"))];
    let state = look("2026-11-20T03:15:00Z", &policy, &back, None, &state);
    assert_eq!(open(&state), [""; 0]);
    let state = judge(at("2026-11-20T03:30:00Z"), Some(&policy), &[gone], &state);
    assert_eq!(open(&state), ["gone"]);
}

#[test]
fn what_could_not_be_looked_at_stays_as_it_was() {
    let policy = policy(r#"{"database": "orders", "start_by": "07:30"}"#);
    let state = look("2026-11-19T22:35:00Z", &policy, &[], None, &State::default());
    let unknown = Seen::Unknown("throttled".to_owned());
    let blind = Look { job: "etl", runs: &unknown, change: None };
    assert_eq!(judge(at("2026-11-20T03:00:00Z"), Some(&policy), &[blind], &state), state);
    assert_eq!(judge(at("2026-11-20T03:00:00Z"), Some(&policy), &[blind], &State::default()), State::default());
    // An event is told though the list cannot be read.
    let event = change("jr_1", "FAILED", "2026-11-20T03:00:00Z");
    let told = Look { change: Some(&event), ..blind };
    assert!(
        open(&judge(at("2026-11-20T03:00:00Z"), Some(&policy), &[told], &state)).contains(&"failed/jr_1".to_owned())
    );
}

#[test]
fn what_is_remembered_has_bounds() {
    let policy = policy(PLAIN);
    let mut state = State::default();
    for number in 0..300 {
        let runs = [run(&format!("jr_{number:03}"), "FAILED", "06:00:00", Some("06:10:00"))];
        state = look("2026-11-20T06:15:00Z", &policy, &runs, None, &state);
    }
    assert_eq!(state.issues("etl").count(), 200);
    // A job that the policy does not name is forgotten with its last issue.
    let event = Change { job: "stranger".to_owned(), ..change("jr_1", "FAILED", "2026-11-20T06:10:00Z") };
    let unread = Seen::Unknown("access denied".to_owned());
    let look_at = |now: &str, change, before: &State| {
        judge(at(now), Some(&policy), &[Look { job: "stranger", runs: &unread, change }], before)
    };
    let known = look_at("2026-11-20T06:15:00Z", Some(&event), &State::default());
    assert_eq!(known.open("stranger"), 1);
    assert_eq!(look_at("2026-11-25T06:15:00Z", None, &known).open("stranger"), 1);
    assert_eq!(look_at("2026-12-05T06:15:00Z", None, &known), State::default());
}
