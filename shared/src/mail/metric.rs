//! Metrics (design §9): e-mail is the weak link, so each mail is also a number on a dashboard.

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
