//! Which ones the numbers keep.

use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::super::fixtures::{daily, now, snapshot};
use super::super::*;
use crate::database::Snapshot;
use crate::moment::zone;
use crate::restore::PURPOSE;

const NONE: Keep = Keep { last: 1, days: 0, weekly: 0, monthly: 0 };

fn reasons(numbers: Keep, zone: &TimeZone, snapshots: &[Snapshot]) -> Vec<String> {
    let all: Vec<&Snapshot> = snapshots.iter().collect();
    let words = |fate| match fate {
        Fate::Kept { reasons } => reasons.iter().map(Reason::words).collect::<Vec<_>>().join("; "),
        Fate::Dropped { .. } => String::new(),
    };
    keep(now(), &numbers, zone, &all).into_iter().map(words).collect()
}

fn kept(numbers: Keep, snapshots: &[Snapshot]) -> Vec<usize> {
    let reasons = reasons(numbers, &TimeZone::UTC, snapshots);
    reasons.iter().enumerate().filter(|(_, reasons)| !reasons.is_empty()).map(|(index, _)| index).collect()
}

fn made(identifier: &str, at: &str) -> Snapshot {
    Snapshot { created_at: Some(at.parse().unwrap()), ..snapshot(identifier, 0) }
}

#[test]
fn the_newest_are_kept_in_whatever_order_they_are_listed() {
    let mut all = daily(4);
    all.reverse();
    assert_eq!(kept(Keep { last: 2, ..NONE }, &all), [2, 3]);
    assert_eq!(kept(Keep { last: 0, ..NONE }, &all), [3], "one is kept even where a policy could say none");
}

#[test]
fn days_count_from_the_moment_each_was_made() {
    let all = [snapshot("young", 47), snapshot("edge", 48), snapshot("old", 49)];
    assert_eq!(kept(Keep { days: 2, ..NONE }, &all), [0, 1]);
}

#[test]
fn the_newest_of_a_week_is_kept_and_weeks_without_one_do_not_count() {
    let all = [
        made("a", "2026-11-20T00:00:00Z"),
        made("b", "2026-11-16T00:00:00Z"),
        made("c", "2026-11-15T23:00:00Z"),
        made("d", "2026-06-03T00:00:00Z"),
        made("e", "2026-06-02T00:00:00Z"),
    ];
    assert_eq!(kept(Keep { weekly: 3, ..NONE }, &all), [0, 2, 3]);
    // In Tokyo the fifteenth at 23:00 is Monday the sixteenth.
    let tokyo = reasons(Keep { weekly: 3, ..NONE }, &zone("Asia/Tokyo").unwrap(), &all);
    assert_eq!(tokyo, ["the newest; the newest of week 2026-W47", "", "", "the newest of week 2026-W23", ""]);
}

#[test]
fn a_week_belongs_to_the_year_of_its_thursday() {
    let all = [made("new", "2027-01-03T12:00:00Z"), made("old", "2026-12-28T12:00:00Z")];
    let words = reasons(Keep { weekly: 2, ..NONE }, &TimeZone::UTC, &all);
    assert_eq!(words, ["the newest; the newest of week 2026-W53", ""]);
}

#[test]
fn the_newest_of_a_month_is_kept() {
    let all = [
        made("a", "2026-11-20T00:00:00Z"),
        made("b", "2026-10-31T23:59:59Z"),
        made("c", "2026-10-01T00:00:00Z"),
        made("d", "2026-01-01T00:00:00Z"),
    ];
    assert_eq!(kept(Keep { monthly: 2, ..NONE }, &all), [0, 1]);
    assert_eq!(kept(Keep { monthly: 3, ..NONE }, &all), [0, 1, 3]);
}

#[test]
fn tags_keep_whatever_the_numbers_say() {
    let tagged = |key: &str, value: &str| {
        let mut old = snapshot("pre-old", 24_000);
        old.tags.insert(key.to_owned(), value.to_owned());
        reasons(NONE, &TimeZone::UTC, &[snapshot("pre-new", 1), old])[1].clone()
    };
    assert_eq!(tagged(KEEP_UNTIL, "2026-11-20T12:00:01Z"), "its tag keeps it until 2026-11-20 12:00:01 UTC");
    assert_eq!(tagged(KEEP_UNTIL, "2026-11-20T12:00:00Z"), "", "its time is over");
    assert!(tagged(KEEP_UNTIL, "next summer").contains("is no time in RFC 3339"));
    assert_eq!(tagged(KEEP, ""), "pinned by its tag lifeboat:keep");
    assert_eq!(tagged("Lifeboat:Keep", "no"), "pinned by its tag lifeboat:keep", "any value, any letter case");
    assert_eq!(tagged("keep", "yes"), "");
}

#[test]
fn a_copy_is_as_old_as_its_data() {
    let mut copy = snapshot("copy-pre-1", 2);
    copy.tags.insert(TAKEN_AT.to_owned(), "2026-11-01T00:00:00Z".to_owned());
    assert_eq!(taken_at(&copy), copy.created_at, "only a copy's own tag counts");
    copy.tags.insert(PURPOSE.to_owned(), "snapshot-copy".to_owned());
    assert_eq!(taken_at(&copy).unwrap().to_string(), "2026-11-01T00:00:00Z");
    copy.tags.insert(TAKEN_AT.to_owned(), "2027-11-01T00:00:00Z".to_owned());
    assert_eq!(taken_at(&copy), copy.created_at, "data is not younger than its copy");
    copy.created_at = None;
    assert_eq!(taken_at(&copy), None);
}

proptest! {
    #[test]
    fn larger_numbers_never_keep_less(
        ages in prop::collection::vec(0_i64..12_000, 1..30),
        (last, days, weekly, monthly) in (0_i64..6, 0_i64..60, 0_i64..8, 0_i64..8),
        (more_last, more_days, more_weekly, more_monthly) in (0_i64..6, 0_i64..60, 0_i64..8, 0_i64..8),
    ) {
        let all: Vec<Snapshot> =
            ages.iter().enumerate().map(|(index, age)| snapshot(&format!("pre-{index}"), *age)).collect();
        let few = kept(Keep { last, days, weekly, monthly }, &all);
        let more = Keep {
            last: last + more_last, days: days + more_days, weekly: weekly + more_weekly, monthly: monthly + more_monthly,
        };
        let many = kept(more, &all);
        prop_assert!(few.iter().all(|index| many.contains(index)), "{few:?} {many:?}");
        prop_assert!(few.len() >= ages.len().min(usize::try_from(last.max(1)).unwrap()));
    }
}
