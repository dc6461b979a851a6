//! The words of `backup-check`, as they arrive.

use jiff::Timestamp;
use proptest::prelude::*;

use super::text::columns;
use super::{Mail, checkup_line, checkup_mail, checkup_message, checkup_metrics};
use crate::checkup::fixtures::{
    Said, accepting, finding, hours, mailed, measured, now, policy, retention, run, shared, sheet, storage, world,
    world_at,
};
use crate::checkup::{
    Compared, Finding, Mend, Mended, Protect, RaiseRetention, Severity, State, Tell, World, compare, tell,
};
use crate::policy::Policy;

fn shown(mail: Option<Mail>) -> String {
    let mail = mail.unwrap();
    format!("Subject: {}\n\n{}", mail.subject, mail.body)
}

fn mail(at: Timestamp, policy: &Policy, compared: &Compared, mended: &Mended) -> Option<Mail> {
    checkup_mail(tell(at, policy, compared), compared, policy, &world_at(at), mended, at)
}

fn found(all: &[Finding]) -> Vec<Said> {
    all.iter().cloned().map(Said::Found).collect()
}

fn protection() -> Finding {
    let title = "ledger can be deleted without a question";
    let mut finding = finding("deletion-protection/ledger", Severity::Medium, title);
    let command =
        ["aws", "rds", "modify-db-cluster", "--db-cluster-identifier", "prod-ledger", "--deletion-protection"];
    finding.mend = Mend::run("Turn deletion protection on:", &command);
    finding
}

fn drill_age() -> Finding {
    finding(
        "drill-age/ledger",
        Severity::Medium,
        "no drill of ledger has passed yet; the policy asks for one in 8 days",
    )
}

#[test]
fn the_first_alert_of_two_that_are_severe() {
    let compared =
        compare(now(), &policy(""), &sheet(found(&[retention(), shared(), storage(2500.0)])), &mailed(), None);
    assert_eq!(tell(now(), &policy(""), &compared), Tell::AtOnce);
    insta::assert_snapshot!(shown(mail(now(), &policy(""), &compared, &Mended::default())));
}

#[test]
fn one_alone_is_told_in_its_own_words() {
    let compared = compare(now(), &policy(""), &sheet(found(&[retention()])), &mailed(), None);
    insta::assert_snapshot!(shown(mail(now(), &policy(""), &compared, &Mended::default())));
}

/// Yesterday's findings, told
fn yesterday() -> State {
    let at = now() - hours(24);
    let before = [drill_age(), storage(2100.0), protection(), shared()];
    let mut said = found(&before);
    said.push(Said::Fine("keys/orders"));
    run(at, &policy(""), &sheet(said), &State { digest_at: None, ..mailed() }).2
}

fn today() -> Vec<Said> {
    let mut said = found(&[retention(), storage(3400.0), protection()]);
    said.extend([
        Said::Fine("shared-snapshot/"),
        Said::Unknown("drill-age/ledger", "ledger"),
        Said::Unknown("keys/orders", "orders"),
        Said::Found(finding("old-snapshot/manual-2019", Severity::Low, "manual-2019 is 7 years old")),
    ]);
    said
}

#[test]
fn a_digest_of_everything() {
    let policy = accepting("old-snapshot/*", "2026-12-24");
    let compared = compare(now(), &policy, &sheet(today()), &yesterday(), None);
    assert_eq!(tell(now(), &policy, &compared), Tell::Digest);
    insta::assert_snapshot!(shown(mail(now(), &policy, &compared, &Mended::default())));
}

/// A Monday at 6 in the morning in Tokyo
fn monday() -> Timestamp {
    now() + hours(72)
}

#[test]
fn a_week_in_which_all_is_well() {
    let mut world = world_at(monday());
    world.drills = None;
    let compared = compare(monday(), &policy(""), &sheet([Said::Fine("retention/orders")]), &mailed(), None);
    assert_eq!(tell(monday(), &policy(""), &compared), Tell::Weekly);
    let mail = checkup_mail(Tell::Weekly, &compared, &policy(""), &world, &Mended::default(), monday());
    insta::assert_snapshot!(shown(mail));
}

