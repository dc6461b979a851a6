//! Whether a database and its snapshots are encrypted, and whether it is protected from deletion.

use crate::checkup::Sheet;
use crate::checkup::finding::{Mend, Severity};
use crate::checkup::look::{Protected, Told, unknown};
use crate::database::Seen;

const ENCRYPTED: &str = "encrypted";
const PROTECTION: &str = "deletion-protection";

/// Most snapshots that a finding names; the rest is counted
pub(super) const MOST_NAMED: usize = 20;

/// A list of names with the rest counted, one a line
pub(super) fn named(lines: &[String]) -> Vec<String> {
    let mut named: Vec<String> = lines.iter().take(MOST_NAMED).cloned().collect();
    if lines.len() > MOST_NAMED {
        named.push(format!("and {} more", lines.len() - MOST_NAMED));
    }
    named
}

/// One finding for each database, however many of its snapshots are not encrypted
pub(super) fn encryption(of: &Protected<'_>, sheet: &mut Sheet) {
    let (mut plain, mut not_told) = (Vec::new(), Vec::new());
    match of.seen() {
        Seen::Present(subject) if !subject.configuration.encrypted => {
            plain.push(format!("the database {}: StorageEncrypted is false", of.identifier()));
        }
        Seen::Unknown(why) => not_told.push(why),
        Seen::Present(_) | Seen::Absent => {}
    }
    match of.snapshots(of.asking.home()) {
        Err(unknown) => not_told.push(unknown.why),
        Ok(snapshots) => {
            let mut names: Vec<&str> = snapshots
                .into_iter()
                .filter(|snapshot| !snapshot.encrypted)
                .map(|snapshot| snapshot.identifier.as_str())
                .collect();
            names.sort_unstable();
            plain.extend(names.into_iter().map(|name| format!("the snapshot {name}")));
        }
    }
    let name = of.name;
    if plain.is_empty() {
        match not_told.as_slice() {
            [] => of.fine(sheet, ENCRYPTED),
            whys => {
                let title = format!("whether {name} and its snapshots are encrypted could not be told");
                of.unknown(sheet, ENCRYPTED, &title, &unknown(whys.join("; ")));
            }
        }
        return;
    }
    let mut evidence = named(&plain);
    evidence.extend(not_told.into_iter().map(|why| format!("not all could be looked at: {why}")));
    evidence.push("RDS says false, too, of storage that is encrypted with a key that AWS owns".to_owned());
    let (call, key, list) = if of.clustered() {
        ("describe-db-clusters", "--db-cluster-identifier", "DBClusters")
    } else {
        ("describe-db-instances", "--db-instance-identifier", "DBInstances")
    };
    let query = format!("{list}[].StorageEncryptionType");
    let look = ["aws", "rds", call, key, of.identifier(), "--query", &query, "--region", of.asking.home()];
    let told = Told {
        severity: Severity::Low,
        title: format!("{name}: the database or snapshots of it are not encrypted with a key of this account"),
        evidence,
        why: "Whoever is given such a snapshot can read it, as no key stands in between.",
        mend: Mend::run(
            "Look which encryption it has; where it is none, copy a snapshot with a key of yours and restore from the copy.",
            &look,
        ),
        measure: None,
    };
    of.found(sheet, ENCRYPTED, told);
}

pub(super) fn protection(of: &Protected<'_>, sheet: &mut Sheet) {
    let name = of.name;
    match of.seen() {
        Seen::Absent => {}
        Seen::Unknown(why) => {
            let title = format!("whether {name} is protected from deletion could not be told");
            of.unknown(sheet, PROTECTION, &title, &unknown(why));
        }
        Seen::Present(subject) if subject.configuration.deletion_protection => of.fine(sheet, PROTECTION),
        Seen::Present(_) => {
            let told = Told {
                severity: Severity::Medium,
                title: format!("{name} is not protected from deletion"),
                evidence: vec![format!("deletion protection of {} is off", of.identifier())],
                why: "Its automated snapshots go with it, unless somebody asked for them to be retained.",
                mend: of.modify("Turn deletion protection on; nothing restarts.", &["--deletion-protection"]),
                measure: None,
            };
            of.found(sheet, PROTECTION, told);
        }
    }
}
