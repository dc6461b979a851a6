//! What is read, and what becomes of reads that fail.

use std::collections::BTreeSet;

use lifeboat::checkup::{State, World as Facts};
use lifeboat::database::SnapshotKind;
use lifeboat::fault::Class;
use serde_json::json;

use crate::shop::{KEY, cluster, instance, look, shop, snapshot, vault, with};
use crate::world::{Fake, HOME, WEST};

/// Every place of the world with what was read there, as text: two worlds differ where one of these differs
fn read(facts: &Facts) -> Vec<(String, String)> {
    let mut all = vec![
        ("drills".to_owned(), format!("{:?}", facts.drills)),
        ("open_runs".to_owned(), format!("{:?}", facts.open_runs)),
    ];
    for (name, region) in &facts.regions {
        let mut note = |what: &str, text: String| all.push((format!("{name} {what}"), text));
        note("clusters", format!("{:?}", region.clusters));
        note("instances", format!("{:?}", region.instances));
        note("windows", format!("{:?}", region.windows));
        note("snapshots", format!("{:?}", region.snapshots));
        note("sharing", format!("{:?}", region.sharing));
        note("retained", format!("{:?}", region.retained));
        note("quotas", format!("{:?}", region.quotas));
        note("certificates", format!("{:?}", region.certificates));
        note("support", format!("{:?}", region.support));
        note("keys", format!("{:?}", region.keys));
        note("jobs", format!("{:?}", region.jobs));
        note("plans", format!("{:?}", region.plans));
        note("billed", format!("{:?}", region.billed));
        for (vault, facts) in &region.vaults {
            note(&format!("vault {vault}"), format!("{:?}", facts.vault));
            note(&format!("points {vault}"), format!("{:?}", facts.points));
        }
    }
    all
}

/// A shop one of whose databases is gone
fn shop_with_a_loss() -> Fake {
    let fake = shop();
    fake.at(HOME, |account| account.instances.clear());
    fake
}

#[tokio::test]
async fn one_unreadable_thing_never_hides_the_others() {
    // The call that fails, and what is not known then. What hangs on a list goes with it, and with nothing else.
    let table: &[(&str, &[&str])] = &[
        ("clusters", &["clusters"]),
        ("instances", &["instances", "retained"]),
        ("windows", &["windows"]),
        ("snapshots", &["snapshots", "sharing"]),
        ("sharing", &["sharing"]),
        ("retained", &["retained"]),
        ("quotas", &["quotas"]),
        ("certificates", &["certificates"]),
        ("support", &["support"]),
        ("key", &["keys"]),
        ("vault prod", &["vault prod"]),
        ("points prod", &["points prod"]),
        ("jobs Backup", &["jobs"]),
        ("jobs Copy", &["jobs"]),
        ("jobs Restore", &["jobs"]),
        ("metrics", &["billed"]),
        ("list runs/closed", &["drills"]),
        ("list runs/open", &["open_runs"]),
    ];
    let well = read(&look(&shop_with_a_loss(), None, &[], &State::default()).await.facts);
    assert!(!format!("{well:?}").contains("Unknown {"), "{well:?}");
    for class in [Class::Permission, Class::Transient] {
        for (call, lost) in table {
            let fake = shop_with_a_loss();
            fake.fail(&format!("{HOME} {call}"), class);
            let seen = read(&look(&fake, None, &[], &State::default()).await.facts);
            let places: Vec<&String> = well.iter().map(|(place, _)| place).collect();
            assert_eq!(seen.iter().map(|(place, _)| place).collect::<Vec<_>>(), places, "{call}");
            let differs: BTreeSet<&str> =
                well.iter().zip(&seen).filter(|(a, b)| a.1 != b.1).map(|(a, _)| a.0.as_str()).collect();
            let wanted: Vec<String> = lost
                .iter()
                .map(|what| {
                    if well.iter().any(|(place, _)| place == what) {
                        (*what).to_owned()
                    } else {
                        format!("{HOME} {what}")
                    }
                })
                .collect();
            assert_eq!(differs, wanted.iter().map(String::as_str).collect(), "{call} {class:?}");
            let why = &seen.iter().find(|(place, _)| *place == wanted[0]).unwrap().1;
            assert!(why.contains("on purpose"), "{call}: {why}");
        }
    }
}

