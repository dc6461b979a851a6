//! What people, jobs and schedules send to `table-backup`.

use serde_json::Value;

use crate::policy::{Fields, Mistakes, Wrong, found, nearest, read_line, read_object};
use crate::tables::{MOST_TABLES, TableName};

/// What `table-backup` is asked
#[derive(Debug, Clone, PartialEq)]
pub enum TablesEvent {
    /// Copy tables
    Backup {
        /// The database's name in the policy; that of the job when it is none
        database: Option<String>,
        /// Each once; those of the job when it is none
        tables: Option<Vec<TableName>>,
        /// The job in the policy that is about to run. There is one where a database or tables are left out.
        job: Option<String>,
        /// Why
        reason: Option<String>,
        /// The job run that it is for; a second request for the same run is answered with the first backup
        job_run: Option<String>,
    },
    /// What there is
    List {
        /// The database's name in the policy
        database: String,
    },
    /// Put a table back
    Restore {
        /// The database's name in the policy
        database: String,
        /// The table
        table: TableName,
        /// The backup; the newest of the table when it is none
        backup: Option<String>,
    },
    /// Take the last restore of a table back
    Undo {
        /// The database's name in the policy
        database: String,
        /// The table
        table: TableName,
    },
    /// Ask the live tables whether they are well
    Verify(VerifyTables),
    /// Drop what is old
    CleanUp {
        /// The database's name in the policy
        database: String,
    },
}

/// A request to look at the live tables
#[derive(Debug, Clone, PartialEq)]
pub struct VerifyTables {
    /// The database's name in the policy; that of the job when it is none
    pub database: Option<String>,
    /// The tables that may be put back; those of the job when it is none
    pub tables: Option<Vec<TableName>>,
    /// The job in the policy whose run is over
    pub job: Option<String>,
    /// Its run: then what is put back is the backup made for it
    pub job_run: Option<String>,
    /// Checks, as a policy writes them; those of the job or of the database when it is none
    pub checks: Option<Value>,
    /// Put tables back where a check fails; what the policy says when left out
    pub restore: Option<bool>,
}

/// What `table-backup` takes, in words
const ALLOWED: &str = "{\"backup\": {\"job\": \"daily-etl\"}}; {\"verify\": {\"job\": \"daily-etl\"}}; \
     {\"backup\": {\"database\": \"warehouse\", \"tables\": [\"silver.tenants\"]}, \"reason\": \"before daily-etl\"}; \
     {\"list\": \"warehouse\"}; {\"restore\": {\"database\": \"warehouse\", \"table\": \"silver.tenants\", \"backup\": \"latest\"}}, \
     with \"undo\": true in place of \"backup\" to take it back; {\"verify\": {\"database\": \"warehouse\"}}; {\"clean_up\": \"warehouse\"}";
/// The keys of which a request has exactly one
const KEYS: [&str; 5] = ["backup", "list", "restore", "verify", "clean_up"];
/// What names a table
const TABLE: &str = "a table as schema.table, a part that has a dot or a quote in double quotes";
/// What names a database
const DATABASE: &str = "the name of a database of the policy";
/// Longest reason, and longest id of a job run (Glue API, `IdString`)
const LONGEST: usize = 255;

/// What an event means to `table-backup`. Whether there is such a database is for the policy to say.
pub fn tables_event(event: &Value) -> Result<TablesEvent, Mistakes> {
    let Value::Object(map) = event else {
        return Err(Mistakes::one("", found(event), ALLOWED, None));
    };
    let given: Vec<&str> = KEYS.into_iter().filter(|key| map.get(*key).is_some_and(|value| !value.is_null())).collect();
    let read = match given.as_slice() {
        ["backup"] => backup,
        ["list"] => list,
        ["restore"] => restore,
        ["verify"] => verify,
        ["clean_up"] => clean_up,
        [] => {
            let near = map.keys().find_map(|key| nearest(key, KEYS));
            let names: Vec<&str> = map.keys().map(String::as_str).take(10).collect();
            let was = if names.is_empty() { "is empty".to_owned() } else { format!("has only {}", names.join(", ")) };
            return Err(Mistakes::one("", was, ALLOWED, near));
        }
        several => {
            let was = format!("has {} at once", several.join(" and "));
            return Err(Mistakes::one("", was, "one of them in each request", None));
        }
    };
    let mut mistakes = Mistakes::default();
    let event = read_object(event, "", &mut mistakes, read);
    mistakes.or(event)
}

fn named(text: &str) -> Result<String, Wrong> {
    let ok = !text.is_empty() && text.len() <= 128 && !text.contains(['/', '*', '<']);
    if ok { Ok(text.to_owned()) } else { Err(Wrong::allowed(DATABASE)) }
}

