"""Cutting over: identifiers that are swapped, and the targets of a proxy; and what stands in the way of a recovery."""

import time

from .harness import PASSWORD, Stack, gone, refused, say, until

KEY = "arn:aws:kms:eu-west-1:123456789012:key/66666666-6666-4666-8666-666666666666"


def cutover(s: Stack) -> None:
    renames(s)
    targets(s)
    obstacles(s)


def by(s: Stack, name: str, value: str) -> list[str]:
    filters = [{"Name": name, "Values": [value]}]
    if name.startswith("dbi-"):
        return [i["DBInstanceIdentifier"] for i in s.rds.describe_db_instances(Filters=filters)["DBInstances"]]
    return [c["DBClusterIdentifier"] for c in s.rds.describe_db_clusters(Filters=filters)["DBClusters"]]


def rename(s: Stack, kind: str, old: str, new: str) -> None:
    call, word = (s.rds.modify_db_cluster, "DBCluster") if kind == "cluster" else (s.rds.modify_db_instance, "DBInstance")
    call(**{f"{word}Identifier": old, f"New{word}Identifier": new, "ApplyImmediately": True})


def renames(s: Stack) -> None:
    rds = s.rds
    port = s.aurora("shop", Tags=[{"Key": "env", "Value": "production"}])
    s.sql(port, "CREATE TABLE whose AS SELECT 'source' AS name")
    rds.restore_db_cluster_to_point_in_time(DBClusterIdentifier="shop-copy", SourceDBClusterIdentifier="shop", UseLatestRestorableTime=True, Port=port,
                                            ServerlessV2ScalingConfiguration={"MinCapacity": 0.5, "MaxCapacity": 1})  # fmt: skip
    until(lambda: s.cluster("shop-copy")["Status"] == "available")
    s.member("shop-copy")
    before, copy, one = s.cluster("shop"), s.cluster("shop-copy"), s.instance("shop-1")
    s.sql(port, "UPDATE whose SET name = 'copy'", host=copy["Endpoint"])
    assert s.sql(port, "SELECT name FROM whose", host=before["Endpoint"]) == [("source",)]
    refused("DBClusterAlreadyExistsFault", rds.modify_db_cluster, DBClusterIdentifier="shop-copy", NewDBClusterIdentifier="shop", ApplyImmediately=True)
    rds.modify_db_cluster(DBClusterIdentifier="shop", NewDBClusterIdentifier="shop-later")
    until(lambda: s.cluster("shop")["Status"] == "available")
    assert s.cluster("shop")["PendingModifiedValues"] == {"DBClusterIdentifier": "shop-later"}, "not without ApplyImmediately"
    s.control("POST", "/delays", {"modify": 1.5})
    rename(s, "cluster", "shop", "shop-aside")
    assert s.cluster("shop")["Status"] == "renaming"
    refused("InvalidDBClusterStateFault", rds.modify_db_cluster, DBClusterIdentifier="shop", NewDBClusterIdentifier="x", ApplyImmediately=True)
    for taken in ("shop", "shop-aside"):  # the one is not free yet, the other is promised
        refused("DBClusterAlreadyExistsFault", rds.modify_db_cluster, DBClusterIdentifier="shop-copy", NewDBClusterIdentifier=taken, ApplyImmediately=True)
    assert s.cluster("shop-copy")["Status"] == "available", "a call that is refused changes nothing"
    s.control("POST", "/delays", {"modify": 0.2})
    until(lambda: gone("DBClusterNotFoundFault", rds.describe_db_clusters, DBClusterIdentifier="shop"))
    aside = until(lambda: (x := s.cluster("shop-aside"))["Status"] == "available" and x)
    assert aside["DBClusterArn"].endswith(":cluster:shop-aside") and aside["DbClusterResourceId"] == before["DbClusterResourceId"]
    assert aside["TagList"] == before["TagList"] and s.instance("shop-1")["DBClusterIdentifier"] == "shop-aside"
    rename(s, "cluster", "shop-copy", "shop")
    until(lambda: not gone("DBClusterNotFoundFault", rds.describe_db_clusters, DBClusterIdentifier="shop") and s.cluster("shop")["Status"] == "available")
    rename(s, "instance", "shop-1", "shop-1-aside")
    assert s.instance("shop-1")["DBInstanceStatus"] == "renaming"
    until(lambda: gone("DBInstanceNotFound", rds.describe_db_instances, DBInstanceIdentifier="shop-1"))
    refused("DBInstanceAlreadyExists", rds.modify_db_instance, DBInstanceIdentifier="shop-copy-1", NewDBInstanceIdentifier="shop-1-aside", ApplyImmediately=True)
    rename(s, "instance", "shop-copy-1", "shop-1")
    until(lambda: not gone("DBInstanceNotFound", rds.describe_db_instances, DBInstanceIdentifier="shop-1"))
    assert s.instance("shop-1-aside")["DbiResourceId"] == one["DbiResourceId"] and s.instance("shop-1")["DBClusterIdentifier"] == "shop"
    for id, name in (("shop", "copy"), ("shop-aside", "source")):
        there = s.cluster(id)
        assert s.sql(there["Port"], "SELECT name FROM whose", host=there["Endpoint"]) == [(name,)], id
    say("names are swapped, cluster and instance: renaming for a while, ids and tags stay, servers and members follow; taken and promised names are refused")

    assert by(s, "db-cluster-resource-id", before["DbClusterResourceId"]) == ["shop-aside"] and by(s, "dbi-resource-id", one["DbiResourceId"]) == ["shop-1-aside"]
    assert by(s, "db-cluster-id", "shop") == by(s, "db-cluster-id", s.cluster("shop")["DBClusterArn"]) == ["shop"]
    for value in ("shop", s.cluster("shop")["DBClusterArn"]):
        found = rds.describe_db_instances(Filters=[{"Name": "db-cluster-id", "Values": [value]}])["DBInstances"]
        assert [i["DBInstanceIdentifier"] for i in found] == ["shop-1"], found
    s.control("POST", "/pin", {"kind": "cluster", "id": "shop-stuck", "status": "renaming"})
    rename(s, "cluster", "shop", "shop-stuck")
    until(lambda: not gone("DBClusterNotFoundFault", rds.describe_db_clusters, DBClusterIdentifier="shop-stuck"))
    assert s.cluster("shop-stuck")["Status"] == "renaming"
    s.control("DELETE", "/pin")
    rename(s, "cluster", "shop-stuck", "shop")
    until(lambda: not gone("DBClusterNotFoundFault", rds.describe_db_clusters, DBClusterIdentifier="shop") and s.cluster("shop")["Status"] == "available")
    say("they are found by the ids that stay, and by their cluster's name or ARN; a rename can be held up, and undone")


