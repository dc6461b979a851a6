use std::sync::{Arc, Mutex};

use aws_sdk_s3::operation::delete_object::DeleteObjectOutput;
use aws_sdk_s3::operation::get_object::GetObjectOutput;
use aws_sdk_s3::operation::list_objects_v2::ListObjectsV2Output;
use aws_sdk_s3::operation::put_object::PutObjectOutput;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::Object;
use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};

use super::*;
use crate::aws::testing::wire;

const KEY: &str = "runs/open/drill-orders-202611221800.json";

fn bucket(rules: &[&Rule]) -> Bucket {
    Bucket::of(mock_client!(aws_sdk_s3, RuleMode::MatchAny, rules), "lifeboat-1")
}

fn error(status: u16, code: &str) -> aws_smithy_runtime_api::client::orchestrator::HttpResponse {
    wire(status, &format!("<Error><Code>{code}</Code><Message>said AWS</Message></Error>"))
}

#[tokio::test]
async fn a_record_is_born_only_once_and_replaced_only_as_it_was_read() {
    let sent = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&sent);
    let rule = mock!(Client::put_object).then_compute_output(move |put| {
        assert_eq!((put.bucket(), put.checksum_algorithm()), (Some("lifeboat-1"), None));
        let own = |text: Option<&str>| text.unwrap_or("-").to_owned();
        kept.lock().unwrap().push([own(put.if_none_match()), own(put.if_match()), own(put.content_type())]);
        PutObjectOutput::builder().e_tag("\"2\"").build()
    });
    let bucket = bucket(&[&rule]);
    assert_eq!(bucket.create(KEY, b"{}".to_vec()).await.unwrap(), "\"2\"");
    assert_eq!(bucket.replace(KEY, b"{}".to_vec(), "\"1\"").await.unwrap(), "\"2\"");
    bucket.put("reports/index.html", b"<p>".to_vec(), "text/html").await.unwrap();
    let wanted = [["*", "-", "application/json"], ["-", "\"1\"", "application/json"], ["-", "-", "text/html"]];
    assert_eq!(*sent.lock().unwrap(), wanted);
}

#[tokio::test]
async fn a_lost_race_is_a_conflict_however_s3_says_it() {
    let answers: [fn() -> aws_smithy_runtime_api::client::orchestrator::HttpResponse; 3] =
        [|| error(412, "PreconditionFailed"), || error(409, "ConditionalRequestConflict"), || wire(412, "")];
    for answer in answers {
        let rule = mock!(Client::put_object).then_http_response(answer);
        let bucket = bucket(&[&rule]);
        assert_eq!(bucket.create(KEY, Vec::new()).await.unwrap_err().class, Class::Conflict);
        assert_eq!(bucket.replace(KEY, Vec::new(), "\"1\"").await.unwrap_err().class, Class::Conflict);
    }
}

#[tokio::test]
async fn a_record_that_somebody_closed_meanwhile_is_a_lost_race_too() {
    let rule = mock!(Client::put_object).then_http_response(|| error(404, "NoSuchKey"));
    assert_eq!(bucket(&[&rule]).replace(KEY, Vec::new(), "\"1\"").await.unwrap_err().class, Class::Conflict);
}

#[tokio::test]
async fn a_missing_object_is_none_and_a_missing_bucket_an_error() {
    let rule = mock!(Client::get_object).then_http_response(|| error(404, "NoSuchKey"));
    assert_eq!(bucket(&[&rule]).read(KEY).await.unwrap(), None);
    for (status, code, class) in [(404, "NoSuchBucket", Class::NotFound), (403, "AccessDenied", Class::Permission)] {
        let rule = mock!(Client::get_object).then_http_response(move || error(status, code));
        assert_eq!(bucket(&[&rule]).read(KEY).await.unwrap_err().class, class);
    }
}

#[tokio::test]
async fn an_object_is_read_with_its_etag_and_never_without_a_bound() {
    let rule = mock!(Client::get_object).then_output(|| {
        GetObjectOutput::builder().e_tag("\"1\"").content_length(2).body(ByteStream::from_static(b"{}")).build()
    });
    let stored = bucket(&[&rule]).read(KEY).await.unwrap().unwrap();
    assert_eq!(stored, Stored { body: b"{}".to_vec(), etag: "\"1\"".to_owned() });
    let rule = mock!(Client::get_object)
        .then_output(|| GetObjectOutput::builder().e_tag("\"1\"").content_length(LARGEST_OBJECT + 1).build());
    assert_eq!(bucket(&[&rule]).read(KEY).await.unwrap_err().code, "TooMany");
}

#[tokio::test]
async fn removing_what_is_gone_is_fine() {
    let rule = mock!(Client::delete_object).then_output(|| DeleteObjectOutput::builder().build());
    bucket(&[&rule]).remove(KEY).await.unwrap();
    let rule = mock!(Client::delete_object).then_http_response(|| error(404, "NoSuchKey"));
    bucket(&[&rule]).remove(KEY).await.unwrap();
    let rule = mock!(Client::delete_object).then_http_response(|| error(403, "AccessDenied"));
    assert_eq!(bucket(&[&rule]).remove(KEY).await.unwrap_err().class, Class::Permission);
}

/// Three pages, the middle one empty: S3 promises no full ones
fn three_pages() -> Rule {
    mock!(Client::list_objects_v2).then_compute_output(|list| {
        let page = |keys: &[&str], next: Option<&str>| {
            let objects = keys.iter().map(|key| Object::builder().key(*key).build()).collect();
            ListObjectsV2Output::builder()
                .set_contents(Some(objects))
                .set_next_continuation_token(next.map(str::to_owned))
                .is_truncated(next.is_some())
                .build()
        };
        assert_eq!(list.prefix(), Some("runs/open/"));
        match list.continuation_token() {
            None => page(&["runs/open/a", "runs/open/b"], Some("2")),
            Some("2") => page(&[], Some("3")),
            _ => page(&["runs/open/c"], None),
        }
    })
}

#[tokio::test]
async fn a_list_walks_all_pages_and_more_than_was_asked_for_is_an_error() {
    let rule = three_pages();
    let all = bucket(&[&rule]).list("runs/open/", 3).await.unwrap();
    assert_eq!(all, ["runs/open/a", "runs/open/b", "runs/open/c"]);
    let rule = three_pages();
    assert_eq!(bucket(&[&rule]).list("runs/open/", 2).await.unwrap_err().code, "TooMany");
}

#[tokio::test]
async fn a_list_that_never_ends_is_ended() {
    let page = std::sync::atomic::AtomicU32::new(0);
    let rule = mock!(Client::list_objects_v2).then_compute_output(move |_| {
        let next = page.fetch_add(1, std::sync::atomic::Ordering::Relaxed).to_string();
        ListObjectsV2Output::builder().next_continuation_token(next).is_truncated(true).build()
    });
    assert_eq!(bucket(&[&rule]).list("runs/open/", 100).await.unwrap_err().code, "TooMany");
    assert_eq!(rule.num_calls(), SPARE_PAGES + 1);
}

#[test]
fn an_endpoint_of_its_own_has_the_bucket_in_the_path() {
    let plain = SdkConfig::builder().build();
    assert!(!has_own_endpoint(&plain));
    assert!(has_own_endpoint(&SdkConfig::builder().endpoint_url("http://127.0.0.1:4566").build()));
}
