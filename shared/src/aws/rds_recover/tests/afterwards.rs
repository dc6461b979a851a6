//! What a restore cannot be told.

use aws_sdk_rds::operation::add_role_to_db_cluster::{AddRoleToDbClusterInput, AddRoleToDbClusterOutput};
use aws_sdk_rds::operation::add_role_to_db_instance::{AddRoleToDbInstanceInput, AddRoleToDbInstanceOutput};
use aws_sdk_rds::operation::add_tags_to_resource::{AddTagsToResourceInput, AddTagsToResourceOutput};
use aws_sdk_rds::operation::enable_http_endpoint::{EnableHttpEndpointInput, EnableHttpEndpointOutput};
use aws_sdk_rds::operation::modify_db_cluster::{ModifyDbClusterInput, ModifyDbClusterOutput};
use aws_sdk_rds::operation::modify_db_instance::{ModifyDbInstanceInput, ModifyDbInstanceOutput};

use super::*;

const ARN: &str = "arn:aws:rds:eu-west-1:123456789012:cluster:recovery-orders-20261122180000";

fn clusters(seen: &Seen<ModifyDbClusterInput>) -> Rule {
    mock!(Client::modify_db_cluster).match_requests(seen.all()).then_output(|| ModifyDbClusterOutput::builder().build())
}

fn instances(seen: &Seen<ModifyDbInstanceInput>) -> Rule {
    mock!(Client::modify_db_instance)
        .match_requests(seen.all())
        .then_output(|| ModifyDbInstanceOutput::builder().build())
}

#[tokio::test]
async fn a_cluster_gets_what_is_asked_for_and_nothing_else() {
    let seen = Seen::new();
    let rds = rds(&[&clusters(&seen)]);
    let window = Change { maintenance_window: some("sun:03:00-sun:03:30"), ..Change::of(RUN, true) };
    rds.change(&window).await.unwrap();
    let all = Change {
        parameter_group: some("tls-on"),
        backup_retention_days: Some(14),
        backup_window: some("02:00-02:30"),
        ..window
    };
    rds.change(&all).await.unwrap();
    let wanted = ModifyDbClusterInput::builder()
        .db_cluster_identifier(RUN)
        .preferred_maintenance_window("sun:03:00-sun:03:30")
        .apply_immediately(true);
    let more = wanted.clone().db_cluster_parameter_group_name("tls-on").backup_retention_period(14);
    let more = more.preferred_backup_window("02:00-02:30");
    assert_eq!(seen.every(), [wanted.build().unwrap(), more.build().unwrap()]);
}

#[tokio::test]
async fn an_instance_gets_what_is_asked_for_and_nothing_else() {
    let seen = Seen::new();
    let rds = rds(&[&instances(&seen)]);
    let window = Change { maintenance_window: some("sun:03:00-sun:03:30"), ..Change::of(RUN, false) };
    rds.change(&window).await.unwrap();
    let all = Change {
        parameter_group: some("ledger"),
        backup_retention_days: Some(0),
        backup_window: some("02:00-02:30"),
        monitoring: Some((60, some("arn:of:monitoring"))),
        insights: Some(Insights { kms_key: some("key-3"), days: Some(465) }),
        grows_to_gib: Some(1000),
        certificate: some("rds-ca-rsa2048-g1"),
        ..window
    };
    rds.change(&all).await.unwrap();
    let wanted = ModifyDbInstanceInput::builder()
        .db_instance_identifier(RUN)
        .preferred_maintenance_window("sun:03:00-sun:03:30")
        .apply_immediately(true);
    let more = wanted
        .clone()
        .db_parameter_group_name("ledger")
        .backup_retention_period(0)
        .preferred_backup_window("02:00-02:30")
        .monitoring_interval(60)
        .monitoring_role_arn("arn:of:monitoring")
        .enable_performance_insights(true)
        .performance_insights_kms_key_id("key-3")
        .performance_insights_retention_period(465)
        .max_allocated_storage(1000)
        .ca_certificate_identifier("rds-ca-rsa2048-g1");
    assert_eq!(seen.every(), [wanted.build().unwrap(), more.build().unwrap()]);
}

