"""Manual snapshots from making to deletion: progress, quotas, copies under way, sharing, exports, rates, and the events of them."""

import json
import time
from collections import Counter

from .harness import PASSWORD, Stack, refused, say, until

AWAY = "us-east-2"
KEY = f"arn:aws:kms:{AWAY}:123456789012:key/33333333-3333-4333-8333-333333333333"
ROLE = "arn:aws:iam::123456789012:role/export"


def lifecycle(s: Stack) -> None:
    making(s)
    copies(s)
    seeded(s)
    exports(s)
    rates(s)


def cluster_snapshot(rds, id: str) -> dict:
    return rds.describe_db_cluster_snapshots(DBClusterSnapshotIdentifier=id)["DBClusterSnapshots"][0]


def bus(s: Stack, name: str, pattern: dict):
    """A queue that gets the events of a pattern; returns how to take them."""
    events, sqs = s.client("events"), s.client("sqs", read_timeout=30)
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    events.put_rule(Name=name, EventPattern=json.dumps(pattern))
    events.put_targets(Rule=name, Targets=[{"Id": "1", "Arn": f"arn:aws:sqs:eu-west-1:123456789012:{name}"}])

    def take(count: int) -> list[dict]:
        found, end = [], time.monotonic() + 20
        while len(found) < count and time.monotonic() < end:
            for message in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1).get("Messages", []):
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                found.append(json.loads(message["Body"]))
        assert len(found) >= count, found
        return found

    return take


def making(s: Stack) -> None:
    rds = s.rds
    take = bus(s, "snapshots", {"source": ["aws.rds"], "detail": {"EventID": ["RDS-EVENT-0075", "RDS-EVENT-0042", "RDS-EVENT-0197"]}})
    rds.create_db_cluster(DBClusterIdentifier="kept", Engine="aurora-mysql", MasterUsername="app", MasterUserPassword=PASSWORD, StorageEncrypted=True)
    rds.create_db_instance(DBInstanceIdentifier="kept-my", Engine="mysql", DBInstanceClass="db.t4g.small", AllocatedStorage=20, MasterUsername="app",
                           MasterUserPassword=PASSWORD, DBName="app")  # fmt: skip
    until(lambda: s.cluster("kept")["Status"] == "available" and s.instance("kept-my")["DBInstanceStatus"] == "available")
    s.control("POST", "/delays", {"snapshot": 3})
    made = rds.create_db_cluster_snapshot(DBClusterIdentifier="kept", DBClusterSnapshotIdentifier="kept-1", Tags=[{"Key": "a", "Value": "b"}])
    assert (made["DBClusterSnapshot"]["Status"], made["DBClusterSnapshot"]["PercentProgress"]) == ("creating", 0), made
    half = until(lambda: (x := cluster_snapshot(rds, "kept-1")) and 0 < x["PercentProgress"] < 100 and x)
    assert "SnapshotCreateTime" not in half and half["TagList"] == [{"Key": "a", "Value": "b"}]
    refused("InvalidDBClusterSnapshotStateFault", rds.delete_db_cluster_snapshot, DBClusterSnapshotIdentifier="kept-1")
    whole = until(lambda: (x := cluster_snapshot(rds, "kept-1"))["Status"] == "available" and x)
    assert whole["PercentProgress"] == 100 and whole["SnapshotCreateTime"]
    s.control("POST", "/delays", {"snapshot": 0.3})
    rds.add_tags_to_resource(ResourceName=whole["DBClusterSnapshotArn"], Tags=[{"Key": "lifeboat:purpose", "Value": "x"}])
    assert len(cluster_snapshot(rds, "kept-1")["TagList"]) == 2
    rds.create_db_snapshot(DBInstanceIdentifier="kept-my", DBSnapshotIdentifier="kept-my-1")
    until(lambda: rds.describe_db_snapshots(DBSnapshotIdentifier="kept-my-1")["DBSnapshots"][0]["Status"] == "available")
    told = {e["detail"]["EventID"]: e for e in take(2)}
    assert told["RDS-EVENT-0075"]["detail-type"] == "RDS DB Cluster Snapshot Event" and told["RDS-EVENT-0075"]["source"] == "aws.rds"
    assert told["RDS-EVENT-0075"]["resources"] == [whole["DBClusterSnapshotArn"]]
    assert told["RDS-EVENT-0075"]["detail"]["Message"] == "Manual cluster snapshot created"
    assert told["RDS-EVENT-0042"]["detail"]["SourceType"] == "SNAPSHOT"
    # copies: an event for an instance's, none for a cluster's
    rds.copy_db_cluster_snapshot(SourceDBClusterSnapshotIdentifier="kept-1", TargetDBClusterSnapshotIdentifier="kept-again")
    until(lambda: cluster_snapshot(rds, "kept-again")["Status"] == "available")
    rds.copy_db_snapshot(SourceDBSnapshotIdentifier="kept-my-1", TargetDBSnapshotIdentifier="kept-my-again")
    assert [e["detail"]["EventID"] for e in take(1)] == ["RDS-EVENT-0197"]
    s.control("POST", "/quota", {"name": "ManualSnapshots", "most": 2})
    refused("SnapshotQuotaExceeded", rds.create_db_snapshot, DBInstanceIdentifier="kept-my", DBSnapshotIdentifier="kept-my-2")
    refused("SnapshotQuotaExceeded", rds.copy_db_snapshot, SourceDBSnapshotIdentifier="kept-my-1", TargetDBSnapshotIdentifier="kept-my-2")
    s.control("POST", "/quota", {"name": "ManualSnapshots", "most": 100})
    say("a snapshot is creating without a time, then available; EventBridge hears of it; a quota refuses one too many, copies too")


