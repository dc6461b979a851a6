//! The ports of the simulated AWS.

use jiff::{SignedDuration, Timestamp};
use lifeboat::database::{
    BackupJob, BackupPlan, Cluster, Configuration, Engine, Event, Instance, JobKind, Key, ManagedSecret, Member as Of,
    PointFacts, Quota, RecoveryPoint, RestoreJob, RestoreMetadata, RetainedBackup, SecretState, Snapshot, Tags, Vault,
    Window,
};
use lifeboat::fault::{Class, Fault};
use lifeboat::mail::Metric;
use lifeboat::ports::{
    BackupFacts, Blueprints, CutOvers, DataCheck, Databases, Jobs, Keys, Meter, NamedSnapshots, Post, Quotas, Recover,
    Store, Stored, Vaults,
};
use lifeboat::recover::{
    Blueprint, Change, CreateMember, From, Health, Member, ProxyFacts, ReadFrom, RestoreCluster, RestoreInstance,
    Server, Settings, Target,
};
use lifeboat::restore::{Leftover, Point, StartRestoreJob};
use lifeboat::verify::CheckRequest;

use crate::things::{arn, configuration};
use crate::world::{Job, Sim, State};

pub(crate) const VOLUME_TAKES: SignedDuration = SignedDuration::from_mins(10);
pub(crate) const WRITER_TAKES: SignedDuration = SignedDuration::from_mins(8);
pub(crate) const NAMING_TAKES: SignedDuration = SignedDuration::from_mins(3);
pub(crate) const JOB_TAKES: SignedDuration = SignedDuration::from_mins(13);
const READER_TAKES: SignedDuration = SignedDuration::from_mins(12);
const RENAMING_TAKES: SignedDuration = SignedDuration::from_mins(2);
const TARGET_TAKES: SignedDuration = SignedDuration::from_mins(1);

fn refused(class: Class, resource: &str, code: &str) -> Fault {
    Fault::new(class, "sim", resource, code, "as AWS answers")
}

impl Databases for Sim {
    async fn cluster(&self, identifier: &str) -> Result<Option<Cluster>, Fault> {
        self.call("cluster", identifier, |state| Ok(state.cluster(identifier).cloned())).await
    }
    async fn instance(&self, identifier: &str) -> Result<Option<Instance>, Fault> {
        self.call("instance", identifier, |state| Ok(state.instance(identifier).cloned())).await
    }
    async fn instance_window(&self, identifier: &str) -> Result<Window, Fault> {
        self.call("instance_window", identifier, |state| Ok(state.windows.get(identifier).copied().unwrap_or_default()))
            .await
    }
    async fn snapshots(&self, source: &str, _: bool) -> Result<Vec<Snapshot>, Fault> {
        self.call("snapshots", source, |state| {
            Ok(state.snapshots.iter().filter(|one| one.source == source).cloned().collect())
        })
        .await
    }
    async fn retained(&self, identifier: &str, clustered: bool) -> Result<Vec<RetainedBackup>, Fault> {
        self.call("retained", identifier, |state| {
            let of = state.retained.iter().filter(|(of, one)| *of == clustered && one.identifier == identifier);
            Ok(of.map(|(_, one)| one.clone()).collect())
        })
        .await
    }
    async fn events(&self, id: &str, _: bool, _: Timestamp, _: Timestamp) -> Result<Vec<Event>, Fault> {
        self.call("events", id, |_| Ok(Vec::new())).await
    }
    async fn all_clusters(&self) -> Result<Vec<Cluster>, Fault> {
        self.call("all_clusters", "*", |state| Ok(state.clusters.clone())).await
    }
    async fn all_instances(&self) -> Result<Vec<Instance>, Fault> {
        self.call("all_instances", "*", |state| Ok(state.instances.clone())).await
    }
    async fn remains(&self, _: &[&str]) -> Result<Vec<Leftover>, Fault> {
        self.call("remains", "*", |_| Ok(Vec::new())).await
    }
}

