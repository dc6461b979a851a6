//! What holds whatever is found.

use proptest::prelude::*;

use crate::checkup::fixtures::{Said, finding, hours, now, policy, run, sheet};
use crate::checkup::{Severity, Sheet, Standing, State, Tell, compare};

const IDS: [&str; 6] =
    ["retention/orders", "retention/ledger", "keys/orders", "keys/ledger", "old-snapshot/a", "old-snapshot/b"];

/// What the six questions answer: fine, could not be told, found with a severity and a measure, or not asked
fn answers() -> impl Strategy<Value = Vec<Said>> {
    let one = (0..7_usize, prop::option::of((0..1_000_000_u32).prop_map(f64::from)));
    prop::collection::vec(one, IDS.len()).prop_map(|all| {
        IDS.iter()
            .zip(all)
            .filter_map(|(id, (what, measure))| {
                let severity = [Severity::Low, Severity::Medium, Severity::High].get(what.wrapping_sub(3));
                match (what, severity) {
                    (0, _) => None,
                    (1, _) => Some(Said::Fine(id)),
                    (2, _) => Some(Said::Unknown(id, id.split('/').nth(1).filter(|name| name.len() > 1).unwrap_or(""))),
                    (_, Some(severity)) => {
                        let mut found = finding(id, *severity, "Something is wrong");
                        found.measure = measure;
                        Some(Said::Found(found))
                    }
                    _ => Some(Said::Fine(id)),
                }
            })
            .collect()
    })
}

fn history() -> impl Strategy<Value = (Vec<Vec<Said>>, Vec<bool>)> {
    (prop::collection::vec(answers(), 1..9), prop::collection::vec(any::<bool>(), 9))
}

/// The state after some days, on some of which no mail went out
fn after((days, mails): &(Vec<Vec<Said>>, Vec<bool>)) -> State {
    let mut state = State::default();
    for ((day, said), mailed) in (0_i64..).zip(days).zip(mails) {
        let (_, compared, told) = run(now() + hours(24 * (day - 9)), &policy(""), &sheet(said.clone()), &state);
        state = if *mailed { told } else { compared.next };
    }
    state
}

fn is_unjudged(sheet: &Sheet, id: &str) -> bool {
    sheet.findings().iter().any(|finding| finding.id == id && finding.severity == Severity::Unjudged)
}

fn odd_measure() -> impl Strategy<Value = f64> {
    prop_oneof![Just(f64::NAN), Just(f64::INFINITY), Just(-0.0), (0..u32::MAX).prop_map(f64::from)]
}

proptest! {
    #[test]
    fn the_same_sheet_again_says_nothing_new(past in history(), said in answers(), later in 0..20_i64) {
        let sheet = sheet(said);
        let (_, once, _) = run(now(), &policy(""), &sheet, &after(&past));
        let mut state = once.next.clone();
        state.told(now(), Tell::Weekly);
        let again = compare(now() + hours(later), &policy(""), &sheet, &state, None);
        prop_assert!(again.found.iter().all(|(stands, _)| *stands == Standing::Ongoing));
        prop_assert!(again.resolved.is_empty());
        // And without a mail in between, it says the same.
        let same = compare(now(), &policy(""), &sheet, &once.next, None);
        prop_assert_eq!(same, once);
    }

    #[test]
    fn no_answer_never_resolves(past in history(), said in answers()) {
        let (state, sheet) = (after(&past), sheet(said));
        let compared = compare(now(), &policy(""), &sheet, &state, None);
        for (id, known) in state.findings.iter().filter(|(id, _)| is_unjudged(&sheet, id)) {
            let (_, now) = compared.found.iter().find(|(_, now)| now.finding.id == *id).unwrap();
            prop_assert_eq!(now.finding.severity, known.finding.severity);
            prop_assert_eq!(now.since, known.since);
        }
    }

    #[test]
    fn what_ends_was_answered_or_its_family_was_looked_at(past in history(), said in answers()) {
        let (state, sheet) = (after(&past), sheet(said));
        let compared = compare(now(), &policy(""), &sheet, &state, None);
        for (id, _) in state.findings.iter().filter(|(id, _)| !compared.next.findings.contains_key(*id)) {
            let family = id.split('/').next().unwrap();
            prop_assert!(sheet.answers().any(|(other, _)| other == id || other.starts_with(family)));
        }
    }

    #[test]
    fn each_is_told_once_until_it_is_worse_or_ends(past in history(), said in answers()) {
        let (state, sheet) = (after(&past), sheet(said));
        let (tell, compared, told) = run(now(), &policy(""), &sheet, &state);
        prop_assert!(tell != Tell::AtOnce || compared.found[0].1.finding.severity == Severity::High);
        let (next_tell, ..) = run(now() + hours(1), &policy(""), &sheet, &told);
        prop_assert_eq!(next_tell, Tell::Nothing, "after {:?}", tell);
    }

    #[test]
    fn the_order_of_questions_does_not_matter(past in history(), said in answers()) {
        let state = after(&past);
        let backwards: Vec<Said> = said.iter().rev().cloned().collect();
        let one = compare(now(), &policy(""), &sheet(said), &state, None);
        prop_assert_eq!(one, compare(now(), &policy(""), &sheet(backwards), &state, None));
    }

    #[test]
    fn a_document_reads_back_as_it_was_written(past in history(), measure in odd_measure(), text in "(?s:.){0,99}") {
        let mut odd = finding(&text, Severity::High, &text);
        (odd.measure, odd.database) = (Some(measure), Some(text.clone()));
        let compared = compare(now(), &policy(""), &sheet([Said::Found(odd)]), &after(&past), None);
        let written = serde_json::to_string(&compared.next).unwrap();
        let read = State::parse(&written).unwrap();
        prop_assert_eq!(serde_json::to_string(&read).unwrap(), written);
        prop_assert_eq!(read, compared.next);
    }
}
