//! How reads are made: a few at a time, and one that fails is kept with its reason.

use std::future::Future;

use futures_util::stream::{self, StreamExt};
use lifeboat::checkup::Unknown;
use lifeboat::fault::Fault;

/// Calls under way at once in one group of reads: RDS throttles whole accounts
pub const AT_ONCE: usize = 6;

/// A read that failed as what is not known
pub fn known<T>(read: Result<T, Fault>) -> Result<T, Unknown> {
    read.map_err(|fault| {
        tracing::warn!(error = %fault, class = ?fault.class, "could not be read");
        Unknown { why: format!("{fault} ({})", fault.class.words()) }
    })
}

/// What was not asked because a bound was reached
pub fn beyond<T>(bound: usize, what: &str) -> Result<T, Unknown> {
    let why = format!("there are more than {bound} {what}, and one check asks for no more: this one was not asked for");
    tracing::warn!(bound, what, "a bound was reached");
    Err(Unknown { why })
}

/// Awaits all, [`AT_ONCE`] at a time; answers in order
pub async fn all<F: Future>(futures: Vec<F>) -> Vec<F::Output> {
    stream::iter(futures).buffered(AT_ONCE).collect().await
}
