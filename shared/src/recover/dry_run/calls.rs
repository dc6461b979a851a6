//! One act as AWS names it: the call and its parameters.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use super::after;
use super::parameters::Parameters;
use crate::database::{Capacity, Engine};
use crate::recover::act::{Act, Change, CreateMember, From, RestoreCluster, RestoreInstance};
use crate::recover::blueprint::{Insights, Settings};
use crate::recover::build::Step;
use crate::restore::{Point, StartRestoreJob};

/// One call
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Call {
    /// AWS's name of it: `rds:RestoreDBClusterToPointInTime`
    pub name: &'static str,
    /// Its parameters
    pub parameters: Parameters,
    /// What it waits for, in words
    pub after: &'static str,
    /// Whether the database can be used without it
    pub optional: bool,
}

/// The call that an act is
pub fn call(step: &Step) -> Call {
    let (name, parameters, clustered) = match &step.act {
        Act::RestoreCluster(act) => cluster(act),
        Act::RestoreInstance(act) => instance(act),
        Act::StartRestoreJob(act) => ("backup:StartRestoreJob", job(act), true),
        Act::Adopt { identifier, clustered, tags } => {
            let mut all = Parameters::default();
            all.put("ResourceName", format!("the ARN of {identifier}"));
            all.tags(tags);
            ("rds:AddTagsToResource", all, *clustered)
        }
        Act::CreateMember(act) => ("rds:CreateDBInstance", member(act), true),
        Act::Change(act) => change(act),
        Act::AddRole { identifier, clustered, role, feature } => {
            let mut all = Parameters::default();
            all.put(identifier_key(*clustered), identifier.as_str());
            all.put("RoleArn", role.as_str());
            all.some("FeatureName", feature.as_ref());
            (if *clustered { "rds:AddRoleToDBCluster" } else { "rds:AddRoleToDBInstance" }, all, *clustered)
        }
        Act::EnableHttpEndpoint { identifier } => {
            let mut all = Parameters::default();
            all.put("ResourceArn", format!("the ARN of {identifier}"));
            ("rds:EnableHttpEndpoint", all, true)
        }
    };
    Call { name, parameters, after: after(&step.needs, clustered), optional: step.optional }
}

fn identifier_key(clustered: bool) -> &'static str {
    if clustered { "DBClusterIdentifier" } else { "DBInstanceIdentifier" }
}

fn rfc(at: Timestamp) -> String {
    at.to_string()
}

fn cluster(act: &RestoreCluster) -> (&'static str, Parameters, bool) {
    let mut all = Parameters::default();
    let name = match &act.point {
        Point::Time { to } => {
            all.put("DBClusterIdentifier", act.identifier.as_str());
            match &act.from {
                From::Source(identifier) => all.put("SourceDBClusterIdentifier", identifier.as_str()),
                From::Retained(id) => all.put("SourceDbClusterResourceId", id.as_str()),
                // A vault restores no times: `build` makes a job of it.
                From::Vault { .. } => {}
            }
            all.put("RestoreToTime", rfc(*to));
            "rds:RestoreDBClusterToPointInTime"
        }
        Point::Snapshot { identifier, engine_version, .. } => {
            all.put("DBClusterIdentifier", act.identifier.as_str());
            all.put("SnapshotIdentifier", identifier.as_str());
            all.put("Engine", act.engine.word());
            all.put("EngineVersion", engine_version.as_str());
            "rds:RestoreDBClusterFromSnapshot"
        }
        // `build` makes a job of it.
        Point::RecoveryPoint { .. } => return ("backup:StartRestoreJob", all, true),
    };
    let documents = act.engine == Engine::Docdb;
    network(&mut all, &act.settings);
    let settings = &act.settings;
    all.some("DBClusterParameterGroupName", settings.parameter_group.as_ref());
    all.some("Port", settings.port.as_ref());
    if let Some(range) = settings.capacity {
        all.put("ServerlessV2ScalingConfiguration", capacity(range, settings.pause_after_seconds));
    }
    common(&mut all, settings, documents);
    if settings.backtrack_seconds.is_some_and(|seconds| seconds > 0) {
        all.some("BacktrackWindow", settings.backtrack_seconds.as_ref());
    }
    all.tags(&act.tags);
    (name, all, true)
}

