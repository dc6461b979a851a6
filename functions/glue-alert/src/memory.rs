//! `jobs.json`: read before anything is told, written conditionally. Who loses the race looks again at what the faster one
//! wrote, and finds its claims there.

use std::hash::{BuildHasher, Hasher, RandomState};

use lifeboat::fault::{Class, Fault};
use lifeboat::glue::State;
use lifeboat::ports::Store;
use lifeboat::run::RunError;

/// How often a write is tried where others keep writing. Each time that one loses another has won, so twenty hold for as many
/// at once.
pub const MOST_TRIES: usize = 20;

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
    /// Written
    Yes,
    /// Somebody else wrote since it was read
    Lost,
    /// It could not be written
    Failed(Fault),
}

/// Writes the document, if it is still the one that was read.
pub async fn write(store: &impl Store, state: &State, etag: Option<&str>) -> Written {
    let state = State { written_by: Some(unlike_any_other()), ..state.clone() };
    let body = match serde_json::to_vec_pretty(&state) {
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
        Ok(_) => Written::Yes,
        // The reply was lost, or the SDK asked again after it was: looking tells whether this very text is there.
        Err(fault) if matches!(fault.class, Class::Unknown | Class::Conflict | Class::AlreadyExists) => {
            match store.read(State::KEY).await {
                Ok(Some(stored)) if stored.body == body => Written::Yes,
                _ if fault.class == Class::Unknown => Written::Failed(fault),
                _ => Written::Lost,
            }
        }
        Err(fault) => Written::Failed(fault),
    }
}

/// A word that no other write has
fn unlike_any_other() -> String {
    format!("{:016x}", RandomState::new().build_hasher().finish())
}

/// Changes the document as it is by then. Answers why it could not.
pub async fn change(store: &impl Store, change: impl Fn(&mut State)) -> Result<(), String> {
    for _ in 0..MOST_TRIES {
        let (before, etag) = read(store).await.map_err(|error| error.message)?;
        let mut next = before.clone();
        change(&mut next);
        if next == before {
            return Ok(());
        }
        match write(store, &next, etag.as_deref()).await {
            Written::Yes => return Ok(()),
            Written::Lost => {}
            Written::Failed(fault) => return Err(fault.to_string()),
        }
    }
    Err(format!("others kept writing {}", State::KEY))
}
