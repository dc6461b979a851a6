//! An account that is well, for backup-check: an Aurora cluster, an RDS instance and a DocumentDB cluster with everything that
//! their policy asks for.

#![expect(
    clippy::indexing_slicing,
    reason = "a policy is changed by the names of its fields; a wrong one fails the story"
)]

use jiff::{SignedDuration, Timestamp, ToSpan};
use lifeboat::restore::{Plan, Purpose, Record, closed_key, drill_id};
use lifeboat::verify::{Because, Verdict, VerdictWord};
use serde_json::{Value, json};

use super::{A_STEP, Story, now, until};
use crate::stack::{Cloud, stack};

/// The vault of the account
pub const VAULT: &str = "prod";
const DAY: i64 = 86400;
const GIB: f64 = 1_073_741_824.0;
const PASSWORD: &str = "correct-horse-9";

impl Story {
    /// The identifier of a database of the policy
    pub fn identifier(&self, database: &str) -> String {
        format!("prod-{}-{database}", self.name)
    }

    /// The policy of the account: all that can be asked is asked
    pub fn usual_policy(&self) -> Value {
        let away = &self.other_region().region;
        let database = |kind: &str, name: &str| {
            json!({
                "kind": kind, "identifier": self.identifier(name),
                "backups": {"retention_days": 7, "restore_lag_minutes": 15, "newest_snapshot_hours": 26,
                            "recovery_points": [{"vault": VAULT, "newest_hours": 26}]},
                "drills": {"weekly": {"max_age_days": 8}},
            })
        };
        let storage = json!({"billed_gib": 2000, "growth_percent_per_week": 20});
        let (mut orders, mut archive) = (database("aurora", "orders"), database("documentdb", "archive"));
        orders["backups"]["copies"] = json!([{"region": away, "newest_hours": 50}]);
        orders["storage"] = storage.clone();
        orders["snapshots"] = json!({"patterns": ["manual-*"], "copy_to": {"region": away}});
        archive["storage"] = storage;
        json!({
            "version": 1, "timezone": "UTC", "databases": {"orders": orders, "ledger": database("rds", "ledger"), "archive": archive},
            // Not today, and not when midnight passes meanwhile: the first mail is the weekly one, and no other.
            "checkup": {"mail_day": yesterday()},
        })
    }

    /// Writes the policy
    pub fn policy_is(&self, policy: &Value) {
        self.cloud.put(&self.bucket(), "policy.json", policy.to_string().into_bytes());
    }

    /// Writes the usual policy with something changed
    pub fn policy_with(&self, change: impl FnOnce(&mut Value)) {
        let mut policy = self.usual_policy();
        change(&mut policy);
        self.policy_is(&policy);
    }

    /// Makes the three databases and everything that the usual policy asks of them
    pub fn make_an_account_that_is_well(&self) {
        self.policy_is(&self.usual_policy());
        self.make_cluster("orders", "aurora-mysql", "db.serverless");
        self.make_cluster("archive", "docdb", "db.t4g.medium");
        self.make_instance("ledger", "mysql", "8.4.3");
        for (kind, database) in [("cluster", "orders"), ("cluster", "archive"), ("instance", "ledger")] {
            let identifier = self.identifier(database);
            let old = json!({"kind": kind, "id": identifier, "seconds": 300 * DAY});
            stack().control("POST", "/age", Some(&old));
            stack().take_recovery_point(&self.cloud.region, VAULT, &identifier);
            self.file_drill(database, SignedDuration::from_hours(24), VerdictWord::Passed, |_| {});
        }
        for (database, namespace) in [("orders", "AWS/RDS"), ("archive", "AWS/DocDB")] {
            self.billed(database, namespace, &[Some(500.0 * GIB); 14]);
        }
        self.copy_away("orders", "manual-1");
    }

    /// Makes a cluster with an instance, encrypted and protected
    pub fn make_cluster(&self, database: &str, engine: &str, class: &str) {
        let source = self.identifier(database);
        let cluster = [
            ("DBClusterIdentifier", source.as_str()),
            ("Engine", engine),
            ("MasterUsername", "app"),
            ("MasterUserPassword", PASSWORD),
            ("BackupRetentionPeriod", "7"),
            ("DeletionProtection", "true"),
            ("StorageEncrypted", "true"),
        ];
        let aurora = [
            ("ServerlessV2ScalingConfiguration.MinCapacity", "0.5"),
            ("ServerlessV2ScalingConfiguration.MaxCapacity", "1"),
        ];
        let more = if engine == "docdb" { &[][..] } else { &aurora[..] };
        drop(self.cloud.rds("CreateDBCluster", &[&cluster[..], more].concat()).ok());
        self.cloud.until_available("cluster", &source);
        let writer = format!("{source}-writer");
        let instance = [
            ("DBInstanceIdentifier", writer.as_str()),
            ("DBClusterIdentifier", &source),
            ("Engine", engine),
            ("DBInstanceClass", class),
        ];
        drop(self.cloud.rds("CreateDBInstance", &instance).ok());
        self.cloud.until_available("instance", &writer);
        self.until_backed_up("cluster-snapshot", &source);
    }

