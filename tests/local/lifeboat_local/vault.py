"""Where a server's backups live: base backups and the archived write-ahead log, and the restores made from them.

A vault outlives its server as long as somebody holds it: the cluster itself, a snapshot, a retained automated backup, or a
restore under way. A snapshot is a named restore point in the archive, which costs next to nothing and restores for real.

PostgreSQL refuses to stop recovery at a time that is later than the last commit it finds, and a quiet server commits nothing.
So before anything reads the archive, `flush` makes the server commit a mark, closes the segment and waits for the archiver.
"""

import threading
import time
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

from . import clock
from .port import Port
from .postgres import Broken, Kit, Server

_numbers = count(1)


class Vault:
    def __init__(self, kit: Kit, port: Port) -> None:
        self.kit, self.port, self.number = kit, port, next(_numbers)
        self.folder = kit.folder_for(f"vault{self.number}")
        self.wal = self.folder / "wal"
        self.wal.mkdir(mode=0o700)
        kit.own(self.wal)
        self.bases: list[tuple[datetime, Path, datetime]] = []  # (stands for all from, folder, really taken), in the order of taking
        self.server: Server | None = None
        self.holders: set[str] = set()
        self.lock = threading.RLock()

    def hold(self, who: str) -> None:
        with self.lock:
            self.holders.add(who)

    def release(self, who: str) -> None:
        with self.lock:
            self.holders.discard(who)
            if not self.holders:
                self.kit.trash(self.folder)

    def new_server(self) -> Server:
        self.server = Server(self.kit, f"server{self.number}", self.wal, self.port)
        return self.server

    def base_backup(self, settled_seconds: float = 0) -> None:
        """`settled_seconds`: what is there now counts as having been there for so long, and a restore to any time since then
        brings just that."""
        server = self.server
        folder = self.folder / f"base{next(_numbers)}"
        with server.lock:
            self.kit.run(self.kit.bin / "pg_basebackup", "-h", server.home, "-p", server.port.number, "-U", "rdsadmin", "-D", folder,
                         "-c", "fast", "-X", "none", "--no-manifest", "--no-sync")  # fmt: skip
        with self.lock:
            taken = clock.exact()
            self.bases.append((taken - timedelta(seconds=settled_seconds), folder, taken))

    def flush(self, restore_point: str | None = None) -> None:
        server = self.server
        if server is None or server.closed:
            return  # gone; its last flush was made when it was deleted
        with server.lock, server.connect() as c:
            if restore_point:
                c.execute("SELECT pg_create_restore_point(%s)", (restore_point,))
            c.execute("SELECT pg_logical_emit_message(true, 'lifeboat', 'mark')")
            segment = c.execute("SELECT pg_walfile_name(pg_switch_wal())").fetchone()[0]
        end = time.monotonic() + 20
        while not (self.wal / segment).exists():
            if time.monotonic() > end:
                raise Broken(f"segment {segment} was not archived")
            time.sleep(0.01)

    def close_server(self) -> None:
        """Ends the server so that every moment up to now stays restorable."""
        self.port.release()
        if self.server and not self.server.closed:
            try:
                self.flush()
            except Exception:  # noqa: BLE001 - a server that cannot flush is deleted all the same
                pass
            self.server.close()

    def restore_into(self, target: "Vault", time_: datetime | None = None, point: tuple[str, datetime] | None = None) -> Server:
        """A new server in `target`'s name with this vault's data as of a time or a restore point."""
        holder = f"restore-{id(target)}"
        self.hold(holder)
        try:
            self.flush()
            moment = point[1] if point else time_
            with self.lock:
                before = [base for base in self.bases if base[2 if point else 0] <= moment]
                if not self.bases:
                    raise Broken("there is no base backup")
                _, base, taken = (before or self.bases[:1])[-1]
            if not before or moment < taken:
                aim = {"recovery_target": "immediate"}  # the oldest state of it that there is
            elif point:
                aim = {"recovery_target_name": point[0]}
            else:
                aim = {"recovery_target_time": moment.isoformat(sep=" ") + "+00"}
            server = target.new_server()
            server.recover(base, {"restore_command": f'cp "{self.wal}/%f" "%p"', **aim})
            return server
        finally:
            self.release(holder)

    def damage(self) -> None:
        """Makes the backups unreadable, for tests of backups that turn out not to restore."""
        for _, base, _ in self.bases:
            (base / "global" / "pg_control").write_bytes(b"\0" * 8192)
