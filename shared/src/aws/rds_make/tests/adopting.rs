//! Copies that AWS Backup made: they come without our tags, and without what a restore job cannot be told.

use aws_sdk_rds::operation::add_tags_to_resource::{AddTagsToResourceInput, AddTagsToResourceOutput};

use super::*;

const ARN: &str = "arn:aws:rds:ap-northeast-1:123456789012:cluster:drill-orders-202611221800";

fn adjust(clustered: bool) -> Adjust {
    Adjust {
        identifier: RUN_ID.to_owned(),
        clustered,
        parameter_group: None,
        capacity: None,
        iam_auth: None,
        backup_retention_days: None,
    }
}

#[tokio::test]
async fn a_copy_gets_its_tags_by_its_arn() {
    let seen = Seen::new();
    let rule = mock!(Client::add_tags_to_resource)
        .match_requests(seen.all())
        .then_output(|| AddTagsToResourceOutput::builder().build());
    let rds = Rds::of(mock_client!(aws_sdk_rds, aws_smithy_mocks::RuleMode::MatchAny, [&rule]));
    let cluster = Cluster { arn: ARN.to_owned(), ..copy_cluster() };
    rds.adopt_cluster(&owned(cluster), &given_tags()).await.unwrap();
    let instance = Instance { arn: "arn:of:the:instance".to_owned(), ..copy_instance(RUN_ID, None) };
    rds.adopt_instance(&owned(instance), &given_tags()).await.unwrap();
    let wanted = |arn: &str| {
        let input = AddTagsToResourceInput::builder().resource_name(arn);
        input.set_tags(Some(sent_tags())).build().unwrap()
    };
    assert_eq!(seen.every(), [wanted(ARN), wanted("arn:of:the:instance")]);
}

#[tokio::test]
async fn a_copy_without_an_arn_is_not_tagged_by_a_guess() {
    let fault = rds(&[]).adopt_cluster(&owned(copy_cluster()), &given_tags()).await.unwrap_err();
    assert_eq!((fault.class, fault.operation), (Class::Unknown, "rds:AddTagsToResource"));
}

#[tokio::test]
async fn only_what_is_asked_for_is_changed_and_at_once() {
    let (clusters, instances) = (Seen::new(), Seen::new());
    let cluster = mock!(Client::modify_db_cluster)
        .match_requests(clusters.all())
        .then_output(|| ModifyDbClusterOutput::builder().build());
    let instance = mock!(Client::modify_db_instance)
        .match_requests(instances.all())
        .then_output(|| ModifyDbInstanceOutput::builder().build());
    let rds = Rds::of(mock_client!(aws_sdk_rds, aws_smithy_mocks::RuleMode::MatchAny, [&cluster, &instance]));
    let range = Adjust { capacity: Some(Capacity { min: 0.5, max: 1.0 }), ..adjust(true) };
    rds.adjust_cluster(&owned(copy_cluster()).lent(), &range).await.unwrap();
    let all = Adjust {
        parameter_group: Some("orders-16".to_owned()),
        iam_auth: Some(true),
        backup_retention_days: Some(1),
        ..range
    };
    rds.adjust_cluster(&owned(copy_cluster()).lent(), &all).await.unwrap();
    let wanted = ModifyDbClusterInput::builder()
        .db_cluster_identifier(RUN_ID)
        .serverless_v2_scaling_configuration(sent_range())
        .apply_immediately(true);
    let more = wanted.clone().db_cluster_parameter_group_name("orders-16");
    let more = more.enable_iam_database_authentication(true).backup_retention_period(1);
    assert_eq!(clusters.every(), [wanted.build().unwrap(), more.build().unwrap()]);

    let one = Adjust { backup_retention_days: Some(0), ..adjust(false) };
    rds.adjust_instance(&owned(copy_instance(RUN_ID, None)).lent(), &one).await.unwrap();
    let all = Adjust { parameter_group: Some("ledger-16".to_owned()), iam_auth: Some(false), ..one };
    rds.adjust_instance(&owned(copy_instance(RUN_ID, None)).lent(), &all).await.unwrap();
    let wanted = ModifyDbInstanceInput::builder()
        .db_instance_identifier(RUN_ID)
        .backup_retention_period(0)
        .apply_immediately(true);
    let more = wanted.clone().db_parameter_group_name("ledger-16").enable_iam_database_authentication(false);
    assert_eq!(instances.every(), [wanted.build().unwrap(), more.build().unwrap()]);
}

#[tokio::test]
async fn a_copy_that_cannot_be_changed_yet_is_told_from_one_that_never_can() {
    for (code, class) in
        [("InvalidDBClusterStateFault", Class::WrongState), ("DBClusterParameterGroupNotFound", Class::Configuration)]
    {
        let rule = mock!(Client::modify_db_cluster).then_http_response(move || rds_error(400, code));
        let fault = rds(&[&rule]).adjust_cluster(&owned(copy_cluster()).lent(), &adjust(true)).await.unwrap_err();
        assert_eq!((fault.class, fault.operation), (class, "rds:ModifyDBCluster"), "{fault}");
    }
}

#[tokio::test]
async fn a_recovery_point_is_never_asked_of_rds() {
    let point = || Point::RecoveryPoint {
        arn: "arn:aws:rds:ap-northeast-1:123456789012:cluster-snapshot:awsbackup:job-1".to_owned(),
        vault: "prod".to_owned(),
        resource_type: "Aurora".to_owned(),
        created_at: None,
        kms_key: None,
        metadata: crate::database::RestoreMetadata::new(),
    };
    assert_eq!(rds(&[]).restore_cluster(&cluster_act(point())).await.unwrap_err().class, Class::Permanent);
    assert_eq!(rds(&[]).restore_instance(&instance_act(point())).await.unwrap_err().class, Class::Permanent);
}
