//! What was asked for, what was found, and what comes of it: the parts of a record that are written once and kept.

use serde::{Deserialize, Serialize};

use crate::database::{Capacity, Configuration, Engine, Kind, Window};
use crate::verify::{Check, Login};

/// Which backup a run restores
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceChoice {
    /// Native automated backups, to `lag` seconds before the request
    PointInTime {
        /// Seconds before the scheduled time; 0 is the latest restorable time
        lag_seconds: i64,
    },
    /// The newest available snapshot
    LatestSnapshot,
    /// A snapshot by its identifier
    Snapshot {
        /// Identifier or ARN
        identifier: String,
    },
    /// The newest recovery point that AWS Backup holds of the source
    RecoveryPoint {
        /// Vaults that are looked through, by name
        vaults: Vec<String>,
    },
}

/// Where and how temporary copies live, as resolved for this run
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Sandbox {
    /// DB subnet group
    pub subnet_group: Option<String>,
    /// VPC security groups
    pub security_groups: Vec<String>,
    /// Cluster or instance parameter group; the engine's default when left out
    pub parameter_group: Option<String>,
    /// Class of the copy's instance; the smallest that fits when left out
    pub instance_class: Option<String>,
    /// Serverless v2 range of the copy
    pub capacity: Option<Capacity>,
    /// ARN of the role that AWS Backup restores with; its own default one when left out
    pub restore_role: Option<String>,
}

/// What was asked for, resolved from the policy when the run was born: a policy that changes meanwhile changes nothing
/// about a run under way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The database's name in the policy
    pub database: String,
    /// The drill's name in the policy
    pub drill: Option<String>,
    /// Kind
    pub kind: Kind,
    /// Identifier of the source in AWS
    pub identifier: String,
    /// Which backup
    pub source: SourceChoice,
    /// The region that the copy is made in; the function's own when left out
    #[serde(default)]
    pub region: Option<String>,
    /// Where the copy lives
    pub sandbox: Sandbox,
    /// Database to connect to; the source's own first database when the policy names none
    pub connect_to: Option<String>,
    /// How to get in
    pub login: Login,
    /// The questions; never empty
    pub checks: Vec<Check>,
    /// Whether the policy named the questions, or they are the implicit ones
    pub checks_are_implicit: bool,
    /// Minutes until the run must have its verdict
    pub deadline_minutes: i64,
    /// Hours after which the sweeper may remove the copy without this record
    pub expires_hours: i64,
    /// Zone of the mails, and of columns without one
    pub timezone: String,
    /// Largest lag of the restorable time that the policy allows, in minutes
    pub restore_lag_minutes: Option<i64>,
}

/// The source as it was found when the run was planned
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SourceFacts {
    /// ARN
    pub arn: String,
    /// Resource id
    pub resource_id: String,
    /// Engine
    pub engine: Engine,
    /// Engine version
    pub engine_version: String,
    /// Restorable window at that time
    pub window: Window,
    /// How it is set up
    pub configuration: Configuration,
    /// Class of its writer, or of the instance
    pub class: Option<String>,
    /// Name of its first database, where AWS knows one
    #[serde(default)]
    pub database_name: Option<String>,
    /// Whether the database is gone and this is what its retained backup tells
    #[serde(default)]
    pub is_gone: bool,
}

/// The copy: names fixed at birth, the rest as it becomes known
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Copy {
    /// Identifier of the cluster, or of the RDS instance
    pub identifier: String,
    /// Identifier of the cluster's instance; none for an RDS instance
    pub instance: Option<String>,
    /// ARN
    #[serde(default)]
    pub arn: Option<String>,
    /// Host of the endpoint
    #[serde(default)]
    pub endpoint: Option<String>,
    /// Port of the endpoint
    #[serde(default)]
    pub port: Option<u16>,
    /// ARN of the managed master secret
    #[serde(default)]
    pub secret_arn: Option<String>,
    /// How it came up
    #[serde(default)]
    pub configuration: Option<Configuration>,
    /// Class of its instance
    #[serde(default)]
    pub class: Option<String>,
    /// Engine version it came up with
    #[serde(default)]
    pub engine_version: Option<String>,
}
