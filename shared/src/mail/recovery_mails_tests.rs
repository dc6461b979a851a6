//! The mails of recoveries as they arrive at 3 a.m., and the limits that hold whatever is in them.

use proptest::prelude::*;

use super::text::columns;
use super::{Ended, Mail, ended_mail, recovery_mail, run_status, status_of_run_message};
use crate::fault::Class;
use crate::recover::tests::fixtures::aurora;
use crate::recover::tests::records::{after, begun, complete_instance, handed_over, inspection, stuck, usable};
use crate::recover::{CutOver, Direction, End, Letter, Move, Record, Server, Target, proxy_moves};
use crate::verify::VerdictWord;

const BUCKET: &str = "example-lifeboat";

fn of(record: &Record, letter: Letter) -> String {
    let mail = recovery_mail(record, letter, BUCKET, after(2600));
    hold(&mail).unwrap();
    // A line that answers is whole.
    assert!(mail.body.lines().take(3).all(|line| !line.ends_with("...")), "{}", mail.body);
    format!("Subject: {}\n\n{}", mail.subject, mail.body)
}

fn hold(mail: &Mail) -> Result<(), TestCaseError> {
    let subject = &mail.subject;
    prop_assert!(subject.len() < 100 && subject.is_ascii() && !subject.contains(['\n', '\r']), "{}", subject);
    prop_assert!(subject.starts_with("[INFO] ") || subject.starts_with("[ALERT] "), "{}", subject);
    for line in mail.body.split('\n') {
        prop_assert!(columns(line) < 78, "{} columns: {}", columns(line), line);
        prop_assert!(!line.contains(|c: char| c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c)), "{:?}", line);
    }
    let opening: Vec<&str> = mail.body.lines().take(3).map(|line| line.split(':').next().unwrap()).collect();
    prop_assert_eq!(opening, ["Happened", "At risk", "Do now"]);
    Ok(())
}

#[test]
fn it_can_be_used_while_readers_are_being_made() {
    insta::assert_snapshot!(of(&usable(aurora(), 10_234), Letter::Usable));
}

#[test]
fn it_can_be_used_and_a_check_failed() {
    insta::assert_snapshot!(of(&usable(aurora(), 3), Letter::Usable));
}

#[test]
fn it_is_complete_but_for_a_reader() {
    insta::assert_snapshot!(of(&handed_over(10_234), Letter::HandedOver));
}

#[test]
fn an_instance_is_complete_and_its_replica_is_to_be_made_again() {
    insta::assert_snapshot!(of(&complete_instance(), Letter::HandedOver));
}

#[test]
fn an_inspection_is_ready() {
    insta::assert_snapshot!(of(&inspection(), Letter::HandedOver));
}

#[test]
fn an_inspection_ends_soon() {
    let mut record = inspection();
    record.expires_at = Some(after(2600 + 3480));
    insta::assert_snapshot!(of(&record, Letter::EndsSoon));
}

#[test]
fn an_inspection_is_over() {
    let record = inspection();
    let ended = |record| Ended {
        run: "inspect-orders-20261120120000",
        source: Some("prod-orders"),
        region: None,
        ends: after(28_800),
        record,
    };
    let known = ended_mail(&ended(Some(&record)), "Asia/Tokyo", after(29_000));
    let lost = ended_mail(&Ended { region: Some("us-west-2"), ..ended(None) }, "Asia/Tokyo", after(29_000));
    for mail in [&known, &lost] {
        hold(mail).unwrap();
        assert!(mail.body.lines().take(3).all(|line| !line.ends_with("...")), "{}", mail.body);
    }
    let shown = [known, lost].map(|mail| format!("Subject: {}\n\n{}", mail.subject, mail.body));
    insta::assert_snapshot!(shown.join("\n"));
}

#[test]
fn it_is_stuck_at_a_quota() {
    let message = "RestoreDBClusterToPointInTime recovery-orders-20261120120000: DBClusterQuotaExceededFault: \
         You have reached the maximum number of DB clusters (40) in this account";
    insta::assert_snapshot!(of(&stuck(Class::Quota, message), Letter::Stuck));
}

#[test]
fn every_cause_has_its_advice_on_lines_that_are_whole() {
    use Class::*;
    let mut said = Vec::new();
    for class in [Permission, Capacity, Network, Configuration, Key, Backup, NotFound, Permanent] {
        let mut record = stuck(class, "a reason");
        record.database = "warehouse-of-the-group-1".to_owned();
        let mail = of(&record, Letter::Stuck);
        said.push(mail.lines().filter(|line| !line.is_empty()).take(8).collect::<Vec<_>>().join("\n"));
    }
    insta::assert_snapshot!(said.join("\n\n"));
}

