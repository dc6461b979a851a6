//! How a drill's copy should be: its class, what a restore by AWS Backup is told, and what is set afterwards.

use super::plan::{Plan, SourceFacts};
use super::point::is_continuous;
use super::record::Record;
use super::told::Told;
use super::{Adjust, Point, Purpose, StartRestoreJob};
use crate::database::{Capacity, Configuration, Engine, RestoreMetadata};
use crate::verify::Login;

/// The class of a copy's instance where the policy names none: the smallest that every Aurora version of today takes
const SERVERLESS: &str = "db.serverless";
/// Its range: half a unit at rest, one under load, is enough to count rows
const SMALL: Capacity = Capacity { min: 0.5, max: 1.0 };
/// Role that AWS Backup makes for itself when it is first used in an account
const BACKUP_ROLE: &str = "service-role/AWSBackupDefaultServiceRole";

/// The policy's class; else Serverless v2 for Aurora, and the source's own for the rest
pub(super) fn class_of(plan: &Plan, source: &SourceFacts) -> Option<String> {
    let smallest = match source.engine {
        Engine::AuroraPostgresql | Engine::AuroraMysql => Some(SERVERLESS.to_owned()),
        _ => source.class.clone(),
    };
    plan.sandbox.instance_class.clone().or(smallest)
}

/// The Serverless v2 range that a copy of a class needs
pub(super) fn capacity_of(plan: &Plan, class: &str) -> Option<Capacity> {
    (class == SERVERLESS).then(|| plan.sandbox.capacity.unwrap_or(SMALL))
}

/// Days that a copy keeps backups of itself: none, where AWS allows that
pub(super) fn retention_of(clustered: bool) -> i32 {
    i32::from(clustered)
}

/// The policy's role; else the one that AWS Backup makes for itself, in the account of the source
pub(super) fn role_of(plan: &Plan, source_arn: &str) -> Option<String> {
    plan.sandbox.restore_role.clone().or_else(|| backup_role(source_arn))
}

/// The role that AWS Backup makes for itself in the account of an ARN
pub(crate) fn backup_role(arn: &str) -> Option<String> {
    let mut parts = arn.split(':');
    let (partition, account) = (parts.nth(1)?, parts.nth(2)?);
    let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    is_account.then(|| format!("arn:{partition}:iam::{account}:role/{BACKUP_ROLE}"))
}

/// What the copy is not yet, and neither its restore nor AWS Backup could be told: to be set once it is available
pub(super) fn adjustment(record: &Record, now: &Configuration) -> Option<Adjust> {
    let (plan, source) = (&record.plan, record.source.as_ref()?);
    let documents = source.engine == Engine::Docdb;
    if record.purpose == Purpose::Validation {
        return opening_of_test(record, source, now);
    }
    if !documents && !record.is_from_vault() {
        return None;
    }
    let clustered = plan.kind.is_clustered();
    let capacity = class_of(plan, source).filter(|_| clustered).and_then(|class| capacity_of(plan, &class));
    let iam = matches!(plan.login, Login::Iam { .. }) && !documents;
    let days = retention_of(clustered);
    let act = Adjust {
        identifier: record.copy.identifier.clone(),
        clustered,
        parameter_group: plan
            .sandbox
            .parameter_group
            .clone()
            .filter(|group| now.parameter_group.as_ref() != Some(group)),
        capacity: capacity.filter(|range| now.capacity != Some(*range)),
        iam_auth: (iam && !now.iam_auth).then_some(true),
        backup_retention_days: (now.backup_retention_days != days).then_some(days),
    };
    let is_needed = act.parameter_group.is_some()
        || act.capacity.is_some()
        || act.iam_auth.is_some()
        || act.backup_retention_days.is_some();
    is_needed.then_some(act)
}

/// What AWS Backup restored stays as it is, but for what nobody could get in without
fn opening_of_test(record: &Record, source: &SourceFacts, now: &Configuration) -> Option<Adjust> {
    let (plan, clustered) = (&record.plan, record.plan.kind.is_clustered());
    let capacity = class_of(plan, source).filter(|_| clustered).and_then(|class| capacity_of(plan, &class));
    let iam = matches!(plan.login, Login::Iam { .. }) && source.engine != Engine::Docdb;
    let act = Adjust {
        identifier: record.copy.identifier.clone(),
        clustered,
        parameter_group: None,
        // A serverless instance joins no cluster without a range.
        capacity: capacity.filter(|_| now.capacity.is_none()),
        iam_auth: (iam && !now.iam_auth).then_some(true),
        backup_retention_days: None,
    };
    (act.capacity.is_some() || act.iam_auth.is_some()).then_some(act)
}

