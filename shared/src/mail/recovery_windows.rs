//! What can be restored, as an answer: every backup of every database, with the request that begins.

mod requests;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use self::requests::{keys, requests};
use super::facts::{LONGEST_VALUE, zone};
use super::letter::Letter;
use super::text::clean;
use crate::moment;
use crate::recover::{KeyLine, Listed, Part, PointLine, RetainedLine, SnapshotLine, Span, Windows};

/// Most databases that one answer shows; the others are asked for by name
const MOST_DATABASES: usize = 30;

/// The answer to `{}` and to `{"database": "orders"}`. `timezone` is the policy's.
pub fn windows_message(all: &[Windows], now: Timestamp, timezone: &str) -> String {
    let words = Words { now, zone: zone(timezone) };
    let mut letter = Letter::default();
    let gone: Vec<String> = all.iter().filter(|it| it.is_gone()).map(|it| clean(&it.database, 40)).collect();
    letter.say("", &format!("What can be restored, seen {}.", moment::both(now, &words.zone)));
    if !gone.is_empty() {
        let gone: Vec<&str> = gone.iter().map(String::as_str).take(MOST_DATABASES).collect();
        letter.say(
            "",
            &format!("GONE: {}. RDS keeps the backups of a deleted database for some days only.", gone.join(", ")),
        );
    }
    // What is gone is what somebody looks for.
    let sorted = all.iter().filter(|it| it.is_gone()).chain(all.iter().filter(|it| !it.is_gone()));
    for windows in sorted.take(MOST_DATABASES) {
        words.database(&mut letter, windows);
        requests(&mut letter, windows, now, all.len() == 1);
    }
    let more = all.len().saturating_sub(MOST_DATABASES);
    if more > 0 {
        letter.gap();
        letter.say("", &format!("And {more} more databases: ask for one by its name."));
    }
    letter.gap();
    letter.say("", HOW);
    letter.sealed("INFO", "").body
}

const HOW: &str = "\"to\" takes latest; 2026-02-04T10:00:00Z; 90m ago; 06:30, yesterday 06:30 or 2026-02-04 06:30 in the \
    policy's zone; before job NAME. In place of it: \"snapshot\" or \"recovery_point\", by name or latest. A dry run \
    makes nothing. Nothing here removes or changes a database that is there.";

struct Words {
    now: Timestamp,
    zone: TimeZone,
}

impl Words {
    fn told(&self, at: Timestamp) -> String {
        moment::told(at, self.now, &self.zone)
    }

    fn database(&self, letter: &mut Letter, windows: &Windows) {
        let (name, identifier) = (clean(&windows.database, 63), clean(&windows.identifier, 63));
        let engine = windows.engine.as_deref().map_or_else(String::new, |engine| format!(", {}", clean(engine, 60)));
        let stands = match &windows.exists {
            Part::Known(true) => {
                windows.status.as_deref().map_or_else(String::new, |status| format!(", {}", clean(status, 40)))
            }
            Part::Known(false) => " IS GONE".to_owned(),
            Part::Unknown(why) => format!(": COULD NOT BE READ: {}", clean(why, LONGEST_VALUE)),
        };
        letter.heading(&format!("{}: {identifier}{engine}{stands}", name.to_uppercase()));
        match &windows.window {
            Part::Known(Some(span)) => {
                letter.say("  ", &format!("any second between these two ({} behind now):", lag(span)));
                self.span(letter, span);
            }
            Part::Known(None) if windows.is_gone() => {}
            Part::Known(None) => letter.say("  ", "no second of it can be restored: see the notes"),
            // Said above already, where the database itself could not be read.
            Part::Unknown(_) if matches!(windows.exists, Part::Unknown(_)) => {}
            Part::Unknown(why) => {
                letter.say("  ", &format!("its window COULD NOT BE READ: {}", clean(why, LONGEST_VALUE)));
            }
        }
        if let Some(key) = windows.key.as_ref().filter(|key| key.usable != Some(true)) {
            letter.say("  ", &in_the_way(key));
        }
        self.list(letter, "retained of deleted ones of this name", &windows.retained, Self::retained);
        self.list(letter, "automated snapshots", &windows.automated, Self::snapshot);
        self.list(letter, "manual snapshots", &windows.manual, Self::snapshot);
        for vault in &windows.vaults {
            let of = format!("recovery points in vault {}", clean(&vault.vault, 60));
            match &vault.points {
                Part::Known(Some(points)) => self.shown(letter, &of, points, Self::point),
                Part::Known(None) => letter.say("  ", &format!("{of}: there is no such vault")),
                Part::Unknown(why) => letter.say("  ", &unread(&of, why)),
            }
        }
        keys(letter, windows);
        for note in &windows.notes {
            letter.say("  Note: ", &clean(note, LONGEST_VALUE));
        }
    }

