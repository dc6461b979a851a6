//! Putting a table back, and taking that back: one transaction each.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::swap::{Step, Swap, steps};
use super::{Facts, Link, Postgres, PostgresTables, Registry, Tongue, home, in_schema, quoted, sum};
use crate::sql::tables::{Put, TableError, Why, is_passing, no_backup, no_restore, run, summed, value};
use crate::tables::{Aside, Entry, Phase, Restore, State, TableName, aside_name, staging_name};

impl<L: Link> PostgresTables<L> {
    pub(super) async fn put_back(
        &mut self,
        source: &TableName,
        backup: Option<&str>,
        at: Timestamp,
    ) -> Result<Put, TableError> {
        let entries = self.list().await?;
        let mut entry = Entry::find(&entries, source, backup).cloned().ok_or_else(|| no_backup(source, backup))?;
        self.tidy().await?;
        let wanted: Facts = facts_of(&entry.details.facts, source)?;
        self.begin("READ COMMITTED").await?;
        self.make_schema(&source.schema).await?;
        let stage = staging_name(source, &entry.backup, at);
        Box::pin(self.stage(&entry, &wanted, &stage)).await?;
        let before = self.locked(source).await?;
        let staged = self.facts(&TableName::new(&source.schema, &stage)).await?;
        let staged =
            staged.ok_or_else(|| TableError::new(Why::Damaged, format!("the staging table of {source} is gone")))?;
        let aside = before.as_ref().map(|_| aside_name(source, "broken", at));
        let sequences = self.sequences(&wanted).await?;
        let plan = steps(&Swap {
            live: source,
            at,
            incoming: Some((&stage, &staged, &wanted)),
            outgoing: before.as_ref().zip(aside.as_deref()),
            sequences: &sequences,
        });
        let notes = Box::pin(self.walk(source, &plan)).await?;
        entry.state = State::Restored;
        entry.details.restore = Some(Restore {
            at,
            phase: Phase::Done,
            undoing: false,
            incoming: Some(stage),
            aside: aside.clone(),
            before: before.map(|facts| serde_json::to_value(facts).unwrap_or_default()),
            previous: None,
        });
        entry.details.asides.extend(aside.map(|table| Aside { table, at }));
        Registry::save(&mut self.link, &entry).await?;
        run(&mut self.link, "ending the restore", "COMMIT").await?;
        Ok(Put { entry, kept: None, notes: told(&wanted, notes) })
    }

    pub(super) async fn take_back(&mut self, source: &TableName, at: Timestamp) -> Result<Put, TableError> {
        let entries = self.list().await?;
        let mut entry = Entry::last_restored(&entries, source).cloned().ok_or_else(|| no_restore(source))?;
        let last = entry.details.restore.clone().ok_or_else(|| no_restore(source))?;
        self.begin("READ COMMITTED").await?;
        let live = self.locked(source).await?;
        let before: Option<Facts> = last.before.as_ref().map(|before| facts_of(before, source)).transpose()?;
        let back = match &last.aside {
            None => None,
            Some(name) => {
                let aside = TableName::new(&source.schema, name);
                let gone = || TableError::new(Why::NotThere, format!("{aside}, which stood there before, is gone"));
                Some((name.clone(), self.locked(&aside).await?.ok_or_else(gone)?))
            }
        };
        let kept = aside_name(source, "undone", at);
        let sequences = match &before {
            Some(before) => self.sequences(before).await?,
            None => BTreeSet::new(),
        };
        let incoming = back.as_ref().zip(before.as_ref());
        let plan = steps(&Swap {
            live: source,
            at,
            incoming: incoming.map(|((name, facts), before)| (name.as_str(), facts, before)),
            outgoing: live.as_ref().map(|facts| (facts, kept.as_str())),
            sequences: &sequences,
        });
        let notes = Box::pin(self.walk(source, &plan)).await?;
        entry.state = State::Undone;
        entry.details.asides.retain(|aside| Some(&aside.table) != last.aside.as_ref());
        if live.is_some() {
            entry.details.asides.push(Aside { table: kept.clone(), at });
        }
        entry.details.restore = None;
        Registry::save(&mut self.link, &entry).await?;
        run(&mut self.link, "ending the undo", "COMMIT").await?;
        Ok(Put { entry, kept: live.map(|_| kept), notes })
    }

    /// An ETL that dropped the table may have dropped its schema
    async fn make_schema(&mut self, schema: &str) -> Result<(), TableError> {
        let doing = format!("making the schema {schema}");
        let there = format!("SELECT count(*) FROM pg_namespace WHERE nspname = {}", Postgres::literal(schema));
        if value(&mut self.link, &doing, &there).await?.as_deref() == Some("0") {
            run(&mut self.link, &doing, &format!("CREATE SCHEMA {}", Postgres::name(&[schema]))).await?;
        }
        Ok(())
    }

