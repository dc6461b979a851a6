//! The instances of a restored cluster.

use aws_sdk_rds::operation::create_db_instance::{CreateDbInstanceInput, CreateDbInstanceOutput};

use super::*;

fn act(engine: Engine, member: Member) -> CreateMember {
    CreateMember { cluster: RUN.to_owned(), engine, member, tags: given_tags() }
}

async fn sent(act: &CreateMember) -> CreateDbInstanceInput {
    let seen = Seen::new();
    let rule = mock!(Client::create_db_instance)
        .match_requests(seen.all())
        .then_output(|| CreateDbInstanceOutput::builder().build());
    rds(&[&rule]).create_member(act).await.unwrap();
    seen.only()
}

#[tokio::test]
async fn an_instance_is_made_with_everything_that_its_source_had() {
    let name = format!("{RUN}-1");
    let wanted = CreateDbInstanceInput::builder()
        .db_instance_identifier(&name)
        .db_cluster_identifier(RUN)
        .engine("aurora-postgresql")
        .db_instance_class("db.r6g.large")
        .promotion_tier(0)
        .availability_zone("eu-west-1a")
        .db_parameter_group_name("orders-instances")
        .preferred_maintenance_window("mon:03:00-mon:03:30")
        .auto_minor_version_upgrade(true)
        .publicly_accessible(true)
        .ca_certificate_identifier("rds-ca-rsa2048-g1")
        .monitoring_interval(60)
        .monitoring_role_arn("arn:of:monitoring")
        .enable_performance_insights(true)
        .performance_insights_kms_key_id("key-3")
        .performance_insights_retention_period(465)
        .set_tags(Some(sent_tags()));
    assert_eq!(sent(&act(Engine::AuroraPostgresql, member(&name))).await, wanted.build().unwrap());
}

#[tokio::test]
async fn what_is_off_is_said_to_be_off_and_no_role_is_named_for_it() {
    let off = Member {
        monitoring_seconds: 0,
        insights: None,
        publicly_accessible: false,
        auto_minor_upgrade: false,
        ..member("one")
    };
    let sent = sent(&act(Engine::AuroraPostgresql, off)).await;
    assert_eq!((sent.monitoring_interval, sent.monitoring_role_arn), (None, None));
    assert_eq!((sent.enable_performance_insights, sent.performance_insights_kms_key_id), (Some(false), None));
    assert_eq!(sent.performance_insights_retention_period, None);
    // Left out, both would depend on the subnet group and on AWS's default.
    assert_eq!((sent.publicly_accessible, sent.auto_minor_version_upgrade), (Some(false), Some(false)));
}

#[tokio::test]
async fn an_instance_of_documentdb_is_told_what_its_api_has_and_no_more() {
    let wanted = CreateDbInstanceInput::builder()
        .db_instance_identifier("one")
        .db_cluster_identifier(RUN)
        .engine("docdb")
        .db_instance_class("db.r6g.large")
        .promotion_tier(0)
        .availability_zone("eu-west-1a")
        .preferred_maintenance_window("mon:03:00-mon:03:30")
        .auto_minor_version_upgrade(true)
        .ca_certificate_identifier("rds-ca-rsa2048-g1")
        .enable_performance_insights(true)
        .performance_insights_kms_key_id("key-3")
        .set_tags(Some(sent_tags()));
    assert_eq!(sent(&act(Engine::Docdb, member("one"))).await, wanted.build().unwrap());
}

#[tokio::test]
async fn a_refused_instance_keeps_its_meaning() {
    let table = [
        ("DBInstanceAlreadyExists", Class::AlreadyExists),
        ("InsufficientDBInstanceCapacity", Class::Capacity),
        ("InstanceQuotaExceeded", Class::Quota),
        ("InvalidDBClusterStateFault", Class::WrongState),
        ("CertificateNotFound", Class::Configuration),
        ("DBParameterGroupNotFound", Class::Configuration),
        ("DBClusterNotFoundFault", Class::NotFound),
    ];
    for (code, class) in table {
        let rule = mock!(Client::create_db_instance).then_http_response(move || rds_error(400, code));
        let fault = rds(&[&rule]).create_member(&act(Engine::AuroraMysql, member("one"))).await.unwrap_err();
        assert_eq!((fault.class, fault.operation), (class, "rds:CreateDBInstance"), "{fault}");
        assert_eq!(fault.resource, "one");
    }
}
