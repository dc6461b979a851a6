//! The three answers where nobody could look, and nothing is known of the backup.

use super::advice::{Advice, advice, again, key, not_known};
use super::by_hand::{same_backup, windows};
use super::command::{describe_key, look_up};
use super::facts::short_name;
use crate::restore::Record;
use crate::verify::{Because, TroubleKind, VerdictWord};

/// The words for each reason why nobody could look
pub(super) fn could_not_look(record: &Record, word: VerdictWord, because: Because) -> Advice {
    let name = short_name(record);
    let trouble = record.answers.as_ref().and_then(|answers| answers.trouble.as_ref().map(|trouble| trouble.kind));
    let (happened, to_do) = match because {
        Because::NotAsked => not_asked(&name, trouble),
        Because::Capacity => (
            format!("AWS had no capacity for a copy of {name}."),
            "Run it again later, or name another class in the policy:",
        ),
        Because::Quota => {
            (format!("An AWS quota stopped the drill of {name}."), "Raise the quota or make room, then run it again:")
        }
        Because::Permission => (
            format!("A missing permission stopped the drill of {name}."),
            "Grant what the reason below names, then run it again:",
        ),
        Because::Network => (
            format!("The network kept the drill out of {name}."),
            "Check subnets and security groups, then run it again:",
        ),
        Because::Configuration => (
            format!("A setting stopped the drill of {name}."),
            "Correct what the reason below names, then run it again:",
        ),
        Because::Key => (
            format!("A KMS key kept the backup of {name} shut."),
            "Check the state and policy of the key, then run it again:",
        ),
        Because::Deadline => {
            (format!("The drill of {name} missed its deadline."), "See below where it stood, then run it again:")
        }
        Because::Interference => {
            (format!("Somebody else touched the copy of {name}."), "Find out who, then run it again:")
        }
        Because::Source => {
            (format!("{name} is not what the policy says it is."), "Correct the policy. What can be restored:")
        }
        Because::ChecksPassed
        | Because::ChecksFailed
        | Because::BackupUnusable
        | Because::LeftBehind
        | Because::Other => {
            (format!("The drill of {name} ended without a clear result."), "Read the reason below, then run it again:")
        }
    };
    let again = again(record);
    let commands = match because {
        Because::Source => vec![windows(record)],
        Because::NotAsked if trouble == Some(TroubleKind::Unsupported) => {
            same_backup(record).into_iter().map(Some).collect()
        }
        Because::Key => vec![key(record).and_then(describe_key), again.map(|command| command.saying("And again:"))],
        Because::Interference => {
            vec![
                look_up(&record.copy.identifier, record.plan.region.as_deref()),
                again.map(|command| command.saying("And again:")),
            ]
        }
        _ => vec![again],
    };
    let at_risk = match (word, because) {
        (_, Because::Key) => "YES if the key is disabled or deleted: then nothing restores.".to_owned(),
        (VerdictWord::Failed, _) => "Possibly: the drill failed, and nothing proves this backup.".to_owned(),
        _ => not_known(record),
    };
    advice(happened, at_risk, to_do, commands)
}

/// What happened and what to do where a check could not be asked, or none could
fn not_asked(name: &str, trouble: Option<TroubleKind>) -> (String, &'static str) {
    let again = "Read the reason below, then run it again:";
    match trouble {
        Some(TroubleKind::Unsupported) => (
            format!("{name} restored; nothing here can read its data."),
            "Running it again changes nothing. Look into a copy by hand:",
        ),
        Some(_) => (format!("{name} restored; no check could be asked."), again),
        None => (format!("{name} restored; some checks were not asked."), again),
    }
}
