//! The three answers that every drill's mail and page begin with: what happened, is data at risk, what to do now.

use super::advice_gone::advise_gone;
use super::advice_unknown::could_not_look;
use super::by_hand::{same_backup, windows};
use super::command::{RESTORE_DRILL, deletions, invoke};
use super::facts::{is_gone, lags, short_name};
use super::shell::Command;
use super::tally::{knows_no_more, only_differs, tally};
use crate::moment;
use crate::restore::{Point, Purpose, Record, SourceChoice};
use crate::verify::{Because, VerdictWord, of_answers};

/// The three answers
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Advice {
    /// What happened
    pub happened: String,
    /// Is data at risk
    pub at_risk: String,
    /// What to do now
    pub to_do: String,
    /// Commands that do it
    pub commands: Vec<Command>,
}

/// The answers for a run; its verdict picks them, and a database that is gone outshouts it.
pub(super) fn advise(record: &Record) -> Advice {
    let known = by_verdict(record);
    if is_gone(record) { advise_gone(record, known) } else { known }
}

fn by_verdict(record: &Record) -> Advice {
    let Some(verdict) = &record.verdict else {
        let happened = format!("The {} of {} has no verdict yet.", record.purpose.word(), short_name(record));
        return advice(happened, not_known(record), "Wait for it, or look at its record.", vec![]);
    };
    match (verdict.word, verdict.because) {
        (VerdictWord::Passed, _) => passed(record),
        (_, Because::ChecksFailed) => checks_failed(record),
        (_, Because::BackupUnusable) => unusable(record),
        (_, Because::LeftBehind) => left_behind(record),
        (word, because) => could_not_look(record, word, because),
    }
}

/// The three answers; a colon before commands that there are none of becomes a full stop
pub(super) fn advice(happened: String, at_risk: String, to_do: &str, commands: Vec<Option<Command>>) -> Advice {
    let commands: Vec<Command> = commands.into_iter().flatten().collect();
    let to_do = match to_do.strip_suffix(':') {
        Some(sentence) if commands.is_empty() => format!("{sentence}."),
        _ => to_do.to_owned(),
    };
    Advice { happened, at_risk, to_do, commands }
}

fn passed(record: &Record) -> Advice {
    let (name, tally) = (short_name(record), tally(record));
    let implicit = knows_no_more(record).is_some();
    let happened = if implicit {
        format!("{name} restored and answered; the policy names no checks.")
    } else {
        format!("{name} restored; {} of {} checks passed.", tally.passed, tally.asked)
    };
    let at_risk = match lags(record) {
        Some((lag, limit)) => {
            format!("Backups lag {} behind; the policy allows {}.", moment::duration(lag), moment::duration(limit))
        }
        None if implicit => "Not known: the data was not looked at, only counted in tables.".to_owned(),
        None => "None found: the backup restores, its data is as expected.".to_owned(),
    };
    let deletions = deletions(&record.leftovers);
    if !record.leftovers.is_empty() {
        let to_do = "Remove what is left behind: it costs money and holds data.";
        return advice(happened, at_risk, to_do, deletions.into_iter().map(Some).collect());
    }
    if lags(record).is_some() {
        return advice(happened, at_risk, "Find out why backups lag. What can be restored now:", vec![windows(record)]);
    }
    if implicit {
        return advice(happened, at_risk, &format!("Name checks in the policy: databases.{name}.checks."), vec![]);
    }
    advice(happened, at_risk, "Nothing.", vec![])
}

fn checks_failed(record: &Record) -> Advice {
    let tally = tally(record);
    let happened = format!("{} restored, but {} of {} checks failed.", short_name(record), tally.failed, tally.asked);
    let at_risk = if only_differs(record) {
        "Perhaps: it differs from the last passed drill. Was that meant?"
    } else {
        "Likely: this backup's data is not as the policy expects."
    };
    let at_risk = at_risk.to_owned();
    let mut commands = vec![windows(record)];
    commands.extend(same_backup(record).into_iter().map(Some));
    advice(happened, at_risk, "Compare with production. What can be restored:", commands)
}

fn unusable(record: &Record) -> Advice {
    let happened = format!("The backup of {} could not be restored.", short_name(record));
    let at_risk = "YES: this backup is of no use, and others may be the same.".to_owned();
    let mut commands = vec![windows(record)];
    if record.purpose == Purpose::Drill && matches!(record.plan.source, SourceChoice::PointInTime { .. }) {
        let fields = [("drill", record.title().into()), ("source", "latest_snapshot".into())];
        commands.push(
            invoke(RESTORE_DRILL, &fields)
                .map(|command| command.saying("Then prove another backup, the newest snapshot:")),
        );
    }
    advice(happened, at_risk, "Take no risk with production. What else can be restored:", commands)
}

fn left_behind(record: &Record) -> Advice {
    let happened = format!("The copy of {} could not be removed.", short_name(record));
    let tally = tally(record);
    let checks = record.answers.as_ref().map(|answers| of_answers(&record.plan.checks, answers).word);
    let at_risk = match checks {
        Some(VerdictWord::Passed) => {
            format!("No: it restored, {} of {} checks passed. The copy costs money.", tally.passed, tally.asked)
        }
        Some(VerdictWord::Failed) => format!("Likely: {} of {} checks failed as well.", tally.failed, tally.asked),
        Some(VerdictWord::Inconclusive) | None => not_known(record),
    };
    let deletions: Vec<Option<Command>> = deletions(&record.leftovers).into_iter().map(Some).collect();
    let to_do = if deletions.is_empty() {
        "See what is left below, and remove it by hand."
    } else {
        "Remove it, instances before clusters:"
    };
    advice(happened, at_risk, to_do, deletions)
}

/// Runs the drill once more. What AWS Backup or a person began is not ours to begin again.
pub(super) fn again(record: &Record) -> Option<Command> {
    let drill = record.purpose == Purpose::Drill;
    drill.then(|| invoke(RESTORE_DRILL, &[("drill", record.title().into())])).flatten()
}

/// The key of the backup, where it is known: a recovery point and a copied snapshot have one of their own
pub(super) fn key(record: &Record) -> Option<&str> {
    match (&record.point, &record.plan.region) {
        (Some(Point::RecoveryPoint { kms_key, .. }), _) => kms_key.as_deref(),
        (_, Some(_)) => None,
        (_, None) => record.source.as_ref()?.configuration.kms_key.as_deref(),
    }
}

/// What is proved of a backup that nobody could look into
pub(super) fn not_known(record: &Record) -> String {
    let moments = &record.milestones;
    let reached = if moments.first_query.is_some() {
        "the copy answered, but its data is not proved."
    } else if moments.instance_up.is_some() {
        "the copy came up, but its data was not read."
    } else if moments.volume_restored.is_some() {
        "the volume restored, but its data was not read."
    } else {
        "nothing was restored, so nothing is proved."
    };
    format!("Not known: {reached}")
}
