//! Jobs looked at, compared with what is remembered, claimed and told.

use jiff::Timestamp;
use lifeboat::database::Seen;
use lifeboat::fault::Class;
use lifeboat::flow::Troubles;
use lifeboat::glue::{self, Change, Letter, Look, Occasion, Run, State};
use lifeboat::mail::{self, JobFacts, Mail, heartbeat};
use lifeboat::policy::Policy;
use lifeboat::ports::{Meter, Post};
use lifeboat::run::RunError;
use serde_json::{Value, json};

use crate::memory::{self, MOST_TRIES, Written};
use crate::way::way_back;
use crate::{GlueAlert, World, look};

/// Name of the function in its sign of life
const NAME: &str = "glue-alert";

/// What an invocation saw before it decided anything
struct Seeing<'a> {
    policy: Option<&'a Policy>,
    change: Option<&'a Change>,
    jobs: Vec<String>,
    runs: Vec<Seen<Vec<Run>>>,
    notes: Vec<String>,
    now: Timestamp,
}

impl Seeing<'_> {
    fn looks(&self) -> Vec<Look<'_>> {
        let pairs = self.jobs.iter().zip(&self.runs);
        pairs.map(|(job, runs)| Look { job, runs, change: self.change }).collect()
    }

    fn names(&self) -> Vec<&str> {
        self.jobs.iter().map(String::as_str).collect()
    }
}

/// Looks at every job of the policy.
pub async fn poll<W: World>(function: &GlueAlert<W>) -> Result<Value, RunError> {
    let policy = function.policy().await?;
    let mut troubles = Troubles::default();
    let jobs: Vec<String> = policy.jobs.iter().map(|(job, _)| job.clone()).collect();
    let runs = look::runs(function.world(), &jobs, &mut troubles).await;
    let now = function.now();
    let seeing = Seeing { policy: Some(&policy), change: None, jobs, runs, notes: Vec::new(), now };
    watch(function, &seeing, troubles).await
}

/// Looks at the one job that an event names. It is told even where the policy or Glue cannot be read: with what the event says.
pub async fn changed<W: World>(function: &GlueAlert<W>, change: &Change) -> Result<Value, RunError> {
    let mut troubles = Troubles::default();
    let jobs = vec![change.job.clone()];
    let (policy, runs) = tokio::join!(function.policy(), look::runs(function.world(), &jobs, &mut troubles));
    let says_enough = change.run.is_some() && change.state.is_some();
    if let (Some(Seen::Unknown(why)), false) = (runs.first(), says_enough) {
        let said = "the event names no run or no state, and Glue's list could not be read: nothing was told";
        return Err(RunError::unavailable(format!("{}: {said}: {why}", change.job)));
    }
    let mut notes = Vec::new();
    if let Err(error) = &policy {
        // Red at the end; whoever reads the mail knows why it says so little.
        notes.push(format!("The policy could not be read, so this mail says little: {}", error.message));
        troubles.say("policy", error.message.clone());
    }
    let policy = policy.as_ref().ok();
    let seeing = Seeing { policy, change: Some(change), jobs, runs, notes, now: function.now() };
    watch(function, &seeing, troubles).await
}

async fn watch<W: World>(
    function: &GlueAlert<W>,
    seeing: &Seeing<'_>,
    mut troubles: Troubles,
) -> Result<Value, RunError> {
    let (state, letters) = record(function, seeing, &mut troubles).await?;
    let mut sent = Vec::new();
    for letter in &letters {
        if let Some(mail) = tell(function, seeing, letter, &mut troubles).await {
            sent.push((letter.job.clone(), mail.subject));
        }
    }
    let names = seeing.names();
    let mut metrics = mail::job_metrics(&names, &state);
    // One job by an event is no sign that the poll lives.
    if seeing.change.is_none() {
        metrics.extend(heartbeat(NAME));
    }
    if let Err(fault) = function.world().meter().measure(&metrics).await {
        troubles.say("metrics", fault.to_string());
    }
    troubles.end()?;
    let message = mail::jobs_message(names.len(), &sent);
    let open: usize = names.iter().map(|job| state.open(job)).sum();
    let mails: Vec<Value> = sent.iter().map(|(job, subject)| json!({"job": job, "subject": subject})).collect();
    Ok(json!({"message": message, "looked_at": names, "open": open, "mails": mails}))
}

/// Writes down what is wrong now, and claims what this invocation tells. What cannot be written is told all the same where an
/// event brought it, as nothing else might; the poll comes again.
async fn record<W: World>(
    function: &GlueAlert<W>,
    seeing: &Seeing<'_>,
    troubles: &mut Troubles,
) -> Result<(State, Vec<Letter>), RunError> {
    let store = function.world().store();
    let names = seeing.names();
    for _ in 0..MOST_TRIES {
        let (before, etag) = memory::read(store).await?;
        let mut next = glue::judge(seeing.now, seeing.policy, &seeing.looks(), &before);
        let letters = glue::claim(&mut next, seeing.now, &names);
        if next == before {
            return Ok((next, letters));
        }
        match memory::write(store, &next, etag.as_deref()).await {
            Written::Yes => return Ok((next, letters)),
            Written::Lost => tracing::info!("another invocation wrote its memory meanwhile"),
            Written::Failed(fault) => {
                troubles.say(State::KEY, format!("what was found could not be written: {fault}"));
                return Ok(if seeing.change.is_some() { (next, letters) } else { (before, Vec::new()) });
            }
        }
    }
    Err(RunError::failed(format!("others kept writing {}: nothing was told, and the poll looks again", State::KEY)))
}

/// Sends one mail, and notes that it went out. One that did not is anybody's again.
async fn tell<W: World>(
    function: &GlueAlert<W>,
    seeing: &Seeing<'_>,
    letter: &Letter,
    troubles: &mut Troubles,
) -> Option<Mail> {
    let world = function.world();
    let empty = Seen::Present(Vec::new());
    let place = seeing.jobs.iter().position(|job| *job == letter.job);
    let seen = place.and_then(|at| seeing.runs.get(at)).unwrap_or(&empty);
    let runs = glue::runs_of(&Look { job: &letter.job, runs: seen, change: seeing.change }, seeing.now);
    let way = match letter.occasion {
        Occasion::Wrong(glue::Kind::Failed) => way_back(world, seeing.policy, letter, &runs, seeing.now).await,
        _ => None,
    };
    let facts = JobFacts {
        entry: seeing.policy.and_then(|policy| policy.job(&letter.job)),
        timezone: seeing.policy.map_or("UTC", |policy| policy.timezone.as_str()),
        runs: &runs,
        runs_unread: if let Seen::Unknown(why) = seen { Some(why) } else { None },
        way: way.as_ref(),
        notes: &seeing.notes,
        now: seeing.now,
    };
    let mail = mail::job_mail(letter, &facts);
    let (went_out, note): (bool, Result<(), String>) = match world.post().send(&mail.subject, &mail.body).await {
        Ok(()) => (true, memory::change(world.store(), |state| glue::told(state, seeing.now, letter)).await),
        Err(fault) => {
            troubles.say("mail", mail::not_told(letter, &fault.to_string(), seeing.now));
            // It may have gone out after all: then the claim stands until it is old, so that a retry at once tells nobody twice.
            if fault.class == Class::Unknown {
                return None;
            }
            (false, memory::change(world.store(), |state| glue::release(state, letter)).await)
        }
    };
    if let Err(why) = note {
        troubles.say(State::KEY, format!("what was told could not be written, so it may be told again: {why}"));
    }
    went_out.then_some(mail)
}
