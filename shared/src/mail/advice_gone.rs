//! The three answers where the database itself is gone: that outshouts whatever its drill came to.

use super::advice::Advice;
use super::by_hand::{bring_back, same_backup, windows};
use super::facts::short_name;
use super::tally::tally;
use crate::restore::Record;
use crate::verify::{Because, VerdictWord};

/// The answers for a drill of what RDS retained of a database; `known` are those that its verdict alone would have.
pub(super) fn advise_gone(record: &Record, known: Advice) -> Advice {
    let kept = "YES: it is gone, and RDS keeps this backup for some days only.";
    let look = "Find out who removed it. What can be restored:";
    let because = record.verdict.as_ref().map(|verdict| (verdict.word, verdict.because));
    let (backup, at_risk, to_do) = match because {
        Some((VerdictWord::Passed, _)) => {
            let to_do = "Find out who removed it. Bring it back while it can be:";
            ("Its retained backup restores.".to_owned(), kept, Some(to_do))
        }
        Some((_, Because::ChecksFailed)) => {
            let tally = tally(record);
            let backup = format!("Its backup fails {} of {} checks.", tally.failed, tally.asked);
            (backup, "YES: it is gone, and this backup's data is not as expected.", Some(look))
        }
        Some((_, Because::BackupUnusable)) => {
            let at_risk = "YES: it is gone, and this backup is of no use.";
            ("Its backup could not be restored.".to_owned(), at_risk, Some(look))
        }
        Some((_, Because::LeftBehind)) => ("The copy could not be removed.".to_owned(), kept, None),
        Some(_) | None => ("Its backup is not proved.".to_owned(), kept, None),
    };
    let commands = match (because, windows(record)) {
        (Some((VerdictWord::Passed, _)), Some(windows)) => {
            // Bringing it back comes first: what else there is can be looked at while that runs.
            let windows = match bring_back(record) {
                Some(command) => vec![command, windows.saying("What else can be restored:")],
                None => vec![windows],
            };
            // What a good drill hands out otherwise removes what is left behind, which can wait for this.
            let rest = known.commands.into_iter().enumerate().filter(|_| !record.leftovers.is_empty());
            let says = |(number, command): (usize, super::shell::Command)| match number {
                0 => command.saying("Then remove what is left behind:"),
                _ => command,
            };
            windows.into_iter().chain(same_backup(record)).chain(rest.map(says)).collect()
        }
        _ => known.commands,
    };
    Advice {
        happened: format!("{} IS GONE. {backup}", short_name(record)),
        at_risk: at_risk.to_owned(),
        to_do: to_do.map_or(known.to_do, str::to_owned),
        commands,
    }
}
