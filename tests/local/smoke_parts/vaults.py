"""AWS Backup: recovery points listed in pages, restored by jobs for real, jobs that fail on demand."""

import datetime

from .harness import PASSWORD, UTC, Stack, refused, say, until
from .lifecycle import bus

ROLE = "arn:aws:iam::123456789012:role/restore"
ENDED = ("COMPLETED", "FAILED", "ABORTED")
SERVERLESS = {"MinCapacity": 0.5, "MaxCapacity": 1}


def vaults(s: Stack) -> None:
    port = s.aurora("vaulted", Tags=[{"Key": "env", "Value": "production"}])
    s.sql(port, "CREATE TABLE held AS SELECT 1 AS n")
    backup, arn = s.backup, s.cluster("vaulted")["DBClusterArn"]
    backup.create_backup_vault(BackupVaultName="prod")
    assert backup.list_recovery_points_by_backup_vault(BackupVaultName="prod")["RecoveryPoints"] == []
    refused("ResourceNotFoundException", backup.list_recovery_points_by_backup_vault, BackupVaultName="no-such")
    s.control("POST", "/recovery-points", {"vault": "prod", "source": "vaulted", "age_seconds": 7200})
    s.sql(port, "INSERT INTO held VALUES (2)")
    s.control("POST", "/recovery-points", {"vault": "prod", "source": "vaulted"})
    s.control("POST", "/recovery-points", {"vault": "prod", "source": "vaulted", "status": "EXPIRED"})
    s.rds.create_db_instance(
        DBInstanceIdentifier="vaulted-pg", Engine="postgres", DBInstanceClass="db.t4g.small", AllocatedStorage=20,
        MasterUsername="app", MasterUserPassword=PASSWORD, DBName="app",
    )  # fmt: skip
    until(lambda: s.instance("vaulted-pg")["DBInstanceStatus"] == "available")
    s.sql(s.instance("vaulted-pg")["Endpoint"]["Port"], "CREATE TABLE held AS SELECT 7 AS n")
    other = s.control("POST", "/recovery-points", {"vault": "prod", "source": "vaulted-pg"})
    seen, token = [], {}
    while True:
        page = backup.list_recovery_points_by_backup_vault(
            BackupVaultName="prod", ByResourceArn=arn, MaxResults=2, **token
        )
        seen.append([p["Status"] for p in page["RecoveryPoints"]])
        if not (token := {"NextToken": page["NextToken"]} if "NextToken" in page else {}):
            break
    assert seen == [["COMPLETED", "COMPLETED"], ["EXPIRED"]], seen
    refused(
        "InvalidParameterValueException", backup.list_recovery_points_by_backup_vault, BackupVaultName="prod",
        MaxResults=1001,
    )  # fmt: skip
    points = backup.list_recovery_points_by_backup_vault(BackupVaultName="prod", ByResourceArn=arn)["RecoveryPoints"]
    assert 7190 < (datetime.datetime.now(UTC) - points[0]["CreationDate"]).total_seconds() < 7300
    elsewhere = s.client("backup", region="us-west-2")
    refused("ResourceNotFoundException", elsewhere.list_recovery_points_by_backup_vault, BackupVaultName="prod")
    say(f"recovery points of a cluster, two to a page: {seen}; another region has no such vault")

    told = metadata(s, points[0])
    assert told["dbClusterIdentifier"] == "vaulted" and told["EngineVersion"] == "16.6" and told["engine"], told
    assert "production" in told["vpcSecurityGroupIds"] and told["dbClusterParameterGroupName"] == "production-vaulted"
    ours = {**told, "dbClusterIdentifier": "drill-vaulted", "dbSubnetGroupName": "private",
            "vpcSecurityGroupIds": '["sg-1"]'}  # fmt: skip
    again = {"RecoveryPointArn": points[0]["RecoveryPointArn"], "Metadata": ours, "IamRoleArn": ROLE, "IdempotencyToken": "t1"}
    wrong = [
        ("MissingParameterValueException", {"IamRoleArn": ""}),
        ("InvalidParameterValueException", {"IamRoleArn": "arn:aws:iam::123456789012:user/me"}),
        ("InvalidParameterValueException", {"Metadata": {**ours, "serverlessV2ScalingConfiguration": "{}"}}),
        ("InvalidParameterValueException", {"Metadata": {**ours, "DBClusterIdentifier": "vaulted"}}),
        ("InvalidParameterValueException", {"Metadata": {"engine": "aurora-postgresql"}}),
        ("InvalidParameterValueException", {"ResourceType": "RDS"}),
        ("InvalidRequestException", {"RecoveryPointArn": points[2]["RecoveryPointArn"]}),
        ("ResourceNotFoundException", {"RecoveryPointArn": points[0]["RecoveryPointArn"] + "x"}),
    ]
    for code, over in wrong:
        refused(code, backup.start_restore_job, **{**again, **over, "IdempotencyToken": "other"})
    assert not backup.list_restore_jobs().get("RestoreJobs")
    job = backup.start_restore_job(**again)["RestoreJobId"]
    assert job == backup.start_restore_job(**again)["RestoreJobId"]
    words = statuses(s, job)
    assert words == ["PENDING", "RUNNING", "COMPLETED"], words
    done = backup.describe_restore_job(RestoreJobId=job)
    assert done["CreatedResourceArn"] == s.cluster("drill-vaulted")["DBClusterArn"], done
    made = s.cluster("drill-vaulted")
    assert made["DBSubnetGroup"] == "private" and made["TagList"] == [] and made["DBClusterMembers"] == []
    assert [g["VpcSecurityGroupId"] for g in made["VpcSecurityGroups"]] == ["sg-1"]
    assert [j["RestoreJobId"] for j in backup.list_restore_jobs(ByStatus="COMPLETED")["RestoreJobs"]] == [job]
    s.rds.add_tags_to_resource(ResourceName=made["DBClusterArn"], Tags=[{"Key": "lifeboat:run", "Value": "x"}])
    s.rds.modify_db_cluster(DBClusterIdentifier="drill-vaulted", ServerlessV2ScalingConfiguration=SERVERLESS,
                            DBClusterParameterGroupName="own", BackupRetentionPeriod=1, ApplyImmediately=True)  # fmt: skip
    until(lambda: s.cluster("drill-vaulted")["Status"] == "available")
    assert s.sql(s.member("drill-vaulted"), "SELECT array_agg(n) FROM held") == [([1],)]
    made = s.cluster("drill-vaulted")
    assert made["DBClusterParameterGroup"] == "own" and made["TagList"] == [{"Key": "lifeboat:run", "Value": "x"}]
    say(f"restored as a job ({', '.join(words)}): no tags, no instance, the data of its time; then tagged and adjusted")

    backup.put_restore_validation_result(RestoreJobId=job, ValidationStatus="SUCCESSFUL", ValidationStatusMessage="-")
    refused("InvalidRequestException", backup.put_restore_validation_result, RestoreJobId=job, ValidationStatus="FAILED")
    name = points[0]["RecoveryPointArn"].split(":", 6)[6]
    refused("InvalidDBClusterSnapshotStateFault", s.rds.delete_db_cluster_snapshot, DBClusterSnapshotIdentifier=name)
    of_instance(s, other["RecoveryPointArn"])
    failures(s, again)
    continuous(s, port)