#[tokio::test]
async fn the_masters_password_is_given_to_rds_with_a_key_of_ones_own_or_with_awss() {
    let (of_clusters, of_instances) = (Seen::new(), Seen::new());
    let rds = rds(&[&clusters(&of_clusters), &instances(&of_instances)]);
    for clustered in [true, false] {
        for key in [None, some("key-2")] {
            let act = Change { managed_secret: Some(key), ..Change::of(RUN, clustered) };
            rds.change(&act).await.unwrap();
        }
    }
    let wanted = ModifyDbClusterInput::builder().db_cluster_identifier(RUN).manage_master_user_password(true);
    let wanted = wanted.apply_immediately(true);
    let with_key = wanted.clone().master_user_secret_kms_key_id("key-2");
    assert_eq!(of_clusters.every(), [wanted.build().unwrap(), with_key.build().unwrap()]);
    let wanted = ModifyDbInstanceInput::builder().db_instance_identifier(RUN).manage_master_user_password(true);
    let wanted = wanted.apply_immediately(true);
    let with_key = wanted.clone().master_user_secret_kms_key_id("key-2");
    assert_eq!(of_instances.every(), [wanted.build().unwrap(), with_key.build().unwrap()]);
}

#[tokio::test]
async fn what_only_an_instance_has_is_not_silently_left_out_for_a_cluster() {
    let of = || Change::of(RUN, true);
    let changes = [
        Change { monitoring: Some((60, None)), ..of() },
        Change { insights: Some(Insights { kms_key: None, days: None }), ..of() },
        Change { grows_to_gib: Some(1000), ..of() },
        Change { certificate: some("rds-ca-rsa2048-g1"), ..of() },
    ];
    for change in changes {
        let nobody = Rds::of(mock_client!(aws_sdk_rds, NO_RULES));
        assert_eq!(nobody.change(&change).await.unwrap_err().class, Class::Configuration);
    }
}

#[tokio::test]
async fn a_copy_that_cannot_be_changed_yet_is_told_from_one_that_never_can() {
    for (code, class) in [("InvalidDBInstanceState", Class::WrongState), ("CertificateNotFound", Class::Configuration)]
    {
        let rule = mock!(Client::modify_db_instance).then_http_response(move || rds_error(400, code));
        let fault = rds(&[&rule]).change(&Change::of(RUN, false)).await.unwrap_err();
        assert_eq!((fault.class, fault.operation), (class, "rds:ModifyDBInstance"), "{fault}");
    }
}

#[tokio::test]
async fn a_role_is_added_with_its_feature() {
    let (of_clusters, of_instances) = (Seen::new(), Seen::new());
    let cluster = mock!(Client::add_role_to_db_cluster)
        .match_requests(of_clusters.all())
        .then_output(|| AddRoleToDbClusterOutput::builder().build());
    let instance = mock!(Client::add_role_to_db_instance)
        .match_requests(of_instances.all())
        .then_output(|| AddRoleToDbInstanceOutput::builder().build());
    let rds = rds(&[&cluster, &instance]);
    for clustered in [true, false] {
        rds.add_role(RUN, clustered, "arn:of:a:role", Some("s3Import")).await.unwrap();
    }
    rds.add_role(RUN, true, "arn:of:a:role", None).await.unwrap();
    let wanted = AddRoleToDbClusterInput::builder().db_cluster_identifier(RUN).role_arn("arn:of:a:role");
    let for_one = wanted.clone().feature_name("s3Import").build().unwrap();
    assert_eq!(of_clusters.every(), [for_one, wanted.build().unwrap()]);
    let wanted = AddRoleToDbInstanceInput::builder().db_instance_identifier(RUN).role_arn("arn:of:a:role");
    assert_eq!(of_instances.only(), wanted.feature_name("s3Import").build().unwrap());
}

#[tokio::test]
async fn a_role_that_is_there_already_is_fine_and_any_other_refusal_is_not() {
    let table = [("DBClusterRoleAlreadyExists", None), ("DBClusterRoleQuotaExceeded", Some(Class::Quota))];
    for (code, class) in table {
        let rule = mock!(Client::add_role_to_db_cluster).then_http_response(move || rds_error(400, code));
        let answer = rds(&[&rule]).add_role(RUN, true, "arn:of:a:role", Some("s3Import")).await;
        assert_eq!(answer.err().map(|fault| fault.class), class, "{code}");
    }
    let table = [("DBInstanceRoleAlreadyExists", None), ("InvalidDBInstanceState", Some(Class::WrongState))];
    for (code, class) in table {
        let rule = mock!(Client::add_role_to_db_instance).then_http_response(move || rds_error(400, code));
        let answer = rds(&[&rule]).add_role(RUN, false, "arn:of:a:role", Some("s3Import")).await;
        assert_eq!(answer.err().map(|fault| fault.class), class, "{code}");
    }
}

