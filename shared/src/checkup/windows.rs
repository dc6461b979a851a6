//! Backup windows that meet maintenance, jobs, or AWS Backup's schedules.

mod schedules;
mod window;

use jiff::civil::Time;

use super::finding::{Mend, Severity};
use super::look::{Protected, Subject, Told, unknown};
use super::{Asking, Sheet};
use crate::database::Seen;
use window::{Daily, Weekly, told};

const WINDOW: &str = "backup-window";
const MAINTENANCE: &str = "window-maintenance";
const JOB: &str = "window-job";

pub(super) fn ask(asking: &Asking<'_>, sheet: &mut Sheet) {
    for of in asking.protected() {
        match of.seen() {
            // What does not exist has no window.
            Seen::Absent => {}
            Seen::Unknown(why) => not_told(&of, sheet, &why),
            Seen::Present(subject) => present(&of, &subject, sheet),
        }
    }
}

/// The times of day by which the jobs that write to a database must have started
fn starts<'a>(of: &Protected<'a>) -> impl Iterator<Item = (&'a str, Time)> + use<'a> {
    let name = of.name;
    let jobs = of.asking.policy.jobs.iter().filter(move |(_, job)| job.database.as_deref() == Some(name));
    jobs.filter_map(|(job, entry)| entry.start_by.map(|time| (job.as_str(), time)))
}

/// Every question, where the backup window is not known
fn not_told(of: &Protected<'_>, sheet: &mut Sheet, why: &str) {
    let name = of.name;
    of.unknown(sheet, WINDOW, &format!("the backup window of {name} could not be told"), &unknown(why));
    let title = format!("whether the backup window of {name} meets its maintenance could not be told");
    of.unknown(sheet, MAINTENANCE, &title, &unknown(why));
    for (job, _) in starts(of) {
        let title = format!("whether the backup window of {name} meets the job {job} could not be told");
        sheet.unknown(format!("{JOB}/{name}/{job}"), Some(name), &title, &unknown(why));
    }
    if schedules::due(of) {
        schedules::not_told(of, sheet, &unknown(why));
    }
}

fn present(of: &Protected<'_>, subject: &Subject<'_>, sheet: &mut Sheet) {
    let written = subject.upkeep.backup_window.as_deref();
    let Some(daily) = written.and_then(Daily::read) else {
        let why = match written {
            None => "AWS names no backup window".to_owned(),
            Some(text) => format!("AWS names the backup window {text:?}, which is not hh:mm-hh:mm"),
        };
        not_told(of, sheet, &why);
        return;
    };
    of.fine(sheet, WINDOW);
    maintenance(of, subject, daily, sheet);
    for (job, start) in starts(of) {
        job_start(of, daily, (job, start), sheet);
    }
    if schedules::due(of) {
        schedules::ask(of, subject, daily, sheet);
    }
}

fn maintenance(of: &Protected<'_>, subject: &Subject<'_>, daily: Daily, sheet: &mut Sheet) {
    let written = subject.upkeep.maintenance_window.as_deref();
    let Some(weekly) = written.and_then(Weekly::read) else {
        let why = format!("AWS names the maintenance window {written:?}, which is not ddd:hh:mm-ddd:hh:mm");
        let title = format!("whether the backup window of {} meets its maintenance could not be told", of.name);
        of.unknown(sheet, MAINTENANCE, &title, &unknown(why));
        return;
    };
    if !weekly.meets(daily) {
        of.fine(sheet, MAINTENANCE);
        return;
    }
    let (now, zone) = (of.asking.now, of.asking.policy.zone());
    let name = of.name;
    let told = Told {
        severity: Severity::Low,
        title: format!("the backup window of {name} meets its maintenance window"),
        evidence: vec![
            format!("backup window: {}", told(daily, now, &zone)),
            format!("maintenance window: {} UTC, every week", written.unwrap_or_default()),
        ],
        why: "A backup that meets a change or a restart of the database is put off or fails.",
        mend: moved(of, daily.end(), "Move the backup window to where the maintenance has ended", |free| {
            !weekly.meets(free)
        }),
        measure: None,
    };
    of.found(sheet, MAINTENANCE, told);
}

fn job_start(of: &Protected<'_>, daily: Daily, (job, start): (&str, Time), sheet: &mut Sheet) {
    let id = format!("{JOB}/{}/{job}", of.name);
    let (now, zone) = (of.asking.now, of.asking.policy.zone());
    let local = window::minute(start);
    let offsets = window::offsets(now, &zone);
    let met = |window: Daily| offsets.iter().any(|offset| window.holds(local - offset));
    if !met(daily) {
        sheet.fine(id);
        return;
    }
    let name = of.name;
    let mut evidence = vec![
        format!("backup window: {}", told(daily, now, &zone)),
        format!("{job} is to have started by {}", window::local(start, now, &zone)),
    ];
    if offsets.iter().any(|offset| !daily.holds(local - offset)) {
        evidence.push(format!(
            "they meet in a part of the year only, as the clocks of {} change",
            of.asking.policy.timezone
        ));
    }
    let told = Told {
        severity: Severity::Low,
        title: format!("the backup window of {name} is when the job {job} starts"),
        evidence,
        why: "A snapshot taken while a job writes holds half of its work, and is no state to go back to.",
        mend: moved(of, daily.back(120).start(), "Move the backup window to before the job", |free| !met(free)),
        measure: None,
    };
    sheet.found(told.under(id, Some(name)));
}

/// Most places that are tried for a window: every half hour of a day
const MOST_PLACES: i32 = 48;
/// Minutes between two places
const STEP: i32 = 30;
/// Shortest backup window that RDS takes, in minutes
const SHORTEST: i32 = 30;

/// Moves the backup window to the first place at or after `from` that is free of what it met, of maintenance and of jobs
fn moved(of: &Protected<'_>, from: i32, words: &str, free: impl Fn(Daily) -> bool) -> Mend {
    let zone = of.asking.policy.zone();
    let offsets = window::offsets(of.asking.now, &zone);
    let jobs: Vec<i32> = starts(of).map(|(_, start)| window::minute(start)).collect();
    let seen = of.seen();
    let maintenance = seen.present().and_then(|subject| subject.upkeep.maintenance_window.as_deref());
    let maintenance = maintenance.and_then(Weekly::read);
    let places = (0..MOST_PLACES).map(|place| Daily::at(from + place * STEP, SHORTEST));
    let no_job = |window: Daily| !jobs.iter().any(|local| offsets.iter().any(|offset| window.holds(local - offset)));
    let found = places
        .into_iter()
        .find(|window| free(*window) && no_job(*window) && maintenance.is_none_or(|weekly| !weekly.meets(*window)));
    match found {
        Some(window) => {
            let told = told(window, of.asking.now, &zone);
            of.modify(format!("{words}: {told}."), &["--preferred-backup-window", &window.text()])
        }
        None => Mend::say(format!("{words}; no half hour of the day is free of jobs and maintenance.")),
    }
}

#[cfg(test)]
mod tests;
