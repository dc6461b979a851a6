//! Databases as they are set up (`rds-recover`): from RDS's types to blueprints. Nothing here is judged and nothing changed.
//!
//! What AWS left out stays out. AWS's own tags (`aws:…`) are left out too: nobody can give them to a copy.

use aws_sdk_rds::types::{DbCluster, DbClusterMember, DbInstance, Filter, MasterUserSecret};
use jiff::Timestamp;

use super::error::incomplete;
use super::pages::{PAGE, walk};
use super::rds::Rds;
use super::rds_facts::{cluster, instance, lower, tags};
use crate::database::{Cluster, Engine, Instance, Kind, Tags};
use crate::fault::{Class, Fault};
use crate::ports::Blueprints;
use crate::recover::{Blueprint, Insights, Member, ReadFrom, Server, Settings};

const CLUSTERS: &str = "rds:DescribeDBClusters";
const INSTANCES: &str = "rds:DescribeDBInstances";

/// Begins the keys of AWS's own tags
const OF_AWS: &str = "aws:";

impl Blueprints for Rds {
    /// Needs `rds:DescribeDBClusters` and `rds:DescribeDBInstances`.
    ///
    /// A cluster whose list of members names an instance that the list of instances does not have is read again later: a
    /// blueprint without a reader would bring back a smaller cluster and say nothing.
    async fn blueprint(&self, identifier: &str, clustered: bool) -> Result<Option<Blueprint>, Fault> {
        if !clustered {
            let found = self.raw_instance(identifier).await?;
            return found.map(|raw| of_instance(raw, self.read_at(INSTANCES, identifier)?)).transpose();
        }
        let Some(found) = self.raw_cluster(identifier).await? else { return Ok(None) };
        let name = lower(found.db_cluster_identifier());
        let instances = self.raw_instances("db-cluster-id", &name).await?;
        let of_it = instances.into_iter().filter(|raw| lower(raw.db_cluster_identifier()) == name).collect();
        Ok(Some(of_cluster(found, of_it, self.read_at(CLUSTERS, identifier)?)?))
    }

    /// Needs `rds:DescribeDBClusters` or `rds:DescribeDBInstances`. Whatever the filter lets through, only the id counts.
    async fn named(&self, server: &Server) -> Result<Option<(String, String)>, Fault> {
        let id = server.resource_id.as_str();
        if id.is_empty() {
            return Err(incomplete(if server.clustered { CLUSTERS } else { INSTANCES }, "", "resource id to look for"));
        }
        let mut found = if server.clustered {
            let all = self.raw_clusters("db-cluster-resource-id", id).await?.into_iter().map(cluster);
            let named = all.map(|Cluster { resource_id, identifier, status, .. }| (resource_id, identifier, status));
            named.collect::<Vec<_>>()
        } else {
            let all = self.raw_instances("dbi-resource-id", id).await?.into_iter().map(instance);
            let named = all.map(|Instance { resource_id, identifier, status, .. }| (resource_id, identifier, status));
            named.collect()
        };
        found.retain(|(resource_id, ..)| resource_id == id);
        Ok(found.pop().map(|(_, identifier, status)| (identifier, status)))
    }
}

impl Rds {
    async fn raw_cluster(&self, identifier: &str) -> Result<Option<DbCluster>, Fault> {
        let pages = self.0.describe_db_clusters().db_cluster_identifier(identifier).into_paginator().send();
        absent_or_first(walk(CLUSTERS, identifier, pages, |page| page.db_clusters.unwrap_or_default()).await)
    }

    async fn raw_instance(&self, identifier: &str) -> Result<Option<DbInstance>, Fault> {
        let pages = self.0.describe_db_instances().db_instance_identifier(identifier).into_paginator().send();
        absent_or_first(walk(INSTANCES, identifier, pages, |page| page.db_instances.unwrap_or_default()).await)
    }

    async fn raw_clusters(&self, filter: &str, value: &str) -> Result<Vec<DbCluster>, Fault> {
        let pages = self.0.describe_db_clusters().filters(only(filter, value)).into_paginator().page_size(PAGE).send();
        none_or_all(walk(CLUSTERS, value, pages, |page| page.db_clusters.unwrap_or_default()).await)
    }

    async fn raw_instances(&self, filter: &str, value: &str) -> Result<Vec<DbInstance>, Fault> {
        let pages = self.0.describe_db_instances().filters(only(filter, value)).into_paginator().page_size(PAGE).send();
        none_or_all(walk(INSTANCES, value, pages, |page| page.db_instances.unwrap_or_default()).await)
    }

    /// By the clock that signs the calls
    fn read_at(&self, operation: &'static str, identifier: &str) -> Result<Timestamp, Fault> {
        let now = self.0.config().time_source().unwrap_or_default().now();
        Timestamp::try_from(now).map_err(|error| incomplete(operation, identifier, "time").caused_by(error))
    }
}

