//! The picture of a database: RTO of its last drills, with each verdict.

use maud::{Markup, html};

use super::super::summary::Summary;
use super::super::text::clean;
use super::{address, class, sign};
use crate::moment;

/// Runs that a picture shows at most
const MOST: usize = 20;
/// Pixels over the columns for their signs, under them for the dates, and of the tallest column
const OVER: f64 = 20.0;
const UNDER: f64 = 20.0;
const TALLEST: f64 = 92.0;
/// Pixels of a column without a known RTO
const SHORTEST: f64 = 3.0;
/// Columns that the picture has room for at least, so that a first drill makes no wall
const FEWEST: usize = 12;

/// Columns from the oldest to the newest of the last runs. `runs` are one database's, newest first; `number` tells the
/// pictures of a page apart.
pub(super) fn trend(runs: &[&Summary], number: usize) -> Markup {
    let shown: Vec<&Summary> = runs.iter().take(MOST).rev().copied().collect();
    let longest = shown.iter().filter_map(|run| run.rto()).max();
    let foot = OVER + if longest.is_some() { TALLEST } else { SHORTEST };
    let most = longest.map_or(1.0, |longest| longest.as_secs_f64().max(1.0));
    let columns = number_of(shown.len().max(FEWEST));
    let (title, desc) = (format!("trend-{number}-title"), format!("trend-{number}-desc"));
    html! {
        svg role="img" aria-labelledby={ (title) " " (desc) } height=(foot + UNDER) {
            title id=(title) { "RTO of the last drills: " (shown.len()) }
            desc id=(desc) { (in_words(&shown)) }
            @for (place, run) in shown.iter().enumerate() {
                (column(run, place, foot, most, columns))
            }
            text .soft x="0" y=(foot + UNDER - 3.0) { (day(shown.first().copied())) }
            @if shown.len() > 1 {
                @let end = (100.0 / columns * number_of(shown.len())).max(55.0);
                text .soft x=(format!("{end:.2}%")) y=(foot + UNDER - 3.0) text-anchor="end" { (day(shown.last().copied())) }
            }
        }
        @if let Some(longest) = longest {
            p .soft {
                @if shown.len() > 1 { "RTO of the last " (shown.len()) " drills, oldest first; the tallest column is " }
                @else { "RTO of one drill: " }
                (moment::duration(longest)) "."
            }
        }
    }
}

/// Counts of at most a few columns
fn number_of(few: usize) -> f64 {
    u32::try_from(few).map_or(0.0, f64::from)
}

fn column(run: &Summary, place: usize, foot: f64, most: f64, columns: f64) -> Markup {
    let height = run.rto().map_or(SHORTEST, |rto| (rto.as_secs_f64() / most * TALLEST).clamp(SHORTEST, TALLEST));
    let (each, place) = (100.0 / columns, number_of(place));
    let percent = |at: f64| format!("{at:.2}%");
    html! {
        a href=(address(&run.run)) {
            title { (one(run)) }
            rect class=(class(run.word)) x=(percent(each * (place + 0.15))) width=(percent(each * 0.7))
                y=(format!("{:.1}", foot - height)) height=(format!("{height:.1}")) rx="2" {}
            text class=(class(run.word)) text-anchor="middle"
                x=(percent(each * (place + 0.5))) y=(format!("{:.1}", foot - height - 5.0)) {
                (sign(run.word))
            }
        }
    }
}

fn day(run: Option<&Summary>) -> String {
    run.map_or_else(String::new, |run| moment::utc(run.requested_at).chars().take(10).collect())
}

fn one(run: &Summary) -> String {
    let rto = run.rto().map_or_else(|| "no RTO".to_owned(), moment::duration);
    let word = run.word.map_or("under way", |word| word.label());
    format!("{} {}: {word}, {rto}", day(Some(run)), clean(&run.title, 60))
}

fn in_words(shown: &[&Summary]) -> String {
    shown.iter().map(|run| one(run)).collect::<Vec<_>>().join("; ")
}
