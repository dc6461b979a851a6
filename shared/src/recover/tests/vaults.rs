//! What AWS Backup is told, and what its points tell.

use super::fixtures::{RUN, aurora, documents, facts, instance, now, recovery_point};
use crate::database::{Kind, RestoreMetadata};
use crate::recover::{Act, Blueprint, From, ReadFrom, ask_for, steps};
use crate::request::{StartRecovery, Wanted, With};
use crate::restore::{Point, Purpose, makes_only};

const ROLE: &str = "arn:aws:iam::123456789012:role/restores";

/// A recovery point of a database, for which AWS Backup returned this
pub(super) fn point(blueprint: &Blueprint, returned: &[(&str, &str)]) -> Point {
    let word = if blueprint.kind.is_clustered() { "cluster-snapshot" } else { "snapshot" };
    point_of(&format!("arn:aws:rds:eu-west-1:123456789012:{word}:awsbackup:job-1"), returned)
}

fn point_of(arn: &str, returned: &[(&str, &str)]) -> Point {
    Point::RecoveryPoint {
        arn: arn.to_owned(),
        vault: "prod".to_owned(),
        resource_type: "Aurora".to_owned(),
        created_at: None,
        kms_key: Some("arn:of:the:points:key".to_owned()),
        metadata: returned.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
    }
}

fn told(blueprint: &Blueprint, point: &Point) -> RestoreMetadata {
    let from = From::Vault { role: ROLE.to_owned() };
    let steps = steps(blueprint, RUN, Purpose::Recovery, point, from, None);
    let Act::StartRestoreJob(job) = &steps[0].act else { panic!("the job comes first") };
    assert_eq!((job.role.as_str(), job.token.as_str(), job.identifier.as_str()), (ROLE, RUN, RUN));
    assert!(makes_only(job, RUN), "{:?}", job.metadata);
    job.metadata.clone()
}

fn lines(metadata: &RestoreMetadata) -> String {
    let all: Vec<String> = metadata.iter().map(|(key, value)| format!("{key}: {value}\n")).collect();
    all.concat()
}

/// As AWS Backup returns it of a cluster: production's name, zones, its own words
const OF_A_CLUSTER: [(&str, &str); 10] = [
    ("DBClusterIdentifier", "prod-orders"),
    ("Engine", "aurora-postgresql"),
    ("EngineVersion", "16.4"),
    ("availabilityZones", "[\"eu-west-1a\"]"),
    ("scalingConfiguration", "{}"),
    ("port", "0"),
    ("kmsKeyId", "arn:of:productions:key"),
    ("vpcSecurityGroupIds", "[\"sg-old\"]"),
    ("deletionProtection", "false"),
    ("aws:backup:request-id", "1"),
];

#[test]
fn a_cluster_is_told_what_its_source_is_under_its_own_name() {
    insta::assert_snapshot!(lines(&told(&aurora(), &point(&aurora(), &OF_A_CLUSTER))));
    insta::assert_snapshot!(lines(&told(&documents(), &point(&documents(), &[("engine", "docdb")]))));
}

#[test]
fn an_instance_is_told_what_its_source_is_under_its_own_name() {
    let returned = [
        ("dbInstanceIdentifier", "prod-ledger"),
        ("dbName", "app"),
        ("dbSnapshotIdentifier", "awsbackup:job-1"),
        ("storageType", "io2"),
        ("iops", "6000"),
        ("availabilityZone", "eu-west-1c"),
        ("autoMinorVersionUpgrade", "false"),
    ];
    insta::assert_snapshot!(lines(&told(&instance(), &point(&instance(), &returned))));
}

#[test]
fn a_continuous_point_is_restored_to_its_latest_time() {
    let continuous = "arn:aws:backup:eu-west-1:123456789012:recovery-point:continuous:cluster-abc";
    let told = told(&aurora(), &point_of(continuous, &[("restoreToTime", "2026-01-01T00:00:00Z")]));
    assert_eq!(told.get("useLatestRestorableTime").map(String::as_str), Some("true"));
    assert!(!told.contains_key("restoreToTime"));
}

