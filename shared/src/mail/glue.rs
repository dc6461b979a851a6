//! Mails about Glue jobs: one for each occasion of a job.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::command::{LONGEST_GLUE_NAME, glue_run, glue_start};
use super::facts::{LONGEST_VALUE, zone};
use super::glue_way::{first_way, ways};
use super::letter::{Letter as Page, Mail};
use super::shell::Command;
use super::text::clean;
use crate::glue::{
    Attempts, Issue, Kind, Letter, Moment, Occasion, Run, RunState, Usual, WayBack, cause, failed_run, usual,
};
use crate::moment;
use crate::policy::Job;

/// Characters of a job's name where space is short
const SHORT_NAME: usize = 30;
/// Characters of an error message that are repeated; the command beside it shows the whole of it
const LONGEST_ERROR: usize = 900;
/// Most attempts, tables and runs that a list names
const MOST_LISTED: usize = 10;

/// What is known of a job when a mail about it is written
#[derive(Debug, Clone, Copy)]
pub struct JobFacts<'a> {
    /// Its entry in the policy; none where the policy does not name it
    pub entry: Option<&'a Job>,
    /// The policy's zone
    pub timezone: &'a str,
    /// Its runs
    pub runs: &'a [Run],
    /// Why they could not be read
    pub runs_unread: Option<&'a str>,
    /// The way back to before the run, where there is one to tell about
    pub way: Option<&'a WayBack>,
    /// What else has to be known, such as a policy that cannot be read
    pub notes: &'a [String],
    /// Now
    pub now: Timestamp,
}

/// A mail about a job
pub fn job_mail(letter: &Letter, facts: &JobFacts<'_>) -> Mail {
    match letter.occasion {
        Occasion::Wrong(Kind::Failed) => Told::of(letter, facts).failed(),
        Occasion::Wrong(Kind::Missed) => super::glue_others::missed(letter, facts),
        Occasion::Wrong(Kind::Long) => super::glue_others::long(letter, facts),
        Occasion::Wrong(Kind::Gone) => super::glue_others::gone(letter, facts),
        Occasion::Over | Occasion::WellAgain => super::glue_others::well_again(letter, facts),
    }
}

/// A job's name, short and harmless
pub(super) fn short(job: &str) -> String {
    clean(job, SHORT_NAME)
}

pub(super) fn number(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// What became of a run, as the end of a sentence: `FAILED after 12 min 3 s`
pub(super) fn became(run: &Run, now: Timestamp) -> String {
    let after = run.took(now).map_or_else(String::new, |took| format!(" after {}", moment::duration(took)));
    match &run.state {
        RunState::Succeeded => format!("SUCCEEDED{after}"),
        RunState::Failed => format!("FAILED{after}"),
        RunState::TimedOut => format!("was ended by its TIMEOUT{after}"),
        RunState::Stopped => format!("was STOPPED{after}"),
        RunState::Error => format!("ended with ERROR, a fault of Glue's,{after}"),
        RunState::Expired => "EXPIRED: it waited too long and never ran".to_owned(),
        state if run.is_over() => format!("ended as {}{after}", clean(state.word(), 30)),
        state => format!("is {}{after}", clean(state.word(), 30)),
    }
}

struct Told<'a> {
    letter: &'a Letter,
    facts: &'a JobFacts<'a>,
    run: Option<(Attempts<'a>, &'a Run)>,
    usual: Option<Usual>,
    zone: TimeZone,
}

impl<'a> Told<'a> {
    fn of(letter: &'a Letter, facts: &'a JobFacts<'a>) -> Self {
        let run = failed_run(letter, facts.runs);
        Self { letter, facts, run, usual: usual(facts.runs), zone: zone(facts.timezone) }
    }

    fn failed(&self) -> Mail {
        let (job, now) = (short(&self.letter.job), self.facts.now);
        let became = self.run.as_ref().map_or_else(|| "failed".to_owned(), |(_, run)| became(run, now));
        let happened = match self.letter.issues.len() {
            0 | 1 => format!("{job} {became}."),
            several => format!("{several} runs of {job} went wrong; the last {became}."),
        };
        let (to_do, command) = self.to_do();
        let mut page = Page::opening(&happened, &self.at_risk(), &to_do);
        if let Some(command) = &command {
            page.command(command);
        }
        self.cause(&mut page);
        self.the_run(&mut page);
        self.writes(&mut page);
        if let Some(way) = self.facts.way.filter(|_| !self.never_ran()) {
            ways(&mut page, way, &self.zone);
        }
        self.earlier(&mut page);
        notes(&mut page, self.facts);
        page.sealed("ALERT", &format!("{job} {became}{}", self.of_database()))
    }

