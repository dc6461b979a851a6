//! The questions that a schema is told by, and the words of their answers.

use super::{Part, object, program};
use crate::sql::mysql::catalogue::{brief, text};
use crate::sql::mysql::query::{self, Flavour};

pub(super) fn parts(flavour: Flavour, schema: Option<&str>) -> Vec<Part> {
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
