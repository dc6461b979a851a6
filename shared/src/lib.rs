//! Lifeboat proves that database backups restore.
//!
//! Every decision lives in a **pure** module: no SDK, no clock, no randomness, no `.await`; `now` is an argument. With no
//! cargo feature on, these modules are all that compiles.
//!
//! | module | what belongs there |
//! |---|---|
//! | [`policy`] | the one document that says which databases are protected and how; its mistakes, all at once |
//! | [`request`] | what people and schedules send, parsed strictly; what only wakes a function up |
//! | [`database`] | the facts about clusters, instances and snapshots, in our own words |
//! | [`moment`] | times and durations as people write and read them |
//! | [`restore`] | the restore machine: records, phases, decisions, names, tags, the `Owned` gate |
//! | [`checkup`] | what is wrong with backups: findings, their state from day to day, what is told |
//! | [`lifecycle`] | which snapshots are kept, copied and let go, and the gate before every deletion |
//! | [`recover`] | recoveries: a database brought back whole, and cut over to when asked |
//! | [`glue`] | Glue jobs: what became of a run, who has to know, what can be put back |
//! | [`tables`] | backups of single tables before a job runs, and putting them back |
//! | [`verify`] | checks, answers and the verdict |
//! | [`mail`] | every word a person reads: mails, report pages, metrics' names |
//!
//! Around them, the edges:
//!
//! | module | what belongs there |
//! |---|---|
//! | [`fault`] | errors at the AWS edge, typed and classified |
//! | [`ports`] | what a flow needs of the world, one small trait for each capability; reading and destroying are apart |
//! | `aws` | adapters, one file for each service, each behind a feature; they translate and never decide |
//! | `sql` | database drivers, behind features |
//! | `flow` | pieces of flows that several functions share |
//! | `run` | the Lambda edge: environment, logs, dispatch, red at the end |
//!
//! Data flows one way: observe, decide, record, act, record, tell.

pub mod checkup;
pub mod database;
pub mod fault;
pub mod glue;
pub mod lifecycle;
pub mod mail;
pub mod moment;
pub mod policy;
pub mod ports;
pub mod recover;
pub mod request;
pub mod restore;
pub mod tables;
pub mod verify;

#[cfg(feature = "aws")]
pub mod aws;
#[cfg(feature = "run")]
pub mod flow;
#[cfg(feature = "run")]
pub mod run;
#[cfg(any(feature = "postgres", feature = "mysql", feature = "mongo"))]
pub mod sql;
