//! AWS Backup to look at (`backup-read`): vaults, recovery points, jobs, plans. Nothing here changes anything.

use aws_config::SdkConfig;
use aws_sdk_backup::Client;
use aws_sdk_backup::types::{
    BackupJob as RawBackupJob, BackupRule as RawRule, CopyJob as RawCopyJob, RecoveryPointByBackupVault,
    RestoreJobsListMember,
};
use aws_smithy_types::DateTime;
use jiff::Timestamp;

use super::error::{fault, incomplete, too_many};
use super::pages::walk_pages;
use super::time;
use crate::database::{BackupJob, BackupPlan, BackupRule, JobKind, PointFacts, RecoveryPoint, Vault};
use crate::fault::{Class, Fault};
use crate::ports::BackupFacts;

/// IAM actions of this file
pub const ACTIONS: &[&str] = &[
    "backup:DescribeBackupVault",
    "backup:ListRecoveryPointsByBackupVault",
    "backup:ListBackupJobs",
    "backup:ListCopyJobs",
    "backup:ListRestoreJobs",
    "backup:ListBackupPlans",
    "backup:GetBackupPlan",
];

/// Things on one page: the most that AWS Backup gives
const PAGE: i32 = 1000;
/// Plans that are looked into, a call for each: as many as an account may have (AWS Backup quotas)
const MOST_PLANS: usize = 300;
/// The types of resources that are databases of ours. AWS Backup keeps Neptune's clusters under a type of their own.
const DATABASES: [&str; 3] = ["Aurora", "RDS", "DocumentDB"];
/// What errors and logs call a list that is of no one vault
const ALL: &str = "the whole account";

/// AWS Backup of one account and region
#[derive(Debug, Clone)]
pub struct BackupLooks(Client);

impl BackupLooks {
    /// A client made once from the shared configuration
    pub fn new(config: &SdkConfig) -> Self {
        Self(Client::new(config))
    }

    /// The same on a client that is there already
    pub fn of(client: Client) -> Self {
        Self(client)
    }
}

impl BackupFacts for BackupLooks {
    /// Needs `backup:DescribeBackupVault`. To callers whose rights name vaults, AWS Backup says of one that is not there that
    /// access is denied: that is no certain "not found".
    async fn vault(&self, name: &str) -> Result<Option<Vault>, Fault> {
        let answer = self.0.describe_backup_vault().backup_vault_name(name).send().await;
        match answer.map_err(|error| fault("backup:DescribeBackupVault", name, error)) {
            Ok(raw) => Ok(Some(Vault {
                name: raw.backup_vault_name.unwrap_or_else(|| name.to_owned()),
                kms_key: raw.encryption_key_arn,
                locked: raw.locked.unwrap_or_default(),
                lock_date: time(raw.lock_date.as_ref()),
                min_days: raw.min_retention_days,
                max_days: raw.max_retention_days,
            })),
            Err(fault) if fault.class == Class::NotFound => Ok(None),
            Err(fault) => Err(fault),
        }
    }

    /// Needs `backup:ListRecoveryPointsByBackupVault`. A vault that is not there is an error, never an empty list.
    async fn points(&self, vault: &str) -> Result<Vec<PointFacts>, Fault> {
        let call = self.0.list_recovery_points_by_backup_vault().backup_vault_name(vault).max_results(PAGE);
        let pages = call.into_paginator().send();
        walk_pages("backup:ListRecoveryPointsByBackupVault", vault, PAGE, pages, |page| {
            page.recovery_points.unwrap_or_default().into_iter().filter_map(|raw| point(raw, vault)).collect()
        })
        .await
    }