#[test]
fn a_week_in_which_things_are_open() {
    let state = run(now(), &policy(""), &sheet(today()), &yesterday()).2;
    let compared = compare(monday(), &policy(""), &sheet(today()), &state, None);
    insta::assert_snapshot!(shown(mail(monday(), &policy(""), &compared, &Mended::default())));
}

#[test]
fn a_week_in_which_nothing_could_be_read_is_no_good_week() {
    let compared = compare(monday(), &policy(""), &sheet([]), &mailed(), None);
    let mail = checkup_mail(Tell::Weekly, &compared, &policy(""), &World::default(), &Mended::default(), monday());
    let shown = shown(mail);
    assert!(!shown.contains("is well") && !shown.contains("are well"), "{shown}");
    insta::assert_snapshot!(shown);
}

#[test]
fn what_is_well_again() {
    let said = [Said::Fine("shared-snapshot/"), Said::Fine("billed-storage/orders"), Said::Fine("drill-age/ledger")];
    let mut said = Vec::from(said);
    said.extend(found(&[protection()]));
    let compared = compare(now(), &policy(""), &sheet(said), &yesterday(), None);
    insta::assert_snapshot!(shown(mail(now(), &policy(""), &compared, &Mended::default())));
}

fn mended() -> Mended {
    let (database, identifier) = ("orders".to_owned(), "prod-orders".to_owned());
    let raised = RaiseRetention { database, identifier, clustered: true, from_days: 1, to_days: 7 };
    let (database, identifier) = ("ledger".to_owned(), "prod-ledger".to_owned());
    Mended { raised: vec![raised], protected: vec![Protect { database, identifier, clustered: true }], failed: vec![] }
}

#[test]
fn what_was_mended_is_told_though_nothing_else_is() {
    let compared = compare(now(), &policy(""), &sheet([Said::Fine("retention/orders")]), &mailed(), None);
    assert_eq!(tell(now(), &policy(""), &compared), Tell::Nothing);
    assert_eq!(mail(now(), &policy(""), &compared, &Mended::default()), None);
    insta::assert_snapshot!(shown(mail(now(), &policy(""), &compared, &mended())));
}

#[test]
fn what_was_found_and_mended_at_once() {
    let compared = compare(now(), &policy(""), &sheet(found(&[retention(), shared()])), &mailed(), None);
    insta::assert_snapshot!(shown(mail(now(), &policy(""), &compared, &mended())));
}

#[test]
fn what_could_not_be_mended() {
    let why = "ModifyDBCluster was refused: AccessDenied".to_owned();
    let mended = Mended { failed: vec![("prod-orders".to_owned(), why)], ..Mended::default() };
    let compared = compare(now(), &policy(""), &sheet(found(&[retention()])), &mailed(), None);
    insta::assert_snapshot!(shown(mail(now(), &policy(""), &compared, &mended)));
}

#[test]
fn what_was_mended_just_now_is_open_no_more() {
    let only_it = compare(now(), &policy(""), &sheet(found(&[retention(), protection()])), &State::default(), None);
    for tell in [Tell::AtOnce, Tell::Digest, Tell::Weekly] {
        let mail = checkup_mail(tell, &only_it, &policy(""), &world(), &mended(), now()).unwrap();
        assert!(mail.body.contains("At risk:  No: what was wrong was mended just now."), "{tell:?}: {}", mail.body);
        assert!(mail.subject.starts_with("[INFO]"), "{tell:?}: {}", mail.subject);
        for words in ["findings open", "finding is open", "STILL OPEN", "still open", "1 HIGH"] {
            assert!(!mail.body.contains(words), "{tell:?}: {words} in {}", mail.body);
        }
    }
    let mail = checkup_mail(Tell::Digest, &only_it, &policy(""), &world(), &mended(), now());
    insta::assert_snapshot!(shown(mail));
}

