//! Building recoveries (`rds-recover`). Nothing here removes anything.
//!
//! A recovery has to be what its source was, and a restore falls back on AWS's defaults for whatever it is not told. So every
//! setting that AWS takes with a call is said with it, tags first of all: a copy without tags of its own is given those of
//! production (AWS: "Restoring a DB instance to a specified time"), and with them whatever production's tags allow.
//!
//! How a database is set up is read in `rds_blueprint`, a snapshot that somebody names in `rds_named`, and what a restore cannot be
//! told is set in `changes`.

mod changes;

use aws_sdk_rds::types::{ServerlessV2ScalingConfiguration, Tag};
use jiff::Timestamp;

use super::error::{fault, incomplete};
use super::rds::Rds;
use super::rds_facts::date_time;
use crate::database::{Engine, Tags};
use crate::fault::{Class, Fault};
use crate::ports::Recover;
use crate::recover::{Change, CreateMember, From, Member, RestoreCluster, RestoreInstance, Settings};
use crate::restore::{EXPIRES_AT, Point};

/// IAM actions of this file, of `rds_blueprint` and of `rds_named`, with those that AWS asks for behind them.
///
/// | actions | where they may be narrowed |
/// |---|---|
/// | `Describe…` | nowhere: no condition, and `Resource` is `*` |
/// | `Restore…`, `CreateDBInstance` | to the names of recoveries (`cluster:recovery-*`, `db:recovery-*`, and those of inspections) with `aws:RequestTag/lifeboat:purpose`; beside them the source, its backups and snapshots, and all groups (`subgrp`, `cluster-pg`, `pg`, `og`), without a condition |
/// | `AddTagsToResource` | to the names of recoveries; with `aws:RequestTag/lifeboat:purpose` for tags at creation, without it for a later end, which is told alone. What AWS Backup made is given all of its tags by a call of its own, with `aws:RequestTag/lifeboat:purpose` |
/// | `Modify…`, `AddRole…`, `EnableHttpEndpoint` | to the names of recoveries with `aws:ResourceTag/lifeboat:purpose`; `Modify…` on the groups too |
/// | `iam:PassRole` | to the roles of Enhanced Monitoring and of the source, with `iam:PassedToService` `monitoring.rds.amazonaws.com` and `rds.amazonaws.com` |
/// | `kms:…` | to the keys of the sources, with `kms:ViaService`; `CreateGrant` with `kms:GrantIsForAWSResource` |
/// | `secretsmanager:…` | to `secret:rds!*` |
///
/// There is no action among them that deletes.
pub const ACTIONS: &[&str] = &[
    "rds:DescribeDBClusters",
    "rds:DescribeDBInstances",
    "rds:DescribeDBClusterSnapshots",
    "rds:DescribeDBSnapshots",
    "rds:RestoreDBClusterToPointInTime",
    "rds:RestoreDBClusterFromSnapshot",
    "rds:RestoreDBInstanceToPointInTime",
    "rds:RestoreDBInstanceFromDBSnapshot",
    "rds:CreateDBInstance",
    "rds:AddTagsToResource",
    "rds:ModifyDBCluster",
    "rds:ModifyDBInstance",
    "rds:AddRoleToDBCluster",
    "rds:AddRoleToDBInstance",
    "rds:EnableHttpEndpoint",
    "iam:PassRole",
    "secretsmanager:CreateSecret",
    "secretsmanager:TagResource",
    "kms:CreateGrant",
    "kms:DescribeKey",
];

