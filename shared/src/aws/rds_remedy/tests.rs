use aws_sdk_rds::Client;
use aws_sdk_rds::operation::modify_db_cluster::{ModifyDbClusterInput, ModifyDbClusterOutput};
use aws_sdk_rds::operation::modify_db_instance::{ModifyDbInstanceInput, ModifyDbInstanceOutput};
use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};

use super::*;
use crate::aws::testing::{NO_RULES, Seen, rds_error};

fn rds(rules: &[&Rule]) -> Rds {
    Rds::of(mock_client!(aws_sdk_rds, RuleMode::MatchAny, rules))
}

fn clusters(seen: &Seen<ModifyDbClusterInput>) -> Rule {
    mock!(Client::modify_db_cluster).match_requests(seen.all()).then_output(|| ModifyDbClusterOutput::builder().build())
}

fn instances(seen: &Seen<ModifyDbInstanceInput>) -> Rule {
    mock!(Client::modify_db_instance)
        .match_requests(seen.all())
        .then_output(|| ModifyDbInstanceOutput::builder().build())
}

fn raise(clustered: bool, from_days: i64, to_days: i64) -> RaiseRetention {
    RaiseRetention {
        database: "orders".to_owned(),
        identifier: "prod-orders".to_owned(),
        clustered,
        from_days,
        to_days,
    }
}

fn protect(clustered: bool) -> Protect {
    Protect { database: "orders".to_owned(), identifier: "prod-orders".to_owned(), clustered }
}

#[tokio::test]
async fn a_cluster_gets_its_retention_and_nothing_else() {
    let seen = Seen::new();
    rds(&[&clusters(&seen)]).raise_retention(&raise(true, 1, 7)).await.unwrap();
    let wanted = ModifyDbClusterInput::builder()
        .db_cluster_identifier("prod-orders")
        .backup_retention_period(7)
        .apply_immediately(true);
    assert_eq!(seen.only(), wanted.build().unwrap());
}

#[tokio::test]
async fn an_instance_gets_its_retention_and_what_waits_for_its_window_goes_on_waiting() {
    let seen = Seen::new();
    rds(&[&instances(&seen)]).raise_retention(&raise(false, 1, 7)).await.unwrap();
    let wanted = ModifyDbInstanceInput::builder().db_instance_identifier("prod-orders").backup_retention_period(7);
    assert_eq!(seen.only(), wanted.build().unwrap());
}

#[tokio::test]
async fn an_instance_without_backups_gets_them_now() {
    let seen = Seen::new();
    rds(&[&instances(&seen)]).raise_retention(&raise(false, 0, 7)).await.unwrap();
    let wanted = ModifyDbInstanceInput::builder()
        .db_instance_identifier("prod-orders")
        .backup_retention_period(7)
        .apply_immediately(true);
    assert_eq!(seen.only(), wanted.build().unwrap());
}

#[tokio::test]
async fn a_retention_is_never_lowered() {
    let nothing = Rds::of(mock_client!(aws_sdk_rds, NO_RULES));
    for clustered in [true, false] {
        for (from, to) in [(7, 7), (14, 7), (1, 0), (1, i64::MAX)] {
            let fault = nothing.raise_retention(&raise(clustered, from, to)).await.unwrap_err();
            assert_eq!(fault.class, Class::Configuration, "{from} to {to}: {fault}");
        }
    }
}

#[tokio::test]
async fn protection_is_turned_on_and_nothing_else_is_said() {
    let (of_clusters, of_instances) = (Seen::new(), Seen::new());
    let rds = rds(&[&clusters(&of_clusters), &instances(&of_instances)]);
    rds.protect(&protect(true)).await.unwrap();
    rds.protect(&protect(false)).await.unwrap();
    let wanted = ModifyDbClusterInput::builder().db_cluster_identifier("prod-orders").deletion_protection(true);
    assert_eq!(of_clusters.only(), wanted.build().unwrap());
    let wanted = ModifyDbInstanceInput::builder().db_instance_identifier("prod-orders").deletion_protection(true);
    assert_eq!(of_instances.only(), wanted.build().unwrap());
}

#[tokio::test]
async fn a_refusal_keeps_its_meaning_and_its_object() {
    for (status, code, class) in [
        (400, "InvalidDBClusterStateFault", Class::WrongState),
        (403, "AccessDenied", Class::Permission),
        (404, "DBClusterNotFoundFault", Class::NotFound),
    ] {
        let rule = mock!(Client::modify_db_cluster).then_http_response(move || rds_error(status, code));
        let rds = rds(&[&rule]);
        for fault in [rds.protect(&protect(true)).await, rds.raise_retention(&raise(true, 1, 7)).await] {
            let fault = fault.unwrap_err();
            assert_eq!((fault.class, fault.operation), (class, "rds:ModifyDBCluster"));
            assert_eq!((fault.resource.as_str(), fault.code.as_str()), ("prod-orders", code));
        }
    }
}
