//! What a request that died left behind, and what the next one does about it. A session holds a lock while it works, and
//! loses it with its connection: whoever has the lock is alone, and what stands half-made is nobody's.

use super::{Entry, Phase, State};

/// What is done about a line of the registry before anything else
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leftover {
    /// Nothing is left over
    None,
    /// A copy that was never whole: it is dropped, with its line
    DropCopy,
    /// A restore that had not changed places: its staging table is dropped, the copy is what it was before
    BackOff,
    /// A restore that had changed places: what follows is done, again where it was done before
    GoOn,
}

/// What a line asks for. `incoming_is_there`: whether the table that was to come in still has its own name. The change of
/// places is one step, so where it has, nothing has changed places.
pub fn leftover(entry: &Entry, incoming_is_there: bool) -> Leftover {
    match (entry.state, &entry.details.restore) {
        (State::Copying, _) => Leftover::DropCopy,
        (State::Restoring, Some(restore)) => match restore.phase {
            Phase::Staging => Leftover::BackOff,
            // An undo without a table that comes in has only the live one to move; looking at names tells nothing, so it
            // is done again by whoever asks.
            Phase::Swapping if incoming_is_there || restore.incoming.is_none() => Leftover::BackOff,
            Phase::Swapping => Leftover::GoOn,
            Phase::Done => Leftover::None,
        },
        (State::Restoring, None) => Leftover::BackOff,
        _ => Leftover::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::Restore;
    use crate::tables::entry::tests::entry;

    fn restoring(phase: Phase, undoing: bool) -> Entry {
        let mut entry = entry("a", "2026-11-20T00:00:00Z", State::Restoring);
        let incoming = (!undoing).then(|| "stage".to_owned());
        let at = entry.at;
        entry.details.restore = Some(Restore { at, phase, undoing, incoming, aside: None, before: None });
        entry
    }

    #[test]
    fn a_copy_that_was_never_whole_is_dropped_and_no_other() {
        for state in State::ALL {
            let expected = state == State::Copying;
            let left = leftover(&entry("a", "2026-11-20T00:00:00Z", state), false);
            assert_eq!(left == Leftover::DropCopy, expected, "{state:?}");
        }
    }

    #[test]
    fn a_restore_is_finished_only_where_the_tables_have_changed_places() {
        let table = [
            (Phase::Staging, true, Leftover::BackOff),
            (Phase::Staging, false, Leftover::BackOff),
            (Phase::Swapping, true, Leftover::BackOff),
            (Phase::Swapping, false, Leftover::GoOn),
        ];
        for (phase, there, expected) in table {
            assert_eq!(leftover(&restoring(phase, false), there), expected, "{phase:?} {there}");
        }
        assert_eq!(leftover(&restoring(Phase::Swapping, true), false), Leftover::BackOff);
    }
}
