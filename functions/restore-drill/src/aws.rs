//! The real world: one adapter for each port. Most ticks only read records and look at a copy, so what mails, measures and
//! asks is made when it is first needed.

use std::sync::OnceLock;

use lifeboat::aws::SdkConfig;
use lifeboat::aws::cloudwatch::Metrics;
use lifeboat::aws::invoke::DataCheckFunction;
use lifeboat::aws::rds::Rds;
use lifeboat::aws::s3::Bucket;
use lifeboat::aws::sns::Topic;
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
    type Store = Bucket;
    type Post = Topic;
    type Meter = Metrics;
    type DataCheck = DataCheckFunction;
    type Clock = SystemClock;

    fn databases(&self) -> &Rds {
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
    fn data_check(&self) -> &DataCheckFunction {
        self.data_check.get_or_init(|| DataCheckFunction::new(&self.config, &self.environment.data_check))
    }
    fn clock(&self) -> &SystemClock {
        &SystemClock
    }
}