def copies(s: Stack) -> None:
    away, source = s.client("rds", region=AWAY), cluster_snapshot(s.rds, "kept-1")["DBClusterSnapshotArn"]
    s.control("POST", "/delays", {"copy": 60})
    words = {"SourceDBClusterSnapshotIdentifier": source, "KmsKeyId": KEY, "SourceRegion": "eu-west-1"}
    for state in ("Disabled", "missing"):
        s.control("POST", "/key", {"arn": KEY, "state": state})
        refused("KMSKeyNotAccessibleFault", away.copy_db_cluster_snapshot, TargetDBClusterSnapshotIdentifier="c", **words)
    s.control("POST", "/key", {"arn": KEY, "state": "Enabled"})
    for n in range(5):
        away.copy_db_cluster_snapshot(TargetDBClusterSnapshotIdentifier=f"c-{n}", **words)
    refused("SnapshotQuotaExceeded", away.copy_db_cluster_snapshot, TargetDBClusterSnapshotIdentifier="c-5", **words)
    under_way = cluster_snapshot(away, "c-0")
    assert (under_way["Status"], under_way["SourceDBClusterSnapshotArn"]) == ("copying", source) and "SnapshotCreateTime" not in under_way
    assert (under_way["KmsKeyId"], under_way["TagList"]) == (KEY, [])
    away.delete_db_cluster_snapshot(DBClusterSnapshotIdentifier="c-4")  # cancels it
    away.copy_db_cluster_snapshot(TargetDBClusterSnapshotIdentifier="c-5", CopyTags=True, **words)
    s.control("POST", "/delays", {"copy": 0.3})
    until(lambda: all(x["Status"] == "available" for x in away.describe_db_cluster_snapshots()["DBClusterSnapshots"]))
    assert len(cluster_snapshot(away, "c-5")["TagList"]) == 2
    of_instance = s.rds.describe_db_snapshots(DBSnapshotIdentifier="kept-my-1")["DBSnapshots"][0]["DBSnapshotArn"]
    away.copy_db_snapshot(SourceDBSnapshotIdentifier=of_instance, TargetDBSnapshotIdentifier="c-my", SourceRegion="eu-west-1")
    there = until(lambda: (x := away.describe_db_snapshots(DBSnapshotIdentifier="c-my")["DBSnapshots"][0])["Status"] == "available" and x)
    assert there["SourceDBSnapshotIdentifier"] == of_instance and there["OriginalSnapshotCreateTime"]
    messages = [e["Message"] for e in away.describe_events(SourceType="db-snapshot", Duration=60)["Events"]]
    assert any(m.startswith("Finished copy of snapshot kept-my-1 from region eu-west-1 in") for m in messages), messages
    say("copies are copying, then available; five at once and no more; a disabled key refuses; deleting one under way cancels it")


