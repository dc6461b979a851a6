"""Recovery points of AWS Backup: real snapshots named `awsbackup:job-...`, made by the control API.

    POST /recovery-points {"vault": "prod", "source": "orders", "region"?: "eu-west-1", "age_seconds"?: 7200, "status"?: "COMPLETED",
                           "metadata"?: {"key": "value put over what a restore of it is told, null takes a key away"},
                           "continuous"?: true}      a point of AWS Backup's own that reaches to any time in its source's window
                           "shown"?: {any field of the list: value}, "delete_after_days"?: 35}
    POST /recovery-points {"vault", "resource": "orders" or an ARN, "type"?: "Aurora", "count"?: 1, "every_seconds"?: 86400, ...}
                           points with nothing in them, in no time, of what need not be there; the n-th is that much older
    POST /recovery-points {"copy_of": "<ARN>", "vault": "dr", "region": "us-west-2"}     what a copy job makes in another region

The metadata is what production runs with: whoever hands it to a restore unchanged gets a copy inside production's network.
The case of its keys differs between the resource types and within one, since it does on AWS.
"""

import json
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from . import clock
from .world import ACCOUNT, KMS, REGION, Record, World

POINTS: dict[str, "Point"] = {}  # by ARN
TYPES = {"docdb": "DocumentDB", "aurora-postgresql": "Aurora", "aurora-mysql": "Aurora"}
RESTORABLE = ("COMPLETED", "AVAILABLE")
CAMEL = """availabilityZones backtrackWindow copyTagsToSnapshot databaseName dbClusterIdentifier dbClusterParameterGroupName dbSubnetGroupName
    enableCloudwatchLogsExports enableIAMDatabaseAuthentication engine engineMode EngineVersion kmsKeyId port vpcSecurityGroupIds"""
PASCAL = """AllocatedStorage AutoMinorVersionUpgrade AvailabilityZone CopyTagsToSnapshot DBInstanceClass DBInstanceIdentifier dbName
    DBParameterGroupName DBSubnetGroupName DeletionProtection EnableCloudwatchLogsExports EnableIAMDatabaseAuthentication Engine engineVersion Iops
    LicenseModel MultiAZ OptionGroupName Port PubliclyAccessible StorageType VpcSecurityGroupIds"""
OF_DOCUMENTS = """AvailabilityZones DBClusterIdentifier dbClusterParameterGroupName DBSubnetGroupName EnableCloudwatchLogsExports Engine
    engineVersion KmsKeyId Port VpcSecurityGroupIds"""
SHOWN = {"Aurora": CAMEL.split(), "DocumentDB": OF_DOCUMENTS.split(), "RDS": PASCAL.split()}


