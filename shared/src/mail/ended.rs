//! The mail that an inspection is over.

use jiff::Timestamp;

use super::command::{EMERGENCY_RESTORE, invoke};
use super::facts::{LONGEST_VALUE, zone};
use super::letter::{Letter, Mail};
use super::recovery_plan::wanted;
use super::text::clean;
use crate::moment;
use crate::recover::Record;

/// Characters of a database's name where a line has to stay one
const SHORT_NAME: usize = 24;

/// An inspection whose time is over
#[derive(Debug, Clone, Copy)]
pub struct Ended<'a> {
    /// Run id
    pub run: &'a str,
    /// Identifier of the database that it is a copy of, by its tags
    pub source: Option<&'a str>,
    /// Its region; the function's own when none
    pub region: Option<&'a str>,
    /// When its time was over
    pub ends: Timestamp,
    /// Its record, where it could be read
    pub record: Option<&'a Record>,
}

/// The mail that says so, before the copy goes. `timezone` is the policy's.
pub fn ended_mail(ended: &Ended<'_>, timezone: &str, now: Timestamp) -> Mail {
    let zone = zone(timezone);
    let name = match ended.record {
        Some(record) => clean(&record.database, SHORT_NAME),
        None => clean(ended.source.unwrap_or("a database"), SHORT_NAME),
    };
    let again = ended.record.and_then(|record| {
        let database = ("database", record.database.as_str().into());
        invoke(EMERGENCY_RESTORE, &[database, wanted(&record.point), ("inspect_for", "8h".into())])
    });
    let (to_do, command) = match again {
        Some(command) => ("Nothing. To look again, in a new copy of the same:", Some(command)),
        None => ("Nothing. What there is to look into anew:", invoke(EMERGENCY_RESTORE, &[])),
    };
    let mut letter = Letter::opening(
        &format!("The inspection of {name} is over; its copy is being removed."),
        "No: production was not touched. What was made in the copy goes.",
        to_do,
    );
    if let Some(command) = &command {
        letter.command(command);
    }
    letter.heading("THE INSPECTION");
    letter.say("  run       ", &clean(ended.run, LONGEST_VALUE));
    if let Some(source) = ended.source {
        letter.say("  a copy of ", &clean(source, LONGEST_VALUE));
    }
    if let Some(region) = ended.region {
        letter.say("  region    ", &clean(region, LONGEST_VALUE));
    }
    if let Some(at) = ended.record.and_then(|record| record.point.instant()) {
        letter.say("  as of     ", &moment::both(at, &zone));
    }
    letter.say("  its end   ", &moment::both(ended.ends, &zone));
    letter.gap();
    letter.say("Written: ", &moment::both(now, &zone));
    letter.sealed("INFO", &format!("{name}: inspection over, its copy is being removed"))
}
