//! Cutting over: the application gets the copy in place of the source, and back again when somebody asks or something fails.
//!
//! A cut-over is a row of [`Move`]s, each with its exact opposite. How far it is, is never remembered but looked at: a cluster
//! is known by its resource id, which survives a rename, a proxy by its targets. So a crash, a lost reply or a second request
//! changes nothing: whoever comes next sees which moves are made, and makes the next one. **It ends at the new database or
//! back at the old one, never in between**: a move that fails for good turns the row round, and on the way back nothing is
//! given up; when the way back is blocked too, people are told the commands that are left.

mod moves;
#[cfg(test)]
mod tests;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::fault::{Class, Fault};
use crate::moment;
use crate::restore::{ACT_LEASE, Failure};

pub use moves::{Health, Move, Named, ProxyFacts, Server, Standing, Target, proxy_moves, swap_moves};

/// How long one move may take until it is made: a rename of an instance restarts it
pub const MOVE_LIMIT: SignedDuration = SignedDuration::from_mins(15);
/// How often a move is asked for on the way forward
pub const MOST_ATTEMPTS: u32 = 5;
/// Pause before a refused move is asked for again
pub const PAUSE: SignedDuration = SignedDuration::from_secs(20);
/// How long the way back is tried before people are told what is left to do by hand; it is tried on after that
pub const BACK_LIMIT: SignedDuration = SignedDuration::from_mins(60);

/// Why a cut-over was turned round that nothing was wrong with
pub const ASKED_FOR: &str = "somebody asked for it";

/// Which way it goes
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// To the copy
    Forward,
    /// Back to the source
    Back,
}

/// Where it ended
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// Applications reach the copy
    Copy,
    /// Applications reach the source, as before
    Source,
    /// What could be put back is back; the reason says what could not, because it is gone or was renamed by somebody
    Partly,
}

/// A cut-over, as the record keeps it
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CutOver {
    /// The moves, in the order of the way forward
    pub moves: Vec<Move>,
    /// Which way it goes
    pub direction: Direction,
    /// When it was asked for, or turned round
    pub since: Timestamp,
    /// The move that is under way, by its name, with how often it was asked for
    #[serde(default)]
    pub asked: Option<Asked>,
    /// Where it ended; none while it is under way
    #[serde(default)]
    pub end: Option<End>,
    /// Why it was turned round, or what is in its way
    #[serde(default)]
    pub reason: Option<String>,
    /// Whether people were told that the way back is blocked
    #[serde(default)]
    pub told_blocked: bool,
}

/// A move that was asked for
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// Its name
    pub name: String,
    /// When it was asked for first
    pub first_at: Timestamp,
    /// When it was announced last
    pub at: Timestamp,
    /// How often
    pub attempt: u32,
    /// AWS's refusal; none while the answer is not known, or AWS took it
    #[serde(default)]
    pub refused: Option<(Timestamp, Failure)>,
}

/// What was seen for one step
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Seen {
    /// The clusters and instances that are moved
    pub named: Vec<Named>,
    /// The proxy
    pub proxy: Option<Result<ProxyFacts, String>>,
}

/// The next step
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The cut-over to write before anything is done
    pub next: CutOver,
    /// The move to make then
    pub act: Option<Move>,
    /// Why, in a few words
    pub because: String,
    /// People have to be told now: it ended, or its way back is blocked
    pub tell: bool,
}

impl CutOver {
    /// A cut-over that was just asked for
    pub fn begin(moves: Vec<Move>, now: Timestamp) -> Self {
        Self {
            moves,
            direction: Direction::Forward,
            since: now,
            asked: None,
            end: None,
            reason: None,
            told_blocked: false,
        }
    }

    /// Turned round by a request; the way back is made of the opposites, last move first
    #[must_use]
    pub fn undo(&self, now: Timestamp) -> Self {
        let reason = Some(ASKED_FOR.to_owned());
        Self {
            direction: Direction::Back,
            since: now,
            asked: None,
            end: None,
            reason,
            told_blocked: false,
            ..self.clone()
        }
    }

    /// The moves that are made, in this direction
    pub fn way(&self) -> Vec<Move> {
        match self.direction {
            Direction::Forward => self.moves.clone(),
            Direction::Back => self.moves.iter().rev().map(Move::opposite).collect(),
        }
    }

