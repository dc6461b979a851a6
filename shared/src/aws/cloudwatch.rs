//! Metrics (`cloudwatch`).

use aws_config::SdkConfig;
use aws_sdk_cloudwatch::Client;
use aws_sdk_cloudwatch::types::{Dimension, MetricDatum, StandardUnit};

use super::error::{fault, too_many};
use crate::fault::Fault;
use crate::mail::{Metric, Unit};
use crate::ports::Meter;

/// IAM actions of this file
pub const ACTIONS: &[&str] = &["cloudwatch:PutMetricData"];

/// Metrics that one call takes
const BATCH: usize = 1000;
/// Calls that one `measure` may take: an invocation has a few metrics for each database
const MOST_BATCHES: usize = 10;

/// A namespace of CloudWatch
#[derive(Debug, Clone)]
pub struct Metrics {
    client: Client,
    namespace: String,
}

impl Metrics {
    /// The namespace of that name
    pub fn new(config: &SdkConfig, namespace: impl Into<String>) -> Self {
        Self::of(Client::new(config), namespace)
    }

    /// The same on a client that is there already
    pub fn of(client: Client, namespace: impl Into<String>) -> Self {
        Self { client, namespace: namespace.into() }
    }
}

impl Meter for Metrics {
    /// Needs `cloudwatch:PutMetricData`.
    async fn measure(&self, metrics: &[Metric]) -> Result<(), Fault> {
        let operation = "cloudwatch:PutMetricData";
        if metrics.len() > BATCH * MOST_BATCHES {
            return Err(too_many(operation, &self.namespace, &format!("{} metrics", BATCH * MOST_BATCHES)));
        }
        for batch in metrics.chunks(BATCH) {
            let data = batch.iter().map(datum).collect();
            let put = self.client.put_metric_data().namespace(&self.namespace).set_metric_data(Some(data));
            put.send().await.map_err(|error| fault(operation, &self.namespace, error))?;
        }
        Ok(())
    }
}

fn datum(metric: &Metric) -> MetricDatum {
    let unit = match metric.unit {
        Unit::Count => StandardUnit::Count,
        Unit::Seconds => StandardUnit::Seconds,
        Unit::None => StandardUnit::None,
    };
    let dimension =
        metric.dimension.as_ref().map(|(name, value)| Dimension::builder().name(*name).value(value).build());
    MetricDatum::builder()
        .metric_name(metric.name)
        .set_dimensions(dimension.map(|dimension| vec![dimension]))
        .value(metric.value)
        .unit(unit)
        .build()
}

#[cfg(test)]
mod tests {
    use aws_sdk_cloudwatch::operation::put_metric_data::PutMetricDataOutput;
    use aws_smithy_mocks::{RuleMode, mock, mock_client};

    use super::*;
    use crate::aws::testing::{NO_RULES, Seen};

    fn metric(value: f64) -> Metric {
        Metric { name: "DrillSeconds", dimension: Some(("Database", "orders".to_owned())), value, unit: Unit::Seconds }
    }

    #[tokio::test]
    async fn metrics_go_in_batches_of_a_thousand() {
        let seen = Seen::new();
        let rule = mock!(Client::put_metric_data)
            .match_requests(seen.all())
            .then_output(|| PutMetricDataOutput::builder().build());
        let client = mock_client!(aws_sdk_cloudwatch, RuleMode::MatchAny, [&rule]);
        let metrics: Vec<Metric> = (0..2001).map(|n| metric(f64::from(n))).collect();
        Metrics::of(client, "Lifeboat").measure(&metrics).await.unwrap();
        let sizes: Vec<usize> = seen.every().iter().map(|put| put.metric_data().len()).collect();
        assert_eq!(sizes, [1000, 1000, 1]);
        let last = seen.every().pop().unwrap();
        assert_eq!(last.namespace(), Some("Lifeboat"));
        assert_eq!(last.metric_data(), [datum(&metric(2000.0))]);
        let sent = &last.metric_data()[0];
        assert_eq!(
            (sent.metric_name(), sent.value(), sent.unit()),
            (Some("DrillSeconds"), Some(2000.0), Some(&StandardUnit::Seconds))
        );
        assert_eq!((sent.dimensions()[0].name(), sent.dimensions()[0].value()), (Some("Database"), Some("orders")));
    }

    #[tokio::test]
    async fn no_metrics_are_no_call_and_too_many_are_an_error() {
        let metrics = Metrics::of(mock_client!(aws_sdk_cloudwatch, NO_RULES), "Lifeboat");
        metrics.measure(&[]).await.unwrap();
        let many = vec![metric(1.0); BATCH * MOST_BATCHES + 1];
        assert_eq!(metrics.measure(&many).await.unwrap_err().code, "TooMany");
    }
}
