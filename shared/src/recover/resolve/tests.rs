//! Requests as people write them at 3 a.m., and databases as they are found then.

use jiff::SignedDuration;
use proptest::prelude::*;

use super::*;
use crate::database::{Engine, SnapshotKind};
use crate::recover::tests::fixtures::{KEY, at, facts, gone, key, now, recovery_point, retained, snapshot};
use crate::request::With;

fn asks(from: Wanted) -> StartRecovery {
    StartRecovery {
        database: "orders".to_owned(),
        from,
        dry_run: false,
        inspect_for: None,
        with: With::default(),
        scheduled_time: None,
    }
}

fn tokyo() -> TimeZone {
    moment::zone("Asia/Tokyo").unwrap()
}

fn to(text: &str, facts: &Facts) -> Result<Resolved, Mistakes> {
    resolve(&asks(Wanted::Time(text.to_owned())), now(), &tokyo(), facts, &Seen::Absent)
}

fn named(from: Wanted, facts: &Facts) -> Result<Resolved, Mistakes> {
    resolve(&asks(from), now(), &tokyo(), facts, &Seen::Absent)
}

fn second(resolved: &Resolved) -> Timestamp {
    match &resolved.point {
        Point::Time { to } => *to,
        other => panic!("no time: {other:?}"),
    }
}

fn of(result: Result<Resolved, Mistakes>) -> String {
    match result {
        Ok(resolved) => format!("{:?}\n{}", resolved.from, resolved.told),
        Err(mistakes) => format!("REFUSED {mistakes}"),
    }
}

#[test]
fn a_time_is_told_in_both_zones_with_what_it_comes_from() {
    insta::assert_snapshot!(of(to("1 hour ago", &facts())));
    insta::assert_snapshot!(of(to("latest", &facts())));
}

#[test]
fn the_latest_is_a_second_that_aws_takes() {
    let latest = second(&to("latest", &facts()).unwrap());
    assert_eq!(latest, at("2026-11-20T11:56:47Z"));
    assert_eq!(second(&to("2026-11-20T11:56:47Z", &facts()).unwrap()), latest);
    assert!(to("2026-11-20T11:56:48Z", &facts()).is_err(), "AWS takes what is below the latest only");
}

#[test]
fn the_earliest_is_the_first_whole_second() {
    assert_eq!(second(&to("2026-11-13T12:03:21Z", &facts()).unwrap()), at("2026-11-13T12:03:21Z"));
    assert_eq!(second(&to("2026-11-13T12:03:20.900Z", &facts()).unwrap()), at("2026-11-13T12:03:21Z"));
    assert!(to("2026-11-13T12:03:20Z", &facts()).is_err());
}

#[test]
fn outside_the_window_names_it_and_the_nearest_second() {
    insta::assert_snapshot!(of(to("2026-11-01 06:30", &facts())));
    insta::assert_snapshot!(of(to("1m ago", &facts())));
    let mistakes = to("2026-11-01 06:30", &facts()).unwrap_err();
    let nearest = mistakes.list()[0].nearest.clone().unwrap();
    assert_eq!(second(&to(&nearest, &facts()).unwrap()), at("2026-11-13T12:03:21Z"), "it can be pasted");
}

#[test]
fn a_database_that_is_gone_comes_from_what_rds_retains() {
    let latest = to("latest", &gone()).unwrap();
    assert_eq!(latest.from, From::Retained("cluster-ABC".to_owned()));
    assert_eq!(second(&latest), at("2026-11-20T10:01:06Z"));
    insta::assert_snapshot!(of(to("2026-11-20 18:00", &gone())));
}

#[test]
fn a_time_before_the_database_was_made_anew_comes_from_the_one_that_was_deleted() {
    let mut anew = gone();
    anew.living = facts().living;
    if let Seen::Present(living) = &mut anew.living {
        living.window = Window { earliest: Some(at("2026-11-20T11:30:00Z")), latest: Some(at("2026-11-20T11:56:00Z")) };
    }
    insta::assert_snapshot!(of(to("2026-11-20 18:00", &anew)));
    // The newest is the one that is there: the request says nothing else.
    assert_eq!(to("latest", &anew).unwrap().from, From::Source("prod-orders".to_owned()));
    assert!(to("2026-11-20T11:00:00Z", &anew).is_err(), "between the two there is nothing");
}

