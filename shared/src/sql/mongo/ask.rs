//! One check, asked.

use std::collections::BTreeMap;
use std::time::Duration;

use mongodb::bson::{Bson, Document};
use mongodb::{Client, Cursor};
use tokio::time::Instant;

use super::names::{Field, Namespace, database_name};
use super::read::{DATE, OBJECT_ID, Read};
use super::trouble::{Stop, of_command, unreadable};
use super::{describe, lists, values};
use crate::sql::{AskError, Name};
use crate::verify::{Check, Found};

/// What a check finds. Its commands together run no longer than `within`.
pub(super) async fn find(asking: &Asking<'_>, check: &Check) -> Result<Found, AskError> {
    match answer(asking, check).await {
        Ok(found) => Ok(found),
        Err(Stop::Missing(said)) => Ok(Found::Missing(said)),
        Err(Stop::Ask(error)) => Err(error),
    }
}

async fn answer(asking: &Asking<'_>, check: &Check) -> Result<Found, Stop> {
    match check {
        Check::CollectionCount { collection: table, .. }
        | Check::RowCount { table, .. }
        | Check::Unchanged { table, .. } => asking.count(&asking.place(table)?).await,
        Check::Freshness { table, column, .. } => asking.newest(&asking.place(table)?, &Field::parse(column)?).await,
        Check::Tables { schema, .. } => {
            let collections = lists::collections(asking, one_database(schema.as_deref())?).await?;
            Ok(Found::Count(u64::try_from(collections.len()).unwrap_or(u64::MAX)))
        }
        Check::Indexes { table, .. } => {
            let place = asking.place(table)?;
            asking.there(&place).await?;
            let indexes = lists::indexes(asking, &place).await?;
            Ok(Found::Objects(indexes.iter().map(|index| (name_of(index), describe::index(index))).collect()))
        }
        Check::SchemaUnchanged { schema, .. } => {
            let database = one_database(schema.as_deref())?;
            lists::schema(asking, database).await.map(Found::Objects)
        }
        Check::GrantsUnchanged { .. } => lists::grants(asking).await.map(Found::Objects),
        Check::Damage { .. } => lists::all_indexes(asking, None).await.map(Found::Objects),
        Check::Orphans { child, parent } => asking.orphans(child, parent).await,
        Check::ForeignKeys { .. } => {
            Err(unfit("DocumentDB declares no foreign keys; ask orphans for each reference that matters"))
        }
        Check::Sql { .. } => Err(unfit(
            "DocumentDB speaks no SQL; ask collection_count, freshness, orphans, indexes or schema_unchanged",
        )),
    }
}

fn unfit(said: &str) -> Stop {
    Stop::Ask(AskError::Unfit(said.to_owned()))
}

/// The database that a check names as a schema
fn one_database(schema: Option<&str>) -> Result<Option<String>, AskError> {
    schema.map(|schema| database_name(Name::parse(schema)?.single()?)).transpose()
}

/// The name that a document of a list carries
pub(super) fn name_of(document: &Document) -> String {
    document.get_str("name").unwrap_or_default().to_owned()
}

/// What a check needs: the connection, the session's database, and its time
pub(super) struct Asking<'a> {
    pub(super) client: &'a Client,
    pub(super) database: &'a str,
    pub(super) within: Duration,
    pub(super) deadline: Instant,
}

