//! This driver's errors in our own words.
//!
//! A server's message may quote a whole command or a document, so of what a server says only the code and the code's name
//! are repeated. What the driver itself says (of sockets, certificates, logins) holds no data.

use std::time::Duration;

use mongodb::bson::Document;
use mongodb::error::{Error, ErrorKind};

use super::values;
use crate::sql::AskError;
use crate::sql::trouble::chain;
use crate::verify::{Trouble, TroubleKind};

/// The oldest protocol that the driver speaks (`DRIVER_MIN_WIRE_VERSION` in its source: that of `MongoDB` 4.4)
const LEAST_WIRE_VERSION: u64 = 9;

/// What stops a check
#[derive(Debug)]
pub(super) enum Stop {
    /// What was asked about is not there
    Missing(String),
    /// It could not be asked
    Ask(AskError),
}

impl<E: Into<AskError>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Ask(error.into())
    }
}

/// Sorts the error of a command about `what`, which was given `within`
pub(super) fn of_command(error: &Error, what: &str, within: Duration) -> Stop {
    match error.kind.as_ref() {
        ErrorKind::Command(refusal) => match refusal.code {
            // MaxTimeMSExpired, ExceededTimeLimit
            50 | 262 => Stop::Ask(AskError::TimeUp(within)),
            26 => Stop::Missing(format!("there is no {what}")),
            // HostUnreachable, HostNotFound, NetworkTimeout, ShutdownInProgress, Interrupted… by a shutdown or a failover
            6 | 7 | 89 | 91 | 189 | 11_600 | 11_602 => Stop::Ask(AskError::Lost(name_of(&refusal.code_name))),
            code => {
                let name = name_of(&refusal.code_name);
                let said = match code {
                    13 => format!("the user may not read {what}"),
                    59 | 303 | 304 | 40_324 => format!("it does not know what is needed to read {what}: {name}"),
                    _ => format!("{name}, asked about {what}"),
                };
                Stop::Ask(AskError::RefusedWithCode { code, said })
            }
        },
        ErrorKind::InvalidResponse { .. } | ErrorKind::Bson(_) => Stop::Ask(unreadable()),
        ErrorKind::InvalidArgument { .. } => Stop::Ask(AskError::Unfit(format!("{what} cannot be asked about"))),
        _ => Stop::Ask(AskError::Lost(words(error))),
    }
}

pub(super) fn unreadable() -> AskError {
    AskError::Unfit("the server's answer could not be read".to_owned())
}

/// Sorts what came of connecting
pub(super) fn of_connecting(error: &Error) -> Trouble {
    let message = words(error);
    let kind = match error.kind.as_ref() {
        ErrorKind::Authentication { .. } => TroubleKind::Login,
        // Unauthorized, AuthenticationFailed
        ErrorKind::Command(refusal) if [13, 18].contains(&refusal.code) => TroubleKind::Login,
        // rustls hands its errors through the socket, and only they are "invalid data" there
        ErrorKind::Io(io) if io.kind() == std::io::ErrorKind::InvalidData => TroubleKind::Tls,
        ErrorKind::InvalidTlsConfig { .. } => TroubleKind::Tls,
        ErrorKind::IncompatibleServer { .. } => TroubleKind::Unsupported,
        ErrorKind::ServerSelection { message, .. } if message.contains("wire version") => TroubleKind::Unsupported,
        ErrorKind::Io(_)
        | ErrorKind::DnsResolve { .. }
        | ErrorKind::ServerSelection { .. }
        | ErrorKind::ConnectionPoolCleared { .. } => TroubleKind::Network,
        _ => TroubleKind::Other,
    };
    Trouble { kind, message }
}

/// A server that speaks a protocol too old for the driver, from its greeting
pub(super) fn too_old(hello: &Document) -> Option<Trouble> {
    let speaks = values::count(hello.get("maxWireVersion")).unwrap_or(0);
    if speaks >= LEAST_WIRE_VERSION {
        return None;
    }
    let which = match speaks {
        6 => "DocumentDB 3.6",
        7 => "DocumentDB 4.0",
        _ => "this server",
    };
    let message = format!(
        "{which} speaks an older protocol (wire version {speaks}) than the driver (at least {LEAST_WIRE_VERSION}): \
         the cluster and its instance came up, the data was not read"
    );
    Some(Trouble { kind: TroubleKind::Unsupported, message })
}

/// What the driver says, without the server's reply that it carries along
fn words(error: &Error) -> String {
    match error.kind.as_ref() {
        ErrorKind::Command(refusal) => {
            format!("the server refused: {} (code {})", name_of(&refusal.code_name), refusal.code)
        }
        kind => chain(kind),
    }
}

/// The name of a code, should it be one
fn name_of(code_name: &str) -> String {
    let is_name = (1..=60).contains(&code_name.len()) && code_name.chars().all(|c| c.is_ascii_alphanumeric());
    if is_name { code_name.to_owned() } else { "an error without a name".to_owned() }
}

#[cfg(test)]
mod tests {
    use mongodb::bson::doc;

    use super::*;

    #[test]
    fn a_protocol_that_is_too_old_is_named_by_its_release() {
        for (version, said) in [(6, "DocumentDB 3.6"), (7, "DocumentDB 4.0"), (8, "this server")] {
            let trouble = too_old(&doc! { "maxWireVersion": version }).unwrap();
            assert_eq!(trouble.kind, TroubleKind::Unsupported);
            assert!(trouble.message.starts_with(said) && trouble.message.contains("the data was not read"));
        }
        assert_eq!(too_old(&doc! { "maxWireVersion": 13 }), None);
        assert!(too_old(&doc! {}).is_some());
    }

    #[test]
    fn a_code_without_a_name_repeats_nothing_of_the_server() {
        assert_eq!(name_of("Unauthorized"), "Unauthorized");
        for text in ["", "name: 'Ada'", "名"] {
            assert_eq!(name_of(text), "an error without a name");
        }
    }
}
