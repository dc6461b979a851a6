//! What a check answers: a message for people, and the findings for machines.

use lifeboat::checkup::{Compared, Finding, Known, Standing};
use serde_json::{Value, json};

use crate::rules::Mended;

/// Most findings in an answer, worst first; all of them are in `findings.json`
pub const MOST_ANSWERED: usize = 500;

/// What an answer is about: one database or all, and whether somebody reads it. For nobody it says how much there is.
pub type About<'a> = (Option<&'a str>, bool);

/// The answer of a check that was recorded
pub fn answer(message: &str, compared: &Compared, mended: &Mended, about: About<'_>) -> Value {
    let mut answer = found(message, compared, about);
    if let Some(fields) = answer.as_object_mut() {
        let raised = json!({"raised": mended.raised, "protected": mended.protected, "failed": mended.failed});
        fields.insert("mended".to_owned(), raised);
    }
    answer
}

/// The answer of a check that lost the race: it recorded, changed and told nothing
pub fn skipped(message: &str, compared: &Compared, about: About<'_>) -> Value {
    let mut answer = found(message, compared, about);
    if let Some(fields) = answer.as_object_mut() {
        fields.insert("skipped".to_owned(), json!("another check wrote its findings meanwhile: this one told nobody"));
    }
    answer
}

/// All that is open, worst first; for one database its own
fn found(message: &str, compared: &Compared, (only, by_hand): About<'_>) -> Value {
    if !by_hand {
        let (open, resolved) = (compared.found.len(), compared.resolved.len());
        return json!({"message": message, "open": open, "resolved": resolved, "accepted": compared.accepted.len()});
    }
    let mine = |finding: &Finding| only.is_none_or(|only| finding.database.as_deref() == Some(only));
    let found = compared.found.iter().filter(|(_, known)| mine(&known.finding));
    let left_out = found.clone().count().saturating_sub(MOST_ANSWERED);
    let findings: Vec<Value> = found.take(MOST_ANSWERED).map(|(standing, known)| finding(*standing, known)).collect();
    let resolved = compared.resolved.iter().map(|ended| &ended.known.finding).filter(|finding| mine(finding));
    let resolved: Vec<&str> = resolved.map(|finding| finding.id.as_str()).collect();
    let accepted = compared.accepted.iter().filter(|(finding, _)| mine(finding));
    let accepted: Vec<Value> = accepted.map(|(finding, reason)| json!({"id": finding.id, "reason": reason})).collect();
    json!({"message": message, "findings": findings, "left_out": left_out, "resolved": resolved, "accepted": accepted})
}

fn finding(standing: Standing, known: &Known) -> Value {
    let standing = match standing {
        Standing::New => "new",
        Standing::Worse => "worse",
        Standing::Ongoing => "ongoing",
    };
    let finding = &known.finding;
    json!({
        "id": finding.id, "severity": finding.severity, "database": finding.database, "title": finding.title,
        "evidence": finding.evidence, "why": finding.why, "mend": finding.mend, "standing": standing,
        "since": known.since,
    })
}
