"""Real PostgreSQL servers: one behind every aurora-postgresql cluster and every RDS `postgres` instance.

A server begins hidden (unix socket only): an Aurora volume without an instance answers nobody. The first available instance
opens it on its TCP port, with TLS only and scram passwords; the last one takes the port away again. Until then the port is
held by a bound socket that does not listen, so connections are refused and no one else can take it.

Where the programs come from and which user runs them is told in programs.py.
"""

import os
import pwd
import shutil
import signal
import subprocess
import threading
import time
import uuid
from pathlib import Path

import psycopg
from psycopg import sql

from .port import Port
from .programs import find_programs, servant, within_reach

OWNER = "rdsadmin"  # the superuser, as on RDS; the master user is not one
TUNING = {
    "shared_buffers": "16MB", "max_connections": "25", "fsync": "off", "full_page_writes": "off", "jit": "off",
    "max_worker_processes": "2", "max_parallel_workers": "0", "max_wal_senders": "3", "wal_level": "replica", "min_wal_size": "4MB",
    "max_wal_size": "128MB", "archive_mode": "on", "hot_standby": "off", "autovacuum_naptime": "5min", "logging_collector": "off",
    "password_encryption": "scram-sha-256", "ssl": "on", "ssl_min_protocol_version": "TLSv1.2", "timezone": "UTC", "log_timezone": "UTC",
}  # fmt: skip
HBA = """\
local   all          {owner}                trust
local   replication  {owner}                trust
hostssl all          {owner}  0.0.0.0/0     reject
hostssl all          all      127.0.0.0/8   scram-sha-256
hostssl all          all      ::1/128       scram-sha-256
"""


class Broken(Exception):
    """A server did not come up; the message is the end of its log."""


class Kit:
    """What all servers share: the programs, the user they run as, the certificate and a ready-made empty database."""

    def __init__(self, folder: Path, tls: dict[str, Path]) -> None:
        self.folder, self.tls = folder, tls
        self.user = servant()
        self.bin = within_reach(find_programs(), self.user, folder / "programs")
        self.template = folder / "template"
        self._ready = threading.Event()
        self._error: Exception | None = None
        self.own(folder)
        self.own(tls["key"])
        threading.Thread(target=self._make_template, daemon=True).start()

    def own(self, path: Path) -> None:
        if self.user:
            entry = pwd.getpwnam(self.user)
            os.chown(path, entry.pw_uid, entry.pw_gid)

    def folder_for(self, name: str) -> Path:
        path = self.folder / name
        path.mkdir(mode=0o700)
        self.own(path)
        return path

    def as_user(self) -> dict:
        if not self.user:
            return {}
        entry = pwd.getpwnam(self.user)
        return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}

    def trash(self, path: Path) -> None:
        """Out of the way at once, deleted when there is time."""
        try:
            away = self.folder / f"trash-{uuid.uuid4().hex}"
            path.rename(away)
            threading.Thread(target=shutil.rmtree, args=(away, True), daemon=True).start()
        except OSError:
            pass

    def run(self, *command: object) -> None:
        done = subprocess.run([str(c) for c in command], capture_output=True, text=True, cwd="/", **self.as_user())
        if done.returncode:
            raise Broken(f"{Path(str(command[0])).name}: {(done.stderr or done.stdout).strip()[-400:]}")

    def copy(self, source: Path, target: Path) -> None:
        self.run("/bin/cp", "-a", "--reflink=auto", source, target)

    def _make_template(self) -> None:
        try:
            # 1 MB segments: a switch of the log costs a sixteenth of the usual one, and every restore makes one
            self.run(self.bin / "initdb", "-D", self.template, "-U", OWNER, "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8",
                     "--wal-segsize=1", "--no-sync")  # fmt: skip
            (self.template / "pg_hba.conf").write_text(HBA.format(owner=OWNER))
        except Exception as error:  # noqa: BLE001 - reported by whoever needs the template
            self._error = error
        self._ready.set()

    def fresh_copy(self, target: Path) -> None:
        self._ready.wait()
        if self._error:
            raise self._error
        self.copy(self.template, target)


