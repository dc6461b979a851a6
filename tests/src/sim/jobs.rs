//! AWS Backup of the simulated AWS: vaults, and restore jobs that make clusters and instances without our tags.

use jiff::{SignedDuration, Timestamp};
use lifeboat::database::{Engine, RecoveryPoint, RestoreJob, RestoreMetadata, Tags};
use lifeboat::fault::Fault;
use lifeboat::ports::Vaults;
use lifeboat::restore::StartRestoreJob;

use super::making::refused;
use super::{Place, State};

/// A job takes this long to begin to make something
const BEGINS_AFTER: SignedDuration = SignedDuration::from_secs(90);
/// And this long after it until it tells the ARN of what it makes
const TELLS_AFTER: SignedDuration = SignedDuration::from_secs(90);

/// A restore job
#[derive(Debug, Clone)]
pub struct Job {
    /// What it was asked for
    pub asked: StartRestoreJob,
    /// When
    pub at: Timestamp,
    /// ARN of what it made, whether it tells it or not
    pub made: Option<String>,
    /// Its message, once it has failed
    pub failed: Option<String>,
}

impl Job {
    fn is_of_instance(&self) -> bool {
        self.asked.resource_type == "RDS"
    }
}

fn value<'a>(metadata: &'a RestoreMetadata, key: &str) -> Option<&'a str> {
    metadata.iter().find(|(known, _)| known.eq_ignore_ascii_case(key)).map(|(_, value)| value.as_str())
}

impl State {
    /// Jobs that are due make what they were asked for
    pub(super) fn work_on_jobs(&mut self) {
        let (now, takes, fail) = (self.now, self.restore_takes, self.jobs_fail);
        let (clusters_become, instances_become) = (self.clusters_become, self.instances_become);
        for region in [&mut self.home, &mut self.away] {
            let due: Vec<(String, Job)> = region
                .jobs
                .iter()
                .filter(|(_, job)| job.at + BEGINS_AFTER <= now && job.made.is_none() && job.failed.is_none())
                .map(|(id, job)| (id.clone(), job.clone()))
                .collect();
            for (id, job) in due {
                let metadata = &job.asked.metadata;
                let of_instance = job.is_of_instance();
                let key = if of_instance { "dbInstanceIdentifier" } else { "dbClusterIdentifier" };
                let identifier = value(metadata, key).unwrap_or("no-name").to_owned();
                let taken = region.clusters.contains_key(&identifier) || region.instances.contains_key(&identifier);
                let failed = fail.map(str::to_owned).or_else(|| taken.then(|| format!("{identifier} already exists")));
                // AWS Backup passes none of our tags; what comes is the source's.
                let tags = Tags::from([("env".to_owned(), "production".to_owned())]);
                let mut made = None;
                if failed.is_none() {
                    let engine = Engine::from(value(metadata, "engine").unwrap_or("aurora-postgresql"));
                    let ready = now + takes;
                    if of_instance {
                        let thing = region.add_instance(&identifier, None, &engine, tags, now, ready);
                        thing.facts.configuration.backup_retention_days = 7;
                        thing.pinned = instances_become;
                        made = Some(thing.facts.arn.clone());
                    } else {
                        let thing = region.add_cluster(&identifier, &engine, tags, now, ready);
                        thing.pinned = clusters_become;
                        made = Some(thing.facts.arn.clone());
                    }
                }
                if let Some(job) = region.jobs.get_mut(&id) {
                    (job.made, job.failed) = (made, failed);
                }
            }
        }
    }
}

impl Vaults for Place {
    async fn recovery_points(&self, vault: &str, resource_arn: &str) -> Result<Vec<RecoveryPoint>, Fault> {
        let operation = "backup:ListRecoveryPointsByBackupVault";
        let list = |state: &mut State| {
            let Some(points) = state.region(self.name).vaults.get(vault) else {
                return Err(refused(operation, vault, "ResourceNotFoundException"));
            };
            let of = points.iter().map(|(point, _)| point).filter(|point| point.resource_arn == resource_arn);
            Ok(of.cloned().collect())
        };
        self.call(operation, vault, list).await
    }

    async fn restore_metadata(&self, vault: &str, recovery_point: &str) -> Result<RestoreMetadata, Fault> {
        let operation = "backup:GetRecoveryPointRestoreMetadata";
        let read = |state: &mut State| {
            let mut all = state.region(self.name).vaults.get(vault).into_iter().flatten();
            let found = all.find(|(point, _)| point.arn == recovery_point).map(|(_, metadata)| metadata.clone());
            found.ok_or_else(|| refused(operation, recovery_point, "ResourceNotFoundException"))
        };
        self.call(operation, recovery_point, read).await
    }

    async fn restore(&self, act: &StartRestoreJob) -> Result<String, Fault> {
        let start = |state: &mut State| {
            let now = state.now;
            let region = state.region(self.name);
            if let Some((id, _)) = region.jobs.iter().find(|(_, job)| job.asked.token == act.token) {
                return Ok(id.clone());
            }
            let id = format!("JOB-{}", region.jobs.len() + 1);
            region.jobs.insert(id.clone(), Job { asked: act.clone(), at: now, made: None, failed: None });
            Ok(id)
        };
        self.call("backup:StartRestoreJob", &act.identifier, start).await
    }

    async fn restore_job(&self, id: &str) -> Result<Option<RestoreJob>, Fault> {
        let read = |state: &mut State| {
            let now = state.now;
            let region = state.region(self.name);
            Ok(region.jobs.get(id).cloned().map(|job| {
                let made = job.made.as_deref().and_then(|arn| arn.rsplit(':').next());
                let up = made.is_some_and(|identifier| {
                    let cluster = region.cluster_now(now, identifier).map(|cluster| cluster.status);
                    let instance = region.instance_now(now, identifier).map(|instance| instance.status);
                    !matches!(cluster.or(instance).as_deref(), Some("creating"))
                });
                let status = match &job {
                    Job { failed: Some(_), .. } => "FAILED",
                    _ if up => "COMPLETED",
                    Job { made: Some(_), .. } => "RUNNING",
                    Job { .. } => "PENDING",
                };
                let tells = job.at + BEGINS_AFTER + TELLS_AFTER <= now;
                RestoreJob {
                    id: id.to_owned(),
                    status: status.to_owned(),
                    message: job.failed,
                    created_arn: job.made.filter(|_| tells),
                }
            }))
        };
        self.call("backup:DescribeRestoreJob", id, read).await
    }
}
