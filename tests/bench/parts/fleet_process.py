"""The fake account as the bench sees it: a process, an account in it, what has happened to it."""

import json
import select
import subprocess
import sys
from pathlib import Path

from .fleet import Fleet

PATIENCE_SECONDS = 120
HERE = Path(__file__).resolve().parent.parent


class FleetAws:
    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        command = [sys.executable, "-m", "parts.fleet_aws", str(folder)]
        self.popen = subprocess.Popen(command, cwd=HERE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        try:
            facts = self._line()
        except BaseException:
            self.end()
            raise
        self.ca, self.endpoint = Path(facts["ca"]), f"https://{facts['host']}:{facts['port']}"

    def make(self, fleet: Fleet, throttle: dict | None = None) -> None:
        """A new account in place of the one before"""
        self._say({"fleet": fleet.numbers(), "throttle": throttle or {}})

    def told(self) -> dict:
        """Calls, refusals, deletions since the account was made"""
        return self._say({})

    def _say(self, wanted: dict) -> dict:
        self.popen.stdin.write(json.dumps(wanted) + "\n")
        self.popen.stdin.flush()
        return self._line()

    def _line(self) -> dict:
        """The next line; it never says two at a time, so nothing waits in a buffer"""
        ready, _, _ = select.select([self.popen.stdout], [], [], PATIENCE_SECONDS)
        line = self.popen.stdout.readline() if ready else ""
        if not line:
            raise SystemExit(f"the fake AWS {'ended' if ready else f'said nothing for {PATIENCE_SECONDS} s'}")
        return json.loads(line)

    def end(self) -> None:
        self.popen.kill()
        self.popen.wait()
