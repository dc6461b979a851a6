//! The urgent mail about copies that the sweeper found and could not remove.

use jiff::Timestamp;

use super::command::deletions;
use super::drill::listed;
use super::facts::{self, zone};
use super::letter::{Letter, Mail};
use crate::moment;
use crate::restore::Leftover;

/// Why some of what is listed has no command
const NO_COMMAND: &str = "No command is given for what does not carry the prefix of a drill or an inspection, nor for \
    snapshots and automated backups: make sure whose they are first.";

/// The alert about what is left behind; none where nothing is. `timezone` is the policy's.
pub fn leftovers_mail(leftovers: &[Leftover], timezone: &str, now: Timestamp) -> Option<Mail> {
    if leftovers.is_empty() {
        return None;
    }
    let (count, commands) = (leftovers.len(), deletions(leftovers));
    let copies = if count == 1 { "1 resource".to_owned() } else { format!("{count} resources") };
    let to_do = if commands.is_empty() {
        "Look at each below, and remove it by hand."
    } else {
        "Look at the list below, then remove them, in this order:"
    };
    let happened = format!("The sweeper found {copies} of earlier runs and left them.");
    let mut letter = Letter::opening(&happened, "No data of production. Copies hold its data and cost money.", to_do);
    for command in &commands {
        letter.command(command);
    }
    listed(&mut letter, "LEFT BEHIND", leftovers.iter().map(|left| facts::leftover(left, "")));
    if commands.len() < count {
        letter.gap();
        letter.say("", NO_COMMAND);
    }
    letter.gap();
    letter.say("Seen: ", &moment::both(now, &zone(timezone)));
    Some(letter.sealed("ALERT", &format!("{copies} left behind by earlier drills")))
}