    /// One step
    pub fn step(&self, now: Timestamp, seen: &Seen) -> Step {
        if self.end.is_some() {
            return self.wait("it has ended");
        }
        let mut lost = Vec::new();
        for next in self.way() {
            match next.standing(seen) {
                Standing::Made => {}
                Standing::CannotTell(why) => return self.stuck(now, &next, &format!("could not be looked at: {why}")),
                Standing::UnderWay(what) => return self.stuck(now, &next, &what),
                // On the way back the other moves are made all the same.
                Standing::Impossible(why) if self.direction == Direction::Back => lost.push(why),
                Standing::Impossible(why) => return self.fail(now, &why),
                Standing::ToDo => return self.make(now, next),
            }
        }
        let end = match self.direction {
            Direction::Forward => End::Copy,
            Direction::Back if lost.is_empty() => End::Source,
            Direction::Back => End::Partly,
        };
        let mut done = self.clone();
        (done.end, done.asked) = (Some(end), None);
        if !lost.is_empty() {
            done.reason = Some(lost.join("; "));
        }
        Step { next: done, act: None, because: "every move is made".to_owned(), tell: true }
    }

    /// What AWS said to a move
    pub fn outcome(&mut self, name: &str, result: Result<(), &Fault>, now: Timestamp) {
        let Some(asked) = self.asked.as_mut().filter(|asked| asked.name == name) else { return };
        asked.refused = match result {
            Ok(()) => None,
            // Whether it was made is to be seen.
            Err(fault) if matches!(fault.class, Class::Unknown | Class::AlreadyExists) => None,
            Err(fault) => Some((now, Failure { class: fault.class, message: fault.to_string() })),
        };
    }

    fn make(&self, now: Timestamp, wanted: Move) -> Step {
        let name = wanted.name();
        let Some(asked) = self.asked.as_ref().filter(|asked| asked.name == name) else {
            return self.ask(now, wanted, 1, now);
        };
        let since = |at: Timestamp| now.duration_since(at);
        match &asked.refused {
            None if since(asked.at) < ACT_LEASE => self.wait(format!("{name} was asked for a moment ago")),
            // AWS took it, or the reply was lost, and nothing is to be seen of it.
            None if asked.attempt < MOST_ATTEMPTS || self.direction == Direction::Back => {
                self.ask(now, wanted, asked.attempt.saturating_add(1), asked.first_at)
            }
            None => self.fail(now, &format!("{name} was asked for {} times and nothing came of it", asked.attempt)),
            Some((at, _)) if since(*at) < PAUSE => self.wait(format!("{name} was refused a moment ago")),
            Some((_, failure)) if self.may_ask_again(asked, failure, now) => {
                self.ask(now, wanted, asked.attempt.saturating_add(1), asked.first_at)
            }
            Some((_, failure)) => self.fail(now, &format!("{name} was refused: {}", failure.message)),
        }
    }

    fn may_ask_again(&self, asked: &Asked, failure: &Failure, now: Timestamp) -> bool {
        let in_time = now.duration_since(asked.first_at) < MOVE_LIMIT;
        match self.direction {
            // A permission that somebody repairs at 3 a.m. has to count on the way back.
            Direction::Back => !self.is_blocked(now) || self.told_blocked,
            Direction::Forward => in_time && (failure.class.passes_by_itself() || failure.class == Class::Capacity),
        }
    }

    fn ask(&self, now: Timestamp, wanted: Move, attempt: u32, first_at: Timestamp) -> Step {
        let mut next = self.clone();
        next.asked = Some(Asked { name: wanted.name(), first_at, at: now, attempt, refused: None });
        Step { next, because: format!("{}: asking", wanted.name()), act: Some(wanted), tell: false }
    }

    /// A move that does not come to its end
    fn stuck(&self, now: Timestamp, waiting_for: &Move, what: &str) -> Step {
        let name = waiting_for.name();
        // One look that fails late in a long row is about a move that was made long ago: it counts from the last one asked for.
        let since = |asked: &Asked| if asked.name == name { asked.first_at } else { asked.at };
        let first_at = self.asked.as_ref().map_or(self.since, since);
        if now.duration_since(first_at) < MOVE_LIMIT {
            return self.wait(format!("{name}: {what}"));
        }
        self.fail(now, &format!("{name} was not made within {}: {what}", moment::duration(MOVE_LIMIT)))
    }

    /// Turns the row round; on the way back, tells people once what is in the way, and goes on trying
    fn fail(&self, now: Timestamp, why: &str) -> Step {
        let mut next = self.clone();
        if self.direction == Direction::Forward {
            (next.direction, next.since, next.asked) = (Direction::Back, now, None);
            next.reason = Some(why.to_owned());
            return Step { next, act: None, because: format!("turning back: {why}"), tell: false };
        }
        let tell = self.is_blocked(now) && !self.told_blocked;
        if tell {
            next.told_blocked = true;
            next.reason = Some(why.to_owned());
        }
        // Forgetting the attempts lets the next tick ask again.
        if tell || self.told_blocked {
            next.asked = None;
        }
        Step { next, act: None, because: format!("the way back is blocked: {why}"), tell }
    }

    fn is_blocked(&self, now: Timestamp) -> bool {
        now.duration_since(self.since) >= BACK_LIMIT
    }

    fn wait(&self, because: impl Into<String>) -> Step {
        Step { next: self.clone(), act: None, because: because.into(), tell: false }
    }
}
