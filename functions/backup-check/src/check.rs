//! One check: look, judge, compare, record, mend, tell, record.

use jiff::Timestamp;
use lifeboat::checkup::{Compared, Finding, Severity, State, World as Facts};
use lifeboat::flow::Troubles;
use lifeboat::mail::heartbeat;
use lifeboat::policy::{Mistakes, Policy, nearest};
use lifeboat::ports::{Meter, Post};
use lifeboat::run::RunError;
use serde_json::{Value, json};

use crate::memory::{self, Written};
use crate::mend::mend;
use crate::observe::observe;
use crate::rules::{Mended, Rules, Tell};
use crate::scope::Scope;
use crate::{BackupCheck, World, answer};

/// Name of the function in its sign of life
const NAME: &str = "backup-check";
/// How often a check writes where others keep writing who knew less
const MOST_TRIES: usize = 3;
/// Most names of databases that a mistake lists
const MOST_NAMED: usize = 20;

/// What is to be checked, and whether somebody waits for the answer
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    only: Option<&'a str>,
    hints: &'a [String],
    by_hand: bool,
}

impl<'a> Asked<'a> {
    /// All databases or one, for somebody who reads what is found
    pub fn by_hand(only: Option<&'a str>) -> Self {
        Self { only, hints: &[], by_hand: true }
    }

    /// All databases, by a schedule or a ring that says where to look first: what is found goes out by mail
    pub fn by_nobody(hints: &'a [String]) -> Self {
        Self { only: None, hints, by_hand: false }
    }
}

/// Checks all databases, or one.
pub async fn check<W: World>(function: &BackupCheck<W>, asked: Asked<'_>) -> Result<Value, RunError> {
    let Asked { only, hints, by_hand } = asked;
    let world = function.world();
    let store = world.store();
    let (policy, known) = tokio::join!(function.policy(), memory::read(store));
    let policy = policy?;
    if let Some(only) = only {
        is_there(&policy, only)?;
    }
    let (state, etag) = known?;
    let now = function.now();
    let scope = Scope { policy: &policy, only, hints, home: world.home() };
    let observed = observe(world, &scope, &state, now).await;

    let rules = function.rules();
    let mut troubles = Troubles::default();
    let (mut state, mut etag, mut tries) = (state, etag, 0);
    // Recorded before anything is changed or told: of several checks at once, one does both.
    let (compared, etag) = loop {
        // A check of one database compares no other's jobs.
        let jobs_at = if only.is_none() { Some(observed.jobs_at) } else { state.jobs_at };
        let (history, sharing) = (observed.history.clone(), observed.sharing.clone());
        let known = State { history, sharing, jobs_at, ..state };
        let mut compared = (rules.judge)(now, &policy, &observed.facts, &known, only);
        if only.is_none() {
            compared.next.looked_at = Some(now);
        }
        match memory::write(store, &compared.next, etag.as_deref()).await {
            Written::Yes(etag) => break (compared, Some(etag)),
            Written::Lost => {
                tracing::info!("another check wrote its findings meanwhile");
                (state, etag) = memory::read(store).await?;
                tries += 1;
                if tries >= MOST_TRIES || knows(&state, &compared) {
                    let message = message(rules, asked, &compared, (&policy, &observed.facts), now);
                    return Ok(answer::skipped(&message, &compared, (only, by_hand)));
                }
            }
            // Told all the same: told twice is better than not at all.
            Written::Failed(fault) => {
                troubles.say(State::KEY, format!("what was found could not be written: {fault}"));
                break (compared, None);
            }
        }
    };
    let message = message(rules, asked, &compared, (&policy, &observed.facts), now);
    // The record comes before the act: what could not be written down changes nothing.
    let mended = match etag {
        Some(_) => mend(world, rules, &scope, &observed.facts, now, &mut troubles).await,
        None => Mended::default(),
    };
    let told = tell(function, &policy, &observed.facts, &compared, &mended, only, &mut troubles).await;
    // What was seen is told; it is the largest part of what a check holds.
    drop(observed);
    if let (Some(told), Some(etag)) = (told, etag) {
        let mut next = compared.next.clone();
        (rules.told)(&mut next, now, told);
        if next != compared.next
            && let Err(fault) = memory::note_told(store, &compared.next, &next, etag).await
        {
            troubles.say(State::KEY, format!("what was told could not be written: {fault}"));
        }
    }
    troubles.end()?;
    Ok(answer::answer(&message, &compared, &mended, (only, by_hand)))
}

