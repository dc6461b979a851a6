//! The registry: one line for each table of each backup, in the database itself.

use jiff::Timestamp;

use super::{Link, TableError, rows, run, unreadable};
use crate::tables::{Details, Entry, HOME, REGISTRY, State, TableName};

/// Most lines that are read; more is an error, as a list that ends early hides what is behind its end
const MOST_LINES: usize = 20_000;

/// How a server writes names and texts
pub(in crate::sql) trait Tongue {
    /// A name of one or more parts, each quoted
    fn name(parts: &[&str]) -> String;
    /// A text as a literal
    fn literal(text: &str) -> String;
}

/// The registry in a server's tongue
pub(in crate::sql) struct Registry<T>(std::marker::PhantomData<T>);

impl<T: Tongue> Registry<T> {
    fn table() -> String {
        T::name(&[HOME, REGISTRY])
    }

    /// Every line, the newest first
    pub(in crate::sql) async fn read<L: Link>(link: &mut L) -> Result<Vec<Entry>, TableError> {
        let doing = "reading the registry";
        let sql = format!(
            "SELECT backup, source, copy, state, made_at, details FROM {} ORDER BY made_at DESC, backup, copy LIMIT {}",
            Self::table(),
            MOST_LINES + 1
        );
        let lines = rows(link, doing, &sql).await?;
        if lines.len() > MOST_LINES {
            let what = format!("{doing}: there are more than {MOST_LINES} lines; remove dropped ones");
            return Err(TableError::new(super::Why::Refused, what));
        }
        lines.iter().map(|line| entry(line).ok_or_else(|| unreadable(doing))).collect()
    }

    /// Adds lines, all or none
    pub(in crate::sql) async fn insert<L: Link>(link: &mut L, entries: &[Entry]) -> Result<(), TableError> {
        let written = |entry: &Entry| {
            let texts = [
                entry.backup.clone(),
                entry.source.to_string(),
                entry.copy.clone(),
                entry.state.word().to_owned(),
                entry.at.to_string(),
                serde_json::to_string(&entry.details).unwrap_or_default(),
            ];
            format!("({})", texts.map(|text| T::literal(&text)).join(", "))
        };
        let lines: Vec<String> = entries.iter().map(written).collect();
        let sql = format!(
            "INSERT INTO {} (backup, source, copy, state, made_at, details) VALUES {}",
            Self::table(),
            lines.join(", ")
        );
        run(link, "writing to the registry", &sql).await.map(drop)
    }

    /// Writes a line's state and details
    pub(in crate::sql) async fn save<L: Link>(link: &mut L, entry: &Entry) -> Result<(), TableError> {
        let details = serde_json::to_string(&entry.details).unwrap_or_default();
        let sql = format!(
            "UPDATE {} SET state = {}, details = {} WHERE backup = {} AND copy = {}",
            Self::table(),
            T::literal(entry.state.word()),
            T::literal(&details),
            T::literal(&entry.backup),
            T::literal(&entry.copy)
        );
        run(link, "writing to the registry", &sql).await.map(drop)
    }

    /// Takes a line out: of a copy that never was
    pub(in crate::sql) async fn remove<L: Link>(link: &mut L, entry: &Entry) -> Result<(), TableError> {
        let (backup, copy) = (T::literal(&entry.backup), T::literal(&entry.copy));
        let sql = format!("DELETE FROM {} WHERE backup = {backup} AND copy = {copy}", Self::table());
        run(link, "writing to the registry", &sql).await.map(drop)
    }
}

fn entry(line: &[Option<String>]) -> Option<Entry> {
    let [Some(backup), Some(source), Some(copy), Some(state), Some(at), Some(details)] = line else { return None };
    Some(Entry {
        backup: backup.clone(),
        source: TableName::parse(source).ok()?,
        copy: copy.clone(),
        state: State::from_word(state)?,
        at: at.parse::<Timestamp>().ok()?,
        details: serde_json::from_str::<Details>(details).ok()?,
    })
}
