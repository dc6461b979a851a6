//! The real world: one adapter for each port. A tick mostly reads records and looks at a copy, so whatever else is needed is
//! made when it is first needed.

use std::sync::OnceLock;
use std::time::Duration;

use lifeboat::aws::SdkConfig;
use lifeboat::aws::backup::BackupVaults;
use lifeboat::aws::backup_read::BackupLooks;
use lifeboat::aws::cloudwatch::Metrics;
use lifeboat::aws::glue::Glue;
use lifeboat::aws::invoke::DataCheckFunction;
use lifeboat::aws::kms::KeyReader;
use lifeboat::aws::rds::Rds;
use lifeboat::aws::s3::Bucket;
use lifeboat::aws::sns::Topic;
use lifeboat::run::{Environment, SystemClock};

use crate::World;

/// AWS
#[derive(Debug)]
pub struct Aws {
    environment: Environment,
    config: SdkConfig,
    databases: Rds,
    bucket: Bucket,
    backups: OnceLock<BackupLooks>,
    vaults: OnceLock<BackupVaults>,
    keys: OnceLock<KeyReader>,
    jobs: OnceLock<Glue>,
    topic: OnceLock<Topic>,
    metrics: OnceLock<Metrics>,
    data_check: OnceLock<DataCheckFunction>,
}

impl Aws {
    /// Clients for what the environment names
    pub async fn connect(environment: Environment) -> Self {
        let config = lifeboat::aws::config().await;
        // Where the database's region is lost, the records are read where they are.
        let home = environment.bucket_region.as_ref().map(|region| lifeboat::aws::in_region(&config, region));
        Self {
            databases: Rds::new(&config),
            bucket: Bucket::new(home.as_ref().unwrap_or(&config), &environment.bucket),
            backups: OnceLock::new(),
            vaults: OnceLock::new(),
            keys: OnceLock::new(),
            jobs: OnceLock::new(),
            topic: OnceLock::new(),
            metrics: OnceLock::new(),
            data_check: OnceLock::new(),
            config,
            environment,
        }
    }
}

impl World for Aws {
    type Databases = Rds;
    type Backups = BackupLooks;
    type Vaults = BackupVaults;
    type Keys = KeyReader;
    type Jobs = Glue;
    type Store = Bucket;
    type Post = Topic;
    type Meter = Metrics;
    type DataCheck = DataCheckFunction;
    type Clock = SystemClock;

    fn databases(&self) -> &Rds {
        &self.databases
    }
    fn backups(&self) -> &BackupLooks {
        self.backups.get_or_init(|| BackupLooks::new(&self.config))
    }
    fn vaults(&self) -> &BackupVaults {
        self.vaults.get_or_init(|| BackupVaults::new(&self.config))
    }
    fn keys(&self) -> &KeyReader {
        self.keys.get_or_init(|| KeyReader::new(&self.config))
    }
    fn jobs(&self) -> &Glue {
        self.jobs.get_or_init(|| Glue::new(&self.config))
    }
    fn store(&self) -> &Bucket {
        &self.bucket
    }
    fn post(&self) -> &Topic {
        self.topic.get_or_init(|| Topic::new(&self.config, &self.environment.topic_arn))
    }
    fn meter(&self) -> &Metrics {
        self.metrics.get_or_init(|| Metrics::new(&self.config, &self.environment.namespace))
    }
    fn data_check(&self) -> &DataCheckFunction {
        self.data_check.get_or_init(|| DataCheckFunction::new(&self.config, &self.environment.data_check))
    }
    fn clock(&self) -> &SystemClock {
        &SystemClock
    }
    fn region(&self) -> Option<String> {
        self.config.region().map(ToString::to_string)
    }
    fn may_cut_over(&self) -> bool {
        self.environment.cut_over
    }
    async fn rest(&self, span: Duration) {
        tokio::time::sleep(span).await;
    }
}
