//! A double of DocumentDB: a server of ours that speaks MongoDB's wire protocol over TLS. **It is not the real thing**: no real
//! one can be had for tests, and what is true of this one was read in manuals and in the driver's source.
//!
//! It knows the commands that `data-check` sends with the few operators they use, and refuses every other one as a server
//! would. It really checks logins (SCRAM-SHA-1, as DocumentDB offers), pages its cursors, keeps `maxTimeMS`, and writes down
//! every command that it was sent. What should go wrong is a [`Fault`].
//!
//! | file | what belongs there |
//! |---|---|
//! | `serve` | connections: TLS, messages, logins, faults |
//! | `scram` | the server's side of a login |
//! | `data` | databases, collections, users |
//! | `shop` | the data that most tests begin with |
//! | `commands` | what each command answers |
//! | `query` | filters, sorts, projections, pipelines |

mod commands;
mod data;
mod query;
mod scram;
mod serve;
mod shop;

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;
use std::{fs, io};

use bson::Document;
use tokio::sync::oneshot;

pub use data::{Collection, Data};
pub use shop::{date, id, shop};

use crate::postgres::authority;

/// The master user
pub const MASTER: &str = "master";
/// Its password
pub const MASTER_PASSWORD: &str = "Correct-Horse-9";

/// What a double reports as the newest protocol it speaks: DocumentDB 5.0
const WIRE_VERSION: i32 = 13;

/// What goes wrong with a command.
#[derive(Debug, Clone, Copy)]
pub enum Fault {
    /// It takes this long; a command with less time is cut, as a server does
    Slow(Duration),
    /// It is never answered, whatever time it was given
    Deaf,
    /// The connection is closed instead of an answer
    Cut,
    /// It is refused with a code and its name, and a message that quotes what should not be repeated
    Refuse(i32, &'static str),
    /// Its answer is a document that says nothing
    Senseless,
}

/// Who knows passwords that the data does not hold
type Passwords = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// What every connection shares
pub(crate) struct State {
    pub(crate) data: Data,
    pub(crate) passwords: Option<Passwords>,
    pub(crate) wire_version: i32,
    pub(crate) faults: BTreeMap<String, Fault>,
    /// Documents in one batch, whatever the client asks for
    pub(crate) batch: usize,
    pub(crate) cursors: BTreeMap<i64, (String, Vec<Document>)>,
    pub(crate) seen: Vec<Document>,
}

/// A running double; it stops when this is dropped.
pub struct Double {
    port: u16,
    ca: Vec<u8>,
    state: Arc<Mutex<State>>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Double {
    /// Starts one with this data, and an authority of its own
    pub fn start(data: Data) -> Self {
        let home = tempfile::Builder::new().prefix("lifeboat-mongo-").tempdir().unwrap();
        authority(home.path()).unwrap_or_else(|error| panic!("{error}"));
        Self::start_with(data, home.path())
    }

    /// Starts one with this data, and the certificate for `localhost` that lies in a folder with its key and its authority's
    /// (`server.pem`, `server.key`, `ca.pem`)
    pub fn start_with(data: Data, certificates: &Path) -> Self {
        let tls = serve::tls(certificates);
        let state = Arc::new(Mutex::new(State {
            data,
            passwords: None,
            wire_version: WIRE_VERSION,
            faults: BTreeMap::new(),
            batch: 2,
            cursors: BTreeMap::new(),
            seen: Vec::new(),
        }));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let (stop, stopped) = oneshot::channel();
        let shared = state.clone();
        // A thread of its own: tests may block theirs.
        let thread = thread::spawn(move || serve::run(listener, &tls, &shared, stopped));
        let ca = fs::read(certificates.join("ca.pem")).unwrap();
        Self { port, ca, state, stop: Some(stop), thread: Some(thread) }
    }

    /// Its port on `localhost`
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The certificate of its authority, PEM
    pub fn ca(&self) -> Vec<u8> {
        self.ca.clone()
    }

    /// Changes the data from outside
    pub fn change(&self, change: impl FnOnce(&mut Data)) {
        change(&mut self.state().data);
    }

    /// From now on this is asked for a user's password at each login, and not the data: for passwords that change
    pub fn asks_for_passwords(&self, passwords: impl Fn(&str) -> Option<String> + Send + Sync + 'static) {
        self.state().passwords = Some(Arc::new(passwords));
    }

    /// Makes a command go wrong from now on
    pub fn fault(&self, command: &str, fault: Fault) {
        self.state().faults.insert(command.to_owned(), fault);
    }

    /// Makes a command go well again
    pub fn heal(&self, command: &str) {
        self.state().faults.remove(command);
    }

    /// The newest protocol that it says it speaks
    pub fn speaks(&self, wire_version: i32) {
        self.state().wire_version = wire_version;
    }

    /// Every command that came since it was last asked
    pub fn seen(&self) -> Vec<Document> {
        std::mem::take(&mut self.state().seen)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

impl Drop for Double {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

pub(crate) fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a connection's life ends in
pub(crate) type Io<T> = io::Result<T>;
