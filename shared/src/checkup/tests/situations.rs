//! One thing at a time.

use crate::checkup::fixtures::{
    Said, accepting, finding, hours, mailed, now, policy, retention, run, shared, sheet, storage,
};
use crate::checkup::{AskedSharing, Compared, Ending, Finding, Severity, Standing, State, Tell, compare, tell};
use crate::database::{Sample, Sharing};

const SHARED: &str = "shared-snapshot/manual-ledger-before-migration";

fn found(all: &[Finding]) -> crate::checkup::Sheet {
    sheet(all.iter().cloned().map(Said::Found))
}

/// These were found and told a day ago
fn told(all: &[Finding]) -> State {
    run(now() - hours(24), &policy(""), &found(all), &State { digest_at: None, ..mailed() }).2
}

fn today(said: impl IntoIterator<Item = Said>, state: &State) -> Compared {
    compare(now(), &policy(""), &sheet(said), state, None)
}

fn stands(compared: &Compared) -> Vec<(Standing, &str)> {
    compared.found.iter().map(|(stands, known)| (*stands, known.finding.id.as_str())).collect()
}

fn ended(compared: &Compared) -> Vec<(&str, Ending)> {
    compared.resolved.iter().map(|ended| (ended.known.finding.id.as_str(), ended.how)).collect()
}

#[test]
fn new_then_ongoing_then_worse() {
    let compared = today([Said::Found(storage(2100.0))], &State::default());
    assert_eq!(stands(&compared), [(Standing::New, "billed-storage/orders")]);
    let state = told(&[storage(2100.0)]);
    assert_eq!(stands(&today([Said::Found(storage(3100.0))], &state))[0].0, Standing::Ongoing);
    assert_eq!(stands(&today([Said::Found(storage(3200.0))], &state))[0].0, Standing::Worse);
    let more_severe = Finding { severity: Severity::Medium, ..storage(2100.0) };
    assert_eq!(stands(&today([Said::Found(more_severe)], &state))[0].0, Standing::Worse);
}

#[test]
fn worse_is_measured_from_what_was_told_and_not_from_yesterday() {
    let mut state = told(&[storage(2100.0)]);
    for (day, gib) in [(1, 2500.0), (2, 2900.0), (3, 3100.0)] {
        let (tell, _, next) = run(now() + hours(24 * day), &policy(""), &found(&[storage(gib)]), &state);
        assert!(matches!(tell, Tell::Nothing | Tell::Weekly), "{tell:?}");
        state = next;
    }
    let compared = compare(now() + hours(96), &policy(""), &found(&[storage(3200.0)]), &state, None);
    assert_eq!(stands(&compared)[0].0, Standing::Worse, "the weekly mail in between does not hide slow growth");
}

#[test]
fn a_question_that_is_asked_again_and_is_fine_resolves() {
    let compared = today([Said::Fine("retention/orders")], &told(&[retention()]));
    assert_eq!((stands(&compared), ended(&compared)), (vec![], vec![("retention/orders", Ending::Fine)]));
}

#[test]
fn a_question_that_was_not_asked_resolves_nothing() {
    let compared = today([Said::Fine("keys/orders")], &told(&[retention()]));
    assert_eq!(stands(&compared), [(Standing::Ongoing, "retention/orders")]);
    assert!(compared.found[0].1.unseen.is_some() && compared.resolved.is_empty());
}

#[test]
fn a_question_without_an_answer_resolves_nothing_and_says_why() {
    let compared = today([Said::Unknown("retention/orders", "orders")], &told(&[retention()]));
    let (_, known) = &compared.found[0];
    assert_eq!((known.finding.severity, compared.found.len()), (Severity::High, 1));
    assert!(known.unseen.as_deref().unwrap().contains("AccessDenied"));
    // And when it is seen again, that is forgotten.
    let again = compare(now(), &policy(""), &found(&[retention()]), &compared.next, None);
    assert_eq!((again.found[0].0, again.found[0].1.unseen.as_deref()), (Standing::Ongoing, None));
}

