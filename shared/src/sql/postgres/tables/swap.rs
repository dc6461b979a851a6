//! The steps by which one table takes another's place, as data. An undo is the same with the tables the other way round.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::facts::{Facts, Grant, Key, Sequence, Trigger, View};
use super::{Postgres, Tongue, in_schema, quoted};
use crate::tables::{TableName, index_aside_name};

/// One statement. A soft one may fail without the rest: then its second best is tried, and either is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) sql: String,
    pub(super) soft: Option<Soft>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Soft {
    /// What is done instead, and what is said then
    pub(super) otherwise: Option<(String, String)>,
    /// What is said where nothing worked
    pub(super) note: String,
}

/// A change of places
pub(super) struct Swap<'a> {
    pub(super) live: &'a TableName,
    pub(super) at: Timestamp,
    /// The table that comes in, its facts, and how it shall be
    pub(super) incoming: Option<(&'a str, &'a Facts, &'a Facts)>,
    /// The live table's facts and the name it gets; none where there is none
    pub(super) outgoing: Option<(&'a Facts, &'a str)>,
    /// Sequences that are there, quoted
    pub(super) sequences: &'a BTreeSet<String>,
}

fn hard(sql: String) -> Step {
    Step { sql, soft: None }
}

fn soft(sql: String, note: String) -> Step {
    Step { sql, soft: Some(Soft { otherwise: None, note }) }
}

/// Every step, in order; they belong into one transaction
pub(super) fn steps(swap: &Swap<'_>) -> Vec<Step> {
    let mut steps = Vec::new();
    if let Some((facts, aside)) = swap.outgoing {
        steps.extend(out(swap, facts, aside));
    }
    if let Some((name, facts, wanted)) = swap.incoming {
        steps.extend(into(swap, name, facts, wanted));
    }
    steps
}

/// The live table goes aside. Its foreign keys go: a table put aside must not hold up its parents, nor be one.
fn out(swap: &Swap<'_>, facts: &Facts, aside: &str) -> Vec<Step> {
    let live = quoted(swap.live);
    let drop = |key: &Key| {
        let (table, name) = (Postgres::name(&[&key.schema, &key.table]), Postgres::name(&[&key.name]));
        hard(format!("ALTER TABLE {table} DROP CONSTRAINT {name}"))
    };
    let mut steps: Vec<Step> = facts.keys_in.iter().chain(&facts.keys_out).map(drop).collect();
    let needed: BTreeSet<&str> =
        swap.incoming.iter().flat_map(|(_, _, wanted)| &wanted.indexes).map(|index| index.name.as_str()).collect();
    for index in facts.indexes.iter().filter(|index| needed.contains(index.name.as_str())) {
        let to = Postgres::name(&[&index_aside_name(&index.name, aside, swap.at)]);
        steps.push(hard(format!("ALTER INDEX {} RENAME TO {to}", in_schema(swap.live, &index.name))));
    }
    steps.push(hard(format!("ALTER TABLE {live} RENAME TO {}", Postgres::name(&[aside]))));
    steps
}

/// The other table comes in, and what belongs to it is put right
fn into(swap: &Swap<'_>, name: &str, facts: &Facts, wanted: &Facts) -> Vec<Step> {
    let live = quoted(swap.live);
    let to = Postgres::name(&[&swap.live.table]);
    let mut steps = vec![hard(format!("ALTER TABLE {} RENAME TO {to}", in_schema(swap.live, name)))];
    steps.extend(indexes(swap.live, facts, wanted));
    if facts.owner != wanted.owner {
        let owner = Postgres::name(&[&wanted.owner]);
        steps.push(hard(format!("ALTER TABLE {live} OWNER TO {owner}")));
    }
    for column in &wanted.columns {
        let Some(sequence) = &column.sequence else { continue };
        let now = swap.outgoing.and_then(|(facts, _)| facts.columns.iter().find(|known| known.name == column.name));
        let last = sequence.last.max(now.and_then(|column| column.sequence.as_ref()).and_then(|known| known.last));
        steps.extend(numbers(swap, &column.name, column.default.as_deref(), sequence, last));
    }
    if let Some(comment) = &wanted.comment {
        steps.push(hard(format!("COMMENT ON TABLE {live} IS {}", Postgres::literal(comment))));
    }
    if let Some(options) = &wanted.options {
        steps.push(soft(
            format!("ALTER TABLE {live} SET ({options})"),
            format!("its storage options could not be set: {options}"),
        ));
    }
    steps.extend(wanted.grants.iter().map(|given| grant(&live, given)));
    let new = |trigger: &&Trigger| !facts.triggers.iter().any(|known| known.name == trigger.name);
    for trigger in wanted.triggers.iter().filter(new) {
        steps.extend(triggered(&live, trigger));
    }
    // Keys to this table that came after the copy was made are as good as those of before.
    let is_new = |key: &&Key| {
        !wanted
            .keys_in
            .iter()
            .any(|known| (&known.schema, &known.table, &known.name) == (&key.schema, &key.table, &key.name))
    };
    let since = swap.outgoing.map(|(facts, _)| facts.keys_in.as_slice()).unwrap_or_default();
    let keys_in = wanted.keys_in.iter().chain(since.iter().filter(is_new));
    let keys = wanted.keys_out.iter().map(|key| (key, false)).chain(keys_in.map(|key| (key, true)));
    steps.extend(keys.map(|(key, comes_in)| keyed(key, comes_in)));
    let views = swap.outgoing.map(|(facts, _)| facts.views.as_slice()).unwrap_or_default();
    steps.extend(views.iter().map(viewed));
    steps
}

