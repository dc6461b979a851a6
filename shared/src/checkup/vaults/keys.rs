//! Keys of vaults and of recovery points: without its key a backup cannot be read by anybody.

use std::collections::BTreeMap;

use super::super::{Asking, Finding, Mend, Severity, Sheet, Unknown};
use super::points::is_restorable;
use super::{Subject, count, home, measure, not_told, only, subject, unknown, vault, vault_facts, vaults};
use crate::database::Key;
use crate::moment;

/// What is wrong with a key
struct Broken {
    words: String,
    mend: Mend,
}

pub(super) fn ask(asking: &Asking<'_>, sheet: &mut Sheet) {
    for (name, databases) in vaults(asking.policy) {
        let id = format!("vault-key/{name}");
        let database = only(&databases);
        match of_vault(asking, name) {
            Ok(None) => sheet.fine(id),
            Ok(Some(broken)) => sheet.found(Finding {
                id,
                database: database.map(str::to_owned),
                severity: Severity::High,
                title: format!("the key of vault {name} cannot be used: {}", broken.words),
                evidence: vec![broken.words],
                why: "AWS Backup can neither write to the vault nor restore from it without its key.".to_owned(),
                mend: broken.mend,
                measure: None,
            }),
            Err(why) => {
                sheet.unknown(id, database, &format!("it is not known whether the key of vault {name} works"), &why);
            }
        }
    }
    for (name, database) in &asking.policy.databases {
        for wanted in &database.backups.recovery_points {
            let judged = subject(asking, database).and_then(|subject| of_points(asking, &wanted.vault, subject));
            let id = format!("point-keys/{name}/{}", wanted.vault);
            told(asking, sheet, id, (name, &wanted.vault), judged);
        }
    }
}

/// `Ok(None)`: usable. A vault that does not exist has no key; another question tells of it.
fn of_vault(asking: &Asking<'_>, name: &str) -> Result<Option<Broken>, Unknown> {
    let Some(vault) = vault(asking, name)? else { return Ok(None) };
    let key = vault.kms_key.as_deref();
    let key = key.ok_or_else(|| unknown(format!("AWS does not say which key vault {name} has")))?;
    usable(asking, key)
}

fn usable(asking: &Asking<'_>, arn: &str) -> Result<Option<Broken>, Unknown> {
    let region = home(asking)?;
    let known = region.keys.get(arn).ok_or_else(|| unknown(format!("the key {arn} was not read")))?;
    match known.as_ref().map_err(Clone::clone)? {
        None => {
            let words = format!("the key {arn} does not exist");
            let mend = "Nothing brings a deleted key back: begin anew with a vault and backups under another key.";
            Ok(Some(Broken { words, mend: Mend::say(mend) }))
        }
        Some(key) => state(key, &asking.world.home),
    }
}

fn state(key: &Key, home: &str) -> Result<Option<Broken>, Unknown> {
    let arn = key.arn.as_str();
    let run = |verb: &str, words: &str| Mend::run(words, &["aws", "kms", verb, "--key-id", arn, "--region", home]);
    let broken = |mend| Ok(Some(Broken { words: format!("the key {arn} is {}", key.state), mend }));
    match key.state.as_str() {
        "Enabled" => Ok(None),
        "Disabled" => broken(run("enable-key", "Enable the key.")),
        "PendingDeletion" | "PendingReplicaDeletion" => {
            let at = key.deleted_at.map(|at| format!(", for ever gone at {}", moment::utc(at))).unwrap_or_default();
            let words = format!("the key {arn} is to be deleted{at}");
            let mend = run("cancel-key-deletion", "Cancel the deletion at once, then enable the key.");
            Ok(Some(Broken { words, mend }))
        }
        "PendingImport" | "Unavailable" => broken(Mend::say("Bring its material or its key store back.")),
        other => Err(unknown(format!("the key {arn} is in the state {other}, which is not known here"))),
    }
}

/// The keys that do not work, each with how many points need it
fn of_points(asking: &Asking<'_>, name: &str, subject: Subject<'_>) -> Result<Vec<(usize, Broken)>, Unknown> {
    vault_facts(asking, name)?.points.as_ref().map_err(Clone::clone)?;
    let own = subject.points(asking, name).into_iter().filter(|facts| is_restorable(facts));
    let mut keys: BTreeMap<&str, usize> = BTreeMap::new();
    let mut not_known = None;
    for facts in own {
        match facts.point.kms_key.as_deref() {
            Some(key) => *keys.entry(key).or_default() += 1,
            // A point of a database that is not encrypted has no key.
            None if !subject.encrypted => {}
            None => {
                let arn = &facts.point.arn;
                not_known = Some(unknown(format!("AWS does not say which key recovery point {arn} has")));
            }
        }
    }
    let mut broken = Vec::new();
    for (key, points) in keys {
        match usable(asking, key) {
            Ok(None) => {}
            Ok(Some(one)) => broken.push((points, one)),
            Err(why) => not_known = Some(why),
        }
    }
    match not_known {
        Some(why) if broken.is_empty() => Err(why),
        _ => Ok(broken),
    }
}

fn told(
    asking: &Asking<'_>,
    sheet: &mut Sheet,
    id: String,
    (name, vault): (&str, &str),
    judged: Result<Vec<(usize, Broken)>, Unknown>,
) {
    let broken = match judged {
        Ok(broken) => broken,
        Err(why) => {
            let title = format!("it is not known whether the keys of {name}'s recovery points in {vault} work");
            return not_told(asking, sheet, id, name, &title, &why);
        }
    };
    let evidence = broken.iter().map(|(points, one)| format!("{}: {}", count(*points, "recovery point"), one.words));
    let evidence: Vec<String> = evidence.collect();
    let points = broken.iter().map(|(points, _)| points).sum();
    let Some((_, first)) = broken.into_iter().next() else { return sheet.fine(id) };
    sheet.found(Finding {
        id,
        database: Some(name.to_owned()),
        severity: Severity::High,
        title: format!(
            "{} of {name} in vault {vault} cannot be restored: {}",
            count(points, "recovery point"),
            first.words
        ),
        evidence,
        why: "A recovery point can be read with its key only.".to_owned(),
        mend: first.mend,
        measure: measure(points),
    });
}
