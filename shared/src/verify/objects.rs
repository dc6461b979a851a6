//! Answers that list objects: schemas, grants, indexes, signs of damage.

use std::collections::BTreeMap;

use super::difference::{difference, missing};
use super::judge::Judged;
use super::words::{LONGEST_NAME, LONGEST_VALUE, plain, some_of};
use super::{Damage, Earlier, Found, Outcome};

/// How the value of an index that cannot be used starts
pub const UNUSABLE: &str = "INVALID";

type Objects = BTreeMap<String, String>;

fn counted(number: usize) -> String {
    if number == 1 { "1 object".to_owned() } else { format!("{number} objects") }
}

/// Compares with the earlier objects, where there are any. `differs` says what is wrong.
fn against(
    now: &Objects,
    earlier: &Earlier<'_>,
    expected: String,
    good: &str,
    differs: impl Fn(&Objects) -> Option<String>,
) -> Judged {
    let count = counted(now.len());
    match earlier {
        Earlier::Found(Found::Objects(then)) => match differs(then) {
            Some(said) => (Outcome::Failed, said, expected),
            // A login that may see nothing sees no difference either.
            None if now.is_empty() => {
                (Outcome::Noted, "no objects, as before: nothing was compared".to_owned(), expected)
            }
            None => (Outcome::Passed, format!("{count}, {good}"), expected),
        },
        Earlier::Found(_) => {
            let why = "the last passed drill answered in another form, nothing to compare with yet";
            (Outcome::Noted, format!("{count}; {why}"), expected)
        }
        Earlier::Nothing(why) => (Outcome::Noted, format!("{count}; {}", plain(why, 2 * LONGEST_VALUE)), expected),
        Earlier::Lost(why) => (Outcome::NotAsked { reason: why.clone() }, count, expected),
    }
}

/// Any difference from the last passed drill fails.
pub(super) fn unchanged(now: &Objects, earlier: &Earlier<'_>, expected: String) -> Judged {
    against(now, earlier, expected, "all as before", |then| difference(then, now))
}

/// What was there in the last passed drill and is not any more fails, unless the policy excepts it; what is new does not.
pub(super) fn none_missing(except: &[String], now: &Objects, earlier: &Earlier<'_>, expected: String) -> Judged {
    if excepts_all(except) {
        return (Outcome::Noted, ALL_EXCEPTED.to_owned(), expected);
    }
    against(now, earlier, expected, "none missing", |then| missing(then, now, |name| is_excepted(except, name)))
}

/// The named indexes, or those of the last passed drill; one that cannot be used is as good as missing.
pub(super) fn indexes(names: &[String], now: &Objects, earlier: &Earlier<'_>, expected: String) -> Judged {
    let unusable = now.iter().filter(|(_, what)| what.starts_with(UNUSABLE));
    let unusable = unusable.map(|(name, _)| format!("{} cannot be used", plain(name, LONGEST_NAME)));
    let absent = names.iter().filter(|name| !now.contains_key(*name));
    let absent = absent.map(|name| format!("{} is missing", plain(name, LONGEST_NAME)));
    match some_of(unusable.chain(absent)) {
        Some(said) => (Outcome::Failed, said, expected),
        None if names.is_empty() => unchanged(now, earlier, expected),
        None => (Outcome::Passed, format!("{}, among them all that are named", counted(now.len())), expected),
    }
}

const ALL_EXCEPTED: &str = "the policy excepts every object, so nothing was judged";

/// Signs of damage that the policy does not except. What was looked for in vain is nothing known, and what was to be
/// looked for and could not be is not asked.
pub(super) fn damages(
    except: &[String],
    looked_for: &[String],
    found: &[Damage],
    left_out: &[String],
    expected: String,
) -> Judged {
    let (excepted, signs): (Vec<&Damage>, Vec<&Damage>) =
        found.iter().partition(|damage| is_excepted(except, &damage.object));
    let in_words =
        |damage: &Damage| format!("{}: {}", plain(&damage.object, LONGEST_NAME), plain(&damage.what, LONGEST_VALUE));
    let left_out = some_of(left_out.iter().map(|left| plain(left, LONGEST_VALUE)));
    let also = left_out.as_ref().map_or_else(String::new, |left| format!("; not looked at: {left}"));
    if let Some(said) = some_of(signs.into_iter().map(in_words)) {
        return (Outcome::Failed, format!("{said}{also}"), expected);
    }
    if excepts_all(except) {
        return (Outcome::Noted, ALL_EXCEPTED.to_owned(), expected);
    }
    if looked_for.is_empty() {
        return match left_out {
            Some(left) => (
                Outcome::NotAsked { reason: format!("nothing could be looked at: {left}") },
                "nothing".to_owned(),
                expected,
            ),
            None => (Outcome::Noted, "nothing is looked for in this engine".to_owned(), expected),
        };
    }
    let looked_for: Vec<String> = looked_for.iter().map(|kind| plain(kind, LONGEST_NAME)).collect();
    let accepted = match excepted.len() {
        0 => String::new(),
        count => format!(" but {count} that the policy excepts"),
    };
    (Outcome::Passed, format!("no {}{accepted}{also}", looked_for.join(", no ")), expected)
}

fn excepts_all(except: &[String]) -> bool {
    except.iter().any(|known| known == "*")
}

/// Whether a policy accepts an object as it is: by its name, or by the beginning of it before a `*`
fn is_excepted(except: &[String], object: &str) -> bool {
    except.iter().any(|known| match known.strip_suffix('*') {
        Some(beginning) => object.starts_with(beginning),
        None => known == object,
    })
}