    /// Needs `backup:ListBackupJobs`, `backup:ListCopyJobs` or `backup:ListRestoreJobs`.
    async fn jobs(&self, kind: JobKind, since: Timestamp) -> Result<Vec<BackupJob>, Fault> {
        let since = DateTime::from_secs(since.as_second());
        match kind {
            JobKind::Backup => {
                let pages = self.0.list_backup_jobs().by_created_after(since).max_results(PAGE).into_paginator().send();
                walk_pages("backup:ListBackupJobs", ALL, PAGE, pages, |page| {
                    page.backup_jobs.unwrap_or_default().into_iter().filter_map(backup_job).collect()
                })
                .await
            }
            JobKind::Copy => {
                let pages = self.0.list_copy_jobs().by_created_after(since).max_results(PAGE).into_paginator().send();
                walk_pages("backup:ListCopyJobs", ALL, PAGE, pages, |page| {
                    page.copy_jobs.unwrap_or_default().into_iter().filter_map(copy_job).collect()
                })
                .await
            }
            JobKind::Restore => {
                let pages =
                    self.0.list_restore_jobs().by_created_after(since).max_results(PAGE).into_paginator().send();
                walk_pages("backup:ListRestoreJobs", ALL, PAGE, pages, |page| {
                    page.restore_jobs.unwrap_or_default().into_iter().filter_map(restore_job).collect()
                })
                .await
            }
        }
    }

    /// Needs `backup:ListBackupPlans` and `backup:GetBackupPlan`: only a plan itself tells its rules.
    async fn plans(&self) -> Result<Vec<BackupPlan>, Fault> {
        let pages = self.0.list_backup_plans().max_results(PAGE).into_paginator().send();
        let listed = walk_pages("backup:ListBackupPlans", ALL, PAGE, pages, |page| {
            page.backup_plans_list.unwrap_or_default().into_iter().filter_map(|raw| raw.backup_plan_id).collect()
        });
        let ids: Vec<String> = listed.await?;
        if ids.len() > MOST_PLANS {
            return Err(too_many("backup:GetBackupPlan", ALL, &format!("{MOST_PLANS} backup plans")));
        }
        let mut plans = Vec::with_capacity(ids.len());
        for id in ids {
            plans.extend(self.plan(id).await?);
        }
        Ok(plans)
    }
}

impl BackupLooks {
    /// A plan; none where it went away after it was listed
    async fn plan(&self, id: String) -> Result<Option<BackupPlan>, Fault> {
        let operation = "backup:GetBackupPlan";
        let answer = self.0.get_backup_plan().backup_plan_id(&id).send().await;
        match answer.map_err(|error| fault(operation, &id, error)) {
            Ok(answer) => {
                let plan = answer.backup_plan.ok_or_else(|| incomplete(operation, &id, "plan"))?;
                let rules = plan.rules.into_iter().map(rule).collect();
                Ok(Some(BackupPlan { id, name: plan.backup_plan_name, rules }))
            }
            Err(fault) if fault.class == Class::NotFound => Ok(None),
            Err(fault) => Err(fault),
        }
    }
}

/// Where AWS Backup names no type, the ARN tells: all of ours are of RDS.
fn is_database(kind: Option<&str>, arn: Option<&str>) -> bool {
    match kind {
        Some(kind) => DATABASES.contains(&kind),
        None => arn.is_some_and(|arn| arn.split(':').nth(2) == Some("rds")),
    }
}

/// A point without an ARN cannot be named.
fn point(raw: RecoveryPointByBackupVault, vault: &str) -> Option<PointFacts> {
    if !is_database(raw.resource_type(), raw.resource_arn()) {
        return None;
    }
    let calculated = raw.calculated_lifecycle.as_ref();
    Some(PointFacts {
        message: raw.status_message.filter(|message| !message.is_empty()),
        // The list of a vault does not say it (AWS: `RecoveryPointByBackupVault`).
        tier: None,
        delete_at: calculated.and_then(|lifecycle| time(lifecycle.delete_at.as_ref())),
        completed_at: time(raw.completion_date.as_ref()),
        copied_from: raw.source_backup_vault_arn,
        point: RecoveryPoint {
            arn: raw.recovery_point_arn?,
            vault: raw.backup_vault_name.unwrap_or_else(|| vault.to_owned()),
            resource_arn: raw.resource_arn.unwrap_or_default(),
            resource_type: raw.resource_type.unwrap_or_default(),
            status: raw.status.map(|status| status.as_str().to_owned()).unwrap_or_default(),
            created_at: time(raw.creation_date.as_ref()),
            bytes: raw.backup_size_in_bytes,
            kms_key: raw.encryption_key_arn,
        },
    })
}

