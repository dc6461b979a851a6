//! Rules of plans that AWS refuses or does not follow for databases.

use super::super::{Asking, Finding, Mend, Severity, Sheet};
use super::{count, measure, only, plans, vaults};
use crate::database::{BackupPlan, BackupRule};

/// What is in cold storage stays there for so many days (AWS Backup API, `Lifecycle`)
const COLD_DAYS: i64 = 90;
/// Longest retention of a continuous backup (AWS Backup, "Continuous backups and point-in-time recovery")
const MOST_CONTINUOUS_DAYS: i64 = 35;
/// Rules that a finding lists
const MOST_LISTED: usize = 10;

pub(super) fn ask(asking: &Asking<'_>, sheet: &mut Sheet) {
    for (name, databases) in vaults(asking.policy) {
        let id = format!("plan-rules/{name}");
        let database = only(&databases);
        let plans = match plans(asking) {
            Ok(plans) => plans,
            Err(why) => {
                let title = format!("it is not known whether the rules that write to vault {name} can work");
                sheet.unknown(id, database, &title, &why);
                continue;
            }
        };
        let of = |plan: &'_ BackupPlan| -> Vec<(Severity, String, String)> {
            let rules = plan.rules.iter().filter(|rule| rule.vault == name);
            let wrong = rules.flat_map(|rule| {
                let line = |words| format!("rule {} of plan {}: {words}", rule.name, plan.name);
                wrong(rule).into_iter().map(move |(severity, words)| (severity, line(words)))
            });
            wrong.map(|(severity, words)| (severity, words, plan.id.clone())).collect()
        };
        let mut wrong: Vec<_> = plans.iter().flat_map(of).collect();
        wrong.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        let Some((severity, first, plan)) = wrong.first() else {
            sheet.fine(id);
            continue;
        };
        let command = ["aws", "backup", "get-backup-plan", "--backup-plan-id", plan, "--region", &asking.world.home];
        let mut evidence: Vec<String> = wrong.iter().take(MOST_LISTED).map(|(_, words, _)| words.clone()).collect();
        if wrong.len() > MOST_LISTED {
            evidence.push(format!("and {} more", wrong.len() - MOST_LISTED));
        }
        sheet.found(Finding {
            id,
            database: database.map(str::to_owned),
            severity: *severity,
            title: format!("{} for vault {name}: {first}", count(wrong.len(), "setting") + " without effect"),
            evidence,
            why: "The plan promises a retention or a price that the recovery points will not have.".to_owned(),
            mend: Mend::run("Correct the rule; this shows the plan.", &command),
            measure: measure(wrong.len()),
        });
    }
}

/// What is wrong with a rule
fn wrong(rule: &BackupRule) -> Vec<(Severity, String)> {
    let mut wrong = Vec::new();
    let own = (String::new(), rule.delete_after_days, rule.cold_after_days);
    let copies = rule.copies.iter().map(|(arn, delete, cold)| (format!("its copy to {arn} "), *delete, *cold));
    for (which, delete, cold) in std::iter::once(own).chain(copies) {
        let Some(cold) = cold else { continue };
        match delete {
            Some(delete) if delete < cold.saturating_add(COLD_DAYS) => wrong.push((
                Severity::Medium,
                format!(
                    "{which}deletes after {delete} days and goes to cold storage after {cold}, but has to stay there \
                     for {COLD_DAYS} days: AWS refuses that"
                ),
            )),
            _ => wrong.push((
                Severity::Low,
                format!("{which}goes to cold storage after {cold} days, which AWS ignores for databases"),
            )),
        }
    }
    if let Some(days) = rule.delete_after_days.filter(|days| rule.continuous && *days > MOST_CONTINUOUS_DAYS) {
        let words =
            format!("keeps continuous backups for {days} days; AWS keeps them for at most {MOST_CONTINUOUS_DAYS}");
        wrong.push((Severity::Medium, words));
    }
    wrong
}
