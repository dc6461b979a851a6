//! The bucket of the policy, the records and the reports (`s3`).
//!
//! Records rest on conditional writes: `If-None-Match: *` at birth, `If-Match` ever after. A write that lost its race comes
//! back as [`Class::Conflict`].

use aws_config::SdkConfig;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::{Builder, RequestChecksumCalculation, ResponseChecksumValidation};
use aws_sdk_s3::operation::put_object::builders::PutObjectFluentBuilder;
use aws_types::service_config::ServiceConfigKey;

use super::error::{fault, incomplete, too_many};
use crate::fault::{Class, Fault};
use crate::ports::{Store, Stored};

/// IAM actions of this file.
///
/// Without `s3:ListBucket` S3 answers a read of a missing key with "access denied" instead of "no such key".
pub const ACTIONS: &[&str] = &["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket"];

/// Largest object that is read into memory: records and reports have kilobytes
const LARGEST_OBJECT: i64 = 8 * 1024 * 1024;
/// Keys on one page of a list
const PAGE: usize = 1000;
/// Pages that a list may take beyond the full ones: S3 promises no full pages
const SPARE_PAGES: usize = 10;

/// A bucket
#[derive(Debug, Clone)]
pub struct Bucket {
    client: Client,
    name: String,
}

impl Bucket {
    /// The bucket of that name. With an endpoint of its own (`AWS_ENDPOINT_URL`, `AWS_ENDPOINT_URL_S3`: an emulator, a
    /// private one) the name stands in the path, because such endpoints rarely have a host name for each bucket.
    pub fn new(config: &SdkConfig, name: impl Into<String>) -> Self {
        let built = Builder::from(config)
            .force_path_style(has_own_endpoint(config))
            .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
            .response_checksum_validation(ResponseChecksumValidation::WhenRequired)
            .build();
        Self::of(Client::from_conf(built), name)
    }

    /// The same on a client that is there already
    pub fn of(client: Client, name: impl Into<String>) -> Self {
        Self { client, name: name.into() }
    }

    fn writing(&self, key: &str, body: Vec<u8>, content_type: &str) -> PutObjectFluentBuilder {
        self.client.put_object().bucket(&self.name).key(key).content_type(content_type).body(body.into())
    }

    async fn written(&self, key: &str, write: PutObjectFluentBuilder) -> Result<String, Fault> {
        let answer = write.send().await.map_err(|error| fault("s3:PutObject", key, error))?;
        answer.e_tag.ok_or_else(|| incomplete("s3:PutObject", key, "ETag"))
    }
}

fn has_own_endpoint(config: &SdkConfig) -> bool {
    let key = ServiceConfigKey::builder().service_id("S3").env("AWS_ENDPOINT_URL").profile("endpoint_url").build();
    let own = config.service_config().zip(key.ok()).and_then(|(loader, key)| loader.load_config(key));
    own.is_some() || config.endpoint_url().is_some()
}

impl Store for Bucket {
    /// Needs `s3:GetObject` and `s3:ListBucket`.
    async fn read(&self, key: &str) -> Result<Option<Stored>, Fault> {
        let operation = "s3:GetObject";
        let answer = match self.client.get_object().bucket(&self.name).key(key).send().await {
            Ok(answer) => answer,
            Err(error) => {
                let fault = fault(operation, key, error);
                return if fault.code == "NoSuchKey" { Ok(None) } else { Err(fault) };
            }
        };
        if answer.content_length.is_some_and(|length| length > LARGEST_OBJECT) {
            return Err(too_many(operation, key, "8 MiB in one object"));
        }
        let etag = answer.e_tag.ok_or_else(|| incomplete(operation, key, "ETag"))?;
        let body = answer.body.collect().await;
        let body = body.map_err(|error| {
            Fault::new(Class::Unknown, operation, key, "", "the body could not be read to its end").caused_by(error)
        })?;
        Ok(Some(Stored { body: body.to_vec(), etag }))
    }

    /// Needs `s3:PutObject`.
    async fn create(&self, key: &str, body: Vec<u8>) -> Result<String, Fault> {
        self.written(key, self.writing(key, body, "application/json").if_none_match("*")).await
    }

    /// Needs `s3:PutObject`. An object that is gone has lost its race too: somebody closed the record meanwhile.
    async fn replace(&self, key: &str, body: Vec<u8>, etag: &str) -> Result<String, Fault> {
        let written = self.written(key, self.writing(key, body, "application/json").if_match(etag)).await;
        written.map_err(|mut fault| {
            if fault.code == "NoSuchKey" {
                fault.class = Class::Conflict;
            }
            fault
        })
    }

    /// Needs `s3:PutObject`.
    async fn put(&self, key: &str, body: Vec<u8>, content_type: &str) -> Result<(), Fault> {
        self.written(key, self.writing(key, body, content_type)).await.map(drop)
    }

    /// Needs `s3:DeleteObject`.
    async fn remove(&self, key: &str) -> Result<(), Fault> {
        let answer = self.client.delete_object().bucket(&self.name).key(key).send().await;
        match answer.map_err(|error| fault("s3:DeleteObject", key, error)) {
            Err(fault) if fault.code != "NoSuchKey" => Err(fault),
            _ => Ok(()),
        }
    }

    /// Needs `s3:ListBucket`. More keys than `most` are an error.
    async fn list(&self, prefix: &str, most: usize) -> Result<Vec<String>, Fault> {
        let operation = "s3:ListBucket";
        let walk = self.client.list_objects_v2().bucket(&self.name).prefix(prefix).into_paginator();
        let mut pages = walk.send();
        let mut keys = Vec::new();
        let mut left = most / PAGE + SPARE_PAGES;
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| fault(operation, prefix, error))?;
            keys.extend(page.contents.unwrap_or_default().into_iter().filter_map(|object| object.key));
            if keys.len() > most || left == 0 {
                return Err(too_many(operation, prefix, &format!("{most} objects")));
            }
            left -= 1;
        }
        Ok(keys)
    }
}
