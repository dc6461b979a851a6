//! Acts: what the machine wants done, as data. The flow performs them through `ports`, one call each.

use serde::{Deserialize, Serialize};

use super::Point;
use crate::database::{Capacity, Engine, RestoreMetadata, Tags};
use crate::verify::CheckRequest;

/// Restore of a cluster's volume (`RestoreDBClusterToPointInTime`, `RestoreDBClusterFromSnapshot`)
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RestoreCluster {
    /// Identifier of the copy
    pub identifier: String,
    /// Identifier of the source cluster
    pub source: String,
    /// Resource id of the source, where it is gone and only its retained backup is left: named in place of `source`
    #[serde(default)]
    pub resource_id: Option<String>,
    /// Engine of the source: required by a restore from a snapshot, forbidden by one to a time
    pub engine: Engine,
    /// What is restored
    pub point: Point,
    /// Subnet group
    pub subnet_group: Option<String>,
    /// Security groups
    pub security_groups: Vec<String>,
    /// Cluster parameter group
    pub parameter_group: Option<String>,
    /// Serverless v2 range
    pub capacity: Option<Capacity>,
    /// IAM database authentication
    pub iam_auth: bool,
    /// Days that the copy keeps backups of itself: the least Aurora allows is 1
    pub backup_retention_days: i32,
    /// Tags
    pub tags: Tags,
}

/// Restore of an RDS instance (`RestoreDBInstanceToPointInTime`, `RestoreDBInstanceFromDBSnapshot`)
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RestoreInstance {
    /// Identifier of the copy
    pub identifier: String,
    /// Identifier of the source instance
    pub source: String,
    /// Resource id of the source, where it is gone and only its retained backup is left: named in place of `source`
    #[serde(default)]
    pub resource_id: Option<String>,
    /// Engine of the source
    pub engine: Engine,
    /// What is restored
    pub point: Point,
    /// Instance class; the source's when left out
    pub class: Option<String>,
    /// Subnet group
    pub subnet_group: Option<String>,
    /// Security groups
    pub security_groups: Vec<String>,
    /// Parameter group
    pub parameter_group: Option<String>,
    /// IAM database authentication
    pub iam_auth: bool,
    /// Days that the copy keeps backups of itself; 0 is none
    pub backup_retention_days: i32,
    /// Tags
    pub tags: Tags,
}

/// An instance for a restored cluster (`CreateDBInstance`)
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CreateInstance {
    /// Identifier of the instance
    pub identifier: String,
    /// Identifier of the cluster
    pub cluster: String,
    /// Engine
    pub engine: Engine,
    /// Class
    pub class: String,
    /// Tags
    pub tags: Tags,
}

/// Restore of a recovery point by AWS Backup (`StartRestoreJob`)
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StartRestoreJob {
    /// Identifier that the copy will have; the metadata carries it too
    pub identifier: String,
    /// ARN of the recovery point
    pub recovery_point: String,
    /// ARN of the role that AWS Backup restores with; only passed on, its rights are never ours
    pub role: String,
    /// `Aurora`, `RDS`, `DocumentDB`
    pub resource_type: String,
    /// What AWS returned for the point, with our values in place
    pub metadata: RestoreMetadata,
    /// The run id: the same token again starts nothing new
    pub token: String,
}

/// What a restore could not be told, set once the copy is available (`ModifyDBCluster`, `ModifyDBInstance`)
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Adjust {
    /// Identifier of the copy
    pub identifier: String,
    /// Whether the copy is a cluster
    pub clustered: bool,
    /// Cluster or instance parameter group
    pub parameter_group: Option<String>,
    /// Serverless v2 range
    pub capacity: Option<Capacity>,
    /// IAM database authentication
    pub iam_auth: Option<bool>,
    /// Days that the copy keeps backups of itself
    pub backup_retention_days: Option<i32>,
}

/// What AWS Backup is told of its restore test (`PutRestoreValidationResult`). Once told it cannot be changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestAnswer {
    /// The restore job
    pub job: String,
    /// `SUCCESSFUL`, else `FAILED`
    pub passed: bool,
    /// Why, in a sentence
    pub message: String,
}

impl TestAnswer {
    /// AWS's word
    pub fn word(&self) -> &'static str {
        if self.passed { "SUCCESSFUL" } else { "FAILED" }
    }
}

/// One act.
#[derive(Debug, Clone, PartialEq)]
pub enum Act {
    /// Restore a cluster's volume
    RestoreCluster(RestoreCluster),
    /// Restore an RDS instance
    RestoreInstance(RestoreInstance),
    /// Have AWS Backup restore a recovery point
    StartRestoreJob(StartRestoreJob),
    /// Give the copy that AWS Backup made this run's tags: from then on it is ours like any other
    Adopt {
        /// The copy
        identifier: String,
        /// Whether the copy is a cluster
        clustered: bool,
        /// ARN of what the restore job says it made
        arn: String,
        /// Tags
        tags: Tags,
    },
    /// Set what the restore could not be told
    Adjust(Adjust),
    /// Attach an instance to the restored cluster
    CreateInstance(CreateInstance),
    /// Have RDS manage the copy's master password in Secrets Manager
    ManageSecret {
        /// The copy
        identifier: String,
        /// Whether the copy is a cluster
        clustered: bool,
    },
    /// Ask `data-check`
    Ask(Box<CheckRequest>),
    /// Remove what expired runs left behind, to make room
    Sweep,
    /// Turn off deletion protection, so that the copy can be removed
    Unprotect {
        /// The copy
        identifier: String,
        /// Whether the copy is a cluster
        clustered: bool,
    },
    /// Start a stopped cluster or instance: a stopped one cannot be removed
    Start {
        /// The copy
        identifier: String,
        /// Whether the copy is a cluster
        clustered: bool,
    },
    /// Remove an instance
    DeleteInstance {
        /// The instance
        identifier: String,
    },
    /// Remove the cluster
    DeleteCluster {
        /// The cluster
        identifier: String,
    },
    /// Tell AWS Backup what came of its restore test
    Answer(TestAnswer),
    /// Write the page of this run
    Report,
    /// Send the mail
    Mail,
    /// Send the metrics
    Metrics,
    /// File the record among the closed ones and bring the page of all drills up to date
    Archive,
}

impl Act {
    /// The act's name in the record; a name is one thing done once
    pub fn name(&self) -> String {
        match self {
            Self::RestoreCluster(_) | Self::RestoreInstance(_) | Self::StartRestoreJob(_) => "restore".to_owned(),
            Self::Adopt { .. } => "adopt".to_owned(),
            Self::Adjust(_) => "adjust".to_owned(),
            Self::CreateInstance(_) => "attach".to_owned(),
            Self::ManageSecret { .. } => "open".to_owned(),
            Self::Ask(_) => "ask".to_owned(),
            Self::Sweep => "sweep".to_owned(),
            Self::Unprotect { .. } => "unprotect".to_owned(),
            Self::Start { .. } => "start".to_owned(),
            Self::DeleteInstance { identifier } => format!("delete-instance:{identifier}"),
            Self::DeleteCluster { identifier } => format!("delete-cluster:{identifier}"),
            Self::Answer(_) => "answer".to_owned(),
            Self::Report => "report".to_owned(),
            Self::Mail => "mail".to_owned(),
            Self::Metrics => "metrics".to_owned(),
            Self::Archive => "archive".to_owned(),
        }
    }
}
