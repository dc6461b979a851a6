//! What differs between the objects of two drills, in words.

use std::collections::BTreeMap;

use super::partitions::rotated;
use super::words::{LONGEST_NAME, plain, some_of};

/// Objects by name, each with what it is
type Objects = BTreeMap<String, String>;

/// Longest of what an object is that is repeated, in characters
const LONGEST_WHAT: usize = 60;

/// The kinds of objects in the order in which they are told: what holds people's data or lets people in first, what hangs on
/// it after. A table that is gone takes its columns with it, and they say nothing that the table does not.
const TELLING: [&str; 22] = [
    "schema ",
    "role ",
    "user ",
    "table ",
    "collection ",
    "partition ",
    "view ",
    "materialized view ",
    "routine ",
    "trigger ",
    "event ",
    "event trigger ",
    "sequence ",
    "type ",
    "extension ",
    "column ",
    "key ",
    "check ",
    "index ",
    "policy ",
    "member ",
    "grant ",
];

/// How early an object is told; what is of no kind comes last
fn place_of(name: &str) -> usize {
    TELLING.iter().position(|kind| name.starts_with(kind)).unwrap_or(TELLING.len())
}

/// The differences between two drills; `None` where there is none. Partitions that came and went are none.
pub(super) fn difference(then: &Objects, now: &Objects) -> Option<String> {
    let rotated = rotated(then, now);
    let mut gone: Vec<&String> =
        then.keys().filter(|name| !now.contains_key(*name) && !rotated.contains(*name)).collect();
    let mut new: Vec<&String> =
        now.keys().filter(|name| !then.contains_key(*name) && !rotated.contains(*name)).collect();
    let mut changed: Vec<(&String, &String, &String)> =
        then.iter().filter_map(|(name, was)| now.get(name).filter(|is| *is != was).map(|is| (name, was, is))).collect();
    gone.sort_by_key(|name| place_of(name));
    changed.sort_by_key(|(name, _, _)| place_of(name));
    new.sort_by_key(|name| place_of(name));
    let words = gone.iter().map(|name| is_gone(name)).chain(changed.iter().map(|change| has_changed(*change)));
    let named = some_of(words.chain(new.iter().map(|name| format!("{} is new", plain(name, LONGEST_NAME)))))?;
    let counts = [(gone.len(), "gone"), (changed.len(), "changed"), (new.len(), "new")];
    let counted: Vec<String> =
        counts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
    // One that is named whole needs no count.
    if gone.len() + changed.len() + new.len() == 1 {
        Some(named)
    } else {
        Some(format!("{}: {named}", counted.join(", ")))
    }
}

/// What is missing that was there before and is not excepted; `None` where nothing is.
pub(super) fn missing(then: &Objects, now: &Objects, excepted: impl Fn(&str) -> bool) -> Option<String> {
    let mut gone: Vec<&String> = then.keys().filter(|name| !now.contains_key(*name) && !excepted(name)).collect();
    gone.sort_by_key(|name| place_of(name));
    some_of(gone.into_iter().map(|name| is_gone(name)))
}

fn is_gone(name: &str) -> String {
    format!("{} is gone", plain(name, LONGEST_NAME))
}

fn has_changed((name, was, is): (&String, &String, &String)) -> String {
    let (was, is) = (plain(was, LONGEST_WHAT), plain(is, LONGEST_WHAT));
    let name = plain(name, LONGEST_NAME);
    // Where the two differ only behind the cut, or in what is not shown, to repeat them would puzzle.
    if was == is { format!("{name} has changed") } else { format!("{name} was {was}, is {is}") }
}

