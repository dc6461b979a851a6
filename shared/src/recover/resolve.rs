//! What a request means, worked out from what was seen: the point, and from what it is restored. Nothing is guessed: what
//! does not fit is refused with what can be restored, and the nearest request that would be right.

mod backups;
mod elsewhere;
mod seconds;
#[cfg(test)]
mod tests;
mod words;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use self::seconds::{inside, nearest};
use self::words::{key_words, refusal, shown};
use super::act::From;
use super::facts::{Facts, KeyUse};
use crate::database::{RetainedBackup, Seen, Window};
use crate::moment::{self, When, before_run};
use crate::policy::Mistakes;
use crate::request::{StartRecovery, Wanted};
use crate::restore::Point;

pub use seconds::BELOW_LATEST;
pub(super) use seconds::{newest_of, up};

/// The run of a job that a time is told by
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobRun {
    /// Id
    pub id: String,
    /// When it began
    pub started: Timestamp,
}

/// What a request comes to
#[derive(Debug, Clone, PartialEq)]
pub struct Resolved {
    /// What is restored. A recovery point comes without its metadata: those are read once it is chosen.
    pub point: Point,
    /// From what
    pub from: From,
    /// In words, with the time in both zones: what people read before anything is made
    pub told: String,
    /// What AWS will refuse it for, as far as it is known
    pub in_the_way: Vec<String>,
}

/// The Glue job that a request names, whose newest failed run has to be looked for
pub fn job_of(request: &StartRecovery) -> Option<String> {
    let Wanted::Time(text) = &request.from else { return None };
    // What a job is called depends neither on the time nor on the zone.
    match When::parse(text, Timestamp::UNIX_EPOCH, &TimeZone::UTC) {
        Ok(When::BeforeJob(job)) => Some(job),
        _ => None,
    }
}

/// Works out what a request means. `job` is the newest failed run of [`job_of`]; `Absent` where there is none.
pub fn resolve(
    request: &StartRecovery,
    now: Timestamp,
    zone: &TimeZone,
    facts: &Facts,
    job: &Seen<JobRun>,
) -> Result<Resolved, Mistakes> {
    if let Seen::Present(living) = &facts.living
        && !living.engine.fits(facts.kind)
    {
        let was = format!("{} is {} in AWS", facts.identifier, living.engine.word());
        let allowed = format!("a database that is {}, as the policy says", facts.kind.word());
        return Err(Mistakes::one("database", was, allowed, None));
    }
    let ground = Ground { now, zone, facts };
    match &request.from {
        Wanted::Snapshot(name) => backups::snapshot(&ground, name),
        Wanted::RecoveryPoint(name) => backups::recovery_point(&ground, name),
        Wanted::Time(text) => ground.time(text, job),
    }
}

/// What a request is worked out on
struct Ground<'a> {
    now: Timestamp,
    zone: &'a TimeZone,
    facts: &'a Facts,
}

/// Something whose every second can be restored
struct Reach<'a> {
    from: From,
    window: Window,
    /// What a retained backup is
    retained: Option<&'a RetainedBackup>,
}

