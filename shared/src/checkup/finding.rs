//! One thing that is wrong, or that could not be told.

use serde::{Deserialize, Serialize};

/// How bad it is
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// It could not be judged: access was denied, AWS has no data, a call failed
    Unjudged,
    /// Worth knowing: money, tidiness
    Low,
    /// It weakens what the policy asks for
    Medium,
    /// A restore would not work today, would lose more than the policy allows, or data is exposed
    High,
}

/// A finding. Its id is the same from day to day for the same trouble, and holds nothing that changes (ages, sizes, counts).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// `<question>/<subject>`, such as `retention/orders` or `shared-snapshot/manual-1`
    pub id: String,
    /// The database's name in the policy, where it is about one
    pub database: Option<String>,
    /// How bad it is
    pub severity: Severity,
    /// What is wrong, in one line: `orders keeps automated backups for 1 day; the policy asks for 7`
    pub title: String,
    /// The facts that it rests on, one a line
    pub evidence: Vec<String>,
    /// Why it matters, in one sentence
    pub why: String,
    /// What to do
    pub mend: Mend,
    /// Grows with how bad the same finding is, where it has a measure (hours late, GiB over): "worse" is told by it
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measure: Option<f64>,
}

/// What mends it
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Mend {
    /// What to do, in one sentence
    pub words: String,
    /// The command, as its arguments, not quoted yet: complete, nothing left to fill in
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub command: Vec<String>,
}

impl Mend {
    /// Words alone
    pub fn say(words: impl Into<String>) -> Self {
        Self { words: words.into(), command: Vec::new() }
    }

    /// Words and a command
    pub fn run(words: impl Into<String>, command: &[&str]) -> Self {
        Self { words: words.into(), command: command.iter().map(|arg| (*arg).to_owned()).collect() }
    }
}

/// Findings that are shared, in the document as if they were not
pub(super) mod shared {
    use std::sync::Arc;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::Finding;

    pub(in crate::checkup) fn serialize<S: Serializer>(finding: &Arc<Finding>, to: S) -> Result<S::Ok, S::Error> {
        finding.as_ref().serialize(to)
    }

    pub(in crate::checkup) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Arc<Finding>, D::Error> {
        Finding::deserialize(from).map(Arc::new)
    }
}
