//! The rules of the house, as tests: what is pure stays pure, what may not be named cannot be, mains only wire.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// A file without its tests
fn production(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    text.split("#[cfg(test)]\nmod tests {").next().unwrap().to_owned()
}

#[test]
fn a_pure_module_touches_nothing() {
    let mut files = Vec::new();
    for module in [
        "policy",
        "request",
        "database",
        "moment",
        "restore",
        "recover",
        "lifecycle",
        "checkup",
        "glue",
        "verify",
        "mail",
    ] {
        sources(&root().join("shared/src").join(module), &mut files);
    }
    assert!(files.len() > 40, "{} files", files.len());
    let forbidden = [
        "aws_sdk",
        "aws_config",
        ".await",
        "std::env",
        "std::fs",
        "std::net",
        "SystemTime",
        "Timestamp::now",
        "Zoned::now",
        "tracing::",
        "rand::",
    ];
    // Tests may read and write files; modules named so are compiled for tests only.
    let is_test = |file: &Path| {
        let named = |part: &OsStr| ["tests", "tests.rs", "fixtures", "fixtures.rs"].iter().any(|name| part == *name);
        file.iter().any(|part| named(part) || part.to_string_lossy().ends_with("_tests.rs"))
    };
    for file in files.into_iter().filter(|file| !is_test(file.strip_prefix(root()).unwrap_or(file))) {
        let text = production(&file);
        let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        for line in code {
            for word in forbidden {
                assert!(!line.contains(word), "{}: {line}", file.display());
            }
        }
    }
}

/// The features of `lifeboat` that a function asks for, in any of its builds
fn features(function: &str) -> Vec<String> {
    let text = fs::read_to_string(root().join("functions").join(function).join("Cargo.toml")).unwrap();
    let line = text.lines().find(|line| line.starts_with("lifeboat = ")).unwrap().to_owned();
    let list = line.split("features = [").nth(1).unwrap().split(']').next().unwrap();
    let always = list.split(',').map(|feature| feature.trim().trim_matches('"').to_owned());
    let of_a_build = text.split("\"lifeboat/").skip(1).filter_map(|rest| rest.split('"').next()).map(str::to_owned);
    always.chain(of_a_build).collect()
}

/// The features that each function may not ask for
const FORBIDDEN: [(&str, &str); 7] = [
    ("restore-drill", "postgres mysql mongo secrets"),
    (
        "emergency-restore",
        "rds-make rds-destroy rds-snapshots rds-snapshots-destroy \
         rds-remedy postgres mysql mongo secrets",
    ),
    ("backup-check", "rds-make rds-destroy rds-snapshots rds-snapshots-destroy postgres mysql mongo secrets invoke"),
    ("snapshot-lifecycle", "postgres mysql mongo secrets rds-make rds-remedy invoke"),
    (
        "glue-alert",
        "rds-make rds-destroy rds-snapshots rds-snapshots-destroy rds-recover rds-cut-over \
         rds-remedy postgres mysql mongo secrets invoke",
    ),
    ("data-check", "rds-read rds-make rds-destroy invoke sns backup"),
    (
        "table-backup",
        "rds-read rds-make rds-destroy rds-snapshots rds-snapshots-destroy \
         rds-recover rds-cut-over rds-remedy mongo invoke backup",
    ),
];

#[test]
fn what_can_delete_a_database_cannot_read_data_and_the_other_way_round() {
    for (function, forbidden) in FORBIDDEN {
        let features = features(function);
        assert!(features.contains(&"run".to_owned()), "{function}: {features:?}");
        for feature in forbidden.split_whitespace() {
            assert!(!features.contains(&feature.to_owned()), "{function} asks for {feature}");
        }
    }
}

/// The features that a feature of `lifeboat` brings with it, itself among them
fn brought_by(feature: &str) -> BTreeSet<String> {
    let text = fs::read_to_string(root().join("shared/Cargo.toml")).unwrap();
    let table = text.split("[features]").nth(1).unwrap().split("\n[").next().unwrap();
    let (mut found, mut next) = (BTreeSet::new(), vec![feature.to_owned()]);
    while let Some(feature) = next.pop() {
        if feature.contains([':', '/']) || !found.insert(feature.clone()) {
            continue;
        }
        let start = format!("\n{feature} = [");
        let list = table.split(start.as_str()).nth(1).unwrap_or_else(|| panic!("{feature} is no feature"));
        let list = list.split(']').next().unwrap();
        next.extend(list.split('"').skip(1).step_by(2).map(str::to_owned));
    }
    found
}

/// The adapters that are compiled with these features
fn adapters_of(build: &BTreeSet<String>) -> Vec<PathBuf> {
    let aws = root().join("shared/src/aws");
    let modules = fs::read_to_string(aws.join("mod.rs")).unwrap();
    let mut files = Vec::new();
    let mut gate: Option<&str> = None;
    for line in modules.lines() {
        if let Some(rest) = line.strip_prefix("#[cfg(feature = \"") {
            gate = rest.split('"').next();
        } else if let Some(module) = line.split("mod ").nth(1).and_then(|rest| rest.strip_suffix(';')) {
            if gate.is_none_or(|feature| build.contains(feature)) {
                let file = aws.join(format!("{module}.rs"));
                files.extend(file.is_file().then_some(file));
                if aws.join(module).is_dir() {
                    sources(&aws.join(module), &mut files);
                }
            }
            gate = None;
        }
    }
    files
}

