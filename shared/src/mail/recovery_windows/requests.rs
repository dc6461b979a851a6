//! What to paste under a database's backups: what gives a key back, and the requests that begin.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::mail::command::{EMERGENCY_RESTORE, invoke, key_command};
use crate::mail::facts::LONGEST_VALUE;
use crate::mail::letter::Letter;
use crate::mail::text::clean;
use crate::recover::{KeyLine, Listed, Part, SnapshotLine, Windows};

/// Every key that is in the way, once, with what may give it back
pub(super) fn keys(letter: &mut Letter, windows: &Windows) {
    let snapshots = [&windows.automated, &windows.manual].into_iter().filter_map(|part| match part {
        Part::Known(listed) => Some(listed.newest.iter().map(|it| &it.encryption)),
        Part::Unknown(_) => None,
    });
    let points = windows.vaults.iter().filter_map(|vault| match &vault.points {
        Part::Known(Some(listed)) => Some(listed.newest.iter().map(|it| &it.encryption)),
        _ => None,
    });
    let retained = match &windows.retained {
        Part::Known(listed) => listed.newest.as_slice(),
        Part::Unknown(_) => &[],
    };
    let all = windows.key.iter().chain(snapshots.flatten()).chain(points.flatten());
    let all = all.chain(retained.iter().map(|it| &it.encryption));
    let useless: BTreeMap<&str, &KeyLine> =
        all.filter(|it| it.usable == Some(false)).filter_map(|it| Some((it.key.as_deref()?, it))).collect();
    for (arn, line) in useless {
        letter.say("  ", &format!("The key {}: {}.", clean(arn, 120), clean(&line.says, LONGEST_VALUE)));
        let calls: &[&str] = match line.state.as_deref() {
            Some("PendingDeletion") => &["cancel-key-deletion", "enable-key"],
            Some("Disabled") => &["enable-key"],
            _ => &[],
        };
        for call in calls {
            if let Some(command) = key_command(call, arn) {
                letter.command(&command);
            }
        }
    }
}

/// The requests that begin, for what there is to restore
pub(super) fn requests(letter: &mut Letter, windows: &Windows, now: Timestamp, alone: bool) {
    let Some((key, value)) = best(windows, now) else {
        letter.say("  ", "Nothing was found that can be restored.");
        return;
    };
    let with = |more: &[(&str, Value)]| {
        let mut fields = vec![("database", Value::from(windows.database.as_str())), (key, Value::from(value))];
        fields.extend(more.iter().cloned());
        invoke(EMERGENCY_RESTORE, &fields)
    };
    let mut give = |says: &str, more: &[(&str, Value)]| {
        if let Some(command) = with(more) {
            letter.say("  ", says);
            letter.command(&command);
        }
    };
    let put = if value == "1 hour ago" { ", with your time in place of \"1 hour ago\"" } else { "" };
    give(&format!("See what a recovery would make, and make nothing{put}:"), &[("dry_run", true.into())]);
    if alone {
        give("Bring it back:", &[]);
        give("Or look into it first, in a small copy that goes away by itself:", &[("inspect_for", "8h".into())]);
        // Names of points do not fit a line, and nobody pastes one that is broken.
        for (other, says) in [("snapshot", "the newest snapshot"), ("recovery_point", "the newest recovery point")] {
            let there = if other == "snapshot" { has_snapshots(windows) } else { has_points(windows) };
            let fields = [("database", Value::from(windows.database.as_str())), (other, "latest".into())];
            if let Some(command) = invoke(EMERGENCY_RESTORE, &fields).filter(|_| there && other != key) {
                letter.say("  ", &format!("Or from {says}:"));
                letter.command(&command);
            }
        }
    }
}

/// What most people want: an hour ago where that can be restored, else the newest there is
fn best(windows: &Windows, now: Timestamp) -> Option<(&'static str, &'static str)> {
    let hour_ago = now.checked_sub(SignedDuration::from_hours(1)).unwrap_or(now);
    if let Part::Known(Some(span)) = &windows.window {
        let reaches = span.earliest.is_none_or(|at| at < hour_ago) && hour_ago < span.latest;
        return Some(("to", if reaches { "1 hour ago" } else { "latest" }));
    }
    let retained = matches!(&windows.retained, Part::Known(all) if all.newest.iter().any(|it| it.window.is_some()));
    if windows.is_gone() && retained {
        Some(("to", "latest"))
    } else if has_snapshots(windows) {
        Some(("snapshot", "latest"))
    } else if has_points(windows) {
        Some(("recovery_point", "latest"))
    } else if matches!(windows.exists, Part::Unknown(_)) {
        // Nothing is known: the dry run says more than nothing.
        Some(("to", "latest"))
    } else {
        None
    }
}

fn has_snapshots(windows: &Windows) -> bool {
    let some = |part: &Part<Listed<SnapshotLine>>| matches!(part, Part::Known(listed) if listed.newest.iter().any(|it| it.status == "available"));
    some(&windows.automated) || some(&windows.manual)
}

fn has_points(windows: &Windows) -> bool {
    let mut vaults = windows.vaults.iter();
    vaults
        .any(|vault| matches!(&vault.points, Part::Known(Some(all)) if all.newest.iter().any(|it| it.can_be_restored)))
}
