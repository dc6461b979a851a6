"""RDS instances, the other engines, DocumentDB, proxies, renaming, tags."""

import datetime
import time

from .harness import PASSWORD, UTC, Stack, gone, refused, say, until


def instances(s: Stack) -> None:
    rds = s.rds
    rds.create_db_instance(
        DBInstanceIdentifier="pg",
        Engine="postgres",
        DBInstanceClass="db.t4g.small",
        AllocatedStorage=20,
        MasterUsername="app",
        MasterUserPassword=PASSWORD,
        DBName="app",
        BackupRetentionPeriod=3,
        Tags=[{"Key": "env", "Value": "production"}],
        DeletionProtection=True,
    )
    rds.create_db_instance(
        DBInstanceIdentifier="nobackup",
        Engine="mysql",
        DBInstanceClass="db.t4g.small",
        AllocatedStorage=20,
        MasterUsername="app",
        MasterUserPassword=PASSWORD,
        BackupRetentionPeriod=0,
    )
    refused(
        "DBInstanceAlreadyExists",
        rds.create_db_instance,
        DBInstanceIdentifier="pg",
        Engine="postgres",
        DBInstanceClass="db.t4g.small",
        MasterUsername="app",
        MasterUserPassword=PASSWORD,
    )
    until(lambda: {s.instance(i)["DBInstanceStatus"] for i in ("pg", "nobackup")} == {"available"})
    port = s.instance("pg")["Endpoint"]["Port"]
    s.sql(port, "CREATE TABLE t AS SELECT 1 AS n")
    before = datetime.datetime.now(UTC)
    time.sleep(0.3)
    s.sql(port, "DROP TABLE t")
    refused(
        "PointInTimeRestoreNotEnabled",
        rds.restore_db_instance_to_point_in_time,
        SourceDBInstanceIdentifier="nobackup",
        TargetDBInstanceIdentifier="x",
        UseLatestRestorableTime=True,
    )
    assert "LatestRestorableTime" not in s.instance("nobackup") and "LatestRestorableTime" in s.instance("pg")
    rds.restore_db_instance_to_point_in_time(
        SourceDBInstanceIdentifier="pg",
        TargetDBInstanceIdentifier="drill-pg",
        RestoreTime=before,
        BackupRetentionPeriod=0,
        DBInstanceClass="db.t4g.micro",
        DBSubnetGroupName="private",
        VpcSecurityGroupIds=["sg-9"],
        Tags=[{"Key": "k", "Value": "v"}],
        PubliclyAccessible=False,
        MultiAZ=False,
    )
    rds.create_db_snapshot(DBInstanceIdentifier="pg", DBSnapshotIdentifier="manual-pg")
    until(
        lambda: rds.describe_db_snapshots(DBSnapshotIdentifier="manual-pg")["DBSnapshots"][0]["Status"] == "available"
    )
    until(lambda: s.instance("drill-pg")["DBInstanceStatus"] == "available")
    copy = s.instance("drill-pg")
    assert (
        copy["DBInstanceClass"] == "db.t4g.micro"
        and copy["DBSubnetGroup"]["DBSubnetGroupName"] == "private"
        and not copy["DeletionProtection"]
    )
    assert (
        copy["BackupRetentionPeriod"] == 0
        and copy["TagList"] == [{"Key": "k", "Value": "v"}]
        and not copy["PubliclyAccessible"]
    )
    assert s.sql(copy["Endpoint"]["Port"], "SELECT n FROM t") == [(1,)]
    rds.restore_db_instance_from_db_snapshot(DBInstanceIdentifier="drill-snap", DBSnapshotIdentifier="manual-pg")
    until(lambda: s.instance("drill-snap")["DBInstanceStatus"] == "available")
    assert s.sql(s.instance("drill-snap")["Endpoint"]["Port"], "SELECT to_regclass('t')::text") == [(None,)]
    assert s.instance("drill-snap")["TagList"] == [{"Key": "env", "Value": "production"}]
    refused("InvalidParameterCombination", rds.delete_db_instance, DBInstanceIdentifier="pg", SkipFinalSnapshot=True)
    rds.delete_db_instance(DBInstanceIdentifier="drill-pg", SkipFinalSnapshot=True, DeleteAutomatedBackups=True)
    rds.delete_db_instance(DBInstanceIdentifier="drill-snap", SkipFinalSnapshot=True, DeleteAutomatedBackups=False)
    until(
        lambda: all(
            gone("DBInstanceNotFound", rds.describe_db_instances, DBInstanceIdentifier=i)
            for i in ("drill-pg", "drill-snap")
        )
    )
    kept = {
        b["DBInstanceIdentifier"]: b["Status"]
        for b in rds.describe_db_instance_automated_backups()["DBInstanceAutomatedBackups"]
    }
    assert kept.get("drill-snap") == "retained" and "drill-pg" not in kept and kept["pg"] == "active", kept
    told = {
        e["SourceIdentifier"]: e
        for e in rds.describe_events(SourceType="db-instance", EventCategories=["restoration"])["Events"]
    }
    assert told["drill-pg"]["Message"] == "Restored from DB instance pg to drill-pg", told
    told = [e["Message"] for e in rds.describe_events(SourceType="db-instance", SourceIdentifier="drill-pg")["Events"]]
    assert "DB instance created" in told and told[-1] == "DB instance deleted", told
    refused("InvalidParameterCombination", rds.describe_events, SourceIdentifier="drill-pg")
    say(f"RDS postgres: point in time, snapshot, retained backups, events: {told}")

    rds.modify_db_instance(DBInstanceIdentifier="pg", NewDBInstanceIdentifier="pg-old", ApplyImmediately=True)
    until(lambda: gone("DBInstanceNotFound", rds.describe_db_instances, DBInstanceIdentifier="pg"))
    assert s.instance("pg-old")["Endpoint"]["Port"] == port
    for engine, client in (("docdb", s.docdb), ("mariadb", rds)):
        if engine == "docdb":
            client.create_db_cluster(
                DBClusterIdentifier="docs", Engine=engine, MasterUsername="app", MasterUserPassword=PASSWORD
            )
            until(
                lambda: (
                    s.docdb.describe_db_clusters(DBClusterIdentifier="docs")["DBClusters"][0]["Status"] == "available"
                )
            )
            client.create_db_instance(
                DBInstanceIdentifier="docs-1", DBClusterIdentifier="docs", Engine=engine, DBInstanceClass="db.r6g.large"
            )
            client.restore_db_cluster_to_point_in_time(
                DBClusterIdentifier="drill-docs",
                SourceDBClusterIdentifier="docs",
                UseLatestRestorableTime=True,
                DeletionProtection=False,
            )
            until(lambda: s.cluster("drill-docs")["Status"] == "available")
            assert {
                c["DBClusterIdentifier"]
                for c in rds.describe_db_clusters(Filters=[{"Name": "engine", "Values": ["docdb"]}])["DBClusters"]
            } == {"docs", "drill-docs"}
        else:
            client.create_db_instance(
                DBInstanceIdentifier="maria",
                Engine=engine,
                DBInstanceClass="db.t4g.micro",
                MasterUsername="app",
                MasterUserPassword=PASSWORD,
                AllocatedStorage=20,
            )
            until(lambda: s.instance("maria")["DBInstanceStatus"] == "available")
    say("renaming; DocumentDB through its own client, seen by the RDS API too; mariadb")


