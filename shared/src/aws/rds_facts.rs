//! From RDS's types to our facts. Nothing is judged here: status words stay as they came, identifiers become lower case as
//! RDS stores them, and what AWS left out stays out.

use aws_sdk_rds::types::{
    DbCluster, DbClusterSnapshot, DbInstance, DbSnapshot, Event as RdsEvent, MasterUserSecret, Tag,
    VpcSecurityGroupMembership,
};
use aws_smithy_types::DateTime;
use jiff::Timestamp;

use super::time;
use crate::database::{
    Capacity, Cluster, Configuration, Engine, Event, Instance, ManagedSecret, Member, SecretState, Snapshot,
    SnapshotDetails, SnapshotKind, Tags, Window,
};

/// Name of every snapshot that AWS Backup made, whatever RDS says its type is
const AWS_BACKUP_PREFIX: &str = "awsbackup:";

pub(super) fn cluster(raw: DbCluster) -> Cluster {
    Cluster {
        identifier: lower(raw.db_cluster_identifier.as_deref()),
        arn: raw.db_cluster_arn.clone().unwrap_or_default(),
        resource_id: raw.db_cluster_resource_id.clone().unwrap_or_default(),
        engine: engine(raw.engine.as_deref()),
        engine_version: raw.engine_version.clone().unwrap_or_default(),
        status: raw.status.clone().unwrap_or_default(),
        created_at: time(raw.cluster_create_time.as_ref()),
        tags: tags(raw.tag_list()),
        endpoint: raw.endpoint.clone(),
        port: port(raw.port),
        members: members(&raw),
        window: Window {
            earliest: time(raw.earliest_restorable_time.as_ref()),
            latest: time(raw.latest_restorable_time.as_ref()),
        },
        database_name: raw.database_name.clone(),
        master_user: raw.master_username.clone(),
        secret: secret(raw.master_user_secret.as_ref()),
        configuration: cluster_configuration(raw),
    }
}

fn members(raw: &DbCluster) -> Vec<Member> {
    let members = raw.db_cluster_members().iter();
    members
        .map(|member| Member {
            instance: lower(member.db_instance_identifier()),
            writer: member.is_cluster_writer.unwrap_or_default(),
        })
        .collect()
}

fn cluster_configuration(raw: DbCluster) -> Configuration {
    let capacity = raw.serverless_v2_scaling_configuration.as_ref();
    Configuration {
        security_groups: security_groups(raw.vpc_security_groups()),
        capacity: capacity.and_then(|range| Some(Capacity { min: range.min_capacity?, max: range.max_capacity? })),
        subnet_group: raw.db_subnet_group,
        parameter_group: raw.db_cluster_parameter_group,
        option_group: None,
        iam_auth: raw.iam_database_authentication_enabled.unwrap_or_default(),
        log_exports: raw.enabled_cloudwatch_logs_exports.unwrap_or_default(),
        storage_type: raw.storage_type,
        storage_gib: raw.allocated_storage,
        kms_key: raw.kms_key_id,
        encrypted: raw.storage_encrypted.unwrap_or_default(),
        backup_retention_days: raw.backup_retention_period.unwrap_or_default(),
        deletion_protection: raw.deletion_protection.unwrap_or_default(),
        multi_az: raw.multi_az.unwrap_or_default(),
        class: raw.db_cluster_instance_class,
    }
}

pub(super) fn instance(raw: DbInstance) -> Instance {
    let endpoint = raw.endpoint.as_ref();
    Instance {
        identifier: lower(raw.db_instance_identifier.as_deref()),
        arn: raw.db_instance_arn.clone().unwrap_or_default(),
        resource_id: raw.dbi_resource_id.clone().unwrap_or_default(),
        engine: engine(raw.engine.as_deref()),
        engine_version: raw.engine_version.clone().unwrap_or_default(),
        status: raw.db_instance_status.clone().unwrap_or_default(),
        created_at: time(raw.instance_create_time.as_ref()),
        tags: tags(raw.tag_list()),
        cluster: raw.db_cluster_identifier.as_deref().map(str::to_lowercase),
        endpoint: endpoint.and_then(|endpoint| endpoint.address.clone()),
        port: endpoint.and_then(|endpoint| port(endpoint.port)).or_else(|| port(raw.db_instance_port)),
        latest_restorable: time(raw.latest_restorable_time.as_ref()),
        database_name: raw.db_name.clone(),
        master_user: raw.master_username.clone(),
        secret: secret(raw.master_user_secret.as_ref()),
        configuration: instance_configuration(raw),
    }
}

fn instance_configuration(raw: DbInstance) -> Configuration {
    let parameter_group = raw.db_parameter_groups().first().and_then(|group| group.db_parameter_group_name.clone());
    let option_group = raw.option_group_memberships().first().and_then(|group| group.option_group_name.clone());
    Configuration {
        security_groups: security_groups(raw.vpc_security_groups()),
        subnet_group: raw.db_subnet_group.and_then(|group| group.db_subnet_group_name),
        parameter_group,
        option_group,
        iam_auth: raw.iam_database_authentication_enabled.unwrap_or_default(),
        log_exports: raw.enabled_cloudwatch_logs_exports.unwrap_or_default(),
        capacity: None,
        storage_type: raw.storage_type,
        storage_gib: raw.allocated_storage,
        kms_key: raw.kms_key_id,
        encrypted: raw.storage_encrypted.unwrap_or_default(),
        backup_retention_days: raw.backup_retention_period.unwrap_or_default(),
        deletion_protection: raw.deletion_protection.unwrap_or_default(),
        multi_az: raw.multi_az.unwrap_or_default(),
        class: raw.db_instance_class,
    }
}

