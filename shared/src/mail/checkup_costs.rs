//! What backups cost, in what backup-check tells: a few words for each database, and a section with the sum, what it leaves
//! out, and what clean-up would save.

use super::checkup_finding::number;
use super::letter::Letter;
use super::text::clean;
use crate::checkup::{Billed, Costs, DatabaseCosts, Manual};
use crate::policy::Policy;

/// What the sum leaves out is told in so many lines
const MOST_LEFT_OUT: usize = 5;

/// `$12.30`; what is less than a cent and more than nothing says so
fn dollars(sum: f64) -> String {
    if sum > 0.0 && sum < 0.005 { "less than $0.01".to_owned() } else { format!("${sum:.2}") }
}

fn snapshots(number_of: usize) -> String {
    number(number_of, "manual snapshot", "manual snapshots")
}

/// `12 GiB of backups billed, about $0.25 a month`
pub(super) fn of_database(costs: Option<&DatabaseCosts>) -> String {
    let not_known = || "billed storage not known".to_owned();
    match costs.map(|costs| (&costs.billed, &costs.manual)) {
        Some((Billed::Gib { gib, dollars: sum, .. }, _)) => {
            format!("{gib:.0} GiB of backups billed, about {} a month", dollars(*sum))
        }
        Some((Billed::NotMeasured, Ok(manual))) if manual.snapshots == 0 => "no manual snapshots".to_owned(),
        Some((Billed::NotMeasured, Ok(manual))) => {
            let rest =
                if manual.not_known > 0 { format!(" without {} of them", manual.not_known) } else { String::new() };
            let sum = dollars(manual.dollars);
            format!("{} for at most about {sum} a month{rest}", snapshots(manual.snapshots))
        }
        Some((Billed::Unknown(_) | Billed::NotMeasured, _)) | None => not_known(),
    }
}

/// The section
pub(super) fn section(letter: &mut Letter, costs: &Costs, policy: &Policy) {
    letter.heading("COSTS");
    let known = costs.databases.iter().filter(|one| one.dollars().is_some()).count();
    let all = number(costs.databases.len(), "database", "databases");
    if known == 0 {
        letter.say("  ", &format!("What the backups of {all} cost is not known."));
    } else {
        let most = if costs.at_most { "at most " } else { "" };
        let of = if known == costs.databases.len() { all } else { format!("{known} of {all}") };
        letter.say("  ", &format!("The backups of {of} cost {most}about {} a month.", dollars(costs.dollars)));
    }
    for line in costs.not_known.iter().take(MOST_LEFT_OUT) {
        letter.say("  - ", &clean(&format!("not in it: {line}"), 300));
    }
    if costs.not_known.len() > MOST_LEFT_OUT {
        letter.say("  - ", &format!("and {} more", costs.not_known.len() - MOST_LEFT_OUT));
    }
    saving(letter, costs, policy);
    letter.say("  ", &format!("Prices of {}, where the policy names no others.", costs.prices_of));
}

/// What clean-up would save, where that is known of every database
fn saving(letter: &mut Letter, costs: &Costs, policy: &Policy) {
    let mut sum = Manual::default();
    for one in &costs.databases {
        let Ok(saving) = &one.saving else {
            return letter.say("  ", "What clean-up would save is not known, as the snapshots could not be read.");
        };
        sum.snapshots += saving.snapshots;
        sum.dollars += saving.dollars;
        sum.not_known += saving.not_known;
    }
    if sum.snapshots == 0 {
        return;
    }
    let dry = if policy.cleanup.dry_run { ", once cleanup.dry_run is false" } else { "" };
    let rest = if sum.not_known > 0 { format!(" ({} without a known price)", sum.not_known) } else { String::new() };
    let words = format!(
        "Clean-up would let {} go{dry}, and save at most about {} a month{rest}.",
        snapshots(sum.snapshots),
        dollars(sum.dollars)
    );
    letter.say("  ", &words);
}