/// The database where a job may stand for it
fn database_of(fields: &mut Fields<'_, '_>) -> Option<String> {
    let database = fields.text("database", DATABASE, named);
    if fields.value("job").is_some() { database } else { fields.need("database", DATABASE, database) }
}

fn job(fields: &mut Fields<'_, '_>) -> Option<String> {
    fields.text("job", "a Glue job's name", |text| read_line(text, "a Glue job's name", LONGEST))
}

fn database(fields: &mut Fields<'_, '_>) -> Option<String> {
    let database = fields.text("database", DATABASE, named);
    fields.need("database", DATABASE, database)
}

fn table(text: &str) -> Result<TableName, Wrong> {
    TableName::parse(text).map_err(|_| {
        let nearest = (!text.is_empty() && !text.contains(['.', '"'])).then(|| format!("public.{text}"));
        Wrong { allowed: TABLE.to_owned(), nearest }
    })
}

/// Tables, each once
fn tables(fields: &mut Fields<'_, '_>) -> Option<Vec<TableName>> {
    let read = fields.list("tables", TABLE, table)?;
    for (at, name) in read.iter().enumerate() {
        if read.iter().take(at).any(|earlier| earlier == name) {
            fields.wrong(&format!("tables[{at}]"), format!("is {name} again"), Wrong::allowed("each table once"));
        }
    }
    if read.is_empty() || read.len() > MOST_TABLES {
        let allowed = format!("1 to {MOST_TABLES} tables");
        fields.wrong("tables", format!("names {}", read.len()), Wrong::allowed(allowed));
    }
    Some(read)
}

fn backup(fields: &mut Fields<'_, '_>) -> Option<TablesEvent> {
    let what = fields.object("backup", |fields| {
        let job = job(fields);
        let database = database_of(fields);
        let read = tables(fields);
        let read = if fields.value("job").is_some() { read } else { fields.need("tables", "a list of tables", read) };
        Some((database, read, job))
    });
    let reason = fields.text("reason", "a reason in words", |text| read_line(text, "a reason in words", LONGEST));
    let job_run = run(fields);
    let (database, tables, job) = what?;
    Some(TablesEvent::Backup { database, tables, job, reason, job_run })
}

fn run(fields: &mut Fields<'_, '_>) -> Option<String> {
    fields.text("job_run", "the id of a job run", |text| read_line(text, "the id of a job run", LONGEST))
}

fn list(fields: &mut Fields<'_, '_>) -> Option<TablesEvent> {
    fields.text("list", DATABASE, named).map(|database| TablesEvent::List { database })
}

fn clean_up(fields: &mut Fields<'_, '_>) -> Option<TablesEvent> {
    fields.text("clean_up", DATABASE, named).map(|database| TablesEvent::CleanUp { database })
}

fn restore(fields: &mut Fields<'_, '_>) -> Option<TablesEvent> {
    fields.object("restore", |fields| {
        let database = database(fields);
        let source = fields.text("table", TABLE, table);
        let source = fields.need("table", TABLE, source);
        let what = "\"latest\" or a backup's id";
        let backup = fields.text("backup", what, |text| read_line(text, what, LONGEST));
        let undo = fields.truth("undo").unwrap_or(false);
        if undo && backup.is_some() {
            fields.wrong(
                "backup",
                "is set",
                Wrong::allowed("nothing: an undo takes back the last restore of the table"),
            );
        }
        let (database, table) = (database?, source?);
        let backup = backup.filter(|backup| backup != "latest");
        Some(if undo {
            TablesEvent::Undo { database, table }
        } else {
            TablesEvent::Restore { database, table, backup }
        })
    })
}