fn instance(act: &RestoreInstance) -> (&'static str, Parameters, bool) {
    let mut all = Parameters::default();
    let name = match &act.point {
        Point::Time { to } => {
            all.put("TargetDBInstanceIdentifier", act.identifier.as_str());
            match &act.from {
                From::Source(identifier) => all.put("SourceDBInstanceIdentifier", identifier.as_str()),
                From::Retained(id) => all.put("SourceDbiResourceId", id.as_str()),
                From::Vault { .. } => {}
            }
            all.put("RestoreTime", rfc(*to));
            "rds:RestoreDBInstanceToPointInTime"
        }
        Point::Snapshot { identifier, .. } => {
            all.put("DBInstanceIdentifier", act.identifier.as_str());
            all.put("DBSnapshotIdentifier", identifier.as_str());
            "rds:RestoreDBInstanceFromDBSnapshot"
        }
        Point::RecoveryPoint { .. } => return ("backup:StartRestoreJob", all, false),
    };
    let (settings, member) = (&act.settings, &act.member);
    all.put("DBInstanceClass", member.class.as_str());
    network(&mut all, settings);
    all.some("DBParameterGroupName", settings.parameter_group.as_ref());
    all.some("OptionGroupName", settings.option_group.as_ref());
    all.some("Port", settings.port.as_ref());
    all.put("MultiAZ", settings.multi_az);
    if !settings.multi_az {
        all.some("AvailabilityZone", member.zone.as_ref());
    }
    all.put("PubliclyAccessible", member.publicly_accessible);
    all.put("AutoMinorVersionUpgrade", member.auto_minor_upgrade);
    all.some("AllocatedStorage", settings.storage_gib.as_ref());
    all.some("Iops", settings.iops.as_ref());
    all.some("StorageThroughput", settings.throughput.as_ref());
    common(&mut all, settings, false);
    all.tags(&act.tags);
    (name, all, false)
}

/// The job of AWS Backup. It takes neither tags nor all settings: those come by calls of their own.
fn job(act: &StartRestoreJob) -> Parameters {
    let mut all = Parameters::default();
    all.put("RecoveryPointArn", act.recovery_point.as_str());
    all.put("ResourceType", act.resource_type.as_str());
    all.put("IamRoleArn", act.role.as_str());
    all.put("Metadata", json!(act.metadata));
    all.put("CopySourceTagsToRestoredResource", false);
    all.put("IdempotencyToken", act.token.as_str());
    all
}

fn network(all: &mut Parameters, settings: &Settings) {
    all.some("DBSubnetGroupName", settings.subnet_group.as_ref());
    all.list("VpcSecurityGroupIds", &settings.security_groups);
    all.some("NetworkType", settings.network_type.as_ref());
}

fn common(all: &mut Parameters, settings: &Settings, documents: bool) {
    if !documents {
        all.put("EnableIAMDatabaseAuthentication", settings.iam_auth);
        all.put("BackupRetentionPeriod", settings.backup_retention_days);
        all.some("PreferredBackupWindow", settings.backup_window.as_ref());
        all.some("EngineLifecycleSupport", settings.extended_support.as_ref());
    }
    all.list("EnableCloudwatchLogsExports", &settings.log_exports);
    all.some("StorageType", settings.storage_type.as_ref());
    all.put("DeletionProtection", settings.deletion_protection);
    all.put("CopyTagsToSnapshot", settings.copy_tags_to_snapshot);
}

