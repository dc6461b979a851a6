use aws_sdk_rds::Client;
use aws_sdk_rds::operation::deregister_db_proxy_targets::{
    DeregisterDbProxyTargetsInput, DeregisterDbProxyTargetsOutput,
};
use aws_sdk_rds::operation::describe_db_clusters::DescribeDbClustersOutput;
use aws_sdk_rds::operation::describe_db_instances::DescribeDbInstancesOutput;
use aws_sdk_rds::operation::describe_db_proxy_targets::DescribeDbProxyTargetsOutput;
use aws_sdk_rds::operation::modify_db_cluster::{ModifyDbClusterInput, ModifyDbClusterOutput};
use aws_sdk_rds::operation::modify_db_instance::{ModifyDbInstanceInput, ModifyDbInstanceOutput};
use aws_sdk_rds::operation::register_db_proxy_targets::{RegisterDbProxyTargetsInput, RegisterDbProxyTargetsOutput};
use aws_sdk_rds::types::{DbCluster, DbInstance, TargetHealth};
use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};

use super::*;
use crate::aws::testing::{Seen, rds_error};

fn rds(rules: &[&Rule]) -> Rds {
    Rds::of(mock_client!(aws_sdk_rds, RuleMode::MatchAny, rules))
}

mod renaming {
    use super::*;

    fn cluster(name: &'static str, id: &'static str) -> Rule {
        mock!(Client::describe_db_clusters)
            .match_requests(move |asked| asked.db_cluster_identifier() == Some(name))
            .then_output(move || {
                let found = DbCluster::builder().db_cluster_identifier(name).db_cluster_resource_id(id);
                DescribeDbClustersOutput::builder().db_clusters(found.build()).build()
            })
    }

    fn instance(name: &'static str, id: &'static str) -> Rule {
        mock!(Client::describe_db_instances)
            .match_requests(move |asked| asked.db_instance_identifier() == Some(name))
            .then_output(move || {
                let found = DbInstance::builder().db_instance_identifier(name).dbi_resource_id(id);
                DescribeDbInstancesOutput::builder().db_instances(found.build()).build()
            })
    }

    fn clusters(seen: &Seen<ModifyDbClusterInput>) -> Rule {
        mock!(Client::modify_db_cluster)
            .match_requests(seen.all())
            .then_output(|| ModifyDbClusterOutput::builder().build())
    }

    fn instances(seen: &Seen<ModifyDbInstanceInput>) -> Rule {
        mock!(Client::modify_db_instance)
            .match_requests(seen.all())
            .then_output(|| ModifyDbInstanceOutput::builder().build())
    }

    fn server(id: &str) -> Server {
        Server { resource_id: id.to_owned(), clustered: id.starts_with("cluster") }
    }

    #[tokio::test]
    async fn a_cluster_gets_its_new_name_at_once_and_nothing_else() {
        let seen = Seen::new();
        let rds = rds(&[&cluster("prod-orders", "cluster-OLD"), &clusters(&seen)]);
        rds.rename(&server("cluster-OLD"), "prod-orders", "prod-orders-before").await.unwrap();
        let wanted = ModifyDbClusterInput::builder()
            .db_cluster_identifier("prod-orders")
            .new_db_cluster_identifier("prod-orders-before")
            .apply_immediately(true);
        assert_eq!(seen.only(), wanted.build().unwrap());
    }

    #[tokio::test]
    async fn an_instance_gets_its_new_name_at_once_and_nothing_else() {
        let seen = Seen::new();
        let rds = rds(&[&instance("prod-orders-1", "db-OLD"), &instances(&seen)]);
        rds.rename(&server("db-OLD"), "prod-orders-1", "prod-orders-1-before").await.unwrap();
        let wanted = ModifyDbInstanceInput::builder()
            .db_instance_identifier("prod-orders-1")
            .new_db_instance_identifier("prod-orders-1-before")
            .apply_immediately(true);
        assert_eq!(seen.only(), wanted.build().unwrap());
    }

    #[tokio::test]
    async fn what_bears_the_name_and_is_another_is_not_renamed() {
        let (of_clusters, of_instances) = (Seen::new(), Seen::new());
        let rules = [
            cluster("prod", "cluster-NEW"),
            instance("prod-1", "db-NEW"),
            clusters(&of_clusters),
            instances(&of_instances),
        ];
        let rds = rds(&rules.each_ref());
        let fault = rds.rename(&server("cluster-OLD"), "prod", "aside").await.unwrap_err();
        assert_eq!((fault.class, fault.operation), (Class::Conflict, "rds:ModifyDBCluster"));
        assert!(fault.message.contains("prod is cluster-NEW"), "{fault}");
        let fault = rds.rename(&server("db-OLD"), "prod-1", "aside").await.unwrap_err();
        assert_eq!((fault.class, fault.operation), (Class::Conflict, "rds:ModifyDBInstance"));
        let nobody = Server { resource_id: String::new(), clustered: true };
        assert_eq!(rds.rename(&nobody, "prod", "aside").await.unwrap_err().class, Class::Conflict);
        assert_eq!((of_clusters.every().len(), of_instances.every().len()), (0, 0));
    }

