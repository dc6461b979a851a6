//! Every setting of a source is asked for somewhere, and a copy that has them all differs in nothing.

use super::fixtures::{RUN, aurora, documents, instance};
use crate::database::RestoreMetadata;
use crate::recover::{Act, Blueprint, Difference, From, Member, Need, Settings, Step, differences, steps};
use crate::restore::{Point, Purpose};

fn built(blueprint: &Blueprint) -> Vec<Step> {
    let point = Point::Time { to: "2026-11-20T11:00:00Z".parse().unwrap() };
    steps(blueprint, RUN, Purpose::Recovery, &point, From::Source(blueprint.identifier.clone()), None)
}

/// The copy that AWS makes of these acts: what is not asked for is AWS's default
fn made(steps: &[Step], blueprint: &Blueprint) -> Blueprint {
    let mut copy = Blueprint { members: Vec::new(), settings: Settings::default(), ..blueprint.clone() };
    copy.tags.clear();
    // The source's own, whatever is asked (AWS: the key of a copy is its source's unless another is named).
    let source = &blueprint.settings;
    let own = |settings: &Settings| Settings {
        kms_key: source.kms_key.clone(),
        encrypted: source.encrypted,
        ..settings.clone()
    };
    for Step { act, .. } in steps {
        match act {
            Act::RestoreCluster(act) => {
                (copy.settings, copy.tags) = (own(&act.settings), act.tags.clone());
            }
            Act::RestoreInstance(act) => {
                (copy.settings, copy.tags) = (own(&act.settings), act.tags.clone());
                // Neither monitoring nor insights nor the certificate can be told to a restore.
                let member = Member { monitoring_seconds: 0, insights: None, certificate: None, ..act.member.clone() };
                copy.members = vec![member];
            }
            Act::StartRestoreJob(job) => {
                copy.settings = told(&job.metadata, source);
                if !blueprint.kind.is_clustered() {
                    let text = |key: &str| job.metadata.get(key).cloned();
                    copy.members = vec![Member {
                        class: text("dbInstanceClass").unwrap_or_default(),
                        monitoring_seconds: 0,
                        insights: None,
                        certificate: None,
                        // Of several zones AWS tells one.
                        zone: text("availabilityZone")
                            .or(blueprint.members[0].zone.clone().filter(|_| source.multi_az)),
                        ..blueprint.members[0].clone()
                    }];
                }
            }
            Act::Adopt { tags, .. } => copy.tags.clone_from(tags),
            Act::CreateMember(act) => copy.members.push(act.member.clone()),
            Act::Change(change) => {
                let settings = &mut copy.settings;
                let set = |to: &mut Option<String>, from: &Option<String>| {
                    if from.is_some() {
                        to.clone_from(from);
                    }
                };
                set(&mut settings.parameter_group, &change.parameter_group);
                set(&mut settings.backup_window, &change.backup_window);
                set(&mut settings.maintenance_window, &change.maintenance_window);
                settings.backup_retention_days = change.backup_retention_days.unwrap_or(settings.backup_retention_days);
                settings.grows_to_gib = change.grows_to_gib.or(settings.grows_to_gib);
                if let Some((range, pause)) = change.capacity {
                    (settings.capacity, settings.pause_after_seconds) = (Some(range), pause);
                }
                settings.iam_auth = change.iam_auth.unwrap_or(settings.iam_auth);
                settings.deletion_protection = change.deletion_protection.unwrap_or(settings.deletion_protection);
                settings.copy_tags_to_snapshot = change.copy_tags_to_snapshot.unwrap_or(settings.copy_tags_to_snapshot);
                settings.managed_secret |= change.managed_secret.is_some();
                if let (Some((seconds, _)), Some(member)) = (&change.monitoring, copy.members.first_mut()) {
                    member.monitoring_seconds = *seconds;
                }
                if let Some(member) = copy.members.first_mut().filter(|_| !change.clustered) {
                    member.insights = change.insights.clone().or(member.insights.clone());
                    member.certificate = change.certificate.clone().or(member.certificate.clone());
                }
            }
            Act::AddRole { role, feature, .. } => copy.settings.roles.push((role.clone(), feature.clone())),
            Act::EnableHttpEndpoint { .. } => copy.settings.http_endpoint = true,
        }
    }
    copy
}