fn renames() -> Vec<Move> {
    let of = |id: &str, from: &str, to: &str| Move::Rename {
        server: Server { resource_id: id.to_owned(), clustered: id.starts_with("cluster") },
        from: from.to_owned(),
        to: to.to_owned(),
    };
    let run = "recovery-orders-20261120120000";
    vec![
        of("db-old", "prod-orders-a", "prod-orders-a-before-20261120123000"),
        of("cluster-old", "prod-orders", "prod-orders-before-20261120123000"),
        of("cluster-new", run, "prod-orders"),
        of("db-new", &format!("{run}-1"), "prod-orders-a"),
    ]
}

fn cut(moves: Vec<Move>, direction: Direction, end: Option<End>, reason: Option<&str>) -> Record {
    let mut record = handed_over(10_234);
    let mut cut = CutOver::begin(moves, after(2540));
    (cut.direction, cut.end) = (direction, end);
    cut.reason = reason.map(str::to_owned);
    record.cut_over = Some(cut);
    record.cut_overs = 1;
    record
}

fn proxied() -> Vec<Move> {
    let of = |identifier: &str| Target { identifier: identifier.to_owned(), clustered: true };
    proxy_moves("orders-proxy", "default", of("prod-orders"), of("recovery-orders-20261120120000"))
}

#[test]
fn it_is_cut_over() {
    let record = cut(renames(), Direction::Forward, Some(End::Copy), None);
    insta::assert_snapshot!(of(&record, Letter::CutOver(1)));
}

#[test]
fn a_cut_over_that_failed_was_put_back() {
    let why = "point orders-proxy at recovery-orders-20261120120000 in place of prod-orders was not made within 15 min \
         0 s: recovery-orders-20261120120000 is not healthy behind the proxy yet";
    let record = cut(proxied(), Direction::Back, Some(End::Source), Some(why));
    insta::assert_snapshot!(of(&record, Letter::CutOver(1)));
}

#[test]
fn the_way_back_is_blocked_and_every_move_is_told_as_a_command() {
    let why = "rename prod-orders-before-20261120123000 to prod-orders was refused: AccessDenied";
    let record = cut(renames(), Direction::Back, None, Some(why));
    insta::assert_snapshot!(of(&record, Letter::CutOver(1)));
}

#[test]
fn a_command_of_the_way_back_never_names_what_stands_in_its_place_by_now() {
    // Forward stopped before the copy was moved: what is called prod-orders-a now is the source's own again.
    let blocked = "rename prod-orders-before-20261120123000 to prod-orders was refused: AccessDenied";
    let mail = of(&cut(renames(), Direction::Back, None, Some(blocked)), Letter::CutOver(1));
    assert!(!mail.contains("--db-instance-identifier prod-orders-a "), "{mail}");
    let unnamed = of(&cut(renames(), Direction::Back, None, Some("it broke")), Letter::CutOver(1));
    assert!(!unnamed.contains("modify-db-") && unnamed.contains("DbClusterResourceId"), "{unnamed}");
    let partly =
        of(&cut(renames(), Direction::Back, Some(End::Partly), Some("prod-orders is gone")), Letter::CutOver(1));
    assert!(!partly.contains("modify-db-") && partly.contains("DbiResourceId"), "{partly}");
}

#[test]
fn every_end_of_a_cut_over_says_who_is_reached() {
    let asked = Some(crate::recover::ASKED_FOR);
    let ends = [
        (Direction::Back, Some(End::Source), asked, "INFO", "on its source"),
        (Direction::Back, Some(End::Source), Some("it broke"), "ALERT", "as before"),
        (Direction::Back, Some(End::Partly), Some("prod-orders is gone"), "ALERT", "may reach neither"),
        (Direction::Back, None, Some("it broke"), "ALERT", "may reach neither"),
        (Direction::Forward, Some(End::Copy), None, "INFO", "reach the copy"),
    ];
    for (direction, end, reason, label, says) in ends {
        let mut record = cut(proxied(), direction, end, reason);
        record.database = "warehouse-of-the-group-1".to_owned();
        let mail = of(&record, Letter::CutOver(1));
        assert!(mail.contains(&format!("Subject: [{label}]")) && mail.contains(says), "{mail}");
    }
}