#[cfg(test)]
mod tests {
    use proptest::collection::btree_map;
    use proptest::prelude::*;

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
            "1 gone, 1 changed, 1 new: column a.y is gone; column a.x was text, is varchar(10); column a.z is new"
        );
        assert_eq!(difference(&then, &then), None);
        assert_eq!(missing(&then, &now, |_| false).unwrap(), "column a.y is gone");
        assert_eq!(missing(&then, &now, |name| name == "column a.y"), None);
        assert_eq!(missing(&then, &then, |_| false), None);
    }

    #[test]
    fn one_difference_is_just_named() {
        let then = objects(&[("role app", "login")]);
        assert_eq!(difference(&then, &Objects::new()).unwrap(), "role app is gone");
        assert_eq!(difference(&then, &objects(&[("role app", "nologin")])).unwrap(), "role app was login, is nologin");
    }

    #[test]
    fn ten_thousand_differences_are_counted() {
        let then: Objects = (0..10_000).map(|n| (format!("table t{n:05}"), String::new())).collect();
        let said = difference(&then, &Objects::new()).unwrap();
        assert_eq!(said, "10000 gone: table t00000 is gone; table t00001 is gone; table t00002 is gone; and 9997 more");
    }

    #[test]
    fn what_differs_behind_the_cut_has_changed_and_is_not_repeated() {
        let long = "x".repeat(500);
        let (then, now) = (objects(&[("view v", &format!("{long}a"))]), objects(&[("view v", &format!("{long}b"))]));
        assert_eq!(difference(&then, &now).unwrap(), "view v has changed");
    }

    #[test]
    fn the_most_telling_of_what_is_gone_changed_or_new_comes_first() {
        let then = objects(&[
            ("column a.x.id", "int"),
            ("grant on table a.x to app", "select"),
            ("index a.x_id", "btree"),
            ("key a.x.x_pkey", "primary key"),
            ("table a.x", "table"),
            ("trigger a.x.t", "before insert"),
            ("user app", "login"),
            ("view a.v", "#1"),
            ("column a.y.id", "int"),
            ("routine a.f()", "#1"),
        ]);
        let now =
            objects(&[("column a.y.id", "text"), ("routine a.f()", "#2"), ("column a.y.at", "date"), ("role b", "")]);
        let said = difference(&then, &now).unwrap();
        assert_eq!(said, "8 gone, 2 changed, 2 new: user app is gone; table a.x is gone; view a.v is gone; and 9 more");
        let some = |names: &[&str]| objects(&names.iter().map(|name| (*name, "")).collect::<Vec<_>>());
        let said = difference(&some(&["column a.b", "key a.b"]), &some(&["key c.d", "table c"])).unwrap();
        assert!(said.ends_with("column a.b is gone; key a.b is gone; table c is new; and 1 more"), "{said}");
        let changes = |what: &str| objects(&[("column a.y.id", what), ("routine a.f()", what)]);
        let said = difference(&changes("1"), &changes("2")).unwrap();
        assert_eq!(said, "2 changed: routine a.f() was 1, is 2; column a.y.id was 1, is 2");
        let lost = missing(&some(&["index a.b.c", "collection a.b"]), &Objects::new(), |_| false).unwrap();
        assert_eq!(lost, "collection a.b is gone; index a.b.c is gone");
    }

    #[test]
    fn a_rotated_partition_is_no_difference_and_one_that_is_just_gone_is() {
        let of = |names: &[&str]| {
            let names = names
                .iter()
                .map(|name| (format!("partition log.{name}"), format!("of log.log FOR VALUES IN ('{name}')")));
            names.collect::<Objects>()
        };
        assert_eq!(difference(&of(&["w1", "w2"]), &of(&["w2", "w3"])), None);
        assert_eq!(difference(&of(&["w1", "w2"]), &of(&["w1", "w2", "w3"])), None);
        assert_eq!(difference(&of(&["w1", "w2"]), &of(&["w2"])).unwrap(), "partition log.w1 is gone");
        let said = difference(&of(&["w1", "w2"]), &of(&["w3"])).unwrap();
        assert_eq!(said, "2 gone: partition log.w1 is gone; partition log.w2 is gone");
        // One that is another now, or of another parent, has changed.
        let mut moved = of(&["w1"]);
        moved.insert("partition log.w1".to_owned(), "of log.old DEFAULT".to_owned());
        assert!(difference(&of(&["w1"]), &moved).unwrap().starts_with("partition log.w1 was of log.log"));
    }

    #[test]
    fn names_that_try_to_break_out_stay_on_their_line() {
        let then = objects(&[("table x\r\nSubject: [PASS]\u{202e}", "a\nb")]);
        assert_eq!(difference(&then, &Objects::new()).unwrap(), "table x Subject: [PASS] is gone");
    }

    fn any_objects() -> impl Strategy<Value = Objects> {
        btree_map("[a-c\n]{0,2}", "[xy]{0,2}", 0..6)
    }

    proptest! {
        #[test]
        fn there_is_a_difference_just_where_there_is_one(then in any_objects(), now in any_objects()) {
            prop_assert_eq!(difference(&then, &now).is_none(), then == now);
            let lacks = then.keys().any(|name| !now.contains_key(name));
            prop_assert_eq!(missing(&then, &now, |_| false).is_some(), lacks);
        }
    }
}
