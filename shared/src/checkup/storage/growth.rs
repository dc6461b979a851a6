//! Growth of billed backup storage in percent a week.

use jiff::SignedDuration;

use super::super::{Asking, Finding, Mend, Severity, Sheet, Unknown};
use super::billed::{GIB, latest, not_measured, samples};
use super::gib_words;
use crate::database::{Kind, Sample};
use crate::moment;

/// The value to compare with is the one nearest to a week before, and at least so old
const LEAST: SignedDuration = SignedDuration::from_hours(5 * 24);
/// And at most so old
const MOST: SignedDuration = SignedDuration::from_hours(10 * 24);
const WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);
/// When a history is old enough to be missed where it has no values
const YOUNG: SignedDuration = SignedDuration::from_hours(14 * 24);
/// Growth is told of at least so much: anything is many times nothing
const LEAST_BASE: f64 = GIB;

pub(super) fn ask(asking: &Asking<'_>, sheet: &mut Sheet) {
    for (name, database) in &asking.policy.databases {
        let Some(limit) = database.storage.growth_percent_per_week else { continue };
        let id = format!("growth/{name}");
        if database.kind == Kind::Rds {
            sheet.found(not_measured(asking, id, (name, database), "storage.growth_percent_per_week"));
            continue;
        }
        let title = format!("the growth of the backup storage of {name} is not known");
        let all = match samples(asking, name, database) {
            Ok(all) => all,
            Err(why) => {
                sheet.unknown(id, Some(name), &title, &why);
                continue;
            }
        };
        let newest = latest(asking, name, database);
        let compared = newest.clone().ok().and_then(|newest| Some((newest, before(&all, newest)?)));
        if let Some((newest, base)) = compared {
            let percent = percent_a_week(newest, base);
            if percent <= limit {
                sheet.fine(id);
            } else {
                sheet.found(over(id, name, (percent, limit), (newest, base)));
            }
            continue;
        }
        // A young history is no trouble: it is not known yet.
        if all.first().is_some_and(|first| asking.now.duration_since(first.at) > YOUNG) {
            let gap = || Unknown { why: "there is no value of about a week before the newest one".to_owned() };
            sheet.unknown(id, Some(name), &title, &newest.err().unwrap_or_else(gap));
        } else {
            sheet.silent(id, "its values are not two weeks old yet");
        }
    }
}

/// The value nearest to a week before; of two the older one
fn before(all: &[Sample], newest: Sample) -> Option<Sample> {
    let age = |sample: &Sample| newest.at.duration_since(sample.at);
    let fits = all.iter().filter(|sample| (LEAST..=MOST).contains(&age(sample)));
    fits.min_by_key(|sample| ((age(sample) - WEEK).abs(), sample.at)).copied()
}

fn percent_a_week(newest: Sample, base: Sample) -> f64 {
    let weeks = newest.at.duration_since(base.at).as_secs_f64() / WEEK.as_secs_f64();
    let from = base.value.max(LEAST_BASE);
    (newest.value - from) / from * 100.0 / weeks
}

fn over(id: String, name: &str, (percent, limit): (f64, f64), (newest, base): (Sample, Sample)) -> Finding {
    let line = |sample: Sample| format!("{} on {}", gib_words(sample.value / GIB), moment::utc(sample.at));
    Finding {
        id,
        database: Some(name.to_owned()),
        severity: Severity::Medium,
        title: format!("backup storage of {name} grows by {percent:.0} % a week; the policy allows {limit} %"),
        evidence: vec![line(base), line(newest)],
        why: "What grows without a reason is a retention that nobody meant, or data that nobody expects.".to_owned(),
        mend: Mend::say("See what was added: snapshots, a longer retention, or data; or raise the limit."),
        measure: Some(percent - limit),
    }
}
