//! Pieces of flows that several functions share: generic over the ports, deciding nothing.
//!
//! | module | what belongs there |
//! |---|---|
//! | `policy` | the policy, read anew by every invocation |
//! | `troubles` | what went wrong along the way; red at the end |
//! | `remove` | an expired copy, one call nearer to its end |

mod policy;
mod remove;
mod troubles;

pub use policy::read_policy;
pub use remove::{remove_cluster, remove_instance};
pub use troubles::Troubles;
