//! One call to S3: its request, its way there and what may be sent twice.

use std::error::Error as _;

use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_runtime::auth::sigv4::{SCHEME_ID, SigV4AuthScheme};
use aws_runtime::auth::{SigV4OperationSigningConfig, SigningOptions};
use aws_runtime::retries::classifiers::AwsErrorCodeClassifier;
use aws_runtime::service_clock_skew::{ServiceClockSkewClassifier, ServiceClockSkewInterceptor};
use aws_runtime::user_agent::{ApiMetadata, UserAgentInterceptor};
use aws_smithy_http::label::{EncodingStrategy, fmt_string};
use aws_smithy_runtime::client::orchestrator::operation::{Operation, OperationBuilder};
use aws_smithy_runtime::client::retries::classifiers::{HttpStatusCodeClassifier, TransientErrorClassifier};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::auth::AuthSchemeOptionResolverParams;
use aws_smithy_runtime_api::client::auth::static_resolver::StaticAuthSchemeOptionResolver;
use aws_smithy_runtime_api::client::interceptors::context::{Error, InterceptorContext};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, SensitiveOutput};
use aws_smithy_runtime_api::client::result::{ConnectorError, SdkError};
use aws_smithy_runtime_api::client::retries::classifiers::{ClassifyRetry, RetryAction};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponentsBuilder;
use aws_smithy_runtime_api::client::runtime_plugin::{SharedRuntimePlugin, StaticRuntimePlugin};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::Layer;
use aws_smithy_types::error::ErrorMetadata;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::SigningName;
use aws_types::region::SigningRegion;
use hyper_util::client::legacy::Error as HyperError;

use super::answer::{Answer, Reader};
use super::place::place;

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
        let freely = operation(config, bucket).runtime_plugin(signing.clone());
        let carefully = operation(config, bucket).runtime_plugin(signing).retry_classifier(OnlyIfRefused);
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

fn operation(config: &SdkConfig, bucket: &str) -> OperationBuilder {
    let mut builder = Operation::builder()
        .service_name("S3")
        .operation_name("Call")
        .endpoint_url(&place(config, bucket))
        .standard_retry(&config.retry_config().cloned().unwrap_or_else(RetryConfig::standard))
        .timeout_config(config.timeout_config().cloned().unwrap_or_else(TimeoutConfig::disabled))
        .retry_classifier(HttpStatusCodeClassifier::default())
        .retry_classifier(TransientErrorClassifier::<ErrorMetadata>::new())
        .retry_classifier(AwsErrorCodeClassifier::<ErrorMetadata>::new())
        .retry_classifier(ServiceClockSkewClassifier::<ErrorMetadata>::new())
        .interceptor(ServiceClockSkewInterceptor::new())
        .interceptor(UserAgentInterceptor::new())
        .with_connection_poisoning();
    if let Some(version) = config.behavior_version() {
        builder = builder.behavior_version(version);
    }
    if let Some(client) = config.http_client() {
        builder = builder.http_client(client);
    }
    if let Some(sleep) = config.sleep_impl() {
        builder = builder.sleep_impl(sleep);
    }
    if let Some(time) = config.time_source() {
        builder = builder.time_source(time);
    }
    builder
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
    let mut layer = Layer::new("S3");
    layer.store_put(SigV4OperationSigningConfig {
        region: config.region().cloned().map(SigningRegion::from),
        name: Some(SigningName::from_static("s3")),
        signing_options: options,
        ..SigV4OperationSigningConfig::default()
    });
    layer.store_put(AuthSchemeOptionResolverParams::new(()));
    layer.store_put(ApiMetadata::new("s3", env!("CARGO_PKG_VERSION")));
    layer.store_put(SensitiveOutput);
    let mut components = RuntimeComponentsBuilder::new("S3")
        .with_auth_scheme(SigV4AuthScheme::new())
        .with_auth_scheme_option_resolver(Some(StaticAuthSchemeOptionResolver::new(vec![SCHEME_ID])));
    if let Some(credentials) = config.credentials_provider() {
        components.set_identity_resolver(SCHEME_ID, credentials);
    }
    if let Some(cache) = config.identity_cache() {
        components.set_identity_cache(Some(cache));
    }
    StaticRuntimePlugin::new().with_config(layer.freeze()).with_runtime_components(components)
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
