//! Who tells what, and that it is told once.

use jiff::SignedDuration;

use super::*;

const PLAIN: &str = r#"{"database": "orders"}"#;

fn broken() -> State {
    let runs = [run("jr_1", "FAILED", "06:00:00", Some("06:10:00"))];
    look("2026-11-20T06:15:00Z", &policy(PLAIN), &runs, None, &State::default())
}

fn well(before: &State) -> State {
    let runs =
        [run("jr_1", "FAILED", "06:00:00", Some("06:10:00")), run("jr_2", "SUCCEEDED", "06:30:00", Some("06:40:00"))];
    look("2026-11-20T06:45:00Z", &policy(PLAIN), &runs, None, before)
}

fn occasions(letters: &[Letter]) -> Vec<Occasion> {
    letters.iter().map(|letter| letter.occasion).collect()
}

#[test]
fn what_is_claimed_is_told_by_one_and_a_lost_mail_again() {
    let mut state = broken();
    let now = at("2026-11-20T06:15:00Z");
    assert_eq!(occasions(&claim(&mut state, now, &["etl"])), [Occasion::Wrong(Kind::Failed)]);
    assert!(claim(&mut state, now, &["etl"]).is_empty(), "another one that looks now");
    let old = now.saturating_add(LEASE).unwrap();
    assert!(claim(&mut state.clone(), old.saturating_sub(SignedDuration::from_secs(1)).unwrap(), &["etl"]).is_empty());
    let again = claim(&mut state, old, &["etl"]);
    assert_eq!(again.len(), 1, "its mail was lost");
    told(&mut state, old, &again[0]);
    assert!(claim(&mut state, old.saturating_add(LEASE).unwrap(), &["etl"]).is_empty());
}

#[test]
fn who_read_its_clock_before_the_other_claimed_holds_its_tongue_too() {
    let mut state = broken();
    let now = at("2026-11-20T06:15:00Z");
    assert_eq!(claim(&mut state, now, &["etl"]).len(), 1);
    for behind in [SignedDuration::from_millis(1), SignedDuration::from_secs(20)] {
        let earlier = now.saturating_sub(behind).unwrap();
        assert!(claim(&mut state.clone(), earlier, &["etl"]).is_empty(), "{behind:?} behind");
    }
}

#[test]
fn a_claim_that_is_given_back_is_anybodys_at_once() {
    let mut state = broken();
    let now = at("2026-11-20T06:15:00Z");
    let letters = claim(&mut state, now, &["etl"]);
    release(&mut state, &letters[0]);
    assert_eq!(claim(&mut state, now, &["etl"]).len(), 1);
    // A clock that was wrong holds nothing back for ever.
    let earlier = at("2026-11-20T05:00:00Z");
    assert_eq!(claim(&mut state, earlier, &["etl"]).len(), 1);
}

#[test]
fn the_end_of_what_was_told_is_told_once() {
    let mut state = broken();
    let now = at("2026-11-20T06:15:00Z");
    let letters = claim(&mut state, now, &["etl"]);
    told(&mut state, now, &letters[0]);
    let mut state = well(&state);
    let now = at("2026-11-20T06:45:00Z");
    let letters = claim(&mut state, now, &["etl"]);
    assert_eq!(occasions(&letters), [Occasion::WellAgain]);
    assert!(claim(&mut state, now, &["etl"]).is_empty());
    told(&mut state, now, &letters[0]);
    assert!(claim(&mut state, at("2026-11-20T08:00:00Z"), &["etl"]).is_empty());
    // A duplicate of the event changes nothing.
    let event = change("jr_1", "FAILED", "2026-11-20T06:10:00Z");
    let runs = [run("jr_1", "FAILED", "06:00:00", Some("06:10:00"))];
    let mut late = look("2026-11-20T09:00:00Z", &policy(PLAIN), &runs, Some(&event), &state);
    assert!(claim(&mut late, at("2026-11-20T09:00:00Z"), &["etl"]).is_empty());
}

#[test]
fn a_failure_that_was_over_before_anybody_was_told_is_one_mail() {
    let mut state = well(&broken());
    let now = at("2026-11-20T06:45:00Z");
    let letters = claim(&mut state, now, &["etl"]);
    assert_eq!(occasions(&letters), [Occasion::Over]);
    told(&mut state, now, &letters[0]);
    assert!(claim(&mut state, at("2026-11-20T08:00:00Z"), &["etl"]).is_empty());
}

#[test]
fn what_was_missed_and_then_started_before_anybody_was_told_is_no_mail() {
    let job = policy(r#"{"database": "orders", "start_by": "07:30"}"#);
    let state = look("2026-11-19T22:35:00Z", &job, &[], None, &State::default());
    let late = [run("jr_1", "RUNNING", "2026-11-19T23:05:00Z", None)];
    let mut state = look("2026-11-19T23:10:00Z", &job, &late, None, &state);
    assert!(claim(&mut state, at("2026-11-19T23:10:00Z"), &["etl"]).is_empty());
}

#[test]
fn failures_of_one_look_are_one_mail_newest_first() {
    let runs = [
        run("jr_1", "FAILED", "04:00:00", Some("04:10:00")),
        run("jr_2", "ERROR", "05:00:00", Some("05:10:00")),
        run("jr_3", "TIMEOUT", "06:00:00", Some("06:10:00")),
    ];
    let mut state = look("2026-11-20T06:15:00Z", &policy(PLAIN), &runs, None, &State::default());
    let letters = claim(&mut state, at("2026-11-20T06:15:00Z"), &["etl"]);
    let ids: Vec<&str> = letters[0].issues.iter().map(|(id, _)| id.as_str()).collect();
    assert_eq!((letters.len(), ids), (1, vec!["failed/jr_3", "failed/jr_2", "failed/jr_1"]));
}

#[test]
fn the_memory_is_read_back_as_it_was_written() {
    let mut state = well(&broken());
    claim(&mut state, at("2026-11-20T06:45:00Z"), &["etl"]);
    let text = serde_json::to_string_pretty(&state).unwrap();
    assert_eq!(State::parse(&text).unwrap(), state);
    assert!(State::parse("{").unwrap_err().contains("jobs.json cannot be read"));
    assert!(State::parse(r#"{"version": 2, "jobs": 7}"#).unwrap_err().contains("is of version 2"));
}
