"""The rest: tags, automated backups, events; and the class that moto dispatches to."""

from moto.core.responses import ActionResult
from moto.rds.responses import RDSResponse

from . import events, views
from .rds_account import AccountCalls
from .rds_base import Base
from .rds_clusters import ClusterCalls
from .rds_copies import CopyCalls
from .rds_exports import ExportCalls
from .rds_instances import InstanceCalls
from .rds_proxies import ProxyCalls
from .rds_restores import RestoreCalls
from .rds_roles import RoleCalls
from .rds_snapshots import forget_automatic
from .world import Record, check_tags, refuse

NOT_FOUND = {
    "cluster": "DBClusterNotFoundFault",
    "db": "DBInstanceNotFound",
    "cluster-snapshot": "DBClusterSnapshotNotFoundFault",
    "snapshot": "DBSnapshotNotFound",
}


class TagCalls(Base):
    def _tagged(self) -> Record | None:
        """The record behind the ARN; None leaves the call to moto (subnet groups, parameter groups...)."""
        arn = self.p.get("ResourceName") or ""
        record = self.world.find_by_arn(arn)
        kind = arn.split(":", 6)[5] if arn.count(":") >= 6 else ""
        if record is None and kind in NOT_FOUND:
            raise refuse(NOT_FOUND[kind], f"{arn} not found.")
        return record

    def list_tags_for_resource(self):
        record = self._tagged()
        return ActionResult({"TagList": record.tags}) if record else RDSResponse.list_tags_for_resource(self)

    def add_tags_to_resource(self):
        with self.world.lock:
            if not (record := self._tagged()):
                return RDSResponse.add_tags_to_resource(self)
            merged = {t["Key"]: t for t in record.tags} | {t["Key"]: t for t in check_tags(self.p.get("Tags") or [])}
            record.tags = check_tags(list(merged.values())) if len(merged) > 50 else list(merged.values())
        return self.nothing()

    def remove_tags_from_resource(self):
        with self.world.lock:
            if not (record := self._tagged()):
                return RDSResponse.remove_tags_from_resource(self)
            record.tags = [t for t in record.tags if t["Key"] not in (self.p.get("TagKeys") or [])]
        return self.nothing()


class AutomatedBackupCalls(Base):
    def describe_db_cluster_automated_backups(self):
        return self._backups("DBClusterAutomatedBackups", self.here.clusters, self.here.retained_clusters, "DbClusterResourceId", "DBClusterIdentifier",
                             {"status": ("Status",), "db-cluster-id": ("DBClusterIdentifier", "DBClusterArn"), "db-cluster-resource-id": ("DbClusterResourceId",)})  # fmt: skip

    def describe_db_instance_automated_backups(self):
        return self._backups("DBInstanceAutomatedBackups", self.here.instances, self.here.retained_instances, "DbiResourceId", "DBInstanceIdentifier",
                             {"status": ("Status",), "db-instance-id": ("DBInstanceIdentifier", "DBInstanceArn"), "dbi-resource-id": ("DbiResourceId",)})  # fmt: skip

    def _backups(self, name: str, live: dict, retained: list, resource_key: str, id_key: str, filters: dict):
        p = self.p
        with self.world.lock:
            active = [
                r
                for r in live.values()
                if int(r.api["BackupRetentionPeriod"]) > 0 and not r.api.get("DBClusterIdentifier") and r.status != "creating"
                and r.engine != "docdb"  # fmt: skip
            ]
            found = [
                (f"{r.id}/{r.key}", views.automated_backup(self.world, self.here, r, r.ended is not None)) for r in (*active, *retained)
            ]
        for key in (resource_key, id_key):
            if wanted := p.get(key):
                found = [f for f in found if f[1][key].lower() == wanted.lower()]
        return self.listing(name, [f for f in found if views.matches(f[1], p.get("Filters"), filters)])

    def delete_db_cluster_automated_backup(self):
        return self._forget(
            "DBClusterAutomatedBackup", self.here.retained_clusters, "DbClusterResourceId", "DBClusterAutomatedBackupNotFoundFault"
        )

    def delete_db_instance_automated_backup(self):
        return self._forget("DBInstanceAutomatedBackup", self.here.retained_instances, "DbiResourceId", "DBInstanceAutomatedBackupNotFound")

    def _forget(self, name: str, retained: list, resource_key: str, not_found: str):
        wanted = (self.p.get(resource_key) or "").lower()
        with self.world.lock:
            for record in [r for r in retained if r.api[resource_key].lower() == wanted]:
                view = views.automated_backup(self.world, self.here, record, True) | {"Status": "deleting"}
                retained.remove(record)
                forget_automatic(self, record)
                return ActionResult({name: view})
        raise refuse(not_found, f"No retained automated backup for {wanted}.")

    def describe_events(self):
        found, marker = events.describe(self.here, self.p)
        return ActionResult({"Events": found, "Marker": marker})


class RdsCalls(
    ClusterCalls, InstanceCalls, RoleCalls, CopyCalls, RestoreCalls, ExportCalls, AccountCalls, TagCalls, AutomatedBackupCalls, ProxyCalls
):  # fmt: skip
    """Everything that is not here is moto's own: parameter groups, subnet groups, option groups, subscriptions."""
