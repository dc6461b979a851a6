//! Partitions that come and go by themselves.
//!
//! A table that is partitioned by time gains partitions before their time comes and loses those that are old, so two drills
//! a week apart never list the same ones. A new partition is no difference, and neither is one that is gone where the same
//! parent gained at least as many. What belongs to such a partition alone (a key, an index, a trigger of its own) comes and
//! goes with it. Rows that a restore lost are for other checks; a partition that is gone without another in its place, or
//! the default one, is a difference.

use std::collections::{BTreeMap, BTreeSet};

/// Objects by name, each with what it is
type Objects = BTreeMap<String, String>;

/// A schema and a name in it
type Place = (String, String);

/// Kinds of objects that are named by their table: `key public.events_2026_11.events_2026_11_pkey`
const OF_A_TABLE: [&str; 5] = ["check", "key", "policy", "rule", "trigger"];

/// Names of objects that are only there in one of two drills because partitions came and went
pub(super) fn rotated(then: &Objects, now: &Objects) -> BTreeSet<String> {
    let (gone, new) = (partitions(then, now), partitions(now, then));
    let mut gained: BTreeMap<&Place, usize> = BTreeMap::new();
    for (_, of) in new.values() {
        *gained.entry(of).or_default() += 1;
    }
    let mut lost: BTreeMap<&Place, usize> = BTreeMap::new();
    for (_, of) in gone.values() {
        *lost.entry(of).or_default() += 1;
    }
    let replaced = |parent: &Place| lost.get(parent) <= gained.get(parent);
    // A partition may itself be partitioned; its parts go with it.
    let went = |place: &Place| {
        let mut parent = gone.get(place).map(|(_, of)| of);
        for _ in 0..=gone.len() {
            match parent {
                Some(of) if replaced(of) => return true,
                Some(of) => parent = gone.get(of).map(|(_, of)| of),
                None => return false,
            }
        }
        false
    };
    let left: BTreeSet<&Place> = gone.keys().filter(|place| went(place)).collect();
    let came: BTreeSet<&Place> = new.keys().collect();
    let mut names: BTreeSet<String> =
        left.iter().filter_map(|place| gone.get(*place)).map(|(name, _)| name.clone()).collect();
    names.extend(new.values().map(|(name, _)| name.clone()));
    names.extend(then.iter().filter(|(name, what)| belongs(name, what, &left)).map(|(name, _)| name.clone()));
    names.extend(now.iter().filter(|(name, what)| belongs(name, what, &came)).map(|(name, _)| name.clone()));
    names
}

/// The partitions that only the first of two drills has: by where they are, their objects' names and their parents. The
/// default one is none that comes and goes.
fn partitions(these: &Objects, others: &Objects) -> BTreeMap<Place, (String, Place)> {
    let only = these.iter().filter(|(name, _)| !others.contains_key(*name));
    only.filter(|(_, what)| !what.ends_with(" DEFAULT"))
        .filter_map(|(name, what)| {
            let (place, _) = place(name.strip_prefix("partition ")?, false)?;
            let (parent, _) = place_of_parent(what)?;
            Some((place, (name.clone(), parent)))
        })
        .collect()
}

/// What `of public.events FOR VALUES …` is a part of; words that say what kind of table it is may stand before it
fn place_of_parent(what: &str) -> Option<(Place, &str)> {
    let what = what.strip_prefix("unlogged, ").unwrap_or(what);
    let what = what.strip_prefix("foreign table, ").unwrap_or(what);
    place(what.strip_prefix("of ")?, true)
}

/// Whether an object is one of these tables' own
fn belongs(name: &str, what: &str, tables: &BTreeSet<&Place>) -> bool {
    if tables.is_empty() {
        return false;
    }
    let Some((kind, rest)) = name.split_once(' ') else { return false };
    let table = if OF_A_TABLE.contains(&kind) {
        place(rest, false).filter(|(_, rest)| rest.starts_with('.'))
    } else if kind == "index" {
        // An index is named by its schema, and its definition says of which table it is.
        what.split_once(" ON ").and_then(|(_, on)| place(on.strip_prefix("ONLY ").unwrap_or(on), true))
    } else {
        None
    };
    table.is_some_and(|(table, _)| tables.contains(&table))
}

/// The two parts that a text begins with, and the rest of it. A part that is not in double quotes ends at a dot, and in the
/// middle of a definition at a blank or a comma.
fn place(text: &str, in_definition: bool) -> Option<(Place, &str)> {
    let (schema, rest) = part(text, in_definition)?;
    let (name, rest) = part(rest.strip_prefix('.')?, in_definition)?;
    Some(((schema, name), rest))
}

