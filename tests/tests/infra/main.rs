//! Terraform and the code say the same: what a function may do is what its adapters call, rules let through the events that
//! the function takes, and the policy that Terraform renders is one that the functions read.
//!
//! The Terraform files are read as they stand, and only [`applied`] runs Terraform. What it renders is held to the same files in
//! `infra/tests/fixtures` by `terraform test`.
//!
//! | module | what it holds |
//! |---|---|
//! | [`actions`] | each role to the actions that its function's adapters list |
//! | [`copies`], [`others`] | what the roles of `restore-drill` and of the others say beyond that |
//! | [`emergency`], [`emergency_cut_over`] | the role of `emergency-restore` to what it may ([`emergency_may`]) and may not do ([`emergency_may_not`]) |
//! | [`tables`] | the role of `table-backup` to what it may and may not do, and its requests |
//! | [`evaluator`], [`calls`] | IAM's evaluation of a policy, as far as ours go; the calls that it is asked for |
//! | [`events`], [`matching`] | every rule to the samples in `events/` |
//! | [`policies`] | rendered policies to their reader |
//! | [`applied`] | the whole module on the local AWS: plan, apply, a scheduled drill, a second plan, destroy; every call to its role |
//! | [`adapters`], [`terraform`] | the lists in the code; Terraform's files |

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test")]
#![allow(clippy::too_many_lines, reason = "tables of calls are as long as they have to be")]

mod actions;
mod adapters;
mod applied;
mod calls;
mod copies;
mod emergency;
mod emergency_cut_over;
mod emergency_may;
mod emergency_may_not;
mod evaluator;
mod events;
mod matching;
mod others;
mod policies;
mod tables;
mod terraform;
