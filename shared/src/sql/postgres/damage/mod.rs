//! Signs of damage: what no healthy database has, whatever its policy knows of it.
//!
//! Each kind is looked for on its own. What cannot be looked at (no right to read it, too large, no time left) is left out
//! with its reason, and what the server itself cannot read any more is damage. Code that came with the backup is not called:
//! a check or an index that calls the database's own functions is left out too.
//!
//! | file | what belongs there |
//! |---|---|
//! | `signs` | what the catalogue alone tells: invalid indexes, emptied files, collations of another version |
//! | `sequences` | sequences that are behind the column they feed |
//! | `rows` | what reading whole tables tells: NULLs, broken checks, duplicates, rows that cannot be read |
//! | `table` | a table as the catalogue lists it, and the queries that read it whole |
//! | `report` | what was looked for, found and left out |

mod report;
mod rows;
mod sequences;
mod signs;
mod table;

use std::time::Duration;

use report::Report;
use tokio::time::Instant;

use super::asking::Asking;
use crate::sql::AskError;
use crate::verify::Found;

/// The most that all looking together may take; a policy may ask other checks after this one
const LONGEST_LOOK: Duration = Duration::from_secs(300);

/// The most that one statement may take
const LONGEST_STATEMENT: Duration = Duration::from_secs(60);

/// Most signs of one kind that are told
const MOST_SIGNS: usize = 1000;

/// Looks for every kind. Where everything is accepted as it is, nothing is.
pub(super) async fn find(asking: &mut Asking<'_>, except: &[String]) -> Result<Found, AskError> {
    let mut report = Report::default();
    if except.iter().any(|known| known == "*") {
        return Ok(report.found());
    }
    let deadline = Instant::now() + LONGEST_LOOK;
    let looked = look(asking, &mut report, deadline).await;
    match looked {
        // What was found before the end of the time, or of the connection, is found all the same.
        Err(error) if report.is_empty() => Err(error),
        Err(error @ AskError::Lost(_)) if !report.has_damage() => Err(error),
        Err(error) => {
            report.leave("everything else", &error.to_string());
            Ok(report.found())
        }
        Ok(()) => Ok(report.found()),
    }
}

async fn look(asking: &mut Asking<'_>, report: &mut Report, deadline: Instant) -> Result<(), AskError> {
    signs::look(asking, report).await?;
    sequences::look(asking, report, deadline).await?;
    rows::look(asking, report, deadline).await
}

/// Whether the time for looking is over
fn is_over(deadline: Instant) -> bool {
    Instant::now() >= deadline
}
