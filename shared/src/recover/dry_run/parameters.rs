//! Parameters of a call, as AWS names them.

use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use crate::database::Tags;

/// Parameters in the order in which they are read; an object in JSON
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Parameters(pub Vec<(&'static str, Value)>);

impl Serialize for Parameters {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

impl Parameters {
    pub(super) fn put(&mut self, name: &'static str, value: impl Into<Value>) {
        self.0.push((name, value.into()));
    }

    pub(super) fn some<T: Clone + Into<Value>>(&mut self, name: &'static str, value: Option<&T>) {
        if let Some(value) = value {
            self.put(name, value.clone());
        }
    }

    pub(super) fn list(&mut self, name: &'static str, list: &[String]) {
        if !list.is_empty() {
            self.put(name, list.to_vec());
        }
    }

    pub(super) fn tags(&mut self, tags: &Tags) {
        self.put("Tags", json!(tags));
    }
}
