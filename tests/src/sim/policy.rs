//! The simulated account: its databases, their backups, and the policy that names them.

use jiff::{SignedDuration, Timestamp};
use lifeboat::database::{Engine, RecoveryPoint, RestoreMetadata, Tags};
use serde_json::{Value, json};

use super::State;
use super::region::Region;

/// The vault that the policy names
pub const VAULT: &str = "prod";

impl State {
    /// Fills the account: `prod-orders` (Aurora PostgreSQL, one writer), `prod-ledger` (RDS MySQL), `prod-shelf`
    /// (DocumentDB), their snapshots and recovery points at home, and copies of those of `prod-orders` in the other region
    pub(super) fn furnish(&mut self) {
        let now = self.now;
        let born = now - SignedDuration::from_hours(24 * 100);
        let tags = Tags::from([("env".to_owned(), "production".to_owned())]);
        let ago = |hours| now - SignedDuration::from_hours(hours);
        let (postgres, mysql, docdb) = (Engine::AuroraPostgresql, Engine::Mysql, Engine::Docdb);
        for (name, engine) in [("prod-orders", &postgres), ("prod-shelf", &docdb)] {
            self.home.add_cluster(name, engine, tags.clone(), born, born);
            self.home.add_instance(&format!("{name}-1"), Some(name), engine, tags.clone(), born, born);
        }
        self.home.add_instance("prod-ledger", None, &mysql, tags, born, born);
        self.home.add_snapshot("prod-orders", &postgres, ago(30), "30-hours-ago");
        self.home.add_snapshot("prod-orders", &postgres, ago(6), "6-hours-ago");
        self.home.add_snapshot("prod-ledger", &mysql, ago(8), "8-hours-ago");
        self.home.add_snapshot("prod-shelf", &docdb, ago(8), "8-hours-ago");
        self.away.add_snapshot("prod-orders", &postgres, ago(26), "copied");
        let copied_from = self.home.snapshots.first().map(|original| original.arn.clone());
        if let Some(copy) = self.away.snapshots.first_mut() {
            copy.details.copied_from = copied_from;
        }
        let orders = self.home.arn("cluster", "prod-orders");
        let ledger = self.home.arn("db", "prod-ledger");
        add_point(&mut self.home, &orders, "Aurora", "COMPLETED", ago(20));
        add_point(&mut self.home, &orders, "Aurora", "EXPIRED", ago(2));
        add_point(&mut self.home, &ledger, "RDS", "COMPLETED", ago(20));
        add_point(&mut self.away, &orders, "Aurora", "COMPLETED", ago(40));
        self.put("policy.json", policy().to_string().into_bytes());
    }
}

/// Puts a recovery point into the vault of a region
pub fn add_point(region: &mut Region, resource: &str, resource_type: &str, status: &str, at: Timestamp) {
    let points = region.vaults.entry(VAULT.to_owned()).or_default();
    let number = points.len() + 1;
    let point = RecoveryPoint {
        arn: format!("arn:aws:rds:{}:123456789012:cluster-snapshot:awsbackup:job-{number}", region.name),
        vault: VAULT.to_owned(),
        resource_arn: resource.to_owned(),
        resource_type: resource_type.to_owned(),
        status: status.to_owned(),
        created_at: Some(at),
        bytes: Some(1 << 30),
        kms_key: None,
    };
    let settings: &[(&str, &str)] = if resource_type == "RDS" {
        &[
            ("DBInstanceIdentifier", "prod-ledger"),
            ("Engine", "mysql"),
            ("DeletionProtection", "true"),
            ("MultiAZ", "true"),
        ]
    } else {
        &[
            ("EngineVersion", "16.4"),
            ("Engine", "aurora-postgresql"),
            ("DBClusterIdentifier", "prod-orders"),
            ("DBClusterParameterGroupName", "prod-orders-pg16"),
            ("VpcSecurityGroupIds", "[\"sg-production\"]"),
        ]
    };
    let metadata: RestoreMetadata =
        settings.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    points.push((point, metadata));
}

/// The policy of the simulated account
fn policy() -> Value {
    let checks = json!([
        {"kind": "row_count", "table": "public.orders", "at_least": 1},
        {"kind": "freshness", "table": "public.orders", "column": "created_at", "within": "24h"}
    ]);
    let sandbox = json!({"subnet_group": "private", "security_groups": ["sg-0123456789abcdef0"],
        "login": {"method": "managed_secret", "database": "app"}});
    let documents = json!({"subnet_group": "private", "security_groups": ["sg-0123456789abcdef0"],
        "parameter_group": "sandbox-docdb5"});
    json!({
        "version": 1,
        "timezone": "Asia/Tokyo",
        "databases": {
            "orders": {"kind": "aurora", "identifier": "prod-orders", "sandbox": sandbox, "checks": checks,
                "backups": {"recovery_points": [{"vault": VAULT, "newest_hours": 26}]},
                "drills": {"weekly": {"source": "point_in_time", "restore_lag": "1h"},
                    "quarterly": {"source": "latest_snapshot"},
                    "vault": {"source": "recovery_point"},
                    "dr-yearly": {"source": "latest_snapshot", "region": "us-west-2", "sandbox": {"subnet_group": "dr"}},
                    "dr-vault": {"source": "recovery_point", "region": "us-west-2", "sandbox": {"subnet_group": "dr"}}}},
            "ledger": {"kind": "rds", "identifier": "prod-ledger", "sandbox": sandbox, "checks": checks,
                "backups": {"recovery_points": [{"vault": VAULT, "newest_hours": 26}]},
                "drills": {"weekly": {"source": "point_in_time"}, "vault": {"source": "recovery_point"}}},
            "shelf": {"kind": "documentdb", "identifier": "prod-shelf", "sandbox": documents,
                "drills": {"weekly": {"source": "point_in_time"}, "quarterly": {"source": "latest_snapshot"}}}
        }
    })
}
