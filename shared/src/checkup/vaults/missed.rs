//! Times of a plan that passed without a recovery point.
//!
//! Which databases a plan selects is not read. A database belongs to a plan for certain where a job of its own names it;
//! else to at least one of those that write to the vault, as it has recovery points there. So without such a job a time
//! counts as missed only where it is missed by every plan that may be meant.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::super::schedule::Schedule;
use super::super::{Asking, Finding, Mend, Severity, Sheet, Unknown};
use super::{home, not_told, plans, read, subject, unknown, vault_facts};
use crate::database::{BackupJob, BackupPlan, BackupRule, JobKind};
use crate::moment;
use crate::policy::Database;

/// AWS gives a job up that did not start within so long, where a rule says nothing
const START_WITHIN: SignedDuration = SignedDuration::from_hours(8);
/// Until a job that started is on a list with its recovery point
const LEEWAY: SignedDuration = SignedDuration::from_hours(1);

/// How a plan stands
enum Stands<'a> {
    OnTime,
    Late(Late<'a>),
    Unknown(Unknown),
}

/// A time that was missed
struct Late<'a> {
    plan: &'a BackupPlan,
    rule: &'a BackupRule,
    due: Timestamp,
}

pub(super) fn ask(asking: &Asking<'_>, sheet: &mut Sheet) {
    for (name, database) in &asking.policy.databases {
        for wanted in &database.backups.recovery_points {
            let id = format!("backup-schedule/{name}/{}", wanted.vault);
            match judge(asking, database, &wanted.vault) {
                Ok(Answered::Fine) => sheet.fine(id),
                // Without any recovery point there is nothing to be late, and another question tells of it.
                Ok(Answered::Nothing) => sheet.silent(id, "it has no recovery point there"),
                Ok(Answered::Late(late, newest)) => {
                    sheet.found(finding(asking, id, (name, &wanted.vault), &late, newest));
                }
                Err(why) => {
                    let title =
                        format!("it is not known whether the backups of {name} in {} ran on time", wanted.vault);
                    not_told(asking, sheet, id, name, &title, &why);
                }
            }
        }
    }
}

enum Answered<'a> {
    Fine,
    Nothing,
    Late(Late<'a>, Option<Timestamp>),
}

fn judge<'a>(asking: &Asking<'a>, database: &Database, vault: &str) -> Result<Answered<'a>, Unknown> {
    let subject = subject(asking, database)?;
    vault_facts(asking, vault)?.points.as_ref().map_err(Clone::clone)?;
    let plans = plans(asking)?;
    let jobs = read(home(asking)?.jobs.as_ref(), "the list of jobs");
    let own = subject.points(asking, vault);
    if own.is_empty() {
        return Ok(Answered::Nothing);
    }
    let to_it =
        |job: &&BackupJob| job.kind == JobKind::Backup && job.vault.as_deref().is_none_or(|known| known == vault);
    let own_jobs: Vec<&BackupJob> = subject.jobs(asking, &asking.world.home).into_iter().filter(to_it).collect();
    let newest = own.iter().filter_map(|facts| facts.point.created_at).max();
    let timeless = own.iter().any(|facts| facts.point.created_at.is_none());
    // A job whose vault is not known may prove a plan, but not that this vault was written to.
    let written = own_jobs.iter().filter(|job| job.vault.is_some());
    let begun = newest.max(written.filter_map(|job| job.created_at).max());
    let sure = |plan: &BackupPlan| own_jobs.iter().any(|job| job.plan.as_deref() == Some(plan.id.as_str()));
    let all: Vec<(bool, Stands<'a>)> = plans
        .iter()
        .filter(|plan| plan.rules.iter().any(|rule| rule.vault == vault))
        .map(|plan| (sure(plan), stands(asking.now, plan, vault, begun)))
        .collect();
    let any_sure = all.iter().any(|(sure, _)| *sure);
    let meant: Vec<Stands<'a>> = all.into_iter().filter(|(sure, _)| *sure || !any_sure).map(|(_, one)| one).collect();
    let (mut late, mut not_known, mut on_time) = (None, None, false);
    for one in meant {
        match one {
            Stands::OnTime => on_time = true,
            Stands::Unknown(why) => not_known = Some(why),
            Stands::Late(found) => late = late.or(Some(found)),
        }
    }
    match (late, not_known) {
        (Some(_), _) if timeless => Err(unknown("AWS does not say of every recovery point when it was made")),
        (Some(late), None) if any_sure || !on_time => Ok(Answered::Late(late, newest)),
        (Some(late), Some(_)) if any_sure => Ok(Answered::Late(late, newest)),
        (_, Some(why)) => Err(why),
        // A job might say which plan is meant.
        (Some(_), None) => jobs.map(|_| Answered::Fine),
        (None, None) => Ok(Answered::Fine),
    }
}

