//! Against a real socket, with the production HTTP client: what goes over the wire, and what comes of each answer.

use std::net::TcpListener;

use aws_credential_types::credential_fn::provide_credentials_fn;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_credential_types::provider::error::CredentialsError;

use super::*;

use crate::aws::testing::server::{Reply, Server, config, header};

/// Tries of one call, the standard of AWS's SDKs
const TRIES: usize = 3;

/// A good answer to a write
fn written() -> Reply {
    Reply::Says(200, "ETag: \"e1\"\r\n", String::new())
}

/// An error of S3
fn error(status: u16, code: &str) -> Reply {
    let body = format!("<?xml version=\"1.0\"?>\n<Error><Code>{code}</Code><Message>said {code}</Message></Error>");
    Reply::Says(status, "x-amz-request-id: R1\r\n", body)
}

impl Server {
    /// The bucket `drills` of this server
    fn bucket(&self) -> Bucket {
        Bucket::new(&self.config(), "drills")
    }
}

fn head(request: &str) -> &str {
    request.split("\r\n").next().unwrap()
}

fn signed(request: &str) -> Vec<&str> {
    let authorization = header(request, "authorization").unwrap();
    assert!(authorization.starts_with("AWS4-HMAC-SHA256 Credential=AKID/"), "{authorization}");
    assert!(authorization.contains("/eu-central-1/s3/aws4_request"), "{authorization}");
    let (_, names) = authorization.split_once("SignedHeaders=").unwrap();
    names.split(',').next().unwrap().split(';').collect()
}

#[tokio::test]
async fn a_birth_is_signed_with_its_condition() {
    let server = Server::new(&[written()]);
    let etag = server.bucket().create("runs/a b+c&d=é/1.json", b"{}".to_vec()).await.unwrap();
    assert_eq!(etag, "\"e1\"", "quotes and all");
    let seen = server.seen();
    let request = seen.first().unwrap();
    assert_eq!(head(request), "PUT /drills/runs/a%20b%2Bc%26d%3D%C3%A9/1.json HTTP/1.1");
    assert_eq!(header(request, "if-none-match"), Some("*"));
    assert_eq!(header(request, "if-match"), None);
    assert_eq!(header(request, "content-type"), Some("application/json"));
    assert_eq!(header(request, "content-length"), Some("2"));
    assert_eq!(header(request, "x-amz-security-token"), Some("token"));
    let digest = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
    assert_eq!(header(request, "x-amz-content-sha256"), Some(digest));
    for name in ["if-none-match", "content-type", "host", "x-amz-content-sha256", "x-amz-security-token"] {
        assert!(signed(request).contains(&name), "{name} is not signed");
    }
    assert!(request.ends_with("\r\n\r\n{}"));
}

#[tokio::test]
async fn a_replacement_is_signed_with_the_etag_that_was_read() {
    let server = Server::new(&[written()]);
    server.bucket().replace("r.json", b"{}".to_vec(), "\"e0\"").await.unwrap();
    let seen = server.seen();
    assert_eq!(header(&seen[0], "if-match"), Some("\"e0\""));
    assert_eq!(header(&seen[0], "if-none-match"), None);
    assert!(signed(&seen[0]).contains(&"if-match"));
}

#[tokio::test]
async fn a_page_is_put_with_its_type_and_an_object_removed() {
    let server = Server::new(&[written(), Reply::Says(204, "", String::new()), error(404, "NoSuchKey")]);
    let bucket = server.bucket();
    bucket.put("index.html", b"<p>".to_vec(), "text/html; charset=utf-8").await.unwrap();
    bucket.remove("r.json").await.unwrap();
    bucket.remove("r.json").await.unwrap();
    let seen = server.seen();
    assert_eq!(header(&seen[0], "content-type"), Some("text/html; charset=utf-8"));
    assert_eq!((header(&seen[0], "if-match"), header(&seen[0], "if-none-match")), (None, None));
    assert_eq!(head(&seen[1]), "DELETE /drills/r.json HTTP/1.1");
}

