//! The checks of a policy. Each kind has keys and rules of its own.

mod names;
mod since;

use std::ops::RangeInclusive;

use jiff::SignedDuration;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::fields::Fields;
use super::mistake::Mistakes;
use super::wrong::{Wrong, found};
use crate::database::Kind;
use crate::moment;
use crate::verify::Check;

/// Most checks that one database may name
pub const MOST_CHECKS: usize = 200;

/// Most bytes that the checks of one database may have together: they travel in one asynchronous invocation, which carries
/// 256 KB (Lambda quotas)
const LONGEST_TOGETHER: usize = 128 * 1024;

/// Kinds of checks that DocumentDB cannot be asked, each with the reason
const NOT_OF_DOCUMENTDB: [(&str, &str); 3] = [
    ("sql", "DocumentDB speaks no SQL"),
    ("orphans", "DocumentDB has no keys between collections"),
    ("foreign_keys", "DocumentDB has no keys between collections"),
];

/// Every key of every kind, for a check whose kind is not known
const KEYS: [&str; 17] = [
    "kind",
    "table",
    "collection",
    "at_least",
    "at_most",
    "column",
    "field",
    "within",
    "schema",
    "child",
    "parent",
    "within_percent",
    "since",
    "names",
    "except",
    "query",
    "expect",
];

/// Longest query, in bytes
const LONGEST_QUERY: usize = 20_000;

/// Differences that `unchanged` may allow, in percent
const PERCENT: RangeInclusive<f64> = 0.0..=1000.0;

/// What the rules of a check need to know of its database
#[derive(Clone, Copy)]
pub(super) struct Of<'a> {
    /// What the database is; `None` where the policy does not say it rightly
    pub(super) kind: Option<Kind>,
    /// Zone of a `since` that is only a date
    pub(super) zone: &'a TimeZone,
}

/// Reads a list of checks by the rules of the policy, for a request that carries them. A `since` that is only a date
/// begins at midnight in `zone`.
pub fn read_checks(value: &Value, path: &str, kind: Kind, zone: &TimeZone) -> Result<Vec<Check>, Mistakes> {
    let Value::Array(items) = value else {
        return Err(Mistakes::one(path, found(value), "a list of checks", None));
    };
    let of = Of { kind: Some(kind), zone };
    let mut mistakes = Mistakes::default();
    let read = items.iter().enumerate().filter_map(|(at, item)| {
        super::read_object(item, &format!("{path}[{at}]"), &mut mistakes, |fields| read(fields, of))
    });
    let checks = read.collect();
    mistakes.or(Some(checks))
}

/// Reads `checks` of a database
pub(super) fn all(fields: &mut Fields<'_, '_>, of: Of<'_>) -> Vec<Check> {
    let checks = fields.objects("checks", |fields| read(fields, of));
    let given = fields.value("checks").and_then(Value::as_array).map_or(0, Vec::len);
    if given > MOST_CHECKS {
        fields.wrong("checks", format!("is a list of {given}"), Wrong::allowed(format!("at most {MOST_CHECKS}")));
    }
    let bytes = serde_json::to_vec(&checks).map_or(0, |text| text.len());
    if bytes > LONGEST_TOGETHER {
        let allowed = format!("checks of at most {LONGEST_TOGETHER} bytes together; shorten the queries");
        fields.wrong("checks", format!("is {bytes} bytes long"), Wrong::allowed(allowed));
    }
    checks
}

