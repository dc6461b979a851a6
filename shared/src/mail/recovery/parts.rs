//! The sections of a recovery's mails.

use jiff::Timestamp;

use super::{MOST_LISTED, about, counted, from_aws, listed, rest};
use crate::mail::drill::outcome_word;
use crate::mail::facts::{LONGEST_VALUE, zone};
use crate::mail::letter::Letter;
use crate::mail::shell::Command;
use crate::mail::text::clean;
use crate::moment;
use crate::recover::{From, Phase, Questions, ReadFrom, Record};
use crate::restore::{ActState, Point, Purpose};
use crate::verify::{Outcome, VerdictWord};

/// How the checks came out: passed, failed, asked for
pub(super) fn tally(record: &Record) -> (usize, usize, usize) {
    let answers = record.answers.as_ref().map_or(&[][..], |answers| answers.checks.as_slice());
    let count = |outcome: &Outcome| answers.iter().filter(|answer| answer.outcome == *outcome).count();
    let wanted = match &record.questions {
        Questions::Ask { checks, .. } => checks.len(),
        Questions::Cannot { .. } => 0,
    };
    let asked = wanted.max(answers.len()).saturating_sub(count(&Outcome::Noted));
    (count(&Outcome::Passed), count(&Outcome::Failed), asked)
}

/// What the checks say, in a few words
pub(super) fn tally_words(record: &Record) -> String {
    let (passed, failed, asked) = tally(record);
    match record.verdict.as_ref().map(|verdict| verdict.word) {
        None => "data not checked yet".to_owned(),
        Some(VerdictWord::Failed) => format!("{failed} of {asked} checks FAILED"),
        Some(VerdictWord::Inconclusive) => "data could not be checked".to_owned(),
        Some(VerdictWord::Passed) if asked == 0 => "no checks configured".to_owned(),
        Some(VerdictWord::Passed) => format!("{passed} of {asked} checks passed"),
    }
}

/// Why it stopped, and the refusals behind it
pub(super) fn why(record: &Record, letter: &mut Letter) {
    letter.gap();
    let why = record.notes.last().map_or("no reason was noted", String::as_str);
    letter.say("Why: ", &clean(why, 3 * LONGEST_VALUE));
}

/// The refusals that a run ran into, and where to look
pub(super) fn look(record: &Record, letter: &mut Letter) {
    listed(letter, "REFUSED by AWS, the newest first", &refusals(record));
    letter.gap();
    letter.say("", "What is there of the copy, and what AWS says of it:");
    letter.command(&describe(record, record.blueprint.kind.is_clustered()));
    let attribute = format!("AttributeKey=ResourceName,AttributeValue={}", record.run);
    letter.say("", "Who did what to it:");
    let args = ["aws", "cloudtrail", "lookup-events", "--lookup-attributes", &attribute];
    if let Some(command) = from_aws(&args.map(str::to_owned)) {
        letter.command(&command);
    }
}

fn describe(record: &Record, clustered: bool) -> Command {
    let run = clean(&record.run, 63);
    let (call, key, query) = if clustered {
        ("describe-db-clusters", "--db-cluster-identifier", "DBClusters[].[Status,Endpoint,Port]")
    } else {
        ("describe-db-instances", "--db-instance-identifier", "DBInstances[].[DBInstanceStatus,Endpoint.Address]")
    };
    Command::new(&["aws", "rds", call, key, &run, "--query", query, "--output", "text"])
}

