//! The topic of the mails (`sns`).

use aws_config::SdkConfig;
use aws_sdk_sns::Client;

use super::error::{fault, too_many};
use crate::fault::Fault;
use crate::ports::Post;

/// IAM actions of this file. A topic encrypted with a key of one's own needs `kms:GenerateDataKey*` and `kms:Decrypt` on it.
pub const ACTIONS: &[&str] = &["sns:Publish"];

/// SNS wants fewer than a hundred characters
const LONGEST_SUBJECT: usize = 99;
/// A message's limit unless the topic raises it: 256 KiB
const LARGEST_BODY: usize = 256 * 1024;

/// A topic
#[derive(Debug, Clone)]
pub struct Topic {
    client: Client,
    arn: String,
}

impl Topic {
    /// The topic of that ARN
    pub fn new(config: &SdkConfig, arn: impl Into<String>) -> Self {
        Self::of(Client::new(config), arn)
    }

    /// The same on a client that is there already
    pub fn of(client: Client, arn: impl Into<String>) -> Self {
        Self { client, arn: arn.into() }
    }
}

impl Post for Topic {
    /// Needs `sns:Publish`.
    async fn send(&self, subject: &str, body: &str) -> Result<(), Fault> {
        let operation = "sns:Publish";
        if body.len() > LARGEST_BODY {
            return Err(too_many(operation, &self.arn, "256 KiB in one mail"));
        }
        let publish = self.client.publish().topic_arn(&self.arn).subject(clean(subject)).message(body);
        publish.send().await.map_err(|error| fault(operation, &self.arn, error)).map(drop)
    }
}

/// One line of printable ASCII that begins with no space, under a hundred characters. SNS refuses anything else, and a mail
/// that is refused for its subject would be a verdict that nobody reads.
fn clean(subject: &str) -> String {
    let line = subject.split_whitespace().collect::<Vec<_>>().join(" ");
    let ascii = line.chars().filter(|c| !c.is_control()).map(|c| if c.is_ascii() { c } else { '?' });
    let cut: String = ascii.take(LONGEST_SUBJECT).collect();
    match cut.trim() {
        "" => "Lifeboat".to_owned(),
        clean => clean.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_sns::operation::publish::PublishOutput;
    use aws_smithy_mocks::{mock, mock_client};

    use super::*;
    use crate::aws::testing::{NO_RULES, Seen};

    #[test]
    fn a_subject_is_one_line_of_ascii_under_a_hundred_characters() {
        assert_eq!(clean("[PASS] orders/weekly restored in 11 min"), "[PASS] orders/weekly restored in 11 min");
        assert_eq!(clean("[FAIL]\torders\r\n é → x"), "[FAIL] orders ? ? x");
        assert_eq!(clean(" \u{7} "), "Lifeboat");
        assert_eq!(clean(&"x".repeat(300)).len(), 99);
    }

    #[tokio::test]
    async fn a_mail_goes_to_the_topic() {
        let seen = Seen::new();
        let rule = mock!(Client::publish).match_requests(seen.all()).then_output(|| PublishOutput::builder().build());
        let topic = Topic::of(mock_client!(aws_sdk_sns, [&rule]), "arn:aws:sns:eu-west-1:1:mails");
        topic.send("[INFO] all\nis well", "body").await.unwrap();
        let sent = seen.only();
        assert_eq!(sent.topic_arn(), Some("arn:aws:sns:eu-west-1:1:mails"));
        assert_eq!(sent.subject(), Some("[INFO] all is well"));
        assert_eq!(sent.message(), Some("body"));
    }

    #[tokio::test]
    async fn a_mail_that_sns_would_refuse_for_its_size_is_not_cut_silently() {
        let topic = Topic::of(mock_client!(aws_sdk_sns, NO_RULES), "arn");
        let fault = topic.send("s", &"x".repeat(LARGEST_BODY + 1)).await.unwrap_err();
        assert_eq!(fault.code, "TooMany");
    }
}