fn message(
    rules: &Rules,
    asked: Asked<'_>,
    compared: &Compared,
    (policy, facts): (&Policy, &Facts),
    now: Timestamp,
) -> String {
    if asked.by_hand {
        (rules.message)(compared, policy, facts, asked.only, now)
    } else {
        (rules.line)(compared, policy, now)
    }
}

/// Whether a check that was faster knows everything severe that this one found: then it is the other's to tell. It may have
/// looked before something went wrong that this one saw; nobody would look again before tomorrow.
fn knows(faster: &State, compared: &Compared) -> bool {
    let severe =
        compared.found.iter().map(|(_, known)| &known.finding).filter(|found| found.severity == Severity::High);
    let known = |found: &Finding| faster.findings.get(&found.id).map(|known| known.finding.severity);
    severe.into_iter().all(|found| known(found) == Some(Severity::High))
}

/// Sends the mail that is due and the metrics. Answers what was told, if a mail went out.
async fn tell<W: World>(
    function: &BackupCheck<W>,
    policy: &Policy,
    facts: &Facts,
    compared: &Compared,
    mended: &Mended,
    only: Option<&str>,
    troubles: &mut Troubles,
) -> Option<Tell> {
    let (world, rules, now) = (function.world(), function.rules(), function.now());
    let mut metrics = (rules.metrics)(compared, facts, policy, now);
    // One database by hand is no sign that the daily check lives.
    if only.is_none() {
        metrics.extend(heartbeat(NAME));
    }
    let tell = (rules.due)(now, policy, compared);
    let mail = (rules.mail)(tell, compared, policy, facts, mended, now);
    let send = async {
        match &mail {
            Some(mail) => Some((mail, world.post().send(&mail.subject, &mail.body).await)),
            None => None,
        }
    };
    let (counted, told) = tokio::join!(world.meter().measure(&metrics), send);
    if let Err(fault) = counted {
        troubles.say("metrics", fault.to_string());
    }
    match told? {
        (_, Ok(())) => Some(tell),
        (mail, Err(fault)) => {
            troubles.say("mail", format!("{:?} could not be sent and is tried again: {fault}", mail.subject));
            // Nobody tells of a change twice: what was made is fine from the next check on.
            let raised = mended.raised.iter().map(|act| format!("retention of {} raised", act.identifier));
            let protected = mended.protected.iter().map(|act| format!("{} protected from deletion", act.identifier));
            let made: Vec<String> = raised.chain(protected).collect();
            if !made.is_empty() {
                troubles.say("mail", format!("what it would have told was done: {}", made.join(", ")));
            }
            None
        }
    }
}

fn is_there(policy: &Policy, wanted: &str) -> Result<(), RunError> {
    let names: Vec<&str> = policy.databases.iter().map(|(name, _)| name.as_str()).collect();
    if names.contains(&wanted) {
        return Ok(());
    }
    let shown = names.iter().copied().take(MOST_NAMED).collect::<Vec<_>>().join(", ");
    let more = names.len().saturating_sub(MOST_NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let allowed = format!("\"*\" or a database of the policy: {shown}{more}");
    let near = nearest(wanted, names.iter().copied());
    let mistakes = Mistakes::one("check", format!("names the database {}", json!(wanted)), allowed, near);
    Err(RunError::bad_request(mistakes.to_string()))
}
