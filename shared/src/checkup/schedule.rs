//! When a schedule of AWS was due last, and at which times of day it starts something: `cron(minutes hours day-of-month month day-of-week year)` in a zone, or `rate(…)`.
//!
//! What is not understood for certain is not read at all (`W`, a day of the month together with a day of the week): a
//! schedule that is misread would tell of backups that nobody planned.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// How far back a time of a schedule is looked for: a little more than a year
const MOST_DAYS: usize = 400;
const MONTHS: [&str; 12] = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
/// AWS counts them from Sunday, which is 1
const WEEKDAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/// A schedule that is understood
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Schedule {
    Cron(Cron),
    /// No time of its own: so long after the one before
    Rate(SignedDuration),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cron {
    minutes: BTreeSet<i16>,
    hours: BTreeSet<i16>,
    days: Days,
    months: BTreeSet<i16>,
    years: BTreeSet<i16>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Days {
    Every,
    OfMonth(BTreeSet<i16>),
    LastOfMonth,
    OfWeek(BTreeSet<i16>),
    /// `6#3`: the third Friday
    Nth(i16, i16),
    /// `6L`: the last Friday
    Last(i16),
}

impl Schedule {
    /// Reads an expression; `None` where it is not understood.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Some(rate) = text.strip_prefix("rate(").and_then(|rest| rest.strip_suffix(')')) {
            return parse_rate(rate).map(Self::Rate);
        }
        let [minutes, hours, day, month, weekday, year] = fields(text)?;
        Some(Self::Cron(Cron {
            minutes: values(minutes, 0..=59, &[])?,
            hours: values(hours, 0..=23, &[])?,
            days: days(day, weekday)?,
            months: values(month, 1..=12, &MONTHS)?,
            years: values(year, 1970..=2199, &[])?,
        }))
    }

    /// The minutes of the day at which an expression starts something, on whichever day; `None` where its times are not
    /// understood, or there are none, as of `rate(…)`.
    pub(super) fn times_of_day(text: &str) -> Option<BTreeSet<i16>> {
        let [minutes, hours, ..] = fields(text)?;
        let (minutes, hours) = (values(minutes, 0..=59, &[])?, values(hours, 0..=23, &[])?);
        Some(hours.iter().flat_map(|hour| minutes.iter().map(move |minute| hour * 60 + minute)).collect())
    }

    /// The last time that it was due, not after `now`; `None` where that is more than [`MOST_DAYS`] ago.
    pub(super) fn last(&self, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let cron = match self {
            Self::Rate(every) => return now.checked_sub(*every).ok(),
            Self::Cron(cron) => cron,
        };
        let mut date = now.to_zoned(zone.clone()).date();
        for _ in 0..MOST_DAYS {
            if let Some(at) = cron.last_of(date, now, zone) {
                return Some(at);
            }
            date = date.yesterday().ok()?;
        }
        None
    }
}

impl Cron {
    fn last_of(&self, date: Date, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let there = self.years.contains(&date.year()) && self.months.contains(&i16::from(date.month()));
        if !there || !self.days.hold(date) {
            return None;
        }
        let times =
            self.hours.iter().rev().flat_map(|hour| self.minutes.iter().rev().map(move |minute| (hour, minute)));
        let at = times.filter_map(|(hour, minute)| {
            let time = jiff::civil::Time::new(i8::try_from(*hour).ok()?, i8::try_from(*minute).ok()?, 0, 0).ok()?;
            Some(date.to_datetime(time).to_zoned(zone.clone()).ok()?.timestamp())
        });
        // The largest, as clocks that are set back or forward change the order.
        at.filter(|at| *at <= now).max()
    }
}

impl Days {
    fn hold(&self, date: Date) -> bool {
        let day = i16::from(date.day());
        let weekday = i16::from(date.weekday().to_sunday_one_offset());
        let length = i16::from(date.days_in_month());
        match self {
            Self::Every => true,
            Self::OfMonth(days) => days.contains(&day),
            Self::LastOfMonth => day == length,
            Self::OfWeek(days) => days.contains(&weekday),
            Self::Nth(of, nth) => weekday == *of && (day - 1) / 7 + 1 == *nth,
            Self::Last(of) => weekday == *of && day + 7 > length,
        }
    }
}

/// The six fields of `cron(…)`
fn fields(text: &str) -> Option<[&str; 6]> {
    let cron = text.trim().strip_prefix("cron(")?.strip_suffix(')')?;
    cron.split_whitespace().collect::<Vec<_>>().try_into().ok()
}

fn parse_rate(text: &str) -> Option<SignedDuration> {
    let (number, unit) = text.trim().split_once(' ')?;
    let number: i64 = number.parse().ok().filter(|number| (1..=10_000).contains(number))?;
    let minutes = match unit.trim() {
        "minute" | "minutes" => 1,
        "hour" | "hours" => 60,
        "day" | "days" => 24 * 60,
        _ => return None,
    };
    Some(SignedDuration::from_mins(number * minutes))
}

fn days(day: &str, weekday: &str) -> Option<Days> {
    let free = |field: &str| matches!(field, "*" | "?");
    match (free(day), free(weekday)) {
        (true, true) => Some(Days::Every),
        (false, true) if day == "L" => Some(Days::LastOfMonth),
        (false, true) => values(day, 1..=31, &[]).map(Days::OfMonth),
        (true, false) => of_week(weekday),
        (false, false) => None,
    }
}

fn of_week(text: &str) -> Option<Days> {
    if let Some((of, nth)) = text.split_once('#') {
        return Some(Days::Nth(value(of, &(1..=7), &WEEKDAYS)?, value(nth, &(1..=5), &[])?));
    }
    // `L` alone is Saturday in some readings and the last day in others.
    if let Some(of) = text.strip_suffix('L').filter(|of| !of.is_empty()) {
        return value(of, &(1..=7), &WEEKDAYS).map(Days::Last);
    }
    values(text, 1..=7, &WEEKDAYS).map(Days::OfWeek)
}

/// `*`, `5`, `1-5`, `0/15`, `MON,WED`: the values that a field means
fn values(field: &str, allowed: RangeInclusive<i16>, names: &[&str]) -> Option<BTreeSet<i16>> {
    let mut values = BTreeSet::new();
    for part in field.split(',') {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, Some(step.parse::<usize>().ok().filter(|step| *step > 0)?)),
            None => (part, None),
        };
        let (from, to) = match range.split_once('-') {
            _ if range == "*" => (*allowed.start(), *allowed.end()),
            Some((from, to)) => (value(from, &allowed, names)?, value(to, &allowed, names)?),
            None => {
                let from = value(range, &allowed, names)?;
                (from, if step.is_some() { *allowed.end() } else { from })
            }
        };
        if from > to {
            return None;
        }
        values.extend((from..=to).step_by(step.unwrap_or(1)));
    }
    Some(values)
}

fn value(text: &str, allowed: &RangeInclusive<i16>, words: &[&str]) -> Option<i16> {
    let word = words.iter().position(|word| word.eq_ignore_ascii_case(text));
    let named = word.and_then(|index| i16::try_from(index + 1).ok());
    let written = || text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?;
    named.or_else(written).filter(|value| allowed.contains(value))
}

#[cfg(test)]
mod tests;
