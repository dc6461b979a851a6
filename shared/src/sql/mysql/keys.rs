//! Every declared foreign key of a schema, as a query for rows without a parent.
//!
//! `InnoDB` knows `MATCH SIMPLE` only: a row with one `NULL` in the key is let go. Both sides have one type and one
//! collation, so `=` compares as the key does. A key whose parent table is gone is broken by every row that uses it.

use super::ask::{Asking, Rows, unreadable};
use super::{catalogue, query, trouble};
use crate::sql::{AskError, Name};
use crate::verify::Found;

/// Most keys that one check probes
const MOST_KEYS: usize = 2000;

/// Above so many rows, as the statistics estimate them, a key is probed on a sample
const MOST_ROWS_PROBED: u64 = 5_000_000;

/// Rows of a sample, from each end of the key's own index: what is missing after a bad restore is mostly the newest
const SAMPLE: u32 = 250_000;

/// A key, as it is reported, with the queries that count the rows that break it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Probe {
    label: String,
    sampled: bool,
    /// Rows whose parent is not there
    orphans: String,
    /// Rows that have a parent at all, for a key whose parent table is gone
    users: String,
}

/// Columns of the keys of a schema, key by key and in order: constraint, child's schema, table and column, the parent's, the
/// child's rows
fn catalogue_of(schema: &str) -> String {
    format!(
        "SELECT k.CONSTRAINT_NAME, k.TABLE_SCHEMA, k.TABLE_NAME, k.COLUMN_NAME, \
         k.REFERENCED_TABLE_SCHEMA, k.REFERENCED_TABLE_NAME, k.REFERENCED_COLUMN_NAME, CAST(t.TABLE_ROWS AS CHAR) \
         FROM information_schema.KEY_COLUMN_USAGE AS k JOIN information_schema.TABLES AS t \
         ON t.TABLE_SCHEMA = k.TABLE_SCHEMA AND t.TABLE_NAME = k.TABLE_NAME \
         AND CAST(t.TABLE_NAME AS BINARY) = CAST(k.TABLE_NAME AS BINARY) \
         WHERE {} AND k.REFERENCED_TABLE_NAME IS NOT NULL \
         ORDER BY CAST(k.TABLE_NAME AS BINARY), CAST(k.CONSTRAINT_NAME AS BINARY), k.ORDINAL_POSITION",
        query::is("k.TABLE_SCHEMA", schema)
    )
}

fn probes(columns: &Rows) -> Result<Vec<Probe>, AskError> {
    let same_key = |one: &Vec<Option<String>>, next: &Vec<Option<String>>| one.get(..3) == next.get(..3);
    columns.chunk_by(same_key).map(|key| probe(key).ok_or_else(unreadable)).collect()
}

fn probe(key: &[Vec<Option<String>>]) -> Option<Probe> {
    let part = |row: &[Option<String>], index: usize| row.get(index).cloned().flatten();
    let name = |text: Option<String>| Some(Name::of_parts([text?]).backticked());
    let first = key.first()?;
    let child = Name::of_parts([part(first, 1)?, part(first, 2)?]);
    let parent = Name::of_parts([part(first, 4)?, part(first, 5)?]);
    let label = format!("{} on {child}", part(first, 0)?);
    let pairs: Option<Vec<_>> = key.iter().map(|row| Some((name(part(row, 3))?, name(part(row, 6))?))).collect();
    let pairs = pairs?;
    let set: Vec<String> = pairs.iter().map(|(key, _)| format!("child.{key} IS NOT NULL")).collect();
    let matches: Vec<String> = pairs.iter().map(|(key, id)| format!("parent.{id} = child.{key}")).collect();
    let (set, matches) = (set.join(" AND "), matches.join(" AND "));
    let rows: u64 = part(first, 7).and_then(|rows| rows.parse().ok()).unwrap_or(0);
    let sampled = rows > MOST_ROWS_PROBED;
    let of = if sampled {
        let columns: Vec<&str> = pairs.iter().map(|(key, _)| key.as_str()).collect();
        format!("({})", sample(&child.backticked(), &columns))
    } else {
        child.backticked()
    };
    Some(Probe {
        label,
        sampled,
        orphans: format!(
            "SELECT CAST(COUNT(*) AS CHAR) FROM {of} AS child WHERE {set} \
             AND NOT EXISTS (SELECT 1 FROM {} AS parent WHERE {matches})",
            parent.backticked()
        ),
        users: format!("SELECT CAST(COUNT(*) AS CHAR) FROM {of} AS child WHERE {set}"),
    })
}