/// Indexes get the names that they had. Two that are made alike may change their names: nobody can tell.
fn indexes(live: &TableName, facts: &Facts, wanted: &Facts) -> Vec<Step> {
    let mut free: Vec<&super::facts::Index> = facts.indexes.iter().collect();
    // What has its name already keeps it.
    free.retain(|index| !wanted.indexes.contains(index));
    let mut steps = Vec::new();
    for index in wanted.indexes.iter().filter(|index| !facts.indexes.contains(index)) {
        let Some(at) = free.iter().position(|known| known.signature == index.signature) else {
            steps.push(soft(
                format!("SELECT 1 / 0 /* {} */", index.name.len()),
                format!("index {} is not there: the copy had none like it", index.name),
            ));
            continue;
        };
        let from = in_schema(live, &free.remove(at).name);
        let to = Postgres::name(&[&index.name]);
        steps.push(soft(
            format!("ALTER INDEX {from} RENAME TO {to}"),
            format!("index {} is there under another name", index.name),
        ));
    }
    steps
}

/// A column that takes numbers from a sequence, which never goes back: a number that was used is not used again
fn numbers(swap: &Swap<'_>, column: &str, default: Option<&str>, sequence: &Sequence, last: Option<i64>) -> Vec<Step> {
    let live = quoted(swap.live);
    let mut steps = Vec::new();
    let name = match default {
        None => {
            format!("pg_get_serial_sequence({}, {})::regclass", Postgres::literal(&live), Postgres::literal(column))
        }
        Some(default) => {
            let quoted = sequence.quoted();
            if !swap.sequences.contains(&quoted) {
                steps.push(hard(format!(
                    "CREATE SEQUENCE {quoted} AS {} INCREMENT BY {} MINVALUE {} MAXVALUE {} START WITH {} CACHE {} {}",
                    sequence.kind,
                    sequence.increment,
                    sequence.min,
                    sequence.max,
                    sequence.start,
                    sequence.cache,
                    if sequence.cycle { "CYCLE" } else { "NO CYCLE" }
                )));
            }
            let column = Postgres::name(&[column]);
            steps.push(hard(format!("ALTER TABLE {live} ALTER COLUMN {column} SET DEFAULT {default}")));
            if sequence.owned {
                steps.push(soft(
                    format!("ALTER SEQUENCE {quoted} OWNED BY {live}.{column}"),
                    format!("sequence {}.{} could not be given to the table", sequence.schema, sequence.name),
                ));
            }
            format!("{}::regclass", Postgres::literal(&quoted))
        }
    };
    // A login that may not read the sequence does not know its last number; the rows know theirs.
    let known = last.map_or_else(|| "NULL::bigint".to_owned(), |last| last.to_string());
    let (of_rows, from) = (Postgres::name(&[column]), &live);
    let number = if sequence.increment > 0 {
        format!("greatest({known}, (SELECT max({of_rows})::bigint FROM {from}))")
    } else {
        known
    };
    let note = format!("the sequence of {column} could not be set: set it before anything is inserted");
    steps.push(soft(
        format!(
            "SELECT setval({name}, n.last, true) FROM (SELECT {number} AS last) AS n WHERE n.last >= {}",
            sequence.min
        ),
        note,
    ));
    steps
}

fn grant(live: &str, given: &Grant) -> Step {
    let column = given.column.as_ref().map(|column| format!(" ({})", Postgres::name(&[column]))).unwrap_or_default();
    let option = if given.grantable { " WITH GRANT OPTION" } else { "" };
    soft(
        format!("GRANT {}{column} ON TABLE {live} TO {}{option}", given.privilege, given.grantee),
        format!("{} could not be granted to {}", given.privilege, given.grantee),
    )
}

fn triggered(live: &str, trigger: &Trigger) -> Vec<Step> {
    let note = format!("trigger {} could not be made again: {}", trigger.name, trigger.definition);
    let mut steps = vec![soft(trigger.definition.clone(), note)];
    let how = match trigger.enabled.as_str() {
        "D" => "DISABLE",
        "R" => "ENABLE REPLICA",
        "A" => "ENABLE ALWAYS",
        _ => return steps,
    };
    let name = Postgres::name(&[&trigger.name]);
    steps.push(soft(
        format!("ALTER TABLE {live} {how} TRIGGER {name}"),
        format!("trigger {} was made {how} and is not now", trigger.name),
    ));
    steps
}

/// A foreign key, without a look at the rows that are there where they do not hold it
fn keyed(key: &Key, comes_in: bool) -> Step {
    let (table, name) = (Postgres::name(&[&key.schema, &key.table]), Postgres::name(&[&key.name]));
    let sql = format!("ALTER TABLE {table} ADD CONSTRAINT {name} {}", key.definition);
    let whose = if comes_in { format!("{} of {}.{}", key.name, key.schema, key.table) } else { key.name.clone() };
    let otherwise = (!key.definition.ends_with("NOT VALID")).then(|| {
        let note = format!("foreign key {whose} is back but NOT VALID: there are rows without a parent");
        (format!("{sql} NOT VALID"), note)
    });
    let note = format!("foreign key {whose} could not be made again: {}", key.definition);
    Step { sql, soft: Some(Soft { otherwise, note }) }
}

/// A view keeps to the table that it was made on, whatever that is called; so it is made again
fn viewed(view: &View) -> Step {
    let name = Postgres::name(&[&view.schema, &view.name]);
    let note = format!("view {}.{} still reads the table that was put aside: make it again", view.schema, view.name);
    if view.materialized {
        return soft("SELECT 1 / 0".to_owned(), note);
    }
    let options = view.options.as_ref().map(|options| format!(" WITH ({options})")).unwrap_or_default();
    soft(format!("CREATE OR REPLACE VIEW {name}{options} AS {}", view.definition), note)
}
