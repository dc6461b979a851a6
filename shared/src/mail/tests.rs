//! The mails as they arrive, and the limits that hold whatever is in them.

use proptest::prelude::*;

use super::fixtures::{self, BUCKET, SCHEDULED, at, leftover, now};
use super::text::columns;
use super::{Mail, drill_mail, drill_metrics, leftovers_mail};
use crate::restore::{Leftover, Purpose, Record};
use crate::verify::{Because, Verdict, VerdictWord};

fn shown(mail: &Mail) -> String {
    format!("Subject: {}\n\n{}", mail.subject, mail.body)
}

fn of(record: &Record) -> String {
    shown(&drill_mail(record, BUCKET, now()))
}

#[test]
fn a_passed_drill() {
    insta::assert_snapshot!(of(&fixtures::passed()));
}

#[test]
fn a_failed_check() {
    insta::assert_snapshot!(of(&fixtures::check_failed()));
}

#[test]
fn what_differs_from_the_last_passed_drill() {
    insta::assert_snapshot!(of(&fixtures::differing(&[])));
}

#[test]
fn a_change_that_may_have_been_meant_is_asked_about() {
    let risk = |record: &Record| drill_mail(record, BUCKET, now()).body.lines().nth(1).unwrap().to_owned();
    assert!(risk(&fixtures::differing(&["schema_unchanged", "foreign_keys"])).contains("Was that meant?"));
    assert!(risk(&fixtures::differing(&["schema_unchanged", "damage"])).contains("Likely"));
    // Rows that are gone are not asked about so calmly.
    assert!(risk(&fixtures::differing(&["unchanged"])).contains("Likely"));
    assert!(risk(&fixtures::check_failed()).contains("Likely"));
}

#[test]
fn a_drill_that_only_looked_for_damage_says_that_it_knows_no_more() {
    let mut record = fixtures::implicit();
    record.plan.checks_are_implicit = false;
    assert!(!of(&record).contains("knows no more"));
    record.plan.checks.remove(0);
    let mail = of(&record);
    assert!(mail.contains("knows no more") && mail.contains("no checks configured"), "{mail}");
}

#[test]
fn a_backup_that_does_not_restore() {
    insta::assert_snapshot!(of(&fixtures::backup_unusable()));
}

#[test]
fn a_quota_in_the_way() {
    insta::assert_snapshot!(of(&fixtures::quota()));
}

#[test]
fn a_copy_left_behind() {
    insta::assert_snapshot!(of(&fixtures::left_behind()));
}

#[test]
fn no_checks_in_the_policy() {
    insta::assert_snapshot!(of(&fixtures::implicit()));
}

#[test]
fn a_drill_of_an_rds_instance_whose_backups_lag() {
    insta::assert_snapshot!(of(&fixtures::rds_instance()));
}

#[test]
fn a_drill_from_a_recovery_point() {
    insta::assert_snapshot!(of(&fixtures::from_a_vault()));
}

#[test]
fn a_drill_of_a_database_that_is_gone() {
    insta::assert_snapshot!(of(&fixtures::gone()));
}

#[test]
fn a_database_that_is_gone_outshouts_every_verdict_on_lines_that_are_whole() {
    use Because::*;
    for because in [ChecksFailed, BackupUnusable, LeftBehind, NotAsked, Quota, Key, Interference, Other] {
        for word in [VerdictWord::Passed, VerdictWord::Failed] {
            let mut record = fixtures::gone();
            record.plan.database = "warehouse-of-the-group-1".to_owned();
            record.verdict = Some(Verdict { word, because, reason: "a reason".to_owned() });
            let mail = drill_mail(&record, BUCKET, now());
            let opening: Vec<&str> = mail.body.lines().take(3).collect();
            assert!(opening.iter().all(|line| !line.ends_with("...")), "{opening:#?}");
            assert!(opening[0].contains("IS GONE. ") && opening[1].contains("YES: "), "{opening:#?}");
            assert!(mail.subject.contains("DATABASE GONE"), "{}", mail.subject);
        }
    }
}

