//! Where the live database is, for the backups of its tables.

use super::fields::Fields;
use super::words;
use super::wrong::Wrong;
use crate::database::{Dialect, Engine, Kind};
use crate::tables::Keep;
use crate::verify::Login;

/// Engines that a live database may have, by AWS's words and the short ones
const ENGINES: [&str; 5] = ["postgres", "mysql", "mariadb", "aurora-postgresql", "aurora-mysql"];

/// Where the live database is, and how far its tables may be copied
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Live {
    /// Host of its writer
    pub endpoint: String,
    /// Port; the engine's own when left out
    pub port: u16,
    /// Database to connect to
    pub database: String,
    /// Engine
    pub engine: Engine,
    /// How `table-backup` gets in
    pub login: Login,
    /// Most GiB that one backup may copy; 50 when left out
    pub largest_gib: u64,
    /// How long backups are kept; the newest 3 of each table, and all of 14 days, when left out
    pub keep: Keep,
}

impl Live {
    /// Most bytes that one backup may copy
    pub fn largest_bytes(&self) -> u64 {
        self.largest_gib.saturating_mul(1 << 30)
    }
}

pub(super) fn live(fields: &mut Fields<'_, '_>, kind: Option<Kind>) -> Option<Live> {
    if kind == Some(Kind::Documentdb) {
        let allowed = "nothing: a DocumentDB cluster has no tables to back up";
        fields.wrong("engine", "is of a DocumentDB cluster", Wrong::allowed(allowed));
    }
    let what = "the host of the writer's endpoint, such as \"prod.cluster-abc.eu-west-1.rds.amazonaws.com\"";
    let endpoint = fields.text("endpoint", what, |text| {
        let fine = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
        let ok = !text.is_empty() && text.len() <= 253 && text.chars().all(fine);
        let host = text.split([':', '/']).next().filter(|host| !host.is_empty() && host.chars().all(fine));
        if ok { Ok(text.to_owned()) } else { Err(Wrong { allowed: what.to_owned(), nearest: host.map(str::to_owned) }) }
    });
    let endpoint = fields.need("endpoint", what, endpoint);
    let engine = fields.word("engine", &ENGINES);
    let engine = fields.need("engine", &format!("one of {}", ENGINES.join(", ")), engine).map(Engine::from);
    let usual = match engine.as_ref().and_then(Engine::dialect) {
        Some(Dialect::Mysql) => 3306,
        _ => 5432,
    };
    let port = fields.whole("port", 1..=65_535).and_then(|port| u16::try_from(port).ok()).unwrap_or(usual);
    let what = "the database to connect to";
    let database = fields.text("database", what, |text| words::line(text, what, 128));
    let database = fields.need("database", what, database);
    let how = "an object with the method secret and a secret_arn, or the method iam and a user";
    let login = fields.object("login", login);
    let login = fields.need("login", how, login);
    let largest_gib = fields.whole("largest_gib", 1..=65_536).and_then(|gib| u64::try_from(gib).ok()).unwrap_or(50);
    let last = fields.whole("keep_last", 1..=1000).and_then(|last| usize::try_from(last).ok()).unwrap_or(3);
    let days = fields.whole("keep_days", 1..=3650).unwrap_or(14);
    Some(Live {
        endpoint: endpoint?,
        port,
        database: database?,
        engine: engine?,
        login: login?,
        largest_gib,
        keep: Keep { last, days },
    })
}

fn login(fields: &mut Fields<'_, '_>) -> Option<Login> {
    let method = fields.word("method", &["secret", "iam"]);
    let method = fields.need("method", "one of secret, iam", method);
    let what = "a database user";
    let user = fields.text("user", what, |text| words::line(text, what, 128));
    let what = "the ARN of a secret with the texts username and password";
    let secret = fields.text("secret_arn", what, |text| {
        let ok = text.starts_with("arn:") && text.contains(":secretsmanager:") && !text.contains(char::is_whitespace);
        if ok { words::line(text, what, 2048) } else { Err(Wrong::allowed(what)) }
    });
    if method? == "iam" {
        if secret.is_some() {
            fields.wrong("secret_arn", "is set", Wrong::allowed("nothing: iam needs no secret"));
        }
        return Some(Login::Iam { user: fields.need("user", "the database user that logs in with IAM", user)? });
    }
    if user.is_some() {
        fields.wrong("user", "is set", Wrong::allowed("nothing: the secret has the user's name"));
    }
    Some(Login::ManagedSecret { secret_arn: Some(fields.need("secret_arn", what, secret)?) })
}
