//! The bucket of the policy, the records and the reports (`s3`).
//!
//! Records rest on conditional writes: `If-None-Match: *` at birth, `If-Match` ever after. A write that lost its race comes
//! back as [`Class::Conflict`]. One that may have been done (a lost reply, a timeout, a 500) is not sent again, because the
//! second would lose its race against the first; it comes back as [`Class::Unknown`].
//!
//! # Why not the SDK's client
//!
//! Five operations do not need the largest client of the SDK. What it is made of is in the tree anyway, for the other
//! services: [`aws_smithy_runtime`]'s `Operation` (retries, timeouts, connections) and [`aws_runtime`]'s signer.
//!
//! | | zip of a bare function | added crates | a conditional write whose reply was lost |
//! |---|---|---|---|
//! | `aws-sdk-s3` 1.157, 5 operations | 2.20 to 3.15 MB | 10, with 239,000 generated lines | sent again, answered 412 |
//! | `object_store` 0.14 | 3.87 MB | a second HTTP client | its own retries |
//! | `rusty-s3` 0.11 | not measured | a second XML reader, a second HMAC | retries, timeouts, credentials' cache: all ours to write |
//! | this | `restore-drill` whole: 4.03 MB | none | not sent again |
//!
//! Release profile of this workspace, `x86_64`, November 2026. Build time was no reason: 119 s and 132 s are within the
//! noise of the machine.

use aws_config::SdkConfig;

mod answer;
mod call;
mod place;
#[cfg(test)]
mod tests;

use self::call::{Call, Failure, Line, refused};
use super::error::{fault, incomplete, too_many};
use crate::fault::{Class, Fault};
use crate::ports::{Store, Stored};

/// IAM actions of this file.
///
/// Without `s3:ListBucket` S3 answers a read of a missing key with "access denied" instead of "no such key".
pub const ACTIONS: &[&str] = &["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket"];

const GET: &str = "s3:GetObject";
const PUT: &str = "s3:PutObject";
const DELETE: &str = "s3:DeleteObject";
const LIST: &str = "s3:ListBucket";

/// Keys on one page of a list
const PAGE: usize = 1000;
/// Pages that a list may take beyond the full ones: S3 promises no full pages
const SPARE_PAGES: usize = 10;

/// A bucket
#[derive(Debug, Clone)]
pub struct Bucket {
    line: Line,
}

impl Bucket {
    /// The bucket of that name. With an endpoint of its own (`AWS_ENDPOINT_URL`, `AWS_ENDPOINT_URL_S3`: an emulator, a
    /// private one) the name stands in the path, because such endpoints rarely have a host name for each bucket.
    ///
    /// Plain names only: neither the ARN of an access point nor a directory bucket.
    pub fn new(config: &SdkConfig, name: impl Into<String>) -> Self {
        Self { line: Line::new(config, &name.into()) }
    }

    async fn written_on_condition(&self, key: &str, write: Call) -> Result<String, Fault> {
        let answer = self.line.send_once(write).await.map_err(|failure| of_condition(key, failure))?;
        answer.etag.ok_or_else(|| incomplete(PUT, key, "ETag"))
    }
}

/// A failed conditional write: its bare 409 is a lost race like its 412, and what was not refused may have been done
fn of_condition(key: &str, failure: Failure) -> Fault {
    let status = failure.raw_response().map(|answer| answer.status().as_u16());
    let mut fault = fault(PUT, key, failure);
    match status {
        Some(409) if fault.code.is_empty() => fault.class = Class::Conflict,
        Some(status) if !refused(status, &fault.code) => fault.class = Class::Unknown,
        _ => {}
    }
    fault
}

fn writing(key: &str, body: Vec<u8>, content_type: &str) -> Call {
    Call::object("PUT", key).holding(body, content_type)
}

impl Store for Bucket {
    /// Needs `s3:GetObject` and `s3:ListBucket`.
    async fn read(&self, key: &str) -> Result<Option<Stored>, Fault> {
        match self.line.send(Call::object("GET", key)).await.map_err(|failure| fault(GET, key, failure)) {
            Ok(answer) => {
                let etag = answer.etag.ok_or_else(|| incomplete(GET, key, "ETag"))?;
                Ok(Some(Stored { body: answer.body, etag }))
            }
            Err(fault) if fault.code == "NoSuchKey" => Ok(None),
            Err(fault) => Err(fault),
        }
    }

    /// Needs `s3:PutObject`.
    async fn create(&self, key: &str, body: Vec<u8>) -> Result<String, Fault> {
        self.written_on_condition(key, writing(key, body, "application/json").with("if-none-match", "*")).await
    }

    /// Needs `s3:PutObject`. An object that is gone has lost its race too: somebody closed the record meanwhile.
    async fn replace(&self, key: &str, body: Vec<u8>, etag: &str) -> Result<String, Fault> {
        let write = writing(key, body, "application/json").with("if-match", etag);
        self.written_on_condition(key, write).await.map_err(|mut fault| {
            if fault.code == "NoSuchKey" {
                fault.class = Class::Conflict;
            }
            fault
        })
    }

    /// Needs `s3:PutObject`.
    async fn put(&self, key: &str, body: Vec<u8>, content_type: &str) -> Result<(), Fault> {
        let answer = self.line.send(writing(key, body, content_type)).await;
        answer.map(drop).map_err(|failure| fault(PUT, key, failure))
    }

    /// Needs `s3:DeleteObject`.
    async fn remove(&self, key: &str) -> Result<(), Fault> {
        let answer = self.line.send(Call::object("DELETE", key)).await;
        match answer.map_err(|failure| fault(DELETE, key, failure)) {
            Err(fault) if fault.code != "NoSuchKey" => Err(fault),
            _ => Ok(()),
        }
    }

    /// Needs `s3:ListBucket`. More keys than `most` are an error.
    async fn list(&self, prefix: &str, most: usize) -> Result<Vec<String>, Fault> {
        let mut keys = Vec::new();
        let mut next: Option<String> = None;
        for _ in 0..=most / PAGE + SPARE_PAGES {
            let mut query = vec![("list-type", "2"), ("prefix", prefix)];
            query.extend(next.as_deref().map(|token| ("continuation-token", token)));
            let answer = self.line.send(Call::query(&query)).await.map_err(|failure| fault(LIST, prefix, failure))?;
            let page = answer::page(&answer.body)
                .map_err(|error| incomplete(LIST, prefix, "readable list").caused_by(error))?;
            keys.extend(page.keys);
            if keys.len() > most {
                break;
            }
            next = match (page.is_cut, page.next) {
                (false, _) => return Ok(keys),
                (true, None) => return Err(incomplete(LIST, prefix, "NextContinuationToken")),
                (true, next) => next,
            };
        }
        Err(too_many(LIST, prefix, &format!("{most} objects")))
    }
}
