//! Databases that are gone, and what RDS retains of them.

use lifeboat::database::{Engine, RetainedBackup, Window};

use super::*;

fn retained(identifier: &str, id: &str, engine: Engine, days_ago: i64) -> RetainedBackup {
    let ago = |days: i64| begins() - SignedDuration::from_hours(24 * days);
    RetainedBackup {
        identifier: identifier.to_owned(),
        resource_id: id.to_owned(),
        arn: format!("arn:aws:rds:eu-west-1:123456789012:cluster:{identifier}"),
        engine,
        engine_version: "16.4".to_owned(),
        window: Window { earliest: Some(ago(days_ago + 3)), latest: Some(ago(1)) },
        created_at: Some(ago(days_ago + 100)),
        kms_key: None,
        port: Some(5432),
        tags: lifeboat::database::Tags::new(),
        backup_arn: None,
    }
}

#[tokio::test]
async fn the_newest_retained_backup_of_a_deleted_cluster_is_restored_and_the_mail_cries_out() {
    let sim = Sim::new(begins());
    {
        let mut state = sim.state();
        state.home.clusters.remove("prod-orders");
        state.home.instances.remove("prod-orders-1");
        for (id, days) in [("cluster-OLD", 4), ("cluster-NEW", 2)] {
            let backup = retained("prod-orders", id, Engine::AuroraPostgresql, days);
            state.home.retained.push((true, backup));
        }
    }
    let record = drilled(&sim, "orders/weekly").await;
    assert_eq!(verdict(&record).0, VerdictWord::Passed);
    assert_eq!(record.source.as_ref().expect("known").resource_id, "cluster-NEW");
    assert_eq!(record.restored_to(), Some(begins() - SignedDuration::from_hours(24)), "the latest there is");
    assert!(record.notes[0].starts_with("THE SOURCE IS GONE"), "{:?}", record.notes);
    assert!(record.notes.iter().any(|note| note.contains("cluster-OLD")), "{:?}", record.notes);
    let state = sim.state();
    let first = state.mails[0].body.lines().next().expect("a line");
    assert!(first.contains("orders IS GONE"), "{first}");
    assert!(state.mails[0].body.lines().nth(1).expect("a line").contains("YES"), "{}", state.mails[0].body);
    assert_eq!(state.copies(), Vec::<String>::new());
}

#[tokio::test]
async fn an_instance_that_is_gone_is_restored_by_its_resource_id() {
    let sim = Sim::new(begins());
    sim.state().home.instances.remove("prod-ledger");
    let backup = retained("prod-ledger", "db-GONE", Engine::Mysql, 2);
    sim.state().home.retained.push((false, backup));
    let record = drilled(&sim, "ledger/weekly").await;
    assert_eq!(verdict(&record).0, VerdictWord::Passed, "{:?}", record.verdict);
    assert_eq!(sim.state().copies(), Vec::<String>::new());
}

#[tokio::test]
async fn a_database_of_which_nothing_is_retained_is_not_what_the_policy_says() {
    let sim = Sim::new(begins());
    sim.state().home.clusters.remove("prod-orders");
    // What is retained of others, or of an instance of that name, is not its backup.
    let others = retained("prod-other", "cluster-X", Engine::AuroraPostgresql, 2);
    let instance = retained("prod-orders", "db-X", Engine::Postgres, 2);
    sim.state().home.retained.extend([(true, others), (false, instance)]);
    let record = drilled(&sim, "orders/weekly").await;
    assert_eq!(verdict(&record), (VerdictWord::Inconclusive, Because::Source));
    assert_eq!(sim.state().count("rds:RestoreDBCluster"), 0);
}

#[tokio::test]
async fn what_is_retained_and_cannot_be_read_is_waited_for() {
    let sim = Sim::new(begins());
    sim.state().home.clusters.remove("prod-orders");
    let fate = Fate::Refused(Class::Permission, "AccessDenied");
    sim.state().always.insert("rds:DescribeDBClusterAutomatedBackups", fate);
    let record = drilled(&sim, "orders/weekly").await;
    assert_eq!(verdict(&record), (VerdictWord::Inconclusive, Because::Deadline));
}
