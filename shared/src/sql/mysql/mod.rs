//! MySQL and MariaDB.

use std::time::Duration;

use jiff::tz::TimeZone;

use super::{AskError, Door, Session};
use crate::verify::{Check, Reply, SchemaFacts, Trouble};

/// One connection
pub struct MysqlSession {
    version: String,
}

impl MysqlSession {
    /// Connects
    pub(super) async fn open(door: &Door, _ca_bundle: &[u8]) -> Result<Self, Trouble> {
        Err(super::unsupported(door.engine.word()))
    }
}

impl Session for MysqlSession {
    async fn ask(&mut self, _check: &Check, _zone: &TimeZone, _within: Duration) -> Result<Reply, AskError> {
        Err(AskError::Unfit("not asked yet".to_owned()))
    }

    async fn inventory(&mut self, _within: Duration) -> Result<Vec<SchemaFacts>, AskError> {
        Err(AskError::Unfit("not asked yet".to_owned()))
    }

    fn server_version(&self) -> &str {
        &self.version
    }

    async fn close(self) {}
}
