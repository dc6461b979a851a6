//! The real world: one adapter for each port, made once.

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
    databases: Rds,
    bucket: Bucket,
    topic: Topic,
    metrics: Metrics,
    data_check: DataCheckFunction,
}

impl Aws {
    /// Clients for what the environment names
    pub async fn connect(environment: &Environment) -> Self {
        let config = lifeboat::aws::config().await;
        Self {
            databases: Rds::new(&config),
            bucket: Bucket::new(&config, &environment.bucket),
            topic: Topic::new(&config, &environment.topic_arn),
            metrics: Metrics::new(&config, &environment.namespace),
            data_check: DataCheckFunction::new(&config, &environment.data_check),
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
        &self.topic
    }
    fn meter(&self) -> &Metrics {
        &self.metrics
    }
    fn data_check(&self) -> &DataCheckFunction {
        &self.data_check
    }
    fn clock(&self) -> &SystemClock {
        &SystemClock
    }
}
