//! An export of a snapshot to S3 in Parquet, for the archive of years.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::database::{Engine, Snapshot};
use crate::policy::Mistakes;
use crate::request::ExportSnapshot;
use crate::restore::fitted;

/// An export to be begun (`StartExportTask`)
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartExport {
    /// Identifier of the task; the same request has the same one, and AWS refuses a second
    pub task: String,
    /// ARN of the snapshot
    pub source_arn: String,
    /// Bucket
    pub bucket: String,
    /// Prefix in the bucket
    pub prefix: Option<String>,
    /// KMS key; an export is always encrypted
    pub kms_key: String,
    /// ARN of the role that RDS takes on to write to the bucket
    pub role: String,
}

/// What a request comes to, for a snapshot that was read just now.
pub fn export(now: Timestamp, request: &ExportSnapshot, snapshot: &Snapshot) -> Result<StartExport, Mistakes> {
    let refuse = |was: String, allowed: &str| Err(Mistakes::one("export", was, allowed, None));
    if !matches!(
        snapshot.engine,
        Engine::AuroraPostgresql | Engine::AuroraMysql | Engine::Postgres | Engine::Mysql | Engine::Mariadb
    ) {
        let was = format!("names {}, of the engine {}", snapshot.identifier, snapshot.engine.word());
        return refuse(was, "a snapshot of Aurora or of RDS for PostgreSQL, MySQL or MariaDB: AWS exports no other");
    }
    if snapshot.status != "available" {
        let was = format!("names {}, whose status is {}", snapshot.identifier, snapshot.status);
        return refuse(was, "a snapshot whose status is available");
    }
    let at = request.scheduled_time.unwrap_or(now).to_zoned(TimeZone::UTC).strftime("%Y%m%d%H%M").to_string();
    // Automated ones carry a colon, which a task's name may not.
    let name = snapshot.identifier.to_lowercase().replace(':', "-");
    Ok(StartExport {
        task: fitted("export-", &name, &at),
        source_arn: snapshot.arn.clone(),
        bucket: request.bucket.clone(),
        prefix: request.prefix.clone(),
        kms_key: request.kms_key_id.clone(),
        role: request.role.clone(),
    })
}
