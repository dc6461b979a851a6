//! The moves of a cut-over, from what stands in AWS at the request.

use std::collections::BTreeSet;

use lifeboat::database::{Kind, Tags};
use lifeboat::fault::Fault;
use lifeboat::ports::{Blueprints, CutOvers, Databases};
use lifeboat::recover::{CutOver, MOST_MEMBERS, Move, Record, Server, Target, proxy_moves, swap_moves};
use lifeboat::request::By;
use lifeboat::restore::{Candidate, PURPOSE, RUN, instance_of};
use lifeboat::run::RunError;

use crate::side_by_side::side_by_side;
use crate::{EmergencyRestore, Visit, World};

/// A proxy's target group, where a request names none: a proxy has one, of this name
const GROUP: &str = "default";

/// How the status of a cluster begins that is available while one of its instances is not
const NOT_WHOLE: &str = "not whole";

/// A database as it stands: what is renamed with it, the cluster or the lone instance first
struct Standing {
    servers: Vec<(Server, String)>,
    status: String,
    tags: Tags,
}

/// The moves of a cut-over to a run's copy
pub(super) async fn moves<W: World>(
    function: &EmergencyRestore<W>,
    record: &Record,
    by: &By,
    visit: &Visit,
) -> Result<Vec<Move>, RunError> {
    let (source, clustered) = (&record.blueprint.identifier, record.blueprint.kind.is_clustered());
    let refused = |why: String| RunError::bad_request(format!("nothing was cut over: {why}"));
    let unread = |fault: Fault| RunError::unavailable(format!("nothing was cut over: {fault}. Ask again"));
    let copy = standing(function, &record.run, clustered, visit).await.map_err(unread)?;
    let Some(copy) = copy else {
        return Err(refused(format!("the copy {} is not there any more", record.run)));
    };
    let is_tagged = copy.tags.get(RUN) == Some(&record.run)
        && copy.tags.get(PURPOSE).map(String::as_str) == Some(record.purpose.word());
    if !is_tagged {
        return Err(refused(format!("{} is not this run's copy, by its tags", record.run)));
    }
    if copy.status != "available" {
        return Err(refused(format!("the copy {} is {}, not available", record.run, copy.status)));
    }
    if let By::Proxy { name, group } = by {
        if record.blueprint.kind == Kind::Documentdb {
            return Err(refused("RDS Proxy knows no DocumentDB: swap the names".to_owned()));
        }
        let group = group.as_deref().unwrap_or(GROUP);
        let target = |identifier: &str| Target { identifier: identifier.to_owned(), clustered };
        points_at_source(function, record, (name, group), &target(source), visit).await?;
        return Ok(proxy_moves(name, group, target(source), target(&record.run)));
    }
    let aside = standing(function, source, clustered, visit).await.map_err(unread)?;
    if let Some(aside) = &aside {
        if aside.servers.first().map(|(server, _)| server) == copy.servers.first().map(|(server, _)| server) {
            return Err(refused(format!("{source} is the copy itself")));
        }
        if aside.status != "available" {
            return Err(refused(format!("{source} is {}: AWS renames only what is available", aside.status)));
        }
    }
    let wanted = wanted(record, &copy.servers);
    // The instances of the source before the source itself: until that moves, applications reach it.
    let mut source: Vec<(Server, String)> = aside.map(|aside| aside.servers).unwrap_or_default();
    if !source.is_empty() {
        source.rotate_left(1);
    }
    let stamp = record.run.rsplit('-').next().unwrap_or_default();
    Ok(swap_moves(&source, &copy.servers, &wanted, &format!("before-{stamp}")))
}

/// Refused where what a cut-over would be put back to is gone, or cannot be reached. A source that was gone before the cut-over
/// has no place to go back to either way.
pub(super) async fn source_is_there<W: World>(
    function: &EmergencyRestore<W>,
    record: &Record,
    cut: &CutOver,
    visit: &Visit,
) -> Result<(), RunError> {
    let source = &record.blueprint.identifier;
    let clustered = record.blueprint.kind.is_clustered();
    let unread = |fault: Fault| RunError::unavailable(format!("nothing was put back: {fault}. Ask again"));
    let gone = |name: &str, is: &str| {
        let why = "applications stay at the copy, as they would reach neither";
        Err(RunError::bad_request(format!("nothing was put back: {name} is {is}; {why}")))
    };
    let moved = cut.moves.iter().find_map(|one| match one {
        Move::Rename { server, from, .. } if from == source && server.clustered == clustered => Some(server),
        _ => None,
    });
    if let Some(server) = moved {
        let read = function.world().databases().named(server);
        return match visit.call(function, "rds:Describe (by id)", source, read).await.map_err(unread)? {
            Some((_, status)) if status == "available" => Ok(()),
            Some((name, status)) => gone(&name, &status),
            None => gone(source, "not there any more"),
        };
    }
    if !cut.moves.iter().any(|one| matches!(one, Move::Retarget { .. })) {
        return Ok(());
    }
    match standing(function, source, clustered, visit).await.map_err(unread)? {
        // A reader that is restarted hinders nobody.
        Some(standing) if standing.status == "available" || standing.status.starts_with(NOT_WHOLE) => Ok(()),
        Some(standing) => gone(source, &standing.status),
        None => gone(source, "not there any more"),
    }
}

