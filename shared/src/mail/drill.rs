//! The mail about a drill.

use jiff::Timestamp;

use super::advice::advise;
use super::command::{deletions, fetch};
use super::facts::{self, LONGEST_VALUE};
use super::letter::{Letter, Mail};
use super::tally::{self, tally};
use super::text::clean;
use crate::database::price::PRICES_OF;
use crate::moment;
use crate::restore::{Phase, Record, closed_key, open_key};
use crate::verify::{Because, Outcome, VerdictWord};

/// Most lines of any list in a mail; what is left out is counted, and the page has it all
const MOST_LISTED: usize = 40;

/// The mail that ends a drill. `bucket` is where its record and its page lie; `now` bounds the cost of a copy that is still
/// there.
pub fn drill_mail(record: &Record, bucket: &str, now: Timestamp) -> Mail {
    let advice = advise(record);
    let mut letter = Letter::opening(&advice.happened, &advice.at_risk, &advice.to_do);
    for command in &advice.commands {
        letter.command(command);
    }
    if let Some(verdict) = record.verdict.as_ref().filter(|verdict| verdict.word != VerdictWord::Passed) {
        letter.gap();
        letter.say("Why: ", &clean(&verdict.reason, 2 * LONGEST_VALUE));
    }
    restored(record, &mut letter);
    times(record, &mut letter);
    checks(record, &mut letter);
    left_behind(record, &mut letter);
    cost(record, now, &mut letter);
    listed(&mut letter, "NOTES", record.notes.iter().map(|note| clean(note, LONGEST_VALUE)));
    places(record, bucket, &mut letter);
    letter.sealed(facts::label(record.verdict.as_ref().map(|verdict| verdict.word)), &about(record))
}

/// The subject after its label: `orders/weekly: 4 of 4 checks passed, restored in 31 min 42 s`
fn about(record: &Record) -> String {
    let (title, tally) = (clean(&record.title(), 40), tally(record));
    let place = facts::in_region(record).map_or_else(String::new, |region| format!(" in {region}"));
    let said = match record.verdict.as_ref().map(|verdict| (verdict.word, verdict.because)) {
        Some((VerdictWord::Passed, _)) => {
            let mut checks = if tally::knows_no_more(record).is_some() {
                "restored and answered, no checks configured".to_owned()
            } else {
                format!("{} of {} checks passed", tally.passed, tally.asked)
            };
            checks.push_str(&place);
            let lag = facts::lags(record).map_or("", |_| ", backups LAG");
            let left = match record.leftovers.len() {
                0 => String::new(),
                count => format!(", {count} LEFT BEHIND"),
            };
            let rto = record.rto().map_or_else(String::new, |rto| format!(", RTO {}", moment::duration(rto)));
            format!("{checks}{lag}{left}{rto}")
        }
        Some((_, Because::ChecksFailed)) => format!("{} of {} checks failed{place}", tally.failed, tally.asked),
        Some((_, because)) => format!("{}{place}", because_words(because)),
        None => "no verdict yet".to_owned(),
    };
    let gone = if facts::is_gone(record) { "DATABASE GONE, " } else { "" };
    format!("{title}: {gone}{said}")
}

/// A reason in a few words
pub(super) fn because_words(because: Because) -> &'static str {
    match because {
        Because::ChecksPassed => "checks passed",
        Because::ChecksFailed => "checks failed",
        Because::BackupUnusable => "the backup could not be restored",
        Because::LeftBehind => "the copy could not be removed",
        Because::NotAsked => "not every check could be asked",
        Because::Capacity => "AWS had no capacity",
        Because::Quota => "a quota of the account was reached",
        Because::Permission => "a permission was missing",
        Because::Network => "the network kept the drill out",
        Because::Configuration => "a setting did not fit",
        Because::Key => "a KMS key could not be used",
        Because::Deadline => "the drill missed its deadline",
        Because::Interference => "somebody else touched the copy",
        Because::Source => "the source is not what the policy says",
        Because::Other => "no clear result",
    }
}

fn restored(record: &Record, letter: &mut Letter) {
    letter.heading("RESTORED");
    let engine = record.source.as_ref().map_or_else(
        || record.plan.kind.word().to_owned(),
        |source| format!("{} {}", source.engine.word(), source.engine_version),
    );
    let gone = if facts::is_gone(record) { ", GONE" } else { "" };
    letter.say("  source  ", &clean(&format!("{} ({engine}){gone}", record.plan.identifier), LONGEST_VALUE));
    letter.say("  copy    ", &clean(&record.copy.identifier, LONGEST_VALUE));
    if let Some(region) = facts::in_region(record) {
        letter.say("  region  ", &region);
    }
    letter.say("  asked   ", &facts::asked_for(record));
    letter.say("  to      ", &facts::restored_to(record));
    if let Some(job) = &record.restore_job {
        letter.say("  job     ", &format!("restore job {} of AWS Backup", clean(job, 80)));
    }
    letter.say("  request ", &moment::both(record.requested_at, &facts::zone_of(record)));
}

