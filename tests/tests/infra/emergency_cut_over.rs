//! What `emergency_cut_over` adds to the role of `emergency-restore`: names are swapped and a proxy is moved, of what the policy
//! names and there and back, and nothing else.

use lifeboat::recover::{Move, Server, swap_moves};

use crate::calls::{Call, call};
use crate::emergency::{plain, with_cut_over};
use crate::evaluator::{Outcome, like};
use crate::terraform::{read, statements};

const PROXY: &str = "db-proxy:prx-0a1b2c3d4e5f60718";
const GROUP: &str = "target-group:prx-tg-0a1b2c3d4e5f60718";
const STAMP: &str = "20261122180000";

fn server(clustered: bool) -> Server {
    Server { resource_id: format!("id-{clustered}"), clustered }
}

/// The renames of a swap, as the function makes them: a cluster with two instances, or an instance
fn renames(source: &str, members: &[&str], run: &str) -> Vec<(bool, String, String)> {
    let clustered = !members.is_empty();
    let id = |number: usize, clustered| Server { resource_id: format!("{number}"), ..server(clustered) };
    let row = |of: &str, names: Vec<String>| -> Vec<(Server, String)> {
        let main = (id(0, clustered), of.to_owned());
        std::iter::once(main).chain((1..).zip(names).map(|(number, name)| (id(number, false), name))).collect()
    };
    let own = row(source, members.iter().map(|name| (*name).to_owned()).collect());
    let copy = row(run, (1..=members.len()).map(|number| format!("{run}-{number}")).collect());
    let moves = swap_moves(&own, &copy, &own, &format!("before-{STAMP}"));
    moves
        .into_iter()
        .map(|one| match one {
            Move::Rename { server, from, to } => (server.clustered, from, to),
            other @ Move::Retarget { .. } => panic!("{other:?}"),
        })
        .collect()
}

/// A rename asks for the right on the name before, which may be tagged, and on the one after, which nothing bears
fn rename(clustered: bool, from: &str, to: &str) -> Call {
    let (action, kind) = if clustered { ("rds:ModifyDBCluster", "cluster") } else { ("rds:ModifyDBInstance", "db") };
    let (from, to) = (format!("{kind}:{from}"), format!("{kind}:{to}"));
    // What is called as ours is tagged as ours, wherever it comes from
    let of_ours = from.contains(":recovery-");
    let call = call(action);
    if of_ours { call.tagged(&from, "recovery").on(&to) } else { call.on(&from).on(&to) }
}

#[test]
fn names_are_swapped_and_swapped_back_only_with_the_right_to_cut_over() {
    let orders = renames("prod-orders", &["prod-orders-1", "prod-orders-instance-2"], "recovery-orders-20261122180000");
    let billing = renames("prod-billing", &[], "recovery-billing-20261122180000");
    assert_eq!((orders.len(), billing.len()), (6, 2));
    let (plain, with) = (plain(), with_cut_over());
    for (clustered, from, to) in orders.iter().chain(&billing) {
        for (from, to) in [(from, to), (to, from)] {
            let rename = rename(*clustered, from, to);
            assert_eq!(rename.outcome(&with), Outcome::Allowed, "{from} to {to}");
            assert_eq!(rename.outcome(&plain), Outcome::Denied, "{from} to {to} without the right");
        }
    }
}

#[test]
fn a_copy_under_productions_name_goes_back_though_it_is_tagged_as_a_recovery() {
    let back = call("rds:ModifyDBCluster").tagged("cluster:prod-orders", "recovery");
    let back = back.on("cluster:recovery-orders-20261122180000");
    assert_eq!(back.outcome(&with_cut_over()), Outcome::Allowed);
}

#[test]
fn nothing_else_gets_a_name_of_production_or_loses_its_own() {
    let table = [
        ("another database aside", rename(true, "prod-users", "prod-users-before-20261122180000")),
        ("another database into place", rename(true, "prod-users", "prod-orders")),
        ("production to a name of its own", rename(true, "prod-orders", "old-orders")),
        (
            "a drill into place",
            call("rds:ModifyDBCluster").tagged("cluster:drill-x", "drill").on("cluster:prod-orders"),
        ),
        ("another instance", rename(false, "prod-users-1", "prod-orders-1")),
        ("an instance called like that of the policy", rename(false, "prod-billing-2", "prod-billing")),
    ];
    for (what, call) in table {
        assert_eq!(call.outcome(&with_cut_over()), Outcome::Denied, "{what}");
    }
    // Ours by name, and tagged as something else
    let drill = call("rds:ModifyDBCluster").tagged("cluster:recovery-x", "drill").on("cluster:prod-orders");
    assert_eq!(drill.outcome(&with_cut_over()), Outcome::NotAllowed);
}

