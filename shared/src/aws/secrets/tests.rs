use aws_sdk_secretsmanager::operation::get_secret_value::GetSecretValueOutput;
use aws_smithy_mocks::{mock, mock_client};

use super::*;
use crate::aws::testing::{Seen, wire};
use crate::fault::Class;

const ARN: &str = "arn:aws:secretsmanager:eu-west-1:1:secret:rds!cluster-1";

#[tokio::test]
async fn the_text_of_a_secret_is_read() {
    let seen = Seen::new();
    let rule = mock!(Client::get_secret_value)
        .match_requests(seen.all())
        .then_output(|| GetSecretValueOutput::builder().secret_string(r#"{"username":"admin"}"#).build());
    let secrets = SecretsManager::of(mock_client!(aws_sdk_secretsmanager, [&rule]));
    assert_eq!(secrets.secret(ARN).await.unwrap(), r#"{"username":"admin"}"#);
    assert_eq!(seen.only().secret_id(), Some(ARN));
}

#[tokio::test]
async fn a_binary_secret_is_no_login() {
    let rule = mock!(Client::get_secret_value).then_output(|| GetSecretValueOutput::builder().build());
    let secrets = SecretsManager::of(mock_client!(aws_sdk_secretsmanager, [&rule]));
    assert!(secrets.secret(ARN).await.unwrap_err().message.contains("no text"));
}

#[tokio::test]
async fn a_secret_that_is_not_there_or_not_allowed_is_told_apart() {
    let table = [("ResourceNotFoundException", Class::NotFound), ("AccessDeniedException", Class::Permission)];
    for (code, class) in table {
        let rule = mock!(Client::get_secret_value)
            .then_http_response(move || wire(400, &format!(r#"{{"__type":"{code}","message":"said AWS"}}"#)));
        let secrets = SecretsManager::of(mock_client!(aws_sdk_secretsmanager, [&rule]));
        let fault = secrets.secret(ARN).await.unwrap_err();
        assert_eq!(fault.class, class, "{fault}");
    }
}
