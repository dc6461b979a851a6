//! How a value is hashed, read and written, by its column's type. What is read is exact: floats with all their digits, texts
//! by their bytes, words of lists by their number.

use serde::{Deserialize, Serialize};

use super::{Mysql, Tongue};

/// A column
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Column {
    pub(super) name: String,
    /// `DATA_TYPE` of the catalogue
    pub(super) kind: String,
    pub(super) charset: Option<String>,
    pub(super) generated: bool,
}

/// What is done alike
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// Digits
    Number,
    /// A number with a fraction in binary: as a double, whose text is exact
    Float,
    /// A number that stands for a word, or bits
    Numbered,
    /// Bytes, few
    Short,
    /// Bytes, many: hashed by themselves first
    Long,
    /// Dates, times and whatever has an exact text
    Text,
}

impl Column {
    fn way(&self) -> Way {
        match self.kind.to_ascii_lowercase().as_str() {
            "tinyint" | "smallint" | "mediumint" | "int" | "bigint" | "decimal" | "year" => Way::Number,
            "float" | "double" => Way::Float,
            "enum" | "set" | "bit" => Way::Numbered,
            "char" | "varchar" | "binary" | "varbinary" => Way::Short,
            "tinytext" | "text" | "mediumtext" | "longtext" | "tinyblob" | "blob" | "mediumblob" | "longblob"
            | "json" | "geometry" | "point" | "linestring" | "polygon" | "multipoint" | "multilinestring"
            | "multipolygon" | "geometrycollection" | "geomcollection" | "vector" => Way::Long,
            _ => Way::Text,
        }
    }

    pub(super) fn quoted(&self) -> String {
        Mysql::name(&[&self.name])
    }

    fn hashed(&self) -> String {
        let name = self.quoted();
        match self.way() {
            Way::Number | Way::Text => format!("CAST({name} AS CHAR)"),
            Way::Float => format!("CAST({name} + 0e0 AS CHAR)"),
            Way::Numbered => format!("CAST({name} + 0 AS CHAR)"),
            Way::Short => format!("HEX({name})"),
            Way::Long => format!("MD5({name})"),
        }
    }

    /// What a value is read by
    pub(super) fn read(&self) -> String {
        match self.way() {
            Way::Short | Way::Long => format!("HEX({})", self.quoted()),
            _ => self.hashed(),
        }
    }

    /// A value that was read, as it is written; `None` where it is nothing that could have been read
    pub(super) fn written(&self, value: Option<&str>) -> Option<String> {
        let Some(value) = value else { return Some("NULL".to_owned()) };
        match self.way() {
            Way::Number | Way::Float | Way::Numbered => {
                let plain = |c: char| c.is_ascii_digit() || matches!(c, '.' | '-' | '+' | 'e' | 'E');
                (!value.is_empty() && value.chars().all(plain)).then(|| value.to_owned())
            }
            Way::Text => Some(Mysql::literal(value)),
            Way::Short | Way::Long if value.is_empty() => Some("''".to_owned()),
            Way::Short | Way::Long => {
                let charset = match self.kind.to_ascii_lowercase().as_str() {
                    "json" => "_utf8mb4 ".to_owned(),
                    _ => self.charset.as_ref().map(|charset| format!("_{charset} ")).unwrap_or_default(),
                };
                let fine = value.chars().all(|c| c.is_ascii_hexdigit())
                    && charset.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | ' '));
                fine.then(|| format!("{charset}0x{value}"))
            }
        }
    }
}

/// The hash of a row, a number below 2^60. `-` stands for no value, which no value is written as.
pub(super) fn hash(columns: &[&Column]) -> String {
    let values: Vec<String> = columns.iter().map(|column| format!("COALESCE({}, '-')", column.hashed())).collect();
    format!("CAST(CONV(LEFT(MD5(CONCAT_WS(',', {})), 15), 16, 10) AS UNSIGNED)", values.join(", "))
}

/// Rows and the sum of their hashes, in which their order does not count
pub(super) fn sum(table: &str, columns: &[&Column]) -> String {
    let hash = hash(columns);
    format!("SELECT CAST(COUNT(*) AS CHAR), CAST(COALESCE(SUM({hash}), 0) AS CHAR) FROM {table}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(kind: &str, charset: Option<&str>) -> Column {
        Column { name: "a`b".to_owned(), kind: kind.to_owned(), charset: charset.map(str::to_owned), generated: false }
    }

    #[test]
    fn a_value_is_written_as_it_was_read() {
        let table = [
            (column("int", None), "CAST(`a``b` AS CHAR)", Some("-5"), Some("-5")),
            (column("float", None), "CAST(`a``b` + 0e0 AS CHAR)", Some("1.5e-7"), Some("1.5e-7")),
            (column("varchar", Some("latin1")), "HEX(`a``b`)", Some("E9"), Some("_latin1 0xE9")),
            (column("blob", None), "HEX(`a``b`)", Some("00FF"), Some("0x00FF")),
            (column("text", Some("utf8mb4")), "HEX(`a``b`)", Some(""), Some("''")),
            (column("json", None), "HEX(`a``b`)", Some("7B7D"), Some("_utf8mb4 0x7B7D")),
            (column("date", None), "CAST(`a``b` AS CHAR)", Some("0000-00-00"), Some("_utf8mb4 0x303030302d30302d3030")),
            (column("enum", Some("utf8mb4")), "CAST(`a``b` + 0 AS CHAR)", Some("2"), Some("2")),
            (column("int", None), "CAST(`a``b` AS CHAR)", None, Some("NULL")),
            (column("int", None), "CAST(`a``b` AS CHAR)", Some("1); DROP"), None),
            (column("blob", None), "HEX(`a``b`)", Some("0x"), None),
        ];
        for (column, read, value, written) in table {
            assert_eq!(column.read(), read);
            assert_eq!(column.written(value).as_deref(), written, "{column:?}");
        }
    }
}
