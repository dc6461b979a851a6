//! Metrics: e-mail is the weak link, so each mail is also a number on a dashboard.

use jiff::Timestamp;

use crate::restore::Record;
use crate::verify::VerdictWord;

/// Unit of a metric, as CloudWatch names it
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// `Count`
    Count,
    /// `Seconds`
    Seconds,
    /// No unit of CloudWatch's: hours, GiB
    None,
}

/// One value for one metric
#[derive(Debug, Clone, PartialEq)]
pub struct Metric {
    /// Name
    pub name: &'static str,
    /// Dimension: its name and value
    pub dimension: Option<(&'static str, String)>,
    /// Value
    pub value: f64,
    /// Unit
    pub unit: Unit,
}

/// Characters that CloudWatch takes in a dimension's value
const LONGEST_DIMENSION: usize = 250;

/// The metrics of a run that has its verdict.
///
/// `DrillPassed` is 0 for failed and inconclusive alike: an alarm on it means "no proof", whatever the reason.
/// `DrillAgeHours` is the age of the newest proof, counted from the request of the drill that gave it: told here only by a
/// drill that passed, as no other one makes the proof newer; the daily backup check tells it in between.
pub fn drill_metrics(record: &Record, now: Timestamp) -> Vec<Metric> {
    let metric = |name, value, unit| Metric {
        name,
        dimension: Some(("Database", dimension(&record.plan.database))),
        value,
        unit,
    };
    let passed = record.verdict.as_ref().is_some_and(|verdict| verdict.word == VerdictWord::Passed);
    let mut metrics = vec![
        metric("DrillPassed", if passed { 1.0 } else { 0.0 }, Unit::Count),
        metric("CopiesLeftBehind", count(record.leftovers.len()), Unit::Count),
    ];
    if let Some(rto) = record.rto() {
        metrics.push(metric("DrillSeconds", rto.as_secs_f64(), Unit::Seconds));
    }
    if let Some(lag) = record.restorable_lag() {
        metrics.push(metric("RecoveryPointLagSeconds", lag.as_secs_f64(), Unit::Seconds));
    }
    if passed {
        let age = now.duration_since(record.requested_at).as_secs_f64().max(0.0) / 3600.0;
        metrics.push(metric("DrillAgeHours", age, Unit::None));
    }
    metrics
}

/// A sign of life: one for the whole of Lifeboat, and one for the function. An alarm on missing data notices a dead checker.
pub fn heartbeat(function: &'static str) -> [Metric; 2] {
    let beat = |dimension| Metric { name: "Heartbeat", dimension, value: 1.0, unit: Unit::Count };
    [beat(None), beat(Some(("Function", function.to_owned())))]
}

/// CloudWatch takes printable ASCII only
pub(super) fn dimension(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_graphic() { c } else { '?' }).take(LONGEST_DIMENSION).collect()
}

pub(super) fn count(things: usize) -> f64 {
    u32::try_from(things).map_or(f64::from(u32::MAX), f64::from)
}
