//! The mail about what stays of copies and tests that are over, and that nobody but a person may delete.

use jiff::Timestamp;

use super::facts::{LONGEST_VALUE, zone};
use super::letter::{Letter, Mail};
use super::shell::Command;
use super::text::clean;
use crate::lifecycle::LeftBehind;
use crate::moment;

/// Things that one mail names
const MOST_SHOWN: usize = 30;
/// Longest argument of a command; longer than any ARN
const LONGEST_ARGUMENT: usize = 400;

/// The mail about what is left behind; none where nothing is. `timezone` is the policy's.
pub fn left_behind_mail(all: &[LeftBehind], timezone: &str, now: Timestamp) -> Option<Mail> {
    if all.is_empty() {
        return None;
    }
    let things = if all.len() == 1 { "1 thing".to_owned() } else { format!("{} things", all.len()) };
    let happened = format!("{things} left behind by copies or tests that are over.");
    let mut letter = Letter::opening(
        &happened,
        "No data of production. They hold its data and cost money.",
        "Look at each below; its command deletes it.",
    );
    letter.heading(&format!("LEFT BEHIND: {}", all.len()));
    for LeftBehind { left, command } in all.iter().take(MOST_SHOWN) {
        let region = left.region.as_ref().map_or_else(String::new, |region| format!(" in {region}"));
        let words = format!("{} {}{region}: {}", left.what, left.identifier, left.note);
        letter.say("  - ", &clean(&words, LONGEST_VALUE));
        if let Some(command) = pasted(command) {
            letter.command(&command);
        }
    }
    let more = all.len().saturating_sub(MOST_SHOWN);
    if more > 0 {
        letter.say("  ", &format!("and {more} more"));
    }
    letter.gap();
    letter.say("Seen: ", &moment::both(now, &zone(timezone)));
    Some(letter.sealed("ALERT", &format!("{things} left behind by copies or tests that are over")))
}

/// Only of names that AWS itself takes: nothing else is handed out to be pasted
fn pasted(args: &[String]) -> Option<Command> {
    let fine = |c: char| c.is_ascii_alphanumeric() || "-_:/.".contains(c);
    let fits = |arg: &String| !arg.is_empty() && arg.len() <= LONGEST_ARGUMENT && arg.chars().all(fine);
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    (!args.is_empty() && args.iter().all(fits)).then(|| Command::new(&words))
}