#[test]
fn what_nobody_could_look_at_and_is_wrong_after_all_is_new() {
    let unknown = sheet([Said::Unknown("retention/orders", "orders")]);
    let state = run(now() - hours(24), &policy(""), &unknown, &State { digest_at: None, ..mailed() }).2;
    let compared = today([Said::Found(retention())], &state);
    assert_eq!(stands(&compared), [(Standing::New, "retention/orders")]);
    assert_eq!(compared.found[0].1.since, now());
}

#[test]
fn a_snapshot_that_was_deleted_is_gone_once_its_family_was_looked_at() {
    let state = told(&[shared()]);
    assert_eq!(ended(&today([Said::Fine("shared-snapshot/")], &state)), [(SHARED, Ending::Gone)]);
    assert_eq!(ended(&today([Said::Fine("shared-snapshot/another")], &state)), [(SHARED, Ending::Gone)]);
    assert_eq!(ended(&today([], &state)), []);
    assert_eq!(ended(&today([Said::Fine("shared-snapshots/")], &state)), [], "another family");
}

#[test]
fn what_is_missing_in_a_list_is_gone_only_if_the_list_was_read_to_its_end() {
    let state = told(&[finding("sharing/orders/manual-1", Severity::High, "manual-1 is shared")]);
    let with = |list: Said| ended(&today([list, Said::Fine("sharing/ledger")], &state)).len();
    assert_eq!(with(Said::Fine("sharing/orders")), 1);
    let not_all = finding("sharing/orders", Severity::Low, "3 snapshots of orders have not been asked yet");
    assert_eq!(with(Said::Found(not_all)), 0);
    assert_eq!(with(Said::Unknown("sharing/orders", "orders")), 0);
}

#[test]
fn nothing_is_gone_while_a_question_of_its_family_has_no_answer() {
    let state = told(&[shared()]);
    let with = |said| ended(&today([Said::Fine("shared-snapshot/"), said], &state)).len();
    assert_eq!(with(Said::Unknown("shared-snapshot/other", "ledger")), 0);
    assert_eq!(with(Said::Unknown("shared-snapshot/us-west-2", "")), 0);
    assert_eq!(with(Said::Unknown("shared-snapshot/other", "orders")), 1);
    assert_eq!(with(Said::Unknown("keys/ledger", "ledger")), 1);
}

#[test]
fn what_the_policy_asks_no_more_ends_once_its_database_was_looked_at() {
    let state = told(&[finding("copy/orders/us-west-2", Severity::High, "orders has no copy in us-west-2")]);
    let with = |said| ended(&today([said, Said::Fine("keys/orders")], &state)).len();
    assert_eq!(with(Said::Fine("exists/orders")), 1);
    assert_eq!(with(Said::Fine("exists/ledger")), 0);
    assert_eq!(with(Said::Unknown("exists/orders", "orders")), 0);
    let vault = told(&[finding("vault-key/prod", Severity::High, "the key of vault prod cannot be used")]);
    assert_eq!(ended(&today([Said::Fine("exists/ledger")], &vault)).len(), 1, "of no single database");
}

#[test]
fn what_nothing_tells_of_stays_and_says_why() {
    let state = told(&[finding("growth/orders", Severity::Medium, "backup storage of orders grows")]);
    let mut said = sheet([Said::Fine("growth/ledger"), Said::Fine("exists/orders")]);
    said.silent("growth/orders", "its values are too young");
    let compared = compare(now(), &policy(""), &said, &state, None);
    assert_eq!(compared.found[0].1.unseen.as_deref(), Some("its values are too young"));
    assert_eq!(ended(&compared), []);
}

#[test]
fn a_database_that_leaves_the_policy_takes_its_findings_with_it() {
    let mut before = retention();
    (before.id, before.database) = ("retention/old".to_owned(), Some("old".to_owned()));
    let compared = today([], &told(&[before]));
    assert_eq!(ended(&compared), [("retention/old", Ending::Unlisted)]);
}

