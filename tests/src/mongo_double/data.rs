//! Databases, collections and users of a double.

use std::collections::BTreeMap;

use bson::{Document, doc};

use super::{MASTER, MASTER_PASSWORD};

/// A collection
#[derive(Debug, Clone, Default)]
pub struct Collection {
    /// Its documents
    pub documents: Vec<Document>,
    /// Its indexes, as `listIndexes` tells them
    pub indexes: Vec<Document>,
    /// Its options, as `listCollections` tells them
    pub options: Document,
    /// `view` instead of a collection
    pub view: bool,
}

impl Collection {
    /// A collection of these documents with the index that every collection has
    pub fn of(documents: impl IntoIterator<Item = Document>) -> Self {
        let indexes = vec![doc! { "v": 4, "key": { "_id": 1 }, "name": "_id_" }];
        Self { documents: documents.into_iter().collect(), indexes, ..Self::default() }
    }

    /// The same with one more index
    #[must_use]
    pub fn index(mut self, name: &str, key: Document) -> Self {
        self.indexes.push(doc! { "v": 4, "key": key, "name": name });
        self
    }
}

/// A user
#[derive(Debug, Clone)]
pub(super) struct User {
    pub(super) password: String,
    pub(super) roles: Vec<Document>,
}

/// Everything in a server
#[derive(Debug, Clone)]
pub struct Data {
    databases: BTreeMap<String, BTreeMap<String, Collection>>,
    pub(super) users: BTreeMap<String, User>,
    pub(super) roles: BTreeMap<String, Vec<Document>>,
}

impl Default for Data {
    /// A server with its master user, and the databases that every server has
    fn default() -> Self {
        let mut data = Self { databases: BTreeMap::new(), users: BTreeMap::new(), roles: BTreeMap::new() };
        data.user(MASTER, MASTER_PASSWORD, &[("root", "admin")]);
        data.put("admin", "system.users", Collection::of([doc! { "_id": MASTER }]));
        data.put("local", "oplog.rs", Collection::of([]));
        data
    }
}

impl Data {
    /// Puts a collection into a database; either may be new
    pub fn put(&mut self, database: &str, name: &str, collection: Collection) {
        self.databases.entry(database.to_owned()).or_default().insert(name.to_owned(), collection);
    }

    /// A collection that is there
    pub fn collection(&mut self, database: &str, name: &str) -> &mut Collection {
        self.databases.get_mut(database).and_then(|all| all.get_mut(name)).unwrap_or_else(|| panic!("no {name}"))
    }

    /// Removes a collection
    pub fn drop_collection(&mut self, database: &str, name: &str) {
        self.databases.get_mut(database).and_then(|all| all.remove(name)).unwrap_or_else(|| panic!("no {name}"));
    }

    /// A user with roles, each with its database
    pub fn user(&mut self, name: &str, password: &str, roles: &[(&str, &str)]) {
        let roles = roles.iter().map(|(role, database)| doc! { "role": role, "db": database }).collect();
        self.users.insert(name.to_owned(), User { password: password.to_owned(), roles });
    }

    /// Removes a user
    pub fn drop_user(&mut self, name: &str) {
        self.users.remove(name).unwrap_or_else(|| panic!("no {name}"));
    }

    /// A role made by people, with what it allows
    pub fn role(&mut self, name: &str, privileges: Vec<Document>) {
        self.roles.insert(name.to_owned(), privileges);
    }

    pub(super) fn databases(&self) -> impl Iterator<Item = &String> {
        self.databases.iter().filter(|(_, all)| !all.is_empty()).map(|(name, _)| name)
    }

    pub(super) fn collections(&self, database: &str) -> impl Iterator<Item = (&String, &Collection)> {
        self.databases.get(database).into_iter().flatten()
    }

    pub(super) fn find(&self, database: &str, name: &str) -> Option<&Collection> {
        self.databases.get(database)?.get(name)
    }
}
