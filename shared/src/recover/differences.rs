//! The copy read back, field by field against its blueprint: what differs, and the command that mends it.
//!
//! Every field of [`Settings`] and [`super::Member`] is compared: they are taken apart here without a rest, so that a field
//! that is added later does not compile until it is compared too.

mod found;
mod of_members;

use serde::{Deserialize, Serialize};

use self::found::{Found, on, yes};
use self::of_members::{of_member, of_members};
use super::blueprint::{Blueprint, Settings};
use crate::database::Engine;

/// One field that differs
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// Identifier of the copy's cluster or instance
    pub of: String,
    /// The field, in words
    pub field: String,
    /// As the source had it
    pub wanted: String,
    /// As the copy has it
    pub found: String,
    /// The command that mends it, as its arguments, not quoted yet; empty where no command does
    #[serde(default)]
    pub command: Vec<String>,
}

/// What differs between a blueprint and its copy, both as read. `run` is the copy's identifier.
///
/// Not compared, because they have to differ: identifiers, ARNs, tags of ours, the time it was read.
pub fn differences(wanted: &Blueprint, copy: &Blueprint, run: &str) -> Vec<Difference> {
    let clustered = wanted.kind.is_clustered();
    let mut found = Found { of: run.to_owned(), clustered, list: Vec::new() };
    found.text("engine version", &wanted.engine_version, &copy.engine_version, &[]);
    found.settings(&wanted.settings, &copy.settings, &wanted.engine, &copy.arn);
    let theirs = wanted.tags.iter().filter(|(key, _)| !key.starts_with("lifeboat:") && !key.starts_with("aws:"));
    for (key, value) in theirs {
        let has = copy.tags.get(key).map_or("", String::as_str);
        if !copy.tags.contains_key(key) || has != value {
            let tag = format!("Key={key},Value={value}");
            let command = ["aws", "rds", "add-tags-to-resource", "--resource-name", &copy.arn, "--tags", &tag];
            found.note(&format!("tag {key}"), value, if has.is_empty() { "none" } else { has }, &command);
        }
    }
    let mut list = found.list;
    if clustered {
        list.extend(of_members(wanted, copy, run));
    } else if let (Some(was), Some(is)) = (wanted.members.first(), copy.members.first()) {
        list.extend(of_member(was, is, run, false));
    }
    list
}

impl Found {
    #[expect(clippy::too_many_lines, reason = "every field is taken apart in one place")]
    fn settings(&mut self, wanted: &Settings, found: &Settings, engine: &Engine, arn: &str) {
        let Settings {
            security_groups,
            subnet_group,
            parameter_group,
            option_group,
            port,
            iam_auth,
            log_exports,
            roles,
            capacity,
            pause_after_seconds,
            storage_type,
            storage_gib,
            iops,
            throughput,
            grows_to_gib,
            kms_key,
            encrypted,
            backup_retention_days,
            backup_window,
            maintenance_window,
            deletion_protection,
            copy_tags_to_snapshot,
            multi_az,
            backtrack_seconds,
            http_endpoint,
            network_type,
            managed_secret,
            // Follows from the secret; AWS's own key is written in several ways.
            secret_key: _,
            extended_support,
        } = wanted;
        self.set("security groups", security_groups, &found.security_groups, "--vpc-security-group-ids");
        self.option("subnet group", subnet_group.as_deref(), found.subnet_group.as_deref(), "");
        let group = if self.clustered { "--db-cluster-parameter-group-name" } else { "--db-parameter-group-name" };
        self.option("parameter group", parameter_group.as_deref(), found.parameter_group.as_deref(), group);
        self.option("option group", option_group.as_deref(), found.option_group.as_deref(), "--option-group-name");
        let port_flag = if self.clustered { "--port" } else { "--db-port-number" };
        self.number("port", port.map(i32::from), found.port.map(i32::from), port_flag);
        self.truth("IAM database authentication", *iam_auth, found.iam_auth, "enable-iam-database-authentication");
        self.logs(log_exports, &found.log_exports);
        self.roles(roles, &found.roles);
        self.capacity(*capacity, found.capacity, *pause_after_seconds, found.pause_after_seconds);
        // AWS writes Aurora Standard as "aurora", as "" and as nothing at all.
        let plain = |kind: &Option<String>| kind.clone().filter(|kind| kind != "aurora" && !kind.is_empty());
        self.option(
            "storage type",
            plain(storage_type).as_deref(),
            plain(&found.storage_type).as_deref(),
            "--storage-type",
        );
        if !self.clustered {
            self.number("storage in GiB", *storage_gib, found.storage_gib, "--allocated-storage");
            self.number("IOPS", *iops, found.iops, "--iops");
            self.number("storage throughput", *throughput, found.throughput, "--storage-throughput");
            self.number("storage grows to GiB", *grows_to_gib, found.grows_to_gib, "--max-allocated-storage");
            self.truth("Multi-AZ", *multi_az, found.multi_az, "multi-az");
        }
        self.option("KMS key", kms_key.as_deref(), found.kms_key.as_deref(), "");
        if encrypted != &found.encrypted {
            self.note("encryption", yes(*encrypted), yes(found.encrypted), &[]);
        }
        self.number(
            "days of automated backups",
            Some(*backup_retention_days),
            Some(found.backup_retention_days),
            "--backup-retention-period",
        );
        self.option(
            "backup window",
            backup_window.as_deref(),
            found.backup_window.as_deref(),
            "--preferred-backup-window",
        );
        self.option(
            "maintenance window",
            maintenance_window.as_deref(),
            found.maintenance_window.as_deref(),
            "--preferred-maintenance-window",
        );
        self.truth("deletion protection", *deletion_protection, found.deletion_protection, "deletion-protection");
        self.truth(
            "tags go to snapshots",
            *copy_tags_to_snapshot,
            found.copy_tags_to_snapshot,
            "copy-tags-to-snapshot",
        );
        if *engine == Engine::AuroraMysql {
            let whole = |seconds: Option<i64>| {
                seconds.filter(|seconds| *seconds > 0).and_then(|seconds| i32::try_from(seconds).ok())
            };
            self.number(
                "backtrack in seconds",
                whole(*backtrack_seconds),
                whole(found.backtrack_seconds),
                "--backtrack-window",
            );
        }
        if *http_endpoint != found.http_endpoint {
            let call = if *http_endpoint { "enable-http-endpoint" } else { "disable-http-endpoint" };
            let command = ["aws", "rds", call, "--resource-arn", arn];
            self.note("Data API", on(*http_endpoint), on(found.http_endpoint), &command);
        }
        self.option("network type", network_type.as_deref(), found.network_type.as_deref(), "--network-type");
        self.truth(
            "master password managed by RDS",
            *managed_secret,
            found.managed_secret,
            "manage-master-user-password",
        );
        self.option("Extended Support", extended_support.as_deref(), found.extended_support.as_deref(), "");
    }
}
