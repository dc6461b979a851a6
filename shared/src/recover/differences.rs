//! The copy read back, field by field against its blueprint: what differs, and the command that mends it.
//!
//! Every field of [`Settings`] and [`Member`] is compared: they are taken apart here without a rest, so that a field that is
//! added later does not compile until it is compared too.

use serde::{Deserialize, Serialize};

use super::blueprint::{Blueprint, Insights, Member, Settings};
use super::build::members;
use crate::database::{Capacity, Engine};

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
    found.settings(&wanted.settings, &copy.settings, &wanted.engine);
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

fn of_members(wanted: &Blueprint, copy: &Blueprint, run: &str) -> Vec<Difference> {
    let mut list = Vec::new();
    for member in members(wanted, run) {
        let Some(is) = copy.members.iter().find(|is| is.identifier == member.identifier) else {
            let engine = wanted.engine.word();
            let name = member.identifier.as_str();
            let mut command = vec!["aws", "rds", "create-db-instance", "--db-instance-identifier", name];
            command.extend(["--db-cluster-identifier", run, "--engine", engine, "--db-instance-class", &member.class]);
            list.push(Difference {
                of: member.identifier.clone(),
                field: "instance".to_owned(),
                wanted: member.class.clone(),
                found: "not there".to_owned(),
                command: command.into_iter().map(str::to_owned).collect(),
            });
            continue;
        };
        list.extend(of_member(&member, is, &member.identifier, true));
    }
    list
}

fn of_member(wanted: &Member, found: &Member, of: &str, in_cluster: bool) -> Vec<Difference> {
    let Member {
        identifier: _,
        class,
        // Which of them writes is the cluster's to say, and changes at a failover.
        writer: _,
        tier,
        zone,
        parameter_group,
        monitoring_seconds,
        monitoring_role,
        insights,
        publicly_accessible,
        auto_minor_upgrade,
        certificate,
        maintenance_window,
        // Asked for with the instance; those of the cluster are compared.
        tags: _,
    } = wanted;
    let mut list = Found { of: of.to_owned(), clustered: false, list: Vec::new() };
    list.text("class", class, &found.class, &["--db-instance-class", class]);
    if in_cluster {
        list.number("promotion tier", *tier, found.tier, "--promotion-tier");
        list.option(
            "maintenance window",
            maintenance_window.as_deref(),
            found.maintenance_window.as_deref(),
            "--preferred-maintenance-window",
        );
        list.option(
            "parameter group",
            parameter_group.as_deref(),
            found.parameter_group.as_deref(),
            "--db-parameter-group-name",
        );
    }
    list.option("availability zone", zone.as_deref(), found.zone.as_deref(), "");
    if *monitoring_seconds != found.monitoring_seconds {
        let seconds = monitoring_seconds.to_string();
        let mut args = vec!["--monitoring-interval", &seconds];
        if let Some(role) = monitoring_role {
            args.extend(["--monitoring-role-arn", role]);
        }
        list.changed(
            "Enhanced Monitoring",
            &format!("every {seconds} s"),
            &format!("every {} s", found.monitoring_seconds),
            &args,
        );
    }
    list.insights(insights.as_ref(), found.insights.as_ref());
    list.truth("reachable from the internet", *publicly_accessible, found.publicly_accessible, "publicly-accessible");
    list.truth("automatic minor versions", *auto_minor_upgrade, found.auto_minor_upgrade, "auto-minor-version-upgrade");
    list.option(
        "certificate authority",
        certificate.as_deref(),
        found.certificate.as_deref(),
        "--ca-certificate-identifier",
    );
    list.list
}

/// Differences under way
struct Found {
    of: String,
    clustered: bool,
    list: Vec<Difference>,
}

