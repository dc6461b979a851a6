//! A check can only read, has an end, and tells nothing that it should not.

use std::time::{Duration, Instant};

use lifeboat::sql::{AskError, Session as _};
use lifeboat::verify::Found;
use serde_json::{Value, json};
use tests::mongo_double::Fault;

use crate::world::{LONG, ask, ask_within, every_check, open, shop_double};

/// What this driver may send of its own
const READS: [&str; 9] = [
    "buildInfo",
    "listDatabases",
    "listCollections",
    "listIndexes",
    "aggregate",
    "find",
    "collStats",
    "usersInfo",
    "rolesInfo",
];

/// What the library below it sends by itself: greetings, the login, the rest of a list, goodbyes
const OF_THE_LIBRARY: [&str; 7] =
    ["isMaster", "hello", "saslStart", "saslContinue", "getMore", "killCursors", "endSessions"];

const STAGES: [&str; 5] = ["$count", "$unwind", "$project", "$lookup", "$match"];

fn count() -> Value {
    json!({"kind": "collection_count", "collection": "orders", "at_least": 1})
}

#[tokio::test]
async fn nothing_but_reading_is_ever_sent_and_everything_has_an_end() {
    let double = shop_double();
    let mut session = open(&double).await;
    let unfit = [
        json!({"kind": "sql", "query": "{\"drop\": \"orders\"}", "expect": 1}),
        json!({"kind": "foreign_keys", "schema": "app"}),
    ];
    double.seen();
    for check in every_check().iter().chain(&unfit) {
        let answer = ask(&mut session, check).await;
        assert_eq!(answer.is_ok(), !unfit.contains(check), "{check}: {answer:?}");
        let seen = double.seen();
        assert_eq!(seen.is_empty(), unfit.contains(check), "{check}");
        for command in seen {
            let name = command.keys().next().unwrap().as_str();
            if OF_THE_LIBRARY.contains(&name) {
                continue;
            }
            assert!(READS.contains(&name), "{check} sent {command}");
            let millis = command.get_i32("maxTimeMS").unwrap_or_default();
            assert!((1..=60_000).contains(&millis), "{check} sent {command}");
            for stage in command.get_array("pipeline").cloned().unwrap_or_default() {
                let stage = stage.as_document().unwrap().keys().next().unwrap().clone();
                assert!(STAGES.contains(&stage.as_str()), "{stage}");
            }
        }
    }
    session.inventory(LONG).await.unwrap();
    session.close().await;
    let known = |name: &str| READS.contains(&name) || OF_THE_LIBRARY.contains(&name);
    assert!(double.seen().iter().all(|command| command.keys().next().is_some_and(|name| known(name))));
}

#[tokio::test]
async fn a_slow_check_is_cut_and_the_next_one_is_asked() {
    let double = shop_double();
    let mut session = open(&double).await;
    double.fault("aggregate", Fault::Slow(Duration::from_mins(10)));
    let within = Duration::from_millis(300);
    assert_eq!(ask_within(&mut session, &count(), within).await, Err(AskError::TimeUp(within)));
    double.heal("aggregate");
    assert_eq!(ask(&mut session, &count()).await, Ok(Found::Count(10)));
    assert_eq!(ask_within(&mut session, &count(), Duration::ZERO).await, Err(AskError::TimeUp(Duration::ZERO)));
}

#[tokio::test]
async fn a_server_that_does_not_keep_its_time_is_not_waited_for() {
    let double = shop_double();
    let mut session = open(&double).await;
    double.fault("aggregate", Fault::Deaf);
    let (within, started) = (Duration::from_millis(300), Instant::now());
    assert_eq!(ask_within(&mut session, &count(), within).await, Err(AskError::TimeUp(within)));
    assert!(started.elapsed() < Duration::from_mins(1));
    double.heal("aggregate");
    assert_eq!(ask(&mut session, &count()).await, Ok(Found::Count(10)));
}

#[tokio::test]
async fn a_lost_connection_costs_the_later_checks_and_says_so() {
    let double = shop_double();
    let mut session = open(&double).await;
    assert_eq!(ask(&mut session, &count()).await, Ok(Found::Count(10)));
    double.fault("aggregate", Fault::Cut);
    let cut = ask(&mut session, &count()).await;
    assert!(matches!(cut, Err(AskError::Lost(_))), "{cut:?}");
    let later = ask(&mut session, &json!({"kind": "tables", "at_least": 1})).await;
    assert_eq!(later, Err(cut.unwrap_err()));
    assert!(session.inventory(LONG).await.is_err());
}

#[tokio::test]
async fn a_list_that_breaks_off_is_no_list() {
    let double = shop_double();
    for fault in [Fault::Cut, Fault::Senseless, Fault::Refuse(43, "CursorNotFound")] {
        let mut session = open(&double).await;
        double.fault("getMore", fault);
        let found = ask(&mut session, &json!({"kind": "indexes", "table": "orders"})).await;
        assert!(found.is_err(), "{fault:?}: {found:?}");
        double.heal("getMore");
    }
}

#[tokio::test]
async fn a_refusal_names_its_code_and_repeats_nothing_else() {
    let double = shop_double();
    let mut session = open(&double).await;
    for check in every_check() {
        for command in ["listDatabases", "listCollections", "listIndexes", "aggregate", "find", "usersInfo"] {
            double.fault(command, Fault::Refuse(13, "Unauthorized"));
        }
        let error = ask(&mut session, &check).await.unwrap_err();
        assert!(matches!(error, AskError::RefusedWithCode { code: 13, .. }), "{check}: {error}");
        assert!(error.to_string().starts_with("the server refused it: the user may not read"), "{error}");
        assert!(!error.to_string().contains("secret-document"), "{error}");
    }
    double.fault("listCollections", Fault::Refuse(8000, "because {name: 'Ada'}"));
    let error = ask(&mut session, &count()).await.unwrap_err();
    assert_eq!(error.to_string(), "the server refused it: an error without a name, asked about app.orders (code 8000)");
}

#[tokio::test]
async fn an_answer_that_makes_no_sense_is_no_answer() {
    let double = shop_double();
    let mut session = open(&double).await;
    for command in ["listDatabases", "listCollections", "listIndexes", "aggregate", "find", "usersInfo", "rolesInfo"] {
        double.fault(command, Fault::Senseless);
    }
    for check in every_check() {
        let error = ask(&mut session, &check).await.unwrap_err();
        assert_eq!(error, AskError::Unfit("the server's answer could not be read".to_owned()), "{check}");
    }
    for command in ["listDatabases", "listCollections", "listIndexes"] {
        double.heal(command);
    }
    let error = ask(&mut session, &count()).await.unwrap_err();
    assert!(matches!(error, AskError::Unfit(_)), "{error}");
}

#[tokio::test]
async fn a_collection_that_goes_away_in_the_middle_is_missing() {
    let double = shop_double();
    let mut session = open(&double).await;
    double.fault("aggregate", Fault::Refuse(26, "NamespaceNotFound"));
    assert_eq!(ask(&mut session, &count()).await, Ok(Found::Missing("there is no app.orders".to_owned())));
}
