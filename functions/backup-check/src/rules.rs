//! The decisions that a check needs, by name: all of them are made elsewhere, over plain values. Named in one place, so that
//! the tests of this flow do not depend on what exactly is asked and in which words.

use jiff::Timestamp;
use lifeboat::checkup::{self, Compared, Remedies, State, World};
use lifeboat::mail::{self, Mail, Metric};
use lifeboat::policy::Policy;

pub use lifeboat::checkup::{Mended, Tell};

/// Judges a world and compares it with what was known
pub type Judge = fn(Timestamp, &Policy, &World, &State, Option<&str>) -> Compared;
/// What the policy asks to be changed
pub type Mend = fn(Timestamp, &Policy, &World) -> Remedies;
/// Which mail is due
pub type Due = fn(Timestamp, &Policy, &Compared) -> Tell;
/// The mail
pub type Write = fn(Tell, &Compared, &Policy, &World, &Mended, Timestamp) -> Option<Mail>;
/// The lines of an answer
pub type Say = fn(&Compared, &Policy, &World, Option<&str>, Timestamp) -> String;
/// The line of an answer that nobody waits for
pub type Line = fn(&Compared, &Policy, Timestamp) -> String;
/// The metrics
pub type Measure = fn(&Compared, &World, &Policy, Timestamp) -> Vec<Metric>;
/// Notes that a mail went out
pub type Mark = fn(&mut State, Timestamp, Tell);

/// The decisions
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    /// Judges and compares
    pub judge: Judge,
    /// What to change
    pub mend: Mend,
    /// Which mail is due
    pub due: Due,
    /// The mail
    pub mail: Write,
    /// The answer's lines
    pub message: Say,
    /// The answer's line, where nobody asked
    pub line: Line,
    /// The metrics
    pub metrics: Measure,
    /// What was told
    pub told: Mark,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            judge: |now, policy, world, state, only| {
                checkup::compare(now, policy, &checkup::judge(now, policy, world), state, only)
            },
            mend: checkup::remedies,
            due: checkup::tell,
            mail: mail::checkup_mail,
            message: mail::checkup_message,
            line: mail::checkup_line,
            metrics: mail::checkup_metrics,
            told: State::told,
        }
    }
}
