//! The way of a recovery point: AWS Backup makes the copy, without our tags, and the run adopts it.
//!
//! Until then nothing but its name, its age and the restore job's own word says whose it is. So nothing is done to it before
//! the job has named its ARN, and the first thing done is to give it this run's tags: from then on it is ours like any other.

use jiff::Timestamp;

use super::making::{Look, is_of_another_source, look};
use super::standing::{Standing, after, ask, get_made, gone, standing};
use super::{
    Decision, LATE_JOB_LIMIT, NOT_YET_VISIBLE, Observed, RETRY_AFTER, TEAR_DOWN_LIMIT, conclude, wait,
    wait_until_deadline,
};
use crate::database::{RestoreJob, Seen};
use crate::restore::progress::{ActState, Phase};
use crate::restore::record::Record;
use crate::restore::status::Health;
use crate::restore::tags::{RUN, copy_tags};
use crate::restore::wanted::job_of;
use crate::restore::{Act, Candidate, job};
use crate::verify::{Because, Verdict};

/// What the run does before the copy is its own and the job is done; `None` once both are so
pub(super) fn before(now: Timestamp, record: &Record, seen: &Observed) -> Option<Decision> {
    if record.plan.kind.is_clustered() {
        before_copy(now, record, &seen.cluster, &seen.job)
    } else {
        before_copy(now, record, &seen.instance, &seen.job)
    }
}

fn before_copy<T: Candidate>(
    now: Timestamp,
    record: &Record,
    copy: &Seen<T>,
    seen: &Seen<RestoreJob>,
) -> Option<Decision> {
    if record.restore_job.is_none() {
        return Some(begin(now, record));
    }
    let job = match seen {
        Seen::Present(job) => job,
        Seen::Unknown(why) => {
            return Some(wait_until_deadline(now, record, &format!("the restore job could not be read: {why}")));
        }
        Seen::Absent => return Some(no_such_job(now, record)),
    };
    let look = look(record, copy);
    if job::has_failed(job) {
        return Some(conclude(now, record, failed(job, copy)));
    }
    let under_way = format!("the restore job of AWS Backup is {}", job.status);
    match look {
        Look::Here(_, Health::Available | Health::Moving) if !job::is_complete(job) => {
            Some(wait_until_deadline(now, record, &under_way))
        }
        Look::Here(..) => None,
        Look::Unknown(why) => Some(wait_until_deadline(now, record, &format!("the copy could not be read: {why}"))),
        Look::Absent if job::is_complete(job) => Some(conclude(now, record, gone("the copy"))),
        Look::Absent => Some(wait_until_deadline(now, record, &under_way)),
        Look::Foreign => Some(match claim(record, copy, job) {
            Whose::Ours(arn) => adopt(now, record, arn),
            Whose::NotKnown => {
                let words = "the copy is to be seen, and AWS Backup has not said yet that it made it";
                wait_until_deadline(now, record, words)
            }
            Whose::Others => {
                let reason = format!("the name {} is taken by something that this run did not make", record.run);
                conclude(now, record, Verdict::inconclusive(Because::Interference, reason))
            }
        }),
    }
}

/// Starts the job, or asks again for the id of one whose reply was lost: the same token starts nothing new.
fn begin(now: Timestamp, record: &Record) -> Decision {
    let Some(act) = job_of(record).map(Act::StartRestoreJob) else {
        let reason =
            "the record and what AWS Backup returned for its point do not come to a restore of this run's copy alone";
        return conclude(now, record, Verdict::inconclusive(Because::Other, reason));
    };
    get_made(now, record, act, "the restore job")
}

fn no_such_job(now: Timestamp, record: &Record) -> Decision {
    match standing(now, record, "restore") {
        Standing::Done { at } if now >= after(at, NOT_YET_VISIBLE) => {
            let reason = "AWS Backup does not know the restore job that it started";
            conclude(now, record, Verdict::inconclusive(Because::Other, reason))
        }
        _ => wait_until_deadline(now, record, "the restore job is not to be seen yet"),
    }
}

/// A copy that came up broken says more than the job's message
fn failed<T: Candidate>(job: &RestoreJob, copy: &Seen<T>) -> Verdict {
    let made = copy.present().filter(|copy| job.created_arn.as_deref() == Some(copy.arn()));
    job::verdict(job, made.map(Candidate::status))
}

enum Whose {
    /// The job made it; its ARN
    Ours(String),
    /// The job has not said yet what it made
    NotKnown,
    Others,
}

fn claim<T: Candidate>(record: &Record, copy: &Seen<T>, job: &RestoreJob) -> Whose {
    let Some(copy) = copy.present() else {
        return Whose::NotKnown;
    };
    let is_anothers = copy.tags().get(RUN).is_some_and(|run| *run != record.run);
    if is_anothers || is_of_another_source(record, copy) || is_older(record, copy) {
        return Whose::Others;
    }
    match &job.created_arn {
        Some(arn) if arn == copy.arn() => Whose::Ours(arn.clone()),
        Some(_) => Whose::Others,
        None => Whose::NotKnown,
    }
}

/// Whether something was there before the run: then it is not the run's, whatever its name
pub(super) fn is_older<T: Candidate>(record: &Record, thing: &T) -> bool {
    thing.created_at().is_some_and(|at| after(at, jiff::SignedDuration::from_secs(1)) < record.requested_at)
}

