//! What a mail and a page both tell about a run, worked out once.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::text::clean;
use crate::database::price::{Estimate, Usage, estimate};
use crate::moment;
use crate::restore::{Leftover, Phase, Point, Record, SourceChoice};
use crate::verify::VerdictWord;

/// Characters of a database's name that are repeated where space is short
const SHORT_NAME: usize = 24;
/// Characters of a value, a reason or a note at most
pub(super) const LONGEST_VALUE: usize = 300;

/// Where the page of a run lies in the bucket
pub fn report_key(run: &str) -> String {
    format!("reports/{run}.html")
}

/// The database's name, short and harmless
pub(super) fn short_name(record: &Record) -> String {
    clean(&record.plan.database, SHORT_NAME)
}

/// The label of a subject: a run without a verdict could not tell
pub(super) fn label(word: Option<VerdictWord>) -> &'static str {
    word.unwrap_or(VerdictWord::Inconclusive).label()
}

/// The zone of a plan; UTC where its name is none
pub(super) fn zone(name: &str) -> TimeZone {
    moment::zone(name).unwrap_or(TimeZone::UTC)
}

/// The policy's zone
pub(super) fn zone_of(record: &Record) -> TimeZone {
    zone(&record.plan.timezone)
}

/// One step of the run, for the list of a mail and the bars of a page
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    /// What was reached
    pub words: &'static str,
    /// When it began, from the request
    pub from: SignedDuration,
    /// When it was reached, from the request
    pub to: SignedDuration,
    /// Whether it was reached at all; the last step of a run that broke off was not
    pub reached: bool,
}

/// The milestones in order, as times from the request. A time that lies before its predecessor (two clocks) counts as the
/// predecessor's.
pub(super) fn steps(record: &Record) -> Vec<Step> {
    let moments = &record.milestones;
    let all = [
        ("volume restored", moments.volume_restored),
        ("instance up", moments.instance_up),
        ("first query", moments.first_query),
        ("checks done", moments.checks_done),
        ("torn down", moments.torn_down),
    ];
    let mut from = SignedDuration::ZERO;
    let mut steps = Vec::new();
    for (words, at) in all {
        let Some(at) = at else { continue };
        let to = at.duration_since(record.requested_at).max(from);
        steps.push(Step { words, from, to, reached: true });
        from = to;
    }
    steps.extend(broken_off(record, from));
    steps
}

/// The time between the last milestone and the end of a run that did not reach the next one
fn broken_off(record: &Record, from: SignedDuration) -> Option<Step> {
    if record.milestones.torn_down.is_some() {
        return None;
    }
    let at = record.entered(Phase::Closed)?;
    let to = at.duration_since(record.requested_at);
    (to > from).then_some(Step { words: "ended", from, to, reached: false })
}

/// What was restored, in words, with the time in both zones
pub(super) fn restored_to(record: &Record) -> String {
    let zone = zone_of(record);
    match &record.point {
        Some(Point::Time { to }) => moment::both(*to, &zone),
        Some(Point::Snapshot { identifier, created_at, .. }) => {
            let taken = created_at.map_or_else(|| "an unknown time".to_owned(), |at| moment::both(at, &zone));
            format!("snapshot {} of {taken}", clean(identifier, LONGEST_VALUE))
        }
        Some(Point::RecoveryPoint { arn, vault, created_at, .. }) => {
            let taken = created_at
                .map_or_else(|| "at its latest time".to_owned(), |at| format!("of {}", moment::both(at, &zone)));
            let (arn, vault) = (clean(arn, LONGEST_VALUE), clean(vault, 60));
            format!("recovery point {taken}, in vault {vault}: {arn}")
        }
        None => "nothing: the run ended before a backup was chosen".to_owned(),
    }
}

/// Which backup was asked for, in words
pub(super) fn asked_for(record: &Record) -> String {
    match &record.plan.source {
        SourceChoice::PointInTime { lag_seconds: 0 } => "the latest restorable time, from automated backups".to_owned(),
        SourceChoice::PointInTime { lag_seconds } => {
            let before = moment::duration(SignedDuration::from_secs(*lag_seconds));
            format!("{before} before the scheduled time, from automated backups")
        }
        SourceChoice::LatestSnapshot => "the newest snapshot".to_owned(),
        SourceChoice::Snapshot { identifier } => format!("snapshot {}", clean(identifier, LONGEST_VALUE)),
        SourceChoice::RecoveryPoint { vaults } => {
            let noun = if vaults.len() == 1 { "vault" } else { "vaults" };
            let vaults = clean(&vaults.join(", "), LONGEST_VALUE);
            format!("the newest recovery point of AWS Backup in {noun} {vaults}")
        }
    }
}

