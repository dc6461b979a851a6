//! The policy as it is now: read anew by every invocation, so that a change counts at once.

use crate::policy::Policy;
use crate::ports::Store;
use crate::run::{PolicySource, RunError};

/// Reads the policy from where the environment says it is. `bucket` is only named in the error.
pub async fn read_policy(store: &impl Store, source: &PolicySource, bucket: &str) -> Result<Policy, RunError> {
    let text = match source {
        PolicySource::File(path) => std::fs::read_to_string(path)
            .map_err(|error| RunError::bad_policy(format!("the policy {} cannot be read: {error}", path.display())))?,
        PolicySource::Key(key) => {
            let stored = store.read(key).await.map_err(|fault| RunError::unavailable(fault.to_string()))?;
            let Some(stored) = stored else {
                let hint = "write the policy there, or set LIFEBOAT_POLICY";
                return Err(RunError::bad_policy(format!("there is no policy {key} in {bucket}: {hint}")));
            };
            String::from_utf8(stored.body)
                .map_err(|_| RunError::bad_policy(format!("the policy {key} is not UTF-8")))?
        }
    };
    Policy::parse(&text).map_err(|mistakes| RunError::bad_policy(format!("the policy has mistakes:\n{mistakes}")))
}
