//! The other request: what schemas and tables there are, compared with the last time, and answered at once.

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use lifeboat::moment;
use lifeboat::ports::{Clock, Secrets, Store};
use lifeboat::run::RunError;
use lifeboat::sql::{Connect, Session as _};
use lifeboat::verify::inventory::{Inventory, InventoryRequest, SchemaFacts, TableFacts, lines, marks, told};
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::request::{BadRequest, bad, place, run_id, strictly, within, zone};
use crate::{DataCheck, Target, Tokens, asking};

/// Most patterns of backup tables
const MOST_PATTERNS: usize = 50;

/// Longest pattern, in bytes
const LONGEST_PATTERN: usize = 128;

/// Most days that a backup table may be old: ten years
const MOST_DAYS: u32 = 3660;

/// Most tables that the answer itself lists; all of them are in the bucket, because a Lambda's answer has its limit (6 MB)
const MOST_TABLES: usize = 5000;

/// Most marks and schemas that the answer itself lists
const MOST_LISTED: usize = 2000;

/// How much longer than it may a driver can take before it counts as lost
const GRACE: Duration = Duration::from_secs(5);

/// Reads a request for an inventory
pub(crate) fn parse(event: &Value) -> Result<(InventoryRequest, TimeZone), BadRequest> {
    let request: InventoryRequest = strictly(event)?;
    run_id("inventory", &request.inventory)?;
    place(&request.endpoint, &request.database)?;
    within(request.seconds)?;
    let backups = &request.backup_tables;
    if backups.patterns.len() > MOST_PATTERNS {
        let what = format!("{} patterns are more than {MOST_PATTERNS}", backups.patterns.len());
        return Err(bad("backup_tables.patterns", what));
    }
    for (at, pattern) in backups.patterns.iter().enumerate() {
        let named = pattern.chars().any(|c| c != '*' && !c.is_whitespace());
        if !named || pattern.len() > LONGEST_PATTERN || pattern.contains(char::is_control) {
            let what = format!("{pattern:?} is no pattern of table names, such as \"*_backup_*\"");
            return Err(bad(&format!("backup_tables.patterns[{at}]"), what));
        }
    }
    if !(1..=MOST_DAYS).contains(&backups.max_age_days) {
        let what = format!("{} is not within 1 to {MOST_DAYS}", backups.max_age_days);
        return Err(bad("backup_tables.max_age_days", what));
    }
    let zone = zone(request.timezone.as_deref())?;
    Ok((request, zone))
}

/// The last inventory of this name, or why there is none to compare with
enum Last {
    Comparable(Box<Inventory>),
    Not(String),
}

