//! Recovery points: a young one that can be restored, and those that AWS could not delete.

use jiff::{SignedDuration, Timestamp};

use super::super::{Asking, Finding, Mend, Severity, Sheet, Unknown};
use super::{Subject, count, measure, not_told, only, subject, unknown, vault, vault_facts, vaults};
use crate::database::PointFacts;
use crate::lifecycle::CLOCKS;
use crate::moment;
use crate::policy::RecoveryPoints;

/// Points that a finding lists
const MOST_LISTED: usize = 10;

pub(super) fn ask(asking: &Asking<'_>, sheet: &mut Sheet) {
    for (name, database) in &asking.policy.databases {
        for wanted in &database.backups.recovery_points {
            let id = format!("recovery-point/{name}/{}", wanted.vault);
            let judged = subject(asking, database).and_then(|subject| judge(asking, name, wanted, subject));
            match judged {
                Ok(None) => sheet.fine(id),
                Ok(Some(finding)) => sheet.found(Finding { id, database: Some(name.clone()), ..finding }),
                Err(why) => {
                    let title = format!("it is not known whether vault {} holds a young recovery point", wanted.vault);
                    not_told(asking, sheet, id, name, &format!("{name}: {title}"), &why);
                }
            }
        }
    }
    for (name, databases) in vaults(asking.policy) {
        expired(asking, sheet, name, only(&databases));
    }
}

/// Whether a point can be restored
pub(super) fn is_restorable(facts: &PointFacts) -> bool {
    matches!(facts.point.status.as_str(), "COMPLETED" | "AVAILABLE") && facts.tier.as_deref() != Some("DELETED")
}

/// Whether it is a continuous backup: one point that grows, whose time of creation is when it began
fn is_continuous(facts: &PointFacts) -> bool {
    [":continuous:", ":auto-backup:", ":cluster-auto-backup:"].iter().any(|part| facts.point.arn.contains(part))
}

/// The newest state that a point can bring back
fn reaches(facts: &PointFacts, subject: Subject<'_>) -> Option<Timestamp> {
    if is_continuous(facts) { subject.restorable } else { facts.point.created_at }
}

fn is_cold(facts: &PointFacts) -> bool {
    facts.tier.as_deref() == Some("COLD")
}

fn judge(
    asking: &Asking<'_>,
    name: &str,
    wanted: &RecoveryPoints,
    subject: Subject<'_>,
) -> Result<Option<Finding>, Unknown> {
    let home = asking.world.home.as_str();
    let vault_name = wanted.vault.as_str();
    if vault(asking, vault_name)?.is_none() {
        let command = ["aws", "backup", "create-backup-vault", "--backup-vault-name", vault_name, "--region", home];
        let mend = Mend::run("Make the vault and a plan that writes to it, or correct the policy.", &command);
        let title = format!("vault {vault_name}, which is to hold recovery points of {name}, does not exist");
        return Ok(Some(finding(Severity::High, title, vec![format!("no vault {vault_name} in {home}")], mend)));
    }
    vault_facts(asking, vault_name)?.points.as_ref().map_err(Clone::clone)?;
    let own = subject.points(asking, vault_name);
    let restorable: Vec<&PointFacts> = own.iter().copied().filter(|facts| is_restorable(facts)).collect();
    if restorable.is_empty() {
        let title = format!("vault {vault_name} holds no recovery point of {name} that can be restored");
        let others = own.iter().take(MOST_LISTED).map(|facts| listed(facts));
        let evidence = std::iter::once(format!("resource {}", subject.arn)).chain(others).collect();
        let words = "See what became of its backup jobs; give a plan that writes to this vault this resource.";
        let mend = look(words, subject, vault_name, home);
        return Ok(Some(finding(Severity::High, title, evidence, mend)));
    }
    let newest = restorable.iter().filter_map(|facts| Some((reaches(facts, subject)?, *facts)));
    let Some((at, newest)) = newest.max_by_key(|(at, _)| *at) else {
        return Err(unknown("AWS does not say when any of the recovery points was made"));
    };
    let age = asking.now.duration_since(at);
    if age < -CLOCKS {
        return Err(unknown(format!("recovery point {} was made after now: a clock is wrong", newest.point.arn)));
    }
    let mut evidence = vec![listed(newest), count(restorable.len(), "recovery point") + " that can be restored"];
    let limit = SignedDuration::from_hours(wanted.newest_hours);
    if age <= limit {
        if !restorable.iter().all(|facts| is_cold(facts)) {
            // The lists leave the tier out; where some are cold, the others may be.
            let known = |facts: &&&PointFacts| facts.tier.is_some();
            let any_cold = restorable.iter().any(|facts| is_cold(facts));
            if any_cold && restorable.iter().filter(known).all(|facts| is_cold(facts)) {
                return Err(unknown("AWS does not say whether the points that are not in cold storage are in warm"));
            }
            return Ok(None);
        }
        let title = format!("every recovery point of {name} in vault {vault_name} is in cold storage");
        let mend = Mend::say("Let the plan keep points in warm storage for as long as they may be needed quickly.");
        return Ok(Some(finding(Severity::Medium, title, evidence, mend)));
    }
    if let Some(timeless) = restorable.iter().find(|facts| reaches(facts, subject).is_none()) {
        return Err(unknown(format!("AWS does not say until when recovery point {} reaches", timeless.point.arn)));
    }
    let (age_words, limit_words) = (moment::duration(age), moment::duration(limit));
    let title = format!(
        "the newest recovery point of {name} in vault {vault_name} is {age_words} old; the policy allows {limit_words}"
    );
    evidence.push(format!("the limit was passed at {}", moment::utc(at.saturating_add(limit).unwrap_or(at))));
    let mend = look("See what became of the backup jobs since then.", subject, vault_name, home);
    let hours = (age - limit).as_secs_f64() / 3600.0;
    Ok(Some(Finding { measure: Some(hours), ..finding(Severity::High, title, evidence, mend) }))
}

