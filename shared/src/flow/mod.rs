//! Pieces of flows that several functions share: generic over the ports, deciding nothing.
//!
//! | module | what belongs there |
//! |---|---|
//! | `closed` | records of ended runs, newest first; where open ones lie |
//! | `policy` | the policy, read anew by every invocation |
//! | `troubles` | what went wrong along the way; red at the end |
//! | `remove` | an expired copy, one call nearer to its end |

mod closed;
mod policy;
mod remove;
mod troubles;

pub use closed::{MOST_OPEN, OPEN, closed_keys, closed_record, closed_run_of, drill_of, run_of};
pub use policy::read_policy;
pub use remove::{remove_cluster, remove_instance};
pub use troubles::Troubles;
