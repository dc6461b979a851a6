"""How resources are described: the shapes, the restorable window, filters, and pages of at most 100.

AWS leaves fields out while a resource is being made (the creation time of an instance, its endpoint, a cluster's restorable
times), and code that does not expect it breaks; so they are left out here too.
"""

import base64
import time
from datetime import datetime, timedelta

from . import clock
from .world import Record, Region, World, refuse


def window(world: World, record: Record) -> tuple | None:
    """(earliest, latest) restorable time, or None when there is none (yet)."""
    days = int(record.api.get("BackupRetentionPeriod") or 0)
    if record.status == "creating" or days == 0:
        return None
    override = world.knobs.window("cluster" if record.kind == "cluster" else "instance", record.id)
    now = record.ended or clock.now()
    # a cluster made by a test stands for one that has been there for long; a copy is as young as it is
    earliest = record.created if record.restored else now - timedelta(days=days)
    latest = now - timedelta(seconds=world.knobs.lag)
    if "earliest_seconds" in override:
        earliest = now - timedelta(seconds=override["earliest_seconds"])
    if "latest_seconds" in override:
        latest = now - timedelta(seconds=override["latest_seconds"])
    return (clock.floor(earliest), clock.floor(latest)) if latest >= earliest else None


def endpoint(world: World, record: Record) -> tuple[str, int]:
    """Where it answers. Nobody stands behind DocumentDB: its host has no address, and a double is put in its place by
    `LIFEBOAT_DB_ENDPOINTS` or by `POST /endpoint`."""
    asked = world.knobs.endpoint(record.kind, record.id)
    host = f"docdb-{record.region}.lifeboat.invalid" if record.engine == "docdb" else record.port.name
    return asked.get("host", host), int(asked.get("port", record.port.number))


def cluster(world: World, region: Region, c: Record) -> dict:
    status, open_window = world.shown(c), window(world, c)
    host, port = endpoint(world, c)
    if status == "creating":
        open_window = None
    members = region.members(c)
    writer = next((m for m in members if m.status != "deleting"), members[0] if members else None)
    return {
        **c.api, "DBClusterIdentifier": c.id, "DBClusterArn": c.arn, "Status": status, "ClusterCreateTime": c.created, "TagList": c.tags,
        "Endpoint": host, "ReaderEndpoint": host, "Port": port, "HostedZoneId": "ZLOCALHOST", "MultiAZ": len(members) > 1,
        "EarliestRestorableTime": open_window and open_window[0], "LatestRestorableTime": open_window and open_window[1],
        "MasterUserSecret": c.secret, "DomainMemberships": [], "CrossAccountClone": False,
        "DBClusterMembers": [
            {"DBInstanceIdentifier": m.id, "IsClusterWriter": m is writer, "DBClusterParameterGroupStatus": "pending-reboot" if m.waits_for_reboot else "in-sync",
             "PromotionTier": m.api.get("PromotionTier", 1)} for m in members
        ],
    }  # fmt: skip


CLUSTER_RULES = (
    "AllocatedStorage", "BackupRetentionPeriod", "DeletionProtection", "EngineVersion", "EnabledCloudwatchLogsExports",
    "IAMDatabaseAuthenticationEnabled", "KmsKeyId", "MasterUsername", "PreferredBackupWindow", "StorageEncrypted", "StorageType",
    "VpcSecurityGroups", "CopyTagsToSnapshot",
)  # fmt: skip


def subnet_group(name: str) -> dict:
    return {"DBSubnetGroupName": name, "VpcId": "vpc-local", "SubnetGroupStatus": "Complete", "Subnets": []}


def instance(world: World, region: Region, i: Record) -> dict:
    status = world.shown(i)
    view = {**i.api, "DBInstanceIdentifier": i.id, "DBInstanceArn": i.arn, "DBInstanceStatus": status, "TagList": i.tags}
    parent = region.clusters.get(i.api.get("DBClusterIdentifier") or "")
    if parent:
        view |= {key: parent.api[key] for key in CLUSTER_RULES if key in parent.api} | {"DeletionProtection": False}
        view["DBName"] = parent.api.get("DatabaseName")
        view["DBSubnetGroup"] = subnet_group(parent.api["DBSubnetGroup"])
    home = parent or i
    if status != "creating":
        view["InstanceCreateTime"] = i.created
        if home.port:
            host, port = endpoint(world, home)
            view["Endpoint"] = {"Address": host, "Port": port, "HostedZoneId": "ZLOCALHOST"}
        if not parent and (open_window := window(world, i)):
            view["LatestRestorableTime"] = open_window[1]
    if "CertificateDetails" not in view and (authority := i.api.get("CACertificateIdentifier")):
        view["CertificateDetails"] = {"CAIdentifier": authority, "ValidTill": certificate_until(i)}
    view["DbInstancePort"] = 0
    view["MasterUserSecret"] = i.secret
    return view


