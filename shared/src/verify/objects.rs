//! Answers that list objects: schemas, grants, indexes, signs of damage.

use std::collections::BTreeMap;

use super::difference::{difference, in_words, missing};
use super::judge::Judged;
use super::{Damage, Found, Outcome};

/// How the value of an index that cannot be used starts
pub const UNUSABLE: &str = "INVALID";

type Objects = BTreeMap<String, String>;

fn objects_of(earlier: Option<&Found>) -> Option<&Objects> {
    match earlier {
        Some(Found::Objects(objects)) => Some(objects),
        _ => None,
    }
}

fn counted(number: usize) -> String {
    if number == 1 { "1 object".to_owned() } else { format!("{number} objects") }
}

/// Any difference from the last passed drill fails.
pub(super) fn unchanged(now: &Objects, earlier: Option<&Found>, expected: String) -> Judged {
    let Some(then) = objects_of(earlier) else {
        return (Outcome::Noted, format!("{}, nothing to compare with yet", counted(now.len())), expected);
    };
    match difference(then, now) {
        None => (Outcome::Passed, format!("{}, all as before", counted(now.len())), expected),
        Some(said) => (Outcome::Failed, said, expected),
    }
}

/// What was there in the last passed drill and is not any more fails; what is new does not.
pub(super) fn none_missing(now: &Objects, earlier: Option<&Found>, expected: String) -> Judged {
    let Some(then) = objects_of(earlier) else {
        return (Outcome::Noted, format!("{}, nothing to compare with yet", counted(now.len())), expected);
    };
    match missing(then, now) {
        None => (Outcome::Passed, format!("{}, none missing", counted(now.len())), expected),
        Some(said) => (Outcome::Failed, said, expected),
    }
}

/// The named indexes, or those of the last passed drill; one that cannot be used is as good as missing.
pub(super) fn indexes(names: &[String], now: &Objects, earlier: Option<&Found>, expected: String) -> Judged {
    let unusable = now.iter().filter(|(_, what)| what.starts_with(UNUSABLE));
    let mut wrong: Vec<String> = unusable.map(|(name, _)| format!("{name} cannot be used")).collect();
    wrong.extend(names.iter().filter(|name| !now.contains_key(*name)).map(|name| format!("{name} is missing")));
    match in_words(wrong) {
        Some(said) => (Outcome::Failed, said, expected),
        None if names.is_empty() => unchanged(now, earlier, expected),
        None => (Outcome::Passed, format!("{}, among them all that are named", counted(now.len())), expected),
    }
}

/// Signs of damage that the policy does not except. Nothing looked for is nothing known.
pub(super) fn damages(
    except: &[String],
    looked_for: &[String],
    found: &[Damage],
    left_out: &[String],
    expected: String,
) -> Judged {
    let signs = found.iter().filter(|damage| !is_excepted(except, &damage.object));
    let left_out = if left_out.is_empty() { String::new() } else { format!("; left out: {}", left_out.join("; ")) };
    match in_words(signs.map(|damage| format!("{}: {}", damage.object, damage.what)).collect()) {
        Some(said) => (Outcome::Failed, said, expected),
        None if looked_for.is_empty() => (Outcome::Noted, format!("not looked for{left_out}"), expected),
        None => (Outcome::Passed, format!("no {}{left_out}", looked_for.join(", no ")), expected),
    }
}

/// Whether a policy accepts an object as it is: by its name, or by the beginning of it before a `*`
fn is_excepted(except: &[String], object: &str) -> bool {
    except.iter().any(|known| match known.strip_suffix('*') {
        Some(beginning) => object.starts_with(beginning),
        None => known == object,
    })
}
