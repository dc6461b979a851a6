//! Sequences that are behind the column they feed: the next row would get a number that is taken.

use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, Row as _};
use tokio::time::Instant;

use super::{LONGEST_STATEMENT, Report, is_over};
use crate::sql::postgres::asking::{Asking, unreadable};
use crate::sql::postgres::query;
use crate::sql::postgres::written::written;
use crate::sql::{AskError, Name};

const KIND: &str = "sequences behind their column";

/// Most columns that are compared with their sequence
const MOST_FEEDS: usize = 5000;

/// A column without an index that leads to its end is only read in a table of up to this many bytes
const LARGEST_READ: i64 = 256 << 20;

/// Columns of whole numbers that are fed by a sequence: as an identity, or by a default that is its next value and no more.
/// Sequences that begin again from the start are left out, as are columns that a partition has from its parent.
const FEEDS: &str = "\
WITH feeds (sequence, relation, place) AS (
  SELECT d.objid, d.refobjid, d.refobjsubid::int2 FROM pg_depend AS d
   WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.deptype = 'i' AND d.refobjsubid > 0
   UNION
  SELECT d.refobjid, f.adrelid, f.adnum FROM pg_attrdef AS f
    JOIN pg_depend AS d ON d.classid = 'pg_attrdef'::regclass AND d.objid = f.oid AND d.refclassid = 'pg_class'::regclass
   WHERE pg_get_expr(f.adbin, f.adrelid) ~ '^\\(?nextval\\(''([^'']|'''')+''::regclass\\)\\)?(::(smallint|integer|bigint))?$')
SELECT sn.nspname::text, s.relname::text, tn.nspname::text, t.relname::text, a.attname::text, t.relkind = 'p', q.seqincrement,
       EXISTS (SELECT FROM pg_index AS x JOIN pg_class AS i ON i.oid = x.indexrelid JOIN pg_am AS m ON m.oid = i.relam
                WHERE x.indrelid = t.oid AND x.indkey[0] = a.attnum AND x.indisvalid AND x.indpred IS NULL AND m.amname = 'btree')
         OR CASE t.relkind WHEN 'p' THEN (SELECT coalesce(sum(pg_relation_size(p.relid)), 0) FROM pg_partition_tree(t.oid) AS p)
                           ELSE pg_relation_size(t.oid) END <= $2
  FROM feeds AS f
  JOIN pg_sequence AS q ON q.seqrelid = f.sequence AND NOT q.seqcycle
  JOIN pg_class AS s ON s.oid = f.sequence JOIN pg_namespace AS sn ON sn.oid = s.relnamespace
  JOIN pg_class AS t ON t.oid = f.relation JOIN pg_namespace AS tn ON tn.oid = t.relnamespace
  JOIN pg_attribute AS a ON a.attrelid = t.oid AND a.attnum = f.place
 WHERE t.relkind IN ('r', 'p') AND NOT t.relispartition AND t.relpersistence <> 't'
   AND a.atttypid IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype)
 ORDER BY tn.nspname, t.relname, a.attnum LIMIT $1";

/// A column and the sequence that feeds it
struct Feed {
    sequence: [String; 2],
    table: [String; 2],
    column: String,
    partitioned: bool,
    increment: i64,
    readable: bool,
}

pub(super) async fn look(asking: &mut Asking<'_>, report: &mut Report, deadline: Instant) -> Result<(), AskError> {
    let feeds = match feeds(asking).await {
        Ok(feeds) => feeds,
        Err(AskError::Lost(why)) => return Err(AskError::Lost(why)),
        Err(error) => {
            report.leave(KIND, &error.to_string());
            return Ok(());
        }
    };
    report.looked_for(KIND);
    if feeds.len() > MOST_FEEDS {
        report.leave(KIND, &format!("only the first {MOST_FEEDS} were looked at"));
    }
    for feed in feeds.into_iter().take(MOST_FEEDS) {
        let name = written(&feed.sequence);
        if !feed.readable {
            report.leave_one("sequences", name, "the table is large and has no index on their column");
            continue;
        }
        if is_over(deadline) {
            report.leave_one("sequences", name, "there was not enough time");
            continue;
        }
        match asking.aside("", Some(LONGEST_STATEMENT), sqlx::query(AssertSqlSafe(is_behind(&feed)))).await {
            Ok(rows) => {
                let behind = rows.first().and_then(|row| row.try_get::<bool, _>(0).ok()).ok_or_else(unreadable)?;
                if behind {
                    let [schema, table] = &feed.table;
                    let column = written(&[schema, table, &feed.column]);
                    report.add(name, format!("sequence that is behind {column}: its next numbers are taken"));
                }
            }
            Err(error) => report.refused("sequences", name, error)?,
        }
    }
    Ok(())
}

async fn feeds(asking: &mut Asking<'_>) -> Result<Vec<Feed>, AskError> {
    let most = i64::try_from(MOST_FEEDS).unwrap_or(i64::MAX).saturating_add(1);
    let statement = sqlx::query(FEEDS).bind(most).bind(LARGEST_READ);
    let rows = asking.aside(query::ONLY_CATALOGUE, Some(LONGEST_STATEMENT), statement).await?;
    rows.iter().map(feed).collect::<sqlx::Result<_>>().map_err(|_| unreadable())
}

fn feed(row: &PgRow) -> sqlx::Result<Feed> {
    Ok(Feed {
        sequence: [row.try_get(0)?, row.try_get(1)?],
        table: [row.try_get(2)?, row.try_get(3)?],
        column: row.try_get(4)?,
        partitioned: row.try_get(5)?,
        increment: row.try_get(6)?,
        readable: row.try_get(7)?,
    })
}

/// Whether the sequence's next number is not beyond the last one in the column. What numbers they are is nobody's business.
fn is_behind(feed: &Feed) -> String {
    let sequence = Name::of_parts(feed.sequence.clone()).quoted();
    let table = Name::of_parts(feed.table.clone()).quoted();
    let column = Name::of_parts([feed.column.clone()]).quoted();
    let only = if feed.partitioned { "" } else { "ONLY " };
    let increment = feed.increment;
    let (last, at_or_beyond) = if increment > 0 { ("max", ">=") } else { ("min", "<=") };
    // A sequence that was never called gives its last value first.
    format!(
        "SELECT coalesce(taken.last OPERATOR(pg_catalog.{at_or_beyond}) (sequence.last_value::pg_catalog.numeric \
         OPERATOR(pg_catalog.+) CASE WHEN sequence.is_called THEN {increment} ELSE 0 END), false) \
         FROM {sequence} AS sequence \
         CROSS JOIN (SELECT pg_catalog.{last}({column})::pg_catalog.numeric AS last FROM {only}{table}) AS taken"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sequence_is_compared_with_its_column_in_its_own_direction() {
        let mut feed = Feed {
            sequence: ["s".to_owned(), "t_id_seq".to_owned()],
            table: ["s".to_owned(), "a\"b".to_owned()],
            column: "id".to_owned(),
            partitioned: false,
            increment: 5,
            readable: true,
        };
        let up = is_behind(&feed);
        assert!(up.contains(r#"pg_catalog.max("id")::pg_catalog.numeric AS last FROM ONLY "s"."a""b")"#), "{up}");
        assert!(up.contains("taken.last OPERATOR(pg_catalog.>=)") && up.contains("is_called THEN 5 ELSE 0"), "{up}");
        (feed.increment, feed.partitioned) = (-1, true);
        let down = is_behind(&feed);
        assert!(down.contains(r#"pg_catalog.min("id")::pg_catalog.numeric AS last FROM "s""#), "{down}");
        assert!(
            down.contains("taken.last OPERATOR(pg_catalog.<=)") && down.contains("is_called THEN -1 ELSE 0"),
            "{down}"
        );
    }
}
