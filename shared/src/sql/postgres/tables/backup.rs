//! Making a backup: one transaction, one snapshot over all its tables.

use super::{Facts, Link, Postgres, PostgresTables, Registry, Tongue, home, quoted, sum};
use crate::sql::tables::{BackupOrder, Made, TableError, Why, begun, fits, made_before, run, summed};
use crate::tables::{Entry, State, TableName};

impl<L: Link> PostgresTables<L> {
    pub(super) async fn back_up(&mut self, order: &BackupOrder) -> Result<Made, TableError> {
        self.settle().await?;
        self.tidy().await?;
        if let Some(made) = made_before(order, &self.list().await?) {
            return Ok(made);
        }
        let mut sizes = Vec::new();
        for table in &order.tables {
            let facts = self.fit(table).await?;
            sizes.push((table.clone(), facts.bytes));
        }
        fits(&sizes, order.largest_bytes)?;
        let mut entries = begun(order);
        Registry::insert(&mut self.link, &entries).await?;
        match Box::pin(self.copy_all(&mut entries)).await {
            Ok(()) => Ok(Made { backup: order.id.clone(), entries, again: false }),
            Err(error) => {
                // The transaction takes the copies back. The lines go now, or with the next request.
                let _ = run(&mut self.link, "taking the copies back", "ROLLBACK").await;
                for entry in begun(order) {
                    let _ = Registry::remove(&mut self.link, &entry).await;
                }
                Err(error)
            }
        }
    }

    /// A table's facts, if it can be copied
    async fn fit(&mut self, table: &TableName) -> Result<Facts, TableError> {
        let missing = || TableError::new(Why::NotThere, format!("there is no table {table}. Nothing was copied"));
        let facts = self.facts(table).await?.ok_or_else(missing)?;
        facts.can_be_copied(table)?;
        Ok(facts)
    }

    async fn copy_all(&mut self, entries: &mut [Entry]) -> Result<(), TableError> {
        self.begin("REPEATABLE READ").await?;
        // Before anything is looked at: the snapshot is taken by the first statement that looks.
        let tables: Vec<String> = entries.iter().map(|entry| quoted(&entry.source)).collect();
        let lock = format!("LOCK TABLE {} IN ACCESS SHARE MODE", tables.join(", "));
        run(&mut self.link, "waiting for the tables, which somebody has locked to change them", &lock).await?;
        for entry in entries.iter_mut() {
            let facts = self.fit(&entry.source).await?;
            Box::pin(self.copy(entry, &facts)).await?;
            Registry::save(&mut self.link, entry).await?;
        }
        run(&mut self.link, "ending the copy", "COMMIT").await.map(drop)
    }

    async fn copy(&mut self, entry: &mut Entry, facts: &Facts) -> Result<(), TableError> {
        let (source, copy) = (quoted(&entry.source), home(&entry.copy));
        let doing = format!("copying {}", entry.source);
        let link = &mut self.link;
        run(link, &doing, &format!("CREATE TABLE {copy} (LIKE {source} INCLUDING ALL)")).await?;
        for column in facts.columns.iter().filter(|column| column.default.is_some()) {
            let column = Postgres::name(&[&column.name]);
            run(link, &doing, &format!("ALTER TABLE {copy} ALTER COLUMN {column} DROP DEFAULT")).await?;
        }
        let columns = facts.writable();
        let insert =
            format!("INSERT INTO {copy} ({columns}) OVERRIDING SYSTEM VALUE SELECT {columns} FROM ONLY {source}");
        run(link, &doing, &insert).await?;
        let of_source = summed(link, &doing, &sum(&format!("ONLY {source}"), &facts.names())).await?;
        let of_copy = summed(link, &doing, &sum(&copy, &facts.names())).await?;
        if of_source != of_copy {
            let what = format!("the copy of {} has other rows than the table. Nothing was kept", entry.source);
            return Err(TableError::new(Why::Damaged, what));
        }
        entry.state = State::Whole;
        entry.details.carried_not = facts.carried_not();
        entry.details.bytes = facts.bytes;
        (entry.details.rows, entry.details.checksum) = of_source;
        entry.details.facts = serde_json::to_value(facts).unwrap_or_default();
        Ok(())
    }
}
