//! Tasks: one call each. What is made has the name of the run's copy; what is changed is read again just before and found to
//! be the run's own.

use lifeboat::database::Tags;
use lifeboat::fault::{Class, Fault};
use lifeboat::ports::{CutOvers, DataCheck, Databases, Post, Recover, Vaults};
use lifeboat::recover::{Act, Move, Record, Task};
use lifeboat::restore::{Candidate, PURPOSE, RUN, makes_only, prefix_of};

use crate::{EmergencyRestore, Visit, World, words};

/// Performs one task of a run; the id of the restore job, where AWS Backup was asked for one.
pub async fn perform<W: World>(
    function: &EmergencyRestore<W>,
    record: &Record,
    task: &Task,
    visit: &Visit,
) -> Result<Option<String>, Fault> {
    if let Task::Build(Act::StartRestoreJob(spec)) = task {
        made_is_ours(record, &Act::StartRestoreJob(spec.clone()))?;
        let restore = function.world().vaults().restore(spec);
        return visit.call(function, "backup:StartRestoreJob", &spec.identifier, restore).await.map(Some);
    }
    Box::pin(other(function, record, task, visit)).await.map(|()| None)
}

async fn other<W: World>(
    function: &EmergencyRestore<W>,
    record: &Record,
    task: &Task,
    visit: &Visit,
) -> Result<(), Fault> {
    let databases = function.world().databases();
    match task {
        Task::Build(act) => Box::pin(build(function, record, act, visit)).await,
        Task::Ask(request) => {
            let ask = function.world().data_check().ask(request);
            visit.call(function, "lambda:InvokeFunction", &record.run, ask).await
        }
        Task::Move(Move::Rename { server, from, to }) => {
            visit.call(function, "rds:Modify (rename)", from, databases.rename(server, from, to)).await
        }
        Task::Move(Move::Retarget { proxy, group, from, to }) => {
            let retarget = databases.retarget(proxy, group, from, to);
            visit.call(function, "rds:RegisterDBProxyTargets", proxy, retarget).await
        }
        Task::Tell(letter) => {
            let mail = words::mail(record, *letter, function.bucket(), function.now());
            visit
                .call(function, "sns:Publish", &record.run, function.world().post().send(&mail.subject, &mail.body))
                .await
        }
    }
}

async fn build<W: World>(
    function: &EmergencyRestore<W>,
    record: &Record,
    act: &Act,
    visit: &Visit,
) -> Result<(), Fault> {
    let databases = function.world().databases();
    made_is_ours(record, act)?;
    match act {
        Act::RestoreCluster(spec) => {
            visit.call(function, "rds:RestoreDBCluster", &spec.identifier, databases.restore_cluster(spec)).await
        }
        Act::RestoreInstance(spec) => {
            visit.call(function, "rds:RestoreDBInstance", &spec.identifier, databases.restore_instance(spec)).await
        }
        // Performed above: it has an answer.
        Act::StartRestoreJob(_) => Ok(()),
        Act::Adopt { identifier, clustered, tags } => {
            let arn = made_by_job(function, record, (identifier, *clustered), visit).await?;
            visit.call(function, "rds:AddTagsToResource", identifier, databases.adopt(&arn, tags)).await
        }
        Act::CreateMember(spec) => {
            let create = databases.create_member(spec);
            visit.call(function, "rds:CreateDBInstance", &spec.member.identifier, create).await
        }
        Act::Change(change) => {
            own_copy(function, record, &change.identifier, change.clustered, visit).await?;
            visit.call(function, "rds:Modify", &change.identifier, databases.change(change)).await
        }
        Act::AddRole { identifier, clustered, role, feature } => {
            own_copy(function, record, identifier, *clustered, visit).await?;
            let add = databases.add_role(identifier, *clustered, role, feature.as_deref());
            visit.call(function, "rds:AddRole", identifier, add).await
        }
        Act::EnableHttpEndpoint { identifier } => {
            let arn = own_copy(function, record, identifier, true, visit).await?;
            visit.call(function, "rds:EnableHttpEndpoint", identifier, databases.enable_http_endpoint(&arn)).await
        }
    }
}

