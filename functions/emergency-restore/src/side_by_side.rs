//! Calls side by side, never more than a bound of them.

use std::future::Future;

use futures_util::StreamExt;
use futures_util::stream::iter;

/// Most calls at once. RDS lets an account make a few tens of reads a second.
pub(crate) const AT_ONCE: usize = 8;

/// All of them, in their order, [`AT_ONCE`] at a time
pub(crate) async fn side_by_side<F: Future>(calls: Vec<F>) -> Vec<F::Output> {
    iter(calls).buffered(AT_ONCE).collect().await
}
