//! A mail, and the only way to write its body: no line gets wider than a mail may be.

use super::shell::Command;
use super::text::{COLUMNS, fit, subject, wrap};

/// A mail. Both parts keep their limits: the subject is under 100 ASCII characters on one line and begins with its label,
/// every line of the body is under 78 columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// Subject
    pub subject: String,
    /// Body, plain text
    pub body: String,
}

/// A mail being written
#[derive(Debug, Default)]
pub(super) struct Letter {
    lines: Vec<String>,
}

impl Letter {
    /// The three lines that answer what happened, whether data is at risk and what to do; each stays one line.
    pub(super) fn opening(happened: &str, at_risk: &str, to_do: &str) -> Self {
        let lines = [("Happened:", happened), ("At risk: ", at_risk), ("Do now:  ", to_do)];
        Self { lines: lines.iter().map(|(name, text)| fit(&one_line(&format!("{name} {text}")), COLUMNS)).collect() }
    }

    /// An empty line
    pub(super) fn gap(&mut self) {
        self.lines.push(String::new());
    }

    /// A heading over what follows
    pub(super) fn heading(&mut self, text: &str) {
        self.gap();
        self.lines.extend(wrap("", text));
    }

    /// A paragraph whose first line begins with `first`
    pub(super) fn say(&mut self, first: &str, text: &str) {
        self.lines.extend(wrap(first, text));
    }

    /// A command, with the words that introduce it
    pub(super) fn command(&mut self, command: &Command) {
        if let Some(says) = command.says {
            self.say("", says);
        }
        self.lines.extend(command.lines());
    }

    /// Signed and sealed
    pub(super) fn sealed(self, label: &str, about: &str) -> Mail {
        let mut body = self.lines.join("\n");
        body.push('\n');
        Mail { subject: subject(label, about), body }
    }
}

fn one_line(text: &str) -> String {
    text.lines().collect::<Vec<_>>().join(" ")
}
