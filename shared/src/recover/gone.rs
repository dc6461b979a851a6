//! Blueprints of databases that nobody can read any more, and small ones: what is known, what is asked for by name, and what
//! an inspection leaves out.

use jiff::Timestamp;

use super::blueprint::{Blueprint, Member, ReadFrom, Settings};
use super::build::{MOST_MEMBERS, SERVERLESS};
use crate::database::{Capacity, Engine, Kind, RetainedBackup, Snapshot, Tags};
use crate::policy::Mistakes;
use crate::request::With;
use crate::restore::Sandbox;

/// Class of an inspection's instance where the policy names none: the smallest that every version of today takes
const SMALLEST: &str = "db.t4g.medium";
/// Its range: enough for a person who asks questions
const RANGE: Capacity = Capacity { min: 0.5, max: 4.0 };

/// Something that nobody here knows of a database
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// Its key in `with`
    pub key: &'static str,
    /// What comes of leaving it out
    pub why: &'static str,
    /// A value of the right form
    pub such_as: &'static str,
}

/// What a blueprint does not know and a recovery has to be told. Nothing is missing of what was read from the database
/// itself: what is not there then is not set.
pub fn missing(blueprint: &Blueprint) -> Vec<Missing> {
    if matches!(blueprint.read_from, ReadFrom::Source | ReadFrom::Record(_)) {
        return Vec::new();
    }
    let mut missing = Vec::new();
    let mut add = |is: bool, key, why, such_as| {
        if is {
            missing.push(Missing { key, why, such_as });
        }
    };
    let settings = &blueprint.settings;
    let network = "AWS would take its default one, where applications may not reach the copy";
    add(settings.subnet_group.is_none(), "subnet_group", network, "\"private\"");
    add(settings.security_groups.is_empty(), "security_groups", network, "[\"sg-0a1b2c3d\"]");
    let group = "AWS would take its default one: other limits, and for DocumentDB perhaps another answer about TLS";
    add(settings.parameter_group.is_none(), "parameter_group", group, default_group(&blueprint.engine));
    let classless = blueprint.members.is_empty() || blueprint.members.iter().any(|member| member.class.is_empty());
    add(classless, "instance_class", "an instance has to be of some class", "\"db.r6g.large\"");
    missing
}

/// The refusal that asks for what is missing, all at once
pub fn ask_for(blueprint: &Blueprint) -> Result<(), Mistakes> {
    let mut mistakes = Mistakes::default();
    let why = match &blueprint.read_from {
        ReadFrom::Abroad(run) => format!("was another one where {run} saw {}, in another region", blueprint.identifier),
        _ => format!("is not known: {} is gone, and no record remembers it", blueprint.identifier),
    };
    for missing in missing(blueprint) {
        let was = why.clone();
        let allowed = format!("its value, such as {}, as {}", missing.such_as, missing.why);
        mistakes.add(&format!("with.{}", missing.key), was, allowed, None);
    }
    if mistakes.is_empty() { Ok(()) } else { Err(mistakes) }
}

fn default_group(engine: &Engine) -> &'static str {
    match engine {
        Engine::AuroraPostgresql => "\"default.aurora-postgresql16\"",
        Engine::AuroraMysql => "\"default.aurora-mysql8.0\"",
        Engine::Postgres => "\"default.postgres16\"",
        Engine::Mysql => "\"default.mysql8.0\"",
        Engine::Mariadb => "\"default.mariadb10.11\"",
        Engine::Docdb | Engine::Other(_) => "\"default.docdb5.0\"",
    }
}

impl Blueprint {
    /// What RDS retained of a database that is gone
    pub fn of_retained(backup: &RetainedBackup, kind: Kind, now: Timestamp) -> Self {
        let settings = Settings {
            port: backup.port,
            kms_key: backup.kms_key.clone(),
            encrypted: backup.kms_key.is_some(),
            ..Settings::default()
        };
        Self {
            kind,
            engine: backup.engine.clone(),
            engine_version: backup.engine_version.clone(),
            identifier: backup.identifier.clone(),
            arn: backup.arn.clone(),
            resource_id: backup.resource_id.clone(),
            database_name: None,
            master_user: None,
            tags: Tags::new(),
            settings: with_care(settings),
            members: Vec::new(),
            replicas: Vec::new(),
            read_from: ReadFrom::Retained,
            read_at: now,
        }
    }

