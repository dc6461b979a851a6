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

/// Pages of a walk over every snapshot of an account: twenty thousand. Automated ones count against no quota, so an account of
/// five hundred databases with 35 days of retention has seventeen thousand of them.
#[cfg(feature = "rds-read")]
const MOST_SNAPSHOT_PAGES: usize = 200;

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

/// Every snapshot on all pages of RDS
#[cfg(feature = "rds-read")]
pub(super) async fn walk_snapshots<P, E, T>(
    operation: &'static str,
    resource: &str,
    pages: PaginationStream<Result<P, SdkError<E, HttpResponse>>>,
    take: impl FnMut(P) -> Vec<T>,
) -> Result<Vec<T>, Fault>
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    walk_at_most(MOST_SNAPSHOT_PAGES, operation, resource, PAGE, pages, take).await
}

/// Everything on all pages of `page` things each. More than [`MOST_PAGES`] are an error, never a shorter list.
pub(super) async fn walk_pages<P, E, T>(
    operation: &'static str,
    resource: &str,
    page: i32,
    pages: PaginationStream<Result<P, SdkError<E, HttpResponse>>>,
    take: impl FnMut(P) -> Vec<T>,
) -> Result<Vec<T>, Fault>
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    walk_at_most(MOST_PAGES, operation, resource, page, pages, take).await
}

async fn walk_at_most<P, E, T>(
    most: usize,
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
        if walked == most {
            return Err(too_many(operation, resource, &format!("{most} pages of {page}")));
        }
        all.extend(take(found.map_err(|error| fault(operation, resource, error))?));
        walked += 1;
    }
    Ok(all)
}
