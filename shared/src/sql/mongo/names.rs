//! Names of collections and fields.
//!
//! Nothing is quoted in this protocol: a name is a value or a key of a document. So what a name must not be is said here: a
//! key that starts with `$` is an operator, and a dot in a field's name is a step into it.

use crate::sql::{AskError, Name, NameError};

/// How a collection is written
const COLLECTION: &str = "collection or database.collection; put a part in double quotes if it has a dot";

/// Characters that no database's name has
const NOT_IN_A_DATABASE: &[char] = &['/', '\\', '.', ' ', '"', '$', '*', '<', '>', ':', '|', '?'];

/// A collection in its database
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Namespace {
    pub(super) database: String,
    pub(super) collection: String,
}

impl Namespace {
    /// Reads `collection` or `database.collection`; a name without a database is in the session's
    pub(super) fn parse(text: &str, session: &str) -> Result<Self, AskError> {
        Self::of_parts(text, Name::parse(text)?.into_parts(), session)
    }

    /// Reads `collection.field` or `database.collection.field`
    pub(super) fn and_field(text: &str, session: &str) -> Result<(Self, Field), AskError> {
        let mut parts = Name::parse(text)?.into_parts();
        let wanted = "collection.field or database.collection.field; put a part in double quotes if it has a dot";
        match parts.pop() {
            Some(field) if !parts.is_empty() => Ok((Self::of_parts(text, parts, session)?, Field::checked(field)?)),
            _ => Err(NameError::Parts { name: text.to_owned(), wanted }.into()),
        }
    }

    fn of_parts(text: &str, parts: Vec<String>, session: &str) -> Result<Self, AskError> {
        let mut parts = parts.into_iter();
        let (database, collection) = match (parts.next(), parts.next(), parts.next()) {
            (Some(collection), None, _) => (session.to_owned(), collection),
            (Some(database), Some(collection), None) => (database, collection),
            _ => return Err(NameError::Parts { name: text.to_owned(), wanted: COLLECTION }.into()),
        };
        Ok(Self { database: database_name(database)?, collection })
    }

    /// As people write it
    pub(super) fn words(&self) -> String {
        format!("{}.{}", self.database, self.collection)
    }
}

/// A name that a database can have
pub(super) fn database_name(name: String) -> Result<String, AskError> {
    if name.is_empty() || name.contains(NOT_IN_A_DATABASE) || name.contains('\0') {
        return Err(AskError::Unfit(format!("no database can have the name {name:?}")));
    }
    Ok(name)
}

/// The way to a field, with dots where it is nested
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Field(String);

impl Field {
    /// Reads `created_at` or `meta.created_at`
    pub(super) fn parse(text: &str) -> Result<Self, AskError> {
        Self::checked(Name::parse(text)?.into_parts().join("."))
    }

    fn checked(path: String) -> Result<Self, AskError> {
        // A key such as `$where` would be run by the server instead of looked up.
        if path.split('.').any(|step| step.is_empty() || step.starts_with('$')) {
            return Err(AskError::Unfit(format!(
                "no field can be asked by the name {path:?}: a step is empty or starts with $"
            )));
        }
        Ok(Self(path))
    }

    /// With dots between the steps
    pub(super) fn path(&self) -> &str {
        &self.0
    }

    /// The steps
    pub(super) fn steps(&self) -> impl Iterator<Item = &str> {
        self.0.split('.')
    }

    /// Whether it is the one that holds a document's identity
    pub(super) fn is_id(&self) -> bool {
        self.0 == "_id"
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_collection_is_in_the_sessions_database_unless_another_is_named() {
        let table = [
            ("users", "app", "users"),
            ("sales.orders", "sales", "orders"),
            (r#"sales."orders.2026""#, "sales", "orders.2026"),
            (r#""orders.2026""#, "app", "orders.2026"),
            ("$cmd", "app", "$cmd"),
        ];
        for (text, database, collection) in table {
            let found = Namespace::parse(text, "app").unwrap();
            assert_eq!((found.database.as_str(), found.collection.as_str()), (database, collection), "{text}");
        }
        for text in ["a.b.c", "", "a.", r#""a.b".c"#, r#""$x".c"#, r#""a b".c"#, r#""a/b".c"#] {
            assert!(Namespace::parse(text, "app").is_err(), "{text}");
        }
    }

    #[test]
    fn a_field_is_the_last_part_and_may_be_nested() {
        let (place, field) = Namespace::and_field(r#"sales.payouts."user.id""#, "app").unwrap();
        assert_eq!((place.words().as_str(), field.path()), ("sales.payouts", "user.id"));
        assert!(Namespace::and_field("payouts", "app").is_err());
        assert_eq!(Field::parse("meta.created_at").unwrap().steps().count(), 2);
    }

    #[test]
    fn an_operator_is_no_field() {
        for text in ["$where", "a.$where", "\"$expr\"", "\"a..b\"", "\".a\"", "a.", "\"a.$b\""] {
            assert!(Field::parse(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_taken_for_a_field_has_no_operator_in_it(text in "[a$.\"]{1,8}") {
            if let Ok(field) = Field::parse(&text) {
                prop_assert!(field.steps().all(|step| !step.is_empty() && !step.starts_with('$')), "{text}");
            }
        }
    }
}
