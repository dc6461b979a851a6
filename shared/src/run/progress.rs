//! How far something is, for whoever waits at a terminal: a bar that is drawn over, or plain lines where nobody watches.

use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write as _};

/// Columns of the bar
const BAR: usize = 30;

/// Where progress is told. Standard output stays free for the answer.
#[derive(Debug)]
pub struct Progress {
    place: Place,
    last: String,
    drawn: usize,
}

#[derive(Debug)]
enum Place {
    Terminal,
    Lines,
    Kept(Vec<String>),
}

impl Progress {
    /// On standard error
    pub fn to_standard_error() -> Self {
        Self::at(if io::stderr().is_terminal() { Place::Terminal } else { Place::Lines })
    }

    /// Kept, for tests
    pub fn kept() -> Self {
        Self::at(Place::Kept(Vec::new()))
    }

    fn at(place: Place) -> Self {
        Self { place, last: String::new(), drawn: 0 }
    }

    /// What was told, where it is kept
    pub fn told(&self) -> &[String] {
        if let Place::Kept(lines) = &self.place { lines } else { &[] }
    }

    /// A line that stays
    pub fn say(&mut self, text: &str) {
        self.end();
        self.write(text, "\n");
    }

    /// How far it is: a bar on a terminal; elsewhere a line whenever the words change
    pub fn far(&mut self, percent: Option<i32>, text: &str) {
        let percent = percent.map(|percent| percent.clamp(0, 100));
        if matches!(self.place, Place::Terminal) {
            let line = bar(percent, text);
            let width = line.chars().count();
            let blank = " ".repeat(self.drawn.saturating_sub(width));
            self.write(&format!("\r{line}{blank}"), "");
            self.drawn = width;
            return;
        }
        let line = percent.map_or_else(|| text.to_owned(), |percent| format!("{text}, {percent} %"));
        if line != self.last {
            self.write(&line, "\n");
            self.last = line;
        }
    }

    /// Ends the bar, so that what follows has a line of its own
    pub fn end(&mut self) {
        if std::mem::take(&mut self.drawn) > 0 {
            self.write("", "\n");
        }
    }

    /// Where standard error is closed nobody is there to be told.
    fn write(&mut self, text: &str, end: &str) {
        match &mut self.place {
            Place::Kept(lines) => lines.push(text.to_owned()),
            Place::Terminal | Place::Lines => {
                let mut out = io::stderr().lock();
                let _ = write!(out, "{text}{end}");
                let _ = out.flush();
            }
        }
    }
}

fn bar(percent: Option<i32>, text: &str) -> String {
    let mut line = String::new();
    if let Some(percent) = percent {
        let full = usize::try_from(percent).unwrap_or_default() * BAR / 100;
        let _ = write!(line, "[{}{}] {percent:>3} %  ", "#".repeat(full), ".".repeat(BAR - full));
    }
    line.push_str(text);
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_shows_how_far_it_is() {
        assert_eq!(bar(Some(50), "creating"), format!("[{}{}]  50 %  creating", "#".repeat(15), ".".repeat(15)));
        assert_eq!(bar(Some(100), "x"), format!("[{}] 100 %  x", "#".repeat(30)));
        assert_eq!(bar(None, "creating"), "creating");
    }

    #[test]
    fn where_nobody_watches_a_line_comes_only_when_something_changed() {
        let mut progress = Progress::kept();
        for percent in [Some(3), Some(3), Some(700), None] {
            progress.far(percent, "creating");
        }
        assert_eq!(progress.told(), ["creating, 3 %", "creating, 100 %", "creating"]);
    }
}
