//! Every word a person reads: mails, report pages, the names of metrics.
//!
//! A mail begins with three lines: what happened, is data at risk, what to do now. [`Verdict::because`] picks them, with
//! commands to paste. Everything from outside passes through one place that takes out what is invisible and bounds
//! its length; a line and a subject cannot get longer than they may be, whatever is in them.
//!
//! [`Verdict::because`]: crate::verify::Verdict::because

mod advice;
mod advice_gone;
mod advice_unknown;
mod by_hand;
mod checkup;
mod checkup_costs;
mod checkup_finding;
mod checkup_first;
mod checkup_lists;
mod checkup_standing;
#[cfg(test)]
mod checkup_tests;
mod command;
mod drill;
mod ended;
mod facts;
mod glue;
mod glue_others;
#[cfg(test)]
mod glue_tests;
mod glue_way;
mod leftovers;
mod letter;
mod lifecycle;
mod lifecycle_answers;
mod lifecycle_left;
mod lifecycle_table;
#[cfg(test)]
mod lifecycle_tests;
mod metric;
pub mod page;
mod recovery;
#[cfg(test)]
mod recovery_mails_tests;
mod recovery_plan;
#[cfg(test)]
mod recovery_tests;
mod recovery_windows;
#[cfg(test)]
mod requests_tests;
mod shell;
mod summary;
mod tables;
mod tally;
mod text;

#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod tests;

pub use checkup::checkup_mail;
pub use checkup_standing::{checkup_line, checkup_message, checkup_metrics};
pub use drill::drill_mail;
pub use ended::{Ended, ended_mail};
pub use facts::report_key;
pub use glue::{JobFacts, job_mail};
pub use glue_others::{job_message, job_metrics, jobs_message, not_told};
pub use leftovers::leftovers_mail;
pub use letter::Mail;
pub use lifecycle::{Done, lifecycle_mail, lifecycle_metrics, plan_message};
pub use lifecycle_answers::{export_message, export_status_message, quota_message, status_message, taken_message};
pub use lifecycle_left::left_behind_mail;
pub use metric::{Metric, Unit, drill_metrics, heartbeat};
pub use recovery::{PhaseStatus, RunStatus, recovery_mail, run_status, status_of_run_message};
pub use recovery_plan::plan_of_recovery_message;
pub use recovery_windows::windows_message;
pub use summary::Summary;
pub use tables::{Verified, verified_mail};
