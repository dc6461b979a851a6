//! The commands, as documents: every one that this driver can send, and none of them writes. Nothing here touches a server.

use mongodb::bson::{Bson, Document, doc};

use super::names::{Field, Namespace};

/// Names of the commands
#[cfg(test)]
const READS: [&str; 9] = [
    "buildInfo",
    "listDatabases",
    "listCollections",
    "listIndexes",
    "aggregate",
    "find",
    "collStats",
    "usersInfo",
    "rolesInfo",
];

/// Documents in one page of a list
const PAGE: i32 = 500;

/// The number that stands for the type of a date
pub(super) const DATE: i32 = 9;

/// The number that stands for the type of an `ObjectId`
pub(super) const OBJECT_ID: i32 = 7;

/// A command that reads
#[derive(Debug, Clone, Copy)]
pub(super) enum Read<'a> {
    /// What the server says it is
    Version,
    /// Names of the databases
    Databases,
    /// Collections of a database, all or the one of a name, with their options
    Collections(Option<&'a str>),
    /// Indexes of a collection
    Indexes(&'a Namespace),
    /// How many documents a collection has: counted, not taken from its statistics
    Count(&'a Namespace),
    /// The document with the greatest value of one type in a field
    Newest(&'a Namespace, &'a Field, i32),
    /// Any document with something in a field
    Any(&'a Namespace, &'a Field),
    /// How many values of a field are in no document's other field
    Orphans(&'a Namespace, &'a Field, &'a str, &'a Field),
    /// Documents and bytes of a collection, from the server's statistics
    Statistics(&'a str),
    /// Users with their roles
    Users,
    /// Roles made by people, with what they allow
    Roles,
}

impl Read<'_> {
    /// The command
    pub(super) fn document(self) -> Document {
        match self {
            Self::Version => doc! { "buildInfo": 1 },
            Self::Databases => doc! { "listDatabases": 1, "nameOnly": true },
            Self::Collections(named) => {
                let mut command = doc! { "listCollections": 1, "cursor": { "batchSize": PAGE } };
                if let Some(name) = named {
                    command.insert("filter", doc! { "name": name });
                }
                command
            }
            Self::Indexes(place) => doc! { "listIndexes": &place.collection, "cursor": { "batchSize": PAGE } },
            Self::Count(place) => {
                doc! { "aggregate": &place.collection, "pipeline": [{ "$count": "n" }], "cursor": {} }
            }
            Self::Newest(place, field, kind) => {
                let mut command = one(place, field, doc! { "$type": kind });
                command.insert("sort", doc! { field.path(): -1 });
                command
            }
            Self::Any(place, field) => one(place, field, doc! { "$exists": true, "$ne": Bson::Null }),
            Self::Orphans(child, key, parent, id) => {
                doc! { "aggregate": &child.collection, "pipeline": orphans(key, parent, id), "cursor": {} }
            }
            Self::Statistics(collection) => doc! { "collStats": collection },
            Self::Users => doc! { "usersInfo": 1 },
            Self::Roles => doc! { "rolesInfo": 1, "showPrivileges": true, "showBuiltinRoles": false },
        }
    }
}

/// One document whose field meets a condition, and of it the field alone: what else is in it is not ours to see
fn one(place: &Namespace, field: &Field, condition: Document) -> Document {
    let projection = if field.is_id() {
        doc! { "_id": 1 }
    } else {
        doc! { "_id": 0, field.path(): 1 }
    };
    doc! {
        "find": &place.collection,
        "filter": { field.path(): condition },
        "projection": projection,
        "limit": 1,
        "singleBatch": true,
    }
}

/// Every value of the key on its own (an array of keys is several), its parents, and those that have none.
///
/// A step of the way may itself be an array, so each is unwound; what is absent, null or an empty array falls out with it.
fn orphans(key: &Field, parent: &str, id: &Field) -> Vec<Document> {
    let mut way = String::from("$");
    let mut pipeline = Vec::new();
    for step in key.steps() {
        if way.len() > 1 {
            way.push('.');
        }
        way.push_str(step);
        pipeline.push(doc! { "$unwind": &way });
    }
    pipeline.extend([
        doc! { "$project": { "_id": 0, "key": &way } },
        doc! { "$lookup": { "from": parent, "localField": "key", "foreignField": id.path(), "as": "parents" } },
        doc! { "$match": { "parents": { "$size": 0 } } },
        doc! { "$count": "n" },
    ]);
    pipeline
}

#[cfg(test)]
mod tests {
    use super::*;

    fn everything(place: &Namespace, field: &Field) -> Vec<Document> {
        [
            Read::Version,
            Read::Databases,
            Read::Collections(None),
            Read::Collections(Some("x")),
            Read::Indexes(place),
            Read::Count(place),
            Read::Newest(place, field, DATE),
            Read::Any(place, field),
            Read::Orphans(place, field, "users", field),
            Read::Statistics("x"),
            Read::Users,
            Read::Roles,
        ]
        .map(Read::document)
        .into()
    }

    #[test]
    fn no_command_writes() {
        let place = Namespace::parse("app.orders", "app").unwrap();
        let field = Field::parse("meta.at").unwrap();
        for command in everything(&place, &field) {
            let name = command.keys().next().unwrap();
            assert!(READS.contains(&name.as_str()), "{command}");
            let stages = command.get_array("pipeline").cloned().unwrap_or_default();
            for stage in stages {
                let stage = stage.as_document().unwrap().keys().next().unwrap().clone();
                assert!(["$count", "$unwind", "$project", "$lookup", "$match"].contains(&stage.as_str()), "{stage}");
            }
        }
    }

    #[test]
    fn only_the_field_that_was_asked_for_is_sent() {
        let place = Namespace::parse("orders", "app").unwrap();
        for (field, projection) in [("_id", doc! { "_id": 1 }), ("a.b", doc! { "_id": 0, "a.b": 1 })] {
            let field = Field::parse(field).unwrap();
            for read in [Read::Newest(&place, &field, DATE), Read::Any(&place, &field)] {
                let command = read.document();
                assert_eq!(command.get_document("projection").unwrap(), &projection);
                assert_eq!(command.get_i32("limit"), Ok(1));
            }
        }
    }

    #[test]
    fn each_step_to_a_key_is_unwound() {
        let pipeline = orphans(&Field::parse("items.user.id").unwrap(), "users", &Field::parse("_id").unwrap());
        let unwound: Vec<&str> = pipeline.iter().filter_map(|stage| stage.get_str("$unwind").ok()).collect();
        assert_eq!(unwound, ["$items", "$items.user", "$items.user.id"]);
    }
}
