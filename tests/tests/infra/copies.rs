//! The role of `restore-drill`: what it makes, tags and deletes is named and tagged as a copy.

use crate::terraform::{Statement, read, statements};

#[test]
fn a_role_is_handed_to_aws_backup_alone_and_no_more_of_aws_backup_is_used_than_restoring() {
    let drill = statements("restore_drill.tf", "restore_drill");
    let with = |prefix: &str| -> Vec<&Statement> {
        let has = |it: &&Statement| it.allows && it.actions.iter().any(|action| action.starts_with(prefix));
        drill.iter().filter(has).collect()
    };
    let [pass] = with("iam:")[..] else { panic!("one statement about roles") };
    assert_eq!(pass.actions, ["iam:PassRole"]);
    assert_eq!(pass.conditions, [("StringEquals".to_owned(), "iam:PassedToService".to_owned())]);
    // The roles of the policy, as they are written there: no pattern
    assert_eq!(pass.resources.trim(), "statement.value");
    for statement in with("backup:") {
        assert_eq!(statement.actions.iter().filter(|action| !action.starts_with("backup:")).count(), 0);
        let stars = statement.resources.matches('*').count();
        match statement.actions[0].as_str() {
            "backup:ListRecoveryPointsByBackupVault" => assert_eq!(stars, 0, "vaults by name"),
            "backup:DescribeRestoreJob" => assert_eq!(statement.resources.matches("\"*\"").count(), 1),
            _ => {
                let points = [":cluster-snapshot:awsbackup:*", ":snapshot:awsbackup:*", ":recovery-point:*"];
                assert!(points.iter().all(|point| statement.resources.contains(point)), "{}", statement.resources);
                assert_eq!(stars, points.len(), "{}", statement.resources);
            }
        }
    }
    // Nothing of it stands without a drill that needs it
    let text = read("infra/restore_drill.tf");
    for sid in [
        "LookIntoVaults",
        "RestoreRecoveryPoints",
        "FollowRestoreJobs",
        "HandRestoreRolesToAwsBackup",
        "AnswerRestoreTests",
    ] {
        let before = text.split(&format!("\"{sid}\"")).next().unwrap();
        assert!(before.rfind("dynamic \"statement\"") > before.rfind("\n  statement {"), "{sid} stands always");
    }
}

#[test]
fn tags_go_to_copies_that_are_drills_or_nothing_yet() {
    let drill = statements("restore_drill.tf", "restore_drill");
    let tags = |it: &&Statement| it.allows && it.actions.iter().any(|action| action == "rds:AddTagsToResource");
    let tagging: Vec<&Statement> = drill.iter().filter(tags).collect();
    let wanted = [
        ("StringEquals".to_owned(), "aws:RequestTag/lifeboat:purpose".to_owned()),
        ("StringEqualsIfExists".to_owned(), "aws:ResourceTag/lifeboat:purpose".to_owned()),
    ];
    let sids: Vec<&str> = tagging.iter().map(|statement| statement.sid.as_str()).collect();
    assert_eq!(sids, ["TagDrills", "TagWhatIsAttached"]);
    for statement in tagging {
        assert_eq!(statement.conditions, wanted, "{}", statement.sid);
    }
    let deny = drill.iter().find(|statement| statement.sid == "NeverOutsideOurNames").unwrap();
    assert!(deny.actions.iter().any(|action| action == "rds:AddTagsToResource") && deny.conditions.is_empty());
}

#[test]
fn a_star_for_a_region_is_always_fenced() {
    let drill = statements("restore_drill.tf", "restore_drill");
    let fence = drill.iter().find(|statement| statement.sid == "OnlyWhereDrillsAre").expect("the fence");
    assert!(!fence.allows && fence.resources.contains("\"*\""));
    assert_eq!(fence.conditions, [("StringNotEquals".to_owned(), "aws:RequestedRegion".to_owned())]);
    // Every service that an ARN with * for its region names
    for statement in drill.iter().filter(|it| it.allows && it.resources.contains("copies")) {
        for action in &statement.actions {
            let service = action.split(':').next().unwrap();
            assert!(fence.actions.contains(&format!("{service}:*")), "{}: {action}", statement.sid);
        }
    }
}

