//! Cutting over to a copy by request, and back again; and every refusal.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use serde_json::json;
use tests::stack::stack;
use tests::story::{Story, text};

/// A recovery that is handed over: three orders in the copy, none in the source. Its login cannot be used, so its data was not
/// asked.
fn handed_over(story: &Story) -> String {
    story.sql("CREATE TABLE orders AS SELECT n FROM generate_series(1, 3) n");
    story.settled(600);
    let run = story.recover("5m ago");
    story.recover_to_the_end(&run);
    story.sql("DELETE FROM orders");
    run
}

fn by_proxy(run: &str, proxy: &str) -> serde_json::Value {
    json!({"run": run, "cut_over": {"proxy": proxy}, "despite_failed_checks": true})
}

fn by_name(run: &str) -> serde_json::Value {
    json!({"run": run, "cut_over": {"swap_names": true}, "despite_failed_checks": true})
}

#[test]
fn a_proxy_is_pointed_at_the_copy_and_back() {
    let story = Story::aurora("gate", json!({}));
    let proxy = story.proxy();
    let run = handed_over(&story);
    let source = story.source();
    story.emergency(&by_proxy(&run, &proxy)).ok();
    assert_eq!(story.cut_over_to_the_end(&run), "copy");
    let healthy = |cluster: &str, member: &str| {
        vec![(cluster.to_owned(), None), (member.to_owned(), Some("AVAILABLE".to_owned()))]
    };
    assert_eq!(story.targets(&proxy), healthy(&run, &format!("{run}-1")));
    let (_, mail) = story.mail_about("cut over, applications reach the copy");
    assert!(mail.contains("undo_cut_over"), "{mail}");
    // The same once more changes nothing; another way is refused.
    let since = stack().call_count();
    story.emergency(&by_proxy(&run, &proxy)).ok();
    assert_eq!(story.changing_calls(since).len(), 0);
    let refused = story.emergency(&by_name(&run)).red();
    assert!(refused.contains("Undo those first"), "{refused}");

    story.emergency(&json!({"run": run, "undo_cut_over": true})).ok();
    assert_eq!(story.cut_over_to_the_end(&run), "source");
    assert_eq!(story.targets(&proxy), healthy(&source, &format!("{source}-writer")));
    assert!(story.mail_about("put back, applications reach the source").0.starts_with("[INFO]"));
    story.nothing_was_deleted();
    story.mails_fit();
}

#[test]
fn names_are_swapped_with_their_instances_and_back() {
    let story = Story::aurora("swap", json!({}));
    let run = handed_over(&story);
    let (source, member) = (story.source(), format!("{}-writer", story.source()));
    assert_eq!(story.sql("SELECT count(*) FROM orders"), "0");
    story.emergency(&by_name(&run)).ok();
    assert_eq!(story.cut_over_to_the_end(&run), "copy");
    assert_eq!(story.sql("SELECT count(*) FROM orders"), "3", "applications find the copy under the old name");
    assert_eq!(story.listed("cluster", &source, "DBInstanceIdentifier"), [&*member]);
    let stamp = run.rsplit('-').next().unwrap();
    let aside = format!("{source}-before-{stamp}");
    assert_eq!(story.sql_of(&aside, "SELECT count(*) FROM orders"), "0", "the source is aside, whole");
    assert_eq!(story.listed("cluster", &aside, "DBInstanceIdentifier"), [format!("{member}-before-{stamp}")]);

    story.emergency(&json!({"run": run, "undo_cut_over": true})).ok();
    assert_eq!(story.cut_over_to_the_end(&run), "source");
    assert_eq!(story.sql("SELECT count(*) FROM orders"), "0");
    assert_eq!(story.sql_of(&run, "SELECT count(*) FROM orders"), "3");
    assert_eq!(story.listed("cluster", &source, "DBInstanceIdentifier"), [member]);
    // And there again: nothing of an earlier time is in the way.
    story.emergency(&by_name(&run)).ok();
    assert_eq!(story.cut_over_to_the_end(&run), "copy");
    assert_eq!(story.sql("SELECT count(*) FROM orders"), "3");
    story.nothing_was_deleted();
}

#[test]
fn a_proxy_that_never_becomes_healthy_is_put_back_and_people_are_told() {
    let story = Story::aurora("sickgate", json!({}));
    let proxy = story.proxy();
    let run = handed_over(&story);
    stack().target_stays(&proxy, &format!("{run}-*"), "UNAVAILABLE", Some("AUTH_FAILURE"));
    story.emergency(&by_proxy(&run, &proxy)).ok();
    let registered = |record: &serde_json::Value| record.pointer("/cut_over/asked").is_some_and(|it| !it.is_null());
    story.recover_until(&run, "the copy is registered", registered);
    // Nobody waits for ever.
    story.age_recoveries(SignedDuration::from_mins(16));
    assert_eq!(story.cut_over_to_the_end(&run), "source");
    let source = story.source();
    let member = (format!("{source}-writer"), Some("AVAILABLE".to_owned()));
    assert_eq!(story.targets(&proxy), [(source, None), member]);
    let (subject, mail) = story.mail_about("cut-over failed and was put back");
    assert!(subject.starts_with("[ALERT]") && mail.contains("not healthy behind the proxy"), "{subject}\n{mail}");
    assert!(mail.contains("Applications reach the source, as before"), "{mail}");
    story.nothing_was_deleted();
}

