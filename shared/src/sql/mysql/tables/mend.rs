//! Triggers and foreign keys after the change of places. Everything is found by looking, so it can be done again after a
//! crash at any statement.

use super::facts::{Facts, Key, Trigger, listed, look};
use super::{Link, Mysql, MysqlTables, Tongue, quoted};
use crate::sql::tables::{TableError, is_passing, run, value};
use crate::tables::TableName;

impl<L: Link> MysqlTables<L> {
    /// Makes the live table as it shall be: `wanted` as the copy's source was, `before` as the table that went aside was
    pub(super) async fn mend(
        &mut self,
        live: &TableName,
        aside: Option<&TableName>,
        wanted: &Facts,
        before: Option<&Facts>,
        asides: &[String],
    ) -> Result<Vec<String>, TableError> {
        let mut notes = Vec::new();
        let out = match aside {
            Some(aside) => look(&mut self.link, aside).await?,
            None => None,
        };
        Box::pin(self.mend_triggers(live, out.as_ref(), wanted, &mut notes)).await?;
        // A key is made without a look at the rows, and then the rows are looked at: they may break it, and it is told.
        run(&mut self.link, "putting foreign keys right", "SET SESSION foreign_key_checks = 0").await?;
        let since = before.into_iter().chain(out.as_ref()).flat_map(|facts| &facts.keys_in);
        let mut keys: Vec<&Key> = wanted.keys_out.iter().chain(&wanted.keys_in).collect();
        for key in since {
            if !keys.iter().any(|known| known.is(key)) {
                keys.push(key);
            }
        }
        let mended = Box::pin(self.mend_keys((live, aside, asides), out.as_ref(), &keys, &mut notes)).await;
        run(&mut self.link, "putting foreign keys right", "SET SESSION foreign_key_checks = 1").await?;
        mended.map(|()| notes)
    }

    async fn mend_triggers(
        &mut self,
        live: &TableName,
        out: Option<&Facts>,
        wanted: &Facts,
        notes: &mut Vec<String>,
    ) -> Result<(), TableError> {
        let now = look(&mut self.link, live).await?;
        let has = |facts: Option<&Facts>, name: &str| {
            facts.is_some_and(|facts| facts.triggers.iter().any(|trigger| trigger.name == name))
        };
        for trigger in &wanted.triggers {
            if has(now.as_ref(), &trigger.name) {
                continue;
            }
            let name = Mysql::name(&[&live.schema, &trigger.name]);
            if has(out, &trigger.name) {
                run(&mut self.link, "moving a trigger", &format!("DROP TRIGGER IF EXISTS {name}")).await?;
            }
            self.make_trigger(live, trigger, &name, notes).await?;
        }
        let since = out.into_iter().flat_map(|facts| &facts.triggers);
        let since = since.filter(|trigger| !has(Some(wanted), &trigger.name));
        notes.extend(since.map(|trigger| {
            format!("trigger {} came after the copy and is with the table that was put aside", trigger.name)
        }));
        Ok(())
    }

    async fn make_trigger(
        &mut self,
        live: &TableName,
        trigger: &Trigger,
        name: &str,
        notes: &mut Vec<String>,
    ) -> Result<(), TableError> {
        let doing = format!("making the trigger {} again", trigger.name);
        let words = [&trigger.sql_mode, &trigger.charset, &trigger.collation].map(|word| Mysql::literal(word));
        let [mode, charset, collation] = words;
        let settings = format!(
            "SET SESSION sql_mode = {mode}, character_set_client = {charset}, collation_connection = {collation}"
        );
        let usual = "SET NAMES utf8mb4; SET SESSION sql_mode = \
                     'NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES,STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION'";
        let body = format!(
            "TRIGGER {name} {} {} ON {} FOR EACH ROW {}",
            trigger.timing,
            trigger.event,
            quoted(live),
            trigger.statement
        );
        run(&mut self.link, &doing, &settings).await?;
        let definer = trigger.definer.rsplit_once('@');
        let definer =
            definer.map(|(user, host)| format!("DEFINER = {}@{} ", Mysql::name(&[user]), Mysql::name(&[host])));
        let mut went = self.tried(&doing, &format!("CREATE {}{body}", definer.clone().unwrap_or_default())).await;
        if matches!(went, Ok(false)) && definer.is_some() {
            went = self.tried(&doing, &format!("CREATE {body}")).await;
            if matches!(went, Ok(true)) {
                notes.push(format!("trigger {} runs as this login now, and ran as {}", trigger.name, trigger.definer));
            }
        }
        run(&mut self.link, &doing, usual).await?;
        if !went? {
            let (timing, event) = (&trigger.timing, &trigger.event);
            notes.push(format!("trigger {} ({timing} {event}) could not be made again: make it by hand", trigger.name));
        }
        Ok(())
    }