fn only(name: &str, value: &str) -> Filter {
    Filter::builder().name(name).values(value).build()
}

fn absent_or_first<T>(found: Result<Vec<T>, Fault>) -> Result<Option<T>, Fault> {
    Ok(none_or_all(found)?.into_iter().next())
}

fn none_or_all<T>(found: Result<Vec<T>, Fault>) -> Result<Vec<T>, Fault> {
    match found {
        Err(fault) if fault.class == Class::NotFound => Ok(Vec::new()),
        found => found,
    }
}

fn of_cluster(raw: DbCluster, instances: Vec<DbInstance>, read_at: Timestamp) -> Result<Blueprint, Fault> {
    let members = members_of(&raw, instances)?;
    let mut settings = cluster_settings(&raw);
    let facts = cluster(raw);
    settings.security_groups = facts.configuration.security_groups;
    settings.log_exports = facts.configuration.log_exports;
    settings.capacity = facts.configuration.capacity;
    Ok(Blueprint {
        kind: if facts.engine == Engine::Docdb { Kind::Documentdb } else { Kind::Aurora },
        arn: had(CLUSTERS, &facts.identifier, "ARN", facts.arn)?,
        resource_id: had(CLUSTERS, &facts.identifier, "resource id", facts.resource_id)?,
        engine: facts.engine,
        engine_version: facts.engine_version,
        identifier: facts.identifier,
        database_name: facts.database_name,
        master_user: facts.master_user,
        tags: without_aws(facts.tags),
        settings,
        members,
        replicas: Vec::new(),
        read_from: ReadFrom::Source,
        read_at,
    })
}

/// The instances of a cluster, the writer first
fn members_of(raw: &DbCluster, instances: Vec<DbInstance>) -> Result<Vec<Member>, Fault> {
    let name = lower(raw.db_cluster_identifier());
    let rows = raw.db_cluster_members();
    let row_of = |identifier: &str| rows.iter().find(|row| lower(row.db_instance_identifier()) == identifier);
    let mut members: Vec<Member> = instances.into_iter().map(|raw| member(&raw)).collect();
    for member in &mut members {
        let row = row_of(&member.identifier);
        member.writer = row.and_then(DbClusterMember::is_cluster_writer).unwrap_or_default();
        member.tier = member.tier.or_else(|| row.and_then(DbClusterMember::promotion_tier));
    }
    for row in rows {
        let listed = lower(row.db_instance_identifier());
        if !members.iter().any(|member| member.identifier == listed) {
            return Err(incomplete(INSTANCES, &name, &format!("instance {listed}, which is a member of the cluster")));
        }
    }
    members.sort_by(|a, b| b.writer.cmp(&a.writer).then_with(|| a.identifier.cmp(&b.identifier)));
    Ok(members)
}

fn cluster_settings(raw: &DbCluster) -> Settings {
    let secret = raw.master_user_secret();
    let capacity = raw.serverless_v2_scaling_configuration();
    let roles = raw.associated_roles().iter().map(|role| (role.role_arn(), role.feature_name()));
    Settings {
        subnet_group: raw.db_subnet_group.clone(),
        parameter_group: raw.db_cluster_parameter_group.clone(),
        port: super::rds_facts::port(raw.port),
        iam_auth: raw.iam_database_authentication_enabled.unwrap_or_default(),
        roles: roles_of(roles),
        pause_after_seconds: capacity.and_then(|range| range.seconds_until_auto_pause),
        storage_type: raw.storage_type.clone(),
        kms_key: raw.kms_key_id.clone(),
        encrypted: raw.storage_encrypted.unwrap_or_default(),
        backup_retention_days: raw.backup_retention_period.unwrap_or_default(),
        backup_window: raw.preferred_backup_window.clone(),
        maintenance_window: raw.preferred_maintenance_window.clone(),
        deletion_protection: raw.deletion_protection.unwrap_or_default(),
        copy_tags_to_snapshot: raw.copy_tags_to_snapshot.unwrap_or_default(),
        // AWS says 0 where it is off.
        backtrack_seconds: raw.backtrack_window.filter(|seconds| *seconds > 0),
        http_endpoint: raw.http_endpoint_enabled.unwrap_or_default(),
        network_type: raw.network_type.clone(),
        managed_secret: secret.is_some(),
        secret_key: secret.and_then(MasterUserSecret::kms_key_id).map(str::to_owned),
        extended_support: raw.engine_lifecycle_support.clone(),
        // Storage, IOPS and zones of a cluster are AWS's own affair: Aurora always says 1 GiB.
        ..Settings::default()
    }
}

