"""Configuration: what a cluster and an instance keep, what a restore takes, and what it loses as on AWS."""

import json

from .harness import PASSWORD, Stack, gone, refused, say, until

ROLES = [f"arn:aws:iam::123456789012:role/{name}" for name in ("import", "export", "functions")]
KEY = "arn:aws:kms:eu-west-1:123456789012:key/55555555-5555-4555-8555-555555555555"
GROUPS = ["sg-1", "sg-2"]
CLUSTER = {  # what a restore can be told
    "VpcSecurityGroupIds": GROUPS, "DBSubnetGroupName": "private", "DBClusterParameterGroupName": "ours", "EnableIAMDatabaseAuthentication": True,
    "EnableCloudwatchLogsExports": ["postgresql", "upgrade"], "StorageType": "aurora-iopt1", "BackupRetentionPeriod": 14,
    "PreferredBackupWindow": "01:00-01:30", "DeletionProtection": True, "CopyTagsToSnapshot": True, "NetworkType": "DUAL",
    "ServerlessV2ScalingConfiguration": {"MinCapacity": 0, "MaxCapacity": 8, "SecondsUntilAutoPause": 900},
    "EngineLifecycleSupport": "open-source-rds-extended-support-disabled",
}  # fmt: skip
LOST = {  # what the copy has when it is told nothing; logs are left out of the description
    "VpcSecurityGroupIds": ["sg-default"], "DBSubnetGroupName": "default", "DBClusterParameterGroupName": "default.aurora-postgresql16",
    "EnableIAMDatabaseAuthentication": False, "EnableCloudwatchLogsExports": [], "StorageType": "aurora", "BackupRetentionPeriod": 14,
    "PreferredBackupWindow": "03:00-03:30", "DeletionProtection": False, "CopyTagsToSnapshot": False, "NetworkType": "IPV4",
    "ServerlessV2ScalingConfiguration": None, "EngineLifecycleSupport": "open-source-rds-extended-support",
}  # fmt: skip
MEMBER = {
    "PromotionTier": 4, "AvailabilityZone": "eu-west-1c", "DBParameterGroupName": "ours-too", "MonitoringInterval": 15,
    "MonitoringRoleArn": ROLES[0], "EnablePerformanceInsights": True, "PerformanceInsightsKMSKeyId": KEY, "PerformanceInsightsRetentionPeriod": 31,
    "PubliclyAccessible": False, "AutoMinorVersionUpgrade": False, "CACertificateIdentifier": "rds-ca-ecc384-g1",
    "PreferredMaintenanceWindow": "tue:02:00-tue:02:30", "Tags": [{"Key": "team", "Value": "a"}],
}  # fmt: skip
INSTANCE = {
    "VpcSecurityGroupIds": GROUPS, "DBSubnetGroupName": "private", "DBParameterGroupName": "ours", "EnableIAMDatabaseAuthentication": True,
    "EnableCloudwatchLogsExports": ["postgresql", "upgrade"], "StorageType": "io2", "Iops": 4000, "AllocatedStorage": 100, "StorageThroughput": 500,
    "PreferredBackupWindow": "01:00-01:30", "DeletionProtection": True, "CopyTagsToSnapshot": True, "MultiAZ": True, "NetworkType": "DUAL",
    "PubliclyAccessible": False, "AutoMinorVersionUpgrade": False, "OptionGroupName": "options", "CACertificateIdentifier": "rds-ca-ecc384-g1",
    "EngineLifecycleSupport": "open-source-rds-extended-support-disabled", "BackupRetentionPeriod": 14,
}  # fmt: skip
INSTANCE_LOST = {
    "VpcSecurityGroupIds": ["sg-default"], "DBSubnetGroupName": "default", "DBParameterGroupName": "default.postgres16",
    "EnableIAMDatabaseAuthentication": False, "EnableCloudwatchLogsExports": [], "StorageType": "gp3", "Iops": None, "AllocatedStorage": 100, "StorageThroughput": None,
    "PreferredBackupWindow": "03:00-03:30", "DeletionProtection": False, "CopyTagsToSnapshot": False, "MultiAZ": False, "NetworkType": None,
    "PubliclyAccessible": True, "AutoMinorVersionUpgrade": True, "OptionGroupName": "options", "CACertificateIdentifier": "rds-ca-rsa2048-g1",
    "EngineLifecycleSupport": "open-source-rds-extended-support", "BackupRetentionPeriod": 14,
}  # fmt: skip


