//! A reader of JSON objects that goes on after a mistake and lets no key pass unseen.
//!
//! Every getter notes its key as known, and a mistake where the value is not what it must be. When the object has been
//! read, whatever key nobody asked for is refused. JSON `null` counts as left out, because Terraform renders it so.

use std::ops::RangeInclusive;

use jiff::SignedDuration;
use serde_json::{Map, Value};

use super::mistake::{Mistakes, nearest};
use super::wrong::{Wrong, excerpt, found};
use crate::moment;

/// An object under way
pub(crate) struct Fields<'v, 'm> {
    path: String,
    map: &'v Map<String, Value>,
    known: Vec<&'static str>,
    lenient: bool,
    mistakes: &'m mut Mistakes,
}

/// Reads the object at `path`, then refuses the keys that `read` did not ask for.
pub(crate) fn read_object<T>(
    value: &Value,
    path: &str,
    mistakes: &mut Mistakes,
    read: impl FnOnce(&mut Fields<'_, '_>) -> Option<T>,
) -> Option<T> {
    let Value::Object(map) = value else {
        mistakes.add(path, found(value), "an object", None);
        return None;
    };
    let mut fields = Fields { path: path.to_owned(), map, known: Vec::new(), lenient: false, mistakes };
    let result = read(&mut fields);
    fields.finish();
    result
}