impl Found {
    fn settings(&mut self, wanted: &Settings, found: &Settings, engine: &Engine) {
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
            self.note("Data API", on(*http_endpoint), on(found.http_endpoint), &[]);
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

    fn note(&mut self, field: &str, wanted: &str, found: &str, command: &[&str]) {
        self.list.push(Difference {
            of: self.of.clone(),
            field: field.to_owned(),
            wanted: wanted.to_owned(),
            found: found.to_owned(),
            command: command.iter().map(|arg| (*arg).to_owned()).collect(),
        });
    }

    /// With the modify call of the cluster or instance and these arguments
    fn changed(&mut self, field: &str, wanted: &str, found: &str, args: &[&str]) {
        let of = self.of.clone();
        let mut command = if self.clustered {
            vec!["aws", "rds", "modify-db-cluster", "--db-cluster-identifier", &of]
        } else {
            vec!["aws", "rds", "modify-db-instance", "--db-instance-identifier", &of]
        };
        command.extend(args);
        command.push("--apply-immediately");
        let command = if args.is_empty() { Vec::new() } else { command };
        self.note(field, wanted, found, &command);
    }

    fn text(&mut self, field: &str, wanted: &str, found: &str, args: &[&str]) {
        if wanted != found {
            self.changed(field, named(wanted), named(found), args);
        }
    }

    /// What the blueprint does not know is not compared
    fn option(&mut self, field: &str, wanted: Option<&str>, found: Option<&str>, flag: &str) {
        if let Some(value) = wanted.filter(|value| Some(*value) != found) {
            let args = [flag, value];
            self.changed(field, value, found.unwrap_or("none"), if flag.is_empty() { &[] } else { &args });
        }
    }

    fn number(&mut self, field: &str, wanted: Option<i32>, found: Option<i32>, flag: &str) {
        let (wanted, found) = (wanted.map(|number| number.to_string()), found.map(|number| number.to_string()));
        self.option(field, wanted.as_deref(), found.as_deref(), flag);
    }

    fn truth(&mut self, field: &str, wanted: bool, found: bool, flag: &str) {
        if wanted != found {
            let flag = if wanted { format!("--{flag}") } else { format!("--no-{flag}") };
            self.changed(field, on(wanted), on(found), &[&flag]);
        }
    }

    fn set(&mut self, field: &str, wanted: &[String], found: &[String], flag: &str) {
        let sorted = |list: &[String]| {
            let mut list = list.to_vec();
            list.sort();
            list
        };
        if sorted(wanted) != sorted(found) {
            let mut args = vec![flag];
            args.extend(wanted.iter().map(String::as_str));
            let args = if wanted.is_empty() { &[][..] } else { &args };
            self.changed(field, &list_of(wanted), &list_of(found), args);
        }
    }

    fn logs(&mut self, wanted: &[String], found: &[String]) {
        let missing: Vec<&String> = wanted.iter().filter(|log| !found.contains(log)).collect();
        if !missing.is_empty() || found.len() > wanted.len() {
            let types = serde_json::json!({ "EnableLogTypes": missing }).to_string();
            let args = ["--cloudwatch-logs-export-configuration", &types];
            let args = if missing.is_empty() { &[][..] } else { &args };
            self.changed("exported logs", &list_of(wanted), &list_of(found), args);
        }
    }

    fn roles(&mut self, wanted: &[(String, Option<String>)], found: &[(String, Option<String>)]) {
        for (role, feature) in wanted.iter().filter(|role| !found.contains(role)) {
            let of = self.of.clone();
            let mut command = if self.clustered {
                vec!["aws", "rds", "add-role-to-db-cluster", "--db-cluster-identifier", &of]
            } else {
                vec!["aws", "rds", "add-role-to-db-instance", "--db-instance-identifier", &of]
            };
            command.extend(["--role-arn", role]);
            if let Some(feature) = feature {
                command.extend(["--feature-name", feature]);
            }
            self.note("role", role, "none", &command);
        }
    }

    fn capacity(&mut self, wanted: Option<Capacity>, found: Option<Capacity>, pause: Option<i32>, paused: Option<i32>) {
        let Some(range) = wanted else { return };
        if wanted == found && pause == paused {
            return;
        }
        let said = |range: Capacity, pause: Option<i32>| {
            let pause = pause.map_or_else(String::new, |seconds| format!(",SecondsUntilAutoPause={seconds}"));
            format!("MinCapacity={},MaxCapacity={}{pause}", range.min, range.max)
        };
        let words =
            |range: Option<Capacity>| range.map_or("none".to_owned(), |it| format!("{} to {} ACU", it.min, it.max));
        self.changed(
            "Serverless v2 range",
            &words(wanted),
            &words(found),
            &["--serverless-v2-scaling-configuration", &said(range, pause)],
        );
    }

    fn insights(&mut self, wanted: Option<&Insights>, found: Option<&Insights>) {
        if wanted.is_some() == found.is_some() && wanted.and_then(|it| it.days) == found.and_then(|it| it.days) {
            return;
        }
        let words = |it: Option<&Insights>| match it {
            Some(it) => it.days.map_or("on".to_owned(), |days| format!("on, {days} days")),
            None => "off".to_owned(),
        };
        let days = wanted.and_then(|it| it.days).map(|days| days.to_string());
        let mut args = vec!["--enable-performance-insights"];
        if let Some(days) = &days {
            args.extend(["--performance-insights-retention-period", days]);
        }
        let args = if wanted.is_some() { args } else { vec!["--no-enable-performance-insights"] };
        self.changed("Performance Insights", &words(wanted), &words(found), &args);
    }
}

fn named(text: &str) -> &str {
    if text.is_empty() { "none" } else { text }
}

fn on(is: bool) -> &'static str {
    if is { "on" } else { "off" }
}

fn yes(is: bool) -> &'static str {
    if is { "yes" } else { "no" }
}

fn list_of(list: &[String]) -> String {
    if list.is_empty() { "none".to_owned() } else { list.join(", ") }
}