impl Blueprints for Sim {
    async fn blueprint(&self, identifier: &str, clustered: bool) -> Result<Option<Blueprint>, Fault> {
        self.call("blueprint", identifier, |state| {
            let now = state.now();
            if clustered {
                let Some(cluster) = state.cluster(identifier) else { return Ok(None) };
                let members = cluster.members.iter().filter_map(|member| {
                    let instance = state.instance(&member.instance)?;
                    let mut of = state.members[&instance.resource_id].clone();
                    (of.identifier, of.writer) = (instance.identifier.clone(), member.writer);
                    of.tags = instance.tags.clone();
                    Some(of)
                });
                return Ok(Some(Blueprint {
                    kind: crate::things::kind_of(&cluster.engine),
                    engine: cluster.engine.clone(),
                    engine_version: cluster.engine_version.clone(),
                    identifier: identifier.to_owned(),
                    arn: cluster.arn.clone(),
                    resource_id: cluster.resource_id.clone(),
                    database_name: None,
                    master_user: None,
                    tags: cluster.tags.clone(),
                    settings: state.settings[&cluster.resource_id].clone(),
                    members: members.collect(),
                    replicas: Vec::new(),
                    read_from: ReadFrom::Source,
                    read_at: now,
                }));
            }
            let Some(instance) = state.instance(identifier) else { return Ok(None) };
            let mut member = state.members[&instance.resource_id].clone();
            (member.identifier, member.writer) = (instance.identifier.clone(), true);
            member.tags = instance.tags.clone();
            Ok(Some(Blueprint {
                kind: crate::things::kind_of(&instance.engine),
                engine: instance.engine.clone(),
                engine_version: instance.engine_version.clone(),
                identifier: identifier.to_owned(),
                arn: instance.arn.clone(),
                resource_id: instance.resource_id.clone(),
                database_name: None,
                master_user: None,
                tags: instance.tags.clone(),
                settings: state.settings[&instance.resource_id].clone(),
                members: vec![member],
                replicas: Vec::new(),
                read_from: ReadFrom::Source,
                read_at: now,
            }))
        })
        .await
    }

    async fn named(&self, server: &Server) -> Result<Option<(String, String)>, Fault> {
        self.call("named", &server.resource_id, |state| {
            let id = &server.resource_id;
            if server.clustered {
                let found = state.clusters.iter().find(|one| one.resource_id == *id);
                return Ok(found.map(|one| (one.identifier.clone(), one.status.clone())));
            }
            let found = state.instances.iter().find(|one| one.resource_id == *id);
            Ok(found.map(|one| (one.identifier.clone(), one.status.clone())))
        })
        .await
    }
}

/// Whether what a restore names can be restored
fn restorable(state: &State, from: &From, point: &Point, clustered: bool) -> Result<Engine, Fault> {
    if state.quota_is_full {
        return Err(refused(Class::Quota, "copy", "DBClusterQuotaExceededFault"));
    }
    if state.keys.values().any(|key| key.state == "Disabled") {
        return Err(refused(Class::Key, "copy", "KMSKeyNotAccessibleFault"));
    }
    let (window, engine) = match (from, point) {
        (_, Point::Snapshot { identifier, .. }) => {
            let found = state.snapshots.iter().find(|one| one.identifier == *identifier || one.arn == *identifier);
            let gone = || refused(Class::NotFound, identifier, "DBClusterSnapshotNotFoundFault");
            return found.map(|one| one.engine.clone()).ok_or_else(gone);
        }
        (From::Source(name), _) if clustered => {
            let found = state.cluster(name).map(|one| (one.window, one.engine.clone()));
            found.ok_or_else(|| refused(Class::NotFound, name, "DBClusterNotFoundFault"))?
        }
        (From::Source(name), _) => {
            let found = state.instance(name).map(|one| (state.windows[name], one.engine.clone()));
            found.ok_or_else(|| refused(Class::NotFound, name, "DBInstanceNotFound"))?
        }
        (From::Vault { .. }, _) => panic!("RDS restores no recovery points"),
        (From::Retained(id), _) => {
            let found = state.retained.iter().find(|(_, one)| one.resource_id == *id);
            let found = found.map(|(_, one)| (one.window, one.engine.clone()));
            found.ok_or_else(|| refused(Class::NotFound, id, "DBClusterNotFoundFault"))?
        }
    };
    let Point::Time { to } = point else { panic!("nobody restores {point:?}") };
    let inside = window.earliest.is_some_and(|at| *to >= at) && window.latest.is_some_and(|at| *to <= at);
    if inside { Ok(engine) } else { Err(refused(Class::Backup, "copy", "InvalidRestoreFault")) }
}

