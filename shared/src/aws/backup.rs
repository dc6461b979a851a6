//! AWS Backup's vaults (`backup`): which recovery points there are, and restores of them. Nothing here changes a backup.

use aws_config::SdkConfig;
use aws_sdk_backup::Client;
use aws_sdk_backup::operation::describe_restore_job::DescribeRestoreJobOutput;
use aws_sdk_backup::types::RecoveryPointByBackupVault;

use super::error::{fault, incomplete};
use super::pages::walk_pages;
use super::time;
use crate::database::{RecoveryPoint, RestoreJob, RestoreMetadata};
use crate::fault::{Class, Fault};
use crate::ports::Vaults;
use crate::restore::StartRestoreJob;

/// IAM actions of this file. The role that is passed is AWS Backup's own to restore with; none of its rights become ours.
pub const ACTIONS: &[&str] = &[
    "backup:ListRecoveryPointsByBackupVault",
    "backup:GetRecoveryPointRestoreMetadata",
    "backup:StartRestoreJob",
    "backup:DescribeRestoreJob",
    "iam:PassRole",
];

/// Recovery points on one page: the most that AWS Backup gives. An hourly plan that keeps a year fills nine.
const PAGE: i32 = 1000;

/// The vaults of one account and region
#[derive(Debug, Clone)]
pub struct BackupVaults(Client);

impl BackupVaults {
    /// A client made once from the shared configuration
    pub fn new(config: &SdkConfig) -> Self {
        Self(Client::new(config))
    }

    /// The same on a client that is there already
    pub fn of(client: Client) -> Self {
        Self(client)
    }
}

impl Vaults for BackupVaults {
    /// Needs `backup:ListRecoveryPointsByBackupVault`. A vault that does not exist is an error, and for callers whose rights
    /// name vaults it is one of permissions: never an empty list.
    async fn recovery_points(&self, vault: &str, resource_arn: &str) -> Result<Vec<RecoveryPoint>, Fault> {
        let call = self.0.list_recovery_points_by_backup_vault().backup_vault_name(vault).by_resource_arn(resource_arn);
        let pages = call.max_results(PAGE).into_paginator().send();
        let found = walk_pages("backup:ListRecoveryPointsByBackupVault", vault, PAGE, pages, |page| {
            page.recovery_points.unwrap_or_default()
        });
        Ok(found.await?.into_iter().filter_map(|point| recovery_point(point, vault)).collect())
    }

    /// Needs `backup:GetRecoveryPointRestoreMetadata`.
    async fn restore_metadata(&self, vault: &str, recovery_point: &str) -> Result<RestoreMetadata, Fault> {
        let operation = "backup:GetRecoveryPointRestoreMetadata";
        let call = self.0.get_recovery_point_restore_metadata();
        let answer = call.backup_vault_name(vault).recovery_point_arn(recovery_point).send().await;
        let answer = answer.map_err(|error| lost(fault(operation, recovery_point, error)))?;
        let metadata = answer.restore_metadata.ok_or_else(|| incomplete(operation, recovery_point, "restore metadata"));
        Ok(metadata?.into_iter().collect())
    }

    /// Needs `backup:StartRestoreJob`, and `iam:PassRole` on the role that AWS Backup restores with.
    async fn restore(&self, act: &StartRestoreJob) -> Result<String, Fault> {
        let operation = "backup:StartRestoreJob";
        let call = self.0.start_restore_job().recovery_point_arn(&act.recovery_point).iam_role_arn(&act.role);
        let call = call.resource_type(&act.resource_type).idempotency_token(&act.token);
        let metadata = act.metadata.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
        // Production's tags would make the copy look like production.
        let answer = call.set_metadata(Some(metadata)).copy_source_tags_to_restored_resource(false).send().await;
        let answer = answer.map_err(|error| {
            let broke = error.raw_response().is_some_and(|answer| answer.status().is_server_error());
            perhaps_done(lost(fault(operation, &act.identifier, error)), broke)
        })?;
        answer.restore_job_id.ok_or_else(|| incomplete(operation, &act.identifier, "id of the restore job"))
    }

    /// Needs `backup:DescribeRestoreJob`.
    async fn restore_job(&self, id: &str) -> Result<Option<RestoreJob>, Fault> {
        let answer = self.0.describe_restore_job().restore_job_id(id).send().await;
        match answer.map_err(|error| fault("backup:DescribeRestoreJob", id, error)) {
            Ok(job) => Ok(Some(restore_job(job, id))),
            Err(fault) if no_such_job(&fault) => Ok(None),
            Err(fault) => Err(fault),
        }
    }
}

pub(super) fn restore_job(job: DescribeRestoreJobOutput, id: &str) -> RestoreJob {
    RestoreJob {
        id: job.restore_job_id.unwrap_or_else(|| id.to_owned()),
        status: job.status.map(|status| status.as_str().to_owned()).unwrap_or_default(),
        message: job.status_message,
        created_arn: job.created_resource_arn,
    }
}

/// A point without an ARN cannot be named, and so not be restored.
fn recovery_point(raw: RecoveryPointByBackupVault, vault: &str) -> Option<RecoveryPoint> {
    Some(RecoveryPoint {
        arn: raw.recovery_point_arn?,
        vault: raw.backup_vault_name.unwrap_or_else(|| vault.to_owned()),
        resource_arn: raw.resource_arn.unwrap_or_default(),
        resource_type: raw.resource_type.unwrap_or_default(),
        status: raw.status.map(|status| status.as_str().to_owned()).unwrap_or_default(),
        created_at: time(raw.creation_date.as_ref()),
        bytes: raw.backup_size_in_bytes,
        kms_key: raw.encryption_key_arn,
    })
}

/// AWS Backup has one code for whatever is not there. Asked about a recovery point, it is the backup that is missing.
fn lost(mut fault: Fault) -> Fault {
    if fault.class == Class::NotFound {
        fault.class = Class::Backup;
    }
    fault
}

/// A server's error may come after the job was started. Unlike RDS's copies those of a job carry no tags of ours, so a job that
/// nobody knows of is a copy that nobody finds: only a call that was turned away at the door was certainly not done.
fn perhaps_done(mut fault: Fault, server_broke: bool) -> Fault {
    let at_the_door = fault.code.contains("Throttl") || fault.code.contains("TooManyRequests");
    if fault.class == Class::Transient && server_broke && !at_the_door {
        fault.class = Class::Unknown;
    }
    fault
}

/// The id is the only parameter of the call, so "no such value" and "no such thing" say the same: there is no such job.
pub(super) fn no_such_job(fault: &Fault) -> bool {
    fault.class == Class::NotFound || fault.code.starts_with("InvalidParameterValue")
}

#[cfg(test)]
mod tests;