#[test]
fn bringing_back_what_is_gone_comes_before_removing_what_is_left_behind() {
    let mut record = fixtures::gone();
    let run = record.run.clone();
    record.leftovers = vec![leftover("cluster", &run, Some(&run))];
    let mail = of(&record);
    let places = ["\"to\":\"latest\"}", "Then remove what is left behind:", "delete-db-cluster"];
    let places = places.map(|words| mail.find(words).unwrap_or_else(|| panic!("no {words} in {mail}")));
    assert!(places.is_sorted(), "{mail}");
}

#[test]
fn what_was_drilled_is_looked_into_by_emergency_restore_wherever_it_can() {
    let commands = |record: &Record| of(record).replace("'\\\n'", "").replace("\\\n", "");
    let failed = |mut record: Record| {
        record.verdict = Some(Verdict::failed(Because::ChecksFailed, "a reason"));
        commands(&record)
    };
    let at_home = failed(fixtures::check_failed());
    assert!(at_home.contains("\"inspect_for\":\"8h\"") && !at_home.contains("aws rds restore-db"), "{at_home}");
    // It restores in its own region: what a drill elsewhere restored is restored by hand.
    let elsewhere = failed(fixtures::in_another_region());
    assert!(!elsewhere.contains("inspect_for"), "{elsewhere}");
    let from_a_vault = failed(fixtures::from_a_vault());
    assert!(from_a_vault.contains("\"recovery_point\":\"arn:"), "{from_a_vault}");
    // A name that no policy could hold is asked for by nobody.
    assert!(!commands(&fixtures::hostile()).contains("emergency-restore"));
}

#[test]
fn what_to_look_up_is_looked_up_where_the_copy_was() {
    let mut record = fixtures::in_another_region();
    record.verdict = Some(Verdict::inconclusive(Because::Interference, "a reason"));
    assert!(of(&record).contains("--region us-west-2"), "{}", of(&record));
    // The key of a copied snapshot is not the source's, and that of a recovery point is its own.
    record.verdict = Some(Verdict::inconclusive(Because::Key, "a reason"));
    assert!(!of(&record).contains("describe-key"), "{}", of(&record));
    let mut record = fixtures::from_a_vault();
    record.verdict = Some(Verdict::inconclusive(Because::Key, "a reason"));
    assert!(of(&record).replace("\\\n", "").contains("0a1b2c3d-1111"), "{}", of(&record));
}

#[test]
fn a_drill_in_another_region() {
    insta::assert_snapshot!(of(&fixtures::in_another_region()));
}

#[test]
fn a_documentdb_that_came_up_and_could_not_be_read() {
    insta::assert_snapshot!(of(&fixtures::documentdb_unread()));
}

#[test]
fn names_that_try_to_break_out() {
    insta::assert_snapshot!(of(&fixtures::hostile()));
}

#[test]
fn copies_that_the_sweeper_found() {
    let run = "drill-billing-202611151800";
    let all = [
        leftover("cluster", run, Some(run)),
        leftover("instance", &format!("{run}-1"), Some(run)),
        leftover("snapshot", "drill-x", None),
    ];
    insta::assert_snapshot!(shown(&leftovers_mail(&all, "Asia/Tokyo", now()).unwrap()));
    assert_eq!(leftovers_mail(&[], "Asia/Tokyo", now()), None);
}

#[test]
fn every_reason_has_its_advice_and_none_of_its_lines_is_cut() {
    use Because::*;
    let all = [
        BackupUnusable,
        LeftBehind,
        NotAsked,
        Capacity,
        Quota,
        Permission,
        Network,
        Configuration,
        Key,
        Deadline,
        Interference,
        Source,
        Other,
    ];
    let mut said = Vec::new();
    for because in all {
        let mut record = fixtures::quota();
        // As long as a name can be and still be shown whole.
        record.plan.database = "warehouse-of-the-group-1".to_owned();
        record.verdict = Some(Verdict::inconclusive(because, "a reason"));
        let mail = drill_mail(&record, BUCKET, now());
        let opening: Vec<&str> = mail.body.lines().take(3).collect();
        assert!(opening.iter().all(|line| !line.ends_with("...")), "{opening:#?}");
        said.push(format!("{}\n{}", mail.subject, opening.join("\n")));
    }
    insta::assert_snapshot!(said.join("\n\n"));
}

