//! IAM tokens for a database login, signed here.
//!
//! A token is a presigned URL without its scheme. `aws_sdk_rds::auth_token` makes the same one, but leaves the user's name
//! unescaped, and would bring a client that can delete databases into the one function that must not have it.

use std::future::Future;
use std::time::Duration;

use aws_config::{Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials as _, SharedCredentialsProvider};
use aws_sigv4::http_request::{SignableBody, SignableRequest, SignatureLocation, SigningSettings, sign};
use aws_sigv4::sign::v4;
use jiff::Timestamp;
use lifeboat::fault::{Class, Fault};
use lifeboat::sql::Password;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// How long a token can open a connection; the longest that AWS allows. A connection once open stays.
const VALID_FOR: Duration = Duration::from_mins(15);

/// What RFC 3986 leaves unescaped
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Makes IAM tokens. IAM: `rds-db:connect`.
pub trait Tokens: Sync {
    /// A token for a user at an endpoint
    fn token(
        &self,
        host: &str,
        port: u16,
        user: &str,
        now: Timestamp,
    ) -> impl Future<Output = Result<Password, Fault>> + Send;
}

/// Tokens signed with the function's own credentials; no call is made.
pub struct SignedTokens {
    credentials: Option<SharedCredentialsProvider>,
    region: Option<Region>,
}

impl SignedTokens {
    /// Signs with the credentials of the shared configuration, for databases of its region
    pub fn of(config: &SdkConfig) -> Self {
        Self { credentials: config.credentials_provider(), region: config.region().cloned() }
    }
}

impl Tokens for SignedTokens {
    async fn token(&self, host: &str, port: u16, user: &str, now: Timestamp) -> Result<Password, Fault> {
        let cannot = |why: &str| Fault::new(Class::Configuration, "rds-db:connect", host, "", why);
        let (Some(credentials), Some(region)) = (&self.credentials, &self.region) else {
            return Err(cannot("no AWS credentials or no region are configured"));
        };
        let credentials = credentials.provide_credentials().await;
        let credentials = credentials.map_err(|error| cannot("no AWS credentials could be loaded").caused_by(error))?;
        presigned(credentials, region.as_ref(), &format!("{host}:{port}"), user, now)
            .map_err(|error| cannot("the token could not be signed").caused_by(error))
    }
}

type SigningError = Box<dyn std::error::Error + Send + Sync>;

fn presigned(
    credentials: Credentials,
    region: &str,
    place: &str,
    user: &str,
    now: Timestamp,
) -> Result<Password, SigningError> {
    let mut settings = SigningSettings::default();
    settings.expires_in = Some(VALID_FOR);
    settings.signature_location = SignatureLocation::QueryParams;
    let identity = credentials.into();
    let signing = v4::SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name("rds-db")
        .time(now.into())
        .settings(settings)
        .build()?;
    let mut token = format!("{place}/?Action=connect&DBUser={}", utf8_percent_encode(user, ESCAPED));
    let url = format!("https://{token}");
    let request = SignableRequest::new("GET", url, std::iter::empty(), SignableBody::empty())?;
    let (instructions, _) = sign(request, &signing.into())?.into_parts();
    for (name, value) in instructions.params() {
        token.push('&');
        token.push_str(name);
        token.push('=');
        token.extend(utf8_percent_encode(value, ESCAPED));
    }
    Ok(Password::new(token))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOST: &str = "copy.abc.eu-west-1.rds.amazonaws.com";

    async fn token_for(user: &str) -> String {
        let credentials = Credentials::new(
            "AKIDEXAMPLE",
            "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
            Some("to/ken+=".to_owned()),
            None,
            "test",
        );
        let tokens = SignedTokens {
            credentials: Some(SharedCredentialsProvider::new(credentials)),
            region: Some(Region::from_static("eu-west-1")),
        };
        let now = "2026-11-22T18:00:00Z".parse().unwrap();
        tokens.token(HOST, 5432, user, now).await.unwrap().reveal().to_owned()
    }

    /// The expected tokens are botocore 1.43.11's (`generate_db_auth_token`) for the same credentials and instant.
    #[tokio::test]
    async fn a_token_is_signed_as_botocore_signs_it() {
        let table = [
            ("drill", "DBUser=drill", "df92e72623b79b8381e988e2683be0def4196ed91308c6e8ae0605d66ea96111"),
            (
                "dr&ill#1 ü",
                "DBUser=dr%26ill%231%20%C3%BC",
                "2d8fb42186ed172737b9001a8826639670b670dba3626a6f3e9ea62591b0ef1f",
            ),
        ];
        for (user, named, signature) in table {
            let token = token_for(user).await;
            assert!(token.starts_with(&format!("{HOST}:5432/?Action=connect&{named}&")), "{token}");
            let query = token.split_once('?').unwrap().1;
            let mut fields: Vec<&str> = query.split('&').collect();
            fields.sort_unstable();
            let signature = format!("X-Amz-Signature={signature}");
            let mut expected = [
                "Action=connect",
                named,
                "X-Amz-Algorithm=AWS4-HMAC-SHA256",
                "X-Amz-Credential=AKIDEXAMPLE%2F20261122%2Feu-west-1%2Frds-db%2Faws4_request",
                "X-Amz-Date=20261122T180000Z",
                "X-Amz-Expires=900",
                "X-Amz-SignedHeaders=host",
                "X-Amz-Security-Token=to%2Fken%2B%3D",
                &signature,
            ];
            expected.sort_unstable();
            assert_eq!(fields, expected);
        }
    }
}
