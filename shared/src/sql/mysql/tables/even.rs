//! Evening out a copy with the snapshot, where somebody wrote while it was copied.
//!
//! Rows are sorted into groups by their hash, so a table needs no key. A group that has other rows in the copy than in the
//! snapshot is emptied there and brought over.

use std::collections::{BTreeMap, BTreeSet};

use super::columns::{Column, hash};
use super::facts::Facts;
use super::{Link, MysqlTables, home, quoted};
use crate::sql::tables::{TableError, Why, rows, run, unreadable};
use crate::tables::Entry;

/// Rows in a group, about
const ROWS_IN_A_GROUP: u64 = 64;

/// Fewest and most groups
const GROUPS: (u64, u64) = (64, 65_536);

/// Most rows that are brought over for one table
const MOST_ROWS: u64 = 500_000;

/// Groups that are brought over at once
const GROUPS_AT_ONCE: usize = 100;

/// Bytes of one statement that writes rows; one row may be longer
const STATEMENT_BYTES: usize = 512 * 1024;

/// How many rows a group has, and the sum of their hashes
type Groups = BTreeMap<u64, (u64, String)>;

impl<L: Link> MysqlTables<L> {
    pub(super) async fn even_out(&mut self, entry: &Entry, facts: &Facts, many: u64) -> Result<(), TableError> {
        let columns = facts.writable();
        let groups = (many / ROWS_IN_A_GROUP).clamp(GROUPS.0, GROUPS.1);
        let group = format!("{} % {groups}", hash(&columns));
        let (source, copy) = (quoted(&entry.source), home(&entry.copy));
        let doing = format!("evening out the copy of {}", entry.source);
        let wanted = grouped(&mut self.reader, &doing, &source, &columns, &group).await?;
        let found = grouped(&mut self.link, &doing, &copy, &columns, &group).await?;
        let all: BTreeSet<u64> = wanted.keys().chain(found.keys()).copied().collect();
        let differ: Vec<u64> = all.into_iter().filter(|group| wanted.get(group) != found.get(group)).collect();
        let over: u64 = differ.iter().filter_map(|group| wanted.get(group)).map(|(rows, _)| *rows).sum();
        if over > MOST_ROWS {
            let what = format!(
                "{} is being written to so much that no copy of one moment can be made ({over} rows to bring over, {MOST_ROWS} \
                 at most). Nothing was kept; ask again when less is written",
                entry.source
            );
            return Err(TableError::new(Why::Busy, what));
        }
        for some in differ.chunks(GROUPS_AT_ONCE) {
            let some: Vec<String> = some.iter().map(u64::to_string).collect();
            let these = format!("{group} IN ({})", some.join(", "));
            run(&mut self.link, &doing, &format!("DELETE FROM {copy} WHERE {these}")).await?;
            let read: Vec<String> = columns.iter().map(|column| column.read()).collect();
            let sql = format!("SELECT {} FROM {source} WHERE {these}", read.join(", "));
            let brought = rows(&mut self.reader, &doing, &sql).await?;
            self.write(&doing, &copy, facts, &brought).await?;
        }
        Ok(())
    }

    async fn write(
        &mut self,
        doing: &str,
        copy: &str,
        facts: &Facts,
        brought: &[Vec<Option<String>>],
    ) -> Result<(), TableError> {
        let columns = facts.writable();
        let mut lines: Vec<String> = Vec::new();
        let mut bytes = 0;
        for (at, row) in brought.iter().enumerate() {
            let values: Option<Vec<String>> =
                columns.iter().zip(row).map(|(column, value)| column.written(value.as_deref())).collect();
            let values = values.filter(|values| values.len() == columns.len()).ok_or_else(|| unreadable(doing))?;
            let line = format!("({})", values.join(", "));
            bytes += line.len();
            lines.push(line);
            if bytes >= STATEMENT_BYTES || at + 1 == brought.len() {
                let sql = format!("INSERT INTO {copy} ({}) VALUES {}", facts.list(), lines.join(", "));
                run(&mut self.link, doing, &sql).await?;
                lines.clear();
                bytes = 0;
            }
        }
        Ok(())
    }
}

async fn grouped<L: Link>(
    link: &mut L,
    doing: &str,
    table: &str,
    columns: &[&Column],
    group: &str,
) -> Result<Groups, TableError> {
    let hash = hash(columns);
    let sql = format!(
        "SELECT CAST({group} AS CHAR), CAST(COUNT(*) AS CHAR), CAST(SUM({hash}) AS CHAR) FROM {table} GROUP BY 1"
    );
    let mut groups = Groups::new();
    for row in rows(link, doing, &sql).await? {
        let [Some(group), Some(rows), Some(sum)] = row.as_slice() else { return Err(unreadable(doing)) };
        let (Ok(group), Ok(rows)) = (group.parse(), rows.parse()) else { return Err(unreadable(doing)) };
        groups.insert(group, (rows, sum.clone()));
    }
    Ok(groups)
}