def targets(s: Stack) -> None:
    rds, proxy = s.rds, {"DBProxyName": "shop-proxy", "TargetGroupName": "default"}
    s.control("POST", "/proxies", {"name": "shop-proxy", "target": {"kind": "cluster", "id": "shop-aside"}})

    def seen() -> list[tuple]:
        rows = rds.describe_db_proxy_targets(**proxy)["Targets"]
        return [(r["Type"], r["RdsResourceId"], r.get("TrackedClusterId"), (h := r.get("TargetHealth", {})).get("State"), h.get("Reason")) for r in rows]

    assert seen() == [("TRACKED_CLUSTER", "shop-aside", None, None, None), ("RDS_INSTANCE", "shop-1-aside", "shop-aside", "AVAILABLE", None)], seen()
    refused("DBProxyTargetAlreadyRegisteredFault", rds.register_db_proxy_targets, **proxy, DBClusterIdentifiers=["shop"])
    refused("DBProxyTargetNotFoundFault", rds.deregister_db_proxy_targets, **proxy, DBClusterIdentifiers=["shop"])
    refused("DBProxyTargetGroupNotFoundFault", rds.describe_db_proxy_targets, DBProxyName="shop-proxy", TargetGroupName="other")
    refused("DBProxyNotFoundFault", rds.describe_db_proxy_target_groups, DBProxyName="nobody")
    assert rds.describe_db_proxy_target_groups(DBProxyName="shop-proxy")["TargetGroups"][0]["TargetGroupName"] == "default"
    s.control("POST", "/delays", {"proxy": 1.6})
    rds.deregister_db_proxy_targets(**proxy, DBClusterIdentifiers=["shop-aside"])
    assert seen() == []
    told = rds.register_db_proxy_targets(**proxy, DBClusterIdentifiers=["shop"])["DBProxyTargets"]
    assert [r["Type"] for r in told] == ["TRACKED_CLUSTER", "RDS_INSTANCE"] and told[1]["TargetHealth"]["State"] == "REGISTERING"
    states = []
    until(lambda: (states.append(seen()[1][3:]) if seen()[1][3:] not in states else None) or states[-1] == ("AVAILABLE", None))
    assert states == [("REGISTERING", None), ("UNAVAILABLE", "PENDING_PROXY_CAPACITY"), ("AVAILABLE", None)], states
    s.control("POST", "/delays", {"proxy": 0.6})
    s.control("POST", "/proxy-targets", {"proxy": "shop-*", "target": "shop-*", "state": "UNAVAILABLE", "reason": "AUTH_FAILURE"})
    time.sleep(0.7)
    assert seen()[1][3:] == ("UNAVAILABLE", "AUTH_FAILURE")
    s.control("DELETE", "/proxy-targets")
    rename(s, "cluster", "shop", "shop-renamed")
    until(lambda: seen()[0][1] == "shop-renamed" and s.cluster("shop-renamed")["Status"] == "available")
    rds.delete_db_instance(DBInstanceIdentifier="shop-1", SkipFinalSnapshot=True)
    assert seen()[1][3:] == ("UNAVAILABLE", "UNREACHABLE")
    say(f"a proxy's target moves: rows for the cluster and its instance, {', '.join(a for a, _ in states)}; one never gets healthy; a renamed one stays")