fn verify(fields: &mut Fields<'_, '_>) -> Option<TablesEvent> {
    fields.object("verify", |fields| {
        let job = job(fields);
        let database = database_of(fields);
        let tables = tables(fields);
        let job_run = run(fields);
        let checks = fields.by("checks", |value| {
            if value.is_array() { Ok(value.clone()) } else { Err(Wrong::allowed("a list of checks")) }
        });
        let restore = fields.word("on_failure", &["tell", "restore"]).map(|word| word == "restore");
        Some(TablesEvent::Verify(VerifyTables { database, tables, job, job_run, checks, restore }))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(event: &Value) -> String {
        tables_event(event).unwrap_err().to_string()
    }

    #[test]
    fn every_request_of_the_contract_is_read() {
        let source = TableName::new("silver", "tenant_status_history");
        let event = json!({"backup": {"database": "warehouse", "tables": ["silver.tenant_status_history"]},
            "reason": "before daily-etl", "job_run": "jr_1"});
        let expected = TablesEvent::Backup {
            database: Some("warehouse".to_owned()),
            tables: Some(vec![source.clone()]),
            job: None,
            reason: Some("before daily-etl".to_owned()),
            job_run: Some("jr_1".to_owned()),
        };
        assert_eq!(tables_event(&event), Ok(expected));
        let put = |rest: Value| {
            let mut event = json!({"restore": {"database": "warehouse", "table": "silver.tenant_status_history"}});
            event["restore"].as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
            tables_event(&event)
        };
        let restored = |backup: Option<&str>| {
            let backup = backup.map(str::to_owned);
            Ok(TablesEvent::Restore { database: "warehouse".to_owned(), table: source.clone(), backup })
        };
        assert_eq!(put(json!({"backup": "latest"})), restored(None));
        assert_eq!(put(json!({"backup": "warehouse-1", "undo": false})), restored(Some("warehouse-1")));
        let undo = TablesEvent::Undo { database: "warehouse".to_owned(), table: source.clone() };
        assert_eq!(put(json!({"undo": true})), Ok(undo));
        for (key, event) in [("list", "List"), ("clean_up", "CleanUp")] {
            assert!(format!("{:?}", tables_event(&json!({key: "warehouse"})).unwrap()).starts_with(event));
        }
        let verify = json!({"verify": {"database": "warehouse", "job": "daily-etl", "on_failure": "restore"}});
        let TablesEvent::Verify(verify) = tables_event(&verify).unwrap() else { panic!() };
        assert_eq!((verify.restore, verify.job.as_deref()), (Some(true), Some("daily-etl")));
    }

    #[test]
    fn a_job_stands_for_its_database_and_its_tables() {
        let before = tables_event(&json!({"backup": {"job": "daily-etl"}, "job_run": "jr_1"}));
        let expected = TablesEvent::Backup {
            database: None,
            tables: None,
            job: Some("daily-etl".to_owned()),
            reason: None,
            job_run: Some("jr_1".to_owned()),
        };
        assert_eq!(before, Ok(expected));
        let TablesEvent::Verify(after) = tables_event(&json!({"verify": {"job": "daily-etl"}})).unwrap() else {
            panic!()
        };
        assert_eq!((after.database, after.tables, after.restore), (None, None, None));
        // A job does not make up for a mistake.
        assert!(told(&json!({"backup": {"job": "daily-etl", "tables": ["tenants"]}})).contains("backup.tables[0]"));
        assert!(told(&json!({"backup": {"job": "daily-etl", "database": 1}})).contains("backup.database: is 1"));
        assert!(told(&json!({"backup": {"job": 1}})).contains("backup.job: is 1"));
        assert!(told(&json!({"verify": {}})).contains("verify.database: is missing"));
    }

    #[test]
    fn a_mistake_names_its_field_what_is_allowed_and_the_nearest() {
        let table = [
            (json!({"bakcup": {}}), "has only bakcup", "Nearest: backup"),
            (json!({"list": "a", "clean_up": "a"}), "has list and clean_up at once", ""),
            (
                json!({"backup": {"database": "w", "tables": ["tenants"]}}),
                "backup.tables[0]: is \"tenants\"",
                "public.tenants",
            ),
            (json!({"backup": {"database": "w", "tables": []}}), "backup.tables: names 0", "1 to 100"),
            (json!({"backup": {"database": "w", "tables": ["a.b", "a.b"]}}), "backup.tables[1]: is a.b again", ""),
            (json!({"backup": {"tables": ["a.b"]}}), "backup.database: is missing", ""),
            (
                json!({"backup": {"database": "w", "tables": ["a.b"], "reson": "x"}}),
                "backup.reson: is an unknown key",
                "",
            ),
            (
                json!({"restore": {"database": "w", "tabel": "a.b"}}),
                "restore.tabel: is an unknown key",
                "Nearest: table",
            ),
            (
                json!({"restore": {"database": "w", "table": "a.b", "backup": "x", "undo": true}}),
                "restore.backup: is set",
                "",
            ),
            (json!({"verify": {"database": "w", "on_failure": "restor"}}), "verify.on_failure", "Nearest: restore"),
            (json!({"clean_up": 1}), "clean_up: is 1", ""),
            (json!([]), "is a list of 0", ""),
            (json!({}), "is empty", ""),
        ];
        for (event, said, nearest) in table {
            let told = told(&event);
            assert!(told.contains(said) && told.contains(nearest), "{event}: {told}");
        }
    }
}
