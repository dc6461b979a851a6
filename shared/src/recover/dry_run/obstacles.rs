//! What would stand in the way of a recovery: quotas, permissions that are missing, and those that nobody can try before.

use std::collections::BTreeSet;

use super::{Wish, call};
use crate::database::Seen;
use crate::recover::act::Act;
use crate::recover::build::Step;

/// What would stand in its way as far as it is known, and what could not be looked at
pub(super) fn in_the_way(wish: &Wish<'_>, steps: &[Step]) -> (Vec<String>, Vec<String>) {
    let (mut in_the_way, mut not_known) = (wish.resolved.in_the_way.clone(), Vec::new());
    for (action, why) in wish.denied {
        in_the_way.push(format!("the permission {action} is missing: {why}"));
    }
    let count = |counts: fn(&Act) -> bool| {
        i64::try_from(steps.iter().filter(|step| counts(&step.act)).count()).unwrap_or(i64::MAX)
    };
    let clusters = i64::from(wish.blueprint.kind.is_clustered());
    let instances = count(|act| matches!(act, Act::CreateMember(_))).max(1 - clusters);
    let gib = if wish.blueprint.kind.is_clustered() {
        0
    } else {
        i64::from(wish.blueprint.settings.storage_gib.unwrap_or_default())
    };
    match wish.quotas {
        Seen::Present(quotas) => {
            for (name, more) in [("DBClusters", clusters), ("DBInstances", instances), ("AllocatedStorage", gib)] {
                let Some(quota) = quotas.iter().find(|quota| quota.name == name) else {
                    if more > 0 {
                        not_known.push(format!("the quota {name}: AWS does not list it"));
                    }
                    continue;
                };
                let (used, most) = (quota.used, quota.most);
                if used.saturating_add(more) > most && more > 0 {
                    in_the_way.push(format!(
                        "the quota {name}: {used} of {most} are in use, and this needs {more} more. Remove some, or ask \
                         AWS for more"
                    ));
                }
            }
        }
        Seen::Absent => not_known.push("the quotas of the account: they were not looked at".to_owned()),
        Seen::Unknown(why) => not_known.push(format!("the quotas of the account: {why}")),
    }
    (in_the_way, not_known)
}

/// RDS and AWS Backup know no dry run, and a permission with conditions is not to be told from a policy's text: whether a call
/// is allowed shows when it is made.
pub(super) fn not_tried(wish: &Wish<'_>, steps: &[Step]) -> Vec<String> {
    let settings = &wish.blueprint.settings;
    let mut names: BTreeSet<&str> = steps.iter().map(|step| call(step).name).collect();
    names.extend(["rds:AddTagsToResource", "s3:PutObject", "sns:Publish", "lambda:InvokeFunction"]);
    let is_passed = |act: &Act| matches!(act, Act::AddRole { .. } | Act::StartRestoreJob(_));
    let is_monitored = wish.blueprint.members.iter().any(|member| member.monitoring_seconds > 0);
    if is_monitored || steps.iter().any(|step| is_passed(&step.act)) {
        names.insert("iam:PassRole");
    }
    if settings.encrypted {
        names.insert("kms:CreateGrant");
    }
    if settings.managed_secret {
        names.insert("secretsmanager:CreateSecret");
    }
    names.into_iter().map(str::to_owned).collect()
}
