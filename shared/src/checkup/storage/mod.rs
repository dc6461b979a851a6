//! Storage of backups and what it costs: billed bytes, their growth, old manual snapshots.
//!
//! | id | question |
//! |---|---|
//! | `billed/<database>` | billed backup storage within the policy's limit |
//! | `growth/<database>` | its growth within the policy's limit |
//! | `old-snapshots/<database>` | no manual snapshot beyond the retention that nothing keeps |

mod billed;
mod costs;
#[cfg(test)]
mod fixtures;
mod growth;
mod snapshots;
#[cfg(test)]
mod tests;

pub use costs::{Billed, Costs, DatabaseCosts, Manual, costs};

use super::{Asking, Sheet};

pub(super) fn ask(asking: &Asking<'_>, sheet: &mut Sheet) {
    billed::ask(asking, sheet);
    growth::ask(asking, sheet);
    snapshots::ask(asking, sheet);
}

/// Dollars as people read them
fn dollars(sum: f64) -> String {
    if sum > 0.0 && sum < 0.005 { "less than $0.01".to_owned() } else { format!("${sum:.2}") }
}

/// A size as people read it
fn gib_words(gib: f64) -> String {
    if gib < 10.0 { format!("{gib:.1} GiB") } else { format!("{gib:.0} GiB") }
}

/// `1 snapshot`, `2 snapshots`
fn snapshots_words(number: usize) -> String {
    if number == 1 { "1 manual snapshot".to_owned() } else { format!("{number} manual snapshots") }
}
