//! Recovery points of AWS Backup: what their restore is told, and what they tell of a database that is gone.
//!
//! AWS Backup restores by a job, with a role of its own, and makes a copy without our tags. It is told where the copy goes and
//! what it is called; the rest is brought to the blueprint once the copy is the run's own (`build`).

use jiff::Timestamp;

use super::act::From;
use super::blueprint::{Blueprint, Member, ReadFrom, Settings};
use super::gone::with_care;
use super::resolve::Resolved;
use crate::database::{Engine, Kind, RecoveryPoint, RestoreMetadata, Tags};
use crate::policy::Mistakes;
use crate::restore::{Point, StartRestoreJob, Told, backup_role, is_continuous};

impl Resolved {
    /// A recovery point with what AWS Backup says that its restore needs, and with the role that it restores with: the policy's,
    /// or else the one that AWS Backup makes for itself in the account of the vault
    pub fn of_vault(self, returned: RestoreMetadata, restore_role: Option<&str>) -> Result<Self, Mistakes> {
        let Point::RecoveryPoint { arn, vault, resource_type, created_at, kms_key, .. } = self.point else {
            return Ok(self);
        };
        let Some(role) = restore_role.map(str::to_owned).or_else(|| backup_role(&arn)) else {
            let was =
                format!("is {arn}, whose account cannot be told, and with it the role that AWS Backup restores with");
            return Err(Mistakes::one("recovery_point", was, "sandbox.restore_role in the policy first", None));
        };
        let point = Point::RecoveryPoint { arn, vault, resource_type, created_at, kms_key, metadata: returned };
        Ok(Self { point, from: From::Vault { role }, ..self })
    }
}

/// The restore of a recovery point; none where the point is another kind of backup
pub(super) fn job(blueprint: &Blueprint, run: &str, point: &Point, role: &str) -> Option<StartRestoreJob> {
    let Point::RecoveryPoint { arn, resource_type, kms_key, metadata, .. } = point else { return None };
    Some(StartRestoreJob {
        identifier: run.to_owned(),
        recovery_point: arn.clone(),
        role: role.to_owned(),
        resource_type: resource_type.clone(),
        metadata: told(blueprint, run, (arn, kms_key.as_deref()), metadata),
        token: run.to_owned(),
    })
}

/// What a cluster's restore is never told: zones are AWS's to choose, the first generation of Serverless is no more
const NOT_OF_A_CLUSTER: [&str; 2] = ["availabilityZones", "scalingConfiguration"];
/// The same of an instance; the snapshot is named by the point's ARN, and the name of a first database is refused by every
/// engine that Lifeboat restores (RDS API, `RestoreDBInstanceFromDBSnapshot.DBName`)
const NOT_OF_AN_INSTANCE: [&str; 4] = ["availabilityZone", "availabilityZones", "dbName", "dbSnapshotIdentifier"];
/// What belongs to the region that the database lived in
const OF_ITS_REGION: [&str; 5] =
    ["dbSubnetGroupName", "vpcSecurityGroupIds", "optionGroupName", "domain", "domainIAMRoleName"];

/// What AWS Backup returned, with the copy's own name and what the blueprint knows in it. What the blueprint does not know stays
/// as the point has it: that is how the database was when it was backed up.
fn told(
    blueprint: &Blueprint,
    run: &str,
    (arn, key): (&str, Option<&str>),
    returned: &RestoreMetadata,
) -> RestoreMetadata {
    let (settings, clustered) = (&blueprint.settings, blueprint.kind.is_clustered());
    let knows = matches!(blueprint.read_from, ReadFrom::Source | ReadFrom::Record(_) | ReadFrom::Abroad(_));
    let mut told = Told::of(returned);
    for key in if clustered { &NOT_OF_A_CLUSTER[..] } else { &NOT_OF_AN_INSTANCE[..] } {
        told.leave_out(key);
    }
    if blueprint.is_abroad(arn) {
        for key in OF_ITS_REGION {
            told.leave_out(key);
        }
        // A key belongs to its region: the point's own is the one that opens it there.
        match key {
            Some(key) => told.change("kmsKeyId", key),
            None => told.leave_out("kmsKeyId"),
        }
    }
    told.leave_out_if("port", |port| port.is_empty() || port == "0");
    let group = if clustered { "dbClusterParameterGroupName" } else { "dbParameterGroupName" };
    let port = settings.port.map(|port| port.to_string());
    let texts = [
        ("dbSubnetGroupName", settings.subnet_group.as_deref()),
        (group, settings.parameter_group.as_deref()),
        ("optionGroupName", settings.option_group.as_deref().filter(|_| !clustered)),
        ("port", port.as_deref()),
    ];
    for (key, value) in texts {
        if let Some(value) = value {
            told.set(key, value);
        }
    }
    list(&mut told, "vpcSecurityGroupIds", &settings.security_groups, false);
    list(&mut told, "enableCloudwatchLogsExports", &settings.log_exports, knows);
    if knows {
        if blueprint.engine != Engine::Docdb {
            told.set("enableIAMDatabaseAuthentication", word(settings.iam_auth));
        }
        told.change("deletionProtection", word(settings.deletion_protection));
        told.change("copyTagsToSnapshot", word(settings.copy_tags_to_snapshot));
        let backtrack = settings.backtrack_seconds.filter(|seconds| *seconds > 0).map(|seconds| seconds.to_string());
        told.set_or_leave_out("backtrackWindow", backtrack.as_deref());
    }
    if is_continuous(arn) {
        told.leave_out("restoreToTime");
        told.leave_out("restoreTime");
        told.set("useLatestRestorableTime", "true");
    }
    if clustered {
        told.set("dbClusterIdentifier", run);
        told.add("engine", blueprint.engine.word());
    } else {
        told.set("dbInstanceIdentifier", run);
        of_instance(&mut told, blueprint, knows);
    }
    told.done()
}

