//! What a request that died left behind, and what the next one does about it. A session holds a lock while it works, and
//! loses it with its connection: whoever has the lock is alone, and what stands half-made is nobody's.

use super::{Entry, Phase, State};

/// What is done about a line of the registry before anything else
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Leftover {
    /// Nothing is left over
    None,
    /// A copy that was never whole: it is dropped, with its line
    DropCopy,
    /// A restore that had not changed places: the copy is what it was before, and this staging table is dropped. An undo
    /// has none: what it was to bring in is the table of before.
    BackOff(Option<String>),
    /// A restore that had changed places: what follows is done, again where it was done before
    GoOn,
}

/// What a line asks for. `is_there` says whether a name in the live table's schema is taken. The change of places is one
/// step: while the table that comes in has its own name still, or, where none comes in, while nothing has the name of what
/// goes aside, nothing has changed places.
pub fn leftover(entry: &Entry, is_there: impl Fn(&str) -> bool) -> Leftover {
    match (entry.state, &entry.details.restore) {
        (State::Copying, _) => Leftover::DropCopy,
        (State::Restoring, Some(restore)) => {
            let changed = match (&restore.incoming, &restore.aside) {
                (Some(incoming), _) => !is_there(incoming),
                (None, Some(aside)) => is_there(aside),
                (None, None) => false,
            };
            match restore.phase {
                Phase::Swapping if changed => Leftover::GoOn,
                Phase::Done => Leftover::None,
                _ => Leftover::BackOff(restore.incoming.clone().filter(|_| !restore.undoing)),
            }
        }
        (State::Restoring, None) => Leftover::BackOff(None),
        _ => Leftover::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::Restore;
    use crate::tables::entry::tests::entry;

    fn restoring(phase: Phase, undoing: bool, incoming: Option<&str>) -> Entry {
        let mut entry = entry("a", "2026-11-20T00:00:00Z", State::Restoring);
        let incoming = incoming.map(str::to_owned);
        let (at, aside) = (entry.at, Some("aside".to_owned()));
        entry.details.restore = Some(Restore { at, phase, undoing, incoming, aside, before: None, previous: None });
        entry
    }

    #[test]
    fn a_copy_that_was_never_whole_is_dropped_and_no_other() {
        for state in State::ALL {
            let expected = state == State::Copying;
            let left = leftover(&entry("a", "2026-11-20T00:00:00Z", state), |_| false);
            assert_eq!(left == Leftover::DropCopy, expected, "{state:?}");
        }
    }

    /// Phase, whether it undoes, what comes in, the names that are taken; and what is done about it
    type Row = (Phase, bool, Option<&'static str>, &'static [&'static str], Leftover);

    #[test]
    fn a_restore_is_finished_only_where_the_tables_have_changed_places() {
        let off = |name: Option<&str>| Leftover::BackOff(name.map(str::to_owned));
        let table: [Row; 8] = [
            (Phase::Staging, false, Some("stage"), &["stage"], off(Some("stage"))),
            (Phase::Staging, false, Some("stage"), &[], off(Some("stage"))),
            (Phase::Swapping, false, Some("stage"), &["stage"], off(Some("stage"))),
            (Phase::Swapping, false, Some("stage"), &["aside"], Leftover::GoOn),
            // What an undo brings in is the table of before: it is never dropped.
            (Phase::Swapping, true, Some("broken"), &["broken"], off(None)),
            (Phase::Swapping, true, Some("broken"), &["aside"], Leftover::GoOn),
            (Phase::Swapping, true, None, &[], off(None)),
            (Phase::Swapping, true, None, &["aside"], Leftover::GoOn),
        ];
        for (phase, undoing, incoming, there, expected) in table {
            let left = leftover(&restoring(phase, undoing, incoming), |name| there.contains(&name));
            assert_eq!(left, expected, "{phase:?} {undoing} {incoming:?} {there:?}");
        }
    }
}
