//! What a clean-up drops, and what it never does.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::{Entry, OpenFailures, State, TableName};

/// How long backups are kept
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keep {
    /// The newest so many of each table are kept, at least one
    pub last: usize,
    /// What is younger than so many days is kept
    pub days: i64,
}

/// How long backups of each table are kept: the database's word, and for tables of a job that job's where it is the longer
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keeps {
    usual: Keep,
    own: Vec<(String, Keep)>,
}

impl From<Keep> for Keeps {
    fn from(usual: Keep) -> Self {
        Self { usual, own: Vec::new() }
    }
}

impl Keeps {
    /// Backups of a table, named as a job of the policy names it, are kept at least so long
    pub fn at_least(&mut self, table: &str, keep: Keep) {
        self.own.push((table.to_owned(), keep));
    }

    /// How long those of a table are kept: the largest of everything that is said of it
    pub fn of(&self, source: &TableName) -> Keep {
        // A job need not name the schema; one table too many that is kept does no harm.
        let names = |text: &str| TableName::parse(text).map_or(text == source.table, |name| name == *source);
        let own = self.own.iter().filter(|(table, _)| names(table)).map(|(_, keep)| *keep);
        own.fold(self.usual, |most, keep| Keep { last: most.last.max(keep.last), days: most.days.max(keep.days) })
    }
}

/// What may be dropped. The only way to one is [`clean_up`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doomed {
    backup: String,
    source: TableName,
    table: String,
    aside: bool,
}

impl Doomed {
    /// The backup whose line tells of it
    pub fn backup(&self) -> &str {
        &self.backup
    }

    /// The table that was copied or put aside
    pub fn source(&self) -> &TableName {
        &self.source
    }

    /// Its own name: a copy's, or that of what was put aside
    pub fn table(&self) -> &str {
        &self.table
    }

    /// Whether it is no copy but a table that a restore put aside
    pub fn is_aside(&self) -> bool {
        self.aside
    }
}

/// A copy that stays though it is old, and why
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The backup
    pub backup: String,
    /// The table
    pub source: TableName,
    /// Why it stays
    pub why: &'static str,
}

/// What a clean-up does
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sweep {
    /// What is dropped
    pub doomed: Vec<Doomed>,
    /// What age alone would have dropped
    pub kept: Vec<Kept>,
}

/// What may go: by age and by count, never the newest of a table, never one that a restore or an open failure refers to.
pub fn clean_up(entries: &[Entry], keeps: &Keeps, open: &OpenFailures, now: Timestamp) -> Sweep {
    let mut sweep = Sweep::default();
    let mut tables: BTreeMap<&TableName, Vec<&Entry>> = BTreeMap::new();
    for entry in entries {
        tables.entry(&entry.source).or_default().push(entry);
    }
    for (source, mut lines) in tables {
        let keep = keeps.of(source);
        let is_old = |at: Timestamp| now.duration_since(at) > SignedDuration::from_hours(keep.days.saturating_mul(24));
        lines.sort_by_key(|entry| std::cmp::Reverse(entry.at));
        let newest = lines.iter().filter(|entry| entry.state.can_be_restored()).take(keep.last.max(1));
        let newest: Vec<&str> = newest.map(|entry| entry.backup.as_str()).collect();
        for entry in lines {
            for aside in entry.details.asides.iter().filter(|aside| is_old(aside.at)) {
                sweep.doomed.push(doomed(entry, &aside.table, true));
            }
            if !entry.state.can_be_restored() || !is_old(entry.at) {
                continue;
            }
            match stays(entry, &newest, open, is_old) {
                Some(why) => {
                    sweep.kept.push(Kept { backup: entry.backup.clone(), source: source.clone(), why });
                }
                None => sweep.doomed.push(doomed(entry, &entry.copy, false)),
            }
        }
    }
    sweep
}

/// Why an old copy stays
fn stays(
    entry: &Entry,
    newest: &[&str],
    open: &OpenFailures,
    is_old: impl Fn(Timestamp) -> bool,
) -> Option<&'static str> {
    let details = &entry.details;
    if newest.contains(&entry.backup.as_str()) {
        return Some("it is among the newest of its table");
    }
    if details.open_failure.is_some() || open.refer_to(entry) {
        return Some("a failure that is still open refers to it");
    }
    let restored = entry.state == State::Restored && details.restore.as_ref().is_some_and(|last| !is_old(last.at));
    let has_fresh_aside = details.asides.iter().any(|aside| !is_old(aside.at));
    (restored || has_fresh_aside).then_some("a restore refers to it")
}

