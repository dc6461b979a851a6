//! Daily sums of metrics (`cloudwatch-read`): as many series in a call as CloudWatch takes. A call for each would be five
//! hundred times as many.

use std::collections::BTreeMap;

use aws_config::SdkConfig;
use aws_sdk_cloudwatch::Client;
use aws_sdk_cloudwatch::operation::get_metric_data::GetMetricDataOutput;
use aws_sdk_cloudwatch::types::{Dimension, Metric, MetricDataQuery, MetricDataResult, MetricStat, ScanBy, StatusCode};
use aws_smithy_types::DateTime;
use jiff::Timestamp;

use super::error::{fault, incomplete, too_many};
use super::time;
use crate::database::{Sample, Series};
use crate::fault::{Class, Fault};
use crate::ports::Measured;

/// IAM actions of this file. It takes no condition and cannot be narrowed: `Resource` is `*`.
pub const ACTIONS: &[&str] = &["cloudwatch:GetMetricData"];

const OPERATION: &str = "cloudwatch:GetMetricData";
/// Series of one call: the most that CloudWatch takes
const BATCH: usize = 500;
/// Calls of one question; they go four at a time
const MOST_BATCHES: usize = 40;
/// Pages of one call: a page has 100,800 values, and five hundred series have as many in two hundred days
const MOST_PAGES: usize = 10;
/// A day, in seconds
const DAY: i32 = 86_400;
/// The dimension of every series
const CLUSTER: &str = "DBClusterIdentifier";

/// The metrics of one account and region
#[derive(Debug, Clone)]
pub struct MetricReader(Client);

impl MetricReader {
    /// A client made once from the shared configuration
    pub fn new(config: &SdkConfig) -> Self {
        Self(Client::new(config))
    }

    /// The same on a client that is there already
    pub fn of(client: Client) -> Self {
        Self(client)
    }
}

impl Measured for MetricReader {
    /// Needs `cloudwatch:GetMetricData`. Every metric that is asked for costs, so each series is asked for once.
    async fn daily_sums(
        &self,
        series: &[Series],
        since: Timestamp,
        until: Timestamp,
    ) -> Result<BTreeMap<Series, Vec<Sample>>, Fault> {
        let mut sums: BTreeMap<Series, Vec<Sample>> = series.iter().map(|one| (one.clone(), Vec::new())).collect();
        if sums.len() > BATCH * MOST_BATCHES {
            return Err(too_many(OPERATION, "metrics", &format!("{} series", BATCH * MOST_BATCHES)));
        }
        let mut slots: Vec<(&Series, &mut Vec<Sample>)> = sums.iter_mut().collect();
        let mut batches = slots.chunks_mut(BATCH);
        loop {
            let four = (batches.next(), batches.next(), batches.next(), batches.next());
            let is_last = four.3.is_none();
            let span = (since, until);
            // Boxed: each is large, and most are not there.
            tokio::try_join!(
                Box::pin(self.fill(four.0, span)),
                Box::pin(self.fill(four.1, span)),
                Box::pin(self.fill(four.2, span)),
                Box::pin(self.fill(four.3, span))
            )?;
            if is_last {
                break;
            }
        }
        Ok(sums)
    }
}

impl MetricReader {
    /// One batch with all its pages
    async fn fill(
        &self,
        batch: Option<&mut [(&Series, &mut Vec<Sample>)]>,
        (since, until): (Timestamp, Timestamp),
    ) -> Result<(), Fault> {
        let Some(batch) = batch else { return Ok(()) };
        let named = match batch {
            [] => return Ok(()),
            [(one, _)] => format!("{} of {}", one.metric, one.cluster),
            [(one, _), more @ ..] => format!("{} of {} and {} more series", one.metric, one.cluster, more.len()),
        };
        let queries: Vec<_> = batch.iter().enumerate().map(|(number, (series, _))| query(number, series)).collect();
        let call = self.0.get_metric_data().set_metric_data_queries(Some(queries));
        let call = call.start_time(date_time(since)).end_time(date_time(until)).scan_by(ScanBy::TimestampAscending);
        let mut complete = vec![false; batch.len()];
        let mut from: Option<String> = None;
        for _ in 0..MOST_PAGES {
            let page = call.clone().set_next_token(from.take()).send().await;
            let page = page.map_err(|error| fault(OPERATION, &named, error))?;
            from = take_page(page, batch, &mut complete, &named)?;
            if from.is_none() {
                all_complete(&complete, batch)?;
                for (_, samples) in batch {
                    samples.sort_by_key(|sample| sample.at);
                }
                return Ok(());
            }
        }
        Err(too_many(OPERATION, &named, &format!("{MOST_PAGES} pages")))
    }
}

