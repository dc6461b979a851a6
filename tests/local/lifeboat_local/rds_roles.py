"""Roles that a database takes on: added and removed one by one, `PENDING` for a while."""

import time

from moto.core.responses import ActionResult

from . import rds_account
from .rds_base import Base
from .world import Record, refuse

WORDS = {"cluster": ("DBCluster", "InvalidDBClusterStateFault", "DBClusterRoles"), "instance": ("DBInstance", "InvalidDBInstanceState", "DBInstanceRoles")}


class RoleCalls(Base):
    def add_role_to_db_cluster(self):
        return self._add(lambda: self.get_cluster(self.p.get("DBClusterIdentifier")))

    def add_role_to_db_instance(self):
        if not self.p.get("FeatureName"):
            raise refuse("MissingParameter", "The request must contain the parameter FeatureName.")
        return self._add(lambda: self.get_instance(self.p.get("DBInstanceIdentifier")))

    def remove_role_from_db_cluster(self):
        return self._remove(lambda: self.get_cluster(self.p.get("DBClusterIdentifier")))

    def remove_role_from_db_instance(self):
        return self._remove(lambda: self.get_instance(self.p.get("DBInstanceIdentifier")))

    def _named(self, record: Record) -> list[dict]:
        same = (self.p.get("RoleArn"), self.p.get("FeatureName") or None)
        return [r for r in record.api["AssociatedRoles"] if (r["RoleArn"], r.get("FeatureName")) == same]

    def _add(self, find):
        p, world = self.p, self.world
        with world.lock:
            record = find()
            name, wrong_state, quota = WORDS[record.kind]
            if world.shown(record) != "available":
                raise refuse(wrong_state, f"{record.id} is not in available state: {world.shown(record)}")
            if self._named(record):
                raise refuse(f"{name}RoleAlreadyExists", f"The role {p['RoleArn']} is already associated with {record.id}.")
            if len(record.api["AssociatedRoles"]) >= rds_account.most(world, self.region, quota):
                raise refuse(f"{name}RoleQuotaExceeded", f"{record.id} has as many roles as it may have.")
            role = {"RoleArn": p["RoleArn"], "Status": "PENDING"} | ({"FeatureName": p["FeatureName"]} if p.get("FeatureName") else {})
            record.api["AssociatedRoles"] = [*record.api["AssociatedRoles"], role]
        begun = time.monotonic()

        def work() -> None:
            world.pause(record, "modify", begun)
            role["Status"] = "ACTIVE"

        world.job(record, work)
        return self.nothing()

    def _remove(self, find):
        with self.world.lock:
            record = find()
            if not (found := self._named(record)):
                raise refuse(f"{WORDS[record.kind][0]}RoleNotFound", f"The role {self.p.get('RoleArn')} is not associated with {record.id}.")
            record.api["AssociatedRoles"] = [r for r in record.api["AssociatedRoles"] if r not in found]
        return self.nothing()

    def enable_http_endpoint(self):
        """Only the flag: there is no Data API here."""
        record = self.world.find_by_arn(self.p["ResourceArn"])
        if record is None or record.kind != "cluster":
            raise refuse("ResourceNotFoundFault", "The cluster does not exist.")
        if self.world.shown(record) != "available" or not record.engine.startswith("aurora"):
            raise refuse("InvalidResourceStateFault", f"The Data API can't be enabled for {record.id}: {record.engine}, {self.world.shown(record)}.")
        record.api["HttpEndpointEnabled"] = True
        return ActionResult({"ResourceArn": record.arn, "HttpEndpointEnabled": True})
