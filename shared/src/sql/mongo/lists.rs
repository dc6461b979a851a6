//! Lists: databases, collections, indexes, users and roles; each with a bound.

use super::ask::{Asking, Objects, documents, name_of};
use super::describe;
use super::names::Namespace;
use super::read::Read;
use super::trouble::Stop;
use super::values;
use crate::sql::AskError;
use crate::verify::{SchemaFacts, TableFacts};

/// Most databases that a check looks into
const MOST_DATABASES: usize = 200;

/// Most collections that a check looks into, of all databases together
const MOST_COLLECTIONS: usize = 5_000;

/// Most indexes of one collection; the engine allows 64
const MOST_INDEXES: usize = 200;

/// Most users, and most roles made by people
const MOST_USERS: usize = 2_000;

/// The databases of the server itself
const INTERNAL: [&str; 3] = ["admin", "config", "local"];

/// Where users and roles live, whatever databases they may read
const USERS_IN: &str = "admin";

/// Error codes of a server that has no such command
const UNKNOWN_COMMAND: [i32; 3] = [59, 303, 304];

/// A collection, and what the server says it is
pub(super) struct Listed {
    pub(super) place: Namespace,
    pub(super) what: String,
}

/// The databases that are not the server's own, by name
pub(super) async fn databases(asking: &Asking<'_>) -> Result<Vec<String>, Stop> {
    let answer = asking.one("admin", Read::Databases, "the list of databases").await?;
    let mut names: Vec<String> = documents(&answer, "databases")?.into_iter().map(name_of).collect();
    names.retain(|name| !INTERNAL.contains(&name.as_str()));
    bounded(names.len(), MOST_DATABASES, "databases")?;
    names.sort();
    Ok(names)
}

fn bounded(number: usize, most: usize, what: &str) -> Result<(), AskError> {
    if number > most {
        return Err(AskError::Unfit(format!("there are more than {most} {what}")));
    }
    Ok(())
}

/// The collections of one database or of all; views and what the server keeps for itself are none
pub(super) async fn collections(asking: &Asking<'_>, database: Option<String>) -> Result<Vec<Listed>, Stop> {
    let all = match database {
        Some(database) => vec![database],
        None => databases(asking).await?,
    };
    let mut listed = Vec::new();
    for database in all {
        let what = format!("collections of {database}");
        let found = asking.all(&database, Read::Collections(None), &what, MOST_COLLECTIONS).await?;
        let own = found.iter().filter(|found| found.get_str("type").ok() != Some("view"));
        listed.extend(own.filter(|found| !name_of(found).starts_with("system.")).map(|found| Listed {
            place: Namespace { database: database.clone(), collection: name_of(found) },
            what: describe::collection(found),
        }));
        bounded(listed.len(), MOST_COLLECTIONS, "collections")?;
    }
    Ok(listed)
}

/// The indexes of a collection
pub(super) async fn indexes(asking: &Asking<'_>, place: &Namespace) -> Result<Vec<mongodb::bson::Document>, Stop> {
    let what = format!("indexes of {}", place.words());
    asking.all(&place.database, Read::Indexes(place), &what, MOST_INDEXES).await
}

/// Every index: `index app.orders.by_user`
pub(super) async fn all_indexes(asking: &Asking<'_>, database: Option<String>) -> Result<Objects, Stop> {
    let listed = collections(asking, database).await?;
    indexes_of(asking, &listed).await
}

async fn indexes_of(asking: &Asking<'_>, listed: &[Listed]) -> Result<Objects, Stop> {
    let mut objects = Objects::new();
    for Listed { place, .. } in listed {
        for index in indexes(asking, place).await? {
            objects.insert(format!("index {}.{}", place.words(), name_of(&index)), describe::index(&index));
        }
    }
    Ok(objects)
}

/// Collections with their options, and their indexes
pub(super) async fn schema(asking: &Asking<'_>, database: Option<String>) -> Result<Objects, Stop> {
    let named = database.clone();
    let listed = collections(asking, database).await?;
    if let (Some(database), true) = (named, listed.is_empty()) {
        return Err(Stop::Missing(format!("there is no database {database}, or no collection in it")));
    }
    let mut objects = indexes_of(asking, &listed).await?;
    objects.extend(listed.into_iter().map(|listed| (format!("collection {}", listed.place.words()), listed.what)));
    Ok(objects)
}

/// Users with their roles, and the roles that people made. Never what users log in with.
pub(super) async fn grants(asking: &Asking<'_>) -> Result<Objects, Stop> {
    let mut objects = Objects::new();
    let answer = asking.one(USERS_IN, Read::Users, "the list of users").await?;
    let users = documents(&answer, "users")?;
    bounded(users.len(), MOST_USERS, "users")?;
    for user in users {
        let name = user.get_str("user").unwrap_or_default();
        objects.insert(format!("user {name}"), describe::user(user));
    }
    let answer = match asking.one(USERS_IN, Read::Roles, "the list of roles").await {
        // A server without the command has no such roles either.
        Err(Stop::Ask(AskError::RefusedWithCode { code, .. })) if UNKNOWN_COMMAND.contains(&code) => {
            return Ok(objects);
        }
        answer => answer?,
    };
    let roles = documents(&answer, "roles")?;
    bounded(roles.len(), MOST_USERS, "roles")?;
    for role in roles {
        let name = role.get_str("role").unwrap_or_default();
        let database = role.get_str("db").unwrap_or(USERS_IN);
        objects.insert(format!("role {name} of {database}"), describe::role(role));
    }
    Ok(objects)
}

/// Every database with its collections, and what the server's statistics tell of them
pub(super) async fn inventory(asking: &Asking<'_>) -> Result<Vec<SchemaFacts>, Stop> {
    let mut schemas: Vec<SchemaFacts> = Vec::new();
    for Listed { place, .. } in collections(asking, None).await? {
        let table = statistics(asking, &place).await?;
        match schemas.last_mut().filter(|schema| schema.name == place.database) {
            Some(schema) => schema.tables.push(table),
            None => schemas.push(SchemaFacts { name: place.database, tables: vec![table] }),
        }
    }
    for schema in &mut schemas {
        schema.tables.sort_by(|a, b| a.name.cmp(&b.name));
    }
    Ok(schemas)
}

async fn statistics(asking: &Asking<'_>, place: &Namespace) -> Result<TableFacts, Stop> {
    let table = TableFacts { name: place.collection.clone(), ..TableFacts::default() };
    let read = Read::Statistics(&place.collection);
    let answer = match asking.one(&place.database, read, &place.words()).await {
        // Statistics that the user may not read are statistics that there are none of.
        Err(Stop::Missing(_) | Stop::Ask(AskError::RefusedWithCode { .. })) => return Ok(table),
        answer => answer?,
    };
    let bytes = |field: &str| values::count(answer.get(field));
    let stored = bytes("storageSize").or_else(|| bytes("size"));
    Ok(TableFacts {
        rows: values::count(answer.get("count")),
        bytes: stored.map(|stored| stored.saturating_add(bytes("totalIndexSize").unwrap_or(0))),
        ..table
    })
}
