//! The names in a check: tables or collections, columns or fields, schemas, indexes, excepted objects.

use crate::database::Kind;
use crate::policy::fields::Fields;
use crate::policy::words;
use crate::policy::wrong::Wrong;

/// Longest name of a table or collection with its schema or database, in bytes
const LONGEST: usize = 255;

/// Most indexes or excepted objects that one check may name
const MOST_NAMES: usize = 200;

/// Longest name of an excepted object, in bytes: a kind, a schema, a table and a column
const LONGEST_OBJECT: usize = 512;

const TABLE: &str = "a table, as schema.table or table";
const COLLECTION: &str = "a collection, as database.collection or collection";

/// A table. Of DocumentDB a collection, under the key `collection` or `table`.
pub(super) fn table(fields: &mut Fields<'_, '_>, kind: Option<Kind>) -> Option<String> {
    match kind {
        Some(Kind::Documentdb) => either(fields, ["collection", "table"], COLLECTION, LONGEST),
        Some(Kind::Aurora | Kind::Rds) => one(fields, "table", TABLE, LONGEST),
        None => either(fields, ["table", "collection"], TABLE, LONGEST),
    }
}

/// What only DocumentDB has
pub(super) fn collection(fields: &mut Fields<'_, '_>) -> Option<String> {
    one(fields, "collection", COLLECTION, LONGEST)
}

/// A column with a time. Of DocumentDB a field, under the key `field` or `column`.
pub(super) fn time(fields: &mut Fields<'_, '_>, kind: Option<Kind>) -> Option<String> {
    let (column, field) = ("a date or timestamp column", "a field with dates; a dot leads into what is nested");
    match kind {
        Some(Kind::Documentdb) => either(fields, ["field", "column"], field, 128),
        Some(Kind::Aurora | Kind::Rds) => one(fields, "column", column, 128),
        None => either(fields, ["column", "field"], column, 128),
    }
}

/// A schema, where one is named
pub(super) fn schema(fields: &mut Fields<'_, '_>) -> Option<String> {
    fields.text("schema", "a schema", |text| words::line(text, "a schema", 128))
}

fn one(fields: &mut Fields<'_, '_>, key: &'static str, what: &str, longest: usize) -> Option<String> {
    let name = fields.text(key, what, |text| words::line(text, what, longest));
    fields.need(key, what, name)
}

/// A name under either of two keys; a mistake is told at the first
fn either(fields: &mut Fields<'_, '_>, keys: [&'static str; 2], what: &str, longest: usize) -> Option<String> {
    let [key, other] = keys;
    let names = keys.map(|key| fields.text(key, what, |text| words::line(text, what, longest)));
    match keys.map(|key| fields.value(key).is_some()) {
        [false, false] => fields.wrong(key, "is missing", Wrong::allowed(what)),
        [true, true] => {
            fields.wrong(other, format!("is given beside {key}"), Wrong::allowed("one of the two"));
            return None;
        }
        _ => {}
    }
    names.into_iter().flatten().next()
}

/// `table.column` or `schema.table.column`
pub(super) fn table_and_column(fields: &mut Fields<'_, '_>, key: &'static str) -> Option<String> {
    let allowed = "a column, as table.column or schema.table.column";
    let column = fields.text(key, allowed, |text| {
        let parts: Vec<&str> = text.split('.').collect();
        let ok = (2..=3).contains(&parts.len()) && parts.iter().all(|part| !part.trim().is_empty());
        if ok { words::line(text, allowed, LONGEST) } else { Err(Wrong::allowed(allowed)) }
    });
    fields.need(key, allowed, column)
}

/// The indexes that must be there; none named is every one of the last passed drill
pub(super) fn indexes(fields: &mut Fields<'_, '_>) -> Vec<String> {
    let what = "an index";
    let names = fields.list("names", what, |text| words::line(text, what, LONGEST));
    bounded(fields, "names", names)
}

/// The objects whose damage is known and accepted
pub(super) fn except(fields: &mut Fields<'_, '_>) -> Vec<String> {
    let what = "an object as the answer names it; * at the end stands for any rest";
    let names = fields.list("except", what, |text| {
        let beginning = text.strip_suffix('*').unwrap_or(text);
        if beginning.contains('*') { Err(Wrong::allowed(what)) } else { words::line(text, what, LONGEST_OBJECT) }
    });
    bounded(fields, "except", names)
}

fn bounded(fields: &mut Fields<'_, '_>, key: &str, names: Option<Vec<String>>) -> Vec<String> {
    let names = names.unwrap_or_default();
    if names.len() > MOST_NAMES {
        let was = format!("is a list of {}", names.len());
        fields.wrong(key, was, Wrong::allowed(format!("at most {MOST_NAMES} names")));
    }
    names
}