impl Recover for Sim {
    async fn restore_cluster(&self, act: &RestoreCluster) -> Result<(), Fault> {
        self.call("restore_cluster", &act.identifier, |state| {
            if state.cluster(&act.identifier).is_some() {
                return Err(refused(Class::AlreadyExists, &act.identifier, "DBClusterAlreadyExistsFault"));
            }
            restorable(state, &act.from, &act.point, true)?;
            let mut settings = act.settings.clone();
            (settings.encrypted, settings.kms_key) = (true, Some(crate::things::KEY.to_owned()));
            add_cluster(state, &act.identifier, act.engine.clone(), settings, act.tags.clone());
            Ok(())
        })
        .await
    }

    async fn restore_instance(&self, act: &RestoreInstance) -> Result<(), Fault> {
        self.call("restore_instance", &act.identifier, |state| {
            if state.instance(&act.identifier).is_some() {
                return Err(refused(Class::AlreadyExists, &act.identifier, "DBInstanceAlreadyExists"));
            }
            let engine = restorable(state, &act.from, &act.point, false)?;
            let mut settings = act.settings.clone();
            (settings.encrypted, settings.kms_key) = (true, Some(crate::things::KEY.to_owned()));
            let id = add_instance(state, &act.identifier, None, engine, act.tags.clone(), VOLUME_TAKES);
            let of = &mut state.instances.iter_mut().find(|one| one.resource_id == id).unwrap().configuration;
            *of = configuration(&settings);
            state.settings.insert(id.clone(), settings);
            state.members.insert(id, act.member.clone());
            Ok(())
        })
        .await
    }

    async fn create_member(&self, act: &CreateMember) -> Result<(), Fault> {
        let name = &act.member.identifier;
        self.call("create_member", name, |state| {
            if state.instance(name).is_some() {
                return Err(refused(Class::AlreadyExists, name, "DBInstanceAlreadyExists"));
            }
            if state.cluster(&act.cluster).is_none_or(|one| one.status != "available") {
                return Err(refused(Class::WrongState, name, "InvalidDBClusterStateFault"));
            }
            let range = state.cluster(&act.cluster).and_then(|one| state.settings[&one.resource_id].capacity);
            if act.member.class == "db.serverless" && range.is_none() {
                return Err(refused(Class::Configuration, name, "InvalidParameterCombination"));
            }
            let takes = if act.member.writer { WRITER_TAKES } else { READER_TAKES };
            let id = add_instance(state, name, Some(&act.cluster), act.engine.clone(), act.tags.clone(), takes);
            state.members.insert(id, act.member.clone());
            let cluster = state.clusters.iter_mut().find(|one| one.identifier == act.cluster).unwrap();
            let writer = cluster.members.is_empty();
            cluster.members.push(Of { instance: name.clone(), writer });
            Ok(())
        })
        .await
    }

