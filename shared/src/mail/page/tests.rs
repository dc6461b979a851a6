//! Pages: whole, closed in themselves, and safe whatever the data says.

use jiff::SignedDuration;
use proptest::prelude::*;

use super::super::fixtures::{self, now};
use super::super::{Summary, report_key};
use super::{INDEX_KEY, index_page, run_page};
use crate::restore::Record;

/// Half a year of one database's drills, and a few of another's
fn history() -> Vec<Summary> {
    let makers: [fn() -> Record; 4] =
        [fixtures::passed, fixtures::check_failed, fixtures::quota, fixtures::left_behind];
    let mut all = Vec::new();
    for week in 0..26_i64 {
        let maker = match week {
            3 => makers[2],
            9 => makers[1],
            10 => makers[3],
            _ => makers[0],
        };
        let mut summary = Summary::of(&maker());
        summary.run = format!("{}-{week}", summary.run);
        summary.requested_at -= SignedDuration::from_hours(24 * 7 * week);
        summary.rto_seconds = summary.rto_seconds.map(|seconds| seconds - week * 23 + (week * 7919 % 300));
        all.push(summary);
    }
    let mut billing = Summary::of(&fixtures::backup_unusable());
    (billing.database, billing.title) = ("billing".to_owned(), "billing".to_owned());
    billing.run = "drill-billing-202611221800".to_owned();
    all.push(billing);
    let mut other = Summary::of(&fixtures::rds_instance());
    (other.database, other.title) = ("warehouse".to_owned(), "warehouse/quarterly".to_owned());
    other.requested_at -= SignedDuration::from_hours(50);
    all.push(other);
    all
}

fn pages() -> Vec<(&'static str, String)> {
    let page = |record: Record| run_page(&record, now());
    vec![
        ("passed", page(fixtures::passed())),
        ("check-failed", page(fixtures::check_failed())),
        ("differing", page(fixtures::differing(&[]))),
        ("unusable", page(fixtures::backup_unusable())),
        ("quota", page(fixtures::quota())),
        ("left-behind", page(fixtures::left_behind())),
        ("implicit", page(fixtures::implicit())),
        ("rds", page(fixtures::rds_instance())),
        ("vault", page(fixtures::from_a_vault())),
        ("gone", page(fixtures::gone())),
        ("region", page(fixtures::in_another_region())),
        ("documentdb", page(fixtures::documentdb_unread())),
        ("hostile", page(fixtures::hostile())),
        ("index", index_page(&history(), now())),
        ("index-empty", index_page(&[], now())),
    ]
}

/// `cargo test -p lifeboat pages_to_look_at -- --ignored` writes them to `$CARGO_MANIFEST_DIR/../target/pages`
#[test]
#[ignore = "writes files, to be looked at in a browser"]
fn pages_to_look_at() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/pages");
    std::fs::create_dir_all(&folder).unwrap();
    for (name, page) in pages() {
        std::fs::write(folder.join(format!("{name}.html")), page).unwrap();
    }
}

/// What is between the style and the end, an element a line: a change of words is told apart from a change of looks
fn content(page: &str) -> String {
    let content = page.split("</style>").nth(1).unwrap();
    content.replace("><", ">\n<")
}

#[test]
fn the_pages_say_what_they_said() {
    for (name, page) in pages() {
        insta::assert_snapshot!(name, content(&page));
    }
}

#[test]
fn a_page_needs_nothing_but_itself() {
    for (name, page) in pages() {
        assert!(page.starts_with("<!DOCTYPE html>") && page.ends_with("</html>"), "{name}");
        for loads in ["<script", "src=", "url(", "@import", "<link", "http://", "https://"] {
            assert!(!page.contains(loads), "{name} has {loads}");
        }
        assert!(page.len() < 200_000, "{name} is {} bytes", page.len());
    }
}

#[test]
fn a_picture_is_told_in_words_too() {
    let page = run_page(&fixtures::passed(), now());
    assert!(page.contains("volume restored after 17 min 58 s; instance up after 28 min 57 s"), "{page}");
    let page = index_page(&history(), now());
    assert!(page.contains("RTO of the last 20 drills, oldest first"));
    assert!(page.contains("Never proved: no drill has passed."));
}

#[test]
fn all_runs_are_listed_newest_first_whatever_order_they_come_in() {
    let mut all = history();
    all.reverse();
    assert_eq!(index_page(&all, now()), index_page(&history(), now()));
}

#[test]
fn pages_lie_where_the_mails_say() {
    assert_eq!((report_key("drill-a-1").as_str(), INDEX_KEY), ("reports/drill-a-1.html", "reports/index.html"));
}

/// How often a page opens an element
fn elements(page: &str) -> usize {
    page.matches('<').count()
}

proptest! {
    #[test]
    fn nothing_from_outside_becomes_part_of_the_page(text in "(?s:[<>&\"'/a-z\\n\u{202e}\u{0}]|.){1,200}") {
        let with = |text: &str| {
            let mut record = fixtures::passed();
            record.plan.database = text.to_owned();
            record.plan.identifier = text.to_owned();
            record.run = text.to_owned();
            record.notes = vec![text.to_owned()];
            record.leftovers = vec![fixtures::leftover(text, text, Some(text))];
            record.verdict = record.verdict.map(|verdict| crate::verify::Verdict { reason: text.to_owned(), ..verdict });
            (run_page(&record, now()), index_page(&[Summary::of(&record)], now()))
        };
        let (plain, hostile) = (with("plain"), with(&text));
        prop_assert_eq!(elements(&plain.0), elements(&hostile.0));
        prop_assert_eq!(elements(&plain.1), elements(&hostile.1));
        prop_assert!(!hostile.1.contains(['\u{202e}', '\0']), "an invisible letter came through");
    }
}
