//! The page of all drills.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use maud::{Markup, html};

use super::super::drill::because_words;
use super::super::facts::zone;
use super::super::summary::Summary;
use super::trend::trend;
use super::{address, badge, page, said};
use crate::moment;
use crate::verify::VerdictWord;

/// Runs that the page lists at most: five years of weekly drills of four databases
const MOST: usize = 1000;
/// Headings of the list
const COLUMNS: [&str; 7] = ["Verdict", "Drill", "Asked for", "RTO", "Lag", "Checks", "Remarks"];

/// The page of all drills, `reports/index.html`: for each database where it stands and how its RTO went, then every run,
/// newest first. The order of `summaries` does not matter.
pub fn index_page(summaries: &[Summary], now: Timestamp) -> String {
    let mut all: Vec<&Summary> = summaries.iter().collect();
    all.sort_by(|a, b| b.requested_at.cmp(&a.requested_at).then_with(|| a.run.cmp(&b.run)));
    let mut databases: BTreeMap<&str, Vec<&Summary>> = BTreeMap::new();
    for summary in &all {
        databases.entry(&summary.database).or_default().push(summary);
    }
    let content = html! {
        header {
            p .soft { "Lifeboat" }
            h1 { "Do the backups restore?" }
            p .soft { "Seen " (moment::utc(now)) ". Runs: " (all.len()) ". Databases: " (databases.len()) "." }
        }
        @if all.is_empty() { p { "No drill has ended yet." } }
        @for (number, (name, runs)) in databases.iter().enumerate() { (database(name, runs, number, now)) }
        @if !all.is_empty() { (every(&all)) }
    };
    page("Do the backups restore? - Lifeboat", &content)
}

fn database(name: &str, runs: &[&Summary], number: usize, now: Timestamp) -> Markup {
    let last = runs.first().and_then(|run| run.word);
    let proof = runs.iter().find(|run| run.word == Some(VerdictWord::Passed));
    html! {
        section .card {
            header { h2 style="margin:0" { (said(name)) } (badge(last)) }
            p {
                @match proof {
                    Some(run) => {
                        "Last proved by the drill of " b { (moment::both(run.requested_at, &zone(&run.timezone))) }
                        ", " (age(now.duration_since(run.requested_at))) " before this page was written"
                        @if let Some(rto) = run.rto() { "; it answered after " b { (moment::duration(rto)) } }
                        "."
                    }
                    None => b .failed { "Never proved: no drill has passed." }
                }
            }
            (trend(runs, number))
        }
    }
}

/// The page is read days later: an age on it is one at the time of writing
fn age(age: SignedDuration) -> String {
    if age < SignedDuration::from_mins(1) { "less than a minute".to_owned() } else { moment::duration(age) }
}

fn every(all: &[&Summary]) -> Markup {
    html! {
        h2 { "All runs, newest first" }
        table {
            thead { tr { @for name in COLUMNS { th { (name) } } } }
            tbody { @for run in all.iter().take(MOST) { (row(run)) } }
        }
        @if all.len() > MOST { p .soft { "and " (all.len() - MOST) " older ones, in runs/closed/" } }
    }
}

fn row(run: &Summary) -> Markup {
    let lag = run.lag_seconds.map(SignedDuration::from_secs);
    html! {
        tr {
            td { (badge(run.word)) }
            td .name { a href=(address(&run.run)) { (said(&run.title)) } }
            td .time data-label="Asked for" { (moment::both(run.requested_at, &zone(&run.timezone))) }
            td .number data-label="RTO" { (run.rto().map_or_else(|| "not known".to_owned(), moment::duration)) }
            td .number data-label="Lag" { (lag.map_or_else(|| "not known".to_owned(), moment::duration)) }
            td .number data-label="Checks" {
                (run.checks_passed) " of " (run.checks_asked)
                @if run.checks_are_implicit { " (implicit)" }
            }
            @let remarks = remarks(run);
            @if remarks.is_empty() { td {} } @else { td data-label="Remarks" { (remarks) } }
        }
    }
}

fn remarks(run: &Summary) -> String {
    let mut remarks = Vec::new();
    if let Some(because) = run.because.filter(|_| run.word != Some(VerdictWord::Passed)) {
        remarks.push(because_words(because).to_owned());
    }
    if run.leftovers > 0 {
        remarks.push(format!("{} left behind", run.leftovers));
    }
    remarks.join("; ")
}