#[tokio::test]
async fn an_object_is_read_with_its_etag_and_a_missing_one_is_none() {
    let found = Reply::Says(200, "ETag: \"e1\"\r\n", "{}".to_owned());
    let server = Server::new(&[found, error(404, "NoSuchKey"), error(404, "NoSuchBucket")]);
    let bucket = server.bucket();
    let stored = bucket.read("r.json").await.unwrap().unwrap();
    assert_eq!((stored.body.as_slice(), stored.etag.as_str()), (&b"{}"[..], "\"e1\""));
    assert_eq!(bucket.read("r.json").await.unwrap(), None);
    let fault = bucket.read("r.json").await.unwrap_err();
    assert_eq!((fault.class, fault.code.as_str()), (Class::NotFound, "NoSuchBucket"));
    assert_eq!(fault.message, "said NoSuchBucket (request R1)");
    assert_eq!(head(&server.seen()[0]), "GET /drills/r.json HTTP/1.1");
}

#[tokio::test]
async fn what_is_too_large_is_not_read() {
    // The server would have to send it all, and closes at once instead.
    let large = Reply::Says(200, "ETag: \"e1\"\r\n", "x".repeat(8 * 1024 * 1024 + 1));
    let fault = Server::new(&[large]).bucket().read("r.json").await.unwrap_err();
    assert_eq!((fault.class, fault.code.as_str()), (Class::Permanent, "TooMany"));
}

#[tokio::test]
async fn each_answer_to_a_conditional_write_has_its_class() {
    let bare = |status| Reply::Says(status, "", String::new());
    let cases = [
        (error(412, "PreconditionFailed"), Class::Conflict, 1),
        (bare(412), Class::Conflict, 1),
        (error(409, "ConditionalRequestConflict"), Class::Conflict, 1),
        (bare(409), Class::Conflict, 1),
        (error(404, "NoSuchKey"), Class::Conflict, 1),
        (error(404, "NoSuchBucket"), Class::NotFound, 1),
        (error(403, "AccessDenied"), Class::Permission, 1),
        (error(400, "EntityTooLarge"), Class::Permanent, 1),
        (error(503, "SlowDown"), Class::Transient, TRIES),
        (error(429, "TooManyRequestsException"), Class::Transient, TRIES),
        (error(400, "RequestTimeout"), Class::Transient, TRIES),
        (error(500, "InternalError"), Class::Unknown, 1),
        (bare(502), Class::Unknown, 1),
        (bare(503), Class::Unknown, 1),
        (bare(200), Class::Unknown, 1),
        (Reply::Closes, Class::Unknown, 1),
        (Reply::Hangs, Class::Unknown, 1),
        (Reply::EndsEarly, Class::Unknown, 1),
    ];
    for (reply, class, tries) in cases {
        let server = Server::new(std::slice::from_ref(&reply));
        let fault = server.bucket().replace("r.json", b"{}".to_vec(), "\"e0\"").await.unwrap_err();
        assert_eq!((fault.class, server.seen().len()), (class, tries), "{reply:?}: {fault:?}");
    }
}

#[tokio::test]
async fn what_may_be_done_twice_is_tried_again() {
    let bad = [
        error(500, "InternalError"),
        error(503, "SlowDown"),
        Reply::Says(502, "", String::new()),
        Reply::Closes,
        Reply::Hangs,
        Reply::EndsEarly,
    ];
    for bad in bad {
        let good = Reply::Says(200, "ETag: \"e1\"\r\n", "{}".to_owned());
        let server = Server::new(&[bad.clone(), bad.clone(), good]);
        assert!(server.bucket().read("r.json").await.unwrap().is_some(), "{bad:?}");
        assert_eq!(server.seen().len(), TRIES, "{bad:?}");
    }
    for (bad, class) in [(error(500, "InternalError"), Class::Transient), (Reply::Closes, Class::Unknown)] {
        let server = Server::new(&[bad]);
        assert_eq!(server.bucket().put("p", Vec::new(), "text/html").await.unwrap_err().class, class);
        assert_eq!(server.seen().len(), TRIES, "and no more");
    }
}

