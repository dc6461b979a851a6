//! What the person at 3 a.m. reads.

use proptest::prelude::*;

use super::text::columns;
use super::{plan_of_recovery_message, windows_message};
use crate::database::{Quota, RecoveryPoint, Seen};
use crate::recover::tests::fixtures::{KEY, RUN, aurora, documents, facts, gone, instance, key, now};
use crate::recover::{Blueprint, Facts, From, Resolved, Windows, Wish, dry_run, resolve};
use crate::request::{StartRecovery, Wanted, With};
use crate::restore::{Point, Purpose, Sandbox};

fn windows(all: &[Facts]) -> String {
    let all: Vec<Windows> = all.iter().map(|facts| Windows::of(facts, now())).collect();
    let said = windows_message(&all, now(), "Asia/Tokyo");
    assert!(said.lines().all(|line| columns(line) < 78), "{said}");
    said
}

#[test]
fn what_can_be_restored_of_one_database() {
    insta::assert_snapshot!(windows(&[facts()]));
}

#[test]
fn of_a_database_that_is_gone() {
    insta::assert_snapshot!(windows(&[gone()]));
}

#[test]
fn of_several_and_what_could_not_be_read_is_said() {
    let denied = || "AccessDenied: rds:DescribeDBClusters".to_owned();
    let mut unread = Facts { database: "ledger".to_owned(), identifier: "prod-ledger".to_owned(), ..facts() };
    unread.living = Seen::Unknown(denied());
    unread.snapshots = Seen::Unknown(denied());
    unread.retained = Seen::Unknown(denied());
    unread.vaults = vec![
        ("prod".to_owned(), Seen::Unknown("AccessDenied".to_owned())),
        ("dr".to_owned(), Seen::<Vec<RecoveryPoint>>::Absent),
    ];
    let mut locked = facts();
    locked.database = "warehouse".to_owned();
    locked.keys = [(KEY.to_owned(), Seen::Present(key("PendingDeletion")))].into();
    let said = windows(&[locked, unread, Facts { database: "lost".to_owned(), ..gone() }]);
    assert!(!said.contains("ledger: none"), "{said}");
    insta::assert_snapshot!(said);
}

#[test]
fn the_answer_says_the_same_as_fields() {
    insta::assert_snapshot!(serde_json::to_string_pretty(&Windows::of(&gone(), now())).unwrap());
}

fn plan(blueprint: &Blueprint, purpose: Purpose, quotas: &Seen<Vec<Quota>>, denied: &[(String, String)]) -> String {
    let point = Point::Time { to: "2026-11-20T11:00:00Z".parse().unwrap() };
    let resolved = Resolved {
        point: point.clone(),
        from: From::Source(blueprint.identifier.clone()),
        told: format!("to 2026-11-20 20:00:00 JST, from the automated backups of {}", blueprint.identifier),
        in_the_way: Vec::new(),
    };
    let is_inspection = purpose == Purpose::Inspection;
    let wish = Wish {
        run: if is_inspection { "inspect-orders-20261120120000" } else { RUN },
        database: "orders",
        purpose,
        blueprint,
        resolved: &resolved,
        expires_at: is_inspection.then(|| now() + jiff::SignedDuration::from_hours(8)),
        quotas,
        denied,
    };
    let request = StartRecovery {
        database: "orders".to_owned(),
        from: Wanted::Time("1 hour ago".to_owned()),
        dry_run: true,
        inspect_for: is_inspection.then(|| jiff::SignedDuration::from_hours(8)),
        with: With { instance_class: Some("db.r6g.large".to_owned()).filter(|_| !is_inspection), ..With::default() },
        scheduled_time: None,
    };
    let said = plan_of_recovery_message(&dry_run(&wish), &point, &request, "Asia/Tokyo");
    assert!(said.lines().all(|line| columns(line) < 78), "{said}");
    said
}

fn quota(name: &str, used: i64, most: i64) -> Quota {
    Quota { name: name.to_owned(), used, most }
}

#[test]
fn a_dry_run_says_every_call_with_its_parameters() {
    let roomy = Seen::Present(vec![quota("DBClusters", 12, 40), quota("DBInstances", 20, 40)]);
    insta::assert_snapshot!(plan(&aurora(), Purpose::Recovery, &roomy, &[]));
}

#[test]
fn a_dry_run_of_an_rds_instance_that_nothing_lets_begin() {
    let full = Seen::Present(vec![quota("DBInstances", 40, 40), quota("AllocatedStorage", 99_900, 100_000)]);
    let denied = ("rds:AddRoleToDBInstance".to_owned(), "AccessDenied: no policy allows it".to_owned());
    insta::assert_snapshot!(plan(&instance(), Purpose::Recovery, &full, &[denied]));
}

#[test]
fn a_dry_run_of_an_inspection() {
    let small = documents().for_inspection(&Sandbox::default());
    insta::assert_snapshot!(plan(&small, Purpose::Inspection, &Seen::Unknown("AccessDenied".to_owned()), &[]));
}

const ANY: &str = "(?s:.){0,120}";

proptest! {
    #[test]
    fn hostile_names_never_break_an_answer(
        (database, identifier, named, why) in (ANY, ANY, ANY, ANY),
        is_gone in any::<bool>(),
    ) {
        let mut all = if is_gone { gone() } else { facts() };
        (all.database, all.identifier) = (database.clone(), identifier.clone());
        all.vaults.push((named.clone(), Seen::Unknown(why.clone())));
        all.keys = [(KEY.to_owned(), Seen::Present(key(&why)))].into();
        if let Seen::Present(snapshots) = &mut all.snapshots {
            for snapshot in snapshots.iter_mut() {
                snapshot.identifier.clone_from(&named);
                snapshot.details.kms_key = Some(identifier.clone());
            }
        }
        let windows = [Windows::of(&all, now())];
        let mut blueprint = aurora();
        (blueprint.identifier, blueprint.settings.subnet_group) = (identifier, Some(named.clone()));
        let request = StartRecovery {
            database,
            from: Wanted::Snapshot("latest".to_owned()),
            dry_run: true,
            inspect_for: None,
            with: With { subnet_group: Some(named.clone()), ..With::default() },
            scheduled_time: None,
        };
        let said = resolve(&request, now(), &jiff::tz::TimeZone::UTC, &all, &Seen::Absent);
        let plan = said.map(|resolved| {
            let wish = Wish {
                run: RUN,
                database: &request.database,
                purpose: Purpose::Recovery,
                blueprint: &blueprint,
                resolved: &resolved,
                expires_at: None,
                quotas: &Seen::Absent,
                denied: &[(why.clone(), named)],
            };
            plan_of_recovery_message(&dry_run(&wish), &resolved.point, &request, "Asia/Tokyo")
        });
        for line in windows_message(&windows, now(), &why).lines().chain(plan.as_deref().unwrap_or_default().lines()) {
            prop_assert!(columns(line) < 78 && !line.contains(char::is_control), "{:?}", line);
        }
    }
}
