//! What can be restored: of every database of the policy, or of one.

use lifeboat::mail::windows_message;
use lifeboat::policy::{Mistakes, Policy, nearest};
use lifeboat::recover::Windows;
use lifeboat::run::RunError;
use serde_json::{Value, json};

use crate::{EmergencyRestore, Visit, World, look};

/// The answer. What could not be looked at is said in it: half of the truth beats none at three in the morning.
pub async fn windows<W: World>(function: &EmergencyRestore<W>, database: Option<&str>) -> Result<Value, RunError> {
    let visit = Visit::begin(function);
    let policy = function.policy().await?;
    let names: Vec<&str> = match database {
        Some(name) => vec![known(&policy, name)?],
        None => policy.databases.iter().map(|(name, _)| name.as_str()).collect(),
    };
    let facts = look::facts(function, &policy, &names, &visit).await;
    let now = function.now();
    let all: Vec<Windows> = facts.iter().map(|facts| Windows::of(facts, now)).collect();
    let message = windows_message(&all, now, &policy.timezone);
    visit.end()?;
    Ok(json!({"message": message, "databases": all, "time": visit.took(function)}))
}

/// A database of the policy, by the name that a request gives
pub fn known<'a>(policy: &'a Policy, name: &str) -> Result<&'a str, RunError> {
    let names = || policy.databases.iter().map(|(name, _)| name.as_str());
    names().find(|known| *known == name).ok_or_else(|| {
        let all: Vec<&str> = names().take(20).collect();
        let allowed = format!("a database of the policy: {}", all.join(", "));
        let mistakes = Mistakes::one("database", format!("names {name:?}"), allowed, nearest(name, names()));
        RunError::bad_request(mistakes.to_string())
    })
}