    async fn change(&self, act: &Change) -> Result<(), Fault> {
        self.call("change", &act.identifier, |state| {
            let secret = act.managed_secret.is_some().then(|| ManagedSecret {
                arn: format!("arn:aws:secretsmanager:eu-west-1:123456789012:secret:{}", act.identifier),
                state: SecretState::Active,
            });
            let id = if act.clustered {
                let found = state.clusters.iter_mut().find(|one| one.identifier == act.identifier);
                let Some(one) = found else { return Err(refused(Class::NotFound, &act.identifier, "")) };
                assert!(one.tags.contains_key("lifeboat:run"), "production was changed: {act:?}");
                one.secret = secret.or(one.secret.take());
                one.resource_id.clone()
            } else {
                let found = state.instances.iter_mut().find(|one| one.identifier == act.identifier);
                let Some(one) = found else { return Err(refused(Class::NotFound, &act.identifier, "")) };
                assert!(one.tags.contains_key("lifeboat:run"), "production was changed: {act:?}");
                one.secret = secret.or(one.secret.take());
                one.resource_id.clone()
            };
            let settings = state.settings.get_mut(&id).unwrap();
            settings.managed_secret |= act.managed_secret.is_some();
            if let Some(Some(key)) = &act.managed_secret {
                settings.secret_key = Some(key.clone());
            }
            settings.maintenance_window = act.maintenance_window.clone().or(settings.maintenance_window.take());
            settings.backup_window = act.backup_window.clone().or(settings.backup_window.take());
            settings.parameter_group = act.parameter_group.clone().or(settings.parameter_group.take());
            settings.storage_type = act.storage_type.clone().or(settings.storage_type.take());
            settings.network_type = act.network_type.clone().or(settings.network_type.take());
            settings.grows_to_gib = act.grows_to_gib.or(settings.grows_to_gib);
            settings.backup_retention_days = act.backup_retention_days.unwrap_or(settings.backup_retention_days);
            settings.iam_auth = act.iam_auth.unwrap_or(settings.iam_auth);
            settings.deletion_protection = act.deletion_protection.unwrap_or(settings.deletion_protection);
            settings.copy_tags_to_snapshot = act.copy_tags_to_snapshot.unwrap_or(settings.copy_tags_to_snapshot);
            if let Some((range, pause)) = act.capacity {
                (settings.capacity, settings.pause_after_seconds) = (Some(range), pause);
            }
            Ok(())
        })
        .await
    }

    async fn add_role(&self, name: &str, _: bool, role: &str, feature: Option<&str>) -> Result<(), Fault> {
        self.call("add_role", name, |state| {
            let id = state.cluster(name).unwrap().resource_id.clone();
            let roles = &mut state.settings.get_mut(&id).unwrap().roles;
            let wanted = (role.to_owned(), feature.map(str::to_owned));
            if roles.contains(&wanted) {
                return Err(refused(Class::AlreadyExists, name, "DBClusterRoleAlreadyExists"));
            }
            roles.push(wanted);
            Ok(())
        })
        .await
    }

    async fn enable_http_endpoint(&self, arn: &str) -> Result<(), Fault> {
        self.call("enable_http_endpoint", arn, |state| {
            let id = state.clusters.iter().find(|one| one.arn == arn).unwrap().resource_id.clone();
            state.settings.get_mut(&id).unwrap().http_endpoint = true;
            Ok(())
        })
        .await
    }

    async fn adopt(&self, arn: &str, tags: &Tags) -> Result<(), Fault> {
        self.call("adopt", arn, |state| {
            let clusters = state.clusters.iter_mut().map(|one| (&one.arn, &mut one.tags));
            let instances = state.instances.iter_mut().map(|one| (&one.arn, &mut one.tags));
            for (_, theirs) in clusters.chain(instances).filter(|(of, _)| *of == arn) {
                assert!(!theirs.contains_key("team"), "production was given tags");
                theirs.extend(tags.clone());
            }
            Ok(())
        })
        .await
    }

    async fn extend(&self, arn: &str, expires_at: Timestamp) -> Result<(), Fault> {
        self.call("extend", arn, |state| {
            let clusters = state.clusters.iter_mut().map(|one| (&one.arn, &mut one.tags));
            let instances = state.instances.iter_mut().map(|one| (&one.arn, &mut one.tags));
            for (_, tags) in clusters.chain(instances).filter(|(of, _)| *of == arn) {
                tags.insert("lifeboat:expires-at".to_owned(), expires_at.to_string());
            }
            Ok(())
        })
        .await
    }
}

fn add_cluster(state: &mut State, name: &str, engine: Engine, settings: Settings, tags: Tags) {
    let id = state.id("cluster");
    let ready = state.now() + VOLUME_TAKES;
    state.ready_at.insert(id.clone(), ready);
    let cluster = Cluster {
        identifier: name.to_owned(),
        arn: arn("cluster", name),
        resource_id: id.clone(),
        engine,
        engine_version: "16.4".to_owned(),
        status: "creating".to_owned(),
        created_at: Some(state.now()),
        tags,
        endpoint: Some(format!("{name}.cluster-x.eu-west-1.rds.amazonaws.com")),
        port: settings.port,
        members: Vec::new(),
        window: Window::default(),
        database_name: None,
        master_user: None,
        secret: None,
        configuration: configuration(&settings),
    };
    state.settings.insert(id, settings);
    state.clusters.push(cluster);
    state.made.push(name.to_owned());
}

