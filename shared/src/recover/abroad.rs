//! A database whose region is lost: which of its settings hold where its backups were copied to.

use super::blueprint::{Blueprint, Insights, Member, ReadFrom, Settings};
use super::facts::Facts;
use crate::restore::{Point, region_of};

/// The ARN of the backup that is restored; none of a time, which is restored where the database lived
pub fn backup_arn<'a>(facts: &'a Facts, point: &'a Point) -> Option<&'a str> {
    match point {
        Point::Time { .. } => None,
        Point::RecoveryPoint { arn, .. } => Some(arn),
        Point::Snapshot { identifier, .. } => {
            let all = facts.snapshots.present()?;
            let is_it = |name: &str| name == identifier;
            all.iter().find(|one| is_it(&one.identifier) || is_it(&one.arn)).map(|one| one.arn.as_str())
        }
    }
}

impl Blueprint {
    /// Whether a backup of this ARN lies in another region than the database did
    pub fn is_abroad(&self, backup: &str) -> bool {
        matches!((region_of(&self.arn), region_of(backup)), (Some(home), Some(here)) if home != here)
    }

    /// As far as it holds in the region of a backup: without networks, zones and keys, which belong to their region, and without
    /// the parameter groups of instances, which nobody can name for another one. With what has to be known of that.
    #[must_use]
    pub fn abroad(&self, backup: &str) -> (Self, Vec<String>) {
        let (Some(here), true) = (region_of(backup), self.is_abroad(backup)) else { return (self.clone(), Vec::new()) };
        let home = region_of(&self.arn).unwrap_or_default();
        let mut notes = vec![format!(
            "made in {here}, from what was copied there from {home}: networks, zones and KMS keys of {home} are none of {here}; \
             roles and classes are taken as they were"
        )];
        let groups = [&self.settings.parameter_group, &self.settings.option_group];
        let groups: Vec<&str> = groups.into_iter().flatten().map(String::as_str).collect();
        if !groups.is_empty() {
            notes.push(format!(
                "these groups are taken by their names, and have to exist in {here}: {}",
                groups.join(", ")
            ));
        }
        let mut of_instances: Vec<&str> =
            self.members.iter().filter_map(|member| member.parameter_group.as_deref()).collect();
        of_instances.sort_unstable();
        of_instances.dedup();
        if !of_instances.is_empty() && self.kind.is_clustered() {
            notes.push(format!("instances get AWS's default parameter group, not {}", of_instances.join(", ")));
        }
        let settings = Settings {
            security_groups: Vec::new(),
            subnet_group: None,
            kms_key: None,
            secret_key: None,
            ..self.settings.clone()
        };
        let member = |member: &Member| Member {
            zone: None,
            parameter_group: None,
            insights: member.insights.as_ref().map(|it| Insights { kms_key: None, days: it.days }),
            ..member.clone()
        };
        let read_from = match &self.read_from {
            ReadFrom::Record(run) => ReadFrom::Abroad(run.clone()),
            other => other.clone(),
        };
        let members = self.members.iter().map(member).collect();
        (Self { settings, members, read_from, ..self.clone() }, notes)
    }
}
