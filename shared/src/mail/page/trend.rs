//! The picture of a database: RTO of its last drills, with each verdict.

use maud::{Markup, html};

use super::super::summary::Summary;
use super::super::text::clean;
use super::{address, class, sign};
use crate::moment;

/// Runs that a picture shows at most
const MOST: usize = 20;
/// Pixels of the picture, of the room for signs over the columns, and of the columns' foot
const HEIGHT: f64 = 132.0;
const OVER: f64 = 20.0;
const FOOT: f64 = 112.0;

/// Columns from the oldest to the newest of the last runs. `runs` are one database's, newest first; `number` tells the
/// pictures of a page apart.
pub(super) fn trend(runs: &[&Summary], number: usize) -> Markup {
    let shown: Vec<&Summary> = runs.iter().take(MOST).rev().copied().collect();
    let most = shown.iter().filter_map(|run| run.rto_seconds).max().unwrap_or(0).max(1);
    #[expect(clippy::cast_precision_loss, reason = "seconds of a drill and twenty columns are far below 2^52")]
    let (most, columns) = (most as f64, shown.len().max(6) as f64);
    let (title, desc) = (format!("trend-{number}-title"), format!("trend-{number}-desc"));
    html! {
        svg role="img" aria-labelledby={ (title) " " (desc) } height=(HEIGHT) {
            title id=(title) { "RTO of the last " (shown.len()) " drills" }
            desc id=(desc) { (in_words(&shown)) }
            @for (place, run) in shown.iter().enumerate() {
                (column(run, place, most, columns))
            }
            text .soft x="0" y=(HEIGHT - 3.0) { (day(shown.first().copied())) }
            @if shown.len() > 1 {
                @let end = (100.0 / columns * f64::from(u32::try_from(shown.len()).unwrap_or(1))).max(55.0);
                text .soft x=(format!("{end:.2}%")) y=(HEIGHT - 3.0) text-anchor="end" { (day(shown.last().copied())) }
            }
        }
    }
}

fn column(run: &Summary, place: usize, most: f64, columns: f64) -> Markup {
    let room = FOOT - OVER;
    let height = run.rto_seconds.map_or(3.0, |seconds| {
        #[expect(clippy::cast_precision_loss, reason = "seconds of a drill are far below 2^52")]
        let seconds = seconds as f64;
        (seconds / most * room).clamp(3.0, room)
    });
    let (each, place) = (100.0 / columns, f64::from(u32::try_from(place).unwrap_or(0)));
    let percent = |at: f64| format!("{at:.2}%");
    html! {
        a href=(address(&run.run)) {
            title { (one(run)) }
            rect class=(class(run.word)) x=(percent(each * (place + 0.15))) width=(percent(each * 0.7)) y=(format!("{:.1}", FOOT - height))
                height=(format!("{height:.1}")) rx="2" {}
            text class=(class(run.word)) x=(percent(each * (place + 0.5))) y=(format!("{:.1}", FOOT - height - 5.0)) text-anchor="middle" {
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