    /// Makes an RDS instance, encrypted and protected
    pub fn make_instance(&self, database: &str, engine: &str, version: &str) {
        let source = self.identifier(database);
        let instance = [
            ("DBInstanceIdentifier", source.as_str()),
            ("Engine", engine),
            ("EngineVersion", version),
            ("DBInstanceClass", "db.t4g.micro"),
            ("AllocatedStorage", "20"),
            ("MasterUsername", "app"),
            ("MasterUserPassword", PASSWORD),
            ("BackupRetentionPeriod", "7"),
            ("DeletionProtection", "true"),
            ("StorageEncrypted", "true"),
        ];
        drop(self.cloud.rds("CreateDBInstance", &instance).ok());
        self.cloud.until_available("instance", &source);
        self.until_backed_up("snapshot", &source);
    }

    fn until_backed_up(&self, kind: &str, source: &str) {
        until(&format!("{source} has its first automated snapshot"), A_STEP, || {
            let all = stack().existing(&self.cloud.region);
            let first = |one: &crate::stack::Existing| {
                one.kind == kind && one.status == "available" && one.identifier.starts_with(&format!("rds:{source}-"))
            };
            all.iter().any(first).then_some(())
        });
    }

    /// Takes a snapshot of a cluster and copies it into the other region
    pub fn copy_away(&self, database: &str, identifier: &str) {
        let source = self.identifier(database);
        let taken = [("DBClusterSnapshotIdentifier", identifier), ("DBClusterIdentifier", source.as_str())];
        drop(self.cloud.rds("CreateDBClusterSnapshot", &taken).ok());
        self.cloud.until_available("cluster-snapshot", identifier);
        let away = self.other_region();
        let arn = self.cloud.arn("rds", &format!("cluster-snapshot:{identifier}"));
        let copy = [
            ("SourceDBClusterSnapshotIdentifier", arn.as_str()),
            ("TargetDBClusterSnapshotIdentifier", identifier),
            ("SourceRegion", &self.cloud.region),
            ("KmsKeyId", &rds_key(away)),
        ];
        drop(away.rds("CopyDBClusterSnapshot", &copy).ok());
        away.until_available("cluster-snapshot", identifier);
    }

    /// What AWS billed of the backups of a cluster, in bytes, day by day, the last of them yesterday
    pub fn billed(&self, database: &str, namespace: &str, bytes: &[Option<f64>]) {
        let cluster = self.identifier(database);
        stack().measured(&self.cloud.region, namespace, "TotalBackupStorageBilled", &cluster, bytes);
    }

    /// Writes the record of a drill that ended so long ago. Gives its run.
    pub fn file_drill(
        &self,
        database: &str,
        ago: SignedDuration,
        word: VerdictWord,
        change: impl FnOnce(&mut Record),
    ) -> String {
        let record = self.drill_record(database, Purpose::Drill, ago, word, change);
        let key = closed_key(&record.run, record.scheduled_for);
        self.cloud.put(&self.bucket(), &key, serde_json::to_vec(&record).unwrap());
        record.run
    }

    /// The record of a run that was asked for so long ago
    pub fn drill_record(
        &self,
        database: &str,
        purpose: Purpose,
        ago: SignedDuration,
        word: VerdictWord,
        change: impl FnOnce(&mut Record),
    ) -> Record {
        let plan: Plan = serde_json::from_value(json!({
            "database": database, "drill": "weekly", "kind": "aurora", "identifier": self.identifier(database),
            "source": "latest_snapshot", "sandbox": {}, "connect_to": null, "login": {"method": "iam", "user": "probe"},
            "checks": [], "checks_are_implicit": true, "deadline_minutes": 120, "expires_hours": 24,
            "timezone": "UTC", "restore_lag_minutes": null,
        }))
        .unwrap();
        let at = Timestamp::from_second((now() - ago).as_second()).unwrap();
        let mut record = Record::born(drill_id(database, None, at), purpose, plan, at, at);
        let reason = format!("{database} was drilled");
        record.verdict = Some(Verdict { word, because: Because::Other, reason });
        change(&mut record);
        record
    }

    /// The key of RDS in the story's region
    pub fn key(&self) -> String {
        rds_key(&self.cloud)
    }

    fn kind_of(&self, database: &str) -> (&'static str, &'static str, String) {
        let identifier = self.identifier(database);
        let all = stack().existing(&self.cloud.region);
        if all.iter().any(|thing| thing.kind == "cluster" && thing.identifier == identifier) {
            ("Cluster", "cluster", identifier)
        } else {
            ("Instance", "instance", identifier)
        }
    }

