//! Facts as observed. Field names follow AWS's; a field AWS leaves out while something is being made is an `Option`.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Engine;

/// Tags of a resource, key to value
pub type Tags = BTreeMap<String, String>;

/// An observation has three values: a missing answer is never taken for a missing thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen<T> {
    /// AWS said for certain that it does not exist
    Absent,
    /// It exists, and these are its facts
    Present(T),
    /// Could not be told; the text says why
    Unknown(String),
}

impl<T> Seen<T> {
    /// The facts, where there are any
    pub fn present(&self) -> Option<&T> {
        match self {
            Self::Present(facts) => Some(facts),
            Self::Absent | Self::Unknown(_) => None,
        }
    }

    /// Whether AWS said for certain that it does not exist
    pub fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }
}

/// The times between which a database can be restored. Both are absent until the first backup is complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Window {
    /// `EarliestRestorableTime`
    pub earliest: Option<Timestamp>,
    /// `LatestRestorableTime`
    pub latest: Option<Timestamp>,
}

/// Serverless v2 range in Aurora capacity units
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Capacity {
    /// Smallest, at least 0
    pub min: f64,
    /// Largest, at most 256
    pub max: f64,
}

/// How a database is set up, as far as a restore has to ask for it or a report shows it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Configuration {
    /// VPC security group ids
    pub security_groups: Vec<String>,
    /// DB subnet group name
    pub subnet_group: Option<String>,
    /// Cluster parameter group of a cluster, parameter group of an instance
    pub parameter_group: Option<String>,
    /// Option group, RDS instances only
    pub option_group: Option<String>,
    /// IAM database authentication
    pub iam_auth: bool,
    /// Log types exported to CloudWatch
    pub log_exports: Vec<String>,
    /// Serverless v2 range
    pub capacity: Option<Capacity>,
    /// `aurora`, `aurora-iopt1`, `gp3`, …
    pub storage_type: Option<String>,
    /// Allocated storage in GiB; Aurora always says 1
    pub storage_gib: Option<i32>,
    /// KMS key ARN of the storage; absent when not encrypted with a key of KMS
    pub kms_key: Option<String>,
    /// Whether the storage is encrypted
    pub encrypted: bool,
    /// Automated backup retention in days
    pub backup_retention_days: i32,
    /// Deletion protection
    pub deletion_protection: bool,
    /// Multi-AZ, RDS instances only
    pub multi_az: bool,
    /// Instance class, RDS instances and members of clusters
    pub class: Option<String>,
}

/// State of the master user's secret that RDS manages in Secrets Manager
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SecretState {
    /// Being made: not readable yet
    Creating,
    /// Readable
    Active,
    /// Being rotated: readable, and about to change
    Rotating,
    /// RDS cannot manage it
    Impaired,
    /// A word this version does not know
    Other(String),
}

/// The master user's secret
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManagedSecret {
    /// ARN in Secrets Manager
    pub arn: String,
    /// Whether it can be read yet
    pub state: SecretState,
}

/// A member of a cluster
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Instance identifier
    pub instance: String,
    /// Whether it is the writer
    pub writer: bool,
}

/// An Aurora or DocumentDB cluster
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cluster {
    /// `DBClusterIdentifier`, lower case
    pub identifier: String,
    /// ARN
    pub arn: String,
    /// `DbClusterResourceId`, which survives a rename
    pub resource_id: String,
    /// Engine
    pub engine: Engine,
    /// Engine version
    pub engine_version: String,
    /// AWS's status word, as it came
    pub status: String,
    /// `ClusterCreateTime`
    pub created_at: Option<Timestamp>,
    /// Tags
    pub tags: Tags,
    /// Writer endpoint's host
    pub endpoint: Option<String>,
    /// Port
    pub port: Option<u16>,
    /// Members
    pub members: Vec<Member>,
    /// Restorable window
    pub window: Window,
    /// Name of the first database
    pub database_name: Option<String>,
    /// Master user
    pub master_user: Option<String>,
    /// Managed master secret
    pub secret: Option<ManagedSecret>,
    /// How it is set up
    pub configuration: Configuration,
}

/// An RDS instance, or a member of a cluster
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Instance {
    /// `DBInstanceIdentifier`, lower case
    pub identifier: String,
    /// ARN
    pub arn: String,
    /// `DbiResourceId`
    pub resource_id: String,
    /// Engine
    pub engine: Engine,
    /// Engine version
    pub engine_version: String,
    /// AWS's status word, as it came
    pub status: String,
    /// `InstanceCreateTime`; AWS leaves it out while the instance is being created
    pub created_at: Option<Timestamp>,
    /// Tags
    pub tags: Tags,
    /// The cluster it belongs to
    pub cluster: Option<String>,
    /// Endpoint's host
    pub endpoint: Option<String>,
    /// Port
    pub port: Option<u16>,
    /// `LatestRestorableTime`; an RDS instance has no earliest one of its own
    pub latest_restorable: Option<Timestamp>,
    /// Name of the first database
    pub database_name: Option<String>,
    /// Master user
    pub master_user: Option<String>,
    /// Managed master secret
    pub secret: Option<ManagedSecret>,
    /// How it is set up
    pub configuration: Configuration,
}

/// What RDS itself noted about a resource (`DescribeEvents`)
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Identifier of the cluster, instance or snapshot
    pub source: String,
    /// When
    pub at: Timestamp,
    /// In AWS's words
    pub message: String,
}
