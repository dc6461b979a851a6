//! What else there is to restore from: recovery points, copies in another region, backups of what is gone.

use super::{A_STEP, Story, until};
use crate::stack::{Cloud, stack};

impl Story {
    /// The vault of its recovery points, which its policy has to name
    pub fn vault(&self) -> String {
        format!("vault-{}", self.name)
    }

    /// Takes a recovery point of the source; gives its ARN
    pub fn take_recovery_point(&self) -> String {
        stack().take_recovery_point(&self.cloud.region, &self.vault(), &self.source())
    }

    /// The other region
    #[track_caller]
    pub fn other_region(&self) -> &Cloud {
        self.away.as_ref().unwrap_or_else(|| panic!("{} has one region only", self.name))
    }

    /// Takes a snapshot of the source, and copies it into the other region
    pub fn take_snapshot_away(&self, identifier: &str) {
        self.take_snapshot(identifier);
        let copy = [
            ("SourceDBClusterSnapshotIdentifier", self.cloud.arn("rds", &format!("cluster-snapshot:{identifier}"))),
            ("TargetDBClusterSnapshotIdentifier", identifier.to_owned()),
            ("SourceRegion", self.cloud.region.clone()),
        ];
        let copy: Vec<(&str, &str)> = copy.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let away = self.other_region();
        drop(away.rds("CopyDBClusterSnapshot", &copy).ok());
        away.until_available("cluster-snapshot", identifier);
    }

    /// RDS and AWS Backup of the story's own region answer errors only
    pub fn home_is_down(&self) {
        stack().region_is_down(&self.cloud.region, &["RDS", "Backup"]);
    }

    /// They are up again
    pub fn home_is_up(&self) {
        stack().region_is_up(&self.cloud.region);
    }

    /// Somebody deletes the source cluster, and its automated backups are retained
    #[must_use]
    pub fn source_is_deleted(self) -> Self {
        let source = self.source();
        let cluster = ("DBClusterIdentifier", source.as_str());
        drop(self.cloud.rds("ModifyDBCluster", &[cluster, ("DeletionProtection", "false")]).ok());
        self.cloud.until_available("cluster", &source);
        let member = format!("{source}-writer");
        drop(self.cloud.rds("DeleteDBInstance", &[("DBInstanceIdentifier", &member)]).ok());
        let kept = [cluster, ("SkipFinalSnapshot", "true"), ("DeleteAutomatedBackups", "false")];
        drop(self.cloud.rds("DeleteDBCluster", &kept).ok());
        until("the source is gone", A_STEP, || {
            let all = stack().existing(&self.cloud.region);
            (!all.iter().any(|thing| thing.identifier == source || thing.identifier == member)).then_some(())
        });
        Self { is_gone: true, since: stack().call_count(), ..self }
    }
}
