//! Where a database is, and who knocks.

use std::fmt;

use crate::database::Engine;

/// A password or a token. It can be shown to a server and to nobody else.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

impl Password {
    /// Takes a password over
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The password itself, for the one call that needs it
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// Everything that a driver needs to get in.
#[derive(Debug, Clone)]
pub struct Door {
    /// Engine behind the endpoint
    pub engine: Engine,
    /// Host; the server's certificate must be for this name
    pub host: String,
    /// Port
    pub port: u16,
    /// Database
    pub database: String,
    /// Database user
    pub user: String,
    /// Its password, or the IAM token that stands for one
    pub password: Password,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_not_in_what_a_log_would_print() {
        let door = Door {
            engine: Engine::Postgres,
            host: "copy".to_owned(),
            port: 5432,
            database: "app".to_owned(),
            user: "drill".to_owned(),
            password: Password::new("tr0ub4dor"),
        };
        assert!(!format!("{door:?}").contains("tr0ub4dor"));
        assert_eq!(door.password.reveal(), "tr0ub4dor");
    }
}
