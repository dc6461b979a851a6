"""Instances: members of clusters, and RDS instances with a server of their own."""

import time

from . import clock, rds_account, rds_renames, views
from .rds_base import Base, default_instance, instance_settings
from .rds_snapshots import automatic_snapshot, final_snapshot, forget_automatic
from .world import ENGINES, KMS, Record, check_tags, identifier, refuse

FILTERS = {
    "db-cluster-id": ("DBClusterIdentifier", "ClusterArn"), "db-instance-id": ("DBInstanceIdentifier", "DBInstanceArn"), "engine": ("Engine",),
    "dbi-resource-id": ("DbiResourceId",), "domain": (),
}  # fmt: skip
OF_THE_CLUSTER = ("MasterUsername", "MasterUserPassword", "ManageMasterUserPassword", "AllocatedStorage", "DBName", "VpcSecurityGroupIds",
                  "BackupRetentionPeriod", "PreferredBackupWindow")  # fmt: skip
TAGS_OF_A_DOCUMENTDB_INSTANCE = 10


class InstanceCalls(Base):
    def create_db_instance(self):
        p, world = self.p, self.world
        id = identifier(p.get("DBInstanceIdentifier"), "DBInstanceIdentifier")
        engine = self.engine(p.get("Engine"), cluster=False)
        tags = check_tags(p.get("Tags") or [])
        if not p.get("DBInstanceClass"):
            raise refuse("MissingParameter", "The request must contain the parameter DBInstanceClass.")
        if ENGINES[engine][3]:
            return self._create_member(id, engine, p, tags)
        if not p.get("MasterUsername"):
            raise refuse("InvalidParameterValue", "The parameter MasterUsername must be provided and must not be blank.")
        managed = p.get("ManageMasterUserPassword")
        if not managed and len(p.get("MasterUserPassword") or "") < 8:
            raise refuse("InvalidParameterValue", "The parameter MasterUserPassword must have at least 8 characters.")
        with world.lock:
            instance = self.new_instance(id, default_instance(engine, p.get("EngineVersion"), self.region), p, tags)
            if instance.api["StorageEncrypted"]:
                instance.api.setdefault("KmsKeyId", KMS.format(region=self.region))
            password = world.secrets.create(instance, p.get("MasterUserSecretKmsKeyId")) if managed else p["MasterUserPassword"]
            world.new_vault(instance, p.get("Port"))
        begun = time.monotonic()

        def work() -> None:
            if instance.vault:
                server = instance.vault.new_server()
                server.create(instance.api["MasterUsername"], password, instance.api.get("DBName"))
                instance.database = server
                if int(instance.api["BackupRetentionPeriod"]) > 0:
                    instance.vault.base_backup()
            self.come_up(instance, begun)
            if instance.secret:
                instance.secret["SecretStatus"] = "active"
            automatic_snapshot(self, instance)

        world.job(instance, work)
        return self.answer("DBInstance", instance)

    def _create_member(self, id: str, engine: str, p: dict, tags: list[dict]):
        world = self.world
        if not p.get("DBClusterIdentifier"):
            raise refuse("InvalidParameterCombination", f"DBClusterIdentifier is required for engine {engine}.")
        wrong = [name for name in OF_THE_CLUSTER if p.get(name) is not None]
        if wrong:
            raise refuse(
                "InvalidParameterCombination",
                f"The requested DB Instance will be a member of a DB Cluster. Set {wrong[0]} for the DB Cluster.",
            )
        if engine == "docdb" and len(tags) > TAGS_OF_A_DOCUMENTDB_INSTANCE:
            raise refuse("InvalidParameterValue", f"At most {TAGS_OF_A_DOCUMENTDB_INSTANCE} tags can be given with a DocumentDB instance.")
        with world.lock:
            cluster = self.get_cluster(p["DBClusterIdentifier"])
            if cluster.engine != engine:
                raise refuse(
                    "InvalidParameterCombination",
                    f"The engine name requested for your DB instance ({engine}) doesn't match the engine name of your DB cluster ({cluster.engine}).",
                )
            if world.shown(cluster) != "available":
                raise refuse("InvalidDBClusterStateFault", f"DB cluster {cluster.id} is not in available state: {world.shown(cluster)}")
            if p["DBInstanceClass"] == "db.serverless" and not cluster.api.get("ServerlessV2ScalingConfiguration"):
                raise refuse(
                    "InvalidParameterCombination",
                    "Set the Serverless v2 scaling configuration on the parent DB cluster before creating a Serverless v2 DB instance.",
                )
            api = default_instance(engine, cluster.api["EngineVersion"], self.region) | {
                "PubliclyAccessible": False,
                "DBClusterIdentifier": cluster.id,
            }
            instance = self.new_instance(id, api, p, tags)
        begun = time.monotonic()

        def work() -> None:
            self.come_up(instance, begun)

        world.job(instance, work)
        return self.answer("DBInstance", instance)

    def new_instance(self, id: str, api: dict, p: dict, tags: list[dict]) -> Record:
        """The record of an instance to be, or the refusal of a name that is taken; called under the lock."""
        rds_renames.must_be_free(self.here.instances, "instance", id)
        rds_account.must_fit(self.world, self.region, "DBInstances", len(self.here.instances))
        instance = Record("instance", "db", self.region, id)
        instance.api, instance.tags = api, tags
        instance_settings(instance.api, p)
        if not 0 <= int(instance.api["BackupRetentionPeriod"]) <= 35:
            raise refuse("InvalidParameterValue", "Invalid backup retention period. Must be between 0 and 35.")
        self.here.instances[id] = instance
        return instance

    def come_up(self, instance: Record, begun: float) -> None:
        """The last step of every creation: wait, open the port, be available."""
        world = self.world
        world.pause(instance, "instance", begun)
        cluster = self.here.clusters.get(instance.api.get("DBClusterIdentifier") or "")
        if cluster and cluster.database and cluster.database.real:
            cluster.database.show(True)
        elif instance.database and instance.database.real:
            instance.database.show(True)
        with world.lock:
            if instance.status == "creating":
                instance.status = "available"
                instance.created = clock.now()
                self.tell(instance, "0005")

    def describe_db_instances(self):
        with self.world.lock:
            if id := self.p.get("DBInstanceIdentifier"):
                chosen = [self.get_instance(id)]
            else:
                chosen = list(self.here.instances.values())
            found = [(i.id, views.instance(self.world, self.here, i)) for i in chosen]
        arns = {c.id: c.arn for c in self.here.clusters.values()}
        chosen = [f for f in found if views.matches(f[1] | {"ClusterArn": arns.get(f[1].get("DBClusterIdentifier"))}, self.p.get("Filters"), FILTERS)]
        return self.listing("DBInstances", chosen)

    def modify_db_instance(self):
        p, world = self.p, self.world
        with world.lock:
            instance = self.get_instance(p.get("DBInstanceIdentifier"))
            if instance.status != "available":
                raise refuse("InvalidDBInstanceState", f"Database instance is not in available state: {instance.status}")
            if instance.api.get("DBClusterIdentifier") and (p.get("ManageMasterUserPassword") or p.get("MasterUserPassword")):
                raise refuse("InvalidParameterCombination", "Set the master user password on the DB cluster.")
            if instance.api.get("DBClusterIdentifier") and (set_here := [n for n in ("BackupRetentionPeriod", "DeletionProtection") if p.get(n) is not None]):
                raise refuse("InvalidParameterCombination", f"The DB instance is a member of a DB cluster. Set {set_here[0]} for the DB cluster.")
            rds_renames.asked(self.here.instances, instance, p)
            try:
                password = self.password_change(instance, p)
                instance_settings(instance.api, p)
            except Exception:
                instance.becomes = None  # a call that is refused changes nothing
                raise
            new = instance.becomes
            rds_renames.groups_wait(instance, [], p)
            instance.status = "renaming" if new else "modifying"
        begun = time.monotonic()

        def work() -> None:
            world.pause(instance, "modify", begun)
            with world.lock:
                if new:
                    rds_renames.done(self.here.instances, instance, [])
                instance.status = "available"
            self.apply_password(instance, password, begun)

        world.job(instance, work)
        return self.answer("DBInstance", instance)

    def reboot_db_instance(self):
        world = self.world
        with world.lock:
            instance = self.get_instance(self.p.get("DBInstanceIdentifier"))
            if instance.status != "available":
                raise refuse("InvalidDBInstanceState", f"Instance {instance.id} is not in available state.")
            instance.status = "rebooting"
        begun = time.monotonic()

        def work() -> None:
            world.pause(instance, "modify", begun)
            with world.lock:
                rds_renames.rebooted(instance)
                instance.status = "available"

        world.job(instance, work)
        return self.answer("DBInstance", instance)

    def delete_db_instance(self):
        p, world = self.p, self.world
        with world.lock:
            instance = self.get_instance(p.get("DBInstanceIdentifier"))
            member = bool(instance.api.get("DBClusterIdentifier"))
            if not member and instance.api.get("DeletionProtection"):
                raise refuse(
                    "InvalidParameterCombination", "Cannot delete protected DB Instance, please disable deletion protection and try again."
                )
            if instance.status == "deleting":
                raise refuse("InvalidDBInstanceState", f"Instance {instance.id} is already being deleted.")
            final = None if member else final_snapshot(self, instance, "FinalDBSnapshotIdentifier", self.here.snapshots)
            instance.status = "deleting"
        begun = time.monotonic()

        def work() -> None:
            if final:
                final()
            parent = self.here.clusters.get(instance.api.get("DBClusterIdentifier") or "")
            if parent:
                world.refresh_exposure(parent)
            world.pause(instance, "delete", begun)
            while world.knobs.pinned("instance", instance.id) == "deleting":
                world.pause(instance, "delete", time.monotonic() - 0.1)
                time.sleep(0.05)
            ended = clock.now()  # before the last mark is written: everything up to here can be restored
            world.drop_database(instance)
            with world.lock:
                del self.here.instances[instance.id]
                self.tell(instance, "0003")
                if not member and p.get("DeleteAutomatedBackups") is False and int(instance.api["BackupRetentionPeriod"]) > 0:
                    instance.ended = ended
                    self.here.retained_instances.append(instance)
                elif not member:
                    forget_automatic(self, instance)
            world.secrets.delete(instance)

        world.job(instance, work)
        return self.answer("DBInstance", instance)