    fn modify(&self, database: &str, parameter: &str, value: &str) {
        let (what, kind, identifier) = self.kind_of(database);
        let name = format!("DB{what}Identifier");
        let call = [(name.as_str(), identifier.as_str()), (parameter, value), ("ApplyImmediately", "true")];
        drop(self.cloud.rds(&format!("ModifyDB{what}"), &call).ok());
        self.cloud.until_available(kind, &identifier);
    }

    /// Somebody sets a retention
    pub fn set_retention(&self, database: &str, days: u32) {
        self.modify(database, "BackupRetentionPeriod", &days.to_string());
    }

    /// Somebody turns deletion protection on or off
    pub fn protect(&self, database: &str, on: bool) {
        self.modify(database, "DeletionProtection", &on.to_string());
    }

    fn told(&self, database: &str, tag: &str) -> String {
        let (what, kind, identifier) = self.kind_of(database);
        self.cloud.until_available(kind, &identifier);
        let name = format!("DB{what}Identifier");
        let shown = self.cloud.rds(&format!("DescribeDB{what}s"), &[(&name, &identifier)]).ok();
        shown.tag(tag).unwrap_or_else(|| panic!("no {tag} of {database}")).to_owned()
    }

    /// The retention that RDS says, once the database is settled
    pub fn retention(&self, database: &str) -> u32 {
        self.told(database, "BackupRetentionPeriod").parse().unwrap()
    }

    /// Whether it is protected from deletion, once the database is settled
    pub fn is_protected(&self, database: &str) -> bool {
        self.told(database, "DeletionProtection") == "true"
    }

    /// A whole check, asked for by hand; it must end well. Gives its answer.
    #[track_caller]
    pub fn check(&self) -> Value {
        self.ask("backup-check", &json!({"check": "*"})).ok()
    }

    /// A check of one database that somebody asked for
    #[track_caller]
    pub fn check_of(&self, database: &str) -> Value {
        self.ask("backup-check", &json!({"check": database})).ok()
    }

    /// So much time passes that a digest is due again, and that storage is measured again
    pub fn the_next_day_comes(&self) {
        let key = "findings.json";
        self.cloud.change(&self.bucket(), key, |text| {
            let mut state: Value = serde_json::from_str(text).unwrap();
            if let Some(at) = state.get("digest_at").and_then(Value::as_str) {
                let before: Timestamp = at.parse().unwrap();
                state["digest_at"] = (before - 24.hours()).to_string().into();
            }
            state["history"] = json!({});
            state.to_string()
        });
    }

    /// Mails since they were asked for last
    pub fn new_mails(&self) -> Vec<(String, String)> {
        let before = self.mails.lock().unwrap().len();
        self.mails().split_off(before)
    }

    /// The one new mail
    #[track_caller]
    pub fn new_mail(&self) -> (String, String) {
        let mut mails = self.new_mails();
        assert_eq!(mails.len(), 1, "{mails:#?}");
        mails.remove(0)
    }
}

/// The key that RDS encrypts with where nobody names another
pub fn rds_key(cloud: &Cloud) -> String {
    cloud.arn("kms", "key/00000000-0000-4000-8000-00000000rds0")
}

fn yesterday() -> String {
    let days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let day = (now() - 24.hours()).to_zoned(jiff::tz::TimeZone::UTC).weekday();
    days[usize::try_from(day.to_monday_zero_offset()).unwrap()].to_owned()
}

/// What is open by an answer of backup-check: `high retention/orders`, worst first
pub fn open(answer: &Value) -> Vec<String> {
    let findings = answer.get("findings").and_then(Value::as_array).cloned().unwrap_or_default();
    let word = |one: &Value, name: &str| one.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    findings.iter().map(|one| format!("{} {}", word(one, "severity"), word(one, "id"))).collect()
}

/// The finding of an id in an answer
#[track_caller]
pub fn finding(answer: &Value, id: &str) -> Value {
    let findings = answer.get("findings").and_then(Value::as_array).cloned().unwrap_or_default();
    let mut found = findings.into_iter().filter(|one| one.get("id").and_then(Value::as_str) == Some(id));
    found.next().unwrap_or_else(|| panic!("no {id} in {:#?}", open(answer)))
}

/// What an answer says is resolved
pub fn resolved(answer: &Value) -> Vec<String> {
    let ids = answer.get("resolved").and_then(Value::as_array).cloned().unwrap_or_default();
    ids.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// The command that mends a finding of an answer, as a mail has it
#[track_caller]
pub fn command(answer: &Value, id: &str) -> String {
    let finding = finding(answer, id);
    let words = finding.pointer("/mend/command").and_then(Value::as_array).cloned().unwrap_or_default();
    let quoted = |word: &Value| format!("'{}'", word.as_str().unwrap_or_default());
    words.iter().map(quoted).collect::<Vec<_>>().join(" ")
}