#[tokio::test]
async fn a_refused_conditional_write_is_tried_again_and_a_lost_one_after_it_is_not() {
    let server = Server::new(&[error(503, "SlowDown"), written()]);
    assert_eq!(server.bucket().create("r.json", b"{}".to_vec()).await.unwrap(), "\"e1\"");
    let server = Server::new(&[error(503, "SlowDown"), Reply::Closes, error(412, "PreconditionFailed")]);
    let fault = server.bucket().create("r.json", b"{}".to_vec()).await.unwrap_err();
    assert_eq!((fault.class, server.seen().len()), (Class::Unknown, 2));
}

#[tokio::test]
async fn without_a_connection_nothing_was_done() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let bucket = Bucket::new(&config().endpoint_url(format!("http://{closed}")).build(), "drills");
    assert_eq!(bucket.create("r.json", Vec::new()).await.unwrap_err().class, Class::Transient);
    assert_eq!(bucket.read("r.json").await.unwrap_err().class, Class::Transient);
}

#[tokio::test]
async fn without_a_region_or_credentials_nothing_is_sent() {
    let mut nowhere = config();
    nowhere.set_region(None);
    let fault = Bucket::new(&nowhere.build(), "drills").read("r.json").await.unwrap_err();
    assert_eq!(fault.class, Class::Configuration);
    assert!(fault.message.contains("no region is set"), "{fault}");

    let nobody = provide_credentials_fn(|| async { Err(CredentialsError::not_loaded("nobody is signed in")) });
    let server = Server::new(&[written()]);
    let config = config().credentials_provider(SharedCredentialsProvider::new(nobody)).endpoint_url(&server.url);
    let fault = Bucket::new(&config.build(), "drills").create("r.json", Vec::new()).await.unwrap_err();
    assert_eq!((fault.class, server.seen().len()), (Class::Permission, 0), "{fault}");
}

#[tokio::test]
async fn a_list_goes_over_all_pages_and_ends_at_its_bound() {
    let page = |key: &str, next: &str| {
        let more = if next.is_empty() {
            "<IsTruncated>false</IsTruncated>".to_owned()
        } else {
            format!("<IsTruncated>true</IsTruncated><NextContinuationToken>{next}</NextContinuationToken>")
        };
        let body = format!("<ListBucketResult>{more}<Contents><Key>{key}</Key></Contents></ListBucketResult>");
        Reply::Says(200, "", body)
    };
    let pages = [page("r/1", "a+/="), page("r/&amp;", "b"), page("r/3", "")];
    let server = Server::new(&pages);
    assert_eq!(server.bucket().list("r/&", 3).await.unwrap(), ["r/1", "r/&", "r/3"]);
    let seen = server.seen();
    assert_eq!(head(&seen[0]), "GET /drills/?list-type=2&prefix=r%2F%26 HTTP/1.1");
    assert_eq!(head(&seen[1]), "GET /drills/?list-type=2&prefix=r%2F%26&continuation-token=a%2B%2F%3D HTTP/1.1");
    assert_eq!(seen.len(), 3);

    assert_eq!(Server::new(&pages).bucket().list("r/", 2).await.unwrap_err().code, "TooMany");
    let endless = Server::new(&[page("r", "again")]);
    assert_eq!(endless.bucket().list("r", 500).await.unwrap_err().code, "TooMany");
    assert_eq!(endless.seen().len(), 1 + SPARE_PAGES, "a bound on pages too");
    let cut = Reply::Says(200, "", "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>".to_owned());
    let fault = Server::new(&[cut]).bucket().list("r", 500).await.unwrap_err();
    assert!(fault.message.contains("NextContinuationToken"), "{fault}");
}
