//! Errors of MySQL and MariaDB in our own words.
//!
//! PostgreSQL keeps its messages about values in classes of their own. These two have data in the messages of many numbers
//! ("Incorrect DATE value: '…'", "XPATH syntax error: '…'"), so here it is the other way round: only the messages that are
//! known to speak of names, rights, syntax and the server are repeated, and of the rest the number alone.

use std::io::ErrorKind;
use std::time::Duration;

use sqlx::mysql::MySqlDatabaseError;

use crate::sql::AskError;
use crate::sql::trouble::{brief, chain};
use crate::verify::{Trouble, TroubleKind};

/// Numbers that say the statement ran into its time limit: MySQL's and MariaDB's
const TIME_UP: [u16; 2] = [3024, 1969];

/// Numbers after which the server hangs up: shutdown, a connection that was killed or aborted, broken packets, inactivity
const HANGS_UP: [u16; 10] = [1053, 1152, 1158, 1159, 1160, 1161, 1184, 1927, 4031, 1080];

/// An undefined table, an undefined database
const NOT_THERE: [u16; 2] = [1146, 1049];

/// Numbers whose messages speak of names, rights, syntax and the server, and never of what is in a row
const TELLING: [u16; 56] = [
    1007, 1050, 1114, 1359, 1360, 1412, 1419, 1822, 1824, 1826, 126, 127, 134, 144, 145, 194, 1016, 1017, 1030, 1033,
    1034, 1035, 1044, 1045, 1046, 1049, 1051, 1054, 1060, 1064, 1066, 1109, 1142, 1143, 1146, 1194, 1195, 1205, 1210,
    1213, 1221, 1227, 1241, 1242, 1243, 1248, 1267, 1305, 1317, 1356, 1370, 1449, 1792, 1812, 1814, 1932,
];

/// The server's number for an error
pub(super) fn number(error: &sqlx::Error) -> Option<u16> {
    let database = error.as_database_error()?;
    database.try_downcast_ref::<MySqlDatabaseError>().map(MySqlDatabaseError::number)
}

/// Whether the error says that a table or its database is not there
pub(super) fn is_missing(error: &AskError) -> bool {
    is_number(error, &NOT_THERE)
}

/// Whether the error is one of these numbers
pub(super) fn is_number(error: &AskError, numbers: &[u16]) -> bool {
    let AskError::Refused { code, .. } = error else { return false };
    numbers.iter().any(|number| code.ends_with(&format!(" error {number}")))
}

/// Sorts the error of a query. `within` is what it was given.
pub(super) fn of_query(error: &sqlx::Error, within: Duration) -> AskError {
    let Some(database) = error.as_database_error() else {
        return match error {
            sqlx::Error::Decode(_) | sqlx::Error::ColumnDecode { .. } | sqlx::Error::RowNotFound => {
                AskError::Unfit("the server's answer could not be read".to_owned())
            }
            _ => AskError::Lost(chain(error)),
        };
    };
    let number = number(error).unwrap_or_default();
    if HANGS_UP.contains(&number) {
        return AskError::Lost(brief(database.message()));
    }
    if TIME_UP.contains(&number) {
        return AskError::TimeUp(within);
    }
    let code = format!("{}, error {number}", database.code().unwrap_or_default());
    let said = if TELLING.contains(&number) {
        brief(database.message())
    } else {
        "the server's words may show data and are left out".to_owned()
    };
    AskError::Refused { code, said }
}

/// Sorts what came of connecting.
pub(super) fn of_connecting(error: &sqlx::Error) -> Trouble {
    let kind = match error {
        sqlx::Error::Tls(_) => TroubleKind::Tls,
        // rustls hands its errors through the socket, and only they are "invalid data" there
        sqlx::Error::Io(io) if io.kind() == ErrorKind::InvalidData => TroubleKind::Tls,
        sqlx::Error::Io(_) => TroubleKind::Network,
        sqlx::Error::Database(_) => match number(error) {
            // Access denied in its forms, a host that may not come, an account that is locked or whose password ran out.
            // To a user without rights on a database 1044 may also mean that it is not there; the message names it.
            Some(1044 | 1045 | 1130 | 1698 | 1820 | 1862 | 3118 | 4151) => TroubleKind::Login,
            Some(1049) => TroubleKind::NoDatabase,
            _ => TroubleKind::Other,
        },
        _ => TroubleKind::Other,
    };
    Trouble { kind, message: chain(error) }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn a_connection_that_fails_says_at_which_door_it_stood() {
        let table = [
            (sqlx::Error::Io(io::Error::from(ErrorKind::ConnectionRefused)), TroubleKind::Network),
            (sqlx::Error::Io(io::Error::new(ErrorKind::InvalidData, "invalid peer certificate")), TroubleKind::Tls),
            (sqlx::Error::Tls("server does not support TLS".into()), TroubleKind::Tls),
            (sqlx::Error::Protocol("what?".to_owned()), TroubleKind::Other),
        ];
        for (error, kind) in table {
            assert_eq!(of_connecting(&error).kind, kind, "{error}");
        }
    }

    #[test]
    fn a_missing_table_is_told_from_other_refusals_by_the_whole_number() {
        let refused = |number: u16| AskError::Refused { code: format!("42S02, error {number}"), said: String::new() };
        assert!(is_missing(&refused(1146)) && is_missing(&refused(1049)));
        assert!(!is_missing(&refused(146)) && !is_missing(&refused(11_146)) && !is_missing(&refused(1054)));
        assert!(!is_missing(&AskError::Unfit("error 1146".to_owned())));
    }
}
