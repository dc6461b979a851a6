//! The ports of the world in memory.

use glue_alert::World;
use jiff::Timestamp;
use lifeboat::database::{Cluster, Event, Instance, RetainedBackup, Snapshot, Window};
use lifeboat::fault::{Class, Fault};
use lifeboat::glue::Run;
use lifeboat::mail::Metric;
use lifeboat::ports::{Clock, Databases, JobRuns, Meter, Post, Store, Stored};
use lifeboat::restore::Leftover;

use crate::world::Sim;

impl World for Sim {
    type Jobs = Self;
    type Databases = Self;
    type Store = Self;
    type Post = Self;
    type Meter = Self;
    type Clock = Self;

    fn jobs(&self) -> &Self {
        self
    }
    fn databases(&self) -> &Self {
        self
    }
    fn store(&self) -> &Self {
        self
    }
    fn post(&self) -> &Self {
        self
    }
    fn meter(&self) -> &Self {
        self
    }
    fn clock(&self) -> &Self {
        self
    }
}

impl Clock for Sim {
    fn now(&self) -> Timestamp {
        self.inside().now
    }
}

impl JobRuns for Sim {
    async fn job_runs(&self, job: &str) -> Result<Option<Vec<Run>>, Fault> {
        self.call("job_runs", job, |inside| Ok(inside.jobs.get(job).cloned())).await
    }
}

/// Of the reads of databases glue-alert makes those of one; the others are none of its business.
impl Databases for Sim {
    async fn cluster(&self, identifier: &str) -> Result<Option<Cluster>, Fault> {
        self.call("cluster", identifier, |inside| {
            Ok(inside.clusters.iter().find(|one| one.identifier == identifier).cloned())
        })
        .await
    }
    async fn instance(&self, identifier: &str) -> Result<Option<Instance>, Fault> {
        panic!("the instance {identifier} is asked for")
    }
    async fn instance_window(&self, identifier: &str) -> Result<Window, Fault> {
        panic!("the window of the instance {identifier} is asked for")
    }
    async fn snapshots(&self, source: &str, _: bool) -> Result<Vec<Snapshot>, Fault> {
        self.call("snapshots", source, |inside| Ok(inside.snapshots.clone())).await
    }
    async fn retained(&self, identifier: &str, _: bool) -> Result<Vec<RetainedBackup>, Fault> {
        self.call("retained", identifier, |_| Ok(Vec::new())).await
    }
    async fn events(&self, id: &str, _: bool, _: Timestamp, _: Timestamp) -> Result<Vec<Event>, Fault> {
        panic!("events of {id} are asked for")
    }
    async fn all_clusters(&self) -> Result<Vec<Cluster>, Fault> {
        panic!("all clusters are asked for")
    }
    async fn all_instances(&self) -> Result<Vec<Instance>, Fault> {
        panic!("all instances are asked for")
    }
    async fn remains(&self, _: &[&str]) -> Result<Vec<Leftover>, Fault> {
        panic!("remains are asked for")
    }
}

fn conflict(key: &str) -> Fault {
    Fault::new(Class::Conflict, "write", key, "PreconditionFailed", "somebody else wrote")
}

impl Store for Sim {
    async fn read(&self, key: &str) -> Result<Option<Stored>, Fault> {
        self.call("read", key, |inside| {
            let found = inside.objects.get(key);
            Ok(found.map(|(body, etag)| Stored { body: body.clone(), etag: etag.to_string() }))
        })
        .await
    }
    async fn create(&self, key: &str, body: Vec<u8>) -> Result<String, Fault> {
        self.call("write", key, |inside| {
            if inside.objects.contains_key(key) {
                return Err(conflict(key));
            }
            inside.written += 1;
            let etag = inside.written;
            inside.objects.insert(key.to_owned(), (body, etag));
            Ok(etag.to_string())
        })
        .await
    }
    async fn replace(&self, key: &str, body: Vec<u8>, etag: &str) -> Result<String, Fault> {
        self.call("write", key, |inside| {
            if inside.objects.get(key).is_none_or(|(_, now)| now.to_string() != etag) {
                return Err(conflict(key));
            }
            inside.written += 1;
            let etag = inside.written;
            inside.objects.insert(key.to_owned(), (body, etag));
            Ok(etag.to_string())
        })
        .await
    }
    async fn put(&self, key: &str, _: Vec<u8>, _: &str) -> Result<(), Fault> {
        panic!("{key} is written whatever is there")
    }
    async fn remove(&self, key: &str) -> Result<(), Fault> {
        panic!("{key} is removed")
    }
    async fn list(&self, prefix: &str, most: usize) -> Result<Vec<String>, Fault> {
        self.call("list", prefix, |inside| {
            let keys: Vec<String> = inside.objects.keys().filter(|key| key.starts_with(prefix)).cloned().collect();
            assert!(keys.len() <= most, "{prefix}");
            Ok(keys)
        })
        .await
    }
}

impl Post for Sim {
    async fn send(&self, subject: &str, body: &str) -> Result<(), Fault> {
        self.call("send", subject, |inside| {
            inside.mails.push((subject.to_owned(), body.to_owned()));
            Ok(())
        })
        .await
    }
}

impl Meter for Sim {
    async fn measure(&self, metrics: &[Metric]) -> Result<(), Fault> {
        self.call("measure", "", |inside| {
            inside.metrics.extend_from_slice(metrics);
            Ok(())
        })
        .await
    }
}
