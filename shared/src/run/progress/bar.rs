//! The bar on a terminal: one line, drawn over. It holds in 80 columns whatever it says.

use std::fmt::Write;
use std::io::{self, IsTerminal};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressState, ProgressStyle};
use jiff::SignedDuration;

use super::Clock;

/// The bar takes the columns that the words leave
const BAR: &str = "[{wide_bar}] {percent:>3} %  {msg}  {clock}";
/// Where nobody knows how far it is
const WORDS: &str = "{spinner} {msg}  {clock}";
/// Filled, its tip, empty: plain ASCII, as a console in a server room has it
const CHARACTERS: &str = "##.";
/// The clock goes on between two looks
const TICKS: Duration = Duration::from_secs(1);

/// Whether standard error is a terminal on which a line can be drawn over
pub(super) fn can_be_drawn() -> bool {
    let is_dumb = std::env::var_os("TERM").is_none_or(|term| term.is_empty() || term == "dumb");
    io::stderr().is_terminal() && !is_dumb
}

pub(super) fn draw(bar: &ProgressBar, percent: Option<i32>, words: &str, clock: Option<Clock>) {
    if let Some(style) = style(percent.is_some(), clock, bar.elapsed()) {
        bar.set_style(style);
    }
    bar.set_message(words.to_owned());
    bar.set_position(percent.and_then(|percent| u64::try_from(percent).ok()).unwrap_or_default());
    bar.enable_steady_tick(TICKS);
}

pub(super) fn end(bar: &ProgressBar) {
    bar.disable_steady_tick();
    bar.finish_and_clear();
}

/// The look of the bar; `at` is its own age now, from which the clock goes on
fn style(has_bar: bool, clock: Option<Clock>, at: Duration) -> Option<ProgressStyle> {
    let style = ProgressStyle::with_template(if has_bar { BAR } else { WORDS }).ok()?;
    let since = move |state: &ProgressState, to: &mut dyn Write| {
        let passed = SignedDuration::try_from(state.elapsed().saturating_sub(at)).unwrap_or_default();
        let words = match clock {
            Some(clock) => told(clock.elapsed.saturating_add(passed), clock.expected),
            None => digits(SignedDuration::try_from(state.elapsed()).unwrap_or_default()),
        };
        // Where it cannot be written nobody reads it.
        let _ = to.write_str(&words);
    };
    Some(style.progress_chars(CHARACTERS).tick_chars("|/-\\ ").with_key("clock", since))
}

fn told(elapsed: SignedDuration, expected: Option<SignedDuration>) -> String {
    let so_far = digits(elapsed);
    match expected {
        None => so_far,
        Some(expected) if elapsed <= expected => format!("{so_far} of about {}", digits(expected)),
        Some(expected) => format!("{so_far}, expected {}", digits(expected)),
    }
}

/// `12:03`, `1:12:03`
fn digits(span: SignedDuration) -> String {
    let seconds = span.as_secs().max(0);
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours == 0 { format!("{minutes}:{rest:02}") } else { format!("{hours}:{minutes:02}:{rest:02}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_templates_of_the_bar_can_be_read() {
        for has_bar in [true, false] {
            assert!(style(has_bar, None, Duration::ZERO).is_some());
        }
    }

    #[test]
    fn the_clock_tells_what_is_gone_and_what_is_expected() {
        let clock = |elapsed, expected: Option<i64>| {
            told(SignedDuration::from_secs(elapsed), expected.map(SignedDuration::from_secs))
        };
        assert_eq!(clock(723, None), "12:03");
        assert_eq!(clock(723, Some(1750)), "12:03 of about 29:10");
        assert_eq!(clock(4323, Some(1750)), "1:12:03, expected 29:10");
    }
}