#[test]
fn a_check_of_one_database_leaves_the_others_alone() {
    let account = finding("quota/clusters", Severity::Medium, "39 of 40 clusters");
    let state = told(&[retention(), shared(), account.clone()]);
    let said = [
        Said::Fine("retention/orders"),
        Said::Fine("shared-snapshot/"),
        Said::Fine(SHARED),
        Said::Fine("quota/clusters"),
        Said::Unknown("keys/ledger", "ledger"),
        Said::Unknown("keys/account", ""),
    ];
    let compared = compare(now(), &policy(""), &sheet(said), &state, Some("orders"));
    assert_eq!(ended(&compared), [("retention/orders", Ending::Fine)]);
    for id in [SHARED, "quota/clusters"] {
        assert_eq!(compared.next.findings.get(id), state.findings.get(id));
    }
    assert_eq!((compared.next.findings.len(), compared.next.looked_at), (2, state.looked_at));
    assert_eq!(tell(now(), &policy(""), &compared), Tell::Nothing, "the digest waits for a whole check");
}

#[test]
fn a_check_of_one_database_takes_nothing_of_it_for_gone() {
    let mut old = finding("old-snapshot/manual-1", Severity::Low, "manual-1 is old");
    old.database = Some("orders".to_owned());
    let state = told(&[old]);
    let said = || sheet([Said::Fine("old-snapshot/")]);
    assert_eq!(compare(now(), &policy(""), &said(), &state, Some("orders")).resolved.len(), 0);
    assert_eq!(compare(now(), &policy(""), &said(), &state, None).resolved.len(), 1);
}

#[test]
fn what_is_accepted_is_not_told_and_comes_back_as_new() {
    let policy_until = accepting("retention/*", "2026-11-20");
    let last_moment = "2026-11-20T14:59:59Z".parse().unwrap();
    let compared = compare(last_moment, &policy_until, &found(&[retention()]), &told(&[retention()]), None);
    assert!(compared.found.is_empty() && compared.resolved.is_empty());
    assert_eq!(compared.accepted[0].1, "it is being retired");
    assert_eq!(tell(last_moment, &policy_until, &compared), Tell::Nothing);
    let next_day = "2026-11-20T15:00:00Z".parse().unwrap();
    let compared = compare(next_day, &policy_until, &found(&[retention()]), &compared.next, None);
    assert_eq!(stands(&compared), [(Standing::New, "retention/orders")]);
}