/// What a page says, put where it belongs; where the next one begins
fn take_page(
    page: GetMetricDataOutput,
    batch: &mut [(&Series, &mut Vec<Sample>)],
    complete: &mut [bool],
    named: &str,
) -> Result<Option<String>, Fault> {
    if let Some(message) = page.messages.unwrap_or_default().into_iter().next() {
        // About the whole call: part of it was not done.
        let (code, text) = (message.code.unwrap_or_default(), message.value.unwrap_or_default());
        return Err(Fault::new(Class::Unknown, OPERATION, named, &code, &text));
    }
    for result in page.metric_data_results.unwrap_or_default() {
        let number = result.id.as_deref().and_then(|id| id.strip_prefix('m')).and_then(|id| id.parse::<usize>().ok());
        let place = number.and_then(|number| Some((batch.get_mut(number)?, complete.get_mut(number)?)));
        let Some(((series, samples), complete)) = place else {
            return Err(Fault::new(Class::Unknown, OPERATION, named, "", "the answer has a series not asked for"));
        };
        let cluster = &series.cluster;
        match &result.status_code {
            Some(StatusCode::Complete) => *complete = true,
            // The rest of it is on a later page, or never told.
            Some(StatusCode::PartialData) => {}
            Some(StatusCode::InternalError) => {
                return Err(Fault::new(Class::Transient, OPERATION, cluster, "InternalError", &said(&result)));
            }
            Some(StatusCode::Forbidden) => {
                return Err(Fault::new(Class::Permission, OPERATION, cluster, "Forbidden", &said(&result)));
            }
            other => {
                let code = other.as_ref().map(StatusCode::as_str).unwrap_or_default();
                return Err(Fault::new(Class::Unknown, OPERATION, cluster, code, &said(&result)));
            }
        }
        let (times, values) = (result.timestamps.unwrap_or_default(), result.values.unwrap_or_default());
        if times.len() != values.len() {
            return Err(incomplete(OPERATION, cluster, "time for each value"));
        }
        for (at, value) in times.iter().zip(values) {
            let at = time(Some(at)).ok_or_else(|| incomplete(OPERATION, cluster, "readable time of a value"))?;
            samples.push(Sample { at, value });
        }
    }
    Ok(page.next_token)
}

/// A series that is only told in part would look like one that shrinks; one that is not told at all, like one without values.
fn all_complete(complete: &[bool], batch: &[(&Series, &mut Vec<Sample>)]) -> Result<(), Fault> {
    let short = complete.iter().zip(batch).find(|(complete, _)| !**complete);
    let Some((_, (series, _))) = short else {
        return Ok(());
    };
    let said = format!("{} was told in part only", series.metric);
    Err(Fault::new(Class::Transient, OPERATION, &series.cluster, "PartialData", &said))
}

/// CloudWatch's words about one series
fn said(result: &MetricDataResult) -> String {
    let messages = result.messages().iter().filter_map(|message| message.value());
    messages.collect::<Vec<_>>().join(", ")
}

fn query(number: usize, series: &Series) -> MetricDataQuery {
    let dimension = Dimension::builder().name(CLUSTER).value(&series.cluster).build();
    let metric = Metric::builder().namespace(&series.namespace).metric_name(&series.metric).dimensions(dimension);
    let sum = MetricStat::builder().metric(metric.build()).period(DAY).stat("Sum").build();
    MetricDataQuery::builder().id(format!("m{number}")).metric_stat(sum).build()
}

fn date_time(at: Timestamp) -> DateTime {
    DateTime::from_secs(at.as_second())
}

#[cfg(test)]
mod tests;
