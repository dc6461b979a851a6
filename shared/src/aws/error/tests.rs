//! Against real sockets where the question is what happened on the wire, against mocked answers where it is what they mean.

use std::io::Read;
use std::net::TcpListener;
use std::time::Duration;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use aws_sdk_rds::Client;
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_mocks::{mock, mock_client};
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;

use super::*;
use crate::aws::testing::{rds_error, wire};

const OPERATION: &str = "rds:CreateDBInstance";

/// Asked once, of a server at that address
async fn asked_of(endpoint: &str, credentials: impl ProvideCredentials + 'static) -> Fault {
    let timeouts = TimeoutConfig::builder().connect_timeout(Duration::from_millis(200));
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new("eu-west-1"))
        .endpoint_url(endpoint)
        .http_client(crate::aws::http_client())
        .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
        .retry_config(RetryConfig::disabled())
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .timeout_config(timeouts.operation_attempt_timeout(Duration::from_millis(600)).build());
    let client = Client::new(&config.build());
    fault(OPERATION, "drill-1", client.create_db_instance().send().await.unwrap_err())
}

fn keys() -> Credentials {
    Credentials::new("AKIDEXAMPLE", "secret", None, None, "test")
}

/// A server that treats every connection alike
fn server(behaviour: fn(std::net::TcpStream)) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || listener.incoming().flatten().for_each(behaviour));
    format!("http://{address}")
}

#[tokio::test]
async fn a_refused_connection_sent_nothing() {
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let fault = asked_of(&format!("http://{address}"), keys()).await;
    assert_eq!(fault.class, Class::Transient, "{fault}");
    assert!(fault.to_string().contains("onnection refused"), "{fault}");
    assert!(fault.source().is_some());
}

#[tokio::test]
async fn a_host_that_does_not_answer_or_has_no_address_got_nothing() {
    for endpoint in ["http://192.0.2.1:9", "http://rds.invalid"] {
        let fault = asked_of(endpoint, keys()).await;
        assert_eq!(fault.class, Class::Transient, "{endpoint}: {fault}");
    }
}

#[tokio::test]
async fn a_connection_cut_after_the_request_leaves_the_act_unknown() {
    let endpoint = server(|mut stream| {
        let _ = stream.read(&mut [0; 1024]);
    });
    let fault = asked_of(&endpoint, keys()).await;
    assert_eq!(fault.class, Class::Unknown, "{fault}");
}

#[tokio::test]
async fn a_reply_that_does_not_come_in_time_leaves_the_act_unknown() {
    let endpoint = server(|stream| {
        std::thread::sleep(Duration::from_secs(2));
        drop(stream);
    });
    let fault = asked_of(&endpoint, keys()).await;
    assert_eq!(fault.class, Class::Unknown, "{fault}");
    assert!(fault.message.contains("timeout"), "{fault}");
}

#[derive(Debug)]
struct NoCredentials(fn() -> CredentialsError);

impl ProvideCredentials for NoCredentials {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::ready(Err((self.0)()))
    }
}

#[tokio::test]
async fn a_caller_without_credentials_is_told_so_and_a_slow_source_of_them_may_be_asked_again() {
    let table: [(fn() -> CredentialsError, Class); 2] = [
        (|| CredentialsError::not_loaded("no profile"), Class::Permission),
        (|| CredentialsError::provider_timed_out(Duration::from_secs(1)), Class::Transient),
    ];
    for (error, class) in table {
        let fault = asked_of("http://127.0.0.1:9", NoCredentials(error)).await;
        assert_eq!(fault.class, class, "{fault}");
    }
}

/// What a client makes of an answer
async fn answered(status: u16, body: &'static str) -> Fault {
    let rule = mock!(Client::create_db_instance).then_http_response(move || wire(status, body));
    let client = mock_client!(aws_sdk_rds, aws_smithy_mocks::RuleMode::MatchAny, [&rule], |config| {
        config.retry_config(RetryConfig::disabled())
    });
    fault(OPERATION, "drill-1", client.create_db_instance().send().await.unwrap_err())
}

#[tokio::test]
async fn an_answer_without_a_code_is_judged_by_its_status_and_never_quoted() {
    let page = "<html><body>the-raw-body of a proxy</body></html>";
    let table = [
        (500, Class::Transient),
        (502, Class::Transient),
        (429, Class::Transient),
        (412, Class::Conflict),
        (404, Class::Permanent),
    ];
    for (status, class) in table {
        let fault = answered(status, page).await;
        assert_eq!(fault.class, class, "{status}: {fault}");
        assert!(!fault.to_string().contains("the-raw-body"), "{fault}");
    }
}

#[tokio::test]
async fn a_success_that_cannot_be_read_leaves_the_act_unknown() {
    let fault = answered(200, "<CreateDBInstanceResponse><CreateDBInst").await;
    assert_eq!(fault.class, Class::Unknown, "{fault}");
}

#[tokio::test]
async fn the_code_says_what_an_answer_means_and_not_its_status() {
    let table = [
        (403, "DBClusterQuotaExceededFault", Class::Quota),
        (400, "InstanceQuotaExceeded", Class::Quota),
        (403, "AccessDenied", Class::Permission),
        (403, "InsufficientDBClusterCapacityFault", Class::Capacity),
        (400, "InvalidDBClusterStateFault", Class::WrongState),
        (400, "DBInstanceAlreadyExists", Class::AlreadyExists),
        (400, "Throttling", Class::Transient),
        (404, "DBClusterNotFoundFault", Class::NotFound),
    ];
    for (status, code, class) in table {
        let rule = mock!(Client::create_db_instance).then_http_response(move || rds_error(status, code));
        let client = mock_client!(aws_sdk_rds, aws_smithy_mocks::RuleMode::MatchAny, [&rule], |config| {
            config.retry_config(RetryConfig::disabled())
        });
        let fault = fault(OPERATION, "drill-1", client.create_db_instance().send().await.unwrap_err());
        assert_eq!((fault.class, fault.code.as_str()), (class, code));
        let said = format!("rds:CreateDBInstance for drill-1: {code}: said AWS (request 7a62c49f)");
        assert_eq!(fault.to_string(), said);
    }
}

#[test]
fn a_long_message_is_cut_between_characters() {
    assert_eq!(cut(&"é".repeat(600)).chars().count(), LONGEST_MESSAGE + 1);
    assert_eq!(cut("short"), "short");
}
