"""A second region: snapshots copied there, restored there, functions that run there, and home that is down."""

import json

from .harness import PASSWORD, Stack, refused, say, until
from .services import ROLE, bootstrap
from .vaults import ROLE as BACKUP_ROLE, statuses

AWAY = "us-west-2"
KEY = f"arn:aws:kms:{AWAY}:123456789012:key/22222222-2222-4222-8222-222222222222"


def regions(s: Stack) -> None:
    home, away = s.rds, s.client("rds", region=AWAY)
    port = s.aurora("global", StorageEncrypted=True)
    s.sql(port, "CREATE TABLE far AS SELECT 5 AS n")
    home.create_db_instance(
        DBInstanceIdentifier="global-pg", Engine="postgres", DBInstanceClass="db.t4g.small", AllocatedStorage=20,
        MasterUsername="app", MasterUserPassword=PASSWORD, DBName="app",
    )  # fmt: skip
    home.create_db_cluster_snapshot(DBClusterIdentifier="global", DBClusterSnapshotIdentifier="weekly")
    until(lambda: s.instance("global-pg")["DBInstanceStatus"] == "available")
    s.sql(s.instance("global-pg")["Endpoint"]["Port"], "CREATE TABLE far AS SELECT 6 AS n")
    home.create_db_snapshot(DBInstanceIdentifier="global-pg", DBSnapshotIdentifier="weekly-pg")
    of_cluster = until(lambda: snapshot(home, "cluster", "weekly"))["DBClusterSnapshotArn"]
    of_instance = until(lambda: snapshot(home, "instance", "weekly-pg"))["DBSnapshotArn"]
    copy = {"TargetDBClusterSnapshotIdentifier": "copy-weekly", "SourceRegion": "eu-west-1"}
    refused("DBClusterSnapshotNotFoundFault", away.copy_db_cluster_snapshot, SourceDBClusterSnapshotIdentifier="weekly", **copy)
    copy["SourceDBClusterSnapshotIdentifier"] = of_cluster
    refused("InvalidParameterCombination", away.copy_db_cluster_snapshot, **copy)
    refused("KMSKeyNotAccessibleFault", away.copy_db_cluster_snapshot, KmsKeyId=KEY.replace(AWAY, "eu-west-1"), **copy)
    tags = [{"Key": "lifeboat:source", "Value": "global"}]
    away.copy_db_cluster_snapshot(KmsKeyId=KEY, Tags=tags, **copy)
    away.copy_db_snapshot(
        SourceDBSnapshotIdentifier=of_instance, TargetDBSnapshotIdentifier="copy-weekly-pg", SourceRegion="eu-west-1", CopyTags=True
    )
    copied = until(lambda: snapshot(away, "cluster", "copy-weekly"))
    assert (copied["DBClusterIdentifier"], copied["KmsKeyId"], copied["TagList"]) == ("global", KEY, tags)
    assert copied["SourceDBClusterSnapshotArn"] == of_cluster and f":{AWAY}:" in copied["DBClusterSnapshotArn"]
    other = until(lambda: snapshot(away, "instance", "copy-weekly-pg"))
    assert (other["DBInstanceIdentifier"], other["SourceRegion"]) == ("global-pg", "eu-west-1"), other
    listed = away.describe_db_cluster_snapshots(DBClusterIdentifier="global")["DBClusterSnapshots"]
    assert [x["DBClusterSnapshotIdentifier"] for x in listed] == ["copy-weekly"]
    say("snapshots are copied into another region, with a key of that region, and keep the name of their database")

    point = s.control("POST", "/recovery-points", {"vault": "prod", "source": "global"})
    point = s.control("POST", "/recovery-points", {"copy_of": point["RecoveryPointArn"], "vault": "dr", "region": AWAY})
    function(s)
    s.control("POST", "/region", {"region": "eu-west-1", "down": True})
    refused("ServiceUnavailable", home.describe_db_clusters)
    refused("ServiceUnavailable", s.client("s3").list_objects_v2, Bucket=s.facts["bucket"])
    refused("ServiceUnavailable", s.client("lambda").list_functions)
    try:
        away_while_home_is_down(s, away, point)
    finally:
        s.control("POST", "/region", {"region": "eu-west-1", "down": False})
    assert s.cluster("global")["Status"] == "available"
    s.control("POST", "/region", {"region": "eu-west-1", "down": True, "services": ["RDS", "Backup"]})
    refused("ServiceUnavailable", home.describe_db_clusters)
    refused("ServiceUnavailable", s.backup.list_backup_vaults)
    assert s.client("s3").list_objects_v2(Bucket=s.facts["bucket"])["Name"] == s.facts["bucket"]
    assert away.describe_db_clusters()["DBClusters"]
    s.control("POST", "/region", {"region": "eu-west-1", "down": False})
    assert s.control("GET", "/faults") == []
    say("or only some services of a region are down")


