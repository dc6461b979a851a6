//! A server on loopback that answers as it was told, one connection for each request.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_types::sdk_config::Builder;

/// One try, where the server answers: long enough for a busy machine
const ATTEMPT: Duration = Duration::from_secs(15);
/// One try, where it does not
const IMPATIENT: Duration = Duration::from_secs(1);

/// What a request is answered with
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    /// Status, headers and body
    Says(u16, &'static str, String),
    /// The connection is closed after the request was read
    Closes,
    /// The answer is announced longer than it is
    EndsEarly,
    /// No answer in time
    Hangs,
}

/// The server, with the requests that it saw
pub(crate) struct Server {
    /// Where it listens
    pub(crate) url: String,
    attempt: Duration,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Answers with these, in order, and with the last of them ever after
    pub(crate) fn new(replies: &[Reply]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (seen, kept) = (Arc::new(Mutex::new(Vec::new())), replies.to_vec());
        let log = Arc::clone(&seen);
        std::thread::spawn(move || {
            for (n, stream) in listener.incoming().enumerate() {
                let reply = kept[n.min(kept.len() - 1)].clone();
                let (mut stream, log) = (stream.unwrap(), Arc::clone(&log));
                std::thread::spawn(move || {
                    let request = request(&mut stream);
                    log.lock().unwrap().push(request);
                    answer(&mut stream, &reply);
                });
            }
        });
        let hangs = replies.iter().any(|reply| matches!(reply, Reply::Hangs));
        Self { url, attempt: if hangs { IMPATIENT } else { ATTEMPT }, seen }
    }

    /// What production has, and this server as the endpoint of every service
    pub(crate) fn config(&self) -> SdkConfig {
        let timeouts = TimeoutConfig::builder().operation_attempt_timeout(self.attempt).build();
        config().timeout_config(timeouts).endpoint_url(&self.url).build()
    }

    /// Every request so far, as it came
    pub(crate) fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }
}

/// What production has, with credentials for tests, short waits and no endpoint yet
pub(crate) fn config() -> Builder {
    let credentials = Credentials::new("AKID", "secret", Some("token".to_owned()), None, "test");
    let retries = RetryConfig::standard().with_initial_backoff(Duration::from_millis(1));
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new("eu-central-1"))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(crate::aws::http::client())
        .retry_config(retries)
        .timeout_config(TimeoutConfig::disabled())
}

fn request(stream: &mut TcpStream) -> String {
    let (mut bytes, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = header(head, "content-length").map_or(0, |length| length.parse().unwrap());
            if body.len() >= length {
                return text;
            }
        }
        match stream.read(&mut buffer).unwrap() {
            0 => return text,
            read => bytes.extend_from_slice(&buffer[..read]),
        }
    }
}

fn answer(stream: &mut TcpStream, reply: &Reply) {
    let text = match reply {
        Reply::Says(status, headers, body) => {
            format!("HTTP/1.1 {status} X\r\nConnection: close\r\nContent-Length: {}\r\n{headers}\r\n{body}", body.len())
        }
        Reply::EndsEarly => {
            "HTTP/1.1 200 X\r\nConnection: close\r\nContent-Length: 9\r\nETag: \"e\"\r\n\r\n{".to_owned()
        }
        Reply::Closes => return,
        Reply::Hangs => return std::thread::sleep(IMPATIENT * 2),
    };
    // A client that has seen enough hangs up.
    stream.write_all(text.as_bytes()).ok();
}

/// A header of a request
pub(crate) fn header<'a>(request: &'a str, name: &str) -> Option<&'a str> {
    let lines = request.split("\r\n").take_while(|line| !line.is_empty());
    let mut headers = lines.filter_map(|line| line.split_once(": "));
    headers.find(|(header, _)| header.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}
