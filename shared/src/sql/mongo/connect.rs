//! Getting in: TLS that is verified, a login, one server.

use std::env;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use mongodb::Client;
use mongodb::bson::Document;
use mongodb::error::Error;
use mongodb::event::EventHandler;
use mongodb::event::sdam::SdamEvent;
use mongodb::options::{
    ClientOptions, Credential, ReadPreference, SelectionCriteria, ServerAddress, ServerMonitoringMode, Tls, TlsOptions,
};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::trouble;
use crate::sql::Door;
use crate::verify::{Trouble, TroubleKind};

/// How long one connection may take to be made
const SOCKET_WITHIN: Duration = Duration::from_secs(10);

/// How long a command waits for the server to be known as reachable
const SERVER_WITHIN: Duration = Duration::from_secs(15);

/// Most names that are tried for the file of certificates; older ones are left by processes that crashed
const MOST_NAMES: u32 = 64;

/// What a heartbeat of the driver brought
type Heartbeat = Result<Document, Error>;

/// The certificates as a file: the driver takes nothing but a path. It is ours alone and goes with the session.
pub(super) struct CaFile(PathBuf);

impl CaFile {
    pub(super) fn write(pem: &[u8]) -> io::Result<Self> {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        for _ in 0..MOST_NAMES {
            let name = format!("lifeboat-ca-{}-{}.pem", process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
            let path = env::temp_dir().join(name);
            // Never a file that is there already: whoever made it could change it.
            match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path) {
                Ok(mut file) => {
                    let written = Self(path);
                    file.write_all(pem)?;
                    return Ok(written);
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        Err(io::Error::new(io::ErrorKind::AlreadyExists, "every name for it is taken"))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for CaFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// A client of one server that has answered a greeting. Nobody has logged in yet.
pub(super) async fn client(door: &Door, certificates: &CaFile) -> Result<Client, Trouble> {
    let mut options = options(door, certificates);
    let mut heard = heartbeats(&mut options);
    let client = Client::with_options(options).map_err(|error| trouble::of_connecting(&error))?;
    // The first heartbeat decides. The driver itself would try again and again until its time is over, and then say only that
    // it found no server.
    match heard.recv().await {
        Some(Ok(hello)) => trouble::too_old(&hello).map_or(Ok(client), Err),
        Some(Err(error)) => Err(trouble::of_connecting(&error)),
        None => Err(Trouble { kind: TroubleKind::Other, message: "the driver ended before it connected".to_owned() }),
    }
}

fn options(door: &Door, certificates: &CaFile) -> ClientOptions {
    let credential = Credential::builder()
        .username(door.user.clone())
        .password(door.password.reveal().to_owned())
        .source("admin".to_owned())
        .build();
    let tls = TlsOptions::builder().ca_file_path(certificates.path().to_owned()).build();
    ClientOptions::builder()
        .hosts(vec![ServerAddress::Tcp { host: door.host.clone(), port: Some(door.port) }])
        .app_name("lifeboat data-check".to_owned())
        .credential(credential)
        .tls(Tls::Enabled(tls))
        // This server and no other: what it says of its replica set may name the database that the copy was made from.
        .direct_connection(true)
        .selection_criteria(SelectionCriteria::ReadPreference(ReadPreference::Primary))
        // DocumentDB knows no retryable writes; and a read that failed is told, not repeated on another connection.
        .retry_writes(false)
        .retry_reads(false)
        .server_monitoring_mode(ServerMonitoringMode::Poll)
        .connect_timeout(SOCKET_WITHIN)
        .server_selection_timeout(SERVER_WITHIN)
        .build()
}

fn heartbeats(options: &mut ClientOptions) -> UnboundedReceiver<Heartbeat> {
    let (tell, heard) = unbounded_channel();
    options.sdam_event_handler = Some(EventHandler::callback(move |event| {
        // Once the first was heard nobody listens any more, and that is no error.
        let _ = match event {
            SdamEvent::ServerHeartbeatSucceeded(event) => tell.send(Ok(event.reply)),
            SdamEvent::ServerHeartbeatFailed(event) => tell.send(Err(event.failure)),
            _ => Ok(()),
        };
    }));
    heard
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn the_file_of_certificates_is_private_and_goes_away() {
        let file = CaFile::write(b"-----BEGIN CERTIFICATE-----").unwrap();
        let path = file.path().to_owned();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read(&path).unwrap(), b"-----BEGIN CERTIFICATE-----");
        let other = CaFile::write(b"x").unwrap();
        assert_ne!(other.path(), path);
        drop(file);
        assert!(!path.exists() && other.path().exists());
    }
}
