//! A database with every setting that a restore does not bring back by itself: what is recovered has to be the same.

use super::{Source, Story};

type Parameters = Vec<(String, String)>;

/// Two of each list, and of everything else what AWS would not take by default
const OF_BOTH: [(&str, &str); 14] = [
    ("VpcSecurityGroupIds.VpcSecurityGroupId.1", "sg-1"),
    ("VpcSecurityGroupIds.VpcSecurityGroupId.2", "sg-2"),
    ("DBSubnetGroupName", "private"),
    ("PreferredMaintenanceWindow", "wed:04:00-wed:04:30"),
    ("CopyTagsToSnapshot", "true"),
    ("DeletionProtection", "true"),
    ("ManageMasterUserPassword", "true"),
    ("MasterUsername", "app"),
    ("StorageEncrypted", "true"),
    ("Tags.Tag.1.Key", "env"),
    ("Tags.Tag.1.Value", "production"),
    ("Tags.Tag.2.Key", "team"),
    ("Tags.Tag.2.Value", "payments"),
    ("BackupRetentionPeriod", "14"),
];
/// What DocumentDB has no notion of
const OF_RDS: [(&str, &str); 5] = [
    ("EnableIAMDatabaseAuthentication", "true"),
    ("NetworkType", "DUAL"),
    ("EngineLifecycleSupport", "open-source-rds-extended-support-disabled"),
    ("PreferredBackupWindow", "01:00-01:30"),
    ("AutoMinorVersionUpgrade", "true"),
];
/// Of a member, or of an instance that is alone
const OF_INSTANCES: [(&str, &str); 5] = [
    ("MonitoringInterval", "15"),
    ("MonitoringRoleArn", "arn:aws:iam::123456789012:role/watch"),
    ("EnablePerformanceInsights", "true"),
    ("PerformanceInsightsRetentionPeriod", "31"),
    ("CACertificateIdentifier", "rds-ca-ecc384-g1"),
];
const ALONE: [(&str, &str); 10] = [
    ("DBInstanceClass", "db.m7g.large"),
    ("DBName", "app"),
    ("DBParameterGroupName", "ours"),
    ("OptionGroupName", "options"),
    ("MultiAZ", "true"),
    ("StorageType", "io2"),
    ("Iops", "4000"),
    ("AllocatedStorage", "100"),
    ("MaxAllocatedStorage", "500"),
    ("PubliclyAccessible", "false"),
];

/// The roles that a whole database takes on
pub const ROLES: [&str; 2] = ["arn:aws:iam::123456789012:role/import", "arn:aws:iam::123456789012:role/export"];

fn owned(given: &[(&str, &str)]) -> Parameters {
    given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn logs(engine: &str) -> [&'static str; 2] {
    match engine {
        "docdb" => ["audit", "profiler"],
        engine if engine.contains("mysql") || engine == "mariadb" => ["audit", "error"],
        _ => ["postgresql", "upgrade"],
    }
}

impl Story {
    /// A story of a database of an engine with everything that can be set; a cluster has a writer and two readers. A cluster of
    /// Aurora PostgreSQL is Serverless v2 with a provisioned reader, one of Aurora MySQL is provisioned.
    pub fn whole(name: &'static str, engine: &'static str, policy: serde_json::Value) -> Self {
        Self::begin(name, Source::Whole(engine), None, policy)
    }

    pub(super) fn make_whole(&self, engine: &str) {
        if self.source.is_clustered() {
            self.make_whole_cluster(engine);
        } else {
            self.make_whole_instance(engine);
        }
        let (kind, source) = (self.source_kind(), self.source());
        self.cloud.until_available(kind, &source);
        if engine == "docdb" {
            return;
        }
        for (role, feature) in ROLES.iter().zip(["s3Import", "s3Export"]) {
            let (action, parameter) = match kind {
                "cluster" => ("AddRoleToDBCluster", "DBClusterIdentifier"),
                _ => ("AddRoleToDBInstance", "DBInstanceIdentifier"),
            };
            drop(self.cloud.rds(action, &[(parameter, &source), ("RoleArn", role), ("FeatureName", feature)]).ok());
        }
    }

    fn make_whole_cluster(&self, engine: &str) {
        let source = self.source();
        let mut cluster = owned(&OF_BOTH);
        cluster.extend(owned(&[("DBClusterIdentifier", &source), ("Engine", engine)]));
        cluster.push(("DBClusterParameterGroupName".to_owned(), "ours".to_owned()));
        cluster.extend(log_types(engine));
        match engine {
            "docdb" => {}
            "aurora-mysql" => cluster.extend(owned(&[("DatabaseName", "app"), ("BacktrackWindow", "86400")])),
            _ => cluster.extend(owned(&[
                ("DatabaseName", "app"),
                ("StorageType", "aurora-iopt1"),
                ("ServerlessV2ScalingConfiguration.MinCapacity", "0.5"),
                ("ServerlessV2ScalingConfiguration.MaxCapacity", "8"),
            ])),
        }
        if engine != "docdb" {
            cluster.extend(owned(&OF_RDS));
        }
        self.set("CreateDBCluster", &cluster);
        self.cloud.until_available("cluster", &source);
        let first = if engine == "aurora-postgresql" { "db.serverless" } else { "db.r6g.large" };
        for (member, class, tier, zone) in
            [("writer", first, "0", "a"), ("reader", first, "1", "b"), ("reports", "db.r6g.xlarge", "15", "c")]
        {
            let (name, zone) = (format!("{source}-{member}"), format!("{}{zone}", self.cloud.region));
            let mut instance = owned(&[
                ("DBInstanceIdentifier", &name),
                ("DBClusterIdentifier", &source),
                ("Engine", engine),
                ("DBInstanceClass", class),
                ("PromotionTier", tier),
                ("AvailabilityZone", &zone),
                ("PreferredMaintenanceWindow", "tue:02:00-tue:02:30"),
                ("Tags.Tag.1.Key", "member"),
                ("Tags.Tag.1.Value", member),
            ]);
            if engine != "docdb" {
                instance.extend(owned(&OF_INSTANCES));
                instance.extend(owned(&[("DBParameterGroupName", "ours-too"), ("AutoMinorVersionUpgrade", "false")]));
            }
            self.set("CreateDBInstance", &instance);
            // The first that is up is the writer.
            self.cloud.until_available("instance", &name);
        }
    }

    fn make_whole_instance(&self, engine: &str) {
        let mut instance = owned(&OF_BOTH);
        instance.extend(owned(&[("DBInstanceIdentifier", &self.source()), ("Engine", engine)]));
        instance.extend(owned(&OF_RDS));
        instance.extend(owned(&OF_INSTANCES));
        instance.extend(owned(&ALONE));
        instance.extend(log_types(engine));
        self.set("CreateDBInstance", &instance);
    }

    fn set(&self, action: &str, parameters: &Parameters) {
        let parameters: Vec<(&str, &str)> = parameters.iter().map(|(name, value)| (&**name, &**value)).collect();
        drop(self.cloud.rds(action, &parameters).ok());
    }
}

fn log_types(engine: &str) -> Parameters {
    let numbered = (1..).zip(logs(engine));
    numbered.map(|(n, log)| (format!("EnableCloudwatchLogsExports.member.{n}"), log.to_owned())).collect()
}
