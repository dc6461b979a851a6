//! The picture of a run: a bar for each step, over the time from the request to the end.

use jiff::SignedDuration;
use maud::{Markup, html};

use super::super::facts::Step;
use crate::moment;

/// Pixels from one step to the next
const ROW: usize = 44;
/// Pixels from a row's top to its letters' line, and to its bar
const LETTERS: usize = 16;
const BAR: usize = 23;
/// Pixels of a bar's height
const THICK: usize = 10;

/// The steps as bars. What follows the first answered query is paler: it is not part of RTO.
pub(super) fn timeline(steps: &[Step], rto: Option<SignedDuration>) -> Markup {
    let Some(whole) = steps.last().map(|step| step.to).filter(SignedDuration::is_positive) else {
        return html! { p .soft { "Nothing was reached that could be drawn." } };
    };
    let percent = |at: SignedDuration| at.as_secs_f64() / whole.as_secs_f64() * 100.0;
    let in_words: Vec<String> =
        steps.iter().map(|step| format!("{} after {}", step.words, moment::duration(step.to))).collect();
    let height = steps.len() * ROW;
    html! {
        svg role="img" aria-labelledby="timeline-title timeline-desc" height=(height) {
            title #timeline-title { "How long each step took" }
            desc #timeline-desc { (in_words.join("; ")) }
            @for (row, step) in steps.iter().enumerate() {
                @let top = row * ROW;
                @let later = rto.is_some_and(|rto| step.from >= rto) || !step.reached;
                @let width = (percent(step.to) - percent(step.from)).max(0.4);
                text x="0" y=(top + LETTERS) { (step.words) }
                text .soft x="100%" y=(top + LETTERS) text-anchor="end" {
                    (moment::duration(step.to - step.from)) ", at " (moment::duration(step.to))
                }
                rect .track x="0" y=(top + BAR) width="100%" height=(THICK) rx="3" {}
                rect class=(if later { "after" } else { "bar" }) x=(format!("{:.2}%", percent(step.from).min(99.6)))
                    y=(top + BAR) width=(format!("{width:.2}%")) height=(THICK) rx="3" {}
                @if let Some(rto) = rto {
                    @let at = format!("{:.2}%", percent(rto).min(99.9));
                    line x1=(at) x2=(at) y1=(top + BAR - 4) y2=(top + BAR + THICK + 4) {}
                }
            }
        }
        p .soft {
            "Each bar is a step, from the request on the left to the end on the right."
            @if let Some(rto) = rto { " The thin line is the first answered query: " (moment::duration(rto)) "." }
        }
    }
}