def seeded(s: Stack) -> None:
    rds = s.client("rds", region="eu-seeds-1")
    region = {"region": "eu-seeds-1"}
    begun = time.monotonic()
    arns = s.control("POST", "/snapshots", {**region, "snapshots": [
        {"id": "nightly-{n:04}", "source": "orders", "count": 1200, "age_seconds": 3600, "every_seconds": 86400, "gib": 12, "tags": {"team": "a"}},
        {"id": "pre-{n}", "source": "gym", "clustered": False, "count": 3, "created": "2024-02-29T12:00:00Z", "gib": 80},
        {"id": "graph", "source": "graph", "engine": "neptune"}, {"id": "docs", "source": "docs", "engine": "docdb"},
        {"id": "awsbackup:job-1", "source": "orders", "type": "awsbackup"}, {"id": "rds:orders-2026", "source": "orders", "type": "automated"},
        {"id": "lent", "source": "orders", "shared_with": ["210987654321"], "kms_key": "arn:aws:kms:eu-seeds-1:123456789012:key/1-2"},
    ]})["arns"]  # fmt: skip
    took = time.monotonic() - begun
    pages = list(rds.get_paginator("describe_db_cluster_snapshots").paginate(SnapshotType="manual"))
    manual = [x for page in pages for x in page["DBClusterSnapshots"]]
    assert len(pages) == 13 and len(manual) == 1203, (len(pages), len(manual))
    assert Counter(x["Engine"] for x in manual) == {"aurora-postgresql": 1201, "neptune": 1, "docdb": 1}
    oldest = min(manual, key=lambda x: x["SnapshotCreateTime"])
    assert (oldest["DBClusterSnapshotIdentifier"], oldest["AllocatedStorage"], oldest["TagList"]) == ("nightly-1199", 12, [{"Key": "team", "Value": "a"}])
    ours = rds.describe_db_cluster_snapshots(SnapshotType="awsbackup")["DBClusterSnapshots"]
    assert [x["DBClusterSnapshotIdentifier"] for x in ours] == ["awsbackup:job-1"]
    wanted = [f"nightly-{n:04}" for n in range(98)] + ["lent", "not-there"]
    again = rds.describe_db_cluster_snapshots(Filters=[{"Name": "db-cluster-snapshot-id", "Values": wanted}])["DBClusterSnapshots"]
    assert len(again) == 99
    some = rds.describe_db_cluster_snapshots(Filters=[{"Name": "engine", "Values": ["neptune"]}, {"Name": "snapshot-type", "Values": ["manual"]}])
    assert len(some["DBClusterSnapshots"]) == 1
    of_instances = rds.describe_db_snapshots(Filters=[{"Name": "db-snapshot-id", "Values": ["pre-0", "pre-2"]}], MaxRecords=20)["DBSnapshots"]
    assert [x["SnapshotCreateTime"].isoformat() for x in of_instances] == ["2024-02-29T12:00:00+00:00"] * 2 and len(arns) == 1208

    def shared(id: str) -> list[str]:
        told = rds.describe_db_cluster_snapshot_attributes(DBClusterSnapshotIdentifier=id)["DBClusterSnapshotAttributesResult"]
        return told["DBClusterSnapshotAttributes"][0]["AttributeValues"]

    assert (shared("lent"), shared("nightly-0000")) == (["210987654321"], [])
    rds.modify_db_cluster_snapshot_attribute(DBClusterSnapshotIdentifier="lent", AttributeName="restore", ValuesToAdd=["all"], ValuesToRemove=["210987654321"])
    s.control("POST", "/share", {**region, "id": "pre-*", "accounts": ["all"]})
    told = rds.describe_db_snapshot_attributes(DBSnapshotIdentifier="pre-1")["DBSnapshotAttributesResult"]["DBSnapshotAttributes"][0]
    assert shared("lent") == ["all"] and told == {"AttributeName": "restore", "AttributeValues": ["all"]}
    for id in ("awsbackup:job-1", "rds:orders-2026"):
        refused("InvalidDBClusterSnapshotStateFault", rds.delete_db_cluster_snapshot, DBClusterSnapshotIdentifier=id)
    refused("InvalidParameterValue", s.rds.delete_db_cluster_snapshot, DBClusterSnapshotIdentifier=next(a for a in arns if a.endswith(":graph")))
    rds.delete_db_cluster_snapshot(DBClusterSnapshotIdentifier="graph")
    refused("DBClusterSnapshotNotFoundFault", rds.delete_db_cluster_snapshot, DBClusterSnapshotIdentifier="graph")
    rds.delete_db_snapshot(DBSnapshotIdentifier="pre-0")
    refused("DBSnapshotNotFound", rds.delete_db_snapshot, DBSnapshotIdentifier="pre-0")
    say(f"{len(arns)} snapshots seeded in {took:.1f} s, of every type and engine, old and shared; listed in {len(pages)} pages and by filters; deleted")