def metadata(s: Stack, point: dict) -> dict:
    wanted = {key: point[key] for key in ("BackupVaultName", "RecoveryPointArn")}
    return s.backup.get_recovery_point_restore_metadata(**wanted)["RestoreMetadata"]


def statuses(s: Stack, job: str) -> list[str]:
    """Every status that the job shows until it has ended."""
    seen: list[str] = []

    def look() -> bool:
        status = s.backup.describe_restore_job(RestoreJobId=job)["Status"]
        if seen[-1:] != [status]:
            seen.append(status)
        return status in ENDED

    until(look)
    return seen


def of_instance(s: Stack, arn: str) -> None:
    told = metadata(s, {"BackupVaultName": "prod", "RecoveryPointArn": arn})
    assert told["DBInstanceIdentifier"] == "vaulted-pg" and told["DBSubnetGroupName"] == "production", told
    ours = {**told, "DBInstanceIdentifier": "drill-vaulted-pg", "DBSubnetGroupName": "private", "DBInstanceClass": "db.t4g.micro"}
    job = s.backup.start_restore_job(RecoveryPointArn=arn, Metadata=ours, IamRoleArn=ROLE)["RestoreJobId"]
    assert statuses(s, job)[-1] == "COMPLETED"
    made = s.instance("drill-vaulted-pg")
    assert made["DBInstanceClass"] == "db.t4g.micro" and made["TagList"] == [] and not made["DeletionProtection"]
    assert s.sql(made["Endpoint"]["Port"], "SELECT n FROM held") == [(7,)]
    s.rds.modify_db_instance(DBInstanceIdentifier="drill-vaulted-pg", BackupRetentionPeriod=0, ApplyImmediately=True)
    say(f"an RDS instance from a vault, too; its metadata has keys such as {', '.join(sorted(told)[:3])}, {sorted(told)[-1]}")


