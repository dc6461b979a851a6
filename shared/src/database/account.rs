//! What is known of a whole account and region beside its databases: quotas, certificates, support of engines, keys, and
//! what the lists say about upkeep.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// How a database is kept, as the lists of databases say it
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Upkeep {
    /// `PreferredBackupWindow`, `hh:mm-hh:mm` in UTC
    pub backup_window: Option<String>,
    /// `PreferredMaintenanceWindow`, `ddd:hh:mm-ddd:hh:mm` in UTC
    pub maintenance_window: Option<String>,
    /// `CACertificateIdentifier`, instances only
    pub certificate: Option<String>,
    /// When the certificate of this very server ends (`CertificateDetails.ValidTill`), instances only
    pub certificate_until: Option<Timestamp>,
    /// `AwsBackupRecoveryPointArn` is set: AWS Backup owns the automated backups and their retention
    pub kept_by_aws_backup: bool,
    /// `EngineLifecycleSupport`: `open-source-rds-extended-support` or `…-disabled`
    pub extended_support: Option<String>,
    /// Identifier of what it is a read replica of; a replica's backups are its own affair
    pub replica_of: Option<String>,
}

/// A database of a list, with how it is kept
#[derive(Debug, Clone, PartialEq)]
pub struct Kept<T> {
    /// The cluster or instance
    pub facts: T,
    /// How it is kept
    pub upkeep: Upkeep,
}

/// One quota of the account (`DescribeAccountAttributes`)
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quota {
    /// AWS's name: `DBClusters`, `DBInstances`, `ManualSnapshots`, `ManualClusterSnapshots`, …
    pub name: String,
    /// In use
    pub used: i64,
    /// Most
    pub most: i64,
}

/// A certificate authority of RDS (`DescribeCertificates`)
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// Identifier: `rds-ca-rsa2048-g1`, …
    pub identifier: String,
    /// Until when it is valid
    pub until: Option<Timestamp>,
}

/// Until when a major version of an engine is supported (`DescribeDBMajorEngineVersions`)
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineSupport {
    /// AWS's word of the engine
    pub engine: String,
    /// Major version: `13`, `8.0`, …
    pub major: String,
    /// End of standard support: from then on Extended Support is charged for
    pub standard_until: Option<Timestamp>,
    /// End of Extended Support
    pub extended_until: Option<Timestamp>,
}

/// A KMS key (`DescribeKey`)
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// ARN
    pub arn: String,
    /// `Enabled`, `Disabled`, `PendingDeletion`, `PendingImport`, `Unavailable`, …
    pub state: String,
    /// When it is to be deleted
    pub deleted_at: Option<Timestamp>,
    /// Whether AWS manages it: such a key is never disabled, and cannot be shared or copied with
    pub aws_managed: bool,
}

/// A daily metric of a cluster
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Series {
    /// `AWS/RDS` or `AWS/DocDB`
    pub namespace: String,
    /// Name of the metric
    pub metric: String,
    /// `DBClusterIdentifier`
    pub cluster: String,
}

/// One value of a series
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// Begin of its period
    pub at: Timestamp,
    /// Value, in the metric's unit
    pub value: f64,
}
