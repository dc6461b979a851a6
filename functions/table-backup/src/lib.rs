//! table-backup: the flow. Copies tables before a job runs, and puts them back when it broke them.
//!
//! Nothing is decided here: `lifeboat::tables` says what names copies have, what is left over after a crash and what may be
//! dropped, `lifeboat::sql` has the statements. The only memory is the registry in the database itself; what lies in the
//! bucket of each backup is told to whoever cannot ask the database.
//!
//! | module | its part |
//! |---|---|
//! | `job` | what a request leaves out, as the policy has it |
//! | `open` | the live database's tables, whichever server they are on |
//! | `verify` | checks of the live tables after a run, and what is done when they fail |

mod job;
mod open;
mod verify;

use std::collections::BTreeSet;
use std::time::Duration;

use data_check::{Target, Tokens, credentials};
use jiff::Timestamp;
use lifeboat::flow::read_policy;
use lifeboat::policy::{Database, Live, Policy, nearest};
use lifeboat::ports::{Clock, Post, Secrets, Store};
use lifeboat::request::{TablesEvent, tables_event};
use lifeboat::run::{Environment, Handler, RunError};
use lifeboat::sql::Door;
use lifeboat::sql::tables::{BackupOrder, Put, TableError, Why};
use lifeboat::tables::{
    Document, Doomed, Entry, OpenFailures, TableName, backed_up, backup_id, cleaned_up, document_key, listed, restored,
    undone,
};
use serde_json::{Value, json};

use open::Tables;

/// Time kept at the end of an invocation: for a goodbye, the document and the mail
const RESERVE: Duration = Duration::from_secs(20);

/// The function, over what it needs of the world
pub struct TableBackup<St, Se, To, Po, Cl> {
    /// Where the policy is, and the documents of backups
    pub store: St,
    /// Where the live database's password is
    pub secrets: Se,
    /// Where IAM tokens come from
    pub tokens: To,
    /// The topic of the mails
    pub post: Po,
    /// The clock
    pub clock: Cl,
    /// The roots that the server's certificate must come from
    pub ca_bundle: Vec<u8>,
    /// Settings
    pub environment: Environment,
}

/// A database of the policy with its live place
struct Place<'p> {
    name: &'p str,
    database: &'p Database,
    live: &'p Live,
}

