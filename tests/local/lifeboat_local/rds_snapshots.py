"""Snapshots of clusters and of instances: create, copy, describe, delete; automated and final ones.

A snapshot of a real server is a restore point in its archive, which it keeps alive after the source is gone.
"""

import time
import uuid
from datetime import timedelta

from . import clock, rds_account, views
from .rds_base import Base
from .world import Record, check_tags, identifier, refuse

CLUSTER_FILTERS = {
    "db-cluster-id": ("DBClusterIdentifier", "SourceArn"), "db-cluster-snapshot-id": ("DBClusterSnapshotIdentifier",),
    "snapshot-type": ("SnapshotType",), "engine": ("Engine",), "db-cluster-resource-id": ("DbClusterResourceId",),
}  # fmt: skip
INSTANCE_FILTERS = {
    "db-instance-id": ("DBInstanceIdentifier", "SourceArn"), "db-snapshot-id": ("DBSnapshotIdentifier",), "snapshot-type": ("SnapshotType",),
    "engine": ("Engine",), "dbi-resource-id": ("DbiResourceId",),
}  # fmt: skip
OF_CLUSTER = """Engine EngineVersion EngineMode AllocatedStorage AvailabilityZones MasterUsername StorageEncrypted KmsKeyId StorageType
    IAMDatabaseAuthenticationEnabled DbClusterResourceId Port BackupRetentionPeriod PreferredBackupWindow"""
OF_INSTANCE = """Engine EngineVersion AllocatedStorage AvailabilityZone MasterUsername StorageEncrypted KmsKeyId StorageType Iops LicenseModel
    DbiResourceId IAMDatabaseAuthenticationEnabled Port BackupRetentionPeriod PreferredBackupWindow"""
BEGUN_DONE = {  # the events of a snapshot, by kind and by being automated
    ("cluster-snapshot", False): ("0074", "0075"), ("cluster-snapshot", True): ("0168", "0169"),
    ("snapshot", False): ("0040", "0042"), ("snapshot", True): ("0090", "0091"),
}  # fmt: skip


def new_snapshot(calls: Base, source: Record, id: str, type: str, tags: list[dict] | None, region: str) -> Record:
    """The record, taken of the source as it is now; called under the lock."""
    cluster = source.kind == "cluster"
    kind = "cluster-snapshot" if cluster else "snapshot"
    snapshot = Record(kind, kind, region, id)
    snapshot.api = {key: source.api[key] for key in (OF_CLUSTER if cluster else OF_INSTANCE).split() if source.api.get(key) is not None}
    # what the description does not show but a restore needs
    snapshot.api |= {
        "SnapshotType": type,
        "VpcId": "vpc-local",
        "SourceArn": source.arn,
        "SourceTags": source.tags,
        "SourceApi": dict(source.api),
    }
    snapshot.api |= {
        f"{'DBCluster' if cluster else 'DBInstance'}Identifier": source.id,
        f"{'Cluster' if cluster else 'Instance'}CreateTime": source.created,
    }
    snapshot.tags = tags if tags is not None else (source.tags if source.api.get("CopyTagsToSnapshot") else [])
    if groups := source.api.get("OptionGroupMemberships"):
        snapshot.api["OptionGroupName"] = groups[0]["OptionGroupName"]
    snapshot.begun = time.monotonic()
    calls.world.regions[region].store(kind)[id] = snapshot
    if source.vault:
        snapshot.vault = source.vault
        snapshot.vault.hold(snapshot.key)
    return snapshot


def take(calls: Base, source: Record, snapshot: Record, begun: float) -> None:
    """The slow half: mark the archive and become available."""
    world, numbers = calls.world, BEGUN_DONE[(snapshot.kind, snapshot.api["SnapshotType"] == "automated")]
    calls.tell(snapshot, numbers[0])
    if source.vault:
        name = f"snapshot-{uuid.uuid4()}"
        source.vault.flush(restore_point=name)
        snapshot.point = (name, clock.exact())
    if begun:
        world.pause(snapshot, "snapshot", begun)
    snapshot.created = clock.now()
    snapshot.status = "available"
    calls.tell(snapshot, numbers[1])


def automatic_snapshot(calls: Base, source: Record) -> None:
    """The one that AWS takes by itself in the backup window; here right after the creation."""
    if int(source.api["BackupRetentionPeriod"]) > 0:
        with calls.world.lock:
            calls.world.check_alive(source)
            store, at = calls.here.store("cluster-snapshot" if source.kind == "cluster" else "snapshot"), clock.now()
            while (id := f"rds:{source.id}-{at:%Y-%m-%d-%H-%M}") in store:  # of one that had the name a moment ago
                at += timedelta(minutes=1)
            snapshot = new_snapshot(
                calls, source, id, "automated", source.tags if source.api.get("CopyTagsToSnapshot") else [], source.region
            )
        take(calls, source, snapshot, 0)


def final_snapshot(calls: Base, source: Record, parameter: str, store: dict):
    """What the deletion has to do first, or None; refuses a deletion that says neither skip nor a name."""
    p = calls.p
    if p.get("SkipFinalSnapshot"):
        if p.get(parameter):
            raise refuse("InvalidParameterCombination", f"{parameter} can not be specified when deleting with SkipFinalSnapshot.")
        return None
    if not p.get(parameter):
        raise refuse("InvalidParameterCombination", f"{parameter} is required unless SkipFinalSnapshot is specified.")
    id = identifier(p[parameter], parameter)
    if id in store:
        code = "DBClusterSnapshotAlreadyExistsFault" if source.kind == "cluster" else "DBSnapshotAlreadyExists"
        raise refuse(code, f"Snapshot {id} already exists.")
    snapshot = new_snapshot(calls, source, id, "manual", None, source.region)
    return lambda: take(calls, source, snapshot, 0)


