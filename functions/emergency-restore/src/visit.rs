//! One invocation: what went wrong in it, and how much of its time was AWS's.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use lifeboat::fault::{Class, Fault};
use lifeboat::flow::Troubles;
use lifeboat::ports::Clock;
use lifeboat::run::RunError;
use serde_json::{Value, json};

use crate::{EmergencyRestore, World};

/// What one invocation gathers, from calls that go on side by side
#[derive(Debug)]
pub struct Visit {
    began: Timestamp,
    troubles: Mutex<Troubles>,
    calls: Mutex<Calls>,
    denied: Mutex<BTreeMap<&'static str, String>>,
}

#[derive(Debug, Default, Clone, Copy)]
struct Calls {
    made: u32,
    under_way: u32,
    /// Since when some call has been under way
    since: Option<Timestamp>,
    waited: SignedDuration,
}

impl Visit {
    pub(crate) fn begin<W: World>(function: &EmergencyRestore<W>) -> Self {
        Self { began: function.now(), troubles: Mutex::default(), calls: Mutex::default(), denied: Mutex::default() }
    }

    /// Notes a fault
    pub(crate) fn note(&self, of: &str, fault: &Fault) {
        lock(&self.troubles).note(of, fault);
    }

    /// Notes a trouble in words
    pub(crate) fn say(&self, of: &str, words: impl Into<String>) {
        lock(&self.troubles).say(of, words);
    }

    /// Red at the end, if there was any trouble
    pub(crate) fn end(&self) -> Result<(), RunError> {
        std::mem::take(&mut *lock(&self.troubles)).end()
    }

    /// What AWS did not allow in this invocation: each action with its words
    pub(crate) fn denied(&self) -> Vec<(String, String)> {
        lock(&self.denied).iter().map(|(action, why)| ((*action).to_owned(), why.clone())).collect()
    }

    /// One call to AWS, logged once with its duration. What waits side by side counts once.
    pub(crate) async fn call<W: World, T>(
        &self,
        function: &EmergencyRestore<W>,
        operation: &'static str,
        resource: &str,
        call: impl Future<Output = Result<T, Fault>> + Send,
    ) -> Result<T, Fault> {
        let clock = function.world().clock();
        let began = clock.now();
        {
            let mut calls = lock(&self.calls);
            calls.made = calls.made.saturating_add(1);
            calls.under_way = calls.under_way.saturating_add(1);
            calls.since.get_or_insert(began);
        }
        let answer = call.await;
        let ended = clock.now();
        {
            let mut calls = lock(&self.calls);
            calls.under_way = calls.under_way.saturating_sub(1);
            if calls.under_way == 0
                && let Some(since) = calls.since.take()
            {
                calls.waited = calls.waited.saturating_add(ended.duration_since(since));
            }
        }
        if let Err(fault) = &answer
            && fault.class == Class::Permission
        {
            lock(&self.denied).entry(fault.operation).or_insert_with(|| fault.to_string());
        }
        let milliseconds = ended.duration_since(began).as_millis();
        let failed = answer.as_ref().err().map(|fault| fault.class);
        tracing::info!(operation, resource, milliseconds, ?failed, "called AWS");
        answer
    }

    /// Where the time of this invocation went
    pub(crate) fn took<W: World>(&self, function: &EmergencyRestore<W>) -> Value {
        let calls = *lock(&self.calls);
        let all = function.now().duration_since(self.began);
        let own = all.checked_sub(calls.waited).unwrap_or_default();
        let seconds = |span: SignedDuration| (span.as_secs_f64() * 1000.0).round() / 1000.0;
        json!({"seconds": seconds(all), "aws_seconds": seconds(calls.waited), "own_seconds": seconds(own),
               "aws_calls": calls.made})
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