fn doomed(entry: &Entry, table: &str, aside: bool) -> Doomed {
    Doomed { backup: entry.backup.clone(), source: entry.source.clone(), table: table.to_owned(), aside }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::tables::entry::tests::entry;
    use crate::tables::{Aside, Phase, Restore};

    const KEEP: Keep = Keep { last: 2, days: 14 };

    fn now() -> Timestamp {
        "2026-11-20T00:00:00Z".parse().unwrap()
    }

    fn days_ago(days: i64) -> String {
        (now() - SignedDuration::from_hours(24 * days)).to_string()
    }

    fn dropped(entries: &[Entry]) -> Vec<String> {
        clean_up(entries, &KEEP.into(), &OpenFailures::of_runs(["jr_open"]), now())
            .doomed
            .iter()
            .map(|d| d.table().to_owned())
            .collect()
    }

    #[test]
    fn age_and_count_both_have_to_be_over() {
        let entries: Vec<Entry> = [1, 10, 20, 30].map(|days| entry("a", &days_ago(days), State::Whole)).into();
        assert_eq!(dropped(&entries), [entries[2].copy.clone(), entries[3].copy.clone()]);
        assert!(dropped(&entries[2..]).is_empty(), "the newest two, old as they are");
    }

    #[test]
    fn what_a_restore_or_an_open_failure_refers_to_stays() {
        let young = [entry("a", &days_ago(1), State::Whole), entry("a", &days_ago(2), State::Whole)];
        let mut failed = entry("a", &days_ago(30), State::Whole);
        failed.details.open_failure = Some("rows in silver.a: 0".to_owned());
        let mut open = entry("a", &days_ago(31), State::Whole);
        open.details.job_run = Some("jr_open".to_owned());
        let mut closed = entry("a", &days_ago(32), State::Whole);
        closed.details.job_run = Some("jr_other".to_owned());
        let mut restored = entry("a", &days_ago(33), State::Restored);
        let at: Timestamp = days_ago(3).parse().unwrap();
        restored.details.restore = Some(Restore {
            at,
            phase: Phase::Done,
            undoing: false,
            incoming: None,
            aside: None,
            before: None,
            previous: None,
        });
        let restoring = entry("a", &days_ago(34), State::Restoring);
        let copying = entry("a", &days_ago(35), State::Copying);
        let [first, second] = young;
        let entries = [first, second, failed, open, closed.clone(), restored, restoring, copying];
        assert_eq!(dropped(&entries), [closed.copy]);
        assert_eq!(clean_up(&entries, &KEEP.into(), &OpenFailures::of_runs(["jr_open"]), now()).kept.len(), 3);
    }

    #[test]
    fn what_was_put_aside_goes_when_it_is_old_and_its_copy_with_it() {
        let young = [entry("a", &days_ago(1), State::Whole), entry("a", &days_ago(2), State::Whole)];
        let mut old = entry("a", &days_ago(40), State::Restored);
        old.details.asides = vec![
            Aside { table: "a_broken_1".to_owned(), at: days_ago(30).parse().unwrap() },
            Aside { table: "a_broken_2".to_owned(), at: days_ago(3).parse().unwrap() },
        ];
        let [first, second] = young;
        assert_eq!(dropped(&[first, second, old]), ["a_broken_1"], "the second still needs its copy");
    }

    #[test]
    fn the_longest_word_about_a_table_holds() {
        let entries: Vec<Entry> = [1, 10, 20, 30].map(|days| entry("a", &days_ago(days), State::Whole)).into();
        let dropped = |keeps: &Keeps| clean_up(&entries, keeps, &OpenFailures::default(), now()).doomed.len();
        let mut keeps = Keeps::from(KEEP);
        keeps.at_least("silver.b", Keep { last: 9, days: 90 });
        keeps.at_least("silver.a", Keep { last: 1, days: 1 });
        assert_eq!(dropped(&keeps), 2, "what is said of another table, and less, changes nothing");
        keeps.at_least("silver.a", Keep { last: 1, days: 25 });
        assert_eq!(dropped(&keeps), 1, "by days");
        keeps.at_least("a", Keep { last: 4, days: 1 });
        assert_eq!(dropped(&keeps), 0, "by count, of a job that names no schema");
    }

    proptest! {
        #[test]
        fn the_newest_of_a_table_is_never_dropped(
            lines in proptest::collection::vec((0_i64..90, 0_usize..6, "[ab]"), 1..20),
            last in 0_usize..3, days in 0_i64..30,
        ) {
            let entries: Vec<Entry> =
                lines.iter().map(|(days, state, table)| entry(table, &days_ago(*days), State::ALL[*state])).collect();
            let sweep = clean_up(&entries, &Keep { last, days }.into(), &OpenFailures::default(), now());
            for table in ["a", "b"] {
                let source = TableName::new("silver", table);
                if let Some(newest) = Entry::find(&entries, &source, None) {
                    let gone = |doomed: &Doomed| doomed.source() == &source && doomed.backup() == newest.backup;
                    prop_assert!(!sweep.doomed.iter().any(gone));
                }
            }
        }
    }
}
