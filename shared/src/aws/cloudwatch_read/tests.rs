use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_sdk_cloudwatch::operation::get_metric_data::GetMetricDataInput;
use aws_sdk_cloudwatch::types::MessageData;
use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};

use super::*;
use crate::aws::testing::{NO_RULES, Seen, wire};

const DAY_ONE: i64 = 1_795_219_200;

fn reader(rules: &[&Rule]) -> MetricReader {
    MetricReader::of(mock_client!(aws_sdk_cloudwatch, RuleMode::MatchAny, rules))
}

fn series(metric: &str, cluster: &str) -> Series {
    Series { namespace: "AWS/RDS".to_owned(), metric: metric.to_owned(), cluster: cluster.to_owned() }
}

fn many(number: usize) -> Vec<Series> {
    (0..number).map(|number| series("VolumeBytesUsed", &format!("c{number:05}"))).collect()
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap()
}

/// Two days
fn span() -> (Timestamp, Timestamp) {
    (at(DAY_ONE), at(DAY_ONE + 2 * 86_400))
}

async fn asked(reader: &MetricReader, series: &[Series]) -> Result<BTreeMap<Series, Vec<Sample>>, Fault> {
    reader.daily_sums(series, span().0, span().1).await
}

fn result(id: &str, status: StatusCode, values: &[(i64, f64)]) -> MetricDataResult {
    let result = MetricDataResult::builder().id(id).status_code(status);
    let times = values.iter().map(|(at, _)| DateTime::from_secs(*at)).collect();
    result.set_timestamps(Some(times)).set_values(Some(values.iter().map(|(_, value)| *value).collect())).build()
}

fn page(results: Vec<MetricDataResult>, next: Option<&str>) -> GetMetricDataOutput {
    let page = GetMetricDataOutput::builder().set_metric_data_results(Some(results));
    page.set_next_token(next.map(str::to_owned)).build()
}

/// Answers each series with a value that is its number in the call
fn numbered() -> Rule {
    mock!(Client::get_metric_data).then_compute_output(|asked| {
        let results = asked.metric_data_queries().iter().map(|query| {
            let id = query.id().unwrap();
            result(id, StatusCode::Complete, &[(DAY_ONE, id[1..].parse().unwrap())])
        });
        page(results.collect(), None)
    })
}

#[tokio::test]
async fn a_question_is_about_sums_of_days_of_clusters_and_nothing_else() {
    let seen: Seen<GetMetricDataInput> = Seen::new();
    let rule = mock!(Client::get_metric_data).match_requests(seen.all()).then_output(|| {
        page(vec![result("m0", StatusCode::Complete, &[(DAY_ONE + 86_400, 2.5), (DAY_ONE, 1.5)])], None)
    });
    let wanted = series("TotalBackupStorageBilled", "prod-orders");
    let sums = asked(&reader(&[&rule]), std::slice::from_ref(&wanted)).await.unwrap();
    let samples = [Sample { at: at(DAY_ONE), value: 1.5 }, Sample { at: at(DAY_ONE + 86_400), value: 2.5 }];
    assert_eq!(sums, BTreeMap::from([(wanted, samples.to_vec())]));
    let dimension = Dimension::builder().name("DBClusterIdentifier").value("prod-orders").build();
    let metric = Metric::builder().namespace("AWS/RDS").metric_name("TotalBackupStorageBilled").dimensions(dimension);
    let sum = MetricStat::builder().metric(metric.build()).period(86_400).stat("Sum").build();
    let wanted = GetMetricDataInput::builder()
        .metric_data_queries(MetricDataQuery::builder().id("m0").metric_stat(sum).build())
        .start_time(DateTime::from_secs(DAY_ONE))
        .end_time(DateTime::from_secs(DAY_ONE + 2 * 86_400))
        .scan_by(ScanBy::TimestampAscending);
    assert_eq!(seen.only(), wanted.build().unwrap());
}

#[tokio::test]
async fn two_metrics_of_a_thousand_clusters_are_four_calls_and_each_value_finds_its_series() {
    let rule = numbered();
    let wanted: Vec<Series> = (0..1000)
        .flat_map(|n| ["BackupRetentionPeriodStorageUsed", "SnapshotStorageUsed"].map(|m| series(m, &format!("c{n}"))))
        .collect();
    let sums = asked(&reader(&[&rule]), &wanted).await.unwrap();
    assert_eq!((sums.len(), rule.num_calls()), (2000, 4));
    for (number, samples) in sums.values().enumerate() {
        let value = f64::from(u32::try_from(number % BATCH).unwrap());
        assert_eq!(samples, &[Sample { at: at(DAY_ONE), value }]);
    }
}

#[tokio::test]
async fn every_batch_is_asked_for_and_a_series_named_twice_once() {
    for (number, calls) in [(1, 1), (500, 1), (501, 2), (2000, 4), (2001, 5), (4500, 9)] {
        let rule = numbered();
        let mut wanted = many(number);
        wanted.push(wanted[0].clone());
        let sums = asked(&reader(&[&rule]), &wanted).await.unwrap();
        assert_eq!((sums.len(), rule.num_calls()), (number, calls));
        assert!(sums.values().all(|samples| samples.len() == 1), "{number}");
    }
}

