//! Whether a drill, a recovery or a snapshot would meet a quota of the account.

use std::collections::BTreeSet;

use crate::checkup::finding::{Mend, Severity};
use crate::checkup::look::{Told, is_of_cluster, read, unknown};
use crate::checkup::{Asking, Sheet};
use crate::lifecycle::{CLUSTER_COPIES, INSTANCE_COPIES};
use crate::policy::Policy;

/// Percent of a quota from which on a finding is made, and from which on it is a grave one
const NEAR: i64 = 80;
const FULL: i64 = 95;

/// AWS's name of the quota, what it limits, and its code in Service Quotas
const QUOTAS: [(&str, &str, &str); 4] = [
    ("DBClusters", "clusters", "L-952B80B8"),
    ("DBInstances", "instances", "L-7B6409FD"),
    ("ManualSnapshots", "manual snapshots of instances", "L-272F1212"),
    ("ManualClusterSnapshots", "manual snapshots of clusters", "L-9B510759"),
];

/// The regions whose quotas [`judge`](crate::checkup::judge) wants to know of: the home region, and wherever the policy
/// restores or copies to
pub fn regions_with_quotas(policy: &Policy, home: &str) -> BTreeSet<String> {
    let mut regions = policy.drill_regions();
    regions.extend(copied_to(policy));
    regions.insert(home.to_owned());
    regions
}

fn copied_to(policy: &Policy) -> impl Iterator<Item = String> {
    let rules = policy.databases.iter().filter_map(|(_, database)| database.snapshots.as_ref());
    rules.filter_map(|rules| rules.copy_to.as_ref()).map(|to| to.region.clone())
}

pub(super) fn ask(asking: &Asking<'_>, sheet: &mut Sheet) {
    for region in regions_with_quotas(asking.policy, asking.home()) {
        quotas(asking, &region, sheet);
    }
    let regions: BTreeSet<String> = copied_to(asking.policy).filter(|region| region != asking.home()).collect();
    for region in regions {
        in_flight(asking, &region, sheet);
    }
}

fn quotas(asking: &Asking<'_>, region: &str, sheet: &mut Sheet) {
    let quotas = asking.region(region).and_then(|facts| read(facts.quotas.as_ref(), "quotas", region));
    for (name, what, code) in QUOTAS {
        let id = format!("quota/{region}/{name}");
        let quota = quotas.as_ref().map_err(Clone::clone).and_then(|list| {
            let quota = list.iter().find(|quota| quota.name == name && quota.most > 0);
            quota.ok_or_else(|| unknown(format!("AWS does not name the quota {name}")))
        });
        let quota = match quota {
            Ok(quota) => quota,
            Err(why) => {
                let title = format!("how many more {what} {region} takes could not be told");
                sheet.unknown(id, None, &title, &why);
                continue;
            }
        };
        let at_least = |percent: i64| quota.used.saturating_mul(100) >= quota.most.saturating_mul(percent);
        if !at_least(NEAR) {
            sheet.fine(id);
            continue;
        }
        let (used, most) = (quota.used, quota.most);
        let wanted = most.saturating_mul(2).to_string();
        let service = ["aws", "service-quotas", "request-service-quota-increase", "--service-code", "rds"];
        let of = ["--quota-code", code, "--desired-value", &wanted, "--region", region];
        let args: Vec<&str> = service.into_iter().chain(of).collect();
        let told = Told {
            severity: if at_least(FULL) { Severity::High } else { Severity::Medium },
            title: format!("{region} has {used} of {most} {what}"),
            evidence: vec![format!("{name}: {used} used, {most} allowed")],
            why: "A drill or a recovery needs a cluster and its instances, and a snapshot needs its place.",
            mend: Mend::run("Remove what is not needed, or ask for more.", &args),
            measure: Some(share(used, most)),
        };
        sheet.found(told.under(id, None));
    }
}

/// Percent used
fn share(used: i64, most: i64) -> f64 {
    let tenths = used.saturating_mul(1000) / most.max(1);
    f64::from(i32::try_from(tenths).unwrap_or(i32::MAX)) / 10.0
}

/// Copies that AWS makes at the same time: what is beyond waits, and a copy that waits is no copy
fn in_flight(asking: &Asking<'_>, region: &str, sheet: &mut Sheet) {
    let limits = [("clusters", true, CLUSTER_COPIES), ("instances", false, INSTANCE_COPIES)];
    let snapshots = asking.region(region).and_then(|facts| read(facts.snapshots.as_ref(), "snapshots", region));
    for (of, clustered, most) in limits {
        let id = format!("copies-in-flight/{region}/{of}");
        let snapshots = match &snapshots {
            Ok(snapshots) => snapshots,
            Err(why) => {
                let title = format!("how many copies of {of} {region} is making could not be told");
                sheet.unknown(id, None, &title, why);
                continue;
            }
        };
        let copied = snapshots.iter().filter(|snapshot| {
            let begun = snapshot.status == "creating" && snapshot.details.copied_from.is_some();
            (begun || snapshot.status == "copying") && is_of_cluster(snapshot) == clustered
        });
        let mut names: Vec<String> = copied.map(|snapshot| snapshot.identifier.clone()).collect();
        names.sort();
        if names.len() < most {
            sheet.fine(id);
            continue;
        }
        let told = Told {
            severity: Severity::Low,
            title: format!(
                "{region} is making {} copies of snapshots of {of}; AWS makes {most} at a time",
                names.len()
            ),
            evidence: super::snapshots::named(&names),
            why: "Further copies wait until one of these is complete.",
            mend: Mend::say("Nothing, if they go on; copies that stand still for a day are begun anew."),
            measure: None,
        };
        sheet.found(told.under(id, None));
    }
}