/// What both restores of a cluster are told. Two builders of the SDK with the same methods and no common trait.
macro_rules! with_cluster_settings {
    ($call:expr, $act:expr) => {{
        let (engine, settings): (&Engine, &Settings) = (&$act.engine, &$act.settings);
        $call
            .db_cluster_identifier(&$act.identifier)
            .set_db_subnet_group_name(settings.subnet_group.clone())
            .set_vpc_security_group_ids(given(&settings.security_groups))
            .set_port(settings.port.map(i32::from))
            .set_kms_key_id(settings.kms_key.clone())
            .set_enable_cloudwatch_logs_exports(given(&settings.log_exports))
            .set_serverless_v2_scaling_configuration(range(engine, settings))
            .set_storage_type(settings.storage_type.clone())
            .set_network_type(settings.network_type.clone())
            .set_enable_iam_database_authentication(not_of_documentdb(engine, settings.iam_auth))
            .set_backup_retention_period(days(settings).and_then(|days| not_of_documentdb(engine, days)))
            .set_preferred_backup_window(of_others(engine, settings.backup_window.as_ref()))
            .set_backtrack_window(settings.backtrack_seconds.and_then(|seconds| not_of_documentdb(engine, seconds)))
            .set_engine_lifecycle_support(of_others(engine, settings.extended_support.as_ref()))
            .deletion_protection(settings.deletion_protection)
            .copy_tags_to_snapshot(settings.copy_tags_to_snapshot)
            .set_tags(Some(tags(&$act.tags)))
    }};
}

/// What both restores of an instance are told.
macro_rules! with_instance_settings {
    ($call:expr, $act:expr) => {{
        let (settings, member): (&Settings, &Member) = (&$act.settings, &$act.member);
        $call
            .set_db_instance_class(said(&member.class))
            .set_availability_zone(zone(settings, member))
            .publicly_accessible(member.publicly_accessible)
            .auto_minor_version_upgrade(member.auto_minor_upgrade)
            .set_db_subnet_group_name(settings.subnet_group.clone())
            .set_vpc_security_group_ids(given(&settings.security_groups))
            .set_db_parameter_group_name(settings.parameter_group.clone())
            .set_option_group_name(settings.option_group.clone())
            .set_port(settings.port.map(i32::from))
            .set_enable_cloudwatch_logs_exports(given(&settings.log_exports))
            .set_storage_type(settings.storage_type.clone())
            .set_allocated_storage(settings.storage_gib)
            .set_iops(settings.iops)
            .set_storage_throughput(settings.throughput)
            .set_network_type(settings.network_type.clone())
            .enable_iam_database_authentication(settings.iam_auth)
            .set_backup_retention_period(days(settings))
            .set_preferred_backup_window(settings.backup_window.clone())
            .set_engine_lifecycle_support(settings.extended_support.clone())
            .multi_az(settings.multi_az)
            .deletion_protection(settings.deletion_protection)
            .copy_tags_to_snapshot(settings.copy_tags_to_snapshot)
            .set_tags(Some(tags(&$act.tags)))
    }};
}

impl Recover for Rds {
    /// Needs `rds:RestoreDBClusterToPointInTime` or `rds:RestoreDBClusterFromSnapshot`, `rds:AddTagsToResource`, and
    /// `kms:CreateGrant` and `kms:DescribeKey` where the source is encrypted with a key of one's own.
    async fn restore_cluster(&self, act: &RestoreCluster) -> Result<(), Fault> {
        match &act.point {
            // The engine cannot be named here: it is the source's.
            Point::Time { to } => {
                let call = with_cluster_settings!(self.0.restore_db_cluster_to_point_in_time(), act);
                let group = of_others(&act.engine, act.settings.parameter_group.as_ref());
                let call = call.set_db_cluster_parameter_group_name(group).restore_to_time(date_time(*to));
                let call = match &act.from {
                    From::Source(identifier) => call.source_db_cluster_identifier(identifier),
                    From::Retained(id) => call.source_db_cluster_resource_id(id),
                    From::Vault { .. } => return Err(of_aws_backup(&act.identifier)),
                };
                let answer = call.send().await;
                answer.map_err(|error| fault("rds:RestoreDBClusterToPointInTime", &act.identifier, error)).map(drop)
            }
            Point::Snapshot { identifier, engine_version, .. } => {
                let call = with_cluster_settings!(self.0.restore_db_cluster_from_snapshot(), act);
                let call = call.set_db_cluster_parameter_group_name(act.settings.parameter_group.clone());
                // Without a version AWS takes its default of the day, not the snapshot's.
                let call = call.snapshot_identifier(identifier).engine(act.engine.word());
                let answer = call.set_engine_version(said(engine_version)).send().await;
                answer.map_err(|error| fault("rds:RestoreDBClusterFromSnapshot", &act.identifier, error)).map(drop)
            }
            Point::RecoveryPoint { .. } => Err(of_aws_backup(&act.identifier)),
        }
    }

