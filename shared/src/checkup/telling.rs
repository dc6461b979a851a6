//! When which mail goes out.
//!
//! What is severe goes out at once. Everything else waits for the digest, at most one a day. A weekly mail says of every
//! database how it stands, also when all is well, so that silence is never good news. A larger mail holds what a smaller one
//! would: a run sends one mail.

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use super::compare::Compared;
use super::finding::Severity;
use crate::policy::Policy;

/// Which mail goes out
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tell {
    /// Only what is severe and new, or worse: today's digest is out already
    AtOnce,
    /// All that is new, worse or resolved
    Digest,
    /// The same, and how every database stands
    Weekly,
    /// None
    Nothing,
}

/// Decides which mail goes out. After it did, [`State::told`](super::State::told) marks what it told.
pub fn tell(now: Timestamp, policy: &Policy, compared: &Compared) -> Tell {
    let zone = policy.zone();
    let today = date(now, &zone);
    let state = &compared.next;
    let mut untold = compared.found.iter().map(|(_, known)| known).filter(|known| !known.is_told());
    let severe = untold.clone().any(|known| known.finding.severity == Severity::High);
    let changed = untold.next().is_some() || !compared.resolved.is_empty();
    // Who asks about one database gets the answer; the rest of the world was not looked at.
    let whole = compared.only.is_none();
    let mailed = |at: Option<Timestamp>| at.map(|at| date(at, &zone));
    if whole && is_weekly_due(today, policy.checkup.mail_day, mailed(state.weekly_at)) {
        Tell::Weekly
    } else if whole && changed && mailed(state.digest_at) != Some(today) {
        Tell::Digest
    } else if severe {
        Tell::AtOnce
    } else {
        Tell::Nothing
    }
}

/// Whether none went out since the last mail day. A day that had no check is made up for on the next, so that eight days
/// never pass without a mail. A date that lies ahead is a wrong clock's, and counts as none.
fn is_weekly_due(today: Date, mail_day: Weekday, last: Option<Date>) -> bool {
    let since = i64::from(mail_day.until(today.weekday()));
    let Ok(newest_mail_day) = today.checked_sub(since.days()) else { return true };
    !last.is_some_and(|last| (newest_mail_day..=today).contains(&last))
}

fn date(at: Timestamp, zone: &TimeZone) -> Date {
    at.to_zoned(zone.clone()).date()
}
