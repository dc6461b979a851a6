//! Expressions of schedules.

use super::Schedule;
use crate::moment;

fn last(text: &str, now: &str, zone: &str) -> Option<String> {
    let schedule = Schedule::parse(text).unwrap_or_else(|| panic!("{text}"));
    let zone = moment::zone(zone).unwrap();
    schedule.last(now.parse().unwrap(), &zone).map(|at| at.to_string())
}

#[test]
fn the_last_time_of_a_schedule_is_found() {
    // 2026-11-20 is a Friday.
    let noon = "2026-11-20T12:00:00Z";
    let table = [
        ("cron(0 5 ? * * *)", noon, "UTC", "2026-11-20T05:00:00Z"),
        ("cron(0 12 * * ? *)", noon, "UTC", "2026-11-20T12:00:00Z"),
        ("cron(1 12 * * ? *)", noon, "UTC", "2026-11-19T12:01:00Z"),
        ("cron(30 * * * ? *)", noon, "UTC", "2026-11-20T11:30:00Z"),
        ("cron(0/15 * * * ? *)", "2026-11-20T12:44:59Z", "UTC", "2026-11-20T12:30:00Z"),
        ("cron(0 0/6 * * ? *)", "2026-11-20T05:59:59Z", "UTC", "2026-11-20T00:00:00Z"),
        ("cron(0 1,13 * * ? *)", noon, "UTC", "2026-11-20T01:00:00Z"),
        ("cron(0 9-17/4 * * ? *)", noon, "UTC", "2026-11-20T09:00:00Z"),
        ("cron(0 5 ? * 2 *)", noon, "UTC", "2026-11-16T05:00:00Z"),
        ("cron(0 5 ? * MON-FRI *)", "2026-11-22T12:00:00Z", "UTC", "2026-11-20T05:00:00Z"),
        ("cron(0 5 ? * sun,wed *)", noon, "UTC", "2026-11-18T05:00:00Z"),
        ("cron(0 5 1 * ? *)", noon, "UTC", "2026-11-01T05:00:00Z"),
        ("cron(0 5 31 * ? *)", noon, "UTC", "2026-10-31T05:00:00Z"),
        ("cron(0 5 L * ? *)", noon, "UTC", "2026-10-31T05:00:00Z"),
        ("cron(0 5 L FEB ? *)", noon, "UTC", "2026-02-28T05:00:00Z"),
        ("cron(0 5 ? * 6#3 *)", noon, "UTC", "2026-11-20T05:00:00Z"),
        ("cron(0 5 ? * 6#4 *)", noon, "UTC", "2026-10-23T05:00:00Z"),
        ("cron(0 5 ? * 6L *)", noon, "UTC", "2026-10-30T05:00:00Z"),
        ("cron(0 5 1 1/3 ? *)", noon, "UTC", "2026-10-01T05:00:00Z"),
        ("cron(0 5 24 DEC ? 2025)", noon, "UTC", "2025-12-24T05:00:00Z"),
        ("cron(0 3 * * ? *)", noon, "Asia/Tokyo", "2026-11-19T18:00:00Z"),
        ("cron(0 20 * * ? *)", noon, "Asia/Tokyo", "2026-11-20T11:00:00Z"),
        ("rate(12 hours)", noon, "UTC", "2026-11-20T00:00:00Z"),
        ("rate(1 day)", noon, "UTC", "2026-11-19T12:00:00Z"),
    ];
    for (text, now, zone, wanted) in table {
        assert_eq!(last(text, now, zone).as_deref(), Some(wanted), "{text} at {now} in {zone}");
    }
}

#[test]
fn clocks_that_are_set_forward_or_back_do_not_lose_a_day() {
    // 2:30 does not exist on 2026-03-08 in New York, and is there twice on 2026-11-01.
    let text = "cron(30 2 * * ? *)";
    assert_eq!(last(text, "2026-03-08T12:00:00Z", "America/New_York").unwrap(), "2026-03-08T07:30:00Z");
    assert_eq!(last("cron(30 1 * * ? *)", "2026-11-01T05:29:59Z", "America/New_York").unwrap(), "2026-10-31T05:30:00Z");
    assert_eq!(last("cron(30 1 * * ? *)", "2026-11-01T12:00:00Z", "America/New_York").unwrap(), "2026-11-01T05:30:00Z");
}

#[test]
fn a_time_that_is_long_past_or_still_to_come_is_no_time() {
    let now = "2026-11-20T12:00:00Z";
    assert_eq!(last("cron(0 5 * * ? 2027)", now, "UTC"), None);
    assert_eq!(last("cron(0 5 * * ? 2020)", now, "UTC"), None);
    assert_eq!(last("cron(0 5 30 2 ? *)", now, "UTC"), None);
}

#[test]
fn what_is_not_understood_is_not_guessed() {
    let wrong = [
        "",
        "daily",
        "cron()",
        "cron(0 5 * * ?)",
        "cron(0 5 15W * ? *)",
        "cron(0 5 1 * MON *)",
        "cron(0 5 ? * L *)",
        "cron(60 5 * * ? *)",
        "cron(0 24 * * ? *)",
        "cron(0 5 0 * ? *)",
        "cron(0 5 ? * 8 *)",
        "cron(0 5 ? * FRI-MON *)",
        "cron(0/0 5 * * ? *)",
        "cron(+1 5 * * ? *)",
        "cron(0 5 * * ? *",
        "cron(, 5 * * ? *)",
        "rate(0 days)",
        "rate(5 weeks)",
        "rate(5)",
    ];
    for text in wrong {
        assert_eq!(Schedule::parse(text), None, "{text}");
    }
}

#[test]
fn times_of_day_are_read_whatever_the_days() {
    let table: [(&str, Option<&[i16]>); 12] = [
        ("cron(0 5 ? * * *)", Some(&[300])),
        ("cron(30 3 ? * SUN *)", Some(&[210])),
        ("cron(0 0,12 * * ? *)", Some(&[0, 720])),
        ("cron(0/30 4 * * ? *)", Some(&[240, 270])),
        ("cron(*/30 4-5 * * ? *)", Some(&[240, 270, 300, 330])),
        ("cron(10-50/20 0 1 * ? *)", Some(&[10, 30, 50])),
        ("cron(15 6 15W * ? *)", Some(&[375])),
        ("rate(12 hours)", None),
        ("cron(0 24 ? * * *)", None),
        ("cron(x 5 ? * * *)", None),
        ("cron(0 5 ? * *)", None),
        ("cron(0/0 5 ? * * *)", None),
    ];
    for (text, wanted) in table {
        let read = Schedule::times_of_day(text).map(|read| read.into_iter().collect::<Vec<i16>>());
        assert_eq!(read.as_deref(), wanted, "{text}");
    }
}
