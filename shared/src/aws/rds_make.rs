//! Making copies and opening them (`rds-make`).
//!
//! A restore inherits what it is not told: production's tags, the default security group, production's retention. So every
//! setting is said aloud, and the tests hold each call to its whole list.

use aws_sdk_rds::types::{ServerlessV2ScalingConfiguration, Tag};

use super::error::{fault, incomplete};
use super::rds::Rds;
use super::rds_facts::date_time;
use crate::database::{Capacity, Cluster, Engine, Instance, Tags};
use crate::fault::{Class, Fault};
use crate::ports::MakeDatabases;
use crate::restore::{Adjust, CreateInstance, Lent, Owned, Point, RestoreCluster, RestoreInstance};

/// IAM actions of this file, with those that AWS asks for behind them: tags at creation, grants on the key of an encrypted
/// copy (a key of one's own; AWS: "Authorizing use of a customer managed key"), the secret of a managed password.
pub const ACTIONS: &[&str] = &[
    "rds:RestoreDBClusterToPointInTime",
    "rds:RestoreDBClusterFromSnapshot",
    "rds:RestoreDBInstanceToPointInTime",
    "rds:RestoreDBInstanceFromDBSnapshot",
    "rds:CreateDBInstance",
    "rds:AddTagsToResource",
    "rds:ModifyDBCluster",
    "rds:ModifyDBInstance",
    "secretsmanager:CreateSecret",
    "secretsmanager:TagResource",
    "kms:CreateGrant",
    "kms:DescribeKey",
];

/// What both restores of a cluster are told. Two builders of the SDK with the same methods and no common trait.
macro_rules! with_cluster_settings {
    ($call:expr, $act:expr) => {
        $call
            .db_cluster_identifier(&$act.identifier)
            .set_db_subnet_group_name($act.subnet_group.clone())
            .set_vpc_security_group_ids(given(&$act.security_groups))
            .set_serverless_v2_scaling_configuration($act.capacity.map(range))
            .set_enable_iam_database_authentication(not_of_documentdb(&$act.engine, $act.iam_auth))
            .set_backup_retention_period(not_of_documentdb(&$act.engine, $act.backup_retention_days))
            .deletion_protection(false)
            .copy_tags_to_snapshot(false)
            .set_tags(Some(tags(&$act.tags)))
    };
}

/// What both restores of an instance are told.
macro_rules! with_instance_settings {
    ($call:expr, $act:expr) => {
        $call
            .set_db_instance_class($act.class.clone())
            .set_db_subnet_group_name($act.subnet_group.clone())
            .set_vpc_security_group_ids(given(&$act.security_groups))
            .set_db_parameter_group_name($act.parameter_group.clone())
            .enable_iam_database_authentication($act.iam_auth)
            .backup_retention_period($act.backup_retention_days)
            .publicly_accessible(false)
            .multi_az(false)
            .auto_minor_version_upgrade(false)
            .deletion_protection(false)
            .copy_tags_to_snapshot(false)
            .set_tags(Some(tags(&$act.tags)))
    };
}

impl MakeDatabases for Rds {
    /// Needs `rds:RestoreDBClusterToPointInTime` or `rds:RestoreDBClusterFromSnapshot`, `rds:AddTagsToResource`, and
    /// `kms:CreateGrant` and `kms:DescribeKey` where the source is encrypted with a key of one's own.
    async fn restore_cluster(&self, act: &RestoreCluster) -> Result<(), Fault> {
        match &act.point {
            // The engine cannot be named here: it is the source's.
            Point::Time { to } => {
                let call = with_cluster_settings!(self.0.restore_db_cluster_to_point_in_time(), act);
                let group = act.parameter_group.clone().and_then(|group| not_of_documentdb(&act.engine, group));
                let call = call.set_db_cluster_parameter_group_name(group).restore_to_time(date_time(*to));
                let call = match &act.resource_id {
                    Some(id) => call.source_db_cluster_resource_id(id),
                    None => call.source_db_cluster_identifier(&act.source),
                };
                let answer = call.send().await;
                answer.map_err(|error| fault("rds:RestoreDBClusterToPointInTime", &act.identifier, error)).map(drop)
            }
            Point::Snapshot { identifier, engine_version, .. } => {
                let call = with_cluster_settings!(self.0.restore_db_cluster_from_snapshot(), act);
                let call = call.set_db_cluster_parameter_group_name(act.parameter_group.clone());
                let call =
                    call.snapshot_identifier(identifier).engine(act.engine.word()).engine_version(engine_version);
                let answer = call.send().await;
                answer.map_err(|error| fault("rds:RestoreDBClusterFromSnapshot", &act.identifier, error)).map(drop)
            }
            Point::RecoveryPoint { .. } => Err(of_aws_backup(&act.identifier)),
        }
    }

