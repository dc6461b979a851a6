//! The inventory as a person reads it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::duplicates::MOST_COMPARED;
use super::{Inventory, Mark, SchemaFacts, TableFacts, Written, written};
use crate::verify::words::plain;

/// Most schemas that the message shows; the largest come first
const MOST_SCHEMAS: usize = 20;

/// Most marks that the message names
const MOST_MARKS: usize = 20;

/// Columns of a name
const NAME: usize = 30;

/// One schema in a line
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SchemaLine {
    /// Its name
    pub name: String,
    /// How many tables it has
    pub tables: usize,
    /// Rows of all tables, as far as they are known; absent where none is
    pub rows: Option<u64>,
    /// Bytes of all tables, likewise
    pub bytes: Option<u64>,
    /// The last change of any table, where one is known
    pub last_change: Option<Timestamp>,
    /// Whether it was written since the last inventory
    pub written: Written,
}

/// The schemas, the largest first
pub fn lines(now: &Inventory, earlier: Option<&Inventory>) -> Vec<SchemaLine> {
    // An empty schema has no rows for certain; one whose tables all keep silent is not known.
    let sum = |schema: &SchemaFacts, of: &dyn Fn(&TableFacts) -> Option<u64>| {
        let none = schema.tables.is_empty().then_some(0);
        schema.tables.iter().filter_map(of).reduce(u64::saturating_add).or(none)
    };
    let mut lines: Vec<SchemaLine> = now
        .schemas
        .iter()
        .map(|schema| SchemaLine {
            name: schema.name.clone(),
            tables: schema.tables.len(),
            rows: sum(schema, &|table| table.rows),
            bytes: sum(schema, &|table| table.bytes),
            last_change: schema.tables.iter().filter_map(|table| table.last_change).max(),
            written: written(schema, earlier),
        })
        .collect();
    lines.sort_by(|one, other| other.bytes.cmp(&one.bytes).then_with(|| one.name.cmp(&other.name)));
    lines
}

/// The message: a short table, then what is worth a look
pub fn told(now: &Inventory, lines: &[SchemaLine], marks: &[Mark], compared: &str) -> String {
    let tables: usize = lines.iter().map(|line| line.tables).sum();
    let bytes = lines.iter().filter_map(|line| line.bytes).reduce(u64::saturating_add);
    let mut said = vec![
        format!(
            "{}/{}: {}, {}, {}. {compared}.",
            plain(&now.endpoint, 100),
            plain(&now.database, NAME),
            counted(lines.len(), "schema"),
            counted(tables, "table"),
            size(bytes)
        ),
        String::new(),
        format!("{:<NAME$} {:>7} {:>14} {:>11}  {:<10}", "SCHEMA", "TABLES", "ROWS ABOUT", "SIZE", "LAST CHANGE"),
    ];
    for line in lines.iter().take(MOST_SCHEMAS) {
        let changed = line.last_change.map_or_else(|| "not known".to_owned(), |at| at.strftime("%Y-%m-%d").to_string());
        let rows = line.rows.map_or_else(|| "not known".to_owned(), thousands);
        let name: String = plain(&line.name, NAME.saturating_sub(7)).replace(" (cut)", "");
        said.push(format!("{name:<NAME$} {:>7} {rows:>14} {:>11}  {changed}", line.tables, size(line.bytes)));
    }
    more(&mut said, lines.len(), MOST_SCHEMAS, "smaller schemas");
    if lines.len() > MOST_COMPARED {
        said.push(format!("Only the first {MOST_COMPARED} schemas were compared with each other."));
    }
    if marks.is_empty() {
        said.push("\nNothing is worth a second look.".to_owned());
        return said.join("\n");
    }
    said.push("\nWorth a look (statistics are estimates: look before anything is dropped):".to_owned());
    said.extend(marks.iter().take(MOST_MARKS).map(|mark| format!("- {}", mark.why)));
    more(&mut said, marks.len(), MOST_MARKS, "marks");
    said.join("\n")
}

fn counted(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

fn more(said: &mut Vec<String>, all: usize, shown: usize, what: &str) {
    if let more @ 1.. = all.saturating_sub(shown) {
        said.push(format!("and {more} more {what}"));
    }
}

/// A size in GiB, or in MiB where it is less than one
fn size(bytes: Option<u64>) -> String {
    const MIB: u64 = 1024 * 1024;
    let tenths = |bytes: u64, unit: u64| {
        let tenths = u128::from(bytes) * 10 / u128::from(unit);
        format!("{}.{}", tenths / 10, tenths % 10)
    };
    match bytes {
        None => "not known".to_owned(),
        Some(0) => "0 MiB".to_owned(),
        Some(bytes) if bytes < MIB / 10 => "< 0.1 MiB".to_owned(),
        Some(bytes) if bytes < 1024 * MIB => format!("{} MiB", tenths(bytes, MIB)),
        Some(bytes) => format!("{} GiB", tenths(bytes, 1024 * MIB)),
    }
}

/// `1,234,567`
fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut said = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            said.push(',');
        }
        said.push(digit);
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_numbers_are_read_at_a_glance() {
        let table = [
            (None, "not known"),
            (Some(0), "0 MiB"),
            (Some(8192), "< 0.1 MiB"),
            (Some(1024 * 1024), "1.0 MiB"),
            (Some(1_073_741_823), "1023.9 MiB"),
            (Some(1_073_741_824), "1.0 GiB"),
            (Some(u64::MAX), "17179869183.9 GiB"),
        ];
        for (bytes, said) in table {
            assert_eq!(size(bytes), said);
        }
        assert_eq!([0, 999, 1000, 1_234_567].map(thousands), ["0", "999", "1,000", "1,234,567"]);
    }
}
