//! Cutting over (`rds-cut-over`): renames, and the targets of proxies. Nothing here deletes anything.
//!
//! # What a target group looks like
//!
//! A cluster that is registered is one row of type `TRACKED_CLUSTER`, which has no health, and one row of type `RDS_INSTANCE`
//! for each of its instances (AWS: "Modifying an RDS Proxy", the output of `describe-db-proxy-targets`). The rows of instances
//! name their cluster in `TrackedClusterId` (API: "blank when the target represents an RDS DB instance") — but in AWS's own
//! example they do not, so that in a group with one cluster, rows without it are taken for the cluster's: AWS lets a group have
//! either one cluster or one instance.
//!
//! Not verified on AWS: when `Role` is told for a row, and whether the row of the cluster ever has a health of its own. So a
//! cluster is healthy where every row that writes is `AVAILABLE`, or, as long as no row is said to write, every row that may;
//! with no row of an instance at all, its own row's word counts.

use std::collections::BTreeMap;

use aws_sdk_rds::types::{DbProxyTarget, TargetRole, TargetState, TargetType};

use super::error::{fault, incomplete};
use super::pages::{PAGE, walk};
use super::rds::Rds;
use super::rds_facts::lower;
use crate::fault::{Class, Fault};
use crate::ports::{CutOvers, Databases};
use crate::recover::{Health, ProxyFacts, Server, Target};

/// IAM actions of this file, with those of the reads that each rename rests on. There is none among them that deletes.
///
/// | actions | where they may be narrowed |
/// |---|---|
/// | `DescribeDBClusters`, `DescribeDBInstances` | nowhere: `Resource` is `*` |
/// | `ModifyDBCluster`, `ModifyDBInstance` | to the names before **and** after a rename, on the way there and back: the source, the source aside (`<source>-…`), and the recovery, clusters and their instances. No condition on tags holds for both: the source has none of ours. A condition on `rds:ManageMasterUserPassword` (`Null`) keeps passwords out of it. |
/// | `DescribeDBProxyTargets` | to the proxy and its target group (`db-proxy:*`, `target-group:*`): their ARNs end in ids, not names |
/// | `RegisterDBProxyTargets`, `DeregisterDBProxyTargets` | to the target group, and with it the clusters and instances that may be registered |
pub const ACTIONS: &[&str] = &[
    "rds:DescribeDBClusters",
    "rds:DescribeDBInstances",
    "rds:ModifyDBCluster",
    "rds:ModifyDBInstance",
    "rds:DescribeDBProxyTargets",
    "rds:DeregisterDBProxyTargets",
    "rds:RegisterDBProxyTargets",
];

const TARGETS: &str = "rds:DescribeDBProxyTargets";
const REGISTER: &str = "rds:RegisterDBProxyTargets";
const DEREGISTER: &str = "rds:DeregisterDBProxyTargets";

/// "That target is not in the group", with or without the suffix `Fault`
const NOT_REGISTERED: &str = "DBProxyTargetNotFound";

impl CutOvers for Rds {
    /// Needs `rds:ModifyDBCluster` and `rds:DescribeDBClusters`, or `rds:ModifyDBInstance` and `rds:DescribeDBInstances`.
    ///
    /// It is looked at once more just before: what is called `from` has to be the server that is meant. A name alone would
    /// rename whatever bears it now.
    async fn rename(&self, server: &Server, from: &str, to: &str) -> Result<(), Fault> {
        let operation = if server.clustered { "rds:ModifyDBCluster" } else { "rds:ModifyDBInstance" };
        let bearer = if server.clustered {
            self.cluster(from).await?.map(|cluster| (cluster.identifier, cluster.resource_id))
        } else {
            self.instance(from).await?.map(|instance| (instance.identifier, instance.resource_id))
        };
        let is_meant = |(name, id): &(String, String)| *name == from.to_lowercase() && *id == server.resource_id;
        if server.resource_id.is_empty() || !bearer.as_ref().is_some_and(is_meant) {
            let found = match bearer {
                Some((name, id)) => format!("{name} is {id}"),
                None => format!("nothing is called {from}"),
            };
            let said = format!("{} was to be renamed to {to}, and {found}; nothing was renamed", server.resource_id);
            return Err(Fault::new(Class::Conflict, operation, from, "", &said));
        }
        if server.clustered {
            let call = self.0.modify_db_cluster().db_cluster_identifier(from).new_db_cluster_identifier(to);
            let answer = call.apply_immediately(true).send().await;
            answer.map_err(|error| fault(operation, from, error)).map(drop)
        } else {
            let call = self.0.modify_db_instance().db_instance_identifier(from).new_db_instance_identifier(to);
            let answer = call.apply_immediately(true).send().await;
            answer.map_err(|error| fault(operation, from, error)).map(drop)
        }
    }

    /// Needs `rds:DescribeDBProxyTargets`. A group without targets has none; a proxy or a group that is not there is a fault.
    async fn proxy(&self, proxy: &str, group: &str) -> Result<ProxyFacts, Fault> {
        let call = self.0.describe_db_proxy_targets().db_proxy_name(proxy).target_group_name(group);
        let pages = call.into_paginator().page_size(PAGE).send();
        match walk(TARGETS, proxy, pages, |page| page.targets.unwrap_or_default()).await {
            Ok(rows) => facts(proxy, &rows),
            Err(fault) if fault.code.starts_with(NOT_REGISTERED) => Ok(ProxyFacts { targets: Vec::new() }),
            Err(fault) => Err(fault),
        }
    }