    fn of_database(&self) -> String {
        let database = self.facts.entry.and_then(|entry| entry.database.as_deref());
        database.map_or_else(String::new, |name| format!(": {}", clean(name, 24)))
    }

    fn never_ran(&self) -> bool {
        self.run.as_ref().is_some_and(|(whole, _)| whole.runs.iter().all(|run| run.never_ran() && is_certain(run)))
    }

    /// From facts alone: whether anything ran, whether the database is there, what the policy says is written
    fn at_risk(&self) -> String {
        if self.never_ran() {
            return "No: nothing of this run ever ran.".to_owned();
        }
        let entry = self.facts.entry;
        let Some(database) = entry.and_then(|entry| entry.database.as_deref()) else {
            return match entry {
                Some(_) => "Not known: the policy names no database that it writes to.".to_owned(),
                None => "Not known: the policy does not say what it writes.".to_owned(),
            };
        };
        let database = clean(database, 24);
        if matches!(self.facts.way.and_then(|way| way.moment.as_ref()), Some(Moment::Gone { .. })) {
            return format!("YES: {database} is gone, AWS does not have it any more.");
        }
        let tables = entry.map_or(0, |entry| entry.tables.len());
        let what = match tables {
            0 => database,
            tables => format!("{} of {database}", number(tables, "table", "tables")),
        };
        let ran = self.run.as_ref().and_then(|(_, run)| run.took(self.facts.now));
        match ran {
            Some(ran) => format!("Perhaps: it ran {} and writes {what}.", moment::duration(ran)),
            None => format!("Perhaps: it writes {what}. For how long it ran is not known."),
        }
    }

    fn to_do(&self) -> (String, Option<Command>) {
        if self.never_ran() {
            return ("Start it again:".to_owned(), glue_start(&self.letter.job));
        }
        if let Some((words, command)) = self.facts.way.and_then(first_way) {
            return (words, Some(command));
        }
        let run = self.run.as_ref().map(|(_, run)| run.id.as_str());
        let command = run.and_then(|run| glue_run(&self.letter.job, run));
        ("Read what Glue says, then look at what it writes:".to_owned(), command)
    }

    fn error(&self) -> Option<&str> {
        let (_, run) = self.run.as_ref()?;
        run.error.as_deref().map(str::trim).filter(|text| !text.is_empty())
    }

    fn cause(&self, page: &mut Page) {
        page.heading("LIKELY CAUSE");
        let state = self.run.as_ref().map(|(_, run)| &run.state);
        let told = self.error().and_then(cause);
        match (told, state) {
            (Some(cause), _) => {
                page.say("", &format!("From the message: {}.", cause.words));
                page.say("  ", &clean(&cause.line, LONGEST_VALUE));
                page.say("", cause.advice);
            }
            (None, Some(RunState::TimedOut)) => {
                let minutes = self.run.as_ref().and_then(|(_, run)| run.timeout_minutes);
                let minutes = minutes.map_or_else(String::new, |it| format!(" of {it} min"));
                let than = "See below how long good runs take: was there more to do, or did it wait for something?";
                page.say("", &format!("It reached its timeout{minutes}. {than}"));
            }
            (None, Some(RunState::Stopped)) => {
                page.say("", "Somebody, or something, stopped it. Glue does not say who.");
            }
            (None, Some(RunState::Error)) => page.say("", "A fault inside Glue; the job's code need not be wrong."),
            (None, Some(RunState::Expired)) => {
                page.say("", "It waited for resources until Glue gave up: other runs, or the account's limits.");
            }
            (None, _) if self.error().is_some() => page.say("", "Not one of the common ones. Glue's words are below."),
            (None, _) => page.say("", "Glue gave no reason with it."),
        }
    }

