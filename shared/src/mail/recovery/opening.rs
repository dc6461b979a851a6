//! The first three lines of a recovery's mails, and its subject.

use jiff::Timestamp;
use serde_json::Value;

use super::{about, connect, counted, parts, short};
use crate::fault::Class;
use crate::mail::command::{EMERGENCY_RESTORE, invoke};
use crate::mail::recovery_plan::wanted;
use crate::mail::shell::Command;
use crate::moment;
use crate::recover::{Letter as Which, Record};
use crate::restore::{ActState, Purpose};
use crate::verify::VerdictWord;

/// What a mail begins with
pub(super) struct Opening {
    pub(super) label: &'static str,
    pub(super) about: String,
    pub(super) happened: String,
    pub(super) at_risk: String,
    pub(super) to_do: String,
    pub(super) commands: Vec<Command>,
}

pub(super) fn of(record: &Record, which: Which, now: Timestamp) -> Opening {
    match (which, record.purpose) {
        (Which::Stuck, _) => stuck(record),
        (Which::EndsSoon, _) => ends(record, now),
        (_, Purpose::Inspection) => inspection(record, which),
        (Which::HandedOver, _) => complete(record),
        _ => usable(record),
    }
}

fn is_failed(record: &Record) -> bool {
    record.verdict.as_ref().is_some_and(|verdict| verdict.word == VerdictWord::Failed)
}

/// Whether the data can be relied on, in a line
fn at_risk(record: &Record) -> String {
    let (_, failed, asked) = parts::tally(record);
    match record.verdict.as_ref().map(|verdict| verdict.word) {
        Some(VerdictWord::Failed) => {
            format!("LIKELY: {failed} of {asked} data checks failed. Nothing was deleted for it.")
        }
        Some(VerdictWord::Inconclusive) | None => "NOT KNOWN: its data could not be checked, see below.".to_owned(),
        Some(VerdictWord::Passed) => match record.point.instant() {
            Some(at) => format!("What was written after {} is not in it.", moment::utc(at)),
            None => "What was written after the backup is not in it.".to_owned(),
        },
    }
}

fn rto(record: &Record) -> String {
    record.rto().map_or_else(|| "not known".to_owned(), moment::duration)
}

fn usable(record: &Record) -> Opening {
    let (name, rto, checks) = (short(record), rto(record), parts::tally_words(record));
    let to_do = if is_failed(record) {
        "Look at what failed before anybody relies on it. Connect:"
    } else {
        "Connect and look. It is cut over to once it is complete:"
    };
    Opening {
        label: if is_failed(record) { "ALERT" } else { "INFO" },
        about: format!("{name}: can be used, {checks}, RTO {rto}"),
        happened: format!("{name} is back and can be used, RTO {rto}."),
        at_risk: at_risk(record),
        to_do: to_do.to_owned(),
        commands: connect::commands(record),
    }
}

fn complete(record: &Record) -> Opening {
    let (name, rto, checks) = (short(record), rto(record), parts::tally_words(record));
    let differ = match record.differences.as_ref().map(Vec::len) {
        Some(0) => "no setting differs".to_owned(),
        Some(count) => counted(count, "setting differs", "settings differ"),
        None => "settings not compared".to_owned(),
    };
    let given_up = record.given_up.len();
    let less = if given_up == 0 { String::new() } else { format!(", {given_up} GIVEN UP") };
    let (to_do, commands): (_, Vec<Command>) = if is_failed(record) {
        ("Look at what failed before anybody relies on it. Connect:", connect::commands(record))
    } else if given_up == 0 && record.differences.as_ref().is_some_and(Vec::is_empty) {
        (
            "Look at it, then cut over when people decide so. By name:",
            super::cut_over::swap(record).into_iter().collect(),
        )
    } else {
        ("Mend what matters below, then cut over. By name:", super::cut_over::swap(record).into_iter().collect())
    };
    Opening {
        label: if is_failed(record) || given_up > 0 { "ALERT" } else { "INFO" },
        about: format!("{name}: complete, {differ}{less}, {checks}, RTO {rto}"),
        happened: format!("{name} is complete; {differ}{less}."),
        at_risk: at_risk(record),
        to_do: to_do.to_owned(),
        commands,
    }
}