fn add_instance(
    state: &mut State,
    name: &str,
    cluster: Option<&str>,
    engine: Engine,
    tags: Tags,
    takes: SignedDuration,
) -> String {
    let id = state.id("db");
    let ready = state.now() + takes;
    state.ready_at.insert(id.clone(), ready);
    state.instances.push(Instance {
        identifier: name.to_owned(),
        arn: arn("db", name),
        resource_id: id.clone(),
        engine,
        engine_version: "16.4".to_owned(),
        status: "creating".to_owned(),
        created_at: Some(state.now()),
        tags,
        cluster: cluster.map(str::to_owned),
        endpoint: Some(format!("{name}.x.eu-west-1.rds.amazonaws.com")),
        port: Some(5432),
        latest_restorable: None,
        database_name: None,
        master_user: None,
        secret: None,
        configuration: Configuration::default(),
    });
    state.made.push(name.to_owned());
    id
}

impl CutOvers for Sim {
    async fn rename(&self, server: &Server, from: &str, to: &str) -> Result<(), Fault> {
        self.call("rename", from, |state| {
            let ready = state.now() + RENAMING_TAKES;
            let taken = if server.clustered { state.cluster(to).is_some() } else { state.instance(to).is_some() };
            let word = if server.clustered { "cluster" } else { "db" };
            let id = &server.resource_id;
            let (name, status, arn_of) = if server.clustered {
                let found = state.clusters.iter_mut().find(|one| one.resource_id == *id);
                let one = found.ok_or_else(|| refused(Class::NotFound, from, "DBClusterNotFoundFault"))?;
                (&mut one.identifier, &mut one.status, &mut one.arn)
            } else {
                let found = state.instances.iter_mut().find(|one| one.resource_id == *id);
                let one = found.ok_or_else(|| refused(Class::NotFound, from, "DBInstanceNotFound"))?;
                (&mut one.identifier, &mut one.status, &mut one.arn)
            };
            if name != from {
                return Err(refused(Class::NotFound, from, "DBClusterNotFoundFault"));
            }
            if status != "available" {
                return Err(refused(Class::WrongState, from, "InvalidDBClusterStateFault"));
            }
            if taken {
                return Err(refused(Class::AlreadyExists, to, "DBClusterAlreadyExistsFault"));
            }
            (*name, *status, *arn_of) = (to.to_owned(), "renaming".to_owned(), arn(word, to));
            state.ready_at.insert(id.clone(), ready);
            if server.clustered {
                for one in state.instances.iter_mut().filter(|one| one.cluster.as_deref() == Some(from)) {
                    one.cluster = Some(to.to_owned());
                }
            } else {
                let members = state.clusters.iter_mut().flat_map(|one| &mut one.members);
                for member in members.filter(|member| member.instance == from) {
                    to.clone_into(&mut member.instance);
                }
            }
            state.renamed.push((from.to_owned(), to.to_owned()));
            Ok(())
        })
        .await
    }

    async fn proxy(&self, proxy: &str, group: &str) -> Result<ProxyFacts, Fault> {
        self.call("proxy", proxy, |state| {
            let gone = || refused(Class::NotFound, proxy, "DBProxyNotFoundFault");
            assert_eq!(group, "default");
            let now = state.now();
            let health = |target: &Target, since: &Timestamp| {
                let is_up = *since <= now && !state.never_healthy.contains(&target.identifier);
                if is_up { Health::Available } else { Health::Moving }
            };
            let targets = state.proxies.get(proxy).ok_or_else(gone)?;
            Ok(ProxyFacts { targets: targets.iter().map(|(of, since)| (of.clone(), health(of, since))).collect() })
        })
        .await
    }

