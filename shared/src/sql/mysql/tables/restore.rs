//! Putting a table back, and taking that back. What is under way stands in the registry first; the tables change places in
//! one statement; what follows can be done again.

use jiff::Timestamp;

use super::columns::sum;
use super::{Facts, Link, MysqlTables, Registry, home, in_schema, quoted};
use crate::sql::tables::{Put, TableError, Why, no_backup, no_restore, run, summed};
use crate::tables::{Aside, Entry, Phase, Restore, State, TableName, aside_name, staging_name};

impl<L: Link> MysqlTables<L> {
    pub(super) async fn put_back(
        &mut self,
        source: &TableName,
        backup: Option<&str>,
        at: Timestamp,
    ) -> Result<Put, TableError> {
        self.tidy().await?;
        let entries = self.list().await?;
        let mut entry = Entry::find(&entries, source, backup).cloned().ok_or_else(|| no_backup(source, backup))?;
        let wanted = facts_of(&entry.details.facts, source)?;
        self.make_database(&source.schema).await?;
        let stage = staging_name(source, &entry.backup, at);
        let previous =
            entry.details.restore.take().map(|restore| Box::new(Restore { previous: None, ..*Box::new(restore) }));
        entry.state = State::Restoring;
        entry.details.restore = Some(Restore {
            at,
            phase: Phase::Staging,
            undoing: false,
            incoming: Some(stage.clone()),
            aside: None,
            before: None,
            previous,
        });
        Registry::save(&mut self.link, &entry).await?;
        let swapped = Box::pin(self.stage_and_swap(&mut entry, &wanted, &stage, at)).await;
        if let Err(error) = swapped {
            // Whether the tables have changed places is found by looking; over a lost connection by the next request.
            let _ = Box::pin(self.tidy()).await;
            return Err(error);
        }
        let notes = Box::pin(self.finish(&mut entry)).await.map_err(|error| unfinished(&error))?;
        Ok(Put { entry, kept: None, notes })
    }

    async fn stage_and_swap(
        &mut self,
        entry: &mut Entry,
        wanted: &Facts,
        stage: &str,
        at: Timestamp,
    ) -> Result<(), TableError> {
        let source = entry.source.clone();
        let (copy, staged) = (home(&entry.copy), in_schema(&source, stage));
        let doing = format!("filling {source} from its copy {}", entry.copy);
        run(&mut self.link, &doing, &format!("CREATE TABLE {staged} LIKE {copy}")).await?;
        let columns = wanted.list();
        run(&mut self.link, &doing, &format!("INSERT INTO {staged} ({columns}) SELECT {columns} FROM {copy}")).await?;
        let found = summed(&mut self.link, &doing, &sum(&staged, &wanted.writable())).await?;
        if found != (entry.details.rows, entry.details.checksum.clone()) {
            return Err(TableError::new(
                Why::Damaged,
                format!(
                    "the copy {} of {source} is not what it was when it was made ({} rows then, {} now); nothing was changed",
                    entry.copy, entry.details.rows, found.0
                ),
            ));
        }
        let before = self.facts(&source).await?;
        if before.as_ref().is_some_and(|before| before.kind != "BASE TABLE") {
            let what = format!("{source} is no plain table any more; put it aside by hand first. Nothing was changed");
            return Err(TableError::new(Why::Unfit, what));
        }
        // A number that was used is not used again.
        if let Some(next) = wanted.next.max(before.as_ref().and_then(|before| before.next)) {
            run(&mut self.link, &doing, &format!("ALTER TABLE {staged} AUTO_INCREMENT = {next}")).await?;
        }
        let aside = before.as_ref().map(|_| aside_name(&source, "broken", at));
        if let Some(restore) = &mut entry.details.restore {
            restore.phase = Phase::Swapping;
            restore.aside.clone_from(&aside);
            restore.before = before.map(|facts| serde_json::to_value(facts).unwrap_or_default());
        }
        Registry::save(&mut self.link, entry).await?;
        self.change_places(&source, Some(stage), aside.as_deref()).await
    }

    /// The one step: what is live goes aside, what comes in becomes live
    async fn change_places(
        &mut self,
        live: &TableName,
        incoming: Option<&str>,
        aside: Option<&str>,
    ) -> Result<(), TableError> {
        let name = quoted(live);
        let out = aside.map(|aside| format!("{name} TO {}", in_schema(live, aside)));
        let into = incoming.map(|incoming| format!("{} TO {name}", in_schema(live, incoming)));
        let moves: Vec<String> = out.into_iter().chain(into).collect();
        let doing = format!("putting {live} in its place, which somebody may be using");
        run(&mut self.link, &doing, &format!("RENAME TABLE {}", moves.join(", "))).await.map(drop)
    }

