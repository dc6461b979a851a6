//! One run, taken as far as it goes.
//!
//! The conditional write before the tasks is the lock: whoever wins it performs them. Losing it is `Skipped` and no error:
//! somebody else is on it.

use jiff::Timestamp;
use lifeboat::fault::Fault;
use lifeboat::ports::Store;
use lifeboat::recover::{Record, Task, decide, outcome};
use lifeboat::restore::{ActState, Asked, open_key};

use crate::records::{self, FILE, MOST_RACES, Written, filed_key, is_being_filed};
use crate::side_by_side::side_by_side;
use crate::{EmergencyRestore, Visit, World, act, observe};

/// Most steps that one invocation takes a run: a whole recovery has about twenty
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
    Filed {
        /// As it was filed
        record: Box<Record>,
    },
    /// Somebody else is on it, or it is not ours to read
    Skipped,
}

/// Takes a run as far as it goes before `until`.
pub async fn advance<W: World>(function: &EmergencyRestore<W>, run: &str, until: Timestamp, visit: &Visit) -> Progress {
    let (mut record, mut etag) = match records::open(function, run, visit).await {
        Ok(Some(found)) => found,
        Ok(None) => return Progress::Skipped,
        Err(error) => {
            visit.say(run, error.message);
            return Progress::Skipped;
        }
    };
    if let Some(why) = is_left_to_others(function, &record) {
        tracing::info!(run, why, "left alone");
        return Progress::Waits { record: Box::new(record), because: why };
    }
    if record.acts.is_empty() && came_again(function, &record, visit).await {
        return Progress::Skipped;
    }
    for _ in 0..MOST_STEPS {
        let now = function.now();
        let waits =
            |record: Record, because: &str| Progress::Waits { record: Box::new(record), because: because.to_owned() };
        if is_being_filed(&record, now) {
            return waits(record, "it is being filed");
        }
        if now >= until {
            return waits(record, "this invocation is over");
        }
        let seen = Box::pin(observe::observe(function, &record, visit)).await;
        let decision = decide(now, &record, &seen);
        if decision.is_over {
            return file(function, record, &etag, visit).await;
        }
        if decision.waits(&record) {
            tracing::info!(run, phase = ?record.phase, because = decision.because, "waiting");
            return waits(record, &decision.because);
        }
        let (phase, tasks) = (decision.next.phase, decision.tasks);
        tracing::info!(run, ?phase, because = decision.because, tasks = tasks.len(), "next step");
        let Some(written) = write(function, &decision.next, &etag, visit).await else {
            return Progress::Skipped;
        };
        (record, etag) = (decision.next, written);
        if tasks.is_empty() {
            continue;
        }
        match perform(function, record, etag, tasks, visit).await {
            Some(after) => (record, etag) = after,
            None => return Progress::Skipped,
        }
    }
    visit.say(run, format!("took {MOST_STEPS} steps in one invocation without coming to rest"));
    Progress::Waits { record: Box::new(record), because: "too many steps in one invocation".to_owned() }
}

/// Why this run is not for this process to take further: a look into another region would find that its copy is not there, and a
/// move that is refused would turn a cut-over back that somebody else is making.
fn is_left_to_others<W: World>(function: &EmergencyRestore<W>, record: &Record) -> Option<String> {
    if let Some(why) = elsewhere(function, record) {
        return Some(why);
    }
    let is_refused = record.is_cutting_over() && !function.world().may_cut_over();
    is_refused.then(|| {
        "this function may not cut over, and leaves it to whoever asked: it goes on with emergency-restore --follow"
            .to_owned()
    })
}

/// Says so where a run is made in another region than this one
pub(crate) fn elsewhere<W: World>(function: &EmergencyRestore<W>, record: &Record) -> Option<String> {
    let (made_in, here) = (record.region.as_ref()?, function.world().region()?);
    (*made_in != here).then(|| format!("{} is made in {made_in}, and this is {here}: ask there", record.run))
}