/// `low` was met under an acceptance; then another finding of its id is met under these words of the policy
fn met_again(low: &Finding, again: &Finding, reason: &str) -> Compared {
    let id = &low.id;
    let words = |reason: &str| policy(&format!(r#""accept": [{{"finding": "{id}", "reason": "{reason}"}}]"#));
    let first = compare(now(), &words("it is old"), &found(std::slice::from_ref(low)), &mailed(), None);
    assert_eq!((first.accepted.len(), first.found.len()), (1, 0));
    // A day on which it was well in between changes nothing.
    let well = compare(now(), &words("it is old"), &sheet([Said::Fine("other/")]), &first.next, None);
    compare(now(), &words(reason), &found(std::slice::from_ref(again)), &well.next, None)
}

#[test]
fn what_is_worse_than_what_was_accepted_is_told_until_it_is_accepted_anew() {
    let low = finding("drill-age/orders", Severity::Low, "title");
    let high = Finding { severity: Severity::High, ..low.clone() };
    let asked = Finding { severity: Severity::Unjudged, ..low.clone() };
    let table = [
        ("the same", &low, &low, "it is old", false),
        ("worse", &low, &high, "it is old", true),
        ("better", &high, &low, "it is old", false),
        ("nobody could look, and now somebody could", &asked, &high, "it is old", true),
        ("grown a little", &storage(2100.0), &storage(3100.0), "it is old", false),
        ("grown by half", &storage(2100.0), &storage(3150.0), "it is old", true),
        ("worse, and accepted as that", &low, &high, "it is worse, and that is fine", false),
    ];
    for (situation, before, after, reason, is_told) in table {
        let compared = met_again(before, after, reason);
        assert_eq!(
            (compared.found.len(), compared.accepted.len()),
            if is_told { (1, 0) } else { (0, 1) },
            "{situation}"
        );
        if is_told {
            let words = &compared.found[0].1.finding.evidence[0];
            assert!(words.contains("accepted it") && words.contains("it is old"), "{situation}: {words}");
        }
    }
    let told = met_again(&low, &high, "it is old");
    assert_eq!(tell(now(), &policy(""), &told), Tell::AtOnce);
    // Another policy, another beginning: what is accepted no more is remembered no more.
    let other = compare(now(), &policy(""), &found(&[low]), &told.next, None);
    assert!(other.next.accepted.is_empty());
}

#[test]
fn an_id_with_a_colon_can_be_accepted() {
    let old = finding("old-snapshot/rds:orders-2026", Severity::Low, "old");
    let compared = compare(now(), &accepting("old-snapshot/*", "2027-01-01"), &found(&[old]), &State::default(), None);
    assert_eq!((compared.accepted.len(), compared.found.len()), (1, 0));
}

#[test]
fn what_comes_back_before_its_end_was_told_was_never_away() {
    let state = told(&[retention()]);
    let gone = today([Said::Fine("retention/orders")], &State { digest_at: Some(now()), ..state.clone() });
    assert_eq!(tell(now(), &policy(""), &gone), Tell::Nothing, "today's digest is out");
    let (tell, back, _) = run(now() + hours(1), &policy(""), &found(&[retention()]), &gone.next);
    assert_eq!((tell, stands(&back)[0].0, back.resolved.len()), (Tell::Nothing, Standing::Ongoing, 0));
    assert_eq!(back.found[0].1.since, state.findings["retention/orders"].since);
}

#[test]
fn what_comes_back_after_its_end_was_told_is_new_and_says_so() {
    let (tell, _, state) = run(now(), &policy(""), &sheet([Said::Fine("retention/orders")]), &told(&[retention()]));
    assert_eq!(tell, Tell::Digest);
    let (tell, back, _) = run(now() + hours(1), &policy(""), &found(&[retention()]), &state);
    assert_eq!((tell, stands(&back)[0].0, back.found[0].1.ended_before), (Tell::AtOnce, Standing::New, Some(now())));
}

#[test]
fn what_came_and_went_unseen_is_told_only_if_it_was_severe() {
    let state = today([Said::Found(retention()), Said::Found(storage(2100.0))], &mailed()).next;
    let compared = today([Said::Fine("retention/orders"), Said::Fine("billed-storage/orders")], &state);
    assert_eq!(ended(&compared), [("retention/orders", Ending::Fine)]);
}

#[test]
fn a_flapping_finding_makes_no_storm() {
    for finding in [retention(), storage(2100.0)] {
        let fine =
            sheet([Said::Fine(if finding.id.starts_with('r') { "retention/orders" } else { "billed-storage/orders" })]);
        let (mut state, mut mails) = (mailed(), 0);
        for quarter in 0..96_i64 {
            let at = now() + jiff::SignedDuration::from_mins(15 * quarter);
            let sheet = if quarter % 2 == 0 { found(std::slice::from_ref(&finding)) } else { fine.clone() };
            let (tell, _, next) = run(at, &policy(""), &sheet, &state);
            mails += usize::from(tell != Tell::Nothing);
            state = next;
        }
        assert!(mails <= 3, "{mails} mails of {}", finding.id);
    }
}

#[test]
fn what_is_severe_goes_out_at_once_and_the_rest_once_a_day() {
    let both = found(&[retention(), storage(2100.0)]);
    let (tell, _, state) = run(now(), &policy(""), &both, &mailed());
    assert_eq!(tell, Tell::AtOnce);
    assert!(state.findings["retention/orders"].is_told() && !state.findings["billed-storage/orders"].is_told());
    let (tell, _, state) = run(now() + hours(1), &policy(""), &both, &state);
    assert_eq!(tell, Tell::Nothing);
    let (tell, _, state) = run(now() + hours(24), &policy(""), &both, &state);
    assert_eq!((tell, state.digest_at), (Tell::Digest, Some(now() + hours(24))));
}

#[test]
fn a_mail_that_failed_is_told_by_the_next_run() {
    let (first, compared, _) = run(now(), &policy(""), &found(&[retention()]), &mailed());
    let (second, again, _) = run(now() + hours(1), &policy(""), &found(&[retention()]), &compared.next);
    assert_eq!((first, second, again.found[0].0), (Tell::AtOnce, Tell::AtOnce, Standing::New));
    assert_eq!(again.found[0].1.since, now());
}

#[test]
fn what_was_not_told_of_others_is_told_by_the_check_of_one() {
    let untold = today([Said::Found(shared())], &mailed()).next;
    let compared = compare(now(), &policy(""), &sheet([Said::Fine("keys/orders")]), &untold, Some("orders"));
    assert_eq!(tell(now(), &policy(""), &compared), Tell::AtOnce);
    assert!(stands(&compared).contains(&(Standing::New, SHARED)), "and the mail has it");
}

#[test]
fn the_weekly_mail_goes_with_the_first_check_of_its_day_or_is_made_up_for() {
    let fine = sheet([Said::Fine("retention/orders")]);
    let at = |text: &str| text.parse().unwrap();
    let weekly = |now: &str, last: Option<&str>| {
        let state = State { weekly_at: last.map(at), ..mailed() };
        run(at(now), &policy(""), &fine, &state).0 == Tell::Weekly
    };
    let last_week = Some("2026-11-15T21:00:00Z"); // Monday, 6:00 in Tokyo
    assert!(!weekly("2026-11-22T14:59:00Z", last_week), "still Sunday in Tokyo");
    assert!(weekly("2026-11-22T15:00:00Z", last_week), "Monday");
    assert!(!weekly("2026-11-23T05:00:00Z", Some("2026-11-22T15:00:00Z")), "the second check of that day");
    assert!(weekly("2026-11-24T21:00:00Z", last_week), "Monday's check did not run, or its mail failed");
    assert!(weekly("2026-11-19T21:00:00Z", None), "the first one ever");
    assert!(weekly("2026-11-19T21:00:00Z", Some("2027-11-19T21:00:00Z")), "a clock that was wrong silences nothing");
}

#[test]
fn the_document_has_bounds() {
    let hundred_days = (0..100).map(|day| Sample { at: now() - hours(24 * (100 - day)), value: 1.0 }).collect();
    let asked = |n: i64| AskedSharing { created_at: None, asked_at: now() - hours(n), sharing: Sharing::Private };
    let mut state = mailed();
    state.history = [("orders".to_owned(), hundred_days), ("gone".to_owned(), vec![])].into();
    state.sharing = (0..20_010).map(|n| (format!("arn-{n:05}"), asked(n))).collect();
    let many = (0..5_010).map(|n| Said::Found(finding(&format!("old/{n:05}"), Severity::Low, "old")));
    let compared = today(many.chain([Said::Found(retention())]), &state);
    let next = &compared.next;
    assert_eq!((next.history.len(), next.history["orders"].len()), (1, 60));
    assert_eq!((next.sharing.len(), next.sharing.contains_key("arn-20009")), (20_000, false));
    assert_eq!((next.findings.len(), compared.left_out), (5_000, 11));
    assert!(next.findings.contains_key("retention/orders"), "the worst stay");
}

#[test]
fn ends_that_were_told_are_forgotten_after_a_week() {
    let state = run(now(), &policy(""), &sheet([Said::Fine("retention/orders")]), &told(&[retention()])).2;
    let later = |days: i64| compare(now() + hours(24 * days), &policy(""), &sheet([]), &state, None).next.ended.len();
    assert_eq!((later(6), later(8)), (1, 0));
}

#[test]
fn a_document_of_version_1_is_read() {
    let state = State::parse(include_str!("version-1.json")).unwrap();
    let compared = today([Said::Found(retention()), Said::Found(storage(2500.0))], &state);
    let expected = [(Standing::Ongoing, "retention/orders"), (Standing::New, "billed-storage/orders")];
    assert_eq!(stands(&compared), expected);
    assert_eq!((state.sharing.len(), state.history["orders"].len()), (2, 1));
}

#[test]
fn a_document_of_a_newer_version_or_none_at_all_is_left_alone() {
    let newer = State::parse(r#"{"version": 2, "findings": []}"#).unwrap_err();
    assert!(newer.contains("version 2") && newer.contains("deploy"), "{newer}");
    let broken = State::parse("{\"version\": 1, \"findings\": 3}").unwrap_err();
    assert!(broken.contains("repair it"), "{broken}");
}
