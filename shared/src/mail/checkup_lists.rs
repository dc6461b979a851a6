//! The lists in what backup-check tells: what is well again, what could not be looked at, what was mended or is accepted.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::checkup_finding::{ACCOUNT, MOST_LINES, When, date, grouped, lines, more, sentence, word};
use super::facts::LONGEST_VALUE;
use super::letter::Letter;
use super::text::clean;
use crate::checkup::{Compared, Ended, Ending, Finding, Known, Mended, Severity, Standing, accepted_by};
use crate::moment;
use crate::policy::Policy;

/// Questions with one reason from which on they are told together
const FEWEST_GROUPED: usize = 3;
/// Databases that such a line names
const MOST_PLACES: usize = 10;
/// Accepted findings that are named
const MOST_ACCEPTED: usize = 5;
/// Questions without an answer, and known findings that could not be looked at again
pub(super) fn unanswered<'a>(letter: &mut Letter, all: impl Iterator<Item = &'a Known>, when: When<'_>) {
    let is_open = |known: &&Known| known.finding.severity == Severity::Unjudged || known.unseen.is_some();
    let all: Vec<&Known> = all.filter(is_open).collect();
    if all.is_empty() {
        return;
    }
    letter.heading(&format!("COULD NOT BE LOOKED AT: {}", all.len()));
    let all = by_reason(letter, all, when);
    for (name, group) in grouped(all.iter().take(MOST_LINES).copied()) {
        letter.say("  ", &clean(name, LONGEST_VALUE));
        for known in group {
            let title = clean(&known.finding.title, LONGEST_VALUE);
            if let Some(why) = &known.unseen {
                let severity = word(known.finding.severity);
                letter.say("    - ", &format!("{severity}, as last known: {title}"));
                letter.say("      why: ", &sentence(&clean(why, LONGEST_VALUE)));
            } else {
                letter.say("    - ", &format!("{title} (since {})", date(known.since, when.zone)));
                let why = known.finding.evidence.first().map_or("", String::as_str);
                letter.say("      why: ", &sentence(&clean(why, LONGEST_VALUE)));
            }
        }
    }
    more(letter, all.len(), MOST_LINES);
}

/// Why nobody could look
fn reason(known: &Known) -> &str {
    known.unseen.as_deref().or(known.finding.evidence.first().map(String::as_str)).unwrap_or_default()
}

/// The databases that findings are about, as a line names them
pub(super) fn places<'a>(all: impl Iterator<Item = &'a Known>) -> (usize, String) {
    let all: BTreeSet<&str> = all.map(|known| known.finding.database.as_deref().unwrap_or(ACCOUNT)).collect();
    let named: Vec<String> = all.iter().take(MOST_PLACES).map(|name| clean(name, 63)).collect();
    let more = all.len().saturating_sub(MOST_PLACES);
    let rest = if more == 0 { String::new() } else { format!(" and {more} more") };
    (all.len(), format!("{}{rest}", named.join(", ")))
}

/// One reason that many questions share is told once; what is left has a reason of its own. What was found before keeps
/// its line.
fn by_reason<'a>(letter: &mut Letter, all: Vec<&'a Known>, when: When<'_>) -> Vec<&'a Known> {
    let mut groups: Vec<(&str, Vec<&Known>)> = Vec::new();
    for known in &all {
        match groups.iter_mut().find(|(why, _)| *why == reason(known)) {
            Some((_, group)) => group.push(*known),
            None => groups.push((reason(known), vec![*known])),
        }
    }
    groups.retain(|(_, group)| group.len() >= FEWEST_GROUPED);
    for (why, group) in groups.iter().take(MOST_LINES) {
        let since = group.iter().filter_map(|known| (known.unseen.is_none()).then_some(known.since)).min();
        let since = since.map_or_else(String::new, |at| format!(" (since {})", date(at, when.zone)));
        let (_, places) = places(group.iter().copied());
        letter.say("  - ", &format!("{} questions about {places}{since}", group.len()));
        letter.say("    why: ", &sentence(&clean(why, LONGEST_VALUE)));
        let known_before = group.iter().filter(|known| known.finding.severity > Severity::Unjudged);
        for known in known_before.clone().take(MOST_LINES) {
            let severity = word(known.finding.severity);
            letter.say("    ", &format!("{severity}, as last known: {}", clean(&known.finding.title, LONGEST_VALUE)));
        }
        more(letter, known_before.count(), MOST_LINES);
    }
    let grouped: BTreeSet<&str> = groups.iter().take(MOST_LINES).map(|(why, _)| *why).collect();
    all.into_iter().filter(|known| !grouped.contains(reason(known))).collect()
}

