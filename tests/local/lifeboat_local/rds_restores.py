"""Restores: to a point in time and from a snapshot, of clusters and of instances.

The answer comes at once with status `creating`; the recovery runs behind it. A recovery that fails leaves the copy in
`incompatible-restore`, as on AWS.
"""

import sys
import time
from datetime import datetime

from . import clock, documents, keys, views
from .rds_base import Base, default_cluster, default_instance
from .world import Record, check_tags, identifier, refuse

# All that AWS takes over from a source when nobody asks for anything. Windows, storage types and what else it assigns anew or
# does not promise to take over are lost here.
KEPT_BY_CLUSTER = ("BackupRetentionPeriod", "MasterUsername", "DatabaseName", "AllocatedStorage")
KEPT_BY_INSTANCE = (
    "BackupRetentionPeriod", "MasterUsername", "DBName", "AllocatedStorage", "LicenseModel", "DBInstanceClass", "OptionGroupMemberships",
)  # fmt: skip


class RestoreCalls(Base):
    # -- clusters ----------------------------------------------------------------------------------------------------------

    def restore_db_cluster_to_point_in_time(self):
        p = self.p
        id = identifier(p.get("DBClusterIdentifier"), "DBClusterIdentifier")
        with self.world.lock:
            source = self._source(p, "SourceDBClusterIdentifier", "SourceDbClusterResourceId", self.get_cluster, self.here.clusters,
                                  self.here.retained_clusters, "DbClusterResourceId", "DBClusterAutomatedBackupNotFoundFault")  # fmt: skip
            if source.engine == "docdb":
                documents.check(p, documents.UNKNOWN_TO_A_TIME)
            if p.get("RestoreType") == "copy-on-write" and not p.get("RestoreToTime"):
                moment = clock.exact()  # a clone is of the live volume
            else:
                moment = self._moment(source, p, "RestoreToTime", "InvalidParameterValue")
            if p.get("RestoreType") == "copy-on-write" and p.get("RestoreToTime"):
                raise refuse("InvalidParameterCombination", "RestoreToTime can't be specified for a copy-on-write restore.")
            copy = self._copy_of_cluster(id, p, source, source.api, source.tags, source.api["EngineVersion"])
        return self._restore_cluster(copy, source, moment, None)

    def restore_db_cluster_from_snapshot(self):
        p = self.p
        id = identifier(p.get("DBClusterIdentifier"), "DBClusterIdentifier")
        engine = self.engine(p.get("Engine"), cluster=True)
        with self.world.lock:
            snapshot = self.get_snapshot("cluster-snapshot", p.get("SnapshotIdentifier"))
            if self.world.shown(snapshot) != "available":
                raise refuse("InvalidDBClusterSnapshotStateFault", f"Snapshot {snapshot.id} is not in available state.")
            if snapshot.engine != engine:
                raise refuse("InvalidParameterCombination", f"Cannot restore a {snapshot.engine} snapshot as {engine}.")
            if engine == "docdb":
                documents.check(p, documents.UNKNOWN_FROM_A_SNAPSHOT)
            # no version asked for: the engine's default, not the snapshot's, as on AWS
            copy = self._copy_of_cluster(id, p, snapshot, snapshot.api["SourceApi"], snapshot.api["SourceTags"], p.get("EngineVersion"))
        return self._restore_cluster(copy, snapshot, None, snapshot.point)

    def _copy_of_cluster(self, id: str, p: dict, source: Record, settings: dict, tags: list[dict], version: str | None) -> Record:
        api = default_cluster(source.engine, version, self.region)
        api |= {key: settings[key] for key in KEPT_BY_CLUSTER if settings.get(key) is not None}
        self.encryption(api, p, source)
        given = {key: value for key, value in p.items() if key not in ("Engine", "EngineVersion", "KmsKeyId", "MasterUsername")}
        if source.engine == "docdb":
            api["DeletionProtection"] = documents.protected(p)
        copy = self.new_cluster(id, api, given, check_tags(p["Tags"]) if p.get("Tags") else list(tags))
        copy.restored = True
        self.world.new_vault(copy, p.get("Port"))
        return copy

    def _restore_cluster(self, copy: Record, source: Record, moment: datetime | None, point):
        world, begun = self.world, time.monotonic()

        def work() -> None:
            if not self._recover(copy, source, moment, point):
                return
            world.pause(copy, "cluster", begun)
            if self._locked_out(copy):
                return
            with world.lock:
                copy.status = "available"
                self.tell(copy, "0170")
            self._first_backup(copy)

        world.job(copy, work)
        return self.answer("DBCluster", copy)

    # -- instances ---------------------------------------------------------------------------------------------------------

    def restore_db_instance_to_point_in_time(self):
        p = self.p
        id = identifier(p.get("TargetDBInstanceIdentifier"), "TargetDBInstanceIdentifier")
        with self.world.lock:
            source = self._source(p, "SourceDBInstanceIdentifier", "SourceDbiResourceId", self.get_instance, self.here.instances,
                                  self.here.retained_instances, "DbiResourceId", "DBInstanceAutomatedBackupNotFound")  # fmt: skip
            if source.api.get("DBClusterIdentifier"):
                raise refuse("InvalidParameterValue", "The source is a member of a DB cluster; restore the cluster.")
            if int(source.api["BackupRetentionPeriod"]) == 0:
                raise refuse(
                    "PointInTimeRestoreNotEnabled",
                    f"Point in time restore is not enabled for {source.id}: its backup retention period is 0.",
                )
            moment = self._moment(source, p, "RestoreTime", "InvalidParameterValue")
            copy = self._copy_of_instance(id, p, source, source.api, source.tags)
        return self._restore_instance(copy, source, moment, None, "0019")

    def restore_db_instance_from_db_snapshot(self):
        p = self.p
        id = identifier(p.get("DBInstanceIdentifier"), "DBInstanceIdentifier")
        with self.world.lock:
            snapshot = self.get_snapshot("snapshot", p.get("DBSnapshotIdentifier"))
            if self.world.shown(snapshot) != "available":
                raise refuse("InvalidDBSnapshotState", f"Snapshot {snapshot.id} is not in available state.")
            if p.get("Engine") and p["Engine"] != snapshot.engine:
                raise refuse("InvalidParameterCombination", f"Cannot restore a {snapshot.engine} snapshot as {p['Engine']}.")
            copy = self._copy_of_instance(id, p, snapshot, snapshot.api["SourceApi"], snapshot.api["SourceTags"])
        return self._restore_instance(copy, snapshot, None, snapshot.point, "0043")

    def _copy_of_instance(self, id: str, p: dict, source: Record, settings: dict, tags: list[dict]) -> Record:
        api = default_instance(source.engine, source.api["EngineVersion"], self.region)
        api |= {key: settings[key] for key in KEPT_BY_INSTANCE if settings.get(key) is not None}
        self.encryption(api, p, source)
        given = {key: value for key, value in p.items() if key not in ("Engine", "EngineVersion", "KmsKeyId", "MasterUsername")}
        if int(p.get("AllocatedStorage") or api["AllocatedStorage"]) < int(settings.get("AllocatedStorage") or 0):
            raise refuse("InvalidParameterValue", f"AllocatedStorage can't be less than that of the source, {settings['AllocatedStorage']} GiB.")
        if p.get("Iops") and not p.get("StorageType"):
            api["StorageType"] = "io1"
        copy = self.new_instance(id, api, given, check_tags(p["Tags"]) if p.get("Tags") else list(tags))
        copy.restored = True
        self.world.new_vault(copy, p.get("Port"))
        return copy

    def _restore_instance(self, copy: Record, source: Record, moment: datetime | None, point, event: str):
        world, begun = self.world, time.monotonic()

        def work() -> None:
            if not self._recover(copy, source, moment, point):
                return
            world.pause(copy, "instance", begun)
            if self._locked_out(copy):
                return
            self.come_up(copy, begun)
            self.tell(copy, event, source=source.id, target=copy.id)
            if int(copy.api["BackupRetentionPeriod"]) > 0:
                self._first_backup(copy)

        world.job(copy, work)
        return self.answer("DBInstance", copy)

    # -- common ------------------------------------------------------------------------------------------------------------

    def _source(self, p, by_name, by_resource, get, store, retained, resource_key, not_found) -> Record:
        if p.get(by_name):
            source = get(p[by_name])
        elif wanted := p.get(by_resource):
            candidates = [r for r in (*store.values(), *retained) if r.api[resource_key].lower() == wanted.lower()]
            if not candidates:
                raise refuse(not_found, f"No automated backup for resource {wanted}.")
            source = candidates[0]
        else:
            raise refuse("InvalidParameterCombination", f"{by_name} or {by_resource} must be specified.")
        if source.status == "creating":
            code = "InvalidDBClusterStateFault" if source.kind == "cluster" else "InvalidDBInstanceState"
            raise refuse(code, f"{source.id} is not in available state: creating")
        return source

    def _moment(self, source: Record, p: dict, parameter: str, outside: str) -> datetime:
        asked, latest = p.get(parameter), p.get("UseLatestRestorableTime")
        if bool(asked) == bool(latest):
            raise refuse("InvalidParameterCombination", f"Either {parameter} or UseLatestRestorableTime must be specified, and not both.")
        window = views.window(self.world, source)
        if window is None:
            raise refuse(outside, f"{source.id} has no restorable time yet.")
        if latest:
            return window[1]
        if not window[0] <= asked <= window[1]:
            raise refuse(
                outside,
                f"The specified time {clock.text(asked)} is not in the restorable window of {source.id}, {clock.text(window[0])} to {clock.text(window[1])}.",
            )
        return asked

    def _recover(self, copy: Record, source: Record, moment: datetime | None, point) -> bool:
        """The real recovery; False and `incompatible-restore` when it fails."""
        if copy.vault is None:
            return True
        try:
            copy.database = source.vault.restore_into(copy.vault, moment, point)
            self.world.check_alive(copy)
            return True
        except Exception as error:  # noqa: BLE001 - every failure of a recovery ends in the same status
            if self.here.store(copy.kind).get(copy.id) is not copy:
                self.world.drop_database(copy)
                return False
            print(f"restore of {copy.id} failed: {error}", file=sys.stderr, flush=True)
            copy.status = "incompatible-restore"
            if copy.kind == "instance":
                self.tell(copy, "0031", status="incompatible-restore")
            return False

    def _locked_out(self, copy: Record) -> bool:
        """Whether the key was taken away while the restore ran: nothing leads out of that status but the key."""
        if keys.is_usable(self.world, copy.api.get("KmsKeyId"), self.region):
            return False
        copy.status = "inaccessible-encryption-credentials"
        return True

    def _first_backup(self, copy: Record) -> None:
        if copy.vault:
            copy.vault.base_backup()