    /// What follows the change of places, and the line's end
    pub(super) async fn finish(&mut self, entry: &mut Entry) -> Result<Vec<String>, TableError> {
        let source = entry.source.clone();
        let Some(restore) = entry.details.restore.clone() else { return Ok(Vec::new()) };
        let before = restore.before.as_ref().map(|before| facts_of(before, &source)).transpose()?;
        let aside = restore.aside.as_ref().map(|aside| TableName::new(&source.schema, aside));
        let mut notes = Vec::new();
        let known = entry.details.asides.iter().map(|aside| aside.table.clone());
        let asides: Vec<String> = known.chain(restore.aside.clone()).collect();
        if restore.undoing {
            // Here `before` is how the table was that is live again; of one that was not there only the keys to it go.
            let none = || Facts { keys_out: Vec::new(), keys_in: Vec::new(), triggers: Vec::new(), ..nothing() };
            let wanted = before.unwrap_or_else(none);
            if restore.incoming.is_some() {
                notes = Box::pin(self.mend(&source, aside.as_ref(), &wanted, None, &asides)).await?;
            }
            entry.details.asides.retain(|known| Some(&known.table) != restore.incoming.as_ref());
            entry.state = State::Undone;
            entry.details.restore = None;
        } else {
            let wanted = facts_of(&entry.details.facts, &source)?;
            notes.extend(told(&wanted));
            notes.extend(Box::pin(self.mend(&source, aside.as_ref(), &wanted, before.as_ref(), &asides)).await?);
            entry.state = State::Restored;
            entry.details.restore = Some(Restore { phase: Phase::Done, previous: None, ..restore.clone() });
        }
        let at = restore.at;
        let known = |table: &String| entry.details.asides.iter().any(|aside| aside.table == *table);
        let new = restore.aside.filter(|table| !known(table));
        entry.details.asides.extend(new.map(|table| Aside { table, at }));
        Registry::save(&mut self.link, entry).await?;
        Ok(notes)
    }

    /// The line is what it was before, and the staging table goes
    pub(super) async fn back_off(&mut self, entry: &mut Entry, staging: Option<&str>) -> Result<(), TableError> {
        if let Some(staging) = staging {
            let sql = format!("DROP TABLE IF EXISTS {}", in_schema(&entry.source, staging));
            run(&mut self.link, "dropping a staging table", &sql).await?;
        }
        let previous = entry.details.restore.take().and_then(|restore| restore.previous);
        entry.state = if previous.is_some() { State::Restored } else { State::Whole };
        entry.details.restore = previous.map(|previous| *previous);
        Registry::save(&mut self.link, entry).await
    }

    pub(super) async fn take_back(&mut self, source: &TableName, at: Timestamp) -> Result<Put, TableError> {
        self.tidy().await?;
        let entries = self.list().await?;
        let mut entry = Entry::last_restored(&entries, source).cloned().ok_or_else(|| no_restore(source))?;
        let last = entry.details.restore.clone().ok_or_else(|| no_restore(source))?;
        if let Some(aside) = &last.aside {
            let aside = TableName::new(&source.schema, aside);
            if !self.is_there(&aside).await? {
                let what = format!("{aside}, which stood there before, is gone; nothing was changed");
                return Err(TableError::new(Why::NotThere, what));
            }
        }
        let live = self.is_there(source).await?;
        let kept = live.then(|| aside_name(source, "undone", at));
        if kept.is_none() && last.aside.is_none() {
            return Err(TableError::new(
                Why::NotThere,
                format!("{source} is not there, and was not before the restore"),
            ));
        }
        entry.state = State::Restoring;
        entry.details.restore = Some(Restore {
            at,
            phase: Phase::Swapping,
            undoing: true,
            incoming: last.aside.clone(),
            aside: kept.clone(),
            before: last.before.clone(),
            previous: Some(Box::new(Restore { previous: None, ..last.clone() })),
        });
        Registry::save(&mut self.link, &entry).await?;
        if let Err(error) = self.change_places(source, last.aside.as_deref(), kept.as_deref()).await {
            let _ = Box::pin(self.tidy()).await;
            return Err(error);
        }
        let notes = Box::pin(self.finish(&mut entry)).await.map_err(|error| unfinished(&error))?;
        Ok(Put { entry, kept, notes })
    }
}

/// The tables have changed places, and what follows is not done
fn unfinished(error: &TableError) -> TableError {
    let what = "the tables have changed places, but their triggers and foreign keys are not all put right; the next request \
                goes on with it";
    TableError::new(error.why, format!("{what}: {}", error.message))
}

fn nothing() -> Facts {
    Facts {
        kind: String::new(),
        engine: String::new(),
        bytes: 0,
        next: None,
        columns: Vec::new(),
        keys_out: Vec::new(),
        keys_in: Vec::new(),
        triggers: Vec::new(),
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

/// What is put right, in words
fn told(wanted: &Facts) -> Option<String> {
    let (keys, triggers) = (wanted.keys_out.len() + wanted.keys_in.len(), wanted.triggers.len());
    let numbers = usize::from(wanted.next.is_some());
    let counts = [(keys, "foreign keys"), (triggers, "triggers"), (numbers, "numbered columns")];
    let counted: Vec<String> =
        counts.iter().filter(|(number, _)| *number > 0).map(|(number, what)| format!("{what}: {number}")).collect();
    (!counted.is_empty()).then(|| format!("put right as they were when the copy was made: {}", counted.join(", ")))
}
