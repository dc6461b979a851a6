//! The time that a restore goes back to, as somebody writes it at 3 a.m.
//!
//! | written | means |
//! |---|---|
//! | `latest` | the newest time that can be restored |
//! | `2026-02-04T10:00:00Z`, `2026-02-04T19:00+09:00` | this instant |
//! | `90m ago`, `2 hours ago`, `1h 30m ago` | so long before now; a day is 24 hours |
//! | `06:30`, `today 06:30`, `yesterday 06:30`, `2026-02-04 06:30` | the wall clock of the policy's zone |
//! | `before job daily-etl` | the start of the newest failed run of that Glue job, less one minute |
//!
//! A time of the wall clock that a change to or from summer time skips or repeats is refused with both readings, and a time
//! that has not come is refused too: a guess of an hour is an hour of data.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{SignedDuration, Timestamp, Unit};
use thiserror::Error;

use super::{both, duration, span};

/// A time to restore to
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum When {
    /// The newest time that can be restored
    Latest,
    /// This instant
    At(Timestamp),
    /// Before the newest failed run of this Glue job began
    BeforeJob(String),
}

/// Why a text is no time to restore to. Its words name what was written, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NotATime {
    /// Nothing that is known here
    #[error(
        "{0:?} is no time to restore to. Write latest; 2026-02-04T10:00:00Z; 90m ago; 06:30, yesterday 06:30 or \
         2026-02-04 06:30 (in the policy's zone); or before job NAME"
    )]
    Unreadable(String),
    /// The clocks were put forward over it
    #[error("{written:?} was never on the clock in {zone}, which jumped over it. Write {first} or {second}")]
    Skipped {
        /// As written
        written: String,
        /// Name of the zone
        zone: String,
        /// The reading by the clock after the jump, to paste
        first: String,
        /// The reading by the clock before it, to paste
        second: String,
    },
    /// The clocks were put back over it
    #[error("{written:?} was twice on the clock in {zone}. Write {first} for the first, {second} for the second")]
    Repeated {
        /// As written
        written: String,
        /// Name of the zone
        zone: String,
        /// The first, to paste
        first: String,
        /// The second, to paste
        second: String,
    },
    /// After now
    #[error("{written:?} is {at}, which has not come yet: it is {ahead} ahead{hint}")]
    Future {
        /// As written
        written: String,
        /// The instant, in both zones
        at: String,
        /// How far ahead
        ahead: String,
        /// What was meant, perhaps
        hint: String,
    },
}

/// How far a time may lie ahead of our clock before it counts as one that has not come: clocks differ by seconds
const CLOCKS: SignedDuration = SignedDuration::from_secs(60);
/// The years that a restore can be about: none was made before RDS, and nobody restores from the next century
const YEARS: std::ops::Range<i16> = 2009..2100;
/// Longest text that is read; what is longer is cut in the error
const LONGEST: usize = 120;
/// Longest name of a Glue job (Glue API, `NameString`)
const LONGEST_JOB: usize = 255;

impl When {
    /// Reads a time as written, at `now`, with the policy's zone
    pub fn parse(text: &str, now: Timestamp, zone: &TimeZone) -> Result<Self, NotATime> {
        let written = text.trim();
        if let Some(job) = job(written) {
            return Ok(Self::BeforeJob(job.to_owned()));
        }
        let unreadable = || NotATime::Unreadable(written.chars().take(LONGEST).collect());
        if written.len() > LONGEST {
            return Err(unreadable());
        }
        let lower = written.to_ascii_lowercase();
        if lower == "latest" {
            return Ok(Self::Latest);
        }
        let at = match lower.strip_suffix("ago") {
            Some(long) => ago(long, now).ok_or_else(unreadable)?,
            None => match instant(written) {
                Some(at) => at,
                None => wall(written, &lower, now, zone)?.ok_or_else(unreadable)?,
            },
        };
        if !YEARS.contains(&at.to_zoned(TimeZone::UTC).year()) {
            return Err(unreadable());
        }
        not_ahead(written, &lower, at, now, zone).map(|()| Self::At(at))
    }
}

/// An instant as answers repeat it: the policy's zone, UTC, and how long ago
pub fn told(at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let age = now.duration_since(at);
    if age.is_negative() {
        return format!("{}, {} from now", both(at, zone), duration(age.abs()));
    }
    format!("{}, {} ago", both(at, zone), duration(age))
}