    /// Fills the staging table from the copy, which stays, and holds it to what was summed when the copy was made
    async fn stage(&mut self, entry: &Entry, wanted: &Facts, stage: &str) -> Result<(), TableError> {
        let (copy, stage) = (home(&entry.copy), in_schema(&entry.source, stage));
        let doing = format!("filling {} from its copy {}", entry.source, entry.copy);
        let link = &mut self.link;
        run(link, &doing, &format!("CREATE TABLE {stage} (LIKE {copy} INCLUDING ALL)")).await?;
        let columns = wanted.writable();
        let insert = format!("INSERT INTO {stage} ({columns}) OVERRIDING SYSTEM VALUE SELECT {columns} FROM {copy}");
        run(link, &doing, &insert).await?;
        let found = summed(link, &doing, &sum(&stage, &wanted.names())).await?;
        if found != (entry.details.rows, entry.details.checksum.clone()) {
            return Err(TableError::new(
                Why::Damaged,
                format!(
                    "the copy {} of {} is not what it was when it was made ({} rows then, {} now); nothing was changed",
                    entry.copy, entry.source, entry.details.rows, found.0
                ),
            ));
        }
        run(link, &doing, &format!("ANALYZE {stage}")).await.map(drop)
    }

    /// The live table, locked, and then looked at; none where there is none
    async fn locked(&mut self, table: &TableName) -> Result<Option<Facts>, TableError> {
        let Some(facts) = self.facts(table).await? else { return Ok(None) };
        if facts.kind != "r" || facts.partition || facts.family || facts.row_security {
            let what = format!("{table} is no plain table any more; put it aside by hand first. Nothing was changed");
            return Err(TableError::new(Why::Unfit, what));
        }
        if !facts.mine {
            let what = format!(
                "{table} is owned by {}; the login has to be granted that role to put it aside. Nothing was changed",
                facts.owner
            );
            return Err(TableError::new(Why::Refused, what));
        }
        let doing = format!("waiting for {table}, which somebody is using");
        let lock = format!("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE", quoted(table));
        run(&mut self.link, &doing, &lock).await?;
        self.facts(table).await
    }

    /// Which of a table's sequences are there
    async fn sequences(&mut self, wanted: &Facts) -> Result<BTreeSet<String>, TableError> {
        let mut there = BTreeSet::new();
        for sequence in wanted.columns.iter().filter_map(|column| column.sequence.as_ref()) {
            let name = sequence.quoted();
            let sql = format!("SELECT to_regclass({}) IS NOT NULL", Postgres::literal(&name));
            if value(&mut self.link, "looking for a sequence", &sql).await?.as_deref() == Some("t") {
                there.insert(name);
            }
        }
        Ok(there)
    }

    /// Every step; what a soft one says where it fails
    async fn walk(&mut self, source: &TableName, plan: &[Step]) -> Result<Vec<String>, TableError> {
        let doing = format!("putting {source} in its place");
        let mut notes = Vec::new();
        for step in plan {
            let Some(soft) = &step.soft else {
                run(&mut self.link, &doing, &step.sql).await?;
                continue;
            };
            if self.tried(&doing, &step.sql).await? {
                continue;
            }
            match &soft.otherwise {
                Some((sql, note)) if self.tried(&doing, sql).await? => notes.push(note.clone()),
                _ => notes.push(soft.note.clone()),
            }
        }
        Ok(notes)
    }

    /// Whether a statement went well; the transaction lives on where it did not
    async fn tried(&mut self, doing: &str, sql: &str) -> Result<bool, TableError> {
        run(&mut self.link, doing, "SAVEPOINT lifeboat").await?;
        match Box::pin(self.link.run(sql)).await {
            Ok(_) => {
                run(&mut self.link, doing, "RELEASE SAVEPOINT lifeboat").await?;
                Ok(true)
            }
            Err(error) if is_passing(&error) => Err(TableError::at(doing, &error)),
            Err(_) => {
                run(&mut self.link, doing, "ROLLBACK TO SAVEPOINT lifeboat").await?;
                Ok(false)
            }
        }
    }
}

fn facts_of(value: &serde_json::Value, source: &TableName) -> Result<Facts, TableError> {
    serde_json::from_value(value.clone()).map_err(|_| {
        TableError::new(
            Why::Damaged,
            format!("what the registry knows of {source} cannot be read; nothing was changed"),
        )
    })
}

/// What was put right, and what could not be
fn told(wanted: &Facts, notes: Vec<String>) -> Vec<String> {
    let mut told = Vec::new();
    let counts = [
        (wanted.keys_out.len() + wanted.keys_in.len(), "foreign keys"),
        (wanted.triggers.len(), "triggers"),
        (wanted.grants.len(), "grants"),
        (wanted.columns.iter().filter(|column| column.sequence.is_some()).count(), "sequences"),
    ];
    let counted: Vec<String> =
        counts.iter().filter(|(number, _)| *number > 0).map(|(number, what)| format!("{what}: {number}")).collect();
    if !counted.is_empty() {
        told.push(format!("put right as they were when the copy was made: {}", counted.join(", ")));
    }
    told.extend(notes);
    told
}
