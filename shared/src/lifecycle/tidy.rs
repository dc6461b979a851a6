//! What AWS Backup left behind: recovery points that it could not delete, and copies of restore tests that it did not.
//! Neither is ours to delete; each is told with the command that does.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::database::{BackupJob, Cluster, Instance, PointFacts, Tags};
use crate::moment;
use crate::restore::Leftover;

/// A copy of a restore test is kept for its validation for a week at most; what is older is left behind, whatever the jobs
/// say (AWS Backup developer guide, "Restore testing": 1 to 168 hours)
pub const LONGEST_VALIDATION: SignedDuration = SignedDuration::from_hours(24 * 8);
/// How AWS Backup names and tags the copies of its restore tests
const RESTORE_TEST: &str = "awsbackup-restore-test";

/// Something that is left behind, with the command that deletes it
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftBehind {
    /// What it is
    pub left: Leftover,
    /// The command, as its arguments; none where none can be given
    pub command: Vec<String>,
}

fn command(args: &[&str], region: Option<&str>) -> Vec<String> {
    let region = region.into_iter().flat_map(|region| ["--region", region]);
    args.iter().copied().chain(region).map(str::to_owned).collect()
}

/// Recovery points that are past their time and still there: AWS Backup keeps them as `EXPIRED` and bills them.
pub fn expired_points(points: &[PointFacts]) -> Vec<LeftBehind> {
    let expired = points.iter().filter(|facts| facts.point.status == "EXPIRED");
    let told = expired.map(|facts| {
        let (vault, arn) = (facts.point.vault.as_str(), facts.point.arn.as_str());
        let why = facts.message.as_deref().unwrap_or("AWS Backup does not say why it could not delete it");
        let delete = ["aws", "backup", "delete-recovery-point", "--backup-vault-name", vault];
        let delete: Vec<&str> = delete.into_iter().chain(["--recovery-point-arn", arn]).collect();
        let left = Leftover {
            what: "recovery point".to_owned(),
            identifier: arn.to_owned(),
            run: None,
            note: format!("EXPIRED in the vault {vault}: {why}"),
            region: None,
        };
        LeftBehind { left, command: command(&delete, None) }
    });
    told.collect()
}

/// Copies of restore tests that AWS Backup did not delete. `jobs` are its restore jobs.
pub fn restore_tests(
    now: Timestamp,
    (clusters, instances): (&[Cluster], &[Instance]),
    jobs: &[BackupJob],
) -> Vec<LeftBehind> {
    let mut left = Vec::new();
    for one in instances {
        if let Some(note) = stays(now, (&one.identifier, &one.arn, &one.tags), one.created_at, jobs) {
            left.push(deletion("instance", &one.identifier, note));
        }
    }
    for one in clusters {
        if let Some(note) = stays(now, (&one.identifier, &one.arn, &one.tags), one.created_at, jobs) {
            left.push(deletion("cluster", &one.identifier, note));
        }
    }
    left
}

/// Why a copy of a restore test counts as left behind
fn stays(
    now: Timestamp,
    (identifier, arn, tags): (&str, &str, &Tags),
    created_at: Option<Timestamp>,
    jobs: &[BackupJob],
) -> Option<String> {
    if !identifier.starts_with(RESTORE_TEST) && !tags.keys().any(|key| key.starts_with(RESTORE_TEST)) {
        return None;
    }
    let job = jobs.iter().find(|job| job.is_test && job.made.as_deref() == Some(arn));
    if let Some((_, words)) = job.and_then(|job| job.deletion.as_ref()).filter(|(state, _)| state == "FAILED") {
        let words = words.as_deref().unwrap_or("it does not say why");
        return Some(format!("a restore test of AWS Backup, which failed to delete it: {words}"));
    }
    let age = now.duration_since(created_at?);
    (age > LONGEST_VALIDATION).then(|| format!("a restore test of AWS Backup, {} old", moment::duration(age)))
}

fn deletion(what: &str, identifier: &str, note: String) -> LeftBehind {
    let left = Leftover { what: what.to_owned(), identifier: identifier.to_owned(), run: None, note, region: None };
    let command = deleting(&left);
    LeftBehind { left, command }
}

/// What a sweep reported, with its command
pub fn reported(left: Vec<Leftover>) -> Vec<LeftBehind> {
    left.into_iter().map(|left| LeftBehind { command: deleting(&left), left }).collect()
}

fn deleting(left: &Leftover) -> Vec<String> {
    let (call, key, skip) = match left.what.as_str() {
        "instance" => ("delete-db-instance", "--db-instance-identifier", true),
        "cluster" => ("delete-db-cluster", "--db-cluster-identifier", true),
        "snapshot" => ("delete-db-snapshot", "--db-snapshot-identifier", false),
        "cluster snapshot" => ("delete-db-cluster-snapshot", "--db-cluster-snapshot-identifier", false),
        _ => return Vec::new(),
    };
    let skip = skip.then_some("--skip-final-snapshot");
    let args: Vec<&str> = ["aws", "rds", call, key, &left.identifier].into_iter().chain(skip).collect();
    command(&args, left.region.as_deref())
}

/// What was told of what is left behind (`lifecycle-left.json`), so that the same list is not mailed every day
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ToldLeft {
    /// When
    pub at: Option<Timestamp>,
    /// What, each with its region
    pub things: BTreeSet<String>,
}

/// The same list is mailed again after so long: it still costs money
pub const TOLD_AGAIN: SignedDuration = SignedDuration::from_hours(24 * 7);

impl ToldLeft {
    /// Key in the bucket
    pub const KEY: &'static str = "lifecycle-left.json";

    /// What stands there once this list was told; none where there is nothing new in it and the last mail is not old
    pub fn after(&self, now: Timestamp, all: &[LeftBehind]) -> Option<Self> {
        let name = |one: &LeftBehind| {
            let region = one.left.region.as_deref().unwrap_or_default();
            format!("{} {} {region}", one.left.what, one.left.identifier)
        };
        let things: BTreeSet<String> = all.iter().map(name).collect();
        let is_new = things.iter().any(|thing| !self.things.contains(thing));
        // A time from the future is no reason to be silent.
        let recently = self.at.is_some_and(|at| (SignedDuration::ZERO..TOLD_AGAIN).contains(&now.duration_since(at)));
        (!things.is_empty() && (is_new || !recently)).then_some(Self { at: Some(now), things })
    }
}
