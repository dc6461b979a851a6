//! How fast calls may follow each other while AWS throttles: one pace for all that call.
//!
//! RDS throttles a whole account and region and tells nobody its limit. Workers that each wait and try again on their own find
//! no common pace: they waste calls, and give up with the work half done. So all of them ask one [`Pace`] before a call and
//! tell it how the call ended.
//!
//! - Nothing is held back until something is throttled.
//! - Calls that were under way together and are throttled together are one *round*: the pace is lowered once for a round.
//! - After a round one call goes ahead to look, and the others wait for its answer.
//! - **How fast the limit lets calls through is measured, not guessed:** a throttled call says that nothing was left at that
//!   moment, so what passed between two rounds, divided by the time between them, is the rate of the limit. Until there is a
//!   second round it is estimated from how long the first call that passes had to wait.
//! - Every call that passes raises the pace by a fixed step, which is as quick at every pace: a tenth more each second. So a
//!   limit that grows, or that somebody else stops using, is found again.
//!
//! Times are counted from any moment, the same for all calls, on a clock that does not go back.

use std::time::Duration;

/// Calls a second that a call which passes adds, once a rate has been measured
const STEP: f64 = 0.1;
/// The same until there is a measured rate: the first estimate may be half of the truth
const FIRST_STEP: f64 = 0.5;
/// Calls a second after the first round of all: what passed before it had been saved up, and says nothing of the limit
const GUESS: f64 = 50.0;
/// What a round leaves of the measured rate: what is saved up below it is used above it
const BACK_OFF: f64 = 0.8;
/// A round takes away half of the pace at most: a measure of a few calls may be far off
const MOST_BACK_OFF: f64 = 0.5;
/// Calls a second at the least, so that the end of a long throttling is noticed
const SLOWEST: f64 = 0.1;
/// Calls a second at the most that are told apart from no limit at all
const FASTEST: f64 = 1000.0;
/// Calls between two rounds that make a measure
const ENOUGH: u32 = 5;
/// For so long at most the others wait for the call that went ahead
const PATIENCE: Duration = Duration::from_secs(2);

/// One pace for all calls to one account and region
#[derive(Debug, Clone, Default)]
pub struct Pace {
    /// Calls a second; none while nothing has been throttled
    rate: Option<f64>,
    /// Whether the rate was measured between two rounds
    measured: bool,
    /// Number of rounds so far
    round: u64,
    /// When the present round began, by its first call or by what was throttled; none before the first call
    since: Option<Duration>,
    /// Calls that passed in this round
    passed: u32,
    /// No call before that
    next: Duration,
    /// When the call that looks went ahead
    ahead: Option<Duration>,
}

/// What a call that asks is told
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// Now; the ticket goes with what is told of its end
    Go(Ticket),
    /// Ask again when that time has gone by, or when another call has ended
    Wait(Duration),
}

/// A call under way
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ticket {
    round: u64,
    /// When it could have gone; a call that nobody was in a hurry to make says nothing about the limit
    due: Duration,
}

impl Pace {
    /// Whether a call may go now
    pub fn ask(&mut self, now: Duration) -> Turn {
        let Some(rate) = self.rate else {
            self.since.get_or_insert(now);
            return Turn::Go(Ticket { round: self.round, due: now });
        };
        if now < self.next {
            return Turn::Wait(self.next.saturating_sub(now));
        }
        if self.passed == 0 {
            let until = self.ahead.map(|at| at.saturating_add(PATIENCE));
            if let Some(until) = until.filter(|until| now < *until) {
                return Turn::Wait(until.saturating_sub(now));
            }
            self.ahead = Some(now);
        }
        let ticket = Ticket { round: self.round, due: self.next };
        // A turn that came late by less than a gap is made up for: timers are late, and nobody is in a hurry after an idle time.
        let gap = gap(rate);
        self.next = self.next.max(now.saturating_sub(gap)).saturating_add(gap);
        Turn::Go(ticket)
    }

    /// A call ended, and not by being throttled: AWS took it
    pub fn passed(&mut self, ticket: Ticket) {
        if ticket.round != self.round {
            return;
        }
        self.passed = self.passed.saturating_add(1);
        let (Some(rate), Some(since)) = (self.rate, self.since) else {
            return;
        };
        // The first that passes after a round had to wait for so long.
        let rate = if self.passed == 1 { rate.min(per_second(1, ticket.due.saturating_sub(since))) } else { rate };
        let step = if self.measured { STEP } else { FIRST_STEP };
        self.rate = Some((rate + step).clamp(SLOWEST, FASTEST));
    }

    /// A call was throttled
    pub fn throttled(&mut self, ticket: Ticket, now: Duration) {
        if ticket.round != self.round {
            return;
        }
        let since = self.since.unwrap_or(now);
        let measured = per_second(self.passed, now.saturating_sub(since));
        let slower = match self.rate {
            None => GUESS,
            Some(rate) => (measured * BACK_OFF).clamp(rate * MOST_BACK_OFF, rate * BACK_OFF),
        };
        let slower = slower.clamp(SLOWEST, FASTEST);
        self.measured = self.rate.is_some() && self.passed >= ENOUGH;
        // While nothing passes, the time without anything goes on.
        if self.rate.is_none() || self.passed > 0 {
            self.since = Some(now);
        }
        self.rate = Some(slower);
        self.round += 1;
        self.passed = 0;
        self.ahead = None;
        self.next = now.saturating_add(gap(slower));
    }

    /// Calls a second that it allows now; none while nothing has been throttled
    pub fn rate(&self) -> Option<f64> {
        self.rate
    }
}

fn gap(rate: f64) -> Duration {
    Duration::from_secs_f64(1.0 / rate.clamp(SLOWEST, FASTEST))
}

fn per_second(calls: u32, time: Duration) -> f64 {
    f64::from(calls) / time.as_secs_f64().max(1.0 / FASTEST)
}

#[cfg(test)]
mod tests;
