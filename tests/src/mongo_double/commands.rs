//! What each command answers.

use bson::{Bson, DateTime, Document, doc};

use super::data::Collection;
use super::{State, query};

/// Answers a command of somebody who is logged in
pub(super) fn answer(state: &mut State, command: &Document) -> Document {
    let (name, about) = command.iter().next().map(|(name, about)| (name.clone(), about.clone())).unwrap_or_default();
    let database = command.get_str("$db").unwrap_or_default().to_owned();
    let about = about.as_str().unwrap_or_default().to_owned();
    let place = format!("{database}.{about}");
    match name.as_str() {
        "buildInfo" => doc! { "version": "5.0.0", "ok": 1.0 },
        "listDatabases" => {
            let names: Vec<Document> = state.data.databases().map(|name| doc! { "name": name }).collect();
            doc! { "databases": names, "ok": 1 }
        }
        "listCollections" => {
            let named = command.get_document("filter").ok().and_then(|filter| filter.get_str("name").ok());
            let collections = state.data.collections(&database);
            let listed = collections.filter(|(name, _)| named.is_none_or(|named| named == name.as_str()));
            let listed: Vec<Document> = listed.map(|(name, collection)| listed_as(name, collection)).collect();
            cursor(state, format!("{database}.$cmd.listCollections"), listed)
        }
        "listIndexes" => match state.data.find(&database, &about) {
            None => refused(26, "NamespaceNotFound", &format!("ns does not exist: {place}")),
            Some(collection) => cursor(state, place, collection.indexes.clone()),
        },
        "aggregate" => {
            let stages = command.get_array("pipeline").cloned().unwrap_or_default();
            let all = |name: &str| state.data.find(&database, name).map(|found| found.documents.clone());
            let answered =
                query::pipeline(all(&about).unwrap_or_default(), &stages, |name| all(name).unwrap_or_default());
            answered.map_or_else(|why| refused(2, "BadValue", &why), |found| cursor(state, place, found))
        }
        "find" => match find(state, command, &database, &about) {
            Err(why) => refused(2, "BadValue", &why),
            // Asked for in a single batch, it leaves no cursor behind.
            Ok(found) => doc! { "cursor": { "id": 0_i64, "ns": place, "firstBatch": found }, "ok": 1.0 },
        },
        "collStats" => match state.data.find(&database, &about) {
            None => refused(26, "NamespaceNotFound", "Collection not found"),
            Some(collection) => {
                let count = i32::try_from(collection.documents.len()).unwrap();
                doc! { "ns": place, "count": count, "size": count * 100, "storageSize": 4096, "totalIndexSize": 1024_i64, "ok": 1.0 }
            }
        },
        "usersInfo" => {
            let users = state.data.users.iter().map(|(name, user)| {
                doc! { "_id": format!("admin.{name}"), "user": name, "db": "admin", "roles": user.roles.clone() }
            });
            doc! { "users": users.collect::<Vec<_>>(), "ok": 1.0 }
        }
        "rolesInfo" => {
            let roles = state.data.roles.iter();
            let roles = roles.map(|(name, allows)| {
                doc! { "role": name, "db": "admin", "isBuiltin": false, "roles": [], "privileges": allows.clone() }
            });
            doc! { "roles": roles.collect::<Vec<_>>(), "ok": 1.0 }
        }
        "getMore" => get_more(state, command),
        "killCursors" | "endSessions" => doc! { "ok": 1.0 },
        _ => refused(59, "CommandNotFound", &format!("no such command: '{name}'")),
    }
}

/// A refusal as a server writes it
pub(super) fn refused(code: i32, name: &str, message: &str) -> Document {
    doc! { "ok": 0.0, "code": code, "codeName": name, "errmsg": message }
}

/// What a server says of itself to whoever connects
pub(super) fn hello(state: &State, asked: &Document) -> Document {
    let mut answer = doc! {
        "ismaster": true,
        "isWritablePrimary": true,
        "helloOk": true,
        "setName": "rs0",
        // As a copy does that still knows where it came from: nobody may go there.
        "hosts": ["production.invalid:27017"],
        "primary": "production.invalid:27017",
        "me": "production.invalid:27017",
        "maxBsonObjectSize": 16_777_216,
        "maxMessageSizeBytes": 48_000_000,
        "maxWriteBatchSize": 100_000,
        "localTime": DateTime::now(),
        "logicalSessionTimeoutMinutes": 30,
        "connectionId": 1,
        "minWireVersion": 0,
        "maxWireVersion": state.wire_version,
        "readOnly": false,
        "ok": 1.0,
    };
    if asked.contains_key("saslSupportedMechs") {
        answer.insert("saslSupportedMechs", vec!["SCRAM-SHA-1"]);
    }
    answer
}

fn listed_as(name: &str, collection: &Collection) -> Document {
    let kind = if collection.view { "view" } else { "collection" };
    doc! { "name": name, "type": kind, "options": collection.options.clone(), "info": { "readOnly": collection.view } }
}

fn find(state: &State, command: &Document, database: &str, name: &str) -> Result<Vec<Document>, String> {
    let part = |name: &str| command.get_document(name).cloned().unwrap_or_default();
    let found = state.data.find(database, name).map(|found| found.documents.clone()).unwrap_or_default();
    let mut found = query::filter(found, &part("filter"))?;
    query::sort(&mut found, &part("sort"))?;
    found.truncate(command.get_i32("limit").ok().and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX));
    Ok(found.iter().map(|document| query::project(document, &part("projection"))).collect())
}

/// The first batch of an answer; the rest is kept for `getMore`
fn cursor(state: &mut State, place: String, mut found: Vec<Document>) -> Document {
    let rest = found.split_off(found.len().min(state.batch));
    let id = if rest.is_empty() { 0 } else { keep(state, &place, rest) };
    doc! { "cursor": { "id": id, "ns": place, "firstBatch": found }, "ok": 1.0 }
}

fn keep(state: &mut State, place: &str, rest: Vec<Document>) -> i64 {
    let id = state.cursors.keys().next_back().map_or(1, |last| last + 1);
    state.cursors.insert(id, (place.to_owned(), rest));
    id
}

fn get_more(state: &mut State, command: &Document) -> Document {
    let asked = command.get("getMore").and_then(Bson::as_i64).unwrap_or_default();
    let Some((place, mut found)) = state.cursors.remove(&asked) else {
        return refused(43, "CursorNotFound", "cursor id not found");
    };
    let rest = found.split_off(found.len().min(state.batch));
    let id = if rest.is_empty() { 0 } else { keep(state, &place, rest) };
    doc! { "cursor": { "id": id, "ns": place, "nextBatch": found }, "ok": 1.0 }
}