/// A call of an operation that removes something, or the trait that is for it
fn removes(line: &str) -> bool {
    let is_called = |rest: &str| rest.trim_start_matches(|it: char| it == '_' || it.is_alphanumeric()).starts_with('(');
    [".delete_", ".stop_db_", ".reboot_db_", ".failover_db_"].iter().any(|verb| line.split(verb).skip(1).any(is_called))
        || line.contains("Destroy")
        || line.contains("Owned<")
}

#[test]
fn whatever_brings_a_database_back_has_no_call_that_removes_one_in_its_build() {
    let asked = features("emergency-restore");
    let build: BTreeSet<String> = asked.iter().flat_map(|feature| brought_by(feature)).collect();
    let destroying = ["rds-destroy", "rds-snapshots-destroy", "rds-make", "rds-snapshots", "rds-remedy"];
    for feature in destroying {
        assert!(!build.contains(feature), "{feature} comes with the features of emergency-restore: {asked:?}");
    }
    // Where the calls are, they are seen.
    let calls = fs::read_to_string(root().join("shared/src/aws/rds_destroy.rs")).unwrap();
    assert!(calls.lines().any(removes));
    assert!(
        brought_by("rds-destroy").contains("rds-read") && brought_by("rds-snapshots-destroy").contains("rds-snapshots")
    );
    let mut files = adapters_of(&build);
    sources(&root().join("functions/emergency-restore/src"), &mut files);
    let named = |name: &str| files.iter().any(|file| file.ends_with(name));
    assert!(named("rds_recover.rs") && named("rds_cut_over.rs") && named("emergency-restore/src/act.rs"), "{files:?}");
    assert!(!named("rds_destroy.rs") && !named("rds_snapshots_destroy.rs"), "{files:?}");
    let is_test = |file: &Path| {
        file.iter().any(|part| ["tests", "tests.rs", "testing", "testing.rs"].iter().any(|name| part == *name))
    };
    for file in files.iter().filter(|file| !is_test(file.strip_prefix(root()).unwrap_or(file))) {
        let text = production(file);
        let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        for line in code {
            assert!(!removes(line), "{}: {line}", file.display());
        }
    }
}

#[test]
fn every_function_is_held_to_a_rule() {
    let mut functions: Vec<String> = fs::read_dir(root().join("functions"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    functions.sort();
    let known = [
        "backup-check",
        "data-check",
        "emergency-restore",
        "glue-alert",
        "restore-drill",
        "snapshot-lifecycle",
        "table-backup",
    ];
    assert_eq!(functions, known, "a new function needs its line in the test above");
}

#[test]
fn a_main_only_wires() {
    let mut mains = 0;
    for function in [
        "restore-drill",
        "data-check",
        "backup-check",
        "snapshot-lifecycle",
        "emergency-restore",
        "glue-alert",
        "table-backup",
    ] {
        let mut files = Vec::new();
        sources(&root().join("functions").join(function).join("src"), &mut files);
        let is_main = |path: &&PathBuf| path.file_name().unwrap().to_string_lossy().starts_with("main");
        for path in files.iter().filter(is_main) {
            let lines = fs::read_to_string(path).unwrap().lines().count();
            assert!(lines <= 40, "{}: {lines} lines", path.display());
            mains += 1;
        }
    }
    assert_eq!(mains, 8, "data-check has two: the one for DocumentDB is a build of its own");
}

#[test]
fn the_driver_of_documentdb_is_in_its_own_build_only() {
    let text = fs::read_to_string(root().join("functions/data-check/Cargo.toml")).unwrap();
    let feature = |name: &str| {
        let line = text.lines().find(|line| line.starts_with(&format!("{name} = "))).unwrap();
        line.split('"').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(feature("default"), ["sql"]);
    assert_eq!(feature("sql"), ["lifeboat/postgres", "lifeboat/mysql"]);
    assert_eq!(feature("documentdb"), ["lifeboat/mongo"]);
    let always = text.lines().find(|line| line.starts_with("lifeboat = ")).unwrap();
    for driver in ["postgres", "mysql", "mongo"] {
        assert!(!always.contains(driver), "{driver} is in every build");
    }
}

#[test]
fn every_sample_of_an_event_is_one_that_the_lambda_event_types_read() {
    let mut envelopes = 0;
    for function in [
        "restore-drill",
        "data-check",
        "snapshot-lifecycle",
        "backup-check",
        "emergency-restore",
        "glue-alert",
        "table-backup",
    ] {
        for entry in fs::read_dir(root().join("events").join(function)).unwrap() {
            let path = entry.unwrap().path();
            let value: serde_json::Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
            // A malformed envelope is one that they refuse as well.
            let name = path.file_name().unwrap().to_string_lossy();
            if value.get("detail-type").is_some() && !name.starts_with("bad-envelope-") {
                let event: Result<aws_lambda_events::eventbridge::EventBridgeEvent, _> = serde_json::from_value(value);
                assert!(event.is_ok(), "{}: {:?}", path.display(), event.err());
                envelopes += 1;
            }
        }
    }
    assert!(envelopes >= 5, "{envelopes} envelopes");
}
