//! Every declared foreign key of a schema, as a query for rows without a parent.
//!
//! The probe is the one the server itself makes when a key is added: the operators of the key (not whichever `=` the
//! search path offers), the parent's collation where the two differ, `ONLY` where a table is not partitioned, and `NULL`s
//! as the key's `MATCH` says. Keys marked `NOT VALID` are left out: the database itself does not say that they hold.
//!
//! A child table of very many rows is probed on a sample of its pages. The sample is the same for as long as the server
//! runs, so that whoever asks again is answered the same, and another one in the next drill, whose server is another.

use crate::sql::{AskError, Name};

/// Most keys that one check probes
pub(super) const MOST_KEYS: usize = 2000;

/// A child table with more rows than this, by the planner's estimate, is probed on a sample
const MOST_WHOLE_ROWS: f64 = 5_000_000.0;

/// About how many rows a sample has
const SAMPLE_ROWS: f64 = 500_000.0;

/// Columns of the validated keys of the schema `$1`, in order, of at most `$2` keys. A key on a partitioned table is
/// probed there once and not again for each partition. The order of the columns is that of [`KeyColumn`].
///
/// The child's rows are estimated as the planner does it, from the rows to a page when statistics were taken and the pages
/// that there are now; those of a partitioned table are those of its leaves. Where statistics know nothing, a hundred to a page.
pub(super) const CATALOGUE: &str = "\
SELECT con.oid::pg_catalog.text, con.conname::pg_catalog.text, con.confmatchtype = 'f',
       cn.nspname::pg_catalog.text, child.relname::pg_catalog.text, child.relkind = 'p',
       pn.nspname::pg_catalog.text, parent.relname::pg_catalog.text, parent.relkind = 'p',
       ca.attname::pg_catalog.text, pa.attname::pg_catalog.text,
       opn.nspname::pg_catalog.text, op.oprname::pg_catalog.text,
       colln.nspname::pg_catalog.text, coll.collname::pg_catalog.text,
       (SELECT coalesce(pg_catalog.sum(
                 coalesce(pg_catalog.pg_relation_size(leaf.oid), 0)
                 / pg_catalog.current_setting('block_size')::pg_catalog.float8
                 * CASE WHEN leaf.relpages > 0 AND leaf.reltuples > 0 THEN leaf.reltuples / leaf.relpages ELSE 100 END), 0)
          FROM pg_catalog.pg_class AS leaf
         WHERE leaf.relkind = 'r'
           AND (leaf.oid = con.conrelid
                OR (child.relkind = 'p' AND leaf.oid IN (SELECT tree.relid FROM pg_catalog.pg_partition_tree(con.conrelid) AS tree)))
       )::pg_catalog.float8
  FROM (SELECT c.* FROM pg_catalog.pg_constraint AS c
          JOIN pg_catalog.pg_class AS t ON t.oid = c.conrelid
          JOIN pg_catalog.pg_namespace AS n ON n.oid = t.relnamespace
         WHERE c.contype = 'f' AND c.conparentid = 0 AND c.convalidated AND n.nspname = $1::pg_catalog.text
         ORDER BY c.oid LIMIT $2::pg_catalog.int8) AS con
  JOIN pg_catalog.pg_class AS child ON child.oid = con.conrelid
  JOIN pg_catalog.pg_namespace AS cn ON cn.oid = child.relnamespace
  JOIN pg_catalog.pg_class AS parent ON parent.oid = con.confrelid
  JOIN pg_catalog.pg_namespace AS pn ON pn.oid = parent.relnamespace
 CROSS JOIN LATERAL ROWS FROM (pg_catalog.unnest(con.conkey), pg_catalog.unnest(con.confkey),
                               pg_catalog.unnest(con.conpfeqop)) WITH ORDINALITY AS k (child, parent, operator, place)
  JOIN pg_catalog.pg_attribute AS ca ON ca.attrelid = con.conrelid AND ca.attnum = k.child
  JOIN pg_catalog.pg_attribute AS pa ON pa.attrelid = con.confrelid AND pa.attnum = k.parent
  JOIN pg_catalog.pg_operator AS op ON op.oid = k.operator
  JOIN pg_catalog.pg_namespace AS opn ON opn.oid = op.oprnamespace
  LEFT JOIN pg_catalog.pg_collation AS coll ON coll.oid = pa.attcollation AND pa.attcollation <> ca.attcollation
  LEFT JOIN pg_catalog.pg_namespace AS colln ON colln.oid = coll.collnamespace
 ORDER BY con.oid, k.place";

/// One side of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Side {
    /// The table
    pub(super) table: Name,
    /// Whether it is partitioned, and the key is about the rows of its partitions
    pub(super) partitioned: bool,
}

/// One pair of columns of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pair {
    /// Column of the child
    pub(super) child: Name,
    /// Column of the parent
    pub(super) parent: Name,
    /// Schema and name of the operator that the key compares them with
    pub(super) operator: (Name, String),
    /// Collation of the parent's column, where the child's is another
    pub(super) collation: Option<Name>,
}

/// One column of a key, as [`CATALOGUE`] lists it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct KeyColumn {
    /// The constraint's own number
    pub(super) oid: String,
    /// The constraint
    pub(super) constraint: String,
    /// `MATCH FULL`: a row with only some of the key's columns `NULL` breaks it
    pub(super) full: bool,
    /// Rows of the child table, estimated
    pub(super) rows: f64,
    /// Table that refers
    pub(super) child: Side,
    /// Table referred to
    pub(super) parent: Side,
    /// The columns
    pub(super) pair: Pair,
}

/// A key, as it is reported, with the query that counts the rows that break it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Probe {
    /// `constraint on table`
    pub(super) label: String,
    /// The query
    pub(super) query: String,
    /// Whether it looks at a sample of the rows only
    pub(super) of_sample: bool,
}

