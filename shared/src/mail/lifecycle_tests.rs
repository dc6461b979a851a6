//! The words of `snapshot-lifecycle`, as they arrive.

use proptest::prelude::*;

use super::text::columns;
use super::{
    Done, Mail, export_message, lifecycle_mail, lifecycle_metrics, plan_message, quota_message, status_message,
    taken_message,
};
use crate::database::{Seen, Sharing, Snapshot};
use crate::lifecycle::fixtures::{daily, home, hours, marked, now, of_instance, policy, ripe, snapshot, strict, world};
use crate::lifecycle::{CreateSnapshot, KEEP, Marks, Plan, StartExport, Taken, World, plan, preview};

const ZONE: &str = "Asia/Tokyo";

fn shown(mail: Option<Mail>) -> String {
    let mail = mail.unwrap();
    format!("Subject: {}\n\n{}", mail.subject, mail.body)
}

/// Everything that can be in a table
fn busy() -> World {
    let mut all = daily(4);
    all[1].tags.insert(KEEP.to_owned(), String::new());
    all[2].storage_gib = Some(1);
    all.push(snapshot("pre-maintenance-orders-schema-migration-of-the-y-0a1b2c3d-202611", 60));
    all.push(Snapshot { status: "creating".to_owned(), created_at: None, ..snapshot("pre-new", 0) });
    let mut shared = snapshot("pre-shared", 500);
    shared.details.sharing = Sharing::With(vec!["111122223333".to_owned()]);
    all.extend([shared, snapshot("hand-made", 800), of_instance("manual-1", 100), of_instance("manual-2", 200)]);
    let mut world = world(all);
    let used = home(&mut world)[3].arn.clone();
    world.in_use.insert(used, "export-pre-3 is exporting it".to_owned());
    world
}

