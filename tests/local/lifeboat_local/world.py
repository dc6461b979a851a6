"""What exists behind the RDS endpoint: clusters, instances, snapshots, retained backups, events, per region.

Handlers change the world under its lock and return at once; everything slow (starting servers, recovery, backups) runs in a
job thread while the status says `creating`. A job ends quietly when its record is gone or the world was reset.
"""

import re
import sys
import threading
import time
import traceback
import uuid
from collections import defaultdict
from datetime import datetime
from pathlib import Path

from moto.rds.exceptions import RDSClientError

from . import clock, tls
from .announce import Announcer
from .knobs import Knobs
from .master_secret import Secrets
from .port import NoServer, Port
from .postgres import Kit
from .vault import Vault

ACCOUNT, REGION = "123456789012", "eu-west-1"
ENGINES = {  # engine: (default version, port, has a real server, is a cluster engine)
    "aurora-postgresql": ("16.6", 5432, True, True), "aurora-mysql": ("8.0.mysql_aurora.3.08.0", 3306, False, True),
    "docdb": ("5.0.0", 27017, False, True), "postgres": ("16.6", 5432, True, False), "mysql": ("8.0.40", 3306, False, False),
    "mariadb": ("10.11.10", 3306, False, False),
}  # fmt: skip
BACKUP_KMS = "arn:aws:kms:{region}:" + ACCOUNT + ":key/00000000-0000-4000-8000-000000backup"  # aws/backup, of vaults
KMS = "arn:aws:kms:{region}:" + ACCOUNT + ":key/00000000-0000-4000-8000-00000000rds0"


def refuse(code: str, message: str) -> RDSClientError:
    """An RDS error; moto looks up the HTTP status of the code in the API model."""
    return RDSClientError(code, message)


class Gone(Exception):
    """The record a job works for was deleted, or the stack is going down."""


class Record:
    """One resource: `api` is what a Describe shows of it, the rest is how it is kept alive."""

    def __init__(self, kind: str, arn_type: str, region: str, id: str) -> None:
        self.kind, self.arn_type, self.region, self.id = kind, arn_type, region, id
        self.api: dict = {}
        self.status = "creating"
        self.created: datetime = clock.now()
        self.tags: list[dict] = []
        self.key = uuid.uuid4().hex  # who it is, whatever it is called
        self.database = None  # Server or NoServer
        self.vault: Vault | None = None
        self.port: Port | None = None
        self.secret: dict | None = None
        self.begun = 0.0  # when it was begun to be made, for its progress; monotonic
        self.restored = False
        self.point: tuple[str, datetime] | None = None  # of a snapshot
        self.ended: datetime | None = None  # of a retained backup
        self.becomes: str | None = None  # while it is renamed
        self.waits_for_reboot = False  # for its cluster's parameter group

    @property
    def arn(self) -> str:
        return f"arn:aws:rds:{self.region}:{ACCOUNT}:{self.arn_type}:{self.id}"

    @property
    def engine(self) -> str:
        return self.api["Engine"]


class Region:
    def __init__(self) -> None:
        self.clusters: dict[str, Record] = {}
        self.instances: dict[str, Record] = {}
        self.cluster_snapshots: dict[str, Record] = {}
        self.snapshots: dict[str, Record] = {}
        self.retained_clusters: list[Record] = []
        self.retained_instances: list[Record] = []
        self.events: list[dict] = []
        self.exports: dict[str, dict] = {}
        self.proxies: dict[str, dict] = {}

    def store(self, kind: str) -> dict[str, Record]:
        return {
            "cluster": self.clusters,
            "instance": self.instances,
            "cluster-snapshot": self.cluster_snapshots,
            "snapshot": self.snapshots,
        }[kind]

    def members(self, cluster: Record) -> list[Record]:
        found = [i for i in self.instances.values() if i.api.get("DBClusterIdentifier") == cluster.id]
        return sorted(found, key=lambda i: i.created)


