//! Kinds and engines of databases.

use serde::{Deserialize, Serialize};

/// What a policy says a database is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// An Aurora cluster, provisioned or Serverless v2
    Aurora,
    /// A single RDS instance
    Rds,
    /// A DocumentDB cluster
    Documentdb,
}

impl Kind {
    /// Every kind, as the policy writes it
    pub const WORDS: [&'static str; 3] = ["aurora", "rds", "documentdb"];

    /// The kind that a policy's word names
    pub fn from_word(word: &str) -> Option<Self> {
        match word {
            "aurora" => Some(Self::Aurora),
            "rds" => Some(Self::Rds),
            "documentdb" => Some(Self::Documentdb),
            _ => None,
        }
    }

    /// The policy's word
    pub fn word(self) -> &'static str {
        match self {
            Self::Aurora => "aurora",
            Self::Rds => "rds",
            Self::Documentdb => "documentdb",
        }
    }

    /// Whether AWS restores a cluster first and wants an instance attached to it afterwards
    pub fn is_clustered(self) -> bool {
        matches!(self, Self::Aurora | Self::Documentdb)
    }
}

/// An engine, by the word AWS uses.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum Engine {
    /// `aurora-postgresql`
    AuroraPostgresql,
    /// `aurora-mysql`
    AuroraMysql,
    /// `postgres`
    Postgres,
    /// `mysql`
    Mysql,
    /// `mariadb`
    Mariadb,
    /// `docdb`
    Docdb,
    /// An engine Lifeboat does not restore (Neptune and others appear in the same lists)
    Other(String),
}

/// The language a client speaks to an engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Dialect {
    /// PostgreSQL's protocol and catalogue
    Postgres,
    /// MySQL's and MariaDB's
    Mysql,
    /// The wire protocol of `MongoDB`
    Mongo,
}

impl Engine {
    /// AWS's word
    pub fn word(&self) -> &str {
        match self {
            Self::AuroraPostgresql => "aurora-postgresql",
            Self::AuroraMysql => "aurora-mysql",
            Self::Postgres => "postgres",
            Self::Mysql => "mysql",
            Self::Mariadb => "mariadb",
            Self::Docdb => "docdb",
            Self::Other(word) => word,
        }
    }

    /// The language its clients speak; `None` for an engine that Lifeboat does not restore
    pub fn dialect(&self) -> Option<Dialect> {
        match self {
            Self::AuroraPostgresql | Self::Postgres => Some(Dialect::Postgres),
            Self::AuroraMysql | Self::Mysql | Self::Mariadb => Some(Dialect::Mysql),
            Self::Docdb => Some(Dialect::Mongo),
            Self::Other(_) => None,
        }
    }

    /// Whether a policy entry of `kind` may name a database of this engine
    pub fn fits(&self, kind: Kind) -> bool {
        match kind {
            Kind::Aurora => matches!(self, Self::AuroraPostgresql | Self::AuroraMysql),
            Kind::Rds => matches!(self, Self::Postgres | Self::Mysql | Self::Mariadb),
            Kind::Documentdb => matches!(self, Self::Docdb),
        }
    }
}

impl From<String> for Engine {
    fn from(word: String) -> Self {
        match word.as_str() {
            "aurora-postgresql" => Self::AuroraPostgresql,
            "aurora-mysql" => Self::AuroraMysql,
            "postgres" => Self::Postgres,
            "mysql" => Self::Mysql,
            "mariadb" => Self::Mariadb,
            "docdb" => Self::Docdb,
            _ => Self::Other(word),
        }
    }
}

impl From<&str> for Engine {
    fn from(word: &str) -> Self {
        Self::from(word.to_owned())
    }
}

impl From<Engine> for String {
    fn from(engine: Engine) -> Self {
        engine.word().to_owned()
    }
}
