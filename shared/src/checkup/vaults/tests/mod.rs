//! Questions about AWS Backup, as situations.

mod honesty;
mod jobs;
mod locks;
mod points;
mod schedules;

use super::fixtures::{answer, now, sheet_at, well};
use crate::checkup::Answer;

#[test]
fn when_all_is_well_every_question_is_answered_fine() {
    let sheet = sheet_at(now(), &well());
    let fine = sheet.answers().filter(|(_, answer)| **answer == Answer::Fine);
    let asked: Vec<&str> = fine.map(|(id, _)| id).collect();
    assert_eq!(
        asked,
        [
            "backup-jobs/ledger/prod",
            "backup-jobs/orders/prod",
            "backup-schedule/ledger/prod",
            "backup-schedule/orders/prod",
            "copy-jobs/orders/prod",
            "expired-points/prod",
            "plan-rules/prod",
            "point-keys/ledger/prod",
            "point-keys/orders/prod",
            "recovery-point/ledger/prod",
            "recovery-point/orders/prod",
            "restore-test-copies",
            "vault-key/prod",
            "vault-lock-rules/prod",
            "vault-lock/prod",
        ]
    );
    assert!(sheet.findings().is_empty(), "{:?}", sheet.findings());
    assert_eq!(answer(&well(), "recovery-point/orders/prod"), Some(Answer::Fine));
}

#[test]
fn a_policy_without_vaults_asks_nothing_of_aws_backup() {
    let text = r#"{"version": 1, "databases": {"orders": {"kind": "aurora", "identifier": "prod-orders"}}}"#;
    let policy = crate::policy::Policy::parse(text).unwrap();
    let mut sheet = crate::checkup::Sheet::default();
    let world = crate::checkup::World { home: "eu-west-1".to_owned(), ..crate::checkup::World::default() };
    let index = crate::checkup::index::Index::of(&world);
    super::ask(&crate::checkup::Asking { now: now(), policy: &policy, world: &world, index: &index }, &mut sheet);
    assert_eq!(sheet.answers().count(), 0);
}
