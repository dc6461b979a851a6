//! Backups of single tables, made before a job runs and put back when it broke them.
//!
//! Everything here is pure: which names backups have, what a registry's line says, what is left to be done after a crash,
//! what a clean-up may drop. The statements are in `sql`.
//!
//! | file | what belongs there |
//! |---|---|
//! | `name` | names of tables as people write them; names of copies, of what is put aside |
//! | `entry` | one line of the registry: a table in a backup, and what has become of it |
//! | `resume` | what a request that died left behind, and what is done about it |
//! | `keep` | what a clean-up drops, and what it never does |
//! | `open` | failures of jobs that are still open |
//! | `document` | what the bucket is told of a backup |
//! | `words` | what people read |

mod document;
mod entry;
mod keep;
mod name;
mod open;
mod resume;
mod words;

pub use document::{Document, DocumentTable, document_key};
pub use entry::{Aside, Details, Entry, Phase, Restore, State};
pub use keep::{Doomed, Keep, Keeps, Kept, Sweep, clean_up};
pub use name::{NameMistake, TableName, aside_name, backup_id, copy_name, index_aside_name, staging_name};
pub use open::OpenFailures;
pub use resume::{Leftover, leftover};
pub use words::{backed_up, cleaned_up, listed, restored, undone};

/// The schema (PostgreSQL) or database (MySQL) of the copies and of the registry: nothing that an ETL drops by its own
/// schema's name reaches in here
pub const HOME: &str = "lifeboat_backups";

/// The registry's table in [`HOME`]
pub const REGISTRY: &str = "registry";

/// Most tables of one request
pub const MOST_TABLES: usize = 100;
