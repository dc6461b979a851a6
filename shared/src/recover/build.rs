//! From a blueprint to the acts that build its copy, each with what it needs before it can be asked for.
//!
//! Whatever AWS takes with a restore is said there, so that the copy never stands under a default for a moment. The rest is
//! set once it is available. No act waits for one that it does not need: all instances are asked for side by side, and roles
//! and windows beside them.

use jiff::Timestamp;

use super::act::{Act, Change, CreateMember, From, RestoreCluster, RestoreInstance};
use super::blueprint::{Blueprint, Member, Settings};
use crate::database::{Engine, Tags};
use crate::restore::{Point, Purpose, copy_tags, instance_of};

/// Most tags that DocumentDB takes with an instance (its API, `CreateDBInstance`)
const TAGS_OF_A_DOCUMENTDB_INSTANCE: usize = 10;
/// Most tags of anything in RDS
const MOST_TAGS: usize = 50;
/// GiB from which a gp3 volume of MariaDB, MySQL and PostgreSQL can have more than its base (RDS, "General Purpose SSD storage")
const GP3_ABOVE_BASE_GIB: i32 = 400;
/// Class of the instances of Serverless v2
pub(super) const SERVERLESS: &str = "db.serverless";
/// Most instances of a cluster: a writer and fifteen readers
pub const MOST_MEMBERS: usize = 16;

/// What has to be there before an act can be asked for
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Need {
    /// Nothing
    Nothing,
    /// AWS Backup has named the copy that it made
    Job,
    /// The copy's volume, or the RDS instance, is available
    Volume,
    /// It is available, and what AWS Backup could not be told is set: an instance of Serverless v2 needs its range
    Settings,
    /// The cluster has an instance that is available: the master password and the Data API need one
    Server,
}

/// An act with its need
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The act
    pub act: Act,
    /// What it waits for
    pub needs: Need,
    /// Whether the database can be used without it: then it never holds up the handing over, and a refusal becomes a
    /// difference with the command that mends it
    pub optional: bool,
}

/// Every act of a recovery, in an order that a person would read them in.
///
/// `run` is the copy's identifier, `requested_at` and `expires_at` go into its tags.
pub fn steps(
    blueprint: &Blueprint,
    run: &str,
    purpose: Purpose,
    point: &Point,
    from: From,
    expires_at: Option<Timestamp>,
) -> Vec<Step> {
    let tags = tags_of(&blueprint.tags, run, purpose, &blueprint.identifier, expires_at, MOST_TAGS);
    let clustered = blueprint.kind.is_clustered();
    let mut steps = Vec::new();
    let by_job = match &from {
        From::Vault { role } => super::vault::job(blueprint, run, point, role),
        From::Source(_) | From::Retained(_) => None,
    };
    let from_vault = by_job.is_some();
    let restore = match by_job {
        Some(job) => Act::StartRestoreJob(Box::new(job)),
        None if clustered => Act::RestoreCluster(Box::new(RestoreCluster {
            identifier: run.to_owned(),
            from,
            point: point.clone(),
            engine: blueprint.engine.clone(),
            settings: told_at_restore(blueprint),
            tags: tags.clone(),
        })),
        None => Act::RestoreInstance(Box::new(RestoreInstance {
            identifier: run.to_owned(),
            from,
            point: point.clone(),
            settings: told_at_restore(blueprint),
            member: alone(blueprint, run),
            tags: tags.clone(),
        })),
    };
    steps.push(Step { act: restore, needs: Need::Nothing, optional: false });
    if from_vault {
        let act = Act::Adopt { identifier: run.to_owned(), clustered, tags };
        steps.push(Step { act, needs: Need::Job, optional: false });
    }
    if clustered {
        for member in members(blueprint, run) {
            let most = if blueprint.engine == Engine::Docdb { TAGS_OF_A_DOCUMENTDB_INSTANCE } else { MOST_TAGS };
            let tags = tags_of(&member.tags, run, purpose, &blueprint.identifier, expires_at, most);
            // A cluster without readers can be used; one without its writer cannot.
            let optional = !member.writer;
            let needs = if from_vault && member.class == SERVERLESS { Need::Settings } else { Need::Volume };
            let act = CreateMember { cluster: run.to_owned(), engine: blueprint.engine.clone(), member, tags };
            steps.push(Step { act: Act::CreateMember(Box::new(act)), needs, optional });
        }
    }
    let change = set_afterwards(blueprint, run, from_vault);
    if !change.is_empty() {
        // DocumentDB's parameter group says whether TLS is asked for: a copy without it is not the same database. And without
        // its range a cluster has no instances of Serverless v2.
        let optional = change.parameter_group.is_none() && change.capacity.is_none();
        steps.push(Step { act: Act::Change(Box::new(change)), needs: Need::Volume, optional });
    }
    if from_vault && purpose == Purpose::Recovery {
        let base = base(blueprint, run);
        if !base.is_empty() {
            // Storage that AWS changes holds up whatever else is asked for: the instances come first.
            steps.push(Step { act: Act::Change(Box::new(base)), needs: Need::Server, optional: true });
        }
    }
    for (role, feature) in &blueprint.settings.roles {
        let act = Act::AddRole { identifier: run.to_owned(), clustered, role: role.clone(), feature: feature.clone() };
        steps.push(Step { act, needs: Need::Volume, optional: true });
    }
    if blueprint.settings.managed_secret {
        let act = Change { managed_secret: Some(blueprint.settings.secret_key.clone()), ..Change::of(run, clustered) };
        let act = Act::Change(Box::new(act));
        steps.push(Step { act, needs: Need::Server, optional: true });
    }
    if clustered && blueprint.settings.http_endpoint {
        let act = Act::EnableHttpEndpoint { identifier: run.to_owned() };
        steps.push(Step { act, needs: Need::Server, optional: true });
    }
    steps
}

