//! `findings.json`: read before anything else, written conditionally. Who loses the race changes nothing and tells nothing.

use lifeboat::checkup::State;
use lifeboat::fault::{Class, Fault};
use lifeboat::ports::Store;
use lifeboat::run::RunError;

/// How often a note of what was told is written anew, where another check wrote meanwhile
const MOST_TRIES: usize = 3;

/// The document as it was read, with the ETag that its next version needs; none where there was none
pub async fn read(store: &impl Store) -> Result<(State, Option<String>), RunError> {
    match store.read(State::KEY).await {
        Ok(None) => Ok((State::default(), None)),
        Ok(Some(stored)) => {
            let text = String::from_utf8_lossy(&stored.body);
            State::parse(&text).map(|state| (state, Some(stored.etag))).map_err(RunError::failed)
        }
        Err(fault) => Err(RunError::unavailable(fault.to_string())),
    }
}

/// What came of a write
#[derive(Debug)]
pub enum Written {
    /// Written; the new ETag
    Yes(String),
    /// Somebody else wrote since it was read
    Lost,
    /// It could not be written
    Failed(Fault),
}

/// Writes the document, if it is still the one that was read.
pub async fn write(store: &impl Store, state: &State, etag: Option<&str>) -> Written {
    let body = match serde_json::to_vec_pretty(state) {
        Ok(body) => body,
        Err(error) => {
            return Written::Failed(Fault::new(Class::Permanent, "lifeboat:Write", State::KEY, "", &error.to_string()));
        }
    };
    let written = match etag {
        Some(etag) => store.replace(State::KEY, body.clone(), etag).await,
        None => store.create(State::KEY, body.clone()).await,
    };
    match written {
        Ok(etag) => Written::Yes(etag),
        // The reply was lost, or the SDK asked again after it was: looking tells whether this very text is there.
        Err(fault) if matches!(fault.class, Class::Unknown | Class::Conflict) => match store.read(State::KEY).await {
            Ok(Some(stored)) if stored.body == body => Written::Yes(stored.etag),
            _ if fault.class == Class::Conflict => Written::Lost,
            _ => Written::Failed(fault),
        },
        Err(fault) => Written::Failed(fault),
    }
}

/// Writes what was told. Where another check wrote meanwhile, only the notes are carried over to what it wrote: it must not
/// tell the same again.
pub async fn note_told(store: &impl Store, before: &State, told: &State, etag: String) -> Result<(), Fault> {
    let (mut next, mut etag) = (told.clone(), etag);
    for _ in 0..MOST_TRIES {
        match write(store, &next, Some(&etag)).await {
            Written::Yes(_) => return Ok(()),
            Written::Failed(fault) => return Err(fault),
            Written::Lost => {}
        }
        let Some(stored) = store.read(State::KEY).await? else { break };
        let fresh = State::parse(&String::from_utf8_lossy(&stored.body));
        let mut fresh = fresh.map_err(|error| Fault::new(Class::Permanent, "lifeboat:Read", State::KEY, "", &error))?;
        carry_over(before, told, &mut fresh);
        (next, etag) = (fresh, stored.etag);
    }
    let said = "other checks kept writing: what was told may be told again";
    Err(Fault::new(Class::Conflict, "lifeboat:Write", State::KEY, "", said))
}

/// What `told` says was told and `before` did not
fn carry_over(before: &State, told: &State, fresh: &mut State) {
    if told.digest_at != before.digest_at {
        fresh.digest_at = told.digest_at.max(fresh.digest_at);
    }
    if told.weekly_at != before.weekly_at {
        fresh.weekly_at = told.weekly_at.max(fresh.weekly_at);
    }
    for (id, known) in &told.findings {
        let is_news = before.findings.get(id).map(|known| known.told_at) != Some(known.told_at);
        if let (true, Some(theirs)) = (is_news, fresh.findings.get_mut(id)) {
            theirs.told_at = known.told_at.max(theirs.told_at);
        }
    }
}
