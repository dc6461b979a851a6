//! A database of a story that is lost, and what stands around it.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Story, now};
use crate::stack::{Reply, stack};

impl Story {
    pub(super) fn source_kind(&self) -> &'static str {
        if self.source.is_clustered() { "cluster" } else { "instance" }
    }

    /// What is in the source now has been there for so long: a restore to any time since then brings it
    pub fn settled(&self, seconds: u32) {
        stack().settle(&self.cloud.region, self.source_kind(), &self.source(), seconds);
    }

    /// A job wipes tables of the source, all or none of them; a table that refers to another one comes first. Gives the time
    /// just before: a restore to it brings the rows back.
    pub fn wipe(&self, tables: &[&str]) -> Timestamp {
        let before = now();
        let deletes: Vec<String> = tables.iter().map(|table| format!("DELETE FROM {table};")).collect();
        self.sql(&format!("BEGIN; {} COMMIT;", deletes.join(" ")));
        before
    }

    /// The source is gone from one moment to the next, with its instances; its automated backups are retained or not
    pub fn lose_source(&self, retained: bool) {
        stack().lose(&self.cloud.region, self.source_kind(), &self.source(), retained);
    }

    /// A proxy in front of the source, healthy; gives its name
    pub fn proxy(&self) -> String {
        let proxy = format!("proxy-{}", self.name);
        stack().proxy(&self.cloud.region, &proxy, Some((self.source_kind(), &self.source())));
        proxy
    }

    /// What a proxy points at: identifier and state of each row, the cluster's own without one
    pub fn targets(&self, proxy: &str) -> Vec<(String, Option<String>)> {
        let shown = self.cloud.rds("DescribeDBProxyTargets", &[("DBProxyName", proxy)]).ok();
        let rows = crate::stack::tags(&shown.text, "member").into_iter();
        let text = |row: &str, name| crate::stack::tags(row, name).first().map(|text| (*text).to_owned());
        rows.map(|row| (text(row, "RdsResourceId").unwrap_or_default(), text(row, "State"))).collect()
    }

    /// A run of a job of Glue that began so many seconds ago and came to a state; gives its id
    pub fn job_ran(&self, job: &str, state: &str, seconds_ago: u32) -> String {
        let run: Value = json!({"state": state, "age_seconds": seconds_ago});
        stack().glue_runs(&self.cloud.region, job, &[run]).remove(0)
    }

    /// How RDS describes a cluster or an instance (`cluster`, `instance`)
    pub fn described(&self, kind: &str, identifier: &str) -> Reply {
        let (action, parameter) = match kind {
            "cluster" => ("DescribeDBClusters", "DBClusterIdentifier"),
            _ => ("DescribeDBInstances", "DBInstanceIdentifier"),
        };
        self.cloud.rds(action, &[(parameter, identifier)])
    }

    /// Somebody renames a cluster or an instance (`cluster`, `instance`)
    pub fn rename(&self, kind: &str, from: &str, to: &str) {
        let (action, old, new) = match kind {
            "cluster" => ("ModifyDBCluster", "DBClusterIdentifier", "NewDBClusterIdentifier"),
            _ => ("ModifyDBInstance", "DBInstanceIdentifier", "NewDBInstanceIdentifier"),
        };
        drop(self.cloud.rds(action, &[(old, from), (new, to), ("ApplyImmediately", "true")]).ok());
        self.cloud.until_available(kind, to);
    }
}
