"""The call log and the faults: what was asked, and what goes wrong on purpose.

A fault waits for a call by name (`CreateDBInstance`, `Describe*`, `S3:PutObject`) and by parameters (globs), lets the first
`after` of them pass, and then strikes `times` times (-1: always). With a `region` it waits for calls signed for that region
only; `POST /region` makes the fault that strikes every call there. What it does:

    error          answers an error instead of doing it           delay        waits, then does it
    error_after    does it and answers an error                   hang_before  never answers, does nothing
    drop_after     does it and cuts the connection                hang_after   does it, never answers: a lost reply
"""

import threading
import time
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from itertools import count

from . import clock
from .wire import Call

KINDS = ("error", "error_after", "delay", "hang_before", "hang_after", "drop_before", "drop_after")
LONGEST_HANG = 900


@dataclass
class Fault:
    id: int
    operation: str
    match: dict
    times: int
    after: int
    fault: dict
    region: str | None = None
    seen: int = 0
    hits: int = 0
    over: threading.Event = field(default_factory=threading.Event)

    def meets(self, call: Call) -> bool:
        names = (call.name, f"{call.service}:{call.operation}")
        if self.region not in (None, call.region) or not any(fnmatchcase(name, self.operation) for name in names):
            return False
        return all(fnmatchcase(str(call.params.get(key, "")), str(glob)) for key, glob in self.match.items())

    def shown(self) -> dict:
        return {"id": self.id, "operation": self.operation, "match": self.match, "times": self.times, "after": self.after, "fault": self.fault,
                "seen": self.seen, "hits": self.hits} | ({"region": self.region} if self.region else {})  # fmt: skip


class Faults:
    def __init__(self) -> None:
        self.lock, self.ids, self.all = threading.Lock(), count(1), {}

    def add(self, wanted: dict) -> int:
        fault = wanted.get("fault") or {}
        unknown = set(wanted) - {"operation", "match", "times", "after", "fault", "region"}
        if unknown or "operation" not in wanted or fault.get("kind") not in KINDS:
            raise ValueError(f"want operation, match?, region?, times?, after? and fault with kind one of {', '.join(KINDS)}; got {wanted}")
        if fault["kind"].startswith("error") and "code" not in fault or fault["kind"] == "delay" and "seconds" not in fault:
            raise ValueError(f"an error needs a code, a delay needs seconds; got {fault}")
        with self.lock:
            number = next(self.ids)
            self.all[number] = Fault(
                number, wanted["operation"], wanted.get("match") or {}, int(wanted.get("times", 1)), int(wanted.get("after", 0)), fault,
                wanted.get("region"),
            )  # fmt: skip
            return number

    def take(self, call: Call) -> Fault | None:
        """The first fault that strikes this call; every fault that it meets counts it."""
        with self.lock:
            struck = None
            for fault in self.all.values():
                if fault.meets(call):
                    fault.seen += 1
                    due = fault.seen > fault.after and (fault.times < 0 or fault.hits < fault.times)
                    if due and struck is None:
                        fault.hits += 1
                        struck = fault
            return struck

    def region_down(self, region: str, services: list[str], kind: str) -> None:
        """Every call signed for a region is struck, or every one to some services (`RDS`, `Backup`): with errors (`error`),
        silence (`hang_before`) or a cut (`drop_before`). Before that, all are up again."""
        for one in [f for f in self.listing() if f.get("region") == region and f["operation"].endswith("*")]:
            self.clear(one["id"])
        for service in services:
            operation = "*" if service == "*" else f"{service}:*"
            words = {"code": "ServiceUnavailable", "http": 503, "message": f"{region} is down on purpose"}
            self.add({"operation": operation, "region": region, "times": -1, "fault": {"kind": kind, **words}})

    def clear(self, number: int | None = None) -> None:
        """Forgets faults; calls that hang in them are let go (their connection is cut)."""
        with self.lock:
            gone = [self.all.pop(n) for n in ([number] if number is not None else list(self.all)) if n in self.all]
        for fault in gone:
            fault.over.set()

    def listing(self) -> list[dict]:
        with self.lock:
            return [f.shown() for f in self.all.values()]


class Journal:
    """Every call, in the order in which it came in."""

    def __init__(self) -> None:
        self.lock, self.calls = threading.Lock(), []

    def begin(self, call: Call) -> dict:
        with self.lock:
            entry = {"n": len(self.calls) + 1, "time": clock.text(clock.now()), "service": call.service, "operation": call.name,
                     "region": call.region, "key": call.key, "params": call.params, "outcome": None}  # fmt: skip
            self.calls.append(entry)
            return entry

    def since(self, n: int, service: str | None = None) -> list[dict]:
        with self.lock:
            return [c for c in self.calls[max(n, 0) :] if service is None or c["service"].lower() == service.lower()]


class CutOff(Exception):
    """The connection is to be closed without an answer."""


def strike(fault: Fault | None, entry: dict, act, refusal):
    """Runs `act` (the call itself) under a fault. `refusal(code, http, message)` makes the error answer."""
    kind = fault.fault["kind"] if fault else None
    if kind:
        entry["outcome"] = {"fault": kind}
    if kind in ("hang_before", "drop_before"):
        if kind == "hang_before":
            fault.over.wait(LONGEST_HANG)
        raise CutOff
    if kind == "error":
        entry["outcome"] |= {"code": fault.fault["code"]}
        return refused(fault, refusal)
    if kind == "delay":
        time.sleep(float(fault.fault["seconds"]))
    answer = act()
    if kind == "hang_after":
        fault.over.wait(LONGEST_HANG)
    if kind in ("hang_after", "drop_after"):
        raise CutOff
    return refused(fault, refusal) if kind == "error_after" else answer


def refused(fault: Fault, refusal):
    f = fault.fault
    return refusal(f["code"], int(f.get("http", 400)), f.get("message", f"{f['code']} on purpose"))