#[test]
fn one_refusal_is_told_once_however_many_questions_it_leaves_open() {
    let questions = ["exists", "retention", "restore-lag", "newest-snapshot", "window-depth", "encrypted"];
    let ids: Vec<(String, &str)> = ["orders", "ledger"]
        .into_iter()
        .flat_map(|name| questions.map(|question| (format!("{question}/{name}"), name)))
        .collect();
    let said = ids.iter().map(|(id, name)| Said::Unknown(Box::leak(id.clone().into_boxed_str()), name));
    let state = State { digest_at: None, ..mailed() };
    let alone = compare(now(), &policy(""), &sheet(said.clone()), &state, None);
    let refused = shown(mail(now(), &policy(""), &alone, &Mended::default()));
    assert_eq!(refused.matches("AccessDenied").count(), 1, "{refused}");
    let known =
        State { digest_at: None, ..run(now() - hours(24), &policy(""), &sheet(found(&[retention()])), &state).2 };
    let worse = compare(now(), &policy(""), &sheet(said.chain([Said::Found(storage(2100.0))])), &known, None);
    let with_more = shown(mail(now(), &policy(""), &worse, &Mended::default()));
    assert!(with_more.contains("HIGH, as last known: orders keeps"), "{with_more}");
    insta::assert_snapshot!(format!("{refused}\n\n{with_more}"));
}

#[test]
fn a_time_of_this_very_moment_is_no_time_before_it() {
    let compared = compare(now(), &policy(""), &sheet([Said::Fine("retention/orders")]), &mailed(), None);
    for ahead in [0, 30, 900, 2_000, 30_000] {
        let mut world = world();
        for kept in world.regions.get_mut("eu-west-1").unwrap().clusters.as_mut().unwrap().as_mut().unwrap() {
            kept.facts.window.latest = Some(now() + jiff::SignedDuration::from_millis(ahead));
        }
        let said = checkup_message(&compared, &policy(""), &world, None, now());
        assert!(said.contains("restorable to just now"), "{ahead} ms ahead: {said}");
        assert!(!said.contains("-0 s") && !said.contains("to -"), "{said}");
    }
}

fn three_hundred() -> Vec<Finding> {
    let mut all = vec![retention(), shared()];
    for number in 0..299 {
        let severity = [Severity::Low, Severity::Medium, Severity::Unjudged][number % 3];
        let database = ["orders", "ledger", "-"][number / 3 % 3];
        let id = format!("old-snapshot/{database}/{number:03}");
        all.push(finding(&id, severity, &format!("manual-{number:03} is {} days old", 400 + number)));
    }
    all
}

#[test]
fn three_hundred_at_once() {
    let compared = compare(now(), &policy(""), &sheet(found(&three_hundred())), &yesterday(), None);
    let shown = shown(mail(now(), &policy(""), &compared, &Mended::default()));
    assert!(shown.lines().count() < 250, "{}", shown.lines().count());
    insta::assert_snapshot!(shown);
}

#[test]
fn an_answer_about_one_database() {
    let compared = compare(now(), &policy(""), &sheet(today()), &yesterday(), Some("orders"));
    insta::assert_snapshot!(checkup_message(&compared, &policy(""), &world(), Some("orders"), now()));
}

#[test]
fn an_answer_that_nobody_waits_for_is_a_line() {
    let line = |found: Compared| checkup_line(&found, &policy(""), now());
    let well = line(compare(now(), &policy(""), &sheet([Said::Fine("retention/orders")]), &mailed(), None));
    let open = line(compare(now(), &policy(""), &sheet(today()), &yesterday(), None));
    insta::assert_snapshot!([well, open].join("\n"));
}

#[test]
fn an_answer_when_all_is_well() {
    let compared = compare(now(), &policy(""), &sheet([Said::Fine("retention/orders")]), &mailed(), None);
    insta::assert_snapshot!(checkup_message(&compared, &policy(""), &world(), None, now()));
}