def snapshot(rds, kind: str, id: str) -> dict | None:
    if kind == "cluster":
        found = rds.describe_db_cluster_snapshots(DBClusterSnapshotIdentifier=id)["DBClusterSnapshots"][0]
    else:
        found = rds.describe_db_snapshots(DBSnapshotIdentifier=id)["DBSnapshots"][0]
    return found if found["Status"] == "available" else None


def function(s: Stack) -> None:
    functions = s.client("lambda", region=AWAY)
    functions.create_function(FunctionName="away", Runtime="provided.al2023", Role=ROLE, Handler="bootstrap", Timeout=30,
                              Code={"ZipFile": bootstrap()})  # fmt: skip
    functions.get_waiter("function_active_v2").wait(FunctionName="away")


def away_while_home_is_down(s: Stack, away, point: dict) -> None:
    functions = s.client("lambda", region=AWAY, read_timeout=20)
    answer = json.load(functions.invoke(FunctionName="away", Payload=b'{"drill": 1}')["Payload"])
    assert answer["event"] == {"drill": 1} and answer["env"]["AWS_REGION"] == AWAY, answer["env"]["AWS_REGION"]
    away.restore_db_cluster_from_snapshot(
        DBClusterIdentifier="drill-global", SnapshotIdentifier="copy-weekly", Engine="aurora-postgresql",
        ServerlessV2ScalingConfiguration={"MinCapacity": 0.5, "MaxCapacity": 1},
    )  # fmt: skip
    away.restore_db_instance_from_db_snapshot(DBInstanceIdentifier="drill-global-pg", DBSnapshotIdentifier="copy-weekly-pg")
    backup = s.client("backup", region=AWAY)
    told = backup.get_recovery_point_restore_metadata(BackupVaultName="dr", RecoveryPointArn=point["RecoveryPointArn"])
    ours = {**told["RestoreMetadata"], "dbClusterIdentifier": "drill-global-vault"}
    started = backup.start_restore_job(RecoveryPointArn=point["RecoveryPointArn"], Metadata=ours, IamRoleArn=BACKUP_ROLE)
    until(lambda: backup.describe_restore_job(RestoreJobId=started["RestoreJobId"])["Status"] == "COMPLETED")
    until(lambda: away.describe_db_clusters(DBClusterIdentifier="drill-global")["DBClusters"][0]["Status"] == "available")
    away.create_db_instance(DBInstanceIdentifier="drill-global-1", DBClusterIdentifier="drill-global", Engine="aurora-postgresql",
                            DBInstanceClass="db.serverless")  # fmt: skip

    def port(id: str) -> int | None:
        found = away.describe_db_instances(DBInstanceIdentifier=id)["DBInstances"][0]
        return found["Endpoint"]["Port"] if found["DBInstanceStatus"] == "available" else None

    assert s.sql(until(lambda: port("drill-global-1")), "SELECT n FROM far") == [(5,)]
    assert s.sql(until(lambda: port("drill-global-pg")), "SELECT n FROM far") == [(6,)]
    made = away.describe_db_clusters(DBClusterIdentifier="drill-global")["DBClusters"][0]
    assert made["KmsKeyId"] == KEY and all(z.startswith(AWAY) for z in made["AvailabilityZones"])
    say("home is down: a function runs there, and copies of a snapshot and of a recovery point are restored there, with their data")
