//! How each database stands, in a line and a few figures; the answer to a check that was asked for; the metrics of a check.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::checkup_costs;
use super::checkup_finding::{ACCOUNT, When, number, whole_up_to, word};
use super::checkup_lists as lists;
use super::facts::LONGEST_VALUE;
use super::letter::Letter;
use super::metric::{Metric, Unit, count, dimension};
use super::text::clean;
use crate::checkup::{Compared, Costs, Known, Overview, Severity, World, costs, overview};
use crate::moment;
use crate::policy::Policy;

/// Databases that get lines in a mail; those that are not well come first
const MOST_DATABASES: usize = 100;
/// Findings of an answer in full, and then in a line each
const MOST_ANSWERED: (usize, usize) = (100, 400);
/// What is younger is of just now
const JUST_NOW: SignedDuration = SignedDuration::from_secs(1);
/// Dimension of findings that are about no single database. No database can have that name.
const ACCOUNT_DIMENSION: &str = "(account)";

/// How a database stands
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Health {
    /// Something is open
    Open,
    /// Nothing is open, as nobody saw it
    Unseen,
    /// It was seen, and nothing is open
    Well,
}

/// All that is open by database, under none what is about no single one
struct Open<'a>(BTreeMap<Option<&'a str>, Vec<&'a Known>>);

impl<'a> Open<'a> {
    fn of(compared: &'a Compared) -> Self {
        let mut open: BTreeMap<Option<&str>, Vec<&Known>> = BTreeMap::new();
        for (_, known) in &compared.found {
            open.entry(known.finding.database.as_deref()).or_default().push(known);
        }
        Self(open)
    }

    fn about(&self, database: Option<&'a str>) -> &[&'a Known] {
        self.0.get(&database).map_or(&[], Vec::as_slice)
    }

    fn health(&self, overview: &'a Overview) -> Health {
        if !self.about(Some(&overview.database)).is_empty() {
            Health::Open
        } else if overview.is_seen {
            Health::Well
        } else {
            Health::Unseen
        }
    }
}

/// Databases of which nothing is said to be wrong only because nobody saw them
pub(super) fn unseen(compared: &Compared, overviews: &[Overview]) -> usize {
    let open = Open::of(compared);
    overviews.iter().filter(|one| open.health(one) == Health::Unseen).count()
}

/// `all 3 databases are well`, `2 findings open, 1 of 3 databases is well`
pub(super) fn weekly(compared: &Compared, overviews: &[Overview]) -> String {
    let open = Open::of(compared);
    let well = overviews.iter().filter(|one| open.health(one) == Health::Well).count();
    let (all, found) = (overviews.len(), compared.found.len());
    match (found, all - well) {
        (0, 0) if all == 1 => "the one database is well".to_owned(),
        (0, 0) => format!("all {all} databases are well"),
        (0, unseen) => format!("{unseen} of {} could not be looked at", number(all, "database", "databases")),
        _ => format!(
            "{} open, {well} of {} well",
            number(found, "finding", "findings"),
            number(all, "database", "databases")
        ),
    }
}

/// `2 open: 1 HIGH, 1 not looked at`
fn opens(all: &[&Known]) -> String {
    let of = |severity| all.iter().filter(|known| known.finding.severity == severity).count();
    let said: Vec<String> = [Severity::High, Severity::Medium, Severity::Low, Severity::Unjudged]
        .map(|severity| (of(severity), severity))
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, severity)| match severity {
            Severity::Unjudged => format!("{number} not looked at"),
            _ => format!("{number} {}", word(severity)),
        })
        .collect();
    format!("{} open: {}", all.len(), said.join(", "))
}

/// The table of databases
pub(super) fn databases(
    letter: &mut Letter,
    compared: &Compared,
    (overviews, costs): (&[Overview], &Costs),
    now: Timestamp,
) {
    letter.heading("DATABASES");
    let open = Open::of(compared);
    let mut sorted: Vec<&Overview> = overviews.iter().collect();
    sorted.sort_by_key(|one| open.health(one));
    for one in sorted.iter().take(MOST_DATABASES) {
        database(letter, (compared, &open), (one, costs), now);
    }
    if sorted.len() > MOST_DATABASES {
        let rest = sorted.iter().skip(MOST_DATABASES);
        let well = rest.clone().filter(|one| open.health(one) == Health::Well).count();
        letter.say("  ", &format!("and {} more, {well} of them well", rest.count()));
    }
    let account = open.about(None);
    if !account.is_empty() {
        letter.say("  ", &format!("{ACCOUNT}: {}", opens(account)));
    }
}

