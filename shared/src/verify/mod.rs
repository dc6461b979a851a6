//! Checks, answers and the verdict.
//!
//! `data-check` asks and writes down what came; whether that is good is decided here, twice: [`judge_check`] for one answer,
//! [`of_answers`] for the run. No path leads to `passed` without an answer that was read from the copy's own data.

mod answer;
mod check;
mod difference;
mod earlier;
pub mod inventory;
mod judge;
mod objects;
mod partitions;
mod request;
#[cfg(test)]
mod tests;
mod values;
mod verdict;
mod words;

pub use answer::{Answers, CheckAnswer, Damage, Found, Outcome, Reply, Trouble, TroubleKind};
pub use check::{Check, implicit_checks, knows_no_more, with_defaults};
pub use earlier::{Baseline, Earlier};
pub use inventory::{SchemaFacts, TableFacts};
pub use judge::{judge_against, judge_check};
pub use objects::UNUSABLE;
pub use request::{CheckRequest, Login};
pub use verdict::{Because, Verdict, VerdictWord, of_answers};

pub(crate) use words::invisible;
