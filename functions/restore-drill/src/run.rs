//! One run, taken as far as it goes.
//!
//! The conditional write before the acts is the lock: whoever wins it performs them. Losing it is `Skipped` and no error:
//! somebody else is on it.

use jiff::Timestamp;
use lifeboat::fault::{Class, Fault};
use lifeboat::ports::Store;
use lifeboat::restore::{Act, Phase, Record, VERSION, closed_key, decide, open_key, outcome};

use crate::act::Brought;
use crate::{Grounds, RestoreDrill, Troubles, World, act, observe};

/// Most steps that one invocation takes a run: a whole drill has about thirty
pub const MOST_STEPS: usize = 60;

/// How far an invocation took a run
#[derive(Debug, Clone, PartialEq)]
pub enum Progress {
    /// It waits for something, said in words
    Waits {
        /// Where it stands
        record: Box<Record>,
        /// For what
        because: String,
    },
    /// It was told and filed
    Closed {
        /// As it was filed
        record: Box<Record>,
    },
    /// Somebody else is on it, or it is not ours to read
    Skipped,
}

/// Takes the run whose record lies under `key` as far as it goes before `until`.
pub async fn advance<W: World>(
    drill: &RestoreDrill<W>,
    run: &str,
    grounds: &Grounds,
    until: Timestamp,
    troubles: &mut Troubles,
) -> Progress {
    let Some((mut record, mut etag)) = read(drill, run, troubles).await else {
        return Progress::Skipped;
    };
    if record.phase == Phase::Planned && already_closed(drill, &record, troubles).await {
        return Progress::Skipped;
    }
    for _ in 0..MOST_STEPS {
        let now = drill.now();
        if now >= until {
            return Progress::Waits { record: Box::new(record), because: "this invocation is over".to_owned() };
        }
        let seen = Box::pin(observe::observe(drill, &record, grounds, troubles)).await;
        let decision = decide(now, &record, &seen);
        if decision.waits(&record) {
            tracing::info!(run, phase = ?record.phase, because = decision.because, "waiting");
            return Progress::Waits { record: Box::new(record), because: decision.because };
        }
        tracing::info!(run, phase = ?decision.next.phase, because = decision.because, acts = decision.acts.len(), "next step");
        let Some(written) = write(drill, &decision.next, &etag, troubles).await else {
            return Progress::Skipped;
        };
        (record, etag) = (decision.next, written);
        for act in decision.acts {
            match perform(drill, &mut record, &etag, &act, grounds, troubles).await {
                Performed::Written(written) => etag = written,
                Performed::Filed => return Progress::Closed { record: Box::new(record) },
                Performed::Lost => return Progress::Skipped,
            }
        }
    }
    troubles.say(run, format!("took {MOST_STEPS} steps in one invocation without coming to rest"));
    Progress::Waits { record: Box::new(record), because: "too many steps in one invocation".to_owned() }
}

/// What became of the record after an act
enum Performed {
    /// The outcome was written; the new ETag
    Written(String),
    /// The record was filed, and there is no open one any more
    Filed,
    /// Somebody else is on it
    Lost,
}

/// Performs one act and writes what came of it
async fn perform<W: World>(
    drill: &RestoreDrill<W>,
    record: &mut Record,
    etag: &str,
    act: &Act,
    grounds: &Grounds,
    troubles: &mut Troubles,
) -> Performed {
    let result = Box::pin(act::perform(drill, record, act, grounds, troubles)).await;
    match &result {
        Ok(Brought::Nothing) => {}
        Ok(Brought::Note(note)) => record.note(note),
        Ok(Brought::RestoreJob(id)) => record.restore_job = Some(id.clone()),
        Err(fault) => troubles.note(&record.run, fault),
    }
    outcome(record, &act.name(), result.as_ref().map(|_| ()), drill.now());
    if *act == Act::Archive && result.is_ok() {
        return Performed::Filed;
    }
    write(drill, record, etag, troubles).await.map_or(Performed::Lost, Performed::Written)
}

/// A request that comes again after its run has ended finds it filed: the second record is removed before anything is done.
async fn already_closed<W: World>(drill: &RestoreDrill<W>, record: &Record, troubles: &mut Troubles) -> bool {
    let store = drill.world().store();
    match store.read(&closed_key(&record.run, record.scheduled_for)).await {
        Ok(None) => false,
        Ok(Some(_)) => {
            tracing::info!(run = record.run, "this run has ended before: the request came again");
            if let Err(fault) = store.remove(&open_key(&record.run)).await {
                troubles.note(&record.run, &fault);
            }
            true
        }
        Err(fault) => {
            troubles.note(&record.run, &fault);
            true
        }
    }
}

async fn read<W: World>(drill: &RestoreDrill<W>, run: &str, troubles: &mut Troubles) -> Option<(Record, String)> {
    let stored = match drill.world().store().read(&open_key(run)).await {
        Ok(stored) => stored?,
        Err(fault) => {
            red(run, &fault, troubles);
            return None;
        }
    };
    match serde_json::from_slice::<Record>(&stored.body) {
        Ok(record) if record.version > VERSION => {
            let words = format!("its record has version {}, and this one knows {VERSION}: left alone", record.version);
            troubles.say(run, words);
            None
        }
        Ok(record) => Some((record, stored.etag)),
        Err(error) => {
            troubles.say(run, format!("its record {} cannot be read: {error}: left alone", open_key(run)));
            None
        }
    }
}

async fn write<W: World>(
    drill: &RestoreDrill<W>,
    record: &Record,
    etag: &str,
    troubles: &mut Troubles,
) -> Option<String> {
    let body = match serde_json::to_vec_pretty(record) {
        Ok(body) => body,
        Err(error) => {
            troubles.say(&record.run, format!("its record cannot be written: {error}"));
            return None;
        }
    };
    match drill.world().store().replace(&open_key(&record.run), body, etag).await {
        Ok(etag) => Some(etag),
        // A record that is gone was filed by somebody else meanwhile.
        Err(fault) if matches!(fault.class, Class::Conflict | Class::NotFound) => {
            tracing::info!(run = record.run, "somebody else is on it");
            None
        }
        Err(fault) => {
            red(&record.run, &fault, troubles);
            None
        }
    }
}

/// A bucket that refuses stops every run, so it is red whatever the class
fn red(run: &str, fault: &Fault, troubles: &mut Troubles) {
    troubles.say(run, fault.to_string());
}
