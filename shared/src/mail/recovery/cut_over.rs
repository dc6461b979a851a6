//! Cutting over and back: how it is asked for, and the mail when it ended or its way back is blocked.

use jiff::Timestamp;
use serde_json::json;

use super::{about, connect, from_aws, parts, places, short};
use crate::mail::facts::LONGEST_VALUE;
use crate::mail::letter::{Letter, Mail};
use crate::mail::shell::Command;
use crate::mail::text::clean;
use crate::recover::{CutOver, Direction, End, Move, Phase, Record, Target};
use crate::verify::VerdictWord;

/// Most moves that a mail tells: a swap of a full cluster has thirty-four
const MOST_MOVES: usize = 40;
/// Stands for what nobody here knows
const YOUR_PROXY: &str = "PROXY";

/// The request that swaps names; it says so where checks failed
pub(super) fn swap(record: &Record) -> Option<Command> {
    request(record, json!({ "swap_names": true }))
}

fn request(record: &Record, by: serde_json::Value) -> Option<Command> {
    let is_good = record.verdict.as_ref().is_some_and(|verdict| verdict.word == VerdictWord::Passed);
    let mut fields = vec![("cut_over", by)];
    if !is_good {
        fields.push(("despite_failed_checks", true.into()));
    }
    about(record, &fields)
}

fn undo(record: &Record) -> Option<Command> {
    about(record, &[("undo_cut_over", true.into())])
}

/// How to cut over, both ways, and how to go back
pub(super) fn how(record: &Record, letter: &mut Letter) {
    letter.heading("CUT OVER, when people decide so; until then no application uses the copy");
    let source = clean(&record.blueprint.identifier, 63);
    if !matches!(record.verdict.as_ref().map(|verdict| verdict.word), Some(VerdictWord::Passed)) {
        letter.say("  ", "The data was not found good, so the requests say despite_failed_checks: know why first.");
    }
    if record.phase != Phase::HandedOver {
        letter.say("  ", "The requests are refused until the copy is complete; another mail says when it is.");
    }
    let mut give = |says: &str, command: Option<Command>| {
        if let Some(command) = command {
            letter.say("  ", says);
            letter.command(&command);
        }
    };
    give(&format!("Names: the copy becomes {source}; what has that name now is renamed aside:"), swap(record));
    let list = ["aws", "rds", "describe-db-proxies", "--query", "DBProxies[].DBProxyName", "--output", "text"];
    give("Or an RDS Proxy, which keeps connections. Its name:", Some(Command::new(&list)));
    give("and the request, with that name in place of PROXY:", request(record, json!({ "proxy": YOUR_PROXY })));
    give("Back again, at any time:", undo(record));
}

/// The mail about a cut-over
pub(super) fn mail(record: &Record, bucket: &str, now: Timestamp) -> Mail {
    let name = short(record);
    let Some(cut) = &record.cut_over else {
        let mut letter = Letter::opening(&format!("{name} was not cut over."), "No.", "Nothing.");
        places(record, bucket, &mut letter, now);
        return letter.sealed("INFO", &format!("{name}: not cut over"));
    };
    let opening = opening(record, cut, &name);
    let mut letter = Letter::opening(&opening.happened, opening.at_risk, opening.to_do);
    for command in &opening.commands {
        letter.command(command);
    }
    if let Some(reason) = &cut.reason {
        letter.gap();
        letter.say("Why: ", &clean(reason, 3 * LONGEST_VALUE));
    }
    letter.heading(match cut.direction {
        Direction::Forward => "MOVES, in this order",
        Direction::Back => "MOVES on the way back, in this order",
    });
    let way = cut.way();
    for one in way.iter().take(MOST_MOVES) {
        let of = match one {
            Move::Rename { server, .. } => format!(" (of {})", server.resource_id),
            Move::Retarget { .. } => String::new(),
        };
        letter.say("  - ", &clean(&format!("{}{of}", one.name()), LONGEST_VALUE));
    }
    if way.len() > MOST_MOVES {
        letter.say("  ", &format!("and {} more in the record", way.len().saturating_sub(MOST_MOVES)));
    }
    parts::what(record, &mut letter, now);
    connect::section(record, &mut letter);
    places(record, bucket, &mut letter, now);
    letter.sealed(opening.label, &opening.about)
}

struct Opening {
    label: &'static str,
    about: String,
    happened: String,
    at_risk: &'static str,
    to_do: &'static str,
    commands: Vec<Command>,
}