fn real(policy_text: &str) -> crate::policy::Policy {
    policy(policy_text, r#""dry_run": false, "max_deletions": 5"#)
}

fn all_deleted(plan: &Plan) -> Done {
    Done { deleted: plan.to_delete().map(|line| line.snapshot.arn.clone()).collect(), ..Done::default() }
}

#[test]
fn a_plan_is_shown() {
    let dry = policy(r#""patterns": ["pre-*"], "keep_last": 2, "keep_days": 2"#, "");
    let (_, plan) = ripe(&dry, &busy());
    insta::assert_snapshot!(plan_message(&plan, ZONE));
}

#[test]
fn a_plan_for_another_day_is_shown() {
    let at = "2026-12-24T14:59:59Z".parse().unwrap();
    insta::assert_snapshot!(plan_message(&preview(now(), at, &strict(), &world(daily(3)), &Marks::default()), ZONE));
}

#[test]
fn a_dry_run() {
    let dry = policy(r#""patterns": ["pre-*"], "keep_last": 2"#, "");
    let (_, plan) = ripe(&dry, &world(daily(5)));
    insta::assert_snapshot!(shown(lifecycle_mail(&plan, &Done::default(), ZONE)));
}

#[test]
fn a_run_that_deleted_and_marked() {
    let policy = real(r#""patterns": ["pre-*"], "keep_last": 2"#);
    let mut world = world(daily(5));
    let mut marks = marked(&policy, &world, 48);
    let youngest = home(&mut world)[2].arn.clone();
    marks.marks.remove(&youngest);
    let plan = plan(now(), &policy, &world, &marks);
    insta::assert_snapshot!(shown(lifecycle_mail(&plan, &all_deleted(&plan), ZONE)));
    let metrics = lifecycle_metrics(&plan, &all_deleted(&plan));
    assert_eq!((metrics.len(), metrics[0].name, metrics[0].value), (1, "SnapshotsDeleted", 2.0));
}

#[test]
fn deletions_that_failed() {
    let (_, plan) = ripe(&strict(), &world(daily(4)));
    let done = Done {
        deleted: plan.to_delete().take(1).map(|line| line.snapshot.arn.clone()).collect(),
        failed: vec![("pre-2".to_owned(), "DeleteDBClusterSnapshot was refused: AccessDenied".to_owned())],
        spared: vec![("pre-9".to_owned(), "it is kept: pinned by its tag lifeboat:keep".to_owned())],
        not_copied: vec![("copy-pre-0-20261116120000".to_owned(), "KMSKeyNotAccessibleFault".to_owned())],
        unfinished: 3,
    };
    insta::assert_snapshot!(shown(lifecycle_mail(&plan, &done, ZONE)));
}

#[test]
fn backups_that_are_stale() {
    let mut world = world(daily(4));
    world.newest.get_mut("orders").unwrap().automated = Some(now() - hours(50));
    let (_, plan) = ripe(&strict(), &world);
    insta::assert_snapshot!(shown(lifecycle_mail(&plan, &Done::default(), ZONE)));
}

#[test]
fn a_clock_that_is_wrong() {
    let mut marks = marked(&strict(), &world(daily(4)), 48);
    marks.at = Some(now() + hours(24 * 365));
    let plan = plan(now(), &strict(), &world(daily(4)), &marks);
    insta::assert_snapshot!(shown(lifecycle_mail(&plan, &Done::default(), ZONE)));
}

#[test]
fn copies_that_cannot_be_made() {
    let rules = r#""patterns": ["pre-*"], "keep_last": 4, "copy_to": {"region": "us-west-2", "keep_last": 2}"#;
    let plan = plan(now(), &real(rules), &world(daily(4)), &Marks::default());
    insta::assert_snapshot!(shown(lifecycle_mail(&plan, &Done::default(), ZONE)));
}

#[test]
fn a_run_with_nothing_to_tell_sends_no_mail() {
    let plan = plan(now(), &strict(), &world(daily(2)), &Marks::default());
    assert_eq!(lifecycle_mail(&plan, &Done::default(), ZONE), None);
}

#[test]
fn answers_to_requests() {
    let identifier = "pre-maintenance-orders-schema-migration-42-202611201200".to_owned();
    let new = CreateSnapshot {
        database: "orders".to_owned(),
        source: "prod-orders".to_owned(),
        clustered: true,
        identifier: identifier.clone(),
        tags: std::collections::BTreeMap::new(),
        keep_until: Some(now() + hours(240)),
        thinned_out: true,
    };
    let open = CreateSnapshot { keep_until: None, thinned_out: false, ..new.clone() };
    let status = |status: &str, percent| {
        let mut one = snapshot(&identifier, 1);
        status.clone_into(&mut one.status);
        one.details.percent = percent;
        status_message(&identifier, &Seen::Present(one), ZONE)
    };
    let export = StartExport {
        task: "export-pre-0-202611201200".to_owned(),
        source_arn: String::new(),
        bucket: "archive".to_owned(),
        prefix: Some("years/".to_owned()),
        kms_key: "alias/archive".to_owned(),
        role: "arn:aws:iam::123456789012:role/export".to_owned(),
    };
    let answers = [
        taken_message(&Taken::New(new), ZONE),
        taken_message(&Taken::New(open), "UTC"),
        taken_message(&Taken::Before { identifier: identifier.clone() }, ZONE),
        status("creating", Some(40)),
        status("available", Some(100)),
        status("failed", None),
        status_message("pre-9", &Seen::Absent, ZONE),
        status_message("pre-9", &Seen::Unknown("AccessDenied".to_owned()), ZONE),
        quota_message("orders", &ripe(&strict(), &world(daily(9))).1, true),
        quota_message("orders", &plan(now(), &strict(), &world(daily(2)), &Marks::default()), true),
        export_message(&export),
    ];
    insta::assert_snapshot!(answers.join("----\n"));
}

proptest! {
    #[test]
    fn words_keep_their_limits_whatever_the_names_are(
        (identifier, tag, why, status) in ("(?s:.){0,200}", "(?s:.){0,200}", "(?s:.){0,200}", "(?s:.){0,200}"),
    ) {
        let mut world = world(daily(5));
        std::sync::Arc::make_mut(&mut home(&mut world)[3]).identifier = format!("pre-{identifier}");
        std::sync::Arc::make_mut(&mut home(&mut world)[2]).tags.insert(crate::lifecycle::KEEP_UNTIL.to_owned(), tag);
        let mut odd = snapshot(&identifier, 700);
        odd.status = status.clone();
        odd.source = why.clone();
        home(&mut world).push(std::sync::Arc::new(odd));
        let (_, plan) = ripe(&strict(), &world);
        let done = Done { failed: vec![(identifier.clone(), why.clone())], ..all_deleted(&plan) };
        let mut texts = vec![plan_message(&plan, &status), status_message(&identifier, &Seen::Unknown(why.clone()), ZONE)];
        texts.push(quota_message(&why, &plan, true));
        for done in [done, all_deleted(&plan)] {
            let Some(mail) = lifecycle_mail(&plan, &done, ZONE) else { continue };
            prop_assert!(mail.subject.len() < 100 && mail.subject.is_ascii());
            let opening: Vec<&str> = mail.body.lines().take(3).map(|line| line.split(':').next().unwrap()).collect();
            prop_assert_eq!(opening, ["Happened", "At risk", "Do now"]);
            texts.push(mail.body);
        }
        for line in texts.iter().flat_map(|text| text.split('\n')) {
            prop_assert!(columns(line) < 78, "{} columns: {}", columns(line), line);
            prop_assert!(!line.contains(char::is_control), "{:?}", line);
        }
    }
}
