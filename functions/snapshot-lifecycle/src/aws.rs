//! The real world: one adapter for each port.

use lifeboat::aws::cloudwatch::Metrics;
use lifeboat::aws::s3::Bucket;
use lifeboat::aws::sns::Topic;
use lifeboat::run::Environment;

/// AWS
#[derive(Debug)]
pub struct Aws {
    /// The bucket
    pub bucket: Bucket,
    /// The topic
    pub topic: Topic,
    /// CloudWatch
    pub metrics: Metrics,
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
