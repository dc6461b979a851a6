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
    port = s.aurora("stall", Tags=[{"Key": "env", "Value": "production"}])
    s.sql(port, "CREATE TABLE whose AS SELECT 'source' AS name")
    rds.restore_db_cluster_to_point_in_time(DBClusterIdentifier="stall-copy", SourceDBClusterIdentifier="stall", UseLatestRestorableTime=True, Port=port,
                                            ServerlessV2ScalingConfiguration={"MinCapacity": 0.5, "MaxCapacity": 1})  # fmt: skip
    until(lambda: s.cluster("stall-copy")["Status"] == "available")
    s.member("stall-copy")
    before, copy, one = s.cluster("stall"), s.cluster("stall-copy"), s.instance("stall-1")
    s.sql(port, "UPDATE whose SET name = 'copy'", host=copy["Endpoint"])
    assert s.sql(port, "SELECT name FROM whose", host=before["Endpoint"]) == [("source",)]
    refused("DBClusterAlreadyExistsFault", rds.modify_db_cluster, DBClusterIdentifier="stall-copy", NewDBClusterIdentifier="stall", ApplyImmediately=True)
    rds.modify_db_cluster(DBClusterIdentifier="stall", NewDBClusterIdentifier="stall-later")
    until(lambda: s.cluster("stall")["Status"] == "available")
    assert s.cluster("stall")["PendingModifiedValues"] == {"DBClusterIdentifier": "stall-later"}, "not without ApplyImmediately"
    s.control("POST", "/delays", {"modify": 1.5})
    rename(s, "cluster", "stall", "stall-aside")
    assert s.cluster("stall")["Status"] == "renaming"
    refused("InvalidDBClusterStateFault", rds.modify_db_cluster, DBClusterIdentifier="stall", NewDBClusterIdentifier="x", ApplyImmediately=True)
    for taken in ("stall", "stall-aside"):  # the one is not free yet, the other is promised
        refused("DBClusterAlreadyExistsFault", rds.modify_db_cluster, DBClusterIdentifier="stall-copy", NewDBClusterIdentifier=taken, ApplyImmediately=True)
    assert s.cluster("stall-copy")["Status"] == "available", "a call that is refused changes nothing"
    s.control("POST", "/delays", {"modify": 0.2})
    until(lambda: gone("DBClusterNotFoundFault", rds.describe_db_clusters, DBClusterIdentifier="stall"))
    aside = until(lambda: (x := s.cluster("stall-aside"))["Status"] == "available" and x)
    assert aside["DBClusterArn"].endswith(":cluster:stall-aside") and aside["DbClusterResourceId"] == before["DbClusterResourceId"]
    assert aside["TagList"] == before["TagList"] and s.instance("stall-1")["DBClusterIdentifier"] == "stall-aside"
    rename(s, "cluster", "stall-copy", "stall")
    until(lambda: not gone("DBClusterNotFoundFault", rds.describe_db_clusters, DBClusterIdentifier="stall") and s.cluster("stall")["Status"] == "available")
    rename(s, "instance", "stall-1", "stall-1-aside")
    assert s.instance("stall-1")["DBInstanceStatus"] == "renaming"
    until(lambda: gone("DBInstanceNotFound", rds.describe_db_instances, DBInstanceIdentifier="stall-1"))
    refused("DBInstanceAlreadyExists", rds.modify_db_instance, DBInstanceIdentifier="stall-copy-1", NewDBInstanceIdentifier="stall-1-aside", ApplyImmediately=True)
    rename(s, "instance", "stall-copy-1", "stall-1")
    until(lambda: not gone("DBInstanceNotFound", rds.describe_db_instances, DBInstanceIdentifier="stall-1"))
    assert s.instance("stall-1-aside")["DbiResourceId"] == one["DbiResourceId"] and s.instance("stall-1")["DBClusterIdentifier"] == "stall"
    for id, name in (("stall", "copy"), ("stall-aside", "source")):
        there = s.cluster(id)
        assert s.sql(there["Port"], "SELECT name FROM whose", host=there["Endpoint"]) == [(name,)], id
    say("names are swapped, cluster and instance: renaming for a while, ids and tags stay, servers and members follow; taken and promised names are refused")

    assert by(s, "db-cluster-resource-id", before["DbClusterResourceId"]) == ["stall-aside"] and by(s, "dbi-resource-id", one["DbiResourceId"]) == ["stall-1-aside"]
    assert by(s, "db-cluster-id", "stall") == by(s, "db-cluster-id", s.cluster("stall")["DBClusterArn"]) == ["stall"]
    for value in ("stall", s.cluster("stall")["DBClusterArn"]):
        found = rds.describe_db_instances(Filters=[{"Name": "db-cluster-id", "Values": [value]}])["DBInstances"]
        assert [i["DBInstanceIdentifier"] for i in found] == ["stall-1"], found
    s.control("POST", "/pin", {"kind": "cluster", "id": "stall-stuck", "status": "renaming"})
    rename(s, "cluster", "stall", "stall-stuck")
    until(lambda: not gone("DBClusterNotFoundFault", rds.describe_db_clusters, DBClusterIdentifier="stall-stuck"))
    assert s.cluster("stall-stuck")["Status"] == "renaming"
    s.control("DELETE", "/pin")
    rename(s, "cluster", "stall-stuck", "stall")
    until(lambda: not gone("DBClusterNotFoundFault", rds.describe_db_clusters, DBClusterIdentifier="stall") and s.cluster("stall")["Status"] == "available")
    say("they are found by the ids that stay, and by their cluster's name or ARN; a rename can be held up, and undone")