/// What AWS Backup makes of what it is told. Storage, network type and support are the backup's own.
fn told(metadata: &RestoreMetadata, source: &Settings) -> Settings {
    let text = |key: &str| metadata.get(key).cloned();
    let list = |key: &str| text(key).map(|text| serde_json::from_str(&text).unwrap()).unwrap_or_default();
    let is_on = |key: &str| text(key).as_deref() == Some("true");
    Settings {
        security_groups: list("vpcSecurityGroupIds"),
        subnet_group: text("dbSubnetGroupName"),
        parameter_group: text("dbClusterParameterGroupName").or(text("dbParameterGroupName")),
        option_group: text("optionGroupName"),
        port: text("port").and_then(|port| port.parse().ok()),
        iam_auth: is_on("enableIAMDatabaseAuthentication"),
        log_exports: list("enableCloudwatchLogsExports"),
        multi_az: is_on("multiAz"),
        storage_type: source.storage_type.clone(),
        storage_gib: source.storage_gib,
        iops: source.iops,
        throughput: source.throughput,
        kms_key: source.kms_key.clone(),
        encrypted: source.encrypted,
        network_type: source.network_type.clone(),
        extended_support: source.extended_support.clone(),
        // DocumentDB's comes with its source's.
        copy_tags_to_snapshot: source.copy_tags_to_snapshot,
        ..Settings::default()
    }
}

#[test]
fn a_recovery_point_brings_back_as_much_of_any_kind() {
    for blueprint in [aurora(), documents(), instance()] {
        let point = super::vaults::point(&blueprint, &[]);
        let from = From::Vault { role: "arn:aws:iam::123456789012:role/restores".to_owned() };
        let steps = steps(&blueprint, RUN, Purpose::Recovery, &point, from, None);
        assert_eq!(steps.iter().take(2).map(|step| step.act.name()).collect::<Vec<_>>(), ["restore", "adopt"]);
        let copy = made(&steps, &blueprint);
        assert_eq!(differences(&blueprint, &copy, RUN), [], "{:?}", blueprint.kind);
    }
}

#[test]
fn a_round_trip_loses_nothing_of_any_kind() {
    for blueprint in [aurora(), documents(), instance()] {
        let copy = made(&built(&blueprint), &blueprint);
        assert_eq!(differences(&blueprint, &copy, RUN), [], "{:?}", blueprint.kind);
    }
}

#[test]
fn a_step_that_is_left_out_is_a_difference_with_the_command_that_mends_it() {
    for blueprint in [aurora(), documents(), instance()] {
        let all = built(&blueprint);
        for left_out in 1..all.len() {
            let (before, after) = all.split_at(left_out);
            let rest: Vec<Step> = before.iter().chain(&after[1..]).cloned().collect();
            let found = differences(&blueprint, &made(&rest, &blueprint), RUN);
            assert!(!found.is_empty(), "without {:?} nothing differs", all[left_out].act.name());
            assert!(found.iter().all(|it: &Difference| !it.command.is_empty()), "{found:#?}");
        }
    }
}

#[test]
fn only_the_restore_comes_first_and_everything_else_waits_for_no_more_than_it_needs() {
    let steps = built(&aurora());
    let needs =
        |need: Need| steps.iter().filter(|step| step.needs == need).map(|step| step.act.name()).collect::<Vec<_>>();
    assert_eq!(needs(Need::Nothing), ["restore"]);
    let volume = needs(Need::Volume);
    assert_eq!(volume.iter().filter(|name| name.starts_with("create:")).count(), 3, "side by side: {volume:?}");
    assert_eq!(needs(Need::Server), ["secret", "http-endpoint"]);
    let names: std::collections::BTreeSet<String> = steps.iter().map(|step| step.act.name()).collect();
    assert_eq!(names.len(), steps.len(), "a name is one thing done once");
}

