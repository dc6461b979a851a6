"""DocumentDB: what its API does not know, copies that are protected, an endpoint that a test double can take."""

import json

from .harness import PASSWORD, Stack, gone, refused, say, until
from .vaults import ROLE, statuses


def documents(s: Stack) -> None:
    docdb, rds = s.docdb, s.rds
    docdb.create_db_cluster(DBClusterIdentifier="papers", Engine="docdb", MasterUsername="app", MasterUserPassword=PASSWORD,
                            Tags=[{"Key": "env", "Value": "production"}])  # fmt: skip
    until(lambda: s.cluster("papers")["Status"] == "available")
    docdb.create_db_instance(DBInstanceIdentifier="papers-1", DBClusterIdentifier="papers", Engine="docdb", DBInstanceClass="db.r6g.large")
    until(lambda: s.instance("papers-1")["DBInstanceStatus"] == "available")
    docdb.create_db_cluster_snapshot(DBClusterIdentifier="papers", DBClusterSnapshotIdentifier="papers-snap")
    until(lambda: rds.describe_db_cluster_snapshots(DBClusterSnapshotIdentifier="papers-snap")["DBClusterSnapshots"][0]["Status"] == "available")
    to_a_time = {"DBClusterIdentifier": "x", "SourceDBClusterIdentifier": "papers", "UseLatestRestorableTime": True}
    of_a_snapshot = {"DBClusterIdentifier": "x", "SnapshotIdentifier": "papers-snap", "Engine": "docdb"}
    for name, value in (("BackupRetentionPeriod", 1), ("DBClusterParameterGroupName", "p"), ("EnableIAMDatabaseAuthentication", False)):
        refused("InvalidParameterCombination", rds.restore_db_cluster_to_point_in_time, **to_a_time, **{name: value})
    for name, value in (("BackupRetentionPeriod", 1), ("EnableIAMDatabaseAuthentication", True)):
        refused("InvalidParameterCombination", rds.restore_db_cluster_from_snapshot, **of_a_snapshot, **{name: value})
    assert not rds.describe_db_cluster_automated_backups(DBClusterIdentifier="papers")["DBClusterAutomatedBackups"]

    tags = [{"Key": "lifeboat:run", "Value": "r"}]
    docdb.restore_db_cluster_to_point_in_time(**{**to_a_time, "DBClusterIdentifier": "drill-papers"}, Tags=tags,
                                              VpcSecurityGroupIds=["sg-1"], DBSubnetGroupName="private")  # fmt: skip
    docdb.restore_db_cluster_from_snapshot(**{**of_a_snapshot, "DBClusterIdentifier": "drill-snap"}, DeletionProtection=False,
                                           DBClusterParameterGroupName="own", Tags=tags)  # fmt: skip
    until(lambda: {s.cluster(i)["Status"] for i in ("drill-papers", "drill-snap")} == {"available"})
    copy, other = s.cluster("drill-papers"), s.cluster("drill-snap")
    assert copy["DeletionProtection"] and not other["DeletionProtection"] and copy["TagList"] == tags
    assert copy["DBClusterParameterGroup"].startswith("default.docdb") and other["DBClusterParameterGroup"] == "own"
    say("a restore refuses what DocumentDB's API has not; a copy is protected unless false is sent")

    assert copy["Endpoint"] == "docdb-eu-west-1.lifeboat.invalid" and copy["Port"] != s.cluster("papers")["Port"]
    s.control("POST", "/endpoint", {"kind": "cluster", "id": "drill-papers*", "host": "localhost", "port": 4711})
    docdb.create_db_instance(DBInstanceIdentifier="drill-papers-1", DBClusterIdentifier="drill-papers", Engine="docdb",
                             DBInstanceClass="db.t4g.medium", Tags=tags)  # fmt: skip
    until(lambda: s.instance("drill-papers-1")["DBInstanceStatus"] == "available")
    assert s.cluster("drill-papers")["Port"] == s.instance("drill-papers-1")["Endpoint"]["Port"] == 4711
    docdb.modify_db_cluster(DBClusterIdentifier="drill-papers", ManageMasterUserPassword=True, ApplyImmediately=True)
    until(lambda: s.cluster("drill-papers")["MasterUserSecret"]["SecretStatus"] == "active")
    secret = s.client("secretsmanager").get_secret_value(SecretId=s.cluster("drill-papers")["MasterUserSecret"]["SecretArn"])
    assert json.loads(secret["SecretString"])["username"] == "app"
    say("its endpoint is where a test says; RDS manages its master password")

    docdb.delete_db_instance(DBInstanceIdentifier="drill-papers-1")
    refused("InvalidParameterCombination", docdb.delete_db_cluster, DBClusterIdentifier="drill-papers", SkipFinalSnapshot=True)
    docdb.modify_db_cluster(DBClusterIdentifier="drill-papers", DeletionProtection=False, ApplyImmediately=True)
    until(lambda: s.cluster("drill-papers")["Status"] == "available")
    docdb.delete_db_cluster(DBClusterIdentifier="drill-papers", SkipFinalSnapshot=True)
    until(lambda: gone("DBClusterNotFoundFault", rds.describe_db_clusters, DBClusterIdentifier="drill-papers"))

    point = s.control("POST", "/recovery-points", {"vault": "papers", "source": "papers"})
    told = s.backup.get_recovery_point_restore_metadata(BackupVaultName="papers", RecoveryPointArn=point["RecoveryPointArn"])
    assert told["ResourceType"] == "DocumentDB"
    ours = {**told["RestoreMetadata"], "DBClusterIdentifier": "drill-vaulted-papers", "DBSubnetGroupName": "private"}
    job = s.backup.start_restore_job(RecoveryPointArn=point["RecoveryPointArn"], Metadata=ours, IamRoleArn=ROLE)["RestoreJobId"]
    assert statuses(s, job)[-1] == "COMPLETED"
    made = s.cluster("drill-vaulted-papers")
    assert made["DeletionProtection"] and made["TagList"] == [] and made["DBSubnetGroup"] == "private"
    say("from a vault, too: protected, without tags")
