//! The roles of the functions that look at backups, keep snapshots and read data.

use std::collections::BTreeSet;

use hcl::Block;
use lifeboat::aws::invoke;

use crate::terraform::{Statement, read, statements, terraform};

#[test]
fn what_backup_check_may_change_stands_only_with_a_policy_that_asks_for_it() {
    let changes = |statement: &&Statement| {
        let verbs = ["Modify", "Delete", "Create", "Restore", "Copy", "Start", "AddTags"];
        let is_change = |action: &String| verbs.iter().any(|verb| action.starts_with(&format!("rds:{verb}")));
        statement.allows && statement.actions.iter().any(is_change)
    };
    let check = statements("backup_check.tf", "backup_check");
    let [statement] = check.iter().filter(changes).collect::<Vec<_>>()[..] else {
        panic!("one statement that changes")
    };
    assert_eq!(statement.sid, "MendWhatThePolicyNames");
    assert!(!statement.resources.contains(":cluster:*") && !statement.resources.contains(":db:*"));
    let text = read("infra/backup_check.tf");
    let before = text.split("\"MendWhatThePolicyNames\"").next().unwrap();
    assert!(before.rfind("local.remediates ? ") > before.rfind("\n  statement {"), "it stands always");
}

#[test]
fn what_snapshot_lifecycle_deletes_is_held_to_a_tag_or_to_the_policys_own_names() {
    let lifecycle = statements("snapshot_lifecycle.tf", "snapshot_lifecycle");
    let deletes = |statement: &&Statement| {
        statement.allows && statement.actions.iter().any(|action| action.starts_with("rds:Delete"))
    };
    let mut seen = BTreeSet::new();
    for statement in lifecycle.iter().filter(deletes) {
        let sid = statement.sid.as_str();
        let tag = |(test, key): &(String, String)| test == "StringEquals" && key == "aws:ResourceTag/lifeboat:purpose";
        match sid {
            // The names of the policy's patterns, and nothing else
            "LetGoByThePolicysNames" => assert_eq!(statement.resources.trim(), "statement.value"),
            "UseGroupsWhileSweeping" => {
                assert!(!statement.resources.contains(":cluster:") && !statement.resources.contains(":db:"), "{sid}");
            }
            _ => assert!(statement.conditions.iter().any(tag), "{sid}"),
        }
        seen.insert(sid);
    }
    assert!(seen.len() >= 5, "{seen:?}");
    let deny = lifecycle.iter().find(|statement| statement.sid == "NeverAutomatedOrAwsBackups").unwrap();
    assert!(!deny.allows && deny.resources.contains("rds:*") && deny.resources.contains("awsbackup:*"));
    let restores = lifecycle.iter().find(|statement| statement.sid == "NeverRestoresOrShares").unwrap();
    assert!(!restores.allows && restores.conditions.is_empty());
}

#[test]
fn data_check_reads_and_writes_answers_and_nothing_else_of_the_bucket() {
    let of_s3 = |statement: &&Statement| statement.actions.iter().any(|action| action.starts_with("s3:"));
    let check = statements("data_check.tf", "data_check");
    let allowed: Vec<_> = check.iter().filter(|it| it.allows).filter(of_s3).collect();
    let resources: Vec<&str> = allowed.iter().map(|statement| statement.resources.trim()).collect();
    assert!(resources.iter().all(|it| it.contains("/checks/*") && it.matches('*').count() == 1), "{resources:?}");
}

#[test]
fn a_run_that_may_have_deleted_is_not_repeated_by_lambda() {
    let body = terraform("snapshot_lifecycle.tf");
    let module = body.blocks().find(|block| block.identifier() == "module").unwrap();
    let retries = module.body().attributes().find(|attribute| attribute.key() == "async_retries").unwrap();
    assert_eq!(hcl::format::to_string(retries.expr()).unwrap().trim(), "0");
}

#[test]
fn both_builds_of_data_check_have_one_role_and_the_name_that_restore_drill_asks() {
    let body = terraform("data_check.tf");
    let module = |name: &str| {
        let labelled = |block: &&Block| block.identifier() == "module" && block.labels()[0].as_str() == name;
        let block = body.blocks().find(labelled).unwrap_or_else(|| panic!("{name}"));
        let written = |it: &hcl::Attribute| (it.key().to_owned(), hcl::format::to_string(it.expr()).unwrap());
        block.body().attributes().map(written).collect::<std::collections::BTreeMap<_, _>>()
    };
    let (sql, documentdb) = (module("data_check"), module("data_check_documentdb"));
    for same in ["source", "policy_json", "timeout_seconds", "async_retries", "vpc", "environment", "enabled"] {
        assert_eq!(sql.get(same), documentdb.get(same), "{same}");
    }
    assert!(read("infra/data_check.tf").contains(&format!("${{local.data_check_name}}{}\"", invoke::OF_DOCUMENTDB)));
}
