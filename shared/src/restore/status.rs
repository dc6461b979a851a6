//! AWS's status words, sorted.
//!
//! The SDK's waiters stop only on a few terminal words and spin for half an hour on the others, so this is our own list
//! (user guides "Viewing DB instance status", "Viewing DB cluster status", and the waiters of the API model).

use crate::verify::Because;

/// What a status word means for a restore.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// Ready
    Available,
    /// On its way somewhere; also every word that this version does not know, until the deadline
    Moving,
    /// Being removed
    Deleting,
    /// Stopped: it must be started before it can be removed
    Stopped,
    /// It will not come up; the value says whose fault it is
    Broken(Because),
}

/// Sorts a status word of a cluster or an instance.
pub fn health(status: &str) -> Health {
    match status {
        // These are up and answer queries while something else goes on.
        "available"
        | "backing-up"
        | "storage-optimization"
        | "storage-config-upgrade"
        | "storage-initialization"
        | "promoting" => Health::Available,
        "deleting" => Health::Deleting,
        "stopped" | "stopping" => Health::Stopped,
        "failed"
        | "incompatible-restore"
        | "restore-error"
        | "cloning-failed"
        | "migration-failed"
        | "upgrade_failed"
        | "upgrade-failed" => Health::Broken(Because::BackupUnusable),
        "inaccessible-encryption-credentials" | "inaccessible-encryption-credentials-recoverable" => {
            Health::Broken(Because::Key)
        }
        "insufficient-capacity" => Health::Broken(Because::Capacity),
        "incompatible-network" => Health::Broken(Because::Network),
        "storage-full"
        | "incompatible-parameters"
        | "incompatible-option-group"
        | "incompatible-create"
        | "incompatible-credentials" => Health::Broken(Because::Configuration),
        _ => Health::Moving,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_sorted() {
        let table = [
            ("available", Health::Available),
            ("backing-up", Health::Available),
            ("creating", Health::Moving),
            ("modifying", Health::Moving),
            ("configuring-iam-database-auth", Health::Moving),
            ("rebooting", Health::Moving),
            ("deleting", Health::Deleting),
            ("stopped", Health::Stopped),
            ("failed", Health::Broken(Because::BackupUnusable)),
            ("incompatible-restore", Health::Broken(Because::BackupUnusable)),
            ("incompatible-network", Health::Broken(Because::Network)),
            ("insufficient-capacity", Health::Broken(Because::Capacity)),
            ("incompatible-parameters", Health::Broken(Because::Configuration)),
            ("inaccessible-encryption-credentials", Health::Broken(Because::Key)),
        ];
        for (word, health_of_it) in table {
            assert_eq!(health(word), health_of_it, "{word}");
        }
    }

    #[test]
    fn a_word_nobody_heard_of_counts_as_moving() {
        assert_eq!(health("polishing-the-brass"), Health::Moving);
    }
}
