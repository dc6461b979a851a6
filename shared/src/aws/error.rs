//! From the SDK's errors to ours.
//!
//! Three questions, in this order: did AWS answer with a code (then the code says what it means); was anything sent at all
//! (if not, asking again is safe); and if it was, the act may have been done, whatever the SDK could read of the answer.

use std::error::Error;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::{ConnectorError, SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::request_id::RequestId;

use crate::fault::{Class, Fault, classify};

/// Links of an error's chain that a message repeats
const MOST_LINKS: usize = 8;
/// Characters of a message: AWS's are short, and a parser's may quote what it could not read
const LONGEST_MESSAGE: usize = 500;

/// A failed call as a [`Fault`]. `operation` is the IAM action of the call.
pub(super) fn fault<E>(operation: &'static str, resource: &str, error: SdkError<E, HttpResponse>) -> Fault
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    let code = error.code().unwrap_or_default().to_owned();
    let class = class_of(&code, &error);
    let request = error.request_id().map(|id| format!(" (request {id})")).unwrap_or_default();
    let said = match error.message() {
        Some(said) => said.to_owned(),
        None => chain(&error),
    };
    let message = format!("{}{request}", cut(&said));
    let fault = Fault::new(class, operation, resource, &code, &message);
    match error.into_source() {
        // The source only: the `SdkError` around it holds the whole raw response.
        Ok(source) => fault.caused_by(source),
        Err(_) => fault,
    }
}

/// A bound was reached
#[allow(dead_code, reason = "which of the two is used depends on the services that are on")]
pub(super) fn too_many(operation: &'static str, resource: &str, bound: &str) -> Fault {
    Fault::new(
        Class::Permanent,
        operation,
        resource,
        "TooMany",
        &format!("there is more than {bound}; nothing was left out silently"),
    )
}

/// An answer that lacks what AWS's own model promises
#[allow(dead_code, reason = "which of the two is used depends on the services that are on")]
pub(super) fn incomplete(operation: &'static str, resource: &str, lacking: &str) -> Fault {
    Fault::new(Class::Unknown, operation, resource, "", &format!("the answer has no {lacking}"))
}

fn class_of<E: Error + 'static>(code: &str, error: &SdkError<E, HttpResponse>) -> Class {
    if !code.is_empty() {
        return classify(code);
    }
    match error {
        SdkError::ConstructionFailure(_) => Class::Configuration,
        SdkError::DispatchFailure(failure) => match failure.as_connector_error() {
            Some(error) => class_of_dispatch(error),
            None => Class::Unknown,
        },
        SdkError::ServiceError(answer) => class_of_status(answer.raw().status().as_u16()),
        SdkError::ResponseError(answer) => class_of_status(answer.raw().status().as_u16()),
        // Timeouts, and whatever a newer SDK may add
        _ => Class::Unknown,
    }
}

/// An answer without a readable code: a proxy's page, a cut connection, S3's bare 412
fn class_of_status(status: u16) -> Class {
    match status {
        412 => Class::Conflict,
        429 | 500..=599 => Class::Transient,
        300..=499 => Class::Permanent,
        _ => Class::Unknown,
    }
}

fn class_of_dispatch(error: &ConnectorError) -> Class {
    match links(error).find_map(|link| link.downcast_ref::<CredentialsError>()) {
        Some(CredentialsError::ProviderTimedOut(_)) => return Class::Transient,
        Some(_) => return Class::Permission,
        None => {}
    }
    if error.is_user() {
        return Class::Configuration;
    }
    let transport = links(error).find_map(|link| link.downcast_ref::<hyper_util::client::legacy::Error>());
    if transport.is_some_and(hyper_util::client::legacy::Error::is_connect) { Class::Transient } else { Class::Unknown }
}

fn links<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |link| (**link).source()).take(MOST_LINKS)
}

/// The chain in words, each link once: "dispatch failure: io error: … connection refused"
fn chain(error: &(dyn Error + 'static)) -> String {
    let mut said: Vec<String> = Vec::new();
    for link in links(error).map(ToString::to_string) {
        if said.last() != Some(&link) {
            said.push(link);
        }
    }
    said.join(": ")
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(LONGEST_MESSAGE) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests;