fn read(fields: &mut Fields<'_, '_>, of: Of<'_>) -> Option<Check> {
    let Some(word) = word(fields, of.kind) else {
        fields.know(&KEYS, false);
        return None;
    };
    match word {
        "row_count" => {
            let (table, (at_least, at_most)) = (names::table(fields, of.kind), bounds(fields));
            Some(Check::RowCount { table: table?, at_least, at_most })
        }
        "collection_count" => {
            let (collection, (at_least, at_most)) = (names::collection(fields), bounds(fields));
            Some(Check::CollectionCount { collection: collection?, at_least, at_most })
        }
        "freshness" => freshness(fields, of.kind),
        "tables" => tables(fields),
        "orphans" => {
            let child = names::table_and_column(fields, "child");
            let parent = names::table_and_column(fields, "parent");
            Some(Check::Orphans { child: child?, parent: parent? })
        }
        "foreign_keys" => {
            let schema = names::schema(fields);
            Some(Check::ForeignKeys { schema: fields.need("schema", "a schema", schema)? })
        }
        "unchanged" => {
            let table = names::table(fields, of.kind);
            let within = fields.number("within_percent", PERCENT);
            let within = fields.need("within_percent", "a number from 0 to 1000", within);
            let since = since::read(fields, of.zone);
            Some(Check::Unchanged { table: table?, within_percent: within?, since })
        }
        "schema_unchanged" => {
            let schema = names::schema(fields);
            Some(Check::SchemaUnchanged { schema, since: since::read(fields, of.zone) })
        }
        "grants_unchanged" => Some(Check::GrantsUnchanged { since: since::read(fields, of.zone) }),
        "indexes" => {
            let (table, names) = (names::table(fields, of.kind), names::indexes(fields));
            let since = since::read(fields, of.zone);
            if since.is_some() && !names.is_empty() {
                let allowed = "nothing beside names: with names nothing is compared with an earlier drill";
                fields.wrong("since", "is given", Wrong::allowed(allowed));
            }
            Some(Check::Indexes { table: table?, names, since })
        }
        "damage" => Some(Check::Damage { except: names::except(fields) }),
        "sql" => sql(fields),
        _ => None,
    }
}

/// Whether a database of this kind can be asked such a check; the reason where it cannot
fn refused(word: &str, kind: Option<Kind>) -> Option<&'static str> {
    match kind? {
        Kind::Documentdb => NOT_OF_DOCUMENTDB.into_iter().find(|(known, _)| *known == word).map(|(_, why)| why),
        Kind::Aurora | Kind::Rds => (word == "collection_count").then_some("tables have rows: ask row_count"),
    }
}

/// The kind of a check, where it can be asked of such a database
fn word(fields: &mut Fields<'_, '_>, kind: Option<Kind>) -> Option<&'static str> {
    let fitting: Vec<&str> = Check::KINDS.into_iter().filter(|word| refused(word, kind).is_none()).collect();
    let known = format!("one of {}", fitting.join(", "));
    let word = fields.text("kind", &known, |text| {
        let word = Check::KINDS.into_iter().find(|word| *word == text);
        match (word, refused(text, kind)) {
            (Some(word), None) => Ok(word),
            (_, Some(why)) => Err(Wrong {
                allowed: format!("{known}; {why}"),
                nearest: (text == "collection_count").then(|| "row_count".to_owned()),
            }),
            (None, None) => Err(Wrong::one_of(text, fitting.iter().copied())),
        }
    });
    fields.need("kind", &known, word)
}

/// The keys `at_least` and `at_most`, at least one of them
fn bounds(fields: &mut Fields<'_, '_>) -> (Option<u64>, Option<u64>) {
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
    (at_least, at_most)
}

fn freshness(fields: &mut Fields<'_, '_>, kind: Option<Kind>) -> Option<Check> {
    let (table, column) = (names::table(fields, kind), names::time(fields, kind));
    let allowed = "a span above zero, such as \"90m\", \"24h\" or \"7d\"";
    let within = fields.text("within", allowed, |text| {
        let span = moment::span(text).filter(|span| *span > SignedDuration::ZERO);
        span.map(|_| text.to_owned()).ok_or_else(|| Wrong::allowed(allowed))
    });
    let within = fields.need("within", allowed, within);
    Some(Check::Freshness { table: table?, column: column?, within: within? })
}

fn tables(fields: &mut Fields<'_, '_>) -> Option<Check> {
    let schema = names::schema(fields);
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
