//! Every sample of an event is what its name says.

use std::path::Path;

use lifeboat::request::{RecoveryEvent, recovery_event};

#[test]
fn every_sample_is_what_its_name_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../events/emergency-restore");
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        let kind = match recovery_event(&value) {
            Ok(RecoveryEvent::Tick { .. }) => "tick",
            Ok(RecoveryEvent::Windows { .. }) => "windows",
            Ok(RecoveryEvent::Restore(request)) if request.dry_run => "dry",
            Ok(RecoveryEvent::Restore(request)) if request.inspect_for.is_some() => "inspect",
            Ok(RecoveryEvent::Restore(_)) => "restore",
            Ok(RecoveryEvent::Status { .. }) => "status",
            Ok(RecoveryEvent::CutOver(_)) => "cut",
            Ok(RecoveryEvent::UndoCutOver { .. }) => "undo",
            Ok(RecoveryEvent::Extend { .. }) => "extend",
            Err(_) => "bad",
        };
        assert_eq!(name.split('-').next(), Some(kind), "{name}: {:?}", recovery_event(&value));
        seen += 1;
    }
    assert!(seen >= 25, "{seen} samples");
}
