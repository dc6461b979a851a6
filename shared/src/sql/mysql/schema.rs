//! Tables, columns, keys, indexes, views, routines, triggers and events, each in a few words.
//!
//! What a definition says may show a secret, so programs are told by their hash. Next numbers and statistics change with
//! every row and are left out.

use super::ask::{Asking, Rows};
use super::catalogue::{Objects, add, brief, hashed, text};
use super::query::{self, Flavour};
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

fn parts(flavour: Flavour, schema: Option<&str>) -> Vec<Part> {
    let of = |column: &str| query::of_schema(column, schema);
    let mut parts: Vec<Part> = vec![
        (
            format!(
                "SELECT TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE, ENGINE, TABLE_COLLATION, CREATE_OPTIONS \
                 FROM information_schema.TABLES AS t WHERE TABLE_TYPE <> 'VIEW' AND {}",
                of("t.TABLE_SCHEMA")
            ),
            table,
        ),
        (
            format!(
                "SELECT TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME, CAST(COLUMN_TYPE AS CHAR), COLLATION_NAME, IS_NULLABLE, \
                 CAST(COLUMN_DEFAULT AS CHAR), EXTRA, CAST(GENERATION_EXPRESSION AS CHAR) \
                 FROM information_schema.COLUMNS AS c WHERE {} AND (c.TABLE_SCHEMA, c.TABLE_NAME) NOT IN \
                 (SELECT v.TABLE_SCHEMA, v.TABLE_NAME FROM information_schema.VIEWS AS v WHERE {})",
                of("c.TABLE_SCHEMA"),
                of("v.TABLE_SCHEMA")
            ),
            column,
        ),
        (
            format!(
                "SELECT k.TABLE_SCHEMA, k.TABLE_NAME, k.CONSTRAINT_NAME, c.CONSTRAINT_TYPE, \
                 CAST(GROUP_CONCAT(k.COLUMN_NAME ORDER BY k.ORDINAL_POSITION SEPARATOR ', ') AS CHAR), \
                 CAST(CONCAT(MIN(k.REFERENCED_TABLE_SCHEMA), '.', MIN(k.REFERENCED_TABLE_NAME), ' (', \
                 GROUP_CONCAT(k.REFERENCED_COLUMN_NAME ORDER BY k.ORDINAL_POSITION SEPARATOR ', '), ')') AS CHAR), \
                 MIN(r.UPDATE_RULE), MIN(r.DELETE_RULE) \
                 FROM information_schema.KEY_COLUMN_USAGE AS k JOIN information_schema.TABLE_CONSTRAINTS AS c \
                 ON c.CONSTRAINT_SCHEMA = k.CONSTRAINT_SCHEMA AND c.TABLE_NAME = k.TABLE_NAME \
                 AND c.CONSTRAINT_NAME = k.CONSTRAINT_NAME \
                 LEFT JOIN information_schema.REFERENTIAL_CONSTRAINTS AS r ON r.CONSTRAINT_SCHEMA = k.CONSTRAINT_SCHEMA \
                 AND r.TABLE_NAME = k.TABLE_NAME AND r.CONSTRAINT_NAME = k.CONSTRAINT_NAME \
                 WHERE {} GROUP BY k.TABLE_SCHEMA, k.TABLE_NAME, k.CONSTRAINT_NAME, c.CONSTRAINT_TYPE",
                of("k.TABLE_SCHEMA")
            ),
            key,
        ),
    ];
    parts.extend(checks(flavour, &of("t.TABLE_SCHEMA")).map(|text| -> Part { (text, check) }));
    parts.extend(programs(schema));
    parts
}

