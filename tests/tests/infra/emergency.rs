//! What `emergency-restore` may and may not do, with and without the right to cut over.
//!
//! The documents are those that Terraform renders for two databases: the Aurora cluster `prod-orders`, which has a vault of AWS
//! Backup, and the RDS instance `prod-billing`. AWS asks for a call's action on each of several resources, and one that is not
//! allowed refuses the call (Service Authorization Reference, "Resource types").

use std::collections::BTreeSet;

use crate::emergency_may::needed;
use crate::emergency_may_not::{denied, not_allowed};
use crate::evaluator::{Outcome, Role};
use crate::terraform::{allowed, read, statements};

/// The role where `emergency_cut_over` is false
pub(crate) fn plain() -> Role {
    role("emergency-restore")
}

/// The role where it is true, with one proxy
pub(crate) fn with_cut_over() -> Role {
    role("emergency-restore-cut-over")
}

fn role(name: &str) -> Role {
    let document = |name: &str| read(&format!("infra/tests/fixtures/{name}.iam.json"));
    let (own, fence) = (document(name), document(&format!("{name}-fence")));
    Role::of(&[&own, &fence])
}

#[test]
fn the_documents_are_of_terraforms_files() {
    let own = statements("emergency_restore.tf", "emergency_restore");
    let fence = statements("emergency_restore.tf", "emergency_restore_fence");
    assert!(own.iter().all(|statement| statement.allows) && fence.iter().all(|statement| !statement.allows));
    let with = with_cut_over();
    let rendered: BTreeSet<String> = with.allowed().map(str::to_owned).collect();
    assert_eq!(rendered, allowed(&own), "with everything given, everything stands");
    let targets = ["rds:DeregisterDBProxyTargets", "rds:RegisterDBProxyTargets"];
    let without: BTreeSet<String> = rendered.into_iter().filter(|action| !targets.contains(&action.as_str())).collect();
    assert_eq!(plain().allowed().map(str::to_owned).collect::<BTreeSet<_>>(), without);
}

#[test]
fn a_recovery_has_every_right_that_it_needs() {
    let (plain, with) = (plain(), with_cut_over());
    for (what, call) in needed() {
        assert_eq!(call.outcome(&plain), Outcome::Allowed, "{what}");
        assert_eq!(call.outcome(&with), Outcome::Allowed, "{what}, with cut-over");
    }
}

#[test]
fn nothing_is_deleted_and_production_not_touched_whatever_else_the_role_gets() {
    let (plain, with) = (plain(), with_cut_over());
    for (what, call) in denied() {
        assert_eq!(call.outcome(&plain), Outcome::Denied, "{what}");
        assert_eq!(call.outcome(&with), Outcome::Denied, "{what}, with cut-over");
    }
}

#[test]
fn what_it_does_not_need_it_may_not() {
    let (plain, with) = (plain(), with_cut_over());
    for (what, call) in not_allowed() {
        assert_eq!(call.outcome(&plain), Outcome::NotAllowed, "{what}");
        assert_eq!(call.outcome(&with), Outcome::NotAllowed, "{what}, with cut-over");
    }
}

#[test]
fn the_fence_is_the_second_lock_and_not_the_only_one() {
    for name in ["emergency-restore", "emergency-restore-cut-over"] {
        let own = Role::of(&[&read(&format!("infra/tests/fixtures/{name}.iam.json"))]);
        for (what, call) in denied() {
            assert_eq!(call.outcome(&own), Outcome::NotAllowed, "{name}: {what}");
        }
    }
}
