//! The copy that AWS Backup makes: nothing but its job's own word says whose it is, until it has this run's tags.

use jiff::{SignedDuration, Timestamp};

use super::Volume;
use crate::database::{RestoreJob, Seen};
use crate::recover::act::RESTORE;
use crate::recover::record::Record;
use crate::restore::{ActState, Candidate, Health, NOT_YET_VISIBLE, RUN, has_failed, health, is_complete};

/// AWS tells creation times in milliseconds and records keep nanoseconds
const ROUNDING: SignedDuration = SignedDuration::from_secs(1);

/// Whether the job has to be looked at for the next step
pub fn looks_at_job(record: &Record) -> Option<&str> {
    let is_open = record.copy.volume_at.is_none();
    record.restore_job.as_ref().filter(|_| is_open).map(|job| job.id.as_str())
}

/// How the copy stands
pub(super) fn volume<T: Candidate>(now: Timestamp, record: &Record, copy: &Seen<T>, job: &Seen<RestoreJob>) -> Volume {
    // From then on it is like any other copy.
    let is_done = record.copy.volume_at.is_some();
    match copy {
        Seen::Unknown(why) => Volume::CannotTell(why.clone()),
        Seen::Absent if is_done || record.restore_job.is_none() => Volume::Absent,
        Seen::Absent => not_to_be_seen(now, record, job),
        Seen::Present(copy) if copy.tags().get(RUN) == Some(&record.run) => {
            if is_done {
                Volume::Here(health(copy.status()))
            } else {
                adopted(copy, job)
            }
        }
        Seen::Present(copy) => unclaimed(now, record, copy, job),
    }
}

fn not_to_be_seen(now: Timestamp, record: &Record, seen: &Seen<RestoreJob>) -> Volume {
    match seen {
        Seen::Unknown(why) => Volume::CannotTell(format!("the restore job could not be read: {why}")),
        Seen::Present(job) if has_failed(job) => Volume::Failed(failed(job)),
        Seen::Present(job) if !is_complete(job) => Volume::Coming(under_way(job)),
        _ if is_young(now, record) => Volume::Coming("the restore job and its copy are not to be seen yet".to_owned()),
        Seen::Present(job) => {
            Volume::Failed(format!("the restore job {} is COMPLETED, and its copy is not there", job.id))
        }
        Seen::Absent => Volume::Failed("AWS Backup does not know the restore job that it started".to_owned()),
    }
}

/// It has this run's tags: it is up when AWS Backup has nothing more to do to it.
fn adopted<T: Candidate>(copy: &T, seen: &Seen<RestoreJob>) -> Volume {
    let health = health(copy.status());
    match (seen, health) {
        (Seen::Present(job), _) if has_failed(job) => Volume::Failed(failed(job)),
        (Seen::Unknown(why), Health::Available) => {
            Volume::CannotTell(format!("the restore job could not be read: {why}"))
        }
        (Seen::Present(job), Health::Available) if !is_complete(job) => Volume::Here(Health::Moving),
        (_, health) => Volume::Here(health),
    }
}

/// It has the name, and not this run's tags
fn unclaimed<T: Candidate>(now: Timestamp, record: &Record, copy: &T, seen: &Seen<RestoreJob>) -> Volume {
    let is_older = copy.created_at().is_some_and(|at| at.saturating_add(ROUNDING).unwrap_or(at) < record.requested_at);
    if copy.tags().contains_key(RUN) || is_older {
        return Volume::Foreign;
    }
    if record.restore_job.is_none() {
        // A job whose reply was lost may have made it: asked again under the same token, AWS Backup tells its id.
        let is_lost = matches!(record.acts.get(RESTORE).map(|asked| &asked.state), Some(ActState::Asked));
        return if is_lost { Volume::Absent } else { Volume::Foreign };
    }
    match seen {
        Seen::Unknown(why) => Volume::CannotTell(format!("the restore job could not be read: {why}")),
        Seen::Present(job) if has_failed(job) => Volume::Failed(failed(job)),
        Seen::Present(RestoreJob { created_arn: Some(arn), .. }) if arn == copy.arn() => Volume::ToAdopt(arn.clone()),
        Seen::Present(RestoreJob { created_arn: Some(_), .. }) => Volume::Foreign,
        Seen::Present(job) if !is_complete(job) => Volume::Coming(under_way(job)),
        _ if is_young(now, record) => Volume::Coming("AWS Backup has not named its copy yet".to_owned()),
        Seen::Present(_) | Seen::Absent => Volume::Foreign,
    }
}

/// AWS's lists are eventually consistent.
fn is_young(now: Timestamp, record: &Record) -> bool {
    record.acts.get(RESTORE).is_some_and(|asked| now.duration_since(asked.at) < NOT_YET_VISIBLE)
}

fn under_way(job: &RestoreJob) -> String {
    format!("the restore job of AWS Backup is {}", job.status)
}

fn failed(job: &RestoreJob) -> String {
    let message = job.message.as_deref().unwrap_or("AWS Backup gave no reason");
    format!("the restore job {} of AWS Backup is {}: {message}", job.id, job.status)
}
