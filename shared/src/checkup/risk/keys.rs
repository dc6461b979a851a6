//! Whether the KMS keys behind a database and its snapshots can be used. Without its key, a backup is noise.

use std::collections::{BTreeMap, BTreeSet};

use crate::checkup::facts::{Region, Unknown};
use crate::checkup::finding::{Mend, Severity};
use crate::checkup::index::Index;
use crate::checkup::look::{Protected, Told, unknown};
use crate::checkup::{Asking, Sheet, World};
use crate::database::{Key, Seen};
use crate::moment;
use crate::policy::Policy;

use super::snapshots::named;

const KEY: &str = "key";

/// The keys that [`judge`](crate::checkup::judge) wants to know of in a region, by ARN: those of protected databases and
/// of their snapshots there. What is wanted follows from what was read, so it is asked last.
pub fn wanted_keys(policy: &Policy, world: &World, region: &str) -> BTreeSet<String> {
    let index = Index::of(world);
    let asking = Asking { now: jiff::Timestamp::UNIX_EPOCH, policy, world, index: &index };
    asking
        .protected()
        .filter(|of| regions(of).any(|used| used == region))
        .flat_map(|of| uses(&of, region).by_key.into_keys())
        .collect()
}

/// `key/<database>`, and `key/<database>/<region>` for copies elsewhere
pub(super) fn ask(of: &Protected<'_>, sheet: &mut Sheet) {
    for region in regions(of) {
        let id = if region == of.asking.home() { of.id(KEY) } else { format!("{}/{region}", of.id(KEY)) };
        match broken(of, region) {
            Ok(None) => sheet.fine(id),
            Ok(Some(told)) => sheet.found(told.under(id, Some(of.name))),
            Err(why) => {
                let title = format!("whether the keys of {}'s backups in {region} work could not be told", of.name);
                sheet.unknown(id, Some(of.name), &title, &why);
            }
        }
    }
}

fn regions<'a>(of: &Protected<'a>) -> impl Iterator<Item = &'a str> + use<'a> {
    std::iter::once(of.asking.home()).chain(of.copy_regions())
}

/// What is encrypted with which key
#[derive(Default)]
struct Uses {
    by_key: BTreeMap<String, Vec<String>>,
    /// What uses a key that AWS does not name, and what could not be read
    not_told: Vec<String>,
    /// RDS itself says that it cannot use the key of the database
    locked: bool,
}

fn uses(of: &Protected<'_>, region: &str) -> Uses {
    let mut uses = Uses::default();
    let note = |what: String, encrypted: bool, key: Option<&String>, uses: &mut Uses| match key {
        Some(key) => uses.by_key.entry(key.clone()).or_default().push(what),
        None if encrypted => uses.not_told.push(format!("AWS does not say with which key {what} is encrypted")),
        None => {}
    };
    if region == of.asking.home() {
        match of.seen() {
            Seen::Absent => {}
            Seen::Unknown(why) => uses.not_told.push(why),
            Seen::Present(subject) => {
                uses.locked = subject.status.starts_with("inaccessible-encryption-credentials");
                let configuration = subject.configuration;
                let what = format!("the database {}", of.identifier());
                note(what, configuration.encrypted, configuration.kms_key.as_ref(), &mut uses);
            }
        }
    }
    match of.snapshots(region) {
        Err(unknown) => uses.not_told.push(unknown.why),
        Ok(mut snapshots) => {
            snapshots.sort_by(|a, b| a.identifier.cmp(&b.identifier));
            for snapshot in snapshots {
                let what = format!("the snapshot {}", snapshot.identifier);
                note(what, snapshot.encrypted, snapshot.details.kms_key.as_ref(), &mut uses);
            }
        }
    }
    uses
}

/// How a key stands
enum Stands {
    Usable,
    Broken(String),
    NotTold(String),
}

fn stands(facts: &Region, arn: &str) -> Stands {
    let key = match facts.keys.get(arn) {
        None => return Stands::NotTold(format!("the key {arn} was not asked about")),
        Some(Err(unknown)) => return Stands::NotTold(format!("the key {arn}: {}", unknown.why)),
        Some(Ok(None)) => return Stands::Broken(format!("the key {arn} does not exist")),
        Some(Ok(Some(key))) => key,
    };
    match key.state.as_str() {
        // `Updating` is how KMS calls a key while it is changed, as when its replicas are; it can be used.
        "Enabled" | "Updating" => Stands::Usable,
        "Disabled" | "PendingDeletion" | "PendingReplicaDeletion" | "PendingImport" | "Unavailable" => {
            Stands::Broken(state(key))
        }
        other => Stands::NotTold(format!("the key {arn} is {other:?}, which is not a state that is known here")),
    }
}

fn state(key: &Key) -> String {
    match key.deleted_at {
        Some(at) => format!("the key {} is {} and will be deleted {}", key.arn, key.state, moment::utc(at)),
        None => format!("the key {} is {}", key.arn, key.state),
    }
}

fn broken(of: &Protected<'_>, region: &str) -> Result<Option<Told>, Unknown> {
    let facts = of.asking.region(region)?;
    let Uses { by_key, mut not_told, locked } = uses(of, region);
    let (mut evidence, mut first, mut hit) = (Vec::new(), None, 0);
    for (arn, what) in &by_key {
        match stands(facts, arn) {
            Stands::Usable => {}
            Stands::NotTold(why) => not_told.push(why),
            Stands::Broken(line) => {
                evidence.push(line);
                evidence.extend(named(what));
                hit += what.len();
                first.get_or_insert(arn.as_str());
            }
        }
    }
    if locked {
        evidence.push(format!("RDS says that it cannot use the key of {}", of.identifier()));
    }
    if evidence.is_empty() {
        return if not_told.is_empty() { Ok(None) } else { Err(unknown(not_told.join("; "))) };
    }
    evidence.extend(not_told.into_iter().map(|why| format!("not all could be looked at: {why}")));
    let name = of.name;
    let title = if hit == 0 {
        format!("RDS cannot use the key of {name}")
    } else {
        format!("{name}: the database or snapshots of it in {region} hang on a key that cannot be used")
    };
    Ok(Some(Told {
        severity: Severity::High,
        title,
        evidence,
        why: "What is encrypted with a key that is gone can be restored by nobody, AWS included.",
        mend: mend(facts, first, region),
        measure: None,
    }))
}

fn mend(facts: &Region, arn: Option<&str>, region: &str) -> Mend {
    let key = arn.and_then(|arn| facts.keys.get(arn)).and_then(|key| key.as_ref().ok()?.as_ref());
    let (words, call) = match key.map(|key| key.state.as_str()) {
        Some("PendingDeletion") => ("Cancel the deletion of the key, then enable it.", "cancel-key-deletion"),
        Some("Disabled") => ("Enable the key.", "enable-key"),
        Some("PendingImport") => return Mend::say("Import the key's material again."),
        Some(_) => return Mend::say("Bring back the key store or the primary key that it depends on."),
        None => {
            return Mend::say(
                "Find out who removed the key; take new backups with another key while the database still runs.",
            );
        }
    };
    match arn {
        Some(arn) => Mend::run(words, &["aws", "kms", call, "--key-id", arn, "--region", region]),
        None => Mend::say(words),
    }
}
