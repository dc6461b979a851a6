//! What is wrong with a job now, compared with what is remembered of it.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::calendar::{missed, started};
use super::event::Change;
use super::memory::{Issue, JobMemory, Kind, State};
use super::run::{Attempts, Run, RunState, attempts};
use super::usual::{far_too_long, usual};
use crate::database::Seen;
use crate::policy::{Job, Policy};

/// How far back a failure that nobody told of is still news. Longer than any outage that Lambda's and `EventBridge`'s retries
/// bridge, and short enough that the first look at an old job tells no history.
pub const LOOK_BACK: SignedDuration = SignedDuration::from_hours(48);

/// A job as it was looked at
#[derive(Debug, Clone, Copy)]
pub struct Look<'a> {
    /// Its name
    pub job: &'a str,
    /// Its runs as Glue lists them; `Absent`: Glue has no such job
    pub runs: &'a Seen<Vec<Run>>,
    /// What an event said; none for the poll
    pub change: Option<&'a Change>,
}

/// The runs of a look, with what the event says where the list does not know it yet: lists follow events by seconds.
pub fn runs_of(look: &Look<'_>, now: Timestamp) -> Vec<Run> {
    let mut runs = look.runs.present().cloned().unwrap_or_default();
    let Some((change, id)) = look.change.and_then(|change| Some((change, change.run.as_deref()?))) else {
        return runs;
    };
    let Some(state) = change.state.as_deref().map(RunState::of) else { return runs };
    match runs.iter_mut().find(|run| run.id == id) {
        Some(run) if run.is_over() => {}
        Some(run) if state == RunState::Succeeded || state.is_failure() => {
            run.state = state;
            run.ended_at = run.ended_at.or(change.at).or(Some(now));
            run.error = run.error.take().or_else(|| change.message.clone());
        }
        Some(_) => {}
        None => runs.push(Run {
            id: id.to_owned(),
            attempt: 0,
            previous: None,
            started_at: None,
            ended_at: (state == RunState::Succeeded || state.is_failure()).then(|| change.at.unwrap_or(now)),
            worked_seconds: None,
            timeout_minutes: None,
            error: change.message.clone(),
            trigger: None,
            state,
        }),
    }
    runs
}

/// What is remembered after a look at some jobs. What could not be looked at stays as it was.
pub fn judge(now: Timestamp, policy: Option<&Policy>, looks: &[Look<'_>], before: &State) -> State {
    let mut next = before.clone();
    let zone = policy.map_or(TimeZone::UTC, Policy::zone);
    for look in looks {
        // Nothing was seen and nothing was said: the first look is still to come.
        if matches!(look.runs, Seen::Unknown(_)) && look.change.is_none() {
            continue;
        }
        let is_first = !next.jobs.contains_key(look.job);
        let memory = next.jobs.entry(look.job.to_owned()).or_insert_with(|| JobMemory::new(now));
        let runs = runs_of(look, now);
        let entry = policy.and_then(|policy| policy.job(look.job));
        Judging { now, look, runs: &runs, is_first, memory }.all(entry, &zone);
    }
    // Without a policy nobody knows which jobs it names: nothing is forgotten then.
    if let Some(policy) = policy {
        next.trim(now, |job| policy.job(job).is_some());
    }
    next
}

impl JobMemory {
    fn new(now: Timestamp) -> Self {
        Self { since: now, issues: std::collections::BTreeMap::new() }
    }
}

struct Judging<'a> {
    now: Timestamp,
    look: &'a Look<'a>,
    runs: &'a [Run],
    is_first: bool,
    memory: &'a mut JobMemory,
}

