//! Jobs of AWS Backup that did not do what they were for, one finding for each resource, kind and vault.
//!
//! A job that failed is made good by a later one of the same resource, kind and vault that completed. **Only a job that
//! completed answers "fine"**: the list begins shortly before the last check, and a failure before that is mended neither by
//! silence nor by a job to another vault. So `<kind>-jobs/<database>`, which stands for the list, is never fine; what was
//! seen of a vault stands below it, as `<kind>-jobs/<database>/<vault>`.

use std::collections::{BTreeMap, BTreeSet};

use super::super::{Asking, Finding, Mend, Severity, Sheet, Unknown};
use super::{count, measure, not_told, read, subject};
use crate::database::{BackupJob, JobKind};
use crate::moment;
use crate::policy::Database;

const KINDS: [JobKind; 3] = [JobKind::Backup, JobKind::Copy, JobKind::Restore];
/// Resources that a grouped finding lists
const MOST_LISTED: usize = 10;
/// Stands for the vault of a job that names none. No vault can have this name.
const NO_VAULT: &str = "-";
const SILENCE: &str = "no job since then tells of it";

fn word(kind: JobKind) -> &'static str {
    match kind {
        JobKind::Backup => "backup",
        JobKind::Copy => "copy",
        JobKind::Restore => "restore",
    }
}

/// The jobs of one region
pub(super) struct Listed<'a> {
    pub region: &'a str,
    /// What the ids of this region end in: nothing at home
    pub last: String,
    pub jobs: Result<&'a [BackupJob], Unknown>,
}

/// The jobs of each region where they were asked for, or have to be
pub(super) fn regions<'a>(asking: &Asking<'a>) -> Vec<Listed<'a>> {
    let world = asking.world;
    // Who names a vault wants to know of its jobs; without one, a list that nobody asked for is missed by nobody.
    let needed = asking.policy.databases.iter().any(|(_, database)| !database.backups.recovery_points.is_empty());
    let mut all = Vec::new();
    let home = world.regions.get(&world.home).and_then(|region| region.jobs.as_ref());
    if needed || home.is_some() {
        let jobs = read(home, "the list of AWS Backup's jobs").map(Vec::as_slice);
        all.push(Listed { region: &world.home, last: String::new(), jobs });
    }
    let abroad = world.regions.iter().filter(|(region, _)| **region != world.home);
    all.extend(abroad.filter_map(|(region, facts)| {
        let jobs = facts.jobs.as_ref()?.as_ref().map(Vec::as_slice).map_err(Clone::clone);
        Some(Listed { region, last: format!("/{region}"), jobs })
    }));
    all
}

pub(super) fn ask(asking: &Asking<'_>, sheet: &mut Sheet) {
    for Listed { region, last, jobs } in regions(asking) {
        for kind in KINDS {
            for (name, database) in &asking.policy.databases {
                let id = format!("{}-jobs/{name}{last}", word(kind));
                let known = jobs.clone().and_then(|_| Ok(subject(asking, database)?.jobs(asking, region)));
                match known {
                    Ok(jobs) => of_database(sheet, &id, (name, database), (region, kind), jobs),
                    Err(why) => {
                        let title = format!("it is not known whether {} jobs of {name} failed", word(kind));
                        not_told(asking, sheet, id, name, &title, &why);
                    }
                }
            }
            let id = format!("other-{}-jobs{last}", word(kind));
            match &jobs {
                Ok(jobs) => of_others(asking, sheet, id, (region, kind), jobs),
                Err(why) => {
                    let title = format!("it is not known whether {} jobs of other resources failed", word(kind));
                    sheet.unknown(id, None, &title, why);
                }
            }
        }
    }
}

fn is_failed(job: &BackupJob) -> bool {
    matches!(job.state.as_str(), "FAILED" | "ABORTED" | "EXPIRED" | "PARTIAL")
}

fn is_completed(job: &BackupJob) -> bool {
    job.state == "COMPLETED"
}

fn has_issues(job: &BackupJob) -> bool {
    is_completed(job) && job.message.as_deref().is_some_and(|words| !words.trim().is_empty())
}

/// A later one did the same and completed. What has no time is not taken for later.
fn made_good(job: &BackupJob, jobs: &[&BackupJob]) -> bool {
    let clean = |later: &BackupJob| is_completed(later) && (is_failed(job) || !has_issues(later));
    jobs.iter().any(|later| {
        let same = later.vault == job.vault && later.resource_arn == job.resource_arn;
        let after = matches!((job.created_at, later.created_at), (Some(before), Some(after)) if after > before);
        same && after && clean(later)
    })
}

fn open<'a>(jobs: &[&'a BackupJob], is: fn(&BackupJob) -> bool) -> Vec<&'a BackupJob> {
    let mut open: Vec<&BackupJob> = jobs.iter().copied().filter(|job| is(job) && !made_good(job, jobs)).collect();
    open.sort_by(|a, b| (b.created_at, &b.id).cmp(&(a.created_at, &a.id)));
    open
}

