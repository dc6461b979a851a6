//! What AWS was seen to hold of one database: the ground of what can be restored and of what a request means.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::database::{Cluster, Engine, Instance, Key, Kind, RecoveryPoint, RetainedBackup, Seen, Snapshot, Window};

/// Everything that was seen of one database. What could not be looked at says why, and is never taken for nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct Facts {
    /// Its name in the policy
    pub database: String,
    /// What the policy says it is
    pub kind: Kind,
    /// Its identifier in AWS
    pub identifier: String,
    /// The database itself
    pub living: Seen<Living>,
    /// Its snapshots, automated, manual and AWS Backup's; with one that a request names beside them
    pub snapshots: Seen<Vec<Snapshot>>,
    /// Its recovery points in each vault that the policy names; `Absent` is a vault that is not there
    pub vaults: Vec<(String, Seen<Vec<RecoveryPoint>>)>,
    /// What RDS retains of databases of its identifier that are gone
    pub retained: Seen<Vec<RetainedBackup>>,
    /// The KMS keys of all of these, by the ARN that names them there
    pub keys: BTreeMap<String, Seen<Key>>,
}

/// A database that is there
#[derive(Debug, Clone, PartialEq)]
pub struct Living {
    /// ARN, under which AWS Backup files its points
    pub arn: String,
    /// Engine
    pub engine: Engine,
    /// Engine version
    pub engine_version: String,
    /// AWS's status word
    pub status: String,
    /// When it was made
    pub created_at: Option<Timestamp>,
    /// KMS key of its storage
    pub kms_key: Option<String>,
    /// Whether its storage is encrypted
    pub encrypted: bool,
    /// From when to when it can be restored
    pub window: Window,
    /// Why the window is not known as a whole
    pub window_unread: Option<String>,
}

impl Living {
    /// A cluster
    pub fn of_cluster(cluster: &Cluster) -> Self {
        Self {
            arn: cluster.arn.clone(),
            engine: cluster.engine.clone(),
            engine_version: cluster.engine_version.clone(),
            status: cluster.status.clone(),
            created_at: cluster.created_at,
            kms_key: cluster.configuration.kms_key.clone(),
            encrypted: cluster.configuration.encrypted,
            window: cluster.window,
            window_unread: None,
        }
    }

    /// An RDS instance: where its window begins is known to its automated backup only
    pub fn of_instance(instance: &Instance, window: &Seen<Window>) -> Self {
        let backup = window.present().copied().unwrap_or_default();
        let latest = instance.latest_restorable.or(backup.latest);
        let window_unread = match window {
            Seen::Unknown(why) => Some(why.clone()),
            Seen::Absent | Seen::Present(_) => None,
        };
        Self {
            arn: instance.arn.clone(),
            engine: instance.engine.clone(),
            engine_version: instance.engine_version.clone(),
            status: instance.status.clone(),
            created_at: instance.created_at,
            kms_key: instance.configuration.kms_key.clone(),
            encrypted: instance.configuration.encrypted,
            window: Window { earliest: backup.earliest, latest },
            window_unread,
        }
    }
}

/// Whether what is encrypted can be read
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum KeyUse {
    /// Nothing is in the way
    Fine,
    /// A restore would fail: the key is disabled, or gone
    Useless(String),
    /// Could not be told; the text says why
    NotKnown(String),
}

impl Facts {
    /// Whether what is encrypted with this key can be restored
    pub(crate) fn key_use(&self, encrypted: bool, key: Option<&str>) -> KeyUse {
        let key = match (encrypted, key) {
            (false, None) => return KeyUse::Fine,
            (true, None) => return KeyUse::NotKnown("its key is not named".to_owned()),
            (_, Some(key)) => key,
        };
        match self.keys.get(key) {
            None => KeyUse::NotKnown("its key was not looked at".to_owned()),
            Some(Seen::Absent) => KeyUse::Useless("its key is gone".to_owned()),
            Some(Seen::Unknown(why)) => KeyUse::NotKnown(format!("its key could not be looked at: {why}")),
            Some(Seen::Present(key)) if key.state == "Enabled" => KeyUse::Fine,
            Some(Seen::Present(Key { state, deleted_at: None, .. })) => KeyUse::Useless(format!("its key is {state}")),
            Some(Seen::Present(Key { state, deleted_at: Some(at), .. })) => {
                KeyUse::Useless(format!("its key is {state}, to be deleted at {}", crate::moment::utc(*at)))
            }
        }
    }

    /// Every KMS key that anything here is encrypted with: what to ask KMS for. In order, each once.
    pub fn named_keys(&self) -> Vec<String> {
        let living = self.living.present().and_then(|living| living.kms_key.clone());
        let snapshots = self.snapshots.present().into_iter().flatten();
        let snapshots = snapshots.filter_map(|snapshot| snapshot.details.kms_key.clone());
        let points = self.vaults.iter().filter_map(|(_, points)| points.present()).flatten();
        let points = points.filter_map(|point| point.kms_key.clone());
        let retained = self.retained.present().into_iter().flatten().filter_map(|backup| backup.kms_key.clone());
        let all: std::collections::BTreeSet<String> =
            living.into_iter().chain(snapshots).chain(points).chain(retained).collect();
        all.into_iter().collect()
    }
}

/// Whether AWS Backup restores a point of this status
pub(crate) fn can_be_restored(point: &RecoveryPoint) -> bool {
    matches!(point.status.as_str(), "COMPLETED" | "AVAILABLE")
}
