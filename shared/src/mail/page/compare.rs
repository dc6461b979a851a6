//! The source beside its copy. A drill's copy is small and closed on purpose: differences are marked, not judged.

use maud::{Markup, html};

use super::said;
use crate::database::{Capacity, Configuration};
use crate::restore::Record;

const ENCRYPTED: &str = "Encrypted";
const KEY: &str = "KMS key";
const NOT_KNOWN: &str = "not known";

/// The configuration of source and copy side by side
pub(super) fn compared(record: &Record) -> Markup {
    let Some(source) = &record.source else {
        return html! {};
    };
    let engine = |version: &str| format!("{} {version}", source.engine.word());
    // A backup does not tell how its database was set up, apart from its encryption.
    let only_backup = source.is_gone || source.resource_id.is_empty();
    let mut rows = vec![
        ("Engine", Some(engine(&source.engine_version)), record.copy.engine_version.as_deref().map(engine)),
        ("Class", source.class.clone().or_else(|| (!only_backup).then(none)), record.copy.class.clone()),
    ];
    let copy = record.copy.configuration.as_ref().map(settings);
    for (index, (name, of_source)) in settings(&source.configuration).into_iter().enumerate() {
        let of_copy = copy.as_ref().and_then(|copy| copy.get(index)).map(|(_, value)| value.clone());
        let is_known = !only_backup || name == ENCRYPTED || (name == KEY && source.configuration.kms_key.is_some());
        rows.push((name, is_known.then_some(of_source), of_copy));
    }
    html! {
        h2 { "Source and copy" }
        table {
            thead { tr { th { "Setting" } th { "Source" } th { "Copy" } } }
            tbody {
                @for (name, of_source, of_copy) in &rows {
                    @let differs = of_source.is_some() && of_copy.is_some() && of_copy != of_source;
                    tr .differs[differs] {
                        th { (name) @if differs { " (differs)" } }
                        td class=[of_source.is_none().then_some("number")] data-label="Source" {
                            (said(of_source.as_deref().unwrap_or(NOT_KNOWN)))
                        }
                        td .number[of_copy.is_none()] data-label="Copy" { (said(of_copy.as_deref().unwrap_or(NOT_KNOWN))) }
                    }
                }
            }
        }
    }
}

fn settings(of: &Configuration) -> Vec<(&'static str, String)> {
    let text = |text: &Option<String>| text.clone().unwrap_or_else(none);
    let yes = |yes: bool| if yes { "yes" } else { "no" }.to_owned();
    vec![
        ("Security groups", list(&of.security_groups)),
        ("Subnet group", text(&of.subnet_group)),
        ("Parameter group", text(&of.parameter_group)),
        ("Option group", text(&of.option_group)),
        ("Serverless range", of.capacity.map_or_else(none, |Capacity { min, max }| format!("{min} to {max} ACU"))),
        ("Storage", of.storage_type.clone().map_or_else(none, |kind| sized(&kind, of.storage_gib))),
        (ENCRYPTED, yes(of.encrypted)),
        (KEY, text(&of.kms_key)),
        ("IAM authentication", yes(of.iam_auth)),
        ("Log exports", list(&of.log_exports)),
        ("Backup retention", days(of.backup_retention_days)),
        ("Deletion protection", yes(of.deletion_protection)),
        ("Multi-AZ", yes(of.multi_az)),
    ]
}

fn days(days: i32) -> String {
    if days == 1 { "1 day".to_owned() } else { format!("{days} days") }
}

/// Aurora always says 1 GiB, which is of no meaning
fn sized(kind: &str, gib: Option<i32>) -> String {
    match gib {
        Some(gib) if gib > 1 => format!("{kind}, {gib} GiB"),
        _ => kind.to_owned(),
    }
}

fn none() -> String {
    "none".to_owned()
}

fn list(all: &[String]) -> String {
    if all.is_empty() { none() } else { all.join(", ") }
}
