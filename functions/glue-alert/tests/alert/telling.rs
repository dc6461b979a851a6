//! A failure is one mail, however often and in whatever order it is told.

use lifeboat::fault::Class;
use lifeboat::glue::Run;
use serde_json::json;

use crate::world::{JOB, Sim, Trouble, broken, event, failed, run};

#[tokio::test]
async fn a_failure_is_one_mail_in_its_own_invocation() {
    let sim = broken();
    let answer = sim.send(event("jr_bad", "FAILED")).await.unwrap();
    assert_eq!(sim.subjects(), ["[ALERT] daily-etl FAILED after 12 min 0 s: orders"]);
    assert_eq!((answer["open"].as_u64(), answer["looked_at"].clone()), (Some(1), json!([JOB])));
    assert!(answer["message"].as_str().unwrap().contains("[ALERT] daily-etl FAILED"));
    assert_eq!(sim.metric("JobTroubles"), Some(1.0));
    assert_eq!(sim.metric("Heartbeat"), None, "an event is no sign that the poll lives");
    let body = sim.inside().mails[0].1.clone();
    assert!(body.contains("it ran out of memory") && body.contains("usually 25 min 0 s"), "{body}");
}

#[tokio::test]
async fn duplicates_and_polls_add_nothing() {
    let sim = broken();
    for _ in 0..3 {
        sim.send(event("jr_bad", "FAILED")).await.unwrap();
        sim.wait(15);
        sim.poll().await.unwrap();
    }
    assert_eq!(sim.subjects().len(), 1);
    assert_eq!(sim.metric("Heartbeat"), Some(1.0));
}

#[tokio::test]
async fn attempts_are_one_mail_and_their_success_is_told() {
    let sim = broken();
    sim.send(event("jr_bad", "FAILED")).await.unwrap();
    let attempt = |number: u32, state: &str, began: &str, ended: &str| Run {
        attempt: number,
        previous: Some("jr_bad".to_owned()),
        ..run(&format!("jr_bad_attempt_{number}"), state, began, ended)
    };
    sim.set("2026-11-19T22:40:00Z");
    sim.add(attempt(1, "FAILED", "2026-11-19T22:23:00Z", "2026-11-19T22:33:00Z"));
    sim.send(event("jr_bad_attempt_1", "FAILED")).await.unwrap();
    sim.poll().await.unwrap();
    assert_eq!(sim.subjects().len(), 1);
    sim.add(attempt(2, "SUCCEEDED", "2026-11-19T22:34:00Z", "2026-11-19T22:59:00Z"));
    sim.set("2026-11-19T23:00:00Z");
    sim.poll().await.unwrap();
    assert_eq!(sim.subjects()[1..], ["[RESOLVED] daily-etl is well again"]);
}

#[tokio::test]
async fn an_event_that_comes_after_the_next_good_run_is_one_mail_that_says_so() {
    let sim = broken();
    sim.add(run("jr_good", "SUCCEEDED", "2026-11-19T23:00:00Z", "2026-11-19T23:25:00Z"));
    sim.set("2026-11-19T23:30:00Z");
    // The success first, then the failure, then both again.
    for (id, state) in [("jr_good", "SUCCEEDED"), ("jr_bad", "FAILED"), ("jr_good", "SUCCEEDED"), ("jr_bad", "FAILED")]
    {
        sim.send(event(id, state)).await.unwrap();
        sim.poll().await.unwrap();
    }
    assert_eq!(sim.subjects(), ["[RESOLVED] daily-etl failed and is well again"]);
}

#[tokio::test]
async fn a_mail_that_is_known_to_be_lost_is_sent_by_the_next_one_that_looks() {
    let sim = broken();
    sim.trouble("send", Trouble::Fails(Class::Transient));
    let error = sim.send(event("jr_bad", "FAILED")).await.unwrap_err();
    assert!(error.message.contains("a mail about daily-etl"), "{}", error.message);
    sim.mend();
    sim.send(event("jr_bad", "FAILED")).await.unwrap();
    assert_eq!(sim.subjects().len(), 1);
}

#[tokio::test]
async fn a_mail_whose_reply_was_lost_is_sent_again_once_its_claim_is_old() {
    let sim = broken();
    sim.trouble("send", Trouble::LosesReply);
    sim.send(event("jr_bad", "FAILED")).await.unwrap_err();
    sim.mend();
    sim.send(event("jr_bad", "FAILED")).await.unwrap();
    assert_eq!(sim.subjects().len(), 1, "it did go out, and its claim stands");
    sim.wait(15);
    sim.poll().await.unwrap();
    sim.wait(15);
    sim.poll().await.unwrap();
    assert_eq!(sim.subjects().len(), 2, "told twice is better than not at all");
}

