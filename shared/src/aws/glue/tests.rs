//! Against a real socket, with the production HTTP client: what goes over the wire, and what comes of each answer.

use serde_json::Value;

use super::*;
use crate::aws::testing::server::{Reply, Server, config, header};
use crate::fault::Class;

/// Tries of one call, the standard of AWS's SDKs
const TRIES: usize = 3;

fn says(body: &str) -> Reply {
    Reply::Says(200, "x-amzn-requestid: R1\r\n", body.to_owned())
}

fn refuses(status: u16, code: &str) -> Reply {
    let body = format!(r#"{{"__type":"{code}","Message":"said {code}"}}"#);
    Reply::Says(status, "x-amzn-requestid: R1\r\n", body)
}

/// A page of runs: id, state, seconds
fn page(runs: &[(&str, &str, &str)], next: Option<&str>) -> Reply {
    let runs: Vec<String> = runs
        .iter()
        .map(|(id, state, at)| format!(r#"{{"Id":"{id}","JobRunState":"{state}","StartedOn":{at},"Attempt":0}}"#))
        .collect();
    let next = next.map(|token| format!(r#","NextToken":"{token}""#)).unwrap_or_default();
    says(&format!(r#"{{"JobRuns":[{}]{next}}}"#, runs.join(",")))
}

async fn newest(server: &Server) -> Result<Option<(String, Timestamp)>, Fault> {
    Glue::new(&server.config()).newest_failed_run("nightly-etl").await
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn body(request: &str) -> Value {
    serde_json::from_str(request.split_once("\r\n\r\n").unwrap().1).unwrap()
}

#[tokio::test]
async fn the_newest_failed_run_is_found_on_whichever_page_it_is() {
    let pages = [
        page(&[("jr_1", "SUCCEEDED", "1795366900"), ("jr_2", "FAILED", "1795366800.5")], Some("a+/=")),
        page(&[("jr_3", "TIMEOUT", "1.7953669E9"), ("jr_4", "RUNNING", "1795367000")], Some("b")),
        page(&[("jr_5", "STOPPED", "1795366899")], None),
    ];
    let server = Server::new(&pages);
    let found = newest(&server).await.unwrap();
    assert_eq!(found, Some(("jr_3".to_owned(), at("2026-11-22T17:01:40Z"))));
    let seen = server.seen();
    assert_eq!(body(&seen[0]), json!({ "JobName": "nightly-etl", "MaxResults": 200 }));
    assert_eq!(body(&seen[1]), json!({ "JobName": "nightly-etl", "MaxResults": 200, "NextToken": "a+/=" }));
    assert_eq!(body(&seen[2]), json!({ "JobName": "nightly-etl", "MaxResults": 200, "NextToken": "b" }));
    assert_eq!(seen.len(), 3);
}

#[tokio::test]
async fn a_call_is_signed_for_glue() {
    let server = Server::new(&[page(&[], None)]);
    assert_eq!(newest(&server).await.unwrap(), None);
    let seen = server.seen();
    let request = &seen[0];
    assert!(request.starts_with("POST / HTTP/1.1\r\n"), "{request}");
    assert_eq!(header(request, "x-amz-target"), Some("AWSGlue.GetJobRuns"));
    assert_eq!(header(request, "content-type"), Some("application/x-amz-json-1.1"));
    assert_eq!(header(request, "x-amz-security-token"), Some("token"));
    let authorization = header(request, "authorization").unwrap();
    assert!(authorization.starts_with("AWS4-HMAC-SHA256 Credential=AKID/"), "{authorization}");
    assert!(authorization.contains("/eu-central-1/glue/aws4_request"), "{authorization}");
    for name in ["content-type", "host", "x-amz-target", "x-amz-security-token"] {
        assert!(authorization.contains(name), "{name} is not signed");
    }
}

#[tokio::test]
async fn every_state_that_is_no_success_counts_and_no_other() {
    for state in ["FAILED", "TIMEOUT", "ERROR", "STOPPED", "EXPIRED"] {
        let server = Server::new(&[page(&[("jr_1", state, "1795366800")], None)]);
        assert!(newest(&server).await.unwrap().is_some(), "{state}");
    }
    for state in ["SUCCEEDED", "RUNNING", "STARTING", "STOPPING", "WAITING", "SOMETHING_NEW"] {
        let server = Server::new(&[page(&[("jr_1", state, "1795366800")], None)]);
        assert_eq!(newest(&server).await.unwrap(), None, "{state}");
    }
}

#[tokio::test]
async fn a_run_that_never_began_is_not_the_newest() {
    let server = Server::new(&[page(&[("jr_1", "FAILED", "1795366800"), ("jr_2", "EXPIRED", "null")], None)]);
    assert_eq!(newest(&server).await.unwrap(), Some(("jr_1".to_owned(), at("2026-11-22T17:00:00Z"))));
    let server = Server::new(&[says("{}")]);
    assert_eq!(newest(&server).await.unwrap(), None);
}

#[tokio::test]
async fn a_run_without_an_id_is_no_answer() {
    let server = Server::new(&[says(r#"{"JobRuns":[{"JobRunState":"FAILED","StartedOn":1795366800}]}"#)]);
    let fault = newest(&server).await.unwrap_err();
    assert_eq!(fault.class, Class::Unknown, "{fault}");
}

#[tokio::test]
async fn a_list_without_an_end_is_a_fault_and_not_a_shorter_list() {
    let server = Server::new(&[page(&[("jr_1", "FAILED", "1795366800")], Some("again"))]);
    let fault = newest(&server).await.unwrap_err();
    assert_eq!((fault.code.as_str(), server.seen().len()), ("TooMany", MOST_PAGES), "{fault}");
}

#[tokio::test]
async fn each_answer_has_its_class() {
    let bare = |status| Reply::Says(status, "", String::new());
    let cases = [
        (refuses(400, "EntityNotFoundException"), Class::NotFound, 1),
        (refuses(400, "InvalidInputException"), Class::Configuration, 1),
        (refuses(400, "AccessDeniedException"), Class::Permission, 1),
        (refuses(400, "ThrottlingException"), Class::Transient, TRIES),
        (refuses(500, "InternalServiceException"), Class::Transient, TRIES),
        (refuses(400, "OperationTimeoutException"), Class::Transient, 1),
        (bare(502), Class::Transient, TRIES),
        (bare(404), Class::Permanent, 1),
        (Reply::Closes, Class::Unknown, TRIES),
        (Reply::EndsEarly, Class::Unknown, TRIES),
        (Reply::Hangs, Class::Unknown, TRIES),
        (says(r#"{"JobRuns":[{"Id":"jr_"#), Class::Unknown, 1),
        (says("<html>"), Class::Unknown, 1),
    ];
    for (reply, class, tries) in cases {
        let server = Server::new(std::slice::from_ref(&reply));
        let fault = newest(&server).await.unwrap_err();
        assert_eq!((fault.class, server.seen().len()), (class, tries), "{reply:?}: {fault:?}");
        assert_eq!((fault.operation, fault.resource.as_str()), ("glue:GetJobRuns", "nightly-etl"));
    }
}

#[tokio::test]
async fn a_page_that_is_too_large_is_not_read() {
    let server = Server::new(&[says(&" ".repeat(8 * 1024 * 1024 + 1))]);
    let fault = newest(&server).await.unwrap_err();
    assert_eq!((fault.class, fault.code.as_str()), (Class::Permanent, "TooMany"));
}

#[tokio::test]
async fn without_a_region_nothing_is_sent() {
    let mut nowhere = config();
    nowhere.set_region(None);
    let fault = Glue::new(&nowhere.build()).newest_failed_run("nightly-etl").await.unwrap_err();
    assert_eq!(fault.class, Class::Configuration);
    assert!(fault.message.contains("no region is set"), "{fault}");
}

#[tokio::test]
async fn a_whole_list_is_told_in_our_types() {
    let whole = r#"{"Id":"jr_1_attempt_1","Attempt":1,"PreviousRunId":"jr_1","JobRunState":"FAILED","StartedOn":1795366800,
        "CompletedOn":1795366860.25,"ExecutionTime":55,"Timeout":2880,"ErrorMessage":"no","TriggerName":"nightly",
        "WorkerType":"G.1X","Arguments":{"--x":"y"}}"#;
    let bare = r#"{"Id":"jr_2","JobRunState":"DISSOLVED","Timeout":0,"ErrorMessage":" ","CompletedOn":null}"#;
    let server = Server::new(&[says(&format!(r#"{{"JobRuns":[{whole},{bare}]}}"#))]);
    let runs = Glue::new(&server.config()).job_runs("nightly-etl").await.unwrap().unwrap();
    let first = JobRun {
        id: "jr_1_attempt_1".to_owned(),
        state: crate::glue::RunState::Failed,
        attempt: 1,
        previous: Some("jr_1".to_owned()),
        started_at: Some(at("2026-11-22T17:00:00Z")),
        ended_at: Some(at("2026-11-22T17:01:00.25Z")),
        worked_seconds: Some(55),
        timeout_minutes: Some(2880),
        error: Some("no".to_owned()),
        trigger: Some("nightly".to_owned()),
    };
    assert_eq!(runs[0], first);
    assert_eq!(runs[1].state, crate::glue::RunState::Other("DISSOLVED".to_owned()));
    assert_eq!((runs[1].started_at, runs[1].ended_at, runs[1].timeout_minutes), (None, None, None));
    assert_eq!(runs[1].error, None);
}

#[tokio::test]
async fn a_job_that_is_not_there_is_certain_and_a_run_without_an_id_is_a_fault() {
    let server = Server::new(&[refuses(400, "EntityNotFoundException")]);
    assert_eq!(Glue::new(&server.config()).job_runs("nightly-etl").await.unwrap(), None);
    let server = Server::new(&[says(r#"{"JobRuns":[{"JobRunState":"FAILED"}]}"#)]);
    assert_eq!(Glue::new(&server.config()).job_runs("nightly-etl").await.unwrap_err().class, Class::Unknown);
    let server = Server::new(&[refuses(400, "AccessDeniedException")]);
    assert_eq!(Glue::new(&server.config()).job_runs("nightly-etl").await.unwrap_err().class, Class::Permission);
}
