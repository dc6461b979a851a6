"""The common part of the RDS operations: parameters in, views out, and the settings that clusters and instances take.

What a restore does not get told it does not take over from its source (security groups, parameter groups, logging, deletion
protection...), except for the few things that AWS does take over; both are written down here.
"""

import random
import string

from moto.core.responses import ActionResult, EmptyResult
from moto.rds.responses import RDSResponse

from . import events, keys, views
from .world import ENGINES, KMS, Record, Region, World, refuse

WORLD: World  # set once by the plug-in, before the first request


def resource_id(prefix: str) -> str:
    return prefix + "".join(random.choices(string.ascii_uppercase + string.digits, k=26))


def family(engine: str, version: str) -> str:
    parts = version.split(".")
    major = parts[0] if engine in ("postgres", "aurora-postgresql") else ".".join(parts[:2])
    return f"default.{engine}{major}"


def take(api: dict, p: dict, names: str) -> None:
    """Copies parameters that are given; `Given>Shown` when the description calls them differently."""
    for entry in names.split():
        given, _, shown = entry.partition(">")
        if p.get(given) is not None:
            api[shown or given] = p[given]


COMMON = """BackupRetentionPeriod PreferredBackupWindow PreferredMaintenanceWindow DeletionProtection CopyTagsToSnapshot StorageType
    EngineLifecycleSupport NetworkType AutoMinorVersionUpgrade MonitoringInterval MonitoringRoleArn EnablePerformanceInsights>PerformanceInsightsEnabled
    PerformanceInsightsKMSKeyId PerformanceInsightsRetentionPeriod DatabaseInsightsMode EnableIAMDatabaseAuthentication>IAMDatabaseAuthenticationEnabled
    EngineVersion Iops AllocatedStorage KmsKeyId StorageEncrypted"""
CLUSTER = (
    COMMON
    + " AvailabilityZones DatabaseName EngineMode BacktrackWindow CharacterSetName PubliclyAccessible DBClusterInstanceClass MasterUsername"
)
INSTANCE = (
    COMMON
    + """ DBInstanceClass AvailabilityZone MultiAZ DBName LicenseModel PubliclyAccessible MasterUsername PromotionTier
    CACertificateIdentifier MaxAllocatedStorage StorageThroughput DedicatedLogVolume BackupTarget DBSystemId CharacterSetName Timezone"""
)


def groups(api: dict, p: dict) -> None:
    """Networks, parameter groups and lists, whose shapes differ between request and description."""
    if p.get("VpcSecurityGroupIds"):
        api["VpcSecurityGroups"] = [{"VpcSecurityGroupId": g, "Status": "active"} for g in p["VpcSecurityGroupIds"]]
    if p.get("EnableCloudwatchLogsExports") is not None:
        api["EnabledCloudwatchLogsExports"] = p["EnableCloudwatchLogsExports"]
    if logs := p.get("CloudwatchLogsExportConfiguration"):
        kept = [e for e in api.get("EnabledCloudwatchLogsExports", []) if e not in (logs.get("DisableLogTypes") or [])]
        api["EnabledCloudwatchLogsExports"] = kept + [e for e in logs.get("EnableLogTypes") or [] if e not in kept]


def cluster_settings(api: dict, p: dict) -> None:
    take(api, p, CLUSTER)
    groups(api, p)
    take(api, p, "DBSubnetGroupName>DBSubnetGroup DBClusterParameterGroupName>DBClusterParameterGroup")
    if scaling := p.get("ServerlessV2ScalingConfiguration"):
        scaling = api.get("ServerlessV2ScalingConfiguration", {}) | scaling
        if float(scaling.get("MinCapacity") or 0) == 0:
            scaling.setdefault("SecondsUntilAutoPause", 300)
        else:
            scaling.pop("SecondsUntilAutoPause", None)  # what never comes to 0 never pauses
        api["ServerlessV2ScalingConfiguration"] = scaling
    if p.get("BacktrackWindow") and api["Engine"] != "aurora-mysql":
        raise refuse("InvalidParameterCombination", f"Backtrack is not supported for engine {api['Engine']}.")
    if p.get("AssociatedRoles"):
        api["AssociatedRoles"] = [{**r, "Status": "ACTIVE"} for r in p["AssociatedRoles"]]


def instance_settings(api: dict, p: dict) -> None:
    take(api, p, INSTANCE)
    groups(api, p)
    if api.get("PerformanceInsightsEnabled"):
        api.setdefault("PerformanceInsightsRetentionPeriod", 7)
        api.setdefault("PerformanceInsightsKMSKeyId", KMS.format(region=api["AvailabilityZone"][:-1]))
    elif api.get("PerformanceInsightsEnabled") is False:
        api.pop("PerformanceInsightsRetentionPeriod", None)
        api.pop("PerformanceInsightsKMSKeyId", None)
    if name := p.get("DBSubnetGroupName"):
        api["DBSubnetGroup"] = views.subnet_group(name)
    if name := p.get("DBParameterGroupName"):
        api["DBParameterGroups"] = [{"DBParameterGroupName": name, "ParameterApplyStatus": "in-sync"}]
    if name := p.get("OptionGroupName"):
        api["OptionGroupMemberships"] = [{"OptionGroupName": name, "Status": "in-sync"}]


DEFAULT_GROUP = [{"VpcSecurityGroupId": "sg-default", "Status": "active"}]