pub(super) fn cluster_snapshot(raw: DbClusterSnapshot) -> Snapshot {
    let identifier = lower(raw.db_cluster_snapshot_identifier.as_deref());
    Snapshot {
        kind: kind(raw.snapshot_type.as_deref(), &identifier),
        identifier,
        tags: tags(raw.tag_list()),
        arn: raw.db_cluster_snapshot_arn.unwrap_or_default(),
        source: lower(raw.db_cluster_identifier.as_deref()),
        status: raw.status.unwrap_or_default(),
        created_at: time(raw.snapshot_create_time.as_ref()),
        engine: engine(raw.engine.as_deref()),
        engine_version: raw.engine_version.unwrap_or_default(),
        encrypted: raw.storage_encrypted.unwrap_or_default(),
        storage_gib: raw.allocated_storage,
        details: SnapshotDetails {
            percent: raw.percent_progress,
            copied_from: raw.source_db_cluster_snapshot_arn,
            kms_key: raw.kms_key_id,
            vpc: raw.vpc_id,
            port: port(raw.port),
            ..SnapshotDetails::default()
        },
    }
}

pub(super) fn instance_snapshot(raw: DbSnapshot) -> Snapshot {
    let identifier = lower(raw.db_snapshot_identifier.as_deref());
    Snapshot {
        kind: kind(raw.snapshot_type.as_deref(), &identifier),
        identifier,
        tags: tags(raw.tag_list()),
        arn: raw.db_snapshot_arn.unwrap_or_default(),
        source: lower(raw.db_instance_identifier.as_deref()),
        status: raw.status.unwrap_or_default(),
        created_at: time(raw.snapshot_create_time.as_ref()),
        engine: engine(raw.engine.as_deref()),
        engine_version: raw.engine_version.unwrap_or_default(),
        encrypted: raw.encrypted.unwrap_or_default(),
        storage_gib: raw.allocated_storage,
        details: SnapshotDetails {
            percent: raw.percent_progress,
            original_created_at: time(raw.original_snapshot_create_time.as_ref()),
            copied_from: raw.source_db_snapshot_identifier,
            kms_key: raw.kms_key_id,
            option_group: raw.option_group_name,
            vpc: raw.vpc_id,
            port: port(raw.port),
            ..SnapshotDetails::default()
        },
    }
}

fn kind(word: Option<&str>, identifier: &str) -> SnapshotKind {
    if identifier.starts_with(AWS_BACKUP_PREFIX) {
        return SnapshotKind::AwsBackup;
    }
    match word {
        Some("automated") => SnapshotKind::Automated,
        Some("manual") => SnapshotKind::Manual,
        Some("awsbackup") => SnapshotKind::AwsBackup,
        _ => SnapshotKind::Other,
    }
}

/// An event without a time tells nothing that a record could keep.
pub(super) fn event(raw: RdsEvent) -> Option<Event> {
    let at = time(raw.date.as_ref())?;
    Some(Event { source: lower(raw.source_identifier.as_deref()), at, message: raw.message.unwrap_or_default() })
}

fn secret(raw: Option<&MasterUserSecret>) -> Option<ManagedSecret> {
    let raw = raw?;
    let state = match raw.secret_status.as_deref().unwrap_or_default() {
        "creating" => SecretState::Creating,
        "active" => SecretState::Active,
        "rotating" => SecretState::Rotating,
        "impaired" => SecretState::Impaired,
        other => SecretState::Other(other.to_owned()),
    };
    Some(ManagedSecret { arn: raw.secret_arn.clone()?, state })
}

fn security_groups(raw: &[VpcSecurityGroupMembership]) -> Vec<String> {
    raw.iter().filter_map(|group| group.vpc_security_group_id.clone()).collect()
}

pub(super) fn tags(raw: &[Tag]) -> Tags {
    let pairs = raw.iter().filter_map(|tag| Some((tag.key.clone()?, tag.value.clone().unwrap_or_default())));
    pairs.collect()
}

/// Our time as RDS's
pub(super) fn date_time(at: Timestamp) -> DateTime {
    DateTime::from_nanos(at.as_nanosecond()).unwrap_or(DateTime::from_secs(at.as_second()))
}

pub(super) fn engine(word: Option<&str>) -> Engine {
    Engine::from(word.unwrap_or_default())
}

pub(super) fn port(raw: Option<i32>) -> Option<u16> {
    // AWS writes 0 while there is no port yet.
    raw.and_then(|port| u16::try_from(port).ok()).filter(|port| *port != 0)
}

pub(super) fn lower(identifier: Option<&str>) -> String {
    identifier.unwrap_or_default().to_lowercase()
}

#[cfg(test)]
mod tests;
