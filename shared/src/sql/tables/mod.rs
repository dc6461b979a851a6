//! Backups of tables: what both servers share.
//!
//! Everything goes through a [`Link`], one connection that takes statements as text: so a test can cut it at any of them.
//! Names and values are quoted in one place for each server (`Tongue`).

mod registry;

use std::future::Future;

use jiff::Timestamp;

pub(super) use registry::{Registry, Tongue};

use super::AskError;
use crate::tables::{Entry, TableName};

/// Rows as text
pub type Rows = Vec<Vec<Option<String>>>;

/// One connection that may write.
pub trait Link: Send {
    /// The rows that a statement answers
    fn rows(&mut self, sql: &str) -> impl Future<Output = Result<Rows, AskError>> + Send;
    /// Runs a statement; how many rows it changed
    fn run(&mut self, sql: &str) -> impl Future<Output = Result<u64, AskError>> + Send;
}

/// Why a request about tables came to nothing
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// Another request is at work on this database
    Busy,
    /// There is no such table, or no such backup
    NotThere,
    /// A table that cannot be copied faithfully
    Unfit,
    /// More than the policy allows to be copied
    TooLarge,
    /// A copy is not what it was when it was made, or not what its source is
    Damaged,
    /// The server refused a statement
    Refused,
    /// The connection was lost, or the time was over
    Lost,
}

/// What failed, for which table, what to do
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct TableError {
    /// Which kind it is
    pub why: Why,
    /// In words
    pub message: String,
}

impl TableError {
    pub(super) fn new(why: Why, message: impl Into<String>) -> Self {
        Self { why, message: message.into() }
    }

    /// A statement's error, with what it was for
    pub(super) fn at(doing: &str, error: &AskError) -> Self {
        let why = match error {
            AskError::Lost(_) | AskError::TimeUp(_) => Why::Lost,
            _ => Why::Refused,
        };
        let hint = if is_held(error) { "; somebody is using the table: ask again when they are through" } else { "" };
        Self::new(why, format!("{doing}: {error}{hint}"))
    }
}

/// Whether somebody else had the lock, in PostgreSQL's and MySQL's ways to say so
fn is_held(error: &AskError) -> bool {
    let AskError::Refused { code, .. } = error else { return false };
    ["55P03", "40P01"].contains(&code.as_str()) || [" 1205", " 1213"].iter().any(|number| code.ends_with(number))
}

/// Whether a statement that may fail must not be passed over: its session is lost, or it would do well a moment later
pub(super) fn is_passing(error: &AskError) -> bool {
    matches!(error, AskError::Lost(_) | AskError::TimeUp(_)) || is_held(error)
}

/// A backup to make
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupOrder {
    /// Its id
    pub id: String,
    /// Now
    pub at: Timestamp,
    /// The tables, each once
    pub tables: Vec<TableName>,
    /// Why
    pub reason: Option<String>,
    /// The job run it is for; a second backup for the same run is the first one
    pub job_run: Option<String>,
    /// Most bytes that are copied
    pub largest_bytes: u64,
}

/// A backup that is there
#[derive(Debug, Clone, PartialEq)]
pub struct Made {
    /// Its id
    pub backup: String,
    /// Its lines
    pub entries: Vec<Entry>,
    /// It was there before
    pub again: bool,
}

/// A table that was put back, or a restore that was taken back
#[derive(Debug, Clone, PartialEq)]
pub struct Put {
    /// The copy's line, as it is now
    pub entry: Entry,
    /// After an undo: where the restored table is kept
    pub kept: Option<String>,
    /// What was put right beside it, and what could not be
    pub notes: Vec<String>,
}

/// Most bytes of what a statement is for that an error repeats
const LONGEST_DOING: usize = 300;

pub(super) async fn run<L: Link>(link: &mut L, doing: &str, sql: &str) -> Result<u64, TableError> {
    let doing = doing.get(..LONGEST_DOING).unwrap_or(doing);
    Box::pin(link.run(sql)).await.map_err(|error| TableError::at(doing, &error))
}

pub(super) async fn rows<L: Link>(link: &mut L, doing: &str, sql: &str) -> Result<Rows, TableError> {
    Box::pin(link.rows(sql)).await.map_err(|error| TableError::at(doing, &error))
}

