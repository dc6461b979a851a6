//! The checks of a policy. Each kind has keys and rules of its own.

use std::ops::RangeInclusive;

use jiff::SignedDuration;
use serde_json::Value;

use super::fields::Fields;
use super::words;
use super::wrong::Wrong;
use crate::database::Kind;
use crate::moment;
use crate::verify::Check;

/// Kinds of checks that only DocumentDB has
const OF_DOCUMENTDB: [&str; 3] = ["collection_count", "freshness", "indexes"];

/// Every key of every kind, for a check whose kind is not known
const KEYS: [&str; 12] = [
    "kind",
    "table",
    "at_least",
    "at_most",
    "column",
    "within",
    "schema",
    "child",
    "parent",
    "within_percent",
    "query",
    "expect",
];

/// Longest query, in bytes
const LONGEST_QUERY: usize = 20_000;

/// Differences that `unchanged` may allow, in percent
const PERCENT: RangeInclusive<f64> = 0.0..=1000.0;

pub(super) fn read(fields: &mut Fields<'_, '_>, kind: Option<Kind>) -> Option<Check> {
    let Some(word) = word(fields, kind) else {
        fields.know(&KEYS, kind == Some(Kind::Documentdb));
        return None;
    };
    match word {
        "row_count" => row_count(fields),
        "freshness" => freshness(fields),
        "tables" => tables(fields),
        "orphans" => {
            let child = column(fields, "child");
            let parent = column(fields, "parent");
            Some(Check::Orphans { child: child?, parent: parent? })
        }
        "foreign_keys" => {
            let schema = fields.text("schema", "a schema", |text| words::line(text, "a schema", 128));
            Some(Check::ForeignKeys { schema: fields.need("schema", "a schema", schema)? })
        }
        "unchanged" => {
            let table = table(fields);
            let within = fields.number("within_percent", PERCENT);
            let within = fields.need("within_percent", "a number from 0 to 1000", within);
            Some(Check::Unchanged { table: table?, within_percent: within?, since: None })
        }
        "sql" => sql(fields),
        _ => None,
    }
}

/// The kind of a check, where this version can ask it of such a database
fn word(fields: &mut Fields<'_, '_>, kind: Option<Kind>) -> Option<&'static str> {
    let of_documentdb = kind == Some(Kind::Documentdb);
    let known = Check::KINDS.join(", ");
    let word = fields.text("kind", &format!("one of {known}"), |text| {
        let known_word = Check::KINDS.into_iter().find(|word| *word == text);
        match known_word {
            _ if of_documentdb && OF_DOCUMENTDB.contains(&text) => Err(Wrong::allowed(
                "no checks of documentdb databases in this version of Lifeboat; a later one asks them",
            )),
            _ if of_documentdb => Err(Wrong::allowed(format!(
                "for documentdb {}, and none of them in this version of Lifeboat; a later one asks them",
                OF_DOCUMENTDB.join(", ")
            ))),
            Some(word) => Ok(word),
            None if OF_DOCUMENTDB.contains(&text) => {
                Err(Wrong::allowed(format!("one of {known}; {text} is for documentdb only")))
            }
            None => Err(Wrong::one_of(text, Check::KINDS)),
        }
    });
    fields.need("kind", &format!("one of {known}"), word)
}

fn row_count(fields: &mut Fields<'_, '_>) -> Option<Check> {
    let table = table(fields);
    let (at_least, at_most) = (fields.count("at_least"), fields.count("at_most"));
    if fields.value("at_least").is_none() && fields.value("at_most").is_none() {
        fields.wrong(
            "at_least",
            "is missing, and so is at_most",
            Wrong::allowed("at_least, at_most or both: whole numbers, 0 or more"),
        );
    }
    if let (Some(least), Some(most)) = (at_least, at_most)
        && least > most
    {
        fields.wrong("at_most", format!("is {most}"), Wrong::allowed(format!("at_least ({least}) or more")));
    }
    Some(Check::RowCount { table: table?, at_least, at_most })
}

fn freshness(fields: &mut Fields<'_, '_>) -> Option<Check> {
    let table = table(fields);
    let what = "a date or timestamp column";
    let column = fields.text("column", what, |text| words::line(text, what, 128));
    let column = fields.need("column", what, column);
    let allowed = "a span above zero, such as \"90m\", \"24h\" or \"7d\"";
    let within = fields.text("within", allowed, |text| {
        let span = moment::span(text).filter(|span| *span > SignedDuration::ZERO);
        span.map(|_| text.to_owned()).ok_or_else(|| Wrong::allowed(allowed))
    });
    let within = fields.need("within", allowed, within);
    Some(Check::Freshness { table: table?, column: column?, within: within? })
}

fn tables(fields: &mut Fields<'_, '_>) -> Option<Check> {
    let schema = fields.text("schema", "a schema", |text| words::line(text, "a schema", 128));
    let allowed = "a whole number, 1 or more";
    let at_least = fields
        .by("at_least", |value| value.as_u64().filter(|least| *least >= 1).ok_or_else(|| Wrong::allowed(allowed)));
    let at_least = fields.need("at_least", allowed, at_least);
    Some(Check::Tables { schema, at_least: at_least? })
}

fn sql(fields: &mut Fields<'_, '_>) -> Option<Check> {
    let allowed = "a query that answers one row with one column";
    let query = fields.text("query", allowed, |text| {
        let ok = !text.trim().is_empty() && text.len() <= LONGEST_QUERY;
        if ok { Ok(text.to_owned()) } else { Err(Wrong::allowed(format!("{allowed}, at most {LONGEST_QUERY} bytes"))) }
    });
    let query = fields.need("query", allowed, query);
    let expected = "what the query must answer: true, false, a number or a text";
    let expect = fields.by("expect", |value| match value {
        Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(value.clone()),
        Value::Null | Value::Array(_) | Value::Object(_) => Err(Wrong::allowed(expected)),
    });
    let expect = fields.need("expect", expected, expect);
    Some(Check::Sql { query: query?, expect: expect? })
}

fn table(fields: &mut Fields<'_, '_>) -> Option<String> {
    let what = "a table, as schema.table or table";
    let table = fields.text("table", what, |text| words::line(text, what, 255));
    fields.need("table", what, table)
}

/// `table.column` or `schema.table.column`
fn column(fields: &mut Fields<'_, '_>, key: &'static str) -> Option<String> {
    let allowed = "a column, as table.column or schema.table.column";
    let column = fields.text(key, allowed, |text| {
        let parts: Vec<&str> = text.split('.').collect();
        let ok = (2..=3).contains(&parts.len()) && parts.iter().all(|part| !part.trim().is_empty());
        if ok { words::line(text, allowed, 255) } else { Err(Wrong::allowed(allowed)) }
    });
    fields.need(key, allowed, column)
}
