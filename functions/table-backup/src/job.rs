//! What a request leaves out, as the policy has it: `jobs.<name>` says which database and tables a job writes, what is asked
//! of them after a run, what is done when that fails, and how long its backups are kept.

use lifeboat::policy::{Job, OnFailure, Policy, nearest};
use lifeboat::run::RunError;
use lifeboat::tables::{Keep, Keeps, MOST_TABLES, TableName};

use crate::Place;

/// A job of the policy with its name
#[derive(Debug, Clone, Copy)]
pub(crate) struct Named<'p> {
    name: &'p str,
    job: &'p Job,
}

/// The job that a request names, if it names one
pub(crate) fn named<'p>(policy: &'p Policy, name: Option<&str>, key: &str) -> Result<Option<Named<'p>>, RunError> {
    let Some(name) = name else { return Ok(None) };
    let found = policy.jobs.iter().find(|(known, _)| known == name);
    let Some((name, job)) = found else {
        let names = || policy.jobs.iter().map(|(known, _)| known.as_str());
        let near = nearest(name, names()).map(|near| format!(". Nearest: {near}")).unwrap_or_default();
        let allowed = match names().collect::<Vec<_>>() {
            none if none.is_empty() => "a job of the policy, which has none".to_owned(),
            names => format!("one of {}", names.join(", ")),
        };
        return Err(RunError::bad_request(format!(
            "{key}.job: is {name:?}. Allowed: {allowed}{near}. Nothing was done"
        )));
    };
    Ok(Some(Named { name, job }))
}

/// The database of the request, or of its job. Where both name one they have to agree: else a job's tables would be looked for
/// where they are not.
pub(crate) fn database<'a>(asked: Option<&'a str>, job: Option<Named<'a>>, key: &str) -> Result<&'a str, RunError> {
    let written = job.and_then(|named| named.job.database.as_deref());
    match (asked, written, job) {
        (Some(asked), Some(written), Some(Named { name, .. })) if asked != written => {
            Err(RunError::bad_request(format!(
                "{key}.database: is {asked:?}, but by the policy {name} writes {written}. Leave one of them out. Nothing was done"
            )))
        }
        (Some(database), ..) | (None, Some(database), _) => Ok(database),
        (None, None, Some(Named { name, .. })) => Err(RunError::bad_policy(format!(
            "jobs.{name}.database is missing in the policy, and the request names none. Nothing was done"
        ))),
        (None, None, None) => Err(RunError::bad_request(format!("{key}.database: is missing. Nothing was done"))),
    }
}

/// The tables of the request, or of its job; none where neither names any
pub(crate) fn tables(asked: Option<&[TableName]>, job: Option<Named<'_>>) -> Result<Vec<TableName>, RunError> {
    if let Some(tables) = asked {
        return Ok(tables.to_vec());
    }
    let Some(Named { name, job }) = job else { return Ok(Vec::new()) };
    let wrong = |why: String| RunError::bad_policy(format!("jobs.{name}.tables: {why}. Nothing was done"));
    if job.tables.len() > MOST_TABLES {
        let count = job.tables.len();
        return Err(wrong(format!("names {count}; one request takes {MOST_TABLES}: name them in several requests")));
    }
    let mut read = Vec::new();
    for text in &job.tables {
        let table = TableName::parse(text).map_err(|mistake| wrong(mistake.to_string()))?;
        if !read.contains(&table) {
            read.push(table);
        }
    }
    Ok(read)
}

/// Why a backup is made, where the request does not say
pub(crate) fn reason(job: Option<Named<'_>>) -> Option<String> {
    job.map(|Named { name, .. }| format!("before {name}"))
}

/// Whether a failed check puts tables back: the request's word, else the job's
pub(crate) fn restores(asked: Option<bool>, job: Option<Named<'_>>) -> bool {
    asked.unwrap_or_else(|| job.is_some_and(|named| named.job.on_failure == OnFailure::Restore))
}

/// The job's own checks; none where it has none
pub(crate) fn checks(job: Option<Named<'_>>) -> Option<serde_json::Value> {
    let checks = job.map(|named| &named.job.checks).filter(|checks| !checks.is_empty())?;
    Some(serde_json::json!(checks))
}

/// How long backups of a database's tables are kept
pub(crate) fn keeps(policy: &Policy, place: &Place<'_>) -> Keeps {
    let mut keeps = Keeps::from(place.live.keep);
    for (_, job) in policy.jobs.iter().filter(|(_, job)| job.database.as_deref() == Some(place.name)) {
        let Some(longer) = job.keep_backups else { continue };
        let keep = Keep { last: usize::try_from(longer.last).unwrap_or(usize::MAX), days: longer.days };
        for table in &job.tables {
            keeps.at_least(table, keep);
        }
    }
    keeps
}
