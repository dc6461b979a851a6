//! What a restore by AWS Backup is told: what AWS Backup returned for its point, under change.
//!
//! Keys are compared without case, because their case differs between points and between pages of the documentation.

use crate::database::RestoreMetadata;

/// How keys start that say something and ask for nothing
const INFORMATIONAL: [&str; 2] = ["informationalonly:", "aws:backup:"];

/// Restore metadata under change
pub(crate) struct Told(RestoreMetadata);

impl Told {
    /// What AWS Backup returned, without what says something and asks for nothing
    pub(crate) fn of(returned: &RestoreMetadata) -> Self {
        let mut told = Self(returned.clone());
        told.drop_informational();
        told
    }

    /// What it is told
    pub(crate) fn done(self) -> RestoreMetadata {
        self.0
    }

    fn returned(&self, key: &str) -> Option<String> {
        self.0.keys().find(|known| known.eq_ignore_ascii_case(key)).cloned()
    }

    /// What was returned under a key
    pub(crate) fn value(&self, key: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known.eq_ignore_ascii_case(key)).map(|(_, value)| value.as_str())
    }

    /// Changes what was returned, and adds nothing
    pub(crate) fn change(&mut self, key: &str, value: &str) {
        if self.returned(key).is_some() {
            self.set(key, value);
        }
    }

    /// Changes what was returned, or adds it as documented. What came twice, in two cases, is told once: which of the two
    /// AWS would read is nobody's to know.
    pub(crate) fn set(&mut self, key: &str, value: &str) {
        let told = self.returned(key).unwrap_or_else(|| key.to_owned());
        self.leave_out(key);
        self.0.insert(told, value.to_owned());
    }

    /// Adds what was not returned, and changes nothing
    pub(crate) fn add(&mut self, key: &str, value: &str) {
        if self.returned(key).is_none() {
            self.set(key, value);
        }
    }

    pub(crate) fn leave_out(&mut self, key: &str) {
        self.0.retain(|known, _| !known.eq_ignore_ascii_case(key));
    }

    pub(crate) fn leave_out_if(&mut self, key: &str, which: impl Fn(&str) -> bool) {
        self.0.retain(|known, value| !known.eq_ignore_ascii_case(key) || !which(value));
    }

    pub(crate) fn set_or_leave_out(&mut self, key: &str, value: Option<&str>) {
        match value {
            Some(value) => self.set(key, value),
            None => self.leave_out(key),
        }
    }

    fn drop_informational(&mut self) {
        self.0.retain(|known, _| {
            let known = known.to_ascii_lowercase();
            !INFORMATIONAL.iter().any(|start| known.starts_with(start))
        });
    }
}
