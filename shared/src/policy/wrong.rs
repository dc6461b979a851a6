//! Why one value is refused, and how it is shown.

use serde_json::Value;

use super::mistake::nearest;

/// Longest excerpt of a wrong value, in characters
const EXCERPT: usize = 60;

/// Why a value is refused
#[derive(Debug)]
pub(crate) struct Wrong {
    /// What is allowed
    pub(crate) allowed: String,
    /// The nearest right value
    pub(crate) nearest: Option<String>,
}

impl Wrong {
    /// A refusal without a better value to offer
    pub(crate) fn allowed(allowed: impl Into<String>) -> Self {
        Self { allowed: allowed.into(), nearest: None }
    }

    /// A refusal that names the known words and the one most like `word`
    pub(crate) fn one_of<'a>(word: &str, words: impl IntoIterator<Item = &'a str>) -> Self {
        let words: Vec<&str> = words.into_iter().collect();
        Self { nearest: nearest(word, words.iter().copied()), allowed: format!("one of {}", words.join(", ")) }
    }
}

/// A value as a mistake shows it
pub(crate) fn found(value: &Value) -> String {
    match value {
        Value::Null => "is null".to_owned(),
        Value::Array(items) => format!("is a list of {}", items.len()),
        Value::Object(_) => "is an object".to_owned(),
        Value::String(text) => format!("is {}", Value::from(excerpt(text))),
        Value::Bool(_) | Value::Number(_) => format!("is {value}"),
    }
}

/// The start of a text
pub(crate) fn excerpt(text: &str) -> String {
    if text.chars().count() <= EXCERPT { text.to_owned() } else { text.chars().take(EXCERPT).chain(['…']).collect() }
}
