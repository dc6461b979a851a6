//! A job whose tables are backed up before it runs: what it ruins comes back, by the command of the mail or by itself.

use serde_json::json;
use tests::story::{Story, commands_in, requests_to, text};

const JOB: &str = "daily-etl";
const RUN: &str = "jr_5e1f0a0000000000000000000000000000000000000000000000000000000001";

/// Forty orders of three lines each, guarded
fn granary(name: &'static str) -> Story {
    let story = Story::aurora(name, json!({}));
    let checks = json!([{"kind": "row_count", "table": "public.orders", "at_least": 40}]);
    let tables = ["public.orders", "public.lines"];
    story.guard(JOB, json!({"tables": tables, "checks": checks, "on_failure": "restore"}));
    story.sql(
        "CREATE TABLE orders (n int PRIMARY KEY, created_at timestamptz NOT NULL DEFAULT now());
         CREATE TABLE lines (n int CONSTRAINT of_order REFERENCES orders, line int, PRIMARY KEY (n, line));
         INSERT INTO orders SELECT generate_series(1, 40);
         INSERT INTO lines SELECT n, line FROM orders, generate_series(1, 3) AS line;",
    );
    story.settled(3600);
    story
}

fn counts(story: &Story) -> String {
    story.sql("SELECT (SELECT count(*) FROM orders), (SELECT count(*) FROM lines)")
}

#[test]
fn what_a_job_wiped_comes_back_by_the_commands_of_the_mail() {
    let story = granary("granary");
    story.listen_to_glue();
    let made = story.table_backup(&json!({"backup": {"job": JOB}, "job_run": RUN})).ok();
    let backup = text(&made, "/backup").to_owned();
    assert_eq!(made["tables"].as_array().map(Vec::len), Some(2), "{made:#}");
    story.wipe(&["lines", "orders"]);
    assert_eq!(counts(&story), "0|0");
    story.job_failed(JOB, Some(RUN), true);
    let (subject, mail) = story.mail();
    assert!(
        subject.starts_with("[ALERT] daily-etl FAILED") && mail.contains("taken for this run"),
        "{subject}\n{mail}"
    );
    let asked = requests_to("table-backup", &mail);
    assert_eq!(asked.len(), 2, "one for each table:\n{mail}");
    assert!(asked.iter().all(|request| text(request, "/restore/backup") == backup), "{asked:#?}");

    // Pasted as they stand in the mail; the first stands in it twice.
    let mut commands = commands_in(&mail);
    commands.retain(|command| command.contains("table-backup"));
    for command in commands.iter().skip(1) {
        let answer = story.run_table_backup(command);
        assert_eq!(text(&answer, "/state"), "restored", "{command}: {answer:#}");
    }
    assert_eq!(counts(&story), "40|120");
    assert_eq!(story.sql("SELECT count(*) FROM pg_constraint WHERE conname = 'of_order' AND convalidated"), "1");

    // It was the wrong thing after all: the same requests the other way round.
    for table in ["public.lines", "public.orders"] {
        story.table_backup(&json!({"restore": {"database": story.name, "table": table, "undo": true}})).ok();
    }
    assert_eq!(counts(&story), "0|0");
}

#[test]
fn what_a_job_ruined_is_put_back_by_the_request_after_it_and_told() {
    let story = granary("silo");
    story.table_backup(&json!({"backup": {"job": JOB}, "job_run": RUN})).ok();
    let after = json!({"verify": {"job": JOB, "job_run": RUN}});
    assert_eq!(story.table_backup(&after).ok()["verdict"], "passed");
    assert_eq!(story.mails().len(), 0, "nobody is told of what is well");
    story.wipe(&["lines", "orders"]);
    let put = story.table_backup(&after).ok();
    assert_eq!((text(&put, "/verdict"), &put["well_again"]), ("failed", &json!(true)), "{put:#}");
    assert_eq!(counts(&story), "40|120");
    let (subject, mail) = story.mail();
    assert!(subject.starts_with("[FAIL]") && subject.contains("2 put back"), "{subject}");
    assert!(mail.contains("PUT BACK") && mail.contains("rows") && mail.contains("the checks pass"), "{mail}");
    // The mail's own way to take it back
    let undo = requests_to("table-backup", &mail);
    assert_eq!(undo.len(), 2, "{mail}");
    for request in undo.iter().rev() {
        story.table_backup(request).ok();
    }
    assert_eq!(counts(&story), "0|0");
}

#[test]
fn a_job_can_depend_on_its_backup() {
    let story = granary("barn");
    story.sql("DROP TABLE lines");
    let said = story.table_backup(&json!({"backup": {"job": JOB}, "job_run": RUN})).red();
    assert!(said.contains("public.lines"), "{said}");
    assert_eq!(story.table_backup(&json!({"list": story.name})).ok()["copies"], json!([]), "nothing is half-made");
    assert!(story.cloud.keys(&story.bucket(), "tables/").is_empty());
    // So glue-alert promises none of it.
    story.job_failed(JOB, Some(RUN), false);
    story.glue_alert(&json!({"tick": true})).ok();
    let (_, mail) = story.mail();
    assert!(mail.contains("No backup of its tables") && requests_to("table-backup", &mail).is_empty(), "{mail}");
}
