//! Copies that restore testing made and could not delete. They cost as much as the database.

use super::super::{Asking, Finding, Mend, Severity, Sheet};
use super::{count, jobs, measure, unknown};
use crate::database::{BackupJob, Engine};

/// What AWS calls and tags them
const PREFIX: &str = "awsbackup-restore-test";
/// Copies that the finding lists
const MOST_LISTED: usize = 10;

pub(super) fn ask(asking: &Asking<'_>, sheet: &mut Sheet) {
    for jobs::Listed { region, last, jobs } in jobs::regions(asking) {
        let id = format!("restore-test-copies{last}");
        let jobs = match jobs {
            Ok(jobs) => jobs,
            Err(why) => {
                let title = "it is not known whether AWS Backup deleted the copies of its restore tests";
                sheet.unknown(id, None, title, &why);
                continue;
            }
        };
        let copies = Copies::of(asking, region);
        let failed = jobs.iter().filter(|job| job.deletion.as_ref().is_some_and(|(state, _)| state == "FAILED"));
        let left: Vec<&BackupJob> = failed.filter(|job| !copies.is_gone(job.made.as_deref())).collect();
        if let Some(first) = left.first() {
            found(sheet, id, &left, copies.mend(first.made.as_deref(), region));
        } else {
            match copies.none() {
                Some(true) => sheet.fine(id),
                // One may be under test, or left from before the list of jobs begins: nothing is said.
                Some(false) => {
                    sheet.silent(id, "a copy of a restore test stands, and no job read tells of its deletion");
                }
                None => {
                    let why = unknown(format!("the clusters or instances of {region} were not read"));
                    sheet.unknown(id, None, "it is not known whether copies of restore tests are left", &why);
                }
            }
        }
    }
}

fn found(sheet: &mut Sheet, id: String, left: &[&BackupJob], mend: Mend) {
    let line = |job: &&BackupJob| {
        let made = job.made.as_deref().unwrap_or("a copy whose name AWS does not say");
        let words = job.deletion.as_ref().and_then(|(_, words)| words.as_deref());
        format!("{made} (restore job {}): {}", job.id, words.unwrap_or("AWS gives no reason"))
    };
    let mut evidence: Vec<String> = left.iter().take(MOST_LISTED).map(line).collect();
    if left.len() > MOST_LISTED {
        evidence.push(format!("and {} more", left.len() - MOST_LISTED));
    }
    let number = if left.len() == 1 { "a copy".to_owned() } else { format!("{} copies", left.len()) };
    sheet.found(Finding {
        id,
        database: None,
        severity: Severity::Medium,
        title: format!("AWS Backup could not delete {number} that {} made", count(left.len(), "restore test")),
        evidence,
        why: "A copy that stays costs as much as its database and holds the same data.".to_owned(),
        mend,
        measure: measure(left.len()),
    });
}

/// What stands in a region, where its lists could be read
struct Copies<'a> {
    clusters: Option<Vec<(&'a str, &'a Engine, Option<&'a str>)>>,
    instances: Option<Vec<(&'a str, &'a Engine)>>,
}

impl<'a> Copies<'a> {
    fn of(asking: &Asking<'a>, region: &str) -> Self {
        let region = asking.world.regions.get(region);
        let clusters = region.and_then(|region| region.clusters.as_ref()?.as_ref().ok());
        let instances = region.and_then(|region| region.instances.as_ref()?.as_ref().ok());
        Self {
            clusters: clusters.map(|all| {
                let member = |kept: &'a crate::database::Kept<crate::database::Cluster>| {
                    kept.facts.members.first().map(|member| member.instance.as_str())
                };
                all.iter().map(|kept| (kept.facts.arn.as_str(), &kept.facts.engine, member(kept))).collect()
            }),
            instances: instances
                .map(|all| all.iter().map(|kept| (kept.facts.arn.as_str(), &kept.facts.engine)).collect()),
        }
    }

    fn arns(&self) -> Option<Vec<&'a str>> {
        let clusters = self.clusters.as_ref()?.iter().map(|(arn, ..)| *arn);
        Some(clusters.chain(self.instances.as_ref()?.iter().map(|(arn, _)| *arn)).collect())
    }

    /// Gone for certain: both lists were read, and it is on none
    fn is_gone(&self, made: Option<&str>) -> bool {
        made.zip(self.arns()).is_some_and(|(made, arns)| !arns.contains(&made))
    }

    /// Whether no copy of a restore test is there, where that is known
    fn none(&self) -> Option<bool> {
        let is_copy = |arn: &&str| identifier(arn).starts_with(PREFIX);
        Some(!self.arns()?.iter().any(is_copy))
    }

    fn mend(&self, made: Option<&str>, region: &str) -> Mend {
        let Some(arn) = made else {
            return Mend::say("Find it in the list of restore jobs, and delete it by hand.");
        };
        let name = identifier(arn);
        let instance = |name: &str, service| {
            let command = ["aws", service, "delete-db-instance", "--db-instance-identifier", name, "--region", region];
            command.map(str::to_owned).to_vec()
        };
        let service = |engine: &Engine| if *engine == Engine::Docdb { "docdb" } else { "rds" };
        if arn.rsplit(':').nth(1) != Some("cluster") {
            let mut command = instance(name, "rds");
            command.extend(["--skip-final-snapshot", "--delete-automated-backups"].map(str::to_owned));
            return Mend { words: "Delete the first, then the others.".to_owned(), command };
        }
        let cluster = self.clusters.iter().flatten().find(|(known, ..)| *known == arn);
        if let Some((_, engine, Some(member))) = cluster {
            let words = "Delete the instance of the first, then the cluster, then the others.".to_owned();
            return Mend { words, command: instance(member, service(engine)) };
        }
        let service = cluster.map_or("rds", |(_, engine, _)| service(engine));
        let command =
            ["aws", service, "delete-db-cluster", "--db-cluster-identifier", name, "--skip-final-snapshot", "--region"];
        let command = command.into_iter().chain([region]).map(str::to_owned).collect();
        Mend { words: "Delete the first, then the others.".to_owned(), command }
    }
}

fn identifier(arn: &str) -> &str {
    arn.rsplit(':').next().unwrap_or(arn)
}