class Wrong(Exception):
    """An error of AWS Backup."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def seconds(t: datetime | None) -> float | None:
    return t and t.replace(tzinfo=UTC).timestamp()


@dataclass
class Point:
    region: str
    vault: str
    snapshot: Record
    resource_arn: str
    resource_name: str
    status: str
    bytes: int
    metadata: dict[str, str]
    source: Record | None = None  # of a continuous one
    said: str | None = None  # its type, where its snapshot does not tell
    more: dict = field(default_factory=dict)  # what a test wants it to show

    @property
    def arn(self) -> str:
        if self.source is None:
            return self.snapshot.arn
        resource = self.source.api.get("DbClusterResourceId") or self.source.api["DbiResourceId"]
        return f"arn:aws:backup:{self.region}:{ACCOUNT}:recovery-point:continuous:{resource.lower()}-{self.snapshot.key[:8]}"

    @property
    def type(self) -> str:
        return self.said or TYPES.get(self.snapshot.engine, "RDS")

    @property
    def vault_arn(self) -> str:
        return f"arn:aws:backup:{self.region}:{ACCOUNT}:backup-vault:{self.vault}"

    def shown(self) -> dict:
        api, created = self.snapshot.api, seconds(self.snapshot.created)
        view = {
            "RecoveryPointArn": self.arn, "BackupVaultName": self.vault, "BackupVaultArn": self.vault_arn, "VaultType": "BACKUP_VAULT",
            "ResourceArn": self.resource_arn, "ResourceType": self.type, "ResourceName": self.resource_name, "CreationDate": created,
            "CompletionDate": created, "Status": self.status, "IsEncrypted": bool(api.get("StorageEncrypted")), "IsParent": False,
            "BackupSizeInBytes": self.bytes, "IamRoleArn": f"arn:aws:iam::{ACCOUNT}:role/backup",
        }  # fmt: skip
        view |= {"EncryptionKeyArn": api["KmsKeyId"]} if api.get("KmsKeyId") else {}
        if days := self.more.get("delete_after_days"):
            view |= {"Lifecycle": {"DeleteAfterDays": days}, "CalculatedLifecycle": {"DeleteAt": created + days * 86400}}
        return view | self.more.get("shown", {})

    def restore_metadata(self) -> dict:
        return {"BackupVaultArn": self.vault_arn, "RecoveryPointArn": self.arn, "ResourceType": self.type, "RestoreMetadata": self.metadata}


def add(world: World, given: dict) -> dict:
    from moto.backup.models import backup_backends

    region, name = given.get("region", REGION), given["vault"]
    with world.lock:
        vaults = backup_backends[ACCOUNT][region]
        if name not in vaults.vaults:
            vaults.create_backup_vault(name, {}, None, None)
    if "resource" in given:
        points = [seeded(world, given, region) for _ in range(int(given.get("count", 1)))]
    else:
        points = [copied(world, given, region) if "copy_of" in given else taken(world, given, region)]
    for n, point in enumerate(points):
        point.snapshot.created -= timedelta(seconds=float(given.get("age_seconds", 0)) + n * float(given.get("every_seconds", 0)))
        point.more = {key: given[key] for key in ("shown", "delete_after_days") if key in given}
        POINTS[point.arn] = point
    return points[0].shown()


def seeded(world: World, given: dict, region: str) -> Point:
    """Nobody restores from it: there is no snapshot behind it, and RDS does not list one."""
    from .backup_history import source

    arn, type = source(world, region, given["resource"])
    kind = "snapshot" if ":db:" in arn else "cluster-snapshot"
    snapshot = Record(kind, kind, region, f"awsbackup:job-{uuid.uuid4()}")
    snapshot.api = {"Engine": "aurora-postgresql"}
    return Point(region, given["vault"], snapshot, arn, arn.rsplit(":", 1)[-1], given.get("status", "COMPLETED"), int(given.get("bytes", 1 << 30)), {},
                 said=given.get("type", type))  # fmt: skip


def taken(world: World, given: dict, region: str) -> Point:
    from . import rds_snapshots
    from .backup_jobs import calls

    here, request = world.regions[region], calls(region, {})
    with world.lock:
        source = here.clusters.get(given["source"]) or here.instances.get(given["source"])
        if source is None:
            raise ValueError(f"no cluster or instance {given['source']} in {region}")
        if given.get("continuous") and source.engine == "docdb":
            raise ValueError("AWS Backup has no continuous backups of DocumentDB")
        snapshot = rds_snapshots.new_snapshot(request, source, f"awsbackup:job-{uuid.uuid4()}", "awsbackup", [], region)
    rds_snapshots.take(request, source, snapshot, 0)
    metadata = {**described(source, TYPES.get(source.engine, "RDS")), **given.get("metadata", {})}
    metadata = {key: value for key, value in metadata.items() if value is not None}
    continuous = source if given.get("continuous") else None
    status = given.get("status", "AVAILABLE" if continuous else "COMPLETED")
    return Point(region, given["vault"], snapshot, source.arn, source.id, status, int(given.get("bytes", 1 << 30)), metadata, continuous)


def copied(world: World, given: dict, region: str) -> Point:
    """The snapshot of a point once more, in another region; its resource stays the one at home."""
    if given["copy_of"] not in POINTS:
        raise ValueError(f"no recovery point {given['copy_of']}")
    origin = POINTS[given["copy_of"]]
    source = origin.snapshot
    snapshot = Record(source.kind, source.kind, region, f"awsbackup:copyjob-{uuid.uuid4()}")
    zones = [f"{region}{z}" for z in "abc"]
    metadata = origin.metadata | {key: json.dumps(zones) for key in origin.metadata if key.lower() == "availabilityzones"}
    metadata |= {key: KMS.format(region=region) for key in metadata if key.lower() == "kmskeyid"}
    metadata |= {key: zones[0] for key in metadata if key.lower() == "availabilityzone"}
    snapshot.api, snapshot.vault, snapshot.point, snapshot.status = dict(source.api), source.vault, source.point, "available"
    snapshot.api |= {"KmsKeyId": KMS.format(region=region)} if "KmsKeyId" in source.api else {}
    if snapshot.vault:
        snapshot.vault.hold(snapshot.key)
    world.regions[region].store(snapshot.kind)[snapshot.id] = snapshot
    return Point(region, given["vault"], snapshot, origin.resource_arn, origin.resource_name, given.get("status", "COMPLETED"), origin.bytes,
                 metadata)  # fmt: skip


def described(source: Record, type: str) -> dict[str, str]:
    """What AWS notes of the source for a restore: text only, lists as JSON. What the source has from AWS as a default is
    production's here, so that a copy can be told from one that was put elsewhere."""
    api, name = source.api, source.id
    groups = [g["VpcSecurityGroupId"] for g in api["VpcSecurityGroups"]]
    subnets = api["DBSubnetGroup"] if source.kind == "cluster" else api["DBSubnetGroup"]["DBSubnetGroupName"]
    known = {key.lower(): value for key, value in api.items() if isinstance(value, (str, int, bool))}
    known |= {
        "dbclusteridentifier": name, "dbinstanceidentifier": name, "backtrackwindow": 0,
        "vpcsecuritygroupids": json.dumps(["sg-0production1", "sg-0production2"] if groups == ["sg-default"] else groups),
        "dbsubnetgroupname": "production" if subnets == "default" else subnets,
        "dbclusterparametergroupname": own(api.get("DBClusterParameterGroup"), name),
        "dbparametergroupname": own((api.get("DBParameterGroups") or [{}])[0].get("DBParameterGroupName"), name),
        "optiongroupname": (api.get("OptionGroupMemberships") or [{}])[0].get("OptionGroupName"),
        "enablecloudwatchlogsexports": json.dumps(api.get("EnabledCloudwatchLogsExports") or []),
        "enableiamdatabaseauthentication": api.get("IAMDatabaseAuthenticationEnabled", False),
        "availabilityzones": json.dumps(api.get("AvailabilityZones") or []),
    }  # fmt: skip
    found = {key: known.get(key.lower()) for key in SHOWN[type]}
    return {key: str(value).lower() if isinstance(value, bool) else str(value) for key, value in found.items() if value is not None}


