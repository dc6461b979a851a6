"""Proves the local stack, part by part: starts one, uses it as a program would, stops it, and looks for leftovers.

    .venv/bin/python tests/local/smoke.py [part ...]

Each part prints what it showed; the first assertion that does not hold ends the run with exit code 1.
"""

import os
import signal
import sys
import threading
import time

from smoke_parts.accounts import accounts
from smoke_parts.backups import deletion, snapshots
from smoke_parts.configuration import configuration
from smoke_parts.cutover import cutover
from smoke_parts.damage import damage, jobs
from smoke_parts.documents import documents
from smoke_parts.ending import endings
from smoke_parts.failures import faults, reset
from smoke_parts.harness import Stack
from smoke_parts.instances import instances, proxies
from smoke_parts.lifecycle import lifecycle
from smoke_parts.regions import regions
from smoke_parts.restores import recovery, secrets, tls
from smoke_parts.retained import retained
from smoke_parts.services import main_endpoint
from smoke_parts.vault_facts import vault_facts
from smoke_parts.vaults import vaults

PARTS = [main_endpoint, recovery, tls, secrets, snapshots, deletion, instances, faults, vaults, documents, retained, regions, proxies, lifecycle, accounts, vault_facts, configuration, cutover, damage, jobs, reset]


def main() -> None:
    chosen = [part for part in (*PARTS, endings) if not sys.argv[1:] or part.__name__ in sys.argv[1:]]
    begun = time.monotonic()
    if any(part in PARTS for part in chosen):
        s = Stack("--restore-lag-seconds", "0")
        print(f"stack ready after {s.seconds:.1f} s: {s.facts['endpoint']}, RDS {s.facts['rds_endpoint']}", flush=True)
        watchdog = threading.Timer(600, lambda: os.kill(os.getpid(), signal.SIGALRM))
        watchdog.daemon = True
        watchdog.start()
        try:
            for part in (p for p in chosen if p in PARTS):
                at = time.monotonic()
                print(f"{part.__name__}", flush=True)
                part(s)
                print(f"      ({time.monotonic() - at:.1f} s)", flush=True)
        except BaseException:
            print((s.scratch / "log").read_text()[-4000:], file=sys.stderr)
            raise
        finally:
            watchdog.cancel()
            s.process.terminate()
            s.process.wait(15)
    if endings in chosen:
        print("endings", flush=True)
        endings()
    print(f"all shown in {time.monotonic() - begun:.0f} s")


if __name__ == "__main__":
    main()