#[test]
fn where_it_stands_phase_by_phase() {
    insta::assert_snapshot!(status_of_run_message(&begun(aurora()), after(640)));
    insta::assert_snapshot!(status_of_run_message(&usable(aurora(), 10_234), after(1900)));
    let mut moving = cut(renames(), Direction::Forward, None, None);
    moving.given_up.clear();
    let said = status_of_run_message(&moving, after(2600));
    assert!(said.contains("CUT-OVER to the copy: under way"), "{said}");
    let fields = run_status(&handed_over(10_234), after(2600));
    assert_eq!((fields.rto_seconds, fields.aws_seconds), (Some(1741), Some(1078 + 657)));
    assert_eq!(fields.phases.iter().map(|it| it.seconds).collect::<Vec<_>>(), [1082, 659, 59, 720, 80]);
}

#[test]
fn a_failed_check_is_an_alert_and_never_the_end() {
    for (record, letter) in [(usable(aurora(), 3), Letter::Usable), (handed_over(3), Letter::HandedOver)] {
        assert_eq!(record.verdict.as_ref().unwrap().word, VerdictWord::Failed);
        let mail = of(&record, letter);
        assert!(mail.contains("[ALERT]") && mail.contains("Nothing was deleted"), "{mail}");
        assert!(mail.contains("The copy stays as it is"), "{mail}");
        let pasted = mail.replace("'\\\n'", "");
        assert!(pasted.contains("\"despite_failed_checks\":true"), "a request without it is refused: {mail}");
    }
    let good = of(&handed_over(10_234), Letter::HandedOver);
    assert!(!good.contains("despite_failed_checks"), "{good}");
}

#[test]
fn no_mail_hands_out_a_command_that_removes_anything() {
    let all = [
        of(&handed_over(3), Letter::HandedOver),
        of(&inspection(), Letter::EndsSoon),
        of(&stuck(Class::Key, "a reason"), Letter::Stuck),
        of(&cut(renames(), Direction::Back, Some(End::Partly), Some("x")), Letter::CutOver(1)),
    ];
    assert!(all.iter().all(|mail| !mail.contains("delete-")));
}

const ANY: &str = "(?s:.){0,200}";

proptest! {
    #[test]
    fn hostile_names_never_break_a_mail_or_a_command(
        (database, run, identifier, host) in (ANY, ANY, ANY, ANY),
        (user, name, value, arn) in (ANY, ANY, ANY, ANY),
        args in prop::collection::vec(ANY, 0..9),
        which in prop::sample::select(vec![
            Letter::Usable, Letter::HandedOver, Letter::Stuck, Letter::EndsSoon, Letter::CutOver(1),
        ]),
        (is_inspection, documents) in (any::<bool>(), any::<bool>()),
    ) {
        let mut record = if is_inspection { inspection() } else { handed_over(3) };
        record.cut_over = cut(renames(), Direction::Back, None, Some(&value)).cut_over;
        if let Some(Move::Rename { from, to, .. }) = record.cut_over.as_mut().and_then(|cut| cut.moves.first_mut()) {
            (*from, *to) = (name.clone(), value.clone());
        }
        record.cut_over.as_mut().unwrap().moves.extend(proxy_moves(&name, &value, Target {
            identifier: identifier.clone(), clustered: true,
        }, Target { identifier: run.clone(), clustered: false }));
        record.database = database;
        record.run = run;
        record.asked_for = value.clone();
        record.timezone = value.clone();
        record.blueprint.identifier = identifier;
        record.blueprint.engine = if documents { "docdb".into() } else { "mariadb".into() };
        record.blueprint.master_user = Some(user);
        record.blueprint.database_name = Some(name.clone());
        record.blueprint.replicas = vec![name.clone()];
        record.copy.endpoint = Some(host);
        record.copy.secret_arn = Some(format!("arn:{arn}"));
        record.notes.push(value.clone());
        if let Some(difference) = record.differences.as_mut().and_then(|all| all.first_mut()) {
            (difference.of, difference.field, difference.command) = (name.clone(), value.clone(), args);
            difference.wanted = arn;
        }
        hold(&recovery_mail(&record, which, &name, after(2600)))?;
        for line in status_of_run_message(&record, after(2600)).lines() {
            prop_assert!(columns(line) < 78, "{}", line);
        }
    }
}