/// Whether a statement is one of those for restore tests of AWS Backup, and allows no more than it has to: what AWS Backup made is
/// opened by its own tag, and what is made or removed is named and tagged as a validation's.
fn of_restore_tests(statement: &Statement) -> bool {
    use lifeboat::restore::{PURPOSE, Purpose, RESTORE_TEST, prefix_of};
    let (test, own) = (format!("{RESTORE_TEST}-*"), format!(":db:{}*", prefix_of(Purpose::Validation)));
    let resources = &statement.resources;
    let on_tests = [format!(":cluster:{test}"), format!(":db:{test}")];
    let stars = resources.matches('*').count();
    let conditions: Vec<(&str, &str)> =
        statement.conditions.iter().map(|(test, key)| (test.as_str(), key.as_str())).collect();
    let (asked, has) = (format!("aws:RequestTag/{PURPOSE}"), format!("aws:ResourceTag/{PURPOSE}"));
    let tag = format!("aws:ResourceTag/{RESTORE_TEST}");
    match statement.sid.as_str() {
        "OpenRestoreTests" => {
            assert!(on_tests.iter().all(|it| resources.contains(it)) && stars == 2, "{resources}");
            assert_eq!(conditions, [("Null", tag.as_str())]);
            assert!(statement.actions.iter().all(|action| action.starts_with("rds:Modify")), "{:?}", statement.actions);
        }
        "AttachToRestoreTests" => {
            assert!(resources.contains(&on_tests[0]) && resources.contains(&own) && stars == 2, "{resources}");
            assert_eq!(conditions, [("StringEquals", asked.as_str())]);
            assert!(statement.actions.iter().all(|action| action == "rds:CreateDBInstance"), "{:?}", statement.actions);
        }
        "TagWhatIsAttached" => assert!(resources.contains(&own) && stars == 1, "{resources}"),
        "RemoveWhatWasAttached" => {
            assert!(resources.contains(&own) && stars == 1, "{resources}");
            assert_eq!(conditions, [("StringEquals", has.as_str())]);
        }
        _ => return false,
    }
    true
}

#[test]
fn whatever_changes_a_database_is_held_to_a_name_and_a_tag() {
    use lifeboat::restore::{PURPOSE, Purpose, prefix_of};
    let drill = statements("restore_drill.tf", "restore_drill");
    let changes = |action: &str| {
        ["Delete", "Modify", "Start", "Create", "AddTags"].iter().any(|verb| action.starts_with(&format!("rds:{verb}")))
    };
    for statement in drill.iter().filter(|it| it.allows && it.actions.iter().any(|action| changes(action))) {
        let sid = &statement.sid;
        // What RDS asks for besides the copy itself: no cluster, no instance
        if sid == "UseGroups" || sid == "DestroyWithoutFinalSnapshot" {
            assert!(!statement.resources.contains(":cluster:") && !statement.resources.contains(":db:"), "{sid}");
            continue;
        }
        if of_restore_tests(statement) {
            continue;
        }
        let prefix = [Purpose::Drill, Purpose::Inspection].map(prefix_of).into_iter().find(|prefix| {
            let named = [format!(":cluster:{prefix}*"), format!(":db:{prefix}*")];
            named.iter().all(|name| statement.resources.contains(name))
        });
        assert!(prefix.is_some() && statement.resources.matches('*').count() == 2, "{sid}: {}", statement.resources);
        let tag = format!("Tag/{PURPOSE}");
        assert!(statement.conditions.iter().any(|(test, key)| test == "StringEquals" && key.ends_with(&tag)), "{sid}");
    }
    let deny = drill.iter().find(|statement| statement.sid == "NeverOutsideOurNames").unwrap();
    assert!(
        !deny.allows && ["rds:Delete*", "rds:Modify*"].iter().all(|action| deny.actions.iter().any(|it| it == action))
    );
}