/// The instances under their new names: the writer is `<run>-1`
pub fn members(blueprint: &Blueprint, run: &str) -> Vec<Member> {
    let mut sorted: Vec<&Member> = blueprint.members.iter().take(MOST_MEMBERS).collect();
    sorted.sort_by_key(|member| !member.writer);
    let numbered = (1_u8..).zip(sorted);
    let renamed = numbered.map(|(number, member)| Member {
        identifier: instance_of(run, number),
        // Exactly the first one writes: of a source without a writer, any of them.
        writer: number == 1,
        ..member.clone()
    });
    renamed.collect()
}

fn alone(blueprint: &Blueprint, run: &str) -> Member {
    let member = blueprint.members.first().cloned().unwrap_or_default();
    Member { identifier: run.to_owned(), writer: true, ..member }
}

/// The settings that the engine's restore takes; the others are set afterwards. A key is left to AWS: the source's own.
fn told_at_restore(blueprint: &Blueprint) -> Settings {
    let mut settings = blueprint.settings.clone();
    settings.kms_key = None;
    settings.roles = Vec::new();
    settings.maintenance_window = None;
    settings.managed_secret = false;
    settings.secret_key = None;
    settings.http_endpoint = false;
    settings.grows_to_gib = None;
    let is_gp3 = settings.storage_type.as_deref() == Some("gp3");
    if is_gp3 && settings.storage_gib.is_some_and(|gib| gib < GP3_ABOVE_BASE_GIB) {
        // RDS tells the base of a small volume and takes neither back: "You can't specify IOPS or storage throughput".
        settings.iops = None;
        settings.throughput = None;
    }
    if blueprint.engine == Engine::Docdb {
        // Its restore knows neither (DocumentDB API, RestoreDBClusterToPointInTime).
        settings.parameter_group = None;
        settings.backup_window = None;
        settings.backup_retention_days = 0;
        settings.iam_auth = false;
        settings.backtrack_seconds = None;
        settings.extended_support = None;
    }
    if blueprint.engine != Engine::AuroraMysql {
        settings.backtrack_seconds = None;
    }
    settings
}

/// What is set once the copy is available
fn set_afterwards(blueprint: &Blueprint, run: &str, from_vault: bool) -> Change {
    let (settings, clustered) = (&blueprint.settings, blueprint.kind.is_clustered());
    let mut change = Change::of(run, clustered);
    change.maintenance_window.clone_from(&settings.maintenance_window);
    if blueprint.engine == Engine::Docdb {
        change.parameter_group.clone_from(&settings.parameter_group);
        change.backup_window.clone_from(&settings.backup_window);
        change.backup_retention_days = Some(settings.backup_retention_days).filter(|days| *days > 1);
    }
    if from_vault {
        not_told_to_aws_backup(blueprint, &mut change);
    }
    if !clustered {
        let member = alone(blueprint, run);
        change.grows_to_gib = settings.grows_to_gib;
        change.certificate = member.certificate;
        change.insights = member.insights;
        if member.monitoring_seconds > 0 {
            change.monitoring = Some((member.monitoring_seconds, member.monitoring_role));
        }
    }
    change
}

/// What a restore by RDS is told and one by AWS Backup is not, or not for certain
fn not_told_to_aws_backup(blueprint: &Blueprint, change: &mut Change) {
    let settings = &blueprint.settings;
    let documents = blueprint.engine == Engine::Docdb;
    change.backup_window.clone_from(&settings.backup_window);
    change.backup_retention_days = Some(settings.backup_retention_days).filter(|days| *days > 0);
    change.deletion_protection = Some(settings.deletion_protection);
    // Neither is known to DocumentDB (DocumentDB API, ModifyDBCluster).
    change.iam_auth = Some(settings.iam_auth).filter(|_| !documents);
    change.copy_tags_to_snapshot = Some(settings.copy_tags_to_snapshot).filter(|_| !documents);
    if blueprint.kind.is_clustered() {
        let pause = settings.pause_after_seconds.filter(|_| !documents);
        change.capacity = settings.capacity.map(|range| (range, pause));
    }
}

/// What a copy of AWS Backup stands on where its source stood on something else: the metadata of a restore has no word for it
fn base(blueprint: &Blueprint, run: &str) -> Change {
    let (settings, clustered) = (&blueprint.settings, blueprint.kind.is_clustered());
    let storage_type = settings.storage_type.clone().filter(|word| clustered && word.ends_with("iopt1"));
    let network_type = settings.network_type.clone().filter(|word| word == "DUAL");
    Change { storage_type, network_type, ..Change::of(run, clustered) }
}

/// The source's own tags, as far as there is room and AWS takes them back, and ours over them
fn tags_of(
    theirs: &Tags,
    run: &str,
    purpose: Purpose,
    source: &str,
    expires_at: Option<Timestamp>,
    most: usize,
) -> Tags {
    let ours = copy_tags(run, purpose, source, expires_at);
    let room = most.saturating_sub(ours.len());
    let fits = |key: &String| !key.starts_with("aws:") && !key.starts_with("rds:") && !key.starts_with("lifeboat:");
    let kept = theirs.iter().filter(|(key, _)| fits(key)).take(room);
    let mut tags: Tags = kept.map(|(key, value)| (key.clone(), value.clone())).collect();
    tags.extend(ours);
    tags
}
