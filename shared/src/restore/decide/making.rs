//! `restoring` and `attaching`: the volume first, the instance only once the cluster is available (AWS refuses it before).

use jiff::Timestamp;

use super::standing::{Standing, after, get_made, gone, standing};
use super::{Decision, NOT_YET_VISIBLE, Observed, conclude, step, validating, vault, wait_until_deadline};
use crate::database::{Configuration, Seen};
use crate::restore::progress::Phase;
use crate::restore::record::Record;
use crate::restore::status::{Health, health};
use crate::restore::tags::{RUN, SOURCE, copy_tags};
use crate::restore::wanted::{adjustment, capacity_of, class_of, retention_of};
use crate::restore::{Act, Candidate, CreateInstance, Purpose, RESTORE_TEST, RestoreCluster, RestoreInstance, lent};
use crate::verify::{Because, Login, Verdict};

/// How a copy, or a part of one, looks
pub(super) enum Look<'a, T> {
    Absent,
    Unknown(&'a str),
    /// It has the name, but not this run's tags
    Foreign,
    Here(&'a T, Health),
}

pub(super) fn look<'a, T: Candidate>(record: &Record, seen: &'a Seen<T>) -> Look<'a, T> {
    match seen {
        Seen::Absent => Look::Absent,
        Seen::Unknown(why) => Look::Unknown(why),
        Seen::Present(thing) if is_of_test(record, thing.identifier()) => {
            if lent::refuse(thing, record.copy.arn.as_deref().unwrap_or_default(), record.requested_at).is_some() {
                return Look::Foreign;
            }
            Look::Here(thing, health(thing.status()))
        }
        Seen::Present(thing) if thing.tags().get(RUN) != Some(&record.run) => Look::Foreign,
        Seen::Present(thing) if is_of_another_source(record, thing) => Look::Foreign,
        Seen::Present(thing) => Look::Here(thing, health(thing.status())),
    }
}

/// Whether this is the name of what AWS Backup made for a restore test: it has none of our tags and never gets any
fn is_of_test(record: &Record, identifier: &str) -> bool {
    record.purpose == Purpose::Validation && identifier == record.copy.identifier
}

/// Whether its tags say that it was restored from another database. Two deployments in one account may name their runs alike:
/// a copy of the other one's database would answer for a backup that nobody restored.
pub(super) fn is_of_another_source<T: Candidate>(record: &Record, thing: &T) -> bool {
    thing.tags().get(SOURCE).is_some_and(|source| *source != record.plan.identifier)
}

pub(super) fn restoring(now: Timestamp, record: &Record, seen: &Observed) -> Decision {
    if record.purpose == Purpose::Validation
        && let Some(decision) = validating::before(now, record, seen)
    {
        return decision;
    }
    if record.is_from_vault()
        && let Some(decision) = vault::before(now, record, seen)
    {
        return decision;
    }
    if record.plan.kind.is_clustered() {
        let what = "the copy's volume";
        let look = look(record, &seen.cluster);
        return match up_or(now, record, &look, what, restore_act(record)) {
            Err(decision) => *decision,
            Ok(cluster) => {
                let mut next = record.clone();
                next.milestones.volume_restored.get_or_insert(now);
                next.copy.arn = Some(cluster.arn.clone());
                validating::fill_source(
                    &mut next,
                    &cluster.engine,
                    &cluster.engine_version,
                    cluster.database_name.as_ref(),
                );
                if let Some(decision) = adjusting(now, &next, &cluster.configuration) {
                    return decision;
                }
                next.copy.configuration = Some(cluster.configuration.clone());
                next.copy.engine_version = Some(cluster.engine_version.clone());
                next.enter(Phase::Attaching, now);
                step(next, "the volume is restored")
            }
        };
    }
    let look = look(record, &seen.instance);
    match up_or(now, record, &look, "the copy", restore_act(record)) {
        Err(decision) => *decision,
        Ok(instance) => {
            let (Some(endpoint), Some(port)) = (&instance.endpoint, instance.port) else {
                return wait_until_deadline(now, record, "the copy is available and has no endpoint yet");
            };
            let mut next = record.clone();
            next.milestones.volume_restored.get_or_insert(now);
            next.copy.arn = Some(instance.arn.clone());
            let version = &instance.engine_version;
            validating::fill_source(&mut next, &instance.engine, version, instance.database_name.as_ref());
            if let Some(decision) = adjusting(now, &next, &instance.configuration) {
                return decision;
            }
            next.milestones.instance_up = Some(now);
            next.copy.endpoint = Some(endpoint.clone());
            next.copy.port = Some(port);
            next.copy.configuration = Some(instance.configuration.clone());
            next.copy.class.clone_from(&instance.configuration.class);
            next.copy.engine_version = Some(instance.engine_version.clone());
            next.enter(Phase::Opening, now);
            step(next, "the copy is up")
        }
    }
}

/// Sets what the restore could not be told, before an instance is attached; `None` once that is done or not needed.
fn adjusting(now: Timestamp, record: &Record, setup: &Configuration) -> Option<Decision> {
    let act = adjustment(record, setup)?;
    match standing(now, record, "adjust") {
        // What AWS took and does not show is no reason to wait for ever: whatever needs it will say so.
        Standing::Done { at } if now >= after(at, NOT_YET_VISIBLE) => None,
        Standing::Done { .. } => Some(wait_until_deadline(now, record, "the copy's settings are being changed")),
        _ => Some(get_made(now, record, Act::Adjust(act), "the change of the copy's settings")),
    }
}

