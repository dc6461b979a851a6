//! What is said of a point beside its time.

use crate::recover::facts::KeyUse;

/// A name from outside, on one line and of a length that can be read
pub(super) fn shown(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(120).collect()
}

/// What AWS will refuse it for
pub(super) fn refusal(key: &KeyUse) -> Vec<String> {
    match key {
        KeyUse::Useless(why) => vec![format!("AWS refuses to restore what it cannot decrypt: {why}")],
        KeyUse::Fine | KeyUse::NotKnown(_) => Vec::new(),
    }
}

/// What is to be known of a key before the restore is asked for
pub(super) fn key_words(key: &KeyUse) -> String {
    match key {
        KeyUse::Fine => String::new(),
        KeyUse::Useless(why) => format!(". AWS WILL REFUSE IT: {why}"),
        KeyUse::NotKnown(why) => format!("; whether it can be decrypted is not known: {why}"),
    }
}