def as_told(view: dict, asked: dict) -> dict:
    """A description in the words of a request, as far as they were asked for."""
    subnets = view["DBSubnetGroup"]
    words = view | {
        "VpcSecurityGroupIds": [g["VpcSecurityGroupId"] for g in view["VpcSecurityGroups"]],
        "DBSubnetGroupName": subnets if isinstance(subnets, str) else subnets["DBSubnetGroupName"],
        "DBClusterParameterGroupName": view.get("DBClusterParameterGroup"),
        "DBParameterGroupName": next((g["DBParameterGroupName"] for g in view.get("DBParameterGroups", [])), None),
        "OptionGroupName": next((g["OptionGroupName"] for g in view.get("OptionGroupMemberships", [])), None),
        "EnableIAMDatabaseAuthentication": view["IAMDatabaseAuthenticationEnabled"],
        "EnableCloudwatchLogsExports": view.get("EnabledCloudwatchLogsExports", []),
        "EnablePerformanceInsights": view.get("PerformanceInsightsEnabled"), "Tags": view["TagList"],
    }  # fmt: skip
    return {name: words.get(name) for name in asked}


def same(view: dict, asked: dict) -> None:
    told = as_told(view, asked)
    assert told == asked, {name: (told[name], asked[name]) for name in asked if told[name] != asked[name]}


def configuration(s: Stack) -> None:
    clusters(s)
    roles(s)
    instances_alone(s)
    other_engines(s)


