"""What is left when something ends, and what was kept: deletion, retained backups, snapshots."""

import datetime
import time
from pathlib import Path

from .harness import PASSWORD, UTC, Stack, alive, gone, refused, say, until


def snapshots(s: Stack) -> None:
    rds, port = s.rds, s.aurora("shop", Tags=[{"Key": "team", "Value": "shop"}])
    automatic = until(
        lambda: [
            x
            for x in rds.describe_db_cluster_snapshots(DBClusterIdentifier="shop", SnapshotType="automated")[
                "DBClusterSnapshots"
            ]
            if x["Status"] == "available"
        ]
    )
    assert automatic[0]["DBClusterSnapshotIdentifier"].startswith("rds:shop-20")
    refused(
        "InvalidDBClusterSnapshotStateFault",
        rds.delete_db_cluster_snapshot,
        DBClusterSnapshotIdentifier=automatic[0]["DBClusterSnapshotIdentifier"],
    )
    s.sql(port, "CREATE TABLE items AS SELECT 1 AS n")
    made = rds.create_db_cluster_snapshot(
        DBClusterIdentifier="shop", DBClusterSnapshotIdentifier="pre-maintenance-1", Tags=[{"Key": "a", "Value": "b"}]
    )["DBClusterSnapshot"]
    assert made["Status"] == "creating" and "SnapshotCreateTime" not in made
    refused(
        "DBClusterSnapshotAlreadyExistsFault",
        rds.create_db_cluster_snapshot,
        DBClusterIdentifier="shop",
        DBClusterSnapshotIdentifier="pre-maintenance-1",
    )
    until(
        lambda: (
            rds.describe_db_cluster_snapshots(DBClusterSnapshotIdentifier="pre-maintenance-1")["DBClusterSnapshots"][0][
                "Status"
            ]
            == "available"
        )
    )
    s.sql(port, "INSERT INTO items VALUES (2)")
    rds.copy_db_cluster_snapshot(
        SourceDBClusterSnapshotIdentifier="pre-maintenance-1", TargetDBClusterSnapshotIdentifier="copied", CopyTags=True
    )
    until(
        lambda: (
            rds.describe_db_cluster_snapshots(DBClusterSnapshotIdentifier="copied")["DBClusterSnapshots"][0]["Status"]
            == "available"
        )
    )
    for source in ("pre-maintenance-1", "copied"):
        id = f"drill-{source}"
        rds.restore_db_cluster_from_snapshot(
            DBClusterIdentifier=id,
            SnapshotIdentifier=source,
            Engine="aurora-postgresql",
            EngineVersion="16.4",
            ServerlessV2ScalingConfiguration={"MinCapacity": 0.5, "MaxCapacity": 1},
        )
        until(lambda id=id: s.cluster(id)["Status"] == "available")
        assert s.sql(s.member(id), "SELECT array_agg(n) FROM items") == [([1],)]
        assert (
            s.cluster(id)["TagList"] == [{"Key": "team", "Value": "shop"}] and s.cluster(id)["EngineVersion"] == "16.4"
        )
    refused(
        "DBClusterSnapshotNotFoundFault",
        rds.restore_db_cluster_from_snapshot,
        DBClusterIdentifier="x",
        SnapshotIdentifier="nothing",
        Engine="aurora-postgresql",
    )
    refused("DBClusterSnapshotNotFoundFault", rds.describe_db_cluster_snapshots, DBClusterSnapshotIdentifier="nothing")
    refused("DBSnapshotNotFound", rds.describe_db_snapshots, DBSnapshotIdentifier="nothing")
    refused(
        "InvalidParameterValue",
        rds.create_db_cluster_snapshot,
        DBClusterIdentifier="shop",
        DBClusterSnapshotIdentifier="tags",
        Tags=[{"Key": "why", "Value": "a,b(c)"}],
    )
    say(
        "snapshots and copies of them restore the moment they were taken; automated ones cannot be deleted; their codes are AWS's"
    )

    rds.create_db_cluster(
        DBClusterIdentifier="many", Engine="aurora-mysql", MasterUsername="app", MasterUserPassword=PASSWORD
    )
    until(lambda: s.cluster("many")["Status"] == "available")
    s.control("POST", "/delays", {"snapshot": 0})
    s.control("POST", "/quota", {"name": "ManualClusterSnapshots", "most": 1000})
    begun = time.monotonic()
    for n in range(250):
        rds.create_db_cluster_snapshot(DBClusterIdentifier="many", DBClusterSnapshotIdentifier=f"many-{n:03}")
    took = time.monotonic() - begun
    s.control("POST", "/delays", {"snapshot": 0.3})
    first = rds.describe_db_cluster_snapshots(DBClusterIdentifier="many", SnapshotType="manual")
    assert len(first["DBClusterSnapshots"]) == 100 and first["Marker"]
    pages = [
        len(page["DBClusterSnapshots"])
        for page in rds.get_paginator("describe_db_cluster_snapshots").paginate(
            DBClusterIdentifier="many", SnapshotType="manual"
        )
    ]
    assert pages == [100, 100, 50], pages
    small = [
        len(page["DBClusterSnapshots"])
        for page in rds.get_paginator("describe_db_cluster_snapshots").paginate(
            Filters=[{"Name": "db-cluster-id", "Values": ["many"]}],
            SnapshotType="manual",
            PaginationConfig={"PageSize": 90},
        )
    ]
    assert small == [90, 90, 70], small
    refused("InvalidParameterValue", rds.describe_db_cluster_snapshots, MaxRecords=10)
    refused("InvalidParameterValue", rds.describe_db_cluster_snapshots, Filters=[{"Name": "nonsense", "Values": ["x"]}])
    s.control("POST", "/age", {"kind": "snapshot", "id": "many-00?", "seconds": 40 * 86400})
    old = rds.describe_db_cluster_snapshots(DBClusterSnapshotIdentifier="many-003")["DBClusterSnapshots"][0][
        "SnapshotCreateTime"
    ]
    assert (datetime.datetime.now(UTC) - old).days == 40
    say(f"250 snapshots made in {took:.1f} s, listed in pages of {pages}; snapshots can be made older")