    #[tokio::test]
    async fn what_is_gone_or_could_not_be_looked_at_is_not_renamed() {
        for (code, class) in [("DBClusterNotFoundFault", Class::Conflict), ("AccessDenied", Class::Permission)] {
            let seen = Seen::new();
            let read = mock!(Client::describe_db_clusters).then_http_response(move || rds_error(400, code));
            let fault =
                rds(&[&read, &clusters(&seen)]).rename(&server("cluster-OLD"), "prod", "aside").await.unwrap_err();
            assert_eq!((fault.class, seen.every().len()), (class, 0), "{fault}");
        }
    }

    #[tokio::test]
    async fn a_refusal_keeps_its_meaning() {
        let table = [
            ("DBClusterAlreadyExistsFault", Class::AlreadyExists),
            ("InvalidDBClusterStateFault", Class::WrongState),
            ("AccessDenied", Class::Permission),
        ];
        for (code, class) in table {
            let refused = mock!(Client::modify_db_cluster).then_http_response(move || rds_error(400, code));
            let rds = rds(&[&cluster("prod", "cluster-OLD"), &refused]);
            let fault = rds.rename(&server("cluster-OLD"), "prod", "aside").await.unwrap_err();
            assert_eq!((fault.class, fault.operation), (class, "rds:ModifyDBCluster"), "{fault}");
        }
    }
}

fn of(identifier: &str, clustered: bool) -> Target {
    Target { identifier: identifier.to_owned(), clustered }
}

fn row(id: &str, of_type: TargetType, state: Option<TargetState>) -> DbProxyTarget {
    let health = state.map(|state| TargetHealth::builder().state(state).build());
    DbProxyTarget::builder().rds_resource_id(id).r#type(of_type).set_target_health(health).build()
}

fn cluster(id: &str) -> DbProxyTarget {
    row(id, TargetType::TrackedCluster, None)
}

fn member(cluster: &str, role: Option<TargetRole>, state: TargetState) -> DbProxyTarget {
    let mut row = row(&format!("{cluster}-1"), TargetType::RdsInstance, Some(state));
    (row.role, row.tracked_cluster_id) = (role, Some(cluster.to_owned()));
    row
}

fn targets(rows: Vec<DbProxyTarget>) -> Rule {
    mock!(Client::describe_db_proxy_targets)
        .then_output(move || DescribeDbProxyTargetsOutput::builder().set_targets(Some(rows.clone())).build())
}

mod looking {
    use super::*;

    async fn seen(rows: Vec<DbProxyTarget>) -> Vec<(Target, Health)> {
        rds(&[&targets(rows)]).proxy("orders-proxy", "default").await.unwrap().targets
    }

    #[tokio::test]
    async fn every_page_of_the_group_is_read() {
        let rule = mock!(Client::describe_db_proxy_targets).then_compute_output(|asked| {
            let named = (asked.db_proxy_name(), asked.target_group_name(), asked.max_records());
            assert_eq!(named, (Some("orders-proxy"), Some("default"), Some(100)));
            let (target, next) = match asked.marker() {
                None => (cluster("prod-orders"), Some("2".to_owned())),
                _ => (member("prod-orders", Some(TargetRole::ReadWrite), TargetState::Available), None),
            };
            DescribeDbProxyTargetsOutput::builder().targets(target).set_marker(next).build()
        });
        let facts = rds(&[&rule]).proxy("orders-proxy", "default").await.unwrap();
        assert_eq!((facts.targets, rule.num_calls()), (vec![(of("prod-orders", true), Health::Available)], 2));
    }

    #[tokio::test]
    async fn an_instance_has_the_health_of_its_row() {
        let table = [
            (Some(TargetState::Available), Health::Available),
            (Some(TargetState::Unavailable), Health::Unavailable),
            (Some(TargetState::Registering), Health::Moving),
            (Some(TargetState::from("SOMETHING_NEW")), Health::Moving),
            (None, Health::Moving),
        ];
        for (state, health) in table {
            let found = seen(vec![row("Prod-Ledger", TargetType::RdsInstance, state.clone())]).await;
            assert_eq!(found, [(of("prod-ledger", false), health)], "{state:?}");
        }
    }

