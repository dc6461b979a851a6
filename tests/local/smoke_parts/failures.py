"""Things that go wrong on purpose: faults, lost replies, pinned statuses; and the reset."""

import time
from pathlib import Path

from .harness import PASSWORD, Stack, alive, gone, no_answer, refused, say, until


def faults(s: Stack) -> None:
    rds = s.rds
    for id in ("f-cluster",):
        rds.create_db_cluster(
            DBClusterIdentifier=id, Engine="aurora-mysql", MasterUsername="app", MasterUserPassword=PASSWORD
        )
        until(lambda id=id: s.cluster(id)["Status"] == "available")
    member = {"DBClusterIdentifier": "f-cluster", "Engine": "aurora-mysql", "DBInstanceClass": "db.r6g.large"}
    seen = s.control("GET", "/calls")[-1]["n"]
    fault = s.control(
        "POST",
        "/faults",
        {
            "operation": "CreateDBInstance",
            "match": {"DBInstanceIdentifier": "drill-*"},
            "times": 1,
            "fault": {"kind": "error", "code": "InsufficientDBInstanceCapacity", "http": 400, "message": "none left"},
        },
    )
    rds.create_db_instance(DBInstanceIdentifier="other-1", **member)
    refused("InsufficientDBInstanceCapacity", rds.create_db_instance, DBInstanceIdentifier="drill-1", **member)
    rds.create_db_instance(DBInstanceIdentifier="drill-1", **member)
    assert s.control("GET", "/faults") == [
        {
            "id": fault["id"],
            "operation": "CreateDBInstance",
            "match": {"DBInstanceIdentifier": "drill-*"},
            "times": 1,
            "after": 0,
            "fault": {"kind": "error", "code": "InsufficientDBInstanceCapacity", "http": 400, "message": "none left"},
            "seen": 2,
            "hits": 1,
        }
    ]
    calls = [
        (c["operation"], c["params"]["DBInstanceIdentifier"], c["outcome"].get("code"), c["outcome"].get("status"))
        for c in s.control("GET", f"/calls?since={seen}")
    ]
    assert calls == [
        ("CreateDBInstance", "other-1", None, 200),
        ("CreateDBInstance", "drill-1", "InsufficientDBInstanceCapacity", None),
        ("CreateDBInstance", "drill-1", None, 200),
    ], calls
    impatient = s.client("rds", read_timeout=1)
    for kind, id, exists in (
        ("hang_after", "lost-1", True),
        ("drop_after", "lost-2", True),
        ("hang_before", "lost-3", False),
    ):
        s.control(
            "POST",
            "/faults",
            {
                "operation": "CreateDBInstance",
                "match": {"DBInstanceIdentifier": id},
                "times": -1,
                "fault": {"kind": kind},
            },
        )
        no_answer(impatient.create_db_instance, DBInstanceIdentifier=id, **member)
        assert gone("DBInstanceNotFound", rds.describe_db_instances, DBInstanceIdentifier=id) != exists, (kind, id)
    s.control(
        "POST",
        "/faults",
        {"operation": "DescribeDBClusters", "after": 1, "times": 1, "fault": {"kind": "delay", "seconds": 0.7}},
    )
    took = []
    for _ in range(3):
        begun = time.monotonic()
        s.cluster("f-cluster")
        took.append(time.monotonic() - begun)
    assert took[0] < 0.5 < took[1] > 0.7 and took[2] < 0.5, took
    s.control("DELETE", "/faults")
    assert s.control("GET", "/faults") == []
    say(
        "faults: an error by name and parameters, once; a lost reply did its act, a hang did not; a delay on the second call; all in the call log"
    )

    s.control("POST", "/pin", {"kind": "instance", "id": "pinned-*", "status": "incompatible-network"})
    rds.create_db_instance(DBInstanceIdentifier="pinned-1", **member)
    assert s.instance("pinned-1")["DBInstanceStatus"] == "incompatible-network"
    s.control("DELETE", "/pin")
    until(lambda: s.instance("pinned-1")["DBInstanceStatus"] == "available")
    s.control("POST", "/pin", {"kind": "instance", "id": "pinned-1", "status": "deleting"})
    rds.delete_db_instance(DBInstanceIdentifier="pinned-1", SkipFinalSnapshot=True)
    time.sleep(1)
    assert s.instance("pinned-1")["DBInstanceStatus"] == "deleting"
    s.control("DELETE", "/pin")
    until(lambda: gone("DBInstanceNotFound", rds.describe_db_instances, DBInstanceIdentifier="pinned-1"))
    say("pins: a status for an instance to come, and a deletion that does not end until it is unpinned")

    bucket, store = s.facts["bucket"], s.client("s3", read_timeout=1)
    s.control(
        "POST", "/faults", {"operation": "S3:PutObject", "match": {"Key": "runs/*"}, "fault": {"kind": "drop_after"}}
    )
    no_answer(store.put_object, Bucket=bucket, Key="runs/1", Body=b"x")
    assert store.get_object(Bucket=bucket, Key="runs/1")["Body"].read() == b"x"
    s.control(
        "POST", "/faults", {"operation": "S3:GetObject", "fault": {"kind": "error", "code": "SlowDown", "http": 503}}
    )
    refused("SlowDown", store.get_object, Bucket=bucket, Key="runs/1")
    s.control(
        "POST", "/faults", {"operation": "SNS:Publish", "fault": {"kind": "error", "code": "KMSDisabled", "http": 400}}
    )
    refused("KMSDisabled", s.client("sns").publish, TopicArn=s.facts["topic_arn"], Message="x")
    s.control(
        "POST",
        "/faults",
        {"operation": "SecretsManager:GetSecretValue", "fault": {"kind": "error", "code": "DecryptionFailure"}},
    )
    refused("DecryptionFailure", s.client("secretsmanager").get_secret_value, SecretId="x")
    s.control(
        "POST",
        "/faults",
        {"operation": "CloudWatch:*", "fault": {"kind": "error", "code": "InternalServiceFault", "http": 500}},
    )
    refused(
        "InternalServiceFault",
        s.client("cloudwatch").put_metric_data,
        Namespace="x",
        MetricData=[{"MetricName": "x", "Value": 1}],
    )
    s.control("DELETE", "/faults")
    say("faults in front of S3, SNS, Secrets Manager and CloudWatch, in each protocol's own form")


def reset(s: Stack) -> None:
    port = s.aurora("brief")
    pids = [c["pid"] for c in s.control("GET", "/state")["eu-west-1"]["cluster"].values() if c["pid"]]
    assert pids and port
    s.control("POST", "/reset", {})
    assert s.rds.describe_db_clusters()["DBClusters"] == [] and s.rds.describe_db_instances()["DBInstances"] == []
    until(lambda: not any(alive(pid) for pid in pids), 10)
    leftovers = [
        p.name for p in Path(s.facts["data_folder"]).iterdir() if p.name.startswith(("server", "vault")) and p.is_dir()
    ]
    assert not leftovers, leftovers
    say(f"reset: nothing listed, {len(pids)} servers ended, their folders gone")
