//! The one HTTP client, on one TLS provider.

use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::connector_metadata::ConnectorMetadata;
use aws_smithy_runtime_api::client::http::{HttpClient, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;

/// A client whose connections every service client shares.
///
/// Ring, because `aws-lc` would spend milliseconds of CPU on entropy at the first handshake of a process.
pub(super) fn client() -> SharedHttpClient {
    let client = aws_smithy_http_client::Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
    SharedHttpClient::new(Unvalidated(client))
}

/// Every service client has its HTTP client validated when it is made, and validating means: reading all root certificates
/// and throwing the connector away. With five clients that was a sixth of a cold start; what is wrong shows at the first
/// call all the same.
#[derive(Debug)]
struct Unvalidated(SharedHttpClient);

impl HttpClient for Unvalidated {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        self.0.http_connector(settings, components)
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        self.0.connector_metadata()
    }
}