/// What was restored, from what, to what
pub(super) fn what(record: &Record, letter: &mut Letter, now: Timestamp) {
    let zone = zone(&record.timezone);
    let inspection = record.purpose == Purpose::Inspection;
    letter.heading(if inspection { "INSPECTION" } else { "RECOVERY" });
    let blueprint = &record.blueprint;
    let engine = clean(&format!("{} {}", blueprint.engine.word(), blueprint.engine_version), 60);
    let is_there = blueprint.read_from == ReadFrom::Source && !matches!(record.from, From::Retained(_));
    let touched = if record.cut_over.is_none() && is_there { ", not touched" } else { "" };
    letter.say("  source    ", &format!("{} ({engine}){touched}", clean(&blueprint.identifier, 63)));
    letter.say("  copy      ", &clean(&record.run, 63));
    if let Some(region) = &record.region {
        letter.say("  region    ", &clean(region, 40));
    }
    letter.say("  asked for ", &clean(&record.asked_for, LONGEST_VALUE));
    let restored = match &record.point {
        Point::Time { to } => moment::told(*to, now, &zone),
        Point::Snapshot { identifier, created_at, .. } => {
            let taken = created_at.map_or_else(|| "an unknown time".to_owned(), |at| moment::told(at, now, &zone));
            format!("snapshot {} of {taken}", clean(identifier, LONGEST_VALUE))
        }
        Point::RecoveryPoint { arn, vault, created_at, .. } => {
            let taken = created_at.map_or_else(|| "its latest time".to_owned(), |at| moment::told(at, now, &zone));
            format!("recovery point of {taken}, in vault {}: {}", clean(vault, 60), clean(arn, LONGEST_VALUE))
        }
    };
    letter.say("  data of   ", &restored);
    if let From::Retained(id) = &record.from {
        letter.say("  from      ", &format!("what RDS retained of a deleted database, {}", clean(id, 80)));
    }
    if let Some(job) = &record.restore_job {
        letter.say("  made by   ", &format!("AWS Backup, restore job {}", clean(&job.id, 80)));
    }
    if let Some(at) = record.expires_at {
        letter.say("  ends      ", &moment::told(at, now, &zone));
    }
}

/// What the data check says. It never ends a recovery.
pub(super) fn checks(record: &Record, letter: &mut Letter) {
    if record.phase == Phase::Stuck && record.copy.usable_at.is_none() {
        return;
    }
    let Some(verdict) = &record.verdict else {
        letter.heading("CHECKS: the data was not questioned yet");
        return;
    };
    letter.heading(&format!("CHECKS: the data check says: {}", tally_words(record)));
    let says = match verdict.word {
        // The heading has said it.
        VerdictWord::Passed => String::new(),
        VerdictWord::Failed => {
            format!("{}. The copy stays as it is: nothing is deleted for it.", verdict.reason)
        }
        VerdictWord::Inconclusive => {
            format!("The data could not be questioned: {}. That says nothing about the data.", verdict.reason)
        }
    };
    if !says.is_empty() {
        letter.say("  ", &clean(&says, 2 * LONGEST_VALUE));
    }
    let answers = record.answers.as_ref().map_or(&[][..], |answers| answers.checks.as_slice());
    // What failed is read first.
    let rank = |outcome: &Outcome| match outcome {
        Outcome::Failed => 0,
        Outcome::NotAsked { .. } => 1,
        Outcome::Noted => 2,
        Outcome::Passed => 3,
    };
    let mut sorted: Vec<_> = answers.iter().collect();
    sorted.sort_by_key(|answer| rank(&answer.outcome));
    for answer in sorted.iter().take(MOST_LISTED) {
        let asked = clean(&answer.check.asked(), LONGEST_VALUE);
        letter.say(&format!("  {:<9}  ", outcome_word(&answer.outcome)), &asked);
        match &answer.outcome {
            Outcome::Failed => {
                let (expected, found) = (clean(&answer.expected, LONGEST_VALUE), clean(&answer.found, LONGEST_VALUE));
                letter.say("             ", &format!("expected {expected}; found {found}"));
            }
            Outcome::NotAsked { reason } => letter.say("             ", &clean(reason, LONGEST_VALUE)),
            Outcome::Noted | Outcome::Passed => {}
        }
    }
    rest(letter, sorted.len());
}

/// What the database can be used without, and is still being made
pub(super) fn still_to_come(record: &Record, letter: &mut Letter) {
    let names: Vec<String> = record.still_to_come().iter().map(|name| act_words(name)).collect();
    if names.is_empty() {
        return;
    }
    let usable = record.copy.usable_at.is_some();
    listed(letter, if usable { "STILL TO COME, the database can be used meanwhile" } else { "STILL TO COME" }, &names);
    letter.say("  ", "Another mail says when it is complete, and what differs from the source.");
}

