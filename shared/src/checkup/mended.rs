//! What was changed because the policy asks for it.

use super::finding::Finding;
use super::remedy::{Protect, RaiseRetention};

/// Remedies that were done, and those that failed
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Mended {
    /// Retentions that were raised
    pub raised: Vec<RaiseRetention>,
    /// Databases whose deletion protection was turned on
    pub protected: Vec<Protect>,
    /// Identifiers of what was to be changed and was not, and why
    pub failed: Vec<(String, String)>,
}

impl Mended {
    /// Whether nothing was changed. What failed is not counted: its finding stays open and is told as every other.
    pub fn is_nothing(&self) -> bool {
        self.raised.is_empty() && self.protected.is_empty()
    }

    /// Whether what a finding asks for was just done: its command names the same change to the same thing
    pub fn covers(&self, finding: &Finding) -> bool {
        let asks = |flag: &str, identifier: &str| {
            let names = |wanted: &str| finding.mend.command.iter().any(|arg| arg == wanted);
            names(flag) && names(identifier)
        };
        self.raised.iter().any(|one| asks("--backup-retention-period", &one.identifier))
            || self.protected.iter().any(|one| asks("--deletion-protection", &one.identifier))
    }
}