impl<St, Se, To, Po, Cl> TableBackup<St, Se, To, Po, Cl>
where
    St: Store,
    Se: Secrets,
    To: Tokens,
    Po: Post,
    Cl: Clock,
{
    async fn answer(&self, event: TablesEvent, deadline: Timestamp) -> Result<Value, RunError> {
        let policy = read_policy(&self.store, &self.environment.policy, &self.environment.bucket).await?;
        match event {
            TablesEvent::Backup { database, tables, job, reason, job_run } => {
                let job = job::named(&policy, job.as_deref(), "backup")?;
                let place = place(&policy, job::database(database.as_deref(), job, "backup")?)?;
                let tables = job::tables(tables.as_deref(), job)?;
                if tables.is_empty() {
                    return Err(RunError::bad_policy(
                        "backup.tables: is missing, and the policy names no tables of the job. Nothing was done",
                    ));
                }
                let reason = reason.or_else(|| job::reason(job));
                let at = self.now();
                let id = backup_id(place.name, at);
                let largest_bytes = place.live.largest_bytes();
                let order = BackupOrder { id, at, tables, reason, job_run, largest_bytes };
                Box::pin(self.back_up(&place, &order, deadline)).await
            }
            TablesEvent::List { database } => {
                let place = place(&policy, &database)?;
                let mut tables = self.open(&place, deadline).await?;
                let entries = tables.list().await.map_err(|error| failed(&error));
                tables.close().await;
                let entries = entries?;
                let lines: Vec<Value> = entries.iter().map(line).collect();
                Ok(
                    json!({"message": listed(&database, &entries, &policy.zone()), "database": database, "copies": lines}),
                )
            }
            TablesEvent::Restore { database, table, backup } => {
                let place = place(&policy, &database)?;
                let mut tables = self.open(&place, deadline).await?;
                let put = Box::pin(tables.restore(&table, backup.as_deref(), self.now())).await;
                tables.close().await;
                let Put { entry, notes, .. } = put.map_err(|error| failed(&error))?;
                Ok(told(&restored(&database, &entry, &notes), &entry, &notes))
            }
            TablesEvent::Undo { database, table } => {
                let place = place(&policy, &database)?;
                let mut tables = self.open(&place, deadline).await?;
                let put = Box::pin(tables.undo(&table, self.now())).await;
                tables.close().await;
                let Put { entry, kept, notes } = put.map_err(|error| failed(&error))?;
                Ok(told(&undone(&database, &entry, kept.as_deref(), &notes), &entry, &notes))
            }
            TablesEvent::CleanUp { database } => {
                let place = place(&policy, &database)?;
                let open = self.open_failures().await?;
                let mut tables = self.open(&place, deadline).await?;
                let sweep = Box::pin(tables.clean_up(&job::keeps(&policy, &place), &open, self.now())).await;
                let entries = tables.list().await;
                tables.close().await;
                let sweep = sweep.map_err(|error| failed(&error))?;
                let entries = entries.map_err(|error| failed(&error))?;
                let message = cleaned_up(&database, &sweep);
                let gone = sweep.doomed.iter().filter(|doomed| !doomed.is_aside()).map(Doomed::backup);
                self.tell_less(&database, gone.collect(), &entries, &message).await?;
                let dropped: Vec<&str> = sweep.doomed.iter().map(Doomed::table).collect();
                Ok(json!({"message": message, "database": database, "dropped": dropped}))
            }
            TablesEvent::Verify(request) => {
                let job = job::named(&policy, request.job.as_deref(), "verify")?;
                let place = place(&policy, job::database(request.database.as_deref(), job, "verify")?)?;
                Box::pin(self.verify(&policy, &place, (&request, job), deadline)).await
            }
        }
    }

    async fn back_up(&self, place: &Place<'_>, order: &BackupOrder, deadline: Timestamp) -> Result<Value, RunError> {
        let mut tables = self.open(place, deadline).await?;
        let made = Box::pin(tables.backup(order)).await;
        tables.close().await;
        let made = made.map_err(|error| failed(&error))?;
        let message = backed_up(place.name, &made.backup, &made.entries, made.again);
        let key = document_key(place.name, &made.backup);
        let document = Document::of(place.name, &made.backup, &made.entries);
        // The backup is there; only whoever looks into the bucket would not know of it.
        let not_told = |why: String| RunError::failed(format!("{message}\nBut {key} could not be written: {why}"));
        let body = serde_json::to_vec_pretty(&document).map_err(|error| not_told(error.to_string()))?;
        self.store.put(&key, body, "application/json").await.map_err(|fault| not_told(fault.to_string()))?;
        let rows: u64 = made.entries.iter().map(|entry| entry.details.rows).sum();
        tracing::info!(database = place.name, backup = made.backup, tables = made.entries.len(), rows, "backed up");
        let lines: Vec<Value> = made.entries.iter().map(line).collect();
        Ok(json!({
            "message": message, "database": place.name, "backup": made.backup, "tables": lines, "document": key,
            "made_before": made.again,
        }))
    }

    /// The bucket tells of no copy that is gone.
    async fn tell_less(
        &self,
        database: &str,
        backups: BTreeSet<&str>,
        entries: &[Entry],
        message: &str,
    ) -> Result<(), RunError> {
        for backup in backups {
            let key = document_key(database, backup);
            let still = |why: String| RunError::failed(format!("{message}\nBut {key} still tells of it: {why}"));
            let told = match Document::of(database, backup, entries) {
                Some(document) => {
                    let body = serde_json::to_vec_pretty(&document).map_err(|error| still(error.to_string()))?;
                    self.store.put(&key, body, "application/json").await
                }
                None => self.store.remove(&key).await,
            };
            told.map_err(|fault| still(fault.to_string()))?;
        }
        Ok(())
    }

    /// What is remembered of failures that are open. Nothing remembered is nothing open; what cannot be read is an error.
    async fn open_failures(&self) -> Result<OpenFailures, RunError> {
        let stored = self.store.read(OpenFailures::KEY).await;
        let stored = stored.map_err(|fault| RunError::unavailable(format!("nothing was dropped: {fault}")))?;
        let open = stored.map(|stored| OpenFailures::parse(&stored.body)).transpose();
        open.map(Option::unwrap_or_default).map_err(|why| RunError::failed(format!("nothing was dropped: {why}")))
    }

    async fn open(&self, place: &Place<'_>, deadline: Timestamp) -> Result<Tables, RunError> {
        let door = self.door(place).await?;
        let left = Duration::try_from(deadline.duration_since(self.now())).unwrap_or_default();
        let within = left.saturating_sub(RESERVE);
        Tables::open(&door, &self.ca_bundle, within).await.map_err(|trouble| kept_out(place, &trouble.message))
    }

    async fn door(&self, place: &Place<'_>) -> Result<Door, RunError> {
        let live = place.live;
        let target = Target {
            engine: &live.engine,
            endpoint: &live.endpoint,
            port: live.port,
            database: &live.database,
            login: &live.login,
        };
        let found = credentials(&target, &self.secrets, &self.tokens, self.now()).await;
        let (user, password) = found.map_err(|trouble| kept_out(place, &trouble.message))?;
        let (host, port) = self.environment.dial(&live.endpoint, live.port);
        Ok(Door { engine: live.engine.clone(), host, port, database: live.database.clone(), user, password })
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

impl<St, Se, To, Po, Cl> Handler for TableBackup<St, Se, To, Po, Cl>
where
    St: Store + Send + 'static,
    Se: Secrets + Send + 'static,
    To: Tokens + Send + 'static,
    Po: Post + Send + 'static,
    Cl: Clock + Send + 'static,
{
    async fn handle(&self, event: Value, deadline: Timestamp) -> Result<Value, RunError> {
        let event = tables_event(&event).map_err(|mistakes| {
            RunError::bad_request(format!("the request has mistakes, nothing was done:\n{mistakes}"))
        })?;
        Box::pin(self.answer(event, deadline)).await
    }

    fn examples(&self) -> &'static str {
        "'{\"backup\": {\"job\": \"daily-etl\"}}'\n'{\"verify\": {\"job\": \"daily-etl\"}}'\n'{\"list\": \"warehouse\"}'\n'{\"backup\": {\"database\": \"warehouse\", \"tables\": [\"silver.tenants\"]}}'\n\
         '{\"restore\": {\"database\": \"warehouse\", \"table\": \"silver.tenants\", \"backup\": \"latest\"}}'"
    }
}

/// A database of the policy that has a live place
fn place<'p>(policy: &'p Policy, name: &str) -> Result<Place<'p>, RunError> {
    let found = policy.databases.iter().find(|(known, _)| known == name);
    let Some((name, database)) = found else {
        let names: Vec<&str> = policy.databases.iter().map(|(known, _)| known.as_str()).collect();
        let near = nearest(name, names.iter().copied()).map(|near| format!(". Nearest: {near}")).unwrap_or_default();
        let allowed = names.join(", ");
        return Err(RunError::bad_request(format!(
            "the policy has no database {name:?}. Allowed: {allowed}{near}. Nothing was done"
        )));
    };
    let Some(live) = &database.live else {
        return Err(RunError::bad_policy(format!(
            "databases.{name}.live is missing in the policy: it says where the live database is and how to get in. Nothing \
             was done"
        )));
    };
    Ok(Place { name, database, live })
}

