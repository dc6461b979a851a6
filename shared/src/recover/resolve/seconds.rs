//! The whole seconds of a window: AWS keeps no others.

use jiff::{SignedDuration, Timestamp};

use super::Reach;
use crate::database::Window;

/// AWS restores to a time below the latest restorable one (RDS API, `RestoreToTime`); it keeps whole seconds
pub const BELOW_LATEST: SignedDuration = SignedDuration::from_secs(1);

/// The newest second of a window that AWS takes
pub(in crate::recover) fn newest_of(window: Window) -> Option<Timestamp> {
    let to = whole(window.latest?).checked_sub(BELOW_LATEST).ok()?;
    window.earliest.is_none_or(|earliest| earliest <= to).then_some(to)
}

/// The second of a window that a time means
pub(super) fn inside(at: Timestamp, window: Window) -> Option<Timestamp> {
    let newest = newest_of(window)?;
    let earliest = window.earliest.map(up);
    if at > newest.checked_add(SignedDuration::from_millis(999)).ok()? {
        return None;
    }
    match earliest {
        Some(earliest) if at < earliest && up(at) < earliest => None,
        Some(earliest) => Some(whole(at).max(earliest)).filter(|to| *to <= newest),
        None => Some(whole(at)),
    }
}

/// The second that is nearest to a time that no window holds, to paste
pub(super) fn nearest(at: Timestamp, reaches: &[Reach<'_>]) -> Option<String> {
    let seconds = reaches.iter().flat_map(|reach| {
        let newest = newest_of(reach.window);
        // Beyond the end of what is there, the newest there will be when it is asked for.
        let is_latest = reach.retained.is_none();
        let newest = newest.map(|newest| (newest, if is_latest { "latest".to_owned() } else { newest.to_string() }));
        let earliest = reach.window.earliest.map(up).map(|earliest| (earliest, earliest.to_string()));
        [newest, earliest]
    });
    let near = seconds.flatten().min_by_key(|(second, _)| second.duration_since(at).abs());
    near.map(|(_, words)| words)
}

fn whole(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}

/// The first whole second that is not before
pub(in crate::recover) fn up(at: Timestamp) -> Timestamp {
    let whole = whole(at);
    if whole < at { whole.checked_add(SignedDuration::from_secs(1)).unwrap_or(whole) } else { whole }
}
