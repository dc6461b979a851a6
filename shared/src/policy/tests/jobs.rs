//! Glue jobs: what a policy says of them, and what it may not say.

use jiff::civil::date;

use super::*;

fn with(job: &str) -> String {
    format!(
        r#"{{"version": 1, "databases": {{"orders": {{"kind": "rds", "identifier": "a"}},
            "profiles": {{"kind": "documentdb", "identifier": "b"}}}}, "jobs": {{"etl": {job}}}}}"#
    )
}

fn told(job: &str) -> String {
    mistakes(&with(job)).join("\n")
}

fn job(text: &str) -> Job {
    Policy::parse(&with(text)).unwrap().job("etl").unwrap().clone()
}

#[test]
fn jobs_name_databases_that_there_are() {
    assert_eq!(told(r#"{"database": "orders", "start_by": "07:30"}"#), "");
    assert_eq!(
        told(r#"{"database": "order"}"#),
        "jobs.etl.database: is \"order\". Allowed: one of orders, profiles. Nearest: orders"
    );
    for time in ["7:30", "24:00", "07:30:00", "soon"] {
        assert!(told(&format!(r#"{{"start_by": "{time}"}}"#)).starts_with("jobs.etl.start_by: is"), "{time}");
    }
}

#[test]
fn what_a_job_leaves_out_has_its_default() {
    let left_out = job("{}");
    assert_eq!(left_out, Job::default());
    assert_eq!((left_out.on_failure, left_out.keep_backups), (OnFailure::Tell, None));
    assert_eq!(job(r#"{"keep_backups": {"last": 1}}"#).keep_backups, Some(KeepBackups { last: 1, days: 14 }));
}

#[test]
fn a_job_starts_on_its_days_and_on_no_holiday() {
    let etl = job(r#"{"start_by": "07:30", "days": ["monday", "friday"], "holidays": ["2026-11-23"]}"#);
    let starts = [20, 21, 23, 24, 27].map(|day| etl.starts_on(date(2026, 11, day)));
    assert_eq!(starts, [true, false, false, false, true]);
    let every = job(r#"{"start_by": "07:30"}"#);
    assert!((20..=26).all(|day| every.starts_on(date(2026, 11, day))));
    assert!(!job("{}").starts_on(date(2026, 11, 20)), "nobody said when it has to start");
}

#[test]
fn each_mistake_of_a_job_is_told_at_its_place() {
    let table = [
        (r#"{"start_by": "07:30", "days": ["mon"]}"#, "days[0]: is \"mon\". Allowed: one of monday"),
        (r#"{"start_by": "07:30", "days": ["Monday"]}"#, "days[0]: is \"Monday\""),
        (r#"{"start_by": "07:30", "days": []}"#, "days: is an empty list. Allowed: at least one day"),
        (r#"{"days": ["monday"]}"#, "days: is given. Allowed: nothing without start_by"),
        (r#"{"start_by": "07:30", "holidays": ["31.12.2026"]}"#, "holidays[0]: is \"31.12.2026\""),
        (r#"{"start_by": "07:30", "holidays": ["2026-02-30"]}"#, "holidays[0]: is \"2026-02-30\""),
        (r#"{"start_by": "07:30", "holidays": ["2026-12-31T00:00"]}"#, "holidays[0]: is"),
        (r#"{"holidays": ["2026-12-31"]}"#, "holidays: is given. Allowed: nothing without start_by"),
        (r#"{"longest_minutes": 0}"#, "longest_minutes: is 0. Allowed: a whole number from 1 to 10080"),
        (r#"{"longest_minutes": "90m"}"#, "longest_minutes: is \"90m\""),
        (r#"{"checks": [{"kind": "damage"}]}"#, "checks: is given. Allowed: checks beside database"),
        (
            r#"{"database": "orders", "checks": [{"kind": "collection_count", "collection": "c", "at_least": 1}]}"#,
            "checks[0].kind: is \"collection_count\"",
        ),
        (
            r#"{"database": "profiles", "checks": [{"kind": "sql", "query": "SELECT 1", "expect": 1}]}"#,
            "checks[0].kind: is \"sql\"",
        ),
        (r#"{"on_failure": "undo"}"#, "on_failure: is \"undo\". Allowed: one of tell, restore"),
        (
            r#"{"on_failure": "restore", "tables": ["a.b"]}"#,
            "on_failure: is \"restore\". Allowed: tell, or restore beside database",
        ),
        (
            r#"{"on_failure": "restore", "database": "orders"}"#,
            "on_failure: is \"restore\". Allowed: tell, or restore beside tables",
        ),
        (
            r#"{"on_failure": "restore", "database": "profiles", "tables": ["a.b"]}"#,
            "on_failure: is \"restore\". Allowed: tell: tables of DocumentDB",
        ),
        (r#"{"keep_backups": {"last": 0}}"#, "keep_backups.last: is 0. Allowed: a whole number from 1 to 100"),
        (r#"{"keep_backups": {"days": 367}}"#, "keep_backups.days: is 367"),
        (r#"{"keep_backups": {"keep_last": 3}}"#, "keep_backups.keep_last: is an unknown key"),
        (r#"{"holiday": ["2026-12-31"]}"#, "holiday: is an unknown key"),
    ];
    for (text, wanted) in table {
        let told = told(text);
        assert_eq!(told.lines().count(), 1, "{text}: {told}");
        assert!(told.starts_with(&format!("jobs.etl.{wanted}")), "{text}: {told}");
    }
}

#[test]
fn a_policy_names_no_more_than_the_poll_can_read() {
    let jobs: Vec<String> = (0..=MOST_JOBS).map(|at| format!(r#""etl-{at}": {{}}"#)).collect();
    let text = format!(
        r#"{{"version": 1, "databases": {{"a": {{"kind": "rds", "identifier": "a"}}}}, "jobs": {{{}}}}}"#,
        jobs.join(",")
    );
    assert_eq!(mistakes(&text), ["jobs: names 101. Allowed: at most 100 jobs"]);
    let tables = vec!["\"a.b\""; MOST_TABLES + 1].join(",");
    assert_eq!(
        told(&format!(r#"{{"tables": [{tables}]}}"#)),
        "jobs.etl.tables: is a list of 201. Allowed: at most 200"
    );
}
