//! Tables, columns, keys, indexes, views, routines, triggers and events, each in a few words.
//!
//! What a definition says may show a secret, so programs are told by their hash. Next numbers and statistics change with
//! every row and are left out.

mod parts;

use self::parts::parts;
use super::ask::{Asking, Rows};
use super::catalogue::{Objects, add, brief, hashed, text};
use super::query;
use crate::sql::{AskError, Name};
use crate::verify::{Found, UNUSABLE};

/// The rights without which the catalogue leaves objects out, or their definitions
const NEEDED: [&str; 4] = ["SELECT", "SHOW VIEW", "TRIGGER", "EVENT"];

/// One question about a schema: the catalogue query with `{of}` for the condition, and what becomes of its rows
type Part = (String, fn(&[Option<String>]) -> (String, String));

impl Asking<'_> {
    /// Every object of a schema, or of every schema but the engine's own
    pub(super) async fn schema(&mut self, schema: Option<&str>) -> Result<Found, AskError> {
        if let Some(schema) = schema
            && self.number(query::schemas(schema)).await? == 0
        {
            return Ok(Found::Missing(format!("there is no schema {schema:?}")));
        }
        // What the catalogue does not show would look as it did before, whatever became of it.
        if !self.may(&NEEDED, schema).await? {
            let on = schema.map_or_else(|| "*.*".to_owned(), |schema| format!("`{schema}`.*"));
            let needed = NEEDED.join(", ");
            return Err(AskError::Unfit(format!("the login sees only what it was granted; it needs {needed} on {on}")));
        }
        let mut objects = Objects::new();
        for (text, told) in parts(self.flavour, schema) {
            for row in self.list(text).await? {
                let (name, what) = told(&row);
                add(&mut objects, name, &what, "; ");
            }
        }
        if let Some((name, _)) = objects.iter().find(|(_, what)| what.contains(HIDDEN)) {
            let rights = "SHOW VIEW, TRIGGER, EVENT and SELECT on *.*";
            return Err(AskError::Unfit(format!("the definition of {name} cannot be read: the login needs {rights}")));
        }
        for (name, what) in self.index_objects(query::of_schema("i.TABLE_SCHEMA", schema)).await? {
            objects.insert(format!("index {}.{}", name.0, name.1), what.said());
        }
        Ok(Found::Objects(objects))
    }

    /// The indexes of one table, by their bare names
    pub(super) async fn indexes(&mut self, table: &Name, names: &[String]) -> Result<Found, AskError> {
        // The server says whether there is such a table, and which one a name without a schema is.
        self.texts(format!("SELECT 1 FROM {} LIMIT 0", table.backticked())).await?;
        let (schema, table) = table.schema_and_table()?;
        let schema = match schema {
            Some(schema) => query::is("i.TABLE_SCHEMA", &schema),
            None => "i.TABLE_SCHEMA = DATABASE()".to_owned(),
        };
        let found = self.index_objects(format!("{schema} AND {}", query::is("i.TABLE_NAME", &table))).await?;
        let told = found.into_iter().map(|((_, index), what)| {
            // Kept up to date and never used: no damage, and no index that a policy counts on.
            let unusable = what.invisible && names.contains(&index);
            let said = if unusable { format!("{UNUSABLE} {}", what.said()) } else { what.said() };
            (index, said)
        });
        Ok(Found::Objects(told.collect()))
    }

    /// Indexes by table and name
    async fn index_objects(&mut self, of: String) -> Result<Vec<((String, String), Index)>, AskError> {
        let columns = self
            .texts(
                "SELECT CAST(COLUMN_NAME AS CHAR) FROM information_schema.COLUMNS \
                 WHERE TABLE_SCHEMA = 'information_schema' AND TABLE_NAME = 'STATISTICS'"
                    .to_owned(),
            )
            .await?;
        let has = |name: &str| columns.iter().any(|row| text(row, 0).eq_ignore_ascii_case(name));
        let invisible = match (has("IS_VISIBLE"), has("IGNORED")) {
            (true, _) => "i.IS_VISIBLE = 'NO'",
            (_, true) => "i.IGNORED = 'YES'",
            _ => "0",
        };
        let column = if has("EXPRESSION") { "COALESCE(i.COLUMN_NAME, i.EXPRESSION)" } else { "i.COLUMN_NAME" };
        let rows = self
            .list(format!(
                "SELECT CAST(CONCAT(i.TABLE_SCHEMA, '.', i.TABLE_NAME) AS CHAR), CAST(i.INDEX_NAME AS CHAR), \
                 CAST({column} AS CHAR), CAST(i.SUB_PART AS CHAR), CAST(i.NON_UNIQUE AS CHAR), CAST(i.INDEX_TYPE AS CHAR), \
                 CAST(i.COLLATION AS CHAR), CAST(i.COMMENT AS CHAR), CAST({invisible} AS CHAR) \
                 FROM information_schema.STATISTICS AS i WHERE {of} \
                 ORDER BY i.TABLE_SCHEMA, i.TABLE_NAME, i.INDEX_NAME, i.SEQ_IN_INDEX"
            ))
            .await?;
        Ok(indexes(&rows))
    }
}

/// What is read of one index
struct Index {
    unique: bool,
    kind: String,
    columns: Vec<String>,
    disabled: bool,
    invisible: bool,
}

impl Index {
    fn said(&self) -> String {
        let disabled = if self.disabled { format!("{UNUSABLE} ") } else { String::new() };
        let invisible = if self.invisible { "invisible " } else { "" };
        let unique = if self.unique { "unique " } else { "" };
        format!("{disabled}{invisible}{unique}{} ({})", self.kind, brief(&self.columns.join(", ")))
    }
}

fn indexes(rows: &Rows) -> Vec<((String, String), Index)> {
    let mut found: Vec<((String, String), Index)> = Vec::new();
    for row in rows {
        let name = (text(row, 0).to_owned(), text(row, 1).to_owned());
        let prefix = if text(row, 3).is_empty() { String::new() } else { format!("({})", text(row, 3)) };
        let order = if text(row, 6) == "D" { " desc" } else { "" };
        let column = format!("{}{prefix}{order}", text(row, 2));
        match found.last_mut() {
            Some((last, index)) if *last == name => index.columns.push(column),
            _ => found.push((
                name,
                Index {
                    unique: text(row, 4) == "0",
                    kind: text(row, 5).to_lowercase(),
                    columns: vec![column],
                    disabled: text(row, 7).contains("disabled"),
                    invisible: text(row, 8) == "1",
                },
            )),
        }
    }
    found
}

/// Stands in an object's words where the server does not show its definition
const HIDDEN: &str = "\u{0}hidden";

/// A program by its hash; servers show an empty one to who may not see it
fn program(text: &str) -> String {
    if text.is_empty() { HIDDEN.to_owned() } else { hashed(text) }
}

fn object(kind: &str, row: &[Option<String>], parts: usize) -> String {
    let parts: Vec<&str> = (0..parts).map(|index| text(row, index)).collect();
    format!("{kind} {}", parts.join("."))
}
