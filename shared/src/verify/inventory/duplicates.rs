//! Schemas that hold the same tables: a database that somebody copied and forgot.

use std::collections::BTreeSet;

use super::SchemaFacts;

/// Fewest tables at which a likeness says anything: two schemas of one table each are often alike
const FEWEST_TABLES: usize = 3;

/// Two schemas are alike when so many percent of the names in either are in both
const ALIKE_PERCENT: usize = 90;

/// Most schemas that are compared: each is compared with the first of every group
pub(super) const MOST_COMPARED: usize = 2000;

/// Groups of schemas that hold nearly the same tables, each with its names in order
pub(super) fn groups(schemas: &[SchemaFacts]) -> Vec<Vec<&str>> {
    let mut groups: Vec<(BTreeSet<&str>, Vec<&str>)> = Vec::new();
    for schema in schemas.iter().take(MOST_COMPARED) {
        let tables: BTreeSet<&str> = schema.tables.iter().map(|table| table.name.as_str()).collect();
        if tables.len() < FEWEST_TABLES {
            continue;
        }
        match groups.iter_mut().find(|(first, _)| alike(first, &tables)) {
            Some((_, names)) => names.push(&schema.name),
            None => groups.push((tables, vec![&schema.name])),
        }
    }
    groups.into_iter().map(|(_, names)| names).filter(|names| names.len() > 1).collect()
}

fn alike(one: &BTreeSet<&str>, other: &BTreeSet<&str>) -> bool {
    let (fewer, more) = (one.len().min(other.len()), one.len().max(other.len()));
    // Most pairs differ in size already.
    if fewer * 100 < more * ALIKE_PERCENT {
        return false;
    }
    let both = one.intersection(other).count();
    both * 100 >= (one.len() + other.len() - both) * ALIKE_PERCENT
}

#[cfg(test)]
mod tests {
    use super::super::TableFacts;
    use super::*;

    fn schema(name: &str, tables: std::ops::Range<usize>) -> SchemaFacts {
        let tables = tables.map(|n| TableFacts { name: format!("t{n}"), ..TableFacts::default() }).collect();
        SchemaFacts { name: name.to_owned(), tables }
    }

    #[test]
    fn schemas_of_nearly_the_same_tables_are_one_group() {
        let table = [
            (0..80, 0..80, true),
            // 76 of 84 names are in both, 90.5 %
            (0..80, 4..84, true),
            // 75 of 85, 88 %
            (0..80, 5..85, false),
            (0..10, 0..9, true),
            (0..10, 0..8, false),
            (0..2, 0..2, false),
            (0..3, 0..3, true),
            (0..0, 0..0, false),
        ];
        for (one, other, want) in table {
            let schemas = [schema("app", one.clone()), schema("app_old", other.clone())];
            assert_eq!(groups(&schemas), if want { vec![vec!["app", "app_old"]] } else { vec![] }, "{one:?} {other:?}");
        }
    }

    #[test]
    fn a_thousand_tenants_are_one_group_and_not_half_a_million_pairs() {
        let schemas: Vec<SchemaFacts> = (0..1000).map(|n| schema(&format!("tenant_{n}"), 0..12)).collect();
        let groups = groups(&schemas);
        assert_eq!((groups.len(), groups[0].len()), (1, 1000));
    }
}
