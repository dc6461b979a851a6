//! Tags of snapshots, beside those that everything made carries.

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
pub(super) fn all<'a>(tags: &'a crate::database::Tags, key: &str) -> impl Iterator<Item = &'a str> {
    tags.iter().filter(move |(known, _)| known.trim().eq_ignore_ascii_case(key)).map(|(_, value)| value.as_str())
}
