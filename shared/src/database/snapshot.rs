//! Snapshots as observed.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Engine, Tags};

/// Who made a snapshot
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SnapshotKind {
    /// RDS itself, by retention
    Automated,
    /// Somebody, or Lifeboat
    Manual,
    /// AWS Backup
    AwsBackup,
    /// Anything else: shared, public, a newer word
    Other,
}

/// A snapshot of a cluster or an instance
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Identifier
    pub identifier: String,
    /// ARN
    pub arn: String,
    /// Identifier of the cluster or instance it was taken of
    pub source: String,
    /// Who made it
    pub kind: SnapshotKind,
    /// AWS's status word
    pub status: String,
    /// `SnapshotCreateTime`; may be absent while it is being created
    pub created_at: Option<Timestamp>,
    /// Engine
    pub engine: Engine,
    /// Engine version
    pub engine_version: String,
    /// Whether it is encrypted
    pub encrypted: bool,
    /// Allocated storage in GiB, where AWS says it
    pub storage_gib: Option<i32>,
    /// Tags
    pub tags: Tags,
    /// What only some questions need
    #[serde(default)]
    pub details: SnapshotDetails,
}

/// What is known about a snapshot beyond what a restore needs; a field is left out where nobody asked
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SnapshotDetails {
    /// Who else may restore it
    pub sharing: Sharing,
    /// `PercentProgress`
    pub percent: Option<i32>,
    /// `OriginalSnapshotCreateTime`: of the first of a chain of copies; instances' snapshots only
    pub original_created_at: Option<Timestamp>,
    /// ARN of the snapshot that this one is a copy of
    pub copied_from: Option<String>,
    /// KMS key
    pub kms_key: Option<String>,
    /// Option group; instances' snapshots only
    pub option_group: Option<String>,
    /// VPC
    pub vpc: Option<String>,
    /// Port
    pub port: Option<u16>,
}

/// Who else may restore a snapshot (`DescribeDBSnapshotAttributes`, `DescribeDBClusterSnapshotAttributes`). The lists of
/// snapshots do not say it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sharing {
    /// Nobody has asked yet
    #[default]
    NotAsked,
    /// Nobody else
    Private,
    /// These accounts; `all` is everybody
    With(Vec<String>),
    /// It was asked and could not be told; the text says why
    Unknown(String),
}

/// An export of a snapshot to S3 (`DescribeExportTasks`)
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Export {
    /// Identifier of the task
    pub task: String,
    /// ARN of the snapshot
    pub source_arn: String,
    /// `STARTING`, `IN_PROGRESS`, `COMPLETE`, `CANCELING`, `CANCELED`, `FAILED`
    pub status: String,
    /// Percent done
    pub percent: Option<i32>,
    /// Why it failed
    pub failure: Option<String>,
    /// AWS's warning
    pub warning: Option<String>,
    /// GiB written
    pub gib: Option<i32>,
    /// Bucket
    pub bucket: Option<String>,
    /// Prefix in the bucket
    pub prefix: Option<String>,
}
