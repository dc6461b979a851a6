//! The one place that reads the clock.

use jiff::Timestamp;

use crate::ports::Clock;

/// The machine's clock
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the edge that reads the clock for everybody else")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}