#[tokio::test]
async fn the_data_api_is_turned_on_by_the_clusters_arn() {
    let seen = Seen::new();
    let rule = mock!(Client::enable_http_endpoint)
        .match_requests(seen.all())
        .then_output(|| EnableHttpEndpointOutput::builder().build());
    rds(&[&rule]).enable_http_endpoint(ARN).await.unwrap();
    assert_eq!(seen.only(), EnableHttpEndpointInput::builder().resource_arn(ARN).build().unwrap());
    let rule = mock!(Client::enable_http_endpoint).then_http_response(|| rds_error(400, "InvalidResourceStateFault"));
    let fault = rds(&[&rule]).enable_http_endpoint(ARN).await.unwrap_err();
    assert_eq!((fault.class, fault.operation), (Class::WrongState, "rds:EnableHttpEndpoint"));
}

#[tokio::test]
async fn a_later_end_is_told_as_one_tag_and_as_it_was_told_at_first() {
    let seen = Seen::new();
    let rule = mock!(Client::add_tags_to_resource)
        .match_requests(seen.all())
        .then_output(|| AddTagsToResourceOutput::builder().build());
    let until: Timestamp = "2026-11-23T18:00:00.4Z".parse().unwrap();
    rds(&[&rule]).extend(ARN, until).await.unwrap();
    let first = copy_tags(RUN, Purpose::Recovery, "prod-orders", Some(until));
    let tag = Tag::builder().key("lifeboat:expires-at").value("2026-11-23T18:00:00Z").build();
    assert_eq!(first.get("lifeboat:expires-at").map(String::as_str), tag.value());
    assert_eq!(seen.only(), AddTagsToResourceInput::builder().resource_name(ARN).tags(tag).build().unwrap());
}

#[tokio::test]
async fn what_aws_backup_made_is_given_all_of_its_tags_in_one_call() {
    let seen = Seen::new();
    let rule = mock!(Client::add_tags_to_resource)
        .match_requests(seen.all())
        .then_output(|| AddTagsToResourceOutput::builder().build());
    rds(&[&rule]).adopt(ARN, &given_tags()).await.unwrap();
    let wanted = AddTagsToResourceInput::builder().resource_name(ARN).set_tags(Some(sent_tags()));
    assert_eq!(seen.only(), wanted.build().unwrap());
    let rule = mock!(Client::add_tags_to_resource).then_http_response(|| rds_error(400, "InvalidDBClusterStateFault"));
    let fault = rds(&[&rule]).adopt(ARN, &given_tags()).await.unwrap_err();
    assert_eq!((fault.class, fault.operation), (Class::WrongState, "rds:AddTagsToResource"));
}

#[tokio::test]
async fn what_aws_backup_is_told_nothing_of_is_set_afterwards() {
    let (of_clusters, of_instances) = (Seen::new(), Seen::new());
    let rds = rds(&[&clusters(&of_clusters), &instances(&of_instances)]);
    let act = |clustered| Change {
        iam_auth: Some(true),
        deletion_protection: Some(true),
        copy_tags_to_snapshot: Some(false),
        ..Change::of(RUN, clustered)
    };
    let range = (Capacity { min: 0.5, max: 8.0 }, Some(600));
    rds.change(&Change { capacity: Some(range), ..act(true) }).await.unwrap();
    rds.change(&act(false)).await.unwrap();
    let range = ServerlessV2ScalingConfiguration::builder().min_capacity(0.5).max_capacity(8.0);
    let wanted = ModifyDbClusterInput::builder()
        .db_cluster_identifier(RUN)
        .serverless_v2_scaling_configuration(range.seconds_until_auto_pause(600).build())
        .enable_iam_database_authentication(true)
        .deletion_protection(true)
        .copy_tags_to_snapshot(false)
        .apply_immediately(true);
    assert_eq!(of_clusters.only(), wanted.build().unwrap());
    let wanted = ModifyDbInstanceInput::builder()
        .db_instance_identifier(RUN)
        .enable_iam_database_authentication(true)
        .deletion_protection(true)
        .copy_tags_to_snapshot(false)
        .apply_immediately(true);
    assert_eq!(of_instances.only(), wanted.build().unwrap());
    let fault = rds.change(&Change { capacity: Some((Capacity { min: 0.5, max: 8.0 }, None)), ..act(false) }).await;
    assert_eq!(fault.unwrap_err().class, Class::Configuration);
}

#[tokio::test]
async fn nothing_is_done_to_a_copy_without_an_arn() {
    let nobody = || Rds::of(mock_client!(aws_sdk_rds, NO_RULES));
    assert_eq!(nobody().adopt("", &given_tags()).await.unwrap_err().class, Class::Unknown);
    assert_eq!(nobody().extend("", Timestamp::UNIX_EPOCH).await.unwrap_err().class, Class::Unknown);
    assert_eq!(nobody().enable_http_endpoint("").await.unwrap_err().class, Class::Unknown);
}
