//! The real world: one adapter for each port. Most runs look at one or two regions; what another region, AWS Backup and the
//! mails need is made when it is first needed.

use std::sync::OnceLock;
use std::time::Duration;

use lifeboat::aws::SdkConfig;
use lifeboat::aws::backup_read::BackupLooks;
use lifeboat::aws::cloudwatch::Metrics;
use lifeboat::aws::in_region;
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
    backups: OnceLock<BackupLooks>,
    topic: OnceLock<Topic>,
    metrics: OnceLock<Metrics>,
}

impl Aws {
    /// Clients for what the environment names
    pub async fn connect(environment: Environment) -> Self {
        let config = lifeboat::aws::config().await;
        Self {
            bucket: Bucket::new(&config, &environment.bucket),
            backups: OnceLock::new(),
            topic: OnceLock::new(),
            metrics: OnceLock::new(),
            home: Region::of(config),
            environment,
        }
    }
}

impl World for Aws {
    type Databases = Rds;
    type Backups = BackupLooks;
    type Store = Bucket;
    type Post = Topic;
    type Meter = Metrics;
    type Clock = SystemClock;

    fn home(&self) -> &str {
        self.home.name().unwrap_or_default()
    }
    fn databases(&self, region: Option<&str>) -> &Rds {
        let region = self.home.named(region);
        region.databases.get_or_init(|| Rds::new(&region.config))
    }
    fn backups(&self) -> &BackupLooks {
        self.backups.get_or_init(|| BackupLooks::new(&self.home.config))
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
    async fn rest(&self, span: Duration) {
        tokio::time::sleep(span).await;
    }
}

/// The clients of one region, and the region that was needed after it: a chain that only grows, so that a client once made
/// stays where it is.
#[derive(Debug)]
struct Region {
    config: SdkConfig,
    databases: OnceLock<Rds>,
    next: OnceLock<Box<Region>>,
}

impl Region {
    fn of(config: SdkConfig) -> Self {
        Self { config, databases: OnceLock::new(), next: OnceLock::new() }
    }

    /// The region of that name from this one on; this one when no name is given. Ends at the latest with the one that it
    /// adds, so it is as long as there are regions in the policy.
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
