//! Who else may restore a snapshot.
//!
//! AWS tells it for one snapshot at a time, so a check asks for some and remembers the others. What was never asked is not
//! private: it is counted, in one finding for each database and region.

use crate::checkup::Sheet;
use crate::checkup::facts::Region;
use crate::checkup::finding::{Mend, Severity};
use crate::checkup::look::{Protected, Told};
use crate::database::{Sharing, Snapshot, SnapshotKind};
use crate::moment;

use super::snapshots::named;

/// `sharing/<database>` stands for the list, `sharing/<database>/<snapshot>` for one that is shared; the region stands
/// between the two where it is not the database's own.
pub(super) fn ask(of: &Protected<'_>, sheet: &mut Sheet) {
    for region in std::iter::once(of.asking.home()).chain(of.copy_regions()) {
        in_region(of, region, sheet);
    }
}

fn in_region(of: &Protected<'_>, region: &str, sheet: &mut Sheet) {
    let at_home = region == of.asking.home();
    let list = if at_home { of.id("sharing") } else { format!("{}/{region}", of.id("sharing")) };
    let title = format!("who else may restore the snapshots of {} in {region} could not be told", of.name);
    let read = of.asking.region(region).and_then(|facts| of.snapshots(region).map(|snapshots| (facts, snapshots)));
    let (facts, snapshots) = match read {
        Ok(read) => read,
        Err(why) => return sheet.unknown(list, Some(of.name), &title, &why),
    };
    let mut not_known = Vec::new();
    let mut refused = Vec::new();
    for snapshot in snapshots.into_iter().filter(|snapshot| can_be_shared(snapshot)) {
        match sharing(facts, snapshot) {
            Sharing::Private => {}
            Sharing::NotAsked => not_known.push(snapshot.identifier.clone()),
            Sharing::Unknown(why) => refused.push(format!("{}: {why}", snapshot.identifier)),
            Sharing::With(accounts) => {
                let told = shared(of, region, snapshot, accounts);
                sheet.found(told.under(format!("{list}/{}", snapshot.identifier), Some(of.name)));
            }
        }
    }
    if not_known.is_empty() && refused.is_empty() {
        return sheet.fine(list);
    }
    let told = not_asked(of, region, &not_known, &refused);
    sheet.found(told.under(list, Some(of.name)));
}

/// RDS shares manual snapshots only: automated ones and AWS Backup's are copied first
fn can_be_shared(snapshot: &Snapshot) -> bool {
    matches!(snapshot.kind, SnapshotKind::Manual | SnapshotKind::Other)
}

fn sharing<'a>(facts: &'a Region, snapshot: &'a Snapshot) -> &'a Sharing {
    let remembered = facts.sharing.get(&snapshot.arn).filter(|sharing| **sharing != Sharing::NotAsked);
    remembered.unwrap_or(&snapshot.details.sharing)
}

fn shared(of: &Protected<'_>, region: &str, snapshot: &Snapshot, accounts: &[String]) -> Told {
    let public = accounts.iter().any(|account| account == "all");
    let (name, identifier) = (of.name, snapshot.identifier.as_str());
    let (call, key) = if of.clustered() {
        ("modify-db-cluster-snapshot-attribute", "--db-cluster-snapshot-identifier")
    } else {
        ("modify-db-snapshot-attribute", "--db-snapshot-identifier")
    };
    let mut args =
        vec!["aws", of.service(), call, key, identifier, "--attribute-name", "restore", "--values-to-remove"];
    // An answer without accounts says that somebody has it, and not who.
    if public || accounts.is_empty() {
        args.push("all");
    } else {
        args.extend(accounts.iter().map(String::as_str));
    }
    args.extend(["--region", region]);
    let mut evidence = vec![format!("the snapshot {identifier} of {} in {region}", of.identifier())];
    if let Some(at) = snapshot.created_at {
        evidence.push(format!("made {}", moment::both(at, &of.asking.policy.zone())));
    }
    evidence.extend(accounts.iter().map(|account| match account.as_str() {
        "all" => "everybody may restore it".to_owned(),
        account => format!("the account {account} may restore it"),
    }));
    Told {
        severity: if public { Severity::High } else { Severity::Medium },
        title: if public {
            format!("everybody may restore {identifier}, a snapshot of {name}")
        } else {
            format!("other accounts may restore {identifier}, a snapshot of {name}")
        },
        evidence,
        why: if public {
            "Whoever has an AWS account can read the whole database."
        } else {
            "Those accounts can read the whole database, and nothing here notices when they do."
        },
        mend: Mend::run("Take the permission back, or accept the finding in the policy with a reason.", &args),
        measure: None,
    }
}

fn not_asked(of: &Protected<'_>, region: &str, not_known: &[String], refused: &[String]) -> Told {
    let name = of.name;
    let each_run = of.asking.policy.checkup.sharing_asked_per_run;
    let mut evidence: Vec<String> = named(refused);
    if !not_known.is_empty() {
        evidence.push(format!("{} were not asked about yet", not_known.len()));
        evidence.extend(named(not_known));
    }
    let words = match (refused.is_empty(), each_run) {
        (false, _) => "Mend what the reasons name; the next check asks again.".to_owned(),
        (true, 0) => "Set checkup.sharing_asked_per_run in the policy to more than 0, so that it is asked.".to_owned(),
        (true, _) => format!("Nothing: each check asks about {each_run} of them, the next ones first."),
    };
    let count = not_known.len() + refused.len();
    Told {
        severity: Severity::Unjudged,
        title: format!("whether {count} of the snapshots of {name} in {region} are shared is not known yet"),
        evidence,
        why: "What could not be looked at may be wrong.",
        mend: Mend::say(words),
        measure: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_this_run_asked_counts_before_what_the_list_says() {
        let snapshot = crate::checkup::healthy::snapshot("prod-orders", "manual-1", 30);
        let mut facts = Region::default();
        assert_eq!(sharing(&facts, &snapshot), &Sharing::NotAsked);
        facts.sharing.insert(snapshot.arn.clone(), Sharing::Private);
        assert_eq!(sharing(&facts, &snapshot), &Sharing::Private);
        facts.sharing.insert(snapshot.arn.clone(), Sharing::NotAsked);
        let told = Snapshot {
            details: crate::database::SnapshotDetails {
                sharing: Sharing::With(vec!["all".into()]),
                ..Default::default()
            },
            ..snapshot
        };
        assert_eq!(sharing(&facts, &told), &Sharing::With(vec!["all".into()]));
    }
}