fn of_instance(raw: DbInstance, read_at: Timestamp) -> Result<Blueprint, Fault> {
    let mut alone = member(&raw);
    alone.writer = true;
    let mut settings = instance_settings(&raw);
    let replicas = raw.read_replica_db_instance_identifiers().iter().chain(raw.read_replica_db_cluster_identifiers());
    let replicas = replicas.cloned().collect();
    let facts = instance(raw);
    let configuration = facts.configuration;
    settings.security_groups = configuration.security_groups;
    settings.subnet_group = configuration.subnet_group;
    settings.parameter_group = configuration.parameter_group;
    settings.option_group = configuration.option_group;
    settings.log_exports = configuration.log_exports;
    settings.port = facts.port;
    Ok(Blueprint {
        kind: Kind::Rds,
        arn: had(INSTANCES, &facts.identifier, "ARN", facts.arn)?,
        resource_id: had(INSTANCES, &facts.identifier, "resource id", facts.resource_id)?,
        engine: facts.engine,
        engine_version: facts.engine_version,
        identifier: facts.identifier,
        database_name: facts.database_name,
        master_user: facts.master_user,
        tags: without_aws(facts.tags),
        settings,
        members: vec![alone],
        replicas,
        read_from: ReadFrom::Source,
        read_at,
    })
}

fn instance_settings(raw: &DbInstance) -> Settings {
    let secret = raw.master_user_secret();
    let roles = raw.associated_roles().iter().map(|role| (role.role_arn(), role.feature_name()));
    // AWS says 0 for what a type of storage does not have.
    let set = |number: Option<i32>| number.filter(|number| *number > 0);
    Settings {
        iam_auth: raw.iam_database_authentication_enabled.unwrap_or_default(),
        roles: roles_of(roles),
        storage_type: raw.storage_type.clone(),
        storage_gib: set(raw.allocated_storage),
        iops: set(raw.iops),
        throughput: set(raw.storage_throughput),
        grows_to_gib: set(raw.max_allocated_storage),
        kms_key: raw.kms_key_id.clone(),
        encrypted: raw.storage_encrypted.unwrap_or_default(),
        backup_retention_days: raw.backup_retention_period.unwrap_or_default(),
        backup_window: raw.preferred_backup_window.clone(),
        maintenance_window: raw.preferred_maintenance_window.clone(),
        deletion_protection: raw.deletion_protection.unwrap_or_default(),
        copy_tags_to_snapshot: raw.copy_tags_to_snapshot.unwrap_or_default(),
        multi_az: raw.multi_az.unwrap_or_default(),
        network_type: raw.network_type.clone(),
        managed_secret: secret.is_some(),
        secret_key: secret.and_then(MasterUserSecret::kms_key_id).map(str::to_owned),
        extended_support: raw.engine_lifecycle_support.clone(),
        ..Settings::default()
    }
}

fn member(raw: &DbInstance) -> Member {
    let insights = raw.performance_insights_enabled.unwrap_or_default();
    let group = raw.db_parameter_groups().first();
    Member {
        identifier: lower(raw.db_instance_identifier()),
        class: raw.db_instance_class.clone().unwrap_or_default(),
        writer: false,
        tier: raw.promotion_tier,
        zone: raw.availability_zone.clone(),
        parameter_group: group.and_then(|group| group.db_parameter_group_name.clone()),
        monitoring_seconds: raw.monitoring_interval.unwrap_or_default(),
        monitoring_role: raw.monitoring_role_arn.clone(),
        insights: insights.then(|| Insights {
            kms_key: raw.performance_insights_kms_key_id.clone(),
            days: raw.performance_insights_retention_period,
        }),
        publicly_accessible: raw.publicly_accessible.unwrap_or_default(),
        auto_minor_upgrade: raw.auto_minor_version_upgrade.unwrap_or_default(),
        certificate: raw.ca_certificate_identifier.clone(),
        maintenance_window: raw.preferred_maintenance_window.clone(),
        tags: without_aws(tags(raw.tag_list())),
    }
}

/// Roles with their features; AWS writes an empty feature for a role that is for all of them.
fn roles_of<'a>(roles: impl Iterator<Item = (Option<&'a str>, Option<&'a str>)>) -> Vec<(String, Option<String>)> {
    let named = |feature: Option<&str>| feature.filter(|feature| !feature.is_empty()).map(str::to_owned);
    roles.filter_map(|(role, feature)| Some((role?.to_owned(), named(feature)))).collect()
}

fn without_aws(mut tags: Tags) -> Tags {
    tags.retain(|key, _| !key.starts_with(OF_AWS));
    tags
}

/// What identifies a database has to be there: a blueprint without it cannot be acted on.
fn had(operation: &'static str, of: &str, what: &str, value: String) -> Result<String, Fault> {
    if value.is_empty() { Err(incomplete(operation, of, what)) } else { Ok(value) }
}

#[cfg(test)]
mod tests;
