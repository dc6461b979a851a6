//! What one check looks at: all databases of the policy or one of them, in which regions, and where it looks first.

use std::collections::{BTreeMap, BTreeSet};

use lifeboat::database::BackupPlan;
use lifeboat::policy::{Database, Policy, Source};

/// What one check looks at
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    /// The policy
    pub policy: &'a Policy,
    /// The one database that is looked at; all when it is none
    pub only: Option<&'a str>,
    /// What an event named: looked at first. A hint, and no more.
    pub hints: &'a [String],
    /// The region of the databases
    pub home: &'a str,
}

impl<'a> Scope<'a> {
    /// The databases to look at, those that were hinted at first
    pub fn databases(&self) -> Vec<(&'a str, &'a Database)> {
        let all = self.policy.databases.iter().map(|(name, database)| (name.as_str(), database));
        let mut wanted: Vec<_> = all.filter(|(name, _)| self.only.is_none_or(|only| only == *name)).collect();
        // Stable: the policy's order stays within both parts.
        wanted.sort_by_key(|(_, database)| !self.is_hinted(&database.identifier));
        wanted
    }

    /// The one database that is looked at
    pub fn one(&self) -> Option<&'a Database> {
        self.only.and_then(|only| self.policy.database(only))
    }

    /// Whether an event named this: by itself or at the end of an ARN
    pub fn is_hinted(&self, name: &str) -> bool {
        self.hints.iter().any(|hint| hint == name || hint.rsplit(':').next() == Some(name))
    }

    /// Other regions: where copies and snapshots go, and where drills restore
    pub fn elsewhere(&self) -> BTreeSet<String> {
        let mut regions = BTreeSet::new();
        for (_, database) in self.databases() {
            regions.extend(database.backups.copies.iter().map(|copies| copies.region.clone()));
            let copy_to = database.snapshots.as_ref().and_then(|snapshots| snapshots.copy_to.as_ref());
            regions.extend(copy_to.map(|copy_to| copy_to.region.clone()));
            regions.extend(database.drills.iter().filter_map(|(_, drill)| drill.region.clone()));
        }
        regions.remove(self.home);
        regions
    }

    /// Whether drills restore in a region: their copies may stand there
    pub fn drills_in(&self, region: &str) -> bool {
        let mut drills = self.databases().into_iter().flat_map(|(_, database)| &database.drills);
        drills.any(|(_, drill)| drill.region.as_deref() == Some(region))
    }

    /// Whether the policy copies snapshots to a region
    pub fn copies_to(&self, region: &str) -> bool {
        let mut rules = self.databases().into_iter().filter_map(|(_, database)| database.snapshots.as_ref());
        rules.any(|rules| rules.copy_to.as_ref().is_some_and(|to| to.region == region))
    }

    /// Vaults at home, those that were hinted at first
    pub fn vaults(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for (_, database) in self.databases() {
            for points in &database.backups.recovery_points {
                if !names.contains(&points.vault) {
                    names.push(points.vault.clone());
                }
            }
        }
        names.sort_by_key(|name| !self.is_hinted(name));
        names
    }

    /// Vaults of other regions: those that backup plans copy to, and those that drills restore from there. A vault of
    /// another account is not ours to look at.
    pub fn vaults_elsewhere(&self, plans: &[BackupPlan], account: Option<&str>) -> BTreeMap<String, BTreeSet<String>> {
        let regions = self.elsewhere();
        let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (arn, _, _) in plans.iter().flat_map(|plan| &plan.rules).flat_map(|rule| &rule.copies) {
            let parts: Vec<&str> = arn.splitn(7, ':').collect();
            let (Some(region), Some(owner), Some(name)) = (parts.get(3), parts.get(4), parts.get(6)) else {
                continue;
            };
            let is_ours = account.is_none_or(|account| account == *owner);
            if is_ours && regions.contains(*region) {
                found.entry((*region).to_owned()).or_default().insert((*name).to_owned());
            }
        }
        for (_, database) in self.databases() {
            let from_vaults = database.drills.iter().filter(|(_, drill)| drill.source == Source::RecoveryPoint);
            for region in from_vaults.filter_map(|(_, drill)| drill.region.as_ref()).filter(|it| regions.contains(*it))
            {
                let names = database.backups.recovery_points.iter().map(|points| points.vault.clone());
                found.entry(region.clone()).or_default().extend(names);
            }
        }
        found
    }
}
