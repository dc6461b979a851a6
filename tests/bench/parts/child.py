"""A contestant as a process that runs once, from its start to its end."""

import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from .cap import Cap
from .process import Failed

LAUNCH = Path(__file__).with_name("launch.py")
LONGEST_SECONDS = 420
START_SECONDS = 60


@dataclass
class Ran:
    """`wall_s` is from the start to the end; of a capped run it is from the end of the start-up, where the program tells it"""

    wall_s: float
    cpu_s: float
    peak_mib: float
    code: int
    output: str
    errors: str


def run(command: list[str], environment: dict[str, str], folder: Path, cap: Cap | None = None) -> Ran:
    """Ends whatever happens; what takes longer than `LONGEST_SECONDS` is ended and has failed"""
    group = cap.group() if cap else None
    facts, facts_there = os.pipe()
    ready, ready_there = socket.socketpair()
    logs = [folder / "output", folder / "errors"]
    environment = environment | {"BENCH_READY_FD": str(ready_there.fileno())}
    popen = None
    try:
        with logs[0].open("wb") as output, logs[1].open("wb") as errors:
            popen = subprocess.Popen(
                [sys.executable, "-I", "-S", str(LAUNCH), str(facts_there), *command],
                env=environment,
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=errors,
                start_new_session=True,
                pass_fds=(facts_there, ready_there.fileno()),
                preexec_fn=group.enter if group else None,
            )
        os.close(facts_there)
        facts_there = -1
        ready_there.close()
        began, ended = _follow(popen, facts, ready, group)
    except Failed as error:
        raise Failed(f"{error}{_said(logs)}") from None
    finally:
        if popen:
            _end(popen)
        for descriptor in (facts, facts_there):
            if descriptor >= 0:
                os.close(descriptor)
        ready.close()
        ready_there.close()
        if group:
            group.remove()
    output, errors = (log.read_text(errors="replace") for log in logs)
    return Ran(ended["ended"] - began, ended["cpu_s"], ended["peak_kib"] / 1024, ended["code"], output, errors)


def _follow(popen: subprocess.Popen, facts: int, ready: socket.socket, group) -> tuple[float, dict]:
    """When it began (or was ready, if it is capped), and what is known at its end"""
    until = time.monotonic() + LONGEST_SECONDS
    began, pid, data = 0.0, 0, b""
    watched: list = [facts, ready]
    while True:
        found, _, _ = select.select(watched, [], [], max(0.0, until - time.monotonic()))
        if not found:
            raise Failed(f"did not end within {LONGEST_SECONDS} s")
        if facts in found:
            part = os.read(facts, 4096)
            data += part
            lines = data.split(b"\n")
            if len(lines) > 1 and not pid:
                first = json.loads(lines[0])
                pid, began = first["pid"], first["began"]
                if group and not _tells(popen):
                    group.limit(pid)
            if len(lines) > 2:
                return began, json.loads(lines[1])
            if not part:
                raise Failed("could not be started")
        if ready in found:
            if not ready.recv(1):
                watched.remove(ready)
                continue
            if group:
                group.limit(pid)
                began = time.monotonic()
            ready.send(b"g")


def _tells(popen: subprocess.Popen) -> bool:
    """Whether the program tells when it is ready: only those of `rivals` do"""
    return any("/rivals/" in word for word in popen.args)


def _end(popen: subprocess.Popen) -> None:
    try:
        os.killpg(popen.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    popen.wait()


def _said(logs: list[Path]) -> str:
    said = "\n".join(log.read_text(errors="replace").strip()[-1500:] for log in logs if log.exists())
    return f"; its output:\n{said}" if said.strip() else "; no output"
