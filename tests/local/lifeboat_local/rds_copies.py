"""Copies of snapshots, within a region and into another one, and whom snapshots are shared with.

A copy is asked for in the region where it is to be. It holds its source's archive, so it restores for real whatever becomes
of the source, and it goes on naming the cluster or instance that its source was taken of.
"""

import time

from moto.core.responses import ActionResult

from . import clock, keys, rds_account
from .rds_snapshots import SnapshotCalls
from .world import Record, check_tags, identifier, refuse


MOST_COPIES = {"cluster-snapshot": 5, "snapshot": 20}  # under way in one region


class CopyCalls(SnapshotCalls):
    def copy_db_cluster_snapshot(self):
        return self._copy("cluster-snapshot", "DBClusterSnapshot")

    def copy_db_snapshot(self):
        return self._copy("snapshot", "DBSnapshot")

    def _copy(self, kind: str, name: str):
        p, world = self.p, self.world
        id = identifier(p.get(f"Target{name}Identifier"), f"Target{name}Identifier", 63 if kind == "cluster-snapshot" else 255)
        with world.lock:
            source = self.get_snapshot(kind, p.get(f"Source{name}Identifier"))
            if self.world.shown(source) != "available":
                raise refuse(
                    "InvalidDBClusterSnapshotStateFault" if kind == "cluster-snapshot" else "InvalidDBSnapshotState",
                    f"{source.id} is {self.world.shown(source)}.",
                )
            self._free(kind, id)
            encrypted, key = source.api.get("StorageEncrypted"), p.get("KmsKeyId")
            if p.get("SourceRegion") not in (None, source.region):
                raise refuse("InvalidParameterCombination", f"SourceRegion {p['SourceRegion']} is not the region of {source.arn}.")
            if source.region != self.region and encrypted and not key:
                raise refuse("InvalidParameterCombination", "KmsKeyId is needed to copy an encrypted snapshot to another region.")
            for one, region in ((key, self.region), (source.api.get("KmsKeyId"), source.region)):
                if one:
                    keys.must_be_usable(world, one, region)
            if kind == "cluster-snapshot" and key and not encrypted:
                raise refuse("InvalidParameterCombination", "An unencrypted cluster snapshot can't be encrypted by copying it.")
            rds_account.room_for_a_snapshot(world, self.here, self.region, kind)
            self._room_for_a_copy(kind)
            copy = Record(kind, kind, self.region, id)
            copy.status, copy.begun = "copying", time.monotonic()
            copy.api = {**source.api, "SnapshotType": "manual", "StorageEncrypted": bool(encrypted or key),
                        f"Source{name}Arn" if kind == "cluster-snapshot" else "SourceDBSnapshotIdentifier": source.arn}  # fmt: skip
            if key:
                copy.api["KmsKeyId"] = keys.arn(key, self.region)
            if kind == "snapshot":
                copy.api |= {"OriginalSnapshotCreateTime": source.api.get("OriginalSnapshotCreateTime", source.created)}
                copy.api |= {"SourceRegion": source.region} if source.region != self.region else {}
            copy.tags = check_tags(p.get("Tags") or []) or (source.tags if p.get("CopyTags") else [])
            copy.api.pop("SharedWith", None)  # whom the source is shared with
            copy.vault, copy.point = source.vault, source.point
            if copy.vault:
                copy.vault.hold(copy.key)
            self.here.store(kind)[id] = copy
        # RDS tells of copies of instances' snapshots only
        begun, done = ("0059", "0060") if source.region != self.region else ("0196", "0197")
        words = {"source": source.id, "region": source.region, "minutes": "1"}

        def work() -> None:
            if kind == "snapshot":
                self.tell(copy, begun, **words)
            world.pause(copy, "copy", copy.begun)
            copy.created, copy.status = clock.now(), "available"
            if kind == "snapshot":
                self.tell(copy, done, **words)

        world.job(copy, work)
        return self.answer(name, copy)

    def _room_for_a_copy(self, kind: str) -> None:
        under_way = [s for s in self.here.store(kind).values() if s.status == "copying"]
        if len(under_way) >= MOST_COPIES[kind]:
            raise refuse("SnapshotQuotaExceeded", f"Cannot copy more than {MOST_COPIES[kind]} snapshots to {self.region} at the same time.")

    def describe_db_cluster_snapshot_attributes(self):
        return self._attributes("cluster-snapshot", "DBClusterSnapshot")

    def describe_db_snapshot_attributes(self):
        return self._attributes("snapshot", "DBSnapshot")

    def modify_db_cluster_snapshot_attribute(self):
        return self._share("cluster-snapshot", "DBClusterSnapshot")

    def modify_db_snapshot_attribute(self):
        return self._share("snapshot", "DBSnapshot")

    def _share(self, kind: str, name: str):
        p = self.p
        snapshot = self.get_snapshot(kind, p.get(f"{name}Identifier"))
        if p.get("AttributeName") != "restore":
            raise refuse("InvalidParameterValue", f"Invalid attribute name: {p.get('AttributeName')}")
        if snapshot.api["SnapshotType"] != "manual":
            wrong = "InvalidDBClusterSnapshotStateFault" if kind == "cluster-snapshot" else "InvalidDBSnapshotState"
            raise refuse(wrong, f"Only manual snapshots can be shared: {snapshot.id}")
        accounts = [a for a in snapshot.api.get("SharedWith", []) if a not in (p.get("ValuesToRemove") or [])]
        snapshot.api["SharedWith"] = accounts + [a for a in p.get("ValuesToAdd") or [] if a not in accounts]
        return self._attributes(kind, name)

    def _attributes(self, kind: str, name: str):
        snapshot = self.get_snapshot(kind, self.p.get(f"{name}Identifier"))
        attributes = [{"AttributeName": "restore", "AttributeValues": snapshot.api.get("SharedWith", [])}]
        return ActionResult({f"{name}AttributesResult": {f"{name}Identifier": snapshot.id, f"{name}Attributes": attributes}})
