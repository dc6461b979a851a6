//! What every run of an invocation is held to: what may never be touched, and where leftovers are looked for.

use std::collections::BTreeSet;

use lifeboat::policy::Policy;

/// Taken from the policy once for an invocation
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grounds {
    /// Identifiers of the policy: nothing of such a name is ever changed or removed
    pub protected: BTreeSet<String>,
    /// Regions that may hold copies; `None` is the function's own
    pub regions: BTreeSet<Option<String>>,
    /// The zone of mails
    pub timezone: String,
}

impl Grounds {
    /// The grounds that a policy gives
    pub fn of(policy: &Policy) -> Self {
        let regions = policy.drill_regions().into_iter().map(Some).chain([None]).collect();
        Self { protected: policy.protected(), regions, timezone: policy.timezone.clone() }
    }
}