fn adopt_act(record: &Record, arn: String) -> Act {
    Act::Adopt {
        identifier: record.copy.identifier.clone(),
        clustered: record.plan.kind.is_clustered(),
        arn,
        tags: copy_tags(&record.run, record.purpose, &record.plan.identifier, Some(record.expires_at())),
    }
}

fn adopt(now: Timestamp, record: &Record, arn: String) -> Decision {
    let act = adopt_act(record, arn);
    match standing(now, record, "adopt") {
        Standing::Done { at } if now >= after(at, NOT_YET_VISIBLE) => {
            ask(now, record, act, "the copy's tags did not appear: asking again")
        }
        _ => get_made(now, record, act, "the copy's tags"),
    }
}

/// What tear-down does about a job that may still make something, and about a copy that was not adopted; `None` where it
/// goes the way of every copy.
pub(super) fn tearing_down(now: Timestamp, record: &Record, seen: &Observed) -> Option<Decision> {
    if record.plan.kind.is_clustered() {
        tearing_copy_down(now, record, &seen.cluster, &seen.job)
    } else {
        tearing_copy_down(now, record, &seen.instance, &seen.job)
    }
}

fn tearing_copy_down<T: Candidate>(
    now: Timestamp,
    record: &Record,
    copy: &Seen<T>,
    seen: &Seen<RestoreJob>,
) -> Option<Decision> {
    let look = look(record, copy);
    if matches!(look, Look::Here(..)) || !record.is_from_vault() {
        return None;
    }
    if record.restore_job.is_none() {
        return learn(now, record);
    }
    let job = match seen {
        Seen::Present(job) => job,
        Seen::Unknown(why) => return Some(wait(record, format!("the restore job could not be read: {why}"))),
        Seen::Absent => return None,
    };
    match look {
        Look::Absent | Look::Unknown(_) if job::is_under_way(job) => {
            Some(wait(record, format!("the restore job is {} and may still make its copy", job.status)))
        }
        Look::Foreign => match claim(record, copy, job) {
            Whose::Ours(arn) => Some(adopt_to_remove(now, record, arn)),
            Whose::NotKnown if job::is_under_way(job) => {
                Some(wait(record, "the restore job has not named its copy yet"))
            }
            Whose::NotKnown | Whose::Others => None,
        },
        Look::Unknown(why) => Some(wait(record, format!("the copy could not be read: {why}"))),
        Look::Absent | Look::Here(..) => None,
    }
}

/// A job whose reply was lost may be making a copy that nobody could find. Asking again under the same token brings its id;
/// it is asked for until tear-down is over, and what is not known then is said to be left behind.
fn learn(now: Timestamp, record: &Record) -> Option<Decision> {
    let act = Act::StartRestoreJob(job_of(record)?);
    match standing(now, record, "restore") {
        Standing::Lost { .. } => {
            Some(ask(now, record, act, "the reply was lost: asking for the restore job once more"))
        }
        Standing::UnderWay => Some(wait(record, "the restore job was asked for a moment ago")),
        Standing::Fresh | Standing::Done { .. } | Standing::Refused { .. } => None,
    }
}

/// Whether a restore job was asked for and nobody knows its id, or that there is none
pub(super) fn is_unknown(record: &Record) -> bool {
    let lost = matches!(record.acts.get("restore").map(|asked| &asked.state), Some(ActState::Asked));
    record.is_from_vault() && record.restore_job.is_none() && lost
}

/// Until when tear-down goes on as `decision` says. A job cannot be stopped, and what it makes after its run has closed has
/// no tags: nobody would remove it. So a job, and the first adoption of what it made, are waited for much longer.
pub(super) fn limit(record: &Record, seen: &Observed, decision: &Decision, usual: Timestamp) -> Timestamp {
    let adopts_first = !record.acts.contains_key("adopt");
    let may_leave_a_copy = match &seen.job {
        Seen::Present(job) if job::is_under_way(job) => true,
        Seen::Present(job) => adopts_first && (job::is_complete(job) || !decision.acts.is_empty()),
        Seen::Unknown(_) => record.restore_job.is_some(),
        Seen::Absent => false,
    };
    let entered = record.entered(Phase::TearingDown).unwrap_or(record.requested_at);
    if may_leave_a_copy { after(entered, LATE_JOB_LIMIT) } else { usual }
}

/// Untagged, it can be told from nothing else that is to go: it is adopted first, however often that takes.
fn adopt_to_remove(now: Timestamp, record: &Record, arn: String) -> Decision {
    let again = |because: &str| {
        let mut adopting = record.clone();
        if !record.acts.contains_key("adopt") && now >= after(record.requested_at, TEAR_DOWN_LIMIT) {
            // A job that was late has made its copy only now: it has the time to go that every copy has.
            adopting.enter(Phase::TearingDown, now);
        }
        ask(now, &adopting, adopt_act(record, arn), because)
    };
    match standing(now, record, "adopt") {
        Standing::Fresh | Standing::Lost { .. } => again("adopting the copy, to remove it"),
        Standing::UnderWay => wait(record, "the copy is being adopted"),
        Standing::Done { at } if now < after(at, NOT_YET_VISIBLE) => {
            wait(record, "the copy's tags are not to be seen yet")
        }
        Standing::Refused { at, .. } if now < after(at, RETRY_AFTER) => wait(record, "the copy's tags were refused"),
        Standing::Done { .. } | Standing::Refused { .. } => again("the copy has no tags: adopting it once more"),
    }
}
