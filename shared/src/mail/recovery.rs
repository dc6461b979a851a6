//! The mails of a recovery, an inspection and a cut-over.

mod connect;
mod cut_over;
mod opening;
mod parts;
mod status;
mod times;

use jiff::Timestamp;

use super::command::{EMERGENCY_RESTORE, invoke};
use super::facts::{LONGEST_VALUE, zone};
use super::letter::{Letter, Mail};
use super::shell::Command;
use super::text::{clean, invisible_in};
use crate::moment;
use crate::recover::{Letter as Which, Record};
use crate::restore::{Purpose, closed_key, open_key};

pub use status::{PhaseStatus, RunStatus, run_status, status_of_run_message};

/// Most lines of any list of these mails
const MOST_LISTED: usize = 20;
/// Characters of a database's name where a line has to stay one
const SHORT_NAME: usize = 24;
/// Longest argument that a command hands out; AWS's own JSON values are far shorter
const LONGEST_ARGUMENT: usize = 600;

/// The mail. `bucket` is where its record lies.
pub fn recovery_mail(record: &Record, letter: Which, bucket: &str, now: Timestamp) -> Mail {
    match letter {
        Which::CutOver(_) => cut_over::mail(record, bucket, now),
        Which::Usable | Which::HandedOver | Which::Stuck | Which::EndsSoon => made(record, letter, bucket, now),
    }
}

fn made(record: &Record, which: Which, bucket: &str, now: Timestamp) -> Mail {
    let opening = opening::of(record, which, now);
    let mut letter = Letter::opening(&opening.happened, &opening.at_risk, &opening.to_do);
    for command in &opening.commands {
        letter.command(command);
    }
    if which == Which::Stuck {
        parts::why(record, &mut letter);
        parts::look(record, &mut letter);
    }
    parts::what(record, &mut letter, now);
    if which == Which::EndsSoon {
        connect::section(record, &mut letter);
        places(record, bucket, &mut letter, now);
        return letter.sealed(opening.label, &opening.about);
    }
    connect::section(record, &mut letter);
    parts::checks(record, &mut letter);
    if which == Which::Usable {
        parts::still_to_come(record, &mut letter);
    }
    parts::given_up(record, &mut letter);
    parts::differences(record, &mut letter);
    if record.purpose == Purpose::Inspection {
        parts::longer(record, &mut letter);
    } else if which != Which::Stuck {
        cut_over::how(record, &mut letter);
        parts::not_brought_back(record, &mut letter);
    }
    times::section(record, &mut letter, now);
    parts::notes(record, &mut letter);
    places(record, bucket, &mut letter, now);
    letter.sealed(opening.label, &opening.about)
}

/// The database's name, short and harmless
fn short(record: &Record) -> String {
    clean(&record.database, SHORT_NAME)
}

/// A request about this run
fn about(record: &Record, more: &[(&str, serde_json::Value)]) -> Option<Command> {
    let mut fields = vec![("run", record.run.as_str().into())];
    fields.extend(more.iter().cloned());
    invoke(EMERGENCY_RESTORE, &fields)
}

/// A command whose arguments came from AWS. None where one of them could hide something from whoever reads it.
fn from_aws(args: &[String]) -> Option<Command> {
    let fine = |arg: &String| arg.len() <= LONGEST_ARGUMENT && !invisible_in(arg);
    let args: Option<Vec<&str>> = args.iter().map(|arg| fine(arg).then_some(arg.as_str())).collect();
    args.filter(|args| !args.is_empty()).map(|args| Command::new(&args))
}

fn counted(count: usize, one: &str, many: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {many}") }
}

/// A list under its heading, with what was left out
fn listed(letter: &mut Letter, heading: &str, all: &[String]) {
    if all.is_empty() {
        return;
    }
    letter.heading(&format!("{heading}: {}", all.len()));
    for one in all.iter().take(MOST_LISTED) {
        letter.say("  - ", &clean(one, LONGEST_VALUE));
    }
    rest(letter, all.len());
}

fn rest(letter: &mut Letter, count: usize) {
    let more = count.saturating_sub(MOST_LISTED);
    if more > 0 {
        letter.say("  ", &format!("and {more} more in the record"));
    }
}

fn places(record: &Record, bucket: &str, letter: &mut Letter, now: Timestamp) {
    letter.heading("MORE");
    letter.say("  run     ", &clean(&record.run, LONGEST_VALUE));
    letter.say("  bucket  ", &clean(bucket, LONGEST_VALUE));
    letter.say("  record  ", &clean(&open_key(&record.run), LONGEST_VALUE));
    letter.say("  later   ", &clean(&closed_key(&record.run, record.requested_at), LONGEST_VALUE));
    letter.say("  written ", &moment::both(now, &zone(&record.timezone)));
    letter.say("", "Where it stands now:");
    if let Some(command) = about(record, &[]) {
        letter.command(&command);
    }
}
