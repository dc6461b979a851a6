//! Walks over RDS's pages, with a bound.

use std::error::Error;

use aws_smithy_async::future::pagination_stream::PaginationStream;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::error::{fault, too_many};
use crate::fault::Fault;

/// Things on one page: the most that RDS gives
pub(super) const PAGE: i32 = 100;
/// Pages of one walk: five thousand things, ten times what the default quotas allow
const MOST_PAGES: usize = 50;

/// Everything on all pages. More than [`MOST_PAGES`] are an error, never a shorter list.
pub(super) async fn walk<P, E, T>(
    operation: &'static str,
    resource: &str,
    mut pages: PaginationStream<Result<P, SdkError<E, HttpResponse>>>,
    mut take: impl FnMut(P) -> Vec<T>,
) -> Result<Vec<T>, Fault>
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    let mut all = Vec::new();
    let mut walked = 0;
    while let Some(page) = pages.next().await {
        if walked == MOST_PAGES {
            return Err(too_many(operation, resource, &format!("{MOST_PAGES} pages of {PAGE}")));
        }
        all.extend(take(page.map_err(|error| fault(operation, resource, error))?));
        walked += 1;
    }
    Ok(all)
}