#[test]
fn of_a_database_without_any_automated_backup_the_newest_backup_is_the_latest() {
    let mut nothing = gone();
    nothing.retained = Seen::Present(Vec::new());
    insta::assert_snapshot!(of(to("latest", &nothing)));
    insta::assert_snapshot!(of(to("1 hour ago", &nothing)));
    nothing.snapshots = Seen::Present(Vec::new());
    assert!(matches!(to("latest", &nothing).unwrap().point, Point::RecoveryPoint { .. }));
    nothing.vaults.clear();
    insta::assert_snapshot!(of(to("latest", &nothing)));
}

#[test]
fn what_could_not_be_read_is_never_taken_for_nothing() {
    let unread = Facts { living: Seen::Unknown("AccessDenied".to_owned()), ..facts() };
    assert!(of(to("latest", &unread)).contains("could not be read: AccessDenied"));
    let unread = Facts { retained: Seen::Unknown("throttled".to_owned()), ..gone() };
    assert!(of(to("latest", &unread)).contains("what RDS retains could not be read: throttled"));
    let mut unread = Facts { snapshots: Seen::Unknown("throttled".to_owned()), ..gone() };
    unread.retained = Seen::Present(Vec::new());
    assert!(of(to("latest", &unread)).contains("its snapshots could not be read"));
    assert!(of(named(Wanted::Snapshot("latest".to_owned()), &unread)).contains("could not be read"));
    let mut unread = facts();
    unread.vaults = vec![("prod".to_owned(), Seen::Unknown("throttled".to_owned()))];
    assert!(of(named(Wanted::RecoveryPoint("latest".to_owned()), &unread)).contains("prod could not be read"));
}

#[test]
fn a_snapshot_is_named_or_the_newest() {
    let newest = named(Wanted::Snapshot("latest".to_owned()), &facts()).unwrap();
    assert_eq!(newest.point.words(), "snapshot rds:prod-orders-2026-11-20-02-04");
    insta::assert_snapshot!(of(named(Wanted::Snapshot("pre-maintenance-orders-42".to_owned()), &facts())));
    insta::assert_snapshot!(of(named(Wanted::Snapshot("pre-maintenence-orders-42".to_owned()), &facts())));
    assert!(
        of(named(Wanted::Snapshot("pre-maintenance-orders-43".to_owned()), &facts())).contains("which is creating")
    );
    let arn = "arn:aws:rds:eu-west-1:123456789012:cluster-snapshot:pre-maintenance-orders-42";
    let by_arn = named(Wanted::Snapshot(arn.to_owned()), &facts()).unwrap();
    assert_eq!(by_arn.point.words(), format!("snapshot {arn}"), "a shared one is found by its ARN only");
}

#[test]
fn a_snapshot_of_another_engine_or_of_aws_backup_is_refused() {
    let mut strange = facts();
    let mysql = crate::database::Snapshot {
        engine: Engine::Mysql,
        ..snapshot("ledger", SnapshotKind::Manual, "2026-11-20T11:00:00Z")
    };
    let backup = snapshot("awsbackup:job-1", SnapshotKind::AwsBackup, "2026-11-20T11:00:00Z");
    if let Seen::Present(all) = &mut strange.snapshots {
        all.extend([mysql, backup]);
    }
    assert!(of(named(Wanted::Snapshot("ledger".to_owned()), &strange)).contains("which is of mysql"));
    assert!(of(named(Wanted::Snapshot("awsbackup:job-1".to_owned()), &strange)).contains("\"recovery_point\": \"arn"));
    let newest = named(Wanted::Snapshot("latest".to_owned()), &strange).unwrap();
    assert_eq!(newest.point.words(), "snapshot rds:prod-orders-2026-11-20-02-04");
}

#[test]
fn a_recovery_point_that_expired_is_not_the_newest() {
    insta::assert_snapshot!(of(named(Wanted::RecoveryPoint("latest".to_owned()), &facts())));
    let expired = recovery_point("0002", "EXPIRED", "2026-11-20T03:00:00Z").arn;
    insta::assert_snapshot!(of(named(Wanted::RecoveryPoint(expired), &facts())));
    let mut no_vault = facts();
    no_vault.vaults.clear();
    assert!(of(named(Wanted::RecoveryPoint("latest".to_owned()), &no_vault)).contains("names no vault"));
}

