//! The verdict of a run.

use serde::{Deserialize, Serialize};

use super::{Answers, Check, CheckAnswer, Outcome, TroubleKind};

/// The three verdicts. Could not look is `inconclusive`, never `passed` and never `failed`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum VerdictWord {
    /// The copy came up and every check that was asked of its data is as expected
    Passed,
    /// The backup cannot be restored, its data is wrong, or the copy could not be removed
    Failed,
    /// Whether the backup is good could not be told
    Inconclusive,
}

impl VerdictWord {
    /// The word that a subject starts with
    pub fn label(self) -> &'static str {
        match self {
            Self::Passed => "PASS",
            Self::Failed => "FAIL",
            Self::Inconclusive => "INCONCLUSIVE",
        }
    }
}

/// What a verdict rests on; it picks the advice in the mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Because {
    /// All checks as expected
    ChecksPassed,
    /// At least one check not as expected
    ChecksFailed,
    /// The backup could not be restored
    BackupUnusable,
    /// The copy, or a part of it, is still there
    LeftBehind,
    /// Some or all checks could not be asked
    NotAsked,
    /// AWS had no capacity
    Capacity,
    /// A quota of the account was reached
    Quota,
    /// A permission was missing
    Permission,
    /// Network settings kept us out
    Network,
    /// A setting did not fit
    Configuration,
    /// A KMS key could not be used
    Key,
    /// It took longer than the policy allows
    Deadline,
    /// Somebody else removed or changed the copy
    Interference,
    /// The source does not exist or is not what the policy says
    Source,
    /// Anything else
    Other,
}

/// A verdict with its reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// The word
    pub word: VerdictWord,
    /// What it rests on
    pub because: Because,
    /// One sentence: what, for which database, and what came back
    pub reason: String,
}

impl Verdict {
    /// Failed, with its reason
    pub fn failed(because: Because, reason: impl Into<String>) -> Self {
        Self { word: VerdictWord::Failed, because, reason: reason.into() }
    }

    /// Inconclusive, with its reason
    pub fn inconclusive(because: Because, reason: impl Into<String>) -> Self {
        Self { word: VerdictWord::Inconclusive, because, reason: reason.into() }
    }
}

/// The verdict over the answers, given what was asked.
///
/// Wrong data outweighs everything. After it, anything that could not be asked makes the run inconclusive: an answer with
/// fewer checks than were asked, or of other checks, proves nothing about the missing ones. What remains passes only if at
/// least one check really compared the copy's data with something.
pub fn of_answers(asked: &[Check], answers: &Answers) -> Verdict {
    if let Some(wrong) = first(answers, |outcome| matches!(outcome, Outcome::Failed)) {
        let count = answers.checks.iter().filter(|answer| answer.outcome == Outcome::Failed).count();
        let of = answers.checks.iter().filter(|answer| answer.outcome != Outcome::Noted).count();
        return Verdict::failed(Because::ChecksFailed, format!("{count} of {of} checks failed: {wrong}"));
    }
    if let Some(trouble) = &answers.trouble {
        let because = match trouble.kind {
            TroubleKind::Network => Because::Network,
            TroubleKind::Login => Because::Permission,
            TroubleKind::NoDatabase => Because::Configuration,
            TroubleKind::Tls | TroubleKind::Unsupported | TroubleKind::Other => Because::NotAsked,
        };
        return Verdict::inconclusive(
            because,
            format!("the copy came up, but could not be asked: {}", trouble.message),
        );
    }
    let unanswered = asked.iter().filter(|check| !answers.checks.iter().any(|answer| answer.check == **check)).count();
    if unanswered > 0 {
        return Verdict::inconclusive(
            Because::NotAsked,
            format!("{unanswered} of {} checks have no answer", asked.len()),
        );
    }
    if let Some(open) = first(answers, |outcome| matches!(outcome, Outcome::NotAsked { .. })) {
        return Verdict::inconclusive(Because::NotAsked, format!("a check could not be asked: {open}"));
    }
    let asked_for = |answer: &&CheckAnswer| asked.contains(&answer.check);
    let passed = answers.checks.iter().filter(asked_for).filter(|answer| answer.outcome == Outcome::Passed).count();
    if passed == 0 || answers.first_query_at.is_none() {
        let reason = "no check compared the copy's data with anything yet";
        return Verdict::inconclusive(Because::NotAsked, reason);
    }
    let noted = answers.checks.iter().filter(|answer| answer.outcome == Outcome::Noted).count();
    let reason = match noted {
        0 => format!("{passed} of {passed} checks passed"),
        _ => format!("{passed} of {passed} checks passed, {noted} noted for the next drill"),
    };
    Verdict { word: VerdictWord::Passed, because: Because::ChecksPassed, reason }
}

