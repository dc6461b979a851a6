//! Drills that are too old, failed or left something; recoveries and inspections that still stand.

mod standing;

use jiff::{SignedDuration, Timestamp};

use super::facts::{DrillFacts, Unknown};
use super::finding::{Mend, Severity};
use super::look::{Protected, Told, read};
use super::{Asking, Sheet};
use crate::moment;
use crate::policy::{Drill, Policy};
use crate::verify::VerdictWord;

const TESTED: &str = "tested";
const AGE: &str = "drill-age";
const RESULT: &str = "drill-result";
const LEFT: &str = "drill-left";

/// Days of records that are read at least
const FEWEST_DAYS: i64 = 35;

/// Since when records of drills have to be read, so that the last passed one of every drill is among them where it is young
/// enough. Read less, and a yearly drill looks as if it had never been.
pub fn drills_since(now: Timestamp, policy: &Policy) -> Timestamp {
    let drills = policy.databases.iter().flat_map(|(_, database)| &database.drills);
    let days = drills.filter_map(|(_, drill)| drill.max_age_days).fold(FEWEST_DAYS, i64::max);
    // A day more, as a record is filed by the month of its schedule and not of its request.
    now.checked_sub(SignedDuration::from_hours(24 * (days + 1))).unwrap_or(Timestamp::MIN)
}

pub(super) fn ask(asking: &Asking<'_>, sheet: &mut Sheet) {
    let drills = read(asking.world.drills.as_ref(), "records of drills", asking.home());
    for of in asking.protected() {
        configured(&of, sheet);
        for (drill, rules) in &of.entry.drills {
            one(&of, (drill, rules), drills.as_ref().map(|list| list.as_slice()), sheet);
        }
    }
    standing::ask(asking, sheet);
}

fn configured(of: &Protected<'_>, sheet: &mut Sheet) {
    if !of.entry.drills.is_empty() {
        return of.fine(sheet, TESTED);
    }
    let name = of.name;
    let told = Told {
        severity: Severity::Low,
        title: format!("backups of {name} are never tested: the policy has no drill of it"),
        evidence: vec![format!("databases.{name}.drills names nothing")],
        why: "A backup that was never restored is a hope.",
        mend: Mend::say(format!("Give {name} a drill in the policy, and a schedule for it.")),
        measure: None,
    };
    of.found(sheet, TESTED, told);
}