class World:
    def __init__(self, folder: Path, data: Path, knobs: Knobs, ministack: str) -> None:
        self.knobs = knobs
        self.kit = Kit(data, tls.make(folder))
        self.ministack = ministack
        self.secrets, self.announcer = Secrets(ministack), Announcer(ministack)
        self.lock = threading.RLock()
        self.regions: defaultdict[str, Region] = defaultdict(Region)
        self.vaults: list[Vault] = []
        self.stopping = threading.Event()
        self.era = 0  # counts resets

    # -- jobs ---------------------------------------------------------------------------------------------------------

    def job(self, record: Record, work) -> None:
        era = self.era

        def run() -> None:
            try:
                work()
            except Gone:
                pass
            except Exception as error:  # noqa: BLE001 - a job has nobody to raise to
                if era == self.era and not self.stopping.is_set():
                    print(f"{record.kind} {record.id}: {error}", file=sys.stderr, flush=True)
                    traceback.print_exc()

        threading.Thread(target=run, daemon=True, name=f"{record.kind}-{record.id}").start()

    def pause(self, record: Record, delay: str, since: float) -> None:
        """Waits until `delay` seconds after `since`; the delay may be changed meanwhile."""
        era = self.era
        while (left := since + self.knobs.delays[delay] - time.monotonic()) > 0:
            if self.stopping.wait(min(left, 0.1)) or era != self.era:
                raise Gone
        self.check_alive(record)

    def check_alive(self, record: Record) -> None:
        if self.regions[record.region].store(record.kind).get(record.id) is not record:
            raise Gone

    def shown(self, record: Record) -> str:
        pin = self.knobs.pinned(record.kind, record.id)
        if pin and (record.status != "deleting" or pin == "deleting"):
            return pin
        return record.status

    # -- databases ----------------------------------------------------------------------------------------------------

    def new_vault(self, record: Record, port: int | None) -> None:
        """Gives the record a port and a database: a vault for a real server to come, or nobody who listens."""
        record.port = Port(port)
        if ENGINES[record.engine][2]:
            record.vault = Vault(self.kit, record.port)
            record.vault.hold(record.key)
            self.vaults.append(record.vault)
        else:
            record.database = NoServer(record.port)

    def refresh_exposure(self, cluster: Record) -> None:
        """A cluster answers on its port while it has an instance that is up."""
        if cluster.database and cluster.database.real:
            up = any(m.status in ("available", "modifying", "renaming") for m in self.regions[cluster.region].members(cluster))
            cluster.database.show(up)

    def drop_database(self, record: Record) -> None:
        if record.vault:
            record.vault.close_server()
        elif record.database:
            record.database.close()

    # -- the whole ----------------------------------------------------------------------------------------------------

    def find_by_arn(self, arn: str) -> Record | None:
        parts = arn.split(":", 6)
        if len(parts) < 7 or parts[5] not in ("cluster", "db", "cluster-snapshot", "snapshot"):
            return None
        kind = "instance" if parts[5] == "db" else parts[5]
        return self.regions[parts[3]].store(kind).get(parts[6].lower())

    def reset(self) -> None:
        with self.lock:
            self.era += 1
            records = [r for region in self.regions.values() for r in (*region.clusters.values(), *region.instances.values())]
            vaults, self.vaults = self.vaults, []
            self.regions.clear()
            self.knobs.unpin(None)
            self.knobs.forget()
        for record in records:
            self.secrets.delete(record)
            if record.port:
                record.port.release()
        for vault in vaults:
            if vault.server:
                vault.server.kill()
                vault.server.close()
            vault.holders.clear()
            vault.release("")

    def stop(self) -> None:
        self.stopping.set()
        servers = [v.server for v in self.vaults if v.server]
        for server in servers:
            server.kill()
        for server in servers:
            if server.process:
                try:
                    server.process.wait(5)
                except Exception:  # noqa: BLE001 - the janitor has the last word
                    pass


IDENTIFIER = re.compile(r"[a-z](?:-?[a-z0-9])*")


def identifier(value: str | None, parameter: str, longest: int = 63) -> str:
    """Lower-cases an identifier, as AWS stores it, and refuses what AWS refuses."""
    if not value:
        raise refuse("MissingParameter", f"The request must contain the parameter {parameter}.")
    name = value.lower()
    if not IDENTIFIER.fullmatch(name) or len(name) > longest:
        raise refuse(
            "InvalidParameterValue",
            f"The parameter {parameter} is not a valid identifier. Identifiers must begin with a letter; must contain only ASCII "
            f"letters, digits, and hyphens; must not end with a hyphen or contain two consecutive hyphens; at most {longest} characters.",
        )
    return name


TAG = re.compile(r"[\w\s.:/=+\-@]*")


def check_tags(tags: list[dict]) -> list[dict]:
    if len(tags) > 50:
        raise refuse("InvalidParameterValue", "A resource can have at most 50 tags.")
    seen = set()
    for tag in tags:
        key, value = tag.get("Key") or "", tag.get("Value") or ""
        if not 1 <= len(key) <= 128 or len(value) > 256 or not TAG.fullmatch(key) or not TAG.fullmatch(value):
            raise refuse(
                "InvalidParameterValue", f"Invalid tag {key!r}={value!r}: letters, spaces, digits and _ . : / = + - @ are allowed."
            )
        if key.lower().startswith(("aws:", "rds:")) or key in seen:
            raise refuse("InvalidParameterValue", f"Tag key {key!r} is reserved or given twice.")
        seen.add(key)
    return [{"Key": t["Key"], "Value": t.get("Value") or ""} for t in tags]
