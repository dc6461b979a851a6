//! Reading clusters, instances and snapshots of the simulated AWS.

use jiff::Timestamp;
use lifeboat::database::{Cluster, Event, Instance, RetainedBackup, Snapshot, Window};
use lifeboat::fault::Fault;
use lifeboat::ports::Databases;
use lifeboat::restore::Leftover;

use super::region::window;
use super::{Place, State};

impl Databases for Place {
    async fn cluster(&self, identifier: &str) -> Result<Option<Cluster>, Fault> {
        self.call("rds:DescribeDBClusters", identifier, |state| {
            let now = state.now;
            Ok(state.region(self.name).cluster_now(now, identifier))
        })
        .await
    }

    async fn instance(&self, identifier: &str) -> Result<Option<Instance>, Fault> {
        self.call("rds:DescribeDBInstances", identifier, |state| {
            let now = state.now;
            Ok(state.region(self.name).instance_now(now, identifier))
        })
        .await
    }

    async fn instance_window(&self, identifier: &str) -> Result<Window, Fault> {
        self.call("rds:DescribeDBInstanceAutomatedBackups", identifier, |state| Ok(window(state.now))).await
    }

    async fn snapshots(&self, source: &str, _clustered: bool) -> Result<Vec<Snapshot>, Fault> {
        let of = |state: &mut State| {
            let all = state.region(self.name).snapshots.iter();
            Ok(all.filter(|snapshot| snapshot.source == source).cloned().collect())
        };
        self.call("rds:DescribeDBSnapshots", source, of).await
    }

    async fn retained(&self, identifier: &str, clustered: bool) -> Result<Vec<RetainedBackup>, Fault> {
        let of = |state: &mut State| {
            let all = state.region(self.name).retained.iter();
            let of = all.filter(|(of_cluster, backup)| *of_cluster == clustered && backup.identifier == identifier);
            Ok(of.map(|(_, backup)| backup.clone()).collect())
        };
        self.call("rds:DescribeDBClusterAutomatedBackups", identifier, of).await
    }

    async fn events(
        &self,
        identifier: &str,
        _clustered: bool,
        _since: Timestamp,
        _until: Timestamp,
    ) -> Result<Vec<Event>, Fault> {
        self.call("rds:DescribeEvents", identifier, |_| Ok(Vec::new())).await
    }

    async fn all_clusters(&self) -> Result<Vec<Cluster>, Fault> {
        let all = |state: &mut State| {
            let now = state.now;
            let region = state.region(self.name);
            Ok(region.clusters.keys().filter_map(|identifier| region.cluster_now(now, identifier)).collect())
        };
        self.call("rds:DescribeDBClusters", "*", all).await
    }

    async fn all_instances(&self) -> Result<Vec<Instance>, Fault> {
        let all = |state: &mut State| {
            let now = state.now;
            let region = state.region(self.name);
            Ok(region.instances.keys().filter_map(|identifier| region.instance_now(now, identifier)).collect())
        };
        self.call("rds:DescribeDBInstances", "*", all).await
    }

    async fn remains(&self, _prefixes: &[&str]) -> Result<Vec<Leftover>, Fault> {
        self.call("rds:DescribeDBClusterSnapshots", "*", |_| Ok(Vec::new())).await
    }
}
