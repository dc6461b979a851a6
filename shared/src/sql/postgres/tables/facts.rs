//! What the catalogue says of a table: all of it in one query, as one JSON document.

use serde::{Deserialize, Serialize};

use super::{Postgres, Tongue};
use crate::sql::tables::{TableError, Why};
use crate::tables::TableName;

/// A table
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Facts {
    pub(super) kind: String,
    pub(super) partition: bool,
    pub(super) persistence: String,
    pub(super) row_security: bool,
    pub(super) family: bool,
    pub(super) owner: String,
    /// Whether the login may do what the owner may
    pub(super) mine: bool,
    pub(super) bytes: u64,
    pub(super) comment: Option<String>,
    pub(super) options: Option<String>,
    pub(super) columns: Vec<Column>,
    pub(super) indexes: Vec<Index>,
    pub(super) keys_out: Vec<Key>,
    pub(super) keys_in: Vec<Key>,
    pub(super) triggers: Vec<Trigger>,
    pub(super) grants: Vec<Grant>,
    pub(super) views: Vec<View>,
    /// Rewrite rules and publications, by name
    pub(super) others: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) generated: bool,
    pub(super) identity: bool,
    /// The default, where it takes numbers from a sequence
    pub(super) default: Option<String>,
    pub(super) sequence: Option<Sequence>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Sequence {
    pub(super) schema: String,
    pub(super) name: String,
    /// It goes with its column
    pub(super) owned: bool,
    pub(super) kind: String,
    pub(super) start: i64,
    pub(super) increment: i64,
    pub(super) min: i64,
    pub(super) max: i64,
    pub(super) cache: i64,
    pub(super) cycle: bool,
    pub(super) last: Option<i64>,
}

