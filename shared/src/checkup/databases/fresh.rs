//! How much would be lost: the lag of the latest restorable time, and the age of the newest automated snapshot.

use jiff::{SignedDuration, Timestamp};

use crate::checkup::Sheet;
use crate::checkup::facts::Unknown;
use crate::checkup::finding::{Mend, Severity};
use crate::checkup::look::{NEW, Protected, Subject, Told, unknown};
use crate::database::{Snapshot, SnapshotKind};
use crate::lifecycle::CLOCKS;
use crate::moment;

const LAG: &str = "restore-lag";
const NEWEST: &str = "newest-snapshot";

/// The questions that are due for a database, by its policy alone
pub(super) fn due(of: &Protected<'_>) -> impl Iterator<Item = (&'static str, &'static str)> + use<> {
    let backups = &of.entry.backups;
    let lag = backups.restore_lag_minutes.map(|_| (LAG, "can be restored to a recent time"));
    let newest = backups.newest_snapshot_hours.map(|_| (NEWEST, "has a recent automated snapshot"));
    lag.into_iter().chain(newest)
}

pub(super) fn ask(of: &Protected<'_>, subject: &Subject<'_>, sheet: &mut Sheet) {
    let backups = &of.entry.backups;
    if let Some(limit) = backups.restore_lag_minutes {
        let is_known = of.latest(subject).is_some() || of.window(subject).is_err();
        if !is_known && of.is_new(subject) {
            sheet.silent(of.id(LAG), NEW);
        } else {
            let answer = lag(of, subject, SignedDuration::from_mins(limit));
            write(of, sheet, (LAG, "how recent a time"), answer);
        }
    }
    if let Some(limit) = backups.newest_snapshot_hours {
        let answer = newest(of, subject, SignedDuration::from_hours(limit));
        write(of, sheet, (NEWEST, "to how recent a snapshot"), answer);
    }
}

fn write(of: &Protected<'_>, sheet: &mut Sheet, (id, what): (&str, &str), answer: Result<Option<Told>, Unknown>) {
    match answer {
        Ok(None) => of.fine(sheet, id),
        Ok(Some(told)) => of.found(sheet, id, told),
        Err(why) => of.unknown(sheet, id, &format!("{what} {} can be restored to could not be told", of.name), &why),
    }
}

fn lag(of: &Protected<'_>, subject: &Subject<'_>, limit: SignedDuration) -> Result<Option<Told>, Unknown> {
    let latest = of.latest(subject).ok_or_else(|| unknown("AWS names no latest restorable time"))?;
    let age = of.asking.now.duration_since(latest);
    if age < -CLOCKS {
        return Err(unknown("the latest restorable time lies in the future: a clock is wrong"));
    }
    if age <= limit {
        return Ok(None);
    }
    let name = of.name;
    let mut evidence =
        vec![format!("the latest restorable time is {}", moment::both(latest, &of.asking.policy.zone()))];
    if subject.status != "available" {
        evidence.push(format!("the status of {} is {:?}", of.identifier(), subject.status));
    }
    let (service, home) = (of.service(), of.asking.home());
    let source = if of.clustered() { "db-cluster" } else { "db-instance" };
    let look = ["aws", service, "describe-events", "--source-type", source, "--source-identifier", of.identifier()];
    let args: Vec<&str> = look.into_iter().chain(["--duration", "1440", "--region", home]).collect();
    Ok(Some(Told {
        severity: Severity::High,
        title: format!(
            "{name} can be restored only up to {} ago; {} are allowed",
            moment::duration(age),
            moment::duration(limit)
        ),
        evidence,
        why: "What was written after that time would be lost.",
        mend: Mend::run(
            "Look at what RDS noted about it in the last day; take a snapshot if it does not catch up.",
            &args,
        ),
        measure: Some((age - limit).as_secs_f64() / 60.0),
    }))
}

fn newest(of: &Protected<'_>, subject: &Subject<'_>, limit: SignedDuration) -> Result<Option<Told>, Unknown> {
    let now = of.asking.now;
    // Where AWS Backup owns the automated backups, it makes the snapshots that RDS would have made.
    let counts = |snapshot: &Snapshot| {
        snapshot.kind == SnapshotKind::Automated
            || snapshot.kind == SnapshotKind::AwsBackup && subject.upkeep.kept_by_aws_backup
    };
    let all = of.snapshots(of.asking.home())?;
    let usable: Vec<&Snapshot> = all.into_iter().filter(|one| counts(one) && one.status == "available").collect();
    let times: Vec<Timestamp> = usable.iter().filter_map(|snapshot| snapshot.created_at).collect();
    let newest = times.iter().max().copied();
    let age = newest.map(|at| now.duration_since(at));
    if age.is_some_and(|age| age < -CLOCKS) {
        return Err(unknown("the newest automated snapshot lies in the future: a clock is wrong"));
    }
    if age.is_some_and(|age| age <= limit) {
        return Ok(None);
    }
    if times.len() < usable.len() {
        return Err(unknown("AWS does not say when some of its automated snapshots were made"));
    }
    let young = subject.created_at.is_some_and(|created| now.duration_since(created) <= limit);
    if newest.is_none() && young {
        return Ok(None);
    }
    if newest.is_none() && subject.created_at.is_none() {
        return Err(unknown("it has no automated snapshot, and AWS does not say when it was made, so it may be new"));
    }
    let (name, zone) = (of.name, of.asking.policy.zone());
    let allowed = moment::duration(limit);
    let (title, line) = match newest.zip(age) {
        Some((at, age)) => (
            format!("the newest automated snapshot of {name} is {} old; {allowed} are allowed", moment::duration(age)),
            format!("it was made {}", moment::both(at, &zone)),
        ),
        None => (
            format!("{name} has no automated snapshot; one in {allowed} is asked for"),
            "RDS lists no automated snapshot of it that is available".to_owned(),
        ),
    };
    Ok(Some(Told {
        severity: Severity::High,
        title,
        evidence: vec![line, format!("the status of {} is {:?}", of.identifier(), subject.status)],
        why: "AWS sends no event when an automated backup is not made: its absence is the only sign.",
        mend: of.take_snapshot("Take a snapshot now, then find out why RDS took none."),
        measure: age.map(|age| (age - limit).as_secs_f64() / 3600.0),
    }))
}