fn job(written: &str) -> Option<&str> {
    let mut rest = written;
    for word in ["before", "job"] {
        let (first, after) = rest.split_once(char::is_whitespace)?;
        if !first.eq_ignore_ascii_case(word) {
            return None;
        }
        rest = after.trim_start();
    }
    // Glue's names may hold spaces; they keep their letter case.
    let fits = !rest.is_empty() && rest.len() <= LONGEST_JOB && !rest.contains(char::is_control);
    fits.then_some(rest)
}

fn ago(long: &str, now: Timestamp) -> Option<Timestamp> {
    // "1h30mago" is a slip; "90m ago" and "90mago" differ by a space that nobody means.
    let long = span(long.trim())?;
    now.checked_sub(long).ok()
}

/// RFC 3339: a date, a time and an offset. A zone in brackets is none of it.
fn instant(written: &str) -> Option<Timestamp> {
    if written.contains(['[', ',']) {
        return None;
    }
    let is_date = written.as_bytes().get(4) == Some(&b'-') && written.len() > 11;
    is_date.then(|| written.parse().ok()).flatten()
}

/// A time on the wall clock of the zone
fn wall(written: &str, lower: &str, now: Timestamp, zone: &TimeZone) -> Result<Option<Timestamp>, NotATime> {
    let today = now.to_zoned(zone.clone()).date();
    let Some(local) = civil(lower, today) else { return Ok(None) };
    let ambiguous = zone.to_ambiguous_timestamp(local);
    let zone_name = zone.iana_name().unwrap_or("the policy's zone").to_owned();
    let rfc = |at: Timestamp| at.to_zoned(zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string();
    let at_offset = |offset: jiff::tz::Offset| offset.to_timestamp(local).ok();
    match ambiguous.offset() {
        AmbiguousOffset::Unambiguous { .. } => Ok(ambiguous.unambiguous().ok()),
        AmbiguousOffset::Gap { before, after } => {
            // By the clock before the change the time lies after it, and the other way round.
            let (Some(by_before), Some(by_after)) = (at_offset(before), at_offset(after)) else { return Ok(None) };
            let (first, second) = (rfc(by_after), rfc(by_before));
            Err(NotATime::Skipped { written: written.to_owned(), zone: zone_name, first, second })
        }
        AmbiguousOffset::Fold { before, after } => {
            let (Some(first), Some(second)) = (at_offset(before), at_offset(after)) else { return Ok(None) };
            Err(NotATime::Repeated {
                written: written.to_owned(),
                zone: zone_name,
                first: rfc(first),
                second: rfc(second),
            })
        }
    }
}

/// `06:30`, `today 06:30`, `yesterday 06:30:15`, `2026-02-04 06:30`, `2026-02-04t06:30`
fn civil(lower: &str, today: Date) -> Option<DateTime> {
    let (day, clock) = match lower.split_once([' ', 't']) {
        Some(("yes", rest)) if rest.starts_with("erday") => (today.yesterday().ok()?, rest.strip_prefix("erday")?),
        Some(("", rest)) => (today, rest.strip_prefix("oday")?),
        Some((date, rest)) => (date_of(date)?, rest),
        None => (today, lower),
    };
    Some(day.to_datetime(time_of(clock.trim())?))
}

fn date_of(text: &str) -> Option<Date> {
    let shaped = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    shaped.then(|| text.parse().ok()).flatten()
}

/// `06:30`, `6:30`, `06:30:15`
fn time_of(text: &str) -> Option<Time> {
    let shaped = (4..=8).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b':');
    let format = if text.matches(':').count() == 2 { "%H:%M:%S" } else { "%H:%M" };
    let leap = text.ends_with(":60");
    (shaped && !leap).then(|| Time::strptime(format, text).ok()).flatten()
}

fn not_ahead(written: &str, lower: &str, at: Timestamp, now: Timestamp, zone: &TimeZone) -> Result<(), NotATime> {
    let ahead = at.duration_since(now);
    if ahead <= CLOCKS {
        return Ok(());
    }
    let clock = lower.strip_prefix("today").unwrap_or(lower).trim();
    let hint = if time_of(clock).is_some() { format!(". Did you mean yesterday {clock}?") } else { String::new() };
    let at = at.round(Unit::Second).unwrap_or(at);
    Err(NotATime::Future { written: written.to_owned(), at: both(at, zone), ahead: duration(ahead), hint })
}

/// The instant that `before job` means, for a run that began then
pub fn before_run(began: Timestamp) -> Timestamp {
    began.saturating_sub(SignedDuration::from_mins(1)).unwrap_or(began)
}

#[cfg(test)]
mod tests;
