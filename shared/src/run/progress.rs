//! How far something is, for whoever waits at a terminal: a bar that is drawn over (feature `terminal`), or plain lines where
//! nobody watches.

use std::io::{self, Write as _};

#[cfg(feature = "terminal")]
use indicatif::{ProgressBar, ProgressStyle};

/// Columns of the bar, and what stands beside it
#[cfg(feature = "terminal")]
const BAR: &str = "[{bar:30}] {percent:>3} %  {msg} ({elapsed})";
/// Where nobody knows how far it is
#[cfg(feature = "terminal")]
const WORDS: &str = "{msg} ({elapsed})";

/// Where progress is told. Standard output stays free for the answer.
#[derive(Debug)]
pub struct Progress {
    place: Place,
    last: String,
    /// For whoever leaves before the end
    leaving: Option<String>,
}

#[derive(Debug)]
enum Place {
    #[cfg(feature = "terminal")]
    Terminal {
        bar: ProgressBar,
        drawn: bool,
    },
    Lines,
    Kept(Vec<String>),
}

impl Progress {
    /// On standard error
    pub fn to_standard_error() -> Self {
        #[cfg(feature = "terminal")]
        if io::IsTerminal::is_terminal(&io::stderr()) {
            return Self::at(Place::Terminal { bar: ProgressBar::new(100), drawn: false });
        }
        Self::at(Place::Lines)
    }

    /// Kept, for tests
    pub fn kept() -> Self {
        Self::at(Place::Kept(Vec::new()))
    }

    fn at(place: Place) -> Self {
        Self { place, last: String::new(), leaving: None }
    }

    /// What was told, where it is kept
    pub fn told(&self) -> &[String] {
        if let Place::Kept(lines) = &self.place { lines } else { &[] }
    }

    /// What whoever leaves with Ctrl-C is told: what goes on without them, and how to look again
    pub fn on_leaving(&mut self, text: &str) {
        self.leaving = Some(text.to_owned());
    }

    /// The words for whoever leaves
    pub fn leaving(&self) -> &str {
        self.leaving
            .as_deref()
            .unwrap_or("Interrupted. What was asked for may have been begun, and goes on without this.")
    }

    /// A line that stays
    pub fn say(&mut self, text: &str) {
        match &mut self.place {
            #[cfg(feature = "terminal")]
            Place::Terminal { bar, .. } => bar.suspend(|| line(text)),
            Place::Lines => line(text),
            Place::Kept(lines) => lines.push(text.to_owned()),
        }
    }

    /// How far it is: a bar on a terminal; elsewhere a line whenever the words change
    pub fn far(&mut self, percent: Option<i32>, text: &str) {
        let percent = percent.and_then(|percent| u64::try_from(percent.clamp(0, 100)).ok());
        #[cfg(feature = "terminal")]
        if let Place::Terminal { bar, drawn } = &mut self.place {
            if let Ok(style) = ProgressStyle::with_template(percent.map_or(WORDS, |_| BAR)) {
                bar.set_style(style.progress_chars("##."));
            }
            bar.set_position(percent.unwrap_or_default());
            bar.set_message(text.to_owned());
            *drawn = true;
            return;
        }
        let told = percent.map_or_else(|| text.to_owned(), |percent| format!("{text}, {percent} %"));
        if told != self.last {
            self.say(&told);
            self.last = told;
        }
    }

    /// Ends the bar, so that what follows has a line of its own
    pub fn end(&mut self) {
        #[cfg(feature = "terminal")]
        if let Place::Terminal { bar, drawn } = &mut self.place
            && std::mem::take(drawn)
        {
            bar.abandon();
        }
    }
}

/// Where standard error is closed nobody is there to be told.
fn line(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_nobody_watches_a_line_comes_only_when_something_changed() {
        let mut progress = Progress::kept();
        for percent in [Some(3), Some(3), Some(700), None] {
            progress.far(percent, "creating");
        }
        assert_eq!(progress.told(), ["creating, 3 %", "creating, 100 %", "creating"]);
    }

    #[cfg(feature = "terminal")]
    #[test]
    fn both_templates_of_the_bar_can_be_read() {
        for template in [BAR, WORDS] {
            ProgressStyle::with_template(template).unwrap();
        }
    }

    #[test]
    fn whoever_leaves_is_told_what_goes_on() {
        let mut progress = Progress::kept();
        assert!(progress.leaving().contains("goes on"));
        progress.on_leaving("pre-1 goes on; look with --wait");
        assert_eq!(progress.leaving(), "pre-1 goes on; look with --wait");
    }
}
