//! Restore times: a table, the two days of a year on which the clock jumps, and what holds for every text.

use jiff::ToSpan;
use proptest::prelude::*;

use super::*;

fn now() -> Timestamp {
    "2026-11-20T12:00:00Z".parse().unwrap()
}

fn tokyo() -> TimeZone {
    crate::moment::zone("Asia/Tokyo").unwrap()
}

fn berlin() -> TimeZone {
    crate::moment::zone("Europe/Berlin").unwrap()
}

fn read(text: &str) -> Result<When, NotATime> {
    When::parse(text, now(), &tokyo())
}

#[test]
fn times_are_read_as_people_write_them() {
    let table = [
        ("2026-02-04T10:00:00Z", "2026-02-04T10:00:00Z"),
        ("2026-02-04T19:00:00+09:00", "2026-02-04T10:00:00Z"),
        ("2026-02-04T19:00+09:00", "2026-02-04T10:00:00Z"),
        ("2026-02-04 10:00:00Z", "2026-02-04T10:00:00Z"),
        ("2 hours ago", "2026-11-20T10:00:00Z"),
        ("90m ago", "2026-11-20T10:30:00Z"),
        ("1h 30m ago", "2026-11-20T10:30:00Z"),
        ("  1 Day Ago ", "2026-11-19T12:00:00Z"),
        ("0m ago", "2026-11-20T12:00:00Z"),
        // It is 21:00 in Tokyo.
        ("06:30", "2026-11-19T21:30:00Z"),
        ("6:30", "2026-11-19T21:30:00Z"),
        ("06:30:15", "2026-11-19T21:30:15Z"),
        ("today 20:59", "2026-11-20T11:59:00Z"),
        ("Yesterday 06:30", "2026-11-18T21:30:00Z"),
        ("yesterday 23:30", "2026-11-19T14:30:00Z"),
        ("2026-02-04 10:00", "2026-02-04T01:00:00Z"),
        ("2026-02-04T10:00", "2026-02-04T01:00:00Z"),
    ];
    for (text, at) in table {
        assert_eq!(read(text), Ok(When::At(at.parse().unwrap())), "{text:?}");
    }
    assert_eq!(read(" Latest "), Ok(When::Latest));
    assert_eq!(read("before job daily-etl"), Ok(When::BeforeJob("daily-etl".to_owned())));
    assert_eq!(read("Before  Job Daily ETL (v2)"), Ok(When::BeforeJob("Daily ETL (v2)".to_owned())));
}

#[test]
fn what_is_no_time_is_refused_with_what_to_write() {
    let table = [
        "",
        "now",
        "soon",
        "ago",
        "-5m ago",
        "1 month ago",
        "before job",
        "before job ",
        "before daily-etl",
        "25:00",
        "06:60",
        "06:30:60",
        "6",
        "06:30 pm",
        "tomorrow 06:30",
        "2026-02-30 10:00",
        "04/02/2026 10:00",
        "1770199200",
        "2026-02-04",
        "0001-01-01T00:00:00Z",
        "1999-01-01 00:00",
        "2026-02-04T10:00:00[Asia/Tokyo]",
        "yesterday",
    ];
    for text in table {
        let error = read(text).expect_err(text).to_string();
        assert!(error.contains("90m ago") && error.contains(&format!("{:?}", text.trim())), "{error}");
    }
}

#[test]
fn a_time_that_has_not_come_is_refused_and_says_what_was_meant() {
    let error = read("22:00").unwrap_err().to_string();
    assert_eq!(
        error,
        "\"22:00\" is 2026-11-20 22:00:00 JST (2026-11-20 13:00:00 UTC), which has not come yet: it is 1 h 0 min ahead. \
         Did you mean yesterday 22:00?"
    );
    let error = read("2026-11-20T12:01:01Z").unwrap_err();
    assert!(matches!(&error, NotATime::Future { hint, .. } if hint.is_empty()), "{error}");
    // A minute is what clocks may differ by.
    assert!(read("2026-11-20T12:01:00Z").is_ok());
}

