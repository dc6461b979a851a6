//! The real world: one adapter for each port. Most ticks only read records and look at a copy, so what mails, measures and
//! asks is made when it is first needed.

use std::sync::OnceLock;

use lifeboat::aws::SdkConfig;
use lifeboat::aws::cloudwatch::Metrics;
use lifeboat::aws::invoke::DataCheckFunction;
use lifeboat::aws::rds::Rds;
use lifeboat::aws::s3::Bucket;
use lifeboat::aws::sns::Topic;
use lifeboat::database::{RecoveryPoint, RestoreJob, RestoreMetadata};
use lifeboat::fault::{Class, Fault};
use lifeboat::ports::Vaults;
use lifeboat::restore::StartRestoreJob;
use lifeboat::run::{Environment, SystemClock};

use crate::World;

/// AWS
#[derive(Debug)]
pub struct Aws {
    config: SdkConfig,
    environment: Environment,
    databases: Rds,
    bucket: Bucket,
    topic: OnceLock<Topic>,
    metrics: OnceLock<Metrics>,
    data_check: OnceLock<DataCheckFunction>,
}

impl Aws {
    /// Clients for what the environment names
    pub async fn connect(environment: Environment) -> Self {
        let config = lifeboat::aws::config().await;
        Self {
            databases: Rds::new(&config),
            bucket: Bucket::new(&config, &environment.bucket),
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
    type Vaults = NoVaults;
    type Store = Bucket;
    type Post = Topic;
    type Meter = Metrics;
    type DataCheck = DataCheckFunction;
    type Clock = SystemClock;

    fn databases(&self, _region: Option<&str>) -> &Rds {
        &self.databases
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
    fn vaults(&self, _region: Option<&str>) -> &NoVaults {
        &NoVaults
    }
    fn data_check(&self, _region: Option<&str>) -> &DataCheckFunction {
        self.data_check.get_or_init(|| DataCheckFunction::new(&self.config, &self.environment.data_check))
    }
    fn clock(&self) -> &SystemClock {
        &SystemClock
    }
}

/// Stands in until the adapter of AWS Backup is there
#[derive(Debug)]
pub struct NoVaults;

fn not_yet(what: &str) -> Fault {
    Fault::new(Class::Permanent, "lifeboat:NotYet", what, "", "not made yet")
}

impl Vaults for NoVaults {
    async fn recovery_points(&self, vault: &str, _resource_arn: &str) -> Result<Vec<RecoveryPoint>, Fault> {
        Err(not_yet(vault))
    }
    async fn restore_metadata(&self, vault: &str, _recovery_point: &str) -> Result<RestoreMetadata, Fault> {
        Err(not_yet(vault))
    }
    async fn restore(&self, act: &StartRestoreJob) -> Result<String, Fault> {
        Err(not_yet(&act.identifier))
    }
    async fn restore_job(&self, id: &str) -> Result<Option<RestoreJob>, Fault> {
        Err(not_yet(id))
    }
}
