//! Pages for people: one for each run, and one for all of them.
//!
//! A page is one file that needs nothing else: it opens from S3, from a disk or from a mail's attachment, offline, without
//! scripts, on a phone. Pictures have no scale of their own: their places are percentages and their letters are pixels, so
//! that a narrow screen squeezes the bars and never the words.

mod compare;
mod index;
mod run;
mod style;
mod timeline;
mod trend;

#[cfg(test)]
mod tests;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::text::clean;
use crate::verify::VerdictWord;

pub use index::index_page;
pub use run::run_page;

/// Key of the page of all drills
pub const INDEX_KEY: &str = "reports/index.html";

/// Characters of a value on a page at most
const LONGEST: usize = 600;

/// A page around its content
fn page(title: &str, content: &Markup) -> String {
    let whole = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="robots" content="noindex";
                // Whatever a name in the data tries: nothing is loaded and nothing runs.
                meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'";
                title { (clean(title, 120)) }
                style { (PreEscaped(style::SHEET)) }
            }
            body { main { (content) } }
        }
    };
    whole.into_string()
}

/// A text from outside, cleaned and bounded; maud escapes it
fn said(text: &str) -> String {
    clean(text, LONGEST)
}

/// The class of a verdict
fn class(word: Option<VerdictWord>) -> &'static str {
    match word {
        Some(VerdictWord::Passed) => "passed",
        Some(VerdictWord::Failed) => "failed",
        Some(VerdictWord::Inconclusive) | None => "inconclusive",
    }
}

/// The sign of a verdict, for those who do not see its colour
fn sign(word: Option<VerdictWord>) -> &'static str {
    match word {
        Some(VerdictWord::Passed) => "✓",
        Some(VerdictWord::Failed) => "✗",
        Some(VerdictWord::Inconclusive) | None => "?",
    }
}

/// A verdict as a badge
fn badge(word: Option<VerdictWord>) -> Markup {
    let label = word.map_or("UNDER WAY", VerdictWord::label);
    html! { span class={ "word " (class(word)) } { (sign(word)) " " (label) } }
}

fn hex(four_bits: u8) -> char {
    char::from_digit(u32::from(four_bits), 16).map_or('0', |digit| digit.to_ascii_uppercase())
}

/// The address of a run's page, from the page of all of them
fn address(run: &str) -> String {
    let mut address = "./".to_owned();
    for byte in run.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.".contains(&byte) {
            address.push(char::from(byte));
        } else {
            address.extend(['%', hex(byte >> 4), hex(byte & 15)]);
        }
    }
    address.push_str(".html");
    address
}
