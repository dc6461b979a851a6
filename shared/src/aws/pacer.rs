//! The edge of [`Pace`]: calls that wait for their turn, and are sent again where that helps.
//!
//! The SDK's own retries are off for these calls ([`once`]): each of them would wait and try on its own, which wastes calls and
//! gives up with the work half done. Here a throttled call comes back to the end of the one queue.
//!
//! What is sent again: what was throttled, until [`LONGEST`] is over; other passing faults, a few times; a lost reply only where
//! the call reads. An act whose reply was lost may have been done, and is looked up by its caller.

use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_sdk_rds::config::{Builder, Config};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep, timeout_at};

use crate::fault::{Class, Fault};
use crate::lifecycle::{Pace, Ticket, Turn};

/// For so long a call is sent again while it is throttled; also the longest wait for a turn
const LONGEST: Duration = Duration::from_mins(3);
/// How often a call is sent where other passing faults meet it
const TRIES: u32 = 3;
/// The wait after the first of them; it doubles
const FIRST_WAIT: Duration = Duration::from_millis(500);

/// One pace for all calls of a client and its clones
#[derive(Clone, Default)]
pub(super) struct Pacer(Arc<Shared>);

#[derive(Default)]
struct Shared {
    pace: Mutex<Pace>,
    /// Held by the first of the queue, who alone asks for a turn; the others wait for it in the order in which they came
    head: tokio::sync::Mutex<()>,
    /// A call ended: whoever is first may ask again
    told: Notify,
    began: OnceLock<Instant>,
}

/// What to do where a reply is lost
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lost {
    /// Asking again changes nothing
    AskAgain,
    /// It may have been done
    Tell,
}

/// The configuration of a call that is sent once
pub(super) fn once() -> Builder {
    Config::builder().retry_config(RetryConfig::disabled())
}

/// A call of the SDK through the pacer of an [`super::rds::Rds`]: `paced!(self, read, "rds:…", resource, call)`
macro_rules! paced {
    ($rds:expr, $kind:ident, $operation:expr, $resource:expr, $call:expr) => {{
        let (call, operation, resource) = ($call, $operation, $resource);
        let send = || {
            let call = call.clone().customize().config_override($crate::aws::pacer::once());
            async move { call.send().await.map_err(|error| $crate::aws::error::fault(operation, resource, error)) }
        };
        $rds.1.$kind(operation, resource, send).await
    }};
}
pub(super) use paced;

impl Pacer {
    /// A call that reads
    pub(super) async fn read<T, F>(
        &self,
        operation: &'static str,
        resource: &str,
        send: impl FnMut() -> F,
    ) -> Result<T, Fault>
    where
        F: Future<Output = Result<T, Fault>>,
    {
        self.send(operation, resource, Lost::AskAgain, send).await
    }

    /// A call that makes or deletes something
    pub(super) async fn act<T, F>(
        &self,
        operation: &'static str,
        resource: &str,
        send: impl FnMut() -> F,
    ) -> Result<T, Fault>
    where
        F: Future<Output = Result<T, Fault>>,
    {
        self.send(operation, resource, Lost::Tell, send).await
    }

    async fn send<T, F>(
        &self,
        operation: &'static str,
        resource: &str,
        lost: Lost,
        mut send: impl FnMut() -> F,
    ) -> Result<T, Fault>
    where
        F: Future<Output = Result<T, Fault>>,
    {
        let until = Instant::now() + LONGEST;
        let (mut tries, mut wait) = (1, FIRST_WAIT);
        let mut met: Option<Fault> = None;
        // Each round waits for a turn, and there is none after `until`.
        while let Some(ticket) = self.turn(until).await {
            let fault = match send().await {
                Ok(answer) => {
                    self.tell(|pace, _| pace.passed(ticket));
                    return Ok(answer);
                }
                Err(fault) => fault,
            };
            if fault.is_throttled() {
                self.tell(|pace, now| pace.throttled(ticket, now));
                met = Some(fault);
                continue;
            }
            if !fault.code.is_empty() {
                self.tell(|pace, _| pace.passed(ticket));
            }
            let again = match fault.class {
                Class::Transient => true,
                Class::Unknown => lost == Lost::AskAgain,
                _ => false,
            };
            if !again || tries == TRIES {
                return Err(fault);
            }
            tries += 1;
            sleep(wait).await;
            wait *= 2;
            met = Some(fault);
        }
        Err(met.unwrap_or_else(|| no_turn(operation, resource)))
    }

    /// Waits for a turn; none where it would come too late
    async fn turn(&self, until: Instant) -> Option<Ticket> {
        let _head = timeout_at(until, self.0.head.lock()).await.ok()?;
        loop {
            let now = self.now();
            let asked = self.pace().ask(now);
            let wait = match asked {
                Turn::Go(ticket) => return Some(ticket),
                Turn::Wait(wait) => wait,
            };
            let wakes = Instant::now() + wait;
            if wakes > until {
                return None;
            }
            // Either is a reason to ask again.
            let _ = timeout_at(wakes, self.0.told.notified()).await;
        }
    }

    fn tell(&self, what: impl FnOnce(&mut Pace, Duration)) {
        let now = self.now();
        what(&mut self.pace(), now);
        self.0.told.notify_one();
    }

    /// Held for the length of one question, never across an `.await`
    fn pace(&self) -> MutexGuard<'_, Pace> {
        self.0.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> Duration {
        let now = Instant::now();
        now.saturating_duration_since(*self.0.began.get_or_init(|| now))
    }
}

impl fmt::Debug for Pacer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Pacer").field(&self.pace().rate()).finish()
    }
}

/// Nothing was sent
fn no_turn(operation: &'static str, resource: &str) -> Fault {
    let said = format!("no turn within {} s: AWS throttles the calls before it", LONGEST.as_secs());
    Fault::new(Class::Transient, operation, resource, "", &said)
}

#[cfg(test)]
mod tests;
