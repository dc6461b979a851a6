//! Names of tables as people write them, and the names that we give.
//!
//! A name that we give fits both servers: 63 bytes are also no more than 64 characters. MySQL keeps a table in a file of its
//! name, five bytes for each sign beyond ASCII, so what is cut is cut by bytes too.

use std::fmt;
use std::hash::Hasher as _;

use fnv::FnvHasher;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

/// Longest name that we give, in bytes (PostgreSQL's `NAMEDATALEN` less one)
const LONGEST: usize = 63;

/// Longest part of a name that is read, in characters (MySQL)
const LONGEST_READ: usize = 64;

/// A table with its schema (PostgreSQL) or database (MySQL)
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TableName {
    /// Schema or database
    pub schema: String,
    /// Table
    pub table: String,
}

/// Why a text names no table
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no table: write schema.table, and a part that has a dot or a quote in double quotes")]
pub struct NameMistake(String);

impl TableName {
    /// A table by its parts
    pub fn new(schema: impl Into<String>, table: impl Into<String>) -> Self {
        Self { schema: schema.into(), table: table.into() }
    }

    /// Reads `schema.table`. A part keeps its case; one with a dot or a quote stands in double quotes.
    pub fn parse(text: &str) -> Result<Self, NameMistake> {
        let wrong = || NameMistake(text.chars().take(160).collect());
        let (schema, rest) = part(text).ok_or_else(wrong)?;
        let (table, rest) = part(rest.strip_prefix('.').ok_or_else(wrong)?).ok_or_else(wrong)?;
        let fits = |part: &str| (1..=LONGEST_READ).contains(&part.chars().count()) && !part.contains('\0');
        if !rest.is_empty() || !fits(&schema) || !fits(&table) {
            return Err(wrong());
        }
        Ok(Self { schema, table })
    }
}

impl TryFrom<String> for TableName {
    type Error = NameMistake;

    fn try_from(text: String) -> Result<Self, NameMistake> {
        Self::parse(&text)
    }
}

impl From<TableName> for String {
    fn from(name: TableName) -> Self {
        name.to_string()
    }
}

impl fmt::Display for TableName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let written = |part: &str| {
            if part.contains(['.', '"']) { format!("\"{}\"", part.replace('"', "\"\"")) } else { part.to_owned() }
        };
        write!(f, "{}.{}", written(&self.schema), written(&self.table))
    }
}

/// The first part of a name and what follows it
fn part(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find('.').unwrap_or(text.len());
        let (part, rest) = text.split_at(end);
        return (!part.contains('"')).then(|| (part.to_owned(), rest));
    };
    let mut part = String::new();
    let mut rest = quoted;
    loop {
        let (before, after) = rest.split_once('"')?;
        part.push_str(before);
        match after.strip_prefix('"') {
            Some(more) => {
                part.push('"');
                rest = more;
            }
            None => return Some((part, after)),
        }
    }
}

/// A backup's id: `warehouse-20261120191000`
pub fn backup_id(database: &str, at: Timestamp) -> String {
    format!("{database}-{}", stamp(at))
}

/// The name of a table's copy in a backup
pub fn copy_name(source: &TableName, backup: &str, at: Timestamp) -> String {
    given(&source.table, "", at, &[&source.schema, &source.table, backup])
}

/// The name under which a restore fills a table, before it takes its place
pub fn staging_name(live: &TableName, backup: &str, at: Timestamp) -> String {
    given(&live.table, "restoring_", at, &[&live.schema, &live.table, backup, "restoring"])
}

/// The name under which the table that stood in the way is kept: `broken` after a restore, `undone` after its undo
pub fn aside_name(live: &TableName, word: &str, at: Timestamp) -> String {
    given(&live.table, &format!("{word}_"), at, &[&live.schema, &live.table, word])
}

/// The name that an index of a table put aside gets, where the restored one needs its name
pub fn index_aside_name(index: &str, aside: &str, at: Timestamp) -> String {
    given(index, "broken_", at, &[index, aside])
}

/// `<name, cut>_<word><time>_<hash>`: the hash is of the whole, so that what was cut alike stays apart
fn given(name: &str, word: &str, at: Timestamp, whole: &[&str]) -> String {
    let mut hasher = FnvHasher::default();
    for part in whole {
        hasher.write(part.as_bytes());
        hasher.write_u8(0);
    }
    let tail = format!("_{word}{}_{:08x}", stamp(at), hasher.finish() & 0xffff_ffff);
    format!("{}{tail}", cut(name, LONGEST.saturating_sub(tail.len())))
}

/// The longest start of a text with no more bytes than these
fn cut(text: &str, bytes: usize) -> &str {
    let mut end = bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

fn stamp(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).strftime("%Y%m%d%H%M%S").to_string()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const AT: &str = "2026-11-20T19:10:00Z";

    fn at() -> Timestamp {
        AT.parse().unwrap()
    }

    #[test]
    fn a_name_is_read_as_people_write_it() {
        let table = [
            ("silver.tenant", Some(("silver", "tenant"))),
            ("\"basis\".\"staging.apartments\"", Some(("basis", "staging.apartments"))),
            ("a.\"say \"\"hi\"\"\"", Some(("a", "say \"hi\""))),
            ("Silver.Table with spaces; DROP", Some(("Silver", "Table with spaces; DROP"))),
            ("tenant", None),
            ("a.b.c", None),
            ("a.", None),
            (".b", None),
            ("a.\"b", None),
            ("a.b\"c", None),
            ("", None),
        ];
        for (text, parts) in table {
            let read = TableName::parse(text).ok();
            assert_eq!(read, parts.map(|(schema, table)| TableName::new(schema, table)), "{text}");
        }
        assert!(TableName::parse(&format!("a.{}", "x".repeat(65))).is_err());
    }

    #[test]
    fn a_name_that_we_give_says_what_it_is_and_fits_both_servers() {
        let source = TableName::new("silver", "tenant_status_history");
        let copy = copy_name(&source, "warehouse-20261120191000", at());
        assert!(copy.starts_with("tenant_status_history_20261120191000_"), "{copy}");
        let aside = aside_name(&source, "broken", at());
        assert!(aside.starts_with("tenant_status_history_broken_20261120191000_"), "{aside}");
        for table in ["x".repeat(64), "表".repeat(64), "é`\"'".repeat(16)] {
            let name = copy_name(&TableName::new("silver", table), "b", at());
            assert!(name.len() <= LONGEST, "{name}");
        }
    }

    proptest! {
        #[test]
        fn names_that_are_cut_alike_stay_apart(a in "[a-z`\"表]{40,64}", b in "[a-z`\"表]{0,4}") {
            let one = TableName::new("s", a.clone());
            for other in [TableName::new("s", format!("{a}{b}x")), TableName::new("t", a.clone())] {
                prop_assert_ne!(copy_name(&one, "id", at()), copy_name(&other, "id", at()));
                prop_assert!(copy_name(&other, "id", at()).len() <= LONGEST);
            }
        }

        #[test]
        fn a_name_that_is_written_is_read_again(schema in "[^\0]{1,64}", table in "[^\0]{1,64}") {
            let name = TableName::new(schema, table);
            prop_assert_eq!(TableName::parse(&name.to_string()).unwrap(), name);
        }
    }
}
