//! The database of a story: made, asked, changed, and its backups.

use std::process::Command;

use jiff::Timestamp;

use super::{A_STEP, Source, Story, now, until, whole_second_after};
use crate::stack::stack;

/// Master password of the sources
const PASSWORD: &str = "correct-horse-9";

impl Story {
    pub(super) fn make_source(&self) {
        if let Source::Whole(engine) = self.source {
            return self.make_whole(engine);
        }
        let source = self.source();
        let master = [("MasterUsername", "app"), ("MasterUserPassword", PASSWORD)];
        if self.source.is_clustered() {
            let aurora: &[(&str, &str)] = &[
                ("DatabaseName", "app"),
                ("ServerlessV2ScalingConfiguration.MinCapacity", "0.5"),
                ("ServerlessV2ScalingConfiguration.MaxCapacity", "1"),
            ];
            let (engine, class, own) = match self.source {
                Source::Documents => ("docdb", "db.t4g.medium", &[][..]),
                _ => ("aurora-postgresql", "db.serverless", aurora),
            };
            let cluster =
                [("DBClusterIdentifier", source.as_str()), ("Engine", engine), ("DeletionProtection", "true")];
            drop(self.cloud.rds("CreateDBCluster", &[&cluster[..], &master, own].concat()).ok());
            self.cloud.until_available("cluster", &source);
            let member = format!("{source}-writer");
            let instance = [
                ("DBInstanceIdentifier", member.as_str()),
                ("DBClusterIdentifier", &source),
                ("Engine", engine),
                ("DBInstanceClass", class),
            ];
            drop(self.cloud.rds("CreateDBInstance", &instance).ok());
            return self.cloud.until_available("instance", &member);
        }
        let Source::Instance(engine) = self.source else { return };
        let instance = [
            ("DBInstanceIdentifier", source.as_str()),
            ("Engine", engine),
            ("DBInstanceClass", "db.t4g.micro"),
            ("AllocatedStorage", "20"),
            ("DBName", "app"),
            ("BackupRetentionPeriod", "7"),
            ("DeletionProtection", "true"),
        ];
        drop(self.cloud.rds("CreateDBInstance", &[&instance[..], &master].concat()).ok());
        self.cloud.until_available("instance", &source);
    }

    /// Asks the source database; gives what `psql` prints
    pub fn sql(&self, query: &str) -> String {
        self.sql_of(&self.source(), query)
    }

    /// Asks a database of the story as its master user, whose password is the source's, or the one that RDS manages
    pub fn sql_of(&self, identifier: &str, query: &str) -> String {
        let (host, port) = self.door(identifier);
        let door = format!(
            "host={host} port={port} user=app dbname=app sslmode=verify-full sslrootcert={}",
            stack().fact("ca_file")
        );
        let psql = ["-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-d", &door, "-c", query];
        let output = Command::new("psql").args(psql).env("PGPASSWORD", self.password_of(identifier)).output();
        let output = output.unwrap_or_else(|error| panic!("psql, of the package postgresql-client: {error}"));
        assert!(output.status.success(), "{query}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// Host and port of a database of the story
    pub(super) fn door(&self, identifier: &str) -> (String, u64) {
        let mut servers =
            stack().existing(&self.cloud.region).into_iter().filter(|thing| thing.identifier == identifier);
        let door = servers.find_map(|server| Some((server.host?, server.port?)));
        door.unwrap_or_else(|| panic!("{identifier} has no port"))
    }

    fn password_of(&self, identifier: &str) -> String {
        let shown = ["cluster", "instance"].map(|kind| self.described(kind, identifier)).into_iter();
        let mut managed = shown.filter(|shown| shown.tag("SecretStatus") == Some("active"));
        let Some(arn) = managed.find_map(|shown| shown.tag("SecretArn").map(str::to_owned)) else {
            return PASSWORD.to_owned();
        };
        self.cloud.secret(&arn).get("password").and_then(serde_json::Value::as_str).unwrap().to_owned()
    }

    /// Changes the source database, and waits until backups hold the change. Gives the first whole second that has it.
    pub fn seed(&self, sql: &str) -> Timestamp {
        self.sql(sql);
        let at = whole_second_after(now());
        self.until_restorable(at);
        at
    }

    /// Waits until the source can be restored to a time
    pub fn until_restorable(&self, at: Timestamp) {
        let source = self.source();
        let (action, parameter) = if self.source.is_clustered() {
            ("DescribeDBClusters", "DBClusterIdentifier")
        } else {
            ("DescribeDBInstances", "DBInstanceIdentifier")
        };
        until(&format!("{source} can be restored to {at}"), A_STEP, || {
            let shown = self.cloud.rds(action, &[(parameter, &source)]).ok();
            let latest: Timestamp = shown.tag("LatestRestorableTime")?.parse().unwrap();
            (latest >= at).then_some(())
        });
    }

    /// Takes a snapshot of the source by hand
    pub fn take_snapshot(&self, identifier: &str) {
        let source = self.source();
        let kind = if self.source.is_clustered() {
            let cluster = [("DBClusterSnapshotIdentifier", identifier), ("DBClusterIdentifier", &source)];
            drop(self.cloud.rds("CreateDBClusterSnapshot", &cluster).ok());
            "cluster-snapshot"
        } else {
            let instance = [("DBSnapshotIdentifier", identifier), ("DBInstanceIdentifier", source.as_str())];
            drop(self.cloud.rds("CreateDBSnapshot", &instance).ok());
            "snapshot"
        };
        self.cloud.until_available(kind, identifier);
    }

    /// Three orders, the usual data
    pub fn seed_orders(&self) -> Timestamp {
        self.seed("CREATE TABLE orders AS SELECT n, now() AS created_at FROM generate_series(1, 3) n")
    }
}