    fn list<T>(&self, letter: &mut Letter, of: &str, part: &Part<Listed<T>>, line: fn(&Self, &mut Letter, &T)) {
        match part {
            Part::Known(listed) => self.shown(letter, of, listed, line),
            Part::Unknown(why) => letter.say("  ", &unread(of, why)),
        }
    }

    fn shown<T>(&self, letter: &mut Letter, of: &str, listed: &Listed<T>, line: fn(&Self, &mut Letter, &T)) {
        if listed.newest.is_empty() {
            letter.say("  ", &format!("{of}: none"));
            return;
        }
        letter.say("  ", &format!("{of}: {}", listed.newest.len().saturating_add(listed.more)));
        for one in &listed.newest {
            line(self, letter, one);
        }
        if listed.more > 0 {
            letter.say("    ", &format!("and {} more, older", listed.more));
        }
    }

    fn span(&self, letter: &mut Letter, span: &Span) {
        let earliest = span.earliest.map_or_else(|| "a time that AWS does not say".to_owned(), |at| self.told(at));
        letter.say("    from  ", &earliest);
        letter.say("    to    ", &self.told(span.latest));
    }

    fn snapshot(&self, letter: &mut Letter, line: &SnapshotLine) {
        letter.say("    ", &format!("{}{}", clean(&line.identifier, LONGEST_VALUE), size(line.gib)));
        let taken = line.taken_at.map_or_else(|| "no time yet".to_owned(), |at| self.told(at));
        let status = if line.status == "available" {
            String::new()
        } else {
            format!(", NOT TO BE RESTORED: {}", clean(&line.status, 40))
        };
        letter.say("      ", &format!("{taken}{status}{}", key(&line.encryption)));
    }

    fn point(&self, letter: &mut Letter, line: &PointLine) {
        letter.say("    ", &format!("{}{}", clean(&line.arn, 2 * LONGEST_VALUE), size(line.gib)));
        let taken = line.taken_at.map_or_else(|| "no time yet".to_owned(), |at| self.told(at));
        let taken = if line.continuous { "continuous, restored to its latest time".to_owned() } else { taken };
        let status = clean(&line.status, 40);
        let status =
            if line.can_be_restored { format!(", {status}") } else { format!(", NOT TO BE RESTORED: {status}") };
        letter.say("      ", &format!("{taken}{status}{}", key(&line.encryption)));
    }

    fn retained(&self, letter: &mut Letter, line: &RetainedLine) {
        let made = line.created_at.map_or_else(String::new, |at| format!(", made {}", moment::utc(at)));
        let (id, engine) = (clean(&line.resource_id, 80), clean(&line.engine, 60));
        letter.say("    ", &format!("{id} ({engine}{made}){}", key(&line.encryption)));
        match &line.window {
            Some(span) => self.span(letter, span),
            None => letter.say("      ", "AWS says no window of it"),
        }
    }
}

fn lag(span: &Span) -> String {
    moment::duration(SignedDuration::from_secs(span.lag_seconds))
}

fn unread(of: &str, why: &str) -> String {
    format!("{of}: COULD NOT BE READ, there may be some: {}", clean(why, LONGEST_VALUE))
}

fn size(gib: Option<f64>) -> String {
    gib.map_or_else(String::new, |gib| format!("  ({gib:.0} GiB)"))
}

/// Nothing where the key is in order
fn key(key: &KeyLine) -> String {
    if key.usable == Some(true) { String::new() } else { format!("; {}", in_the_way(key)) }
}

fn in_the_way(key: &KeyLine) -> String {
    let says = clean(&key.says, LONGEST_VALUE);
    if key.usable == Some(false) { format!("CANNOT BE DECRYPTED: {says}") } else { says }
}