def default_cluster(engine: str, version: str | None, region: str) -> dict:
    version = version or ENGINES[engine][0]
    return {
        "Engine": engine, "EngineVersion": version, "EngineMode": "provisioned", "AllocatedStorage": 1, "BackupRetentionPeriod": 1,
        "AvailabilityZones": [f"{region}{z}" for z in "abc"], "DBClusterParameterGroup": family(engine, version), "DBSubnetGroup": "default",
        "DbClusterResourceId": resource_id("cluster-"), "VpcSecurityGroups": DEFAULT_GROUP, "StorageEncrypted": False, "StorageType": "aurora",
        "DeletionProtection": False, "CopyTagsToSnapshot": False, "IAMDatabaseAuthenticationEnabled": False, "HttpEndpointEnabled": False,
        "AssociatedRoles": [], "EnabledCloudwatchLogsExports": [], "PreferredBackupWindow": "03:00-03:30", "NetworkType": "IPV4",
        "PreferredMaintenanceWindow": "sun:05:00-sun:05:30", "AutoMinorVersionUpgrade": True, "Port": ENGINES[engine][1],
        "EngineLifecycleSupport": "open-source-rds-extended-support",
    } | ({"StorageType": "standard"} if engine == "docdb" else {})  # fmt: skip


def default_instance(engine: str, version: str | None, region: str) -> dict:
    version = version or ENGINES[engine][0]
    api = {
        "Engine": engine, "EngineVersion": version, "AllocatedStorage": 20, "BackupRetentionPeriod": 1, "AvailabilityZone": f"{region}a",
        "DbiResourceId": resource_id("db-"), "StorageEncrypted": False, "StorageType": "gp3", "DeletionProtection": False, "MultiAZ": False,
        "CopyTagsToSnapshot": False, "IAMDatabaseAuthenticationEnabled": False, "AssociatedRoles": [], "EnabledCloudwatchLogsExports": [],
        "PreferredBackupWindow": "03:00-03:30", "PreferredMaintenanceWindow": "sun:05:00-sun:05:30", "AutoMinorVersionUpgrade": True,
        "PubliclyAccessible": True, "MonitoringInterval": 0, "PerformanceInsightsEnabled": False, "DBSecurityGroups": [], "PromotionTier": 1,
        "DBInstanceClass": "db.t4g.micro", "CACertificateIdentifier": "rds-ca-rsa2048-g1", "LicenseModel": "general-public-license",
        "VpcSecurityGroups": DEFAULT_GROUP, "ReadReplicaDBInstanceIdentifiers": [], "DomainMemberships": [], "Port": ENGINES[engine][1],
        "EngineLifecycleSupport": "open-source-rds-extended-support",
    }  # fmt: skip
    instance_settings(api, {"DBSubnetGroupName": "default", "DBParameterGroupName": family(engine, version),
                            "OptionGroupName": f"default:{engine}-{version.split('.')[0]}"})  # fmt: skip
    return api


class Base(RDSResponse):
    """One request. moto parses it and writes the answer; the operations come from the mix-ins."""

    @property
    def world(self) -> World:
        return WORLD

    @property
    def here(self) -> Region:
        return WORLD.regions[self.region]

    @property
    def p(self) -> dict:
        return self.params.original_dict() if self.params else {}

    def tell(self, record: Record, number: str, **words: str) -> None:
        events.happened(WORLD, record, number, **words)

    def engine(self, name: str | None, cluster: bool) -> str:
        if name not in ENGINES or (cluster and not ENGINES[name][3]):
            raise refuse("InvalidParameterValue", f"Invalid DB engine: {name}")
        return name

    def get_cluster(self, id: str | None) -> Record:
        name = (id or "").rsplit(":", 1)[-1].lower()
        if name not in self.here.clusters:
            raise refuse("DBClusterNotFoundFault", f"DBCluster {name} not found.")
        return self.here.clusters[name]

    def get_instance(self, id: str | None) -> Record:
        name = (id or "").rsplit(":", 1)[-1].lower()
        if name not in self.here.instances:
            raise refuse("DBInstanceNotFound", f"DBInstance {name} not found.")
        return self.here.instances[name]

    def encryption(self, api: dict, p: dict, source: Record) -> None:
        """A copy is encrypted as its source is; a key for an unencrypted source is refused."""
        if p.get("KmsKeyId") and not source.api.get("StorageEncrypted"):
            raise refuse("InvalidParameterCombination", "KmsKeyId can't be specified for a restore from an unencrypted source.")
        api["StorageEncrypted"] = source.api.get("StorageEncrypted", False)
        if api["StorageEncrypted"]:
            api["KmsKeyId"] = p.get("KmsKeyId") or source.api.get("KmsKeyId") or KMS.format(region=self.region)
            keys.must_be_usable(WORLD, api["KmsKeyId"], self.region)

    def answer(self, name: str, record: Record) -> ActionResult:
        view = {"DBCluster": views.cluster, "DBInstance": views.instance}.get(name, views.snapshot)
        return ActionResult({name: view(WORLD, self.here, record)})

    def listing(self, name: str, items: list[tuple[str, dict]]) -> ActionResult:
        chosen, marker = views.page(items, self.p)
        return ActionResult({name: chosen, "Marker": marker})

    @staticmethod
    def nothing() -> EmptyResult:
        return EmptyResult()
