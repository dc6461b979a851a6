//! `tearing_down`: instances, then the cluster, then look until nothing is there (Aurora user guide, "Deleting Aurora DB clusters").
//!
//! Everything removed here passes the `Owned` gate in the flow, on facts read just before the call.

use jiff::Timestamp;

use super::making::{Look, look};
use super::standing::{Standing, after, announce, may_still_appear, standing};
use super::{Decision, NOT_YET_VISIBLE, Observed, RETRY_AFTER, TEAR_DOWN_LIMIT, fail_for_leftovers, step, vault, wait};
use crate::database::{Event, Seen};
use crate::fault::Class;
use crate::restore::progress::{ActState, Phase};
use crate::restore::record::{Leftover, Record};
use crate::restore::status::Health;
use crate::restore::{Act, Candidate, Purpose, job};

pub(super) fn decide(now: Timestamp, record: &Record, seen: &Observed) -> Decision {
    let noted = with_events(record, &seen.events);
    let parts = parts(record, seen);
    if let Some(mut decision) = vault::tearing_down(now, &noted, seen) {
        if now >= vault::limit(record, seen, &decision, limit(record)) {
            return over_limit(now, &noted, &parts).unwrap_or(decision);
        }
        // What RDS noted is kept with whatever comes next.
        decision.next.events.clone_from(&noted.events);
        return decision;
    }
    let unsure = !parts.any_present() && unseen(now, record);
    if parts.all_gone() && !unsure {
        return match &seen.leftovers {
            Some(leftovers) => close(now, noted, leftovers.clone()),
            None => {
                over_limit(now, &noted, &parts).unwrap_or_else(|| step_or_wait(record, noted, "looking for leftovers"))
            }
        };
    }
    let acts = removals(now, &noted, seen, &parts);
    if !acts.is_empty() && now < limit(record) {
        let mut next = noted;
        for act in &acts {
            announce(now, &mut next, act);
        }
        let names: Vec<String> = acts.iter().map(Act::name).collect();
        return Decision { next, acts, because: names.join(", ") };
    }
    let waiting = if unsure { "what was asked for may still appear" } else { "the copy is being removed" };
    over_limit(now, &noted, &parts).unwrap_or_else(|| step_or_wait(record, noted, waiting))
}

/// Whether nothing of the copy is to be seen: it is gone, or was never this run's
pub(super) fn is_gone(record: &Record, seen: &Observed) -> bool {
    parts(record, seen).all_gone()
}

/// Whether something was asked for that nobody has seen yet, and that may still turn up. What came up, or was seen and told
/// to go, is gone for good once it is not there.
fn unseen(now: Timestamp, record: &Record) -> bool {
    let (copy, instance) = (&record.copy.identifier, record.copy.instance.as_ref().unwrap_or(&record.copy.identifier));
    let told_to_go = |identifier: &str| {
        let removals = [format!("delete-instance:{identifier}"), format!("delete-cluster:{identifier}")];
        removals.iter().any(|act| record.acts.contains_key(act))
    };
    let restored = record.milestones.volume_restored.is_some() || told_to_go(copy);
    let attached = record.milestones.instance_up.is_some() || told_to_go(instance);
    (!restored && may_still_appear(now, record, "restore")) || (!attached && may_still_appear(now, record, "attach"))
}

fn limit(record: &Record) -> Timestamp {
    after(record.entered(Phase::TearingDown).unwrap_or(record.requested_at), TEAR_DOWN_LIMIT)
}

fn step_or_wait(before: &Record, next: Record, because: &str) -> Decision {
    if next == *before { wait(before, because) } else { step(next, because) }
}

/// What there is to remove
struct Parts {
    instance: Part,
    cluster: Part,
}

#[derive(Debug, PartialEq, Eq)]
enum Part {
    /// Gone for certain, or not of this run at all
    Gone,
    /// Here, with AWS's word for its state
    Here(String, Health),
    /// Could not be told
    Unknown(String),
}

impl Parts {
    fn all_gone(&self) -> bool {
        self.instance == Part::Gone && self.cluster == Part::Gone
    }

    fn any_present(&self) -> bool {
        [&self.instance, &self.cluster].into_iter().any(|part| matches!(part, Part::Here(..)))
    }
}

