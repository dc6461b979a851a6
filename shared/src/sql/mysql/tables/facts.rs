//! What the catalogue says of a table.

use serde::{Deserialize, Serialize};

use super::columns::Column;
use super::{Mysql, Tongue, query};
use crate::sql::tables::{Link, Rows, TableError, Why, rows, unreadable};
use crate::tables::TableName;

/// A table
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Facts {
    pub(super) kind: String,
    pub(super) engine: String,
    pub(super) bytes: u64,
    /// The next number of a numbered column
    pub(super) next: Option<u64>,
    pub(super) columns: Vec<Column>,
    pub(super) keys_out: Vec<Key>,
    pub(super) keys_in: Vec<Key>,
    pub(super) triggers: Vec<Trigger>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Key {
    /// The table that has it
    pub(super) child: TableName,
    pub(super) name: String,
    pub(super) columns: Vec<String>,
    pub(super) parent: TableName,
    pub(super) parent_columns: Vec<String>,
    pub(super) on_update: String,
    pub(super) on_delete: String,
}

impl Key {
    /// Whether it is the same key, whatever it points at
    pub(super) fn is(&self, other: &Self) -> bool {
        self.child == other.child && self.name == other.name
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Trigger {
    pub(super) name: String,
    pub(super) timing: String,
    pub(super) event: String,
    pub(super) statement: String,
    pub(super) definer: String,
    pub(super) sql_mode: String,
    pub(super) charset: String,
    pub(super) collation: String,
}

impl Facts {
    /// The columns that can be written
    pub(super) fn writable(&self) -> Vec<&Column> {
        self.columns.iter().filter(|column| !column.generated).collect()
    }

    /// Their names, as a statement lists them
    pub(super) fn list(&self) -> String {
        self.writable().iter().map(|column| column.quoted()).collect::<Vec<_>>().join(", ")
    }

    /// Refuses what a copy would not be faithful to
    pub(super) fn can_be_copied(&self, name: &TableName) -> Result<(), TableError> {
        let what = match (self.kind.as_str(), self.engine.as_str()) {
            ("BASE TABLE", "InnoDB") if self.columns.is_empty() => {
                "shows no columns: the login may not read it".to_owned()
            }
            ("BASE TABLE", "InnoDB") => return Ok(()),
            ("BASE TABLE", engine) => format!("is of the engine {engine}, which has no snapshots"),
            ("VIEW" | "SYSTEM VIEW", _) => "is a view: back up the tables that it reads".to_owned(),
            ("SYSTEM VERSIONED", _) => "has a history of its own, which a copy does not carry".to_owned(),
            (kind, _) => format!("is no table but a {}", kind.to_ascii_lowercase()),
        };
        Err(TableError::new(Why::Unfit, format!("{name} {what}. Nothing was copied")))
    }

    /// What a copy does not carry, in words
    pub(super) fn carried_not(&self) -> Vec<String> {
        let out = self.keys_out.iter().map(|key| format!("foreign key {} to {}", key.name, key.parent));
        let into = self.keys_in.iter().map(|key| format!("foreign key {} of {} to this table", key.name, key.child));
        let triggers = self.triggers.iter().map(|trigger| format!("trigger {}", trigger.name));
        out.chain(into).chain(triggers).collect()
    }
}

/// A table's facts; none where there is no such table, or the login may not see it
pub(super) async fn look<L: Link>(link: &mut L, table: &TableName) -> Result<Option<Facts>, TableError> {
    let doing = format!("looking at {table}");
    let of = |schema: &str, name: &str| {
        format!("{} AND {}", query::is(schema, &table.schema), query::is(name, &table.table))
    };
    let sql = format!(
        "SELECT t.TABLE_TYPE, COALESCE(t.ENGINE, ''), CAST(COALESCE(t.DATA_LENGTH, 0) + COALESCE(t.INDEX_LENGTH, 0) AS CHAR), \
         CAST(t.AUTO_INCREMENT AS CHAR) FROM information_schema.TABLES AS t WHERE {}",
        of("t.TABLE_SCHEMA", "t.TABLE_NAME")
    );
    let found = rows(link, &doing, &sql).await?;
    let Some([Some(kind), Some(engine), Some(bytes), next]) = found.first().map(Vec::as_slice) else { return Ok(None) };
    let sql = format!(
        "SELECT c.COLUMN_NAME, c.DATA_TYPE, c.CHARACTER_SET_NAME, COALESCE(c.GENERATION_EXPRESSION, '') \
         FROM information_schema.COLUMNS AS c WHERE {} ORDER BY c.ORDINAL_POSITION",
        of("c.TABLE_SCHEMA", "c.TABLE_NAME")
    );
    let columns = rows(link, &doing, &sql).await?.iter().map(|row| column(row)).collect::<Option<Vec<_>>>();
    let sql = format!(
        "SELECT t.TRIGGER_NAME, t.ACTION_TIMING, t.EVENT_MANIPULATION, t.ACTION_STATEMENT, t.DEFINER, t.SQL_MODE, \
         t.CHARACTER_SET_CLIENT, t.COLLATION_CONNECTION FROM information_schema.TRIGGERS AS t WHERE {} \
         ORDER BY t.EVENT_MANIPULATION, t.ACTION_TIMING, t.ACTION_ORDER",
        of("t.EVENT_OBJECT_SCHEMA", "t.EVENT_OBJECT_TABLE")
    );
    let triggers = rows(link, &doing, &sql).await?.iter().map(|row| trigger(row)).collect::<Option<Vec<_>>>();
    let out = rows(link, &doing, &keys(&of("k.TABLE_SCHEMA", "k.TABLE_NAME"))).await?;
    let into = rows(link, &doing, &keys(&of("k.REFERENCED_TABLE_SCHEMA", "k.REFERENCED_TABLE_NAME"))).await?;
    let read = || unreadable(&doing);
    // A key of a table to itself is its own, and no other's.
    let mut keys_in = gathered(&into).ok_or_else(read)?;
    keys_in.retain(|key| key.child != key.parent);
    Ok(Some(Facts {
        kind: kind.clone(),
        engine: engine.clone(),
        bytes: bytes.parse().map_err(|_| read())?,
        next: next.as_ref().and_then(|next| next.parse().ok()),
        columns: columns.ok_or_else(read)?,
        keys_out: gathered(&out).ok_or_else(read)?,
        keys_in,
        triggers: triggers.ok_or_else(read)?,
    }))
}

fn keys(condition: &str) -> String {
    format!(
        "SELECT k.CONSTRAINT_NAME, k.TABLE_SCHEMA, k.TABLE_NAME, k.COLUMN_NAME, k.REFERENCED_TABLE_SCHEMA, \
         k.REFERENCED_TABLE_NAME, k.REFERENCED_COLUMN_NAME, r.UPDATE_RULE, r.DELETE_RULE \
         FROM information_schema.KEY_COLUMN_USAGE AS k JOIN information_schema.REFERENTIAL_CONSTRAINTS AS r \
         ON r.CONSTRAINT_SCHEMA = k.CONSTRAINT_SCHEMA AND r.CONSTRAINT_NAME = k.CONSTRAINT_NAME AND r.TABLE_NAME = k.TABLE_NAME \
         WHERE k.REFERENCED_TABLE_NAME IS NOT NULL AND {condition} \
         ORDER BY k.TABLE_SCHEMA, k.TABLE_NAME, k.CONSTRAINT_NAME, k.ORDINAL_POSITION"
    )
}

fn column(row: &[Option<String>]) -> Option<Column> {
    let [Some(name), Some(kind), charset, Some(expression)] = row else { return None };
    let (name, kind, charset) = (name.clone(), kind.clone(), charset.clone());
    Some(Column { name, kind, charset, generated: !expression.is_empty() })
}

fn trigger(row: &[Option<String>]) -> Option<Trigger> {
    let row: Option<Vec<String>> = row.iter().cloned().collect();
    let [name, timing, event, statement, definer, sql_mode, charset, collation] = <[String; 8]>::try_from(row?).ok()?;
    Some(Trigger { name, timing, event, statement, definer, sql_mode, charset, collation })
}

/// One key for each run of rows with its name
fn gathered(rows: &Rows) -> Option<Vec<Key>> {
    let mut keys: Vec<Key> = Vec::new();
    for row in rows {
        let row: Option<Vec<String>> = row.iter().cloned().collect();
        let [name, schema, table, column, parent_schema, parent, parent_column, on_update, on_delete] =
            <[String; 9]>::try_from(row?).ok()?;
        let child = TableName::new(schema, table);
        match keys.last_mut().filter(|key| key.child == child && key.name == name) {
            Some(key) => {
                key.columns.push(column);
                key.parent_columns.push(parent_column);
            }
            None => keys.push(Key {
                child,
                name,
                columns: vec![column],
                parent: TableName::new(parent_schema, parent),
                parent_columns: vec![parent_column],
                on_update,
                on_delete,
            }),
        }
    }
    Some(keys)
}

/// Names in backticks, as a key lists them
pub(super) fn listed(columns: &[String]) -> String {
    columns.iter().map(|column| Mysql::name(&[column])).collect::<Vec<_>>().join(", ")
}