#[test]
fn a_time_that_the_clock_skips_is_refused_with_both_readings() {
    let error = When::parse("2026-03-29 02:30", now(), &berlin()).unwrap_err().to_string();
    assert_eq!(
        error,
        "\"2026-03-29 02:30\" was never on the clock in Europe/Berlin, which jumped over it. Write \
         2026-03-29T01:30:00+01:00 or 2026-03-29T03:30:00+02:00"
    );
}

#[test]
fn a_time_that_the_clock_repeats_is_refused_with_both_readings() {
    let error = When::parse("2026-10-25 02:30", now(), &berlin()).unwrap_err().to_string();
    assert_eq!(
        error,
        "\"2026-10-25 02:30\" was twice on the clock in Europe/Berlin. Write 2026-10-25T02:30:00+02:00 for the first, \
         2026-10-25T02:30:00+01:00 for the second"
    );
    for text in ["2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00"] {
        assert!(matches!(When::parse(text, now(), &berlin()), Ok(When::At(_))), "{text}: it can be pasted");
    }
}

#[test]
fn on_the_day_of_the_change_yesterday_is_a_day_of_the_calendar() {
    let morning: Timestamp = "2026-03-29T06:00:00Z".parse().unwrap();
    let read = |text| When::parse(text, morning, &berlin());
    assert_eq!(read("yesterday 06:30"), Ok(When::At("2026-03-28T05:30:00Z".parse().unwrap())));
    assert_eq!(read("24h ago"), Ok(When::At("2026-03-28T06:00:00Z".parse().unwrap())), "a span is no calendar");
    assert!(matches!(read("02:30"), Err(NotATime::Skipped { .. })));
}

#[test]
fn an_answer_repeats_the_instant_in_both_zones_and_says_how_long_ago() {
    let at = "2026-11-20T10:30:00Z".parse().unwrap();
    assert_eq!(told(at, now(), &tokyo()), "2026-11-20 19:30:00 JST (2026-11-20 10:30:00 UTC), 1 h 30 min ago");
    assert_eq!(before_run(at), at - 1.minute());
}

proptest! {
    #[test]
    fn no_text_is_more_than_refused(text in "(?s:.){0,200}") {
        if let Ok(When::At(at)) = read(&text) {
            prop_assert!(at <= now() + 1.minute());
        }
    }

    #[test]
    fn texts_like_times_are_read_or_refused(text in "(yesterday |today |20[0-9]{2}-[0-9]{1,2}-[0-9]{1,2}[ T])?[0-9]{1,2}:[0-9]{2}(:[0-9]{2})?(Z|[+-][0-9]{2}:[0-9]{2})?( ago)?") {
        if let Ok(When::At(at)) = read(&text) {
            prop_assert!(at <= now() + 1.minute());
        }
    }

    #[test]
    fn an_instant_in_any_offset_is_that_instant(second in 1_300_000_000_i64..1_795_000_000, hours in -12_i8..=14) {
        let at = Timestamp::from_second(second).unwrap();
        prop_assume!(at <= now());
        let offset = jiff::tz::Offset::from_hours(hours).unwrap();
        let text = offset.to_datetime(at).strftime("%Y-%m-%dT%H:%M:%S").to_string();
        let sign = if hours < 0 { '-' } else { '+' };
        prop_assert_eq!(read(&format!("{text}{sign}{:02}:00", hours.abs())), Ok(When::At(at)));
    }

    #[test]
    fn a_wall_clock_time_is_one_instant_whose_wall_clock_it_is_or_it_is_refused(second in 1_700_000_000_i64..1_795_000_000) {
        let at = Timestamp::from_second(second).unwrap();
        prop_assume!(at <= now());
        let local = at.to_zoned(berlin());
        let text = local.strftime("%Y-%m-%d %H:%M:%S").to_string();
        match When::parse(&text, now(), &berlin()) {
            Ok(When::At(read)) => prop_assert_eq!(read, at),
            Err(NotATime::Repeated { first, second, .. }) => {
                let readings = [first, second].map(|text| text.parse::<Timestamp>().unwrap());
                prop_assert!(readings.contains(&at));
            }
            other => prop_assert!(false, "{:?}", other),
        }
    }

    #[test]
    fn a_span_ago_is_so_long_before_now(minutes in 0_i64..500_000) {
        prop_assert_eq!(read(&format!("{minutes}m ago")), Ok(When::At(now() - SignedDuration::from_mins(minutes))));
    }
}