fn capacity(range: Capacity, pause: Option<i32>) -> Value {
    match pause {
        Some(pause) => {
            json!({ "MinCapacity": range.min, "MaxCapacity": range.max, "SecondsUntilAutoPause": pause })
        }
        None => json!({ "MinCapacity": range.min, "MaxCapacity": range.max }),
    }
}

fn member(act: &CreateMember) -> Parameters {
    let mut all = Parameters::default();
    let member = &act.member;
    all.put("DBInstanceIdentifier", member.identifier.as_str());
    all.put("DBClusterIdentifier", act.cluster.as_str());
    all.put("Engine", act.engine.word());
    all.put("DBInstanceClass", member.class.as_str());
    all.some("AvailabilityZone", member.zone.as_ref());
    all.some("PromotionTier", member.tier.as_ref());
    all.some("PreferredMaintenanceWindow", member.maintenance_window.as_ref());
    all.put("AutoMinorVersionUpgrade", member.auto_minor_upgrade);
    all.some("CACertificateIdentifier", member.certificate.as_ref());
    let documents = act.engine == Engine::Docdb;
    // DocumentDB keeps Performance Insights for as long as it likes.
    let days = |it: &Insights| Insights { days: it.days.filter(|_| !documents), ..it.clone() };
    insights(&mut all, member.insights.as_ref().map(days).as_ref());
    if !documents {
        all.some("DBParameterGroupName", member.parameter_group.as_ref());
        all.put("PubliclyAccessible", member.publicly_accessible);
        if member.monitoring_seconds > 0 {
            all.put("MonitoringInterval", member.monitoring_seconds);
            all.some("MonitoringRoleArn", member.monitoring_role.as_ref());
        }
    }
    all.tags(&act.tags);
    all
}

fn insights(all: &mut Parameters, insights: Option<&Insights>) {
    let Some(insights) = insights else { return };
    all.put("EnablePerformanceInsights", true);
    all.some("PerformanceInsightsKMSKeyId", insights.kms_key.as_ref());
    all.some("PerformanceInsightsRetentionPeriod", insights.days.as_ref());
}

fn change(act: &Change) -> (&'static str, Parameters, bool) {
    let mut all = Parameters::default();
    all.put(identifier_key(act.clustered), act.identifier.as_str());
    let group = if act.clustered { "DBClusterParameterGroupName" } else { "DBParameterGroupName" };
    all.some(group, act.parameter_group.as_ref());
    all.some("BackupRetentionPeriod", act.backup_retention_days.as_ref());
    all.some("PreferredBackupWindow", act.backup_window.as_ref());
    all.some("PreferredMaintenanceWindow", act.maintenance_window.as_ref());
    if let Some((range, pause)) = act.capacity {
        all.put("ServerlessV2ScalingConfiguration", capacity(range, pause));
    }
    all.some("EnableIAMDatabaseAuthentication", act.iam_auth.as_ref());
    all.some("DeletionProtection", act.deletion_protection.as_ref());
    all.some("CopyTagsToSnapshot", act.copy_tags_to_snapshot.as_ref());
    if let Some((seconds, role)) = &act.monitoring {
        all.put("MonitoringInterval", *seconds);
        all.some("MonitoringRoleArn", role.as_ref());
    }
    insights(&mut all, act.insights.as_ref());
    all.some("MaxAllocatedStorage", act.grows_to_gib.as_ref());
    all.some("CACertificateIdentifier", act.certificate.as_ref());
    all.some("StorageType", act.storage_type.as_ref());
    all.some("NetworkType", act.network_type.as_ref());
    if let Some(key) = &act.managed_secret {
        all.put("ManageMasterUserPassword", true);
        all.some("MasterUserSecretKmsKeyId", key.as_ref());
    }
    all.put("ApplyImmediately", true);
    (if act.clustered { "rds:ModifyDBCluster" } else { "rds:ModifyDBInstance" }, all, act.clustered)
}
