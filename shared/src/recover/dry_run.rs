//! What a recovery would do, before anything is done: every call with its parameters as AWS names them, what it costs, what
//! would stand in its way, and what AWS does not bring back.

mod calls;
mod obstacles;
mod parameters;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::act::From;
use super::blueprint::Blueprint;
use super::build::{Need, steps};
use super::resolve::Resolved;
use crate::database::price::{Usage, together};
use crate::database::{Quota, Seen};
use crate::restore::{Purpose, instance_of};

use self::obstacles::{in_the_way, not_tried};

pub use calls::{Call, call};
pub use parameters::Parameters;

/// What a dry run is made of
#[derive(Debug, Clone, PartialEq)]
pub struct Wish<'a> {
    /// The run id that the recovery would have
    pub run: &'a str,
    /// The database's name in the policy
    pub database: &'a str,
    /// `Recovery` or `Inspection`
    pub purpose: Purpose,
    /// What would be mirrored
    pub blueprint: &'a Blueprint,
    /// What the request comes to
    pub resolved: &'a Resolved,
    /// When an inspection would end
    pub expires_at: Option<Timestamp>,
    /// Quotas of the account
    pub quotas: &'a Seen<Vec<Quota>>,
    /// Permissions that are known to be missing: the action, and what AWS said
    pub denied: &'a [(String, String)],
}

/// What it costs
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Cost {
    /// An hour of it, in words
    pub words: String,
    /// What the sum is made of
    pub made_of: Vec<String>,
    /// What is not in it
    pub not_known: Vec<String>,
}

/// What would be done
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DryRun {
    /// The run id that it would have
    pub run: String,
    /// The database's name in the policy
    pub database: String,
    /// What it is for
    pub purpose: Purpose,
    /// Identifier of the source
    pub source: String,
    /// What would be restored, in words
    pub told: String,
    /// Every call, in order; those that wait for the same run side by side
    pub calls: Vec<Call>,
    /// What is done when they are made
    pub afterwards: Vec<String>,
    /// Cost of an hour
    pub cost: Cost,
    /// What would stand in its way, as far as it is known
    pub in_the_way: Vec<String>,
    /// What could not be looked at
    pub not_known: Vec<String>,
    /// Permissions that only the call itself can try
    pub not_tried: Vec<String>,
    /// What people have to do themselves
    pub not_brought_back: Vec<String>,
    /// When an inspection would end
    pub expires_at: Option<Timestamp>,
}

/// Works out what would be done
pub fn dry_run(wish: &Wish<'_>) -> DryRun {
    let Wish { blueprint, resolved, .. } = wish;
    let steps = steps(blueprint, wish.run, wish.purpose, &resolved.point, resolved.from.clone(), wish.expires_at);
    let (in_the_way, not_known) = in_the_way(wish, &steps);
    DryRun {
        run: wish.run.to_owned(),
        database: wish.database.to_owned(),
        purpose: wish.purpose,
        source: blueprint.identifier.clone(),
        told: resolved.told.clone(),
        calls: steps.iter().map(call).collect(),
        afterwards: afterwards(wish),
        cost: cost(blueprint),
        in_the_way,
        not_known,
        not_tried: not_tried(wish, &steps),
        not_brought_back: not_brought_back(wish),
        expires_at: wish.expires_at,
    }
}

fn cost(blueprint: &Blueprint) -> Cost {
    let settings = &blueprint.settings;
    let hour = SignedDuration::from_hours(1);
    let usage = |class| Usage {
        engine: &blueprint.engine,
        class,
        capacity: settings.capacity,
        storage_type: settings.storage_type.as_deref(),
        storage_gib: settings.storage_gib,
        multi_az: settings.multi_az,
        stored: hour,
        ran: hour,
    };
    let all: Vec<Usage<'_>> = blueprint.members.iter().map(|member| usage(Some(member.class.as_str()))).collect();
    let sum = match all.split_first() {
        Some((first, others)) => together(first, others),
        None => together(&usage(None), &[]),
    };
    let words = if sum.not_known.is_empty() || sum.made_of.is_empty() {
        sum.words()
    } else {
        format!("{}, and what is not in it", sum.words())
    };
    Cost { words, made_of: counted(sum.made_of), not_known: counted(sum.not_known) }
}

/// Each sentence once, with how many times it counts; an hour is what all of them are about
fn counted(all: Vec<String>) -> Vec<String> {
    let mut counted: Vec<(String, usize)> = Vec::new();
    for one in all {
        let one = one.replace(", which ran for 60 min", "").replacen("60 min of ", "", 1);
        match counted.iter_mut().find(|(known, _)| *known == one) {
            Some((_, times)) => *times = times.saturating_add(1),
            None => counted.push((one, 1)),
        }
    }
    let said = counted.into_iter().map(|(one, times)| if times == 1 { one } else { format!("{times} times: {one}") });
    said.collect()
}

fn afterwards(wish: &Wish<'_>) -> Vec<String> {
    let writer = if wish.blueprint.kind.is_clustered() { instance_of(wish.run, 1) } else { wish.run.to_owned() };
    let mut list = vec![
        format!(
            "as soon as {writer} is available, the policy's checks are asked of its data; whatever they say, the copy stays"
        ),
        "a mail with the endpoint and the command to connect".to_owned(),
    ];
    if wish.purpose == Purpose::Inspection {
        list.push("nothing is compared with the source and nothing cut over".to_owned());
        list.push("a mail an hour before its end; then it is removed, unless somebody extends it".to_owned());
    } else {
        list.push(
            "when everything is made, every setting is compared with the source's: a mail with what differs".to_owned(),
        );
        list.push("applications still reach the source. Cutting over is a request of its own".to_owned());
    }
    list
}

fn not_brought_back(wish: &Wish<'_>) -> Vec<String> {
    let blueprint = wish.blueprint;
    let mut list = vec![match wish.resolved.point.instant() {
        Some(at) => format!("what was written after {}", crate::moment::utc(at)),
        None => "what was written after the backup was taken".to_owned(),
    }];
    if !blueprint.settings.managed_secret {
        list.push("passwords that were changed since: logins are those of the backup".to_owned());
    }
    if wish.purpose == Purpose::Inspection {
        return list;
    }
    for replica in &blueprint.replicas {
        list.push(format!("the read replica {replica}: to be made again from the copy"));
    }
    if blueprint.kind == crate::database::Kind::Aurora {
        list.push("custom endpoints, auto scaling of readers, a global database around it".to_owned());
    }
    list.push("snapshots and automated backups of the source: the copy begins with its own".to_owned());
    list.push("alarms, dashboards, proxies, event subscriptions and DNS names that name the source".to_owned());
    if matches!(wish.resolved.from, From::Retained(_)) {
        list.push("the settings that nobody remembers: look at what differs when it is handed over".to_owned());
    }
    list
}

/// What a call waits for, in words
fn after(need: &Need, clustered: bool) -> &'static str {
    match (need, clustered) {
        (Need::Nothing, _) => "at once",
        (Need::Job, _) => "once AWS Backup has named its copy",
        (Need::Settings, _) => "once its settings are made",
        (Need::Volume, true) => "once the volume is available",
        (Need::Volume, false) | (Need::Server, _) => "once an instance is available",
    }
}
