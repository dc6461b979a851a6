//! What an index, a collection, a user and a role are, in a few words that are the same from drill to drill.
//!
//! An expression (a validator, a partial filter) may hold values of people's data, and a long list helps nobody: they are
//! hashes, which still tell that something changed.

use std::hash::Hasher as _;

use fnv::FnvHasher;
use mongodb::bson::{Bson, Document};

/// Longest description, in characters; a longer one ends in a hash
const LONGEST: usize = 160;

/// What an index's document has that does not say what the index is
const NOT_OF_AN_INDEX: [&str; 5] = ["v", "key", "name", "ns", "background"];

/// `by 1, at -1; unique`
pub(super) fn index(document: &Document) -> String {
    let key = document.get_document("key").map(settings).unwrap_or_default();
    let mut said: Vec<String> = document
        .iter()
        .filter(|(name, _)| !NOT_OF_AN_INDEX.contains(&name.as_str()))
        .filter_map(|(name, value)| setting(name, value))
        .collect();
    said.sort();
    cut(if said.is_empty() { key } else { format!("{key}; {}", said.join(", ")) })
}

/// `collection; capped, size 4096`, with what its options say
pub(super) fn collection(document: &Document) -> String {
    let kind = document.get_str("type").unwrap_or("collection");
    let mut said: Vec<String> = document
        .get_document("options")
        .map(|options| options.iter().filter_map(|(name, value)| setting(name, value)).collect())
        .unwrap_or_default();
    said.sort();
    cut(if said.is_empty() { kind.to_owned() } else { format!("{kind}; {}", said.join(", ")) })
}

/// `read on app, readWrite on sales`
pub(super) fn user(document: &Document) -> String {
    let roles = roles_of(document);
    cut(if roles.is_empty() { "no roles".to_owned() } else { roles })
}

/// The roles that a role stands for, and a hash of what else it allows
pub(super) fn role(document: &Document) -> String {
    let roles = roles_of(document);
    let allows = document.get_array("privileges").map_or_else(|_| "nothing".to_owned(), |privileges| list(privileges));
    cut(if roles.is_empty() { format!("allows {allows}") } else { format!("{roles}; allows {allows}") })
}

fn roles_of(document: &Document) -> String {
    let roles = document.get_array("roles").map(Vec::as_slice).unwrap_or_default();
    let mut said: Vec<String> = roles
        .iter()
        .filter_map(Bson::as_document)
        .map(|role| {
            format!("{} on {}", role.get_str("role").unwrap_or_default(), role.get_str("db").unwrap_or_default())
        })
        .collect();
    said.sort();
    said.join(", ")
}

/// A number of things, and a hash of them in whatever order they came
fn list(things: &[Bson]) -> String {
    let mut hashes: Vec<String> = things.iter().map(hash).collect();
    hashes.sort();
    format!("{} things ({})", things.len(), hash_of(hashes.join(",").as_bytes()))
}

fn settings(document: &Document) -> String {
    let said: Vec<String> = document.iter().map(|(name, value)| format!("{name} {}", word(value))).collect();
    said.join(", ")
}

/// `unique`, `expireAfterSeconds 3600`; nothing for what is off
fn setting(name: &str, value: &Bson) -> Option<String> {
    match value {
        Bson::Boolean(true) => Some(name.to_owned()),
        Bson::Boolean(false) | Bson::Null => None,
        other => Some(format!("{name} {}", word(other))),
    }
}

fn word(value: &Bson) -> String {
    match value {
        Bson::Int32(number) => number.to_string(),
        Bson::Int64(number) => number.to_string(),
        // Servers write one and the same setting as any of the three.
        Bson::Double(number) => number.to_string(),
        Bson::Boolean(on) => on.to_string(),
        // `text`, `2dsphere`, `hashed`
        Bson::String(text) if text.len() <= 20 => text.clone(),
        other => hash(other),
    }
}

fn hash(value: &Bson) -> String {
    let mut document = Document::new();
    document.insert("", value.clone());
    document.to_vec().map_or_else(|_| "unreadable".to_owned(), |bytes| hash_of(&bytes))
}

fn hash_of(bytes: &[u8]) -> String {
    let mut hasher = FnvHasher::default();
    hasher.write(bytes);
    format!("#{:016x}", hasher.finish())
}

fn cut(text: String) -> String {
    if text.chars().count() <= LONGEST {
        return text;
    }
    let beginning: String = text.chars().take(LONGEST).collect();
    format!("{beginning}… {}", hash_of(text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use mongodb::bson::doc;

    use super::*;

    #[test]
    fn an_index_is_its_keys_in_order_and_what_is_special_about_it() {
        let table = [
            (doc! { "v": 2, "key": { "_id": 1 }, "name": "_id_", "ns": "app.x" }, "_id 1"),
            (doc! { "v": 4, "key": { "_id": 1.0 }, "name": "_id_", "unique": false }, "_id 1"),
            (doc! { "key": { "b": 1, "a": -1_i64 }, "unique": true, "name": "x" }, "b 1, a -1; unique"),
            (
                doc! { "key": { "at": 1 }, "sparse": true, "expireAfterSeconds": 3600 },
                "at 1; expireAfterSeconds 3600, sparse",
            ),
            (doc! { "key": { "place": "2dsphere" } }, "place 2dsphere"),
        ];
        for (document, said) in table {
            assert_eq!(index(&document), said);
        }
    }

    #[test]
    fn an_expression_is_a_hash_that_changes_with_it() {
        let with = |name: &str| index(&doc! { "key": { "a": 1 }, "partialFilterExpression": { "name": name } });
        assert!(!with("Ada").contains("Ada") && with("Ada") != with("Eve"), "{}", with("Ada"));
        let view = collection(&doc! { "type": "collection", "options": { "validator": { "x": "secret" } } });
        assert!(view.starts_with("collection; validator #") && !view.contains("secret"), "{view}");
    }

    #[test]
    fn roles_are_the_same_in_whatever_order_they_come() {
        let (a, b) = (doc! { "role": "read", "db": "app" }, doc! { "role": "dbAdmin", "db": "app" });
        let one = user(&doc! { "user": "ada", "roles": [a.clone(), b.clone()], "credentials": { "x": "secret" } });
        assert_eq!(one, "dbAdmin on app, read on app");
        assert_eq!(one, user(&doc! { "user": "ada", "roles": [b.clone(), a.clone()] }));
        let first = role(&doc! { "role": "audit", "roles": [], "privileges": [a.clone(), b.clone()] });
        assert!(first.starts_with("allows 2 things (#"), "{first}");
        assert_eq!(first, role(&doc! { "role": "audit", "roles": [], "privileges": [b, a] }));
        assert_eq!(user(&doc! { "user": "eve", "roles": [] }), "no roles");
    }

    #[test]
    fn what_is_long_is_cut_and_still_differs() {
        let keys = |last: i32| {
            let mut keys: Document = (0..60).map(|n| (format!("field{n}"), Bson::Int32(1))).collect();
            keys.insert("last", last);
            index(&doc! { "key": keys })
        };
        assert!(keys(1).chars().count() < 200 && keys(1) != keys(-1));
    }
}
