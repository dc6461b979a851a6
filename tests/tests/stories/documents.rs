//! Drills of DocumentDB: clusters that come up protected, and what is in them asked over the wire.
//!
//! No real DocumentDB can be had here. A double of ours answers for the copies (`src/mongo_double/`), with TLS, with logins that
//! are checked against the password that RDS manages, and with documents.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tests::mongo_double::{Double, shop};
use tests::stack::Call;
use tests::story::{Story, now};

use super::verdict;

/// How a cluster comes out of a snapshot
const FROM_A_SNAPSHOT: &str = "RestoreDBClusterFromSnapshot";
/// What a data check may send: greetings, logins, reading, goodbyes
const READING: &str = "hello isMaster ismaster saslStart saslContinue buildInfo listDatabases listCollections listIndexes \
    aggregate find collStats usersInfo getMore killCursors endSessions";

fn checks() -> Value {
    json!([
        {"kind": "collection_count", "collection": "orders", "at_least": 10, "at_most": 10},
        {"kind": "freshness", "table": "orders", "column": "meta.at", "within": "24h"},
        {"kind": "indexes", "table": "orders", "names": ["by_user"]},
        {"kind": "damage"},
    ])
}

/// What each check of a drill came to, by its kind; one that was not asked came to nothing
fn outcomes(record: &Value) -> Vec<(&str, &str)> {
    let asked = record.pointer("/answers/checks").and_then(Value::as_array);
    asked.into_iter().flatten().map(|answer| (text(answer, "/check/kind"), text(answer, "/outcome"))).collect()
}

fn text<'a>(answer: &'a Value, path: &str) -> &'a str {
    answer.pointer(path).and_then(Value::as_str).unwrap_or_default()
}

/// Somebody logged in, and nothing but reading was sent
#[track_caller]
fn was_only_read(double: &Double) {
    let seen = double.seen();
    let names: BTreeSet<&str> = seen.iter().filter_map(|command| command.keys().next().map(String::as_str)).collect();
    assert!(names.contains("saslContinue") && names.contains("listIndexes"), "{names:?}");
    assert!(names.iter().all(|name| READING.split(' ').any(|known| known == *name)), "{names:?}");
}

#[test]
fn a_documentdb_cluster_is_restored_questioned_and_torn_down() {
    let drills = json!({"weekly": {"source": "point_in_time"}, "quarterly": {"source": "latest_snapshot"}});
    let story = Story::documents("papers", json!({"checks": checks(), "drills": drills}));
    let of_snapshot = story.stands_behind("drill-papers-quarterly-*", shop(now()));
    story.take_snapshot("papers-by-hand");
    let of_a_time = story.stands_behind("drill-papers-20*", shop(now()));
    // The first has nothing to compare its indexes with; the second has the first.
    for (drill, double, damage) in [("quarterly", &of_snapshot, "noted"), ("weekly", &of_a_time, "passed")] {
        let run = story.start(drill);
        story.drill_to_the_end();
        let records = story.closed_records();
        let record = records.iter().find(|record| record["run"] == *run).unwrap();
        assert_eq!(record["verdict"]["because"], "checks_passed", "{record:#}");
        let wanted =
            [("collection_count", "passed"), ("freshness", "passed"), ("indexes", "passed"), ("damage", damage)];
        assert_eq!(outcomes(record), wanted, "{run}");
        was_only_read(double);
    }
    story.promises_are_kept();
    for operation in ["RestoreDBClusterToPointInTime", FROM_A_SNAPSHOT] {
        assert_eq!(story.done(operation), 1, "{operation}");
        assert!(story.calls(operation).iter().all(Call::was_done), "none was refused");
    }
    assert_eq!((story.done("CreateDBInstance"), story.done("DeleteDBCluster")), (2, 2));
}

#[test]
fn a_documentdb_copy_with_half_of_its_documents_fails_the_drill() {
    let story = Story::documents("scraps", json!({"checks": checks()}));
    let double = story.stands_behind("drill-scraps-*", shop(now()));
    double.change(|data| data.collection("app", "orders").documents.truncate(5));
    story.start("weekly");
    story.drill_to_the_end();
    assert_eq!(story.verdict(), verdict("failed", "checks_failed"));
    assert_eq!(outcomes(&story.record())[..2], [("collection_count", "failed"), ("freshness", "passed")]);
    was_only_read(&double);
    story.promises_are_kept();
    let (subject, text) = story.mail();
    assert!(subject.starts_with("[FAIL] scraps/weekly: "), "{subject}");
    assert!(text.contains("documents in orders") && text.contains("found 5"), "{text}");
}

#[test]
fn a_documentdb_copy_that_nobody_answers_for_is_asked_three_times_and_proves_nothing() {
    let story = Story::documents("silence", json!({"checks": checks()}));
    story.nobody_stands_behind("drill-silence-*");
    let run = story.start("weekly");
    story.ask_in_vain(&run, 2);
    story.drill_to_the_end();
    assert_eq!(story.object(&format!("checks/{run}.json")).unwrap()["attempt"], 3);
    // It came up, and what is in it could not be asked. That is no pass.
    let record = story.record();
    assert_eq!(record["verdict"]["word"], "inconclusive", "{record:#}");
    assert_eq!(record["answers"]["trouble"]["kind"], "network", "{record:#}");
    let nothing = [("collection_count", ""), ("freshness", ""), ("indexes", ""), ("damage", "")];
    assert_eq!(outcomes(&record), nothing);
    story.promises_are_kept();
    assert_eq!((story.done("CreateDBInstance"), story.done("DeleteDBCluster")), (1, 1));
}