fn part(text: &str, in_definition: bool) -> Option<(String, &str)> {
    let Some(mut rest) = text.strip_prefix('"') else {
        let ends = |c: char| c == '.' || (in_definition && matches!(c, ' ' | ','));
        let (part, rest) = text.split_at(text.find(ends).unwrap_or(text.len()));
        return (!part.is_empty()).then(|| (part.to_owned(), rest));
    };
    let mut part = String::new();
    loop {
        let (head, tail) = rest.split_once('"')?;
        part.push_str(head);
        match tail.strip_prefix('"') {
            Some(more) => {
                part.push('"');
                rest = more;
            }
            None => return Some((part, tail)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn objects(pairs: &[(&str, &str)]) -> Objects {
        pairs.iter().map(|(name, what)| ((*name).to_owned(), (*what).to_owned())).collect()
    }

    fn events(months: &[u32]) -> Objects {
        let what = |month: &u32| {
            format!("of public.events FOR VALUES FROM ('2026-{month:02}-01') TO ('2026-{:02}-01')", month + 1)
        };
        months.iter().map(|month| (format!("partition public.events_{month:02}"), what(month))).collect()
    }

    #[test]
    fn partitions_that_came_and_those_that_went_for_them_are_no_difference() {
        let all = |then: &[u32], now: &[u32]| rotated(&events(then), &events(now)).len();
        // then, now, how many of those that are only in one of the two are no difference
        let table: [(&[u32], &[u32], usize); 6] = [
            (&[1, 2], &[1, 2], 0),
            (&[1, 2], &[1, 2, 3, 4], 2),
            (&[1, 2, 3], &[2, 3, 4], 2),
            (&[1, 2, 3], &[3, 4, 5, 6], 5),
            // More are gone than came: those that came are still none
            (&[1, 2, 3], &[3, 4], 1),
            (&[1, 2, 3], &[], 0),
        ];
        for (then, now, rotated) in table {
            assert_eq!(all(then, now), rotated, "{then:?} {now:?}");
        }
    }

    #[test]
    fn another_parents_new_partition_does_not_stand_for_one_that_is_gone() {
        let then = objects(&[("partition a.x1", "of a.x FOR VALUES IN (1)"), ("partition a.d", "of a.x DEFAULT")]);
        let mut now = objects(&[("partition a.y2", "of a.y FOR VALUES IN (2)")]);
        assert_eq!(rotated(&then, &now), BTreeSet::from(["partition a.y2".to_owned()]));
        // The default partition is not one of those that come and go.
        now.extend(objects(&[
            ("partition a.x2", "of a.x FOR VALUES IN (2)"),
            ("partition a.x3", "of a.x FOR VALUES IN (3)"),
        ]));
        assert!(rotated(&then, &now).contains("partition a.x1") && !rotated(&then, &now).contains("partition a.d"));
    }

    #[test]
    fn what_belongs_to_a_partition_alone_comes_and_goes_with_it() {
        let then = objects(&[
            ("partition a.x1", "of a.x, partitioned by LIST (b) FOR VALUES IN (1)"),
            ("partition a.x1_b", "unlogged, of a.x1 sha256 0123456789abcdef"),
            ("key a.x1.x1_pkey", "PRIMARY KEY (id)"),
            ("trigger a.x1_b.t", "CREATE TRIGGER …"),
            ("index a.x1_at", "CREATE INDEX x1_at ON a.x1 USING btree (at)"),
            ("key a.x10.x10_pkey", "PRIMARY KEY (id)"),
            ("index a.z_at", "CREATE INDEX z_at ON a.z USING btree (at)"),
        ]);
        let now = objects(&[
            ("partition a.x2", "of a.x FOR VALUES IN (2)"),
            ("index a.x2_at", "CREATE UNIQUE INDEX x2_at ON ONLY a.x2 USING btree (at)"),
        ]);
        let rotated = rotated(&then, &now);
        let differ: Vec<&String> = then.keys().chain(now.keys()).filter(|name| !rotated.contains(*name)).collect();
        assert_eq!(differ, ["index a.z_at", "key a.x10.x10_pkey"]);
    }

    #[test]
    fn names_in_quotes_are_read_as_the_names_they_are() {
        let table = [
            ("public.events", false, Some(("public", "events", ""))),
            ("my schema.order lines", false, Some(("my schema", "order lines", ""))),
            ("public.events FOR VALUES", true, Some(("public", "events", " FOR VALUES"))),
            ("public.events, partitioned", true, Some(("public", "events", ", partitioned"))),
            (r#""A b"."c.""d" FOR"#, true, Some(("A b", "c.\"d", " FOR"))),
            ("public", false, None),
            ("public.", false, None),
            ("\"public", false, None),
        ];
        for (text, in_definition, wanted) in table {
            let found = place(text, in_definition);
            let found = found.as_ref().map(|((schema, name), rest)| (schema.as_str(), name.as_str(), *rest));
            assert_eq!(found, wanted, "{text}");
        }
    }
}