fn opening(record: &Record, cut: &CutOver, name: &str) -> Opening {
    let asked = cut.reason.as_deref() == Some(crate::recover::ASKED_FOR);
    let left = left(cut);
    match (cut.end, asked) {
        (Some(End::Copy), _) => Opening {
            label: "INFO",
            about: format!("{name}: cut over, applications reach the copy"),
            happened: format!("{name} is cut over: applications reach the copy."),
            at_risk: "Connections that are still open may write to the old one.",
            to_do: "Restart what keeps connections. To go back, at any time:",
            commands: undo(record).into_iter().collect(),
        },
        (Some(End::Source), true) => Opening {
            label: "INFO",
            about: format!("{name}: cut-over put back, applications reach the source"),
            happened: format!("{name} is put back on its source, as was asked."),
            at_risk: "What was written to the copy meanwhile is in the copy only.",
            to_do: "Restart what keeps connections. To cut over again:",
            commands: again(record, cut).into_iter().collect(),
        },
        (Some(End::Source), false) => Opening {
            label: "ALERT",
            about: format!("{name}: cut-over failed and was put back"),
            happened: format!("Cutting over {name} FAILED; it was put back."),
            at_risk: "Applications reach the source, as before.",
            to_do: "Mend what is said below, then ask again:",
            commands: again(record, cut).into_iter().collect(),
        },
        (Some(End::Partly), _) => Opening {
            label: "ALERT",
            about: format!("{name}: cut-over put back ONLY IN PART"),
            happened: format!("{name} was put back ONLY IN PART: see why."),
            at_risk: "YES: applications may reach neither database.",
            to_do: "Look which of them there are, by the ids below:",
            commands: look(cut),
        },
        (None, _) => Opening {
            label: "ALERT",
            about: format!("{name}: the way back of the cut-over IS BLOCKED"),
            happened: format!("Putting {name} back IS BLOCKED on its way."),
            at_risk: "YES: applications may reach neither database.",
            to_do: if left.is_empty() {
                "Mend what is said below: it is tried on. What there is:"
            } else {
                "Mend what is said below: it is tried on. Or by hand, what is left:"
            },
            commands: if left.is_empty() { look(cut) } else { left },
        },
    }
}

/// The same cut-over once more
fn again(record: &Record, cut: &CutOver) -> Option<Command> {
    let proxy = cut.moves.iter().find_map(|one| match one {
        Move::Retarget { proxy, group, .. } => Some(json!({ "proxy": proxy, "target_group": group })),
        Move::Rename { .. } => None,
    });
    request(record, proxy.unwrap_or_else(|| json!({ "swap_names": true })))
}

/// What is left of a way back, as commands. A way is made in its order, so whatever comes before the move that the reason
/// names is made; to hand those out too would rename what stands in their place now. None where the reason names no move.
fn left(cut: &CutOver) -> Vec<Command> {
    let reason = cut.reason.as_deref().unwrap_or_default();
    let way = cut.way();
    let blocked = way.iter().position(|one| reason.strip_prefix(&one.name()).is_some_and(|rest| rest.starts_with(' ')));
    let all = blocked.and_then(|at| way.get(at..)).unwrap_or_default();
    all.iter().flat_map(commands).take(MOST_MOVES).collect()
}

/// What there is, by the ids that survive a rename, and what proxies point at
fn look(cut: &CutOver) -> Vec<Command> {
    let renames = |clustered: bool| {
        cut.moves.iter().any(|one| matches!(one, Move::Rename { server, .. } if server.clustered == clustered))
    };
    let mut all = Vec::new();
    if renames(true) {
        let query = "DBClusters[].[DbClusterResourceId,DBClusterIdentifier,Status]";
        all.push(Command::new(&["aws", "rds", "describe-db-clusters", "--query", query, "--output", "text"]));
    }
    if renames(false) {
        let query = "DBInstances[].[DbiResourceId,DBInstanceIdentifier,DBInstanceStatus]";
        all.push(Command::new(&["aws", "rds", "describe-db-instances", "--query", query, "--output", "text"]));
    }
    let proxies = cut.moves.iter().filter_map(|one| match one {
        Move::Retarget { proxy, .. } => {
            from_aws(&["aws", "rds", "describe-db-proxy-targets", "--db-proxy-name", proxy].map(str::to_owned))
        }
        Move::Rename { .. } => None,
    });
    all.extend(proxies);
    all
}

/// A move by hand
fn commands(one: &Move) -> Vec<Command> {
    let all: Vec<Vec<&str>> = match one {
        Move::Rename { server, from, to } if server.clustered => vec![vec![
            "aws",
            "rds",
            "modify-db-cluster",
            "--db-cluster-identifier",
            from,
            "--new-db-cluster-identifier",
            to,
            "--apply-immediately",
        ]],
        Move::Rename { from, to, .. } => vec![vec![
            "aws",
            "rds",
            "modify-db-instance",
            "--db-instance-identifier",
            from,
            "--new-db-instance-identifier",
            to,
            "--apply-immediately",
        ]],
        Move::Retarget { proxy, group, from, to } => {
            let of = |call, target: &'static str| {
                vec!["aws", "rds", call, "--db-proxy-name", proxy.as_str(), "--target-group-name", group, target]
            };
            let mut off = of("deregister-db-proxy-targets", kind(from));
            off.push(&from.identifier);
            let mut on = of("register-db-proxy-targets", kind(to));
            on.push(&to.identifier);
            vec![off, on]
        }
    };
    let owned = all.into_iter().map(|args| args.into_iter().map(str::to_owned).collect::<Vec<String>>());
    owned.filter_map(|args| from_aws(&args)).collect()
}

fn kind(target: &Target) -> &'static str {
    if target.clustered { "--db-cluster-identifiers" } else { "--db-instance-identifiers" }
}
