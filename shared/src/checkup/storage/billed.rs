//! Billed backup storage of a cluster. AWS has one value a day; **no value is "not known" and never zero**.
//!
//! The metric is not read by every check (it is charged for), so a value that an earlier check read counts as long as it is
//! not older than the policy's pause between two readings and AWS's own delay.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::super::{Asking, Finding, Mend, Severity, Sheet, Unknown};
use super::gib_words;
use crate::database::{Kind, Sample, backup_price};
use crate::moment;
use crate::policy::Database;

/// Bytes of a GiB
pub(super) const GIB: f64 = 1_073_741_824.0;
/// How far AWS's values are behind: a value stands at the begin of its day and comes some time after its end
const BEHIND: SignedDuration = SignedDuration::from_hours(72);

pub(super) fn ask(asking: &Asking<'_>, sheet: &mut Sheet) {
    for (name, database) in &asking.policy.databases {
        let Some(limit) = database.storage.billed_gib else { continue };
        let id = format!("billed/{name}");
        if database.kind == Kind::Rds {
            sheet.found(not_measured(asking, id, (name, database), "storage.billed_gib"));
            continue;
        }
        match latest(asking, name, database) {
            Ok(sample) => {
                let gib = sample.value / GIB;
                if gib <= limit {
                    sheet.fine(id);
                } else {
                    sheet.found(over(id, (name, database), (gib, limit), sample.at, &asking.world.home));
                }
            }
            Err(why) => {
                sheet.unknown(id, Some(name), &format!("the billed backup storage of {name} is not known"), &why);
            }
        }
    }
}

fn over(
    id: String,
    (name, database): (&str, &Database),
    (gib, limit): (f64, f64),
    at: Timestamp,
    region: &str,
) -> Finding {
    let (has, allowed) = (gib_words(gib), gib_words(limit));
    let command = [
        "aws",
        "rds",
        "describe-db-cluster-snapshots",
        "--db-cluster-identifier",
        &database.identifier,
        "--snapshot-type",
        "manual",
        "--region",
        region,
    ];
    Finding {
        id,
        database: Some(name.to_owned()),
        severity: Severity::Medium,
        title: format!("{name} is billed for {has} of backup storage; the policy allows {allowed}"),
        evidence: vec![format!("TotalBackupStorageBilled of {}: {has} on {}", database.identifier, moment::utc(at))],
        why: "Backup storage beyond the free part is paid for every month.".to_owned(),
        mend: Mend::run("Let old manual snapshots go, or raise the limit; this lists them.", &command),
        measure: Some(gib - limit),
    }
}

/// What the policy asks for cannot be measured for an RDS instance
pub(super) fn not_measured(
    asking: &Asking<'_>,
    id: String,
    (name, database): (&str, &Database),
    field: &str,
) -> Finding {
    let snapshots = asking.world.regions.get(&asking.world.home).and_then(|region| region.snapshots.as_ref());
    let size = match snapshots {
        Some(Ok(all)) => {
            let own = all.iter().filter(|one| one.source == database.identifier && one.engine.fits(database.kind));
            let sizes: Vec<Option<f64>> = own.map(backup_price::gib).collect();
            let sum: f64 = sizes.iter().flatten().sum();
            format!("allocated size of its {} snapshots: {}", sizes.len(), gib_words(sum))
        }
        Some(Err(why)) => format!("the size of its snapshots is not known: {}", why.why),
        None => "the size of its snapshots is not known: they were not read".to_owned(),
    };
    Finding {
        id,
        database: Some(name.to_owned()),
        severity: Severity::Low,
        title: format!("{field} of {name} cannot be measured: AWS has no such metric for RDS instances"),
        evidence: vec![size, "what is billed is less: snapshots share what did not change".to_owned()],
        why: "A limit that nothing measures protects from nothing.".to_owned(),
        mend: Mend::say(format!("Leave {field} out for this database.")),
        measure: None,
    }
}

/// The values of a cluster, one a day, oldest first: remembered ones and those read now
pub(super) fn samples(asking: &Asking<'_>, name: &str, database: &Database) -> Result<Vec<Sample>, Unknown> {
    // What was remembered stands in for what a check leaves out on purpose, and not for a region that it could not read.
    let read = match &asking.region(asking.home())?.billed {
        Some(Err(why)) => return Err(why.clone()),
        Some(Ok(all)) => all.get(&database.identifier).map(Vec::as_slice).unwrap_or_default(),
        None => &[],
    };
    let remembered = asking.world.history.get(name).map(Vec::as_slice).unwrap_or_default();
    let day = |sample: &Sample| sample.at.to_zoned(TimeZone::UTC).date();
    let sane = |sample: &&Sample| sample.value.is_finite() && sample.value >= 0.0 && sample.at <= asking.now;
    // What was read now replaces what was remembered of its day.
    let days: BTreeMap<_, Sample> =
        remembered.iter().chain(read).filter(sane).map(|sample| (day(sample), *sample)).collect();
    Ok(days.into_values().collect())
}

/// The newest value, if it still counts
pub(super) fn latest(asking: &Asking<'_>, name: &str, database: &Database) -> Result<Sample, Unknown> {
    let samples = samples(asking, name, database)?;
    let newest = samples.last().copied();
    let newest = newest.ok_or_else(|| Unknown { why: "AWS has no value of TotalBackupStorageBilled".to_owned() })?;
    let pause = SignedDuration::from_hours(asking.policy.checkup.metrics_every_hours);
    if asking.now.duration_since(newest.at) > pause + BEHIND {
        let why = format!("the newest value of TotalBackupStorageBilled is that of {}", moment::utc(newest.at));
        return Err(Unknown { why });
    }
    Ok(newest)
}
