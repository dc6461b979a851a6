//! AWS Backup's schedules against the backup window: a job of AWS Backup that starts within the window, or in the hour
//! before it, fails (AWS Backup developer guide, "Amazon RDS backups").
//!
//! Which plan selects which database is not known; that a plan began a job for it is.

use std::collections::BTreeSet;

use super::moved;
use super::window::{Daily, offsets, told};
use crate::checkup::Sheet;
use crate::checkup::facts::Unknown;
use crate::checkup::finding::Severity;
use crate::checkup::look::{Protected, Subject, Told, read, unknown};
use crate::checkup::schedule::Schedule;
use crate::database::{BackupJob, BackupPlan, BackupRule, JobKind};
use crate::moment;

const SCHEDULE: &str = "window-aws-backup";
/// Minutes before the window in which a job fails, too
const BEFORE: i32 = 60;

/// Whether the question is due: the policy wants recovery points, or jobs were asked for anyway
pub(super) fn due(of: &Protected<'_>) -> bool {
    let jobs = of.asking.region(of.asking.home()).is_ok_and(|region| region.jobs.is_some());
    jobs || !of.entry.backups.recovery_points.is_empty()
}

pub(super) fn not_told(of: &Protected<'_>, sheet: &mut Sheet, why: &Unknown) {
    let title = format!("whether AWS Backup's schedules keep clear of {}'s backup window could not be told", of.name);
    of.unknown(sheet, SCHEDULE, &title, why);
}

pub(super) fn ask(of: &Protected<'_>, subject: &Subject<'_>, daily: Daily, sheet: &mut Sheet) {
    match met(of, subject, daily) {
        Err(why) => not_told(of, sheet, &why),
        Ok(lines) if lines.is_empty() => of.fine(sheet, SCHEDULE),
        Ok(lines) => of.found(sheet, SCHEDULE, told_of(of, daily, lines)),
    }
}

fn told_of(of: &Protected<'_>, daily: Daily, lines: Vec<String>) -> Told {
    let (now, zone) = (of.asking.now, of.asking.policy.zone());
    let mut evidence = vec![format!("backup window: {}", told(daily, now, &zone))];
    evidence.extend(lines);
    let seen = of.seen();
    let rules = seen.present().and_then(|subject| rules(of, subject).ok()).unwrap_or_default();
    let clear = |free: Daily| rules.iter().all(|(_, rule)| hits(of, rule, free).is_ok_and(|hit| !hit));
    Told {
        severity: Severity::Medium,
        title: format!("AWS Backup starts its jobs of {} in its backup window, or in the hour before", of.name),
        evidence,
        why: "Jobs of AWS Backup that start then fail.",
        mend: moved(of, daily.end() + BEFORE, "Move the backup window away from the schedule", clear),
        measure: None,
    }
}

/// A line for each rule that meets the window
fn met(of: &Protected<'_>, subject: &Subject<'_>, daily: Daily) -> Result<Vec<String>, Unknown> {
    let rules = rules(of, subject)?;
    let mut lines = Vec::new();
    for (plan, rule) in &rules {
        if hits(of, rule, daily)? {
            let zone = rule.timezone.as_deref().unwrap_or("UTC");
            let schedule = rule.schedule.as_deref().unwrap_or_default();
            lines.push(format!("the rule {} of the plan {} starts at {schedule} ({zone})", rule.name, plan.name));
        }
    }
    Ok(lines)
}

/// The rules of the plans that began a job for this database
fn rules<'a>(of: &Protected<'a>, subject: &Subject<'_>) -> Result<Vec<(&'a BackupPlan, &'a BackupRule)>, Unknown> {
    let home = of.asking.home();
    let region = of.asking.region(home)?;
    let jobs = read(region.jobs.as_ref(), "jobs of AWS Backup", home)?;
    let its: Vec<&BackupJob> = jobs.iter().filter(|job| is_of(of, subject, job)).collect();
    let begun: BTreeSet<&str> = its.iter().filter_map(|job| job.plan.as_deref()).collect();
    // Where AWS Backup owns the automated backups, the window is its own.
    if begun.is_empty() || subject.upkeep.kept_by_aws_backup {
        return Ok(Vec::new());
    }
    let plans = read(region.plans.as_ref(), "plans of AWS Backup", home)?;
    let mut rules = Vec::new();
    for id in begun {
        // A plan that was deleted since starts nothing any more.
        let Some(plan) = plans.iter().find(|plan| plan.id == id) else { continue };
        rules.extend(plan.rules.iter().map(|rule| (plan, rule)));
    }
    Ok(rules)
}

fn is_of(of: &Protected<'_>, subject: &Subject<'_>, job: &BackupJob) -> bool {
    job.kind == JobKind::Backup && !job.is_test && of.is_named_by(&job.resource_arn, Some(subject))
}

fn hits(of: &Protected<'_>, rule: &BackupRule, daily: Daily) -> Result<bool, Unknown> {
    let name = &rule.name;
    let schedule = rule.schedule.as_deref();
    let schedule = schedule.ok_or_else(|| unknown(format!("AWS Backup names no schedule of the rule {name}")))?;
    let starts = Schedule::times_of_day(schedule);
    let starts = starts.ok_or_else(|| unknown(format!("when {schedule:?} of the rule {name} starts is not known")))?;
    let zone = rule.timezone.as_deref().unwrap_or("UTC");
    let known =
        moment::zone(zone).ok_or_else(|| unknown(format!("the zone {zone:?} of the rule {name} is not known")))?;
    let offsets = offsets(of.asking.now, &known);
    let closed = daily.with_before(BEFORE);
    Ok(starts.iter().any(|start| offsets.iter().any(|offset| closed.holds(i32::from(*start) - offset))))
}
