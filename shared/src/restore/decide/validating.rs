//! Validations: AWS Backup made the copy for a restore test, the run looks into it.
//!
//! The cluster is AWS Backup's and stays so: the run attaches one instance, removes it again, and answers last. AWS Backup removes
//! what it made as soon as it has its answer, and cannot while our instance is in the cluster (RDS user guide, "Deleting Aurora DB
//! clusters"). An answer is never changed, so one whose reply was lost is looked for before it is given again.

use jiff::{SignedDuration, Timestamp};

use super::standing::{Standing, after, ask, gone, standing};
use super::{ANSWER_LIMIT, Decision, Observed, RETRY_AFTER, conclude, step, wait, wait_until_deadline};
use crate::database::{Configuration, Engine, RestoreTest, Seen, Window};
use crate::restore::plan::SourceFacts;
use crate::restore::point::is_continuous;
use crate::restore::progress::{ActState, Asked, Phase};
use crate::restore::record::Record;
use crate::restore::resolve::Source;
use crate::restore::wanted::class_of;
use crate::restore::{Act, Point, Purpose, TestAnswer, job};
use crate::verify::{Because, Verdict, VerdictWord};

/// How long the source and its vault are looked for before the run goes on without what they would tell
const LOOK_LIMIT: SignedDuration = SignedDuration::from_mins(5);
/// Characters of the message that AWS Backup gets
const LONGEST_MESSAGE: usize = 500;

/// The end of a validation that AWS Backup does not wait for any more; what the data check has answered already still counts
pub(super) fn over(now: Timestamp, record: &Record, seen: &Observed) -> Option<Decision> {
    let looks = !matches!(record.phase, Phase::TearingDown | Phase::Closed) && seen.answers.present().is_none();
    let test = seen.test.present().filter(|_| looks && record.purpose == Purpose::Validation)?;
    let word = answered(test)?;
    let reason = format!("AWS Backup has ended the restore test meanwhile: its validation is {word}");
    Some(conclude(now, record, Verdict::inconclusive(Because::Deadline, reason)))
}

/// What AWS Backup will not change any more
fn answered(test: &RestoreTest) -> Option<&str> {
    test.validation.as_deref().filter(|word| matches!(*word, "SUCCESSFUL" | "FAILED" | "TIMED_OUT"))
}

/// Looks at the source for what the copy does not tell: the class of its instance, when the recovery point was made. Nothing of it
/// is needed, so nothing of it is waited for long.
pub(super) fn planned(now: Timestamp, record: &Record, seen: &Observed) -> Decision {
    if now >= record.deadline() {
        return wait_until_deadline(now, record, "the event of AWS Backup");
    }
    let Some(source) = &seen.source else {
        return wait_until_deadline(now, record, "the source was not looked at");
    };
    let patient = now < after(record.scheduled_for, LOOK_LIMIT);
    let mut next = record.clone();
    match (&source.facts, &source.points) {
        (Seen::Unknown(why), _) | (_, Seen::Unknown(why)) if patient => {
            return wait_until_deadline(now, record, &format!("the source could not be read: {why}"));
        }
        (Seen::Unknown(why), _) => next.note(format!("the source could not be read: {why}")),
        (Seen::Absent, _) => next.note(format!("{} is not there any more", record.plan.identifier)),
        (Seen::Present(_), _) => {}
    }
    next.source = source.facts.present().or(source.remembered.as_ref()).cloned();
    next.compare_with.clone_from(&source.last_passed);
    note_point(&mut next, source);
    next.enter(Phase::Restoring, now);
    step(next, "AWS Backup has restored it")
}

/// When the recovery point was made: what the freshness of rows is measured from
fn note_point(record: &mut Record, source: &Source) {
    let Some(Point::RecoveryPoint { arn, created_at, kms_key, .. }) = &mut record.point else { return };
    let known = source.points.present().and_then(|points| points.iter().find(|point| point.arn == *arn));
    if let Some(point) = known {
        *created_at = point.created_at.filter(|_| !is_continuous(arn));
        kms_key.clone_from(&point.kms_key);
    } else {
        record.note("when the recovery point was made could not be learned");
    }
}

/// What has to hold before anything is done to what AWS Backup made: its own word that it made it, for a test
pub(super) fn before(now: Timestamp, record: &Record, seen: &Observed) -> Option<Decision> {
    let test = match &seen.test {
        Seen::Present(test) => test,
        Seen::Unknown(why) => {
            return Some(wait_until_deadline(now, record, &format!("the restore job could not be read: {why}")));
        }
        Seen::Absent => return Some(not_a_test(now, record, "AWS Backup does not know the restore job")),
    };
    if !test.is_test || test.job.created_arn != record.copy.arn {
        return Some(not_a_test(now, record, "AWS Backup does not say that its restore test made this copy"));
    }
    if !job::is_complete(&test.job) {
        return Some(wait_until_deadline(now, record, &format!("the restore job is {}", test.job.status)));
    }
    let is_there = !(seen.cluster.is_absent() && seen.instance.is_absent());
    if !is_there {
        return Some(conclude(now, record, gone("what AWS Backup restored")));
    }
    if now >= record.deadline() {
        return Some(wait_until_deadline(now, record, "the restored copy was not looked at"));
    }
    None
}

fn not_a_test(now: Timestamp, record: &Record, reason: &str) -> Decision {
    conclude(now, record, Verdict::inconclusive(Because::Source, reason))
}

