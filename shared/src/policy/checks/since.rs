//! `since`: from when on a comparing check compares. A date is the midnight that begins it, in the policy's zone.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use crate::policy::fields::Fields;
use crate::policy::wrong::Wrong;

const ALLOWED: &str = "a date such as \"2026-11-22\" (its midnight in the policy's time zone) or a time in RFC 3339 with \
     its offset, of the years 2000 to 2099";

pub(super) fn read(fields: &mut Fields<'_, '_>, zone: &TimeZone) -> Option<Timestamp> {
    fields.text("since", ALLOWED, |text| {
        let usual = |time: &Timestamp| (946_684_800..4_102_444_800).contains(&time.as_second());
        let time = instant(text, zone).filter(usual);
        time.ok_or_else(|| Wrong { allowed: ALLOWED.to_owned(), nearest: with_offset(text, zone) })
    })
}

fn instant(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    if let Ok(time) = text.parse::<Timestamp>() {
        return Some(time);
    }
    // The parser of dates takes a time of day too, and would drop it.
    let is_date = text.len() == 10 && text.chars().all(|c| c.is_ascii_digit() || c == '-');
    let date: Date = text.parse().ok().filter(|_| is_date)?;
    Some(date.to_zoned(zone.clone()).ok()?.timestamp())
}

/// A time without an offset most likely means one in the policy's zone
fn with_offset(text: &str, zone: &TimeZone) -> Option<String> {
    let time: DateTime = text.parse().ok()?;
    let zoned = time.to_zoned(zone.clone()).ok()?;
    Some(zoned.timestamp().display_with_offset(zoned.offset()).to_string())
}