    /// Needs `rds:RestoreDBInstanceToPointInTime` or `rds:RestoreDBInstanceFromDBSnapshot`, `rds:AddTagsToResource`, and
    /// `kms:CreateGrant` and `kms:DescribeKey` where the source is encrypted with a key of one's own.
    async fn restore_instance(&self, act: &RestoreInstance) -> Result<(), Fault> {
        match &act.point {
            Point::Time { to } => {
                let call = with_instance_settings!(self.0.restore_db_instance_to_point_in_time(), act);
                let call = call.target_db_instance_identifier(&act.identifier);
                let call = match &act.resource_id {
                    Some(id) => call.source_dbi_resource_id(id),
                    None => call.source_db_instance_identifier(&act.source),
                };
                let answer = call.restore_time(date_time(*to)).send().await;
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

    /// Needs `rds:CreateDBInstance` and `rds:AddTagsToResource`. Storage, backups, protection and security groups of a
    /// member belong to its cluster.
    async fn create_instance(&self, act: &CreateInstance) -> Result<(), Fault> {
        let call = self.0.create_db_instance().db_instance_identifier(&act.identifier);
        let call = call.db_cluster_identifier(&act.cluster).engine(act.engine.word()).db_instance_class(&act.class);
        let call = call.set_publicly_accessible(not_of_documentdb(&act.engine, false));
        let call = call.auto_minor_version_upgrade(false);
        let answer = call.set_tags(Some(tags(&act.tags))).send().await;
        answer.map_err(|error| fault("rds:CreateDBInstance", &act.identifier, error)).map(drop)
    }

    /// Needs `rds:AddTagsToResource`.
    async fn adopt_cluster(&self, copy: &Owned<Cluster>, tags: &Tags) -> Result<(), Fault> {
        let Cluster { identifier, arn, .. } = copy.get();
        self.add_tags(identifier, arn, tags).await
    }

    /// Needs `rds:AddTagsToResource`.
    async fn adopt_instance(&self, copy: &Owned<Instance>, tags: &Tags) -> Result<(), Fault> {
        let Instance { identifier, arn, .. } = copy.get();
        self.add_tags(identifier, arn, tags).await
    }

    /// Needs `rds:ModifyDBCluster`. What is not asked for is not sent, and stays as it is.
    async fn adjust_cluster(&self, copy: &Lent<Cluster>, act: &Adjust) -> Result<(), Fault> {
        let Cluster { identifier, engine, .. } = copy.get();
        let call = self.0.modify_db_cluster().db_cluster_identifier(identifier);
        let call = call
            .set_db_cluster_parameter_group_name(act.parameter_group.clone())
            .set_serverless_v2_scaling_configuration(act.capacity.map(range))
            .set_enable_iam_database_authentication(act.iam_auth.and_then(|on| not_of_documentdb(engine, on)))
            .set_backup_retention_period(act.backup_retention_days);
        let answer = call.apply_immediately(true).send().await;
        answer.map_err(|error| fault("rds:ModifyDBCluster", identifier, error)).map(drop)
    }

    /// Needs `rds:ModifyDBInstance`. An instance has no Serverless v2 range.
    async fn adjust_instance(&self, copy: &Lent<Instance>, act: &Adjust) -> Result<(), Fault> {
        let identifier = &copy.get().identifier;
        let call = self.0.modify_db_instance().db_instance_identifier(identifier);
        let call = call
            .set_db_parameter_group_name(act.parameter_group.clone())
            .set_enable_iam_database_authentication(act.iam_auth)
            .set_backup_retention_period(act.backup_retention_days);
        let answer = call.apply_immediately(true).send().await;
        answer.map_err(|error| fault("rds:ModifyDBInstance", identifier, error)).map(drop)
    }

    /// Needs `rds:ModifyDBCluster`, `secretsmanager:CreateSecret`, `secretsmanager:TagResource` and `kms:DescribeKey`.
    /// DocumentDB has it too.
    async fn manage_cluster_secret(&self, copy: &Lent<Cluster>) -> Result<(), Fault> {
        let identifier = &copy.get().identifier;
        let call = self.0.modify_db_cluster().db_cluster_identifier(identifier);
        let answer = call.manage_master_user_password(true).apply_immediately(true).send().await;
        answer.map_err(|error| fault("rds:ModifyDBCluster", identifier, error)).map(drop)
    }

    /// Needs `rds:ModifyDBInstance`, `secretsmanager:CreateSecret`, `secretsmanager:TagResource` and `kms:DescribeKey`.
    async fn manage_instance_secret(&self, copy: &Lent<Instance>) -> Result<(), Fault> {
        let identifier = &copy.get().identifier;
        let call = self.0.modify_db_instance().db_instance_identifier(identifier);
        let answer = call.manage_master_user_password(true).apply_immediately(true).send().await;
        answer.map_err(|error| fault("rds:ModifyDBInstance", identifier, error)).map(drop)
    }
}

impl Rds {
    /// Tags are given to an ARN: without one there is nothing to name.
    async fn add_tags(&self, identifier: &str, arn: &str, ours: &Tags) -> Result<(), Fault> {
        let operation = "rds:AddTagsToResource";
        if arn.is_empty() {
            return Err(incomplete(operation, identifier, "ARN"));
        }
        let answer = self.0.add_tags_to_resource().resource_name(arn).set_tags(Some(tags(ours))).send().await;
        answer.map_err(|error| fault(operation, identifier, error)).map(drop)
    }
}

/// A recovery point reached the wrong service: the machine asks AWS Backup to restore those
fn of_aws_backup(identifier: &str) -> Fault {
    let said = "RDS restores no recovery points; AWS Backup does (backup:StartRestoreJob)";
    Fault::new(Class::Permanent, "rds:Restore", identifier, "", said)
}

/// A setting that the API of DocumentDB does not have
fn not_of_documentdb<T>(engine: &Engine, setting: T) -> Option<T> {
    (*engine != Engine::Docdb).then_some(setting)
}

fn tags(ours: &Tags) -> Vec<Tag> {
    ours.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}

fn range(capacity: Capacity) -> ServerlessV2ScalingConfiguration {
    ServerlessV2ScalingConfiguration::builder().min_capacity(capacity.min).max_capacity(capacity.max).build()
}

/// An empty list is left out: AWS would take it for "none", and none is not allowed.
fn given(list: &[String]) -> Option<Vec<String>> {
    (!list.is_empty()).then(|| list.to_vec())
}

#[cfg(test)]
mod tests;
