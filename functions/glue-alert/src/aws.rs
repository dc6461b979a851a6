//! The real world: one adapter for each port. A quiet poll reads Glue and the bucket; what a mail needs is made for it.

use std::sync::OnceLock;

use lifeboat::aws::SdkConfig;
use lifeboat::aws::cloudwatch::Metrics;
use lifeboat::aws::glue::Glue;
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
    jobs: Glue,
    bucket: Bucket,
    databases: OnceLock<Rds>,
    topic: OnceLock<Topic>,
    metrics: OnceLock<Metrics>,
}

impl Aws {
    /// Clients for what the environment names
    pub async fn connect(environment: Environment) -> Self {
        let config = lifeboat::aws::config().await;
        Self {
            jobs: Glue::new(&config),
            bucket: Bucket::new(&config, &environment.bucket),
            databases: OnceLock::new(),
            topic: OnceLock::new(),
            metrics: OnceLock::new(),
            config,
            environment,
        }
    }
}

impl World for Aws {
    type Jobs = Glue;
    type Databases = Rds;
    type Store = Bucket;
    type Post = Topic;
    type Meter = Metrics;
    type Clock = SystemClock;

    fn jobs(&self) -> &Glue {
        &self.jobs
    }
    fn databases(&self) -> &Rds {
        self.databases.get_or_init(|| Rds::new(&self.config))
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
    fn clock(&self) -> &SystemClock {
        &SystemClock
    }
}