#[tokio::test]
async fn nothing_asked_is_no_call_and_too_much_is_an_error() {
    let reader = MetricReader::of(mock_client!(aws_sdk_cloudwatch, NO_RULES));
    assert_eq!(asked(&reader, &[]).await.unwrap(), BTreeMap::new());
    assert_eq!(asked(&reader, &many(BATCH * MOST_BATCHES + 1)).await.unwrap_err().code, "TooMany");
}

#[tokio::test]
async fn a_series_without_values_is_there_and_empty() {
    let rule = mock!(Client::get_metric_data).then_output(|| page(vec![result("m0", StatusCode::Complete, &[])], None));
    let sums = asked(&reader(&[&rule]), &many(1)).await.unwrap();
    assert_eq!(sums, BTreeMap::from([(many(1)[0].clone(), Vec::new())]));
}

#[tokio::test]
async fn a_series_on_two_pages_is_put_together() {
    let tokens = Seen::new();
    let rule = mock!(Client::get_metric_data).match_requests(tokens.all()).then_compute_output(|asked| {
        match asked.next_token() {
            None => page(
                vec![
                    result("m0", StatusCode::PartialData, &[(DAY_ONE, 1.0)]),
                    result("m1", StatusCode::Complete, &[(DAY_ONE, 7.0)]),
                ],
                Some("2"),
            ),
            _ => page(vec![result("m0", StatusCode::Complete, &[(DAY_ONE + 86_400, 2.0)])], None),
        }
    });
    let sums = asked(&reader(&[&rule]), &many(2)).await.unwrap();
    let values: Vec<Vec<f64>> = sums.values().map(|samples| samples.iter().map(|one| one.value).collect()).collect();
    assert_eq!(values, [vec![1.0, 2.0], vec![7.0]]);
    assert!(tokens.every().iter().all(|page: &GetMetricDataInput| page.metric_data_queries().len() == 2));
}

#[tokio::test]
async fn a_series_that_is_told_in_part_is_no_short_answer() {
    type Told = fn() -> Vec<MetricDataResult>;
    let table: [(Told, Class, &str); 5] = [
        (|| vec![result("m0", StatusCode::PartialData, &[(DAY_ONE, 1.0)])], Class::Transient, "PartialData"),
        (|| vec![result("m0", StatusCode::InternalError, &[])], Class::Transient, "InternalError"),
        (|| vec![result("m0", StatusCode::Forbidden, &[])], Class::Permission, "Forbidden"),
        (|| vec![result("m0", StatusCode::from("Resting"), &[])], Class::Unknown, "Resting"),
        (Vec::new, Class::Transient, "PartialData"),
    ];
    for (told, class, code) in table {
        let rule = mock!(Client::get_metric_data).then_output(move || page(told(), None));
        let fault = asked(&reader(&[&rule]), &many(1)).await.unwrap_err();
        assert_eq!((fault.class, fault.code.as_str(), fault.resource.as_str()), (class, code, "c00000"));
    }
}

#[tokio::test]
async fn what_does_not_fit_the_question_is_no_answer() {
    let stranger = mock!(Client::get_metric_data)
        .then_output(|| page(vec![result("m1", StatusCode::Complete, &[(DAY_ONE, 1.0)])], None));
    assert_eq!(asked(&reader(&[&stranger]), &many(1)).await.unwrap_err().class, Class::Unknown);
    let uneven = mock!(Client::get_metric_data).then_output(|| {
        let result = MetricDataResult::builder().id("m0").status_code(StatusCode::Complete).values(1.0).build();
        page(vec![result], None)
    });
    assert_eq!(asked(&reader(&[&uneven]), &many(1)).await.unwrap_err().class, Class::Unknown);
    let message = mock!(Client::get_metric_data).then_output(|| {
        let message = MessageData::builder().code("MaxMetricsExceeded").value("not all were looked at").build();
        let told = result("m0", StatusCode::Complete, &[]);
        GetMetricDataOutput::builder().metric_data_results(told).messages(message).build()
    });
    assert_eq!(asked(&reader(&[&message]), &many(1)).await.unwrap_err().code, "MaxMetricsExceeded");
}

#[tokio::test]
async fn pages_without_end_are_an_error() {
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    let rule = mock!(Client::get_metric_data).then_compute_output(move |_| {
        let next = counted.fetch_add(1, Ordering::Relaxed).to_string();
        page(vec![result("m0", StatusCode::PartialData, &[])], Some(&next))
    });
    let fault = asked(&reader(&[&rule]), &many(1)).await.unwrap_err();
    assert_eq!((fault.code.as_str(), calls.load(Ordering::Relaxed)), ("TooMany", MOST_PAGES));
}

#[tokio::test]
async fn a_batch_that_fails_fails_the_question() {
    let rule = mock!(Client::get_metric_data).then_http_response(|| {
        let mut answer = wire(400, "");
        answer.headers_mut().insert("x-amzn-query-error", "AccessDenied;Sender");
        answer
    });
    let fault = asked(&reader(&[&rule]), &many(600)).await.unwrap_err();
    assert_eq!(fault.operation, OPERATION);
    assert!(fault.resource.contains("and 499 more series") || fault.resource.contains("99 more"), "{fault}");
}
