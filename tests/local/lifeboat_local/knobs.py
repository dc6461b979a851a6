"""What a test turns while the stack runs: how long things take, how far restorable time lags, and pinned statuses.

A pin changes what is *shown*, for resources that exist or will exist: the way to have a copy that is `creating` for ever or
comes up `incompatible-network`. Once a deletion has begun it shows again, unless the pin itself says `deleting`.
"""

import threading
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from itertools import count

FAST = {"cluster": 0.4, "instance": 0.4, "delete": 0.3, "secret": 0.4, "snapshot": 0.3, "copy": 0.3, "export": 0.2, "modify": 0.2, "backup": 0.5, "proxy": 0.6}
DEMO = {"cluster": 6.0, "instance": 8.0, "delete": 4.0, "secret": 3.0, "snapshot": 4.0, "copy": 4.0, "export": 4.0, "modify": 2.0, "backup": 6.0, "proxy": 4.0}
PROFILES = {"fast": FAST, "demo": DEMO, "instant": {name: 0.0 for name in FAST}}


def delays_from(text: str) -> dict[str, float]:
    """`fast`, `demo`, `instant`, or single delays on top of them: `demo,delete=1,cluster=20`."""
    delays = dict(FAST)
    for part in filter(None, (p.strip() for p in text.split(","))):
        name, _, value = part.partition("=")
        if not value and name in PROFILES:
            delays.update(PROFILES[name])
        elif value and name in FAST:
            delays[name] = float(value)
        else:
            raise ValueError(f"speed {part!r}: want one of {', '.join(PROFILES)} or NAME=SECONDS with NAME in {', '.join(FAST)}")
    return delays


@dataclass
class Knobs:
    delays: dict[str, float]
    lag: float
    pins: dict[int, dict] = field(default_factory=dict)
    windows: list[dict] = field(default_factory=list)
    endpoints: list[dict] = field(default_factory=list)
    exports: list[dict] = field(default_factory=list)  # that are to fail
    keys: dict[str, dict] = field(default_factory=dict)  # by ARN
    quotas: dict[tuple[str, str], int] = field(default_factory=dict)  # by region and name
    certificates: dict[tuple[str, str], str] = field(default_factory=dict)  # by region and identifier
    support: list[dict] = field(default_factory=list)  # of engines
    targets: list[dict] = field(default_factory=list)  # of proxies that stay in a state
    jobs: dict[tuple[str, str], list[dict]] = field(default_factory=dict)  # of Glue, by region and name: their runs
    lock: threading.Lock = field(default_factory=threading.Lock)
    ids: count = field(default_factory=lambda: count(1))

    def pin(self, kind: str, id: str, status: str) -> int:
        if kind not in ("cluster", "instance", "snapshot"):
            raise ValueError("kind: want cluster, instance or snapshot")
        with self.lock:
            number = next(self.ids)
            self.pins[number] = {"pin": number, "kind": kind, "id": id, "status": status}
            return number

    def unpin(self, number: int | None) -> None:
        with self.lock:
            if number is None:
                self.pins.clear()
            else:
                self.pins.pop(number, None)

    def pinned(self, kind: str, id: str) -> str | None:
        kind = "snapshot" if kind.endswith("snapshot") else kind
        with self.lock:
            hits = [p for p in self.pins.values() if p["kind"] == kind and fnmatchcase(id, p["id"])]
        return hits[-1]["status"] if hits else None

    def window(self, kind: str, id: str) -> dict:
        """Overrides of the restorable window, for tests of a backup that has stopped or reaches not far enough back."""
        found: dict = {}
        for w in list(self.windows):
            if w["kind"] == kind and fnmatchcase(id, w["id"]):
                found.update(w)
        return found

    def forget(self) -> None:
        """What a reset takes back besides pins."""
        for said in (self.windows, self.endpoints, self.exports, self.keys, self.quotas, self.certificates, self.support, self.targets, self.jobs):
            said.clear()

    def endpoint(self, kind: str, id: str) -> dict:
        """Where a test wants a cluster or an instance to be found: a double that stands for a server."""
        hits = [e for e in list(self.endpoints) if e["kind"] == kind and fnmatchcase(id, e["id"])]
        return hits[-1] if hits else {}
