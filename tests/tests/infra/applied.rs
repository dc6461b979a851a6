//! The module applied: `tests/local/apply.py` plans, applies, waits for the scheduled drill, plans again and destroys, on the local
//! AWS, which lets each function do what its deployed role says. What the functions asked of RDS is not asked about there; here it
//! is, with the policies as they were deployed.
//!
//! Skipped, with a word, where Terraform or its AWS provider is missing; with `LIFEBOAT_REQUIRE_TERRAFORM=1` that fails.

use std::collections::{BTreeMap, BTreeSet};
use std::process::{Command, Stdio};
use std::{env, fs};

use serde_json::Value;
use tests::stack::{binary, python, root};

use crate::evaluator::{Facts, Outcome, Role};

/// What the script ends with where there is no Terraform
const MISSING: i32 = 2;

#[test]
fn the_module_is_applied_drills_by_itself_and_is_destroyed_and_each_function_kept_to_its_role() {
    let report = env::temp_dir().join(format!("lifeboat-applied-{}.json", std::process::id()));
    let mut command = Command::new(python());
    command.arg(root().join("tests/local/apply.py")).arg("--binaries").arg(binary("restore-drill").parent().unwrap());
    let done = command.arg("--calls").arg(&report).stdin(Stdio::null()).output().unwrap();
    let told = String::from_utf8_lossy(&done.stdout) + String::from_utf8_lossy(&done.stderr);
    // Seen without --nocapture too: a test that looked at nothing has to be told from one that did
    if done.status.code() == Some(MISSING) {
        let mut seen = std::io::stderr().lock();
        std::io::Write::write_all(&mut seen, told.as_bytes()).unwrap();
        return;
    }
    assert!(done.status.success(), "{told}");
    let read = fs::read_to_string(&report);
    let _ = fs::remove_file(&report);
    held_to_roles(&serde_json::from_str(&read.unwrap()).unwrap());
}

/// Every call that a function made is one that its role lets it make
fn held_to_roles(report: &Value) {
    let roles: BTreeMap<&str, Role> = report["roles"].as_object().unwrap().iter().map(role).collect();
    let mut called: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut refused = Vec::new();
    for call in report["calls"].as_array().unwrap() {
        let (function, action) = (call["function"].as_str().unwrap(), call["action"].as_str().unwrap());
        called.entry(function).or_default().insert(action);
        // The local AWS has asked about everything but RDS; a password's tags are gone with the copy
        if action.starts_with("secretsmanager:") {
            continue;
        }
        for on in call["on"].as_array().unwrap() {
            let arn = on[0].as_str().unwrap();
            let outcome = roles[function].evaluate(action, arn, &facts(&call["facts"], on[1].as_str()));
            if outcome != Outcome::Allowed {
                refused.push(format!("{function}: {action} on {arn} is {outcome:?}: {call}"));
            }
        }
    }
    assert!(refused.is_empty(), "{}", refused.join("\n"));
    // A report of nothing would hold as well
    let drill = &called["restore-drill"];
    for action in ["rds:RestoreDBClusterToPointInTime", "rds:CreateDBInstance", "rds:DeleteDBCluster", "sns:Publish"] {
        assert!(drill.contains(action), "{action} was not seen: {drill:?}");
    }
    assert!(called["data-check"].contains("secretsmanager:GetSecretValue"), "{called:?}");
    for function in ["backup-check", "snapshot-lifecycle", "emergency-restore"] {
        assert!(called[function].iter().any(|action| action.starts_with("rds:")), "{function}: {called:?}");
    }
}

fn role<'a>((function, documents): (&'a String, &Value)) -> (&'a str, Role) {
    let documents: Vec<&str> =
        documents.as_array().unwrap().iter().map(|document| document.as_str().unwrap()).collect();
    (function, Role::of(&documents))
}

fn facts(of_request: &Value, purpose: Option<&str>) -> Facts {
    let texts = |values: &Value| values.as_array().unwrap().iter().map(|it| it.as_str().unwrap().to_owned()).collect();
    let mut facts: Facts = of_request.as_object().unwrap().iter().map(|(key, it)| (key.clone(), texts(it))).collect();
    facts.extend(purpose.map(|purpose| ("aws:resourcetag/lifeboat:purpose".to_owned(), vec![purpose.to_owned()])));
    facts
}
