//! Whether each database of the policy exists and is backed up as the policy asks.

mod copies;
mod fresh;
mod retention;
mod unlisted;

use super::finding::{Mend, Severity};
use super::look::{Protected, Subject, Told, unknown};
use super::{Asking, Sheet};
use crate::database::{RetainedBackup, Seen};
use crate::moment;

/// What its region answers for each database, whatever AWS says: the question's name and what it asks
const EXISTS: (&str, &str) = ("exists", "exists");

pub(super) fn ask(asking: &Asking<'_>, sheet: &mut Sheet) {
    for of in asking.protected() {
        match of.seen() {
            Seen::Unknown(why) => {
                for (question, what) in std::iter::once(EXISTS).chain(retention::due(&of)).chain(fresh::due(&of)) {
                    let title = format!("whether {} {what} could not be told", of.name);
                    of.unknown(sheet, question, &title, &unknown(why.as_str()));
                }
            }
            // What does not exist has no backups to ask for.
            Seen::Absent => absent(&of, sheet),
            Seen::Present(subject) => present(&of, &subject, sheet),
        }
        copies::ask(&of, sheet);
    }
    unlisted::ask(asking, sheet);
}

fn present(of: &Protected<'_>, subject: &Subject<'_>, sheet: &mut Sheet) {
    of.fine(sheet, EXISTS.0);
    if retention::ask(of, subject, sheet) {
        fresh::ask(of, subject, sheet);
        return;
    }
    // What was wrong with them is not mended by turning them off, unless the policy wants none.
    if of.entry.backups.retention_days == Some(0) {
        return;
    }
    for (question, _) in retention::due(of).chain(fresh::due(of)) {
        sheet.silent(of.id(question), "it has no automated backups");
    }
}

fn absent(of: &Protected<'_>, sheet: &mut Sheet) {
    let (name, identifier, home) = (of.name, of.identifier(), of.asking.home());
    let kind = of.entry.kind.word();
    let mut evidence = vec![format!("{home} has no {kind} database of the identifier {identifier}")];
    evidence.extend(namesakes(of));
    let retained = of.asking.region(home).ok().and_then(|region| region.retained.get(identifier));
    let kept = match retained {
        Some(Ok(kept)) if kept.is_empty() => {
            evidence.push("RDS retained no automated backups of it".to_owned());
            false
        }
        Some(Ok(kept)) => {
            evidence.extend(kept.iter().map(|kept| retained_line(of, kept)));
            true
        }
        Some(Err(unknown)) => {
            evidence.push(format!("whether RDS retained automated backups of it is not known: {}", unknown.why));
            false
        }
        None => {
            evidence.push("whether RDS retained automated backups of it was not asked".to_owned());
            false
        }
    };
    let mend = if kept {
        let payload = format!(r#"{{"database":"{name}","to":"latest"}}"#);
        let raw = ["--cli-binary-format", "raw-in-base64-out", "--payload", payload.as_str(), "/dev/stdout"];
        let invoke = ["aws", "lambda", "invoke", "--function-name", "emergency-restore"];
        let args: Vec<&str> = invoke.into_iter().chain(raw).collect();
        Mend::run("If it was not meant to go, restore it from the retained backup before that expires.", &args)
    } else {
        Mend::say(format!("Correct databases.{name}.identifier in the policy, or take {name} out of it."))
    };
    let title = if kept {
        format!("{name} does not exist: there is no {kind} database {identifier}; a backup of it was retained")
    } else {
        format!("{name} does not exist: there is no {kind} database {identifier}")
    };
    let why = "Nothing that the policy asks for is being done for it.";
    of.found(sheet, EXISTS.0, Told { severity: Severity::High, title, evidence, why, mend, measure: None });
}

/// The same name, but not what the policy says it is
fn namesakes(of: &Protected<'_>) -> Vec<String> {
    let home = of.asking.home();
    let mut lines = Vec::new();
    for kept in of.asking.clusters(home).into_iter().flatten().filter(|kept| kept.facts.identifier == of.identifier()) {
        lines.push(format!("a cluster of that name is there, of the engine {}", kept.facts.engine.word()));
    }
    for kept in of.asking.instances(home).into_iter().flatten().filter(|kept| kept.facts.identifier == of.identifier())
    {
        lines.push(match &kept.facts.cluster {
            Some(cluster) => format!("an instance of that name is there, a member of the cluster {cluster}"),
            None => format!("an instance of that name is there, of the engine {}", kept.facts.engine.word()),
        });
    }
    lines
}

fn retained_line(of: &Protected<'_>, kept: &RetainedBackup) -> String {
    let zone = of.asking.policy.zone();
    match (kept.window.earliest, kept.window.latest) {
        (Some(from), Some(to)) => format!(
            "RDS retained a backup ({}): restorable from {} to {}",
            kept.resource_id,
            moment::both(from, &zone),
            moment::both(to, &zone)
        ),
        _ => format!("RDS retained a backup ({}); its window is not known", kept.resource_id),
    }
}

#[cfg(test)]
mod tests;