    /// What a snapshot tells of a database that is gone
    pub fn of_snapshot(snapshot: &Snapshot, kind: Kind, now: Timestamp) -> Self {
        let details = &snapshot.details;
        let settings = Settings {
            port: details.port,
            kms_key: details.kms_key.clone(),
            encrypted: snapshot.encrypted,
            option_group: details.option_group.clone().filter(|_| kind == Kind::Rds),
            ..Settings::default()
        };
        Self {
            kind,
            engine: snapshot.engine.clone(),
            engine_version: snapshot.engine_version.clone(),
            identifier: snapshot.source.clone(),
            arn: String::new(),
            resource_id: String::new(),
            database_name: None,
            master_user: None,
            tags: Tags::new(),
            settings: with_care(settings),
            members: Vec::new(),
            replicas: Vec::new(),
            read_from: ReadFrom::Backup,
            read_at: now,
        }
    }

    /// With what somebody says of it; that outweighs what is known
    #[must_use]
    pub fn with(&self, said: &With) -> Self {
        let mut blueprint = self.clone();
        let settings = &mut blueprint.settings;
        settings.subnet_group = said.subnet_group.clone().or(settings.subnet_group.take());
        settings.parameter_group = said.parameter_group.clone().or(settings.parameter_group.take());
        if let Some(groups) = &said.security_groups {
            settings.security_groups.clone_from(groups);
        }
        let members = &mut blueprint.members;
        if members.is_empty() && said.instance_class.is_some() {
            members.push(Member { identifier: self.identifier.clone(), writer: true, ..Member::default() });
        }
        if let (Some(readers), true) = (said.readers, self.kind.is_clustered()) {
            let wanted = usize::try_from(readers).unwrap_or_default().saturating_add(1).min(MOST_MEMBERS);
            members.sort_by_key(|member| !member.writer);
            members.truncate(wanted);
            // Another reader is like the last one that is known.
            if let Some(like) = members.last().cloned() {
                members.resize(wanted.max(members.len()), Member { writer: false, ..like });
            }
        }
        if let Some(class) = &said.instance_class {
            for member in members {
                member.class.clone_from(class);
            }
        }
        if said.instance_class.as_deref() == Some(SERVERLESS) && self.kind == Kind::Aurora {
            blueprint.settings.capacity = blueprint.settings.capacity.or(Some(RANGE));
        }
        blueprint
    }

    /// As small as it can be, to look into: one instance, no roles, no protection, the least of backups. Network, class and
    /// range are the sandbox's where the policy names them; what lets people in is the source's.
    #[must_use]
    pub fn for_inspection(&self, sandbox: &Sandbox) -> Self {
        let clustered = self.kind.is_clustered();
        let source = &self.settings;
        let writer = self.members.iter().find(|member| member.writer).or(self.members.first());
        let smallest = if self.kind == Kind::Aurora { SERVERLESS } else { SMALLEST };
        let class = sandbox.instance_class.clone().unwrap_or_else(|| smallest.to_owned());
        let groups =
            if sandbox.security_groups.is_empty() { &source.security_groups } else { &sandbox.security_groups };
        let settings = Settings {
            security_groups: groups.clone(),
            subnet_group: sandbox.subnet_group.clone().or_else(|| source.subnet_group.clone()),
            parameter_group: sandbox.parameter_group.clone().or_else(|| source.parameter_group.clone()),
            option_group: source.option_group.clone(),
            port: source.port,
            iam_auth: source.iam_auth,
            capacity: (class == SERVERLESS).then(|| sandbox.capacity.unwrap_or(RANGE)),
            storage_type: source.storage_type.clone(),
            storage_gib: source.storage_gib,
            iops: source.iops,
            throughput: source.throughput,
            kms_key: source.kms_key.clone(),
            encrypted: source.encrypted,
            backup_retention_days: i32::from(clustered),
            network_type: source.network_type.clone(),
            managed_secret: source.managed_secret,
            secret_key: source.secret_key.clone(),
            extended_support: source.extended_support.clone(),
            ..Settings::default()
        };
        let member = Member {
            identifier: writer.map_or_else(|| self.identifier.clone(), |writer| writer.identifier.clone()),
            class,
            writer: true,
            parameter_group: writer.and_then(|writer| writer.parameter_group.clone()),
            ..Member::default()
        };
        Self { settings, members: vec![member], replicas: Vec::new(), tags: Tags::new(), ..self.clone() }
    }
}

/// What a database that people rely on has, where nobody knows how it was
pub(super) fn with_care(settings: Settings) -> Settings {
    Settings { backup_retention_days: 7, deletion_protection: true, copy_tags_to_snapshot: true, ..settings }
}
