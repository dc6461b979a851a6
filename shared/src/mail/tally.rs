//! How the checks of a run came out, and what its mail and its page say of them.

use super::facts::short_name;
use crate::restore::Record;
use crate::verify::{Answers, Check, CheckAnswer, Found, Outcome};

/// How the checks came out
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Tally {
    /// As expected
    pub passed: usize,
    /// Not as expected
    pub failed: usize,
    /// All that were asked for and have something to be compared with
    pub asked: usize,
    /// Asked for the first time: the next drill compares with them
    pub noted: usize,
}

/// Counts the answers
pub(super) fn tally(record: &Record) -> Tally {
    let count = |outcome: &Outcome| answers(record).iter().filter(|answer| answer.outcome == *outcome).count();
    let noted = count(&Outcome::Noted);
    Tally {
        passed: count(&Outcome::Passed),
        failed: count(&Outcome::Failed),
        asked: record.plan.checks.len().max(answers(record).len()).saturating_sub(noted),
        noted,
    }
}

/// The answers to the checks
pub(super) fn answers(record: &Record) -> &[CheckAnswer] {
    record.answers.as_ref().map_or(&[], |answers: &Answers| answers.checks.as_slice())
}

/// What a drill says of itself that asked nothing of the data; `None` where it knows more
pub(super) fn knows_no_more(record: &Record) -> Option<&'static str> {
    let checks = &record.plan.checks;
    if !record.plan.checks_are_implicit && !checks.iter().all(|check| matches!(check, Check::Damage { .. })) {
        return None;
    }
    Some(if checks.iter().any(|check| matches!(check, Check::Damage { .. })) {
        "The policy names no checks for this database. This drill proves a connection, counts tables and looks for \
         signs of damage, and knows no more."
    } else {
        "The policy names no checks for this database. This drill proves a connection and counts tables, and knows no \
         more."
    })
}

/// What to write into the policy where a difference that a check found was meant
pub(super) fn if_meant(record: &Record, answer: &CheckAnswer) -> Option<String> {
    if answer.outcome != Outcome::Failed || !answer.check.compares() {
        return None;
    }
    let place = format!("databases.{}.checks", short_name(record));
    if let Check::Damage { .. } = answer.check {
        return Some(format!(
            "Is it known and accepted? Name the object in \"except\" of the check damage in {place}."
        ));
    }
    // What is missing altogether, and an index that cannot be used, are wrong whatever there was before. Records keep no
    // lists of objects, so the words have to say it.
    if matches!(answer.value, Some(Found::Missing(_))) || answer.found.contains("cannot be used") {
        return None;
    }
    let since = record.restored_to()?;
    let kind = answer.check.kind();
    Some(format!("Was the change meant? Set \"since\": \"{since}\" on this check ({kind}) in {place}."))
}

/// Whether all that failed is that schemas, grants or indexes are not those of the last passed drill
pub(super) fn only_differs(record: &Record) -> bool {
    let differs = |answer: &CheckAnswer| {
        let lists = !matches!(answer.check, Check::Damage { .. } | Check::Unchanged { .. });
        lists && if_meant(record, answer).is_some()
    };
    let mut failed = answers(record).iter().filter(|answer| answer.outcome == Outcome::Failed).peekable();
    failed.peek().is_some() && failed.all(differs)
}
