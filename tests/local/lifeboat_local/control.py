"""The control API under /lifeboat-local: how a test looks behind the endpoints and turns the knobs. All JSON.

GET  /calls?since=N&service=RDS   what was called            POST /delays {"cluster": 5}      how long things take
GET  /faults                      how often each struck      POST /lag {"seconds": 0}         restorable-time lag
POST /faults {...}                see faults.py              POST /pin {"kind","id","status"} pin a status (id: glob)
DELETE /faults[?id=N]             clear, let hung calls go   DELETE /pin[?pin=N]
POST /window {"kind","id","earliest_seconds"?,"latest_seconds"?}   a restorable window that is shorter or stale
DELETE /window[?id=glob]          as it was said; it is true again
POST /age {"kind","id","seconds"} makes existing clusters, instances or snapshots older than they are
POST /damage {"kind","id"}        makes the backups behind it unreadable: its restores end as incompatible-restore
POST /endpoint {"kind","id","host"?,"port"?}                       where a cluster or instance (id: glob) seems to answer
POST /region {"region","down","services"?,"kind"?}                 calls signed for the region are struck; see faults.py
POST /recovery-points {...}       see backup_points.py       GET  /events  /state             for people
POST /restore-jobs {...}          see backup_jobs.py         GET, DELETE /restore-jobs
what makes an account: see control_account.py; what is lost: see control_recovery.py
POST /reset                       no RDS resources, faults, pins; ministack keeps what it has
"""

import json
from datetime import timedelta
from fnmatch import fnmatchcase
from urllib.parse import parse_qs

from . import backup, backup_jobs, backup_points, clock, control_account, control_recovery
from .control_account import AccountControl
from .control_recovery import RecoveryControl
from .faults import Faults, Journal
from .throttle import Throttles
from .world import Record, World

HELP = __doc__ + control_account.__doc__ + control_recovery.__doc__


class Control(AccountControl, RecoveryControl):
    def __init__(self, world: World, faults: Faults, journal: Journal, facts: dict) -> None:
        self.world, self.faults, self.journal, self.facts, self.throttles = world, faults, journal, facts, Throttles()

    def answer(self, method: str, path: str, query: str, body: bytes) -> tuple[int, dict | list]:
        asked = {key: values[-1] for key, values in parse_qs(query).items()}
        action = getattr(self, f"{method.lower()}_{path.strip('/').replace('-', '_')}", None)
        if action is None:
            return 404, {"error": f"no {method} {path}", "help": HELP}
        try:
            given = json.loads(body) if body else {}
            return 200, action(given if method == "POST" else asked)
        except (ValueError, KeyError, TypeError) as error:
            return 400, {"error": f"{type(error).__name__}: {error}"}

    def get_(self, _) -> dict:
        return {"help": HELP, **self.facts}

    def get_calls(self, asked: dict) -> list:
        return self.journal.since(int(asked.get("since", 0)), asked.get("service"))

    def get_faults(self, _) -> list:
        return self.faults.listing()

    def post_faults(self, given: dict) -> dict:
        return {"id": self.faults.add(given)}

    def delete_faults(self, asked: dict) -> dict:
        self.faults.clear(int(asked["id"]) if "id" in asked else None)
        return {}

    def post_pin(self, given: dict) -> dict:
        return {"pin": self.world.knobs.pin(given["kind"], given["id"], given["status"])}

    def get_pin(self, _) -> list:
        return list(self.world.knobs.pins.values())

    def delete_pin(self, asked: dict) -> dict:
        self.world.knobs.unpin(int(asked["pin"]) if "pin" in asked else None)
        return {}

    def post_delays(self, given: dict) -> dict:
        delays = self.world.knobs.delays
        if unknown := set(given) - set(delays):
            raise ValueError(f"unknown delay {', '.join(sorted(unknown))}: want {', '.join(delays)}")
        delays.update({name: float(value) for name, value in given.items()})
        return delays

    def get_delays(self, _) -> dict:
        return self.world.knobs.delays

    def post_lag(self, given: dict) -> dict:
        self.world.knobs.lag = float(given["seconds"])
        return {"seconds": self.world.knobs.lag}

    def post_window(self, given: dict) -> dict:
        self.world.knobs.windows.append(
            {"kind": given["kind"], "id": given["id"]} | {k: float(v) for k, v in given.items() if k.endswith("_seconds")}
        )
        return {}

    def delete_window(self, asked: dict) -> dict:
        self.world.knobs.windows[:] = [w for w in self.world.knobs.windows if asked.get("id") not in (None, w["id"])]
        return {}

    def _chosen(self, given: dict) -> list[Record]:
        kind, glob = given["kind"], given["id"]
        stores = {"cluster": ("cluster",), "instance": ("instance",), "snapshot": ("cluster-snapshot", "snapshot")}[kind]
        found = [
            r for name, region in list(self.world.regions.items()) if given.get("region") in (None, name)
            for store in stores for r in region.store(store).values() if fnmatchcase(r.id, glob)
        ]  # fmt: skip
        if not found:
            raise ValueError(f"no {kind} {glob}")
        return found

    def post_age(self, given: dict) -> dict:
        chosen = self._chosen(given)
        for record in chosen:
            record.created -= timedelta(seconds=float(given["seconds"]))
        return {"changed": [r.id for r in chosen]}

    def post_damage(self, given: dict) -> dict:
        chosen = [r for r in self._chosen(given) if r.vault]
        for record in chosen:
            record.vault.damage()
        return {"changed": [r.id for r in chosen]}

    def post_recovery_points(self, given: dict) -> dict:
        return backup_points.add(self.world, given)

    def post_restore_jobs(self, given: dict) -> dict:
        return backup_jobs.wish(given)

    def get_restore_jobs(self, _) -> list:
        return list(backup_jobs.JOBS.values())

    def delete_restore_jobs(self, _) -> dict:
        backup_jobs.WISHES.clear()
        return {}

    def post_region(self, given: dict) -> dict:
        services = given.get("services", ["*"]) if given["down"] else []
        self.faults.region_down(given["region"], services, given.get("kind", "error"))
        return {}

    def post_endpoint(self, given: dict) -> dict:
        self.world.knobs.endpoints.append({key: given[key] for key in ("kind", "id", "host", "port") if key in given})
        return {}

    def get_events(self, _) -> list:
        return [e | {"Date": clock.text(e["Date"])} for region in self.world.regions.values() for e in region.events]

    def get_state(self, _) -> dict:
        """Everything that exists, with the folders and ports behind it."""
        return {
            name: {
                kind: {r.id: {"status": r.status, "port": r.port and r.port.number, "host": r.port and r.port.name, "pid": pid(r), "vault": r.vault and str(r.vault.folder)}
                       for r in region.store(kind).values()}
                for kind in ("cluster", "instance", "cluster-snapshot", "snapshot")
            }
            for name, region in self.world.regions.items()
        }  # fmt: skip

    def post_reset(self, _) -> dict:
        self.faults.clear()
        self.throttles.clear()
        self.world.reset()
        backup.reset()
        return {}


def pid(record: Record) -> int | None:
    return record.database.process.pid if record.database and record.database.real and record.database.process else None
