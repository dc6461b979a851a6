//! Every request to emergency-restore that a mail hands out is one that it understands.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::request::{RecoveryEvent, recovery_event};

/// The payloads of a text for emergency-restore: what a shell would hand over
fn payloads(text: &str) -> Vec<Value> {
    // A backslash at the end of a line joins what stands around it, also within quotes closed and opened again.
    let joined = text.replace("'\\\n'", "").replace("\\\n", " ");
    let mut found = Vec::new();
    for command in joined.split("aws lambda invoke").skip(1) {
        let mut words = command.split_whitespace();
        let function = words.find(|word| *word == "--function-name").and_then(|_| words.next());
        if function != Some("emergency-restore") {
            continue;
        }
        let quoted = command.split_once("--payload").and_then(|(_, rest)| rest.split_once('\'')).expect("a payload");
        let (payload, rest) = quoted.1.split_once('\'').expect("its end");
        assert!(rest.trim_start().starts_with("/dev/stdout"), "{command}");
        found.push(serde_json::from_str(payload).unwrap_or_else(|error| panic!("{error}: {payload}")));
    }
    found
}

fn texts(folder: &Path) -> Vec<(String, String)> {
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let snaps = files.filter(|path| path.extension().is_some_and(|end| end == "snap"));
    snaps.map(|path| (path.display().to_string(), fs::read_to_string(&path).unwrap())).collect()
}

#[test]
fn every_request_of_every_mail_is_understood_by_emergency_restore() {
    let mut kinds = std::collections::BTreeMap::<&str, usize>::new();
    for (file, text) in texts(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/mail/snapshots")) {
        for payload in payloads(&text) {
            let event = recovery_event(&payload).unwrap_or_else(|mistakes| panic!("{file}: {payload}: {mistakes}"));
            let kind = match event {
                RecoveryEvent::Windows { .. } => "windows",
                RecoveryEvent::Restore(start) if start.inspect_for.is_some() => "inspect",
                RecoveryEvent::Restore(_) => "restore",
                RecoveryEvent::Status { .. } => "status",
                RecoveryEvent::Extend { .. } => "extend",
                RecoveryEvent::CutOver(_) => "cut over",
                RecoveryEvent::UndoCutOver { .. } => "undo",
                RecoveryEvent::Tick { .. } => panic!("{file}: {payload}: nobody pastes a tick"),
            };
            *kinds.entry(kind).or_default() += 1;
        }
    }
    for kind in ["windows", "inspect", "restore", "status", "extend", "cut over", "undo"] {
        assert!(kinds.get(kind).is_some_and(|count| *count > 0), "no mail has a request of the kind {kind}: {kinds:?}");
    }
}
