//! A driver's errors in our own words.
//!
//! A database's messages may quote what is in its rows ("invalid input syntax for type integer: \"…\""), and what is said
//! here ends in records and mails. So messages about values are replaced by their code, and everything is cut.

use std::error::Error;
#[cfg(feature = "postgres")]
use std::io::ErrorKind;
use std::time::Duration;

#[cfg(feature = "postgres")]
use sqlx::postgres::{PgDatabaseError, PgSeverity};

use super::NameError;
use crate::moment;
use crate::verify::{Trouble, TroubleKind};

/// Longest message that is repeated, in characters
const LONGEST_MESSAGE: usize = 240;

/// Why one check could not be asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AskError {
    /// A name in the check cannot be used
    #[error(transparent)]
    Name(#[from] NameError),
    /// The server would not answer it
    #[error("the server refused it: {said} (SQLSTATE {code})")]
    Refused {
        /// SQLSTATE
        code: String,
        /// The server's words, without row data
        said: String,
    },
    /// The server of an engine that numbers its errors would not answer it
    #[error("the server refused it: {said} (code {code})")]
    RefusedWithCode {
        /// The engine's number
        code: i32,
        /// What it means, without data
        said: String,
    },
    /// It took longer than there was
    #[error("cut off after {} s: no more time was left for checks", .0.as_secs_f32().round())]
    TimeUp(Duration),
    /// The answer is not what such a check can be compared with
    #[error("{0}")]
    Unfit(String),
    /// The connection is gone; later checks cannot be asked either
    #[error("the connection was lost: {0}")]
    Lost(String),
}

/// Sorts the error of a query. `within` is what it was given.
#[cfg(feature = "postgres")]
pub(super) fn of_query(error: &sqlx::Error, within: Duration) -> AskError {
    let Some(database) = error.as_database_error() else {
        return match error {
            sqlx::Error::Decode(_) | sqlx::Error::ColumnDecode { .. } | sqlx::Error::RowNotFound => {
                AskError::Unfit("the server's answer could not be read".to_owned())
            }
            _ => AskError::Lost(chain(error)),
        };
    };
    let code = database.code().unwrap_or_default().into_owned();
    let said = brief(database.message());
    // The severity tells, not the code: after an ERROR the connection lives on, even after a "protocol violation".
    let severity = database.try_downcast_ref::<PgDatabaseError>().map(PgDatabaseError::severity);
    // Said from within a function (or by a foreign server), whatever its code: a function chooses its words and its code.
    let from_within = database.try_downcast_ref::<PgDatabaseError>().is_some_and(|error| error.r#where().is_some());
    match code.as_str() {
        _ if matches!(severity, Some(PgSeverity::Fatal | PgSeverity::Panic)) => AskError::Lost(said),
        "57014" => AskError::TimeUp(within),
        // 22 and 23 quote values; P0 is whatever a function of the database chose to say
        _ if from_within || ["22", "23", "P0"].iter().any(|class| code.starts_with(class)) => {
            AskError::Refused { code, said: "a value or a function raised an error; its text may show data".to_owned() }
        }
        _ => AskError::Refused { code, said },
    }
}

/// Sorts what came of connecting.
#[cfg(feature = "postgres")]
pub(super) fn of_connecting(error: &sqlx::Error) -> Trouble {
    let kind = match error {
        sqlx::Error::Tls(_) => TroubleKind::Tls,
        // rustls hands its errors through the socket, and only they are "invalid data" there
        sqlx::Error::Io(io) if io.kind() == ErrorKind::InvalidData => TroubleKind::Tls,
        sqlx::Error::Io(_) => TroubleKind::Network,
        sqlx::Error::Database(database) => match database.code().unwrap_or_default().as_ref() {
            "28P01" | "28000" | "42501" => TroubleKind::Login,
            "3D000" => TroubleKind::NoDatabase,
            _ => TroubleKind::Other,
        },
        _ => TroubleKind::Other,
    };
    Trouble { kind, message: chain(error) }
}

/// Says that nobody answered in time
pub(super) fn no_answer(within: Duration) -> Trouble {
    let span = moment::duration(jiff::SignedDuration::try_from(within).unwrap_or_default());
    Trouble {
        kind: TroubleKind::Network,
        message: format!("no answer within {span}; look at security groups and routes"),
    }
}

/// An error and its causes, each said once: libraries hide the cause that matters behind "could not connect"
pub(super) fn chain(error: &dyn Error) -> String {
    let mut said = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let words = cause.to_string();
        if !said.contains(&words) {
            said.push_str(": ");
            said.push_str(&words);
        }
        source = cause.source();
    }
    brief(&said)
}

/// A message on one line, cut where it gets long (a bad certificate is quoted whole by the driver)
pub(super) fn brief(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let line = words.join(" ");
    if line.chars().count() <= LONGEST_MESSAGE {
        return line;
    }
    format!("{}… (cut)", line.chars().take(LONGEST_MESSAGE).collect::<String>())
}

#[cfg(all(test, feature = "postgres"))]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn a_connection_that_fails_says_at_which_door_it_stood() {
        let table = [
            (sqlx::Error::Io(io::Error::from(ErrorKind::ConnectionRefused)), TroubleKind::Network),
            (sqlx::Error::Io(io::Error::from(ErrorKind::TimedOut)), TroubleKind::Network),
            (sqlx::Error::Io(io::Error::new(ErrorKind::InvalidData, "invalid peer certificate")), TroubleKind::Tls),
            (sqlx::Error::Tls("server does not support TLS".into()), TroubleKind::Tls),
            (sqlx::Error::Protocol("what?".to_owned()), TroubleKind::Other),
        ];
        for (error, kind) in table {
            assert_eq!(of_connecting(&error).kind, kind, "{error}");
        }
    }

    #[test]
    fn causes_are_told_once_and_cut() {
        let cause = io::Error::new(ErrorKind::InvalidData, "UnknownIssuer");
        assert_eq!(chain(&sqlx::Error::Io(cause)), "error communicating with database: UnknownIssuer");
        let long = chain(&sqlx::Error::Protocol("z\n".repeat(999)));
        assert!(long.ends_with("… (cut)") && !long.contains('\n'));
    }

    #[test]
    fn a_driver_that_lost_its_connection_is_told_from_a_server_that_refuses() {
        let lost = of_query(&sqlx::Error::Io(io::Error::from(ErrorKind::UnexpectedEof)), Duration::from_secs(1));
        assert!(matches!(lost, AskError::Lost(_)));
        let unfit = of_query(&sqlx::Error::RowNotFound, Duration::from_secs(1));
        assert!(matches!(unfit, AskError::Unfit(_)));
    }
}
