//! The first lines of what backup-check tells: what happened, whether data is at risk, what to do now.

use super::checkup::Told;
use super::checkup_finding::{number, pressing, sentence, to_do, whole_check};
use super::checkup_standing as standing;
use super::facts::LONGEST_VALUE;
use super::shell::Command;
use super::text::clean;
use crate::checkup::{Compared, Known, Mended, Overview, Severity, Tell};

/// What the subject and the first lines say
pub(super) struct First {
    pub subject: String,
    pub happened: String,
    pub at_risk: String,
    pub to_do: String,
    pub command: Option<Command>,
    /// Id of the finding that the third line and the command are about
    pub about: Option<String>,
}

/// The subject's label, and the first lines
pub(super) fn first_lines(
    tell: Tell,
    compared: &Compared,
    told: &Told<'_>,
    overviews: &[Overview],
    mended: &Mended,
) -> (&'static str, First) {
    let open = compared.found.iter().map(|(_, known)| known);
    let severe = pressing(open.clone().filter(|known| known.finding.severity == Severity::High), mended);
    let at_risk = at_risk(compared, told, overviews, mended);
    let severity = told.severity(mended);
    if tell == Tell::Weekly && severity != Some(Severity::High) {
        let about = severe.or(told.worst(mended)).or(pressing(open, mended));
        let alarming = severe.is_some() || severity >= Some(Severity::Medium);
        let unseen = standing::unseen(compared, overviews);
        let label = if alarming || unseen > 0 { "ALERT" } else { "INFO" };
        let said = standing::weekly(compared, overviews);
        let mut first = First::about(about, mended, at_risk);
        if about.is_none() && unseen > 0 {
            (first.to_do, first.command) = ("See why they could not be read:".to_owned(), whole_check());
        }
        return (label, first.saying(format!("backups, weekly: {said}"), format!("{}.", capital(&said))));
    }
    if let Some((questions, databases)) = told.one_reason() {
        let said = format!("{questions} questions about {databases} have no answer");
        let first = First::about(told.worst(mended), mended, at_risk);
        return ("INFO", first.saying(format!("backups: {said}"), format!("{}, for one reason.", capital(&said))));
    }
    if let Some(known) = told.worst(mended) {
        let title = clean(&known.finding.title, LONGEST_VALUE);
        let label = if severity >= Some(Severity::Medium) { "ALERT" } else { "INFO" };
        let more = (told.changes() + told.resolved.len()).saturating_sub(1);
        let happened = if more == 0 { sentence(&title) } else { told.in_numbers() };
        return (label, First::about(Some(known), mended, at_risk).saying(with_more(&title, more), happened));
    }
    let first = First::about(severe, mended, at_risk);
    if let Some(ended) = told.resolved.first() {
        let title = clean(&ended.known.finding.title, LONGEST_VALUE);
        let more = told.resolved.len().saturating_sub(1);
        let happened = if more == 0 { format!("Resolved: {}", sentence(&title)) } else { told.in_numbers() };
        return ("RESOLVED", first.saying(with_more(&title, more), happened));
    }
    let settings = number(mended.raised.len() + mended.protected.len(), "setting was", "settings were");
    let subject = format!("backups: {settings} mended, as the policy asks");
    ("INFO", first.saying(subject, format!("{settings} mended, as the policy asks.")))
}

impl First {
    /// What to do now is what mends this one
    fn about(known: Option<&Known>, mended: &Mended, at_risk: String) -> Self {
        let (to_do, command) = to_do(known, mended);
        let about = known.map(|known| known.finding.id.clone());
        Self { subject: String::new(), happened: String::new(), at_risk, to_do, command, about }
    }

    fn saying(self, subject: String, happened: String) -> Self {
        Self { subject, happened, ..self }
    }
}

/// A title, cut so that the number behind it is read as well
fn with_more(title: &str, more: usize) -> String {
    if more == 0 { title.to_owned() } else { format!("{}, and {more} more", clean(title, 74)) }
}

/// Whether data is at risk, by all that is open and not only by what is new
fn at_risk(compared: &Compared, told: &Told<'_>, overviews: &[Overview], mended: &Mended) -> String {
    let open = |severity| compared.found.iter().filter(|(_, known)| known.finding.severity == severity).count();
    let hidden = compared.found.iter().filter(|(_, known)| known.unseen.is_some()).count();
    let unanswered = open(Severity::Unjudged) + hidden + standing::unseen(compared, overviews);
    if told.severity(mended) == Some(Severity::High) {
        return "Yes: a restore would fail or lose too much, or data is exposed.".to_owned();
    }
    match (open(Severity::High), unanswered, open(Severity::Medium), open(Severity::Low)) {
        (0, 0, 0, 0) if told.changes() > 0 => "No: what was wrong was mended just now.".to_owned(),
        (0, 0, 0, 0) => "No: nothing that was looked at is wrong.".to_owned(),
        (0, 0, 0, _) => "No. It is about money or tidiness.".to_owned(),
        (0, 0, _, _) => "Not today, but less is safe than the policy asks for.".to_owned(),
        (0, _, _, _) => {
            format!("Not known: {} could not be looked at.", number(unanswered, "thing", "things"))
        }
        (severe, ..) => {
            format!("Yes: {} still open.", number(severe, "severe finding is", "severe findings are"))
        }
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| format!("{}{}", first.to_uppercase(), letters.as_str()))
}
