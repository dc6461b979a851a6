//! Mails about jobs besides failures, and what is answered.

use jiff::Timestamp;

use super::command::{glue_run, glue_runs, glue_start, glue_stop};
use super::facts::zone;
use super::glue::{JobFacts, became, notes, number, short};
use super::letter::{Letter as Page, Mail};
use super::metric::{Metric, Unit, count, dimension};
use super::text::clean;
use crate::glue::{Issue, Kind, Letter, Occasion, Run, State, far_too_long, usual};
use crate::moment;

/// Most issues that a list names
const MOST_LISTED: usize = 10;

/// No run started in time
pub(super) fn missed(letter: &Letter, facts: &JobFacts<'_>) -> Mail {
    let (job, zone) = (short(&letter.job), zone(facts.timezone));
    let by = letter.issues.first().map_or(facts.now, |(_, issue)| issue.at);
    let local = by.to_zoned(zone.clone());
    let due = local.strftime("%H:%M").to_string();
    let happened = format!("{job} has not started: it was due by {due} on {}.", local.date());
    let at_risk = match facts.entry.and_then(|entry| entry.database.as_deref()) {
        Some(database) => format!("No; but {} is as old as its last good run.", clean(database, 24)),
        None => "No; but what it writes is as old as its last good run.".to_owned(),
    };
    let mut page = Page::opening(&happened, &at_risk, "Look at its trigger and schedule, and start it by hand:");
    if let Some(command) = glue_start(&letter.job) {
        page.command(&command);
    }
    page.heading("WHAT IS KNOWN");
    page.say("Due by:    ", &moment::both(by, &zone));
    page.say("Looked at: ", &moment::both(facts.now, &zone));
    page.say("Last run:  ", &last(facts, |_| true));
    page.say("Last good: ", &last(facts, Run::is_good));
    let waits = facts.runs.iter().find(|run| run.state == crate::glue::RunState::Waiting);
    if let Some(run) = waits {
        page.say("Waiting:   ", &format!("{} waits for resources", clean(&run.id, 100)));
    }
    if let Some(command) = glue_runs(&letter.job) {
        page.command(&command.saying("Its newest runs:"));
    }
    page.gap();
    page.say("", "If it need not start on this day, name it in the policy: days or holidays of the job.");
    more(&mut page, letter, facts);
    notes(&mut page, facts);
    page.sealed("ALERT", &format!("{job} has not started, due by {due}"))
}

/// The newest run of a kind, in words
fn last(facts: &JobFacts<'_>, which: impl Fn(&Run) -> bool) -> String {
    let run = facts.runs.iter().filter(|run| which(run) && run.started_at.is_some()).max_by_key(|run| run.started_at);
    match run {
        Some(run) => {
            let began = run.started_at.map_or_else(String::new, |at| moment::both(at, &zone(facts.timezone)));
            format!("{began}, {}", became(run, facts.now))
        }
        None => "none that Glue remembers".to_owned(),
    }
}