def deletion(s: Stack) -> None:
    rds, port = s.rds, s.aurora("doomed")
    s.sql(port, "CREATE TABLE kept AS SELECT 7 AS n")
    message = refused(
        "InvalidDBClusterStateFault", rds.delete_db_cluster, DBClusterIdentifier="doomed", SkipFinalSnapshot=True
    )
    rds.modify_db_cluster(DBClusterIdentifier="doomed", DeletionProtection=True)
    until(lambda: s.cluster("doomed")["Status"] == "available")
    refused("InvalidParameterCombination", rds.delete_db_cluster, DBClusterIdentifier="doomed", SkipFinalSnapshot=True)
    rds.modify_db_cluster(DBClusterIdentifier="doomed", DeletionProtection=False)
    until(lambda: s.cluster("doomed")["Status"] == "available")
    rds.delete_db_instance(DBInstanceIdentifier="doomed-1", SkipFinalSnapshot=True)
    assert s.instance("doomed-1")["DBInstanceStatus"] == "deleting"
    refused("InvalidDBInstanceState", rds.delete_db_instance, DBInstanceIdentifier="doomed-1", SkipFinalSnapshot=True)
    refused("InvalidParameterCombination", rds.delete_db_cluster, DBClusterIdentifier="doomed")
    state = s.control("GET", "/state")["eu-west-1"]["cluster"]["doomed"]
    resource = s.cluster("doomed")["DbClusterResourceId"]
    rds.delete_db_cluster(
        DBClusterIdentifier="doomed",
        SkipFinalSnapshot=False,
        FinalDBSnapshotIdentifier="last-words",
        DeleteAutomatedBackups=False,
    )
    assert s.cluster("doomed")["Status"] == "deleting"
    until(lambda: gone("DBClusterNotFoundFault", rds.describe_db_clusters, DBClusterIdentifier="doomed"))
    until(lambda: gone("DBInstanceNotFound", rds.describe_db_instances, DBInstanceIdentifier="doomed-1"))
    assert not alive(state["pid"])
    kept = rds.describe_db_cluster_automated_backups(DbClusterResourceId=resource)["DBClusterAutomatedBackups"]
    assert [k["Status"] for k in kept] == ["retained"] and kept[0]["RestoreWindow"]["LatestTime"]
    say(f"deletion order kept ({message}); the server is gone; the automated backup is retained")
    scaling = {"MinCapacity": 0.5, "MaxCapacity": 1}
    rds.restore_db_cluster_to_point_in_time(
        DBClusterIdentifier="revived",
        SourceDbClusterResourceId=resource,
        UseLatestRestorableTime=True,
        ServerlessV2ScalingConfiguration=scaling,
    )
    rds.restore_db_cluster_from_snapshot(
        DBClusterIdentifier="from-last",
        SnapshotIdentifier="last-words",
        Engine="aurora-postgresql",
        ServerlessV2ScalingConfiguration=scaling,
    )
    until(lambda: {s.cluster(i)["Status"] for i in ("revived", "from-last")} == {"available"})
    for id in ("revived", "from-last"):
        assert s.sql(s.member(id), "SELECT n FROM kept") == [(7,)]
    rds.delete_db_cluster_automated_backup(DbClusterResourceId=resource)
    assert not rds.describe_db_cluster_automated_backups(DbClusterResourceId=resource)["DBClusterAutomatedBackups"]
    assert Path(state["vault"]).exists(), "the final snapshot still needs the archive"
    rds.delete_db_cluster_snapshot(DBClusterSnapshotIdentifier="last-words")
    until(lambda: not Path(state["vault"]).exists())
    say(
        "the retained backup and the final snapshot of the deleted cluster both restore; the archive goes with the last of them"
    )
