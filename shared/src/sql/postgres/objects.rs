//! Answers that list objects of the catalogue: what there is, who may do what with it, the indexes of one table.
//!
//! Objects are named by what they are called and described by what they are, never by the server's own numbers, so that
//! two restores of the same data answer the same. A definition that is long, that holds a long literal, or that is a view's
//! or a routine's, is told as a hash: whether it changed is the question, and it may show what nobody should read in a mail.

use std::collections::BTreeMap;

use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, Row as _};

use super::asking::{Asking, number, unreadable};
use super::query;
use super::written::{in_a_row, written};
use crate::sql::{AskError, Name};
use crate::verify::Found;

/// Most objects that one answer lists
const MOST_OBJECTS: usize = 50_000;

/// [`Found::Objects`] for every listing: `objects` of the one file, as the other shows them
macro_rules! listing {
    ($objects:literal) => {
        concat!(include_str!($objects), include_str!("shown.sql"))
    };
}

const SCHEMA: &str = listing!("schema.sql");
const GRANTS: &str = listing!("grants.sql");
const INDEXES: &str = listing!("indexes.sql");

/// Every object of one schema, or of all
pub(super) async fn of_schema(asking: &mut Asking<'_>, schema: Option<&str>) -> Result<Found, AskError> {
    if let Some(schema) = schema {
        let there = asking.catalogue(sqlx::query(query::SCHEMA).bind(schema.to_owned())).await?;
        if there.first().map(number).transpose()? != Some(1) {
            return Ok(Found::Missing(format!("there is no schema {schema:?}")));
        }
    }
    let narrower = match schema {
        Some(_) => "ask for less of it with checks of its own kind",
        None => "name one schema in each check",
    };
    listed(asking, SCHEMA, schema, narrower).await
}

/// Roles, owners, rights, settings and extensions
pub(super) async fn grants(asking: &mut Asking<'_>) -> Result<Found, AskError> {
    listed(asking, GRANTS, None, "this kind cannot be asked of so large a database").await
}

/// The indexes of a table, in the search path of the connection where the name has no schema
pub(super) async fn indexes(asking: &mut Asking<'_>, table: &Name) -> Result<Found, AskError> {
    let number = asking.first(sqlx::query(query::NUMBER_OF_TABLE).bind(table.quoted())).await?;
    let number: String = number.try_get(0).map_err(|_| unreadable())?;
    listed(asking, INDEXES, Some(&number), "look at them by hand").await
}

async fn listed(
    asking: &mut Asking<'_>,
    listing: &'static str,
    of: Option<&str>,
    narrower: &str,
) -> Result<Found, AskError> {
    let most = i64::try_from(MOST_OBJECTS).unwrap_or(i64::MAX).saturating_add(1);
    let listing = sqlx::query(AssertSqlSafe(listing)).bind(most).bind(of.map(str::to_owned));
    let rows = asking.catalogue(listing).await?;
    if rows.len() > MOST_OBJECTS {
        return Err(AskError::Unfit(format!("there are more than {MOST_OBJECTS} objects; {narrower}")));
    }
    let mut objects = BTreeMap::new();
    for row in &rows {
        let (name, what) = object(row).map_err(|_| unreadable())?;
        // No two objects should be shown alike; should it happen, neither hides the other.
        match objects.entry(name) {
            std::collections::btree_map::Entry::Vacant(entry) => drop(entry.insert(vec![what])),
            std::collections::btree_map::Entry::Occupied(mut entry) => entry.get_mut().push(what),
        }
    }
    let joined = objects.into_iter().map(|(name, mut what): (String, Vec<String>)| {
        what.sort();
        (name, what.join("; "))
    });
    Ok(Found::Objects(joined.collect()))
}

/// One row of `shown.sql`. An object of no kind is called by its plain name.
fn object(row: &PgRow) -> sqlx::Result<(String, String)> {
    let (kind, parts): (String, Vec<String>) = (row.try_get(0)?, row.try_get(1)?);
    let (tail, words): (String, String) = (row.try_get(2)?, row.try_get(3)?);
    let body: Option<String> = row.try_get(4)?;
    let name = if kind.is_empty() {
        parts.concat()
    } else {
        let space = if parts.is_empty() { "" } else { " " };
        format!("{kind}{space}{}{}", written(&parts), super::written::on_one_line(&tail))
    };
    Ok((name, in_a_row(&format!("{words} {}", body.unwrap_or_default()))))
}
