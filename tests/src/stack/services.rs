//! AWS's services as a story needs them, each in its own protocol, without an SDK.
//!
//! The calls go past the fault layer (except those to RDS, which has no other door): a story's own calls are neither struck
//! by the faults that it sets nor counted among those of the functions.

use std::io::{Cursor, Write as _};
use std::path::Path;
use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use zip::write::{SimpleFileOptions, ZipWriter};

use super::http::{Reply, send, tags};
use super::stack;
use crate::story::{A_STEP, until};

const ACCOUNT: &str = "123456789012";
const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");
/// A function becomes active within this long
const ACTIVE: Duration = Duration::from_mins(2);

/// The services in one region
#[derive(Debug, Clone)]
pub struct Cloud {
    /// The region
    pub region: String,
}

impl Cloud {
    fn signed(&self, service: &str) -> String {
        let scope = format!("Credential=test/20260101/{}/{service}/aws4_request", self.region);
        format!("AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=local")
    }

    /// An ARN here
    pub fn arn(&self, service: &str, resource: &str) -> String {
        format!("arn:aws:{service}:{}:{ACCOUNT}:{resource}", self.region)
    }

    fn form(&self, service: &str, door: &str, action: &str, version: &str, parameters: &[(&str, &str)]) -> Reply {
        let pair = |(name, value): (&str, &str)| format!("{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC));
        let fixed = [("Action", action), ("Version", version)];
        let body: Vec<String> = fixed.into_iter().chain(parameters.iter().copied()).map(pair).collect();
        let url = format!("{}/", stack().fact(door));
        send("POST", &url, &[FORM, ("Authorization", &self.signed(service))], Some(body.join("&").into_bytes()))
    }

    /// RDS
    pub fn rds(&self, action: &str, parameters: &[(&str, &str)]) -> Reply {
        self.form("rds", "rds_endpoint", action, "2014-10-31", parameters)
    }

    /// Waits until RDS says of a cluster or an instance that it is available
    pub fn until_available(&self, kind: &str, identifier: &str) {
        until(&format!("{kind} {identifier} is available"), A_STEP, || {
            let all = stack().existing(&self.region);
            all.iter()
                .any(|thing| thing.kind == kind && thing.identifier == identifier && thing.status == "available")
                .then_some(())
        });
    }

    fn s3(&self, method: &str, path: &str, body: Option<Vec<u8>>) -> Reply {
        let url = format!("{}/{path}", stack().fact("direct_endpoint"));
        send(method, &url, &[("Authorization", &self.signed("s3"))], body)
    }

    /// Changes an object that somebody else may be writing; one that is gone stays gone
    pub fn change(&self, bucket: &str, key: &str, change: impl Fn(&str) -> String) {
        let url = format!("{}/{bucket}/{key}", stack().fact("direct_endpoint"));
        until(&format!("{key} is changed"), ACTIVE, || {
            let read = self.s3("GET", &format!("{bucket}/{key}"), None);
            if read.status == 404 {
                return Some(());
            }
            let read = read.ok();
            let headers = [("Authorization", self.signed("s3")), ("If-Match", read.etag.clone().unwrap())];
            let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let written = send("PUT", &url, &headers, Some(change(&read.text).into_bytes()));
            // 412: somebody was faster; 404: it was removed meanwhile
            (![404, 412].contains(&written.status)).then(|| drop(written.ok()))
        });
    }

    /// Makes a bucket
    pub fn make_bucket(&self, bucket: &str) {
        let configuration = "CreateBucketConfiguration";
        let region = &self.region;
        let body = format!("<{configuration}><LocationConstraint>{region}</LocationConstraint></{configuration}>");
        drop(self.s3("PUT", bucket, Some(body.into_bytes())).ok());
    }

    /// Writes an object
    pub fn put(&self, bucket: &str, key: &str, body: Vec<u8>) {
        drop(self.s3("PUT", &format!("{bucket}/{key}"), Some(body)).ok());
    }

    /// Removes an object
    pub fn remove(&self, bucket: &str, key: &str) {
        drop(self.s3("DELETE", &format!("{bucket}/{key}"), None).ok());
    }

    /// Reads an object
    pub fn get(&self, bucket: &str, key: &str) -> Option<String> {
        let reply = self.s3("GET", &format!("{bucket}/{key}"), None);
        (reply.status != 404).then(|| reply.ok().text)
    }

    /// Keys of a bucket
    pub fn keys(&self, bucket: &str, prefix: &str) -> Vec<String> {
        let reply = self.s3("GET", &format!("{bucket}?list-type=2&prefix={prefix}"), None).ok();
        tags(&reply.text, "Key").into_iter().map(str::to_owned).collect()
    }

    fn json(&self, service: &str, target: &str, body: &Value) -> Value {
        let url = format!("{}/", stack().fact("direct_endpoint"));
        let headers = [
            ("X-Amz-Target", target),
            ("Content-Type", "application/x-amz-json-1.1"),
            ("Authorization", &self.signed(service)),
        ];
        let reply = send("POST", &url, &headers, Some(body.to_string().into_bytes())).ok();
        if reply.text.is_empty() { Value::Null } else { reply.json() }
    }

    /// What a secret holds
    pub fn secret(&self, arn: &str) -> Value {
        let told = self.json("secretsmanager", "secretsmanager.GetSecretValue", &json!({"SecretId": arn}));
        let text = told.get("SecretString").and_then(Value::as_str).unwrap_or_else(|| panic!("{arn} holds no text"));
        serde_json::from_str(text).unwrap_or_else(|_| panic!("{arn} holds no JSON"))
    }

    fn sns(&self, action: &str, parameters: &[(&str, &str)]) {
        drop(self.form("sns", "direct_endpoint", action, "2010-03-31", parameters).ok());
    }

    /// Makes a topic and a queue of that name that gets its mails; returns the topic's ARN
    pub fn make_mailbox(&self, name: &str) -> String {
        let topic = self.arn("sns", name);
        self.json("sqs", "AmazonSQS.CreateQueue", &json!({"QueueName": name}));
        self.sns("CreateTopic", &[("Name", name)]);
        self.sns("Subscribe", &[("TopicArn", &topic), ("Protocol", "sqs"), ("Endpoint", &self.arn("sqs", name))]);
        topic
    }

    /// Takes what is in a queue: the subject and the text of each mail
    pub fn take_mails(&self, queue: &str) -> Vec<(String, String)> {
        let url = format!("{}/{ACCOUNT}/{queue}", stack().fact("direct_endpoint"));
        let mut mails = Vec::new();
        loop {
            let ask = json!({"QueueUrl": url, "MaxNumberOfMessages": 10, "VisibilityTimeout": 600});
            let answer = self.json("sqs", "AmazonSQS.ReceiveMessage", &ask);
            let messages = answer.get("Messages").and_then(Value::as_array).cloned().unwrap_or_default();
            if messages.is_empty() {
                return mails;
            }
            for message in messages {
                let receipt = message.get("ReceiptHandle").cloned().unwrap_or_default();
                self.json("sqs", "AmazonSQS.DeleteMessage", &json!({"QueueUrl": url, "ReceiptHandle": receipt}));
                let envelope: Value =
                    serde_json::from_str(message.get("Body").and_then(Value::as_str).unwrap()).unwrap();
                let part = |name: &str| envelope.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
                mails.push((part("Subject"), part("Message")));
            }
        }
    }

    /// The sum of a metric of one database; none where there is no such metric
    pub fn metric(&self, namespace: &str, name: &str, database: &str) -> Option<f64> {
        let parameters = [
            ("Namespace", namespace),
            ("MetricName", name),
            ("StartTime", "2020-01-01T00:00:00Z"),
            ("EndTime", "2099-01-01T00:00:00Z"),
            ("Period", "2592000"),
            ("Statistics.member.1", "Sum"),
            ("Dimensions.member.1.Name", "Database"),
            ("Dimensions.member.1.Value", database),
        ];
        let reply = self.form("monitoring", "direct_endpoint", "GetMetricStatistics", "2010-08-01", &parameters).ok();
        reply.tag("Sum").map(|sum| sum.parse().unwrap())
    }

    fn rest(&self, service: &str, method: &str, path: &str, body: Option<&Value>) -> Reply {
        let url = format!("{}{path}", stack().fact("direct_endpoint"));
        let headers = [("Content-Type", "application/json"), ("Authorization", &self.signed(service))];
        send(method, &url, &headers, body.map(|body| body.to_string().into_bytes()))
    }

    /// Makes a function whose bootstrap is a binary of this workspace; returns its ARN
    pub fn make_function(&self, name: &str, binary: &Path, bucket: &str, environment: &Value) -> String {
        let key = format!("code/{name}.zip");
        self.put(bucket, &key, bootstrap(binary));
        let function = json!({
            "FunctionName": name, "Runtime": "provided.al2023", "Handler": "bootstrap", "Timeout": 300, "MemorySize": 256,
            "Role": "arn:aws:iam::123456789012:role/story", "Environment": {"Variables": environment},
            "Code": {"S3Bucket": bucket, "S3Key": key},
        });
        drop(self.rest("lambda", "POST", "/2015-03-31/functions", Some(&function)).ok());
        until(&format!("function {name} is active"), ACTIVE, || {
            let reply = self.rest("lambda", "GET", &format!("/2015-03-31/functions/{name}"), None).ok().json();
            (reply.pointer("/Configuration/State").and_then(Value::as_str) == Some("Active")).then_some(())
        });
        self.arn("lambda", &format!("function:{name}"))
    }

    /// The same, where it may have been made before
    pub fn make_function_once(&self, name: &str, binary: &Path, bucket: &str, environment: &Value) {
        if self.rest("lambda", "GET", &format!("/2015-03-31/functions/{name}"), None).status == 404 {
            self.make_function(name, binary, bucket, environment);
        }
    }

    /// Invokes a function asynchronously, as events do
    pub fn invoke(&self, name: &str, event: &Value) {
        let path = format!("/2015-03-31/functions/{name}/invocations");
        let url = format!("{}{path}", stack().fact("direct_endpoint"));
        let headers = [("X-Amz-Invocation-Type", "Event"), ("Authorization", &self.signed("lambda"))];
        drop(send("POST", &url, &headers, Some(event.to_string().into_bytes())).ok());
    }

    /// A schedule that fires once
    pub fn schedule(&self, name: &str, at: &str, function: &str, input: &Value) {
        let schedule = json!({
            "ScheduleExpression": format!("at({at})"), "FlexibleTimeWindow": {"Mode": "OFF"},
            "ActionAfterCompletion": "DELETE",
            "Target": {"Arn": function, "RoleArn": "arn:aws:iam::123456789012:role/story", "Input": input.to_string()},
        });
        drop(self.rest("scheduler", "POST", &format!("/schedules/{name}"), Some(&schedule)).ok());
    }

    /// A rule that hands the events of a pattern to a function
    pub fn on_events(&self, name: &str, pattern: &Value, function: &str) {
        self.json("events", "AWSEvents.PutRule", &json!({"Name": name, "EventPattern": pattern.to_string()}));
        let targets = json!({"Rule": name, "Targets": [{"Id": "1", "Arn": function}]});
        self.json("events", "AWSEvents.PutTargets", &targets);
    }

    /// A rule that fires every minute
    pub fn every_minute(&self, name: &str, function: &str) {
        self.json("events", "AWSEvents.PutRule", &json!({"Name": name, "ScheduleExpression": "rate(1 minute)"}));
        let targets = json!({"Rule": name, "Targets": [{"Id": "1", "Arn": function}]});
        self.json("events", "AWSEvents.PutTargets", &targets);
    }
}

/// A deployment package whose bootstrap hands over to the binary: fifty megabytes of debug build need no packing
fn bootstrap(binary: &Path) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let stored =
        SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored).unix_permissions(0o755);
    zip.start_file("bootstrap", stored).unwrap();
    write!(zip, "#!/bin/sh\nexec '{}'\n", binary.display()).unwrap();
    zip.finish().unwrap().into_inner()
}