/// A finding whose id and database the caller puts in
fn finding(severity: Severity, title: String, evidence: Vec<String>, mend: Mend) -> Finding {
    Finding {
        id: String::new(),
        database: None,
        severity,
        title,
        evidence,
        why: "The policy counts on a recovery point of this vault when the database itself is lost.".to_owned(),
        mend,
        measure: None,
    }
}

fn look(words: &str, subject: Subject<'_>, vault: &str, region: &str) -> Mend {
    let command =
        ["aws", "backup", "list-backup-jobs", "--by-resource-arn", subject.arn, "--by-backup-vault-name", vault];
    let command: Vec<&str> = command.into_iter().chain(["--region", region]).collect();
    Mend::run(words, &command)
}

fn listed(facts: &PointFacts) -> String {
    let at = facts.point.created_at.map_or_else(|| "an unknown time".to_owned(), moment::utc);
    let words = facts.message.as_deref().map(|words| format!(": {words}")).unwrap_or_default();
    format!("{} of {at}, {}{words}", facts.point.arn, facts.point.status)
}

fn expired(asking: &Asking<'_>, sheet: &mut Sheet, name: &str, database: Option<&str>) {
    let id = format!("expired-points/{name}");
    let points = vault_facts(asking, name).and_then(|facts| facts.points.as_ref().map_err(Clone::clone));
    let points = match points {
        Ok(points) => points,
        Err(why) => {
            let title = format!("it is not known whether vault {name} holds recovery points that AWS could not delete");
            return sheet.unknown(id, database, &title, &why);
        }
    };
    let since = |facts: &PointFacts| facts.delete_at.or(facts.point.created_at);
    let mut expired: Vec<&PointFacts> = points.iter().filter(|facts| facts.point.status == "EXPIRED").collect();
    expired.sort_by_key(|facts| (since(facts).unwrap_or(Timestamp::MAX), facts.point.arn.clone()));
    let Some(first) = expired.first() else { return sheet.fine(id) };
    let command = [
        "aws",
        "backup",
        "delete-recovery-point",
        "--backup-vault-name",
        name,
        "--recovery-point-arn",
        &first.point.arn,
        "--region",
        &asking.world.home,
    ];
    let was_due = first.delete_at.map(|at| format!(", the first since {}", moment::utc(at))).unwrap_or_default();
    let mut evidence: Vec<String> = expired.iter().take(MOST_LISTED).map(|facts| listed(facts)).collect();
    if expired.len() > MOST_LISTED {
        evidence.push(format!("and {} more", expired.len() - MOST_LISTED));
    }
    sheet.found(Finding {
        id,
        database: database.map(str::to_owned),
        severity: Severity::Medium,
        title: format!("AWS could not delete {} of vault {name}{was_due}", count(expired.len(), "recovery point")),
        evidence,
        why: "They are billed until they are gone, and a retention that does not hold may break a promise.".to_owned(),
        mend: Mend::run("Delete the first (and then the others) with a role that may; mend the plan's role.", &command),
        measure: measure(expired.len()),
    });
}
