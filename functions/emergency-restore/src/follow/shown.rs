//! What somebody who follows a run sees of it: a line for each thing that happened, and how far it is.

use jiff::{SignedDuration, Timestamp};
use lifeboat::moment;
use lifeboat::recover::{Direction, End, Phase, Record};
use lifeboat::run::Progress;
use serde_json::Value;

use super::expected::Expected;

/// Steps that are numbered for people: restoring, starting, checking, completing
const STEPS: u8 = 4;

/// Columns of a terminal
const COLUMNS: usize = 80;

/// What was shown so far
#[derive(Debug, Default)]
pub(super) struct Shown {
    phases: usize,
    is_usable: bool,
    cut: Option<(Direction, Option<End>, Option<String>)>,
    trouble: Option<String>,
}

impl Shown {
    /// What a look met, once: it is tried again, and whoever waits may know better
    pub(super) fn trouble(&mut self, trouble: Option<String>, progress: &mut Progress) {
        let Some(trouble) = trouble.filter(|trouble| self.trouble.as_ref() != Some(trouble)) else { return };
        progress.say(&format!("trouble, tried again: {trouble}"));
        self.trouble = Some(trouble);
    }

    /// What came since the last look, each as a line that stays, and how far it is now
    pub(super) fn show(
        &mut self,
        record: &Record,
        expected: Option<&Expected>,
        now: Timestamp,
        progress: &mut Progress,
    ) {
        self.happened(record, progress);
        self.cut_over(record, now, progress);
        let since =
            record.cut_over.as_ref().filter(|cut| cut.end.is_none()).map_or(record.requested_at, |cut| cut.since);
        let target = target(record, expected);
        let elapsed = now.duration_since(since).max(SignedDuration::ZERO);
        progress.clock(elapsed, target);
        progress.far(percent(record, elapsed, target), &words(record));
    }

    fn happened(&mut self, record: &Record, progress: &mut Progress) {
        if self.phases == 0 && record.cut_over.is_some() {
            // Whoever follows a cut-over knows how the copy was made.
            (self.phases, self.is_usable) = (record.phases.len(), true);
        }
        let after = |at: Timestamp| moment::duration(at.duration_since(record.requested_at).max(SignedDuration::ZERO));
        for entry in record.phases.iter().skip(self.phases) {
            let words = step(entry.phase);
            progress.enter(&format!("after {}: {words}", after(entry.at)), &words);
        }
        self.phases = record.phases.len();
        if let Some(at) = record.copy.usable_at.filter(|_| !self.is_usable) {
            self.is_usable = true;
            progress.say(&format!("after {}: IT CAN BE USED{}", after(at), place(record)));
        }
    }

    fn cut_over(&mut self, record: &Record, now: Timestamp, progress: &mut Progress) {
        let Some(cut) = &record.cut_over else { return };
        let after = moment::duration(now.duration_since(cut.since).max(SignedDuration::ZERO));
        let seen = Some((cut.direction, cut.end, cut.asked.as_ref().map(|asked| asked.name.clone())));
        if seen == self.cut {
            return;
        }
        self.cut = seen;
        let way = match cut.direction {
            Direction::Forward => "cutting over",
            Direction::Back => "going back to the source",
        };
        match (&cut.asked, cut.end) {
            (Some(asked), None) => progress.enter(&format!("after {after}: {way}: {}", asked.name), &words(record)),
            (_, Some(End::Copy)) => progress.say("cut over: applications reach the copy"),
            (_, Some(End::Source)) => progress.say("applications reach the source, as before"),
            (_, Some(End::Partly)) => progress.say("back at the source ONLY IN PART: read why below"),
            (None, None) => {}
        }
    }
}

/// What the answer to a request says that nobody can see later: the exact time, and who else is at work
pub(super) fn begun(answer: &Value) -> Vec<String> {
    let text = |key: &str| answer.get(key).and_then(Value::as_str);
    let database = text("database").unwrap_or("it");
    let told = text("told").map(|told| format!("{database} is restored {told}. The source is not touched."));
    let others = answer.get("others_under_way").and_then(Value::as_array);
    let others: Vec<&str> = others.into_iter().flatten().filter_map(Value::as_str).collect();
    let others = (!others.is_empty())
        .then(|| format!("ALSO UNDER WAY for {database}, not by this request: {}", others.join(", ")));
    told.into_iter().chain(others).flat_map(|text| wrapped(&text)).collect()
}

/// In lines of a terminal, broken between words
pub(super) fn wrapped(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut().filter(|line| line.chars().count() + word.chars().count() < COLUMNS) {
            Some(line) => {
                line.push(' ');
                line.push_str(word);
            }
            None => lines.push(word.to_owned()),
        }
    }
    lines
}

/// Where it answers; a cluster that was cut over answers under other names
fn place(record: &Record) -> String {
    match (&record.copy.endpoint, record.copy.port) {
        (Some(endpoint), Some(port)) if record.cut_over.is_none() => format!(", at {endpoint}:{port}"),
        _ => String::new(),
    }
}

/// One line of at most forty columns beside the bar; without a time, so that where nobody watches it comes once
fn words(record: &Record) -> String {
    match record.cut_over.as_ref().filter(|cut| cut.end.is_none()).map(|cut| cut.direction) {
        Some(Direction::Forward) => "cutting over".to_owned(),
        Some(Direction::Back) => "going back to the source".to_owned(),
        None => step(record.phase),
    }
}

fn step(phase: Phase) -> String {
    let number = match phase {
        Phase::Restoring => 1,
        Phase::Building => 2,
        Phase::Checking => 3,
        Phase::Completing => STEPS,
        Phase::HandedOver | Phase::Stuck => return phase.words().to_owned(),
    };
    format!("{number}/{STEPS} {}", phase.words())
}

/// The time that counts: first until it can be used, then until everything is made. Nobody knows how long a cut-over takes.
fn target(record: &Record, expected: Option<&Expected>) -> Option<SignedDuration> {
    let is_made = matches!(record.phase, Phase::HandedOver | Phase::Stuck);
    let expected = expected.filter(|_| !is_made && !record.is_cutting_over())?;
    if record.copy.usable_at.is_none() { Some(expected.usable) } else { expected.complete }
}

fn percent(record: &Record, elapsed: SignedDuration, target: Option<SignedDuration>) -> Option<i32> {
    if record.phase == Phase::HandedOver && !record.is_cutting_over() {
        return Some(100);
    }
    let target = target.map(|target| target.as_secs()).filter(|target| *target > 0)?;
    i32::try_from((elapsed.as_secs().max(0).saturating_mul(100) / target).min(99)).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_was_begun_is_told_in_lines_of_a_terminal_and_names_who_else_is_at_work() {
        let told =
            "to 2026-11-21 04:27:07 JST (2026-11-20 19:27:07 UTC), 1 min 4 s ago, from the backups of prod-orders";
        let answer = json!({"database": "orders", "told": told, "others_under_way": ["recovery-orders-1"]});
        let lines = begun(&answer);
        assert!(lines.iter().all(|line| line.chars().count() <= COLUMNS), "{lines:#?}");
        let text = lines.join(" ");
        assert!(
            text.starts_with(&format!("orders is restored {told}. The source is not touched. ALSO UNDER WAY")),
            "{text}"
        );
        assert_eq!(begun(&json!({"run": "r"})), Vec::<String>::new());
    }
}