fn of_instance(told: &mut Told, blueprint: &Blueprint, knows: bool) {
    let Some(member) = blueprint.members.first() else { return };
    if !member.class.is_empty() {
        told.set("dbInstanceClass", &member.class);
    }
    if knows {
        told.set("multiAz", word(blueprint.settings.multi_az));
        told.set("publiclyAccessible", word(member.publicly_accessible));
        told.change("autoMinorVersionUpgrade", word(member.auto_minor_upgrade));
        if let Some(zone) = member.zone.as_deref().filter(|_| !blueprint.settings.multi_az) {
            told.set("availabilityZone", zone);
        }
    }
}

/// Lists are written as JSON arrays (AWS Backup guide, "Restore testing inferred metadata"). `known` is whether an empty one is
/// known to be empty.
fn list(told: &mut Told, key: &str, list: &[String], known: bool) {
    if !list.is_empty() {
        told.set(key, &serde_json::json!(list).to_string());
    } else if known {
        told.leave_out(key);
    }
}

fn word(truth: bool) -> &'static str {
    if truth { "true" } else { "false" }
}

impl Blueprint {
    /// What a recovery point and its metadata tell of a database that is gone; none where they do not tell its engine
    pub fn of_point(point: &RecoveryPoint, returned: &RestoreMetadata, kind: Kind, now: Timestamp) -> Option<Self> {
        let told = Told::of(returned);
        let text = |key: &str| told.value(key).filter(|text| !text.is_empty()).map(str::to_owned);
        let list = |key: &str| text(key).and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        let is_on = |key: &str| text(key).as_deref() == Some("true");
        let engine = match (text("engine"), kind) {
            (Some(word), _) => Engine::from(word),
            (None, Kind::Documentdb) => Engine::Docdb,
            (None, _) => return None,
        };
        let clustered = kind.is_clustered();
        let identifier = point.resource_arn.rsplit(':').next().unwrap_or_default().to_owned();
        let settings = Settings {
            security_groups: list("vpcSecurityGroupIds"),
            subnet_group: text("dbSubnetGroupName"),
            parameter_group: text(if clustered { "dbClusterParameterGroupName" } else { "dbParameterGroupName" }),
            option_group: text("optionGroupName").filter(|_| !clustered),
            port: text("port").and_then(|port| port.parse().ok()).filter(|port| *port != 0),
            iam_auth: is_on("enableIAMDatabaseAuthentication"),
            log_exports: list("enableCloudwatchLogsExports"),
            kms_key: point.kms_key.clone(),
            encrypted: point.kms_key.is_some(),
            multi_az: is_on("multiAz"),
            ..Settings::default()
        };
        let class = text("dbInstanceClass").filter(|_| !clustered);
        let member = |class| Member { identifier: identifier.clone(), class, writer: true, ..Member::default() };
        Some(Self {
            kind,
            engine,
            engine_version: text("engineVersion").unwrap_or_default(),
            arn: point.resource_arn.clone(),
            resource_id: String::new(),
            database_name: None,
            master_user: None,
            tags: Tags::new(),
            settings: with_care(settings),
            members: class.map(member).into_iter().collect(),
            replicas: Vec::new(),
            read_from: ReadFrom::Backup,
            read_at: now,
            identifier,
        })
    }
}