def clusters(s: Stack) -> None:
    rds = s.rds
    rds.create_db_cluster(DBClusterIdentifier="whole", Engine="aurora-postgresql", MasterUsername="app", DatabaseName="app", StorageEncrypted=True,
                          ManageMasterUserPassword=True, MasterUserSecretKmsKeyId=KEY, PreferredMaintenanceWindow="wed:04:00-wed:04:30",
                          Tags=[{"Key": "env", "Value": "production"}], **CLUSTER)  # fmt: skip
    until(lambda: s.cluster("whole")["Status"] == "available")
    member = {"DBClusterIdentifier": "whole", "Engine": "aurora-postgresql", "DBInstanceClass": "db.serverless"}
    for name in ("VpcSecurityGroupIds", "BackupRetentionPeriod", "PreferredBackupWindow"):
        refused("InvalidParameterCombination", rds.create_db_instance, DBInstanceIdentifier="whole-1", **member, **{name: CLUSTER[name]})
    rds.create_db_instance(DBInstanceIdentifier="whole-1", **member, **MEMBER)
    rds.enable_http_endpoint(ResourceArn=s.cluster("whole")["DBClusterArn"])
    until(lambda: s.instance("whole-1")["DBInstanceStatus"] == "available")
    source, one = s.cluster("whole"), s.instance("whole-1")
    same(source, CLUSTER | {"PreferredMaintenanceWindow": "wed:04:00-wed:04:30", "HttpEndpointEnabled": True})
    same(one, MEMBER | {"DBSubnetGroupName": "private"})
    assert source["MasterUserSecret"]["KmsKeyId"] == KEY and one["CertificateDetails"]["CAIdentifier"] == "rds-ca-ecc384-g1"
    say("a cluster and its instance keep and answer what they are told; what belongs to the cluster is refused for its instance")

    restore = {"SourceDBClusterIdentifier": "whole", "UseLatestRestorableTime": True}
    rds.restore_db_cluster_to_point_in_time(DBClusterIdentifier="bare", **restore)
    rds.restore_db_cluster_to_point_in_time(DBClusterIdentifier="told", Port=source["Port"], **restore, **CLUSTER,
                                            AssociatedRoles=[{"RoleArn": ROLES[0], "FeatureName": "s3Import"}])  # fmt: skip
    until(lambda: {s.cluster(id)["Status"] for id in ("bare", "told")} == {"available"})
    bare, told = s.cluster("bare"), s.cluster("told")
    same(bare, LOST | {"HttpEndpointEnabled": False, "MasterUserSecret": None, "AssociatedRoles": [], "PreferredMaintenanceWindow": "sun:05:00-sun:05:30"})
    assert bare["TagList"] == source["TagList"] and bare["KmsKeyId"] == source["KmsKeyId"]
    same(told, CLUSTER | {"HttpEndpointEnabled": False, "MasterUserSecret": None, "Port": source["Port"]})
    assert told["AssociatedRoles"] == [{"RoleArn": ROLES[0], "FeatureName": "s3Import", "Status": "ACTIVE"}]
    assert told["Endpoint"] != source["Endpoint"] == "localhost", "the same port, on another loopback address"
    say(f"a restore loses all but its retention, key and tags; told, it takes all but windows, secret and Data API; port {told['Port']} at {told['Endpoint']}")

    rds.modify_db_cluster(DBClusterIdentifier="told", ManageMasterUserPassword=True, MasterUserSecretKmsKeyId=KEY, ApplyImmediately=True,
                          PreferredMaintenanceWindow="wed:04:00-wed:04:30")  # fmt: skip
    until(lambda: s.cluster("told")["Status"] == "available")
    rds.create_db_instance(DBInstanceIdentifier="told-1", **(member | {"DBClusterIdentifier": "told"}))
    until(lambda: s.instance("told-1")["DBInstanceStatus"] == "available" and s.cluster("told")["MasterUserSecret"]["SecretStatus"] == "active")
    same(s.instance("told-1"), {
        "PromotionTier": 1, "AvailabilityZone": "eu-west-1a", "DBParameterGroupName": "default.aurora-postgresql16", "MonitoringInterval": 0,
        "EnablePerformanceInsights": False, "PubliclyAccessible": False, "AutoMinorVersionUpgrade": True, "CACertificateIdentifier": "rds-ca-rsa2048-g1",
        "PerformanceInsightsRetentionPeriod": None, "Tags": [],
    })  # fmt: skip
    secret = s.client("secretsmanager").get_secret_value(SecretId=s.cluster("told")["MasterUserSecret"]["SecretArn"])
    assert s.sql(told["Port"], "SELECT 1", host=told["Endpoint"], password=json.loads(secret["SecretString"])["password"]) == [(1,)]
    say("its instance has AWS's defaults; its server answers on the source's port, over TLS, with its own secret")


def roles(s: Stack) -> None:
    rds = s.rds
    first = {"DBClusterIdentifier": "told", "RoleArn": ROLES[0], "FeatureName": "s3Import"}
    refused("DBClusterRoleAlreadyExists", rds.add_role_to_db_cluster, **first)
    rds.add_role_to_db_cluster(**(first | {"FeatureName": "s3Export"}))
    rds.add_role_to_db_cluster(DBClusterIdentifier="told", RoleArn=ROLES[2])
    assert [r["Status"] for r in s.cluster("told")["AssociatedRoles"]] == ["ACTIVE", "PENDING", "PENDING"]
    until(lambda: all(r["Status"] == "ACTIVE" for r in s.cluster("told")["AssociatedRoles"]))
    rds.remove_role_from_db_cluster(**first)
    refused("DBClusterRoleNotFound", rds.remove_role_from_db_cluster, **first)
    s.control("POST", "/quota", {"name": "DBClusterRoles", "most": 2})
    refused("DBClusterRoleQuotaExceeded", rds.add_role_to_db_cluster, **first)
    s.control("POST", "/quota", {"name": "DBClusterRoles", "most": 5})
    refused("DBClusterNotFoundFault", rds.add_role_to_db_cluster, DBClusterIdentifier="nobody", RoleArn=ROLES[0])
    s.control("POST", "/pin", {"kind": "cluster", "id": "told", "status": "modifying"})
    refused("InvalidDBClusterStateFault", rds.add_role_to_db_cluster, **first)
    refused("InvalidResourceStateFault", rds.enable_http_endpoint, ResourceArn=s.cluster("told")["DBClusterArn"])
    s.control("DELETE", "/pin")
    assert {(r["RoleArn"], r.get("FeatureName")) for r in s.cluster("told")["AssociatedRoles"]} == {(ROLES[0], "s3Export"), (ROLES[2], None)}
    say("roles are added one by one, pending for a while; one that is there, one too many and one that is not are refused")