#[tokio::test]
async fn ten_at_once_tell_once() {
    let sim = broken();
    sim.put("jobs.json", r#"{"version": 1, "jobs": {}}"#);
    let events = (0..5).map(|_| event("jr_bad", "FAILED"));
    let all = events.chain((0..5).map(|_| json!({"tick": true})));
    let answers = futures_util::future::join_all(all.map(|event| sim.send(event))).await;
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    assert_eq!(sim.subjects().len(), 1);
    // And where there is no memory yet.
    let sim = broken();
    futures_util::future::join_all((0..10).map(|_| sim.send(event("jr_bad", "FAILED")))).await;
    assert_eq!(sim.subjects().len(), 1);
}

#[tokio::test]
async fn two_failures_at_once_are_two_mails() {
    let sim = broken();
    sim.send(event("jr_bad", "FAILED")).await.unwrap();
    sim.set("2026-11-19T23:30:00Z");
    sim.add(run("jr_worse", "FAILED", "2026-11-19T23:00:00Z", "2026-11-19T23:25:00Z"));
    sim.send(event("jr_worse", "FAILED")).await.unwrap();
    assert_eq!(sim.subjects().len(), 2);
}

#[tokio::test]
async fn what_cannot_be_read_hides_no_failure() {
    // Glue's list, the database, the bucket's lists: the mail goes out with what is known.
    for (call, class) in [
        ("job_runs", Class::Permission),
        ("job_runs", Class::Transient),
        ("cluster", Class::Permission),
        ("list tables/", Class::Transient),
        ("list runs/", Class::Transient),
        ("measure", Class::Transient),
    ] {
        let sim = broken();
        sim.trouble(call, Trouble::Fails(class));
        let answer = sim.send(event("jr_bad", "FAILED")).await;
        assert_eq!(sim.subjects().len(), 1, "{call}");
        let red = call == "measure" || (call == "job_runs" && class == Class::Permission);
        assert_eq!(answer.is_err(), red, "{call}: {answer:?}");
        sim.mend();
        sim.wait(15);
        sim.poll().await.unwrap();
        assert_eq!(sim.subjects().len(), 1, "{call}");
    }
}

#[tokio::test]
async fn a_policy_that_cannot_be_read_hides_no_failure_and_is_red() {
    for text in ["{", ""] {
        let sim = broken();
        sim.put("policy.json", text);
        assert!(sim.send(event("jr_bad", "FAILED")).await.is_err());
        let body = sim.inside().mails[0].1.clone();
        assert!(body.contains("The policy could not be read"), "{body}");
        assert!(sim.poll().await.is_err());
        sim.put("policy.json", crate::world::POLICY);
        sim.poll().await.unwrap();
        assert_eq!(sim.subjects().len(), 1);
    }
}

#[tokio::test]
async fn an_event_that_says_too_little_and_a_list_that_cannot_be_read_are_red() {
    let sim = broken();
    sim.trouble("job_runs", Trouble::Fails(Class::Transient));
    let mut little = event("jr_bad", "FAILED");
    little["detail"].as_object_mut().unwrap().remove("jobRunId");
    let error = sim.send(little.clone()).await.unwrap_err();
    assert_eq!(error.kind, "Unavailable", "{}", error.message);
    sim.mend();
    sim.send(little).await.unwrap();
    assert_eq!(sim.subjects().len(), 1);
}

#[tokio::test]
async fn a_memory_that_cannot_be_written_is_red_and_an_event_is_told_all_the_same() {
    let sim = broken();
    sim.trouble("write", Trouble::Fails(Class::Permission));
    assert!(sim.poll().await.is_err());
    assert_eq!(sim.subjects().len(), 0, "the poll comes again");
    assert!(sim.send(event("jr_bad", "FAILED")).await.is_err());
    assert_eq!(sim.subjects().len(), 1);
    let sim = broken();
    sim.put("jobs.json", "{");
    assert!(sim.send(event("jr_bad", "FAILED")).await.unwrap_err().message.contains("jobs.json cannot be read"));
}

#[tokio::test]
async fn a_job_that_the_policy_does_not_name_is_told_too() {
    let sim = Sim::new("2026-11-19T22:22:05Z");
    let mut stranger = event("jr_x", "FAILED");
    stranger["detail"]["jobName"] = json!("somebody-elses");
    sim.send(stranger.clone()).await.unwrap();
    sim.send(stranger).await.unwrap();
    assert_eq!(sim.subjects().len(), 1);
    assert!(sim.inside().mails[0].1.contains("the policy has no jobs.somebody-elses"));
}

#[tokio::test]
async fn a_quiet_poll_writes_nothing() {
    let sim = Sim::new("2026-11-19T03:00:00Z");
    sim.poll().await.unwrap();
    sim.wait(15);
    sim.inside().calls.clear();
    sim.poll().await.unwrap();
    let calls = sim.inside().calls.clone();
    assert_eq!(calls, ["read policy.json", "job_runs daily-etl", "read jobs.json", "measure "]);
    sim.add(failed());
    sim.set("2026-11-19T22:30:00Z");
    sim.poll().await.unwrap();
    assert_eq!(sim.subjects().len(), 1);
}