fn backup_job(raw: RawBackupJob) -> Option<BackupJob> {
    is_database(raw.resource_type(), raw.resource_arn()).then_some(())?;
    Some(BackupJob {
        kind: JobKind::Backup,
        id: raw.backup_job_id?,
        state: raw.state.map(|state| state.as_str().to_owned()).unwrap_or_default(),
        message: raw.status_message.filter(|message| !message.is_empty()),
        resource_arn: raw.resource_arn.unwrap_or_default(),
        vault: raw.backup_vault_name,
        plan: raw.created_by.and_then(|creator| creator.backup_plan_id),
        created_at: time(raw.creation_date.as_ref()),
        ended_at: time(raw.completion_date.as_ref()),
        is_test: false,
        made: None,
        deletion: None,
    })
}

fn copy_job(raw: RawCopyJob) -> Option<BackupJob> {
    is_database(raw.resource_type(), raw.resource_arn()).then_some(())?;
    Some(BackupJob {
        kind: JobKind::Copy,
        id: raw.copy_job_id?,
        state: raw.state.map(|state| state.as_str().to_owned()).unwrap_or_default(),
        message: raw.status_message.filter(|message| !message.is_empty()),
        resource_arn: raw.resource_arn.unwrap_or_default(),
        vault: raw.destination_backup_vault_arn.as_deref().and_then(vault_of),
        plan: raw.created_by.and_then(|creator| creator.backup_plan_id),
        created_at: time(raw.creation_date.as_ref()),
        ended_at: time(raw.completion_date.as_ref()),
        is_test: false,
        made: None,
        deletion: None,
    })
}

fn restore_job(raw: RestoreJobsListMember) -> Option<BackupJob> {
    is_database(raw.resource_type(), raw.source_resource_arn().or(raw.recovery_point_arn())).then_some(())?;
    let deletion = raw.deletion_status.map(|status| (status.as_str().to_owned(), raw.deletion_status_message));
    Some(BackupJob {
        kind: JobKind::Restore,
        id: raw.restore_job_id?,
        state: raw.status.map(|status| status.as_str().to_owned()).unwrap_or_default(),
        message: raw.status_message.filter(|message| !message.is_empty()),
        resource_arn: raw.source_resource_arn.unwrap_or_default(),
        vault: raw.backup_vault_arn.as_deref().and_then(vault_of),
        plan: None,
        created_at: time(raw.creation_date.as_ref()),
        ended_at: time(raw.completion_date.as_ref()),
        is_test: raw.created_by.is_some_and(|creator| creator.restore_testing_plan_arn.is_some()),
        made: raw.created_resource_arn,
        deletion,
    })
}

fn rule(raw: RawRule) -> BackupRule {
    let days = |lifecycle: Option<&aws_sdk_backup::types::Lifecycle>| {
        let lifecycle = lifecycle.map(|it| (it.delete_after_days, it.move_to_cold_storage_after_days));
        lifecycle.unwrap_or_default()
    };
    let (delete_after_days, cold_after_days) = days(raw.lifecycle.as_ref());
    let copies = raw.copy_actions.unwrap_or_default().into_iter().map(|copy| {
        let (delete, cold) = days(copy.lifecycle.as_ref());
        (copy.destination_backup_vault_arn, delete, cold)
    });
    BackupRule {
        name: raw.rule_name,
        vault: raw.target_backup_vault_name,
        schedule: raw.schedule_expression,
        timezone: raw.schedule_expression_timezone,
        start_within_minutes: raw.start_window_minutes,
        delete_after_days,
        cold_after_days,
        continuous: raw.enable_continuous_backup.unwrap_or_default(),
        copies: copies.collect(),
    }
}

/// The name in a vault's ARN, `arn:aws:backup:<region>:<account>:backup-vault:<name>`
fn vault_of(arn: &str) -> Option<String> {
    arn.splitn(7, ':').nth(6).filter(|name| !name.is_empty()).map(str::to_owned)
}

#[cfg(test)]
mod tests;
