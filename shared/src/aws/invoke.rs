//! The data-check function, invoked asynchronously (`invoke`). Its answer comes to the bucket.

use aws_config::SdkConfig;
use aws_sdk_lambda::Client;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::InvocationType;

use super::error::{fault, too_many};
use crate::database::{Dialect, Engine};
use crate::fault::{Class, Fault};
use crate::ports::DataCheck;
use crate::verify::CheckRequest;

/// IAM actions of this file
pub const ACTIONS: &[&str] = &["lambda:InvokeFunction"];

/// An asynchronous event's limit is 1 MB
const LARGEST_PAYLOAD: usize = 1_000_000;

/// After the name of the function comes this for a copy of DocumentDB: its driver weighs as much as all the rest, so it is
/// in a build of its own
pub const OF_DOCUMENTDB: &str = "-documentdb";

/// The function that asks the data
#[derive(Debug, Clone)]
pub struct DataCheckFunction {
    client: Client,
    name: String,
}

impl DataCheckFunction {
    /// The function of that name or ARN
    pub fn new(config: &SdkConfig, name: impl Into<String>) -> Self {
        Self::of(Client::new(config), name)
    }

    /// The same on a client that is there already
    pub fn of(client: Client, name: impl Into<String>) -> Self {
        Self { client, name: name.into() }
    }

    /// The function that has the driver of this engine
    fn name_for(&self, engine: &Engine) -> String {
        match engine.dialect() {
            Some(Dialect::Mongo) => format!("{}{OF_DOCUMENTDB}", self.name),
            _ => self.name.clone(),
        }
    }
}

impl DataCheck for DataCheckFunction {
    /// Needs `lambda:InvokeFunction`.
    async fn ask(&self, request: &CheckRequest) -> Result<(), Fault> {
        let operation = "lambda:InvokeFunction";
        let name = self.name_for(&request.engine);
        let payload = serde_json::to_vec(request).map_err(|error| {
            Fault::new(Class::Configuration, operation, &name, "", "the request is no JSON").caused_by(error)
        })?;
        if payload.len() > LARGEST_PAYLOAD {
            return Err(too_many(operation, &name, "1 MB in one request: fewer or shorter checks are needed"));
        }
        let invoke = self.client.invoke().function_name(&name).invocation_type(InvocationType::Event);
        let answer = invoke.payload(Blob::new(payload)).send().await;
        answer.map_err(|error| fault(operation, &name, error)).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_lambda::operation::invoke::InvokeOutput;
    use aws_smithy_mocks::{mock, mock_client};
    use serde_json::json;

    use super::*;
    use crate::aws::testing::{NO_RULES, Seen};

    fn request(query: &str) -> CheckRequest {
        serde_json::from_value(json!({
            "run": "drill-orders-202611221800", "engine": "aurora-postgresql", "endpoint": "copy.example", "port": 5432,
            "database": "app", "login": {"method": "iam", "user": "probe"},
            "checks": [{"kind": "sql", "query": query, "expect": true}]
        }))
        .unwrap()
    }

    #[tokio::test]
    async fn the_request_is_an_event_and_nobody_waits() {
        let seen = Seen::new();
        let rule = mock!(Client::invoke)
            .match_requests(seen.all())
            .then_output(|| InvokeOutput::builder().status_code(202).build());
        let function = DataCheckFunction::of(mock_client!(aws_sdk_lambda, [&rule]), "lifeboat-data-check");
        let asked = request("SELECT true");
        function.ask(&asked).await.unwrap();
        let sent = seen.only();
        assert_eq!(sent.function_name(), Some("lifeboat-data-check"));
        assert_eq!(sent.invocation_type(), Some(&InvocationType::Event));
        let payload: CheckRequest = serde_json::from_slice(sent.payload().unwrap().as_ref()).unwrap();
        assert_eq!(payload, asked);
    }

    #[tokio::test]
    async fn a_copy_of_documentdb_is_asked_by_the_build_that_has_its_driver() {
        let seen = Seen::new();
        let rule = mock!(Client::invoke)
            .match_requests(seen.all())
            .then_output(|| InvokeOutput::builder().status_code(202).build());
        let function = DataCheckFunction::of(mock_client!(aws_sdk_lambda, [&rule]), "staging-data-check");
        function.ask(&CheckRequest { engine: Engine::Docdb, ..request("SELECT true") }).await.unwrap();
        assert_eq!(seen.only().function_name(), Some("staging-data-check-documentdb"));
    }

    #[tokio::test]
    async fn a_request_over_the_limit_is_not_sent() {
        let function = DataCheckFunction::of(mock_client!(aws_sdk_lambda, NO_RULES), "lifeboat-data-check");
        let fault = function.ask(&request(&"x".repeat(LARGEST_PAYLOAD))).await.unwrap_err();
        assert_eq!(fault.code, "TooMany");
    }
}
