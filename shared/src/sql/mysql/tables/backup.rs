//! Making a backup: structures first, then rows without locking any, then everything held against one snapshot.

use super::columns::sum;
use super::facts::{Facts, look};
use super::{Link, MysqlTables, Registry, home, quoted};
use crate::sql::tables::{BackupOrder, Made, TableError, Why, begun, fits, made_before, rows, run, summed};
use crate::tables::{Entry, State, TableName};

impl<L: Link> MysqlTables<L> {
    pub(super) async fn back_up(&mut self, order: &BackupOrder) -> Result<Made, TableError> {
        self.settle().await?;
        self.tidy().await?;
        if let Some(made) = made_before(order, &self.list().await?) {
            return Ok(made);
        }
        let (mut sizes, mut facts) = (Vec::new(), Vec::new());
        for table in &order.tables {
            let found = self.fit(table).await?;
            sizes.push((table.clone(), found.bytes));
            facts.push(found);
        }
        fits(&sizes, order.largest_bytes)?;
        let mut entries = begun(order);
        Registry::insert(&mut self.link, &entries).await?;
        match Box::pin(self.copy_all(&mut entries, &facts)).await {
            Ok(()) => Ok(Made { backup: order.id.clone(), entries, again: false }),
            Err(error) => {
                // What cannot be cleared up now, over a connection that is lost, goes with the next request.
                let _ = run(&mut self.reader, "leaving the snapshot", "ROLLBACK").await;
                let _ = run(&mut self.link, "leaving the transaction", "ROLLBACK").await;
                let _ = Box::pin(self.tidy()).await;
                Err(error)
            }
        }
    }

    async fn fit(&mut self, table: &TableName) -> Result<Facts, TableError> {
        let missing = || {
            let what = format!("there is no table {table}, or the login may not see it. Nothing was copied");
            TableError::new(Why::NotThere, what)
        };
        let facts = self.facts(table).await?.ok_or_else(missing)?;
        facts.can_be_copied(table)?;
        Ok(facts)
    }

    async fn copy_all(&mut self, entries: &mut [Entry], facts: &[Facts]) -> Result<(), TableError> {
        for (entry, facts) in entries.iter().zip(facts) {
            let (source, copy) = (quoted(&entry.source), home(&entry.copy));
            let doing = format!("copying {}", entry.source);
            run(&mut self.link, &doing, &format!("CREATE TABLE {copy} LIKE {source}")).await?;
            let columns = facts.list();
            let insert = format!("INSERT INTO {copy} ({columns}) SELECT {columns} FROM {source}");
            run(&mut self.link, &doing, &insert).await?;
        }
        self.open_snapshot(entries).await?;
        for (entry, facts) in entries.iter_mut().zip(facts) {
            Box::pin(self.hold_against(entry, facts)).await?;
        }
        run(&mut self.reader, "leaving the snapshot", "ROLLBACK").await?;
        let doing = "ending the backup";
        run(&mut self.link, doing, "START TRANSACTION").await?;
        for entry in entries.iter() {
            Registry::save(&mut self.link, entry).await?;
        }
        run(&mut self.link, doing, "COMMIT").await.map(drop)
    }

    /// One snapshot, and a reader's hold on every table: their structure stays as it is until it ends
    async fn open_snapshot(&mut self, entries: &[Entry]) -> Result<(), TableError> {
        let doing = "opening the snapshot";
        let reader = &mut self.reader;
        run(reader, doing, "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ").await?;
        run(reader, doing, "START TRANSACTION WITH CONSISTENT SNAPSHOT").await?;
        for entry in entries {
            let doing = format!("waiting for {}, which somebody has locked to change it", entry.source);
            rows(reader, &doing, &format!("SELECT 1 FROM {} LIMIT 1", quoted(&entry.source))).await?;
        }
        Ok(())
    }

    /// The copy is what the table is in the snapshot, or is made so
    async fn hold_against(&mut self, entry: &mut Entry, facts: &Facts) -> Result<(), TableError> {
        let source = quoted(&entry.source);
        let now = look(&mut self.reader, &entry.source).await?;
        if now.as_ref().map(|now| &now.columns) != Some(&facts.columns) {
            let what = format!("{} was changed while it was copied. Nothing was kept; ask again", entry.source);
            return Err(TableError::new(Why::Unfit, what));
        }
        let now = now.unwrap_or_else(|| facts.clone());
        let columns = facts.writable();
        let doing = format!("summing {}", entry.source);
        let of_source = summed(&mut self.reader, &doing, &sum(&source, &columns)).await?;
        let of_copy = summed(&mut self.link, &doing, &sum(&home(&entry.copy), &columns)).await?;
        if of_source != of_copy {
            Box::pin(self.even_out(entry, facts, of_source.0)).await?;
            let of_copy = summed(&mut self.link, &doing, &sum(&home(&entry.copy), &columns)).await?;
            if of_source != of_copy {
                let what = format!("the copy of {} has other rows than the table. Nothing was kept", entry.source);
                return Err(TableError::new(Why::Damaged, what));
            }
        }
        entry.state = State::Whole;
        entry.details.carried_not = now.carried_not();
        entry.details.bytes = facts.bytes;
        (entry.details.rows, entry.details.checksum) = of_source;
        entry.details.facts = serde_json::to_value(&now).unwrap_or_default();
        Ok(())
    }
}
