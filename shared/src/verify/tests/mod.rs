//! Situations of answers.

mod comparing;
mod judging;
mod listing;
mod rules;

use super::{Check, Found};

/// The instant that every copy here stands for
pub(super) const NOW: &str = "2026-11-22T18:00:00Z";

/// A check as a request carries it
pub(super) fn check(value: serde_json::Value) -> Check {
    serde_json::from_value(value).unwrap()
}

pub(super) fn objects(pairs: &[(&str, &str)]) -> Found {
    Found::Objects(pairs.iter().map(|(name, what)| ((*name).to_owned(), (*what).to_owned())).collect())
}
