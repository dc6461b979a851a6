//! Signs of damage: what only a copy that was not restored whole has, and what a crash of the source would have broken.

use std::collections::BTreeSet;

use super::ask::Asking;
use super::catalogue::{self, text};
use super::query::{self, Flavour};
use super::trouble;
use crate::sql::{AskError, Name};
use crate::verify::{Damage, Found};

/// Most tables and views that are opened, one question each
const MOST_OPENED: usize = 10_000;

/// What is said of a number that a row has already. Which one it is is nobody's business.
const TAKEN: &str = "its next number is taken: a row of the column that it feeds has it";

/// Numbers that say nothing of a table's state: command, column, database, right or routine denied; a lock that somebody else
/// holds; a definition that changed a moment ago
const NO_DAMAGE: [u16; 8] = [1142, 1143, 1044, 1227, 1370, 1205, 1213, 1412];

/// What was looked for, with what came of it
#[derive(Default)]
struct Signs {
    looked_for: Vec<String>,
    found: Vec<Damage>,
    left_out: Vec<String>,
}

impl Signs {
    fn look(&mut self, words: &str, found: impl IntoIterator<Item = Damage>) {
        self.looked_for.push(words.to_owned());
        self.found.extend(found);
    }
}

fn sign(object: &str, what: impl Into<String>) -> Damage {
    Damage { object: object.to_owned(), what: what.into() }
}

/// What a table's engine does with it in a crash; nothing where it keeps every row
fn in_a_crash(engine: &str, options: &str) -> Option<&'static str> {
    match engine {
        "MEMORY" => Some("engine MEMORY: a restore brings it back empty; `except` accepts it"),
        "MyISAM" | "MRG_MyISAM" | "MRG_MYISAM" | "CSV" | "ARCHIVE" => {
            Some("its engine does not survive a crash, and a restore begins like one; `except` accepts it")
        }
        "Aria" if options.contains("transactional=0") => {
            Some("not transactional: it does not survive a crash, and a restore begins like one; `except` accepts it")
        }
        _ => None,
    }
}

/// Whether the next number is one that a row has. At the end of the column's type there is no number after the highest, and
/// the engine stays there; that is full, and not damaged.
fn is_behind(next: u64, highest: u64) -> bool {
    let widths = [8, 16, 24, 32, 64];
    let is_full = widths.into_iter().any(|bits| {
        let unsigned = u64::MAX >> (64 - bits);
        highest == unsigned || highest == unsigned >> 1
    });
    next < highest || (next == highest && !is_full)
}

/// The sequence of a default such as ``nextval(`shop`.`ids`)``
fn sequence(default: &str, schema: &str) -> Option<Name> {
    let named = default.strip_prefix("nextval(`")?.strip_suffix("`)")?;
    let parts: Vec<String> = named.split("`.`").map(|part| part.replace("``", "`")).collect();
    match parts.as_slice() {
        [sequence] => Some(Name::of_parts([schema.to_owned(), sequence.clone()])),
        [schema, sequence] => Some(Name::of_parts([schema.clone(), sequence.clone()])),
        _ => None,
    }
}

