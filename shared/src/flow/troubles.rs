//! What went wrong along the way: one failed item never stops the others, and the invocation still ends red.

use crate::fault::{Class, Fault};
use crate::run::RunError;

/// Most troubles that an error names
const MOST_NAMED: usize = 10;

/// Troubles of one invocation
#[derive(Debug, Default)]
pub struct Troubles(Vec<String>);

impl Troubles {
    /// Notes a fault, and logs it here, once. Passing faults are logged and make nothing red: the next tick looks again. So
    /// it does where a name is taken: by the act itself, whose first reply was lost, or by a stranger, as the verdict says.
    pub fn note(&mut self, run: &str, fault: &Fault) {
        let cause = std::error::Error::source(fault).map(ToString::to_string).unwrap_or_default();
        if matches!(fault.class, Class::Transient | Class::Unknown | Class::WrongState | Class::AlreadyExists) {
            tracing::warn!(run, error = %fault, class = ?fault.class, cause, "a call to AWS failed and will be tried again");
            return;
        }
        tracing::error!(run, error = %fault, class = ?fault.class, cause, "a call to AWS failed");
        self.0.push(format!("{run}: {fault}"));
    }

    /// Notes a trouble in words, and logs it here, once
    pub fn say(&mut self, run: &str, words: impl Into<String>) {
        let words = words.into();
        tracing::error!(run, error = words, "trouble");
        self.0.push(format!("{run}: {words}"));
    }

    /// Red at the end, if there was any trouble
    pub fn end(self) -> Result<(), RunError> {
        if self.0.is_empty() {
            return Ok(());
        }
        let more = self.0.len().saturating_sub(MOST_NAMED);
        let mut named: Vec<String> = self.0.into_iter().take(MOST_NAMED).collect();
        if more > 0 {
            named.push(format!("and {more} more"));
        }
        Err(RunError::failed(named.join("\n")))
    }
}
