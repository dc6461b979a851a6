//! Locks of vaults: one that is about to be for ever, and rules whose jobs a lock makes fail.

use jiff::{SignedDuration, Timestamp};

use super::super::{Asking, Finding, Mend, Severity, Sheet, Unknown};
use super::{count, home, measure, only, plans, vault, vaults};
use crate::database::{BackupPlan, BackupRule, Vault};
use crate::moment;

/// A lock is told of when it cannot be undone after so long
const SOON: SignedDuration = SignedDuration::from_hours(3 * 24);
/// Rules that a finding lists
const MOST_LISTED: usize = 10;

/// How a vault is locked, in one line, for a mail that tells how things stand
pub fn lock_line(now: Timestamp, vault: &Vault) -> String {
    let limits = match (vault.min_days, vault.max_days) {
        (None, None) => String::new(),
        (Some(min), None) => format!(", at least {min} days"),
        (None, Some(max)) => format!(", at most {max} days"),
        (Some(min), Some(max)) => format!(", {min} to {max} days"),
    };
    match (vault.locked, vault.lock_date) {
        (false, None) => format!("vault {} is not locked", vault.name),
        (_, Some(at)) if at > now => {
            format!("vault {} is locked for compliance, for ever from {}{limits}", vault.name, moment::utc(at))
        }
        (_, Some(at)) => format!("vault {} is locked for compliance since {}{limits}", vault.name, moment::utc(at)),
        (true, None) => format!("vault {} is locked for governance{limits}", vault.name),
    }
}

pub(super) fn ask(asking: &Asking<'_>, sheet: &mut Sheet) {
    for (name, databases) in vaults(asking.policy) {
        let database = only(&databases);
        let id = format!("vault-lock/{name}");
        match vault(asking, name) {
            Ok(None) => sheet.fine(id),
            Ok(Some(vault)) => soon(asking, sheet, id, vault, database),
            Err(why) => sheet.unknown(id, database, &format!("it is not known how vault {name} is locked"), &why),
        }
        let id = format!("vault-lock-rules/{name}");
        match broken(asking, name) {
            Ok(broken) if broken.is_empty() => sheet.fine(id),
            Ok(broken) => rules(asking, sheet, id, (name, database), &broken),
            Err(why) => {
                let title = format!("it is not known whether the rules of vault {name} fit its lock");
                sheet.unknown(id, database, &title, &why);
            }
        }
    }
}

fn soon(asking: &Asking<'_>, sheet: &mut Sheet, id: String, vault: &Vault, database: Option<&str>) {
    let soon = |at: &Timestamp| *at > asking.now && at.duration_since(asking.now) <= SOON;
    let Some(at) = vault.lock_date.filter(soon) else { return sheet.fine(id) };
    let name = vault.name.as_str();
    let verb = "delete-backup-vault-lock-configuration";
    let command = ["aws", "backup", verb, "--backup-vault-name", name, "--region", &asking.world.home];
    sheet.found(Finding {
        id,
        database: database.map(str::to_owned),
        severity: Severity::Medium,
        title: format!("the lock of vault {name} cannot be undone after {}", moment::utc(at)),
        evidence: vec![lock_line(asking.now, vault)],
        why: "From then on nobody, and not AWS either, can shorten a retention or empty the vault.".to_owned(),
        mend: Mend::run("If the lock is meant, do nothing; if it is not, take it off before that time.", &command),
        measure: None,
    });
}

/// A rule that a lock makes fail
struct Broken<'a> {
    plan: &'a BackupPlan,
    words: String,
}

fn broken<'a>(asking: &Asking<'a>, name: &str) -> Result<Vec<Broken<'a>>, Unknown> {
    let Some(lock) = vault(asking, name)? else { return Ok(Vec::new()) };
    let listed = vaults(asking.policy);
    let (mut found, mut not_known) = (Vec::new(), None);
    for plan in plans(asking)? {
        for rule in &plan.rules {
            let mut note = |words: Option<String>| {
                let line = |words| format!("rule {} of plan {}: {words}", rule.name, plan.name);
                found.extend(words.map(|words| Broken { plan, words: line(words) }));
            };
            if rule.vault == name {
                note(against(lock, rule.delete_after_days));
            }
            for (arn, days) in copies(rule, name, listed.contains_key(rule.vault.as_str())) {
                match destination(asking, arn) {
                    Ok(Some(vault)) => {
                        note(against(vault, days).map(|words| format!("its copy to {arn}: {words}")));
                    }
                    Ok(None) => {}
                    Err(why) => not_known = Some(why),
                }
            }
        }
    }
    match not_known {
        Some(why) if found.is_empty() => Err(why),
        _ => Ok(found),
    }
}