/// A plan applies all of its rules to all that it selects, so that one rule that is late is enough. A rule for continuous
/// backups makes one point that grows, so that no new one tells of its times.
fn stands<'a>(now: Timestamp, plan: &'a BackupPlan, vault: &str, begun: Option<Timestamp>) -> Stands<'a> {
    let mut not_known = None;
    for rule in plan.rules.iter().filter(|rule| rule.vault == vault && !rule.continuous) {
        match due(now, plan, rule) {
            Ok(Some(due)) if begun.is_none_or(|begun| begun < due) => return Stands::Late(Late { plan, rule, due }),
            Ok(_) => {}
            Err(why) => not_known = Some(why),
        }
    }
    not_known.map_or(Stands::OnTime, Stands::Unknown)
}

/// The last time of a rule whose job must have started by now
fn due(now: Timestamp, plan: &BackupPlan, rule: &BackupRule) -> Result<Option<Timestamp>, Unknown> {
    let of = format!("rule {} of plan {}", rule.name, plan.name);
    let text = rule.schedule.as_deref().ok_or_else(|| unknown(format!("AWS does not say the schedule of {of}")))?;
    let schedule = Schedule::parse(text);
    let schedule = schedule.ok_or_else(|| unknown(format!("the schedule of {of} is not understood: {text}")))?;
    let zone = match rule.timezone.as_deref() {
        None => TimeZone::UTC,
        Some(name) => moment::zone(name).ok_or_else(|| unknown(format!("the zone of {of} is not known: {name}")))?,
    };
    let within = rule.start_within_minutes.map_or(START_WITHIN, SignedDuration::from_mins);
    Ok(now.checked_sub(within + LEEWAY).ok().and_then(|until| schedule.last(until, &zone)))
}

fn finding(
    asking: &Asking<'_>,
    id: String,
    (name, vault): (&str, &str),
    late: &Late<'_>,
    newest: Option<Timestamp>,
) -> Finding {
    let zone = late.rule.timezone.as_deref().unwrap_or("UTC");
    let schedule = late.rule.schedule.as_deref().unwrap_or_default();
    let newest = newest.map_or_else(|| "none with a time".to_owned(), moment::utc);
    let (plan, home) = (late.plan, asking.world.home.as_str());
    let words = "See whether the plan still selects the database, and whether another job of it was running.";
    let command = ["aws", "backup", "list-backup-selections", "--backup-plan-id", plan.id.as_str(), "--region", home];
    Finding {
        id,
        database: Some(name.to_owned()),
        severity: Severity::Medium,
        title: format!(
            "no backup of {name} was made in vault {vault} since its schedule was due at {}",
            moment::utc(late.due)
        ),
        evidence: vec![
            format!("plan {} ({}), rule {}: {schedule} in {zone}", plan.name, plan.id, late.rule.name),
            format!("newest recovery point: {newest}"),
        ],
        why: "A job that does not start fails nowhere: no state of a job tells of it.".to_owned(),
        mend: Mend::run(words, &command),
        measure: Some(asking.now.duration_since(late.due).as_secs_f64() / 3600.0),
    }
}
