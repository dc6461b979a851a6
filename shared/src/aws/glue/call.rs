//! One call to Glue: JSON 1.1, signed, tried again after whatever may pass. All of them read.

use aws_config::SdkConfig;
use aws_runtime::auth::SigningOptions;
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::error::ErrorMetadata;
use serde_json::Value;

use super::answer::Reader;
use crate::aws::line;

/// A failed call, in the form that the SDK's generated clients have too
pub(super) type Failure = SdkError<ErrorMetadata, HttpResponse>;

/// A request before it has an address and a signature
#[derive(Debug)]
struct Call {
    target: String,
    body: Vec<u8>,
}

impl Call {
    fn request(self) -> Result<HttpRequest, BoxError> {
        let length = self.body.len().to_string();
        let mut request = HttpRequest::new(SdkBody::from(self.body));
        request.set_method("POST")?;
        request.set_uri("/")?;
        request.headers_mut().try_insert("content-type", "application/x-amz-json-1.1")?;
        request.headers_mut().try_insert("content-length", length)?;
        request.headers_mut().try_insert("x-amz-target", self.target)?;
        Ok(request)
    }
}

/// The way to Glue. Clones share credentials and connections.
#[derive(Debug, Clone)]
pub(super) struct Line(Operation<Call, Vec<u8>, ErrorMetadata>);

impl Line {
    pub(super) fn new(config: &SdkConfig) -> Self {
        let signing = line::signing(config, "glue", SigningOptions::default());
        let has_region = config.region().is_some();
        let request = move |call: Call| if has_region { call.request() } else { Err("no region is set".into()) };
        let builder = line::operation(config, "Glue", &place(config)).runtime_plugin(signing);
        Self(builder.serializer(request).deserializer_impl(Reader).build())
    }

    /// The body of a good answer
    pub(super) async fn send(&self, operation: &str, asked: &Value) -> Result<Vec<u8>, Failure> {
        self.0.invoke(Call { target: format!("AWSGlue.{operation}"), body: asked.to_string().into_bytes() }).await
    }
}

/// Where Glue is, by the rules of its endpoints
fn place(config: &SdkConfig) -> String {
    if let Some(own) = line::own_endpoint(config, "Glue") {
        return own;
    }
    let region = config.region().map(AsRef::as_ref).unwrap_or_default();
    let fips = if config.use_fips() == Some(true) { "-fips" } else { "" };
    let domain = line::domain(region);
    let domain = match (config.use_dual_stack(), domain) {
        (Some(true), "amazonaws.com.cn") => "api.amazonwebservices.com.cn",
        (Some(true), "amazonaws.eu") => "api.amazonwebservices.eu",
        (Some(true), _) => "api.aws",
        _ => domain,
    };
    format!("https://glue{fips}.{region}.{domain}")
}

#[cfg(test)]
mod tests {
    use aws_config::Region;
    use aws_types::origin::Origin;
    use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};

    use super::*;

    fn in_region(region: &'static str) -> aws_types::sdk_config::Builder {
        SdkConfig::builder().region(Region::new(region))
    }

    #[test]
    fn glue_is_where_its_endpoint_rules_say() {
        assert_eq!(place(&in_region("eu-central-1").build()), "https://glue.eu-central-1.amazonaws.com");
        assert_eq!(place(&in_region("cn-north-1").build()), "https://glue.cn-north-1.amazonaws.com.cn");
        let fips = || in_region("us-east-1").use_fips(true);
        assert_eq!(place(&fips().build()), "https://glue-fips.us-east-1.amazonaws.com");
        assert_eq!(place(&fips().use_dual_stack(true).build()), "https://glue-fips.us-east-1.api.aws");
        let both = in_region("cn-north-1").use_dual_stack(true).build();
        assert_eq!(place(&both), "https://glue.cn-north-1.api.amazonwebservices.com.cn");
    }

    #[derive(Debug)]
    struct Settings;

    impl LoadServiceConfig for Settings {
        fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
            let asked = (key.service_id(), key.env(), key.profile());
            (asked == ("Glue", "AWS_ENDPOINT_URL", "endpoint_url")).then(|| "http://glue:1".to_owned())
        }
    }

    #[test]
    fn the_endpoint_of_glue_goes_before_the_one_of_all_services() {
        let mut config = in_region("eu-central-1").endpoint_url("http://all:1").service_config(Settings);
        config.insert_origin("endpoint_url", Origin::shared_environment_variable());
        assert_eq!(place(&config.build()), "http://glue:1");
        assert_eq!(place(&in_region("eu-central-1").endpoint_url("http://all:1").build()), "http://all:1");
    }
}