/// Where the copy is made, where that is not the function's own region
pub(super) fn in_region(record: &Record) -> Option<String> {
    record.plan.region.as_deref().map(|region| clean(region, 40))
}

/// Whether the database itself is gone: the most important thing that anybody can say about it
pub(super) fn is_gone(record: &Record) -> bool {
    record.source.as_ref().is_some_and(|source| source.is_gone)
}

/// Whether backups lag further behind than the policy allows: the lag and the limit
pub(super) fn lags(record: &Record) -> Option<(SignedDuration, SignedDuration)> {
    let (lag, limit) = (record.restorable_lag()?, SignedDuration::from_mins(record.plan.restore_lag_minutes?));
    (lag > limit).then_some((lag, limit))
}

/// How long before the request a snapshot or a recovery point was taken, where that is what was restored
pub(super) fn backup_age(record: &Record) -> Option<SignedDuration> {
    match &record.point {
        Some(Point::Snapshot { created_at, .. } | Point::RecoveryPoint { created_at, .. }) => {
            created_at.map(|at| record.requested_at.duration_since(at)).filter(|age| !age.is_negative())
        }
        Some(Point::Time { .. }) | None => None,
    }
}

/// RPO in sentences
pub(super) fn rpo(record: &Record) -> Vec<String> {
    let mut said = Vec::new();
    if let Some(age) = backup_age(record) {
        let age = moment::duration(age);
        said.push(format!("The backup was taken {age} before the request: what came later is not in it."));
    }
    let retained = record.source.as_ref().filter(|source| source.is_gone).and_then(|source| source.window.latest);
    match (record.restorable_lag(), record.plan.restore_lag_minutes) {
        (Some(lag), limit) => {
            let allowed = limit.map_or_else(String::new, |minutes| {
                let verdict = if lags(record).is_some() { "TOO MUCH, the policy allows" } else { "the policy allows" };
                format!(" ({verdict} {minutes} min)")
            });
            let lag = moment::duration(lag);
            said.push(if backup_age(record).is_some() {
                format!("Automated backups, not restored here, reach to {lag} before the request{allowed}.")
            } else {
                format!("The latest restorable time was {lag} before the request{allowed}.")
            });
        }
        (None, _) => said.push(match retained {
            Some(latest) => {
                let latest = moment::both(latest, &zone_of(record));
                format!("The database is gone. What RDS retains of it reaches to {latest}.")
            }
            None => "The latest restorable time is not known.".to_owned(),
        }),
    }
    if let Some(age) = record.rpo_from_data() {
        let (age, side) = if age.is_negative() { (age.abs(), "after") } else { (age, "before") };
        said.push(format!("The newest row that a check saw is {} {side} the restore point.", moment::duration(age)));
    }
    said
}

/// About what the copy cost, up to `now` where it is still there
pub(super) fn cost(record: &Record, now: Timestamp) -> Option<Estimate> {
    let source = record.source.as_ref()?;
    let still_there = record.leftovers.iter().any(|left| left.run.as_deref() == Some(record.run.as_str()));
    let closed = record.entered(Phase::Closed).filter(|_| !still_there);
    let end = record.milestones.torn_down.or(closed).unwrap_or(now);
    let since = |from: Option<Timestamp>| {
        from.map_or(SignedDuration::ZERO, |at| end.duration_since(at).max(SignedDuration::ZERO))
    };
    let stored = since(record.milestones.volume_restored);
    if stored.is_zero() {
        return None;
    }
    let setup = record.copy.configuration.as_ref();
    let class = record.copy.class.as_deref().or(record.plan.sandbox.instance_class.as_deref());
    let capacity = setup.and_then(|setup| setup.capacity).or(record.plan.sandbox.capacity);
    let setup = setup.unwrap_or(&source.configuration);
    let mut estimate = estimate(&Usage {
        engine: &source.engine,
        class,
        capacity,
        storage_type: setup.storage_type.as_deref(),
        storage_gib: setup.storage_gib,
        multi_az: setup.multi_az,
        stored,
        ran: since(record.milestones.instance_up),
    });
    if still_there {
        estimate.not_known.push("whatever comes until the copy is removed".to_owned());
    }
    Some(estimate)
}

/// Something left behind, in words
pub(super) fn leftover(left: &Leftover, run: &str) -> String {
    let of = match left.run.as_deref() {
        Some(of) if of == run => "of this run".to_owned(),
        Some(of) => format!("of {}", clean(of, 80)),
        None => "of a run its tags do not name".to_owned(),
    };
    let (what, identifier) = (clean(&left.what, 30), clean(&left.identifier, 80));
    let place = left.region.as_deref().map_or_else(String::new, |region| format!(" in {}", clean(region, 40)));
    format!("{what} {identifier}{place}, {of}: {}", clean(&left.note, LONGEST_VALUE))
}