    /// Needs `rds:RestoreDBInstanceToPointInTime` or `rds:RestoreDBInstanceFromDBSnapshot`, `rds:AddTagsToResource`, and
    /// `kms:CreateGrant` and `kms:DescribeKey` where the source is encrypted with a key of one's own. Its key cannot be
    /// named here: it is the source's.
    async fn restore_instance(&self, act: &RestoreInstance) -> Result<(), Fault> {
        match &act.point {
            Point::Time { to } => {
                let call = with_instance_settings!(self.0.restore_db_instance_to_point_in_time(), act);
                let call = call.target_db_instance_identifier(&act.identifier).restore_time(date_time(*to));
                let call = match &act.from {
                    From::Source(identifier) => call.source_db_instance_identifier(identifier),
                    From::Retained(id) => call.source_dbi_resource_id(id),
                    From::Vault { .. } => return Err(of_aws_backup(&act.identifier)),
                };
                let answer = call.send().await;
                answer.map_err(|error| fault("rds:RestoreDBInstanceToPointInTime", &act.identifier, error)).map(drop)
            }
            // The version cannot be named here: it is the snapshot's.
            Point::Snapshot { identifier, .. } => {
                let call = with_instance_settings!(self.0.restore_db_instance_from_db_snapshot(), act);
                let call = call.db_instance_identifier(&act.identifier).db_snapshot_identifier(identifier);
                let answer = call.send().await;
                answer.map_err(|error| fault("rds:RestoreDBInstanceFromDBSnapshot", &act.identifier, error)).map(drop)
            }
            Point::RecoveryPoint { .. } => Err(of_aws_backup(&act.identifier)),
        }
    }

    /// Needs `rds:CreateDBInstance`, `rds:AddTagsToResource`, `iam:PassRole` where Enhanced Monitoring has a role, and
    /// `kms:CreateGrant` and `kms:DescribeKey` where Performance Insights has a key of one's own.
    async fn create_member(&self, act: &CreateMember) -> Result<(), Fault> {
        let (engine, member) = (&act.engine, &act.member);
        let call = self.0.create_db_instance().db_instance_identifier(&member.identifier);
        let call = call.db_cluster_identifier(&act.cluster).engine(engine.word()).db_instance_class(&member.class);
        let monitoring = not_of_documentdb(engine, member.monitoring_seconds).filter(|seconds| *seconds > 0);
        let insights = member.insights.as_ref();
        let call = call
            .set_promotion_tier(member.tier)
            .set_availability_zone(member.zone.clone())
            .set_db_parameter_group_name(of_others(engine, member.parameter_group.as_ref()))
            .set_preferred_maintenance_window(member.maintenance_window.clone())
            .auto_minor_version_upgrade(member.auto_minor_upgrade)
            .set_publicly_accessible(not_of_documentdb(engine, member.publicly_accessible))
            .set_ca_certificate_identifier(member.certificate.clone())
            .set_monitoring_interval(monitoring)
            // AWS takes no role where there is no monitoring.
            .set_monitoring_role_arn(monitoring.and_then(|_| member.monitoring_role.clone()))
            .enable_performance_insights(insights.is_some())
            .set_performance_insights_kms_key_id(insights.and_then(|insights| insights.kms_key.clone()))
            .set_performance_insights_retention_period(
                insights.and_then(|insights| insights.days).and_then(|days| not_of_documentdb(engine, days)),
            );
        let answer = call.set_tags(Some(tags(&act.tags))).send().await;
        answer.map_err(|error| fault("rds:CreateDBInstance", &member.identifier, error)).map(drop)
    }

