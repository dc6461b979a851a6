//! Terraform and the code say the same: what a function may do is what its adapters call, rules let through the events that
//! the function takes, and the policy that Terraform renders is one that the functions read.
//!
//! The Terraform files are read as they stand; nothing here runs Terraform. What it renders is held to the same files in
//! `infra/tests/fixtures` by `terraform test`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use hcl::eval::{Context, Evaluate};
use hcl::{Block, Body, Expression};
use lifeboat::aws::{
    backup, backup_read, cloudwatch, cloudwatch_read, glue, invoke, kms, rds_cut_over, rds_destroy, rds_inventory,
    rds_make, rds_quotas, rds_read, rds_recover, rds_remedy, rds_snapshots, rds_snapshots_destroy, s3, secrets, sns,
};
use lifeboat::policy::Policy;
use lifeboat::request::{DrillEvent, drill_event};
use serde_json::{Value, json};

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &str) -> String {
    fs::read_to_string(repository().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn terraform(file: &str) -> Body {
    hcl::parse(&read(&format!("infra/{file}"))).unwrap_or_else(|error| panic!("{file}: {error}"))
}

// --- what functions may do -------------------------------------------------------------------------------------------

/// The adapters behind the features of `lifeboat`; a feature that calls no AWS service has none.
fn adapter(feature: &str) -> &'static [&'static str] {
    match feature {
        "rds-read" => rds_read::ACTIONS,
        "rds-make" => rds_make::ACTIONS,
        "rds-destroy" => rds_destroy::ACTIONS,
        "rds-snapshots" => rds_snapshots::ACTIONS,
        "rds-snapshots-destroy" => rds_snapshots_destroy::ACTIONS,
        "rds-inventory" => rds_inventory::ACTIONS,
        "rds-quotas" => rds_quotas::ACTIONS,
        "rds-remedy" => rds_remedy::ACTIONS,
        "rds-recover" => rds_recover::ACTIONS,
        "rds-cut-over" => rds_cut_over::ACTIONS,
        "cloudwatch-read" => cloudwatch_read::ACTIONS,
        "kms" => kms::ACTIONS,
        "backup-read" => backup_read::ACTIONS,
        "glue" => glue::ACTIONS,
        "s3" => s3::ACTIONS,
        "sns" => sns::ACTIONS,
        "cloudwatch" => cloudwatch::ACTIONS,
        "invoke" => invoke::ACTIONS,
        "backup" => backup::ACTIONS,
        "secrets" => secrets::ACTIONS,
        "run" | "aws" | "sso" | "postgres" | "mysql" | "mongo" => &[],
        other => panic!("the feature {other} has to be named here, with the actions of its adapter"),
    }
}

/// The features that a function asks of `lifeboat`, from its manifest
fn features(function: &str) -> Vec<String> {
    let manifest = read(&format!("functions/{function}/Cargo.toml"));
    let dependency = manifest.split("\nlifeboat = {").nth(1).expect("a dependency on lifeboat");
    let list = dependency.split("features = [").nth(1).and_then(|rest| rest.split(']').next()).expect("its features");
    let names = list.split(',').map(|name| name.trim().trim_matches('"').to_owned());
    names.filter(|name| !name.is_empty()).collect()
}

fn adapters(function: &str) -> BTreeSet<String> {
    features(function).iter().flat_map(|feature| adapter(feature)).map(|action| (*action).to_owned()).collect()
}

/// One statement of a policy document
struct Statement {
    sid: String,
    allows: bool,
    actions: Vec<String>,
    /// `resources` as they are written, templates and all
    resources: String,
    /// `condition` blocks: test and variable
    conditions: Vec<(String, String)>,
}

/// The statements of `data "aws_iam_policy_document" "<name>"`, plain and dynamic
fn statements(file: &str, name: &str) -> Vec<Statement> {
    let body = terraform(file);
    let labelled = |block: &&Block| {
        let labels: Vec<&str> = block.labels().iter().map(hcl::BlockLabel::as_str).collect();
        block.identifier() == "data" && labels == ["aws_iam_policy_document", name]
    };
    let document = body.blocks().find(labelled).unwrap_or_else(|| panic!("{file} has no document {name}"));
    let read = document.body().blocks().filter_map(|block| match block.identifier() {
        "statement" => Some(statement(block.body())),
        "dynamic" => {
            assert_eq!(block.labels()[0].as_str(), "statement");
            let content = block.body().blocks().find(|block| block.identifier() == "content").expect("content");
            Some(statement(content.body()))
        }
        _ => None,
    });
    let read: Vec<_> = read.collect();
    let sids: BTreeSet<&str> = read.iter().map(|statement| statement.sid.as_str()).collect();
    assert_eq!(sids.len(), read.len(), "{name}: a sid for each intention");
    read
}

fn statement(body: &Body) -> Statement {
    let attribute = |key: &str| body.attributes().find(|attribute| attribute.key() == key).map(hcl::Attribute::expr);
    let condition = |block: &Block| {
        let of =
            |key: &str| block.body().attributes().find(|attribute| attribute.key() == key).map(|it| text(it.expr()));
        (of("test").expect("test"), of("variable").expect("variable"))
    };
    let Some(Expression::Array(actions)) = attribute("actions") else { panic!("actions have to be a plain list") };
    let resources = attribute("resources").or_else(|| attribute("not_resources"));
    Statement {
        sid: attribute("sid").map(text).expect("every statement has a sid"),
        allows: attribute("effect").is_none_or(|effect| text(effect) == "Allow"),
        actions: actions.iter().map(text).collect(),
        resources: resources.map(|it| hcl::format::to_string(it).unwrap()).unwrap_or_default(),
        conditions: body.blocks().filter(|block| block.identifier() == "condition").map(condition).collect(),
    }
}

fn text(expression: &Expression) -> String {
    match expression {
        Expression::String(text) => text.clone(),
        other => panic!("a plain text is wanted here, not {other:?}"),
    }
}

fn allowed(statements: &[Statement]) -> BTreeSet<String> {
    statements.iter().filter(|statement| statement.allows).flat_map(|statement| statement.actions.clone()).collect()
}

fn set(actions: &[&str]) -> BTreeSet<String> {
    actions.iter().map(|action| (*action).to_owned()).collect()
}

#[test]
fn restore_drill_may_do_exactly_what_its_adapters_call() {
    assert_eq!(allowed(&statements("restore_drill.tf", "restore_drill")), adapters("restore-drill"));
}

#[test]
fn backup_check_may_do_exactly_what_it_calls() {
    // It removes nothing from the bucket, so that part of the adapter stays shut.
    let unused = set(&["s3:DeleteObject"]);
    let called: BTreeSet<String> = adapters("backup-check").difference(&unused).cloned().collect();
    assert_eq!(allowed(&statements("backup_check.tf", "backup_check")), called);
}

#[test]
fn snapshot_lifecycle_may_do_exactly_what_it_calls() {
    // It looks at recovery points and at restore tests; jobs, plans and vaults are backup-check's.
    let unused = set(&[
        "s3:DeleteObject",
        "backup:DescribeBackupVault",
        "backup:ListBackupJobs",
        "backup:ListCopyJobs",
        "backup:ListBackupPlans",
        "backup:GetBackupPlan",
    ]);
    let called: BTreeSet<String> = adapters("snapshot-lifecycle").difference(&unused).cloned().collect();
    assert_eq!(allowed(&statements("snapshot_lifecycle.tf", "snapshot_lifecycle")), called);
}

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
fn data_check_may_do_exactly_what_it_calls() {
    // The adapter of S3 lists and deletes too. data-check puts its answer and reads that of an earlier drill, so the rest of
    // the adapter stays shut.
    let unused = set(&["s3:DeleteObject", "s3:ListBucket"]);
    // A token is signed without a call; the database asks for this right when somebody logs in with it.
    let tokens = set(&["rds-db:connect"]);
    let called: BTreeSet<String> = adapters("data-check").difference(&unused).chain(&tokens).cloned().collect();
    assert_eq!(allowed(&statements("data_check.tf", "data_check")), called);
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

#[test]
fn a_role_is_handed_to_aws_backup_alone_and_no_more_of_aws_backup_is_used_than_restoring() {
    let drill = statements("restore_drill.tf", "restore_drill");
    let with = |prefix: &str| -> Vec<&Statement> {
        let has = |it: &&Statement| it.allows && it.actions.iter().any(|action| action.starts_with(prefix));
        drill.iter().filter(has).collect()
    };
    let [pass] = with("iam:")[..] else { panic!("one statement about roles") };
    assert_eq!(pass.actions, ["iam:PassRole"]);
    assert_eq!(pass.conditions, [("StringEquals".to_owned(), "iam:PassedToService".to_owned())]);
    // The roles of the policy, as they are written there: no pattern
    assert_eq!(pass.resources.trim(), "statement.value");
    for statement in with("backup:") {
        assert_eq!(statement.actions.iter().filter(|action| !action.starts_with("backup:")).count(), 0);
        let stars = statement.resources.matches('*').count();
        match statement.actions[0].as_str() {
            "backup:ListRecoveryPointsByBackupVault" => assert_eq!(stars, 0, "vaults by name"),
            "backup:DescribeRestoreJob" => assert_eq!(statement.resources.matches("\"*\"").count(), 1),
            _ => {
                let points = [":cluster-snapshot:awsbackup:*", ":snapshot:awsbackup:*", ":recovery-point:*"];
                assert!(points.iter().all(|point| statement.resources.contains(point)), "{}", statement.resources);
                assert_eq!(stars, points.len(), "{}", statement.resources);
            }
        }
    }
    // Nothing of it stands without a drill that needs it
    let text = read("infra/restore_drill.tf");
    for sid in ["LookIntoVaults", "RestoreRecoveryPoints", "FollowRestoreJobs", "HandRestoreRolesToAwsBackup"] {
        let before = text.split(&format!("\"{sid}\"")).next().unwrap();
        assert!(before.rfind("dynamic \"statement\"") > before.rfind("\n  statement {"), "{sid} stands always");
    }
}

#[test]
fn tags_go_to_copies_that_are_drills_or_nothing_yet() {
    let drill = statements("restore_drill.tf", "restore_drill");
    let tags = |it: &&Statement| it.allows && it.actions.iter().any(|action| action == "rds:AddTagsToResource");
    let tagging: Vec<&Statement> = drill.iter().filter(tags).collect();
    let [statement] = tagging[..] else { panic!("one statement about tags") };
    let wanted = [
        ("StringEquals".to_owned(), "aws:RequestTag/lifeboat:purpose".to_owned()),
        ("StringEqualsIfExists".to_owned(), "aws:ResourceTag/lifeboat:purpose".to_owned()),
    ];
    assert_eq!(statement.conditions, wanted);
    let deny = drill.iter().find(|statement| statement.sid == "NeverOutsideOurNames").unwrap();
    assert!(deny.actions.iter().any(|action| action == "rds:AddTagsToResource") && deny.conditions.is_empty());
}

#[test]
fn a_star_for_a_region_is_always_fenced() {
    let drill = statements("restore_drill.tf", "restore_drill");
    let fence = drill.iter().find(|statement| statement.sid == "OnlyWhereDrillsAre").expect("the fence");
    assert!(!fence.allows && fence.resources.contains("\"*\""));
    assert_eq!(fence.conditions, [("StringNotEquals".to_owned(), "aws:RequestedRegion".to_owned())]);
    // Every service that an ARN with * for its region names
    for statement in drill.iter().filter(|it| it.allows && it.resources.contains("copies")) {
        for action in &statement.actions {
            let service = action.split(':').next().unwrap();
            assert!(fence.actions.contains(&format!("{service}:*")), "{}: {action}", statement.sid);
        }
    }
}

#[test]
fn the_surroundings_of_every_function_are_logs_traces_and_network() {
    let basics = set(&[
        "logs:CreateLogStream",
        "logs:PutLogEvents",
        "xray:PutTraceSegments",
        "xray:PutTelemetryRecords",
        "sqs:SendMessage",
        "ec2:CreateNetworkInterface",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSubnets",
        "ec2:DeleteNetworkInterface",
        "ec2:AssignPrivateIpAddresses",
        "ec2:UnassignPrivateIpAddresses",
    ]);
    assert_eq!(allowed(&statements("modules/lambda_function/main.tf", "basics")), basics);
}

#[test]
fn who_deletes_cannot_read_data_and_who_reads_data_cannot_delete() {
    let deletes = |actions: &BTreeSet<String>| actions.iter().any(|action| action.starts_with("rds:Delete"));
    let reads = |actions: &BTreeSet<String>| {
        let data = ["secretsmanager:GetSecretValue", "rds-db:", "rds-data:"];
        actions.iter().any(|action| data.iter().any(|prefix| action.starts_with(prefix)))
    };
    let drill = allowed(&statements("restore_drill.tf", "restore_drill"));
    let check = allowed(&statements("data_check.tf", "data_check"));
    assert!(deletes(&drill) && !reads(&drill));
    assert!(reads(&check) && !deletes(&check));
}

#[test]
fn whatever_changes_a_database_is_held_to_a_name_and_a_tag() {
    use lifeboat::restore::{PURPOSE, Purpose, prefix_of};
    let drill = statements("restore_drill.tf", "restore_drill");
    let changes = |action: &str| {
        ["Delete", "Modify", "Start", "Create", "AddTags"].iter().any(|verb| action.starts_with(&format!("rds:{verb}")))
    };
    for statement in drill.iter().filter(|it| it.allows && it.actions.iter().any(|action| changes(action))) {
        let sid = &statement.sid;
        // What RDS asks for besides the copy itself: no cluster, no instance
        if sid == "UseGroups" || sid == "DestroyWithoutFinalSnapshot" {
            assert!(!statement.resources.contains(":cluster:") && !statement.resources.contains(":db:"), "{sid}");
            continue;
        }
        let prefix = [Purpose::Drill, Purpose::Inspection].map(prefix_of).into_iter().find(|prefix| {
            let named = [format!(":cluster:{prefix}*"), format!(":db:{prefix}*")];
            named.iter().all(|name| statement.resources.contains(name))
        });
        assert!(prefix.is_some() && statement.resources.matches('*').count() == 2, "{sid}: {}", statement.resources);
        let tag = format!("Tag/{PURPOSE}");
        assert!(statement.conditions.iter().any(|(test, key)| test == "StringEquals" && key.ends_with(&tag)), "{sid}");
    }
    let deny = drill.iter().find(|statement| statement.sid == "NeverOutsideOurNames").unwrap();
    assert!(
        !deny.allows && ["rds:Delete*", "rds:Modify*"].iter().all(|action| deny.actions.iter().any(|it| it == action))
    );
}

// --- events ----------------------------------------------------------------------------------------------------------

/// The event pattern of a rule
fn pattern(file: &str, rule: &str) -> Value {
    let body = terraform(file);
    let labelled = |block: &&Block| block.labels().len() == 2 && block.labels()[1].as_str() == rule;
    let rules =
        |block: &&Block| block.labels().first().is_some_and(|label| label.as_str() == "aws_cloudwatch_event_rule");
    let rule = body.blocks().filter(rules).find(labelled).expect("the rule");
    let pattern = rule.body().attributes().find(|attribute| attribute.key() == "event_pattern").expect("its pattern");
    let Expression::FuncCall(call) = pattern.expr() else { panic!("the pattern has to be a call of jsonencode") };
    assert_eq!(call.name.name.as_str(), "jsonencode");
    let value = call.args[0].evaluate(&Context::new()).expect("the pattern has to be plain");
    serde_json::to_value(value).unwrap()
}

/// EventBridge's matching, as far as our patterns use it: every key of the pattern is in the event, and one of its
/// alternatives fits there. Others are refused, so that no pattern passes here by not being understood.
fn matches(pattern: &Value, event: &Value) -> bool {
    pattern.as_object().expect("a pattern").iter().all(|(key, wanted)| match (wanted, event.get(key)) {
        (_, None) => false,
        (Value::Object(_), Some(found)) => matches(wanted, found),
        (Value::Array(alternatives), Some(found)) => alternatives.iter().any(|alternative| fits(alternative, found)),
        (other, _) => panic!("{key}: {other} is no pattern"),
    })
}

fn fits(alternative: &Value, found: &Value) -> bool {
    match alternative {
        Value::String(_) => alternative == found,
        Value::Object(rule) if rule.len() == 1 && rule.contains_key("prefix") => {
            let prefix = rule["prefix"].as_str().expect("a prefix is a text");
            found.as_str().is_some_and(|found| found.starts_with(prefix))
        }
        other => panic!("{other} is not understood here"),
    }
}

fn sample(name: &str) -> Value {
    sample_of("restore-drill", name)
}

fn sample_of(function: &str, name: &str) -> Value {
    serde_json::from_str(&read(&format!("events/{function}/{name}"))).unwrap()
}

fn samples() -> Vec<(String, Value)> {
    samples_of("restore-drill")
}

fn samples_of(function: &str) -> Vec<(String, Value)> {
    let folder = fs::read_dir(repository().join("events").join(function)).unwrap();
    let mut names: Vec<String> = folder.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names.into_iter().map(|name| (name.clone(), sample_of(function, &name))).collect()
}

#[test]
fn the_rule_lets_through_what_rds_says_about_drills_and_nothing_else() {
    let pattern = pattern("restore_drill.tf", "restore_drill_rds");
    let mut through = 0;
    for (name, event) in samples() {
        let wanted = name.starts_with("tick-rds-");
        assert_eq!(matches(&pattern, &event), wanted, "{name}");
        through += usize::from(wanted);
    }
    assert!(through >= 4, "{through} samples");
}

#[test]
fn what_rings_backup_check_is_let_through_by_its_rule_and_by_no_other() {
    let rules = [
        ("ring-backup-", "backup_check_jobs"),
        ("ring-restore-", "backup_check_points"),
        ("ring-rds-", "backup_check_rds"),
    ];
    let mut through = 0;
    for (prefix, rule) in rules {
        let pattern = pattern("backup_check.tf", rule);
        for (name, event) in samples_of("backup-check") {
            let wanted = name.starts_with(prefix);
            // A malformed envelope is none that EventBridge delivers, whatever the rest of it says.
            assert!(matches(&pattern, &event) == wanted || name.starts_with("bad-envelope-"), "{name} and {rule}");
            if wanted {
                let read = lifeboat::request::checkup_event(&event);
                assert!(matches!(read, Ok(lifeboat::request::CheckupEvent::Rung { .. })), "{name}: {read:?}");
                through += 1;
            }
        }
    }
    assert!(through >= 9, "{through} samples");
}

#[test]
fn a_manual_snapshot_that_is_complete_wakes_snapshot_lifecycle_and_nothing_else_does() {
    use lifeboat::request::{LifecycleEvent, Work};
    let pattern = pattern("snapshot_lifecycle.tf", "snapshot_lifecycle_created");
    let mut through = 0;
    for (name, event) in samples_of("snapshot-lifecycle") {
        let wanted = name.starts_with("tick-rds-") && name.contains("-manual-");
        assert_eq!(matches(&pattern, &event), wanted, "{name}");
        if wanted {
            let read = lifeboat::request::lifecycle_event(&event);
            let copies = matches!(read, Ok(LifecycleEvent::Tick { work: Work::Copies, .. }));
            assert!(copies, "{name}: {read:?}");
            through += 1;
        }
    }
    assert_eq!(through, 2, "of a cluster and of an instance");
}

#[test]
fn the_rule_keeps_out_production_snapshots_and_other_services() {
    use lifeboat::restore::{Purpose, prefix_of};
    let pattern = pattern("restore_drill.tf", "restore_drill_rds");
    assert_eq!(pattern["detail"]["SourceIdentifier"], json!([{"prefix": prefix_of(Purpose::Drill)}]));
    let drill = sample("tick-rds-cluster-created-0170.json");
    assert!(matches(&pattern, &drill));
    let table = [
        ("/detail/SourceIdentifier", json!("prod-orders")),
        ("/detail/SourceIdentifier", json!("prod-drill-orders")),
        ("/detail/SourceIdentifier", json!("drills")),
        ("/detail/SourceIdentifier", json!(7)),
        ("/detail-type", json!("RDS DB Cluster Snapshot Event")),
        ("/source", json!("aws.backup")),
        ("/detail", json!({})),
    ];
    for (place, value) in table {
        let mut event = drill.clone();
        *event.pointer_mut(place).unwrap() = value.clone();
        assert!(!matches(&pattern, &event), "{place} = {value}");
    }
}

#[test]
fn what_the_rules_let_through_is_a_tick() {
    let ticks =
        ["tick-scheduled-event.json", "tick-rds-cluster-created-0170.json", "tick-rds-instance-created-0005.json"];
    for name in ticks {
        assert!(matches!(drill_event(&sample(name)), Ok(DrillEvent::Tick { .. })), "{name}");
    }
    // The tick's own rule has no pattern: its schedule sends "Scheduled Event".
    assert!(read("infra/restore_drill.tf").contains(r#"schedule_expression = "rate(1 minute)""#));
}

#[test]
fn a_schedule_sends_the_request_that_restore_drill_takes() {
    let body = terraform("restore_drill.tf");
    let schedule =
        body.blocks().find(|block| block.labels().first().is_some_and(|it| it.as_str() == "aws_scheduler_schedule"));
    let target = schedule.unwrap().body().blocks().find(|block| block.identifier() == "target").unwrap();
    let input = target.body().attributes().find(|attribute| attribute.key() == "input").unwrap();
    let written = hcl::format::to_string(input.expr()).unwrap();
    let Value::Object(sample) = sample("start-from-scheduler.json") else { panic!("an object") };
    for key in sample.keys() {
        assert!(written.contains(&format!("{key} = ")), "{key} in {written}");
    }
    assert_eq!(sample.len(), 2);
    // The placeholder's form, in which the functions know that nobody filled it in
    let unfilled = self::sample("bad-placeholder.json");
    assert!(written.contains(unfilled["scheduled_time"].as_str().unwrap()), "{written}");
}

// --- policy ----------------------------------------------------------------------------------------------------------

#[test]
fn the_policy_that_terraform_renders_is_one_that_the_functions_read() {
    let table = [
        ("minimal", ["weekly"].as_slice()),
        ("full", &["weekly", "dr-yearly", "quarterly"]),
        ("kinds", &["weekly", "by-name", "dr"]),
    ];
    for (file, drills) in table {
        let text = read(&format!("infra/tests/fixtures/{file}.policy.json"));
        let policy = Policy::parse(&text).unwrap_or_else(|mistakes| panic!("{file}: {mistakes}"));
        let orders = policy.database("orders").expect("orders");
        let names: Vec<&str> = orders.drills.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, drills, "{file}: the first drill is the one that Terraform was told");
        assert_eq!(policy.timezone, "Asia/Tokyo");
    }
}

#[test]
fn terraform_takes_every_kind_of_check_that_a_policy_has() {
    use lifeboat::verify::Check;
    let body = terraform("policy.tf");
    let locals = body.blocks().filter(|block| block.identifier() == "locals");
    let mut attributes = locals.flat_map(|block| block.body().attributes());
    let keys = attributes.find(|attribute| attribute.key() == "check_keys").expect("check_keys");
    let Expression::Object(keys) = keys.expr() else { panic!("check_keys has to be an object") };
    let known: BTreeSet<String> = keys.keys().map(ToString::to_string).collect();
    assert_eq!(known, set(&Check::KINDS));
}

#[test]
fn what_terraform_renders_of_the_full_example_is_what_its_author_meant() {
    let meant = Policy::parse(&read("shared/src/policy/example.json")).unwrap();
    let mut rendered = Policy::parse(&read("infra/tests/fixtures/full.policy.json")).unwrap();
    for (name, database) in &mut rendered.databases {
        // Drills after the first are in alphabetical order, which has no meaning.
        let order = &meant.database(name).unwrap().drills;
        database.drills.sort_by_key(|(drill, _)| order.iter().position(|(known, _)| known == drill));
    }
    assert_eq!(rendered, meant);
}