/// A run takes far too long
pub(super) fn long(letter: &Letter, facts: &JobFacts<'_>) -> Mail {
    let (job, zone) = (short(&letter.job), zone(facts.timezone));
    let issue = letter.issues.first().map(|(_, issue)| issue);
    let run = issue.and_then(|issue| facts.runs.iter().find(|run| issue.runs.contains(&run.id)));
    let usual = usual(facts.runs);
    let took = run.and_then(|run| run.took(facts.now)).map_or_else(|| "too long".to_owned(), moment::duration);
    let than = match (facts.entry.and_then(|entry| entry.longest_minutes), &usual) {
        (Some(minutes), _) => format!("the policy allows {minutes} min"),
        (None, Some(usual)) => format!("usually {}", moment::duration(usual.median)),
        (None, None) => "far longer than usual".to_owned(),
    };
    let happened = format!("{job} has been running for {took}; {than}.");
    let mut page = Page::opening(
        &happened,
        "Not yet: it still runs. Stopped, it may leave half of its work.",
        "Look at its log. If it hangs, stop it, and expect the mail of that:",
    );
    if let Some(command) = run.and_then(|run| glue_stop(&letter.job, &run.id)) {
        page.command(&command);
    }
    page.heading("WHAT IS KNOWN");
    if let Some(run) = run {
        page.say("Run:       ", &clean(&run.id, 200));
        let began = run.started_at.map_or_else(|| "not known".to_owned(), |at| moment::both(at, &zone));
        page.say("Began:     ", &began);
        let timeout = run.timeout_minutes.map_or_else(|| "not known".to_owned(), |it| format!("{it} min"));
        page.say("Timeout:   ", &format!("{timeout}: Glue ends it then"));
    }
    if let Some(usual) = &usual {
        let (median, longest) = (moment::duration(usual.median), moment::duration(usual.longest));
        let limit = far_too_long(facts.entry.and_then(|entry| entry.longest_minutes), Some(usual));
        let limit = limit.map_or_else(String::new, |limit| format!("; told from {} on", moment::duration(limit)));
        page.say(
            "Usually:   ",
            &format!("{median}, at most {longest} in {}{limit}", number(usual.runs, "good run", "good runs")),
        );
    }
    if let Some(command) = run.and_then(|run| glue_run(&letter.job, &run.id)) {
        page.command(&command.saying("How it stands now:"));
    }
    more(&mut page, letter, facts);
    notes(&mut page, facts);
    page.sealed("ALERT", &format!("{job} has been running for {took}; {than}"))
}

/// Glue has no such job
pub(super) fn gone(letter: &Letter, facts: &JobFacts<'_>) -> Mail {
    let job = short(&letter.job);
    let happened = format!("Glue has no job {job}, which the policy watches.");
    let mut page = Page::opening(
        &happened,
        "Not known: a job of another name may write, and nobody looks.",
        "Rename it in the policy, or take it out if it is meant to be gone.",
    );
    page.gap();
    page.say("Job:       ", &clean(&letter.job, 255));
    page.say("Looked at: ", &moment::both(facts.now, &zone(facts.timezone)));
    notes(&mut page, facts);
    page.sealed("ALERT", &format!("Glue has no job {job}"))
}

/// What was wrong is no more: told, or over before anybody was told
pub(super) fn well_again(letter: &Letter, facts: &JobFacts<'_>) -> Mail {
    let (job, zone) = (short(&letter.job), zone(facts.timezone));
    let was_told = letter.occasion == Occasion::WellAgain;
    let kinds: Vec<Kind> = letter.issues.iter().map(|(_, issue)| issue.kind).collect();
    let only = |kind: Kind| kinds.iter().all(|other| *other == kind);
    let happened = match letter.issues.first() {
        _ if !was_told => format!("{job} failed, and a run after it succeeded."),
        Some(_) if only(Kind::Missed) => format!("{job} has started, late."),
        Some(_) if only(Kind::Long) => format!("{job} has ended: the long run succeeded."),
        Some(_) if only(Kind::Gone) => format!("Glue has the job {job} again."),
        _ => format!("{job} is well again: a run succeeded."),
    };
    let at_risk =
        if kinds.contains(&Kind::Failed) { "No failure is open: a good run came after the failed one." } else { "No." };
    let mut page = Page::opening(&happened, at_risk, "Nothing.");
    page.heading("WHAT WAS WRONG");
    for (_, issue) in letter.issues.iter().take(MOST_LISTED) {
        page.say("- ", &what_was(issue, facts));
        let by = issue.ended.as_ref().and_then(|ended| ended.by.as_deref());
        let run = by.and_then(|id| facts.runs.iter().find(|run| run.id == id));
        match (run, by) {
            (Some(run), _) => {
                let began =
                    run.started_at.map_or_else(String::new, |at| format!(", begun {}", moment::both(at, &zone)));
                page.say("  ", &format!("then {} {}{began}", clean(&run.id, 100), became(run, facts.now)));
            }
            (None, Some(id)) => page.say("  ", &format!("then {} came", clean(id, 100))),
            (None, None) => {}
        }
    }
    let hidden = letter.issues.len().saturating_sub(MOST_LISTED);
    if hidden > 0 {
        page.say("- ", &format!("and {hidden} more"));
    }
    if !was_told {
        page.gap();
        page.say("", "Nobody was told in time: the event was late or lost, or the mail was.");
    }
    notes(&mut page, facts);
    let subject = if was_told { format!("{job} is well again") } else { format!("{job} failed and is well again") };
    page.sealed("RESOLVED", &subject)
}

