//! Databases that the policy does not name.

use std::collections::BTreeSet;

use crate::checkup::finding::{Mend, Severity};
use crate::checkup::look::{Told, unknown};
use crate::checkup::{Asking, Sheet};
use crate::database::{Engine, Kind, Tags, Upkeep};
use crate::restore::{PURPOSE, Purpose};

/// Prefix of the names, and the tag, of what a restore test of AWS Backup makes
const RESTORE_TEST: &str = "awsbackup-restore-test";

/// A database of a list
struct Listed<'a> {
    kind: Kind,
    identifier: &'a str,
    engine: &'a Engine,
    status: &'a str,
    tags: &'a Tags,
    upkeep: &'a Upkeep,
}

/// `unlisted/<kind>` stands for the list, `unlisted/<kind>/<identifier>` for what is in it and not in the policy.
pub(super) fn ask(asking: &Asking<'_>, sheet: &mut Sheet) {
    let home = asking.home();
    let named = asking.protected().map(|of| (of.clustered(), of.identifier())).collect();
    let clustered = [Kind::Aurora, Kind::Documentdb];
    match asking.clusters(home) {
        Err(why) => {
            for kind in clustered {
                not_told(sheet, kind, &why.why);
            }
        }
        Ok(clusters) => {
            for kind in clustered {
                sheet.fine(parent(kind));
            }
            for kept in clusters {
                let facts = &kept.facts;
                let kind = clustered.into_iter().find(|kind| facts.engine.fits(*kind));
                if facts.engine.word().is_empty() {
                    let why = format!("AWS does not say which engine {} is of", facts.identifier);
                    for kind in clustered {
                        not_told(sheet, kind, &why);
                    }
                }
                let Some(kind) = kind else { continue };
                let (identifier, engine, status) = (&facts.identifier, &facts.engine, &facts.status);
                let listed = Listed { kind, identifier, engine, status, tags: &facts.tags, upkeep: &kept.upkeep };
                one(&named, &listed, sheet);
            }
        }
    }
    match asking.instances(home) {
        Err(why) => not_told(sheet, Kind::Rds, &why.why),
        Ok(instances) => {
            sheet.fine(parent(Kind::Rds));
            for kept in instances.iter().filter(|kept| kept.facts.cluster.is_none()) {
                let facts = &kept.facts;
                if facts.engine.word().is_empty() {
                    not_told(sheet, Kind::Rds, &format!("AWS does not say which engine {} is of", facts.identifier));
                }
                // A member of an Aurora cluster has its cluster's engine; so this leaves out whatever is no RDS instance.
                if !facts.engine.fits(Kind::Rds) {
                    continue;
                }
                let (identifier, engine, status) = (&facts.identifier, &facts.engine, &facts.status);
                let (kind, tags, upkeep) = (Kind::Rds, &facts.tags, &kept.upkeep);
                one(&named, &Listed { kind, identifier, engine, status, tags, upkeep }, sheet);
            }
        }
    }
}

fn parent(kind: Kind) -> String {
    format!("unlisted/{}", kind.word())
}

fn not_told(sheet: &mut Sheet, kind: Kind, why: &str) {
    let title = format!("whether every {} database is in the policy could not be told", kind.word());
    sheet.unknown(parent(kind), None, &title, &unknown(why));
}

fn one(named: &BTreeSet<(bool, &str)>, listed: &Listed<'_>, sheet: &mut Sheet) {
    let Listed { kind, identifier, .. } = *listed;
    if named.contains(&(kind.is_clustered(), identifier)) || is_somebody_elses(listed) {
        return;
    }
    let told = Told {
        severity: Severity::Low,
        title: format!("{identifier} is in the account and not in the policy"),
        evidence: vec![format!("{} {identifier}, engine {}", kind.word(), listed.engine.word())],
        why: "Nobody looks at its backups, and no drill restores them.",
        mend: Mend::say(format!(
            "Name it in the policy, or accept the finding unlisted/{}/{identifier} there with a reason.",
            kind.word()
        )),
        measure: None,
    };
    sheet.found(told.under(format!("{}/{identifier}", parent(kind)), None));
}

/// Copies of ours, of restore tests, and replicas: what they stand for is looked at elsewhere
fn is_somebody_elses(listed: &Listed<'_>) -> bool {
    let ours = listed.tags.get(PURPOSE).is_some_and(|purpose| Purpose::from_word(purpose).is_some());
    let test = listed.identifier.starts_with(RESTORE_TEST) || listed.tags.keys().any(|key| key == RESTORE_TEST);
    ours || test || listed.upkeep.replica_of.is_some() || listed.status == "deleting"
}
