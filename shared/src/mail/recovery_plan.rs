//! A dry run, as an answer: every call that would be made, what it costs, what would be in its way.

use jiff::SignedDuration;
use serde_json::Value;

use super::command::{EMERGENCY_RESTORE, invoke};
use super::facts::{LONGEST_VALUE, zone};
use super::letter::Letter;
use super::shell::Command;
use super::text::{COLUMNS, clean};
use crate::database::price::PRICES_OF;
use crate::moment;
use crate::recover::DryRun;
use crate::request::{StartRecovery, With};
use crate::restore::{Point, Purpose};

/// Most lines of a list
const MOST_LISTED: usize = 40;

/// The answer to `"dry_run": true`. `point` is what was resolved: the request that is handed out names it to the second, so
/// that it means the same later.
pub fn plan_of_recovery_message(plan: &DryRun, point: &Point, request: &StartRecovery, timezone: &str) -> String {
    let zone = zone(timezone);
    let mut letter = Letter::default();
    let source = clean(&plan.source, 63);
    let (what, run) = (if is_inspection(plan) { "an inspection" } else { "a recovery" }, clean(&plan.run, 63));
    letter.say("", &format!("DRY RUN, nothing was made: {what} of {} ({source}).", clean(&plan.database, 63)));
    letter.say("Would restore ", &clean(&plan.told, 3 * LONGEST_VALUE));
    let named = format!("{run} (its name ends with the time of the request); nothing that is there is touched");
    letter.say("Would make    ", &named);
    if let Some(at) = plan.expires_at {
        letter.say("Would end     ", &moment::both(at, &zone));
    }
    let until = if is_inspection(plan) { "until its end" } else { "until somebody removes it" };
    letter.say("Would cost    ", &format!("an hour, {until}: {}", plan.cost.words));
    if plan.in_the_way.is_empty() {
        letter.say("In the way    ", "nothing that is known");
    } else {
        list(&mut letter, "IN THE WAY: mend this first", &plan.in_the_way);
    }
    list(&mut letter, "COULD NOT BE LOOKED AT", &plan.not_known);
    if let Some(command) = in_earnest(request, point) {
        letter.gap();
        letter.say("", "To do it:");
        letter.command(&command);
    }
    calls(&mut letter, plan);
    list(&mut letter, "THEN", &plan.afterwards);
    list(&mut letter, "NOT BROUGHT BACK", &plan.not_brought_back);
    if !plan.not_tried.is_empty() {
        letter.heading("PERMISSIONS NOT TRIED: AWS says only to the call itself whether it is allowed");
        letter.say("  ", &clean(&plan.not_tried.join(", "), 4 * LONGEST_VALUE));
    }
    letter.heading(&format!("COST of an hour: {} (prices of {PRICES_OF})", plan.cost.words));
    for part in &plan.cost.made_of {
        letter.say("  ", &clean(part, LONGEST_VALUE));
    }
    for part in &plan.cost.not_known {
        letter.say("  not in it: ", &clean(part, LONGEST_VALUE));
    }
    letter.sealed("INFO", "").body
}

fn is_inspection(plan: &DryRun) -> bool {
    plan.purpose == Purpose::Inspection
}

/// The same request, in earnest
fn in_earnest(request: &StartRecovery, point: &Point) -> Option<Command> {
    let mut fields = vec![("database", Value::from(request.database.as_str())), wanted(point)];
    if let Some(long) = request.inspect_for {
        fields.push(("inspect_for", span(long).into()));
    }
    let With { subnet_group, security_groups, parameter_group, instance_class, readers } = &request.with;
    let mut with = serde_json::Map::new();
    let texts =
        [("subnet_group", subnet_group), ("parameter_group", parameter_group), ("instance_class", instance_class)];
    for (key, text) in texts {
        if let Some(text) = text {
            with.insert(key.to_owned(), text.as_str().into());
        }
    }
    if let Some(groups) = security_groups {
        with.insert("security_groups".to_owned(), groups.clone().into());
    }
    if let Some(readers) = readers {
        with.insert("readers".to_owned(), (*readers).into());
    }
    if !with.is_empty() {
        fields.push(("with", Value::Object(with)));
    }
    invoke(EMERGENCY_RESTORE, &fields)
}

/// A span as a request takes it: `8h`, `90m`
fn span(long: SignedDuration) -> String {
    let minutes = long.as_mins().max(1);
    if minutes % 60 == 0 { format!("{}h", minutes / 60) } else { format!("{minutes}m") }
}

/// A point, as a request names it
pub(super) fn wanted(point: &Point) -> (&'static str, Value) {
    match point {
        Point::Time { to } => ("to", to.to_string().into()),
        Point::Snapshot { identifier, .. } => ("snapshot", identifier.as_str().into()),
        Point::RecoveryPoint { arn, .. } => ("recovery_point", arn.as_str().into()),
    }
}

fn calls(letter: &mut Letter, plan: &DryRun) {
    let mut waits = "";
    for call in plan.calls.iter().take(MOST_LISTED) {
        if call.after != waits {
            waits = call.after;
            letter.heading(&format!("CALLS {}", waits.to_uppercase()));
        }
        let optional = if call.optional { " (the database can be used without it)" } else { "" };
        letter.say("  ", &format!("{}{optional}", call.name));
        for (name, value) in &call.parameters.0 {
            // A name is never cut: it is what somebody looks up.
            let first = format!("    {name}  ");
            let value = clean(&said(value), LONGEST_VALUE);
            if first.len() < COLUMNS / 2 {
                letter.say(&first, &value);
            } else {
                letter.say("    ", &format!("{name}  {value}"));
            }
        }
    }
    let more = plan.calls.len().saturating_sub(MOST_LISTED);
    if more > 0 {
        letter.say("  ", &format!("and {more} more: they are all in the answer's fields"));
    }
}

/// A value as people read it: `sg-1, sg-2`, `team=payments, …`
fn said(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(all) => all.iter().map(said).collect::<Vec<_>>().join(", "),
        Value::Object(map) => {
            map.iter().map(|(key, value)| format!("{key}={}", said(value))).collect::<Vec<_>>().join(", ")
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

fn list(letter: &mut Letter, heading: &str, all: &[String]) {
    if all.is_empty() {
        return;
    }
    letter.heading(heading);
    for one in all.iter().take(MOST_LISTED) {
        letter.say("  - ", &clean(one, LONGEST_VALUE));
    }
    let more = all.len().saturating_sub(MOST_LISTED);
    if more > 0 {
        letter.say("  ", &format!("and {more} more"));
    }
}
