//! Decisions, phase by phase: what is seen, what is asked for, where the run goes.

use super::*;
use crate::fault::{Class, Fault};
use crate::verify::{Answers, Because, Found, VerdictWord, judge_check};

const PLACES: [Phase; 5] = [Phase::Planned, Phase::Restoring, Phase::Attaching, Phase::Opening, Phase::Checking];

/// The names of the acts, and the phase after the step
fn next(now: Timestamp, record: &Record, seen: &Observed) -> (Vec<String>, Phase) {
    let decision = decide(now, record, seen);
    (decision.acts.iter().map(Act::name).collect(), decision.next.phase)
}

fn acts(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn source() -> Observed {
    let facts = facts(Engine::AuroraPostgresql);
    let source = Source { facts: Seen::Present(facts), ..Source::nothing() };
    Observed { source: Some(source), ..Observed::nothing() }
}

fn good_answers(record: &Record) -> Answers {
    let check = &record.plan.checks[0];
    Answers {
        version: 1,
        run: RUN.to_owned(),
        attempt: 1,
        endpoint: "copy.rds.amazonaws.com:5432".to_owned(),
        database: "app".to_owned(),
        server_version: None,
        first_query_at: Some(at(20)),
        restored_to: None,
        finished_at: at(21),
        trouble: None,
        checks: vec![judge_check(check, Found::Count(7), at(-60), None, 2)],
    }
}

fn announced(mut record: Record, act: &str, minutes: i64, result: Option<Result<(), Class>>) -> Record {
    let asked = Asked { at: at(minutes), attempt: 1, state: ActState::Asked };
    record.acts.insert(act.to_owned(), asked);
    if let Some(result) = result {
        let fault = result.err().map(|class| Fault::new(class, "rds:Test", RUN, "Code", "a message"));
        outcome(&mut record, act, fault.as_ref().map_or(Ok(()), Err), at(minutes));
    }
    record
}

#[test]
fn the_way_of_a_good_drill() {
    let absent = || seen(Seen::Absent, Seen::Absent);
    let available = || Seen::Present(cluster("available"));
    let up = || Seen::Present(instance("available"));
    let secret = || Seen::Present(with_secret(cluster("available"), SecretState::Active));
    let aurora = |phase| record(Kind::Aurora, phase);
    let table = vec![
        (aurora(Phase::Planned), source(), acts(&[]), Phase::Restoring),
        (aurora(Phase::Restoring), absent(), acts(&["restore"]), Phase::Restoring),
        (aurora(Phase::Restoring), seen(Seen::Present(cluster("creating")), Seen::Absent), acts(&[]), Phase::Restoring),
        (aurora(Phase::Restoring), seen(available(), Seen::Absent), acts(&[]), Phase::Attaching),
        (aurora(Phase::Attaching), seen(available(), Seen::Absent), acts(&["attach"]), Phase::Attaching),
        (aurora(Phase::Attaching), seen(available(), Seen::Present(instance("creating"))), acts(&[]), Phase::Attaching),
        (aurora(Phase::Attaching), seen(available(), up()), acts(&[]), Phase::Opening),
        (aurora(Phase::Opening), seen(available(), up()), acts(&["open"]), Phase::Opening),
        (aurora(Phase::Opening), seen(secret(), up()), acts(&[]), Phase::Checking),
        (aurora(Phase::Checking), seen(secret(), up()), acts(&["ask"]), Phase::Checking),
        (
            aurora(Phase::TearingDown),
            seen(secret(), up()),
            acts(&[&format!("delete-instance:{RUN}-1")]),
            Phase::TearingDown,
        ),
        (
            aurora(Phase::TearingDown),
            seen(secret(), Seen::Present(instance("deleting"))),
            acts(&[&format!("delete-cluster:{RUN}")]),
            Phase::TearingDown,
        ),
        (aurora(Phase::TearingDown), Observed { leftovers: Some(vec![]), ..absent() }, acts(&[]), Phase::Closed),
        (aurora(Phase::Closed), absent(), acts(&["report", "mail", "metrics"]), Phase::Closed),
    ];
    for (record, seen, acts, phase) in table {
        assert_eq!(next(at(2), &record, &seen), (acts, phase), "in {:?}", record.phase);
    }
}

#[test]
fn the_way_of_an_rds_instance_has_no_attaching() {
    let rds = |phase| record(Kind::Rds, phase);
    let absent = || seen(Seen::Absent, Seen::Absent);
    let up = || seen(Seen::Absent, Seen::Present(alone("available")));
    assert_eq!(next(at(2), &rds(Phase::Restoring), &absent()), (acts(&["restore"]), Phase::Restoring));
    assert_eq!(next(at(2), &rds(Phase::Restoring), &up()), (acts(&[]), Phase::Opening));
    assert_eq!(
        next(at(2), &rds(Phase::TearingDown), &up()),
        (acts(&[&format!("delete-instance:{RUN}")]), Phase::TearingDown)
    );
}

#[test]
fn what_cannot_be_told_waits_and_never_acts() {
    let unknown = || Observed {
        source: Some(Source {
            facts: Seen::Unknown("throttled".to_owned()),
            snapshots: Seen::Unknown("throttled".to_owned()),
            ..Source::nothing()
        }),
        cluster: Seen::Unknown("throttled".to_owned()),
        instance: Seen::Unknown("throttled".to_owned()),
        answers: Seen::Unknown("throttled".to_owned()),
        ..Observed::nothing()
    };
    for phase in PLACES.into_iter().chain([Phase::TearingDown]) {
        let record = record(Kind::Aurora, phase);
        assert!(decide(at(2), &record, &unknown()).waits(&record), "in {phase:?}");
    }
}

#[test]
fn past_the_deadline_every_phase_ends_inconclusive_and_tears_down() {
    let unknown = seen(Seen::Unknown("throttled".to_owned()), Seen::Unknown("throttled".to_owned()));
    for phase in PLACES {
        let decision = decide(at(121), &record(Kind::Aurora, phase), &unknown);
        let verdict = decision.next.verdict.expect("a verdict");
        assert_eq!((verdict.word, verdict.because), (VerdictWord::Inconclusive, Because::Deadline), "in {phase:?}");
        assert_eq!(decision.next.phase, Phase::TearingDown);
    }
}

#[test]
fn what_came_up_while_nobody_looked_is_not_timed_out_for_it() {
    let up = seen(Seen::Present(cluster("available")), Seen::Present(instance("available")));
    assert_eq!(next(at(500), &record(Kind::Aurora, Phase::Restoring), &up).1, Phase::Attaching);
    let mut checking = announced(record(Kind::Aurora, Phase::Checking), "ask", 19, Some(Ok(())));
    checking.acts.get_mut("ask").unwrap().attempt = 1;
    let answered = Observed { answers: Seen::Present(good_answers(&checking)), ..up };
    let decision = decide(at(500), &checking, &answered);
    assert_eq!(decision.next.verdict.unwrap().word, VerdictWord::Passed);
}

#[test]
fn a_lost_reply_is_looked_up_and_not_asked_again() {
    let lost = announced(record(Kind::Aurora, Phase::Restoring), "restore", 1, Some(Err(Class::Unknown)));
    assert_eq!(lost.acts["restore"].state, ActState::Asked);
    let there = seen(Seen::Present(cluster("creating")), Seen::Absent);
    assert!(decide(at(2), &lost, &there).waits(&lost));
    let absent = seen(Seen::Absent, Seen::Absent);
    assert!(decide(at(2), &lost, &absent).waits(&lost), "within the lease somebody may still be on it");
    let decision = decide(at(3), &lost, &absent);
    assert_eq!((decision.acts.len(), decision.next.acts["restore"].attempt), (1, 2), "after it, once more");
}

#[test]
fn an_act_that_is_lost_again_and_again_ends_inconclusive() {
    let mut lost = announced(record(Kind::Aurora, Phase::Restoring), "restore", 1, None);
    lost.acts.get_mut("restore").unwrap().attempt = MAX_ATTEMPTS;
    assert_eq!(next(at(10), &lost, &seen(Seen::Absent, Seen::Absent)).1, Phase::TearingDown);
}

#[test]
fn a_copy_that_is_accepted_and_not_to_be_seen_is_waited_for() {
    let done = announced(record(Kind::Aurora, Phase::Restoring), "restore", 1, Some(Ok(())));
    let absent = seen(Seen::Absent, Seen::Absent);
    assert!(decide(at(2), &done, &absent).waits(&done));
    let verdict = decide(at(7), &done, &absent).next.verdict.unwrap();
    assert_eq!(verdict.because, Because::Interference);
}

#[test]
fn a_name_that_is_taken_is_neither_used_nor_removed() {
    let taken = announced(record(Kind::Aurora, Phase::Restoring), "restore", 1, Some(Err(Class::AlreadyExists)));
    let mut foreign = cluster("available");
    foreign.tags = Tags::from([("owner".to_owned(), "somebody".to_owned())]);
    let world = seen(Seen::Present(foreign), Seen::Absent);
    let decision = decide(at(2), &taken, &world);
    assert_eq!(decision.next.phase, Phase::TearingDown);
    assert_eq!(decision.next.verdict.as_ref().unwrap().because, Because::Interference);
    let after = decide(at(3), &decision.next, &Observed { leftovers: Some(vec![]), ..world });
    assert_eq!((after.acts.len(), after.next.phase), (0, Phase::Closed));
}

#[test]
fn a_quota_is_tried_again_once_after_making_room() {
    let absent = || seen(Seen::Absent, Seen::Absent);
    let full = announced(record(Kind::Aurora, Phase::Restoring), "restore", 1, Some(Err(Class::Quota)));
    assert_eq!(next(at(2), &full, &absent()).0, acts(&["sweep"]));
    let mut swept = announced(full, "sweep", 2, Some(Ok(())));
    assert_eq!(next(at(2), &swept, &absent()).0, acts(&["restore"]));
    swept.acts.get_mut("restore").unwrap().attempt = 2;
    let verdict = decide(at(3), &swept, &absent()).next.verdict.unwrap();
    assert_eq!((verdict.word, verdict.because), (VerdictWord::Inconclusive, Because::Quota));
}

#[test]
fn an_answer_counts_only_if_it_is_of_this_run_this_copy_and_an_asking_of_ours() {
    let checking = announced(record(Kind::Aurora, Phase::Checking), "ask", 19, Some(Ok(())));
    let copy = || seen(Seen::Present(with_secret(cluster("available"), SecretState::Active)), Seen::Absent);
    let answered = |change: &dyn Fn(&mut Answers)| {
        let mut answers = good_answers(&checking);
        change(&mut answers);
        decide(at(22), &checking, &Observed { answers: Seen::Present(answers), ..copy() }).next.verdict
    };
    assert_eq!(answered(&|_| {}).unwrap().word, VerdictWord::Passed);
    assert_eq!(answered(&|a| a.run = "drill-orders-202611151800".to_owned()), None, "another run");
    assert_eq!(answered(&|a| a.endpoint = "prod-orders.rds.amazonaws.com:5432".to_owned()), None, "another database");
    assert_eq!(answered(&|a| a.attempt = 2), None, "an asking that never was");
    assert_eq!(answered(&|a| a.attempt = 0), None, "an asking that never was");
}

#[test]
fn a_record_keeps_no_lists_of_objects() {
    let mut answers = good_answers(&record(Kind::Aurora, Phase::Checking));
    let objects = Found::Objects([("table users".to_owned(), "table".to_owned())].into());
    let mut listed = answers.checks[0].clone();
    listed.value = Some(objects);
    answers.checks.push(listed);
    let kept = without_bulk(&answers);
    assert_eq!((kept.checks[0].value.clone(), kept.checks[1].value.clone()), (Some(Found::Count(7)), None));
    assert_eq!(kept.checks[1].found, answers.checks[1].found, "what was said of it stays");
}

#[test]
fn a_tear_down_does_not_end_while_what_was_asked_for_may_still_appear() {
    let lost = announced(record(Kind::Aurora, Phase::TearingDown), "restore", 1, None);
    let gone = Observed { leftovers: Some(vec![]), ..seen(Seen::Absent, Seen::Absent) };
    assert!(decide(at(5), &lost, &gone).waits(&lost));
    assert_eq!(next(at(8), &lost, &gone).1, Phase::Closed);
}

#[test]
fn a_copy_that_came_up_and_is_gone_is_not_waited_for() {
    let mut seen_once = announced(record(Kind::Aurora, Phase::TearingDown), "restore", 1, Some(Ok(())));
    seen_once = announced(seen_once, "attach", 2, Some(Ok(())));
    let gone = Observed { leftovers: Some(vec![]), ..seen(Seen::Absent, Seen::Absent) };
    assert!(decide(at(3), &seen_once, &gone).waits(&seen_once), "nobody has seen it yet");
    let told = announced(seen_once.clone(), &format!("delete-cluster:{RUN}"), 3, Some(Ok(())));
    let told = announced(told, &format!("delete-instance:{RUN}-1"), 3, Some(Ok(())));
    assert_eq!(next(at(3), &told, &gone).1, Phase::Closed, "seen, and told to go");
    seen_once.milestones.volume_restored = Some(at(2));
    seen_once.milestones.instance_up = Some(at(2));
    assert_eq!(next(at(3), &seen_once, &gone).1, Phase::Closed, "seen, and removed by somebody");
}

#[test]
fn a_protected_copy_is_unprotected_and_a_stopped_one_started_before_it_is_removed() {
    let tearing = record(Kind::Aurora, Phase::TearingDown);
    let mut protected = cluster("available");
    protected.configuration.deletion_protection = true;
    assert_eq!(next(at(2), &tearing, &seen(Seen::Present(protected), Seen::Absent)).0, acts(&["unprotect"]));
    assert_eq!(next(at(2), &tearing, &seen(Seen::Present(cluster("stopped")), Seen::Absent)).0, acts(&["start"]));
}

#[test]
fn past_its_limit_a_tear_down_fails_even_a_good_drill() {
    let mut tearing = record(Kind::Aurora, Phase::TearingDown);
    let good = crate::verify::of_answers(&tearing.plan.checks, &good_answers(&tearing));
    tearing.verdict = Some(good);
    let world = seen(Seen::Present(cluster("deleting")), Seen::Present(instance("deleting")));
    let decision = decide(at(62), &tearing, &world);
    let verdict = decision.next.verdict.unwrap();
    assert_eq!((verdict.word, verdict.because), (VerdictWord::Failed, Because::LeftBehind));
    assert!(verdict.reason.contains("the data was good"), "{}", verdict.reason);
    assert_eq!((decision.next.phase, decision.next.leftovers.len()), (Phase::Closed, 2));
}

#[test]
fn something_of_the_copy_that_stays_behind_fails_the_drill() {
    let mut tearing = record(Kind::Aurora, Phase::TearingDown);
    tearing.verdict = Some(crate::verify::of_answers(&tearing.plan.checks, &good_answers(&tearing)));
    let what = "automated backup".to_owned();
    let own = Leftover { what, identifier: RUN.to_owned(), run: None, note: "retained".to_owned(), region: None };
    let others = Leftover { identifier: "drill-ledger-202611151800".to_owned(), ..own.clone() };
    let closed = |leftovers| {
        let world = Observed { leftovers: Some(leftovers), ..seen(Seen::Absent, Seen::Absent) };
        decide(at(3), &tearing, &world).next.verdict.unwrap().because
    };
    assert_eq!(
        closed(vec![others]),
        Because::ChecksPassed,
        "an earlier run's leftovers are told and change no verdict"
    );
    assert_eq!(closed(vec![own]), Because::LeftBehind);
}

#[test]
fn rds_own_times_replace_ours_where_they_are_better() {
    let mut tearing = record(Kind::Aurora, Phase::TearingDown);
    tearing.milestones.volume_restored = Some(at(11));
    tearing.milestones.instance_up = Some(at(18));
    let event = |source: &str, minutes: i64, message: &str| crate::database::Event {
        source: source.to_owned(),
        at: at(minutes),
        message: message.to_owned(),
    };
    let events = vec![event(RUN, 10, "DB cluster created"), event(&format!("{RUN}-1"), 19, "DB instance created")];
    let world = Observed { events, ..seen(Seen::Present(cluster("available")), Seen::Absent) };
    let milestones = decide(at(20), &tearing, &world).next.milestones;
    assert_eq!(milestones.volume_restored, Some(at(10)));
    assert_eq!(milestones.instance_up, Some(at(18)), "a time after what we saw is no better");
}

#[test]
fn telling_ends_with_the_filing_and_a_refusal_is_tried_again() {
    let closed = record(Kind::Aurora, Phase::Closed);
    let told = |record, act, result| announced(record, act, 2, Some(result));
    let world = Observed::nothing();
    let refused = told(told(told(closed.clone(), "report", Ok(())), "metrics", Ok(())), "mail", Err(Class::Permission));
    assert!(decide(at(2), &refused, &world).waits(&refused));
    assert_eq!(next(at(3), &refused, &world).0, acts(&["mail"]));
    let all = told(told(told(closed, "report", Ok(())), "metrics", Ok(())), "mail", Ok(()));
    assert_eq!(next(at(3), &all, &world).0, acts(&["archive"]));
}

#[test]
fn the_copy_is_small_private_and_tagged() {
    let decision = decide(at(2), &record(Kind::Aurora, Phase::Restoring), &seen(Seen::Absent, Seen::Absent));
    let Some(Act::RestoreCluster(restore)) = decision.acts.first() else { panic!("a restore") };
    assert_eq!(restore.capacity.map(|range| (range.min, range.max)), Some((0.5, 1.0)));
    assert_eq!(restore.backup_retention_days, 1);
    assert_eq!(restore.tags, ours());
    let decision = decide(at(2), &record(Kind::Rds, Phase::Restoring), &seen(Seen::Absent, Seen::Absent));
    let Some(Act::RestoreInstance(restore)) = decision.acts.first() else { panic!("a restore") };
    assert_eq!((restore.backup_retention_days, restore.class.as_deref()), (0, Some("db.r6g.large")));
}

#[test]
fn a_copy_of_another_database_answers_for_nothing_whatever_run_it_names() {
    let mut others = cluster("available");
    others.tags.insert(SOURCE.to_owned(), "staging-orders".to_owned());
    let mut record = record(Kind::Aurora, Phase::Restoring);
    let refused = Failure { class: Class::AlreadyExists, message: "the name is taken".to_owned() };
    let state = ActState::Refused { at: at(1), failure: refused };
    record.acts.insert("restore".to_owned(), Asked { at: at(1), attempt: 1, state });
    let decision = decide(at(2), &record, &seen(Seen::Present(others.clone()), Seen::Absent));
    assert_eq!(decision.next.verdict.map(|verdict| verdict.because), Some(Because::Interference));
    record.enter(Phase::TearingDown, at(2));
    let seen = Observed { leftovers: Some(vec![]), ..seen(Seen::Present(others), Seen::Absent) };
    let decision = decide(at(3), &record, &seen);
    assert_eq!((decision.acts, decision.next.phase), (vec![], Phase::Closed), "nor is it removed");
}