#[tokio::test]
async fn without_the_plans_the_vaults_that_they_copy_to_are_not_known_and_everything_else_is() {
    let fake = shop();
    fake.fail(&format!("{HOME} plans"), Class::Permission);
    let facts = look(&fake, None, &[], &State::default()).await.facts;
    assert!(matches!(facts.regions[HOME].plans, Some(Err(_))));
    assert!(facts.regions[HOME].vaults["prod"].points.is_ok() && facts.regions[WEST].vaults.is_empty());
    assert!(matches!(&facts.regions[WEST].snapshots, Some(Ok(copies)) if copies.len() == 1));
}

#[tokio::test]
async fn another_region_that_does_not_answer_hides_nothing_at_home() {
    let fake = shop();
    fake.fail(WEST, Class::Transient);
    let facts = look(&fake, None, &[], &State::default()).await.facts;
    assert!(matches!(facts.regions[WEST].snapshots, Some(Err(_))));
    assert!(facts.regions[WEST].vaults["dr"].vault.is_err() && facts.regions[WEST].vaults["dr"].points.is_err());
    let home = &facts.regions[HOME];
    assert!(matches!((&home.clusters, &home.snapshots, &home.jobs), (Some(Ok(_)), Some(Ok(_)), Some(Ok(_)))));
}

#[tokio::test]
async fn elsewhere_only_what_may_be_there_is_read() {
    let fake = shop();
    let facts = look(&fake, None, &[], &State::default()).await.facts;
    assert_eq!(facts.regions.keys().map(String::as_str).collect::<Vec<_>>(), [HOME, WEST]);
    let mut calls = fake.calls(WEST);
    calls.sort();
    let wanted = [
        format!("{WEST} key {KEY}"),
        format!("{WEST} points dr"),
        format!("{WEST} sharing copy-1"),
        format!("{WEST} snapshots "),
        format!("{WEST} vault dr"),
    ];
    assert_eq!(calls, wanted);
    assert!(facts.regions[WEST].quotas.is_none() && facts.regions[WEST].clusters.is_none());
}

#[tokio::test]
async fn where_drills_restore_their_copies_and_quotas_are_read_too() {
    let fake = shop();
    with(&fake, |policy| {
        let drills = json!({"weekly": {}, "dr": {"source": "recovery_point", "region": "us-east-1",
            "sandbox": {"subnet_group": "dr", "security_groups": ["sg-0a1b2c3d4e5f60718"]}}});
        policy["databases"]["orders"]["drills"] = drills;
    });
    fake.at("us-east-1", |account| {
        account.vaults.insert("prod".to_owned(), vault("prod", KEY));
    });
    let facts = look(&fake, None, &[], &State::default()).await.facts;
    let east = &facts.regions["us-east-1"];
    assert!(matches!((&east.clusters, &east.instances, &east.quotas), (Some(Ok(_)), Some(Ok(_)), Some(Ok(_)))));
    assert!(east.vaults["prod"].points.is_ok());
}

#[tokio::test]
async fn a_vault_that_is_not_there_is_told_apart_from_one_that_may_not_be_looked_at() {
    let fake = shop();
    fake.at(HOME, |account| account.vaults.clear());
    let vault = look(&fake, None, &[], &State::default()).await.facts.regions[HOME].vaults["prod"].clone();
    assert!(vault.vault == Ok(None) && vault.points.is_err());
    fake.fail(&format!("{HOME} vault"), Class::Permission);
    let vault = look(&fake, None, &[], &State::default()).await.facts.regions[HOME].vaults["prod"].clone();
    assert!(vault.vault.is_err() && vault.points.is_err());
}

#[tokio::test]
async fn one_database_alone_costs_few_calls() {
    let fake = shop();
    let facts = look(&fake, Some("ledger"), &[], &State::default()).await.facts;
    let mut calls: Vec<String> = fake.calls("").into_iter().filter(|call| !call.contains("runs/closed")).collect();
    calls.sort();
    let at = |call: &str| format!("{HOME} {call}");
    let jobs = |kind: &str| at(&format!("jobs {kind} 2026-11-21T07:00:00Z"));
    let wanted = [
        at("certificates "),
        at("instances "),
        jobs("Backup"),
        jobs("Copy"),
        jobs("Restore"),
        at(&format!("key {KEY}")),
        at("list runs/open/"),
        at("snapshots-of prod-ledger"),
        at("support "),
        at("window-of prod-ledger"),
    ];
    assert_eq!(calls, wanted);
    assert_eq!(facts.regions.len(), 1);
    let home = &facts.regions[HOME];
    assert!(home.clusters.is_none() && home.quotas.is_none() && home.plans.is_none() && home.billed.is_none());
}