    async fn retarget(&self, proxy: &str, _: &str, from: &Target, to: &Target) -> Result<(), Fault> {
        self.call("retarget", proxy, |state| {
            let up = state.now() + TARGET_TAKES;
            let targets = state.proxies.get_mut(proxy).unwrap();
            targets.retain(|(target, _)| target != from);
            if targets.iter().all(|(target, _)| target != to) {
                targets.push((to.clone(), up));
            }
            Ok(())
        })
        .await
    }
}

impl BackupFacts for Sim {
    async fn vault(&self, name: &str) -> Result<Option<Vault>, Fault> {
        self.call("vault", name, |_| Ok(None)).await
    }
    async fn points(&self, vault: &str) -> Result<Vec<PointFacts>, Fault> {
        self.call("points", vault, |state| {
            let gone = || refused(Class::NotFound, vault, "ResourceNotFoundException");
            state.points.get(vault).cloned().ok_or_else(gone)
        })
        .await
    }
    async fn jobs(&self, _: JobKind, _: Timestamp) -> Result<Vec<BackupJob>, Fault> {
        self.call("jobs", "*", |_| Ok(Vec::new())).await
    }
    async fn plans(&self) -> Result<Vec<BackupPlan>, Fault> {
        self.call("plans", "*", |_| Ok(Vec::new())).await
    }
}

impl Vaults for Sim {
    async fn recovery_points(&self, vault: &str, _: &str) -> Result<Vec<RecoveryPoint>, Fault> {
        self.call("recovery_points", vault, |_| Ok(Vec::new())).await
    }
    async fn restore_metadata(&self, _: &str, point: &str) -> Result<RestoreMetadata, Fault> {
        self.call("restore_metadata", point, |state| Ok(state.returned.clone())).await
    }
    async fn restore(&self, act: &StartRestoreJob) -> Result<String, Fault> {
        self.call("start_restore_job", &act.identifier, |state| {
            if let Some(known) = state.jobs.iter().find(|job| job.token == act.token) {
                return Ok(known.id.clone());
            }
            let made = by_aws_backup(state, act);
            let (id, since) = (state.id("job"), state.now());
            state.jobs.push(Job { id: id.clone(), token: act.token.clone(), since, made });
            Ok(id)
        })
        .await
    }
    async fn restore_job(&self, id: &str) -> Result<Option<RestoreJob>, Fault> {
        self.call("restore_job", id, |state| {
            let (now, comes_to) = (state.now(), state.jobs_come_to);
            let job = state.jobs.iter().find(|job| job.id == id);
            Ok(job.map(|job| RestoreJob {
                id: job.id.clone(),
                status: if now >= job.since + JOB_TAKES { comes_to } else { "RUNNING" }.to_owned(),
                message: Some("as AWS Backup says".to_owned()),
                created_arn: (now >= job.since + NAMING_TAKES).then(|| job.made.clone()),
            }))
        })
        .await
    }
}

/// What AWS Backup makes: as it is told, and without a tag of ours
fn by_aws_backup(state: &mut State, act: &StartRestoreJob) -> String {
    let text = |key: &str| act.metadata.get(key).cloned();
    let list = |key: &str| text(key).map(|text| serde_json::from_str(&text).unwrap()).unwrap_or_default();
    let clustered = act.metadata.contains_key("dbClusterIdentifier");
    let name = text("dbClusterIdentifier").or(text("dbInstanceIdentifier")).unwrap();
    let settings = Settings {
        security_groups: list("vpcSecurityGroupIds"),
        subnet_group: text("dbSubnetGroupName"),
        parameter_group: text("dbClusterParameterGroupName").or(text("dbParameterGroupName")),
        port: text("port").and_then(|port| port.parse().ok()),
        iam_auth: text("enableIAMDatabaseAuthentication").as_deref() == Some("true"),
        log_exports: list("enableCloudwatchLogsExports"),
        storage_gib: Some(400).filter(|_| !clustered),
        kms_key: Some(crate::things::KEY.to_owned()),
        encrypted: true,
        backup_retention_days: 1,
        ..Settings::default()
    };
    if !clustered {
        let id = add_instance(state, &name, None, Engine::Postgres, Tags::new(), VOLUME_TAKES);
        let of = &mut state.instances.iter_mut().find(|one| one.resource_id == id).unwrap().configuration;
        *of = configuration(&settings);
        let class = text("dbInstanceClass").unwrap_or_default();
        let member = Member { identifier: name.clone(), class, writer: true, ..Member::default() };
        state.members.insert(id.clone(), member);
        state.settings.insert(id, settings);
        return arn("db", &name);
    }
    let engine = Engine::from(text("engine").unwrap());
    add_cluster(state, &name, engine, settings, Tags::new());
    arn("cluster", &name)
}