def targets(s: Stack) -> None:
    rds, proxy = s.rds, {"DBProxyName": "stall-proxy", "TargetGroupName": "default"}
    s.control("POST", "/proxies", {"name": "stall-proxy", "target": {"kind": "cluster", "id": "stall-aside"}})

    def seen() -> list[tuple]:
        rows = rds.describe_db_proxy_targets(**proxy)["Targets"]
        return [(r["Type"], r["RdsResourceId"], r.get("TrackedClusterId"), (h := r.get("TargetHealth", {})).get("State"), h.get("Reason")) for r in rows]

    assert seen() == [("TRACKED_CLUSTER", "stall-aside", None, None, None), ("RDS_INSTANCE", "stall-1-aside", "stall-aside", "AVAILABLE", None)], seen()
    refused("DBProxyTargetAlreadyRegisteredFault", rds.register_db_proxy_targets, **proxy, DBClusterIdentifiers=["stall"])
    refused("DBProxyTargetNotFoundFault", rds.deregister_db_proxy_targets, **proxy, DBClusterIdentifiers=["stall"])
    refused("DBProxyTargetGroupNotFoundFault", rds.describe_db_proxy_targets, DBProxyName="stall-proxy", TargetGroupName="other")
    refused("DBProxyNotFoundFault", rds.describe_db_proxy_target_groups, DBProxyName="nobody")
    assert rds.describe_db_proxy_target_groups(DBProxyName="stall-proxy")["TargetGroups"][0]["TargetGroupName"] == "default"
    s.control("POST", "/delays", {"proxy": 1.6})
    rds.deregister_db_proxy_targets(**proxy, DBClusterIdentifiers=["stall-aside"])
    assert seen() == []
    told = rds.register_db_proxy_targets(**proxy, DBClusterIdentifiers=["stall"])["DBProxyTargets"]
    assert [r["Type"] for r in told] == ["TRACKED_CLUSTER", "RDS_INSTANCE"] and told[1]["TargetHealth"]["State"] == "REGISTERING"
    states = []
    until(lambda: (states.append(seen()[1][3:]) if seen()[1][3:] not in states else None) or states[-1] == ("AVAILABLE", None))
    assert states == [("REGISTERING", None), ("UNAVAILABLE", "PENDING_PROXY_CAPACITY"), ("AVAILABLE", None)], states
    s.control("POST", "/delays", {"proxy": 0.6})
    s.control("POST", "/proxy-targets", {"proxy": "stall-*", "target": "stall-*", "state": "UNAVAILABLE", "reason": "AUTH_FAILURE"})
    time.sleep(0.7)
    assert seen()[1][3:] == ("UNAVAILABLE", "AUTH_FAILURE")
    s.control("DELETE", "/proxy-targets")
    rename(s, "cluster", "stall", "stall-renamed")
    until(lambda: seen()[0][1] == "stall-renamed" and s.cluster("stall-renamed")["Status"] == "available")
    rds.delete_db_instance(DBInstanceIdentifier="stall-1", SkipFinalSnapshot=True)
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