/// An act of the record, in words
pub(super) fn act_words(name: &str) -> String {
    let Some((what, of)) = name.split_once(':') else {
        return match name {
            "restore" => "the restore of the data".to_owned(),
            "adopt" => "this run's tags on what AWS Backup makes".to_owned(),
            "secret" => "a master password that RDS manages".to_owned(),
            "base" => "its storage and network types".to_owned(),
            "http-endpoint" => "the Data API".to_owned(),
            other => other.to_owned(),
        };
    };
    match what {
        "create" => format!("the instance {of}"),
        "change" => format!("settings of {of} that its restore could not be told"),
        "role" => format!("the role {of}"),
        _ => name.to_owned(),
    }
}

/// What is not tried any more
pub(super) fn given_up(record: &Record, letter: &mut Letter) {
    let all: Vec<String> = record.given_up.iter().map(|it| format!("{}: {}", act_words(&it.act), it.why)).collect();
    listed(letter, "GIVEN UP, the database can be used without", &all);
}

/// What differs from the source, each with what mends it
pub(super) fn differences(record: &Record, letter: &mut Letter) {
    // An inspection is smaller than its source on purpose.
    let Some(all) = record.differences.as_ref().filter(|_| record.purpose != Purpose::Inspection) else { return };
    if all.is_empty() {
        letter.heading("DIFFERENCES from the source: none in any setting that was compared");
        return;
    }
    letter.heading(&format!("DIFFERENCES from the source: {}, each with what mends it", all.len()));
    for one in all.iter().take(MOST_LISTED) {
        let (of, field) = (clean(&one.of, 63), clean(&one.field, 80));
        let (wanted, found) = (clean(&one.wanted, LONGEST_VALUE), clean(&one.found, LONGEST_VALUE));
        letter.say("  - ", &format!("{field} of {of}: was {wanted}, is {found}"));
        match from_aws(&one.command) {
            Some(command) => letter.command(&command),
            None => letter.say("    ", "No command changes it in place."),
        }
    }
    rest(letter, all.len());
}

/// What nobody but people bring back
pub(super) fn not_brought_back(record: &Record, letter: &mut Letter) {
    let replicas = &record.blueprint.replicas;
    if !replicas.is_empty() {
        let all: Vec<String> = replicas.iter().map(|name| format!("the read replica {name}")).collect();
        listed(letter, "TO BE MADE AGAIN once it is cut over", &all);
    }
}

/// How an inspection is kept longer
pub(super) fn longer(record: &Record, letter: &mut Letter) {
    let Some(at) = record.expires_at else { return };
    letter.heading(&format!("IT ENDS at {}", moment::both(at, &zone(&record.timezone))));
    letter.say("  ", "To keep it until 4 hours from the moment that this is pasted:");
    if let Some(command) = about(record, &[("extend", "4h".into())]) {
        letter.command(&command);
    }
}

/// Whatever was noted on the way
pub(super) fn notes(record: &Record, letter: &mut Letter) {
    // What stopped it stands at the top already.
    let said = if record.phase == Phase::Stuck { record.notes.len().saturating_sub(1) } else { record.notes.len() };
    listed(letter, "NOTES", record.notes.get(..said).unwrap_or_default());
}

/// The refusals that a run ran into, newest first: act, how often, AWS's words
fn refusals(record: &Record) -> Vec<String> {
    let mut all: Vec<(&Timestamp, String)> = record
        .acts
        .iter()
        .filter_map(|(name, asked)| match &asked.state {
            ActState::Refused { at, failure } => {
                let times = counted(usize::try_from(asked.attempt).unwrap_or(usize::MAX), "attempt", "attempts");
                Some((at, format!("{}, {times}: {}", act_words(name), failure.message)))
            }
            ActState::Asked | ActState::Done { .. } => None,
        })
        .collect();
    all.sort_by(|one, other| other.0.cmp(one.0));
    all.into_iter().map(|(_, said)| said).collect()
}