fn what_was(issue: &Issue, facts: &JobFacts<'_>) -> String {
    let at = moment::both(issue.at, &zone(facts.timezone));
    let run = facts.runs.iter().filter(|run| issue.runs.contains(&run.id)).find(|run| run.is_bad());
    match (issue.kind, run) {
        (Kind::Failed, Some(run)) => format!("{} {}, {at}", clean(&run.id, 100), became(run, facts.now)),
        (Kind::Failed, None) => {
            let ids: Vec<String> = issue.runs.iter().take(3).map(|id| clean(id, 100)).collect();
            format!("{} failed, {at}", ids.join(", "))
        }
        (Kind::Missed, _) => format!("no run had started by {at}"),
        (Kind::Long, _) => format!("a run took too long, from {at} on"),
        (Kind::Gone, _) => format!("Glue had no such job, noticed {at}"),
    }
}

/// Further issues of the same mail
fn more(page: &mut Page, letter: &Letter, facts: &JobFacts<'_>) {
    if letter.issues.len() < 2 {
        return;
    }
    page.heading("ALSO");
    for (_, issue) in letter.issues.iter().skip(1).take(MOST_LISTED) {
        page.say("- ", &what_was(issue, facts));
    }
}

/// How a job stands, for whoever asks
pub fn job_message(job: &str, state: &State, facts: &JobFacts<'_>) -> String {
    let zone = zone(facts.timezone);
    let mut page = Page::default();
    let open: Vec<&Issue> = state.issues(job).map(|(_, issue)| issue).filter(|issue| issue.is_open()).collect();
    let name = clean(job, 255);
    match open.len() {
        0 => page.say("", &format!("{name}: nothing is open.")),
        several => page.say("", &format!("{name}: {} open.", number(several, "trouble is", "troubles are"))),
    }
    for issue in open.iter().take(MOST_LISTED) {
        let told = issue
            .told_at
            .map_or_else(|| "nobody was told yet".to_owned(), |at| format!("told {}", moment::both(at, &zone)));
        page.say("- ", &format!("{}; {told}", what_was(issue, facts)));
    }
    page.say("Last run:  ", &last(facts, |_| true));
    page.say("Last good: ", &last(facts, Run::is_good));
    if let Some(usual) = usual(facts.runs) {
        let (median, longest) = (moment::duration(usual.median), moment::duration(usual.longest));
        page.say(
            "Usually:   ",
            &format!("{median}, at most {longest} in {}", number(usual.runs, "good run", "good runs")),
        );
    }
    if facts.entry.is_none() {
        page.say("", "The policy does not name this job: nobody looks whether it starts, or what it writes.");
    }
    notes(&mut page, facts);
    page.sealed("INFO", "").body
}

/// What an invocation did, for its answer
pub fn jobs_message(looked: usize, sent: &[(String, String)]) -> String {
    let mut lines = vec![format!("{} looked at.", number(looked, "job was", "jobs were"))];
    lines.extend(sent.iter().map(|(job, subject)| format!("{}: {}", clean(job, 60), clean(subject, 110))));
    if sent.is_empty() {
        lines.push("There was nothing to tell.".to_owned());
    }
    lines.join("\n")
}

/// `JobTroubles` of each job that was looked at: how much is open
pub fn job_metrics(jobs: &[&str], state: &State) -> Vec<Metric> {
    let metric = |job: &&str| Metric {
        name: "JobTroubles",
        dimension: Some(("Job", dimension(job))),
        value: count(state.open(job)),
        unit: Unit::Count,
    };
    jobs.iter().map(metric).collect()
}

/// When a mail about a job was due and could not be sent, in words for the error
pub fn not_told(letter: &Letter, why: &str, now: Timestamp) -> String {
    let waited = letter.issues.first().map(|(_, issue)| now.duration_since(issue.found_at));
    let since = waited.map_or_else(String::new, |waited| format!(", noticed {} ago,", moment::duration(waited)));
    format!("a mail about {}{since} could not be sent and is tried again: {why}", clean(&letter.job, 100))
}
