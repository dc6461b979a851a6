//! What a story sees of emergency-restore: its calls, what it made, its mails.

use serde_json::Value;

use super::{A_STEP, Story, until};
use crate::stack::{Call, Existing, stack};

/// Calls that only look
const READS: [&str; 2] = ["Describe", "List"];

impl Story {
    /// Clusters and instances of a run
    pub fn everything_of(&self, run: &str) -> Vec<Existing> {
        let all = stack().existing(&self.cloud.region).into_iter();
        all.filter(|thing| thing.identifier.starts_with(run) && !thing.kind.ends_with("snapshot")).collect()
    }

    /// How many calls of an operation were done in the region of the story with these parameters (globs), since a count
    pub fn done_since(&self, since: u64, operation: &str, matching: &Value) -> usize {
        let wanted = matching.as_object().cloned().unwrap_or_default();
        let all = stack().calls(since).into_iter().filter(|call| {
            let is_named = |(name, glob): (&String, &Value)| {
                super::seeing::is_like(call.parameter(name), glob.as_str().unwrap_or_default())
            };
            call.region == self.cloud.region && call.operation == operation && wanted.iter().all(is_named)
        });
        all.filter(Call::was_done).count()
    }

    /// Every call since a count in the regions of the story that makes, changes or removes something, of RDS and AWS Backup;
    /// those that the story makes itself are among them
    pub fn changing_calls(&self, since: u64) -> Vec<Call> {
        let here: Vec<&str> = self.regions().map(|cloud| cloud.region.as_str()).collect();
        let all = stack().calls(since).into_iter().filter(|call| here.contains(&call.region.as_str()));
        let changes = |call: &Call| {
            let (service, operation) = call.operation.split_once(':').unwrap_or(("RDS", &call.operation));
            matches!(service, "RDS" | "Backup") && !READS.iter().any(|word| operation.starts_with(word))
        };
        all.filter(changes).collect()
    }

    /// Nobody asked AWS to delete or stop anything since the story began, but objects of open records
    #[track_caller]
    pub fn nothing_was_deleted(&self) {
        let here: Vec<&str> = self.regions().map(|cloud| cloud.region.as_str()).collect();
        let words = ["Delete", "Remove", "Stop", "Reboot", "Failover", "Schedule"];
        for call in stack().calls(self.since).iter().filter(|call| here.contains(&call.region.as_str())) {
            let operation = call.operation.split(':').next_back().unwrap_or_default();
            let is_record = call.operation == "S3:DeleteObject" && call.parameter("Key").starts_with("runs/open/");
            assert!(is_record || !words.iter().any(|word| operation.starts_with(word)), "{call:?}");
        }
    }

    /// The mails whose subject has these words
    pub fn mails_about(&self, words: &str) -> Vec<(String, String)> {
        self.mails().into_iter().filter(|(subject, _)| subject.contains(words)).collect()
    }

    /// The one mail whose subject has these words
    #[track_caller]
    pub fn mail_about(&self, words: &str) -> (String, String) {
        let mut found = until(&format!("a mail about {words}"), A_STEP, || {
            Some(self.mails_about(words)).filter(|found| !found.is_empty())
        });
        assert_eq!(found.len(), 1, "{found:#?}");
        found.remove(0)
    }
}