impl NamedSnapshots for Sim {
    async fn named_snapshot(&self, name: &str, _: bool) -> Result<Option<Snapshot>, Fault> {
        self.call("named_snapshot", name, |state| {
            Ok(state.snapshots.iter().find(|one| one.identifier == name || one.arn == name).cloned())
        })
        .await
    }
}

impl Quotas for Sim {
    async fn account_quotas(&self) -> Result<Vec<Quota>, Fault> {
        self.call("account_quotas", "*", |state| Ok(state.quotas.clone())).await
    }
}

impl Keys for Sim {
    async fn key(&self, arn: &str) -> Result<Option<Key>, Fault> {
        self.call("key", arn, |state| Ok(state.keys.get(arn).cloned())).await
    }
}

impl Jobs for Sim {
    async fn newest_failed_run(&self, job: &str) -> Result<Option<(String, Timestamp)>, Fault> {
        self.call("newest_failed_run", job, |state| Ok(state.failed_runs.get(job).cloned())).await
    }
}

impl DataCheck for Sim {
    async fn ask(&self, request: &CheckRequest) -> Result<(), Fault> {
        self.call("ask", &request.run, |state| {
            let at = state.now() + SignedDuration::from_mins(2);
            state.asked.push((request.clone(), at));
            Ok(())
        })
        .await
    }
}

impl Post for Sim {
    async fn send(&self, subject: &str, body: &str) -> Result<(), Fault> {
        self.call("send", "mail", |state| {
            state.mails.push((subject.to_owned(), body.to_owned()));
            Ok(())
        })
        .await
    }
}

impl Meter for Sim {
    async fn measure(&self, metrics: &[Metric]) -> Result<(), Fault> {
        self.call("measure", "metrics", |state| {
            state.beats += metrics.iter().filter(|metric| metric.name == "Heartbeat").count();
            Ok(())
        })
        .await
    }
}

impl Store for Sim {
    async fn read(&self, key: &str) -> Result<Option<Stored>, Fault> {
        self.call("read", key, |state| {
            let stored = state.objects.get(key);
            Ok(stored.map(|(body, etag)| Stored { body: body.clone(), etag: format!("\"{etag}\"") }))
        })
        .await
    }
    async fn create(&self, key: &str, body: Vec<u8>) -> Result<String, Fault> {
        self.call("create", key, |state| {
            if state.objects.contains_key(key) {
                return Err(refused(Class::Conflict, key, "PreconditionFailed"));
            }
            Ok(state.put(key, body))
        })
        .await
    }
    async fn replace(&self, key: &str, body: Vec<u8>, etag: &str) -> Result<String, Fault> {
        self.call("replace", key, |state| match state.objects.get(key) {
            None => Err(refused(Class::NotFound, key, "NoSuchKey")),
            Some((_, known)) if format!("\"{known}\"") != etag => {
                Err(refused(Class::Conflict, key, "PreconditionFailed"))
            }
            Some(_) => Ok(state.put(key, body)),
        })
        .await
    }
    async fn put(&self, key: &str, body: Vec<u8>, _: &str) -> Result<(), Fault> {
        self.call("put", key, |state| {
            state.put(key, body);
            Ok(())
        })
        .await
    }
    async fn remove(&self, key: &str) -> Result<(), Fault> {
        self.call("remove", key, |state| {
            state.objects.remove(key);
            Ok(())
        })
        .await
    }
    async fn list(&self, prefix: &str, most: usize) -> Result<Vec<String>, Fault> {
        self.call("list", prefix, |state| {
            let keys = state.keys_under(prefix);
            if keys.len() > most { Err(refused(Class::Permanent, prefix, "TooMany")) } else { Ok(keys) }
        })
        .await
    }
}