    #[tokio::test]
    async fn a_cluster_is_healthy_when_what_writes_in_it_is() {
        use TargetRole::{ReadOnly, ReadWrite, UnknownValue as Unknown};
        use TargetState::{Available, Registering, Unavailable};
        let table = [
            (vec![(Some(ReadWrite), Available), (Some(ReadOnly), Unavailable)], Health::Available),
            (vec![(Some(ReadWrite), Available), (Some(Unknown), Unavailable)], Health::Available),
            (vec![(Some(ReadWrite), Unavailable), (Some(ReadOnly), Available)], Health::Unavailable),
            (vec![(Some(ReadWrite), Registering), (Some(ReadOnly), Available)], Health::Moving),
            (vec![(Some(ReadOnly), Available)], Health::Moving),
            (vec![(Some(Unknown), Registering), (Some(Unknown), Available)], Health::Moving),
            (vec![(None, Available), (None, Available)], Health::Available),
            (vec![(None, Available), (None, Unavailable)], Health::Unavailable),
            (vec![], Health::Moving),
        ];
        for (members, health) in table {
            let rows = members.iter().map(|(role, state)| member("prod-orders", role.clone(), state.clone()));
            let rows = std::iter::once(cluster("prod-orders")).chain(rows).collect();
            assert_eq!(seen(rows).await, [(of("prod-orders", true), health)], "{members:?}");
        }
    }

    #[tokio::test]
    async fn a_cluster_alone_is_taken_at_its_own_word() {
        let own = row("prod-orders", TargetType::TrackedCluster, Some(TargetState::Available));
        assert_eq!(seen(vec![own]).await, [(of("prod-orders", true), Health::Available)]);
    }

    #[tokio::test]
    async fn rows_that_do_not_name_their_cluster_are_of_the_only_one() {
        let unnamed = row("prod-orders-1", TargetType::RdsInstance, Some(TargetState::Available));
        let found = seen(vec![unnamed.clone(), cluster("prod-orders"), unnamed.clone()]).await;
        assert_eq!(found, [(of("prod-orders", true), Health::Available)]);
        // With two of them nobody knows whose it is, and it stays what it says it is.
        let found = seen(vec![unnamed, cluster("a"), cluster("b")]).await;
        assert_eq!(found.len(), 3);
    }

    #[tokio::test]
    async fn a_member_without_the_row_of_its_cluster_is_still_of_it() {
        let found = seen(vec![member("prod-orders", Some(TargetRole::ReadWrite), TargetState::Available)]).await;
        assert_eq!(found, [(of("prod-orders", true), Health::Available)]);
    }

    #[tokio::test]
    async fn a_target_of_an_unknown_kind_is_not_overlooked() {
        let found = seen(vec![row("odd", TargetType::from("SOMETHING_NEW"), None)]).await;
        assert_eq!(found, [(of("odd", true), Health::Moving)]);
        let nameless = DbProxyTarget::builder().r#type(TargetType::RdsInstance).build();
        let fault = rds(&[&targets(vec![nameless])]).proxy("orders-proxy", "default").await.unwrap_err();
        assert_eq!(fault.class, Class::Unknown);
    }

    #[tokio::test]
    async fn a_group_without_targets_is_none_of_the_faults() {
        assert_eq!(seen(Vec::new()).await, []);
        let none = mock!(Client::describe_db_proxy_targets)
            .then_http_response(|| rds_error(404, "DBProxyTargetNotFoundFault"));
        assert_eq!(rds(&[&none]).proxy("orders-proxy", "default").await.unwrap().targets, []);
        let table = [
            ("DBProxyNotFoundFault", Class::NotFound),
            ("DBProxyTargetGroupNotFoundFault", Class::NotFound),
            ("InvalidDBProxyStateFault", Class::WrongState),
        ];
        for (code, class) in table {
            let refused = mock!(Client::describe_db_proxy_targets).then_http_response(move || rds_error(404, code));
            assert_eq!(rds(&[&refused]).proxy("orders-proxy", "default").await.unwrap_err().class, class, "{code}");
        }
    }
}

mod retargeting {
    use super::*;

    fn register(seen: &Seen<RegisterDbProxyTargetsInput>) -> Rule {
        mock!(Client::register_db_proxy_targets)
            .match_requests(seen.all())
            .then_output(|| RegisterDbProxyTargetsOutput::builder().build())
    }

    fn deregister(seen: &Seen<DeregisterDbProxyTargetsInput>) -> Rule {
        mock!(Client::deregister_db_proxy_targets)
            .match_requests(seen.all())
            .then_output(|| DeregisterDbProxyTargetsOutput::builder().build())
    }

    async fn retarget(rules: &[&Rule], clustered: bool) -> Result<(), Fault> {
        rds(rules).retarget("orders-proxy", "default", &of("old", clustered), &of("new", clustered)).await
    }

