//! Names of tables and columns, quoted in one place.
//!
//! A name is written as in SQL: parts with dots between them, and a part that itself holds a dot or a quote in double
//! quotes (`sales."order.items"`). Unlike in SQL a part without quotes keeps its case: the name is the one that the
//! catalogue shows. Whatever is accepted comes out with every part quoted, so no text of a policy reaches a server bare.

use std::fmt;
use std::iter::Peekable;
use std::str::Chars;

/// Longest part, in bytes. PostgreSQL cuts longer ones *silently*, and would look at another table than the one named.
const LONGEST_PART: usize = 63;

/// Longest part for MySQL, in characters
#[cfg(feature = "mysql")]
const LONGEST_MYSQL_PART: usize = 64;

/// Why a name cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// A part is empty
    #[error("the name {0:?} has an empty part")]
    Empty(String),
    /// A NUL character
    #[error("the name {0:?} has a NUL character")]
    Nul(String),
    /// A part is longer than the server would keep
    #[error("the name {0:?} has a part of more than {LONGEST_PART} bytes")]
    TooLong(String),
    /// A part is longer than any name that MySQL gives
    #[cfg(feature = "mysql")]
    #[error("the name {0:?} has a part of more than {LONGEST_MYSQL_PART} characters")]
    TooManyCharacters(String),
    /// A quote in the middle of a part, or one that is never closed
    #[error("the name {0:?} has a stray double quote; write a part as \"…\" and a quote inside it twice")]
    StrayQuote(String),
    /// Other than the wanted number of parts
    #[error("the name {name:?} should be {wanted}")]
    Parts {
        /// The name
        name: String,
        /// How it should be written
        wanted: &'static str,
    },
}

/// A name of one or more parts: `schema.table`, `table.column`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    parts: Vec<String>,
}

impl Name {
    /// Reads a name as it is written in a policy
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let name = Self::read(text)?;
        if name.parts.iter().any(|part| part.len() > LONGEST_PART) {
            return Err(NameError::TooLong(text.to_owned()));
        }
        Ok(name)
    }

    /// Reads a name of MySQL as it is written in a policy: the same signs, and more room
    #[cfg(feature = "mysql")]
    pub(super) fn parse_mysql(text: &str) -> Result<Self, NameError> {
        let name = Self::read(text)?;
        if name.parts.iter().any(|part| part.chars().count() > LONGEST_MYSQL_PART) {
            return Err(NameError::TooManyCharacters(text.to_owned()));
        }
        Ok(name)
    }

    fn read(text: &str) -> Result<Self, NameError> {
        if text.contains('\0') {
            return Err(NameError::Nul(text.to_owned()));
        }
        let mut rest = text.chars().peekable();
        let mut parts = Vec::new();
        loop {
            let part = next_part(&mut rest).ok_or_else(|| NameError::StrayQuote(text.to_owned()))?;
            if part.is_empty() {
                return Err(NameError::Empty(text.to_owned()));
            }
            parts.push(part);
            // What follows a part is a dot or the end; `next_part` saw to that.
            if rest.next().is_none() {
                return Ok(Self { parts });
            }
        }
    }

    /// Takes parts that came from a catalogue, as they are
    pub fn of_parts(parts: impl IntoIterator<Item = String>) -> Self {
        Self { parts: parts.into_iter().collect() }
    }

    /// The table and the column that `table.column` or `schema.table.column` names
    pub fn table_and_column(mut self) -> Result<(Self, Self), NameError> {
        match self.parts.pop() {
            Some(column) if !self.parts.is_empty() => Ok((self, Self { parts: vec![column] })),
            column => {
                self.parts.extend(column);
                Err(NameError::Parts { name: self.to_string(), wanted: "table.column or schema.table.column" })
            }
        }
    }

    /// The schema, where it is named, and the table that `table` or `schema.table` names
    #[cfg(feature = "mysql")]
    pub(super) fn schema_and_table(&self) -> Result<(Option<String>, String), NameError> {
        match self.parts.as_slice() {
            [table] => Ok((None, table.clone())),
            [schema, table] => Ok((Some(schema.clone()), table.clone())),
            _ => Err(NameError::Parts { name: self.to_string(), wanted: "table or schema.table" }),
        }
    }

    /// The one part of a name that may have only one, such as a schema's
    pub fn single(self) -> Result<String, NameError> {
        match <[String; 1]>::try_from(self.parts) {
            Ok([part]) => Ok(part),
            Err(parts) => {
                let name = Self { parts }.to_string();
                Err(NameError::Parts { name, wanted: "one part; put it in double quotes if it has a dot" })
            }
        }
    }

    /// The parts, for an engine that quotes nothing
    #[cfg(feature = "mongo")]
    pub(super) fn into_parts(self) -> Vec<String> {
        self.parts
    }

    /// The name with every part in double quotes
    pub fn quoted(&self) -> String {
        let parts: Vec<String> = self.parts.iter().map(|part| format!("\"{}\"", part.replace('"', "\"\""))).collect();
        parts.join(".")
    }

    /// The name with every part in backticks: MySQL reads them so whatever its mode, and double quotes mostly as a text
    #[cfg(feature = "mysql")]
    pub(super) fn backticked(&self) -> String {
        let parts: Vec<String> = self.parts.iter().map(|part| format!("`{}`", part.replace('`', "``"))).collect();
        parts.join(".")
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.parts.join("."))
    }
}