def obstacles(s: Stack) -> None:
    rds = s.rds
    rds.create_db_cluster(DBClusterIdentifier="locked", Engine="aurora-mysql", MasterUsername="app", MasterUserPassword=PASSWORD, StorageEncrypted=True, KmsKeyId=KEY)
    until(lambda: s.cluster("locked")["Status"] == "available")
    restore = {"SourceDBClusterIdentifier": "locked", "UseLatestRestorableTime": True}
    s.control("POST", "/key", {"arn": KEY, "state": "Disabled"})
    refused("KMSKeyNotAccessibleFault", rds.restore_db_cluster_to_point_in_time, DBClusterIdentifier="x", **restore)
    s.control("POST", "/key", {"arn": KEY, "state": "Enabled"})
    s.control("POST", "/delays", {"cluster": 60})
    rds.restore_db_cluster_to_point_in_time(DBClusterIdentifier="locked-2", **restore)
    s.control("POST", "/key", {"arn": KEY, "state": "Disabled"})
    s.control("POST", "/delays", {"cluster": 0.4})
    until(lambda: s.cluster("locked-2")["Status"] == "inaccessible-encryption-credentials")
    s.control("POST", "/key", {"arn": KEY, "state": "Enabled"})
    member = {"DBClusterIdentifier": "locked", "Engine": "aurora-mysql", "DBInstanceClass": "db.r6g.large"}
    s.control("POST", "/quota", {"name": "DBInstances", "most": 0})
    s.control("POST", "/quota", {"name": "DBClusters", "most": 0})
    refused("InstanceQuotaExceeded", rds.create_db_instance, DBInstanceIdentifier="locked-1", **member)
    refused("DBClusterQuotaExceededFault", rds.restore_db_cluster_to_point_in_time, DBClusterIdentifier="x", **restore)
    for name in ("DBInstances", "DBClusters"):
        s.control("POST", "/quota", {"name": name, "most": 1000})
    s.control("POST", "/faults", {"operation": "CreateDBInstance", "match": {"DBInstanceIdentifier": "locked-*"}, "times": 2,
                                  "fault": {"kind": "error", "code": "InsufficientDBInstanceCapacity"}})  # fmt: skip
    for _ in range(2):
        refused("InsufficientDBInstanceCapacity", rds.create_db_instance, DBInstanceIdentifier="locked-1", **member)
    rds.create_db_instance(DBInstanceIdentifier="locked-1", **member)
    s.control("DELETE", "/faults")
    window = {"kind": "cluster", "id": "locked"}
    s.control("POST", "/window", {**window, "earliest_seconds": 3600, "latest_seconds": 1800})
    first = s.cluster("locked")
    s.control("POST", "/window", {**window, "earliest_seconds": 60, "latest_seconds": 30})
    assert first["LatestRestorableTime"] < s.cluster("locked")["EarliestRestorableTime"], "the window has moved past what it was"
    refused("InvalidParameterValue", rds.restore_db_cluster_to_point_in_time, DBClusterIdentifier="x", SourceDBClusterIdentifier="locked",
            RestoreToTime=first["LatestRestorableTime"])  # fmt: skip
    s.control("DELETE", "/window")
    say("a key that is disabled refuses a restore, or strands one; quotas, capacity that comes back, a window that has moved on")