    #[tokio::test]
    async fn a_cluster_goes_and_another_comes() {
        let (gone, come) = (Seen::new(), Seen::new());
        let rules = [targets(vec![cluster("old")]), deregister(&gone), register(&come)];
        retarget(&rules.each_ref(), true).await.unwrap();
        let wanted =
            DeregisterDbProxyTargetsInput::builder().db_proxy_name("orders-proxy").target_group_name("default");
        assert_eq!(gone.only(), wanted.db_cluster_identifiers("old").build().unwrap());
        let wanted = RegisterDbProxyTargetsInput::builder().db_proxy_name("orders-proxy").target_group_name("default");
        assert_eq!(come.only(), wanted.db_cluster_identifiers("new").build().unwrap());
    }

    #[tokio::test]
    async fn an_instance_goes_and_another_comes() {
        let (gone, come) = (Seen::new(), Seen::new());
        let old = row("old", TargetType::RdsInstance, Some(TargetState::Available));
        let rules = [targets(vec![old]), deregister(&gone), register(&come)];
        retarget(&rules.each_ref(), false).await.unwrap();
        let wanted =
            DeregisterDbProxyTargetsInput::builder().db_proxy_name("orders-proxy").target_group_name("default");
        assert_eq!(gone.only(), wanted.db_instance_identifiers("old").build().unwrap());
        let wanted = RegisterDbProxyTargetsInput::builder().db_proxy_name("orders-proxy").target_group_name("default");
        assert_eq!(come.only(), wanted.db_instance_identifiers("new").build().unwrap());
    }

    #[tokio::test]
    async fn what_is_done_already_is_not_asked_for_again() {
        let table = [
            (vec![], 0, 1),
            (vec![cluster("new")], 0, 0),
            (vec![cluster("old"), cluster("new")], 1, 0),
            // An instance of that name is not the cluster that goes.
            (vec![row("old", TargetType::RdsInstance, None)], 0, 1),
        ];
        for (rows, wanted_gone, wanted_come) in table {
            let (gone, come) = (Seen::new(), Seen::new());
            let rules = [targets(rows.clone()), deregister(&gone), register(&come)];
            retarget(&rules.each_ref(), true).await.unwrap();
            assert_eq!((gone.every().len(), come.every().len()), (wanted_gone, wanted_come), "{rows:?}");
        }
    }

    #[tokio::test]
    async fn what_somebody_did_meanwhile_is_fine() {
        let gone = mock!(Client::deregister_db_proxy_targets)
            .then_http_response(|| rds_error(404, "DBProxyTargetNotFoundFault"));
        let come = mock!(Client::register_db_proxy_targets)
            .then_http_response(|| rds_error(400, "DBProxyTargetAlreadyRegisteredFault"));
        let rules = [targets(vec![cluster("old")]), gone, come];
        retarget(&rules.each_ref(), true).await.unwrap();
    }

    #[tokio::test]
    async fn a_group_that_cannot_be_read_is_not_touched_and_a_target_that_stays_is_not_joined() {
        let (gone, come) = (Seen::new(), Seen::new());
        let refused = mock!(Client::describe_db_proxy_targets).then_http_response(|| rds_error(403, "AccessDenied"));
        let rules = [refused, deregister(&gone), register(&come)];
        assert_eq!(retarget(&rules.each_ref(), true).await.unwrap_err().class, Class::Permission);
        for (code, class) in
            [("InvalidDBProxyStateFault", Class::WrongState), ("DBProxyNotFoundFault", Class::NotFound)]
        {
            let refused = mock!(Client::deregister_db_proxy_targets).then_http_response(move || rds_error(400, code));
            let rules = [targets(vec![cluster("old")]), refused, register(&come)];
            let fault = retarget(&rules.each_ref(), true).await.unwrap_err();
            assert_eq!((fault.class, fault.operation), (class, "rds:DeregisterDBProxyTargets"), "{fault}");
        }
        assert_eq!((gone.every().len(), come.every().len()), (0, 0));
    }

    #[tokio::test]
    async fn a_refused_registration_keeps_its_meaning() {
        let table = [
            ("InsufficientAvailableIPsInSubnetFault", Class::Network),
            ("InvalidDBClusterStateFault", Class::WrongState),
            ("DBClusterNotFoundFault", Class::NotFound),
        ];
        for (code, class) in table {
            let refused = mock!(Client::register_db_proxy_targets).then_http_response(move || rds_error(400, code));
            let fault = retarget(&[&targets(Vec::new()), &refused], true).await.unwrap_err();
            assert_eq!((fault.class, fault.operation), (class, "rds:RegisterDBProxyTargets"), "{fault}");
        }
    }
}
