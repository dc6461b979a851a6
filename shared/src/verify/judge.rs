//! Whether what was found is what was expected.

use jiff::Timestamp;

use super::values::{count_of, foreign_keys, freshness, pass, same_value, unchanged};
use super::words::{LONGEST_VALUE, plain};
use super::{Check, CheckAnswer, Earlier, Found, Outcome, Reply, objects};

/// Judges one answer.
///
/// `restored_to` is the instant the copy stands for; `earlier` what the last passed drill found for the same question.
pub fn judge_check(
    check: &Check,
    reply: impl Into<Reply>,
    restored_to: Timestamp,
    earlier: Option<&Found>,
    millis: u64,
) -> CheckAnswer {
    judge_against(check, reply, restored_to, &earlier.into(), millis)
}

/// Judges one answer, knowing why there may be nothing to compare it with.
pub fn judge_against(
    check: &Check,
    reply: impl Into<Reply>,
    restored_to: Timestamp,
    earlier: &Earlier<'_>,
    millis: u64,
) -> CheckAnswer {
    let Reply { found, rows } = reply.into();
    let (outcome, said, expected) = compare(check, &found, restored_to, earlier);
    // What could not be judged is nothing to work with later: no baseline, no RPO.
    let value = Some(found).filter(|_| !matches!(outcome, Outcome::NotAsked { .. }));
    CheckAnswer { check: check.clone(), outcome, found: said, expected, value, rows, millis }
}

impl CheckAnswer {
    /// A check that could not be asked
    pub fn not_asked(check: &Check, reason: &str) -> Self {
        Self {
            check: check.clone(),
            outcome: Outcome::NotAsked { reason: reason.to_owned() },
            found: "nothing".to_owned(),
            expected: expectation(check, &None.into()),
            value: None,
            rows: 0,
            millis: 0,
        }
    }
}

pub(super) type Judged = (Outcome, String, String);

fn compare(check: &Check, found: &Found, restored_to: Timestamp, earlier: &Earlier<'_>) -> Judged {
    let expected = expectation(check, earlier);
    match (check, found) {
        (
            Check::RowCount { at_least, at_most, .. } | Check::CollectionCount { at_least, at_most, .. },
            Found::Count(rows),
        ) => {
            let good = at_least.is_none_or(|least| *rows >= least) && at_most.is_none_or(|most| *rows <= most);
            (pass(good), rows.to_string(), expected)
        }
        (Check::Tables { at_least, .. }, Found::Count(tables)) => {
            (pass(tables >= at_least), tables.to_string(), expected)
        }
        (_, Found::Missing(said)) if names_something(check) => {
            (Outcome::Failed, plain(said, 2 * LONGEST_VALUE), expected)
        }
        (Check::Orphans { .. }, Found::Count(orphans)) => (pass(*orphans == 0), format!("{orphans} orphans"), expected),
        (Check::ForeignKeys { .. }, Found::Keys { probed, broken, sampled }) => {
            foreign_keys(*probed, broken, *sampled, expected)
        }
        (Check::Freshness { within, .. }, Found::Newest(newest)) => freshness(within, *newest, restored_to, expected),
        (Check::Unchanged { within_percent, .. }, Found::Count(rows)) => {
            unchanged(*within_percent, *rows, earlier, expected)
        }
        (Check::SchemaUnchanged { .. } | Check::GrantsUnchanged { .. }, Found::Objects(now)) => {
            objects::unchanged(now, earlier, expected)
        }
        (Check::Indexes { names, .. }, Found::Objects(now)) => objects::indexes(names, now, earlier, expected),
        (Check::Damage { except }, Found::Objects(now)) => objects::none_missing(except, now, earlier, expected),
        (Check::Damage { except }, Found::Damages { looked_for, found, left_out }) => {
            objects::damages(except, looked_for, found, left_out, expected)
        }
        (Check::Sql { expect, .. }, Found::Value(value)) => {
            let said = value.as_ref().map_or_else(|| "NULL".to_owned(), |value| plain(value, LONGEST_VALUE));
            (pass(same_value(expect, value.as_deref())), said, expected)
        }
        _ => (
            Outcome::NotAsked { reason: "the answer does not fit the question".to_owned() },
            "an answer of another kind".to_owned(),
            expected,
        ),
    }
}

/// Whether a check asks about something by its name, which may be missing
fn names_something(check: &Check) -> bool {
    match check {
        Check::Tables { schema, .. } | Check::SchemaUnchanged { schema, .. } => schema.is_some(),
        Check::GrantsUnchanged { .. } | Check::Damage { .. } | Check::Sql { .. } => false,
        _ => true,
    }
}

/// What is expected, in words
fn expectation(check: &Check, earlier: &Earlier<'_>) -> String {
    match check {
        Check::RowCount { at_least, at_most, .. } | Check::CollectionCount { at_least, at_most, .. } => {
            match (at_least, at_most) {
                (Some(least), Some(most)) => format!("{least} to {most}"),
                (Some(least), None) => format!("at least {least}"),
                (None, Some(most)) => format!("at most {most}"),
                (None, None) => "any number".to_owned(),
            }
        }
        Check::Freshness { within, .. } => format!("at most {within} before the restore point"),
        Check::Tables { at_least, .. } => format!("at least {at_least}"),
        Check::Orphans { .. } => "no orphans".to_owned(),
        Check::ForeignKeys { .. } => "every key whole".to_owned(),
        Check::SchemaUnchanged { .. } | Check::GrantsUnchanged { .. } => "as in the last passed drill".to_owned(),
        Check::Indexes { names, .. } if names.is_empty() => "as in the last passed drill".to_owned(),
        Check::Indexes { names, .. } => plain(&names.join(", "), LONGEST_VALUE),
        Check::Damage { .. } => "none".to_owned(),
        Check::Unchanged { within_percent, .. } => match count_of(earlier) {
            Some(earlier) => format!("{earlier} within {within_percent} %"),
            None => format!("the rows of the last passed drill within {within_percent} %"),
        },
        Check::Sql { expect, .. } => match expect {
            serde_json::Value::String(text) => plain(text, LONGEST_VALUE),
            other => plain(&other.to_string(), LONGEST_VALUE),
        },
    }
}