fn parts(record: &Record, seen: &Observed) -> Parts {
    let clustered = record.plan.kind.is_clustered();
    // The name may have been taken before the run: then the restore was refused, and what has the name is not ours.
    let taken = |act: &str| matches!(record.acts.get(act).map(|asked| &asked.state), Some(ActState::Refused { failure, .. }) if failure.class == Class::AlreadyExists);
    // AWS Backup says so in the words of its job.
    let by_job = seen.job.present().is_some_and(|seen| job::has_failed(seen) && job::says_taken(seen));
    let restore_taken = taken("restore") || by_job;
    if record.purpose == Purpose::Validation {
        // Of a restore test only the instance that this run attached is ever removed here: the rest is AWS Backup's.
        let instance = if clustered { part(record, &seen.instance, taken("attach")) } else { Part::Gone };
        return Parts { instance, cluster: Part::Gone };
    }
    Parts {
        instance: part(record, &seen.instance, if clustered { taken("attach") } else { restore_taken }),
        cluster: if clustered { part(record, &seen.cluster, restore_taken) } else { Part::Gone },
    }
}

fn part<T: Candidate>(record: &Record, seen: &Seen<T>, taken: bool) -> Part {
    match look(record, seen) {
        Look::Absent => Part::Gone,
        Look::Unknown(why) => Part::Unknown(why.to_owned()),
        Look::Here(thing, health) => Part::Here(thing.status().to_owned(), health),
        Look::Foreign if taken || never_made(record) => Part::Gone,
        Look::Foreign if seen.present().is_some_and(|thing| vault::is_older(record, thing)) => Part::Gone,
        // It has this run's name and lost its tags: ours once, and not ours to remove now. It is reported as left behind.
        Look::Foreign => Part::Here("without this run's tags".to_owned(), Health::Moving),
    }
}

fn never_made(record: &Record) -> bool {
    let made_by = if record.purpose == Purpose::Validation { "attach" } else { "restore" };
    !record.acts.contains_key(made_by)
}

/// The acts that bring tear-down forward now
fn removals(now: Timestamp, record: &Record, seen: &Observed, parts: &Parts) -> Vec<Act> {
    let mut acts = Vec::new();
    let clustered = record.plan.kind.is_clustered();
    let instance = record.copy.instance.clone().unwrap_or_else(|| record.copy.identifier.clone());
    if let Part::Here(_, health) = &parts.instance {
        let protected =
            !clustered && seen.instance.present().is_some_and(|facts| facts.configuration.deletion_protection);
        acts.extend(removal(now, record, &instance, clustered, false, *health, protected));
    }
    let members_leave = match &parts.instance {
        Part::Gone | Part::Here(_, Health::Deleting) => true,
        Part::Here(..) | Part::Unknown(_) => false,
    };
    if let (true, Part::Here(_, health)) = (members_leave, &parts.cluster) {
        let protected = seen.cluster.present().is_some_and(|facts| facts.configuration.deletion_protection);
        acts.extend(removal(now, record, &record.copy.identifier, clustered, true, *health, protected));
    }
    acts
}

fn removal(
    now: Timestamp,
    record: &Record,
    identifier: &str,
    clustered: bool,
    is_cluster: bool,
    health: Health,
    protected: bool,
) -> Option<Act> {
    let identifier = identifier.to_owned();
    let act = match health {
        Health::Deleting => return None,
        // A member of a cluster is started and stopped with its cluster.
        Health::Stopped if is_cluster || !clustered => Act::Start { identifier, clustered: is_cluster },
        _ if protected => Act::Unprotect { identifier, clustered: is_cluster },
        _ if is_cluster => Act::DeleteCluster { identifier },
        _ => Act::DeleteInstance { identifier },
    };
    let due = match standing(now, record, &act.name()) {
        Standing::Fresh | Standing::Lost { .. } => true,
        Standing::UnderWay => false,
        // Accepted, and still here in a state that is not `deleting`: the list is behind, or it was undone.
        Standing::Done { at } => now >= after(at, NOT_YET_VISIBLE),
        Standing::Refused { at, .. } => now >= after(at, RETRY_AFTER),
    };
    due.then_some(act)
}

