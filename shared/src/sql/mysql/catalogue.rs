//! What the questions about the catalogue share: bounded lists, what the login may see, and values in a few words.

use std::collections::BTreeMap;
use std::hash::Hasher as _;

use fnv::FnvHasher;

use super::ask::{Asking, Rows};
use crate::sql::AskError;

/// Most rows that one question about the catalogue takes
const MOST_OBJECTS: usize = 100_000;

/// Longest text that is told as it is, in characters; a longer one is told by its hash
const A_FEW_WORDS: usize = 60;

/// Objects by name, each with what it is
pub(super) type Objects = BTreeMap<String, String>;

impl Asking<'_> {
    /// The rows of a catalogue query. A list that is cut would look like one with objects gone.
    pub(super) async fn list(&mut self, text: String) -> Result<Rows, AskError> {
        let rows = self.texts(format!("{text} LIMIT {}", MOST_OBJECTS + 1)).await?;
        if rows.len() > MOST_OBJECTS {
            return Err(AskError::Unfit(format!("there are more than {MOST_OBJECTS} objects to list")));
        }
        Ok(rows)
    }

    /// Whether the login may read everything, or everything of one schema: the catalogue has no line for what it may not
    /// read, and what has no line looks whole.
    pub(super) async fn sees(&mut self, schema: Option<&str>) -> Result<bool, AskError> {
        self.may(&["SELECT"], schema).await
    }

    /// Whether the login has all of these rights on everything, or on everything of one schema
    pub(super) async fn may(&mut self, rights: &[&str], schema: Option<&str>) -> Result<bool, AskError> {
        let lines = self.texts("SHOW GRANTS".to_owned()).await?;
        let lines: Vec<&str> = lines.iter().filter_map(|line| line.first()?.as_deref()).collect();
        Ok(rights.iter().all(|right| holds(&lines, right, schema)))
    }
}

/// Whether the lines of `SHOW GRANTS` give a right on everything, or on everything of a schema, and take none of it back
fn holds(lines: &[&str], right: &str, schema: Option<&str>) -> bool {
    lines.iter().any(|line| gives(line, right, schema)) && !lines.iter().any(|line| takes(line, right, schema))
}

/// Whether one line gives the right
fn gives(line: &str, right: &str, schema: Option<&str>) -> bool {
    let Some((rights, on)) = line.strip_prefix("GRANT ").and_then(|line| line.split_once(" ON ")) else {
        return false;
    };
    let schema = schema.map(|schema| format!("`{}`.* TO ", schema.replace('`', "``")));
    // In a grant `_` and `%` stand for any sign, and are written with a backslash where they stand for themselves.
    let plain = on.replace("\\_", "_").replace("\\%", "%");
    names(rights, right) && (on.starts_with("*.* TO ") || schema.is_some_and(|schema| plain.starts_with(&schema)))
}

/// Whether one line takes the right back for a schema that is asked about: MySQL keeps what was taken of a right on `*.*`
fn takes(line: &str, right: &str, schema: Option<&str>) -> bool {
    let Some((rights, on)) = line.strip_prefix("REVOKE ").and_then(|line| line.split_once(" ON ")) else {
        return false;
    };
    let on = on.split_once(" FROM ").map_or(on, |(on, _)| on);
    let concerns = match schema {
        Some(schema) => on == format!("`{}`.*", schema.replace('`', "``")),
        None => !ENGINES_OWN.contains(&on),
    };
    names(rights, right) && concerns
}

fn names(rights: &str, right: &str) -> bool {
    rights.split(", ").any(|named| named == right || named == "ALL PRIVILEGES")
}

/// Schemas of the engine's own, as a grant writes them
const ENGINES_OWN: [&str; 4] = ["`mysql`.*", "`sys`.*", "`performance_schema`.*", "`information_schema`.*"];

/// What is said where the login may not see everything
pub(super) fn blind(schema: Option<&str>) -> String {
    let whole = schema.map_or_else(|| "*.*".to_owned(), |schema| format!("`{schema}`.*"));
    format!("the login sees only what it was granted; to tell, it needs SELECT on {whole}")
}

/// A text that may be long
pub(super) fn brief(text: &str) -> String {
    if text.chars().count() <= A_FEW_WORDS && !text.contains('\n') { text.to_owned() } else { hashed(text) }
}

/// A text that may show a secret, or is a program
pub(super) fn hashed(text: &str) -> String {
    let mut hasher = FnvHasher::default();
    hasher.write(text.as_bytes());
    format!("#{:016x}", hasher.finish())
}

/// Adds to what is said of an object: some come in several lines
pub(super) fn add(objects: &mut Objects, name: String, what: &str, between: &str) {
    let said = objects.entry(name).or_default();
    if !said.is_empty() {
        said.push_str(between);
    }
    said.push_str(what);
}

/// A field of a row; nothing where it is `NULL`
pub(super) fn text(row: &[Option<String>], index: usize) -> &str {
    row.get(index).and_then(Option::as_deref).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_that_sees_all_is_told_from_one_that_does_not() {
        let table = [
            ("GRANT ALL PRIVILEGES ON *.* TO `root`@`localhost` WITH GRANT OPTION", true, true),
            ("GRANT SELECT, PROCESS ON *.* TO `drill`@`%`", true, true),
            ("GRANT SELECT ON `my_shop`.* TO `drill`@`%`", false, true),
            ("GRANT SELECT ON `my\\_shop`.* TO `drill`@`%`", false, true),
            ("GRANT SELECT ON `my_shop`.`users` TO `drill`@`%`", false, false),
            ("GRANT SELECT (`id`) ON `my_shop`.* TO `drill`@`%`", false, false),
            ("GRANT USAGE ON *.* TO `drill`@`%`", false, false),
            ("GRANT INSERT ON *.* TO `drill`@`%`", false, false),
            ("GRANT SELECT ON `other`.* TO `drill`@`%`", false, false),
            ("GRANT `reader` TO `drill`@`%`", false, false),
        ];
        for (line, all, schema) in table {
            let holds = |of| holds(&[line], "SELECT", of);
            assert_eq!((holds(None), holds(Some("my_shop"))), (all, schema), "{line}");
        }
    }

    #[test]
    fn what_was_taken_back_is_not_seen() {
        let table = [
            ("REVOKE SELECT ON `my_shop`.* FROM `drill`@`%`", false, false),
            ("REVOKE INSERT, SELECT ON `other`.* FROM `drill`@`%`", false, true),
            ("REVOKE SELECT ON `mysql`.* FROM `drill`@`%`", true, true),
            ("REVOKE INSERT ON `my_shop`.* FROM `drill`@`%`", true, true),
        ];
        for (line, all, schema) in table {
            let lines = ["GRANT SELECT ON *.* TO `drill`@`%`", line];
            let holds = |of| holds(&lines, "SELECT", of);
            assert_eq!((holds(None), holds(Some("my_shop"))), (all, schema), "{line}");
        }
    }

    #[test]
    fn what_is_long_is_told_by_its_hash() {
        assert_eq!(brief("varchar(20)"), "varchar(20)");
        assert!(brief(&"x".repeat(61)).starts_with('#'));
        assert_ne!(hashed("a"), hashed("b"));
        let mut objects = Objects::new();
        add(&mut objects, "g".to_owned(), "SELECT", ", ");
        add(&mut objects, "g".to_owned(), "INSERT", ", ");
        assert_eq!(objects["g"], "SELECT, INSERT");
    }
}
