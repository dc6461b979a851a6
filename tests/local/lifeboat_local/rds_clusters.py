"""Clusters: create, describe, modify, delete, stop, start.

A cluster is a volume first: its server runs from the beginning but answers on its port only while an instance is up.
"""

import time

from . import clock, rds_account, rds_renames, views
from .rds_base import Base, cluster_settings, default_cluster
from .rds_snapshots import automatic_snapshot, final_snapshot, forget_automatic
from .world import KMS, Record, check_tags, identifier, refuse

FILTERS = {
    "db-cluster-id": ("DBClusterIdentifier", "DBClusterArn"), "db-cluster-resource-id": ("DbClusterResourceId",), "engine": ("Engine",),
    "clone-group-id": ("CloneGroupId",), "domain": (),
}  # fmt: skip


class ClusterCalls(Base):
    def create_db_cluster(self):
        p, world = self.p, self.world
        id = identifier(p.get("DBClusterIdentifier"), "DBClusterIdentifier")
        engine = self.engine(p.get("Engine"), cluster=True)
        if not p.get("MasterUsername"):
            raise refuse("InvalidParameterValue", "The parameter MasterUsername must be provided and must not be blank.")
        managed = p.get("ManageMasterUserPassword")
        if not managed and len(p.get("MasterUserPassword") or "") < 8:
            raise refuse("InvalidParameterValue", "The parameter MasterUserPassword must have at least 8 characters.")
        with world.lock:
            cluster = self.new_cluster(id, default_cluster(engine, p.get("EngineVersion"), self.region), p, check_tags(p.get("Tags") or []))
            if cluster.api["StorageEncrypted"]:
                cluster.api.setdefault("KmsKeyId", KMS.format(region=self.region))
            password = world.secrets.create(cluster, p.get("MasterUserSecretKmsKeyId")) if managed else p["MasterUserPassword"]
            world.new_vault(cluster, p.get("Port"))
        begun = time.monotonic()

        def work() -> None:
            if cluster.vault:
                server = cluster.vault.new_server()
                server.create(cluster.api["MasterUsername"], password, cluster.api.get("DatabaseName"))
                cluster.database = server
                cluster.vault.base_backup()
            world.pause(cluster, "cluster", begun)
            with world.lock:
                cluster.status = "available"
                if cluster.secret:
                    cluster.secret["SecretStatus"] = "active"
                self.tell(cluster, "0170")
            automatic_snapshot(self, cluster)

        world.job(cluster, work)
        return self.answer("DBCluster", cluster)

    def new_cluster(self, id: str, api: dict, p: dict, tags: list[dict]) -> Record:
        """The record of a cluster to be, or the refusal of a name that is taken; called under the lock."""
        rds_renames.must_be_free(self.here.clusters, "cluster", id)
        rds_account.must_fit(self.world, self.region, "DBClusters", len(self.here.clusters))
        cluster = Record("cluster", "cluster", self.region, id)
        cluster.api, cluster.tags = api, tags
        cluster_settings(cluster.api, p)
        if not 1 <= int(cluster.api["BackupRetentionPeriod"]) <= 35:
            raise refuse("InvalidParameterValue", "Invalid backup retention period. Must be between 1 and 35.")
        self.here.clusters[id] = cluster
        return cluster

    def describe_db_clusters(self):
        with self.world.lock:
            if id := self.p.get("DBClusterIdentifier"):
                chosen = [self.get_cluster(id)]
            else:
                chosen = list(self.here.clusters.values())
            found = [(c.id, views.cluster(self.world, self.here, c)) for c in chosen]
        return self.listing("DBClusters", [f for f in found if views.matches(f[1], self.p.get("Filters"), FILTERS)])

    def modify_db_cluster(self):
        p, world = self.p, self.world
        with world.lock:
            cluster = self.get_cluster(p.get("DBClusterIdentifier"))
            if cluster.status != "available":
                raise refuse("InvalidDBClusterStateFault", f"DB Cluster {cluster.id} is not in available state: {cluster.status}")
            rds_renames.asked(self.here.clusters, cluster, p)
            try:
                password = self.password_change(cluster, p)
                cluster_settings(cluster.api, p)
            except Exception:
                cluster.becomes = None  # a call that is refused changes nothing
                raise
            new = cluster.becomes
            rds_renames.groups_wait(cluster, self.here.members(cluster), p)
            cluster.status = "renaming" if new else "modifying"
        begun = time.monotonic()

        def work() -> None:
            world.pause(cluster, "modify", begun)
            with world.lock:
                if new:
                    old = cluster.id
                    rds_renames.done(self.here.clusters, cluster, self.here.members(cluster))
                    self.tell(cluster, "0172", old=old, new=new)
                cluster.status = "available"
            self.apply_password(cluster, password, begun)

        world.job(cluster, work)
        return self.answer("DBCluster", cluster)

    # -- the master password, for clusters and instances -----------------------------------------------------------------

    def password_change(self, record: Record, p: dict) -> str | None:
        """The new password, if one is asked for; a managed one becomes a secret that is still `creating`."""
        managed, given = p.get("ManageMasterUserPassword"), p.get("MasterUserPassword")
        if managed and given:
            raise refuse("InvalidParameterCombination", "You can't specify MasterUserPassword together with ManageMasterUserPassword.")
        if managed and not record.secret:
            return self.world.secrets.create(record, p.get("MasterUserSecretKmsKeyId"))
        if given and record.secret and managed is not False:
            raise refuse("InvalidParameterCombination", "The master user password is managed in Secrets Manager.")
        if managed is False:
            if not given:
                raise refuse("InvalidParameterCombination", "MasterUserPassword is needed when ManageMasterUserPassword is turned off.")
            self.world.secrets.delete(record)
        return given

    def apply_password(self, record: Record, password: str | None, begun: float) -> None:
        if password is None:
            return
        if record.secret:
            self.world.pause(record, "secret", begun)
        if record.database and record.database.real:
            record.database.set_password(record.api["MasterUsername"], password)
        if record.secret:
            record.secret["SecretStatus"] = "active"

    # -- the end ---------------------------------------------------------------------------------------------------------

    def delete_db_cluster(self):
        p, world = self.p, self.world
        with world.lock:
            cluster = self.get_cluster(p.get("DBClusterIdentifier"))
            if cluster.api.get("DeletionProtection"):
                raise refuse(
                    "InvalidParameterCombination", "Cannot delete protected Cluster, please disable deletion protection and try again."
                )
            if cluster.status in ("creating", "deleting", "stopped", "stopping", "starting"):
                raise refuse("InvalidDBClusterStateFault", f"DB cluster {cluster.id} can't be deleted in state {cluster.status}.")
            if any(m.status != "deleting" for m in self.here.members(cluster)):
                raise refuse(
                    "InvalidDBClusterStateFault", "Cluster cannot be deleted, it still contains DB instances in non-deleting state."
                )
            final = final_snapshot(self, cluster, "FinalDBSnapshotIdentifier", self.here.cluster_snapshots)
            before = self.answer("DBCluster", cluster)  # AWS answers with the state before
            cluster.status = "deleting"
        begun = time.monotonic()

        def work() -> None:
            if final:
                final()
            world.pause(cluster, "delete", begun)
            while (
                world.shown(cluster) == "deleting" and world.knobs.pinned("cluster", cluster.id) == "deleting" or self.here.members(cluster)
            ):
                world.pause(cluster, "delete", time.monotonic() - 0.1)
                time.sleep(0.05)
            ended = clock.now()  # before the last mark is written: everything up to here can be restored
            world.drop_database(cluster)
            with world.lock:
                del self.here.clusters[cluster.id]
                self.tell(cluster, "0171")
                if p.get("DeleteAutomatedBackups") is False and cluster.engine != "docdb":
                    cluster.ended = ended
                    self.here.retained_clusters.append(cluster)
                else:
                    forget_automatic(self, cluster)
            world.secrets.delete(cluster)

        world.job(cluster, work)
        return before

    def stop_db_cluster(self):
        return self._turn("available", "stopping", "stopped")

    def start_db_cluster(self):
        return self._turn("stopped", "starting", "available")

    def _turn(self, needed: str, passing: str, reached: str):
        world = self.world
        with world.lock:
            cluster = self.get_cluster(self.p.get("DBClusterIdentifier"))
            if cluster.status != needed:
                raise refuse("InvalidDBClusterStateFault", f"DbCluster {cluster.id} is in {cluster.status} state but expected {needed}.")
            records = [cluster, *self.here.members(cluster)]
            for record in records:
                record.status = passing
        begun = time.monotonic()

        def work() -> None:
            if passing == "stopping":
                world.refresh_exposure(cluster)
            world.pause(cluster, "modify", begun)
            for record in records:
                record.status = reached
            world.refresh_exposure(cluster)

        world.job(cluster, work)
        return self.answer("DBCluster", cluster)