fn kept_out(place: &Place<'_>, why: &str) -> RunError {
    let Live { endpoint, port, .. } = place.live;
    RunError::unavailable(format!("{} ({endpoint}:{port}) could not be opened: {why}. Nothing was done", place.name))
}

/// A table error as the invocation's end
fn failed(error: &TableError) -> RunError {
    let kind = match error.why {
        Why::Busy => "Busy",
        Why::NotThere => "NotThere",
        Why::Unfit => "Unfit",
        Why::TooLarge => "TooLarge",
        Why::Damaged => "Damaged",
        Why::Refused => "Refused",
        Why::Lost => "Unavailable",
    };
    RunError { kind, message: error.message.clone() }
}

/// A copy, for machines
fn line(entry: &Entry) -> Value {
    let details = &entry.details;
    json!({
        "table": entry.source, "backup": entry.backup, "backup_table": TableName::new(lifeboat::tables::HOME, &entry.copy),
        "state": entry.state.word(), "at": entry.at, "rows": details.rows, "checksum": details.checksum,
        "bytes": details.bytes, "reason": details.reason, "job_run": details.job_run, "carried_not": details.carried_not,
        "open_failure": details.open_failure, "put_aside": details.asides,
    })
}

/// What a restore or an undo answers
fn told(message: &str, entry: &Entry, notes: &[String]) -> Value {
    let mut answer = line(entry);
    if let Value::Object(fields) = &mut answer {
        fields.insert("message".to_owned(), json!(message));
        fields.insert("notes".to_owned(), json!(notes));
    }
    answer
}
