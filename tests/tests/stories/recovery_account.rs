//! What a story says of a lost database, of proxies and of jobs is what AWS tells of them.

use serde_json::json;
use tests::stack::{Cloud, stack};
use tests::story::{A_STEP, Story, until};

#[test]
fn what_a_job_wiped_is_in_a_restore_to_before_it_and_what_is_gone_comes_back() {
    let story = Story::aurora("lostwords", json!({}));
    story.sql("CREATE TABLE orders AS SELECT n FROM generate_series(1, 40) n");
    story.settled(3600);
    let before = story.wipe(&["orders"]);
    story.until_restorable(before);
    assert_eq!(story.sql("SELECT count(*) FROM orders"), "0");
    let restore = |copy: &str, from: (&str, &str), when: (&str, &str)| {
        let range = [
            ("ServerlessV2ScalingConfiguration.MinCapacity", "0.5"),
            ("ServerlessV2ScalingConfiguration.MaxCapacity", "1"),
        ];
        let restore = [&[("DBClusterIdentifier", copy), from, when], &range[..]].concat();
        drop(story.cloud.rds("RestoreDBClusterToPointInTime", &restore).ok());
        story.cloud.until_available("cluster", copy);
        let member = [
            ("DBInstanceIdentifier", &*format!("{copy}-1")),
            ("DBClusterIdentifier", copy),
            ("Engine", "aurora-postgresql"),
            ("DBInstanceClass", "db.serverless"),
        ];
        drop(story.cloud.rds("CreateDBInstance", &member).ok());
        story.cloud.until_available("instance", &format!("{copy}-1"));
    };
    let a_minute_before = (before - jiff::SignedDuration::from_mins(1)).to_string();
    let source = story.source();
    restore("lostwords-a", ("SourceDBClusterIdentifier", &source), ("RestoreToTime", &a_minute_before));
    assert_eq!(story.sql_of("lostwords-a", "SELECT count(*) FROM orders"), "40");
    let resource = story.described("cluster", &source).ok();
    let resource = resource.tag("DbClusterResourceId").unwrap();
    story.lose_source(true);
    assert_eq!(story.described("cluster", &source).code(), "DBClusterNotFoundFault");
    assert_eq!(story.described("instance", &format!("{source}-writer")).code(), "DBInstanceNotFound");
    restore("lostwords-b", ("SourceDbClusterResourceId", resource), ("UseLatestRestorableTime", "true"));
    assert_eq!(story.sql_of("lostwords-b", "SELECT count(*) FROM orders"), "0");
    story.rename("cluster", "lostwords-a", &source);
    assert_eq!(story.sql("SELECT count(*) FROM orders"), "40", "under the old name");
}

#[test]
fn a_proxy_shows_what_it_points_at_and_a_target_that_stays_ill() {
    let story = Story::aurora("proxywords", json!({}));
    let (proxy, source) = (story.proxy(), story.source());
    let rows = |state: &str| vec![(source.clone(), None), (format!("{source}-writer"), Some(state.to_owned()))];
    assert_eq!(story.targets(&proxy), rows("AVAILABLE"));
    stack().target_stays(&proxy, &format!("{source}-*"), "UNAVAILABLE", Some("AUTH_FAILURE"));
    assert_eq!(story.targets(&proxy), rows("UNAVAILABLE"));
    stack().targets_are_free(&proxy);
    let target = [("DBProxyName", proxy.as_str()), ("DBClusterIdentifiers.member.1", &source)];
    assert_eq!(story.cloud.rds("RegisterDBProxyTargets", &target).code(), "DBProxyTargetAlreadyRegisteredFault");
    drop(story.cloud.rds("DeregisterDBProxyTargets", &target).ok());
    assert_eq!(story.cloud.rds("DeregisterDBProxyTargets", &target).code(), "DBProxyTargetNotFoundFault");
    drop(story.cloud.rds("RegisterDBProxyTargets", &target).ok());
    until("the target is healthy", A_STEP, || (story.targets(&proxy) == rows("AVAILABLE")).then_some(()));
}

#[test]
fn windows_move_and_instances_find_no_room() {
    let cloud = Cloud { region: "eu-recovery-1".to_owned() };
    let stack = stack();
    assert_eq!(stack.glue_runs(&cloud.region, "etl", &[json!({"state": "FAILED"})]).len(), 1);
    let instance = [
        ("DBInstanceIdentifier", "windowed"),
        ("Engine", "mysql"),
        ("DBInstanceClass", "db.t4g.micro"),
        ("MasterUsername", "app"),
        ("MasterUserPassword", "correct-horse-9"),
    ];
    let full = stack.no_capacity("windowed*", 1);
    assert_eq!(cloud.rds("CreateDBInstance", &instance).code(), "InsufficientDBInstanceCapacity");
    drop(cloud.rds("CreateDBInstance", &instance).ok());
    stack.heal(full);
    cloud.until_available("instance", "windowed");
    let latest = || -> jiff::Timestamp {
        let shown = cloud.rds("DescribeDBInstances", &[("DBInstanceIdentifier", "windowed")]).ok();
        shown.tag("LatestRestorableTime").unwrap().parse().unwrap()
    };
    let now = latest();
    stack.window("instance", "windowed", 86_400, 43_200);
    assert!(latest() < now);
    stack.true_window("windowed");
    assert!(latest() >= now);
}