def exports(s: Stack) -> None:
    rds, s3 = s.rds, s.client("s3")
    words = {"SourceArn": cluster_snapshot(rds, "kept-1")["DBClusterSnapshotArn"], "S3BucketName": s.facts["bucket"], "S3Prefix": "archive",
             "IamRoleArn": ROLE, "KmsKeyId": "44444444-4444-4444-8444-444444444444"}  # fmt: skip
    started = rds.start_export_task(ExportTaskIdentifier="export-1", **words)
    assert started["Status"] == "STARTING" and started["KmsKeyId"].startswith("arn:aws:kms:eu-west-1:"), started
    refused("ExportTaskAlreadyExists", rds.start_export_task, ExportTaskIdentifier="export-1", **words)
    refused("InvalidS3BucketFault", rds.start_export_task, ExportTaskIdentifier="export-2", **{**words, "S3BucketName": "nowhere"})
    refused("IamRoleNotFound", rds.start_export_task, ExportTaskIdentifier="export-2", **{**words, "IamRoleArn": "nobody"})
    refused("DBSnapshotNotFound", rds.start_export_task, ExportTaskIdentifier="export-2", **{**words, "SourceArn": "arn:aws:rds:eu-west-1:123456789012:x:y"})

    def status(task: str) -> dict:
        return rds.describe_export_tasks(ExportTaskIdentifier=task)["ExportTasks"][0]

    seen = set()
    done = until(lambda: (t := status("export-1")) and seen.add(t["Status"]) or t["Status"] == "COMPLETE" and t)
    assert {"IN_PROGRESS", "COMPLETE"} <= seen and done["PercentProgress"] == 100 and done["TaskEndTime"]
    keys = [o["Key"] for o in s3.list_objects_v2(Bucket=s.facts["bucket"], Prefix="archive/export-1/")["Contents"]]
    assert keys == ["archive/export-1/_success", "archive/export-1/export_info_export-1.json"]
    s.control("POST", "/exports", {"task": "export-2", "message": "The role may not write to the bucket."})
    rds.start_export_task(ExportTaskIdentifier="export-2", **words)
    assert until(lambda: (t := status("export-2"))["Status"] == "FAILED" and t)["FailureCause"] == "The role may not write to the bucket."
    assert len(rds.describe_export_tasks(SourceArn=words["SourceArn"])["ExportTasks"]) == 2
    assert rds.describe_export_tasks(ExportTaskIdentifier="export-3")["ExportTasks"] == []
    say("an export goes through its states and leaves a sign in the bucket; the next one fails as told; wrong ones are refused")


def rates(s: Stack) -> None:
    rds = s.client("rds", region="eu-seeds-1")
    rule = s.control("POST", "/throttle", {"region": "eu-seeds-1", "rate": 0.001, "burst": 3})["id"]
    for _ in range(3):
        rds.describe_db_clusters()
    assert refused("Throttling", rds.describe_db_clusters) == "Rate exceeded"
    s.rds.describe_db_clusters()
    refused("Throttling", rds.describe_db_instances)
    told = next(x for x in s.control("GET", "/throttle") if x["id"] == rule)
    assert (told["calls"], told["throttled"]) == (5, 2), told
    s.control("DELETE", f"/throttle?id={rule}")
    rds.describe_db_clusters()
    say("a rate lets through what it may and throws back the rest, in its region only; it counts both")