def proxies(s: Stack) -> None:
    rds = s.rds
    for id in ("p-old", "p-new"):
        rds.create_db_cluster(
            DBClusterIdentifier=id, Engine="aurora-mysql", MasterUsername="app", MasterUserPassword=PASSWORD
        )
        until(lambda id=id: s.cluster(id)["Status"] == "available")
    rds.create_db_proxy(
        DBProxyName="front",
        EngineFamily="MYSQL",
        Auth=[{"AuthScheme": "SECRETS"}],
        RoleArn="arn:aws:iam::123456789012:role/p-role-of-proxy",
        VpcSubnetIds=["subnet-1", "subnet-2"],
    )
    rds.register_db_proxy_targets(DBProxyName="front", DBClusterIdentifiers=["p-old"])
    refused(
        "DBProxyTargetAlreadyRegisteredFault",
        rds.register_db_proxy_targets,
        DBProxyName="front",
        DBClusterIdentifiers=["p-new"],
    )
    rds.deregister_db_proxy_targets(DBProxyName="front", DBClusterIdentifiers=["p-old"])
    rds.register_db_proxy_targets(DBProxyName="front", DBClusterIdentifiers=["p-new"])
    (target,) = rds.describe_db_proxy_targets(DBProxyName="front")["Targets"]
    assert (target["RdsResourceId"], target["Type"]) == ("p-new", "TRACKED_CLUSTER"), "without an instance, nothing has a health"
    rds.modify_db_cluster(DBClusterIdentifier="p-old", NewDBClusterIdentifier="p-aside", ApplyImmediately=True)
    until(
        lambda: (
            gone("DBClusterNotFoundFault", rds.describe_db_clusters, DBClusterIdentifier="p-old")
            and s.cluster("p-aside")["Status"] == "available"
        )
    )
    arn = s.cluster("p-new")["DBClusterArn"]
    rds.add_tags_to_resource(ResourceName=arn, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    rds.remove_tags_from_resource(ResourceName=arn, TagKeys=["a"])
    assert (
        rds.list_tags_for_resource(ResourceName=arn)["TagList"]
        == [{"Key": "b", "Value": "2"}]
        == s.cluster("p-new")["TagList"]
    )
    say("proxy targets move; a cluster is renamed aside; tags are added and removed")