    async fn mend_keys(
        &mut self,
        (live, aside, asides): (&TableName, Option<&TableName>, &[String]),
        out: Option<&Facts>,
        keys: &[&Key],
        notes: &mut Vec<String>,
    ) -> Result<(), TableError> {
        let doing = "putting foreign keys right";
        // A table put aside must not hold up its parents.
        for key in out.into_iter().flat_map(|facts| &facts.keys_out) {
            run(&mut self.link, doing, &dropped(key)).await?;
        }
        let now = look(&mut self.link, live).await?;
        let now: Vec<Key> = now.into_iter().flat_map(|facts| facts.keys_out.into_iter().chain(facts.keys_in)).collect();
        for &key in keys {
            if now.iter().any(|known| known.is(key)) {
                continue;
            }
            // It went along with the table that went aside, now or in an earlier change of places.
            let child = look(&mut self.link, &key.child).await?;
            let went = |known: &Key| {
                known.is(key) && known.parent.schema == live.schema && asides.contains(&known.parent.table)
            };
            if child.is_some_and(|child| child.keys_out.iter().any(went)) {
                run(&mut self.link, doing, &dropped(key)).await?;
            }
            // Of a key that points at the table put aside, the name is that table's by now.
            let mut key = key.clone();
            if Some(&key.parent) == aside {
                key.parent = live.clone();
            }
            if !self.tried(doing, &made(&key)).await? {
                notes.push(format!("foreign key {} of {} could not be made again", key.name, key.child));
                continue;
            }
            let orphans = value(&mut self.link, doing, &orphans(&key)).await?.unwrap_or_default();
            if orphans != "0" {
                notes.push(format!(
                    "foreign key {} of {} is back; rows without a parent: {orphans}",
                    key.name, key.child
                ));
            }
        }
        Ok(())
    }

    /// Whether a statement went well
    async fn tried(&mut self, doing: &str, sql: &str) -> Result<bool, TableError> {
        match Box::pin(self.link.run(sql)).await {
            Ok(_) => Ok(true),
            Err(error) if is_passing(&error) => Err(TableError::at(doing, &error)),
            Err(_) => Ok(false),
        }
    }
}

fn dropped(key: &Key) -> String {
    format!("ALTER TABLE {} DROP FOREIGN KEY {}", quoted(&key.child), Mysql::name(&[&key.name]))
}

fn made(key: &Key) -> String {
    // To InnoDB both are the same, and what is left out; one that is said is shown as the other by some servers.
    let said = |event: &str, rule: &str| {
        if matches!(rule, "RESTRICT" | "NO ACTION") { String::new() } else { format!(" ON {event} {rule}") }
    };
    format!(
        "ALTER TABLE {} ADD CONSTRAINT {} FOREIGN KEY ({}) REFERENCES {} ({}){}{}",
        quoted(&key.child),
        Mysql::name(&[&key.name]),
        listed(&key.columns),
        quoted(&key.parent),
        listed(&key.parent_columns),
        said("UPDATE", &key.on_update),
        said("DELETE", &key.on_delete)
    )
}

fn orphans(key: &Key) -> String {
    let set: Vec<String> =
        key.columns.iter().map(|column| format!("c.{} IS NOT NULL", Mysql::name(&[column]))).collect();
    let pairs = key.columns.iter().zip(&key.parent_columns);
    let same: Vec<String> =
        pairs.map(|(child, parent)| format!("p.{} = c.{}", Mysql::name(&[parent]), Mysql::name(&[child]))).collect();
    format!(
        "SELECT CAST(COUNT(*) AS CHAR) FROM {} AS c WHERE {} AND NOT EXISTS (SELECT 1 FROM {} AS p WHERE {})",
        quoted(&key.child),
        set.join(" AND "),
        quoted(&key.parent),
        same.join(" AND ")
    )
}