def continuous(s: Stack, port: int) -> None:
    """A point of AWS Backup's own, which is restored to a time."""
    point = s.control("POST", "/recovery-points", {"vault": "prod", "source": "vaulted", "continuous": True})
    assert ":recovery-point:continuous:cluster-" in point["RecoveryPointArn"] and point["Status"] == "AVAILABLE"
    s.sql(port, "INSERT INTO held VALUES (3)")
    before = datetime.datetime.now(UTC)
    s.sql(port, "TRUNCATE held")
    told = {**metadata(s, point), "dbClusterIdentifier": "drill-continuous"}
    start = {"RecoveryPointArn": point["RecoveryPointArn"], "IamRoleArn": ROLE}
    refused("InvalidParameterValueException", s.backup.start_restore_job, Metadata=told, **start)
    told["restoreToTime"] = before.isoformat()
    job = s.backup.start_restore_job(Metadata=told, **start)["RestoreJobId"]
    assert statuses(s, job)[-1] == "COMPLETED", s.backup.describe_restore_job(RestoreJobId=job)
    assert s.cluster("drill-continuous")["TagList"] == []
    s.rds.modify_db_cluster(DBClusterIdentifier="drill-continuous", ServerlessV2ScalingConfiguration=SERVERLESS)
    until(lambda: s.cluster("drill-continuous")["Status"] == "available")
    assert s.sql(s.member("drill-continuous"), "SELECT count(*) FROM held") == [(3,)]
    say("a continuous point wants a time, and restores to it")


def failures(s: Stack, good: dict) -> None:
    """A job that fails with nothing made, one that is aborted with a copy left, one that hangs, one whose name is taken."""
    table = [
        ("drill-lost", {"status": "FAILED", "message": "the role may not"}, ["FAILED", "the role may not"], False),
        ("drill-half", {"status": "ABORTED", "message": "stopped", "made": True}, ["ABORTED", "stopped"], True),
    ]
    take = bus(s, "restores", {"source": ["aws.backup"], "detail": {"status": [{"anything-but": "COMPLETED"}]}})
    for id, wish, end, made in table:
        s.control("POST", "/restore-jobs", {"id": id, **wish})
        done = ended(s, good, id)
        assert [done["Status"], done["StatusMessage"]] == end and ("CreatedResourceArn" in done) == made, done
        shown = [c["DBClusterIdentifier"] for c in s.rds.describe_db_clusters()["DBClusters"]]
        assert (id in shown) == made
    heard = [(e["detail-type"], e["detail"]["status"], e["detail"]["statusMessage"]) for e in take(2)]
    assert heard == [("Restore Job State Change", *end) for _, _, end, _ in table], heard
    s.control("POST", "/restore-jobs", {"id": "drill-stuck", "status": "RUNNING"})
    job = begin(s, good, "drill-stuck")
    until(lambda: s.backup.describe_restore_job(RestoreJobId=job).get("CreatedResourceArn"))
    assert s.backup.describe_restore_job(RestoreJobId=job)["Status"] == "RUNNING"
    s.control("DELETE", "/restore-jobs")
    until(lambda: s.backup.describe_restore_job(RestoreJobId=job)["Status"] == "COMPLETED")
    done = ended(s, good, "drill-stuck", "once more")
    assert done["Status"] == "FAILED" and "already exists" in done["StatusMessage"], done
    say("jobs fail, are aborted with a copy left behind, hang, and find their name taken, each as told")


def begin(s: Stack, good: dict, id: str, token: str | None = None) -> str:
    told = {**good["Metadata"], "dbClusterIdentifier": id}
    return s.backup.start_restore_job(**{**good, "Metadata": told, "IdempotencyToken": token or id})["RestoreJobId"]


def ended(s: Stack, good: dict, id: str, token: str | None = None) -> dict:
    job = begin(s, good, id, token)
    until(lambda: s.backup.describe_restore_job(RestoreJobId=job)["Status"] in ENDED)
    return s.backup.describe_restore_job(RestoreJobId=job)