fn first(answers: &Answers, which: impl Fn(&Outcome) -> bool) -> Option<String> {
    let answer = answers.checks.iter().find(|answer| which(&answer.outcome))?;
    Some(match &answer.outcome {
        Outcome::NotAsked { reason } => format!("{}: {reason}", answer.check.asked()),
        _ => format!("{}: expected {}, found {}", answer.check.asked(), answer.expected, answer.found),
    })
}

#[cfg(test)]
mod tests {
    use super::super::{Found, Trouble, judge_check};
    use super::*;

    fn rows(table: &str) -> Check {
        Check::RowCount { table: table.to_owned(), at_least: Some(1), at_most: None }
    }

    fn answers(checks: Vec<CheckAnswer>) -> Answers {
        Answers {
            version: 1,
            run: "drill-orders-202611221800".to_owned(),
            attempt: 1,
            endpoint: "copy:5432".to_owned(),
            database: "app".to_owned(),
            server_version: None,
            first_query_at: Some(jiff::Timestamp::UNIX_EPOCH),
            restored_to: None,
            finished_at: jiff::Timestamp::UNIX_EPOCH,
            trouble: None,
            checks,
        }
    }

    fn counted(table: &str, count: u64) -> CheckAnswer {
        judge_check(&rows(table), Found::Count(count), jiff::Timestamp::UNIX_EPOCH, None, 1)
    }

    #[test]
    fn all_checks_as_expected_pass() {
        let verdict = of_answers(&[rows("a"), rows("b")], &answers(vec![counted("a", 1), counted("b", 2)]));
        assert_eq!(verdict.word, VerdictWord::Passed);
    }

    #[test]
    fn one_wrong_table_fails_whatever_else_could_not_be_asked() {
        let given = answers(vec![counted("a", 0), CheckAnswer::not_asked(&rows("b"), "timed out")]);
        let verdict = of_answers(&[rows("a"), rows("b")], &given);
        assert_eq!((verdict.word, verdict.because), (VerdictWord::Failed, Because::ChecksFailed));
        assert_eq!(verdict.reason, "1 of 2 checks failed: rows in a: expected at least 1, found 0");
    }

    #[test]
    fn a_check_that_could_not_be_asked_is_inconclusive() {
        let given = answers(vec![counted("a", 1), CheckAnswer::not_asked(&rows("b"), "timed out")]);
        assert_eq!(of_answers(&[rows("a"), rows("b")], &given).word, VerdictWord::Inconclusive);
    }

    #[test]
    fn answers_to_other_questions_prove_nothing() {
        let given = answers(vec![counted("a", 1)]);
        assert_eq!(of_answers(&[rows("a"), rows("b")], &given).word, VerdictWord::Inconclusive);
        assert_eq!(of_answers(&[rows("b")], &given).word, VerdictWord::Inconclusive);
    }

    #[test]
    fn no_answers_are_never_a_pass() {
        assert_eq!(of_answers(&[], &answers(vec![])).word, VerdictWord::Inconclusive);
        let mut silent = answers(vec![counted("a", 1)]);
        silent.first_query_at = None;
        assert_eq!(of_answers(&[rows("a")], &silent).word, VerdictWord::Inconclusive);
    }

    #[test]
    fn a_first_count_alone_proves_nothing() {
        let check = Check::Unchanged { table: "a".to_owned(), within_percent: 5.0, since: None };
        let noted = judge_check(&check, Found::Count(9), jiff::Timestamp::UNIX_EPOCH, None, 1);
        assert_eq!(of_answers(&[check], &answers(vec![noted])).word, VerdictWord::Inconclusive);
    }

    #[test]
    fn no_way_in_is_inconclusive_with_its_cause() {
        let mut given = answers(vec![]);
        given.trouble = Some(Trouble { kind: TroubleKind::Network, message: "timed out after 10 s".to_owned() });
        let verdict = of_answers(&[rows("a")], &given);
        assert_eq!((verdict.word, verdict.because), (VerdictWord::Inconclusive, Because::Network));
    }
}
