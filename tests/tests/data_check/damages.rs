//! Every damage of the list, done to a copy of one shop, and the checks that are for it.

use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;

use lifeboat::sql::{AnySession, Session as _};
use lifeboat::verify::{CheckAnswer, Found, Outcome, judge_check};
use serde_json::Value;
use tests::postgres::Server;

use crate::shop::{DAMAGES, Damaged, How, ROLES_BACK, SHOP, policy};
use crate::world::{Database, RESTORED_TO, ask};

type Answers = BTreeMap<&'static str, CheckAnswer>;

/// A copy of the shop, as a restore would bring it back
fn copy_of(shop: &Database, number: usize, on_disk: bool) -> Database {
    let name = format!("copy{number}");
    // Copied file by file where the files matter: older servers know no other way.
    let server = &shop.server;
    let files =
        if on_disk && server.sql("postgres", "SHOW server_version_num").unwrap().parse::<u32>().unwrap() >= 150_000 {
            " STRATEGY file_copy"
        } else {
            ""
        };
    server.sql("postgres", &format!("CREATE DATABASE {name} TEMPLATE {}{files}", shop.name)).unwrap();
    Database { server: Arc::clone(server), name }
}

fn damage(copy: &Database, how: &How) {
    let file = |relation: &str| {
        let path = copy.sql(&format!("SELECT pg_relation_filepath('{relation}')"));
        copy.server.data().join(path)
    };
    match how {
        How::Sql(sql) => drop(copy.sql(&format!("SET allow_system_table_mods = on; {sql}"))),
        How::Steps(steps) => steps.iter().for_each(|step| {
            let _ = copy.server.sql_with(&copy.name, step, "-c allow_system_table_mods=on");
        }),
        How::EmptyFile(relation) => fs::File::options().write(true).open(file(relation)).unwrap().set_len(0).unwrap(),
        How::RemoveFile(relation) => fs::remove_file(file(relation)).unwrap(),
        How::CutLongValues(table) => {
            let hidden =
                copy.sql(&format!("SELECT reltoastrelid::regclass FROM pg_class WHERE oid = '{table}'::regclass"));
            fs::File::options().write(true).open(file(&hidden)).unwrap().set_len(8192).unwrap();
        }
    }
}

async fn answer(session: &mut AnySession, check: &Value, earlier: Option<&Found>) -> CheckAnswer {
    let parsed = serde_json::from_value(check.clone()).unwrap();
    match ask(session, check).await {
        Ok(found) => judge_check(&parsed, found, RESTORED_TO.parse().unwrap(), earlier, 1),
        Err(error) => CheckAnswer::not_asked(&parsed, &error.to_string()),
    }
}

/// The answers to the whole policy, compared with those of the last passed drill
async fn answers(copy: &Database, earlier: &Answers) -> Answers {
    let mut session = copy.open().await;
    let mut answers = Answers::new();
    for (word, check) in policy() {
        let found = earlier.get(word).and_then(|answer| answer.value.clone());
        answers.insert(word, answer(&mut session, &check, found.as_ref()).await);
    }
    session.close().await;
    answers
}

fn alarms(answers: &Answers) -> Vec<String> {
    let bad = answers.iter().filter(|(_, answer)| answer.outcome != Outcome::Passed);
    bad.map(|(word, answer)| format!("{word}: {:?}, {}", answer.outcome, answer.found)).collect()
}

/// What is wrong with how a damage was noticed; nothing where all is well
fn missed(damaged: &Damaged, answers: &Answers) -> Option<String> {
    let failed = |word: &&str| answers[*word].outcome == Outcome::Failed;
    let by_all = damaged.caught_by.iter().all(failed);
    let said = damaged.caught_by.first().is_some_and(|word| answers[word].found.contains(damaged.says));
    (!by_all || !said).then(|| format!("{}: {:#?}", damaged.what, alarms(answers)))
}

#[tokio::test]
async fn twenty_kinds_of_damage_are_caught_and_a_healthy_copy_is_not() {
    // A server of its own: roles are the server's, and other tests make some.
    let server = Arc::new(Server::start(true).unwrap());
    let shop = Database { server, name: "shop".to_owned() };
    shop.server.sql("postgres", "CREATE DATABASE shop").unwrap();
    // A transaction cannot both add rows and let a file copy see them; nothing here is in a transaction with the next.
    shop.sql(SHOP);
    shop.server.sql("postgres", "CHECKPOINT").unwrap();

    // The first drill has nothing to compare with; what it found is what the later ones are compared with.
    let first = answers(&copy_of(&shop, 0, false), &Answers::new()).await;
    for (word, answer) in &first {
        let compares = ["unchanged", "schema_unchanged", "grants_unchanged", "indexes"].contains(word);
        let fine = if compares { Outcome::Noted } else { Outcome::Passed };
        assert_eq!(answer.outcome, fine, "{word}: {}", answer.found);
    }
    assert!(
        matches!(&first["damage"].value, Some(Found::Damages { left_out, .. }) if left_out.is_empty()),
        "{first:?}"
    );
    let healthy = answers(&copy_of(&shop, 1, false), &first).await;
    assert_eq!(alarms(&healthy), Vec::<String>::new());
    assert_eq!(
        healthy.values().map(|answer| answer.value.clone()).collect::<Vec<_>>(),
        first.values().map(|answer| answer.value.clone()).collect::<Vec<_>>()
    );

    let mut wrong = Vec::new();
    for (number, damaged) in DAMAGES.iter().enumerate() {
        let copy = copy_of(&shop, number + 2, !matches!(damaged.how, How::Sql(_) | How::Steps(_)));
        damage(&copy, &damaged.how);
        wrong.extend(missed(damaged, &answers(&copy, &first).await));
        for back in ROLES_BACK {
            let _ = copy.server.sql("postgres", back);
        }
    }
    assert!(wrong.is_empty(), "{} of {}\n{}", wrong.len(), DAMAGES.len(), wrong.join("\n"));
    // And what the damages did to the server was put back: they were each caught for themselves.
    assert_eq!(alarms(&answers(&copy_of(&shop, 999, true), &first).await), Vec::<String>::new());
}

#[test]
fn every_check_is_for_some_damage() {
    assert!(DAMAGES.len() >= 20);
    for (word, _) in policy() {
        assert!(DAMAGES.iter().any(|damaged| damaged.caught_by.contains(&word)), "{word}");
    }
}

/// `cargo test -p tests --test data_check -- --nocapture the_list` prints it for whoever writes documentation.
#[test]
fn the_list_of_damages_reads_as_a_table() {
    println!("| damage | caught by |\n|---|---|");
    for Damaged { what, caught_by, .. } in DAMAGES {
        println!("| {what} | {} |", caught_by.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", "));
        assert!(!what.contains('|') && !caught_by.is_empty(), "{what}");
    }
}
