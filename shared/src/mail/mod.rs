//! Every word a person reads: mails, report pages, the names of metrics.

mod metric;

pub use metric::{Metric, Unit};
