"""How the fake throttles: not at all, by a token bucket as AWS has them, or every so-many-th call."""

import time
from dataclasses import dataclass


@dataclass
class Free:
    def admits(self) -> bool:
        return True


class Bucket:
    """Full at the start; a call that is refused takes nothing"""

    def __init__(self, rate: float, burst: int) -> None:
        self.rate, self.burst = rate, burst
        self.tokens, self.at = float(burst), time.monotonic()

    def admits(self) -> bool:
        now = time.monotonic()
        self.tokens = min(self.burst, self.tokens + (now - self.at) * self.rate)
        self.at = now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


class Every:
    """Refuses each `step`-th call"""

    def __init__(self, step: int) -> None:
        self.step, self.calls = step, 0

    def admits(self) -> bool:
        self.calls += 1
        return self.calls % self.step != 0


def throttle(wanted: dict) -> Free | Bucket | Every:
    match wanted:
        case {"rate": rate, "burst": burst}:
            return Bucket(rate, burst)
        case {"every": step}:
            return Every(step)
        case _:
            return Free()
