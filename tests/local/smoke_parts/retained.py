"""Automated backups that outlive their database: of clusters and instances, several generations of one identifier."""

from .harness import PASSWORD, Stack, gone, refused, say, until

SERVERLESS = {"MinCapacity": 0.5, "MaxCapacity": 1}


def retained(s: Stack) -> None:
    generations = [cluster_generation(s, n) for n in (1, 2)]
    rds = s.rds
    port = s.aurora("reborn")  # the third, which lives
    s.sql(port, "CREATE TABLE born AS SELECT 3 AS n")
    kept = rds.describe_db_cluster_automated_backups(DBClusterIdentifier="reborn")["DBClusterAutomatedBackups"]
    shown = sorted((b["Status"], b["DbClusterResourceId"]) for b in kept)
    living = s.cluster("reborn")["DbClusterResourceId"]
    assert shown == sorted([("active", living), *(("retained", g) for g in generations)]), shown
    assert all(b["RestoreWindow"]["EarliestTime"] < b["RestoreWindow"]["LatestTime"] for b in kept)
    only = rds.describe_db_cluster_automated_backups(Filters=[{"Name": "status", "Values": ["retained"]}])
    assert {b["Status"] for b in only["DBClusterAutomatedBackups"]} == {"retained"}
    automatic = rds.describe_db_cluster_snapshots(DBClusterIdentifier="reborn", SnapshotType="automated")
    held = {x["DbClusterResourceId"] for x in automatic["DBClusterSnapshots"]}
    assert held >= set(generations), "each generation keeps its automated snapshots"
    for n, resource in enumerate(generations, 1):
        rds.restore_db_cluster_to_point_in_time(
            DBClusterIdentifier=f"drill-reborn-{n}", SourceDbClusterResourceId=resource, UseLatestRestorableTime=True,
            ServerlessV2ScalingConfiguration=SERVERLESS,
        )  # fmt: skip
    window = next(b["RestoreWindow"] for b in kept if b["DbClusterResourceId"] == generations[0])
    refused(
        "InvalidParameterValue", rds.restore_db_cluster_to_point_in_time, DBClusterIdentifier="x",
        SourceDbClusterResourceId=generations[0], RestoreToTime=window["LatestTime"].replace(year=2099),
    )  # fmt: skip
    refused(
        "DBClusterAutomatedBackupNotFoundFault", rds.restore_db_cluster_to_point_in_time, DBClusterIdentifier="x",
        SourceDbClusterResourceId="cluster-NOBODY", UseLatestRestorableTime=True,
    )  # fmt: skip
    for n in (1, 2):
        until(lambda n=n: s.cluster(f"drill-reborn-{n}")["Status"] == "available")
        assert s.sql(s.member(f"drill-reborn-{n}"), "SELECT n FROM born") == [(n,)]
    say("three generations of a cluster: one active, two retained; each of those restores its own data")
    instance(s)


def cluster_generation(s: Stack, n: int) -> str:
    port = s.aurora("reborn")
    s.sql(port, f"CREATE TABLE born AS SELECT {n} AS n")
    resource = s.cluster("reborn")["DbClusterResourceId"]
    s.rds.delete_db_instance(DBInstanceIdentifier="reborn-1", SkipFinalSnapshot=True)
    s.rds.delete_db_cluster(DBClusterIdentifier="reborn", SkipFinalSnapshot=True, DeleteAutomatedBackups=False)
    until(lambda: gone("DBClusterNotFoundFault", s.rds.describe_db_clusters, DBClusterIdentifier="reborn"))
    return resource


def instance(s: Stack) -> None:
    rds = s.rds
    rds.create_db_instance(
        DBInstanceIdentifier="gone-pg", Engine="postgres", DBInstanceClass="db.t4g.small", AllocatedStorage=20,
        MasterUsername="app", MasterUserPassword=PASSWORD, DBName="app",
    )  # fmt: skip
    until(lambda: s.instance("gone-pg")["DBInstanceStatus"] == "available")
    s.sql(s.instance("gone-pg")["Endpoint"]["Port"], "CREATE TABLE born AS SELECT 9 AS n")
    resource = s.instance("gone-pg")["DbiResourceId"]
    rds.delete_db_instance(DBInstanceIdentifier="gone-pg", SkipFinalSnapshot=True, DeleteAutomatedBackups=False)
    until(lambda: gone("DBInstanceNotFound", rds.describe_db_instances, DBInstanceIdentifier="gone-pg"))
    kept = rds.describe_db_instance_automated_backups(DBInstanceIdentifier="gone-pg")["DBInstanceAutomatedBackups"]
    assert [(b["Status"], b["DbiResourceId"]) for b in kept] == [("retained", resource)]
    assert kept[0]["RestoreWindow"]["LatestTime"], kept
    rds.restore_db_instance_to_point_in_time(
        TargetDBInstanceIdentifier="drill-gone-pg", SourceDbiResourceId=resource, UseLatestRestorableTime=True
    )
    until(lambda: s.instance("drill-gone-pg")["DBInstanceStatus"] == "available")
    assert s.sql(s.instance("drill-gone-pg")["Endpoint"]["Port"], "SELECT n FROM born") == [(9,)]
    say("an RDS instance that is gone is restored by its resource id")
