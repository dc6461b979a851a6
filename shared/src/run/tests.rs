//! The edge against a runtime API of our own: this test binary starts itself as the function.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};

use serde_json::json;

use super::*;

/// Set for the process that plays the function
const PLAYS_FUNCTION: &str = "LIFEBOAT_TEST_PLAYS_FUNCTION";

struct Probe;

impl Handler for Probe {
    async fn handle(&self, event: Value, _deadline: Timestamp) -> Result<Value, RunError> {
        match event.get("do").and_then(Value::as_str) {
            Some("fail") => {
                Err(RunError { kind: "Unavailable", message: "orders: no capacity at AWS; try again".to_owned() })
            }
            Some("sleep") => std::future::pending().await,
            _ => Ok(json!({"message": "done", "event": event})),
        }
    }
}

#[tokio::test]
#[ignore = "it is the function that the other test starts"]
async fn plays_the_function() {
    if std::env::var_os(PLAYS_FUNCTION).is_some() {
        run("probe", Probe).await;
    }
}

fn start_function(api: &str) -> Child {
    let me = std::env::current_exe().unwrap();
    Command::new(me)
        .args(["--ignored", "--exact", "run::tests::plays_the_function", "--nocapture"])
        .env(PLAYS_FUNCTION, "1")
        .env("AWS_LAMBDA_RUNTIME_API", api)
        .env("AWS_LAMBDA_FUNCTION_NAME", "probe")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128")
        .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
        .env("AWS_LAMBDA_LOG_LEVEL", "INFO")
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// What the function posted: where to, and what
type Posted = (String, Value);

/// Hands out `events`, each with so many milliseconds to live, and passes on what comes back.
fn runtime_api(events: Vec<(Value, i64)>) -> (String, Receiver<Posted>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (posted, received) = channel();
    std::thread::spawn(move || {
        let mut events = events.into_iter();
        for stream in listener.incoming().flatten() {
            serve(stream, &mut events, &posted);
        }
    });
    (address, received)
}

/// One connection, kept alive, until there are no more events
fn serve(mut stream: TcpStream, events: &mut impl Iterator<Item = (Value, i64)>, posted: &Sender<Posted>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    while let Some((path, body)) = request(&mut reader) {
        let answer = if path.ends_with("/invocation/next") {
            let Some((event, left)) = events.next() else { return };
            let (event, deadline) = (event.to_string(), SystemClock.now().as_millisecond() + left);
            format!(
                "HTTP/1.1 200 OK\r\nlambda-runtime-aws-request-id: r-1\r\nlambda-runtime-deadline-ms: {deadline}\r\n\
                 lambda-runtime-invoked-function-arn: arn:probe\r\ncontent-length: {}\r\n\r\n{event}",
                event.len()
            )
        } else {
            posted.send((path, serde_json::from_slice(&body).unwrap_or_default())).unwrap();
            "HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n".to_owned()
        };
        stream.write_all(answer.as_bytes()).unwrap();
    }
}

fn request(reader: &mut impl BufRead) -> Option<(String, Vec<u8>)> {
    let mut first = String::new();
    reader.read_line(&mut first).ok().filter(|length| *length > 0)?;
    let (mut length, mut chunked) = (0, false);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let line = line.trim().to_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        chunked |= line == "transfer-encoding: chunked";
    }
    assert!(!chunked, "the runtime sends lengths");
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some((first.split(' ').nth(1)?.to_owned(), body))
}

#[test]
fn a_lambda_answers_fails_in_words_and_stops_before_it_is_killed() {
    let soon = i64::try_from(RESERVE.as_millis()).unwrap() + 300;
    let events =
        vec![(json!({"drill": "orders"}), 60_000), (json!({"do": "fail"}), 60_000), (json!({"do": "sleep"}), soon)];
    let (api, received) = runtime_api(events);
    let mut function = start_function(&api);
    let wait = || received.recv_timeout(Duration::from_secs(20)).unwrap();

    let (path, answer) = wait();
    assert!(path.ends_with("/r-1/response"), "{path}");
    assert_eq!(answer, json!({"message": "done", "event": {"drill": "orders"}}));

    let (path, answer) = wait();
    assert!(path.ends_with("/r-1/error"), "{path}");
    assert_eq!(answer["errorType"], "Unavailable");
    assert_eq!(answer["errorMessage"], "orders: no capacity at AWS; try again");

    let (path, answer) = wait();
    assert!(path.ends_with("/r-1/error"), "{path}");
    assert_eq!(answer["errorType"], "OutOfTime");

    function.kill().unwrap();
    let mut logs = String::new();
    function.stderr.take().unwrap().read_to_string(&mut logs).unwrap();
    function.wait().unwrap();
    told_once(&logs);
}

/// One error, one line: JSON, at its level, with the time that Lambda wants
fn told_once(logs: &str) {
    let lines: Vec<Value> = logs.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let told: Vec<&Value> = lines.iter().filter(|line| line.to_string().contains("no capacity at AWS")).collect();
    assert_eq!(told.len(), 1, "{logs}");
    assert_eq!(told[0]["level"], "ERROR");
    assert_eq!(told[0]["message"], "Unavailable: orders: no capacity at AWS; try again");
    assert!(told[0]["timestamp"].as_str().is_some_and(|time| time.parse::<Timestamp>().is_ok()), "{logs}");
}

#[tokio::test]
async fn what_could_not_start_refuses_every_event_with_its_reason() {
    let refusal = RunError { kind: "Configuration", message: "LIFEBOAT_BUCKET is not set".to_owned() };
    let refused = in_time(&refusal, json!({}), Timestamp::MAX).await;
    assert_eq!(refused, Err(refusal));
}

#[tokio::test]
async fn an_invocation_without_time_left_is_not_begun_for_long() {
    let refused = in_time(&Probe, json!({"do": "sleep"}), Timestamp::UNIX_EPOCH).await.unwrap_err();
    assert_eq!(refused.kind, "OutOfTime");
}