fn of_database(
    sheet: &mut Sheet,
    id: &str,
    (name, database): (&str, &Database),
    (region, kind): (&str, JobKind),
    jobs: Vec<&BackupJob>,
) {
    let own: Vec<&BackupJob> = jobs.into_iter().filter(|job| job.kind == kind).collect();
    sheet.silent(id, SILENCE);
    let mut vaults: BTreeMap<&str, Vec<&BackupJob>> = BTreeMap::new();
    for job in &own {
        vaults.entry(job.vault.as_deref().unwrap_or(NO_VAULT)).or_default().push(job);
    }
    // Trouble of which nobody knows the vault may be of any.
    let troubled = |jobs: &Vec<&BackupJob>| !open(jobs, is_failed).is_empty() || !open(jobs, has_issues).is_empty();
    let hides = vaults.get(NO_VAULT).is_some_and(troubled);
    for (vault, jobs) in vaults {
        let id = format!("{id}/{vault}");
        match wrong(id.clone(), (name, database), (region, kind), &jobs) {
            Some(finding) => sheet.found(finding),
            None if !hides && jobs.iter().any(|job| is_completed(job)) => sheet.fine(id),
            None => sheet.silent(id, SILENCE),
        }
    }
}

/// What is wrong with the jobs to one vault
fn wrong(
    id: String,
    (name, database): (&str, &Database),
    (region, kind): (&str, JobKind),
    own: &[&BackupJob],
) -> Option<Finding> {
    let failed = open(own, is_failed);
    let issues = open(own, has_issues);
    let what = format!("{} job", word(kind));
    let (severity, jobs, title) = if let Some(newest) = failed.first() {
        let wanted = |job: &&&BackupJob| {
            let vaults = &database.backups.recovery_points;
            matches!(job.state.as_str(), "FAILED" | "EXPIRED")
                && vaults.iter().any(|wanted| Some(&wanted.vault) == job.vault.as_ref())
        };
        let high = kind == JobKind::Backup && failed.iter().any(|job| wanted(&job));
        let severity = if high { Severity::High } else { Severity::Medium };
        let number = count(failed.len(), &what);
        let title = format!("{number} of {name} did not complete, and none did since; the newest is {}", newest.state);
        (severity, failed, title)
    } else {
        let title = format!("{} of {name} completed with issues", count(issues.len(), &what));
        (Severity::Low, issues, title)
    };
    let newest = jobs.first()?;
    let mut evidence = told(newest);
    evidence.push(format!("{} in all", count(jobs.len(), &what)));
    Some(Finding {
        id,
        database: Some(name.to_owned()),
        severity,
        title,
        evidence,
        why: why(kind).to_owned(),
        mend: look(newest, region),
        measure: measure(jobs.len()),
    })
}

/// What the policy does not name, all in one finding
fn of_others(asking: &Asking<'_>, sheet: &mut Sheet, id: String, (region, kind): (&str, JobKind), jobs: &[BackupJob]) {
    let databases = || asking.policy.databases.iter().map(|(_, database)| database);
    let tails: BTreeSet<&str> = databases().map(|database| database.identifier.as_str()).collect();
    let arns = databases().filter_map(|database| subject(asking, database).ok()).flat_map(|subject| subject.arns());
    let arns: BTreeSet<String> = arns.collect();
    let ours = |job: &BackupJob| {
        let tail = job.resource_arn.rsplit(':').next();
        tail.is_some_and(|tail| tails.contains(tail)) || arns.contains(&job.resource_arn.to_ascii_lowercase())
    };
    let others: Vec<&BackupJob> = jobs.iter().filter(|job| job.kind == kind && !ours(job)).collect();
    let failed = open(&others, is_failed);
    let Some(newest) = failed.first() else {
        if others.iter().any(|job| is_completed(job)) {
            sheet.fine(id);
        } else {
            sheet.silent(id, SILENCE);
        }
        return;
    };
    let resources: BTreeSet<&str> = failed.iter().map(|job| job.resource_arn.as_str()).collect();
    let number = count(failed.len(), &format!("{} job", word(kind)));
    let mut evidence = told(newest);
    evidence.extend(resources.iter().take(MOST_LISTED).map(|arn| {
        let jobs = failed.iter().filter(|job| job.resource_arn == **arn).count();
        format!("{arn}: {}", count(jobs, "job"))
    }));
    if resources.len() > MOST_LISTED {
        evidence.push(format!("and {} more", count(resources.len() - MOST_LISTED, "resource")));
    }
    sheet.found(Finding {
        id,
        database: None,
        severity: Severity::Low,
        title: format!(
            "{number} of {} that the policy does not name did not complete",
            count(resources.len(), "resource")
        ),
        evidence,
        why: why(kind).to_owned(),
        mend: look(newest, region),
        measure: measure(failed.len()),
    });
}

fn told(job: &BackupJob) -> Vec<String> {
    let at = job.created_at.map_or_else(|| "at an unknown time".to_owned(), |at| format!("of {}", moment::utc(at)));
    let vault = job.vault.as_deref().map(|vault| format!(", vault {vault}")).unwrap_or_default();
    let words = job.message.as_deref().map_or("AWS gives no reason", str::trim);
    vec![format!("newest: {} job {} {at}{vault}, {}", word(job.kind), job.id, job.state), words.to_owned()]
}

fn why(kind: JobKind) -> &'static str {
    match kind {
        JobKind::Backup => "What was not backed up cannot be restored.",
        JobKind::Copy => "A copy that was not made is missing when its region or account is lost.",
        JobKind::Restore => "A restore that failed once may fail when it matters.",
    }
}

fn look(job: &BackupJob, region: &str) -> Mend {
    let (verb, option) = match job.kind {
        JobKind::Backup => ("describe-backup-job", "--backup-job-id"),
        JobKind::Copy => ("describe-copy-job", "--copy-job-id"),
        JobKind::Restore => ("describe-restore-job", "--restore-job-id"),
    };
    let command = ["aws", "backup", verb, option, job.id.as_str(), "--region", region];
    Mend::run("Mend what its message names, then start it again; this shows the job in full.", &command)
}
