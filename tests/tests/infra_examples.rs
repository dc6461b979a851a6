//! Terraform and the functions take the same policies: what the examples render is read by the functions' own reader, and a
//! table of bad documents is refused by both. `terraform test` holds the examples and the table to the same files.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use hcl::{Block, Body, Expression};
use lifeboat::policy::Policy;
use serde_json::{Value, json};

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &str) -> String {
    fs::read_to_string(repository().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn folder(path: &str) -> BTreeSet<String> {
    let entries = fs::read_dir(repository().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// The Terraform files of the root module
fn root_files() -> Vec<String> {
    let is_terraform = |name: &String| Path::new(name).extension().is_some_and(|extension| extension == "tf");
    folder("infra").into_iter().filter(is_terraform).collect()
}

fn terraform(file: &str) -> Body {
    hcl::parse(&read(&format!("infra/{file}"))).unwrap_or_else(|error| panic!("{file}: {error}"))
}

fn block<'a>(body: &'a Body, kind: &str, name: &str) -> &'a Block {
    let labelled = |block: &&Block| {
        block.labels().first().is_some_and(|label| label.as_str() == kind)
            && block.labels().get(1).is_some_and(|label| label.as_str() == name)
    };
    body.blocks().find(labelled).unwrap_or_else(|| panic!("no {kind} {name}"))
}

fn written(block: &Block, key: &str) -> String {
    let attribute = block.body().attributes().find(|attribute| attribute.key() == key);
    hcl::format::to_string(attribute.unwrap_or_else(|| panic!("no {key}")).expr()).unwrap()
}

// --- examples --------------------------------------------------------------------------------------------------------

#[test]
fn every_example_is_explained_tested_and_renders_a_policy_that_the_functions_read() {
    let examples = folder("infra/examples");
    assert_eq!(examples, ["complete", "dr-region", "minimal"].map(str::to_owned).into());
    let tests = read("infra/tests/policy.tftest.hcl") + &read("infra/tests/examples.tftest.hcl");
    for example in &examples {
        assert!(
            read(&format!("infra/examples/{example}/README.md")).starts_with(&format!("# {example}\n")),
            "{example}"
        );
        assert!(tests.contains(&format!("\"./examples/{example}\"")), "{example} is planned by no test");
        assert!(tests.contains(&format!("/{example}.policy.json\")")), "{example}: nobody looks at what it renders");
        let rendered = read(&format!("infra/tests/fixtures/{example}.policy.json"));
        let policy = Policy::parse(&rendered).unwrap_or_else(|mistakes| panic!("{example}: {mistakes}"));
        assert!(policy.database("orders").is_some_and(|orders| orders.drills[0].0 == "weekly"), "{example}");
    }
}

#[test]
fn the_complete_example_has_every_kind_and_a_job() {
    use lifeboat::database::Kind;
    let policy = Policy::parse(&read("infra/tests/fixtures/complete.policy.json")).unwrap();
    let kinds: Vec<Kind> = policy.databases.iter().map(|(_, database)| database.kind).collect();
    assert!([Kind::Aurora, Kind::Rds, Kind::Documentdb].iter().all(|kind| kinds.contains(kind)), "{kinds:?}");
    assert_eq!(policy.jobs.len(), 1);
    // A copy that nobody looks for may have stopped months ago
    let orders = policy.database("orders").unwrap();
    assert!(!orders.backups.copies.is_empty() && !orders.backups.recovery_points.is_empty());
}

#[test]
fn make_looks_at_every_example_and_at_every_document_of_the_table() {
    let makefile = read("Makefile");
    assert!(makefile.contains("infra/examples/*"), "make terraform names examples one by one");
}

// --- refusals --------------------------------------------------------------------------------------------------------

/// The rows of the table: name, who refuses, the document
fn refusals() -> BTreeMap<String, Value> {
    serde_json::from_str(&read("infra/tests/fixtures/refusals.json")).unwrap()
}

/// Keys of a drill that Terraform writes into no policy
const TERRAFORMS_OWN: [&str; 3] = ["first", "schedule", "schedule_timezone"];

/// The document that a policy would be, with the drill that is first written first
fn document(row: &Value) -> String {
    let mut databases = row["databases"].clone();
    for database in databases.as_object_mut().unwrap().values_mut() {
        for drill in
            database.get_mut("drills").and_then(Value::as_object_mut).into_iter().flat_map(serde_json::Map::values_mut)
        {
            let drill = drill.as_object_mut().unwrap();
            for key in TERRAFORMS_OWN {
                drill.remove(key);
            }
        }
    }
    json!({"version": 1, "databases": databases}).to_string()
}

#[test]
fn what_terraform_refuses_the_functions_refuse_too() {
    let mut both = 0;
    for (name, row) in refusals() {
        let read = Policy::parse(&document(&row));
        match row["refused_by"].as_str().unwrap() {
            "both" | "rust" => assert!(read.is_err(), "{name}: the functions take {}", document(&row)),
            "terraform" => assert!(read.is_ok(), "{name} is refused by both by now: {}", read.unwrap_err()),
            other => panic!("{name}: refused by {other}?"),
        }
        both += usize::from(row["refused_by"] == "both");
        // A difference has its reason beside it
        assert_eq!(row["refused_by"] == "both", row.get("why").is_none(), "{name}");
    }
    assert!(both >= 60, "{both} rows are refused by both");
}

#[test]
fn every_row_of_the_table_has_its_run_in_terraform() {
    let (table, older) = (read("infra/tests/documents.tftest.hcl"), read("infra/tests/refusals.tftest.hcl"));
    for (name, row) in refusals() {
        let run = format!("run \"refuses_{name}\" {{");
        let tested = table.contains(&run) || older.contains(&run);
        assert_eq!(tested, row["refused_by"] != "rust", "{name}");
        if table.contains(&run) {
            let after = table.split(&run).nth(1).unwrap().split("\nrun ").next().unwrap();
            assert!(after.contains(&format!("refusals.json\")).{name}.databases")), "{name} is another row's");
            assert!(after.contains("expect_failures = [var.databases]"), "{name}");
        }
    }
    let runs = table.matches("run \"refuses_").count();
    assert!(runs >= 35, "{runs}");
}

// --- what stands around ----------------------------------------------------------------------------------------------

#[test]
fn failed_jobs_are_counted_by_one_pattern_whoever_counts_them() {
    let ours = terraform("alarms.tf");
    let theirs = terraform("backup_check.tf");
    let ours = block(&ours, "aws_cloudwatch_event_rule", "backup_jobs");
    let theirs = block(&theirs, "aws_cloudwatch_event_rule", "backup_check_jobs");
    assert_eq!(written(ours, "event_pattern"), written(theirs, "event_pattern"));
}

#[test]
fn the_runbook_says_what_to_do_for_every_alarm() {
    let runbook = read("docs/runbook.md");
    let mut files = root_files();
    files.push("modules/lambda_function/main.tf".to_owned());
    let mut alarms = 0;
    for file in files {
        for block in terraform(&file).blocks() {
            if block.labels().first().is_some_and(|label| label.as_str() == "aws_cloudwatch_metric_alarm") {
                let name = written(block, "alarm_name").trim().trim_matches('"').replace("${var.name_prefix}", "");
                let name = name.replace("${each.key}", "<name>").replace("${var.function_name}", "<function>");
                assert!(
                    runbook.contains(&format!("| `{name}` |")),
                    "{file}: docs/runbook.md has no row for the alarm {name}"
                );
                alarms += 1;
            }
        }
    }
    assert!(alarms >= 10, "{alarms}");
}

#[test]
fn data_check_may_do_the_same_in_every_region() {
    // Effect and actions: the names of the statements are for people
    let actions = |file: &str| -> BTreeSet<(bool, String)> {
        let body = terraform(file);
        let document = block(&body, "aws_iam_policy_document", "data_check").clone();
        let statements = document.body().blocks().map(|found| match found.identifier() {
            "dynamic" => found.body().blocks().find(|block| block.identifier() == "content").unwrap().clone(),
            _ => found.clone(),
        });
        let denies = |statement: &Block| statement.body().attributes().any(|attribute| attribute.key() == "effect");
        statements.map(|statement| (denies(&statement), written(&statement, "actions"))).collect()
    };
    assert_eq!(actions("modules/dr_region/main.tf"), actions("data_check.tf"));
}

#[test]
fn the_dashboard_shows_the_metrics_that_the_functions_tell() {
    let body = terraform("dashboard.tf");
    let mut attributes =
        body.blocks().filter(|block| block.identifier() == "locals").flat_map(|block| block.body().attributes());
    let shown = attributes.find(|attribute| attribute.key() == "dashboard_metrics").expect("dashboard_metrics");
    let Expression::Array(shown) = shown.expr() else { panic!("a list") };
    let name = |widget: &Expression| {
        let Expression::Object(widget) = widget else { panic!("an object") };
        let found = widget.iter().find(|(key, _)| key.to_string() == "metric").expect("metric");
        let Expression::String(name) = found.1 else { panic!("a name") };
        name.clone()
    };
    let shown: BTreeSet<String> = shown.iter().map(name).collect();
    // Every metric with the dimension Database, as the words of the mails say them
    let told = read("shared/src/mail/metric.rs")
        + &read("shared/src/mail/checkup_standing.rs")
        + &read("shared/src/mail/lifecycle.rs");
    for metric in &shown {
        assert!(told.contains(&format!("\"{metric}\"")), "{metric} is told by nobody");
    }
    assert_eq!(shown.len(), 8);
}

#[test]
fn every_exception_of_the_scanner_has_its_reason() {
    let mut files = root_files();
    for module in folder("infra/modules") {
        files.push(format!("modules/{module}/main.tf"));
    }
    let mut exceptions = 0;
    for file in files {
        let text = read(&format!("infra/{file}"));
        for line in text.lines().filter_map(|line| line.trim().strip_prefix("#checkov:skip=")) {
            let reason = line.split_once(": ").map(|(_, reason)| reason.trim());
            assert!(reason.is_some_and(|reason| reason.len() > 30), "{file}: {line}");
            exceptions += 1;
        }
    }
    assert!(exceptions > 10, "{exceptions}");
    assert!(read("tests/scan-requirements.txt").contains("checkov=="), "a scanner of any version finds anything");
}

// --- packages --------------------------------------------------------------------------------------------------------

#[test]
fn the_same_executable_gives_the_same_package_at_any_time() {
    use std::process::Command;
    let folder = tempfile::tempdir().unwrap();
    let pack = |name: &str, content: &[u8], seconds: u64| {
        let place = folder.path().join(name);
        fs::create_dir_all(&place).unwrap();
        let executable = place.join("bootstrap");
        fs::write(&executable, content).unwrap();
        let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds);
        fs::File::options().append(true).open(&executable).unwrap().set_modified(time).unwrap();
        let script = repository().join("tests/package.py");
        let output = Command::new("python3").arg(script).arg(&executable).output().expect("python3");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(String::from_utf8_lossy(&output.stdout).contains("MiB"), "sizes are printed");
        fs::read(place.join("bootstrap.zip")).unwrap()
    };
    let first = pack("a", b"an executable", 1_000_000_000);
    assert_eq!(first, pack("b", b"an executable", 1_700_000_000));
    assert_ne!(first, pack("c", b"another one", 1_000_000_000));
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(first)).unwrap();
    let entry = archive.by_index_raw(0).unwrap();
    assert_eq!((entry.name(), entry.unix_mode()), ("bootstrap", Some(0o100_755)), "Lambda starts it");
}