/// The copies that count for a vault: those of rules that write to it, and those that come to it from a vault that the
/// policy does not name
fn copies<'a>(rule: &'a BackupRule, name: &str, is_listed: bool) -> impl Iterator<Item = (&'a str, Option<i64>)> {
    let counts = move |arn: &str| arn.rsplit(':').next() == Some(name) && !is_listed;
    let writes = rule.vault == name;
    let wanted: Vec<_> = rule.copies.iter().filter(|(arn, ..)| writes || counts(arn)).collect();
    wanted.into_iter().map(|(arn, days, _)| (arn.as_str(), *days))
}

/// The vault that a copy goes to, where it was read: `arn:aws:backup:<region>:<account>:backup-vault:<name>`. Those of
/// other accounts are not, though one here may have the same name.
fn destination<'a>(asking: &Asking<'a>, arn: &str) -> Result<Option<&'a Vault>, Unknown> {
    let mut parts = arn.splitn(7, ':').skip(3);
    let (Some(region), Some(account), _, Some(name)) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        return Ok(None);
    };
    if own_account(asking).is_some_and(|own| own != account) {
        return Ok(None);
    }
    let known = asking.world.regions.get(region).and_then(|region| region.vaults.get(name));
    known.map_or(Ok(None), |facts| facts.vault.as_ref().map(Option::as_ref).map_err(Clone::clone))
}

fn own_account<'a>(asking: &Asking<'a>) -> Option<&'a str> {
    let region = home(asking).ok()?;
    let clusters = region.clusters.iter().flatten().flatten().map(|kept| kept.facts.arn.as_str());
    let instances = region.instances.iter().flatten().flatten().map(|kept| kept.facts.arn.as_str());
    clusters.chain(instances).find_map(|arn| arn.split(':').nth(4)).filter(|account| !account.is_empty())
}

/// Why a lock refuses a retention. No retention means for ever.
fn against(vault: &Vault, days: Option<i64>) -> Option<String> {
    if !vault.locked {
        return None;
    }
    let name = &vault.name;
    match (days, vault.min_days, vault.max_days) {
        (Some(days), Some(min), _) if days < min => {
            Some(format!("keeps for {days} days; the lock of {name} asks for at least {min}"))
        }
        (Some(days), _, Some(max)) if days > max => {
            Some(format!("keeps for {days} days; the lock of {name} allows at most {max}"))
        }
        (None, _, Some(max)) => Some(format!("keeps for ever; the lock of {name} allows at most {max} days")),
        _ => None,
    }
}

fn rules(
    asking: &Asking<'_>,
    sheet: &mut Sheet,
    id: String,
    (name, database): (&str, Option<&str>),
    broken: &[Broken<'_>],
) {
    let Some(first) = broken.first() else { return };
    let (plan, home) = (first.plan.id.as_str(), asking.world.home.as_str());
    let command = ["aws", "backup", "get-backup-plan", "--backup-plan-id", plan, "--region", home];
    let mut evidence: Vec<String> = broken.iter().take(MOST_LISTED).map(|one| one.words.clone()).collect();
    if broken.len() > MOST_LISTED {
        evidence.push(format!("and {} more", broken.len() - MOST_LISTED));
    }
    sheet.found(Finding {
        id,
        database: database.map(str::to_owned),
        severity: Severity::High,
        title: format!("a lock makes every job of {} for vault {name} fail", count(broken.len(), "retention")),
        evidence,
        why: "A job whose retention is outside of the lock's limits fails, so that no recovery point is made."
            .to_owned(),
        mend: Mend::run("Change the rule's retention to what the lock allows; this shows the plan.", &command),
        measure: measure(broken.len()),
    });
}