impl Asking<'_> {
    /// Looks at every schema but the engine's own
    pub(super) async fn damage(&mut self) -> Result<Found, AskError> {
        let mut signs = Signs::default();
        let sees = self.sees(None).await?;
        if self.tables_and_views(&mut signs).await? == 0 && !sees {
            // Who sees no table has looked at nothing.
            let left_out = vec![catalogue::blind(None)];
            return Ok(Found::Damages { looked_for: Vec::new(), found: Vec::new(), left_out });
        }
        self.parents(&mut signs).await?;
        self.disabled_indexes(&mut signs).await?;
        self.next_numbers(&mut signs).await?;
        if self.flavour == Flavour::Mariadb {
            self.sequences(&mut signs).await?;
        }
        self.definers(&mut signs).await?;
        if !sees {
            signs.left_out.push(catalogue::blind(None));
        }
        let Signs { looked_for, found, left_out } = signs;
        Ok(Found::Damages { looked_for, found, left_out })
    }

    /// How many there are
    async fn tables_and_views(&mut self, signs: &mut Signs) -> Result<usize, AskError> {
        let rows = self
            .list(format!(
                "SELECT TABLE_SCHEMA, TABLE_NAME, TABLE_TYPE, ENGINE, CAST(CREATE_OPTIONS AS CHAR) \
                 FROM information_schema.TABLES AS t WHERE {} ORDER BY TABLE_SCHEMA, TABLE_NAME",
                query::of_schema("t.TABLE_SCHEMA", None)
            ))
            .await?;
        let (mut unsafe_tables, mut closed, mut views) = (Vec::new(), Vec::new(), Vec::new());
        for (place, row) in rows.iter().enumerate() {
            let name = Name::of_parts([text(row, 0).to_owned(), text(row, 1).to_owned()]);
            let is_view = text(row, 2) == "VIEW";
            let crash = in_a_crash(text(row, 3), text(row, 4));
            unsafe_tables.extend(crash.map(|what| sign(&name.to_string(), what)));
            if place >= MOST_OPENED {
                continue;
            }
            // Opening a table needs its file and its first page; a view's table may take long to make, and is not read.
            let rows = u8::from(!is_view);
            match self.texts(format!("SELECT '' FROM {} LIMIT {rows}", name.backticked())).await {
                Ok(_) => {}
                Err(error) if trouble::is_number(&error, &NO_DAMAGE) => {
                    signs.left_out.push(format!("{name}: {error}"));
                }
                Err(AskError::Refused { code, said }) => {
                    let what = format!("cannot be read: {said} ({code})");
                    if is_view { &mut views } else { &mut closed }.push(sign(&name.to_string(), what));
                }
                Err(error) => return Err(error),
            }
        }
        if rows.len() > MOST_OPENED {
            signs.left_out.push(format!("whether tables can be read: all but the first {MOST_OPENED}"));
        }
        signs.look("tables that cannot be read", closed);
        signs.look("views that cannot be read", views);
        signs.look("tables that do not survive a crash", unsafe_tables);
        Ok(rows.len())
    }

    /// Foreign keys whose parent table is gone. One that the login may not see is not in the catalogue either, so the server
    /// itself is asked for it.
    async fn parents(&mut self, signs: &mut Signs) -> Result<(), AskError> {
        let rows = self
            .list(format!(
                "SELECT DISTINCT k.TABLE_SCHEMA, k.TABLE_NAME, k.CONSTRAINT_NAME, \
                 k.REFERENCED_TABLE_SCHEMA, k.REFERENCED_TABLE_NAME \
                 FROM information_schema.KEY_COLUMN_USAGE AS k LEFT JOIN information_schema.TABLES AS t \
                 ON t.TABLE_SCHEMA = k.REFERENCED_TABLE_SCHEMA AND t.TABLE_NAME = k.REFERENCED_TABLE_NAME \
                 AND (@@lower_case_table_names <> 0 OR CAST(t.TABLE_NAME AS BINARY) = CAST(k.REFERENCED_TABLE_NAME AS BINARY)) \
                 WHERE {} AND k.REFERENCED_TABLE_NAME IS NOT NULL AND t.TABLE_NAME IS NULL",
                query::of_schema("k.TABLE_SCHEMA", None)
            ))
            .await?;
        let mut gone = Vec::new();
        for row in rows.iter().take(MOST_OPENED) {
            let object = format!("{}.{}.{}", text(row, 0), text(row, 1), text(row, 2));
            let parent = Name::of_parts([text(row, 3).to_owned(), text(row, 4).to_owned()]);
            match self.texts(format!("SELECT '' FROM {} LIMIT 0", parent.backticked())).await {
                Ok(_) => {}
                Err(error) if trouble::is_missing(&error) => {
                    gone.push(sign(&object, format!("its parent {parent} is not there")));
                }
                Err(error @ AskError::Refused { .. }) => {
                    signs.left_out.push(format!("the parent of {object}: {error}"));
                }
                Err(error) => return Err(error),
            }
        }
        signs.look("foreign keys to tables that are gone", gone);
        Ok(())
    }

    async fn disabled_indexes(&mut self, signs: &mut Signs) -> Result<(), AskError> {
        let rows = self
            .list(format!(
                "SELECT DISTINCT i.TABLE_SCHEMA, i.TABLE_NAME, i.INDEX_NAME FROM information_schema.STATISTICS AS i \
                 WHERE {} AND i.COMMENT LIKE '%disabled%'",
                query::of_schema("i.TABLE_SCHEMA", None)
            ))
            .await?;
        let object = |row: &Vec<Option<String>>| format!("{}.{}.{}", text(row, 0), text(row, 1), text(row, 2));
        signs.look("disabled indexes", rows.iter().map(|row| sign(&object(row), "disabled index")));
        Ok(())
    }

    /// Next numbers that rows have already: the next insert would fail
    async fn next_numbers(&mut self, signs: &mut Signs) -> Result<(), AskError> {
        let rows = self
            .list(format!(
                "SELECT c.TABLE_SCHEMA, c.TABLE_NAME, c.COLUMN_NAME, CAST(t.AUTO_INCREMENT AS CHAR) \
                 FROM information_schema.COLUMNS AS c JOIN information_schema.TABLES AS t \
                 ON t.TABLE_SCHEMA = c.TABLE_SCHEMA AND t.TABLE_NAME = c.TABLE_NAME \
                 AND CAST(t.TABLE_NAME AS BINARY) = CAST(c.TABLE_NAME AS BINARY) \
                 WHERE {} AND c.EXTRA LIKE '%auto_increment%' AND t.AUTO_INCREMENT IS NOT NULL",
                query::of_schema("c.TABLE_SCHEMA", None)
            ))
            .await?;
        let mut behind = Vec::new();
        for row in rows.iter().take(MOST_OPENED) {
            let table = Name::of_parts([text(row, 0).to_owned(), text(row, 1).to_owned()]);
            let column = Name::of_parts([text(row, 2).to_owned()]).backticked();
            let Ok(next) = text(row, 3).parse::<u64>() else { continue };
            let highest = format!("SELECT CAST(CAST(MAX({column}) AS SIGNED) AS CHAR) FROM {}", table.backticked());
            match self.texts(highest).await {
                Ok(rows) => {
                    let highest = rows.first().and_then(|row| text(row, 0).parse::<u64>().ok());
                    if highest.is_some_and(|highest| is_behind(next, highest)) {
                        let object = format!("{table}.{}", text(row, 2));
                        behind.push(sign(&object, TAKEN));
                    }
                }
                // Told above, among the tables that cannot be read.
                Err(AskError::Refused { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        signs.look("AUTO_INCREMENT behind its column", behind);
        Ok(())
    }

    /// Sequences whose next number a row of a column that takes its default from them has already
    async fn sequences(&mut self, signs: &mut Signs) -> Result<(), AskError> {
        let rows = self
            .list(format!(
                "SELECT c.TABLE_SCHEMA, c.TABLE_NAME, c.COLUMN_NAME, CAST(c.COLUMN_DEFAULT AS CHAR) \
                 FROM information_schema.COLUMNS AS c WHERE {} AND c.COLUMN_DEFAULT LIKE 'nextval(%'",
                query::of_schema("c.TABLE_SCHEMA", None)
            ))
            .await?;
        let mut behind = Vec::new();
        for row in rows.iter().take(MOST_OPENED) {
            let Some(sequence) = sequence(text(row, 3), text(row, 0)) else {
                signs.left_out.push(format!("the sequence of {}.{}.{}", text(row, 0), text(row, 1), text(row, 2)));
                continue;
            };
            let table = Name::of_parts([text(row, 0).to_owned(), text(row, 1).to_owned()]).backticked();
            let column = Name::of_parts([text(row, 2).to_owned()]).backticked();
            // One that counts down or around is never behind.
            let numbers = format!(
                "SELECT '' FROM {} AS s, \
                 (SELECT CAST(MAX({column}) AS SIGNED) AS highest FROM {table}) AS t \
                 WHERE s.increment > 0 AND s.cycle_option = 0 AND t.highest >= s.next_not_cached_value",
                sequence.backticked()
            );
            match self.texts(numbers).await {
                Ok(rows) => behind.extend(rows.iter().map(|_| sign(&sequence.to_string(), TAKEN))),
                Err(error @ AskError::Refused { .. }) => {
                    signs.left_out.push(format!("the sequence {sequence}: {error}"));
                }
                Err(error) => return Err(error),
            }
        }
        signs.look("sequences behind their column", behind);
        Ok(())
    }

    /// Programs that run with the rights of a user who is not there
    async fn definers(&mut self, signs: &mut Signs) -> Result<(), AskError> {
        let accounts = match self.accounts().await {
            Ok(accounts) => accounts,
            Err(AskError::Refused { .. }) => {
                signs.left_out.push("definers that are gone: the login needs SELECT on mysql.*".to_owned());
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        let accounts: BTreeSet<String> = accounts.iter().map(super::grants::Account::definer).collect();
        let sources = [
            ("TABLE_SCHEMA, TABLE_NAME", "VIEWS", "TABLE_SCHEMA", "AND o.SECURITY_TYPE = 'DEFINER'"),
            ("ROUTINE_SCHEMA, ROUTINE_NAME", "ROUTINES", "ROUTINE_SCHEMA", "AND o.SECURITY_TYPE = 'DEFINER'"),
            ("TRIGGER_SCHEMA, TRIGGER_NAME", "TRIGGERS", "TRIGGER_SCHEMA", ""),
            ("EVENT_SCHEMA, EVENT_NAME", "EVENTS", "EVENT_SCHEMA", ""),
        ];
        let mut gone = Vec::new();
        for (names, from, schema, more) in sources {
            let of = query::of_schema(&format!("o.{schema}"), None);
            let text_of =
                format!("SELECT {names}, CAST(DEFINER AS CHAR) FROM information_schema.{from} AS o WHERE {of} {more}");
            for row in self.list(text_of).await? {
                let definer = text(&row, 2);
                if !definer.is_empty()
                    && !accounts.contains(definer)
                    && !accounts.contains(definer.trim_end_matches('@'))
                {
                    let object = format!("{}.{}", text(&row, 0), text(&row, 1));
                    gone.push(sign(&object, format!("its definer {definer} is not there")));
                }
            }
        }
        signs.look("definers that are gone", gone);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_next_number_is_behind_when_a_row_has_it_and_not_when_the_column_is_full() {
        assert!(is_behind(5, 9) && is_behind(9, 9));
        assert!(!is_behind(10, 9) && !is_behind(127, 127) && !is_behind(4_294_967_295, 4_294_967_295));
        assert!(is_behind(126, 127));
    }

    #[test]
    fn engines_are_told_by_what_a_crash_leaves() {
        for (engine, options, told) in [
            ("InnoDB", "", false),
            ("Aria", "transactional=1", false),
            ("Aria", "transactional=0", true),
            ("MyISAM", "", true),
            ("MEMORY", "", true),
            ("CSV", "", true),
            ("", "", false),
        ] {
            assert_eq!(in_a_crash(engine, options).is_some(), told, "{engine} {options}");
        }
    }
}
