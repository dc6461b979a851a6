//! The ports of the simulated AWS.

use jiff::{SignedDuration, Timestamp};
use lifeboat::database::{
    BackupJob, BackupPlan, Cluster, Engine, Event, Export, Instance, JobKind, PointFacts, RetainedBackup, Sharing,
    Snapshot, SnapshotDetails, SnapshotKind, Tags, Vault, Window,
};
use lifeboat::fault::{Class, Fault};
use lifeboat::lifecycle::{CopySnapshot, CreateSnapshot, Doomed, StartExport};
use lifeboat::mail::Metric;
use lifeboat::ports::{
    BackupFacts, Databases, DestroyDatabases, DestroySnapshots, LOOKED_AT, MakeSnapshots, Meter, Post, ReadSnapshots,
    Store, Stored,
};
use lifeboat::restore::{Leftover, Owned};

use crate::world::{Place, State};

const MAKING_TAKES: SignedDuration = SignedDuration::from_mins(30);

fn refused(class: Class, operation: &'static str, resource: &str, code: &str) -> Fault {
    Fault::new(class, operation, resource, code, "as AWS answers")
}

impl Databases for Place {
    async fn cluster(&self, identifier: &str) -> Result<Option<Cluster>, Fault> {
        self.call("cluster", identifier, |_| Ok(None)).await
    }
    async fn instance(&self, identifier: &str) -> Result<Option<Instance>, Fault> {
        self.call("instance", identifier, |_| Ok(None)).await
    }
    async fn instance_window(&self, identifier: &str) -> Result<Window, Fault> {
        self.call("instance_window", identifier, |_| Ok(Window::default())).await
    }
    async fn snapshots(&self, source: &str, _: bool) -> Result<Vec<Snapshot>, Fault> {
        self.call("snapshots", source, |state| {
            let manual = state.snapshots.get(&self.region).into_iter().flatten().map(|(_, one)| one);
            let all = state.automated.iter().chain(manual);
            Ok(all.filter(|one| one.source == source).cloned().collect())
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
        self.call("remains", "*", |state| Ok(state.remains.clone())).await
    }
}

impl DestroyDatabases for Place {
    async fn unprotect_cluster(&self, copy: &Owned<Cluster>) -> Result<(), Fault> {
        self.call("unprotect_cluster", &copy.get().identifier, |_| Ok(())).await
    }
    async fn unprotect_instance(&self, copy: &Owned<Instance>) -> Result<(), Fault> {
        self.call("unprotect_instance", &copy.get().identifier, |_| Ok(())).await
    }
    async fn start_cluster(&self, copy: &Owned<Cluster>) -> Result<(), Fault> {
        self.call("start_cluster", &copy.get().identifier, |_| Ok(())).await
    }
    async fn start_instance(&self, copy: &Owned<Instance>) -> Result<(), Fault> {
        self.call("start_instance", &copy.get().identifier, |_| Ok(())).await
    }
    async fn delete_instance(&self, copy: Owned<Instance>) -> Result<(), Fault> {
        let name = copy.get().identifier.clone();
        self.call("delete_instance", &name, |state| {
            state.instances.retain(|one| one.identifier != name);
            state.swept.push(name.clone());
            Ok(())
        })
        .await
    }
    async fn delete_cluster(&self, copy: Owned<Cluster>) -> Result<(), Fault> {
        let name = copy.get().identifier.clone();
        self.call("delete_cluster", &name, |state| {
            state.clusters.retain(|one| one.identifier != name);
            state.swept.push(name.clone());
            Ok(())
        })
        .await
    }
}

impl ReadSnapshots for Place {
    async fn manual(&self) -> Result<Vec<Snapshot>, Fault> {
        self.call("manual", &self.region, |state| {
            Ok(state.snapshots.get(&self.region).into_iter().flatten().map(|(_, one)| one.clone()).collect())
        })
        .await
    }
    async fn retained_of(&self, prefixes: &[&str]) -> Result<Vec<RetainedBackup>, Fault> {
        self.call("retained_of", "*", |state| {
            let of = state.retained.iter().map(|(_, one)| one);
            Ok(of.filter(|one| prefixes.iter().any(|prefix| one.identifier.starts_with(prefix))).cloned().collect())
        })
        .await
    }
    async fn again(&self, identifiers: &[String], clustered: bool) -> Result<Vec<Snapshot>, Fault> {
        assert!(!identifiers.is_empty() && identifiers.len() <= LOOKED_AT, "{} at once", identifiers.len());
        self.call("again", &identifiers[0], |state| {
            let all = state.snapshots.get(&self.region).into_iter().flatten().map(|(_, one)| one);
            let wanted = |one: &&Snapshot| {
                identifiers.contains(&one.identifier) && one.arn.contains(":cluster-snapshot:") == clustered
            };
            let mut found: Vec<Snapshot> = all.filter(wanted).cloned().collect();
            if state.tells_twice {
                found.extend(found.clone());
            }
            Ok(found)
        })
        .await
    }
    async fn snapshot(&self, name: &str) -> Result<Option<Snapshot>, Fault> {
        self.call("snapshot", name, |state| {
            let mut all = state.snapshots.get(&self.region).into_iter().flatten().map(|(_, one)| one);
            Ok(all.find(|one| one.identifier == name || one.arn == name).cloned())
        })
        .await
    }
    async fn sharing(&self, identifier: &str, _: bool) -> Result<Sharing, Fault> {
        self.call("sharing", identifier, |state| {
            let mut all = state.snapshots.get(&self.region).into_iter().flatten().map(|(_, one)| one);
            let Some(one) = all.find(|one| one.identifier == identifier) else {
                return Err(refused(Class::Backup, "sharing", identifier, "DBClusterSnapshotNotFoundFault"));
            };
            Ok(state.sharing.get(&one.arn).cloned().unwrap_or(Sharing::Private))
        })
        .await
    }
    async fn exports(&self, task: Option<&str>) -> Result<Vec<Export>, Fault> {
        self.call("exports", task.unwrap_or("*"), |state| {
            let region = |one: &&Export| one.source_arn.split(':').nth(3) == Some(self.region.as_str());
            let all = state.exports.iter().filter(region);
            let mut found: Vec<Export> = all.filter(|one| task.is_none_or(|task| one.task == task)).cloned().collect();
            if state.nameless_exports {
                for one in &mut found {
                    one.source_arn.clear();
                }
            }
            Ok(found)
        })
        .await
    }
}

impl MakeSnapshots for Place {
    async fn create(&self, act: &CreateSnapshot) -> Result<(), Fault> {
        self.call("create", &act.identifier, |state| {
            if state.names(&self.region).contains(&act.identifier) {
                return Err(refused(Class::AlreadyExists, "create", &act.identifier, "SnapshotAlreadyExists"));
            }
            if state.names(&self.region).len() >= state.quota {
                return Err(refused(Class::Quota, "create", &act.identifier, "SnapshotQuotaExceeded"));
            }
            let kind = if act.clustered { "cluster-snapshot" } else { "snapshot" };
            let arn = format!("arn:aws:rds:{}:123456789012:{kind}:{}", self.region, act.identifier);
            make(state, arn, &act.identifier, &act.source, act.tags.clone(), MAKING_TAKES);
            Ok(())
        })
        .await
    }
    async fn copy(&self, act: &CopySnapshot) -> Result<(), Fault> {
        self.call("copy", &act.target, |state| {
            assert_eq!(act.region, self.region, "a copy is asked for where it goes");
            if state.names(&self.region).contains(&act.target) {
                return Err(refused(Class::AlreadyExists, "copy", &act.target, "SnapshotAlreadyExists"));
            }
            let making = state.snapshots.get(&self.region).into_iter().flatten();
            let making = making.filter(|(_, one)| one.status == "creating").count();
            if making >= 5 {
                return Err(refused(Class::Quota, "copy", &act.target, "SnapshotQuotaExceeded"));
            }
            let home = act.source_arn.split(':').nth(3).unwrap();
            let source = state.snapshots[home][&act.source_arn].clone();
            assert_eq!(source.status, "available");
            let arn = format!("arn:aws:rds:{}:123456789012:cluster-snapshot:{}", self.region, act.target);
            let takes = state.copying_takes;
            make(state, arn.clone(), &act.target, &source.source, act.tags.clone(), takes);
            let copy = state.snapshots.get_mut(&self.region).unwrap().get_mut(&arn).unwrap();
            copy.details.copied_from = Some(act.source_arn.clone());
            Ok(())
        })
        .await
    }
    async fn export(&self, act: &StartExport) -> Result<(), Fault> {
        self.call("export", &act.task, |state| {
            if state.exports.iter().any(|one| one.task == act.task) {
                return Err(refused(Class::AlreadyExists, "export", &act.task, "ExportTaskAlreadyExists"));
            }
            state.exports.push(Export {
                task: act.task.clone(),
                source_arn: act.source_arn.clone(),
                status: "STARTING".to_owned(),
                percent: Some(0),
                failure: None,
                warning: None,
                gib: None,
                bucket: Some(act.bucket.clone()),
                prefix: act.prefix.clone(),
            });
            Ok(())
        })
        .await
    }
}

fn make(state: &mut State, arn: String, name: &str, source: &str, tags: Tags, takes: SignedDuration) {
    let now = state.now();
    state.ready_at.insert(arn.clone(), now + takes);
    state.add(Snapshot {
        identifier: name.to_owned(),
        arn,
        source: source.to_owned(),
        kind: SnapshotKind::Manual,
        status: "creating".to_owned(),
        created_at: Some(now),
        engine: Engine::AuroraPostgresql,
        engine_version: "16.4".to_owned(),
        encrypted: false,
        storage_gib: Some(120),
        tags,
        details: SnapshotDetails { percent: Some(0), ..SnapshotDetails::default() },
    });
}

impl DestroySnapshots for Place {
    async fn delete(&self, snapshot: Doomed<Snapshot>) -> Result<(), Fault> {
        let (arn, name) = (snapshot.get().arn.clone(), snapshot.get().identifier.clone());
        {
            let mut state = self.state();
            state.flying += 1;
            state.most_flying = state.most_flying.max(state.flying);
        }
        let result = self
            .call("delete", &name, |state| {
                assert!(!matches!(state.sharing.get(&arn), Some(Sharing::With(_))), "{name} is shared");
                if state.snapshots.get_mut(&self.region).unwrap().remove(&arn).is_none() {
                    return Err(refused(Class::Backup, "delete", &name, "DBClusterSnapshotNotFoundFault"));
                }
                state.deleted.push(arn.clone());
                Ok(())
            })
            .await;
        self.state().flying -= 1;
        result
    }
    async fn delete_expired(&self, snapshot: Owned<Snapshot>) -> Result<(), Fault> {
        let (arn, name) = (snapshot.get().arn.clone(), snapshot.get().identifier.clone());
        self.call("delete_expired", &name, |state| {
            state.snapshots.get_mut(&self.region).unwrap().remove(&arn);
            state.swept.push(name.clone());
            Ok(())
        })
        .await
    }
    async fn delete_retained(&self, backup: Owned<RetainedBackup>) -> Result<(), Fault> {
        let name = backup.get().identifier.clone();
        self.call("delete_retained", &name, |state| {
            state.retained.retain(|(_, one)| one.identifier != name);
            state.swept.push(name.clone());
            Ok(())
        })
        .await
    }
}

impl BackupFacts for Place {
    async fn vault(&self, name: &str) -> Result<Option<Vault>, Fault> {
        self.call("vault", name, |_| Ok(None)).await
    }
    async fn points(&self, vault: &str) -> Result<Vec<PointFacts>, Fault> {
        self.call("points", vault, |state| Ok(state.points.clone())).await
    }
    async fn jobs(&self, _: JobKind, _: Timestamp) -> Result<Vec<BackupJob>, Fault> {
        self.call("jobs", "*", |state| Ok(state.jobs.clone())).await
    }
    async fn plans(&self) -> Result<Vec<BackupPlan>, Fault> {
        self.call("plans", "*", |_| Ok(Vec::new())).await
    }
}

impl Store for Place {
    async fn read(&self, key: &str) -> Result<Option<Stored>, Fault> {
        self.call("read", key, |state| {
            let stored = state.objects.get(key);
            Ok(stored.map(|(body, etag)| Stored { body: body.clone(), etag: format!("\"{etag}\"") }))
        })
        .await
    }
    async fn create(&self, key: &str, body: Vec<u8>) -> Result<String, Fault> {
        self.call("write", key, |state| {
            if state.objects.contains_key(key) {
                return Err(refused(Class::Conflict, "write", key, "PreconditionFailed"));
            }
            Ok(state.put(key, body))
        })
        .await
    }
    async fn replace(&self, key: &str, body: Vec<u8>, etag: &str) -> Result<String, Fault> {
        self.call("write", key, |state| match state.objects.get(key) {
            None => Err(refused(Class::NotFound, "write", key, "NoSuchKey")),
            Some((_, now)) if format!("\"{now}\"") != etag => {
                Err(refused(Class::Conflict, "write", key, "PreconditionFailed"))
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
    async fn list(&self, prefix: &str, _: usize) -> Result<Vec<String>, Fault> {
        self.call("list", prefix, |state| {
            Ok(state.objects.keys().filter(|key| key.starts_with(prefix)).cloned().collect())
        })
        .await
    }
}

impl Post for Place {
    async fn send(&self, subject: &str, body: &str) -> Result<(), Fault> {
        let mail = (subject.to_owned(), body.to_owned());
        self.call("send", subject, |state| {
            state.mails.push(mail);
            Ok(())
        })
        .await
    }
}

impl Meter for Place {
    async fn measure(&self, metrics: &[Metric]) -> Result<(), Fault> {
        let values: Vec<(String, f64)> = metrics.iter().map(|one| (one.name.to_owned(), one.value)).collect();
        self.call("measure", "*", |state| {
            state.metrics.extend(values);
            Ok(())
        })
        .await
    }
}