/// Performs the tasks of a step side by side, and writes what came of them
async fn perform<W: World>(
    function: &EmergencyRestore<W>,
    record: Record,
    etag: String,
    tasks: Vec<Task>,
    visit: &Visit,
) -> Option<(Record, String)> {
    let of = &record;
    let calls = tasks.into_iter().map(|task| async move {
        let result = Box::pin(act::perform(function, of, &task, visit)).await;
        if let Err(fault) = &result {
            visit.note(&of.run, fault);
        }
        (task, result, function.now())
    });
    let ended = side_by_side(calls.collect()).await;
    let run = record.run.clone();
    let (mut record, mut etag) = (record, etag);
    for _ in 0..MOST_RACES {
        for (task, result, at) in &ended {
            note(&mut record, task, result.as_ref().map(Option::as_deref), *at);
        }
        match records::write(function, &record, Some(&etag), visit).await {
            Ok(Written::Won(etag)) => return Some((record, etag)),
            // A request changed the record meanwhile: what came of the tasks is written into what it is now.
            Ok(Written::Lost) => match records::open(function, &run, visit).await {
                Ok(Some(found)) => (record, etag) = found,
                Ok(None) => return None,
                Err(error) => {
                    visit.say(&run, error.message);
                    return None;
                }
            },
            Err(fault) => {
                red(&run, &fault, visit);
                return None;
            }
        }
    }
    visit.say(&run, "its record could not be written: others write it all the time");
    None
}

/// What came of a task, in the record
fn note(record: &mut Record, task: &Task, result: Result<Option<&str>, &Fault>, at: Timestamp) {
    if let Ok(Some(job)) = result {
        record.job_started(job.to_owned());
    }
    let result = result.map(|_| ());
    match task {
        Task::Build(act) => outcome(record, &act.name(), result, at),
        Task::Ask(_) => outcome(record, "ask", result, at),
        Task::Move(one) => {
            if let Some(cut) = record.cut_over.as_mut() {
                cut.outcome(&one.name(), result, at);
            }
        }
        Task::Tell(letter) => {
            // A request took the act back while the mail was on its way: it told of an end that is none any more.
            if !record.acts.contains_key(&letter.act()) {
                return;
            }
            outcome(record, &letter.act(), result, at);
            if result.is_ok() && !record.told.contains(letter) {
                record.told.push(*letter);
            }
        }
    }
}

/// Files the record among the closed ones and ends the open one.
///
/// The write that announces it keeps requests away meanwhile: a cut-over that was asked for in between would be lost.
async fn file<W: World>(function: &EmergencyRestore<W>, record: Record, etag: &str, visit: &Visit) -> Progress {
    let run = record.run.clone();
    let Some(key) = filed_key(&run) else {
        visit.say(&run, "its id names no time, so it cannot be filed");
        return Progress::Skipped;
    };
    let mut marked = record.clone();
    let attempt = record.acts.get(FILE).map_or(0, |asked| asked.attempt).saturating_add(1);
    marked.acts.insert(FILE.to_owned(), Asked { at: function.now(), attempt, state: ActState::Asked });
    if write(function, &marked, etag, visit).await.is_none() {
        return Progress::Skipped;
    }
    let mut filed = record;
    filed.acts.remove(FILE);
    let store = function.world().store();
    let done = async {
        let body = records::body(&filed)?;
        visit.call(function, "s3:PutObject", &key, store.put(&key, body, "application/json")).await?;
        visit.call(function, "s3:DeleteObject", &open_key(&run), store.remove(&open_key(&run))).await
    };
    if let Err(fault) = done.await {
        red(&run, &fault, visit);
        return Progress::Waits { record: Box::new(filed), because: "it is being filed".to_owned() };
    }
    tracing::info!(run, "filed");
    Progress::Filed { record: Box::new(filed) }
}

/// A request that comes again after its run has ended finds it filed: the second record is removed before anything is done.
async fn came_again<W: World>(function: &EmergencyRestore<W>, record: &Record, visit: &Visit) -> bool {
    match records::filed(function, &record.run, visit).await {
        Ok(None) => false,
        Ok(Some(_)) => {
            tracing::info!(run = record.run, "this run has ended before: the request came again");
            let key = open_key(&record.run);
            let removed = visit.call(function, "s3:DeleteObject", &key, function.world().store().remove(&key)).await;
            if let Err(fault) = removed {
                visit.note(&record.run, &fault);
            }
            true
        }
        Err(error) => {
            visit.say(&record.run, error.message);
            true
        }
    }
}

async fn write<W: World>(function: &EmergencyRestore<W>, record: &Record, etag: &str, visit: &Visit) -> Option<String> {
    match records::write(function, record, Some(etag), visit).await {
        Ok(Written::Won(etag)) => Some(etag),
        Ok(Written::Lost) => {
            tracing::info!(run = record.run, "somebody else is on it");
            None
        }
        Err(fault) => {
            red(&record.run, &fault, visit);
            None
        }
    }
}

/// A bucket that refuses stops every run, so it is red whatever the class
fn red(run: &str, fault: &Fault, visit: &Visit) {
    visit.say(run, fault.to_string());
}