pub(super) fn attaching(now: Timestamp, record: &Record, seen: &Observed) -> Decision {
    let cluster = match look(record, &seen.cluster) {
        Look::Here(cluster, Health::Available | Health::Moving) => cluster,
        Look::Here(_, Health::Broken(because)) => return broken(now, record, "the copy's cluster", because, "broken"),
        Look::Unknown(why) => return wait_until_deadline(now, record, &format!("the copy could not be read: {why}")),
        Look::Absent | Look::Foreign | Look::Here(..) => return conclude(now, record, gone("the copy")),
    };
    if let Some(decision) = validating::without_class(now, record) {
        return decision;
    }
    let look = look(record, &seen.instance);
    match up_or(now, record, &look, "the copy's instance", create_act(record)) {
        Err(decision) => *decision,
        Ok(instance) => {
            let endpoint = cluster.endpoint.clone().or_else(|| instance.endpoint.clone());
            let (Some(endpoint), Some(port)) = (endpoint, cluster.port.or(instance.port)) else {
                return wait_until_deadline(now, record, "the instance is available and has no endpoint yet");
            };
            let mut next = record.clone();
            next.milestones.instance_up = Some(now);
            next.copy.endpoint = Some(endpoint);
            next.copy.port = Some(port);
            next.copy.class.clone_from(&instance.configuration.class);
            next.enter(Phase::Opening, now);
            step(next, "the instance is up")
        }
    }
}

/// The thing if it is up; else what to do about it
fn up_or<'a, T: Candidate>(
    now: Timestamp,
    record: &Record,
    look: &Look<'a, T>,
    what: &str,
    act: Option<Act>,
) -> Result<&'a T, Box<Decision>> {
    Err(Box::new(match look {
        Look::Here(thing, Health::Available) => return Ok(thing),
        Look::Here(thing, Health::Moving) => wait_until_deadline(now, record, &format!("{what} is {}", thing.status())),
        Look::Here(thing, Health::Broken(because)) => broken(now, record, what, *because, thing.status()),
        Look::Here(_, Health::Deleting | Health::Stopped) => conclude(now, record, gone(what)),
        Look::Unknown(why) => wait_until_deadline(now, record, &format!("{what} could not be read: {why}")),
        Look::Foreign => {
            let reason =
                format!("the name {} is taken by something that this run did not make", record.copy.identifier);
            conclude(now, record, Verdict::inconclusive(Because::Interference, reason))
        }
        Look::Absent => match act {
            Some(act) => get_made(now, record, act, what),
            None => {
                conclude(now, record, Verdict::inconclusive(Because::Other, "the record does not say what to restore"))
            }
        },
    }))
}

/// AWS says that it will not come up. Whose fault it is decides between failed and inconclusive.
fn broken(now: Timestamp, record: &Record, what: &str, because: Because, status: &str) -> Decision {
    let reason = format!("{what} came up as {status}");
    conclude(
        now,
        record,
        match because {
            Because::BackupUnusable | Because::Key => Verdict::failed(because, reason),
            other => Verdict::inconclusive(other, reason),
        },
    )
}

/// The restore, from the record alone: the same record asks for the same thing
fn restore_act(record: &Record) -> Option<Act> {
    // What AWS Backup made for its test nobody makes again.
    if record.purpose == Purpose::Validation {
        return None;
    }
    let (source, point) = (record.source.as_ref()?, record.point.clone()?);
    let plan = &record.plan;
    let tags = copy_tags(&record.run, record.purpose, &plan.identifier, Some(record.expires_at()));
    let iam_auth = matches!(plan.login, Login::Iam { .. });
    let (subnet_group, security_groups) = (plan.sandbox.subnet_group.clone(), plan.sandbox.security_groups.clone());
    if plan.kind.is_clustered() {
        return Some(Act::RestoreCluster(RestoreCluster {
            identifier: record.copy.identifier.clone(),
            source: plan.identifier.clone(),
            resource_id: source.is_gone.then(|| source.resource_id.clone()),
            engine: source.engine.clone(),
            point,
            subnet_group,
            security_groups,
            parameter_group: plan.sandbox.parameter_group.clone(),
            capacity: capacity_of(plan, &class_of(plan, source)?),
            iam_auth,
            backup_retention_days: retention_of(true),
            tags,
        }));
    }
    Some(Act::RestoreInstance(RestoreInstance {
        identifier: record.copy.identifier.clone(),
        source: plan.identifier.clone(),
        resource_id: source.is_gone.then(|| source.resource_id.clone()),
        engine: source.engine.clone(),
        point,
        class: class_of(plan, source),
        subnet_group,
        security_groups,
        parameter_group: plan.sandbox.parameter_group.clone(),
        iam_auth,
        backup_retention_days: retention_of(false),
        tags,
    }))
}

fn create_act(record: &Record) -> Option<Act> {
    let source = record.source.as_ref()?;
    let mut tags = copy_tags(&record.run, record.purpose, &record.plan.identifier, Some(record.expires_at()));
    if record.purpose == Purpose::Validation {
        // Where nobody comes back for it, AWS Backup may remove it together with its cluster.
        tags.insert(RESTORE_TEST.to_owned(), record.restore_job.clone().unwrap_or_default());
    }
    Some(Act::CreateInstance(CreateInstance {
        identifier: record.copy.instance.clone()?,
        cluster: record.copy.identifier.clone(),
        engine: source.engine.clone(),
        class: class_of(&record.plan, source)?,
        tags,
    }))
}
