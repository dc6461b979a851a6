//! Existence, retention, window, lag, newest snapshot, copies, names nobody knows.

use jiff::SignedDuration;

mod copies;
mod fresh;
mod unlisted;

use super::ask;
use crate::checkup::World;
use crate::checkup::healthy::*;
use crate::database::{Engine, RetainedBackup, Tags, Window};
use crate::policy::Policy;

const SECOND: SignedDuration = SignedDuration::from_secs(1);
type Change = fn(&mut World);

fn check(policy: &Policy, table: &[(&str, &str, &str, Change)]) {
    for (situation, id, wanted, change) in table {
        let mut world = world();
        change(&mut world);
        let sheet = asked(ask, policy, &world);
        assert_eq!(word(&sheet, id), *wanted, "{situation}: {:#?}", lines(&sheet));
    }
}

#[test]
fn a_database_has_to_exist_as_what_the_policy_says_it_is() {
    check(
        &policy(),
        &[
            ("there", "exists/orders", "fine", |_| {}),
            ("gone", "exists/orders", "high", |w| list(&mut home(w).clusters).clear()),
            ("another engine", "exists/orders", "high", |w| orders(w).facts.engine = Engine::from("neptune")),
            ("no engine", "exists/orders", "unjudged", |w| orders(w).facts.engine = Engine::from("")),
            ("a member of a cluster", "exists/ledger", "high", |w| ledger(w).facts.cluster = Some("c".into())),
            ("not read", "exists/orders", "unjudged", |w| home(w).clusters = None),
            ("refused", "exists/ledger", "unjudged", |w| home(w).instances = Some(Err(denied()))),
            ("no home", "exists/orders", "unjudged", |w| drop(w.regions.remove(HOME))),
            ("gone, so nothing more is asked", "retention/orders", "-", |w| list(&mut home(w).clusters).clear()),
            ("unknown, so all is unknown", "retention/orders", "unjudged", |w| home(w).clusters = None),
            ("unknown, so all is unknown", "window-depth/orders", "unjudged", |w| home(w).clusters = None),
            ("unknown, so all is unknown", "restore-lag/orders", "unjudged", |w| home(w).clusters = None),
            ("unknown, so all is unknown", "newest-snapshot/orders", "unjudged", |w| home(w).clusters = None),
        ],
    );
}