impl Sequence {
    pub(super) fn quoted(&self) -> String {
        Postgres::name(&[&self.schema, &self.name])
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Index {
    pub(super) name: String,
    /// Everything that makes it but its name and its table's
    pub(super) signature: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Key {
    /// The table that has it
    pub(super) schema: String,
    pub(super) table: String,
    pub(super) name: String,
    pub(super) definition: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Trigger {
    pub(super) name: String,
    pub(super) definition: String,
    pub(super) enabled: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Grant {
    pub(super) privilege: String,
    /// Quoted, or PUBLIC
    pub(super) grantee: String,
    pub(super) column: Option<String>,
    pub(super) grantable: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct View {
    pub(super) schema: String,
    pub(super) name: String,
    pub(super) materialized: bool,
    pub(super) definition: String,
    pub(super) options: Option<String>,
}

impl Facts {
    /// Every column, as sums are made of them
    pub(super) fn names(&self) -> Vec<String> {
        self.columns.iter().map(|column| column.name.clone()).collect()
    }

    /// The columns that can be written, quoted
    pub(super) fn writable(&self) -> String {
        let columns = self.columns.iter().filter(|column| !column.generated);
        columns.map(|column| Postgres::name(&[&column.name])).collect::<Vec<_>>().join(", ")
    }

    /// Refuses what a copy would not be faithful to
    pub(super) fn can_be_copied(&self, name: &TableName) -> Result<(), TableError> {
        let what = match self.kind.as_str() {
            "r" if self.partition || self.family => "is a partition or has inheritance: a copy would fall out of it",
            "r" if self.row_security => {
                "has row level security, which a copy does not carry: rows would be open to others"
            }
            "r" if self.persistence != "p" => "is temporary or unlogged: a crash of the server empties it",
            "r" if self.writable().is_empty() => "has no column",
            "r" => return Ok(()),
            "p" => "is partitioned: a copy would be one plain table",
            "v" | "m" => "is a view: back up the tables that it reads",
            "f" => "is a foreign table: its rows are on another server",
            _ => "is no table",
        };
        Err(TableError::new(Why::Unfit, format!("{name} {what}. Nothing was copied")))
    }

    /// What a copy does not carry, in words
    pub(super) fn carried_not(&self) -> Vec<String> {
        let mut words: Vec<String> = Vec::new();
        words.extend(self.keys_out.iter().map(|key| format!("foreign key {}: {}", key.name, key.definition)));
        words.extend(
            self.keys_in
                .iter()
                .map(|key| format!("foreign key {} of {}.{} to this table", key.name, key.schema, key.table)),
        );
        words.extend(self.triggers.iter().map(|trigger| format!("trigger {}", trigger.name)));
        for column in &self.columns {
            let Some(sequence) = column.sequence.as_ref().filter(|_| !column.identity) else { continue };
            words.push(format!("default of {} from sequence {}.{}", column.name, sequence.schema, sequence.name));
        }
        if !self.grants.is_empty() {
            words.push(format!("grants: {}", self.grants.len()));
        }
        words.extend(self.views.iter().map(|view| format!("view {}.{} that reads it", view.schema, view.name)));
        words.extend(self.others.iter().cloned());
        words
    }
}

/// The query for a table's facts; no row where there is no such table
pub(super) fn query(table: &str) -> String {
    format!("{QUERY} WHERE c.oid = to_regclass({})", Postgres::literal(table))
}

const QUERY: &str = "\
SELECT json_build_object(
 'kind', c.relkind::text, 'partition', c.relispartition, 'persistence', c.relpersistence::text,
 'row_security', c.relrowsecurity,
 'family', c.reloftype <> 0 OR EXISTS (SELECT FROM pg_inherits AS i WHERE c.oid IN (i.inhrelid, i.inhparent)),
 'owner', pg_get_userbyid(c.relowner), 'mine', pg_has_role(c.relowner, 'USAGE'),
 'bytes', CASE WHEN c.relkind = 'r' THEN pg_total_relation_size(c.oid) ELSE 0 END,
 'comment', obj_description(c.oid, 'pg_class'), 'options', array_to_string(c.reloptions, ', '),
 'columns', (SELECT coalesce(json_agg(json_build_object('name', a.attname, 'generated', a.attgenerated <> '',
     'identity', a.attidentity <> '',
     'default', CASE WHEN s.oid IS NOT NULL AND a.attidentity = '' THEN pg_get_expr(d.adbin, d.adrelid) END,
     'sequence', CASE WHEN s.oid IS NOT NULL THEN json_build_object('schema', n.nspname, 'name', s.relname,
         'owned', EXISTS (SELECT FROM pg_depend AS o WHERE o.classid = 'pg_class'::regclass AND o.objid = s.oid
              AND o.refobjid = c.oid AND o.refobjsubid = a.attnum AND o.deptype IN ('a', 'i')),
         'kind', format_type(q.seqtypid, NULL), 'start', q.seqstart, 'increment', q.seqincrement, 'min', q.seqmin,
         'max', q.seqmax, 'cache', q.seqcache, 'cycle', q.seqcycle, 'last', pg_sequence_last_value(s.oid)) END)
     ORDER BY a.attnum), '[]')
   FROM pg_attribute AS a LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
   LEFT JOIN LATERAL (
     SELECT x.refobjid AS oid FROM pg_depend AS x JOIN pg_class AS k ON k.oid = x.refobjid AND k.relkind = 'S'
      WHERE x.classid = 'pg_attrdef'::regclass AND x.objid = d.oid AND x.refclassid = 'pg_class'::regclass
     UNION ALL SELECT x.objid FROM pg_depend AS x JOIN pg_class AS k ON k.oid = x.objid AND k.relkind = 'S'
      WHERE x.classid = 'pg_class'::regclass AND x.refclassid = 'pg_class'::regclass AND x.refobjid = a.attrelid
        AND x.refobjsubid = a.attnum AND x.deptype = 'i' LIMIT 1) AS l ON true
   LEFT JOIN pg_class AS s ON s.oid = l.oid LEFT JOIN pg_namespace AS n ON n.oid = s.relnamespace
   LEFT JOIN pg_sequence AS q ON q.seqrelid = s.oid
   WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped),
 'indexes', (SELECT coalesce(json_agg(json_build_object('name', k.relname, 'signature', concat_ws('|', m.amname,
     i.indisunique, i.indnkeyatts, i.indoption, i.indclass, i.indcollation, pg_get_expr(i.indpred, i.indrelid),
     (SELECT string_agg(pg_get_indexdef(i.indexrelid, p, false), ',' ORDER BY p) FROM generate_series(1, i.indnatts) AS p),
     (SELECT o.contype FROM pg_constraint AS o WHERE o.conindid = i.indexrelid AND o.contype IN ('p', 'u', 'x') LIMIT 1)))
     ORDER BY k.oid), '[]')
   FROM pg_index AS i JOIN pg_class AS k ON k.oid = i.indexrelid JOIN pg_am AS m ON m.oid = k.relam
   WHERE i.indrelid = c.oid),
 'keys_out', (SELECT coalesce(json_agg(json_build_object('schema', n.nspname, 'table', r.relname, 'name', o.conname,
     'definition', pg_get_constraintdef(o.oid)) ORDER BY o.oid), '[]')
   FROM pg_constraint AS o JOIN pg_class AS r ON r.oid = o.conrelid JOIN pg_namespace AS n ON n.oid = r.relnamespace
   WHERE o.contype = 'f' AND o.conrelid = c.oid AND o.conparentid = 0),
 'keys_in', (SELECT coalesce(json_agg(json_build_object('schema', n.nspname, 'table', r.relname, 'name', o.conname,
     'definition', pg_get_constraintdef(o.oid)) ORDER BY o.oid), '[]')
   FROM pg_constraint AS o JOIN pg_class AS r ON r.oid = o.conrelid JOIN pg_namespace AS n ON n.oid = r.relnamespace
   WHERE o.contype = 'f' AND o.confrelid = c.oid AND o.conrelid <> c.oid AND o.conparentid = 0),
 'triggers', (SELECT coalesce(json_agg(json_build_object('name', t.tgname, 'definition', pg_get_triggerdef(t.oid),
     'enabled', t.tgenabled::text) ORDER BY t.oid), '[]')
   FROM pg_trigger AS t WHERE t.tgrelid = c.oid AND NOT t.tgisinternal),
 'grants', (SELECT coalesce(json_agg(json_build_object('privilege', g.privilege_type,
     'grantee', CASE WHEN g.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(g.grantee)) END,
     'column', g.col, 'grantable', g.is_grantable)), '[]')
   FROM (SELECT e.*, NULL AS col FROM aclexplode(c.relacl) AS e
         UNION ALL SELECT e.*, a.attname FROM pg_attribute AS a, aclexplode(a.attacl) AS e
          WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS g
   WHERE g.grantee <> c.relowner),
 'views', (SELECT coalesce(json_agg(json_build_object('schema', n.nspname, 'name', v.relname,
     'materialized', v.relkind <> 'v', 'definition', pg_get_viewdef(v.oid),
     'options', array_to_string(v.reloptions, ', ')) ORDER BY v.oid), '[]')
   FROM pg_class AS v JOIN pg_namespace AS n ON n.oid = v.relnamespace
   WHERE v.relkind IN ('v', 'm') AND EXISTS (SELECT FROM pg_depend AS d JOIN pg_rewrite AS r ON r.oid = d.objid
         WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = c.oid
           AND r.ev_class = v.oid)),
 'others', (SELECT coalesce(json_agg(w.words), '[]') FROM (
     SELECT 'rule ' || r.rulename AS words FROM pg_rewrite AS r WHERE r.ev_class = c.oid AND r.rulename <> '_RETURN'
     UNION ALL SELECT 'place in publication ' || p.pubname FROM pg_publication_rel AS e
       JOIN pg_publication AS p ON p.oid = e.prpubid WHERE e.prrelid = c.oid) AS w))
FROM pg_class AS c";
