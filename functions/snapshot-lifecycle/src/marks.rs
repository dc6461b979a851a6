//! `lifecycle.json`: the conditional write before the deletions is the lock. Whoever wins it performs them.

use lifeboat::fault::Class;
use lifeboat::lifecycle::Marks;
use lifeboat::ports::Store;
use lifeboat::run::RunError;

/// The marks as they were found, and the ETag to write over them with; none where there is no document yet
#[derive(Debug)]
pub struct Found {
    /// The marks
    pub marks: Marks,
    /// Its ETag
    pub etag: Option<String>,
}

/// What became of a write
#[derive(Debug, PartialEq, Eq)]
pub enum Written {
    /// They are written, and this run goes on
    Won,
    /// Another run was first
    Lost,
    /// It could not be told; nothing may follow
    Unsure(String),
}

/// Reads the marks. Where that fails nothing may be marked or deleted.
pub async fn read(store: &impl Store) -> Result<Found, RunError> {
    let stored = store.read(Marks::KEY).await.map_err(|fault| RunError::unavailable(fault.to_string()))?;
    let Some(stored) = stored else {
        return Ok(Found { marks: Marks::default(), etag: None });
    };
    let text = String::from_utf8(stored.body)
        .map_err(|_| RunError::failed(format!("{} is not UTF-8; repair it, or remove it to begin anew", Marks::KEY)))?;
    let marks = Marks::parse(&text).map_err(RunError::failed)?;
    Ok(Found { marks, etag: Some(stored.etag) })
}

/// Writes the marks over those that were found.
pub async fn write(store: &impl Store, marks: &Marks, found: &Found) -> Written {
    let body = match serde_json::to_vec(marks) {
        Ok(body) => body,
        Err(error) => return Written::Unsure(format!("{} cannot be written: {error}", Marks::KEY)),
    };
    let written = match &found.etag {
        Some(etag) => store.replace(Marks::KEY, body, etag).await,
        None => store.create(Marks::KEY, body).await,
    };
    match written {
        Ok(_) => Written::Won,
        // A document that is gone was removed by somebody meanwhile: they begin anew, and so does the next run.
        Err(fault) if matches!(fault.class, Class::Conflict | Class::NotFound) => Written::Lost,
        // Another run may have written the very same marks, so a look would not tell whose they are.
        Err(fault) => Written::Unsure(fault.to_string()),
    }
}
