//! What differs between the objects of two drills, in words.

use std::collections::BTreeMap;

/// Most differences that an answer names; the rest is counted
const MOST_NAMED: usize = 3;

/// Objects by name, each with what it is
type Objects = BTreeMap<String, String>;

/// The differences between two drills; `None` where there is none.
pub(super) fn difference(then: &Objects, now: &Objects) -> Option<String> {
    let gone = then.keys().filter(|name| !now.contains_key(*name)).map(|name| format!("{name} is gone"));
    let new = now.keys().filter(|name| !then.contains_key(*name)).map(|name| format!("{name} is new"));
    let changed = then.iter().filter_map(|(name, was)| {
        let is = now.get(name).filter(|is| *is != was)?;
        Some(format!("{name} was {was}, is {is}"))
    });
    in_words(gone.chain(changed).chain(new).collect())
}

/// What is missing that was there before; `None` where nothing is.
pub(super) fn missing(then: &Objects, now: &Objects) -> Option<String> {
    in_words(then.keys().filter(|name| !now.contains_key(*name)).map(|name| format!("{name} is gone")).collect())
}

/// The first few, and how many more there are
pub(super) fn in_words(all: Vec<String>) -> Option<String> {
    let more = all.len().saturating_sub(MOST_NAMED);
    let named: Vec<String> = all.into_iter().take(MOST_NAMED).collect();
    match (named.is_empty(), more) {
        (true, _) => None,
        (false, 0) => Some(named.join("; ")),
        (false, more) => Some(format!("{}; and {more} more", named.join("; "))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn objects(pairs: &[(&str, &str)]) -> Objects {
        pairs.iter().map(|(name, what)| ((*name).to_owned(), (*what).to_owned())).collect()
    }

    #[test]
    fn what_is_gone_is_told_before_what_changed_and_what_is_new() {
        let then = objects(&[("column a.x", "text"), ("column a.y", "int"), ("table a", "table")]);
        let now = objects(&[("column a.x", "varchar(10)"), ("column a.z", "int"), ("table a", "table")]);
        assert_eq!(
            difference(&then, &now).unwrap(),
            "column a.y is gone; column a.x was text, is varchar(10); column a.z is new"
        );
        assert_eq!(difference(&then, &then), None);
        assert_eq!(missing(&then, &now).unwrap(), "column a.y is gone");
        assert_eq!(missing(&then, &then), None);
    }

    #[test]
    fn many_differences_are_counted() {
        let then: Objects = (0..9).map(|n| (format!("table t{n}"), String::new())).collect();
        let said = difference(&then, &Objects::new()).unwrap();
        assert_eq!(said, "table t0 is gone; table t1 is gone; table t2 is gone; and 6 more");
    }
}