/// A name of a policy, ready for a query: `public.users` becomes `"public"."users"`
pub fn quote(text: &str) -> Result<String, NameError> {
    Name::parse(text).map(|name| name.quoted())
}

/// The next part, up to a dot or the end; `None` where a quote stands wrong
fn next_part(rest: &mut Peekable<Chars<'_>>) -> Option<String> {
    let mut part = String::new();
    if rest.next_if_eq(&'"').is_none() {
        while let Some(c) = rest.next_if(|c| *c != '.') {
            if c == '"' {
                return None;
            }
            part.push(c);
        }
        return Some(part);
    }
    loop {
        match rest.next()? {
            '"' if rest.next_if_eq(&'"').is_some() => part.push('"'),
            '"' => return matches!(rest.peek(), None | Some('.')).then_some(part),
            c => part.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_part_comes_out_quoted() {
        let table = [
            ("users", r#""users""#),
            ("public.users", r#""public"."users""#),
            ("Select.User", r#""Select"."User""#),
            (r#"sales."order.items""#, r#""sales"."order.items""#),
            (r#""a""b".c"#, r#""a""b"."c""#),
            ("日本.表", r#""日本"."表""#),
            ("x; DROP TABLE y", r#""x; DROP TABLE y""#),
        ];
        for (text, quoted) in table {
            assert_eq!(quote(text).unwrap(), quoted);
        }
    }

    #[test]
    fn names_that_mean_nothing_are_refused() {
        for text in ["", ".", "a.", ".a", "a..b", "\"\"", "a.\"\""] {
            assert!(matches!(quote(text), Err(NameError::Empty(_))), "{text:?}");
        }
        for text in ["\"a", "a\"b", "\"a\"b", "a.\"b", "\"a\"\""] {
            assert!(matches!(quote(text), Err(NameError::StrayQuote(_))), "{text:?}");
        }
        assert!(matches!(quote("a\0b"), Err(NameError::Nul(_))));
        assert!(quote(&"x".repeat(63)).is_ok());
        assert!(matches!(quote(&"x".repeat(64)), Err(NameError::TooLong(_))));
        assert!(matches!(quote(&"あ".repeat(22)), Err(NameError::TooLong(_))));
    }

    #[test]
    fn a_column_is_split_from_its_table() {
        let (table, column) = Name::parse("sales.\"order.items\".id").unwrap().table_and_column().unwrap();
        assert_eq!((table.quoted().as_str(), column.quoted().as_str()), (r#""sales"."order.items""#, r#""id""#));
        let error = Name::parse("users").unwrap().table_and_column().unwrap_err();
        assert_eq!(error.to_string(), r#"the name "users" should be table.column or schema.table.column"#);
        assert!(Name::parse("a.b").unwrap().single().is_err());
    }

    #[cfg(feature = "mysql")]
    #[test]
    fn mysql_has_backticks_and_counts_characters() {
        let name = Name::parse_mysql(r#"shop."a`b.c\""#).unwrap();
        assert_eq!(name.backticked(), r"`shop`.`a``b.c\`");
        assert!(Name::parse_mysql(&"あ".repeat(64)).is_ok());
        let long = Name::parse_mysql(&"x".repeat(65));
        assert!(matches!(long, Err(NameError::TooManyCharacters(_))), "{long:?}");
    }

    proptest! {
        #[test]
        fn any_part_survives_being_quoted_and_read_again(part in "[^\0]{1,15}") {
            let name = Name::of_parts([part.clone(), "t".to_owned()]);
            prop_assert_eq!(Name::parse(&name.quoted()).unwrap(), name);
        }
    }
}
