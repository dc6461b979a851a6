"""Rates that AWS allows: a bucket of calls for each rule, as RDS has one for an account and region.

    POST /throttle {"rate": 2, "burst": 10, "region"?: "eu-west-1", "operation"?: "RDS:*"}    calls a second; how many at once
    GET /throttle       each rule with how many calls it saw and how many of them it threw back
    DELETE /throttle    [?id=N]

A call above the rate is answered `Throttling: Rate exceeded` and not done. Only calls to RDS, DocumentDB and AWS Backup pass here.
"""

import threading
import time
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import count

from .wire import Call


@dataclass
class Bucket:
    id: int
    operation: str
    region: str | None
    rate: float
    burst: float
    level: float
    at: float
    calls: int = 0
    throttled: int = 0

    def meets(self, call: Call) -> bool:
        names = (call.name, f"{call.service}:{call.operation}")
        return self.region in (None, call.region) and any(fnmatchcase(name, self.operation) for name in names)

    def take(self) -> bool:
        now = time.monotonic()
        self.level = min(self.burst, self.level + (now - self.at) * self.rate)
        self.at, self.calls = now, self.calls + 1
        if self.level < 1:
            self.throttled += 1
            return False
        self.level -= 1
        return True


class Throttles:
    def __init__(self) -> None:
        self.lock, self.ids, self.all = threading.Lock(), count(1), {}

    def add(self, given: dict) -> int:
        if set(given) - {"rate", "burst", "region", "operation"} or "rate" not in given:
            raise ValueError(f"want rate, burst?, region?, operation?; got {given}")
        rate, burst = float(given["rate"]), float(given.get("burst", 1))
        with self.lock:
            number = next(self.ids)
            operation = given.get("operation", "RDS:*")
            self.all[number] = Bucket(number, operation, given.get("region"), rate, burst, burst, time.monotonic())
            return number

    def refuses(self, call: Call) -> bool:
        """Every rule that the call meets counts it; one that is empty throws it back."""
        with self.lock:
            taken = [bucket.take() for bucket in self.all.values() if bucket.meets(call)]
        return not all(taken)

    def clear(self, number: int | None = None) -> None:
        with self.lock:
            for n in [number] if number is not None else list(self.all):
                self.all.pop(n, None)

    def listing(self) -> list[dict]:
        with self.lock:
            names = ("id", "operation", "region", "rate", "burst", "calls", "throttled")
            return [{name: getattr(bucket, name) for name in names} for bucket in self.all.values()]
