//! Mistakes in what people wrote: all of them at once, each with its place.

use std::error::Error;
use std::fmt;

use serde::Serialize;

/// Most mistakes that are shown; the rest are counted
const MOST_SHOWN: usize = 100;

/// Longest text, in characters, that is compared with the words it may have meant
const LONGEST_COMPARED: usize = 80;

/// Smallest likeness, from 0 to 1, at which a word is offered as the nearest
const LIKE_ENOUGH: f64 = 0.5;

/// One thing that is wrong in a policy or a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mistake {
    /// Where: `databases.orders.checks[0].at_leest`; empty for the document as a whole
    pub path: String,
    /// What was found there, in words
    pub was: String,
    /// What is allowed there
    pub allowed: String,
    /// The nearest right value
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nearest: Option<String>,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = if self.path.is_empty() { "(the whole document)" } else { &self.path };
        write!(f, "{path}: {}. Allowed: {}", self.was, self.allowed)?;
        match &self.nearest {
            Some(nearest) => write!(f, ". Nearest: {nearest}"),
            None => Ok(()),
        }
    }
}

/// Every mistake of one document, in the order in which they were met. As an error there is at least one.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(transparent)]
pub struct Mistakes(Vec<Mistake>);

impl Mistakes {
    /// One mistake
    pub fn one(path: &str, was: impl Into<String>, allowed: impl Into<String>, nearest: Option<String>) -> Self {
        let mut mistakes = Self::default();
        mistakes.add(path, was, allowed, nearest);
        mistakes
    }

    /// Notes a mistake
    pub fn add(&mut self, path: &str, was: impl Into<String>, allowed: impl Into<String>, nearest: Option<String>) {
        self.0.push(Mistake { path: path.to_owned(), was: was.into(), allowed: allowed.into(), nearest });
    }

    /// All of them
    pub fn list(&self) -> &[Mistake] {
        &self.0
    }

    /// Whether there is none
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes over another document's mistakes
    pub fn append(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// The value if nothing is wrong. A reader that has no value has noted why.
    pub(crate) fn or<T>(mut self, value: Option<T>) -> Result<T, Self> {
        match value {
            Some(value) if self.is_empty() => Ok(value),
            Some(_) => Err(self),
            None => {
                if self.is_empty() {
                    self.add("", "could not be read", "a document as the README describes it", None);
                }
                Err(self)
            }
        }
    }
}

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, mistake) in self.0.iter().take(MOST_SHOWN).enumerate() {
            if at > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{mistake}")?;
        }
        match self.0.len().saturating_sub(MOST_SHOWN) {
            0 => Ok(()),
            more => write!(f, "\nand {more} more"),
        }
    }
}

impl Error for Mistakes {}

/// The candidate most like `word`, if any is like it at all; letter case does not count.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    if word.chars().count() > LONGEST_COMPARED {
        return None;
    }
    let word = word.to_lowercase();
    let likeness = |candidate: &str| strsim::normalized_damerau_levenshtein(&word, &candidate.to_lowercase());
    let scored = candidates.into_iter().map(|candidate| (likeness(candidate), candidate));
    let best = scored.reduce(|best, next| if next.0 > best.0 { next } else { best })?;
    (best.0 >= LIKE_ENOUGH).then(|| best.1.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mistake_stands_on_its_own_line_with_its_place() {
        let mut mistakes = Mistakes::one("version", "is missing", "the number 1", None);
        mistakes.add("databases.a.kind", "is \"auroa\"", "one of aurora, rds, documentdb", Some("aurora".to_owned()));
        assert_eq!(
            mistakes.to_string(),
            "version: is missing. Allowed: the number 1\n\
             databases.a.kind: is \"auroa\". Allowed: one of aurora, rds, documentdb. Nearest: aurora"
        );
    }

    #[test]
    fn a_flood_of_mistakes_is_counted() {
        let mut mistakes = Mistakes::default();
        for _ in 0..103 {
            mistakes.add("a", "is wrong", "right", None);
        }
        assert!(mistakes.to_string().ends_with("\nand 3 more"));
    }

    #[test]
    fn the_nearest_word_is_offered_only_where_one_is_near() {
        let words = ["identifier", "kind", "checks"];
        assert_eq!(nearest("identifer", words).as_deref(), Some("identifier"));
        assert_eq!(nearest("KIND", words).as_deref(), Some("kind"));
        assert_eq!(nearest("zebra", words), None);
        assert_eq!(nearest(&"k".repeat(1_000_000), words), None);
        assert_eq!(nearest("kind", []), None);
    }
}
