//! Tags on everything made. They are always passed at creation: a restore without tags inherits production's, and tags
//! passed with a restore replace the source's (AWS: user guides "Restoring to a specified time").

use jiff::Timestamp;

use super::Purpose;
use crate::database::Tags;

/// The run that made it
pub const RUN: &str = "lifeboat:run";
/// Why it was made: `drill`, `recovery`, `inspection`, `snapshot`, `snapshot-copy`
pub const PURPOSE: &str = "lifeboat:purpose";
/// Identifier of the database it was made from
pub const SOURCE: &str = "lifeboat:source";
/// RFC 3339; after this a sweeper may remove it without knowing the run
pub const EXPIRES_AT: &str = "lifeboat:expires-at";

/// The tags of a copy; only temporary copies expire.
pub fn copy_tags(run: &str, purpose: Purpose, source: &str, expires_at: Option<Timestamp>) -> Tags {
    let mut tags = Tags::from([
        (RUN.to_owned(), run.to_owned()),
        (PURPOSE.to_owned(), purpose.word().to_owned()),
        (SOURCE.to_owned(), source.to_owned()),
    ]);
    if let Some(at) = expires_at {
        tags.insert(EXPIRES_AT.to_owned(), at.round(jiff::Unit::Second).unwrap_or(at).to_string());
    }
    tags
}
