"""The part of the control API that makes an account: snapshots, rates, quotas, keys, metrics, exports, jobs of AWS Backup.

POST /snapshots  /share           see seeds.py               POST, GET, DELETE /throttle      see throttle.py
POST /exports    GET /exports     see rds_exports.py         POST /quota /certificates /support    see rds_account.py
POST /key        GET /key         see keys.py                POST /metric /metric-page        see metrics.py
POST /upkeep {"kind","id","api"}  sets what a Describe shows of clusters or instances (id: glob): PreferredBackupWindow,
                                  AwsBackupRecoveryPointArn, ReadReplicaSourceDBInstanceIdentifier...; null takes it away
POST /jobs       GET /jobs        see backup_history.py      POST /plans /vault-lock          see backup_history.py
"""

from pathlib import Path

from . import backup_history, clock, keys, metrics, rds_account, rds_exports, seeds


class AccountControl:
    def post_snapshots(self, given: dict) -> dict:
        return seeds.add(self.world, given)

    def post_share(self, given: dict) -> dict:
        return seeds.share(self.world, given)

    def post_throttle(self, given: dict) -> dict:
        return {"id": self.throttles.add(given)}

    def get_throttle(self, _) -> list:
        return self.throttles.listing()

    def delete_throttle(self, asked: dict) -> dict:
        self.throttles.clear(int(asked["id"]) if "id" in asked else None)
        return {}

    def post_exports(self, given: dict) -> dict:
        self.world.knobs.exports.append({"task": given["task"], "message": given.get("message", "FAILED on purpose")})
        return {}

    def get_exports(self, _) -> list:
        return rds_exports.listing(self.world.regions)

    def post_quota(self, given: dict) -> dict:
        return rds_account.say(self.world, given)

    def post_certificates(self, given: dict) -> dict:
        clock.parse(given["until"])
        self.world.knobs.certificates[given.get("region", self.facts["region"]), given["id"]] = given["until"]
        return {}

    def post_support(self, given: dict) -> dict:
        return rds_account.say_support(self.world, given)

    def post_key(self, given: dict) -> dict:
        return keys.say(self.world, given)

    def get_key(self, _) -> dict:
        return self.world.knobs.keys

    def post_metric(self, given: dict) -> dict:
        return metrics.add(self.world, given)

    def post_metric_page(self, given: dict) -> dict:
        return metrics.page(Path(self.facts["folder"]) / "metric-page", given)

    def post_upkeep(self, given: dict) -> dict:
        chosen = self._chosen(given)
        for record in chosen:
            for name, value in given["api"].items():
                if value is None:
                    record.api.pop(name, None)
                else:
                    record.api[name] = with_times(value)
        return {"changed": [r.id for r in chosen]}

    def post_jobs(self, given: dict) -> dict:
        return backup_history.add(self.world, given)

    def get_jobs(self, _) -> list:
        return backup_history.listing()

    def post_plans(self, given: dict) -> dict:
        return backup_history.plan(given)

    def post_vault_lock(self, given: dict) -> dict:
        return backup_history.lock(given)


def with_times(value):
    """`CertificateDetails` has a time in it."""
    if isinstance(value, dict):
        return {key: clock.parse(one) if key == "ValidTill" else with_times(one) for key, one in value.items()}
    return value
