//! Workers, a bucket of tokens and virtual time.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use crate::lifecycle::{Pace, Ticket, Turn};

/// What AWS is thought to do: so many calls a second, and so many saved up
#[derive(Debug, Clone)]
pub(super) struct Bucket {
    /// From when on which rate holds, in seconds
    rates: Vec<(f64, f64)>,
    burst: f64,
    tokens: f64,
    at: f64,
}

impl Bucket {
    pub(super) fn new(rate: f64, burst: f64) -> Self {
        Self { rates: vec![(0.0, rate)], burst, tokens: burst, at: 0.0 }
    }

    pub(super) fn then(mut self, from: f64, rate: f64) -> Self {
        self.rates.push((from, rate));
        self
    }

    /// The rate may change while time goes by, so it goes by in small steps.
    fn takes(&mut self, now: f64) -> bool {
        while self.at < now {
            let step = (now - self.at).min(0.05);
            let rate = self.rates.iter().rev().find(|(from, _)| *from <= self.at).unwrap().1;
            self.tokens = (self.tokens + step * rate).min(self.burst);
            self.at += step;
        }
        let takes = self.tokens >= 1.0;
        if takes {
            self.tokens -= 1.0;
        }
        takes
    }
}

#[derive(Debug, PartialEq)]
pub(super) struct Ran {
    /// Until the last answer
    pub(super) seconds: f64,
    pub(super) passed: u32,
    pub(super) throttled: u32,
}

impl Ran {
    /// How many of the calls were wasted
    pub(super) fn share(&self) -> f64 {
        f64::from(self.throttled) / f64::from(self.passed + self.throttled)
    }
}

#[derive(Debug, Clone, Copy)]
enum Happens {
    /// The head of the queue asks again
    Asks,
    Arrives(Ticket),
    Returns(Ticket, bool),
}

/// Virtual time in microseconds, and what happens when, in order
pub(super) struct Simulation {
    pace: Pace,
    bucket: Bucket,
    agenda: BTreeMap<(u64, u64), Happens>,
    asked: u64,
    latency: (u64, u64),
    seed: u64,
}

impl Simulation {
    fn at(&mut self, micros: u64, happens: Happens) {
        self.asked += 1;
        self.agenda.insert((micros, self.asked), happens);
    }

    /// Half of a call's time, between the two bounds
    fn half(&mut self) -> u64 {
        self.seed = self.seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let (least, most) = self.latency;
        let time = least + (self.seed >> 33) % (most - least + 1);
        time / 2
    }

    /// So many workers, each with one call at a time, until so many calls have passed
    pub(super) fn run(mut self, workers: u32, calls: u32) -> Ran {
        let mut ran = Ran { seconds: 0.0, passed: 0, throttled: 0 };
        // Calls that want to go; one that was throttled comes back to the end.
        let mut waiting: VecDeque<u32> = (0..workers.min(calls)).collect();
        let mut begun = workers.min(calls);
        self.at(0, Happens::Asks);
        while let Some(((now, _), happens)) = self.agenda.pop_first() {
            assert!(now < 3_600_000_000, "an hour, and not done: {ran:?}");
            match happens {
                Happens::Asks => {}
                Happens::Arrives(ticket) => {
                    let takes = self.bucket.takes(Duration::from_micros(now).as_secs_f64());
                    let half = self.half();
                    self.at(now + half, Happens::Returns(ticket, takes));
                    continue;
                }
                Happens::Returns(ticket, true) => {
                    self.pace.passed(ticket);
                    ran.passed += 1;
                    ran.seconds = Duration::from_micros(now).as_secs_f64();
                    if begun < calls {
                        waiting.push_back(begun);
                        begun += 1;
                    }
                }
                Happens::Returns(ticket, false) => {
                    self.pace.throttled(ticket, Duration::from_micros(now));
                    ran.throttled += 1;
                    waiting.push_back(calls);
                }
            }
            while !waiting.is_empty() {
                match self.pace.ask(Duration::from_micros(now)) {
                    Turn::Go(ticket) => {
                        waiting.pop_front();
                        let half = self.half();
                        self.at(now + half, Happens::Arrives(ticket));
                    }
                    Turn::Wait(time) => {
                        // As a timer does: no sooner, and up to a millisecond later
                        let micros = u64::try_from(time.as_micros()).unwrap();
                        let wakes = now + micros / 1000 * 1000 + 1000;
                        if !self.agenda.iter().any(|((at, _), what)| *at <= wakes && matches!(what, Happens::Asks)) {
                            self.at(wakes, Happens::Asks);
                        }
                        break;
                    }
                }
            }
        }
        assert!(waiting.is_empty(), "calls were lost");
        ran
    }
}

pub(super) fn simulation(bucket: Bucket, latency: (u64, u64), seed: u64) -> Simulation {
    Simulation { pace: Pace::default(), bucket, agenda: BTreeMap::new(), asked: 0, latency, seed }
}