impl Judging<'_> {
    fn all(&mut self, entry: Option<&Job>, zone: &TimeZone) {
        match (self.look.runs, entry) {
            (Seen::Absent, Some(_)) => self.gone(),
            // A job that neither Glue nor the policy has is nobody's any more.
            (Seen::Absent, None) | (Seen::Present(_), _) => self.end_all(Kind::Gone, |_| true, None),
            (Seen::Unknown(_), _) => {}
        }
        self.failed();
        if self.look.runs.present().is_some() {
            self.missed(entry, zone);
            self.long(entry);
        }
    }

    fn gone(&mut self) {
        let now = self.now;
        let issue = self.memory.issues.entry("gone".to_owned()).or_insert_with(|| Issue::new(Kind::Gone, now, now));
        if issue.ended.is_some() {
            *issue = Issue::new(Kind::Gone, now, now);
        }
    }

    fn end_all(&mut self, kind: Kind, which: impl Fn(&Issue) -> bool, by: Option<&str>) {
        let now = self.now;
        for issue in self.memory.issues.values_mut().filter(|issue| issue.kind == kind && which(issue)) {
            issue.end(now, by);
        }
    }

    fn failed(&mut self) {
        let groups = attempts(self.runs);
        let told_now = self.look.change.and_then(|change| change.run.as_deref());
        for group in &groups {
            let Some(failure) = group.failure() else { continue };
            let ids = group.ids();
            let at = failure.ended_at.or(failure.started_at).unwrap_or(self.now);
            let known = || self.memory.issues.values().filter(|issue| issue.kind == Kind::Failed);
            let of_others: BTreeSet<String> = known().flat_map(|issue| issue.runs.clone()).collect();
            let failed = self.memory.issues.values_mut().filter(|issue| issue.kind == Kind::Failed && issue.is_open());
            // One more attempt of what is told already; after an end it is a failure of its own.
            if let Some(issue) = { failed }.find(|issue| !issue.runs.is_disjoint(&ids)) {
                issue.runs.extend(ids);
                continue;
            }
            if of_others.contains(&failure.id) {
                continue;
            }
            let is_told_now = told_now.is_some_and(|id| ids.contains(id));
            let is_news = self.now.duration_since(at) <= LOOK_BACK;
            // What was over and well again before anybody looked is nobody's news, today or tomorrow.
            let is_history = at < self.memory.since && self.success_after(failure).is_some();
            if is_told_now || (is_news && !is_history) {
                let mut issue = Issue::new(Kind::Failed, at, self.now);
                issue.runs = ids.difference(&of_others).cloned().collect();
                self.memory.issues.insert(format!("failed/{}", failure.id), issue);
            }
        }
        self.well_again(&groups);
    }

    /// A good run that began after a failed one did, or a retry of it that succeeded
    fn well_again(&mut self, groups: &[Attempts<'_>]) {
        let open: Vec<(String, Issue)> = self
            .memory
            .issues
            .iter()
            .filter(|(_, issue)| issue.kind == Kind::Failed && issue.is_open())
            .map(|(id, issue)| (id.clone(), issue.clone()))
            .collect();
        for (id, issue) in open {
            let its = groups.iter().flat_map(|group| &group.runs).filter(|run| issue.runs.contains(&run.id));
            let newest = its.filter(|run| run.is_bad()).max_by_key(|run| (run.started_at, run.ended_at));
            let retried = groups.iter().filter(|group| !group.ids().is_disjoint(&issue.runs));
            let retried = retried.flat_map(|group| group.runs.iter().rev()).find(|run| run.is_good());
            let by = match (retried, newest) {
                (Some(run), _) => Some(run.id.clone()),
                (None, Some(failure)) => self.success_after(failure),
                // Glue has forgotten it, or cannot be asked now.
                (None, None) => self.success_since(issue.at),
            };
            if let (Some(by), Some(issue)) = (by, self.memory.issues.get_mut(&id)) {
                issue.end(self.now, Some(&by));
            }
        }
    }

    /// Without a begin of its own, as an event alone tells none, the end of the failure has to do.
    fn success_after(&self, failure: &Run) -> Option<String> {
        self.success_since(failure.started_at.or(failure.ended_at)?)
    }

    /// The newest good run that began after a time
    fn success_since(&self, at: Timestamp) -> Option<String> {
        let good = self.runs.iter().filter(|run| run.is_good());
        let began = good.filter_map(|run| Some((run.started_at.or(run.ended_at)?, run.id.clone())));
        began.filter(|(began, _)| *began > at).max().map(|(_, id)| id)
    }

    fn missed(&mut self, entry: Option<&Job>, zone: &TimeZone) {
        let due = entry.map(|job| missed(self.now, job, zone, self.runs)).unwrap_or_default();
        let newest = due.last().map(|missed| missed.by);
        // What was missed before anybody looked is history, but for the newest at the first look.
        let (since, is_first) = (self.memory.since, self.is_first);
        let is_news = |by: Timestamp| by >= since || (is_first && Some(by) == newest);
        for missed in due.into_iter().filter(|missed| is_news(missed.by)) {
            let id = format!("missed/{}", missed.date);
            match (missed.started, self.memory.issues.get_mut(&id)) {
                (Some(run), Some(issue)) => issue.end(self.now, Some(&run)),
                (None, None) => {
                    self.memory.issues.insert(id, Issue::new(Kind::Missed, missed.by, self.now));
                }
                (Some(_), None) | (None, Some(_)) => {}
            }
        }
        // Older ones end with any run; a day that the policy has taken out was none to miss.
        let (now, runs) = (self.now, self.runs);
        for issue in self.memory.issues.values_mut().filter(|issue| issue.kind == Kind::Missed) {
            let date = issue.at.to_zoned(zone.clone()).date();
            if !entry.is_some_and(|job| job.starts_on(date)) {
                issue.end(now, None);
            } else if let Some(run) = started(runs, issue.at) {
                issue.end(now, Some(&run));
            }
        }
    }

    fn long(&mut self, entry: Option<&Job>) {
        let usual = usual(self.runs);
        let limit = far_too_long(entry.and_then(|job| job.longest_minutes), usual.as_ref());
        for run in self.runs {
            let id = format!("long/{}", run.id);
            if run.is_over() {
                if let Some(issue) = self.memory.issues.get_mut(&id) {
                    issue.end(self.now, run.is_good().then_some(run.id.as_str()));
                }
                continue;
            }
            let is_under_way = run.state != RunState::Waiting;
            let (Some(began), Some(limit)) = (run.started_at.filter(|_| is_under_way), limit) else { continue };
            let too_long = self.now.duration_since(began) > limit;
            if too_long && !self.memory.issues.contains_key(&id) {
                let at = began.saturating_add(limit).unwrap_or(self.now);
                let mut issue = Issue::new(Kind::Long, at, self.now);
                issue.runs.insert(run.id.clone());
                self.memory.issues.insert(id, issue);
            }
        }
    }
}