#[test]
fn a_rename_may_not_bring_a_new_password() {
    let password =
        call("rds:ModifyDBCluster").on("cluster:prod-orders").with("rds:ManageMasterUserPassword", &["true"]);
    assert_eq!(password.outcome(&with_cut_over()), Outcome::NotAllowed);
    let none = call("rds:ModifyDBCluster").on("cluster:prod-orders").with("rds:ManageMasterUserPassword", &["false"]);
    assert_eq!(none.outcome(&with_cut_over()), Outcome::Allowed);
}

#[test]
fn the_proxy_that_is_named_is_moved_to_the_copy_and_back() {
    let of = |action| call(action).on(PROXY).on(GROUP);
    let targets = |call: Call, copy: bool| {
        if copy {
            call.tagged("cluster:recovery-orders-1", "recovery").tagged("db:recovery-orders-1-1", "recovery")
        } else {
            call.on("cluster:prod-orders").on("db:prod-orders-1")
        }
    };
    for action in ["rds:DeregisterDBProxyTargets", "rds:RegisterDBProxyTargets"] {
        for copy in [true, false] {
            let call = targets(of(action), copy);
            assert_eq!(call.outcome(&with_cut_over()), Outcome::Allowed, "{action}, copy {copy}");
            assert_eq!(call.outcome(&plain()), Outcome::Denied, "{action}, copy {copy}, without the right");
        }
    }
}

#[test]
fn an_inspection_never_takes_the_place_of_production() {
    let register = call("rds:RegisterDBProxyTargets").on(PROXY).on(GROUP).tagged("cluster:inspect-x", "inspection");
    assert_eq!(register.outcome(&with_cut_over()), Outcome::NotAllowed);
}

#[test]
fn the_names_aside_are_those_that_the_code_makes() {
    // Patterns as infra/tests/emergency.tftest.hcl has them rendered
    let rendered = read("infra/tests/emergency.tftest.hcl");
    let table = [
        ("prod-orders", "prod-orders-before-*"),
        ("prod-whole-00000000000000000000000000000x", "prod-whole-00000000000000000000000000000x-before-*"),
        ("prod-cut-with-a-hyphen-at-the-32-character", "prod-cut-with-a-hyphen-at-the-32-????????-before-*"),
    ];
    for (name, pattern) in table {
        assert!(rendered.contains(&format!(":{pattern}\"")), "{pattern} is rendered");
        let (_, _, aside) = &renames(name, &[], "recovery-x-20261122180000")[0];
        assert!(like(pattern, aside), "{aside} and {pattern}");
    }
    // Members of a cluster, by its own pattern
    for member in ["prod-orders-1", "prod-orders-a-member-with-a-name-that-is-as-long-as-it-can-be"] {
        let (_, _, aside) = &renames("prod-orders", &[member], "recovery-x-20261122180000")[1];
        assert!(aside.contains("before-") && like("prod-orders-*", aside), "{aside}");
    }
}

#[test]
fn what_reaches_production_stands_only_where_somebody_decided_it() {
    let text = read("infra/emergency_restore.tf");
    for sid in ["CutOver", "CutOverToCopies"] {
        let before = text.split(&format!("\"{sid}\"")).next().unwrap();
        assert!(before.rfind("local.cut_over ? ") > before.rfind("\n  statement {"), "{sid} stands always");
    }
    let variables = read("infra/variables.tf");
    let cut_over =
        variables.split("variable \"emergency_cut_over\"").nth(1).unwrap().split("\nvariable ").next().unwrap();
    assert!(cut_over.contains("  default     = false\n"), "the right to change production is given, not taken back");
    let own = statements("emergency_restore.tf", "emergency_restore");
    let statement = own.iter().find(|statement| statement.sid == "CutOver").unwrap();
    assert_eq!(statement.conditions, [("BoolIfExists".to_owned(), "rds:ManageMasterUserPassword".to_owned())]);
}