/// A command that drills now
fn drill_now(of: &Protected<'_>, drill: &str, words: &str) -> Mend {
    let payload = format!(r#"{{"drill":"{}/{drill}"}}"#, of.name);
    let invoke = ["aws", "lambda", "invoke", "--function-name", "restore-drill"];
    let raw = ["--cli-binary-format", "raw-in-base64-out", "--payload", &payload, "/dev/stdout"];
    let args: Vec<&str> = invoke.into_iter().chain(raw).collect();
    Mend::run(words, &args)
}

fn one(of: &Protected<'_>, (drill, rules): (&str, &Drill), all: Result<&[DrillFacts], &Unknown>, sheet: &mut Sheet) {
    let id = |question: &str| format!("{question}/{}/{drill}", of.name);
    let title = format!("{}/{drill}", of.name);
    let all = match all {
        Ok(all) => all,
        Err(why) => {
            let aged = rules.max_age_days.map(|_| (AGE, "is recent"));
            for (question, what) in aged.into_iter().chain([(RESULT, "passed"), (LEFT, "left nothing behind")]) {
                let title = format!("whether the last drill {title} {what} could not be told");
                sheet.unknown(id(question), Some(of.name), &title, why);
            }
            return;
        }
    };
    let its: Vec<&DrillFacts> = all.iter().filter(|one| one.database == of.name && one.drill == drill).collect();
    let passed = its.iter().filter(|one| one.verdict == VerdictWord::Passed).max_by_key(|one| one.requested_at);
    if let Some(days) = rules.max_age_days {
        match age(of, (drill, days), passed.copied(), its.len()) {
            None => sheet.fine(id(AGE)),
            Some(told) => sheet.found(told.under(id(AGE), Some(of.name))),
        }
    }
    let Some(last) = its.iter().max_by_key(|one| one.requested_at) else {
        // Where an age is asked for, that finding says it.
        if rules.max_age_days.is_none() {
            sheet.found(never(of, drill, Severity::Low).under(id(RESULT), Some(of.name)));
        }
        for question in [RESULT, LEFT] {
            sheet.silent(id(question), "no record of a drill was found");
        }
        return;
    };
    match result(of, drill, last) {
        None => sheet.fine(id(RESULT)),
        Some(told) => sheet.found(told.under(id(RESULT), Some(of.name))),
    }
    match left(of, drill, last) {
        None => sheet.fine(id(LEFT)),
        Some(told) => sheet.found(told.under(id(LEFT), Some(of.name))),
    }
}

fn never(of: &Protected<'_>, drill: &str, severity: Severity) -> Told {
    Told {
        severity,
        title: format!("{}/{drill} has never been drilled", of.name),
        evidence: vec!["no record of it was found".to_owned()],
        why: "A backup that was never restored is a hope.",
        mend: drill_now(of, drill, "Drill it now, and see that its schedule is on."),
        measure: None,
    }
}

fn age(of: &Protected<'_>, (drill, days): (&str, i64), passed: Option<&DrillFacts>, runs: usize) -> Option<Told> {
    let limit = SignedDuration::from_hours(24 * days);
    let Some(last) = passed else {
        let mut told = never(of, drill, Severity::Medium);
        if runs > 0 {
            told.title = format!("{}/{drill} has never passed", of.name);
            told.evidence = vec![format!("{runs} drills ended, none of them passed")];
        }
        return Some(told);
    };
    let age = of.asking.now.duration_since(last.requested_at);
    if age <= limit {
        return None;
    }
    Some(Told {
        severity: Severity::Medium,
        title: format!(
            "the last passed drill {}/{drill} was {} ago; {days} days are allowed",
            of.name,
            moment::duration(age)
        ),
        evidence: vec![format!("{} passed {}", last.run, moment::both(last.requested_at, &of.asking.policy.zone()))],
        why: "Since then nothing has shown that its backups can be restored.",
        mend: drill_now(of, drill, "Drill it now, and see that its schedule is on."),
        measure: Some(age.as_secs_f64() / 86_400.0),
    })
}

fn result(of: &Protected<'_>, drill: &str, last: &DrillFacts) -> Option<Told> {
    let (severity, word) = match last.verdict {
        VerdictWord::Passed => return None,
        VerdictWord::Failed => (Severity::High, "failed"),
        VerdictWord::Inconclusive => (Severity::Medium, "was inconclusive"),
    };
    let at = moment::both(last.requested_at, &of.asking.policy.zone());
    Some(Told {
        severity,
        title: format!("the last drill {}/{drill} {word}", of.name),
        evidence: vec![format!("{} of {at}", last.run), last.reason.clone()],
        why: "Until a drill passes, nobody knows whether the backups would help.",
        mend: drill_now(of, drill, "Mend what the reason names, then drill again."),
        measure: None,
    })
}

fn left(of: &Protected<'_>, drill: &str, last: &DrillFacts) -> Option<Told> {
    if last.left_behind == 0 {
        return None;
    }
    let tag = format!("Key=lifeboat:run,Values={}", last.run);
    let region = of.entry.drill(drill).and_then(|rules| rules.region.as_deref()).unwrap_or(of.asking.home());
    let look = ["aws", "resourcegroupstaggingapi", "get-resources", "--tag-filters", &tag, "--region", region];
    let things = if last.left_behind == 1 { "1 thing".to_owned() } else { format!("{} things", last.left_behind) };
    Some(Told {
        severity: Severity::High,
        title: format!("the last drill {}/{drill} left {things} behind", of.name),
        evidence: vec![format!("the record of {} names them", last.run)],
        why: "A copy that stands costs money, and holds the data of the database outside of its protection.",
        mend: Mend::run("See what is still there; the sweeper removes what has expired.", &look),
        measure: None,
    })
}

#[cfg(test)]
mod tests;