#[test]
fn what_nobody_knows_of_a_database_that_is_gone_stays_as_the_point_has_it() {
    let gone = Blueprint { read_from: ReadFrom::Backup, ..aurora() };
    let mut gone = Blueprint { settings: crate::recover::Settings::default(), ..gone };
    gone.members.clear();
    let returned = [("enableCloudwatchLogsExports", "[\"postgresql\"]"), ("enableIAMDatabaseAuthentication", "true")];
    let told = told(&gone, &point(&gone, &returned));
    for (key, value) in returned {
        assert_eq!(told.get(key).map(String::as_str), Some(value));
    }
}

#[test]
fn a_point_from_another_region_is_opened_with_its_own_key_and_told_no_network_of_home() {
    let abroad = "arn:aws:rds:eu-central-1:123456789012:cluster-snapshot:awsbackup:job-1";
    let (blueprint, notes) = aurora().abroad(abroad);
    assert!(!notes.is_empty());
    let told = told(&blueprint, &point_of(abroad, &OF_A_CLUSTER));
    assert_eq!(told.get("kmsKeyId").map(String::as_str), Some("arn:of:the:points:key"));
    for key in ["vpcSecurityGroupIds", "dbSubnetGroupName", "optionGroupName"] {
        assert!(!told.contains_key(key), "{key}");
    }
    assert_eq!(told.get("dbClusterParameterGroupName").map(String::as_str), Some("orders-cluster"));
}

#[test]
fn a_point_tells_how_a_database_that_is_gone_was_set_up() {
    let point = recovery_point("0001", "COMPLETED", "2026-11-19T03:00:00Z");
    let returned: RestoreMetadata = [
        ("engine", "aurora-postgresql"),
        ("engineVersion", "16.4"),
        ("dbSubnetGroupName", "private"),
        ("vpcSecurityGroupIds", "[\"sg-1\",\"sg-2\"]"),
        ("dbClusterParameterGroupName", "orders-cluster"),
        ("port", "5433"),
    ]
    .map(|(key, value)| (key.to_owned(), value.to_owned()))
    .into();
    let known = Blueprint::of_point(&point, &returned, Kind::Aurora, now()).unwrap();
    assert_eq!((known.identifier.as_str(), known.settings.port), ("prod-orders", Some(5433)));
    assert_eq!(known.settings.security_groups, ["sg-1", "sg-2"]);
    assert!(known.settings.deletion_protection && known.settings.encrypted);
    // Of a cluster AWS Backup keeps no instances: only their class is asked for.
    let asked = ask_for(&known).unwrap_err();
    assert_eq!(asked.list().iter().map(|it| it.path.as_str()).collect::<Vec<_>>(), ["with.instance_class"]);
    let with = With { instance_class: Some("db.r6g.large".to_owned()), ..With::default() };
    assert!(ask_for(&known.with(&with)).is_ok());
    let nothing = RestoreMetadata::new();
    assert_eq!(Blueprint::of_point(&point, &nothing, Kind::Aurora, now()), None, "an engine is not guessed");
    assert!(Blueprint::of_point(&point, &nothing, Kind::Documentdb, now()).is_some());
}

#[test]
fn the_role_is_the_policys_or_the_one_of_the_vaults_account_and_none_is_guessed() {
    let wish = StartRecovery {
        database: "orders".to_owned(),
        from: Wanted::RecoveryPoint("latest".to_owned()),
        dry_run: false,
        inspect_for: None,
        with: With::default(),
        scheduled_time: None,
    };
    let zone = jiff::tz::TimeZone::UTC;
    let job = crate::database::Seen::Absent;
    let resolved = crate::recover::resolve(&wish, now(), &zone, &facts(), &job).unwrap();
    let returned: RestoreMetadata = [("engine".to_owned(), "aurora-postgresql".to_owned())].into();
    let of = |role| resolved.clone().of_vault(returned.clone(), role).unwrap();
    assert_eq!(of(Some(ROLE)).from, From::Vault { role: ROLE.to_owned() });
    let own = "arn:aws:iam::123456789012:role/service-role/AWSBackupDefaultServiceRole";
    assert_eq!(of(None).from, From::Vault { role: own.to_owned() });
    let Point::RecoveryPoint { metadata, .. } = of(None).point else { panic!("a recovery point") };
    assert_eq!(metadata, returned);
    let mut nameless = resolved.clone();
    nameless.point = point_of("arn:aws:backup:eu-west-1::recovery-point:1", &[]);
    let error = nameless.of_vault(returned, None).unwrap_err().to_string();
    assert!(error.contains("restore_role"), "{error}");
}