impl Asking<'_> {
    fn place(&self, text: &str) -> Result<Namespace, AskError> {
        Namespace::parse(text, self.database)
    }

    /// A command with the time that is left. No time left is never no time limit.
    fn limited(&self, read: Read<'_>) -> Result<Document, AskError> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        let millis = i32::try_from(left.as_millis()).unwrap_or(i32::MAX);
        if millis == 0 {
            return Err(AskError::TimeUp(self.within));
        }
        let mut command = read.document();
        command.insert("maxTimeMS", millis);
        Ok(command)
    }

    /// Sends a command and takes its one answer. `what` is what it reads, in words.
    pub(super) async fn one(&self, database: &str, read: Read<'_>, what: &str) -> Result<Document, Stop> {
        let command = self.limited(read)?;
        let answer = self.client.database(database).run_command(command).await;
        answer.map_err(|error| of_command(&error, what, self.within))
    }

    /// Sends a command and takes every document of its answer, page after page, but not more than `most`
    pub(super) async fn all(
        &self,
        database: &str,
        read: Read<'_>,
        what: &str,
        most: usize,
    ) -> Result<Vec<Document>, Stop> {
        let command = self.limited(read)?;
        let sorted = |error| of_command(&error, what, self.within);
        let mut cursor: Cursor<Document> =
            self.client.database(database).run_cursor_command(command).await.map_err(sorted)?;
        let mut documents = Vec::new();
        while cursor.advance().await.map_err(sorted)? {
            if documents.len() == most {
                return Err(unfit(&format!("there are more than {most} {what}")));
            }
            documents.push(cursor.deserialize_current().map_err(sorted)?);
        }
        Ok(documents)
    }

    /// Counting in a collection that is not there would answer 0, and looking for times nothing
    async fn there(&self, place: &Namespace) -> Result<(), Stop> {
        let read = Read::Collections(Some(&place.collection));
        let found = self.all(&place.database, read, &place.words(), 1).await?;
        if found.iter().any(|collection| name_of(collection) == place.collection) {
            return Ok(());
        }
        Err(Stop::Missing(format!("there is no collection {}", place.words())))
    }

    async fn count(&self, place: &Namespace) -> Result<Found, Stop> {
        self.there(place).await?;
        let counted = self.all(&place.database, Read::Count(place), &place.words(), 1).await?;
        number(&counted).map(Found::Count)
    }

    async fn orphans(&self, child: &str, parent: &str) -> Result<Found, Stop> {
        let (child, key) = Namespace::and_field(child, self.database)?;
        let (parent, id) = Namespace::and_field(parent, self.database)?;
        if child.database != parent.database {
            return Err(unfit("DocumentDB joins collections of one database only"));
        }
        self.there(&child).await?;
        // A parent that is not there has no documents, and every value would be an orphan: that is another finding.
        self.there(&parent).await?;
        let read = Read::Orphans(&child, &key, &parent.collection, &id);
        let counted = self.all(&child.database, read, &child.words(), 1).await?;
        number(&counted).map(Found::Count)
    }

    async fn newest(&self, place: &Namespace, field: &Field) -> Result<Found, Stop> {
        self.there(place).await?;
        let kinds: &[i32] = if field.is_id() { &[DATE, OBJECT_ID] } else { &[DATE] };
        for kind in kinds {
            let newest = self.all(&place.database, Read::Newest(place, field, *kind), &place.words(), 1).await?;
            if let Some(document) = newest.first() {
                let at = values::newest(document, field)?.ok_or_else(unreadable)?;
                return Ok(Found::Newest(Some(at)));
            }
        }
        match self.all(&place.database, Read::Any(place, field), &place.words(), 1).await?.first() {
            None => Ok(Found::Newest(None)),
            Some(document) => {
                let kind = values::kind(document, field);
                Err(unfit(&format!("{} in {} holds {kind} and no dates", field.path(), place.words())))
            }
        }
    }
}

/// The one number of an answer; no document at all is how a server counts none
fn number(counted: &[Document]) -> Result<u64, Stop> {
    match counted.first() {
        None => Ok(0),
        Some(document) => Ok(values::count(document.get("n")).ok_or_else(unreadable)?),
    }
}

/// Objects by name, each with what it is
pub(super) type Objects = BTreeMap<String, String>;

/// The documents in a list of an answer
pub(super) fn documents<'a>(answer: &'a Document, field: &str) -> Result<Vec<&'a Document>, AskError> {
    let list = answer.get_array(field).map_err(|_| unreadable())?;
    Ok(list.iter().filter_map(Bson::as_document).collect())
}