impl Ground<'_> {
    fn time(&self, text: &str, job: &Seen<JobRun>) -> Result<Resolved, Mistakes> {
        let when = When::parse(text, self.now, self.zone)
            .map_err(|wrong| Mistakes::one("to", wrong.to_string(), self.allowed(&self.reaches()), None))?;
        match when {
            When::Latest => self.latest(),
            When::At(at) => self.at(at, ""),
            When::BeforeJob(name) => match job {
                Seen::Present(run) => {
                    let began = moment::both(run.started, self.zone);
                    let (name, id) = (shown(&name), shown(&run.id));
                    self.at(
                        before_run(run.started),
                        &format!(", one minute before run {id} of {name} began at {began}"),
                    )
                }
                Seen::Absent => {
                    let was = format!("names the job {name:?}, which has no failed run that Glue remembers");
                    Err(Mistakes::one("to", was, "the name of a Glue job that failed, or a time", None))
                }
                Seen::Unknown(why) => {
                    let was = format!("names the job {name:?}, whose runs could not be looked at: {why}");
                    Err(Mistakes::one("to", was, "a time, while Glue cannot be asked", None))
                }
            },
        }
    }

    /// What reaches to any second: the database, then what RDS retains of earlier ones, newest first
    fn reaches(&self) -> Vec<Reach<'_>> {
        let living = self.facts.living.present().map(|living| Reach {
            from: From::Source(self.facts.identifier.clone()),
            window: living.window,
            retained: None,
        });
        let mut retained: Vec<&RetainedBackup> = self.facts.retained.present().into_iter().flatten().collect();
        retained.retain(|backup| backup.engine.fits(self.facts.kind));
        retained.sort_by_key(|backup| {
            std::cmp::Reverse((backup.window.latest, backup.created_at, backup.resource_id.clone()))
        });
        let retained = retained.into_iter().map(|backup| Reach {
            from: From::Retained(backup.resource_id.clone()),
            window: backup.window,
            retained: Some(backup),
        });
        living.into_iter().chain(retained).filter(|reach| reach.window.latest.is_some()).collect()
    }

    fn latest(&self) -> Result<Resolved, Mistakes> {
        self.is_known()?;
        let reaches = self.reaches();
        // The newest of the database itself; of one that is gone, the newest that RDS retains.
        let of_it = if self.facts.living.is_absent() {
            reaches.first()
        } else {
            reaches.iter().find(|reach| reach.retained.is_none())
        };
        if let Some((reach, to)) = of_it.and_then(|reach| Some((reach, newest_of(reach.window)?))) {
            return Ok(self.resolved(reach, to, ", the newest time that can be restored"));
        }
        if self.facts.living.is_absent()
            && let Some(newest) = backups::newest(self)?
        {
            return Ok(newest);
        }
        Err(self.nothing_to_a_time("asks for the newest time"))
    }

    fn at(&self, at: Timestamp, why: &str) -> Result<Resolved, Mistakes> {
        self.is_known()?;
        let reaches = self.reaches();
        let fitting = reaches.iter().find_map(|reach| Some((reach, inside(at, reach.window)?)));
        if let Some((reach, to)) = fitting {
            return Ok(self.resolved(reach, to, why));
        }
        let unread = match &self.facts.retained {
            Seen::Unknown(why) => format!("; what RDS retains of an earlier database could not be read: {why}"),
            Seen::Absent | Seen::Present(_) => String::new(),
        };
        let was = format!("is {}, which no backup reaches{unread}", moment::told(at, self.now, self.zone));
        if reaches.is_empty() {
            return Err(self.nothing_to_a_time(&was));
        }
        Err(Mistakes::one("to", was, self.allowed(&reaches), nearest(at, &reaches)))
    }

    /// What cannot be looked at is neither there nor gone
    fn is_known(&self) -> Result<(), Mistakes> {
        let identifier = &self.facts.identifier;
        let unknown = match (&self.facts.living, &self.facts.retained) {
            (Seen::Unknown(why), _) => format!("cannot be held against {identifier}, which could not be read: {why}"),
            (Seen::Absent, Seen::Unknown(why)) => {
                format!("cannot be held against {identifier}, which is gone; what RDS retains could not be read: {why}")
            }
            _ => return Ok(()),
        };
        Err(Mistakes::one("to", unknown, "the same once AWS can be asked; ask again", None))
    }

    fn resolved(&self, reach: &Reach<'_>, to: Timestamp, why: &str) -> Resolved {
        let identifier = &self.facts.identifier;
        let of = match (reach.retained, self.facts.living.is_absent()) {
            (None, _) => format!("from the automated backups of {identifier}"),
            (Some(backup), true) => {
                format!("from what RDS retains of {identifier} ({}), WHICH IS GONE", backup.resource_id)
            }
            (Some(backup), false) => format!(
                "from what RDS retains of an EARLIER {identifier} ({}): the one that is there now does not reach so far",
                backup.resource_id
            ),
        };
        let key = match (reach.retained, &self.facts.living) {
            (Some(backup), _) => self.facts.key_use(backup.kms_key.is_some(), backup.kms_key.as_deref()),
            (None, Seen::Present(living)) => self.facts.key_use(living.encrypted, living.kms_key.as_deref()),
            (None, _) => KeyUse::Fine,
        };
        let told = format!("to {}{why}, {of}{}", moment::told(to, self.now, self.zone), key_words(&key));
        Resolved { point: Point::Time { to }, from: reach.from.clone(), told, in_the_way: refusal(&key) }
    }

    /// The windows in words
    fn allowed(&self, reaches: &[Reach<'_>]) -> String {
        let mut said: Vec<String> = Vec::new();
        for reach in reaches.iter().take(MOST_NAMED) {
            let Some(newest) = newest_of(reach.window) else { continue };
            let earliest = reach.window.earliest.map_or_else(
                || "a time that AWS does not say".to_owned(),
                |earliest| moment::both(up(earliest), self.zone),
            );
            let newest = moment::told(newest, self.now, self.zone);
            let of = reach.retained.map_or_else(String::new, |backup| format!(" (retained: {})", backup.resource_id));
            said.push(format!("from {earliest} to {newest}{of}"));
        }
        if said.is_empty() { "latest, or a time that can be restored".to_owned() } else { said.join("; or ") }
    }

    /// Where no time can be restored at all: what can be asked for instead
    fn nothing_to_a_time(&self, was: &str) -> Mistakes {
        let identifier = &self.facts.identifier;
        let why = if self.facts.living.is_absent() {
            format!("{identifier} is gone, and RDS retains no automated backups of it")
        } else {
            format!("{identifier} has no automated backups, or the first one is not complete yet")
        };
        let (allowed, nearest) = backups::instead(self);
        Mistakes::one("to", format!("{was}, and {why}"), allowed, nearest)
    }
}

/// Most windows and backups that a refusal names
const MOST_NAMED: usize = 3;
