//! Workers, a bucket of tokens and a clock, all of them made up: what the pace is worth is a matter of numbers.

use proptest::prelude::*;

use super::*;

mod simulation;

use simulation::{Bucket, Ran, simulation};

/// The shortest time that a bucket allows
fn floor(calls: u32, rate: f64, burst: f64) -> f64 {
    (f64::from(calls) - burst) / rate
}

const EIGHT: u32 = 8;
/// About 30 ms
const NEAR: (u64, u64) = (20_000, 40_000);
/// About 200 ms
const FAR: (u64, u64) = (100_000, 300_000);

#[test]
fn without_throttling_there_is_no_delay_at_all() {
    let free = Bucket::new(1e9, 1e9);
    let ran = simulation(free, (30_000, 30_000), 1).run(EIGHT, 400);
    assert_eq!(ran, Ran { seconds: 1.5, passed: 400, throttled: 0 });
}

proptest! {
    #[test]
    fn at_twenty_a_second_nothing_is_lost_and_little_wasted(seed in any::<u64>()) {
        let ran = simulation(Bucket::new(20.0, 40.0), NEAR, seed).run(EIGHT, 400);
        prop_assert_eq!(ran.passed, 400);
        prop_assert!(ran.seconds <= 1.1 * floor(400, 20.0, 40.0), "{:?}", ran);
        prop_assert!(ran.share() <= 0.08, "{:?}", ran);
    }

    #[test]
    fn where_answers_take_long_many_are_under_way_when_it_begins_and_still_little_is_wasted(seed in any::<u64>()) {
        let ran = simulation(Bucket::new(20.0, 40.0), FAR, seed).run(EIGHT, 400);
        prop_assert_eq!(ran.passed, 400);
        prop_assert!(ran.seconds <= 1.25 * floor(400, 20.0, 40.0), "{:?}", ran);
        prop_assert!(ran.share() <= 0.08, "{:?}", ran);
    }

    #[test]
    fn at_three_a_second_nothing_is_lost_and_little_wasted(seed in any::<u64>()) {
        let ran = simulation(Bucket::new(3.0, 10.0), NEAR, seed).run(EIGHT, 100);
        prop_assert_eq!(ran.passed, 100);
        prop_assert!(ran.seconds <= 1.1 * floor(100, 3.0, 10.0), "{:?}", ran);
        prop_assert!(ran.share() <= 0.20, "{:?}", ran);
    }

    #[test]
    fn no_limit_loses_a_call_or_is_far_from_used(
        rate in 1.0..60.0, burst in 5.0..100.0, workers in 4..16_u32, seed in any::<u64>(),
    ) {
        let ran = simulation(Bucket::new(rate, burst), NEAR, seed).run(workers, 500);
        prop_assert_eq!(ran.passed, 500);
        prop_assert!(ran.seconds <= 1.25 * floor(500, rate, burst) + 1.0, "{:?}", ran);
        prop_assert!(ran.share() <= 0.40, "{:?}", ran);
    }

    #[test]
    fn a_limit_that_shrinks_midway_is_met_with_a_slower_pace(seed in any::<u64>()) {
        // 40 saved up and 10 s of 20 a second, then 3 a second: 240 are gone when it changes, and 60 take 20 s.
        let bucket = Bucket::new(20.0, 40.0).then(10.0, 3.0);
        let ran = simulation(bucket, NEAR, seed).run(EIGHT, 300);
        prop_assert_eq!(ran.passed, 300);
        prop_assert!(ran.seconds <= 1.1 * 30.0, "{:?}", ran);
        prop_assert!(ran.share() <= 0.12, "{:?}", ran);
    }

    #[test]
    fn a_limit_that_grows_midway_is_found_again(seed in any::<u64>()) {
        // 10 saved up and 20 s of 3 a second, then 20 a second: 70 are gone when it changes, and 600 take 30 s.
        let bucket = Bucket::new(3.0, 10.0).then(20.0, 20.0);
        let ran = simulation(bucket, NEAR, seed).run(EIGHT, 670);
        prop_assert_eq!(ran.passed, 670);
        // To be seven times as fast takes it about twenty seconds.
        prop_assert!(ran.seconds <= 50.0 + 20.0, "{:?}", ran);
        prop_assert!(ran.share() <= 0.08, "{:?}", ran);
    }
}

