//! Where the live database is.

use super::*;
use crate::database::Engine;
use crate::tables::Keep;

const SECRET: &str = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:tables-abc";

fn live(rest: &str) -> String {
    one("aurora", &format!(r#""live": {{{rest}}}"#))
}

#[test]
fn a_live_database_is_read_with_its_defaults() {
    let text = live(&format!(
        r#""endpoint": "prod.example", "database": "app", "engine": "aurora-mysql",
           "login": {{"method": "secret", "secret_arn": "{SECRET}"}}"#
    ));
    let policy = Policy::parse(&text).unwrap();
    let live = policy.database("a").unwrap().live.as_ref().unwrap();
    assert_eq!((live.port, live.largest_bytes(), live.keep), (3306, 50 << 30, Keep { last: 3, days: 14 }));
    assert_eq!(live.engine, Engine::from("aurora-mysql"));
    let iam = r#""endpoint": "h", "database": "app", "engine": "postgres", "login": {"method": "iam", "user": "tables"},
        "port": 6432, "largest_gib": 2, "keep_last": 1, "keep_days": 7"#;
    let policy = Policy::parse(&live_of(iam)).unwrap();
    assert_eq!(policy.database("a").unwrap().live.as_ref().unwrap().port, 6432);
}

fn live_of(rest: &str) -> String {
    live(rest)
}

#[test]
fn a_mistake_in_it_names_its_place() {
    let good = r#""endpoint": "h", "database": "app", "engine": "postgres", "login": {"method": "iam", "user": "u"}"#;
    let table = [
        (good.replace("\"h\"", "\"h:5432\""), "databases.a.live.endpoint: is \"h:5432\""),
        (good.replace("\"postgres\"", "\"postgresql\""), "databases.a.live.engine: is \"postgresql\""),
        (good.replace("\"iam\"", "\"secret\""), "databases.a.live.login.user: is set"),
        (good.replace("\"iam\"", "\"managed_secret\""), "databases.a.live.login.method: is \"managed_secret\""),
        (good.replace(", \"user\": \"u\"", ""), "databases.a.live.login.user: is missing"),
        (format!("{good}, \"keep_last\": 0"), "databases.a.live.keep_last: is 0"),
        (format!("{good}, \"large_gib\": 5"), "databases.a.live.large_gib: is an unknown key"),
        ("\"port\": 1".to_owned(), "databases.a.live.endpoint: is missing"),
    ];
    for (text, said) in table {
        let told = mistakes(&live(&text));
        assert!(told.iter().any(|line| line.starts_with(said)), "{said}\n{told:?}");
    }
    let documentdb = one("documentdb", &format!("\"live\": {{{good}}}"));
    assert!(
        mistakes(&documentdb).iter().any(|line| line.contains("no tables to back up")),
        "{:?}",
        mistakes(&documentdb)
    );
}