#[test]
fn the_writer_is_the_first_instance_and_readers_are_optional() {
    let steps = built(&aurora());
    let members: Vec<(&str, bool, bool)> = steps
        .iter()
        .filter_map(|step| match &step.act {
            Act::CreateMember(act) => Some((act.member.identifier.as_str(), act.member.writer, step.optional)),
            _ => None,
        })
        .collect();
    let [one, two, three] = ["-1", "-2", "-3"].map(|suffix| format!("{RUN}{suffix}"));
    assert_eq!(members, [(one.as_str(), true, false), (&two, false, true), (&three, false, true)]);
}

#[test]
fn what_is_made_carries_our_tags_and_as_many_of_the_sources_as_there_is_room_for() {
    let mut blueprint = documents();
    for member in &mut blueprint.members {
        member.tags = (0..60).map(|number| (format!("tag{number:02}"), "x".to_owned())).collect();
    }
    for step in built(&blueprint) {
        let tags = match &step.act {
            Act::RestoreCluster(act) => &act.tags,
            Act::CreateMember(act) => &act.tags,
            _ => continue,
        };
        assert_eq!(tags.get("lifeboat:run").map(String::as_str), Some(RUN));
        assert_eq!(tags.get("lifeboat:purpose").map(String::as_str), Some("recovery"));
        assert!(!tags.contains_key("lifeboat:expires-at"), "a recovery does not end by itself");
        assert!(!tags.keys().any(|key| key.starts_with("aws:")), "AWS refuses its own back");
        assert!(tags.len() <= if matches!(step.act, Act::CreateMember(_)) { 10 } else { 50 });
    }
}

#[test]
fn documentdb_gets_what_its_restore_does_not_take_by_a_later_change() {
    let steps = built(&documents());
    let Act::RestoreCluster(restore) = &steps[0].act else { panic!("the restore comes first") };
    assert_eq!((&restore.settings.parameter_group, restore.settings.backup_retention_days), (&None, 0));
    let change = steps.iter().find_map(|step| match &step.act {
        Act::Change(change) if change.managed_secret.is_none() => Some((change, step.optional)),
        _ => None,
    });
    let (change, optional) = change.expect("a change");
    assert_eq!(change.parameter_group.as_deref(), Some("orders-cluster"));
    assert_eq!((change.backup_retention_days, optional), (Some(14), false));
}

#[test]
fn what_the_blueprint_does_not_know_is_no_difference() {
    let known = aurora();
    let mut unknown = known.clone();
    unknown.settings = Settings { encrypted: true, ..Settings::default() };
    unknown.settings.backup_retention_days = known.settings.backup_retention_days;
    unknown.members.clear();
    let fields: Vec<String> = differences(&unknown, &known, RUN).into_iter().map(|it| it.field).collect();
    // What is on or off, and lists, cannot say "not known": they are told, and people see what they look like.
    assert!(fields.iter().all(|field| !field.contains("group") || field == "security groups"), "{fields:?}");
    assert!(!fields.iter().any(|field| field == "port" || field == "storage type"), "{fields:?}");
}

#[test]
fn a_small_gp3_volume_is_not_told_the_base_that_it_has_anyway() {
    for (gib, told) in [(20, None), (399, None), (400, Some(12_000))] {
        let small = Settings {
            storage_type: Some("gp3".to_owned()),
            storage_gib: Some(gib),
            iops: Some(12_000),
            throughput: Some(500),
            ..instance().settings
        };
        let blueprint = Blueprint { settings: small, ..instance() };
        let restore = built(&blueprint).remove(0);
        let Act::RestoreInstance(act) = restore.act else { panic!("an instance is restored first") };
        assert_eq!((act.settings.iops, act.settings.throughput), (told, told.map(|_| 500)), "{gib} GiB");
        assert_eq!(act.settings.storage_gib, Some(gib));
    }
}
