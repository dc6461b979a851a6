//! Tags of snapshots, beside those that everything made carries.

use crate::database::Tags;

/// Pins a snapshot: with this tag, whatever its value, it is never let go
pub const KEEP: &str = "lifeboat:keep";
/// RFC 3339; until then a snapshot is kept, whatever the policy's numbers say
pub const KEEP_UNTIL: &str = "lifeboat:keep-until";
/// Why it was taken
pub const REASON: &str = "lifeboat:reason";
/// RFC 3339; when the data of a copy was taken, which is before the copy was made
pub const TAKEN_AT: &str = "lifeboat:taken-at";

/// Longest value of a tag, in characters (RDS API, `Tag`)
const LONGEST: usize = 256;

/// A text as a tag's value takes it: letters, digits, spaces and `_.:/=+-@`; anything else becomes a space.
pub fn tag_value(text: &str) -> String {
    let fine = |c: char| c.is_alphanumeric() || "_.:/=+-@".contains(c);
    let spaced: String = text.chars().map(|c| if fine(c) { c } else { ' ' }).collect();
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let value: String = words.join(" ").chars().take(LONGEST).collect();
    value.trim_end().to_owned()
}

/// The values of a tag of ours; letter case of the key does not count, so that a pin written `Lifeboat:Keep` holds.
pub(super) fn all<'a>(tags: &'a Tags, key: &str) -> impl Iterator<Item = &'a str> {
    tags.iter().filter(move |(known, _)| known.trim().eq_ignore_ascii_case(key)).map(|(_, value)| value.as_str())
}

/// How the keys of tags begin that mean something here: ours, `aws:backup:…`, `awsbackup-restore-test`
const TELLING: [&str; 2] = ["lifeboat:", "aws"];

/// Only the tags that are ours or AWS's own: what a list of thousands keeps of them. Made anew, as a map that lost its last entry
/// keeps its memory.
pub fn telling(tags: Tags) -> Tags {
    // Whatever the case of its letters: people write tags.
    let begins = |key: &str, with: &str| key.get(..with.len()).is_some_and(|start| start.eq_ignore_ascii_case(with));
    let is_telling = |key: &str| TELLING.iter().any(|prefix| begins(key.trim_start(), prefix));
    tags.into_iter().filter(|(key, _)| is_telling(key)).collect()
}
