//! Changes that people ask of a run: written into its record as it was read, and tried again where somebody was faster.

use std::future::Future;
use std::time::Duration;

use lifeboat::recover::Record;
use lifeboat::run::RunError;

use crate::records::{self, FILE, MOST_RACES, Written, is_being_filed};
use crate::run::elsewhere;
use crate::{EmergencyRestore, Visit, World, status};

/// Pause before a record is read again that somebody else was writing
const PAUSE: Duration = Duration::from_secs(2);

/// What a request makes of a record
#[derive(Debug)]
pub enum Change {
    /// It is as wanted already
    Nothing,
    /// This is to be the record
    To(Box<Record>),
}

/// Makes a change. `make` is asked again with what the record is then, where somebody was faster. A filed record is opened
/// again by a change.
pub async fn change<W, M, F>(function: &EmergencyRestore<W>, run: &str, visit: &Visit, make: M) -> Result<(), RunError>
where
    W: World,
    M: Fn(Record) -> F,
    F: Future<Output = Result<Change, RunError>>,
{
    for _ in 0..MOST_RACES {
        let found = status::known(function, run, visit).await?;
        if let Some(why) = elsewhere(function, &found.record) {
            return Err(RunError::bad_request(format!("nothing was done: {why}")));
        }
        // Whoever files it removes the open record next: a change now would go with it.
        if is_being_filed(&found.record, function.now()) {
            function.world().rest(PAUSE).await;
            continue;
        }
        let mut next = match make(found.record).await? {
            Change::Nothing => return Ok(()),
            Change::To(next) => next,
        };
        next.acts.remove(FILE);
        match records::write(function, &next, found.etag.as_deref(), visit).await {
            Ok(Written::Won(_)) => return Ok(()),
            Ok(Written::Lost) => function.world().rest(PAUSE).await,
            Err(fault) => {
                let words = format!("whether this was written for {run} is not known: {fault}. Ask again");
                return Err(RunError::unavailable(words));
            }
        }
    }
    Err(RunError::unavailable(format!("others are at {run} all the time; nothing was done. Ask again in a minute")))
}