/// What is made has the name of this run's copy, and a run has a name of ours: a record that was written by hand makes
/// nothing under the name of a database.
fn made_is_ours(record: &Record, act: &Act) -> Result<(), Fault> {
    let (name, is_named_so) = match act {
        Act::RestoreCluster(spec) => (&spec.identifier, spec.identifier == record.run),
        Act::RestoreInstance(spec) => (&spec.identifier, spec.identifier == record.run),
        Act::StartRestoreJob(spec) => (&spec.identifier, makes_only(spec, &record.run)),
        Act::Adopt { identifier, .. } => (identifier, *identifier == record.run),
        Act::CreateMember(spec) => {
            let number = spec.member.identifier.strip_prefix(&record.run).and_then(|rest| rest.strip_prefix('-'));
            let is_number = number.is_some_and(|number| number.parse::<u8>().is_ok());
            (&spec.member.identifier, is_number && spec.cluster == record.run)
        }
        Act::Change(_) | Act::AddRole { .. } | Act::EnableHttpEndpoint { .. } => return Ok(()),
    };
    if is_named_so && record.run.starts_with(prefix_of(record.purpose)) {
        return Ok(());
    }
    let said = "not the name of this run's copy: nothing was made";
    Err(Fault::new(Class::Permanent, "lifeboat:Make", name, "NotOurs", said))
}

/// Reads what AWS Backup made again and finds it to be what the restore job named, and nobody's yet; its ARN
async fn made_by_job<W: World>(
    function: &EmergencyRestore<W>,
    record: &Record,
    (identifier, clustered): (&str, bool),
    visit: &Visit,
) -> Result<String, Fault> {
    let databases = function.world().databases();
    if clustered {
        let read = visit.call(function, "rds:DescribeDBClusters", identifier, databases.cluster(identifier)).await?;
        unclaimed(record, identifier, read.as_ref())
    } else {
        let read = visit.call(function, "rds:DescribeDBInstances", identifier, databases.instance(identifier)).await?;
        unclaimed(record, identifier, read.as_ref())
    }
}

fn unclaimed(record: &Record, identifier: &str, read: Option<&impl Candidate>) -> Result<String, Fault> {
    let Some(copy) = read else {
        return Err(Fault::new(Class::NotFound, "lifeboat:Adopt", identifier, "", "it is not there any more"));
    };
    let made = record.restore_job.as_ref().and_then(|job| job.made.as_deref());
    let is_free = copy.tags().get(RUN).is_none_or(|run| *run == record.run);
    if made == Some(copy.arn()) && copy.identifier() == identifier && is_free {
        return Ok(copy.arn().to_owned());
    }
    let said = "it is not what the restore job named, or it is another run's: it was given no tags";
    Err(Fault::new(Class::Permanent, "lifeboat:Adopt", identifier, "NotOurs", said))
}

/// Reads a copy again and finds it to be this run's, by name and by tags; its ARN
pub async fn own_copy<W: World>(
    function: &EmergencyRestore<W>,
    record: &Record,
    identifier: &str,
    clustered: bool,
    visit: &Visit,
) -> Result<String, Fault> {
    let databases = function.world().databases();
    if clustered {
        let read = databases.cluster(identifier);
        let read = visit.call(function, "rds:DescribeDBClusters", identifier, read).await?;
        own(record, identifier, read.as_ref())
    } else {
        let read = databases.instance(identifier);
        let read = visit.call(function, "rds:DescribeDBInstances", identifier, read).await?;
        own(record, identifier, read.as_ref())
    }
}

fn own(record: &Record, identifier: &str, read: Option<&impl Candidate>) -> Result<String, Fault> {
    let Some(copy) = read else {
        return Err(Fault::new(Class::NotFound, "lifeboat:Own", identifier, "", "it is not there any more"));
    };
    let is_tagged = |tags: &Tags| {
        tags.get(RUN) == Some(&record.run) && tags.get(PURPOSE).map(String::as_str) == Some(record.purpose.word())
    };
    let is_of_the_run = identifier == record.run || copy.cluster() == Some(record.run.as_str());
    let is_ours = is_of_the_run && copy.identifier() == identifier && is_tagged(copy.tags());
    if is_ours && record.run.starts_with(prefix_of(record.purpose)) {
        return Ok(copy.arn().to_owned());
    }
    let said = "it is not this run's copy, by its name and tags: nothing was changed";
    Err(Fault::new(Class::Permanent, "lifeboat:Own", identifier, "NotOurs", said))
}
