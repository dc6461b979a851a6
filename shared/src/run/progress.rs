//! How far something is, for whoever waits at a terminal: a bar that is drawn over (feature `terminal`), or plain lines where
//! nobody watches.

use std::io::{self, Write as _};

#[cfg(feature = "terminal")]
use indicatif::ProgressBar;
use jiff::SignedDuration;

#[cfg(feature = "terminal")]
mod bar;

/// Where progress is told. Standard output stays free for the answer.
#[derive(Debug)]
pub struct Progress {
    place: Place,
    told: Told,
    clock: Option<Clock>,
    /// The command as it was typed, where somebody typed it
    command: Option<String>,
    /// For whoever leaves before the end
    leaving: Option<String>,
}

/// How long it has taken, and how long it is expected to take
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Clock {
    elapsed: SignedDuration,
    expected: Option<SignedDuration>,
}

/// The words that were told last, and at which tenth of the way
#[derive(Debug, Default, PartialEq, Eq)]
struct Told {
    words: String,
    tenth: Option<i32>,
    /// The next tenth is told with these words already
    is_new: bool,
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
    /// On standard error, of a command as it was typed
    pub fn to_standard_error(command: String) -> Self {
        let command = Some(command);
        #[cfg(feature = "terminal")]
        if bar::can_be_drawn() {
            return Self { command, ..Self::at(Place::Terminal { bar: ProgressBar::new(100), drawn: false }) };
        }
        Self { command, ..Self::at(Place::Lines) }
    }

    /// Kept, for tests
    pub fn kept() -> Self {
        Self::at(Place::Kept(Vec::new()))
    }

    fn at(place: Place) -> Self {
        Self { place, told: Told::default(), clock: None, command: None, leaving: None }
    }

    /// What was told, where it is kept
    pub fn told(&self) -> &[String] {
        if let Place::Kept(lines) = &self.place { lines } else { &[] }
    }

    /// A function of this name as it was typed, for whoever has to type it again
    pub fn command<'a>(&'a self, name: &'a str) -> &'a str {
        self.command.as_deref().unwrap_or(name)
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
            Place::Terminal { bar, drawn: true } => bar.suspend(|| line(text)),
            // It would be drawn before anybody has said what it is a bar of.
            #[cfg(feature = "terminal")]
            Place::Terminal { .. } => line(text),
            Place::Lines => line(text),
            Place::Kept(lines) => lines.push(text.to_owned()),
        }
    }

    /// A line that stays, of something new: where nobody watches, its words are told by that
    pub fn enter(&mut self, text: &str, words: &str) {
        self.say(text);
        self.told = Told { words: words.to_owned(), tenth: None, is_new: true };
    }

    /// How long it has taken by now, and how long it is expected to take; without it, the time since the beginning counts
    pub fn clock(&mut self, elapsed: SignedDuration, expected: Option<SignedDuration>) {
        self.clock = Some(Clock { elapsed, expected });
    }

    /// How far it is: a bar on a terminal; elsewhere a line whenever the words change, or another tenth of the way is gone
    pub fn far(&mut self, percent: Option<i32>, words: &str) {
        let percent = percent.map(|percent| percent.clamp(0, 100));
        #[cfg(feature = "terminal")]
        if let Place::Terminal { bar, drawn } = &mut self.place {
            bar::draw(bar, percent, words, self.clock);
            *drawn = true;
            return;
        }
        let tenth = percent.map(|percent| percent / 10);
        let is_told = self.told.words == words && (self.told.is_new || self.told.tenth == tenth);
        self.told = Told { words: words.to_owned(), tenth, is_new: false };
        if !is_told {
            self.say(&plain(percent, words, self.clock));
        }
    }

    /// Takes the bar away: what follows tells the end
    pub fn end(&mut self) {
        #[cfg(feature = "terminal")]
        if let Place::Terminal { bar, drawn } = &mut self.place {
            *drawn = false;
            bar::end(bar);
        }
    }
}

/// The line where there is no bar
fn plain(percent: Option<i32>, words: &str, clock: Option<Clock>) -> String {
    let after = clock.map_or_else(String::new, |clock| format!("after {}: ", crate::moment::duration(clock.elapsed)));
    let far = percent.map_or_else(String::new, |percent| format!(", {percent} %"));
    let left = clock.and_then(|clock| clock.expected.map(|expected| left(expected.checked_sub(clock.elapsed))));
    format!("{after}{words}{far}{}", left.unwrap_or_default())
}

/// In whole minutes: earlier times tell this one no closer
fn left(left: Option<SignedDuration>) -> String {
    match left.map(|left| left.as_secs()) {
        Some(seconds) if seconds > 60 => format!(", about {} min left", (seconds + 30) / 60),
        Some(seconds) if seconds > 0 => ", about a minute left".to_owned(),
        _ => ", longer than expected".to_owned(),
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
        for percent in [Some(3), Some(3), Some(9), Some(700), None] {
            progress.far(percent, "creating");
        }
        assert_eq!(progress.told(), ["creating, 3 %", "creating, 100 %", "creating"]);
    }

    #[test]
    fn what_was_entered_is_told_once_and_then_by_tenths_with_the_time_that_is_left() {
        let mut progress = Progress::kept();
        progress.enter("after 0 s: restoring", "restoring");
        for (seconds, percent) in [(1, 1), (40, 9), (100, 25), (110, 27), (360, 90), (500, 99)] {
            progress.clock(SignedDuration::from_secs(seconds), Some(SignedDuration::from_secs(400)));
            progress.far(Some(percent), "restoring");
        }
        progress.far(None, "checking");
        assert_eq!(
            progress.told(),
            [
                "after 0 s: restoring",
                "after 1 min 40 s: restoring, 25 %, about 5 min left",
                "after 6 min 0 s: restoring, 90 %, about a minute left",
                "after 8 min 20 s: checking, longer than expected",
            ]
        );
    }

    #[test]
    fn whoever_leaves_is_told_what_goes_on() {
        let mut progress = Progress::kept();
        assert!(progress.leaving().contains("goes on"));
        progress.on_leaving("pre-1 goes on; look with --wait");
        assert_eq!(progress.leaving(), "pre-1 goes on; look with --wait");
    }
}