/// Refused unless the target group points at the source, and at nothing else
async fn points_at_source<W: World>(
    function: &EmergencyRestore<W>,
    record: &Record,
    (proxy, group): (&str, &str),
    source: &Target,
    visit: &Visit,
) -> Result<(), RunError> {
    let read = function.world().databases().proxy(proxy, group);
    let facts = visit.call(function, "rds:DescribeDBProxyTargets", proxy, read).await.map_err(|fault| {
        let words = format!("nothing was cut over: the proxy {proxy} could not be looked at: {fault}");
        if fault.class.passes_by_itself() { RunError::unavailable(words) } else { RunError::bad_request(words) }
    })?;
    let targets: BTreeSet<&Target> = facts.targets.iter().map(|(target, _)| target).collect();
    if targets.len() == 1 && targets.contains(source) {
        return Ok(());
    }
    let names: Vec<&str> = targets.iter().map(|target| target.identifier.as_str()).collect();
    let at = if names.is_empty() { "nothing".to_owned() } else { names.join(", ") };
    let is_copy = names == [record.run.as_str()];
    let more = if is_copy { ". It points at the copy already" } else { "" };
    let source = &source.identifier;
    Err(RunError::bad_request(format!(
        "nothing was cut over: the target group {group} of the proxy {proxy} points at {at}, not at {source} alone{more}"
    )))
}

/// Each server of the copy with the name that it is to have: the source's own, instance by instance
fn wanted(record: &Record, copy: &[(Server, String)]) -> Vec<(Server, String)> {
    let source = &record.blueprint.identifier;
    let mut members: Vec<_> = record.blueprint.members.iter().take(MOST_MEMBERS).collect();
    members.sort_by_key(|member| !member.writer);
    let mut taken: BTreeSet<&str> = BTreeSet::new();
    let mut names = Vec::new();
    for (number, member) in (1_u8..).zip(members) {
        // Of a database that nobody knew any more, the members have no names of their own.
        let own = !member.identifier.is_empty() && taken.insert(&member.identifier);
        let name = if own { member.identifier.clone() } else { instance_of(source, number) };
        names.push((instance_of(&record.run, number), name));
    }
    let of = |(server, now): &(Server, String)| {
        if *now == record.run {
            return Some((server.clone(), source.clone()));
        }
        let (_, name) = names.iter().find(|(made, _)| made == now)?;
        Some((server.clone(), name.clone()))
    };
    copy.iter().filter_map(of).collect()
}

async fn standing<W: World>(
    function: &EmergencyRestore<W>,
    identifier: &str,
    clustered: bool,
    visit: &Visit,
) -> Result<Option<Standing>, Fault> {
    let databases = function.world().databases();
    if !clustered {
        let read = databases.instance(identifier);
        let read = visit.call(function, "rds:DescribeDBInstances", identifier, read).await?;
        return Ok(read.map(|instance| Standing {
            servers: vec![(Server { resource_id: instance.resource_id, clustered: false }, instance.identifier)],
            status: instance.status,
            tags: instance.tags,
        }));
    }
    let read = databases.cluster(identifier);
    let Some(cluster) = visit.call(function, "rds:DescribeDBClusters", identifier, read).await? else {
        return Ok(None);
    };
    let looks = cluster.members.iter().map(|member| async move {
        let read = databases.instance(&member.instance);
        visit.call(function, "rds:DescribeDBInstances", &member.instance, read).await
    });
    let mut servers = vec![(Server { resource_id: cluster.resource_id, clustered: true }, cluster.identifier)];
    let mut status = cluster.status;
    for instance in side_by_side(looks.collect()).await {
        // A member that is gone since the list was made has no name to move.
        let Some(instance) = instance? else { continue };
        if instance.status() != "available" && status == "available" {
            status = format!("{NOT_WHOLE}: its instance {} is {}", instance.identifier, instance.status);
        }
        servers.push((Server { resource_id: instance.resource_id, clustered: false }, instance.identifier));
    }
    Ok(Some(Standing { servers, status, tags: cluster.tags }))
}
