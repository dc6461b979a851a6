"""The part of the control API for databases that are lost: their end, their data, proxies, jobs of Glue.

POST /gone {"kind": "cluster" | "instance", "id", "region"?, "retained"?: false}   databases (id: glob) are gone at once, members and protection or
                                  not; `retained` keeps their automated backups
POST /settled {"kind", "id", "region"?, "seconds"}   what is in them now counts as having been there for so long: what a restore to any time
                                  since then brings, until the data changes
POST /proxies /proxy-targets      see rds_proxies.py         POST, GET /glue-runs             see glue.py
"""

from types import SimpleNamespace

from . import clock, glue, rds_proxies, rds_snapshots
from .world import Record, World


class RecoveryControl:
    def post_gone(self, given: dict) -> dict:
        if given["kind"] not in ("cluster", "instance"):
            raise ValueError("kind: want cluster or instance")
        chosen = self._chosen(given)
        for record in chosen:
            gone(self.world, record, bool(given.get("retained")))
        return {"changed": [r.id for r in chosen]}

    def post_settled(self, given: dict) -> dict:
        chosen = [r for r in self._chosen(given) if r.vault]
        for record in chosen:
            record.vault.base_backup(float(given["seconds"]))
        return {"changed": [r.id for r in chosen]}

    def post_proxies(self, given: dict) -> dict:
        return rds_proxies.add(self.world, given)

    def post_proxy_targets(self, given: dict) -> dict:
        return rds_proxies.say(self.world, given)

    def delete_proxy_targets(self, asked: dict) -> dict:
        self.world.knobs.targets[:] = [t for t in self.world.knobs.targets if asked.get("proxy") not in (None, t["proxy"])]
        return {}

    def post_glue_runs(self, given: dict) -> dict:
        return glue.add(self.world, given)

    def get_glue_runs(self, _) -> list:
        return glue.listing(self.world)


def gone(world: World, record: Record, retained: bool) -> None:
    here, cluster = world.regions[record.region], record.kind == "cluster"
    with world.lock:
        for member in here.members(record) if cluster else []:
            here.instances.pop(member.id, None)
        here.store(record.kind).pop(record.id, None)
        kept = retained and not record.api.get("DBClusterIdentifier") and int(record.api["BackupRetentionPeriod"]) > 0
        record.status, record.ended = "deleting", clock.now()
    world.drop_database(record)  # everything up to here can be restored
    with world.lock:
        if kept:
            (here.retained_clusters if cluster else here.retained_instances).append(record)
        elif not record.api.get("DBClusterIdentifier"):
            rds_snapshots.forget_automatic(SimpleNamespace(world=world), record)
    world.secrets.delete(record)
