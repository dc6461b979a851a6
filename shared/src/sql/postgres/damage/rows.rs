//! What reading whole tables tells: rows that cannot be read, NULLs where none may be, broken checks, duplicates.

use sqlx::{AssertSqlSafe, Row as _};
use tokio::time::Instant;

use super::table::{Table, Unique, table};
use super::{LONGEST_STATEMENT, Report, is_over};
use crate::sql::AskError;
use crate::sql::postgres::asking::{Asking, unreadable};
use crate::sql::postgres::query;
use crate::sql::postgres::written::written;

/// Most tables that are read
const MOST_TABLES: usize = 5000;

/// Tables of more bytes than this are not read
const LARGEST_TABLE: i64 = 256 << 20;

/// Most columns that one statement counts; a result cannot have more than 1664
const MOST_COUNTED: usize = 1600;

/// The rows themselves are asked, not an index that may know better
const NO_INDEX: &str = "SET LOCAL enable_indexscan = off; SET LOCAL enable_indexonlyscan = off; \
                        SET LOCAL enable_bitmapscan = off; ";

const NULLS: &str = "NULLs in columns without";
const CHECKS: &str = "rows against a check";
const DUPLICATES: &str = "duplicates under a unique index";
const READABLE: &str = "rows that cannot be read";

pub(super) async fn look(asking: &mut Asking<'_>, report: &mut Report, deadline: Instant) -> Result<(), AskError> {
    let tables = match tables(asking).await {
        Ok(tables) => tables,
        Err(error) => return report.not_looked_for("rows of every table", error),
    };
    if tables.len() > MOST_TABLES {
        report.leave("rows of more tables", &format!("only the {MOST_TABLES} smallest were looked at"));
    }
    for table in tables.into_iter().take(MOST_TABLES) {
        let name = written(&table.name);
        if table.bytes > LARGEST_TABLE {
            report.leave_one("rows of", name, &format!("more than {} MiB", LARGEST_TABLE >> 20));
        } else if is_over(deadline) {
            report.leave_one("rows of", name, "there was not enough time");
        } else {
            read(asking, report, &table, &name).await?;
        }
    }
    Ok(())
}

async fn tables(asking: &mut Asking<'_>) -> Result<Vec<Table>, AskError> {
    let most = i64::try_from(MOST_TABLES).unwrap_or(i64::MAX).saturating_add(1);
    let statement = sqlx::query(include_str!("tables.sql")).bind(most);
    let rows = asking.aside(query::ONLY_CATALOGUE, Some(LONGEST_STATEMENT), statement).await?;
    rows.iter().map(table).collect::<sqlx::Result<_>>().map_err(|_| unreadable())
}

async fn read(asking: &mut Asking<'_>, report: &mut Report, table: &Table, name: &str) -> Result<(), AskError> {
    let nulls = table.not_null.iter().take(MOST_COUNTED.saturating_sub(table.stored.len()));
    let nulls: Vec<&String> = nulls.collect();
    match counts(asking, table.count_nulls(&nulls)).await {
        Ok(found) => {
            // Only here has anything been looked at; what is left out everywhere is not looked for.
            for kind in [READABLE, NULLS, CHECKS, DUPLICATES] {
                report.looked_for(kind);
            }
            for (column, rows) in nulls.iter().zip(found).filter(|(_, rows)| *rows > 0) {
                let [schema, table] = &table.name;
                report.add(written(&[schema, table, *column]), format!("{rows} NULLs in a column that is NOT NULL"));
            }
        }
        // What cannot be read once need not be tried again.
        Err(error) => return report.refused("rows of", name.to_owned(), error),
    }
    checks(asking, report, table, name).await?;
    for unique in &table.uniques {
        duplicates(asking, report, table, unique).await?;
    }
    Ok(())
}

async fn checks(asking: &mut Asking<'_>, report: &mut Report, table: &Table, name: &str) -> Result<(), AskError> {
    let [schema, relation] = &table.name;
    let object = |check: &str| written(&[schema.as_str(), relation.as_str(), check]);
    for check in table.checks.iter().filter(|check| !check.why_not.is_empty()) {
        report.leave_one("checks", object(&check.name), &check.why_not);
    }
    let asked: Vec<_> = table.checks.iter().filter(|check| check.why_not.is_empty()).take(MOST_COUNTED).collect();
    if asked.is_empty() {
        return Ok(());
    }
    match counts(asking, table.count_broken(&asked)).await {
        Ok(found) => {
            for (check, rows) in asked.iter().zip(found).filter(|(_, rows)| *rows > 0) {
                report.add(object(&check.name), format!("{rows} rows against this check"));
            }
            Ok(())
        }
        Err(error) => report.refused("checks of", name.to_owned(), error),
    }
}

async fn duplicates(
    asking: &mut Asking<'_>,
    report: &mut Report,
    table: &Table,
    unique: &Unique,
) -> Result<(), AskError> {
    let name = written(&unique.name);
    if !unique.askable {
        report.leave_one("duplicates under", name, "an index with rules of its own for what is equal");
        return Ok(());
    }
    match counts(asking, table.count_duplicates(unique)).await {
        Ok(found) => {
            if let Some(values) = found.first().filter(|values| **values > 0) {
                report.add(name, format!("{values} values more than once under a unique index"));
            }
            Ok(())
        }
        Err(error) => report.refused("duplicates under", name, error),
    }
}

/// Every number of the one row
async fn counts(asking: &mut Asking<'_>, text: String) -> Result<Vec<i64>, AskError> {
    let rows = asking.aside(NO_INDEX, Some(LONGEST_STATEMENT), sqlx::query(AssertSqlSafe(text))).await?;
    let row = rows.first().ok_or_else(unreadable)?;
    (0..row.len()).map(|place| row.try_get(place)).collect::<sqlx::Result<_>>().map_err(|_| unreadable())
}