/// Past the limit the drill fails for what it leaves behind; the sweeper goes on with it.
fn over_limit(now: Timestamp, record: &Record, parts: &Parts) -> Option<Decision> {
    if now < limit(record) {
        return None;
    }
    if never_made(record) && !parts.any_present() {
        // Nothing was ever asked for: what cannot be read holds nothing of this run.
        let mut next = record.clone();
        next.note("what earlier runs may have left behind could not be looked for");
        return Some(close(now, next, Vec::new()));
    }
    let mut left = Vec::new();
    let instance = record.copy.instance.as_ref().unwrap_or(&record.copy.identifier);
    for (what, identifier, part) in
        [("instance", instance, &parts.instance), ("cluster", &record.copy.identifier, &parts.cluster)]
    {
        let note = match part {
            Part::Gone => continue,
            Part::Here(status, _) => status.clone(),
            Part::Unknown(why) => format!("could not be read: {why}"),
        };
        let refused = refusal(record, identifier).map(|message| format!("; {message}")).unwrap_or_default();
        let (what, identifier) = (what.to_owned(), identifier.clone());
        let (run, note) = (Some(record.run.clone()), format!("{note}{refused}"));
        left.push(Leftover { what, identifier, run, note, region: record.plan.region.clone() });
    }
    let unknown = vault::is_unknown(record).then_some("of an unknown id");
    if record.purpose != Purpose::Validation
        && let Some(job) = record.restore_job.as_deref().or(unknown).filter(|_| left.is_empty())
    {
        let (what, note) = ("restore job".to_owned(), "it may still make its copy".to_owned());
        let (run, region) = (Some(record.run.clone()), record.plan.region.clone());
        left.push(Leftover { what, identifier: job.to_owned(), run, note, region });
    }
    let named: Vec<String> = left.iter().map(|left| format!("{} {}", left.what, left.identifier)).collect();
    let minutes = TEAR_DOWN_LIMIT.as_mins();
    let mut next = record.clone();
    let left_words = if named.is_empty() {
        format!("what is left of the copy could not be listed within {minutes} min")
    } else {
        format!("the copy was not removed within {minutes} min: {}", named.join(" and "))
    };
    fail_for_leftovers(&mut next, &left_words);
    next.leftovers = left;
    next.enter(Phase::Closed, now);
    Some(step(next, left_words))
}

fn refusal(record: &Record, identifier: &str) -> Option<String> {
    record.acts.iter().find_map(|(name, asked)| match &asked.state {
        ActState::Refused { failure, .. } if name.ends_with(&format!(":{identifier}")) => Some(failure.message.clone()),
        _ => None,
    })
}

fn close(now: Timestamp, mut record: Record, leftovers: Vec<Leftover>) -> Decision {
    let own: Vec<String> = leftovers
        .iter()
        .filter(|left| left.run.as_ref() == Some(&record.run) || left.identifier.contains(&record.run))
        .map(|left| format!("{} {}", left.what, left.identifier))
        .collect();
    record.milestones.torn_down = Some(now);
    record.leftovers = leftovers;
    if !own.is_empty() {
        fail_for_leftovers(&mut record, &format!("something of the copy was left behind: {}", own.join(" and ")));
    }
    record.enter(Phase::Closed, now);
    step(record, "nothing of the copy is left")
}

/// RDS's own times are better than our ticks': they replace ours where they lie between the request and what we saw.
fn with_events(record: &Record, events: &[Event]) -> Record {
    let mut next = record.clone();
    if !record.events.is_empty() || events.is_empty() {
        return next;
    }
    events.clone_into(&mut next.events);
    let better = |seen: Option<Timestamp>, source: &str, words: &[&str]| {
        let seen = seen?;
        let noted = events.iter().filter(|event| {
            event.source == source
                && words.iter().any(|word| event.message.contains(word))
                && event.at >= record.requested_at
        });
        Some(noted.map(|event| event.at).min().filter(|at| *at < seen).unwrap_or(seen))
    };
    let copy = record.copy.identifier.as_str();
    let instance = record.copy.instance.as_deref().unwrap_or(copy);
    let volume = if record.plan.kind.is_clustered() { &["cluster created"][..] } else { &["Restored from"][..] };
    let up = if record.plan.kind.is_clustered() {
        &["instance created"][..]
    } else {
        &["instance created", "Restored from"][..]
    };
    next.milestones.volume_restored = better(record.milestones.volume_restored, copy, volume);
    next.milestones.instance_up = better(record.milestones.instance_up, instance, up);
    next
}
