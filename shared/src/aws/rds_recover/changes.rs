//! What a restore cannot be told, and what AWS Backup tells nobody: set on a copy that the flow has found to be its run's.

use aws_sdk_rds::types::{ServerlessV2ScalingConfiguration, Tag};

use crate::aws::error::{fault, incomplete};
use crate::aws::rds::Rds;
use crate::database::Capacity;
use crate::fault::{Class, Fault};
use crate::recover::{Change, Insights};

impl Rds {
    pub(super) async fn change_cluster(&self, act: &Change) -> Result<(), Fault> {
        let operation = "rds:ModifyDBCluster";
        let of_instances = act.monitoring.is_some()
            || act.insights.is_some()
            || act.grows_to_gib.is_some()
            || act.certificate.is_some();
        if of_instances {
            let said = "monitoring, Performance Insights, growth of storage and certificates belong to instances, and a \
                        cluster was named; nothing was changed";
            return Err(Fault::new(Class::Configuration, operation, &act.identifier, "", said));
        }
        let call = self.0.modify_db_cluster().db_cluster_identifier(&act.identifier);
        let call = call
            .set_db_cluster_parameter_group_name(act.parameter_group.clone())
            .set_backup_retention_period(act.backup_retention_days)
            .set_preferred_backup_window(act.backup_window.clone())
            .set_preferred_maintenance_window(act.maintenance_window.clone())
            .set_serverless_v2_scaling_configuration(act.capacity.map(range))
            .set_enable_iam_database_authentication(act.iam_auth)
            .set_deletion_protection(act.deletion_protection)
            .set_copy_tags_to_snapshot(act.copy_tags_to_snapshot)
            .set_storage_type(act.storage_type.clone())
            .set_network_type(act.network_type.clone())
            .set_manage_master_user_password(act.managed_secret.as_ref().map(|_| true))
            .set_master_user_secret_kms_key_id(act.managed_secret.clone().flatten());
        let answer = call.apply_immediately(true).send().await;
        answer.map_err(|error| fault(operation, &act.identifier, error)).map(drop)
    }

    pub(super) async fn change_instance(&self, act: &Change) -> Result<(), Fault> {
        let operation = "rds:ModifyDBInstance";
        if act.capacity.is_some() {
            let said = "a Serverless v2 range belongs to a cluster, and an instance was named; nothing was changed";
            return Err(Fault::new(Class::Configuration, operation, &act.identifier, "", said));
        }
        let call = self.0.modify_db_instance().db_instance_identifier(&act.identifier);
        let insights: Option<&Insights> = act.insights.as_ref();
        let call = call
            .set_db_parameter_group_name(act.parameter_group.clone())
            .set_backup_retention_period(act.backup_retention_days)
            .set_preferred_backup_window(act.backup_window.clone())
            .set_preferred_maintenance_window(act.maintenance_window.clone())
            .set_enable_iam_database_authentication(act.iam_auth)
            .set_deletion_protection(act.deletion_protection)
            .set_copy_tags_to_snapshot(act.copy_tags_to_snapshot)
            .set_monitoring_interval(act.monitoring.as_ref().map(|(seconds, _)| *seconds))
            .set_monitoring_role_arn(act.monitoring.clone().and_then(|(_, role)| role))
            .set_enable_performance_insights(insights.map(|_| true))
            .set_performance_insights_kms_key_id(insights.and_then(|insights| insights.kms_key.clone()))
            .set_performance_insights_retention_period(insights.and_then(|insights| insights.days))
            .set_max_allocated_storage(act.grows_to_gib)
            .set_ca_certificate_identifier(act.certificate.clone())
            .set_storage_type(act.storage_type.clone())
            .set_network_type(act.network_type.clone())
            .set_manage_master_user_password(act.managed_secret.as_ref().map(|_| true))
            .set_master_user_secret_kms_key_id(act.managed_secret.clone().flatten());
        let answer = call.apply_immediately(true).send().await;
        answer.map_err(|error| fault(operation, &act.identifier, error)).map(drop)
    }

    pub(super) async fn add_role_to(
        &self,
        identifier: &str,
        clustered: bool,
        role: &str,
        feature: Option<&str>,
    ) -> Result<(), Fault> {
        let feature = feature.map(str::to_owned);
        let answer = if clustered {
            let call = self.0.add_role_to_db_cluster().db_cluster_identifier(identifier).role_arn(role);
            let answer = call.set_feature_name(feature).send().await;
            answer.map_err(|error| fault("rds:AddRoleToDBCluster", identifier, error)).map(drop)
        } else {
            let call = self.0.add_role_to_db_instance().db_instance_identifier(identifier).role_arn(role);
            let answer = call.set_feature_name(feature).send().await;
            answer.map_err(|error| fault("rds:AddRoleToDBInstance", identifier, error)).map(drop)
        };
        match answer {
            Err(fault) if fault.class == Class::AlreadyExists => Ok(()),
            answer => answer,
        }
    }

    /// These tags beside those that are there
    pub(super) async fn put_tags(&self, arn: &str, tags: Vec<Tag>) -> Result<(), Fault> {
        let operation = "rds:AddTagsToResource";
        if arn.is_empty() {
            return Err(incomplete(operation, "the copy", "ARN"));
        }
        let answer = self.0.add_tags_to_resource().resource_name(arn).set_tags(Some(tags)).send().await;
        answer.map_err(|error| fault(operation, arn, error)).map(drop)
    }
}

fn range((capacity, pause_after_seconds): (Capacity, Option<i32>)) -> ServerlessV2ScalingConfiguration {
    let range = ServerlessV2ScalingConfiguration::builder().min_capacity(capacity.min).max_capacity(capacity.max);
    range.set_seconds_until_auto_pause(pause_after_seconds).build()
}