#[test]
fn a_cut_over_that_is_not_right_is_refused_and_nothing_moves() {
    let story = Story::aurora("warded", json!({}));
    let proxy = story.proxy();
    story.seed_orders();
    let run = story.recover("latest");
    let since = stack().call_count();
    let refused = |wish: &serde_json::Value, words: &str| {
        let red = story.emergency(wish).red();
        assert!(red.contains("nothing was cut over") && red.contains(words), "{words}: {red}");
    };
    // Its writer never comes up: there is no copy yet to cut over to.
    let pin = stack().pin("instance", &format!("{run}-1"), "creating");
    story.recover_until(&run, "the writer is asked for", |it| text(it, "/phase") == "building");
    refused(&by_proxy(&run, &proxy), "is not handed over");
    stack().unpin(pin);
    story.recover_to_the_end(&run);
    let before = stack().call_count();
    refused(&json!({"run": run, "cut_over": {"proxy": proxy}}), "could not be asked");
    let pin = stack().pin("cluster", &run, "modifying");
    refused(&by_proxy(&run, &proxy), "is modifying, not available");
    stack().unpin(pin);
    let other = format!("{}-else", story.source());
    stack().proxy(&story.cloud.region, "proxy-of-another", Some(("cluster", &run)));
    stack().proxy(&story.cloud.region, "proxy-of-nothing", None);
    refused(&by_proxy(&run, "proxy-of-another"), "It points at the copy already");
    refused(&by_proxy(&run, "proxy-of-nothing"), "points at nothing");
    refused(&by_proxy(&run, &other), "could not be looked at");
    let unknown = story.emergency(&by_proxy("recovery-warded-20200101000000", &proxy)).red();
    assert!(unknown.contains("not known"), "{unknown}");
    let undo = story.emergency(&json!({"run": run, "undo_cut_over": true})).red();
    assert!(undo.contains("never cut over"), "{undo}");
    assert_eq!(story.changing_calls(before).len(), 0, "nothing moved");
    assert_eq!(story.done_since(since, "DeregisterDBProxyTargets", &json!({})), 0);
    assert_eq!(story.targets(&proxy)[0].0, story.source());
}

#[test]
fn a_writer_and_its_readers_and_a_lone_instance_take_the_names_of_theirs() {
    for (name, engine) in [("caravan", "aurora-postgresql"), ("loner", "postgres")] {
        let story = Story::whole(name, engine, json!({"checks": []}));
        story.sql("CREATE TABLE orders AS SELECT n FROM generate_series(1, 3) n");
        story.settled(600);
        let run = story.recover("5m ago");
        story.recover_to_the_end(&run);
        story.sql("DELETE FROM orders");
        let source = story.source();
        let kind = if engine == "postgres" { "instance" } else { "cluster" };
        let members =
            |of: &str| story.listed("cluster", of, "DBInstanceIdentifier").into_iter().collect::<BTreeSet<_>>();
        let before = if kind == "cluster" { members(&source) } else { BTreeSet::new() };
        story.emergency(&by_name(&run)).ok();
        assert_eq!(story.cut_over_to_the_end(&run), "copy");
        let aside = format!("{source}-before-{}", run.rsplit('-').next().unwrap());
        assert_eq!(story.sql("SELECT count(*) FROM orders"), "3", "{engine}");
        assert_eq!(story.sql_of(&aside, "SELECT count(*) FROM orders"), "0", "{engine}");
        if kind == "cluster" {
            assert_eq!((before.len(), members(&source)), (3, before.clone()));
            assert_eq!(members(&aside).len(), 3);
        }
        story.emergency(&json!({"run": run, "undo_cut_over": true})).ok();
        assert_eq!(story.cut_over_to_the_end(&run), "source");
        assert_eq!(story.sql("SELECT count(*) FROM orders"), "0", "{engine}");
        if kind == "cluster" {
            assert_eq!(members(&source), before);
        }
        story.nothing_was_deleted();
    }
}

#[test]
fn a_name_aside_that_somebody_has_turns_the_swap_back() {
    let story = Story::aurora("cuckoo", json!({}));
    let run = handed_over(&story);
    let (source, member) = (story.source(), format!("{}-writer", story.source()));
    let aside = format!("{source}-before-{}", run.rsplit('-').next().unwrap());
    let theirs = [
        ("DBClusterIdentifier", aside.as_str()),
        ("Engine", "aurora-postgresql"),
        ("MasterUsername", "app"),
        ("MasterUserPassword", "correct-horse-9"),
    ];
    drop(story.cloud.rds("CreateDBCluster", &theirs).ok());
    story.cloud.until_available("cluster", &aside);
    story.emergency(&by_name(&run)).ok();
    // It is tried for some minutes: the name may become free.
    let turned = |record: &serde_json::Value| {
        story.pass_the_lease_of_recoveries();
        text(record, "/cut_over/direction") == "back"
    };
    story.recover_until(&run, "it turns back", turned);
    assert_eq!(story.cut_over_to_the_end(&run), "source");
    assert_eq!(story.listed("cluster", &source, "DBInstanceIdentifier"), [member], "its instance has its name again");
    assert_eq!(story.sql("SELECT count(*) FROM orders"), "0");
    let (subject, mail) = story.mail_about("cut-over failed and was put back");
    assert!(subject.starts_with("[ALERT]") && mail.contains(&aside), "{subject}\n{mail}");
    story.nothing_was_deleted();
}
