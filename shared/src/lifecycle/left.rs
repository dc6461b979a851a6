//! What is left alone, and why.

use thiserror::Error;

/// Why a snapshot is none of ours to thin out
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LeftAlone {
    /// Automated
    #[error("RDS made it and lets it go by the database's retention")]
    Automated,
    /// AWS Backup's
    #[error("it belongs to AWS Backup; its vault lets it go")]
    AwsBackup,
    /// Shared by somebody, public, or of a newer kind
    #[error("it is no manual snapshot of this account")]
    NotManual,
    /// Its ARN is none of a snapshot in this region
    #[error("its ARN is not that of a snapshot in the region it was found in")]
    Arn,
    /// Another engine's; they appear in the same lists
    #[error("its engine is {0}, which is not that of the policy's database")]
    Engine(String),
    /// Of a database that the policy does not name
    #[error("the policy names no database {0}")]
    Unlisted(String),
    /// The policy says nothing about this database's snapshots (here)
    #[error("the policy has no rule for snapshots of {0} in this region")]
    NoRule(String),
    /// No pattern matches, or it is no copy of ours
    #[error("no pattern of the policy matches its name")]
    Pattern,
    /// In the region of copies, but not one that we made
    #[error("it is not a copy that Lifeboat made")]
    NotOurCopy,
    /// Copied from a snapshot of another region or account
    #[error("it was copied from {0}, which is not of this account and of the region of the databases")]
    Elsewhere(String),
    /// AWS does not say when it was made
    #[error("AWS does not say when it was made")]
    NoTime,
    /// Made after now
    #[error("it was made after the time of this plan")]
    Future,
    /// Being made, copied, deleted; failed
    #[error("its status is {0}, not available")]
    Status(String),
    /// Shared with others
    #[error("it is shared with {0}")]
    Shared(String),
    /// Whether it is shared could not be told
    #[error("whether it is shared could not be told: {0}")]
    SharingUnknown(String),
    /// Two entries of one list contradict each other
    #[error("it was listed twice with different facts: it changed while it was read")]
    Twice,
}