def instances_alone(s: Stack) -> None:
    rds = s.rds
    rds.create_db_instance(DBInstanceIdentifier="alone", Engine="postgres", DBInstanceClass="db.m7g.large", MasterUsername="app", DBName="app",
                           MasterUserPassword=PASSWORD, MaxAllocatedStorage=500, PreferredMaintenanceWindow="wed:04:00-wed:04:30",
                           MonitoringInterval=15, MonitoringRoleArn=ROLES[0], EnablePerformanceInsights=True, **INSTANCE)  # fmt: skip
    until(lambda: s.instance("alone")["DBInstanceStatus"] == "available")
    for feature in ("s3Import", "s3Export"):
        rds.add_role_to_db_instance(DBInstanceIdentifier="alone", RoleArn=ROLES[0], FeatureName=feature)
    refused("DBInstanceRoleAlreadyExists", rds.add_role_to_db_instance, DBInstanceIdentifier="alone", RoleArn=ROLES[0], FeatureName="s3Import")
    s.control("POST", "/upkeep", {"kind": "instance", "id": "alone", "api": {"ReadReplicaDBInstanceIdentifiers": ["alone-replica"]}})
    source = s.instance("alone")
    same(source, INSTANCE | {"MaxAllocatedStorage": 500, "PerformanceInsightsRetentionPeriod": 7, "ReadReplicaDBInstanceIdentifiers": ["alone-replica"]})
    assert len(source["AssociatedRoles"]) == 2
    restore = {"SourceDBInstanceIdentifier": "alone", "UseLatestRestorableTime": True}
    refused("InvalidParameterValue", rds.restore_db_instance_to_point_in_time, TargetDBInstanceIdentifier="x", AllocatedStorage=50, **restore)
    rds.restore_db_instance_to_point_in_time(TargetDBInstanceIdentifier="alone-bare", **restore)
    rds.restore_db_instance_to_point_in_time(TargetDBInstanceIdentifier="alone-told", Port=source["Endpoint"]["Port"], **restore, **INSTANCE)
    until(lambda: {s.instance(id)["DBInstanceStatus"] for id in ("alone-bare", "alone-told")} == {"available"})
    lost = {"MaxAllocatedStorage": None, "MonitoringInterval": 0, "EnablePerformanceInsights": False, "AssociatedRoles": [],
            "ReadReplicaDBInstanceIdentifiers": [], "DBInstanceClass": "db.m7g.large", "PreferredMaintenanceWindow": "sun:05:00-sun:05:30"}  # fmt: skip
    same(s.instance("alone-bare"), INSTANCE_LOST | lost)
    same(s.instance("alone-told"), INSTANCE | lost)
    where = s.instance("alone-told")["Endpoint"]
    assert where["Port"] == source["Endpoint"]["Port"] and s.sql(where["Port"], "SELECT 1", host=where["Address"]) == [(1,)]
    rds.modify_db_instance(DBInstanceIdentifier="alone-told", MaxAllocatedStorage=500, MonitoringInterval=15, MonitoringRoleArn=ROLES[0],
                           EnablePerformanceInsights=True, PerformanceInsightsRetentionPeriod=31, DBParameterGroupName="new", ApplyImmediately=True)  # fmt: skip
    until(lambda: s.instance("alone-told")["DBInstanceStatus"] == "available")
    same(s.instance("alone-told"), {"MaxAllocatedStorage": 500, "MonitoringInterval": 15, "PerformanceInsightsRetentionPeriod": 31, "DBParameterGroupName": "new"})
    assert s.instance("alone-told")["DBParameterGroups"][0]["ParameterApplyStatus"] == "pending-reboot"
    rds.reboot_db_instance(DBInstanceIdentifier="alone-told")
    until(lambda: s.instance("alone-told")["DBInstanceStatus"] == "available")
    assert s.instance("alone-told")["DBParameterGroups"][0]["ParameterApplyStatus"] == "in-sync"
    say("an RDS instance the same: class, option group, storage size, key and retention stay, the rest is lost unless told or set")


