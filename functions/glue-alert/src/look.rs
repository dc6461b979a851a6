//! The runs of jobs: read side by side, and one that cannot be read hides no other.

use std::future::Future;

use futures_util::StreamExt;
use futures_util::stream::iter;
use lifeboat::database::Seen;
use lifeboat::fault::Fault;
use lifeboat::flow::Troubles;
use lifeboat::glue::Run;
use lifeboat::ports::JobRuns;

use crate::World;

/// Most calls at once: Glue lets an account make a few tens of reads a second
pub const AT_ONCE: usize = 8;

/// The runs of each of these jobs, in their order
pub async fn runs<W: World>(world: &W, jobs: &[String], troubles: &mut Troubles) -> Vec<Seen<Vec<Run>>> {
    let all = side_by_side(jobs.iter().map(|job| world.jobs().job_runs(job)).collect()).await;
    let pairs = all.into_iter().zip(jobs);
    pairs.map(|(read, job)| seen(job, read, troubles)).collect()
}

/// What could not be looked at is noted, and stays unknown
pub fn seen<T>(of: &str, read: Result<Option<T>, Fault>, troubles: &mut Troubles) -> Seen<T> {
    match read {
        Ok(Some(thing)) => Seen::Present(thing),
        Ok(None) => Seen::Absent,
        Err(fault) => {
            troubles.note(of, &fault);
            Seen::Unknown(fault.to_string())
        }
    }
}

/// All of them, in their order, [`AT_ONCE`] at a time
pub async fn side_by_side<F: Future>(calls: Vec<F>) -> Vec<F::Output> {
    iter(calls).buffered(AT_ONCE).collect().await
}
