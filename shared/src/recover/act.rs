//! What a recovery asks of AWS: everything that makes or changes its copy, and nothing that removes anything.

use serde::{Deserialize, Serialize};

use super::blueprint::{Member, Settings};
use crate::database::{Capacity, Engine, Tags};
use crate::restore::{Point, StartRestoreJob};

/// Name of the act that begins a copy, whatever it is
pub(super) const RESTORE: &str = "restore";

/// From what a copy is restored
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum From {
    /// A database that is there, by its identifier
    Source(String),
    /// The backups that RDS retained of one that is gone, by its resource id
    Retained(String),
    /// A vault of AWS Backup, which restores by a job of its own
    Vault {
        /// ARN of the role that it restores with: only passed on, its rights are never ours
        role: String,
    },
}

/// The restore of a cluster's volume, with every setting that AWS takes there
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RestoreCluster {
    /// Identifier of the copy
    pub identifier: String,
    /// From what
    pub from: From,
    /// To when, or from which snapshot
    pub point: Point,
    /// Engine
    pub engine: Engine,
    /// Settings; what the engine's call does not take is left out by `build`
    pub settings: Settings,
    /// Tags
    pub tags: Tags,
}

/// The restore of an RDS instance
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RestoreInstance {
    /// Identifier of the copy
    pub identifier: String,
    /// From what
    pub from: From,
    /// To when, or from which snapshot
    pub point: Point,
    /// Settings
    pub settings: Settings,
    /// Class and what else belongs to the instance
    pub member: Member,
    /// Tags
    pub tags: Tags,
}

/// An instance of a restored cluster
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CreateMember {
    /// Identifier of the cluster
    pub cluster: String,
    /// Engine
    pub engine: Engine,
    /// The instance, under its new identifier
    pub member: Member,
    /// Tags
    pub tags: Tags,
}

/// A change to a copy of ours. What is `None` stays as it is.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Change {
    /// Identifier of the cluster or instance
    pub identifier: String,
    /// Whether it is a cluster
    pub clustered: bool,
    /// Parameter group
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameter_group: Option<String>,
    /// Days of automated backups
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_retention_days: Option<i32>,
    /// Backup window
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_window: Option<String>,
    /// Maintenance window
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maintenance_window: Option<String>,
    /// Serverless v2 range, and the seconds until it pauses; clusters only
    #[serde(skip_serializing_if = "Option::is_none")]
    pub capacity: Option<(Capacity, Option<i32>)>,
    /// IAM database authentication
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iam_auth: Option<bool>,
    /// Deletion protection
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deletion_protection: Option<bool>,
    /// Tags go to snapshots
    #[serde(skip_serializing_if = "Option::is_none")]
    pub copy_tags_to_snapshot: Option<bool>,
    /// Enhanced Monitoring: seconds and role
    #[serde(skip_serializing_if = "Option::is_none")]
    pub monitoring: Option<(i32, Option<String>)>,
    /// Performance Insights: KMS key and days
    #[serde(skip_serializing_if = "Option::is_none")]
    pub insights: Option<super::blueprint::Insights>,
    /// GiB up to which storage grows by itself
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grows_to_gib: Option<i32>,
    /// Certificate authority
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate: Option<String>,
    /// Storage type of a cluster
    #[serde(skip_serializing_if = "Option::is_none")]
    pub storage_type: Option<String>,
    /// IPv4 alone, or IPv6 beside it
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network_type: Option<String>,
    /// RDS is to manage the master password; the KMS key, where it is not AWS's own
    #[serde(skip_serializing_if = "Option::is_none")]
    pub managed_secret: Option<Option<String>>,
}

impl Change {
    /// Nothing yet
    pub fn of(identifier: &str, clustered: bool) -> Self {
        Self { identifier: identifier.to_owned(), clustered, ..Self::default() }
    }

    /// Whether it changes nothing
    pub fn is_empty(&self) -> bool {
        *self == Self::of(&self.identifier, self.clustered)
    }
}

/// One act
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// Restore a cluster's volume
    RestoreCluster(Box<RestoreCluster>),
    /// Restore an RDS instance
    RestoreInstance(Box<RestoreInstance>),
    /// Have AWS Backup restore a recovery point
    StartRestoreJob(Box<StartRestoreJob>),
    /// Give what AWS Backup made this run's tags: from then on it is the run's like any other copy. It has to have the ARN that
    /// the restore job names, which the record keeps
    Adopt {
        /// Identifier of the copy
        identifier: String,
        /// Whether it is a cluster
        clustered: bool,
        /// Tags
        tags: Tags,
    },
    /// Make an instance of the cluster
    CreateMember(Box<CreateMember>),
    /// Set what the restore could not be told
    Change(Box<Change>),
    /// Let the copy take on a role
    AddRole {
        /// Identifier of the copy
        identifier: String,
        /// Whether it is a cluster
        clustered: bool,
        /// ARN of the role
        role: String,
        /// Feature, where the role is for one
        feature: Option<String>,
    },
    /// Turn the Data API on
    EnableHttpEndpoint {
        /// Identifier of the cluster
        identifier: String,
    },
}

impl Act {
    /// The act's name in the record; a name is one thing done once
    pub fn name(&self) -> String {
        match self {
            Self::RestoreCluster(_) | Self::RestoreInstance(_) | Self::StartRestoreJob(_) => RESTORE.to_owned(),
            Self::Adopt { .. } => "adopt".to_owned(),
            Self::CreateMember(act) => format!("create:{}", act.member.identifier),
            Self::Change(act) if act.managed_secret.is_some() => "secret".to_owned(),
            Self::Change(act) if act.storage_type.is_some() || act.network_type.is_some() => "base".to_owned(),
            Self::Change(act) => format!("change:{}", act.identifier),
            Self::AddRole { role, feature, .. } => match feature {
                Some(feature) => format!("role:{role}:{feature}"),
                None => format!("role:{role}"),
            },
            Self::EnableHttpEndpoint { .. } => "http-endpoint".to_owned(),
        }
    }

    /// Whether it makes something: such an act is never repeated without looking first
    pub fn makes(&self) -> bool {
        matches!(
            self,
            Self::RestoreCluster(_) | Self::RestoreInstance(_) | Self::StartRestoreJob(_) | Self::CreateMember(_)
        )
    }
}