/// The restore of a recovery point, from the record alone: the same record asks for the same thing, under the same token
pub(super) fn job_of(record: &Record) -> Option<StartRestoreJob> {
    let source = record.source.as_ref()?;
    let Some(Point::RecoveryPoint { arn, resource_type, .. }) = &record.point else {
        return None;
    };
    let act = StartRestoreJob {
        identifier: record.copy.identifier.clone(),
        recovery_point: arn.clone(),
        role: role_of(&record.plan, &source.arn)?,
        resource_type: resource_type.clone(),
        metadata: metadata_of(record, source)?,
        token: record.run.clone(),
    };
    makes_only(&act, &record.run).then_some(act)
}

/// Whether a restore by AWS Backup can make nothing but the copy of this run. The role that it restores with may make
/// anything, so no key may name another cluster or instance: production's name is free where production is gone.
pub fn makes_only(act: &StartRestoreJob, run: &str) -> bool {
    let mut names = act.metadata.iter().filter(|(key, _)| names_what_is_made(key)).map(|(_, name)| name).peekable();
    act.identifier == run && names.peek().is_some() && names.all(|name| name == run)
}

/// `dbClusterIdentifier`, `DBInstanceIdentifier`, `targetDBInstanceIdentifier`, … and not `sourceDBClusterIdentifier`
fn names_what_is_made(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    let of_the_source = key.starts_with("source");
    !of_the_source && (key.ends_with("clusteridentifier") || key.ends_with("instanceidentifier"))
}

/// What AWS Backup returned, with the copy's own place in it and without what is production's alone.
///
/// Keys are compared without case, because their case differs between points and between pages of the documentation: what
/// was returned is changed under the key that it came with, and only what is missing is added as documented (AWS Backup
/// guide, "Restore testing inferred metadata": lists are written as JSON arrays).
fn metadata_of(record: &Record, source: &SourceFacts) -> Option<RestoreMetadata> {
    let Some(Point::RecoveryPoint { arn, kms_key, metadata, .. }) = &record.point else {
        return None;
    };
    let (plan, clustered) = (&record.plan, record.plan.kind.is_clustered());
    let mut told = Told::of(metadata);
    for key in if clustered { &NOT_OF_A_CLUSTER[..] } else { &NOT_OF_AN_INSTANCE[..] } {
        told.leave_out(key);
    }
    told.leave_out_if("port", |port| port.is_empty() || port == "0");
    let groups = serde_json::to_string(&plan.sandbox.security_groups).ok()?;
    told.set_or_leave_out("dbSubnetGroupName", plan.sandbox.subnet_group.as_deref());
    told.set_or_leave_out(
        "vpcSecurityGroupIds",
        Some(groups.as_str()).filter(|_| !plan.sandbox.security_groups.is_empty()),
    );
    let group = if clustered { "dbClusterParameterGroupName" } else { "dbParameterGroupName" };
    told.set_or_leave_out(group, plan.sandbox.parameter_group.as_deref());
    for key in ["deletionProtection", "copyTagsToSnapshot"] {
        told.change(key, "false");
    }
    let iam = matches!(plan.login, Login::Iam { .. });
    told.change("enableIAMDatabaseAuthentication", if iam { "true" } else { "false" });
    if plan.region.is_some() {
        // A key belongs to its region: the point's own key is the one that opens it there.
        match kms_key {
            Some(key) => told.change("kmsKeyId", key),
            None => told.leave_out("kmsKeyId"),
        }
    }
    if is_continuous(arn) {
        told.leave_out("restoreToTime");
        told.leave_out("restoreTime");
        told.set("useLatestRestorableTime", "true");
    }
    if clustered {
        told.set("dbClusterIdentifier", &record.copy.identifier);
        told.add("engine", source.engine.word());
    } else {
        told.set("dbInstanceIdentifier", &record.copy.identifier);
        if let Some(class) = class_of(plan, source) {
            told.set("dbInstanceClass", &class);
        }
        for key in ["multiAz", "publiclyAccessible", "deletionProtection"] {
            told.set(key, "false");
        }
    }
    Some(told.done())
}

/// What is production's and not a copy's: its zones (those of another region are none here), its option group, its log
/// exports, its backtracking, its first generation of Serverless
const NOT_OF_A_CLUSTER: [&str; 5] =
    ["availabilityZones", "optionGroupName", "enableCloudwatchLogsExports", "backtrackWindow", "scalingConfiguration"];
/// The same of an instance; the snapshot is named by the point's ARN, and the name of a first database is refused by every
/// engine that Lifeboat restores (RDS API, `RestoreDBInstanceFromDBSnapshot.DBName`)
const NOT_OF_AN_INSTANCE: [&str; 8] = [
    "availabilityZone",
    "availabilityZones",
    "optionGroupName",
    "enableCloudwatchLogsExports",
    "domain",
    "domainIAMRoleName",
    "dbName",
    "dbSnapshotIdentifier",
];
