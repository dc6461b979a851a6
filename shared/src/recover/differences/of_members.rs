//! The instances compared, one by one.

use super::Difference;
use super::found::Found;
use crate::recover::blueprint::{Blueprint, Member};
use crate::recover::build::members;

/// Every instance of a cluster, and those that are not there
pub(super) fn of_members(wanted: &Blueprint, copy: &Blueprint, run: &str) -> Vec<Difference> {
    let mut list = Vec::new();
    for member in members(wanted, run) {
        let Some(is) = copy.members.iter().find(|is| is.identifier == member.identifier) else {
            let engine = wanted.engine.word();
            let name = member.identifier.as_str();
            let mut command = vec!["aws", "rds", "create-db-instance", "--db-instance-identifier", name];
            command.extend(["--db-cluster-identifier", run, "--engine", engine, "--db-instance-class", &member.class]);
            list.push(Difference {
                of: member.identifier.clone(),
                field: "instance".to_owned(),
                wanted: member.class.clone(),
                found: "not there".to_owned(),
                command: command.into_iter().map(str::to_owned).collect(),
            });
            continue;
        };
        list.extend(of_member(&member, is, &member.identifier, true));
    }
    list
}

/// One instance of a cluster, or the RDS instance
pub(super) fn of_member(wanted: &Member, found: &Member, of: &str, in_cluster: bool) -> Vec<Difference> {
    let Member {
        identifier: _,
        class,
        // Which of them writes is the cluster's to say, and changes at a failover.
        writer: _,
        tier,
        zone,
        parameter_group,
        monitoring_seconds,
        monitoring_role,
        insights,
        publicly_accessible,
        auto_minor_upgrade,
        certificate,
        maintenance_window,
        // Asked for with the instance; those of the cluster are compared.
        tags: _,
    } = wanted;
    let mut list = Found { of: of.to_owned(), clustered: false, list: Vec::new() };
    list.text("class", class, &found.class, &["--db-instance-class", class]);
    if in_cluster {
        list.number("promotion tier", *tier, found.tier, "--promotion-tier");
        list.option(
            "maintenance window",
            maintenance_window.as_deref(),
            found.maintenance_window.as_deref(),
            "--preferred-maintenance-window",
        );
        list.option(
            "parameter group",
            parameter_group.as_deref(),
            found.parameter_group.as_deref(),
            "--db-parameter-group-name",
        );
    }
    list.option("availability zone", zone.as_deref(), found.zone.as_deref(), "");
    if *monitoring_seconds != found.monitoring_seconds {
        let seconds = monitoring_seconds.to_string();
        let mut args = vec!["--monitoring-interval", &seconds];
        if let Some(role) = monitoring_role {
            args.extend(["--monitoring-role-arn", role]);
        }
        list.changed(
            "Enhanced Monitoring",
            &format!("every {seconds} s"),
            &format!("every {} s", found.monitoring_seconds),
            &args,
        );
    }
    list.insights(insights.as_ref(), found.insights.as_ref());
    list.truth("reachable from the internet", *publicly_accessible, found.publicly_accessible, "publicly-accessible");
    list.truth("automatic minor versions", *auto_minor_upgrade, found.auto_minor_upgrade, "auto-minor-version-upgrade");
    list.option(
        "certificate authority",
        certificate.as_deref(),
        found.certificate.as_deref(),
        "--ca-certificate-identifier",
    );
    list.list
}
