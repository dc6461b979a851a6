//! The page of one run.

use jiff::Timestamp;
use maud::{Markup, html};

use super::super::advice::{Advice, advise};
use super::super::drill::outcome_word;
use super::super::facts;
use super::super::shell::Command;
use super::super::tally;
use super::super::text::clean;
use super::compare::compared;
use super::timeline::timeline;
use super::{badge, class, page, said};
use crate::database::price::PRICES_OF;
use crate::moment;
use crate::restore::{Record, closed_key};
use crate::verify::{CheckAnswer, Outcome, VerdictWord};

/// The page of one run, `reports/<run-id>.html`.
pub fn run_page(record: &Record, now: Timestamp) -> String {
    let word = record.verdict.as_ref().map(|verdict| verdict.word);
    let content = html! {
        header {
            p .soft { a href="./index.html" { "All drills" } }
            h1 { (clean(&record.title(), 80)) " " (badge(word)) }
            p .soft {
                (record.purpose.word()) " of " (moment::both(record.requested_at, &facts::zone_of(record)))
                @if let Some(region) = facts::in_region(record) { ", in " (region) }
            }
        }
        (answers(record, &advise(record), word))
        (tiles(record, now))
        h2 { "Where the time went" }
        (timeline(&facts::steps(record), record.rto()))
        (checks(record))
        (compared(record))
        (remarks(record, now))
        (identifiers(record))
    };
    page(&format!("[{}] {}", facts::label(word), record.title()), &content)
}

fn answers(record: &Record, advice: &Advice, word: Option<VerdictWord>) -> Markup {
    html! {
        section class={ "answers is-" (class(word)) } {
            dl {
                dt { "What happened" } dd { (said(&advice.happened)) }
                dt { "Is data at risk" } dd { (said(&advice.at_risk)) }
                dt { "What to do now" } dd { (said(&advice.to_do)) }
            }
            @for command in &advice.commands {
                @if let Some(says) = command.says { p { (says) } }
                pre { (pasteable(command)) }
            }
            @if let Some(verdict) = record.verdict.as_ref().filter(|verdict| verdict.word != VerdictWord::Passed) {
                p .soft { "Why: " (said(&verdict.reason)) }
            }
        }
    }
}

/// A command without the indent that it has in a mail; a line that continues a word begins at the margin in both
fn pasteable(command: &Command) -> String {
    command.lines().iter().map(|line| line.strip_prefix("  ").unwrap_or(line)).collect::<Vec<_>>().join("\n")
}

fn tiles(record: &Record, now: Timestamp) -> Markup {
    let tally = tally::tally(record);
    let unknown = || "not known".to_owned();
    let cost = facts::cost(record, now).map_or_else(|| "none".to_owned(), |cost| cost.words());
    html! {
        div .tiles {
            div .tile {
                "RTO" b { (record.rto().map_or_else(unknown, moment::duration)) }
                span .soft { "request to first query" }
            }
            div .tile .warn[facts::lags(record).is_some()] {
                "Restorable lag" b { (record.restorable_lag().map_or_else(unknown, moment::duration)) }
                span .soft {
                    @match record.plan.restore_lag_minutes {
                        Some(minutes) => { "policy allows " (minutes) " min" }
                        None => "no limit in the policy"
                    }
                }
            }
            @if let Some(age) = facts::backup_age(record) {
                div .tile { "Backup's age" b { (moment::duration(age)) } span .soft { "at the request" } }
            }
            div .tile {
                "Newest row" b { (record.rpo_from_data().map_or_else(unknown, moment::duration)) }
                span .soft { "before the restore point" }
            }
            div .tile .warn[tally.failed > 0] {
                "Checks" b { (tally.passed) " of " (tally.asked) }
                span .soft { "as expected" }
            }
            div .tile { "Cost" b { (cost) } span .soft { "known parts only" } }
        }
    }
}

fn checks(record: &Record) -> Markup {
    let trouble = record.answers.as_ref().and_then(|answers| answers.trouble.as_ref());
    html! {
        h2 { "Checks" }
        @if let Some(little) = tally::knows_no_more(record) { p { (little) } }
        @if let Some(trouble) = trouble { p .failed { "Could not ask: " (said(&trouble.message)) } }
        table {
            thead { tr { th { "Outcome" } th { "Asked" } th { "Expected" } th { "Found" } th { "Took" } } }
            tbody {
                @for answer in tally::answers(record) { (check(record, answer)) }
                @if tally::answers(record).is_empty() {
                    @for check in &record.plan.checks {
                        tr { td { b .inconclusive { "? no answer" } } td { (said(&check.asked())) } td {} td {} td {} }
                    }
                }
            }
        }
    }
}

fn check(record: &Record, answer: &CheckAnswer) -> Markup {
    let trouble = record.answers.as_ref().and_then(|answers| answers.trouble.as_ref());
    let (class, sign) = match answer.outcome {
        Outcome::Passed => ("passed", "✓"),
        Outcome::Failed => ("failed", "✗"),
        Outcome::Noted | Outcome::NotAsked { .. } => ("inconclusive", "?"),
    };
    html! {
        tr {
            td { b class=(class) { (sign) " " (outcome_word(&answer.outcome)) } }
            td { (said(&answer.check.asked())) }
            td data-label="Expected" { (said(&answer.expected)) }
            td data-label="Found" {
                @match &answer.outcome {
                    // What kept every check from being asked is said once, above them.
                    Outcome::NotAsked { reason } if trouble.is_some_and(|trouble| trouble.message == *reason) => {}
                    Outcome::NotAsked { reason } => (said(reason)),
                    _ => (said(&answer.found)),
                }
                @if let Some(meant) = tally::if_meant(record, answer) { p .soft { (said(&meant)) } }
            }
            td .number data-label="Took" { (answer.millis) " ms" }
        }
    }
}

fn remarks(record: &Record, now: Timestamp) -> Markup {
    html! {
        @if !record.leftovers.is_empty() {
            h2 { "Left behind" }
            ul { @for left in &record.leftovers { li { (facts::leftover(left, &record.run)) } } }
        }
        @if let Some(cost) = facts::cost(record, now) {
            h2 { "Cost: " (cost.words()) }
            ul {
                @for part in &cost.made_of { li { (said(part)) } }
                @for part in &cost.not_known { li { "Not in it: " (said(part)) } }
            }
            p .soft { "Prices of " (PRICES_OF) "." }
        }
        @if !record.notes.is_empty() {
            h2 { "Notes" }
            ul { @for note in &record.notes { li { (said(note)) } } }
        }
    }
}

fn identifiers(record: &Record) -> Markup {
    let source = record.source.as_ref();
    let all = [
        ("Run", Some(record.run.clone())),
        ("Source", source.map(|source| source.arn.clone()).or_else(|| Some(record.plan.identifier.clone()))),
        ("Resource id", source.map(|source| source.resource_id.clone())),
        ("Backup asked for", Some(facts::asked_for(record))),
        ("Restored to", Some(facts::restored_to(record))),
        ("Restore job", record.restore_job.clone()),
        ("Region", facts::in_region(record)),
        ("Copy", Some(record.copy.arn.clone().unwrap_or_else(|| record.copy.identifier.clone()))),
        ("Server", record.answers.as_ref().and_then(|answers| answers.server_version.clone())),
        ("Record", Some(closed_key(&record.run, record.requested_at))),
    ];
    html! {
        h2 { "Identifiers" }
        table { tbody {
            @for (name, value) in all { @if let Some(value) = value { tr { th { (name) } td { code { (said(&value)) } } } } }
        } }
    }
}
