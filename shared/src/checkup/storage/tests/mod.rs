//! Questions about storage and money, as situations.

mod costs;
mod honesty;
mod measured;
mod snapshots;

use super::fixtures::{answer, policy, sheet_with, well};

#[test]
fn when_all_is_well_every_question_is_answered_fine() {
    let sheet = sheet_with(&policy(), &well());
    let asked: Vec<&str> = sheet.answers().map(|(id, _)| id).collect();
    assert_eq!(asked, ["billed/orders", "growth/orders", "old-snapshots/ledger", "old-snapshots/orders"]);
    assert!(sheet.findings().is_empty(), "{:?}", sheet.findings());
    assert_eq!(answer(&well(), "billed/ledger"), None, "what the policy does not limit is not asked");
}
