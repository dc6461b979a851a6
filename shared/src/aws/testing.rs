//! What the tests of the adapters share.

#![allow(dead_code, reason = "which helpers are used depends on the features that are on")]

use std::sync::{Arc, Mutex};

/// Requests as they were about to be sent
#[derive(Debug)]
pub(crate) struct Seen<I>(Arc<Mutex<Vec<I>>>);

impl<I: Clone + Send + 'static> Seen<I> {
    /// Nothing seen yet
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(Vec::new())))
    }

    /// A matcher that keeps every request and accepts it
    pub(crate) fn all(&self) -> impl Fn(&I) -> bool + Send + Sync + 'static {
        let kept = Arc::clone(&self.0);
        move |input| {
            kept.lock().unwrap().push(input.clone());
            true
        }
    }

    /// Every request so far
    pub(crate) fn every(&self) -> Vec<I> {
        self.0.lock().unwrap().clone()
    }

    /// The one request
    pub(crate) fn only(&self) -> I {
        let mut every = self.every();
        assert_eq!(every.len(), 1, "one request was expected");
        every.remove(0)
    }
}

/// For a client that must not be called
pub(crate) const NO_RULES: [&aws_smithy_mocks::Rule; 0] = [];
