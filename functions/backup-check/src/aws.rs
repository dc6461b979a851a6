//! The real world: one adapter for each port. What another region needs is made when it is first needed.

use std::sync::OnceLock;

use lifeboat::aws::SdkConfig;
use lifeboat::aws::backup_read::BackupLooks;
use lifeboat::aws::cloudwatch::Metrics;
use lifeboat::aws::cloudwatch_read::MetricReader;
use lifeboat::aws::in_region;
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
    home: Region,
    bucket: Bucket,
    topic: OnceLock<Topic>,
    metrics: OnceLock<Metrics>,
    measured: OnceLock<MetricReader>,
}

impl Aws {
    /// Clients for what the environment names
    pub async fn connect(environment: Environment) -> Self {
        let config = lifeboat::aws::config().await;
        Self {
            bucket: Bucket::new(&config, &environment.bucket),
            topic: OnceLock::new(),
            metrics: OnceLock::new(),
            measured: OnceLock::new(),
            home: Region::of(config),
            environment,
        }
    }
}

impl World for Aws {
    type Databases = Rds;
    type Backup = BackupLooks;
    type Keys = KeyReader;
    type Measured = MetricReader;
    type Remedy = Rds;
    type Store = Bucket;
    type Post = Topic;
    type Meter = Metrics;
    type Clock = SystemClock;

    fn home(&self) -> &str {
        self.home.name()
    }
    fn databases(&self, region: &str) -> &Rds {
        let region = self.home.named(region);
        region.databases.get_or_init(|| Rds::new(&region.config))
    }
    fn backup(&self, region: &str) -> &BackupLooks {
        let region = self.home.named(region);
        region.backup.get_or_init(|| BackupLooks::new(&region.config))
    }
    fn keys(&self, region: &str) -> &KeyReader {
        let region = self.home.named(region);
        region.keys.get_or_init(|| KeyReader::new(&region.config))
    }
    fn measured(&self) -> &MetricReader {
        self.measured.get_or_init(|| MetricReader::new(&self.home.config))
    }
    fn remedy(&self) -> &Rds {
        self.databases(self.home())
    }
    fn store(&self) -> &Bucket {
        &self.bucket
    }
    fn post(&self) -> &Topic {
        self.topic.get_or_init(|| Topic::new(&self.home.config, &self.environment.topic_arn))
    }
    fn meter(&self) -> &Metrics {
        self.metrics.get_or_init(|| Metrics::new(&self.home.config, &self.environment.namespace))
    }
    fn clock(&self) -> &SystemClock {
        &SystemClock
    }
}

/// The clients of one region, and the region that was needed after it: a chain that only grows, so that a client once made
/// stays where it is.
#[derive(Debug)]
struct Region {
    config: SdkConfig,
    databases: OnceLock<Rds>,
    backup: OnceLock<BackupLooks>,
    keys: OnceLock<KeyReader>,
    next: OnceLock<Box<Region>>,
}

impl Region {
    fn of(config: SdkConfig) -> Self {
        Self {
            config,
            databases: OnceLock::new(),
            backup: OnceLock::new(),
            keys: OnceLock::new(),
            next: OnceLock::new(),
        }
    }

    /// The region of that name from this one on. Ends at the latest with the one that it adds, so it is as long as there are
    /// regions in policies.
    fn named(&self, name: &str) -> &Self {
        let mut region = self;
        while region.name() != name {
            region = region.next.get_or_init(|| Box::new(Self::of(in_region(&self.config, name))));
        }
        region
    }

    /// Its name; empty where nobody said which region this is, and then every call says so
    fn name(&self) -> &str {
        self.config.region().map(AsRef::as_ref).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_region_is_made_once_and_home_by_its_name_is_home() {
        let home = Region::of(in_region(&SdkConfig::builder().build(), "ap-northeast-1"));
        let west = home.named("us-west-2");
        let east = home.named("us-east-1");
        assert_eq!((west.name(), east.name()), ("us-west-2", "us-east-1"));
        assert!(std::ptr::eq(west, home.named("us-west-2")));
        assert!(std::ptr::eq(east, home.named("us-east-1")));
        assert!(std::ptr::eq(&raw const home, home.named("ap-northeast-1")));
        assert!(east.next.get().is_none());
    }

    #[test]
    fn a_home_without_a_name_is_home() {
        let home = Region::of(SdkConfig::builder().build());
        assert!(std::ptr::eq(&raw const home, home.named("")));
    }
}