#[test]
fn what_we_did_not_begin_is_not_begun_again() {
    let mut record = fixtures::quota();
    record.purpose = Purpose::Validation;
    let mail = drill_mail(&record, BUCKET, now());
    assert!(!mail.body.contains("restore-drill") && mail.body.contains("then run it again.\n"), "{}", mail.body);
}

#[test]
fn metrics_tell_no_proof_apart_from_proof() {
    let value = |record: &Record, name: &str| {
        drill_metrics(record, now()).into_iter().find(|metric| metric.name == name).map(|metric| metric.value)
    };
    let (passed, quota) = (fixtures::passed(), fixtures::quota());
    assert_eq!((value(&passed, "DrillPassed"), value(&quota, "DrillPassed")), (Some(1.0), Some(0.0)));
    assert_eq!((value(&passed, "DrillSeconds"), value(&quota, "DrillSeconds")), (Some(1902.0), None));
    assert_eq!(value(&passed, "RecoveryPointLagSeconds"), Some(252.0));
    assert!(value(&passed, "DrillAgeHours").unwrap() < 1.0);
    assert_eq!(value(&quota, "DrillAgeHours"), None);
    assert_eq!(value(&fixtures::left_behind(), "CopiesLeftBehind"), Some(4.0));
}

/// The limits of any mail
fn hold(mail: &Mail) -> Result<(), TestCaseError> {
    prop_assert!(
        mail.subject.len() < 100 && mail.subject.is_ascii() && !mail.subject.contains(['\n', '\r']),
        "{}",
        mail.subject
    );
    for line in mail.body.split('\n') {
        prop_assert!(columns(line) < 78, "{} columns: {}", columns(line), line);
        prop_assert!(!line.contains(|c: char| c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c)), "{:?}", line);
    }
    let opening: Vec<&str> = mail.body.lines().take(3).map(|line| line.split(':').next().unwrap()).collect();
    prop_assert_eq!(opening, ["Happened", "At risk", "Do now"]);
    Ok(())
}

const ANY: &str = "(?s:.){0,200}";

proptest! {
    #[test]
    fn a_mail_keeps_its_limits_whatever_comes_from_outside(
        (database, drill, identifier, reason) in (ANY, ANY, ANY, ANY),
        (query, found, note, bucket, run) in (ANY, ANY, ANY, ANY, ANY),
        word in prop::sample::select(vec![VerdictWord::Passed, VerdictWord::Failed, VerdictWord::Inconclusive]),
        because in prop::sample::select(vec![
            Because::ChecksFailed, Because::LeftBehind, Because::Key, Because::Interference, Because::BackupUnusable,
        ]),
    ) {
        let mut record = fixtures::check_failed();
        record.plan.database = database;
        record.plan.drill = Some(drill);
        record.plan.identifier = identifier.clone();
        record.plan.timezone = identifier.clone();
        record.verdict = Some(Verdict { word, because, reason });
        record.leftovers = vec![Leftover {
            what: found.clone(), identifier: note.clone(), run: Some(run.clone()), note: query.clone(),
            region: None,
        }];
        if let Some(answer) = record.answers.as_mut().and_then(|answers| answers.checks.first_mut()) {
            answer.check = crate::verify::Check::Sql { query, expect: found.as_str().into() };
            answer.expected = note.clone();
            answer.found = found;
        }
        if let Some(source) = &mut record.source {
            source.engine_version = identifier.clone();
            source.configuration.kms_key = Some(format!("arn:{identifier}"));
            source.configuration.storage_type = Some(note.clone());
        }
        record.copy.class = Some(identifier.clone());
        record.copy.identifier = format!("drill-{identifier}");
        record.note(note);
        record.run = run;
        let mail = drill_mail(&record, &bucket, now());
        let label = format!("[{}] ", word.label());
        prop_assert!(mail.subject.starts_with(&label), "{}", mail.subject);
        hold(&mail)?;
        hold(&leftovers_mail(&record.leftovers, &identifier, now()).unwrap())?;
    }
}

#[test]
fn the_fixtures_are_of_their_time() {
    assert_eq!(at(0).to_string(), SCHEDULED);
}