class Server:
    """One PostgreSQL server: its data folder, its port, its archive."""

    real = True

    def __init__(self, kit: Kit, name: str, archive: Path, port: Port) -> None:
        self.kit, self.home, self.archive = kit, kit.folder_for(name), archive
        self.data, self.log = self.home / "data", self.home / "server.log"
        self.port = port
        self.process: subprocess.Popen | None = None
        self.open = self.closed = False
        self.lock = threading.RLock()

    def create(self, user: str, password: str, database: str | None) -> None:
        self.kit.fresh_copy(self.data)
        with self.lock:
            self._start()
            with self.connect() as c:
                role = sql.Identifier(user)
                c.execute("CREATE ROLE rds_superuser")
                c.execute("GRANT pg_monitor, pg_signal_backend TO rds_superuser")
                if c.info.server_version >= 150000:  # the first that has the role
                    c.execute("GRANT pg_checkpoint TO rds_superuser")
                c.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEDB CREATEROLE PASSWORD {}").format(role, sql.Literal(password)))
                c.execute(sql.SQL("GRANT rds_superuser TO {}").format(role))
                c.execute(sql.SQL("ALTER DATABASE postgres OWNER TO {}").format(role))
                if database and database != "postgres":
                    c.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(database), role))

    def recover(self, base: Path, settings: dict[str, str]) -> None:
        """Starts from a base backup, replays the archive to the target and opens a new timeline there."""
        self.kit.copy(base, self.data)
        lines = "".join(f"{key} = '{value}'\n" for key, value in {**settings, "recovery_target_action": "promote"}.items())
        with self.lock:
            (self.data / "postgresql.auto.conf").write_text(lines)
            (self.data / "recovery.signal").touch()
            self.kit.own(self.data / "recovery.signal")
            self._start()

    def set_password(self, user: str, password: str) -> None:
        with self.lock, self.connect() as c:
            c.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(user), sql.Literal(password)))

    def show(self, open: bool) -> None:
        """Takes the TCP port or gives it back; it is a restart, because listening addresses are fixed at the start."""
        with self.lock:
            if self.open != open and not self.closed:
                self.stop()
                self.open = open
                self._start()

    def connect(self) -> psycopg.Connection:
        return psycopg.connect(
            host=str(self.home), port=self.port.number, user=OWNER, dbname="postgres", autocommit=True, connect_timeout=10
        )

    def _start(self) -> None:
        if self.closed:
            raise Broken("the server was closed")
        keep = f"cp %p {self.archive}/.%f && mv {self.archive}/.%f {self.archive}/%f"
        settings = {
            **TUNING, "archive_command": keep, "unix_socket_directories": self.home, "port": self.port.number,
            "listen_addresses": self.port.host if self.open else "", "ssl_cert_file": self.kit.tls["cert"], "ssl_key_file": self.kit.tls["key"],
        }  # fmt: skip
        arguments = [str(self.kit.bin / "postgres"), "-D", str(self.data)]
        for key, value in settings.items():
            arguments += ["-c", f"{key}={value}"]
        if self.open:
            self.port.release()
        with self.log.open("ab") as log:
            # its own session, so that Ctrl-C in a terminal reaches the stack only, which then stops it in order
            self.process = subprocess.Popen(arguments, stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd="/", start_new_session=True,
                                            **self.kit.as_user())  # fmt: skip
        self._wait_until_ready()

    def _wait_until_ready(self, seconds: float = 60) -> None:
        end, pid_file = time.monotonic() + seconds, self.data / "postmaster.pid"
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise Broken(self.last_words())
            try:
                lines = pid_file.read_text().splitlines()
                if len(lines) > 7 and lines[7].strip() == "ready" and int(lines[0]) == self.process.pid:
                    return
            except (OSError, ValueError):
                pass
            time.sleep(0.02)
        raise Broken(f"not ready after {seconds} s: {self.last_words()}")

    def last_words(self) -> str:
        try:
            return self.log.read_text(errors="replace")[-600:]
        except OSError:
            return "no log"

    def stop(self, how: int = signal.SIGINT) -> None:
        with self.lock:
            if self.process and self.process.poll() is None:
                self.process.send_signal(how)
                try:
                    self.process.wait(20)
                except subprocess.TimeoutExpired:
                    self.process.kill()
                    self.process.wait()
            self.process = None
            if not self.closed:
                self.port.hold()

    def close(self) -> None:
        """Stops for good and deletes the folder. The last shutdown archives what was still unarchived."""
        with self.lock:
            self.stop()
            self.closed = True
            self.port.release()
            self.kit.trash(self.home)

    def kill(self) -> None:
        """The quick end, when the whole stack goes down."""
        self.closed = True
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGQUIT)