/// One probe for each key of the listed columns, which stand together key by key.
pub(super) fn probes(columns: &[KeyColumn]) -> Result<Vec<Probe>, AskError> {
    columns.chunk_by(|one, next| one.oid == next.oid).filter_map(|key| Some((key.first()?, key))).map(probe).collect()
}

fn probe((first, key): (&KeyColumn, &[KeyColumn])) -> Result<Probe, AskError> {
    let matches: Vec<String> = key.iter().map(|column| matched(&column.pair)).collect::<Result<_, _>>()?;
    let set: Vec<String> =
        key.iter().map(|column| format!("child.{} IS NOT NULL", column.pair.child.quoted())).collect();
    // MATCH SIMPLE lets a row go as soon as one column is NULL, MATCH FULL only when all are.
    let set = set.join(if first.full { " OR " } else { " AND " });
    let of_sample = first.rows > MOST_WHOLE_ROWS;
    let sample = if of_sample { sample(first.rows) } else { String::new() };
    let query = format!(
        "SELECT pg_catalog.count(*) FROM {} AS child{sample} WHERE ({set}) AND NOT EXISTS (SELECT FROM {} AS parent WHERE {})",
        rows_of(&first.child),
        rows_of(&first.parent),
        matches.join(" AND ")
    );
    let note = if of_sample { ", in a sample" } else { "" };
    Ok(Probe { label: format!("{} on {}{note}", first.constraint, first.child.table), query, of_sample })
}

/// The clause for a sample of about [`SAMPLE_ROWS`] of that many rows
fn sample(rows: f64) -> String {
    let percent = (SAMPLE_ROWS / rows * 100.0).clamp(0.000_001, 100.0);
    format!(
        " TABLESAMPLE SYSTEM ({percent:.6}) \
         REPEATABLE (pg_catalog.date_part('epoch', pg_catalog.pg_postmaster_start_time()))"
    )
}

fn rows_of(side: &Side) -> String {
    let only = if side.partitioned { "" } else { "ONLY " };
    format!("{only}{}", side.table.quoted())
}

fn matched(pair: &Pair) -> Result<String, AskError> {
    let (schema, operator) = &pair.operator;
    // An operator cannot be quoted. Its name comes from the catalogue, and still it is looked at.
    if operator.is_empty() || !operator.chars().all(|c| "+-*/<>=~!@#%^&|`?".contains(c)) {
        return Err(AskError::Unfit("a foreign key compares with an operator that has no operator's name".to_owned()));
    }
    let collate = pair.collation.as_ref().map_or_else(String::new, |name| format!(" COLLATE {}", name.quoted()));
    let (parent, child, schema) = (pair.parent.quoted(), pair.child.quoted(), schema.quoted());
    Ok(format!("parent.{parent} OPERATOR({schema}.{operator}) child.{child}{collate}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Name {
        Name::parse(text).unwrap()
    }

    fn column(oid: &str, child: &str, parent: &str) -> KeyColumn {
        KeyColumn {
            oid: oid.to_owned(),
            constraint: "fk".to_owned(),
            full: false,
            rows: 5_000_000.0,
            child: Side { table: name("s.lines"), partitioned: false },
            parent: Side { table: name("s.orders"), partitioned: true },
            pair: Pair {
                child: name(child),
                parent: name(parent),
                operator: (name("pg_catalog"), "=".to_owned()),
                collation: None,
            },
        }
    }

    #[test]
    fn a_composite_key_is_one_probe_over_all_its_columns() {
        let found = probes(&[column("1", "a", "x"), column("1", "b", "y"), column("2", "c", "z")]).unwrap();
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].label, "fk on s.lines");
        assert_eq!(
            found[0].query,
            "SELECT pg_catalog.count(*) FROM ONLY \"s\".\"lines\" AS child \
             WHERE (child.\"a\" IS NOT NULL AND child.\"b\" IS NOT NULL) \
             AND NOT EXISTS (SELECT FROM \"s\".\"orders\" AS parent \
             WHERE parent.\"x\" OPERATOR(\"pg_catalog\".=) child.\"a\" AND parent.\"y\" OPERATOR(\"pg_catalog\".=) child.\"b\")"
        );
    }

    #[test]
    fn match_full_and_another_collation_are_minded() {
        let mut key = [column("1", "a", "x"), column("1", "b", "y")];
        key[0].full = true;
        key[0].pair.collation = Some(name("pg_catalog.C"));
        let query = &probes(&key).unwrap()[0].query;
        assert!(query.contains("\"a\" IS NOT NULL OR child.\"b\" IS NOT NULL"), "{query}");
        assert!(query.contains("child.\"a\" COLLATE \"pg_catalog\".\"C\" AND"), "{query}");
    }

    #[test]
    fn only_a_table_of_very_many_rows_is_sampled() {
        let mut key = [column("1", "a", "x")];
        let whole = &probes(&key).unwrap()[0];
        assert!(!whole.of_sample && !whole.query.contains("TABLESAMPLE"), "{}", whole.query);
        key[0].rows = 50_000_000.0;
        let sampled = &probes(&key).unwrap()[0];
        assert!(sampled.of_sample && sampled.label.ends_with("in a sample"), "{}", sampled.label);
        assert!(sampled.query.contains("AS child TABLESAMPLE SYSTEM (1.000000) REPEATABLE ("), "{}", sampled.query);
    }

    #[test]
    fn an_operator_that_is_none_is_refused() {
        let mut key = [column("1", "a", "x")];
        key[0].pair.operator.1 = "=) OR (true".to_owned();
        assert!(matches!(probes(&key), Err(AskError::Unfit(_))));
    }
}
