//! What the tests of the adapters share.

#![allow(dead_code, reason = "which helpers are used depends on the features that are on")]

use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_types::body::SdkBody;

#[cfg(any(feature = "glue", feature = "s3"))]
pub(crate) mod server;

/// For a client that must not be called
pub(crate) const NO_RULES: [&aws_smithy_mocks::Rule; 0] = [];

/// Requests as they were about to be sent
#[derive(Debug)]
pub(crate) struct Seen<I>(Arc<Mutex<Vec<I>>>);

impl<I: Clone + Send + 'static> Seen<I> {
    /// Nothing seen yet
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(Vec::new())))
    }

    /// A matcher that keeps every request and accepts it
    pub(crate) fn all(&self) -> impl Fn(&I) -> bool + Send + Sync + 'static {
        let kept = Arc::clone(&self.0);
        move |input| {
            kept.lock().unwrap().push(input.clone());
            true
        }
    }

    /// Every request so far
    pub(crate) fn every(&self) -> Vec<I> {
        self.0.lock().unwrap().clone()
    }

    /// The one request
    pub(crate) fn only(&self) -> I {
        let mut every = self.every();
        assert_eq!(every.len(), 1, "one request was expected");
        every.remove(0)
    }
}

/// An answer as it comes over the wire
pub(crate) fn wire(status: u16, body: &str) -> HttpResponse {
    let mut answer = HttpResponse::new(status.try_into().unwrap(), SdkBody::from(body));
    answer.headers_mut().insert("x-amzn-requestid", "7a62c49f");
    answer
}

/// An error as the query protocol of RDS writes it
pub(crate) fn rds_error(status: u16, code: &str) -> HttpResponse {
    let body = format!(
        "<ErrorResponse xmlns=\"http://rds.amazonaws.com/doc/2014-10-31/\"><Error><Type>Sender</Type><Code>{code}</Code>\
         <Message>said AWS</Message></Error><RequestId>7a62c49f</RequestId></ErrorResponse>"
    );
    wire(status, &body)
}

/// Copies of a drill, as they are read
#[cfg(feature = "rds-read")]
pub(crate) mod rds {
    use std::collections::BTreeSet;

    use aws_sdk_rds::types::{DbCluster, DbInstance, Tag};
    use aws_smithy_types::DateTime;

    use crate::aws::rds_facts::{cluster, instance};
    use crate::database::{Cluster, Instance};
    use crate::restore::{Candidate, Claim, Owned, Purpose, copy_tags};

    pub(crate) const RUN_ID: &str = "drill-orders-202611221800";
    const BEGAN: &str = "2026-11-22T18:00:00Z";
    /// A minute later
    const MADE: i64 = 1_795_370_460;

    fn tags() -> Vec<Tag> {
        let tags = copy_tags(RUN_ID, Purpose::Drill, "prod-orders", None);
        tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
    }

    pub(crate) fn copy_cluster() -> Cluster {
        let raw = DbCluster::builder().db_cluster_identifier(RUN_ID).status("available");
        cluster(raw.cluster_create_time(DateTime::from_secs(MADE)).set_tag_list(Some(tags())).build())
    }

    pub(crate) fn copy_instance(identifier: &str, of: Option<&str>) -> Instance {
        let raw = DbInstance::builder().db_instance_identifier(identifier).db_instance_status("available");
        let raw = raw.set_db_cluster_identifier(of.map(str::to_owned)).set_tag_list(Some(tags()));
        instance(raw.instance_create_time(DateTime::from_secs(MADE)).build())
    }

    pub(crate) fn owned<T: Candidate>(thing: T) -> Owned<T> {
        let claim = Claim::Run { run: RUN_ID, began_at: BEGAN.parse().unwrap() };
        Owned::claim(thing, claim, &BTreeSet::new()).unwrap()
    }
}
