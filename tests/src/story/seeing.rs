//! What a story sees.

use serde_json::{Value, json};

use super::{A_STEP, Story, until};
use crate::stack::{Call, Existing, stack};

pub(super) fn done(call: &Call) -> bool {
    call.was_done()
}

impl Story {
    /// An object of the bucket, as JSON
    pub fn object(&self, key: &str) -> Option<Value> {
        let text = self.cloud.get(&self.bucket(), key)?;
        Some(serde_json::from_str(&text).unwrap_or_else(|error| panic!("{key}: {error}")))
    }

    fn records(&self, prefix: &str) -> Vec<Value> {
        self.cloud.keys(&self.bucket(), prefix).iter().filter_map(|key| self.object(key)).collect()
    }

    /// Records of runs under way
    pub fn open_records(&self) -> Vec<Value> {
        self.records("runs/open/")
    }

    /// Records of ended runs
    pub fn closed_records(&self) -> Vec<Value> {
        self.records("runs/closed/")
    }

    /// The record of the one drill that has ended
    #[track_caller]
    pub fn record(&self) -> Value {
        let mut closed = self.closed_records();
        assert_eq!(closed.len(), 1, "closed records");
        closed.remove(0)
    }

    /// The verdict of the one drill that has ended: its word, and why
    #[track_caller]
    pub fn verdict(&self) -> (String, String) {
        let record = self.record();
        let part = |name: &str| {
            record.pointer(&format!("/verdict/{name}")).and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        (part("word"), part("because"))
    }

    /// Waits until the data check has answered
    pub fn until_answered(&self) {
        until("the data check answers", A_STEP, || self.cloud.keys(&self.bucket(), "checks/").first().map(drop));
    }

    /// Every mail so far: subject and text
    pub fn mails(&self) -> Vec<(String, String)> {
        let mut mails = self.mails.lock().unwrap();
        mails.extend(self.cloud.take_mails(&format!("story-{}", self.name)));
        mails.clone()
    }

    /// The one mail
    #[track_caller]
    pub fn mail(&self) -> (String, String) {
        let mut mails = until("a mail", A_STEP, || Some(self.mails()).filter(|mails| !mails.is_empty()));
        assert_eq!(mails.len(), 1, "{mails:#?}");
        mails.remove(0)
    }

    /// Everything that a drill has made, in every region of the story
    pub fn copies(&self) -> Vec<Existing> {
        let all = self.regions().flat_map(|cloud| stack().existing(&cloud.region));
        let copies: Vec<Existing> = all.filter(|thing| thing.identifier.contains("drill-")).collect();
        self.servers.lock().unwrap().extend(copies.iter().filter_map(|copy| copy.process));
        copies
    }

    /// A call that belongs to this story, by its parameters
    pub(super) fn matching<'a>(&self, operation: &'a str) -> (&'a str, Value) {
        let copy = format!("drill-{}-*", self.name);
        let (operation, keys) = operation.split_once(' ').unwrap_or((operation, "*"));
        let matching = match operation {
            "Lambda:Invoke" => json!({"FunctionName": self.data_check()}),
            "SNS:Publish" => json!({"TopicArn": self.topic}),
            "CloudWatch:PutMetricData" => json!({"Namespace": self.namespace()}),
            _ if operation.starts_with("S3:") => json!({"Bucket": self.bucket(), "Key": keys}),
            // AWS Backup is told the run as its token; tags are set by ARN.
            "Backup:StartRestoreJob" => json!({"IdempotencyToken": copy}),
            "AddTagsToResource" => json!({"ResourceName": format!("*:{copy}")}),
            "RestoreDBInstanceToPointInTime" => json!({"TargetDBInstanceIdentifier": copy}),
            _ if operation.contains("Cluster") => json!({"DBClusterIdentifier": copy}),
            _ => json!({"DBInstanceIdentifier": copy}),
        };
        (operation, matching)
    }

    /// Calls of an operation that the story's function has made, in the names of [`Story::kill_at`]
    pub fn calls(&self, operation: &str) -> Vec<Call> {
        self.calls_since(self.since, operation)
    }

    pub(super) fn calls_since(&self, since: u64, operation: &str) -> Vec<Call> {
        let (name, matching) = self.matching(operation);
        let wanted = matching.as_object().cloned().unwrap_or_default();
        let fits = |call: &Call| {
            call.operation == name
                && wanted
                    .iter()
                    .all(|(parameter, glob)| is_like(call.parameter(parameter), glob.as_str().unwrap_or_default()))
        };
        stack().calls(since).into_iter().filter(fits).collect()
    }

    /// How often a call was done
    pub fn done(&self, operation: &str) -> usize {
        self.calls(operation).iter().filter(|call| call.was_done()).count()
    }

    /// How often a call was answered, whether it was done or refused
    pub fn done_or_refused(&self, operation: &str) -> usize {
        self.calls(operation).iter().filter(|call| call.status.is_some()).count()
    }

    /// All calls to RDS that change something, of this story's function
    pub fn changes(&self) -> Vec<Call> {
        let reads = ["Describe", "List"];
        let names = [format!("drill-{}-", self.name), self.source()];
        let by_hand = ["CreateDBClusterSnapshot", "CreateDBSnapshot", "AddTagsToResource"];
        let of_rds =
            |call: &Call| !call.operation.contains(':') && !reads.iter().any(|word| call.operation.starts_with(word));
        let mine = |call: &Call| names.iter().any(|name| call.parameters.to_string().contains(name));
        let all = stack().calls(self.since).into_iter();
        all.filter(|call| of_rds(call) && mine(call) && !by_hand.contains(&call.operation.as_str())).collect()
    }

    /// A metric of the database
    pub fn metric(&self, name: &str) -> Option<f64> {
        self.cloud.metric(&self.namespace(), name, self.name)
    }
}

/// Globs with stars only
pub(super) fn is_like(text: &str, glob: &str) -> bool {
    let mut parts = glob.split('*');
    let Some(mut rest) = text.strip_prefix(parts.next().unwrap_or_default()) else {
        return false;
    };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else {
        return rest.is_empty();
    };
    for part in middle {
        let Some(at) = rest.find(part) else { return false };
        rest = rest.get(at + part.len()..).unwrap_or_default();
    }
    rest.ends_with(last)
}
