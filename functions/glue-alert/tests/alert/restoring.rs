//! What a mail says about the way back.

use lifeboat::database::{Cluster, Configuration, Engine, Snapshot, SnapshotDetails, SnapshotKind, Tags, Window};
use serde_json::json;

use crate::world::{Sim, broken, event};

fn cluster(earliest: &str, latest: &str) -> Cluster {
    Cluster {
        identifier: "prod-orders".to_owned(),
        arn: "arn:aws:rds:ap-northeast-1:123456789012:cluster:prod-orders".to_owned(),
        resource_id: "cluster-ABC".to_owned(),
        engine: Engine::from("aurora-mysql"),
        engine_version: "8.0".to_owned(),
        status: "available".to_owned(),
        created_at: None,
        endpoint: None,
        port: None,
        window: Window { earliest: earliest.parse().ok(), latest: latest.parse().ok() },
        configuration: Configuration::default(),
        members: Vec::new(),
        database_name: None,
        master_user: None,
        secret: None,
        tags: Tags::default(),
    }
}

async fn told(sim: &Sim) -> String {
    sim.send(event("jr_bad", "FAILED")).await.unwrap();
    let mails = sim.inside().mails.clone();
    assert_eq!(mails.len(), 1);
    mails[0].1.clone()
}

#[tokio::test]
async fn the_whole_database_as_it_was_a_minute_before() {
    let sim = broken();
    sim.inside().clusters.push(cluster("2026-11-13T00:00:00Z", "2026-11-19T22:20:00Z"));
    let body = told(&sim).await;
    assert!(body.contains(r#"'{"database":"orders","to":"2026-11-19T22:09:00Z"}'"#), "{body}");
    assert!(body.contains("no drill of it is on record") && body.contains("No backup of its tables"), "{body}");
    assert!(!sim.inside().calls.iter().any(|call| call.starts_with("snapshots")), "nobody needs them");
}

#[tokio::test]
async fn tables_that_were_backed_up_for_the_run_come_first() {
    let sim = broken();
    sim.inside().clusters.push(cluster("2026-11-13T00:00:00Z", "2026-11-19T22:20:00Z"));
    let list = |id: &str, run: &str, at: &str| {
        json!({"id": id, "database": "orders", "at": at, "job_run": run, "reason": "before daily-etl",
            "tables": [{"name": "silver.tenant_status_history", "rows": 12, "checksum": "1", "backup_table": "x.y"}]})
    };
    sim.put("tables/orders/orders-20261118220900.json", &list("older", "jr_18", "2026-11-18T22:09:00Z").to_string());
    sim.put("tables/orders/orders-20261119220900.json", &list("for-it", "jr_bad", "2026-11-19T22:09:00Z").to_string());
    sim.put("tables/orders/orders-20261119230000.json", "{not readable");
    let body = told(&sim).await;
    let first = body.lines().take(8).collect::<Vec<_>>().join("\n");
    assert!(first.contains("table-backup") && body.replace("'\\\n'", "").contains(r#""backup":"for-it""#), "{body}");
    assert!(body.contains("12 rows, taken for this run"), "{body}");
}

#[tokio::test]
async fn a_database_that_is_gone_is_said_first() {
    let sim = broken();
    let body = told(&sim).await;
    assert!(body.lines().nth(1).unwrap().starts_with("At risk:  YES: orders is gone"), "{body}");
}

#[tokio::test]
async fn where_the_window_does_not_reach_a_snapshot_is_named() {
    let sim = broken();
    sim.inside().clusters.push(cluster("2026-11-19T22:15:00Z", "2026-11-19T22:20:00Z"));
    sim.inside().snapshots.push(Snapshot {
        identifier: "before-the-release".to_owned(),
        arn: String::new(),
        source: "prod-orders".to_owned(),
        kind: SnapshotKind::Manual,
        status: "available".to_owned(),
        created_at: "2026-11-19T20:00:00Z".parse().ok(),
        engine: Engine::from("aurora-mysql"),
        engine_version: "8.0".to_owned(),
        encrypted: false,
        storage_gib: None,
        tags: Tags::default(),
        details: SnapshotDetails::default(),
    });
    let body = told(&sim).await;
    assert!(body.contains(r#"'{"database":"orders","snapshot":"before-the-release"}'"#), "{body}");
}