def forget(calls: Base, store: dict, snapshot: Record) -> None:
    store.pop(snapshot.id, None)
    if snapshot.vault:
        snapshot.vault.release(snapshot.key)


def forget_automatic(calls: Base, source: Record) -> None:
    """With the automated backups go the automated snapshots and the archive."""
    store = calls.world.regions[source.region].store("cluster-snapshot" if source.kind == "cluster" else "snapshot")
    # by the id that RDS gave it: another database may have had its identifier before
    resource = "DbClusterResourceId" if source.kind == "cluster" else "DbiResourceId"
    for snapshot in [s for s in store.values() if s.api["SnapshotType"] == "automated" and s.api[resource] == source.api[resource]]:
        forget(calls, store, snapshot)
    if source.vault:
        source.vault.release(source.key)


class SnapshotCalls(Base):
    def create_db_cluster_snapshot(self):
        return self._create("cluster-snapshot", self.get_cluster, "DBClusterIdentifier", "DBClusterSnapshot", "InvalidDBClusterStateFault")

    def create_db_snapshot(self):
        return self._create("snapshot", self.get_instance, "DBInstanceIdentifier", "DBSnapshot", "InvalidDBInstanceState")

    def _create(self, kind: str, get, source_name: str, name: str, wrong_state: str):
        p, world = self.p, self.world
        id = identifier(p.get(f"{name}Identifier"), f"{name}Identifier", 63 if kind == "cluster-snapshot" else 255)
        tags = check_tags(p["Tags"]) if p.get("Tags") else None
        with world.lock:
            source = get(p.get(source_name))
            if source.status not in ("available", "backing-up"):
                raise refuse(wrong_state, f"{source.id} is not in available state: {source.status}")
            if kind == "snapshot" and source.api.get("DBClusterIdentifier"):
                raise refuse(
                    "InvalidParameterValue", "The specified instance is a member of a cluster and a snapshot cannot be created directly."
                )
            self._free(kind, id)
            rds_account.room_for_a_snapshot(self.world, self.here, self.region, kind)
            snapshot = new_snapshot(self, source, id, "manual", tags, self.region)
        begun = time.monotonic()
        world.job(snapshot, lambda: take(self, source, snapshot, begun))
        return self.answer(name, snapshot)

    def _free(self, kind: str, id: str) -> None:
        if id in self.here.store(kind):
            code = "DBClusterSnapshotAlreadyExistsFault" if kind == "cluster-snapshot" else "DBSnapshotAlreadyExists"
            raise refuse(code, f"Cannot create the snapshot because one with the identifier {id} already exists.")

    def get_snapshot(self, kind: str, id: str | None) -> Record:
        """By name here, or by ARN from any region."""
        found = self.world.find_by_arn(id) if (id or "").startswith("arn:") else self.here.store(kind).get((id or "").lower())
        if found is None or found.kind != kind:
            if kind == "cluster-snapshot":
                raise refuse("DBClusterSnapshotNotFoundFault", f"DBClusterSnapshot {id} not found.")
            raise refuse("DBSnapshotNotFound", f"DBSnapshot {id} not found.")
        return found

    def delete_db_cluster_snapshot(self):
        return self._delete("cluster-snapshot", "DBClusterSnapshot", "InvalidDBClusterSnapshotStateFault")

    def delete_db_snapshot(self):
        return self._delete("snapshot", "DBSnapshot", "InvalidDBSnapshotState")

    def _delete(self, kind: str, name: str, wrong_state: str):
        with self.world.lock:
            id = self.p.get(f"{name}Identifier") or ""
            if id.startswith("arn:") and id.split(":")[3] != self.region:
                raise refuse("InvalidParameterValue", f"{id} is not in {self.region}.")
            snapshot = self.get_snapshot(kind, id)
            if snapshot.api["SnapshotType"] != "manual" or ":" in snapshot.id:
                raise refuse(wrong_state, f"Cannot delete the snapshot because it is an {snapshot.api['SnapshotType']} one: {snapshot.id}")
            # a copy under way is cancelled by its deletion
            if (status := self.world.shown(snapshot)) not in ("available", "failed", "copying"):
                raise refuse(wrong_state, f"Snapshot {snapshot.id} is not in available state: {status}.")
            forget(self, self.here.store(kind), snapshot)
            if kind == "snapshot":
                self.tell(snapshot, "0041")
            return self.answer(name, snapshot)  # AWS answers with the state before

    def describe_db_cluster_snapshots(self):
        return self._describe("cluster-snapshot", "DBClusterSnapshot", "DBClusterIdentifier", CLUSTER_FILTERS)

    def describe_db_snapshots(self):
        return self._describe("snapshot", "DBSnapshot", "DBInstanceIdentifier", INSTANCE_FILTERS)

    def _describe(self, kind: str, name: str, source_name: str, filters: dict):
        p = self.p
        type, source = p.get("SnapshotType"), (p.get(source_name) or "").rsplit(":", 1)[-1].lower()
        if type and type not in ("automated", "manual", "shared", "public", "awsbackup"):
            raise refuse("InvalidParameterValue", f"Invalid snapshot type: {type}")
        with self.world.lock:
            if id := p.get(f"{name}Identifier"):
                chosen = [self.get_snapshot(kind, id)]
            else:
                chosen = list(self.here.store(kind).values())
            found = [
                (s.id, views.snapshot(self.world, self.here, s))
                for s in chosen
                if (not source or s.api[source_name] == source) and type in (None, s.api["SnapshotType"])
            ]
        return self.listing(f"{name}s", [f for f in found if views.matches(f[1], p.get("Filters"), filters)])
