//! From a request and the policy to the plans of runs.

use super::{StartDrill, Which};
use crate::policy::{Database, Drill, Method, Mistakes, Policy, Sandbox, Source, impossible_drill, nearest};
use crate::restore::{Plan, SourceChoice};
use crate::verify::{self, Login};

/// What a request comes to
#[derive(Debug, Clone, PartialEq)]
pub struct Plans {
    /// Runs to start; never empty
    pub ready: Vec<Planned>,
    /// With `*`: drills that cannot be started. They do not stop the others, but the invocation must end in an error.
    pub refused: Mistakes,
}

/// One run to start
#[derive(Debug, Clone, PartialEq)]
pub struct Planned {
    /// What the run's record keeps
    pub plan: Plan,
    /// The drill's name where the run id carries it: for every drill but the first ([`crate::restore::drill_id`])
    pub run_name: Option<String>,
}

/// The plans of a request. When not one run can be started, every reason is told, and nothing has been done.
pub fn plans(policy: &Policy, start: &StartDrill) -> Result<Plans, Mistakes> {
    let mut plans = Plans { ready: Vec::new(), refused: Mistakes::default() };
    let chosen = chosen(policy, &start.drill)?;
    if let (Some(Source::Snapshot(snapshot)), true) = (&start.source, chosen.len() > 1) {
        let allowed = "nothing with \"*\": one snapshot belongs to one database";
        return Err(Mistakes::one("snapshot", format!("is {snapshot:?}"), allowed, None));
    }
    for (name, database, drill) in chosen {
        match planned(policy, start, (name, database), drill) {
            Ok(planned) => plans.ready.push(planned),
            Err(mistakes) => plans.refused.append(mistakes),
        }
    }
    if plans.ready.is_empty() { Err(plans.refused) } else { Ok(plans) }
}

type Chosen<'a> = (&'a str, &'a Database, &'a (String, Drill));

/// The drills that a request means; at least one
fn chosen<'a>(policy: &'a Policy, which: &Which) -> Result<Vec<Chosen<'a>>, Mistakes> {
    let databases = || policy.databases.iter().map(|(name, database)| (name.as_str(), database));
    let (wanted, drill) = match which {
        Which::All => {
            let all: Vec<_> =
                databases().filter_map(|(name, entry)| Some((name, entry, entry.drills.first()?))).collect();
            let none = || {
                Mistakes::one(
                    "drill",
                    "is \"*\"",
                    "a policy in which some database has drills; in this one none has",
                    None,
                )
            };
            return if all.is_empty() { Err(none()) } else { Ok(all) };
        }
        Which::First(database) => (database, None),
        Which::Named(database, drill) => (database, Some(drill)),
    };
    let Some((name, database)) = databases().find(|(name, _)| name == wanted) else {
        let names: Vec<&str> = databases().map(|(name, _)| name).collect();
        let allowed = format!("a database of the policy: {}", shown(&names));
        let near = nearest(wanted, names.iter().copied());
        let near = near.map(|near| drill.map_or_else(|| near.clone(), |drill| format!("{near}/{drill}")));
        return Err(Mistakes::one("drill", format!("names the database {wanted:?}"), allowed, near));
    };
    let found = match drill {
        None => database.drills.first(),
        Some(drill) => database.drills.iter().find(|(known, _)| known == drill),
    };
    found
        .map(|found| vec![(name, database, found)])
        .ok_or_else(|| no_such_drill(name, database, drill.map(String::as_str)))
}

fn no_such_drill(name: &str, database: &Database, drill: Option<&str>) -> Mistakes {
    let was = match drill {
        Some(drill) => format!("names the drill {drill:?} of {name}"),
        None => format!("names {name}"),
    };
    if database.drills.is_empty() {
        return Mistakes::one("drill", was, format!("a database with drills; {name} has none in the policy"), None);
    }
    let names: Vec<&str> = database.drills.iter().map(|(known, _)| known.as_str()).collect();
    let near = drill.and_then(|drill| nearest(drill, names.iter().copied())).map(|near| format!("{name}/{near}"));
    Mistakes::one("drill", was, format!("a drill of {name}: {}", shown(&names)), near)
}

/// Names in a row, at most twenty of them
fn shown(names: &[&str]) -> String {
    let first: Vec<&str> = names.iter().copied().take(20).collect();
    let more = names.len().saturating_sub(first.len());
    if more == 0 { first.join(", ") } else { format!("{} and {more} more", first.join(", ")) }
}

fn planned(
    policy: &Policy,
    start: &StartDrill,
    (name, database): (&str, &Database),
    (drill_name, drill): &(String, Drill),
) -> Result<Planned, Mistakes> {
    let sandbox = database.sandbox.changed_by(&drill.sandbox);
    let is_first = database.drills.first().is_some_and(|(first, _)| first == drill_name);
    let source = source(start, database, drill, &format!("{name}/{drill_name}"))?;
    let plan = Plan {
        drill: Some(drill_name.clone()),
        region: drill.region.clone(),
        ..plan_of(policy, (name, database), &sandbox, source)
    };
    Ok(Planned { plan, run_name: (!is_first).then(|| drill_name.clone()) })
}

/// What a run of a database takes from the policy, but for what a drill says
pub(super) fn plan_of(
    policy: &Policy,
    (name, database): (&str, &Database),
    sandbox: &Sandbox,
    source: SourceChoice,
) -> Plan {
    Plan {
        database: name.to_owned(),
        drill: None,
        kind: database.kind,
        identifier: database.identifier.clone(),
        source,
        region: None,
        connect_to: sandbox.login.as_ref().map(|login| login.database.clone()),
        login: match sandbox.login.as_ref().map(|login| &login.method) {
            Some(Method::Iam { user }) => Login::Iam { user: user.clone() },
            Some(Method::ManagedSecret) | None => Login::ManagedSecret { secret_arn: None },
        },
        checks: verify::with_defaults(&database.checks),
        checks_are_implicit: database.checks.is_empty(),
        deadline_minutes: sandbox.deadline_minutes(),
        expires_hours: sandbox.expires_hours(),
        timezone: policy.timezone.clone(),
        restore_lag_minutes: database.backups.restore_lag_minutes,
        sandbox: sandbox.for_restore(),
    }
}

/// Which backup. The policy's own word was found possible when it was read; a request may ask for what it does not allow.
fn source(start: &StartDrill, database: &Database, drill: &Drill, of: &str) -> Result<SourceChoice, Mistakes> {
    let source = start.source.as_ref().unwrap_or(&drill.source);
    let points = &database.backups.recovery_points;
    if let Some(wrong) = impossible_drill(source, drill.region.as_deref(), points.len()) {
        return Err(Mistakes::one("source", format!("is {} for {of}", source.word()), wrong.allowed, None));
    }
    Ok(match source {
        Source::PointInTime => {
            SourceChoice::PointInTime { lag_seconds: drill.restore_lag.map_or(0, |lag| lag.as_secs()) }
        }
        Source::LatestSnapshot => SourceChoice::LatestSnapshot,
        Source::Snapshot(identifier) => SourceChoice::Snapshot { identifier: identifier.clone() },
        Source::RecoveryPoint => {
            SourceChoice::RecoveryPoint { vaults: points.iter().map(|point| point.vault.clone()).collect() }
        }
    })
}
