//! What S3 answers.

use aws_smithy_runtime_api::client::interceptors::context::{Error, Output};
use aws_smithy_runtime_api::client::orchestrator::{HttpResponse, OrchestratorError};
use aws_smithy_runtime_api::client::ser_de::DeserializeResponse;
use aws_smithy_types::config_bag::ConfigBag;
use aws_smithy_types::error::ErrorMetadata;
use aws_smithy_xml::decode::{Document, XmlDecodeError, try_data};

/// Largest answer that is read into memory: records and reports have kilobytes, a page of a list at most a megabyte
const LARGEST_ANSWER: u64 = 8 * 1024 * 1024;

/// A good answer
#[derive(Debug)]
pub(super) struct Answer {
    /// The object's ETag, quotes and all
    pub(super) etag: Option<String>,
    /// The whole body
    pub(super) body: Vec<u8>,
}

/// Reads answers, after a look at their length
#[derive(Debug)]
pub(super) struct Reader;

impl DeserializeResponse for Reader {
    /// Asked before the body is read: the place to refuse one that is too large
    fn deserialize_streaming_with_config(
        &self,
        response: &mut HttpResponse,
        _: &ConfigBag,
    ) -> Option<Result<Output, OrchestratorError<Error>>> {
        let length: u64 = response.headers().get("content-length")?.parse().ok()?;
        let too_large = || {
            let said = "there is more than 8 MiB in one object; nothing was left out silently";
            failed(ErrorMetadata::builder().code("TooMany").message(said).build())
        };
        (length > LARGEST_ANSWER).then(too_large)
    }

    fn deserialize_nonstreaming_with_config(
        &self,
        response: &HttpResponse,
        _: &ConfigBag,
    ) -> Result<Output, OrchestratorError<Error>> {
        let body = response.body().bytes().unwrap_or_default();
        if !response.status().is_success() {
            return failed(error(response.status().as_u16(), body));
        }
        let etag = response.headers().get("etag").map(ToOwned::to_owned);
        Ok(Output::erase(Answer { etag, body: body.to_vec() }))
    }
}

fn failed(said: ErrorMetadata) -> Result<Output, OrchestratorError<Error>> {
    Err(OrchestratorError::operation(Error::erase(said)))
}

/// Code and message of an error; without a code where the body is not S3's
fn error(status: u16, body: &[u8]) -> ErrorMetadata {
    let plain = || ErrorMetadata::builder().message(format!("HTTP {status}, without S3's own words")).build();
    read_error(body).ok().filter(|error| error.code().is_some_and(|code| !code.is_empty())).unwrap_or_else(plain)
}

fn read_error(body: &[u8]) -> Result<ErrorMetadata, XmlDecodeError> {
    let mut document = Document::try_from(body)?;
    let mut root = document.root_element()?;
    let mut error = ErrorMetadata::builder();
    if !root.start_el().matches("Error") {
        return Ok(error.build());
    }
    while let Some(mut tag) = root.next_tag() {
        match tag.start_el().local() {
            "Code" => error = error.code(try_data(&mut tag)?),
            "Message" => error = error.message(try_data(&mut tag)?),
            _ => {}
        }
    }
    Ok(error.build())
}

/// One page of a list
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Page {
    /// Its keys, in order
    pub(super) keys: Vec<String>,
    /// Whether there are more
    pub(super) is_cut: bool,
    /// How to ask for more
    pub(super) next: Option<String>,
}

/// A page of a list. The decoder takes broken XML for its end, so the page is first held to be whole: a list that ends
/// early would hide what is behind its end.
pub(super) fn page(body: &[u8]) -> Result<Page, XmlDecodeError> {
    if let Some(error) = Document::try_from(body)?.find_map(Result::err) {
        return Err(error);
    }
    if !body.trim_ascii_end().ends_with(b"</ListBucketResult>") {
        return Err(XmlDecodeError::custom("the list ends early"));
    }
    let mut document = Document::try_from(body)?;
    let mut root = document.root_element()?;
    let mut page = Page { keys: Vec::new(), is_cut: false, next: None };
    while let Some(mut tag) = root.next_tag() {
        match tag.start_el().local() {
            "IsTruncated" => page.is_cut = try_data(&mut tag)? == "true",
            "NextContinuationToken" => page.next = Some(try_data(&mut tag)?.into_owned()),
            "Contents" => {
                while let Some(mut field) = tag.next_tag() {
                    if field.start_el().matches("Key") {
                        page.keys.push(try_data(&mut field)?.into_owned());
                    }
                }
            }
            _ => {}
        }
    }
    Ok(page)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_read_with_the_characters_that_xml_escapes() {
        let body = br#"<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name><IsTruncated>true</IsTruncated>
<Contents><Key>a &amp; b/&lt;1&gt;.json</Key><ETag>&quot;x&quot;</ETag><Owner><ID>Key</ID></Owner></Contents>
<Contents><Size>1</Size><Key>caf&#xe9; + %20&#1;</Key></Contents>
<NextContinuationToken>1+/=</NextContinuationToken></ListBucketResult>"#;
        let keys = vec!["a & b/<1>.json".to_owned(), "caf\u{e9} + %20\u{1}".to_owned()];
        assert_eq!(page(body).unwrap(), Page { keys, is_cut: true, next: Some("1+/=".to_owned()) });
        assert!(page(b"<html></html>").is_err());
        assert!(page(b"").is_err());
        assert!(page(b"<ListBucketResult><Contents><Key>cut o").is_err(), "a page that ends early is no page");
        let broken = b"<ListBucketResult><Contents><Key>a</Key></Contents><Co<ntents></ListBucketResult>";
        assert!(page(broken).is_err(), "nor is one that is broken in its midst");
    }

    #[test]
    fn an_error_is_read_and_a_proxys_page_is_none() {
        let said = error(403, b"<Error><Code>AccessDenied</Code><Message>not &amp; never</Message></Error>");
        assert_eq!((said.code(), said.message()), (Some("AccessDenied"), Some("not & never")));
        for body in ["", "<html><Code>x</Code></html>", "<Error><Code>", "\u{0}"] {
            let said = error(502, body.as_bytes());
            assert_eq!((said.code(), said.message()), (None, Some("HTTP 502, without S3's own words")), "{body:?}");
        }
    }
}
