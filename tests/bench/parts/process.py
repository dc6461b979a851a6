"""A bootstrap as a process: started, timed from its exec, its CPU and memory read, ended whatever happens."""

import ctypes
import os
import queue
import signal
import struct
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from .cap import Cap
from .runtime_api import Arrival, RuntimeApi

INIT_SECONDS = 60
INVOCATION_SECONDS = 120
LIBC = ctypes.CDLL(None, use_errno=True)
PR_SET_PDEATHSIG = 1


class Failed(Exception):
    """A target did not do what it is measured for"""


@dataclass
class Invocation:
    wall_ms: float
    cpu_ms: float
    answer: bytes


class Process:
    def __init__(self, command: list[str], environment: dict[str, str], folder: Path, log: Path, cap: Cap | None) -> None:
        self.api, self.log, self.cap = RuntimeApi(), log, cap
        self.group = cap.group() if cap else None
        reading, writing = os.pipe()

        def last_before_exec() -> None:
            LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            if self.group:
                self.group.enter()
            os.write(writing, struct.pack("qq", time.monotonic_ns(), time.process_time_ns()))

        environment = environment | {"AWS_LAMBDA_RUNTIME_API": self.api.address}
        self.popen: subprocess.Popen[bytes] | None = None
        try:
            with log.open("wb") as output:
                self.popen = subprocess.Popen(
                    command,
                    env=environment,
                    cwd=folder,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    start_new_session=True,
                    preexec_fn=last_before_exec,
                )
            # What the fork of this Python has cost is not the target's.
            self.began_ns, self.cpu_before_ns = struct.unpack("qq", os.read(reading, 16))
        except BaseException:
            self.end()
            raise
        finally:
            os.close(reading)
            os.close(writing)
        self.init_ms = self.init_cpu_ms = 0.0

    def __enter__(self) -> "Process":
        try:
            arrival = self._wait("next", INIT_SECONDS)
        except BaseException:
            self.end()
            raise
        self.init_ms = (arrival.at_ns - self.began_ns) / 1e6
        self.init_cpu_ms = self.cpu_ms()
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def end(self) -> None:
        if self.popen:
            self.popen.kill()
            self.popen.wait()
        self.api.close()
        if self.group:
            self.group.remove()

    def invoke(self, event: bytes) -> Invocation:
        """One event, from its delivery to its answer; the CPU up to the moment when the process asks for the next one"""
        before = self.cpu_ms()
        self.api.deliver(event)
        answer = self._wait("response", INVOCATION_SECONDS)
        wall = (answer.at_ns - self.api.delivered_ns) / 1e6
        self._wait("next", INVOCATION_SECONDS)
        return Invocation(wall, self.cpu_ms() - before, answer.body)

    def limit(self) -> None:
        if self.group:
            self.group.limit(self.popen.pid)

    def cpu_ms(self) -> float:
        """User and system time of all its threads since its exec, to the nanosecond, from its CPU clock (see clock_getcpuclockid)"""
        return (time.clock_gettime_ns((~self.popen.pid << 3) | 2) - self.cpu_before_ns) / 1e6

    def peak_kib(self) -> int:
        for line in Path(f"/proc/{self.popen.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1])
        raise Failed("the kernel does not tell VmHWM")

    def _wait(self, what: str, seconds: float) -> Arrival:
        until = time.monotonic() + seconds
        while True:
            try:
                arrival = self.api.arrivals.get(timeout=0.5)
            except queue.Empty:
                ended = self.popen.poll()
                if ended is not None:
                    raise Failed(f"ended with {ended} before it said {what!r}{self._said()}") from None
                if time.monotonic() > until:
                    raise Failed(f"said no {what!r} for {seconds:.0f} s{self._said()}") from None
                continue
            if arrival.what != what:
                raise Failed(f"said {arrival.what!r}, not {what!r}: {arrival.body.decode(errors='replace')[:2000]}{self._said()}")
            return arrival

    def _said(self) -> str:
        said = self.log.read_text(errors="replace").strip()[-2000:]
        return f"; its output:\n{said}" if said else "; no output"