/// A source that nobody knows any more is what its copy tells
pub(super) fn fill_source(record: &mut Record, engine: &Engine, version: &str, database: Option<&String>) {
    if record.purpose != Purpose::Validation || record.source.is_some() {
        return;
    }
    let arn = record.copy.arn.as_deref().and_then(|arn| arn.rsplit_once(':'));
    record.source = Some(SourceFacts {
        arn: arn.map_or_else(String::new, |(before, _)| format!("{before}:{}", record.plan.identifier)),
        resource_id: String::new(),
        engine: engine.clone(),
        engine_version: version.to_owned(),
        window: Window::default(),
        configuration: Configuration::default(),
        class: None,
        database_name: database.cloned(),
        is_gone: false,
    });
}

/// A copy whose instance has no class is not begun; `None` where one can be made
pub(super) fn without_class(now: Timestamp, record: &Record) -> Option<Decision> {
    let is_missing = record.purpose == Purpose::Validation
        && record.source.as_ref().is_none_or(|source| class_of(&record.plan, source).is_none());
    is_missing.then(|| {
        let words = "the class of an instance cannot be told: name one in sandbox.instance_class";
        conclude(now, record, Verdict::inconclusive(Because::Configuration, words))
    })
}

/// Whether AWS Backup still waits for an answer, as far as the record knows
pub(super) fn is_owed(record: &Record) -> bool {
    let is_done = matches!(record.acts.get(ANSWER).map(|asked| &asked.state), Some(ActState::Done { .. }));
    record.purpose == Purpose::Validation && record.phase == Phase::Closed && !is_done
}

/// The act's name in the record
const ANSWER: &str = "answer";

/// Gives AWS Backup its answer, once nothing of ours is left; `None` when that is done, or is not to be had
pub(super) fn answer(now: Timestamp, record: &Record, seen: &Observed) -> Option<Decision> {
    let has_begun_telling = record.acts.contains_key("mail") || record.acts.contains_key("report");
    if !is_owed(record) || has_begun_telling {
        return None;
    }
    let answer = answer_of(record)?;
    if let Some(word) = seen.test.present().and_then(answered) {
        return Some(known(now, record, &answer, word));
    }
    let told = |word: &str| Some(untold(now, record, word));
    if now >= after(record.entered(Phase::Closed).unwrap_or(record.requested_at), ANSWER_LIMIT) {
        return told("it could not be told in time");
    }
    let again = |because: &str| Some(ask(now, record, Act::Answer(answer.clone()), because));
    match (standing(now, record, ANSWER), &seen.test) {
        (Standing::UnderWay, _) => Some(wait(record, "AWS Backup is being told")),
        (Standing::Done { .. }, _) => None,
        (_, Seen::Unknown(why)) => Some(wait(record, format!("the restore job could not be read: {why}"))),
        (_, Seen::Absent) => told("it does not know the restore job any more"),
        (_, Seen::Present(test)) if !test.is_test => told("its restore job is none of a restore test"),
        (Standing::Fresh, _) => again("telling AWS Backup the verdict"),
        (Standing::Lost { .. }, _) => again("the reply was lost and AWS Backup has no answer: telling it again"),
        (Standing::Refused { failure, .. }, _) if !failure.class.passes_by_itself() => told(&failure.message),
        (Standing::Refused { at, .. }, _) if now < after(at, RETRY_AFTER) => {
            Some(wait(record, "AWS Backup did not take the answer"))
        }
        (Standing::Refused { .. }, _) => again("AWS Backup did not take the answer: telling it again"),
    }
}

/// AWS Backup has an answer: ours, whose reply was lost, or another one
fn known(now: Timestamp, record: &Record, answer: &TestAnswer, word: &str) -> Decision {
    let mut next = record.clone();
    let ours = record.acts.contains_key(ANSWER) && word == answer.word();
    if ours {
        next.note(format!("AWS Backup was told {word}"));
    } else {
        next.note(format!("AWS Backup was not told: the validation of its restore job is {word} already"));
    }
    settle(&mut next, now);
    step(next, "AWS Backup has an answer")
}

fn untold(now: Timestamp, record: &Record, why: &str) -> Decision {
    let mut next = record.clone();
    next.note(format!("AWS Backup was not told: {why}"));
    settle(&mut next, now);
    step(next, "AWS Backup cannot be told")
}

/// Nothing more is asked of AWS Backup
fn settle(next: &mut Record, now: Timestamp) {
    let (at, attempt) = next.acts.get(ANSWER).map_or((now, 0), |asked| (asked.at, asked.attempt));
    next.acts.insert(ANSWER.to_owned(), Asked { at, attempt, state: ActState::Done { at: now } });
}

/// What AWS Backup is told. It knows no third word: what could not be looked at is `FAILED`, and says so.
fn answer_of(record: &Record) -> Option<TestAnswer> {
    let (job, verdict) = (record.restore_job.clone()?, record.verdict.as_ref()?);
    let passed = verdict.word == VerdictWord::Passed;
    let said = match verdict.word {
        VerdictWord::Passed | VerdictWord::Failed => verdict.reason.clone(),
        VerdictWord::Inconclusive => format!("inconclusive, the data was not proved: {}", verdict.reason),
    };
    let plain = said.chars().map(|c| if c.is_ascii_graphic() || c == ' ' { c } else { ' ' });
    Some(TestAnswer { job, passed, message: plain.take(LONGEST_MESSAGE).collect() })
}