def other_engines(s: Stack) -> None:
    rds, docs = s.rds, s.docdb
    rds.create_db_cluster(DBClusterIdentifier="back", Engine="aurora-mysql", MasterUsername="app", MasterUserPassword=PASSWORD, BacktrackWindow=3600)
    docs.create_db_cluster(DBClusterIdentifier="tls", Engine="docdb", MasterUsername="app", MasterUserPassword=PASSWORD, DBClusterParameterGroupName="tls-off")
    until(lambda: {s.cluster(id)["Status"] for id in ("back", "tls")} == {"available"})
    restore = {"SourceDBClusterIdentifier": "whole", "UseLatestRestorableTime": True, "BacktrackWindow": 3600}
    refused("InvalidParameterCombination", rds.restore_db_cluster_to_point_in_time, DBClusterIdentifier="x", **restore)
    assert gone("DBClusterNotFoundFault", rds.describe_db_clusters, DBClusterIdentifier="x")
    rds.restore_db_cluster_to_point_in_time(DBClusterIdentifier="back-2", **(restore | {"SourceDBClusterIdentifier": "back"}))
    docs.restore_db_cluster_to_point_in_time(DBClusterIdentifier="tls-2", SourceDBClusterIdentifier="tls", UseLatestRestorableTime=True)
    until(lambda: {s.cluster(id)["Status"] for id in ("back-2", "tls-2")} == {"available"})
    assert s.cluster("back-2")["BacktrackWindow"] == 3600 and s.cluster("tls-2")["DBClusterParameterGroup"] == "default.docdb5.0"
    member = {"DBClusterIdentifier": "tls-2", "Engine": "docdb", "DBInstanceClass": "db.r6g.large"}
    refused("InvalidParameterValue", docs.create_db_instance, DBInstanceIdentifier="tls-2-1", Tags=[{"Key": f"k{n}", "Value": ""} for n in range(11)], **member)
    docs.create_db_instance(DBInstanceIdentifier="tls-2-1", **member)
    until(lambda: s.instance("tls-2-1")["DBInstanceStatus"] == "available")
    docs.modify_db_cluster(DBClusterIdentifier="tls-2", DBClusterParameterGroupName="tls-off", BackupRetentionPeriod=9, ApplyImmediately=True)
    until(lambda: s.cluster("tls-2")["Status"] == "available")
    docs.create_db_instance(DBInstanceIdentifier="tls-2-2", **member)
    assert s.cluster("tls-2")["BackupRetentionPeriod"] == 9
    apply = {m["DBInstanceIdentifier"]: m["DBClusterParameterGroupStatus"] for m in s.cluster("tls-2")["DBClusterMembers"]}
    assert apply == {"tls-2-1": "pending-reboot", "tls-2-2": "in-sync"}, apply
    docs.reboot_db_instance(DBInstanceIdentifier="tls-2-1")
    until(lambda: s.cluster("tls-2")["DBClusterMembers"][0]["DBClusterParameterGroupStatus"] == "in-sync")
    say("backtrack is Aurora MySQL's alone; DocumentDB's parameter group is lost and, set again, waits for a reboot")