fn times(record: &Record, letter: &mut Letter) {
    match record.rto() {
        Some(rto) => {
            letter.heading(&format!("RTO {}, from the request to the first answered query", moment::duration(rto)));
        }
        None => letter.heading("RTO not known: no query was answered"),
    }
    for step in facts::steps(record) {
        let more = if step.from.is_zero() {
            String::new()
        } else {
            format!(" ({} more)", moment::duration(step.to - step.from))
        };
        letter.say(&format!("  {:<15}  ", step.words), &format!("after {}{more}", moment::duration(step.to)));
    }
    letter.heading("RPO");
    for sentence in facts::rpo(record) {
        letter.say("  ", &sentence);
    }
}

fn checks(record: &Record, letter: &mut Letter) {
    let (tally, answers) = (tally(record), tally::answers(record));
    let noted = if tally.noted == 0 { String::new() } else { format!(", {} noted for the next drill", tally.noted) };
    letter.heading(&format!("CHECKS: {} of {} passed{noted}", tally.passed, tally.asked));
    if let Some(little) = tally::knows_no_more(record) {
        letter.say("  ", little);
    }
    let trouble = record.answers.as_ref().and_then(|answers| answers.trouble.as_ref());
    if let Some(trouble) = trouble {
        letter.say("  could not ask: ", &clean(&trouble.message, LONGEST_VALUE));
    }
    if answers.is_empty() {
        for check in record.plan.checks.iter().take(MOST_LISTED) {
            letter.say("  no answer  ", &clean(&check.asked(), LONGEST_VALUE));
        }
    }
    for answer in answers.iter().take(MOST_LISTED) {
        letter.say(&format!("  {:<9}  ", outcome_word(&answer.outcome)), &clean(&answer.check.asked(), LONGEST_VALUE));
        let said = if let Outcome::NotAsked { reason } = &answer.outcome {
            // What kept every check from being asked is said once, above them.
            if trouble.is_some_and(|trouble| trouble.message == *reason) {
                continue;
            }
            clean(reason, LONGEST_VALUE)
        } else {
            let (expected, found) = (clean(&answer.expected, LONGEST_VALUE), clean(&answer.found, LONGEST_VALUE));
            format!("expected {expected}; found {found}; {} ms", answer.millis)
        };
        letter.say("             ", &said);
        if let Some(meant) = tally::if_meant(record, answer) {
            letter.say("             ", &meant);
        }
    }
    let more = answers.len().saturating_sub(MOST_LISTED);
    if more > 0 {
        letter.say("  ", &format!("and {more} more in the report"));
    }
}

/// The outcome of one check in a word
pub(super) fn outcome_word(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Passed => "ok",
        Outcome::Failed => "WRONG",
        Outcome::Noted => "noted",
        Outcome::NotAsked { .. } => "not asked",
    }
}

fn left_behind(record: &Record, letter: &mut Letter) {
    listed(letter, "LEFT BEHIND", record.leftovers.iter().map(|left| facts::leftover(left, &record.run)));
    let because = record.verdict.as_ref().map(|verdict| (verdict.word, verdict.because));
    let said_above = matches!(because, Some((VerdictWord::Passed, _) | (VerdictWord::Failed, Because::LeftBehind)));
    if !said_above {
        for command in deletions(&record.leftovers) {
            letter.command(&command);
        }
    }
}

fn cost(record: &Record, now: Timestamp, letter: &mut Letter) {
    let Some(cost) = facts::cost(record, now) else {
        letter.heading("COST nothing to speak of: no copy came up");
        return;
    };
    letter.heading(&format!("COST {} (prices of {PRICES_OF})", cost.words()));
    for part in &cost.made_of {
        letter.say("  ", &clean(part, LONGEST_VALUE));
    }
    for part in &cost.not_known {
        letter.say("  not in it: ", &clean(part, LONGEST_VALUE));
    }
}

/// A list under its heading; nothing at all where it is empty
pub(super) fn listed(letter: &mut Letter, heading: &str, all: impl ExactSizeIterator<Item = String>) {
    let more = all.len().saturating_sub(MOST_LISTED);
    for (index, one) in all.take(MOST_LISTED).enumerate() {
        if index == 0 {
            letter.heading(heading);
        }
        letter.say("  - ", &one);
    }
    if more > 0 {
        letter.say("  ", &format!("and {more} more in the report"));
    }
}

fn places(record: &Record, bucket: &str, letter: &mut Letter) {
    let key = if record.phase == Phase::Closed {
        closed_key(&record.run, record.requested_at)
    } else {
        open_key(&record.run)
    };
    let report = facts::report_key(&record.run);
    letter.heading("MORE");
    for (name, text) in [("run", record.run.as_str()), ("bucket", bucket), ("record", &key), ("report", &report)] {
        letter.say(&format!("  {name:<7}"), &clean(text, LONGEST_VALUE));
    }
    if let Some(command) = fetch(bucket, &report) {
        letter.command(&command);
    }
}
