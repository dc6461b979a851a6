//! Backup windows and what they meet.

use crate::checkup::World;
use crate::checkup::healthy::*;
use crate::database::JobKind;
use crate::policy::Policy;

use super::ask;

fn with(change: impl FnOnce(&mut World)) -> World {
    let mut world = world();
    change(&mut world);
    world
}

fn backups_at(window: &str) -> World {
    with(|world| orders(world).upkeep.backup_window = Some(window.to_owned()))
}

fn told(policy: &Policy, world: &World, id: &str) -> String {
    word(&asked(ask, policy, world), id)
}

#[test]
fn a_window_that_cannot_be_read_is_unjudged_with_all_that_hangs_on_it() {
    for window in [None, Some("whenever"), Some("18:00-18:00")] {
        let world = with(|world| orders(world).upkeep.backup_window = window.map(str::to_owned));
        for id in [
            "backup-window/orders",
            "window-maintenance/orders",
            "window-job/orders/daily-etl",
            "window-aws-backup/orders",
        ] {
            assert_eq!(told(&policy(), &world, id), "unjudged", "{window:?} {id}");
        }
    }
    let world = with(|world| orders(world).upkeep.maintenance_window = Some("sunday".to_owned()));
    assert_eq!(told(&policy(), &world, "window-maintenance/orders"), "unjudged");
    assert_eq!(told(&policy(), &world, "backup-window/orders"), "fine");
}

#[test]
fn a_backup_window_keeps_clear_of_maintenance() {
    // Maintenance is on Sundays from 20:00 to 20:30.
    for (window, wanted) in
        [("19:30-20:00", "fine"), ("19:31-20:01", "low"), ("20:29-20:59", "low"), ("20:30-21:00", "fine")]
    {
        assert_eq!(told(&policy(), &backups_at(window), "window-maintenance/orders"), wanted, "{window}");
    }
    let sheet = asked(ask, &policy(), &backups_at("19:45-20:15"));
    let found = finding(&sheet, "window-maintenance/orders");
    assert_eq!(found.evidence[0], "backup window: 19:45-20:15 UTC (04:45-05:15 JST)");
    assert_eq!(
        found.mend.command.join(" "),
        "aws rds modify-db-cluster --db-cluster-identifier prod-orders --preferred-backup-window 20:45-21:15 \
         --apply-immediately --region eu-west-1"
    );
}

#[test]
fn a_backup_window_keeps_clear_of_the_start_of_a_job() {
    // 07:30 in Tokyo is 22:30 UTC.
    for (window, wanted) in
        [("22:00-22:30", "fine"), ("22:01-22:31", "low"), ("22:30-23:00", "low"), ("22:31-23:01", "fine")]
    {
        assert_eq!(told(&policy(), &backups_at(window), "window-job/orders/daily-etl"), wanted, "{window}");
    }
    let sheet = asked(ask, &policy(), &backups_at("22:15-22:45"));
    let found = finding(&sheet, "window-job/orders/daily-etl");
    assert_eq!(found.evidence[1], "daily-etl is to have started by 07:30 JST (22:30 UTC)");
    assert!(found.mend.command.contains(&"20:45-21:15".to_owned()), "{:?}", found.mend);
}

#[test]
fn a_job_is_looked_at_with_summer_time_and_with_winter_time() {
    // 07:30 in Berlin is 06:30 UTC in winter, which it is now, and 05:30 in summer.
    let berlin = policy_with("Asia/Tokyo", "Europe/Berlin");
    for (window, wanted) in [("06:15-06:45", "low"), ("05:15-05:45", "low"), ("05:45-06:15", "fine")] {
        assert_eq!(told(&berlin, &backups_at(window), "window-job/orders/daily-etl"), wanted, "{window}");
    }
    let sheet = asked(ask, &berlin, &backups_at("05:15-05:45"));
    let found = finding(&sheet, "window-job/orders/daily-etl");
    assert!(found.evidence[2].contains("the clocks of Europe/Berlin change"), "{:?}", found.evidence);
}

fn schedule(world: &mut World, cron: &str) {
    *list(&mut home(world).plans) = vec![plan(cron)];
}

#[test]
fn aws_backup_starts_neither_within_the_window_nor_in_the_hour_before() {
    // The window is 18:00 to 18:30.
    let table = [
        ("cron(59 16 ? * * *)", "fine"),
        ("cron(0 17 ? * * *)", "medium"),
        ("cron(29 18 ? * SUN *)", "medium"),
        ("cron(30 18 ? * * *)", "fine"),
        ("rate(12 hours)", "unjudged"),
        ("cron(what)", "unjudged"),
    ];
    for (cron, wanted) in table {
        for database in ["orders", "ledger", "archive"] {
            let world = with(|world| schedule(world, cron));
            assert_eq!(told(&policy(), &world, &format!("window-aws-backup/{database}")), wanted, "{cron}");
        }
    }
    let zone = |name: &str| {
        with(|world| {
            schedule(world, "cron(15 3 ? * * *)");
            list(&mut home(world).plans)[0].rules[0].timezone = Some(name.to_owned());
        })
    };
    assert_eq!(told(&policy(), &zone("Asia/Tokyo"), "window-aws-backup/orders"), "medium", "03:15 JST is 18:15 UTC");
}

#[test]
fn only_a_plan_that_began_a_job_of_the_database_is_looked_at() {
    let meets = |change: fn(&mut World)| {
        let world = with(|world| {
            schedule(world, "cron(0 18 ? * * *)");
            change(world);
        });
        told(&policy(), &world, "window-aws-backup/orders")
    };
    assert_eq!(meets(|_| {}), "medium");
    assert_eq!(meets(|w| list(&mut home(w).jobs)[0].plan = None), "fine");
    assert_eq!(meets(|w| list(&mut home(w).jobs)[0].plan = Some("gone".into())), "fine");
    assert_eq!(meets(|w| list(&mut home(w).jobs)[0].kind = JobKind::Restore), "fine");
    assert_eq!(meets(|w| list(&mut home(w).jobs)[0].is_test = true), "fine");
    assert_eq!(meets(|w| list(&mut home(w).jobs)[0].resource_arn = arn(HOME, "db", "prod-orders")), "fine");
    assert_eq!(meets(|w| orders(w).upkeep.kept_by_aws_backup = true), "fine");
    assert_eq!(meets(|w| home(w).jobs = None), "unjudged");
    assert_eq!(meets(|w| home(w).plans = Some(Err(denied()))), "unjudged");
    assert_eq!(meets(|w| list(&mut home(w).plans)[0].rules[0].schedule = None), "unjudged");
    assert_eq!(meets(|w| list(&mut home(w).plans)[0].rules[0].timezone = Some("Mars".into())), "unjudged");
}

#[test]
fn a_window_that_aws_backup_meets_is_moved_to_where_it_does_not() {
    let world = with(|world| schedule(world, "cron(0 17,19 ? * * *)"));
    let sheet = asked(ask, &policy(), &world);
    let found = finding(&sheet, "window-aws-backup/ledger");
    // 19:30 and 20:00 are in the hour after a start.
    assert!(found.mend.command.contains(&"20:30-21:00".to_owned()), "{:?}", found.mend);
    assert!(found.mend.command.contains(&"modify-db-instance".to_owned()));
}
