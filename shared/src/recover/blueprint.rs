//! Everything that makes a database what it is and that a restore does not bring back by itself.
//!
//! A restore copies the data, the engine and its version. Groups, logs, roles, ranges, windows, protection and every instance
//! are the caller's to ask for (AWS: "Restoring a DB cluster to a specified time"; what is left out becomes AWS's default, and
//! tags that are left out become production's). A blueprint is read from the source while it is there and kept in the record;
//! of a source that is gone it is what an earlier record or the retained backup knew, and [`super::missing`] names the
//! rest.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::database::{Capacity, Engine, Kind, Tags};

/// A database as it is set up
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Blueprint {
    /// Kind
    pub kind: Kind,
    /// Engine
    pub engine: Engine,
    /// Engine version
    pub engine_version: String,
    /// Identifier
    pub identifier: String,
    /// ARN
    pub arn: String,
    /// Resource id, which a restore of a retained backup names
    pub resource_id: String,
    /// Name of its first database
    pub database_name: Option<String>,
    /// Master user
    pub master_user: Option<String>,
    /// Tags, AWS's own left out
    pub tags: Tags,
    /// Settings of the cluster, or of the RDS instance
    pub settings: Settings,
    /// The cluster's instances, the writer first; an RDS instance alone
    pub members: Vec<Member>,
    /// Read replicas of an RDS instance, here and in other regions: AWS makes none, they are listed to be made again
    pub replicas: Vec<String>,
    /// Where it was read
    pub read_from: ReadFrom,
    /// When it was read
    pub read_at: Timestamp,
}

/// Where a blueprint comes from
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReadFrom {
    /// The database itself
    Source,
    /// The record of this run, which saw the database when it was there
    Record(String),
    /// The record of this run, which saw the database in another region: what belongs to that region is left out
    Abroad(String),
    /// What RDS retained of it, which knows little
    Retained,
    /// A snapshot or a recovery point, which knows little
    Backup,
}

/// Settings of a cluster or of an RDS instance. `None` is not known or not set; which of the two, [`Blueprint::read_from`]
/// tells.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// VPC security group ids
    pub security_groups: Vec<String>,
    /// Subnet group
    pub subnet_group: Option<String>,
    /// Cluster parameter group of a cluster, parameter group of an RDS instance
    pub parameter_group: Option<String>,
    /// Option group, RDS instances only
    pub option_group: Option<String>,
    /// Port
    pub port: Option<u16>,
    /// IAM database authentication
    pub iam_auth: bool,
    /// Log types exported to CloudWatch
    pub log_exports: Vec<String>,
    /// Roles that the database itself takes on: ARN and feature
    pub roles: Vec<(String, Option<String>)>,
    /// Serverless v2 range
    pub capacity: Option<Capacity>,
    /// Seconds until a Serverless v2 cluster pauses
    pub pause_after_seconds: Option<i32>,
    /// Storage type
    pub storage_type: Option<String>,
    /// Allocated GiB, RDS instances only
    pub storage_gib: Option<i32>,
    /// Provisioned IOPS, RDS instances only
    pub iops: Option<i32>,
    /// Storage throughput in MiB/s, RDS instances only
    pub throughput: Option<i32>,
    /// GiB up to which storage grows by itself, RDS instances only
    pub grows_to_gib: Option<i32>,
    /// KMS key of the storage
    pub kms_key: Option<String>,
    /// Whether the storage is encrypted
    pub encrypted: bool,
    /// Days of automated backups
    pub backup_retention_days: i32,
    /// `hh:mm-hh:mm`, UTC
    pub backup_window: Option<String>,
    /// `ddd:hh:mm-ddd:hh:mm`, UTC
    pub maintenance_window: Option<String>,
    /// Deletion protection
    pub deletion_protection: bool,
    /// Tags go to snapshots
    pub copy_tags_to_snapshot: bool,
    /// Multi-AZ, RDS instances only
    pub multi_az: bool,
    /// Seconds of backtrack, Aurora MySQL only
    pub backtrack_seconds: Option<i64>,
    /// The Data API, Aurora only
    pub http_endpoint: bool,
    /// `IPV4` or `DUAL`
    pub network_type: Option<String>,
    /// RDS manages the master password in Secrets Manager
    pub managed_secret: bool,
    /// KMS key of that secret
    pub secret_key: Option<String>,
    /// `open-source-rds-extended-support` or `…-disabled`
    pub extended_support: Option<String>,
}

/// An instance of a cluster, or the RDS instance itself
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Member {
    /// Identifier
    pub identifier: String,
    /// Class
    pub class: String,
    /// Whether it is the writer
    pub writer: bool,
    /// Order in which it takes over, 0 to 15
    pub tier: Option<i32>,
    /// Availability zone
    pub zone: Option<String>,
    /// Parameter group of the instance
    pub parameter_group: Option<String>,
    /// Seconds between two values of Enhanced Monitoring; 0 is off
    pub monitoring_seconds: i32,
    /// Role of Enhanced Monitoring
    pub monitoring_role: Option<String>,
    /// Performance Insights: KMS key and days
    pub insights: Option<Insights>,
    /// Reachable from the internet
    pub publicly_accessible: bool,
    /// Minor versions come by themselves
    pub auto_minor_upgrade: bool,
    /// Certificate authority
    pub certificate: Option<String>,
    /// `ddd:hh:mm-ddd:hh:mm`, UTC; an instance of a cluster has one of its own
    pub maintenance_window: Option<String>,
    /// Tags, AWS's own left out
    pub tags: Tags,
}

/// Performance Insights of an instance
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Insights {
    /// KMS key
    pub kms_key: Option<String>,
    /// Days that it keeps
    pub days: Option<i32>,
}