/// Rows from both ends of the key's index, which every foreign key has
fn sample(child: &str, columns: &[&str]) -> String {
    let end = |direction: &str| {
        let order: Vec<String> = columns.iter().map(|column| format!("{column} {direction}")).collect();
        format!("(SELECT {} FROM {child} ORDER BY {} LIMIT {SAMPLE})", columns.join(", "), order.join(", "))
    };
    format!("{} UNION ALL {}", end("ASC"), end("DESC"))
}

impl Asking<'_> {
    /// Probes key after key. A broken one is told even when not all could be probed: wrong data outweighs everything.
    pub(super) async fn keys(&mut self, schema: &str) -> Result<Found, AskError> {
        if self.number(query::schemas(schema)).await? == 0 {
            return Ok(Found::Missing(format!("there is no schema {schema:?}")));
        }
        if !self.sees(Some(schema)).await? {
            return Err(AskError::Unfit(catalogue::blind(Some(schema))));
        }
        let mut listed = probes(&self.list(catalogue_of(schema)).await?)?;
        let too_many = listed.len() > MOST_KEYS;
        listed.truncate(MOST_KEYS);
        let (mut whole, mut broken, mut sampled, mut stopped) = (0, Vec::new(), 0, None);
        for probe in listed {
            let rows = match self.number(probe.orphans).await {
                Err(error) if trouble::is_missing(&error) => self.number(probe.users).await,
                rows => rows,
            };
            match rows {
                Ok(0) => whole += 1,
                Ok(rows) => broken.push((probe.label, rows)),
                Err(error) => {
                    stopped = Some(error);
                    break;
                }
            }
            sampled += u64::from(probe.sampled);
        }
        let limit =
            too_many.then(|| AskError::Unfit(format!("schema {schema:?} has more than {MOST_KEYS} foreign keys")));
        match stopped.or(limit) {
            Some(error) if broken.is_empty() => Err(error),
            _ => Ok(Found::Keys { probed: whole + u64::try_from(broken.len()).unwrap_or(u64::MAX), broken, sampled }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(constraint: &str, child: &str, parent: &str, rows: &str) -> Vec<Option<String>> {
        [constraint, "s", "lines", child, "s", "orders", parent, rows].map(|text| Some(text.to_owned())).to_vec()
    }

    #[test]
    fn a_composite_key_is_one_probe_over_all_its_columns() {
        let found = probes(&vec![column("fk", "a", "x", "9"), column("fk", "b", "y", "9"), column("g", "c", "z", "9")]);
        let found = found.unwrap();
        assert_eq!((found.len(), found[0].label.as_str(), found[0].sampled), (2, "fk on s.lines", false));
        assert_eq!(
            found[0].orphans,
            "SELECT CAST(COUNT(*) AS CHAR) FROM `s`.`lines` AS child \
             WHERE child.`a` IS NOT NULL AND child.`b` IS NOT NULL AND NOT EXISTS (SELECT 1 FROM `s`.`orders` AS parent \
             WHERE parent.`x` = child.`a` AND parent.`y` = child.`b`)"
        );
    }

    #[test]
    fn a_huge_table_is_probed_at_both_ends_of_the_key() {
        let at = |rows: u64| probes(&vec![column("fk", "a", "x", &rows.to_string())]).unwrap().remove(0);
        assert!(!at(MOST_ROWS_PROBED).sampled);
        let probe = at(MOST_ROWS_PROBED + 1);
        assert!(probe.sampled);
        for end in ["ORDER BY `a` ASC LIMIT 250000", "ORDER BY `a` DESC LIMIT 250000"] {
            assert!(probe.orphans.contains(end) && probe.users.contains(end), "{probe:?}");
        }
    }

    #[test]
    fn a_catalogue_with_a_hole_is_not_guessed_at() {
        let mut row = column("fk", "a", "x", "9");
        row[6] = None;
        assert!(matches!(probes(&vec![row]), Err(AskError::Unfit(_))));
    }
}
