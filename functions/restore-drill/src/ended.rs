//! Inspections whose time is over: a mail says so before the last of the copy goes.

use lifeboat::fault::{Class, Fault};
use lifeboat::mail::{self, Ended};
use lifeboat::ports::{Post, Store};
use lifeboat::recover;
use lifeboat::restore::{
    EndNote, Ending, Last, SOURCE, closed_key, ended_key, ending, ends_an_inspection, open_key, stamp_of,
};

use crate::{Grounds, RestoreDrill, Troubles, World};

/// Whether a thing whose time is over may be removed now. Where its removal is the end of an inspection, people are told
/// first.
pub async fn may_go<W: World, T: Last>(
    drill: &RestoreDrill<W>,
    thing: &T,
    region: Option<&str>,
    grounds: &Grounds,
    troubles: &mut Troubles,
) -> bool {
    let Some((run, ends)) = ends_an_inspection(thing) else { return true };
    let store = drill.world().store();
    let key = ended_key(run);
    let (note, etag) = match store.read(&key).await {
        Ok(Some(stored)) => (serde_json::from_slice::<EndNote>(&stored.body).ok(), Some(stored.etag)),
        Ok(None) => (None, None),
        Err(fault) => return despite(run, &fault, troubles),
    };
    let next = match ending(drill.now(), run, ends, note.as_ref()) {
        Ending::Tell(next) => next,
        Ending::Wait => return false,
        Ending::Remove { told: true } => return true,
        Ending::Remove { told: false } => {
            troubles.say(run, "its time is over, and the mail that says so could not be sent: it is removed without");
            return true;
        }
    };
    // The note first: of two sweeps at once one sends the mail.
    let etag = match (body(&next), etag) {
        (Ok(body), Some(etag)) => store.replace(&key, body, &etag).await,
        (Ok(body), None) => store.create(&key, body).await,
        (Err(fault), _) => Err(fault),
    };
    let etag = match etag {
        Ok(etag) => etag,
        Err(fault) => return despite(run, &fault, troubles),
    };
    let record = record(drill, run).await;
    let source = thing.tags().get(SOURCE).map(String::as_str);
    let mail =
        mail::ended_mail(&Ended { run, source, region, ends, record: record.as_ref() }, &grounds.timezone, drill.now());
    if let Err(fault) = drill.world().post().send(&mail.subject, &mail.body).await {
        troubles.note(run, &fault);
        // The copy stands, so the next sweep tries again.
        return false;
    }
    let told = EndNote { told: true, ..next };
    if let Ok(body) = body(&told)
        && let Err(fault) = store.replace(&key, body, &etag).await
    {
        troubles.note(run, &fault);
    }
    true
}

/// Whether it may be removed though its note could not be read or written: a bucket that is busy is waited for, and so is
/// whoever was faster; one that refuses keeps no copy for good
fn despite(run: &str, fault: &Fault, troubles: &mut Troubles) -> bool {
    if fault.class.passes_by_itself() {
        tracing::info!(run, error = %fault, "the next sweep tells of its end");
        return false;
    }
    troubles.note(run, fault);
    troubles.say(run, "its time is over, and whether people were told cannot be remembered: it is removed untold");
    true
}

fn body(note: &EndNote) -> Result<Vec<u8>, Fault> {
    serde_json::to_vec_pretty(note)
        .map_err(|error| Fault::new(Class::Permanent, "lifeboat:Write", &note.run, "", &error.to_string()))
}

/// Its record, for the words of the mail alone: without one it says less
async fn record<W: World>(drill: &RestoreDrill<W>, run: &str) -> Option<recover::Record> {
    let store = drill.world().store();
    let closed = stamp_of(run).map(|at| closed_key(run, at));
    for key in [Some(open_key(run)), closed].into_iter().flatten() {
        if let Ok(Some(stored)) = store.read(&key).await {
            return serde_json::from_slice(&stored.body).ok();
        }
    }
    None
}
