//! How long good runs take, and when one is far too long.

use jiff::SignedDuration;

use super::run::Run;

/// Newest good runs that say what is usual
const MOST_RUNS: usize = 30;
/// Fewer good runs say nothing about what is usual
const FEWEST_RUNS: usize = 5;
/// Times the usual that are far too long
const TIMES: i32 = 2;
/// What a run has to be longer at least, so that a job of seconds does not cry over seconds
const AT_LEAST: SignedDuration = SignedDuration::from_mins(15);

/// How long good runs take
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usual {
    /// The one in the middle
    pub median: SignedDuration,
    /// The longest
    pub longest: SignedDuration,
    /// How many good runs said so
    pub runs: usize,
}

/// How long the newest good runs took; none where there was none
pub fn usual(runs: &[Run]) -> Option<Usual> {
    let mut good: Vec<&Run> = runs.iter().filter(|run| run.is_good()).collect();
    good.sort_by_key(|run| std::cmp::Reverse(run.started_at));
    let took = good.iter().filter_map(|run| run.took(run.ended_at?));
    let mut took: Vec<SignedDuration> = took.take(MOST_RUNS).collect();
    took.sort();
    Some(Usual { median: *took.get(took.len() / 2)?, longest: *took.last()?, runs: took.len() })
}

/// From when on a run is far too long: by the policy's word, or by its earlier runs. None where neither says anything.
///
/// A month's end may take longer than other days and still be fine: what was good once is no alarm, with a quarter to spare.
pub fn far_too_long(longest_minutes: Option<i64>, usual: Option<&Usual>) -> Option<SignedDuration> {
    if let Some(minutes) = longest_minutes {
        return Some(SignedDuration::from_mins(minutes));
    }
    let usual = usual.filter(|usual| usual.runs >= FEWEST_RUNS)?;
    let by_median = usual.median.checked_mul(TIMES)?;
    let by_longest = usual.longest.checked_add(usual.longest.checked_div(4)?)?;
    Some(by_median.max(by_longest).max(usual.median.checked_add(AT_LEAST)?))
}