impl<St, Se, To, Co, Cl> DataCheck<St, Se, To, Co, Cl>
where
    St: Store,
    Se: Secrets,
    To: Tokens,
    Co: Connect,
    Cl: Clock,
{
    /// Looks, compares, writes and tells.
    pub(crate) async fn inventory(&self, event: &Value, deadline: Timestamp) -> Result<Value, RunError> {
        let (asked, zone) =
            parse(event).map_err(|mistake| RunError { kind: "BadRequest", message: mistake.to_string() })?;
        let key = format!("inventory/{}.json", asked.inventory);
        let now = Inventory {
            version: 1,
            endpoint: format!("{}:{}", asked.endpoint, asked.port),
            database: asked.database.clone(),
            schemas: Box::pin(self.look(&asked, deadline)).await?,
            taken_at: self.clock.now(),
        };
        let last = Box::pin(self.last(&key, &now)).await;
        let (earlier, compared) = match &last {
            Last::Comparable(earlier) => {
                (Some(earlier.as_ref()), format!("Compared with that of {}", moment::both(earlier.taken_at, &zone)))
            }
            Last::Not(why) => (None, why.clone()),
        };
        let body = serde_json::to_vec(&now).map_err(|error| not_written(&key, &error.to_string()))?;
        let written = Box::pin(self.store.put(&key, body, "application/json")).await;
        written.map_err(|fault| not_written(&key, &fault.to_string()))?;
        let (lines, marks) = (lines(&now, earlier), marks(&now, earlier, &asked.backup_tables, &zone));
        tracing::info!(inventory = asked.inventory, schemas = lines.len(), marks = marks.len(), "inventory taken");
        Ok(json!({
            "message": told(&now, &lines, &marks, &compared),
            "inventory": asked.inventory,
            "taken_at": now.taken_at,
            "compared_with": earlier.map(|earlier| earlier.taken_at),
            "document": key,
            "schemas": lines.get(..MOST_LISTED).unwrap_or(&lines),
            "tables": tables(&now.schemas),
            "marks": marks.get(..MOST_LISTED).unwrap_or(&marks),
        }))
    }

    async fn look(&self, asked: &InventoryRequest, deadline: Timestamp) -> Result<Vec<SchemaFacts>, RunError> {
        let place = format!("{}:{}/{}", asked.endpoint, asked.port, asked.database);
        let blind = |why: String| RunError {
            kind: "CouldNotLook",
            message: format!("{place} could not be looked at: {why}; no inventory was written"),
        };
        let target = Target {
            engine: &asked.engine,
            endpoint: &asked.endpoint,
            port: asked.port,
            database: &asked.database,
            login: &asked.login,
        };
        let mut session = self.open(&target).await.map_err(|trouble| blind(trouble.message))?;
        let budget = asking::budget(asked.seconds, deadline, self.clock.now());
        let schemas = timeout(budget.saturating_add(GRACE), session.inventory(budget)).await;
        let schemas = schemas.map_err(|_| blind(format!("no answer within {} s", budget.as_secs())))?;
        session.close().await;
        schemas.map_err(|error| blind(error.to_string()))
    }

    /// What cannot be read or is of another place is not compared with, and the answer says so.
    async fn last(&self, key: &str, now: &Inventory) -> Last {
        let not = |why: &str| Last::Not(why.to_owned());
        let body = match self.store.read(key).await {
            Ok(Some(stored)) => stored.body,
            Ok(None) => return not("It is the first of this name, the next is compared with it"),
            Err(fault) => {
                return Last::Not(format!("The last one could not be read ({fault}), so nothing is compared"));
            }
        };
        match serde_json::from_slice::<Inventory>(&body) {
            Ok(last) if last.is_of_the_same_place_as(now) => Last::Comparable(Box::new(last)),
            Ok(_) => not("The last one of this name is of another place, so nothing is compared"),
            Err(_) => Last::Not(format!("The last one, {key}, is no inventory, so nothing is compared")),
        }
    }
}

fn not_written(key: &str, why: &str) -> RunError {
    RunError { kind: "AnswerNotWritten", message: format!("the inventory could not be written to {key}: {why}") }
}

/// The first tables, each with its schema
fn tables(schemas: &[SchemaFacts]) -> Vec<Value> {
    let all = schemas.iter().flat_map(|schema| schema.tables.iter().map(move |table| (schema, table)));
    let line = |(schema, table): (&SchemaFacts, &TableFacts)| {
        json!({
            "schema": schema.name, "table": table.name, "rows": table.rows, "bytes": table.bytes,
            "last_change": table.last_change,
        })
    };
    all.take(MOST_TABLES).map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good() -> Value {
        json!({
            "inventory": "orders", "engine": "aurora-postgresql", "endpoint": "orders.example", "port": 5432,
            "database": "app", "login": {"method": "iam", "user": "reader"},
        })
    }

    #[test]
    fn a_request_has_sensible_defaults() {
        let (request, zone) = parse(&good()).unwrap();
        assert_eq!((request.seconds, request.backup_tables.max_age_days, zone), (120, 30, TimeZone::UTC));
        let mut some = good();
        some["backup_tables"] = json!({"patterns": [], "max_age_days": 7});
        assert!(parse(&some).unwrap().0.backup_tables.patterns.is_empty());
    }

    #[test]
    fn a_mistake_names_its_field() {
        let table = [
            ("inventory", json!("../policy"), "inventory: "),
            ("inventory", json!(true), "inventory: "),
            ("endpoint", json!("/var/run"), "endpoint: "),
            ("seconds", json!(901), "seconds: "),
            ("timezone", json!("JST"), "timezone: "),
            ("login", json!({"method": "iam", "user": "a", "pasword": "b"}), "login.pasword: "),
            ("checks", json!([]), "checks: unknown field"),
            ("backup_tables", json!({"paterns": []}), "backup_tables.paterns: unknown field"),
            ("backup_tables", json!({"patterns": ["a", "*"]}), "backup_tables.patterns[1]: "),
            ("backup_tables", json!({"patterns": ["a"], "max_age_days": 0}), "backup_tables.max_age_days: "),
            ("backup_tables", json!({"patterns": vec!["a"; 51]}), "backup_tables.patterns: "),
        ];
        for (field, value, said) in table {
            let mut event = good();
            event[field] = value;
            let mistake = parse(&event).unwrap_err().to_string();
            assert!(mistake.starts_with(said), "{field}: {mistake}");
        }
    }
}
