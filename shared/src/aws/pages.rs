//! Walks over pages, with a bound.

use std::error::Error;

use aws_smithy_async::future::pagination_stream::PaginationStream;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::error::{fault, too_many};
use crate::fault::Fault;

/// Things on one page: the most that RDS gives
#[cfg(feature = "rds-read")]
pub(super) const PAGE: i32 = 100;
/// Pages of one walk: of RDS five thousand things, ten times what the default quotas allow
const MOST_PAGES: usize = 50;

/// Everything on all pages of RDS
#[cfg(feature = "rds-read")]
pub(super) async fn walk<P, E, T>(
    operation: &'static str,
    resource: &str,
    pages: PaginationStream<Result<P, SdkError<E, HttpResponse>>>,
    take: impl FnMut(P) -> Vec<T>,
) -> Result<Vec<T>, Fault>
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    walk_pages(operation, resource, PAGE, pages, take).await
}

/// Everything on all pages of `page` things each. More than [`MOST_PAGES`] are an error, never a shorter list.
pub(super) async fn walk_pages<P, E, T>(
    operation: &'static str,
    resource: &str,
    page: i32,
    mut pages: PaginationStream<Result<P, SdkError<E, HttpResponse>>>,
    mut take: impl FnMut(P) -> Vec<T>,
) -> Result<Vec<T>, Fault>
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    let mut all = Vec::new();
    let mut walked = 0;
    while let Some(found) = pages.next().await {
        if walked == MOST_PAGES {
            return Err(too_many(operation, resource, &format!("{MOST_PAGES} pages of {page}")));
        }
        all.extend(take(found.map_err(|error| fault(operation, resource, error))?));
        walked += 1;
    }
    Ok(all)
}