    /// Needs `rds:ModifyDBCluster` or `rds:ModifyDBInstance`; with Enhanced Monitoring `iam:PassRole`, with a managed
    /// password `secretsmanager:CreateSecret`, `secretsmanager:TagResource` and `kms:DescribeKey`. What is not asked for is
    /// not sent, and stays as it is.
    async fn change(&self, act: &Change) -> Result<(), Fault> {
        if act.clustered { self.change_cluster(act).await } else { self.change_instance(act).await }
    }

    /// Needs `rds:AddRoleToDBCluster` or `rds:AddRoleToDBInstance`, and `iam:PassRole` on the role. One that is there already
    /// is fine.
    async fn add_role(
        &self,
        identifier: &str,
        clustered: bool,
        role: &str,
        feature: Option<&str>,
    ) -> Result<(), Fault> {
        self.add_role_to(identifier, clustered, role, feature).await
    }

    /// Needs `rds:EnableHttpEndpoint`.
    async fn enable_http_endpoint(&self, arn: &str) -> Result<(), Fault> {
        let operation = "rds:EnableHttpEndpoint";
        if arn.is_empty() {
            return Err(incomplete(operation, "the copy", "ARN"));
        }
        let answer = self.0.enable_http_endpoint().resource_arn(arn).send().await;
        answer.map_err(|error| fault(operation, arn, error)).map(drop)
    }

    /// Needs `rds:AddTagsToResource`.
    async fn adopt(&self, arn: &str, new: &Tags) -> Result<(), Fault> {
        self.put_tags(arn, tags(new)).await
    }

    /// Needs `rds:AddTagsToResource`. The other tags stay as they are.
    async fn extend(&self, arn: &str, expires_at: Timestamp) -> Result<(), Fault> {
        // As `restore::copy_tags` writes it
        let until = expires_at.round(jiff::Unit::Second).unwrap_or(expires_at).to_string();
        self.put_tags(arn, vec![Tag::builder().key(EXPIRES_AT).value(until).build()]).await
    }
}

/// A recovery point reached the wrong service: AWS Backup restores those
fn of_aws_backup(identifier: &str) -> Fault {
    let said = "RDS restores no recovery points; AWS Backup does (backup:StartRestoreJob)";
    Fault::new(Class::Permanent, "rds:Restore", identifier, "", said)
}

/// A setting that the API of DocumentDB does not have
fn not_of_documentdb<T>(engine: &Engine, setting: T) -> Option<T> {
    (*engine != Engine::Docdb).then_some(setting)
}

/// The same, where it may not be set at all
fn of_others(engine: &Engine, setting: Option<&String>) -> Option<String> {
    setting.cloned().and_then(|setting| not_of_documentdb(engine, setting))
}

/// Days of automated backups. None is left out: AWS then goes on with the source's own, and a source that is gone and that
/// nobody knew the days of does not come back without backups.
fn days(settings: &Settings) -> Option<i32> {
    Some(settings.backup_retention_days).filter(|days| *days > 0)
}

/// AWS takes no zone for an instance that stands in several.
fn zone(settings: &Settings, member: &Member) -> Option<String> {
    member.zone.clone().filter(|_| !settings.multi_az)
}

/// DocumentDB's range does not pause.
fn range(engine: &Engine, settings: &Settings) -> Option<ServerlessV2ScalingConfiguration> {
    let capacity = settings.capacity?;
    let pause = settings.pause_after_seconds.and_then(|seconds| not_of_documentdb(engine, seconds));
    let range = ServerlessV2ScalingConfiguration::builder().min_capacity(capacity.min).max_capacity(capacity.max);
    Some(range.set_seconds_until_auto_pause(pause).build())
}

fn tags(ours: &Tags) -> Vec<Tag> {
    ours.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}

/// An empty list is left out: AWS would take it for "none".
fn given(list: &[String]) -> Option<Vec<String>> {
    (!list.is_empty()).then(|| list.to_vec())
}

fn said(word: &str) -> Option<String> {
    (!word.is_empty()).then(|| word.to_owned())
}

#[cfg(test)]
mod tests;