CERTIFICATE_DAYS = 365


def certificate_until(i: Record) -> datetime:
    """A server's certificate is valid for a year; AWS gives the server a new one at half of its life."""
    half = timedelta(days=CERTIFICATE_DAYS) / 2
    return i.created.replace(microsecond=0) + (clock.now() - i.created) // half * half + 2 * half


BEING_MADE = ("creating", "copying", "pending")


def progress(world: World, s: Record) -> int:
    """Of 100, and never 100 while it is being made."""
    delay = world.knobs.delays["copy" if s.status == "copying" else "snapshot"]
    gone = time.monotonic() - s.begun
    return min(99, int(100 * gone / delay)) if s.begun and delay > 0 else 0


def snapshot(world: World, region: Region, s: Record) -> dict:
    status = world.shown(s)
    name = "DBClusterSnapshot" if s.kind == "cluster-snapshot" else "DBSnapshot"
    view = {**s.api, f"{name}Identifier": s.id, f"{name}Arn": s.arn, "Status": status, "TagList": s.tags}
    if status in BEING_MADE:
        view["PercentProgress"] = progress(world, s)  # and no creation time yet
    else:
        view |= {"PercentProgress": 100, "SnapshotCreateTime": s.created}
        if s.kind == "snapshot":
            view["OriginalSnapshotCreateTime"] = s.api.get("OriginalSnapshotCreateTime", s.created)
    if s.kind == "snapshot":
        view["Encrypted"] = s.api.get("StorageEncrypted", False)
    return view


def automated_backup(world: World, region: Region, r: Record, retained: bool) -> dict:
    open_window = window(world, r)
    common = ("Engine", "EngineVersion", "MasterUsername", "AllocatedStorage", "BackupRetentionPeriod", "PreferredBackupWindow",
              "AvailabilityZones", "AvailabilityZone", "KmsKeyId", "StorageType", "LicenseModel", "EngineMode")  # fmt: skip
    view = {key: r.api[key] for key in common if r.api.get(key) is not None}
    view |= {
        "Status": "retained" if retained else "active", "Region": r.region, "TagList": r.tags, "Encrypted": r.api.get("StorageEncrypted", False), "StorageEncrypted": r.api.get("StorageEncrypted", False),
        "RestoreWindow": open_window and {"EarliestTime": open_window[0], "LatestTime": open_window[1]},
        "IAMDatabaseAuthenticationEnabled": r.api.get("IAMDatabaseAuthenticationEnabled", False), "Port": r.port.number,
    }  # fmt: skip
    resource = (r.api.get("DbClusterResourceId") or r.api.get("DbiResourceId")).lower()
    if r.kind == "cluster":
        arn = f"arn:aws:rds:{r.region}:123456789012:cluster-auto-backup:ab-{resource}"
        view |= {"DBClusterIdentifier": r.id, "DBClusterArn": r.arn, "DbClusterResourceId": r.api["DbClusterResourceId"],
                 "ClusterCreateTime": r.created, "DBClusterAutomatedBackupsArn": arn}  # fmt: skip
    else:
        arn = f"arn:aws:rds:{r.region}:123456789012:auto-backup:ab-{resource}"
        view |= {"DBInstanceIdentifier": r.id, "DBInstanceArn": r.arn, "DbiResourceId": r.api["DbiResourceId"],
                 "InstanceCreateTime": r.created, "DBInstanceAutomatedBackupsArn": arn}  # fmt: skip
    return view


def page(items: list[tuple[str, dict]], p: dict) -> tuple[list[dict], str | None]:
    """One page of (key, view) pairs in key order; the marker names the last key given."""
    size = int(p.get("MaxRecords") or 100)
    if not 20 <= size <= 100:
        raise refuse("InvalidParameterValue", f"Invalid value {size} for MaxRecords. Must be between 20 and 100")
    items = sorted(items, key=lambda item: item[0])
    if marker := p.get("Marker"):
        try:
            after = base64.urlsafe_b64decode(marker.encode()).decode()
        except ValueError:
            raise refuse("InvalidParameterValue", "The specified marker is not valid.") from None
        items = [item for item in items if item[0] > after]
    chosen, more = items[:size], len(items) > size
    return [view for _, view in chosen], base64.urlsafe_b64encode(chosen[-1][0].encode()).decode() if more else None


def matches(view: dict, filters: list[dict], known: dict[str, tuple[str, ...]]) -> bool:
    """RDS filters: every filter must match, one of its values suffices; identifiers may be given as ARNs."""
    for f in filters or []:
        name, values = f.get("Name"), {str(v).lower() for v in f.get("Values") or ()}
        if name not in known:
            raise refuse("InvalidParameterValue", f"Unrecognized filter name: {name}")
        if not values & {str(view.get(key)).lower() for key in known[name]}:
            return False
    return True
