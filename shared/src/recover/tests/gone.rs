//! Blueprints of databases that nobody can read any more, and of inspections.

use super::fixtures::{RUN, aurora, documents, instance, now, retained, snapshot};
use crate::database::Kind;
use crate::recover::{Act, Blueprint, From, MOST_MEMBERS, MOST_SHOWN, ask_for, missing, steps};
use crate::request::With;
use crate::restore::{Point, Purpose, Sandbox};

fn bare() -> Blueprint {
    let backup = retained("cluster-ABC", "2026-11-13T12:03:20Z", "2026-11-20T10:01:07Z");
    Blueprint::of_retained(&backup, Kind::Aurora, now())
}

fn said() -> With {
    With {
        subnet_group: Some("private".to_owned()),
        security_groups: Some(vec!["sg-1".to_owned()]),
        parameter_group: Some("orders".to_owned()),
        instance_class: Some("db.r6g.large".to_owned()),
        readers: Some(2),
    }
}

#[test]
fn what_nobody_knows_is_asked_for_by_name_and_all_at_once() {
    insta::assert_snapshot!(ask_for(&bare()).unwrap_err().to_string());
    assert_eq!(missing(&aurora()), []);
    let whole = bare().with(&said());
    assert_eq!(missing(&whole), []);
    assert_eq!(
        whole.members.iter().map(|it| (it.writer, it.class.as_str())).collect::<Vec<_>>(),
        [(true, "db.r6g.large"), (false, "db.r6g.large"), (false, "db.r6g.large")]
    );
}

#[test]
fn what_somebody_says_outweighs_what_is_known() {
    let less = aurora().with(&With { readers: Some(0), ..said() });
    assert_eq!(less.members.iter().map(|it| it.identifier.as_str()).collect::<Vec<_>>(), ["prod-orders-a"]);
    assert_eq!(less.settings.subnet_group.as_deref(), Some("private"));
    assert_eq!(aurora().with(&With::default()), aurora());
    let more = aurora().with(&With { readers: Some(15), ..With::default() });
    assert_eq!(more.members.len(), MOST_MEMBERS);
}

#[test]
fn a_snapshot_knows_its_key_and_no_network() {
    let taken = snapshot("rds:orders", crate::database::SnapshotKind::Automated, "2026-11-20T02:00:00Z");
    let bare = Blueprint::of_snapshot(&taken, Kind::Aurora, now());
    assert!(bare.settings.encrypted && bare.settings.deletion_protection);
    assert!(missing(&bare).len() <= MOST_SHOWN && missing(&bare).iter().any(|it| it.key == "subnet_group"));
}

#[test]
fn an_inspection_is_one_instance_without_roles_and_without_protection_and_it_ends() {
    let sandbox = Sandbox::default();
    for (blueprint, class, days) in
        [(aurora(), "db.serverless", 1), (documents(), "db.t4g.medium", 1), (instance(), "db.t4g.medium", 0)]
    {
        let small = blueprint.for_inspection(&sandbox);
        assert_eq!(small.members.iter().map(|it| it.class.as_str()).collect::<Vec<_>>(), [class]);
        let set = &small.settings;
        assert!(set.roles.is_empty() && !set.deletion_protection && !set.multi_az && set.log_exports.is_empty());
        assert_eq!(set.backup_retention_days, days);
        assert_eq!(set.security_groups, blueprint.settings.security_groups, "who reaches production reaches it");
        let point = Point::Time { to: now() };
        let from = From::Source(blueprint.identifier.clone());
        let built = steps(&small, RUN, Purpose::Inspection, &point, from, Some(now()));
        for step in &built {
            let tags = match &step.act {
                Act::RestoreCluster(act) => &act.tags,
                Act::RestoreInstance(act) => &act.tags,
                Act::CreateMember(act) => &act.tags,
                _ => continue,
            };
            assert!(tags.contains_key("lifeboat:expires-at") && !tags.contains_key("team"), "{tags:?}");
        }
    }
    let sandbox = Sandbox { security_groups: vec!["sg-sandbox".to_owned()], ..Sandbox::default() };
    assert_eq!(aurora().for_inspection(&sandbox).settings.security_groups, ["sg-sandbox"]);
}