#[tokio::test]
async fn each_key_is_asked_for_once_and_no_more_than_the_bound() {
    let fake = shop();
    fake.at(HOME, |account| {
        let key = |n: usize| format!("arn:aws:kms:{HOME}:123456789012:key/{n:03}");
        account.snapshots = (0..500)
            .map(|n| {
                let name = format!("rds:{n}");
                let mut one = snapshot(HOME, &name, "prod-orders", SnapshotKind::Automated, "2026-11-21T00:00:00Z");
                one.details.kms_key = Some(key(n % 250));
                one
            })
            .collect();
    });
    let facts = look(&fake, None, &[], &State::default()).await.facts;
    let keys = &facts.regions[HOME].keys;
    // Two hundred and fifty of the snapshots, and one of the databases
    assert_eq!((keys.len(), fake.calls(&format!("{HOME} key")).len()), (251, 200));
    let beyond = keys.values().filter(|key| key.as_ref().is_err_and(|why| why.why.contains("more than 200 KMS keys")));
    assert_eq!(beyond.count(), 51);
}

#[tokio::test]
async fn a_thousand_clusters_and_ten_thousand_snapshots_cost_no_call_for_each() {
    let fake = shop();
    with(&fake, |policy| {
        for n in 0..998 {
            let entry = json!({"kind": "aurora", "identifier": format!("c{n}"), "backups": {"retention_days": 7}});
            policy["databases"][format!("c{n}")] = entry;
        }
    });
    fake.at(HOME, |account| {
        account.clusters.extend((0..998).map(|n| cluster(&format!("c{n}"), 7)));
        account.snapshots.extend((0..10_000).map(|n| {
            let (name, of) = (format!("m{n}"), format!("c{}", n % 998));
            snapshot(HOME, &name, &of, SnapshotKind::Manual, "2026-11-21T00:00:00Z")
        }));
    });
    look(&fake, None, &[], &State::default()).await;
    let calls = fake.calls("");
    let sharing = calls.iter().filter(|call| call.contains(" sharing ")).count();
    assert_eq!((sharing, calls.len() - sharing <= 40), (40, true), "{} calls", calls.len());
    assert_eq!(fake.calls(&format!("{HOME} metrics")).len(), 1);
}

#[tokio::test]
async fn what_an_event_names_is_looked_at_first() {
    let fake = shop();
    with(&fake, |policy| {
        policy["checkup"] = json!({"sharing_asked_per_run": 1});
        policy["databases"]["orders"]["backups"]["recovery_points"] =
            json!([{"vault": "prod", "newest_hours": 26}, {"vault": "second", "newest_hours": 26}]);
        policy["databases"]["archive"] = json!({"kind": "aurora", "identifier": "old-orders"});
    });
    fake.at(HOME, |account| {
        account.clusters.push(cluster("old-orders", 7));
        let old = snapshot(HOME, "old-1", "old-orders", SnapshotKind::Manual, "2020-01-01T00:00:00Z");
        account.snapshots.push(old);
    });
    let cluster = "arn:aws:rds:ap-northeast-1:123456789012:cluster:old-orders";
    look(&fake, None, &[cluster, "second"], &State::default()).await;
    assert_eq!(fake.calls(&format!("{HOME} sharing")), [format!("{HOME} sharing old-1")]);
    assert!(fake.calls(&format!("{HOME} vault"))[0].ends_with("second"));
}

#[tokio::test]
async fn backups_of_databases_that_are_gone_are_looked_for_up_to_a_bound() {
    let fake = shop();
    fake.at(HOME, |account| account.instances = vec![instance("another", 7)]);
    look(&fake, None, &[], &State::default()).await;
    assert_eq!(fake.calls(&format!("{HOME} retained")), [format!("{HOME} retained prod-ledger")]);
    with(&fake, |policy| {
        for n in 0..30 {
            policy["databases"][format!("gone-{n}")] = json!({"kind": "aurora", "identifier": format!("gone-{n}")});
        }
    });
    fake.wait(0);
    let facts = look(&fake, None, &[], &State::default()).await.facts;
    assert_eq!(fake.calls(&format!("{HOME} retained")).len(), 20);
    assert_eq!(facts.regions[HOME].retained.values().filter(|read| read.is_err()).count(), 11);
}