fn inspection(record: &Record, which: Which) -> Opening {
    let name = short(record);
    let (ready, checks) = (if which == Which::HandedOver { "complete" } else { "ready" }, parts::tally_words(record));
    let ends = record.expires_at.map_or_else(String::new, |at| format!(" It ends {}.", moment::utc(at)));
    Opening {
        label: "INFO",
        about: format!("{name}: inspection {ready}, {checks}"),
        happened: format!("The inspection of {name} is {ready}."),
        at_risk: format!("No: production is not touched.{ends}"),
        to_do: "Connect and look:".to_owned(),
        commands: connect::commands(record),
    }
}

fn ends(record: &Record, now: Timestamp) -> Opening {
    let name = short(record);
    let left = record.expires_at.map_or_else(
        || "soon".to_owned(),
        |at| {
            let left = at.duration_since(now);
            if left.is_positive() { format!("in {}", moment::duration(left)) } else { "now".to_owned() }
        },
    );
    Opening {
        label: "INFO",
        about: format!("{name}: inspection ends {left}"),
        happened: format!("The inspection of {name} ends {left}."),
        at_risk: "No: production is not touched. What was made in the copy goes.".to_owned(),
        to_do: "Save what you need, or keep it for 4 hours from now:".to_owned(),
        commands: about(record, &[("extend", "4h".into())]).into_iter().collect(),
    }
}

fn stuck(record: &Record) -> Opening {
    let (name, inspection) = (short(record), record.purpose == Purpose::Inspection);
    let what = if inspection { "inspection" } else { "recovery" };
    let at_risk = match (inspection, record.copy.usable_at) {
        (true, _) => "No: production is not touched, and no backup was changed.".to_owned(),
        (false, Some(_)) => "The copy did come up before. Look before you rely on it.".to_owned(),
        (false, None) => format!("YES: {name} is not back. No backup was changed."),
    };
    let (cause, to_do, another) = cause(record);
    // A new run: what is there of this one stays for people to look at.
    let mut fields = vec![("database", Value::from(record.database.as_str()))];
    if !another {
        fields.push(wanted(&record.point));
    }
    if inspection && !another {
        fields.push(("inspect_for", "8h".into()));
    }
    Opening {
        label: "ALERT",
        about: format!("{name}: {what} stuck, {cause}"),
        happened: format!("The {what} of {name} CANNOT GO ON by itself."),
        at_risk,
        to_do: to_do.to_owned(),
        commands: invoke(EMERGENCY_RESTORE, &fields).into_iter().collect(),
    }
}

/// What kept it from going on, what to do about it, and whether another backup has to be chosen
fn cause(record: &Record) -> (&'static str, &'static str, bool) {
    let mut classes = record.steps().into_iter().filter(|step| !step.optional).filter_map(|step| {
        match &record.acts.get(&step.act.name())?.state {
            ActState::Refused { failure, .. } => Some(failure.class),
            ActState::Asked | ActState::Done { .. } => None,
        }
    });
    match classes.next_back() {
        Some(Class::Quota) => ("a quota is in the way", "Make room, or raise the quota named below. Then anew:", false),
        Some(Class::Permission) => ("a permission is missing", "Grant the permission named below. Then anew:", false),
        Some(Class::Capacity) => {
            ("AWS has no capacity", "Wait, or name another class in with.instance_class. Anew:", false)
        }
        Some(Class::Network) => {
            ("the network does not fit", "Mend the subnets or groups named below. Then anew:", false)
        }
        Some(Class::Configuration) => ("a setting does not fit", "Mend the setting named below. Then anew:", false),
        Some(Class::Key) => ("a KMS key cannot be used", "Make the key named below usable. Then anew:", false),
        Some(Class::Backup) => ("the backup cannot be used", "Choose another backup. What there is:", true),
        _ => ("people have to look", "Read why below. To begin anew, beside this one:", false),
    }
}