def own(group: str | None, name: str) -> str:
    return f"production-{name}" if group is None or group.startswith("default.") else group


def vault_exists(region: str, vault: str) -> bool:
    from moto.backup.models import backup_backends

    return vault in backup_backends[ACCOUNT][region].vaults


def find(region: str, arn: str, vault: str | None = None) -> Point:
    point = POINTS.get(arn)
    if point is None or point.region != region or vault not in (None, point.vault):
        raise Wrong("ResourceNotFoundException", f"Recovery point {arn} not found.")
    return point


def delete(world: World, region: str, arn: str, vault: str) -> None:
    snapshot = find(region, arn, vault).snapshot
    del POINTS[arn]
    with world.lock:
        if world.regions[region].store(snapshot.kind).pop(snapshot.id, None) and snapshot.vault:
            snapshot.vault.release(snapshot.key)


def listed(region: str, vault: str, asked: dict) -> list[dict]:
    if not vault_exists(region, vault):
        raise Wrong("ResourceNotFoundException", f"Backup vault {vault} not found.")
    return [p.shown() for p in list(POINTS.values()) if (p.region, p.vault) == (region, vault) and wanted(p.shown(), asked)]


def of_resource(region: str, arn: str) -> list[dict]:
    return [p.shown() for p in list(POINTS.values()) if (p.region, p.resource_arn) == (region, arn)]


def wanted(point: dict, asked: dict) -> bool:
    after, before = (moment(asked.get(key)) for key in ("createdAfter", "createdBefore"))
    return (
        asked.get("resourceArn") in (None, point["ResourceArn"])
        and asked.get("resourceType") in (None, point["ResourceType"])
        and (after is None or point["CreationDate"] > after)
        and (before is None or point["CreationDate"] < before)
    )


def moment(text: str | None) -> float | None:
    return text and seconds(clock.parse(text))
