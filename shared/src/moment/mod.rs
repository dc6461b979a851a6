//! Times and durations, as people write and read them.
//!
//! Instants are `jiff::Timestamp`, zones come from the policy. A duration is written "11 min 42 s"; a time is written in
//! the policy's zone and in UTC, so that nobody has to subtract hours at 3 a.m.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

mod when;

pub use when::{NotATime, When, before_run, told};

/// The longest span that a policy or a request may name: ten years
pub const LONGEST_SPAN: SignedDuration = SignedDuration::from_hours(24 * 3660);

/// A span such as `90m`, `24h`, `1h 30m`, `7d`, `2w`; never negative, at most [`LONGEST_SPAN`].
///
/// A day is 24 hours: spans measure ages, they do not walk a calendar.
pub fn span(text: &str) -> Option<SignedDuration> {
    let text = text.trim();
    if text.is_empty() || !text.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let span: jiff::Span = text.parse().ok()?;
    if span.get_years() != 0 || span.get_months() != 0 {
        return None;
    }
    let duration = span.to_duration(jiff::SpanRelativeTo::days_are_24_hours()).ok()?;
    (!duration.is_negative() && duration <= LONGEST_SPAN).then_some(duration)
}

/// A duration in the two units that matter: `2 d 3 h`, `1 h 5 min`, `11 min 42 s`, `42 s`, `0.4 s`.
pub fn duration(span: SignedDuration) -> String {
    if span.is_negative() {
        // Less than a tenth of a second before is now.
        let before = duration(span.abs());
        return if before == "0 s" { before } else { format!("-{before}") };
    }
    let seconds = span.as_secs();
    let (days, hours, minutes, rest) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    match (days, hours, minutes) {
        (0, 0, 0) if seconds < 10 => {
            let tenths = span.as_millis() / 100;
            if tenths % 10 == 0 { format!("{seconds} s") } else { format!("{}.{} s", tenths / 10, tenths % 10) }
        }
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, _) => format!("{minutes} min {rest} s"),
        (0, _, _) => format!("{hours} h {minutes} min"),
        _ => format!("{days} d {hours} h"),
    }
}

/// A time to the second in UTC: `2026-11-22 18:00:00 UTC`
pub fn utc(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// A time in a zone and in UTC: `2026-11-23 03:00:00 JST (2026-11-22 18:00:00 UTC)`; UTC alone where the zone is UTC.
pub fn both(at: Timestamp, zone: &TimeZone) -> String {
    if *zone == TimeZone::UTC || zone.iana_name() == Some("Etc/UTC") || zone.iana_name() == Some("UTC") {
        return utc(at);
    }
    let local = at.to_zoned(zone.clone());
    format!("{} ({})", local.strftime("%Y-%m-%d %H:%M:%S %Z"), utc(at))
}

/// A zone by its IANA name
pub fn zone(name: &str) -> Option<TimeZone> {
    TimeZone::get(name).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_ago_is_not_minus_nothing() {
        let said = |milliseconds| duration(SignedDuration::from_millis(milliseconds));
        let table =
            [(0, "0 s"), (-30, "0 s"), (-99, "0 s"), (-100, "-0.1 s"), (-1500, "-1.5 s"), (-61_000, "-1 min 1 s")];
        for (milliseconds, wanted) in table {
            assert_eq!(said(milliseconds), wanted, "{milliseconds}");
        }
    }

    #[test]
    fn spans_are_read_as_people_write_them() {
        let table = [
            ("1h", Some(3600)),
            ("90m", Some(5400)),
            ("1h 30m", Some(5400)),
            ("24 hours", Some(86_400)),
            ("7d", Some(604_800)),
            ("2w", Some(1_209_600)),
            ("0s", Some(0)),
            (" 5 min ", Some(300)),
            ("", None),
            ("soon", None),
            ("-1h", None),
            ("1h ago", None),
            ("1 month", None),
            ("99999d", None),
            ("PT1H", None),
        ];
        for (text, seconds) in table {
            assert_eq!(span(text).map(|d| d.as_secs()), seconds, "{text:?}");
        }
    }

    #[test]
    fn durations_show_the_two_units_that_matter() {
        let table = [
            (0, "0 s"),
            (400, "0.4 s"),
            (42_000, "42 s"),
            (702_000, "11 min 42 s"),
            (3_900_000, "1 h 5 min"),
            (183_600_000, "2 d 3 h"),
            (-60_000, "-1 min 0 s"),
        ];
        for (millis, text) in table {
            assert_eq!(duration(SignedDuration::from_millis(millis)), text);
        }
    }

    #[test]
    fn a_time_is_told_in_both_zones() {
        let at: Timestamp = "2026-11-22T18:00:00Z".parse().unwrap();
        assert_eq!(both(at, &zone("Asia/Tokyo").unwrap()), "2026-11-23 03:00:00 JST (2026-11-22 18:00:00 UTC)");
        assert_eq!(both(at, &TimeZone::UTC), "2026-11-22 18:00:00 UTC");
    }
}