#[test]
fn a_retained_backup_of_what_is_gone_is_told_with_the_command_that_restores_it() {
    let mut world = world();
    let gone = orders(&mut world).facts.clone();
    list(&mut home(&mut world).clusters).retain(|kept| kept.facts.identifier != "prod-orders");
    let kept = RetainedBackup {
        identifier: gone.identifier,
        resource_id: gone.resource_id,
        arn: gone.arn,
        engine: gone.engine,
        engine_version: gone.engine_version,
        window: gone.window,
        created_at: gone.created_at,
        kms_key: None,
        port: None,
        backup_arn: None,
        tags: Tags::new(),
    };
    let silent = asked(ask, &policy(), &world);
    assert!(finding(&silent, "exists/orders").mend.command.is_empty());
    home(&mut world).retained.insert("prod-orders".to_owned(), Ok(vec![kept]));
    let sheet = asked(ask, &policy(), &world);
    let found = finding(&sheet, "exists/orders");
    assert!(found.title.contains("a backup of it was retained"), "{}", found.title);
    assert!(found.evidence.iter().any(|line| line.contains("cluster-RESPROD-ORDERS")));
    assert!(found.mend.command.iter().any(|arg| arg == r#"{"database":"orders","to":"latest"}"#));
    home(&mut world).retained.insert("prod-orders".to_owned(), Err(denied()));
    let sheet = asked(ask, &policy(), &world);
    assert!(finding(&sheet, "exists/orders").evidence.iter().any(|line| line.contains("AccessDenied")));
}

#[test]
fn automated_backups_are_on_and_kept_as_long_as_the_policy_asks() {
    check(
        &policy(),
        &[
            ("as asked", "retention/orders", "fine", |_| {}),
            ("a day short", "retention/orders", "medium", |w| orders(w).facts.configuration.backup_retention_days = 6),
            ("more", "retention/orders", "fine", |w| orders(w).facts.configuration.backup_retention_days = 8),
            ("off", "automated-backups/ledger", "high", |w| ledger(w).facts.configuration.backup_retention_days = 0),
            ("off, so nothing tells of it", "retention/ledger", "silent", |w| {
                ledger(w).facts.configuration.backup_retention_days = 0;
            }),
            ("AWS Backup keeps them, and RDS shows 1", "retention/orders", "unjudged", |w| {
                orders(w).facts.configuration.backup_retention_days = 1;
                orders(w).upkeep.kept_by_aws_backup = true;
            }),
            ("AWS Backup keeps them, and RDS shows enough", "retention/orders", "fine", |w| {
                orders(w).upkeep.kept_by_aws_backup = true;
            }),
            ("AWS Backup keeps them, so they are on", "automated-backups/orders", "fine", |w| {
                orders(w).facts.configuration.backup_retention_days = 0;
                orders(w).upkeep.kept_by_aws_backup = true;
            }),
        ],
    );
    let none = policy_with(
        r#""identifier": "prod-ledger",
            "backups": {"retention_days": 7,"#,
        r#""identifier": "prod-ledger", "backups": {"retention_days": 0,"#,
    );
    check(
        &none,
        &[("none are wanted", "automated-backups/ledger", "fine", |w| {
            ledger(w).facts.configuration.backup_retention_days = 0;
        })],
    );
}

#[test]
fn a_retention_that_is_too_short_is_told_with_its_command_and_its_measure() {
    let mut world = world();
    orders(&mut world).facts.configuration.backup_retention_days = 1;
    let sheet = asked(ask, &policy(), &world);
    let found = finding(&sheet, "retention/orders");
    assert_eq!(found.title, "orders keeps automated backups for 1 day; the policy asks for 7");
    assert_eq!(found.measure, Some(6.0));
    assert_eq!(
        found.mend.command.join(" "),
        "aws rds modify-db-cluster --db-cluster-identifier prod-orders --backup-retention-period 7 --apply-immediately \
         --region eu-west-1"
    );
}

fn earliest(world: &mut World, ago: SignedDuration) {
    orders(world).facts.window.earliest = Some(now() - ago);
}

#[test]
fn the_window_is_as_deep_as_the_retention_says() {
    check(
        &policy(),
        &[
            ("a day less", "window-depth/orders", "fine", |w| earliest(w, hours(24 * 6))),
            ("a second less than that", "window-depth/orders", "medium", |w| earliest(w, hours(24 * 6) - SECOND)),
            ("young, back to its first day", "window-depth/orders", "fine", |w| {
                earliest(w, hours(48));
                orders(w).facts.created_at = Some(ago(72));
            }),
            ("young, and yet short", "window-depth/orders", "medium", |w| {
                earliest(w, hours(48) - SECOND);
                orders(w).facts.created_at = Some(ago(72));
            }),
            ("short, of unknown age", "window-depth/orders", "unjudged", |w| {
                earliest(w, hours(48));
                orders(w).facts.created_at = None;
            }),
            ("retention was lowered: another finding", "window-depth/orders", "fine", |w| {
                earliest(w, hours(24));
                orders(w).facts.configuration.backup_retention_days = 1;
            }),
            ("no earliest time", "window-depth/orders", "unjudged", |w| orders(w).facts.window.earliest = None),
            ("in the future", "window-depth/orders", "unjudged", |w| earliest(w, -hours(1))),
            ("AWS Backup's, and too short", "window-depth/orders", "medium", |w| {
                earliest(w, hours(24));
                orders(w).facts.configuration.backup_retention_days = 1;
                orders(w).upkeep.kept_by_aws_backup = true;
            }),
            ("no window of the instance", "window-depth/ledger", "unjudged", |w| list(&mut home(w).windows).clear()),
            ("windows not read", "window-depth/ledger", "unjudged", |w| home(w).windows = None),
            ("an instance's window too short", "window-depth/ledger", "medium", |w| {
                let window = Window { earliest: Some(ago(24)), latest: Some(now()) };
                list(&mut home(w).windows).insert("prod-ledger".to_owned(), window);
            }),
        ],
    );
}

#[test]
fn a_window_that_is_too_short_says_how_deep_it_is() {
    let mut world = world();
    earliest(&mut world, hours(27));
    let sheet = asked(ask, &policy(), &world);
    let found = finding(&sheet, "window-depth/orders");
    assert_eq!(found.title, "orders can be restored 1 d 3 h back; 7 days are asked for");
    assert_eq!(found.measure, Some(f64::from(7 * 24 - 27)));
}

#[test]
fn of_a_database_that_does_not_exist_that_is_the_one_thing_told() {
    for (name, identifier) in [("orders", "prod-orders"), ("ledger", "prod-ledger"), ("archive", "prod-archive")] {
        let mut world = world();
        list(&mut home(&mut world).clusters).retain(|kept| kept.facts.identifier != identifier);
        list(&mut home(&mut world).instances).retain(|kept| kept.facts.identifier != identifier);
        let sheet = crate::checkup::judge(now(), &policy(), &world);
        let of_it = |finding: &&&crate::checkup::Finding| finding.database.as_deref() == Some(name);
        let told: Vec<&str> = sheet.findings().iter().filter(of_it).map(|finding| finding.id.as_str()).collect();
        assert_eq!(told, [format!("exists/{name}")], "{identifier}");
        // Where nobody could look, every question is open.
        home(&mut world).clusters = Some(Err(denied()));
        home(&mut world).instances = Some(Err(denied()));
        let sheet = crate::checkup::judge(now(), &policy(), &world);
        assert!(sheet.findings().iter().filter(of_it).count() > 5, "{identifier}");
    }
}