    fn the_run(&self, page: &mut Page) {
        page.heading("THE RUN");
        let facts = self.facts;
        let time = |at: Option<Timestamp>| at.map_or_else(|| "not known".to_owned(), |at| moment::both(at, &self.zone));
        page.say("Job:       ", &clean(&self.letter.job, LONGEST_GLUE_NAME));
        let Some((whole, run)) = &self.run else {
            let ids: Vec<String> =
                self.letter.issues.iter().flat_map(|(_, issue)| issue.runs.iter().map(|id| clean(id, 100))).collect();
            page.say("Run:       ", &ids.join(", "));
            return;
        };
        page.say("Run:       ", &clean(&run.id, 200));
        page.say("State:     ", &clean(run.state.word(), 60));
        page.say("Began:     ", &time(run.started_at));
        page.say("Ended:     ", &time(run.ended_at));
        let usually = match &self.usual {
            Some(usual) => format!(
                "; usually {}, at most {} in {}",
                moment::duration(usual.median),
                moment::duration(usual.longest),
                number(usual.runs, "good run", "good runs")
            ),
            None if facts.runs_unread.is_some() => String::new(),
            None => "; no good run is known to compare it with".to_owned(),
        };
        let took = match run.took(facts.now) {
            _ if self.never_ran() => "never".to_owned(),
            Some(took) => moment::duration(took),
            None => "not known how long".to_owned(),
        };
        page.say("Ran:       ", &format!("{took}{usually}"));
        if whole.runs.len() > 1 {
            let told = whole.runs.iter().take(MOST_LISTED).map(|run| became(run, facts.now));
            let told: Vec<String> = told.enumerate().map(|(at, became)| format!("{}. {became}", at + 1)).collect();
            page.say("Attempts:  ", &told.join("; "));
        }
        page.say("Last good: ", &self.last_good());
        if let Some(error) = self.error() {
            page.say("Message:   ", &clean(error, LONGEST_ERROR));
        }
        if let Some(command) = glue_run(&self.letter.job, &run.id) {
            page.command(&command.saying("All that Glue says of it:"));
        }
    }

    fn last_good(&self) -> String {
        if let Some(why) = self.facts.runs_unread {
            return format!("not known: {}", clean(why, LONGEST_VALUE));
        }
        let good = self.facts.runs.iter().filter(|run| run.is_good());
        match good.max_by_key(|run| run.started_at.or(run.ended_at)) {
            Some(run) => {
                let began = run.started_at.or(run.ended_at);
                let began = began.map_or_else(|| "at a time not known".to_owned(), |at| moment::both(at, &self.zone));
                let took = run.took(self.facts.now).map(|took| format!(", it took {}", moment::duration(took)));
                format!("{began}{}", took.unwrap_or_default())
            }
            None => "none that Glue remembers (it forgets runs after 90 days)".to_owned(),
        }
    }

    fn writes(&self, page: &mut Page) {
        page.heading("WHAT IT WRITES, by the policy");
        let job = clean(&self.letter.job, 60);
        match self.facts.entry {
            None => page.say("", &format!("Nothing is said: the policy has no jobs.{job}.")),
            Some(Job { database: None, .. }) => {
                page.say("", &format!("Nothing is said: jobs.{job} names no database."));
            }
            Some(Job { database: Some(database), tables, .. }) => {
                let identifier = self.facts.way.map(|way| format!(" ({})", clean(&way.identifier, 63)));
                let listed: Vec<String> = tables.iter().take(MOST_LISTED).map(|table| clean(table, 130)).collect();
                let more = tables.len().saturating_sub(MOST_LISTED);
                let more = if more > 0 { format!(" and {more} more") } else { String::new() };
                let listed = match listed.len() {
                    0 => "its tables are not named".to_owned(),
                    _ => format!("{}{more}", listed.join(", ")),
                };
                page.say("", &format!("{}{}: {listed}", clean(database, 63), identifier.unwrap_or_default()));
            }
        }
    }

    /// Further runs that the same mail tells of
    fn earlier(&self, page: &mut Page) {
        let others = || self.letter.issues.iter().skip(1);
        if others().next().is_none() {
            return;
        }
        page.heading("ALSO WENT WRONG, and nobody was told yet");
        for (_, issue) in others().take(MOST_LISTED) {
            page.say("- ", &self.other(issue));
        }
        let more = others().count().saturating_sub(MOST_LISTED);
        if more > 0 {
            page.say("- ", &format!("and {more} more"));
        }
    }

    fn other(&self, issue: &Issue) -> String {
        let run = self.facts.runs.iter().filter(|run| issue.runs.contains(&run.id)).find(|run| run.is_bad());
        let became = run.map_or_else(|| "failed".to_owned(), |run| became(run, self.facts.now));
        let ids: Vec<String> = issue.runs.iter().take(3).map(|id| clean(id, 80)).collect();
        format!("{}: {became}, {}", moment::both(issue.at, &self.zone), ids.join(", "))
    }
}

/// Whether Glue itself said that a run never ran: an event alone does not say when one began
fn is_certain(run: &Run) -> bool {
    run.state == RunState::Expired || run.worked_seconds == Some(0)
}

/// What else has to be known
pub(super) fn notes(page: &mut Page, facts: &JobFacts<'_>) {
    let unread = facts.runs_unread.map(|why| format!("Its runs could not be read: {}", clean(why, LONGEST_VALUE)));
    let notes: Vec<String> =
        unread.into_iter().chain(facts.notes.iter().map(|note| clean(note, LONGEST_VALUE))).collect();
    if notes.is_empty() {
        return;
    }
    page.heading("TO KNOW");
    for note in notes {
        page.say("- ", &note);
    }
}