/// The one row that a statement always answers
pub(super) async fn row<L: Link>(link: &mut L, doing: &str, sql: &str) -> Result<Vec<Option<String>>, TableError> {
    let rows = rows(link, doing, sql).await?;
    rows.into_iter().next().ok_or_else(|| unreadable(doing))
}

/// The first value of the one row
pub(super) async fn value<L: Link>(link: &mut L, doing: &str, sql: &str) -> Result<Option<String>, TableError> {
    Ok(row(link, doing, sql).await?.into_iter().next().flatten())
}

/// Rows and the sum of their hashes
pub(super) async fn summed<L: Link>(link: &mut L, doing: &str, sql: &str) -> Result<(u64, String), TableError> {
    let row = row(link, doing, sql).await?;
    let mut fields = row.into_iter().flatten();
    let rows = fields.next().and_then(|rows| rows.parse().ok()).ok_or_else(|| unreadable(doing))?;
    let sum = fields.next().ok_or_else(|| unreadable(doing))?;
    Ok((rows, sum))
}

pub(super) fn unreadable(doing: &str) -> TableError {
    TableError::new(Why::Refused, format!("{doing}: the server's answer could not be read"))
}

pub(super) fn busy() -> TableError {
    TableError::new(
        Why::Busy,
        "another request of table-backup is at work on this database; nothing was done. Ask again when it is through",
    )
}

/// No copy of a table that could be put back
pub(super) fn no_backup(source: &TableName, backup: Option<&str>) -> TableError {
    let which = backup.map_or_else(|| "no backup".to_owned(), |backup| format!("no backup {backup}"));
    TableError::new(
        Why::NotThere,
        format!(
            "there is {which} of {source} that could be put back; {{\"list\": \"<database>\"}} shows what there is"
        ),
    )
}

pub(super) fn no_restore(source: &TableName) -> TableError {
    TableError::new(Why::NotThere, format!("there is no restore of {source} that could be taken back"))
}

/// The sizes together are no more than may be copied
pub(super) fn fits(sizes: &[(TableName, u64)], largest: u64) -> Result<(), TableError> {
    let whole: u64 = sizes.iter().fold(0, |sum, (_, bytes)| sum.saturating_add(*bytes));
    if whole <= largest {
        return Ok(());
    }
    let big = sizes.iter().max_by_key(|(_, bytes)| *bytes);
    let big = big.map(|(name, bytes)| format!("; the largest is {name} with {}", gib(*bytes))).unwrap_or_default();
    Err(TableError::new(
        Why::TooLarge,
        format!(
            "the tables have {} and the policy allows {} in one backup (live.largest_gib){big}. Nothing was copied",
            gib(whole),
            gib(largest)
        ),
    ))
}

/// Hundredths of a GiB, without floats
fn gib(bytes: u64) -> String {
    let hundredths = u128::from(bytes) * 100 / (1 << 30);
    format!("{}.{:02} GiB", hundredths / 100, hundredths % 100)
}

/// The lines that a new backup begins with
pub(super) fn begun(order: &BackupOrder) -> Vec<Entry> {
    let details = crate::tables::Details {
        reason: order.reason.clone(),
        job_run: order.job_run.clone(),
        ..crate::tables::Details::default()
    };
    let line = |source: &TableName| Entry {
        backup: order.id.clone(),
        copy: crate::tables::copy_name(source, &order.id, order.at),
        source: source.clone(),
        state: crate::tables::State::Copying,
        at: order.at,
        details: details.clone(),
    };
    order.tables.iter().map(line).collect()
}

/// The backup that was made before for the same job run, if it has every table that is asked for
pub(super) fn made_before(order: &BackupOrder, entries: &[Entry]) -> Option<Made> {
    let run = order.job_run.as_ref()?;
    let of_the_run = |entry: &&Entry| entry.details.job_run.as_ref() == Some(run) && entry.state.can_be_restored();
    let first = entries.iter().find(of_the_run)?;
    let lines: Vec<Entry> = entries.iter().filter(|entry| entry.backup == first.backup).cloned().collect();
    let has = |table: &TableName| lines.iter().any(|entry| entry.source == *table && entry.state.can_be_restored());
    let all = order.tables.iter().all(has);
    all.then(|| Made { backup: first.backup.clone(), entries: lines.clone(), again: true })
}
