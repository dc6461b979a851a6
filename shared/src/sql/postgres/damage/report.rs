//! What was looked for, found and left out.

use std::collections::BTreeMap;

use crate::sql::AskError;
use crate::verify::{Damage, Found};

/// Most objects that one reason for leaving out names; the rest is counted
const MOST_NAMED: usize = 3;

/// SQLSTATEs that a server only has for data it cannot read: an I/O error, a file that is gone, corrupted data, a
/// corrupted index
const UNREADABLE: [&str; 4] = ["58030", "58P01", "XX001", "XX002"];

/// Collects what comes of looking.
#[derive(Default)]
pub(super) struct Report {
    looked_for: Vec<String>,
    found: Vec<Damage>,
    /// Names by what was left out and why
    left_out: BTreeMap<(String, String), Vec<String>>,
}

impl Report {
    /// This kind was looked for, at least in part
    pub(super) fn looked_for(&mut self, kind: &str) {
        if !self.looked_for.iter().any(|known| known == kind) {
            self.looked_for.push(kind.to_owned());
        }
    }

    /// A sign of damage
    pub(super) fn add(&mut self, object: String, what: impl Into<String>) {
        self.found.push(Damage { object, what: what.into() });
    }

    /// Something is left out as a whole
    pub(super) fn leave(&mut self, what: &str, why: &str) {
        self.left_out.entry((what.to_owned(), why.to_owned())).or_default();
    }

    /// An object is left out
    pub(super) fn leave_one(&mut self, what: &str, object: String, why: &str) {
        self.left_out.entry((what.to_owned(), why.to_owned())).or_default().push(object);
    }

    /// An object could not be looked at: damage where the server cannot read it, left out otherwise. An error where the
    /// connection is gone.
    pub(super) fn refused(&mut self, what: &str, object: String, error: AskError) -> Result<(), AskError> {
        match error {
            AskError::Lost(why) => return Err(AskError::Lost(why)),
            AskError::Refused { code, said } if UNREADABLE.contains(&code.as_str()) => {
                self.add(object, format!("cannot be read: {said}"));
            }
            // The server's words name the table, and a hundred tables are one reason.
            AskError::Refused { code, .. } if code == "42501" => {
                self.leave_one(what, object, "the login may not read them");
            }
            AskError::TimeUp(_) => self.leave_one(what, object, "there was not enough time"),
            error => self.leave_one(what, object, &error.to_string()),
        }
        Ok(())
    }

    /// Whether nothing was looked for yet
    pub(super) fn is_empty(&self) -> bool {
        self.looked_for.is_empty() && self.found.is_empty()
    }

    /// Whether there is a sign of damage
    pub(super) fn has_damage(&self) -> bool {
        !self.found.is_empty()
    }

    /// The answer, in an order that does not depend on the server's
    pub(super) fn found(mut self) -> Found {
        self.found.sort();
        self.found.dedup();
        let left_out = self.left_out.into_iter().map(|((what, why), names)| left_out(&what, &why, &names)).collect();
        Found::Damages { looked_for: self.looked_for, found: self.found, left_out }
    }
}

fn left_out(what: &str, why: &str, names: &[String]) -> String {
    let named: Vec<&str> = names.iter().take(MOST_NAMED).map(String::as_str).collect();
    match (named.is_empty(), names.len().saturating_sub(MOST_NAMED)) {
        (true, _) => format!("{what}: {why}"),
        (false, 0) => format!("{what} {}: {why}", named.join(", ")),
        (false, more) => format!("{what} {} and {more} more: {why}", named.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(code: &str) -> AskError {
        AskError::Refused { code: code.to_owned(), said: "could not".to_owned() }
    }

    #[test]
    fn what_the_server_cannot_read_is_damage_and_what_we_may_not_read_is_left_out() {
        let mut report = Report::default();
        report.looked_for("NULLs");
        for (object, code) in [("a", "XX001"), ("b", "42501"), ("c", "42501"), ("d", "58P01"), ("e", "42P01")] {
            report.refused("rows of", object.to_owned(), refused(code)).unwrap();
        }
        let Found::Damages { found, left_out, .. } = report.found() else { panic!() };
        let objects: Vec<&str> = found.iter().map(|damage| damage.object.as_str()).collect();
        assert_eq!(objects, ["a", "d"]);
        assert_eq!(
            left_out,
            [
                "rows of b, c: the login may not read them",
                "rows of e: the server refused it: could not (SQLSTATE 42P01)"
            ]
        );
    }

    #[test]
    fn a_lost_connection_is_no_reason_to_go_on() {
        let lost = Report::default().refused("rows of", "a".to_owned(), AskError::Lost("gone".to_owned()));
        assert!(matches!(lost, Err(AskError::Lost(_))));
    }

    #[test]
    fn many_that_are_left_out_for_one_reason_are_counted() {
        let mut report = Report::default();
        (0..5).for_each(|n| report.leave_one("rows of", format!("t{n}"), "too large"));
        report.leave("duplicates", "no time");
        let Found::Damages { left_out, .. } = report.found() else { panic!() };
        assert_eq!(left_out, ["duplicates: no time", "rows of t0, t1, t2 and 2 more: too large"]);
    }
}
