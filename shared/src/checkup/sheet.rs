//! The sheet of answers: every question that was asked, by its id, with what came of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::facts::Unknown;
use super::finding::{Finding, Mend, Severity};

/// What came of a question
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// It was looked at, and it is as it should be
    Fine,
    /// It was looked at, and nothing that was read tells anything of it, for this reason: what is known of it stays
    Silent(String),
    /// Wrong, or not to be told (severity [`Severity::Unjudged`])
    Found(Arc<Finding>),
}

/// Every answer by the question's id
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sheet(BTreeMap<String, Answer>);

impl Sheet {
    /// Looked at, and fine. Never takes back what was found for the same id.
    pub(super) fn fine(&mut self, id: impl Into<String>) {
        self.0.entry(id.into()).or_insert(Answer::Fine);
    }

    /// Looked at, and nothing tells anything of it. Never takes back another answer.
    pub(super) fn silent(&mut self, id: impl Into<String>, why: &str) {
        self.0.entry(id.into()).or_insert_with(|| Answer::Silent(why.to_owned()));
    }

    /// Found. Of two findings of one id the worse one stands.
    pub(super) fn found(&mut self, finding: Finding) {
        let keeps = |answer: &Answer| matches!(answer, Answer::Found(known) if known.severity >= finding.severity);
        if !self.0.get(&finding.id).is_some_and(keeps) {
            self.0.insert(finding.id.clone(), Answer::Found(Arc::new(finding)));
        }
    }

    /// Could not be told
    pub(super) fn unknown(&mut self, id: impl Into<String>, database: Option<&str>, title: &str, unknown: &Unknown) {
        self.found(Finding {
            id: id.into(),
            database: database.map(str::to_owned),
            severity: Severity::Unjudged,
            title: title.to_owned(),
            evidence: vec![unknown.why.clone()],
            why: "What could not be looked at may be wrong.".to_owned(),
            mend: Mend::say("Mend what the reason names; the next check asks again."),
            measure: None,
        });
    }

    /// Every question that was asked with its answer
    pub fn answers(&self) -> impl Iterator<Item = (&str, &Answer)> {
        self.0.iter().map(|(id, answer)| (id.as_str(), answer))
    }

    /// What came of one question; none where nobody asked it
    pub(super) fn answer(&self, id: &str) -> Option<&Answer> {
        self.0.get(id)
    }

    /// What was found, worst first
    pub fn findings(&self) -> Vec<&Finding> {
        let mut found: Vec<&Finding> = self
            .0
            .values()
            .filter_map(|answer| match answer {
                Answer::Found(finding) => Some(finding.as_ref()),
                Answer::Fine | Answer::Silent(_) => None,
            })
            .collect();
        found.sort_by(|a, b| b.severity.cmp(&a.severity).then_with(|| a.id.cmp(&b.id)));
        found
    }
}
