use aws_sdk_kms::operation::describe_key::DescribeKeyOutput;
use aws_sdk_kms::types::{KeyMetadata, KeyState};
use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
use aws_smithy_types::DateTime;

use super::*;
use crate::aws::testing::{Seen, wire};

const ARN: &str = "arn:aws:kms:eu-west-1:123456789012:key/1";

fn keys(rules: &[&Rule]) -> KeyReader {
    KeyReader::of(mock_client!(aws_sdk_kms, RuleMode::MatchAny, rules))
}

#[tokio::test]
async fn a_key_comes_with_its_state_and_the_day_on_which_it_goes() {
    let seen = Seen::new();
    let rule = mock!(Client::describe_key).match_requests(seen.all()).then_output(|| {
        let told = KeyMetadata::builder()
            .key_id("1")
            .arn(ARN)
            .key_state(KeyState::PendingDeletion)
            .deletion_date(DateTime::from_secs(1_795_366_800))
            .key_manager(KeyManagerType::Customer);
        DescribeKeyOutput::builder().key_metadata(told.build().unwrap()).build()
    });
    let wanted = Key {
        arn: ARN.to_owned(),
        state: "PendingDeletion".to_owned(),
        deleted_at: "2026-11-22T17:00:00Z".parse().ok(),
        aws_managed: false,
    };
    assert_eq!(keys(&[&rule]).key(ARN).await.unwrap(), Some(wanted));
    assert_eq!(seen.only().key_id(), Some(ARN));
}

#[tokio::test]
async fn a_key_that_aws_manages_is_told_apart_and_a_new_word_for_a_state_stays_as_it_is() {
    let rule = mock!(Client::describe_key).then_output(|| {
        let told = KeyMetadata::builder().key_id("1").key_manager(KeyManagerType::Aws);
        let told = told.key_state(KeyState::from("Resting")).build().unwrap();
        DescribeKeyOutput::builder().key_metadata(told).build()
    });
    let key = keys(&[&rule]).key(ARN).await.unwrap().unwrap();
    assert_eq!((key.arn.as_str(), key.state.as_str(), key.aws_managed), (ARN, "Resting", true));
}

#[tokio::test]
async fn a_key_that_is_not_there_is_none_and_one_that_could_not_be_asked_for_is_not() {
    let answer = |status, code: &'static str| {
        mock!(Client::describe_key)
            .then_http_response(move || wire(status, &format!(r#"{{"__type":"{code}","message":"said AWS"}}"#)))
    };
    assert_eq!(keys(&[&answer(400, "NotFoundException")]).key(ARN).await.unwrap(), None);
    for (code, class) in [("AccessDeniedException", Class::Permission), ("InvalidArnException", Class::Configuration)] {
        let fault = keys(&[&answer(400, code)]).key(ARN).await.unwrap_err();
        assert_eq!((fault.class, fault.resource.as_str()), (class, ARN), "{fault}");
    }
    let page = mock!(Client::describe_key).then_http_response(|| wire(404, "<html>no such page</html>"));
    assert_eq!(keys(&[&page]).key(ARN).await.unwrap_err().class, Class::Permanent);
}

#[tokio::test]
async fn a_key_without_a_state_is_an_incomplete_answer() {
    let stateless = || KeyMetadata::builder().key_id("1").build().unwrap();
    let rule =
        mock!(Client::describe_key).then_output(move || DescribeKeyOutput::builder().key_metadata(stateless()).build());
    assert_eq!(keys(&[&rule]).key(ARN).await.unwrap_err().class, Class::Unknown);
    let rule = mock!(Client::describe_key).then_output(|| DescribeKeyOutput::builder().build());
    assert_eq!(keys(&[&rule]).key(ARN).await.unwrap_err().class, Class::Unknown);
}