    /// Needs `rds:DescribeDBProxyTargets`, `rds:DeregisterDBProxyTargets` and `rds:RegisterDBProxyTargets`.
    ///
    /// The old one first: AWS lets a group have one target. Between the two calls the proxy has none and holds back what
    /// clients ask (AWS: "RDS Proxy queues or throttles"); if the second fails, only it is left to be asked for again.
    async fn retarget(&self, proxy: &str, group: &str, from: &Target, to: &Target) -> Result<(), Fault> {
        let facts = self.proxy(proxy, group).await?;
        let has = |wanted: &Target| facts.targets.iter().any(|(target, _)| target == wanted);
        if has(from) {
            let call = self.0.deregister_db_proxy_targets().db_proxy_name(proxy).target_group_name(group);
            let (clusters, instances) = named(from);
            let call = call.set_db_cluster_identifiers(clusters).set_db_instance_identifiers(instances);
            match call.send().await.map_err(|error| fault(DEREGISTER, proxy, error)) {
                Err(fault) if !fault.code.starts_with(NOT_REGISTERED) => return Err(fault),
                _ => {}
            }
        }
        if has(to) {
            return Ok(());
        }
        let call = self.0.register_db_proxy_targets().db_proxy_name(proxy).target_group_name(group);
        let (clusters, instances) = named(to);
        let call = call.set_db_cluster_identifiers(clusters).set_db_instance_identifiers(instances);
        match call.send().await.map_err(|error| fault(REGISTER, proxy, error)) {
            Err(fault) if fault.class != Class::AlreadyExists => Err(fault),
            _ => Ok(()),
        }
    }
}

/// A target as clusters and as instances, one of which is not said
fn named(target: &Target) -> (Option<Vec<String>>, Option<Vec<String>>) {
    let list = Some(vec![target.identifier.clone()]);
    if target.clustered { (list, None) } else { (None, list) }
}

/// The rows of a group as its targets
fn facts(proxy: &str, rows: &[DbProxyTarget]) -> Result<ProxyFacts, Fault> {
    let is_instance = |row: &DbProxyTarget| row.r#type == Some(TargetType::RdsInstance);
    let mut clusters: BTreeMap<String, Of<'_>> = BTreeMap::new();
    for row in rows.iter().filter(|row| !is_instance(row)) {
        let name = name(row.rds_resource_id()).or_else(|| name(row.tracked_cluster_id()));
        let name = name.ok_or_else(|| incomplete(TARGETS, proxy, "identifier of a target"))?;
        clusters.entry(name).or_default().own = Some(row);
    }
    let only_one = if clusters.len() == 1 { clusters.keys().next().cloned() } else { None };
    let mut targets = Vec::new();
    for row in rows.iter().filter(|row| is_instance(row)) {
        match name(row.tracked_cluster_id()).or_else(|| only_one.clone()) {
            Some(cluster) => clusters.entry(cluster).or_default().instances.push(row),
            None => {
                let identifier = name(row.rds_resource_id());
                let identifier = identifier.ok_or_else(|| incomplete(TARGETS, proxy, "identifier of a target"))?;
                targets.push((Target { identifier, clustered: false }, health(row)));
            }
        }
    }
    targets.extend(clusters.into_iter().map(|(identifier, of)| (Target { identifier, clustered: true }, of.health())));
    Ok(ProxyFacts { targets })
}

fn name(raw: Option<&str>) -> Option<String> {
    Some(lower(raw)).filter(|name| !name.is_empty())
}

/// The rows of one cluster
#[derive(Debug, Default)]
struct Of<'a> {
    own: Option<&'a DbProxyTarget>,
    instances: Vec<&'a DbProxyTarget>,
}

impl Of<'_> {
    fn health(&self) -> Health {
        if self.instances.is_empty() {
            return self.own.map_or(Health::Moving, health);
        }
        // Readers do not count. Where no row is said to write, each that is not said to read only may be the one.
        let role = |row: &DbProxyTarget, role: TargetRole| row.role == Some(role);
        let is_told = self.instances.iter().any(|row| role(row, TargetRole::ReadWrite));
        let may_write = |row: &DbProxyTarget| {
            if is_told { role(row, TargetRole::ReadWrite) } else { !role(row, TargetRole::ReadOnly) }
        };
        let mut of_writers = self.instances.iter().filter(|row| may_write(row)).map(|row| health(row)).peekable();
        if of_writers.peek().is_none() {
            return Health::Moving;
        }
        of_writers.find(|health| *health != Health::Available).unwrap_or(Health::Available)
    }
}

fn health(row: &DbProxyTarget) -> Health {
    match row.target_health().and_then(|health| health.state()) {
        Some(TargetState::Available) => Health::Available,
        Some(TargetState::Unavailable) => Health::Unavailable,
        _ => Health::Moving,
    }
}

#[cfg(test)]
mod tests;
