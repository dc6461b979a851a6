//! The real world: one adapter for each port. Most ticks only read records and look at a copy, so whatever else is needed is
//! made when it is first needed: clients of another region, of AWS Backup, what mails, measures and asks.

use std::sync::OnceLock;

use lifeboat::aws::SdkConfig;
use lifeboat::aws::backup::BackupVaults;
use lifeboat::aws::backup_validate::Tests;
use lifeboat::aws::cloudwatch::Metrics;
use lifeboat::aws::in_region;
use lifeboat::aws::invoke::DataCheckFunction;
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
    tests: OnceLock<Tests>,
    topic: OnceLock<Topic>,
    metrics: OnceLock<Metrics>,
}

impl Aws {
    /// Clients for what the environment names
    pub async fn connect(environment: Environment) -> Self {
        let config = lifeboat::aws::config().await;
        Self {
            bucket: Bucket::new(&config, &environment.bucket),
            tests: OnceLock::new(),
            topic: OnceLock::new(),
            metrics: OnceLock::new(),
            home: Region::of(config),
            environment,
        }
    }
}

impl World for Aws {
    type Databases = Rds;
    type Vaults = BackupVaults;
    type Tests = Tests;
    type Store = Bucket;
    type Post = Topic;
    type Meter = Metrics;
    type DataCheck = DataCheckFunction;
    type Clock = SystemClock;

    fn databases(&self, region: Option<&str>) -> &Rds {
        let region = self.home.named(region);
        region.databases.get_or_init(|| Rds::new(&region.config))
    }
    fn vaults(&self, region: Option<&str>) -> &BackupVaults {
        let region = self.home.named(region);
        region.vaults.get_or_init(|| BackupVaults::new(&region.config))
    }
    fn tests(&self) -> &Tests {
        self.tests.get_or_init(|| Tests::new(&self.home.config))
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
    fn data_check(&self, region: Option<&str>) -> &DataCheckFunction {
        let region = self.home.named(region);
        region.data_check.get_or_init(|| DataCheckFunction::new(&region.config, &self.environment.data_check))
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
    vaults: OnceLock<BackupVaults>,
    data_check: OnceLock<DataCheckFunction>,
    next: OnceLock<Box<Region>>,
}

impl Region {
    fn of(config: SdkConfig) -> Self {
        Self {
            config,
            databases: OnceLock::new(),
            vaults: OnceLock::new(),
            data_check: OnceLock::new(),
            next: OnceLock::new(),
        }
    }

    /// The region of that name from this one on; this one when no name is given. Ends at the latest with the one that it
    /// adds, so it is as long as there are regions in policies and records.
    fn named(&self, name: Option<&str>) -> &Self {
        let Some(name) = name else { return self };
        let mut region = self;
        while region.name() != Some(name) {
            region = region.next.get_or_init(|| Box::new(Self::of(in_region(&self.config, name))));
        }
        region
    }

    fn name(&self) -> Option<&str> {
        self.config.region().map(AsRef::as_ref)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_region_is_made_once_and_home_by_its_name_is_home() {
        let home = Region::of(in_region(&SdkConfig::builder().build(), "ap-northeast-1"));
        let west = home.named(Some("us-west-2"));
        let east = home.named(Some("us-east-1"));
        assert_eq!((west.name(), east.name()), (Some("us-west-2"), Some("us-east-1")));
        assert!(std::ptr::eq(west, home.named(Some("us-west-2"))));
        assert!(std::ptr::eq(east, home.named(Some("us-east-1"))));
        assert!(std::ptr::eq(&raw const home, home.named(None)));
        assert!(std::ptr::eq(&raw const home, home.named(Some("ap-northeast-1"))));
        assert!(east.next.get().is_none());
    }
}
