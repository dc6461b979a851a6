//! What the catalogue alone tells.

use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, Row as _};

use super::{LONGEST_STATEMENT, MOST_SIGNS, Report};
use crate::sql::AskError;
use crate::sql::postgres::asking::{Asking, unreadable};
use crate::sql::postgres::query;
use crate::sql::postgres::written::{in_a_row, written};

/// A kind of sign, and the query that lists it: the parts of the object's name and what is wrong, at most `$1` of them
struct Sign {
    kind: &'static str,
    query: &'static str,
}

const SIGNS: [Sign; 5] = [
    Sign { kind: "invalid indexes", query: INDEXES },
    Sign { kind: "unlogged tables", query: UNLOGGED },
    Sign { kind: "emptied files", query: EMPTIED },
    Sign { kind: "collations of another version", query: COLLATIONS },
    Sign { kind: "default collation of another version", query: DEFAULT_COLLATION },
];

/// The engine's own indexes and those of its hidden tables (`pg_toast`) among them
const INDEXES: &str = "\
SELECT ARRAY[n.nspname::text, i.relname::text],
       CASE WHEN NOT x.indislive THEN 'index that was being dropped' WHEN NOT x.indisready THEN 'index that is not kept up to date'
            WHEN i.relkind = 'I' THEN 'invalid index: not every partition has its part' ELSE 'invalid index' END
  FROM pg_index AS x JOIN pg_class AS i ON i.oid = x.indexrelid JOIN pg_namespace AS n ON n.oid = i.relnamespace
 WHERE NOT (x.indisvalid AND x.indisready AND x.indislive) AND i.relpersistence <> 't'
 ORDER BY n.nspname, i.relname LIMIT $1";

const UNLOGGED: &str = "\
SELECT ARRAY[n.nspname::text, c.relname::text], 'unlogged table: a restore brings it back empty; `except` accepts it'
  FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
 WHERE c.relpersistence = 'u' AND c.relkind IN ('r', 'm')
 ORDER BY n.nspname, c.relname LIMIT $1";

/// A table that the engine itself emptied has no pages in its statistics either, and an index has a page even when it is
/// empty, unless it was never built. What is unlogged is told as that, and what other access methods than the engine's own
/// keep in files is theirs to know.
const EMPTIED: &str = "\
SELECT ARRAY[n.nspname::text, c.relname::text],
       CASE WHEN c.relkind = 'i' THEN 'index whose file is empty or gone'
            ELSE 'table whose file is empty or gone, though statistics know of its rows' END
  FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace JOIN pg_am AS m ON m.oid = c.relam
 WHERE m.amname IN ('heap', 'btree', 'hash', 'gist', 'gin', 'spgist', 'brin')
   AND c.relpersistence = 'p' AND (c.relkind = 'i' OR (c.relkind IN ('r', 'm', 't') AND c.relpages > 0))
   AND pg_relation_size(c.oid) = 0
   AND NOT EXISTS (SELECT FROM pg_index AS x WHERE x.indexrelid = c.oid AND NOT x.indisready)
 ORDER BY n.nspname, c.relname LIMIT $1";

/// Only those that an index is sorted by: nothing else can be wrong because of them
const COLLATIONS: &str = "\
SELECT ARRAY[n.nspname::text, c.collname::text],
       concat('collation of version ', c.collversion, ', and the server''s is ', v.version, ': ', u.indexes,
              ' indexes may be in the wrong order; reindex them')
  FROM pg_collation AS c JOIN pg_namespace AS n ON n.oid = c.collnamespace
 CROSS JOIN LATERAL pg_collation_actual_version(c.oid) AS v (version)
 CROSS JOIN LATERAL (SELECT count(*) FROM pg_index AS x WHERE c.oid = ANY (x.indcollation)) AS u (indexes)
 WHERE c.collversion <> v.version AND u.indexes > 0
 ORDER BY n.nspname, c.collname LIMIT $1";

/// Of the server's version 15 and later, which alone know the default collation's version. 100 is the number of `default`.
const DEFAULT_COLLATION: &str = "\
SELECT ARRAY[d.datname::text],
       concat('default collation of version ', d.datcollversion, ', and the server''s is ', v.version, ': ', u.indexes,
              ' indexes may be in the wrong order; reindex them')
  FROM pg_database AS d
 CROSS JOIN LATERAL pg_database_collation_actual_version(d.oid) AS v (version)
 CROSS JOIN LATERAL (SELECT count(*) FROM pg_index AS x WHERE 100 = ANY (x.indcollation)) AS u (indexes)
 WHERE d.datname = current_database() AND d.datcollversion <> v.version AND u.indexes > 0 LIMIT $1";

pub(super) async fn look(asking: &mut Asking<'_>, report: &mut Report) -> Result<(), AskError> {
    for sign in SIGNS {
        match look_for(asking, report, &sign).await {
            Ok(()) => report.looked_for(sign.kind),
            // A version without such a thing cannot have it wrong.
            Err(AskError::Refused { code, .. }) if ["42883", "42703"].contains(&code.as_str()) => {}
            Err(error) => report.not_looked_for(sign.kind, error)?,
        }
    }
    Ok(())
}

async fn look_for(asking: &mut Asking<'_>, report: &mut Report, sign: &Sign) -> Result<(), AskError> {
    let most = i64::try_from(MOST_SIGNS).unwrap_or(i64::MAX).saturating_add(1);
    let statement = sqlx::query(AssertSqlSafe(sign.query)).bind(most);
    let rows = asking.aside(query::ONLY_CATALOGUE, Some(LONGEST_STATEMENT), statement).await?;
    if rows.len() > MOST_SIGNS {
        report.leave(sign.kind, &format!("there are more than {MOST_SIGNS}"));
    }
    for row in rows.iter().take(MOST_SIGNS) {
        let (object, what) = sign_of(row).map_err(|_| unreadable())?;
        report.add(object, what);
    }
    Ok(())
}

fn sign_of(row: &PgRow) -> sqlx::Result<(String, String)> {
    let (parts, what): (Vec<String>, String) = (row.try_get(0)?, row.try_get(1)?);
    Ok((written(&parts), in_a_row(&what)))
}
