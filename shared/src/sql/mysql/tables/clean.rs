//! Dropping what a clean-up lets go.

use super::{Link, MysqlTables, Registry, home, in_schema};
use crate::sql::tables::{TableError, run};
use crate::tables::{Doomed, Entry, HOME, Keeps, OpenFailures, REGISTRY, State, Sweep, TableName, clean_up};

impl<L: Link> MysqlTables<L> {
    /// Drops what may go, decided on what the registry says under the lock
    pub async fn clean_up(
        &mut self,
        keeps: &Keeps,
        open: &OpenFailures,
        now: jiff::Timestamp,
    ) -> Result<Sweep, TableError> {
        self.alone().await?;
        let swept = Box::pin(self.sweep(keeps, open, now)).await;
        self.let_go().await;
        swept
    }

    async fn sweep(&mut self, keeps: &Keeps, open: &OpenFailures, now: jiff::Timestamp) -> Result<Sweep, TableError> {
        if !self.is_there(&TableName::new(HOME, REGISTRY)).await? {
            return Ok(Sweep::default());
        }
        self.tidy().await?;
        let entries = self.list().await?;
        let sweep = clean_up(&entries, keeps, open, now);
        for doomed in &sweep.doomed {
            self.drop_one(doomed).await?;
        }
        Ok(sweep)
    }

    /// The table goes, then what the registry says of it
    async fn drop_one(&mut self, doomed: &Doomed) -> Result<(), TableError> {
        let entries = self.list().await?;
        let is_its = |entry: &&Entry| entry.backup == doomed.backup() && entry.source == *doomed.source();
        let Some(mut entry) = entries.iter().find(is_its).cloned() else { return Ok(()) };
        let doing = format!("dropping {}", doomed.table());
        let table = if doomed.is_aside() {
            entry.details.asides.retain(|aside| aside.table != doomed.table());
            if entry.details.restore.as_ref().is_some_and(|restore| restore.aside.as_deref() == Some(doomed.table())) {
                entry.details.restore = None;
                entry.state = if entry.state == State::Restored { State::Whole } else { entry.state };
            }
            in_schema(doomed.source(), doomed.table())
        } else {
            entry.state = State::Dropped;
            home(doomed.table())
        };
        run(&mut self.link, &doing, &format!("DROP TABLE IF EXISTS {table}")).await?;
        // A table that is gone while its line still tells of it is dropped again by the next clean-up.
        Registry::save(&mut self.link, &entry).await
    }

    /// Notes on the newest copies of tables that a check failed, or that it is well again (`None`)
    pub async fn mark(&mut self, sources: &[TableName], failure: Option<&str>) -> Result<(), TableError> {
        self.alone().await?;
        let marked = Box::pin(self.mark_all(sources, failure)).await;
        self.let_go().await;
        marked
    }

    async fn mark_all(&mut self, sources: &[TableName], failure: Option<&str>) -> Result<(), TableError> {
        let entries = self.list().await?;
        for source in sources {
            let of_it: Vec<&Entry> = match failure {
                Some(_) => Entry::find(&entries, source, None).into_iter().collect(),
                None => entries
                    .iter()
                    .filter(|entry| entry.source == *source && entry.details.open_failure.is_some())
                    .collect(),
            };
            for entry in of_it {
                let mut entry = entry.clone();
                entry.details.open_failure = failure.map(str::to_owned);
                Registry::save(&mut self.link, &entry).await?;
            }
        }
        Ok(())
    }
}