#[test]
fn of_two_snapshots_the_one_whose_key_is_gone_is_not_chosen_and_the_key_is_told() {
    let mut locked = facts();
    locked.keys = [(KEY.to_owned(), Seen::Present(key("PendingDeletion")))].into();
    let mut readable = snapshot("old-but-readable", SnapshotKind::Manual, "2026-10-01T00:00:00Z");
    readable.details.kms_key = Some("arn:aws:kms:eu-west-1:123456789012:key/2".to_owned());
    locked.keys.insert("arn:aws:kms:eu-west-1:123456789012:key/2".to_owned(), Seen::Present(key("Enabled")));
    if let Seen::Present(all) = &mut locked.snapshots {
        all.push(readable);
    }
    let newest = named(Wanted::Snapshot("latest".to_owned()), &locked).unwrap();
    assert_eq!(newest.point.words(), "snapshot old-but-readable");
    assert!(to("latest", &locked).unwrap().told.contains("AWS WILL REFUSE IT: its key is PendingDeletion"));
}

#[test]
fn before_a_job_is_a_minute_before_its_run_began() {
    let asked = asks(Wanted::Time("before job daily-etl".to_owned()));
    assert_eq!(job_of(&asked).as_deref(), Some("daily-etl"));
    assert_eq!(job_of(&asks(Wanted::Time("1 hour ago".to_owned()))), None);
    let run = JobRun { id: "jr_1".to_owned(), started: at("2026-11-20T07:00:41Z") };
    let found = resolve(&asked, now(), &tokyo(), &facts(), &Seen::Present(run)).unwrap();
    assert_eq!(second(&found), at("2026-11-20T06:59:41Z"));
    insta::assert_snapshot!(found.told);
    assert!(of(resolve(&asked, now(), &tokyo(), &facts(), &Seen::Absent)).contains("no failed run"));
    let unread = Seen::Unknown("AccessDenied".to_owned());
    assert!(of(resolve(&asked, now(), &tokyo(), &facts(), &unread)).contains("could not be looked at: AccessDenied"));
}

#[test]
fn a_database_that_is_not_what_the_policy_says_is_refused() {
    let mut other = facts();
    if let Seen::Present(living) = &mut other.living {
        living.engine = Engine::Docdb;
    }
    assert!(of(to("latest", &other)).contains("prod-orders is docdb in AWS"));
}

fn window(begin: i64, long: i64, millis: i64) -> Window {
    let base = at("2026-11-01T00:00:00Z");
    let earliest = base + SignedDuration::from_millis(begin * 1000 + millis);
    Window { earliest: Some(earliest), latest: Some(earliest + SignedDuration::from_millis(long)) }
}

proptest! {
    #[test]
    fn never_a_time_outside_the_window_it_is_restored_from(
        (begin, long, millis) in (0_i64..900_000, 0_i64..600_000_000, 0_i64..1000),
        (old_begin, old_long) in (0_i64..900_000, 0_i64..600_000_000),
        (is_there, has_old) in (any::<bool>(), any::<bool>()),
        asked in prop_oneof![
            Just("latest".to_owned()),
            (0_i64..2_000_000, 0_i64..1000).prop_map(|(seconds, millis)| {
                (at("2026-11-01T00:00:00Z") + SignedDuration::from_millis(seconds * 1000 + millis)).to_string()
            }),
            (0_u32..600).prop_map(|hours| format!("{hours}h ago")),
        ],
    ) {
        let mut all = facts();
        let mut old = retained("cluster-OLD", "2026-11-01T00:00:00Z", "2026-11-01T00:00:00Z");
        old.window = window(old_begin, old_long, millis);
        all.retained = Seen::Present(if has_old { vec![old.clone()] } else { Vec::new() });
        let lives = window(begin, long, millis);
        match &mut all.living {
            Seen::Present(living) if is_there => living.window = lives,
            _ => all.living = Seen::Absent,
        }
        match to(&asked, &all) {
            Ok(Resolved { point: Point::Time { to }, from, .. }) => {
                let window = if from == From::Source("prod-orders".to_owned()) { lives } else { old.window };
                prop_assert!(window.earliest.unwrap() <= to && to < window.latest.unwrap(), "{to} in {window:?}");
                prop_assert_eq!(to.subsec_nanosecond(), 0);
            }
            Ok(other) => prop_assert!(asked == "latest" && !is_there, "{other:?}"),
            Err(mistakes) => {
                // What a refusal offers is right, as it is written.
                for mistake in mistakes.list() {
                    if let Some(near) = mistake.nearest.as_deref().filter(|near| !near.contains("in place of")) {
                        prop_assert!(to(near, &all).is_ok(), "{near}: {mistakes}");
                    }
                }
            }
        }
    }
}
