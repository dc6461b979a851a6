//! A DocumentDB session that can only read.
//!
//! There is no read-only mode to ask a server for, so the lock is here: `read` makes every command that this driver can
//! send, all of them read, and none is made of a policy's text. Each carries `maxTimeMS`, the time that is left for its
//! check; of what a document holds only the one field that was asked about leaves the server.
//!
//! | file | what belongs there |
//! |---|---|
//! | `connect` | TLS, login, one server |
//! | `names` | collections and fields |
//! | `read` | the commands |
//! | `ask` | one check |
//! | `lists` | databases, collections, indexes, users; the inventory |
//! | `describe` | what an index, a collection, a user is, in a few words |
//! | `values` | counts and times out of documents |
//! | `trouble` | errors in our own words |
//!
//! It was tested against a double of ours that speaks the wire protocol, not against a real DocumentDB.

mod ask;
mod connect;
mod describe;
mod lists;
mod names;
mod read;
mod trouble;
mod values;

use std::future::IntoFuture as _;
use std::time::Duration;

use jiff::tz::TimeZone;
use mongodb::Client;
use tokio::time::error::Elapsed;
use tokio::time::{Instant, timeout};

use self::ask::Asking;
use self::connect::CaFile;
use self::read::Read;
use self::trouble::Stop;
use super::trouble::no_answer;
use super::{AskError, Door, Session};
use crate::verify::{Check, Reply, SchemaFacts, Trouble, TroubleKind};

/// How long connecting may take
const CONNECT_WITHIN: Duration = Duration::from_secs(30);

/// How much later than the server we stop waiting ourselves, should the server not keep its own time limit
const GRACE: Duration = Duration::from_secs(3);

/// The longest time limit that a command is given
const LONGEST: Duration = Duration::from_secs(3600);

/// How long a goodbye may take
const CLOSE_WITHIN: Duration = Duration::from_secs(2);

/// One client of one server, and whether it still answers.
pub struct MongoSession {
    client: Client,
    database: String,
    version: String,
    lost: Option<String>,
    _certificates: CaFile,
}

impl MongoSession {
    /// Connects with TLS, the certificate and its name verified, logs in and asks for the server's version
    pub(super) async fn open(door: &Door, ca_bundle: &[u8]) -> Result<Self, Trouble> {
        let certificates = CaFile::write(ca_bundle).map_err(|error| Trouble {
            kind: TroubleKind::Other,
            message: format!("the certificates could not be written to a temporary file: {error}"),
        })?;
        match timeout(CONNECT_WITHIN, Box::pin(greet(door, &certificates))).await {
            Ok(Ok((client, version))) => {
                let database = door.database.clone();
                Ok(Self { client, database, version, lost: None, _certificates: certificates })
            }
            Ok(Err(trouble)) => Err(trouble),
            Err(_) => Err(no_answer(CONNECT_WITHIN)),
        }
    }

    fn asking(&self, within: Duration) -> Result<Asking<'_>, AskError> {
        if let Some(why) = &self.lost {
            return Err(AskError::Lost(why.clone()));
        }
        let deadline = Instant::now() + within.min(LONGEST);
        Ok(Asking { client: &self.client, database: &self.database, within, deadline })
    }

    /// Keeps in mind what the next check must know
    fn settle<T>(&mut self, within: Duration, answer: Result<Result<T, AskError>, Elapsed>) -> Result<T, AskError> {
        // Cut in the middle of an answer the driver drops that connection, and makes another for the next check.
        let answer = answer.unwrap_or(Err(AskError::TimeUp(within)));
        if let Err(AskError::Lost(why)) = &answer {
            self.lost = Some(why.clone());
        }
        answer
    }
}

/// Boxed by its caller: the driver's futures nest deep.
async fn greet(door: &Door, certificates: &CaFile) -> Result<(Client, String), Trouble> {
    let client = connect::client(door, certificates).await?;
    let version = client.database("admin").run_command(Read::Version.document()).await;
    let version = version.map_err(|error| trouble::of_connecting(&error))?;
    let version = format!("DocumentDB {}", version.get_str("version").unwrap_or("of an unknown version"));
    Ok((client, version))
}

impl Session for MongoSession {
    async fn ask(&mut self, check: &Check, _zone: &TimeZone, within: Duration) -> Result<Reply, AskError> {
        let asking = self.asking(within)?;
        let answer = timeout(within.saturating_add(GRACE), Box::pin(ask::find(&asking, check))).await;
        self.settle(within, answer).map(Reply::from)
    }

    async fn inventory(&mut self, within: Duration) -> Result<Vec<SchemaFacts>, AskError> {
        let asking = self.asking(within)?;
        let answer = timeout(within.saturating_add(GRACE), Box::pin(lists::inventory(&asking))).await;
        let answer = answer.map(|answer| {
            answer.map_err(|stop| match stop {
                Stop::Missing(said) => AskError::Unfit(said),
                Stop::Ask(error) => error,
            })
        });
        self.settle(within, answer)
    }

    fn server_version(&self) -> &str {
        &self.version
    }

    async fn close(self) {
        let _ = timeout(CLOSE_WITHIN, Box::pin(self.client.shutdown().into_future())).await;
    }
}