impl<'v> Fields<'v, '_> {
    /// The value of a key; `None` when it is left out or `null`
    pub(crate) fn value(&mut self, key: &'static str) -> Option<&'v Value> {
        if !self.known.contains(&key) {
            self.known.push(key);
        }
        self.map.get(key).filter(|value| !value.is_null())
    }

    /// Notes a mistake at a key of ours, or at a path below this object
    pub(crate) fn wrong(&mut self, key: &str, was: impl Into<String>, wrong: Wrong) {
        let path = if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) };
        self.mistakes.add(&path, was, wrong.allowed, wrong.nearest);
    }

    /// Passes `value` on, and notes that the key is missing where it was left out
    pub(crate) fn need<T>(&mut self, key: &'static str, allowed: &str, value: Option<T>) -> Option<T> {
        if self.value(key).is_none() {
            self.wrong(key, "is missing", Wrong::allowed(allowed));
        }
        value
    }

    /// Takes these keys for known without reading them, and with `all` every other key too: for an object that is wrong
    /// altogether
    pub(crate) fn know(&mut self, keys: &[&'static str], all: bool) {
        self.known.extend(keys);
        self.lenient = all;
    }

    /// A value by a rule of its own
    pub(crate) fn by<T>(&mut self, key: &'static str, rule: impl FnOnce(&'v Value) -> Result<T, Wrong>) -> Option<T> {
        let value = self.value(key)?;
        match rule(value) {
            Ok(read) => Some(read),
            Err(wrong) => {
                self.wrong(key, found(value), wrong);
                None
            }
        }
    }

    /// A text by a rule of its own; `allowed` is said where it is no text at all
    pub(crate) fn text<T>(
        &mut self,
        key: &'static str,
        allowed: &str,
        rule: impl FnOnce(&'v str) -> Result<T, Wrong>,
    ) -> Option<T> {
        self.by(key, |value| value.as_str().ok_or_else(|| Wrong::allowed(allowed)).and_then(rule))
    }

    /// One of a few words
    pub(crate) fn word(&mut self, key: &'static str, words: &[&'static str]) -> Option<&'static str> {
        let allowed = format!("one of {}", words.join(", "));
        self.text(key, &allowed, |text| {
            let word = words.iter().copied().find(|word| *word == text);
            word.ok_or_else(|| Wrong::one_of(text, words.iter().copied()))
        })
    }

    /// A whole number
    pub(crate) fn whole(&mut self, key: &'static str, range: RangeInclusive<i64>) -> Option<i64> {
        self.by(key, |value| {
            let allowed = || Wrong::allowed(format!("a whole number from {} to {}", range.start(), range.end()));
            value.as_i64().filter(|number| range.contains(number)).ok_or_else(allowed)
        })
    }

    /// A whole number, zero or more, as large as JSON carries
    pub(crate) fn count(&mut self, key: &'static str) -> Option<u64> {
        self.by(key, |value| value.as_u64().ok_or_else(|| Wrong::allowed("a whole number, 0 or more")))
    }

    /// A number
    pub(crate) fn number(&mut self, key: &'static str, range: RangeInclusive<f64>) -> Option<f64> {
        self.by(key, |value| {
            let allowed = || Wrong::allowed(format!("a number from {} to {}", range.start(), range.end()));
            value.as_f64().filter(|number| range.contains(number)).ok_or_else(allowed)
        })
    }

    /// `true` or `false`
    pub(crate) fn truth(&mut self, key: &'static str) -> Option<bool> {
        self.by(key, |value| value.as_bool().ok_or_else(|| Wrong::allowed("true or false")))
    }

    /// A span such as `90m`, up to `longest`
    pub(crate) fn span(&mut self, key: &'static str, longest: SignedDuration) -> Option<SignedDuration> {
        let allowed = format!("a span up to {}, such as \"90m\", \"1h\" or \"7d\"", moment::duration(longest));
        self.text(key, &allowed, |text| {
            moment::span(text).filter(|span| *span <= longest).ok_or_else(|| Wrong::allowed(allowed.as_str()))
        })
    }

    /// A list, each item by a rule; `None` when it is left out
    pub(crate) fn list<T>(
        &mut self,
        key: &'static str,
        allowed: &str,
        rule: impl Fn(&'v str) -> Result<T, Wrong>,
    ) -> Option<Vec<T>> {
        let items =
            self.by(key, |value| value.as_array().ok_or_else(|| Wrong::allowed(format!("a list of {allowed}"))))?;
        let mut read = Vec::new();
        for (at, item) in items.iter().enumerate() {
            match item.as_str().ok_or_else(|| Wrong::allowed(allowed)).and_then(&rule) {
                Ok(value) => read.push(value),
                Err(wrong) => self.wrong(&format!("{key}[{at}]"), found(item), wrong),
            }
        }
        Some(read)
    }

    /// An object of its own
    pub(crate) fn object<T>(
        &mut self,
        key: &'static str,
        read: impl FnOnce(&mut Fields<'_, '_>) -> Option<T>,
    ) -> Option<T> {
        let value = self.value(key)?;
        read_object(value, &below(&self.path, key), self.mistakes, read)
    }

    /// A list of objects; empty when it is left out
    pub(crate) fn objects<T>(
        &mut self,
        key: &'static str,
        mut read: impl FnMut(&mut Fields<'_, '_>) -> Option<T>,
    ) -> Vec<T> {
        let list = self.by(key, |value| value.as_array().ok_or_else(|| Wrong::allowed("a list of objects")));
        let path = below(&self.path, key);
        let items = list.into_iter().flatten().enumerate();
        items.filter_map(|(at, item)| read_object(item, &format!("{path}[{at}]"), self.mistakes, &mut read)).collect()
    }

    /// An object of named objects, in the order written; empty when it is left out. An entry that is `null` is left out.
    pub(crate) fn named<T>(
        &mut self,
        key: &'static str,
        rule: impl Fn(&str) -> Result<(), Wrong>,
        mut read: impl FnMut(&mut Fields<'_, '_>) -> Option<T>,
    ) -> Vec<(String, T)> {
        let map = self.by(key, |value| value.as_object().ok_or_else(|| Wrong::allowed("an object of named objects")));
        let path = below(&self.path, key);
        let mut entries = Vec::new();
        for (name, value) in map.into_iter().flatten().filter(|(_, value)| !value.is_null()) {
            let path = below(&path, name);
            if let Err(wrong) = rule(name) {
                self.mistakes.add(&path, "is no name that Lifeboat takes", wrong.allowed, wrong.nearest);
            }
            if let Some(entry) = read_object(value, &path, self.mistakes, &mut read) {
                entries.push((name.clone(), entry));
            }
        }
        entries
    }

    /// Refuses the keys that nobody asked for
    fn finish(self) {
        if self.lenient {
            return;
        }
        for (key, _) in self.map.iter().filter(|(_, value)| !value.is_null()) {
            if !self.known.contains(&key.as_str()) {
                let nearest = nearest(key, self.known.iter().copied());
                let allowed = format!("the keys {}", self.known.join(", "));
                self.mistakes.add(&below(&self.path, key), "is an unknown key", allowed, nearest);
            }
        }
    }
}

/// The path of a key below an object. A key that would make the path ambiguous is quoted.
fn below(path: &str, key: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    match (path.is_empty(), !key.is_empty() && key.chars().all(plain)) {
        (true, true) => key.to_owned(),
        (false, true) => format!("{path}.{key}"),
        (_, false) => format!("{path}[{}]", Value::from(excerpt(key))),
    }
}