/// What ended, and how long it lasted
pub(super) fn resolved(letter: &mut Letter, all: &[&Ended], when: When<'_>) {
    if all.is_empty() {
        return;
    }
    letter.heading(&format!("RESOLVED: {}", all.len()));
    for ended in all.iter().take(MOST_LINES) {
        let Finding { title, severity, database, .. } = ended.known.finding.as_ref();
        let name = clean(database.as_deref().unwrap_or(ACCOUNT), 63);
        let lasted = moment::duration(ended.at.duration_since(ended.known.since));
        let how = match ended.how {
            Ending::Fine if *severity == Severity::Unjudged => "It could be looked at again, and is well",
            Ending::Fine => "All is well again",
            Ending::Gone => "What it was about is gone, or the policy asks of it no more",
            Ending::Unlisted => "The policy does not name its database any more",
        };
        letter.say("  - ", &format!("{name}: {}", clean(title, LONGEST_VALUE)));
        let at = moment::both(ended.at, when.zone);
        let untold = if ended.known.told_at.is_none() { ", and ended before a mail could tell of it" } else { "" };
        letter.say("    ", &format!("{how} since {at}. It lasted {lasted}{untold}."));
    }
    more(letter, all.len(), MOST_LINES);
}

/// What mails have told and is still as it was
pub(super) fn still_open(letter: &mut Letter, compared: &Compared, when: When<'_>) {
    let is_known = |(stands, known): &&(Standing, Known)| {
        *stands == Standing::Ongoing && known.finding.severity != Severity::Unjudged && known.unseen.is_none()
    };
    let all: Vec<&Known> = compared.found.iter().filter(is_known).map(|(_, known)| known).collect();
    if !all.is_empty() {
        letter.heading(&format!("STILL OPEN: {}", all.len()));
        lines(letter, &all, MOST_LINES, when);
    }
}

/// What was changed, and what could not be
pub(super) fn mended(letter: &mut Letter, mended: &Mended, is_found: bool) {
    let done = mended.raised.len() + mended.protected.len();
    if done > 0 {
        letter.heading(&format!("MENDED, as the policy asks: {done}"));
    }
    let of = |name: &str, identifier: &str, clustered: bool| {
        let what = if clustered { "cluster" } else { "instance" };
        format!("{} ({what} {})", clean(name, 63), clean(identifier, 63))
    };
    for one in mended.raised.iter().take(MOST_LINES) {
        let of = of(&one.database, &one.identifier, one.clustered);
        letter.say("  - ", &format!("{of}: retention raised from {} to {} days", one.from_days, one.to_days));
    }
    for one in mended.protected.iter().take(MOST_LINES) {
        letter.say("  - ", &format!("{}: protected from deletion", of(&one.database, &one.identifier, one.clustered)));
    }
    if done > 0 && is_found {
        letter.say("  ", "What is found below was found before; the next check confirms the change.");
    }
    if mended.failed.is_empty() {
        return;
    }
    letter.heading(&format!("COULD NOT BE MENDED: {}", mended.failed.len()));
    for (identifier, why) in mended.failed.iter().take(MOST_LINES) {
        letter.say("  - ", &clean(&format!("{identifier}: {why}"), LONGEST_VALUE));
    }
    more(letter, mended.failed.len(), MOST_LINES);
}

/// The last line: what the policy accepts
pub(super) fn accepted(letter: &mut Letter, compared: &Compared, policy: &Policy, now: Timestamp) {
    let all = &compared.accepted;
    if all.is_empty() {
        return;
    }
    let today = now.to_zoned(policy.zone()).date();
    let said: Vec<String> = all
        .iter()
        .take(MOST_ACCEPTED)
        .map(|(finding, reason)| {
            let until = accepted_by(policy, &finding.id, today).and_then(|by| by.until);
            let until = until.map_or_else(String::new, |until| format!(" until {until}"));
            format!("{}{until}: {}", clean(&finding.id, 80), clean(reason, 80))
        })
        .collect();
    let more = all.len().saturating_sub(MOST_ACCEPTED);
    let rest = if more == 0 { String::new() } else { format!("; and {more} more") };
    letter.say("", &format!("Accepted by the policy: {} ({}{rest})", all.len(), said.join("; ")));
}