#[test]
fn metrics_leave_a_gap_where_nothing_is_known() {
    let compared = compare(now(), &policy(""), &sheet(today()), &yesterday(), None);
    let said = |world: &World| {
        let metrics = checkup_metrics(&compared, world, &policy(""), now());
        metrics
            .iter()
            .map(|metric| format!("{} {} {:.1}", metric.name, metric.dimension.clone().unwrap().1, metric.value))
            .collect::<Vec<_>>()
            .join("\n")
    };
    insta::assert_snapshot!(format!("{}\n\nnothing read:\n{}", said(&world()), said(&World::default())));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn words_keep_their_limits_whatever_was_found(
        texts in prop::collection::vec("(?s:.){0,200}", 6),
        command in prop::collection::vec("(?s:.){0,90}", 0..9),
        measure in any::<f64>(), severity in 0..4_usize,
    ) {
        let [id, title, evidence, why, words, name] = texts.try_into().unwrap();
        let severity = [Severity::Unjudged, Severity::Low, Severity::Medium, Severity::High][severity];
        let odd = measured(
            Finding {
                id: id.clone(), database: Some(name.clone()), severity, title, evidence: vec![evidence; 9], why,
                mend: Mend { words: words.clone(), command }, measure: None,
            },
            measure,
        );
        let policy = policy("");
        let mended = Mended { failed: vec![(name.clone(), words.clone())], ..mended() };
        let mut texts = Vec::new();
        let mut states = vec![mailed(), yesterday(), State::default()];
        let with = sheet([Said::Found(odd), Said::Found(retention())]);
        states.extend(states.clone().iter().map(|state| run(now() - hours(1), &policy, &with, state).2));
        for state in &states {
            for sheet in [&with, &sheet([])] {
                let compared = compare(now(), &policy, sheet, state, None);
                texts.push(checkup_message(&compared, &policy, &world(), Some(&name), now()));
                texts.push(checkup_message(&compared, &policy, &world(), None, now()));
                checkup_metrics(&compared, &world(), &policy, now());
                for tell in [Tell::AtOnce, Tell::Digest, Tell::Weekly, Tell::Nothing] {
                    let mail = checkup_mail(tell, &compared, &policy, &world(), &mended, now()).unwrap();
                    prop_assert!(mail.subject.len() < 100 && mail.subject.is_ascii(), "{}", mail.subject);
                    prop_assert!(["[ALERT]", "[RESOLVED]", "[INFO]"].iter().any(|label| mail.subject.starts_with(label)));
                    let opening: Vec<&str> =
                        mail.body.lines().take(3).map(|line| line.split(':').next().unwrap()).collect();
                    prop_assert_eq!(opening, ["Happened", "At risk", "Do now"]);
                    texts.push(mail.body);
                }
            }
        }
        for line in texts.iter().flat_map(|text| text.split('\n')) {
            prop_assert!(columns(line) < 78, "{} columns: {}", columns(line), line);
            prop_assert!(!line.contains(char::is_control), "{:?}", line);
        }
    }
}

/// A world in which the backups of both databases are billed, with old snapshots that clean-up would let go
fn costly() -> (Policy, World) {
    let text = r#"{"version": 1, "timezone": "Asia/Tokyo", "databases": {
        "orders": {"kind": "aurora", "identifier": "prod-orders", "backups": {"retention_days": 7},
            "snapshots": {"patterns": ["one"], "keep_last": 1}},
        "ledger": {"kind": "rds", "identifier": "prod-ledger"}}}"#;
    let policy = Policy::parse(text).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    let mut world = world_at(monday());
    let region = world.regions.get_mut("eu-west-1").unwrap();
    let all = region.snapshots.as_mut().unwrap().as_mut().unwrap();
    for (number, one) in all.iter_mut().enumerate() {
        one.arn = format!("{}-{number}", one.arn);
        one.created_at = one.created_at.map(|at| at - hours(24 * 40 * i64::try_from(number).unwrap()));
    }
    (policy, world)
}

#[test]
fn what_backups_cost_and_what_letting_old_ones_go_would_save() {
    let (policy, world) = costly();
    let compared = compare(monday(), &policy, &sheet([Said::Fine("retention/orders")]), &mailed(), None);
    let in_one_line = |only| {
        let said = checkup_message(&compared, &policy, &world, only, monday());
        said.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let said = in_one_line(None);
    let costs = said.split_once("COSTS").unwrap().1;
    assert!(costs.contains("of 2 databases cost") && costs.contains("about $29.34 a month"), "{said}");
    assert!(costs.contains("once cleanup.dry_run is false, and save at most"), "{said}");
    assert!(costs.contains("ledger: automated backups beyond the free part"), "{said}");
    assert!(costs.contains("Prices of"), "{said}");
    let one = in_one_line(Some("orders"));
    assert!(one.contains("of 1 database cost about $29.34 a month") && !one.contains("ledger"), "{one}");
}