fn programs(schema: Option<&str>) -> Vec<Part> {
    let of = |column: &str| query::of_schema(column, schema);
    vec![
        (
            format!(
                "SELECT TABLE_SCHEMA, TABLE_NAME, CAST(VIEW_DEFINITION AS CHAR), CAST(DEFINER AS CHAR), SECURITY_TYPE \
                 FROM information_schema.VIEWS AS v WHERE {}",
                of("v.TABLE_SCHEMA")
            ),
            |row| {
                let what = format!("{}, {} of {}", program(text(row, 2)), text(row, 4).to_lowercase(), text(row, 3));
                (object("view", row, 2), what)
            },
        ),
        (
            format!(
                "SELECT ROUTINE_SCHEMA, ROUTINE_NAME, LOWER(ROUTINE_TYPE), CAST(ROUTINE_DEFINITION AS CHAR), \
                 CAST(DEFINER AS CHAR), SECURITY_TYPE, CAST(DTD_IDENTIFIER AS CHAR) \
                 FROM information_schema.ROUTINES AS r WHERE {} ORDER BY ROUTINE_TYPE",
                of("r.ROUTINE_SCHEMA")
            ),
            |row| {
                let (kind, body, security) = (text(row, 2), program(text(row, 3)), text(row, 5).to_lowercase());
                let returns = if text(row, 6).is_empty() { "" } else { " returns " };
                let what = format!("{kind}{returns}{} {body}, {security} of {}", brief(text(row, 6)), text(row, 4));
                (object("routine", row, 2), what)
            },
        ),
        (
            format!(
                "SELECT SPECIFIC_SCHEMA, SPECIFIC_NAME, CAST(GROUP_CONCAT(PARAMETER_MODE, ' ', PARAMETER_NAME, ' ', \
                 DTD_IDENTIFIER ORDER BY ORDINAL_POSITION SEPARATOR ', ') AS CHAR), ROUTINE_TYPE \
                 FROM information_schema.PARAMETERS AS p WHERE ORDINAL_POSITION > 0 AND {} \
                 GROUP BY SPECIFIC_SCHEMA, SPECIFIC_NAME, ROUTINE_TYPE ORDER BY ROUTINE_TYPE",
                of("p.SPECIFIC_SCHEMA")
            ),
            |row| (object("routine", row, 2), brief(text(row, 2))),
        ),
        (
            format!(
                "SELECT TRIGGER_SCHEMA, TRIGGER_NAME, CAST(EVENT_OBJECT_TABLE AS CHAR), ACTION_TIMING, EVENT_MANIPULATION, \
                 CAST(ACTION_STATEMENT AS CHAR), CAST(DEFINER AS CHAR) \
                 FROM information_schema.TRIGGERS AS g WHERE {}",
                of("g.TRIGGER_SCHEMA")
            ),
            |row| {
                let when = format!("{} {} on {}", text(row, 3), text(row, 4), text(row, 2)).to_lowercase();
                (object("trigger", row, 2), format!("{when} {}, of {}", program(text(row, 5)), text(row, 6)))
            },
        ),
        (
            // One that happens once is gone after it.
            format!(
                "SELECT EVENT_SCHEMA, EVENT_NAME, STATUS, CAST(CONCAT_WS(' ', INTERVAL_VALUE, INTERVAL_FIELD) AS CHAR), \
                 CAST(EVENT_DEFINITION AS CHAR), CAST(DEFINER AS CHAR) FROM information_schema.EVENTS AS e \
                 WHERE NOT (e.EVENT_TYPE = 'ONE TIME' AND e.ON_COMPLETION = 'NOT PRESERVE') AND {}",
                of("e.EVENT_SCHEMA")
            ),
            |row| {
                let when = format!("{} {}", text(row, 2), text(row, 3)).to_lowercase();
                (object("event", row, 2), format!("{when} {}, of {}", program(text(row, 4)), text(row, 5)))
            },
        ),
    ]
}

/// The query for `CHECK` constraints, where the server has them; in MariaDB their names are only a table's own
fn checks(flavour: Flavour, of: &str) -> Option<String> {
    let same_table = match flavour {
        Flavour::Mariadb => "AND c.TABLE_NAME = t.TABLE_NAME ",
        Flavour::Mysql(8..) => "",
        Flavour::Mysql(_) => return None,
    };
    Some(format!(
        "SELECT t.TABLE_SCHEMA, t.TABLE_NAME, t.CONSTRAINT_NAME, CAST(c.CHECK_CLAUSE AS CHAR) \
         FROM information_schema.TABLE_CONSTRAINTS AS t JOIN information_schema.CHECK_CONSTRAINTS AS c \
         ON c.CONSTRAINT_SCHEMA = t.CONSTRAINT_SCHEMA AND c.CONSTRAINT_NAME = t.CONSTRAINT_NAME {same_table}\
         WHERE t.CONSTRAINT_TYPE = 'CHECK' AND {of}"
    ))
}

fn check(row: &[Option<String>]) -> (String, String) {
    (object("key", row, 3), format!("check {}", brief(text(row, 3))))
}

fn table(row: &[Option<String>]) -> (String, String) {
    let kind = if text(row, 2) == "SEQUENCE" { "sequence" } else { "table" };
    let words = [text(row, 3), text(row, 4), text(row, 5)];
    let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
    (object(kind, row, 2), words.join(", "))
}

fn column(row: &[Option<String>]) -> (String, String) {
    let mut words = brief(text(row, 3));
    if !text(row, 4).is_empty() {
        words.push(' ');
        words.push_str(text(row, 4));
    }
    words.push_str(if text(row, 5) == "YES" { " null" } else { " not null" });
    if let Some(Some(default)) = row.get(6) {
        words.push_str(" default ");
        words.push_str(&brief(default));
    }
    for more in [text(row, 7), text(row, 8)].into_iter().filter(|more| !more.is_empty()) {
        words.push(' ');
        words.push_str(&brief(more));
    }
    (object("column", row, 3), words)
}

fn key(row: &[Option<String>]) -> (String, String) {
    let columns = format!("{} ({})", text(row, 3).to_lowercase(), text(row, 4));
    let what = if text(row, 5).is_empty() {
        columns
    } else {
        let rules = format!("on update {} on delete {}", text(row, 6), text(row, 7)).to_lowercase();
        format!("{columns} references {} {rules}", text(row, 5))
    };
    (object("key", row, 3), what)
}
