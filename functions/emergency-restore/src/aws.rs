//! The real world: one adapter for each port.

use lifeboat::aws::cloudwatch::Metrics;
use lifeboat::aws::s3::Bucket;
use lifeboat::aws::sns::Topic;
use lifeboat::run::{Environment, SystemClock};

use crate::World;

/// AWS
#[derive(Debug)]
pub struct Aws {
    bucket: Bucket,
    topic: Topic,
    metrics: Metrics,
}

impl Aws {
    /// Clients for what the environment names
    pub async fn connect(environment: Environment) -> Self {
        let config = lifeboat::aws::config().await;
        Self {
            bucket: Bucket::new(&config, &environment.bucket),
            topic: Topic::new(&config, &environment.topic_arn),
            metrics: Metrics::new(&config, &environment.namespace),
        }
    }
}

impl World for Aws {
    type Store = Bucket;
    type Post = Topic;
    type Meter = Metrics;
    type Clock = SystemClock;

    fn store(&self) -> &Bucket {
        &self.bucket
    }
    fn post(&self) -> &Topic {
        &self.topic
    }
    fn meter(&self) -> &Metrics {
        &self.metrics
    }
    fn clock(&self) -> &SystemClock {
        &SystemClock
    }
}