fn seconds(number: f64) -> Duration {
    Duration::from_secs_f64(number)
}

fn go(pace: &mut Pace, now: f64) -> Ticket {
    match pace.ask(seconds(now)) {
        Turn::Go(ticket) => ticket,
        Turn::Wait(time) => panic!("it has to wait for {time:?}"),
    }
}

#[track_caller]
fn waits(pace: &mut Pace, now: f64, wanted: f64) {
    match pace.ask(seconds(now)) {
        Turn::Wait(time) => assert!((time.as_secs_f64() - wanted).abs() < 1e-6, "{time:?}"),
        Turn::Go(_) => panic!("it goes"),
    }
}

#[test]
fn calls_that_are_throttled_together_lower_the_pace_once() {
    let mut pace = Pace::default();
    let tickets: Vec<Ticket> = (0..8).map(|_| go(&mut pace, 0.0)).collect();
    for ticket in tickets {
        pace.throttled(ticket, seconds(0.03));
    }
    assert_eq!(pace.rate(), Some(GUESS));
    // The next one is a round of its own.
    let next = go(&mut pace, 0.05);
    pace.throttled(next, seconds(0.08));
    assert_eq!(pace.rate(), Some(GUESS / 2.0));
}

#[test]
fn a_call_of_an_earlier_round_that_passes_says_nothing_of_this_one() {
    let mut pace = Pace::default();
    let (one, other) = (go(&mut pace, 0.0), go(&mut pace, 0.0));
    pace.throttled(one, seconds(0.03));
    pace.passed(other);
    assert_eq!(pace.rate(), Some(GUESS));
    let _ahead = go(&mut pace, 0.05);
    waits(&mut pace, 0.08, 1.97);
}

#[test]
fn one_goes_ahead_and_the_others_wait_for_its_answer_but_not_for_ever() {
    let mut pace = Pace::default();
    let first = go(&mut pace, 0.0);
    pace.throttled(first, seconds(1.0));
    waits(&mut pace, 1.0, 0.02);
    let ahead = go(&mut pace, 1.02);
    waits(&mut pace, 1.5, 1.52);
    let mut told = pace.clone();
    told.passed(ahead);
    go(&mut told, 1.5);
    go(&mut pace, 1.02 + PATIENCE.as_secs_f64());
}

#[test]
fn what_passes_between_two_rounds_is_the_measure_of_the_limit() {
    let mut pace = Pace::default();
    let first = go(&mut pace, 0.0);
    pace.throttled(first, seconds(0.0));
    // Ten in the two seconds until the next round are five a second.
    let mut last = None;
    for number in 1..=10 {
        let ticket = go(&mut pace, f64::from(number) * 0.19);
        pace.passed(ticket);
        last = Some(go(&mut pace.clone(), f64::from(number) * 0.19 + 0.09));
    }
    let before = pace.rate().unwrap();
    assert!(before > 5.0, "{before}");
    pace.throttled(last.unwrap(), seconds(2.0));
    let after = pace.rate().unwrap();
    let wanted = (5.0 * BACK_OFF).max(before * MOST_BACK_OFF);
    assert!((after - wanted).abs() < 1e-6, "{before} to {after}");
}

#[test]
fn an_idle_time_says_nothing_about_the_limit() {
    let mut pace = Pace::default();
    let first = go(&mut pace, 0.0);
    pace.throttled(first, seconds(0.0));
    let late = go(&mut pace, 3600.0);
    pace.passed(late);
    assert!(pace.rate().unwrap() >= GUESS, "{:?}", pace.rate());
    // Nor are the turns of that hour saved up: two may go at once, and no more.
    go(&mut pace, 3600.0);
    assert!(matches!(pace.ask(seconds(3600.0)), Turn::Wait(_)));
}

#[test]
fn however_long_it_lasts_somebody_looks_again() {
    let mut pace = Pace::default();
    let mut now = 0.0;
    for _ in 0..30 {
        let ticket = match pace.ask(seconds(now)) {
            Turn::Go(ticket) => ticket,
            Turn::Wait(time) => {
                assert!(time <= gap(SLOWEST), "{time:?}");
                now += time.as_secs_f64() + 1e-6;
                go(&mut pace, now)
            }
        };
        pace.throttled(ticket, seconds(now));
    }
    assert_eq!(pace.rate(), Some(SLOWEST));
}
