//! One call to S3: its request, its way there and what may be sent twice.

use std::error::Error as _;

use aws_config::SdkConfig;
use aws_runtime::auth::SigningOptions;
use aws_smithy_http::label::{EncodingStrategy, fmt_string};
use aws_smithy_runtime::client::orchestrator::operation::{Operation, OperationBuilder};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::{Error, InterceptorContext};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::{ConnectorError, SdkError};
use aws_smithy_runtime_api::client::retries::classifiers::{ClassifyRetry, RetryAction};
use aws_smithy_runtime_api::client::runtime_plugin::{SharedRuntimePlugin, StaticRuntimePlugin};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::error::ErrorMetadata;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use hyper_util::client::legacy::Error as HyperError;

use super::answer::{Answer, Reader};
use super::place::place;
use crate::aws::line;

/// A failed call, in the form that the SDK's generated clients have too
pub(super) type Failure = SdkError<ErrorMetadata, HttpResponse>;

/// A request before it has an address and a signature
#[derive(Debug)]
pub(super) struct Call {
    method: &'static str,
    path: String,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

impl Call {
    /// A call on the object of that key
    pub(super) fn object(method: &'static str, key: &str) -> Self {
        let path = format!("/{}", fmt_string(key, EncodingStrategy::Greedy));
        Self { method, path, headers: Vec::new(), body: Vec::new() }
    }

    /// A call that reads the bucket itself
    pub(super) fn query(pairs: &[(&str, &str)]) -> Self {
        let pairs =
            pairs.iter().map(|(name, value)| format!("{name}={}", fmt_string(value, EncodingStrategy::Default)));
        let path = format!("/?{}", pairs.collect::<Vec<_>>().join("&"));
        Self { method: "GET", path, headers: Vec::new(), body: Vec::new() }
    }

    /// The same with a header
    pub(super) fn with(mut self, header: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((header, value.into()));
        self
    }

    /// The same with a body
    pub(super) fn holding(self, body: Vec<u8>, content_type: &str) -> Self {
        let length = body.len().to_string();
        Self { body, ..self }.with("content-type", content_type).with("content-length", length)
    }

    fn request(self) -> Result<HttpRequest, BoxError> {
        let mut request = HttpRequest::new(SdkBody::from(self.body));
        request.set_method(self.method)?;
        request.set_uri(self.path)?;
        for (name, value) in self.headers {
            request.headers_mut().try_insert(name, value)?;
        }
        Ok(request)
    }
}

/// The way to one bucket. Clones share credentials and connections.
#[derive(Debug, Clone)]
pub(super) struct Line {
    freely: Operation<Call, Answer, ErrorMetadata>,
    carefully: Operation<Call, Answer, ErrorMetadata>,
}

impl Line {
    pub(super) fn new(config: &SdkConfig, bucket: &str) -> Self {
        // Made once: it is the identity under which both find the same cached credentials.
        let signing = SharedRuntimePlugin::new(signing(config));
        let place = place(config, bucket);
        let freely = line::operation(config, "S3", &place).runtime_plugin(signing.clone());
        let carefully = line::operation(config, "S3", &place).runtime_plugin(signing).retry_classifier(OnlyIfRefused);
        Self { freely: finished(freely, config), carefully: finished(carefully, config) }
    }

    /// A call that may be done twice: it is tried again after whatever may pass.
    pub(super) async fn send(&self, call: Call) -> Result<Answer, Failure> {
        self.freely.invoke(call).await
    }

    /// A conditional write. It is tried again only if it was certainly not done: otherwise the second try could lose against
    /// the first one and report somebody else's write where there is none.
    pub(super) async fn send_once(&self, call: Call) -> Result<Answer, Failure> {
        self.carefully.invoke(call).await
    }
}

/// Whether an answer says that nothing was done. A 503 without a code may come from a proxy that lost the reply.
pub(super) fn refused(status: u16, code: &str) -> bool {
    matches!(status, 300..=499) || (status == 503 && !code.is_empty())
}

fn finished(builder: OperationBuilder, config: &SdkConfig) -> Operation<Call, Answer, ErrorMetadata> {
    let has_region = config.region().is_some();
    let request = move |call: Call| if has_region { call.request() } else { Err("no region is set".into()) };
    builder.serializer(request).deserializer_impl(Reader).build()
}

/// Signature version 4 as S3 wants it: the body's digest in a header, and the path as it is sent
fn signing(config: &SdkConfig) -> StaticRuntimePlugin {
    let mut options = SigningOptions::default();
    options.double_uri_encode = false;
    options.content_sha256_header = true;
    options.normalize_uri_path = false;
    line::signing(config, "s3", options)
}

/// A veto against the retry of a write that may have been done
#[derive(Debug)]
struct OnlyIfRefused;

impl ClassifyRetry for OnlyIfRefused {
    fn name(&self) -> &'static str {
        "only if refused"
    }

    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let Some(Err(error)) = context.output_or_error() else { return RetryAction::NoActionIndicated };
        let not_done = match (error.as_operation_error(), error.as_connector_error()) {
            (Some(said), _) => context.response().is_some_and(|answer| refused(answer.status().as_u16(), code(said))),
            (None, Some(error)) => never_connected(error),
            (None, None) => false,
        };
        if not_done { RetryAction::NoActionIndicated } else { RetryAction::RetryForbidden }
    }
}

fn code(said: &Error) -> &str {
    said.downcast_ref::<ErrorMetadata>().and_then(ProvideErrorMetadata::code).unwrap_or_default()
}

fn never_connected(error: &ConnectorError) -> bool {
    let mut links = std::iter::successors(error.source(), |link| (**link).source());
    links.any(|link| link.downcast_ref::<HyperError>().is_some_and(HyperError::is_connect))
}