fn database(
    letter: &mut Letter,
    (compared, open): (&Compared, &Open<'_>),
    (one, costs): (&Overview, &Costs),
    now: Timestamp,
) {
    let name = clean(&one.database, 63);
    let accepted = compared.accepted.iter().filter(|(finding, _)| finding.database.as_ref() == Some(&one.database));
    let accepted = match accepted.count() {
        0 => String::new(),
        number => format!(", {number} accepted by the policy"),
    };
    let stands = match open.health(one) {
        Health::Well => "all is well".to_owned(),
        Health::Unseen => "NOT KNOWN, as it was not seen".to_owned(),
        Health::Open => opens(open.about(Some(&one.database))),
    };
    letter.say("  ", &format!("{name}: {stands}{accepted}"));
    letter.say("    ", &figures(one, costs, now));
}

/// Every figure, and "not known" where there is none
fn figures(one: &Overview, costs: &Costs, now: Timestamp) -> String {
    let age = |at: Timestamp| moment::duration(now.duration_since(at));
    // AWS's clock and ours differ by some seconds.
    let latest = match one.latest {
        None => "restorable time not known".to_owned(),
        Some(at) if now.duration_since(at) < JUST_NOW => "restorable to just now".to_owned(),
        Some(at) => format!("restorable to {} ago", age(at)),
    };
    let snapshot = match one.newest_snapshot {
        None => "newest snapshot not known".to_owned(),
        Some(at) if now.duration_since(at) < JUST_NOW => "newest snapshot just made".to_owned(),
        Some(at) => format!("newest snapshot {} old", age(at)),
    };
    let kept =
        one.retention_days.map_or_else(|| "retention not known".to_owned(), |days| format!("backups kept {days} days"));
    let passed = one
        .passed_at
        .map_or_else(|| "no passed drill known".to_owned(), |at| format!("last passed drill {} ago", age(at)));
    let billed = checkup_costs::of_database(costs.databases.iter().find(|costs| costs.name == one.database));
    [latest, snapshot, kept, passed, billed].join(", ")
}

/// The answer to a schedule and to a ring, which nobody waits for: a line.
pub fn checkup_line(compared: &Compared, policy: &Policy, now: Timestamp) -> String {
    let all: Vec<&Known> = compared.found.iter().map(|(_, known)| known).collect();
    let stands = if all.is_empty() { "all is well".to_owned() } else { opens(&all) };
    let at = moment::both(now, &policy.zone());
    format!("Backups checked at {at}: {stands}. {{\"check\": \"*\"}} answers with all of it.")
}

/// The answer to a check that was asked for: of one database, or of all of them.
pub fn checkup_message(
    compared: &Compared,
    policy: &Policy,
    world: &World,
    only: Option<&str>,
    now: Timestamp,
) -> String {
    let zone = policy.zone();
    let when = When { now, zone: &zone, above: None, mended: None };
    let mine = |known: &&Known| only.is_none_or(|name| known.finding.database.as_deref() == Some(name));
    let all: Vec<&Known> = compared.found.iter().map(|(_, known)| known).filter(mine).collect();
    let found: Vec<&Known> = all.iter().copied().filter(|known| known.finding.severity != Severity::Unjudged).collect();
    let overviews = overview(now, policy, world);
    let costs = costs(now, policy, world);
    let costs = only.map_or_else(|| costs.clone(), |name| costs.of(name));
    let open = Open::of(compared);
    let mut letter = Letter::default();
    letter.say("", &format!("Backups checked at {}.", moment::both(now, &zone)));
    for one in overviews.iter().filter(|one| only.is_none_or(|name| one.database == name)).take(MOST_DATABASES) {
        database(&mut letter, (compared, &open), (one, &costs), now);
    }
    let account = open.about(None);
    if only.is_none() && !account.is_empty() {
        letter.say("  ", &format!("{ACCOUNT}: {}", opens(account)));
    }
    checkup_costs::section(&mut letter, &costs, policy);
    whole_up_to(&mut letter, "FOUND", &found, when, MOST_ANSWERED);
    lists::unanswered(&mut letter, all.iter().copied(), when);
    let resolved: Vec<_> = compared.resolved.iter().filter(|ended| mine(&&ended.known)).collect();
    lists::resolved(&mut letter, &resolved, when);
    if !compared.accepted.is_empty() {
        letter.gap();
        lists::accepted(&mut letter, compared, policy, now);
    }
    letter.sealed("INFO", "").body
}

/// The metrics of a check, for every database that it looked at. `Findings` counts all that is open, questions without an
/// answer among them, and not what the policy accepts; those of no single database go under `(account)`. A figure that is
/// not known has no metric: a gap is seen, a made-up zero is not.
pub fn checkup_metrics(compared: &Compared, world: &World, policy: &Policy, now: Timestamp) -> Vec<Metric> {
    let metric = |name, database: &str, value, unit| Metric {
        name,
        dimension: Some(("Database", dimension(database))),
        value,
        unit,
    };
    let only = compared.only.as_deref();
    let open = Open::of(compared);
    let findings = |database: Option<&str>| count(open.about(database).len());
    let mut metrics = Vec::new();
    for one in overview(now, policy, world).iter().filter(|one| only.is_none_or(|name| one.database == name)) {
        let name = clean(&one.database, LONGEST_VALUE);
        let age = |at: Timestamp| now.duration_since(at).as_secs_f64().max(0.0);
        metrics.push(metric("Findings", &name, findings(Some(&one.database)), Unit::Count));
        metrics.extend(one.passed_at.map(|at| metric("DrillAgeHours", &name, age(at) / 3600.0, Unit::None)));
        metrics.extend(one.latest.map(|at| metric("RecoveryPointLagSeconds", &name, age(at), Unit::Seconds)));
        metrics.extend(one.billed_gib.map(|gib| metric("BilledBackupGiB", &name, gib, Unit::None)));
    }
    if only.is_none() {
        metrics.push(metric("Findings", ACCOUNT_DIMENSION, findings(None), Unit::Count));
    }
    metrics
}
