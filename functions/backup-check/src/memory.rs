//! `findings.json`: read before anything else, written conditionally. Who loses the race changes nothing and tells
//! nothing, unless it found something severe that the faster one did not know: then it writes anew.

use lifeboat::checkup::State;
use lifeboat::fault::{Class, Fault};
use lifeboat::ports::Store;
use lifeboat::run::RunError;
use serde_json::Value;

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
    let body = match serde_json::to_vec(state) {
        Ok(body) => body,
        Err(error) => {
            return Written::Failed(Fault::new(Class::Permanent, "lifeboat:Write", State::KEY, "", &error.to_string()));
        }
    };
    let written = match etag {
        Some(etag) => store.replace(State::KEY, body, etag).await,
        None => store.create(State::KEY, body).await,
    };
    match written {
        Ok(etag) => Written::Yes(etag),
        // The reply was lost, or the SDK asked again after it was: looking tells whether this very text is there.
        Err(fault) if matches!(fault.class, Class::Unknown | Class::Conflict) => match store.read(State::KEY).await {
            // Made anew for this rare look: it may be megabytes, and Lambda counts them.
            Ok(Some(stored)) if serde_json::to_vec(state).is_ok_and(|body| body == stored.body) => {
                Written::Yes(stored.etag)
            }
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
        let fresh = fresh.map_err(unreadable)?;
        next = carry_over(before, told, &fresh).map_err(|error| unreadable(error.to_string()))?;
        etag = stored.etag;
    }
    let said = "other checks kept writing: what was told may be told again";
    Err(Fault::new(Class::Conflict, "lifeboat:Write", State::KEY, "", said))
}

fn unreadable(error: impl AsRef<str>) -> Fault {
    Fault::new(Class::Permanent, "lifeboat:Read", State::KEY, "", error.as_ref())
}

/// Puts into `fresh` what `told` has and `before` had not. What is not there any more stays away: it was resolved meanwhile.
fn carry_over(before: &State, told: &State, fresh: &State) -> Result<State, serde_json::Error> {
    let mut merged = serde_json::to_value(fresh)?;
    merge(&serde_json::to_value(before)?, &serde_json::to_value(told)?, &mut merged);
    serde_json::from_value(merged)
}

fn merge(before: &Value, told: &Value, fresh: &mut Value) {
    let (Value::Object(before), Value::Object(told), Value::Object(fresh)) = (before, told, &mut *fresh) else {
        if before != told {
            *fresh = told.clone();
        }
        return;
    };
    for (key, told) in told {
        match (before.get(key), fresh.get_mut(key)) {
            (Some(before), Some(fresh)) => merge(before, told, fresh),
            (None, _) => {
                fresh.insert(key.clone(), told.clone());
            }
            (Some(_), None) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::merge;

    #[test]
    fn only_what_was_told_is_carried_over_and_nothing_that_is_gone() {
        let before = json!({"looked_at": 1, "weekly_at": null, "findings": {"a": {"told_at": null, "seen_at": 1},
            "gone": {"told_at": null}}});
        let told = json!({"looked_at": 1, "weekly_at": 5, "findings": {"a": {"told_at": 5, "seen_at": 1, "told_as": "high"},
            "gone": {"told_at": 5}}});
        let mut fresh = json!({"looked_at": 3, "weekly_at": null, "findings": {"a": {"told_at": null, "seen_at": 3},
            "new": {"told_at": null}}});
        merge(&before, &told, &mut fresh);
        let wanted = json!({"looked_at": 3, "weekly_at": 5, "findings": {"a": {"told_at": 5, "seen_at": 3, "told_as":
            "high"}, "new": {"told_at": null}}});
        assert_eq!(fresh, wanted);
    }
}
