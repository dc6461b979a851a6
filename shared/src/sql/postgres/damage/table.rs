//! A table as `tables.sql` lists it, and the queries that read it whole.
//!
//! Expressions of checks and indexes come from the server's own catalogue as it would write them in a dump, with every
//! name quoted and every schema named.

use sqlx::Row as _;
use sqlx::postgres::PgRow;

use crate::sql::Name;

/// A table, and what must be true of its rows
pub(super) struct Table {
    pub(super) name: [String; 2],
    pub(super) bytes: i64,
    /// Columns that are NOT NULL
    pub(super) not_null: Vec<String>,
    /// Columns that may be stored out of line, each with a function that reads its values whole
    pub(super) stored: Vec<(String, String)>,
    pub(super) checks: Vec<Holds>,
    pub(super) uniques: Vec<Unique>,
}

/// A check
pub(super) struct Holds {
    pub(super) name: String,
    pub(super) expression: String,
    pub(super) askable: bool,
}

/// A unique index
pub(super) struct Unique {
    pub(super) name: [String; 2],
    pub(super) predicate: String,
    /// Whether two NULLs are the same to it
    pub(super) same_nulls: bool,
    pub(super) askable: bool,
    pub(super) keys: Vec<String>,
}

/// One row of `tables.sql`
pub(super) fn table(row: &PgRow) -> sqlx::Result<Table> {
    let texts = |place: usize| row.try_get::<Vec<String>, _>(place);
    let flags = |place: usize| row.try_get::<Vec<bool>, _>(place);
    let checks = texts(6)?.into_iter().zip(texts(7)?).zip(flags(8)?);
    let uniques = texts(9)?.into_iter().zip(texts(10)?).zip(texts(11)?).zip(flags(12)?).zip(flags(13)?).zip(texts(14)?);
    let uniques = uniques.map(|(((((schema, name), predicate), same_nulls), askable), keys)| {
        let keys: Option<Vec<String>> = serde_json::from_str(&keys).ok();
        let askable = askable && keys.as_ref().is_some_and(|keys| !keys.is_empty());
        Unique { name: [schema, name], predicate, same_nulls, askable, keys: keys.unwrap_or_default() }
    });
    Ok(Table {
        name: [row.try_get(0)?, row.try_get(1)?],
        bytes: row.try_get(2)?,
        not_null: texts(3)?,
        stored: texts(4)?.into_iter().zip(texts(5)?).collect(),
        checks: checks.map(|((name, expression), askable)| Holds { name, expression, askable }).collect(),
        uniques: uniques.collect(),
    })
}

fn quoted(part: &str) -> String {
    Name::of_parts([part.to_owned()]).quoted()
}

impl Table {
    fn from(&self) -> String {
        format!("FROM ONLY {}", Name::of_parts(self.name.clone()).quoted())
    }

    /// How many NULLs each column has, and after them how many values of each that is stored out of line could be read.
    /// A planner that trusts NOT NULL answers `IS NULL` without looking; it does not know what `num_nulls` will say.
    pub(super) fn count_nulls(&self, columns: &[&String]) -> String {
        let nulls = columns.iter().map(|column| {
            format!(
                "pg_catalog.count(*) FILTER (WHERE pg_catalog.num_nulls({}) OPERATOR(pg_catalog.>) 0)",
                quoted(column)
            )
        });
        let read = self
            .stored
            .iter()
            .map(|(column, reader)| format!("pg_catalog.count(pg_catalog.{reader}({}))", quoted(column)));
        let all: Vec<String> = nulls.chain(read).chain(["pg_catalog.count(*)".to_owned()]).collect();
        format!("SELECT {} {}", all.join(", "), self.from())
    }

    /// How many rows break each check; one that answers NULL is kept
    pub(super) fn count_broken(&self, checks: &[&Holds]) -> String {
        let all: Vec<String> = checks
            .iter()
            .map(|check| format!("pg_catalog.count(*) FILTER (WHERE NOT ({}))", check.expression))
            .collect();
        format!("SELECT {} {}", all.join(", "), self.from())
    }

    /// How many values a unique index should know once and the table has more often
    pub(super) fn count_duplicates(&self, unique: &Unique) -> String {
        let keys = unique.keys.iter().enumerate();
        let named: Vec<String> = keys.map(|(place, key)| format!("({key}) AS key{place}")).collect();
        let names: Vec<String> = (0..unique.keys.len()).map(|place| format!("key{place}")).collect();
        let names = names.join(", ");
        let set = if unique.same_nulls {
            String::new()
        } else {
            format!("WHERE pg_catalog.num_nulls({names}) OPERATOR(pg_catalog.=) 0 ")
        };
        format!(
            "SELECT pg_catalog.count(*) FROM (SELECT FROM (SELECT {} {} WHERE ({})) AS keys {set}GROUP BY {names} \
             HAVING pg_catalog.count(*) OPERATOR(pg_catalog.>) 1) AS twice",
            named.join(", "),
            self.from(),
            unique.predicate
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_read_in_one_statement_and_names_are_quoted() {
        let table = Table {
            name: ["s".to_owned(), "a\"b".to_owned()],
            bytes: 1,
            not_null: vec!["x".to_owned()],
            stored: vec![("doc".to_owned(), "jsonb_typeof".to_owned())],
            checks: Vec::new(),
            uniques: Vec::new(),
        };
        assert_eq!(
            table.count_nulls(&table.not_null.iter().collect::<Vec<_>>()),
            "SELECT pg_catalog.count(*) FILTER (WHERE pg_catalog.num_nulls(\"x\") OPERATOR(pg_catalog.>) 0), \
             pg_catalog.count(pg_catalog.jsonb_typeof(\"doc\")), pg_catalog.count(*) FROM ONLY \"s\".\"a\"\"b\""
        );
        let check = Holds { name: "c".to_owned(), expression: "(x > 0)".to_owned(), askable: true };
        assert_eq!(
            table.count_broken(&[&check]),
            "SELECT pg_catalog.count(*) FILTER (WHERE NOT ((x > 0))) FROM ONLY \"s\".\"a\"\"b\""
        );
    }

    #[test]
    fn duplicates_are_those_that_the_index_would_refuse() {
        let mut unique = Unique {
            name: ["s".to_owned(), "i".to_owned()],
            predicate: "(NOT gone)".to_owned(),
            same_nulls: false,
            askable: true,
            keys: vec!["lower(mail)".to_owned(), "tenant".to_owned()],
        };
        let table = Table {
            name: ["s".to_owned(), "t".to_owned()],
            bytes: 1,
            not_null: Vec::new(),
            stored: Vec::new(),
            checks: Vec::new(),
            uniques: Vec::new(),
        };
        let query = table.count_duplicates(&unique);
        assert!(
            query.contains("(SELECT (lower(mail)) AS key0, (tenant) AS key1 FROM ONLY \"s\".\"t\" WHERE ((NOT gone)))")
        );
        assert!(query.contains("num_nulls(key0, key1) OPERATOR(pg_catalog.=) 0 GROUP BY key0, key1 HAVING"), "{query}");
        unique.same_nulls = true;
        assert!(!table.count_duplicates(&unique).contains("num_nulls"));
    }
}
