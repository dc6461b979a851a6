"""The CPU of a 128 MB Lambda: 128/1769 of a core, in periods of 20 ms as Lambda has them. The first way that works here is used.

Each way is tried on a process that only counts: one that does not hold it to its share is not used.
"""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

SHARE = 128 / 1769
PERIOD_US = 20_000
QUOTA_US = round(PERIOD_US * SHARE)
TRIAL_SECONDS = 0.6


class Group:
    """A control group for one process; free until `limit`"""

    def __init__(self, folder: Path, version: int) -> None:
        self.folder, self.version = folder, version
        for left in folder.parent.glob("lifeboat-bench-*"):  # of a bench that was killed; those in use stay
            with contextlib.suppress(OSError):
                left.rmdir()
        folder.mkdir()

    def enter(self) -> None:
        descriptor = os.open(self.folder / "cgroup.procs", os.O_WRONLY)
        os.write(descriptor, b"0")
        os.close(descriptor)

    def limit(self, _pid: int) -> None:
        if self.version == 2:
            (self.folder / "cpu.max").write_text(f"{QUOTA_US} {PERIOD_US}")
        else:
            (self.folder / "cpu.cfs_period_us").write_text(str(PERIOD_US))
            (self.folder / "cpu.cfs_quota_us").write_text(str(QUOTA_US))

    def remove(self) -> None:
        # The kernel lets go of an ended process a moment after its parent has seen it end.
        for _ in range(200):
            try:
                return self.folder.rmdir()
            except OSError:
                time.sleep(0.005)


class Signals:
    """Stops and continues a process so that its CPU time stays at its share of the time that has passed"""

    def __init__(self) -> None:
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def enter(self) -> None:
        pass

    def limit(self, pid: int) -> None:
        self._thread = threading.Thread(target=self._hold, args=(pid,), daemon=True)
        self._thread.start()

    def remove(self) -> None:
        self._over.set()
        if self._thread:
            self._thread.join(timeout=5)

    def _hold(self, pid: int) -> None:
        clock = (~pid << 3) | 2
        with contextlib.suppress(OSError):
            began, used = time.monotonic(), time.clock_gettime(clock)
            stopped = False
            while not self._over.wait(0.0005):
                periods = int((time.monotonic() - began) * 1e6 / PERIOD_US) + 1
                over = (time.clock_gettime(clock) - used) * 1e6 > periods * QUOTA_US
                if over != stopped:
                    os.kill(pid, signal.SIGSTOP if over else signal.SIGCONT)
                    stopped = over


class Cap:
    """The first way that works, with a group for each process"""

    def __init__(self) -> None:
        self.tried: list[str] = []
        self._number = 0
        for name, make in self._ways():
            self._make, self.name = make, name
            try:
                share = self._trial()
            except OSError as error:
                self.tried.append(f"{name}: {error}")
                continue
            if 0.6 * SHARE < share < 1.5 * SHARE:
                self.share = share
                return
            self.tried.append(f"{name}: a process got {share:.3f} of a core in place of {SHARE:.3f}")
        raise SystemExit("no way to hold a process to its share of CPU:\n" + "\n".join(self.tried))

    def group(self) -> Group | Signals:
        self._number += 1
        return self._make(f"lifeboat-bench-{os.getpid()}-{self._number}")

    def _ways(self):
        # Controller to path; version 2 has an empty name.
        own = dict(line.split(":", 2)[1:] for line in Path("/proc/self/cgroup").read_text().splitlines())
        if (at := mount("cgroup2", "")) and "cpu" in (at / "cgroup.controllers").read_text().split():
            for folder in {at / own.get("", "/").lstrip("/"), at}:
                yield "cgroup v2 cpu.max", lambda name, folder=folder: Group(folder / name, 2)
        if at := mount("cgroup", "cpu"):
            inside = next((path for controllers, path in own.items() if "cpu" in controllers.split(",")), "/")
            yield "cgroup v1 cpu.cfs_quota_us", lambda name: Group(at / inside.lstrip("/") / name, 1)
        yield "SIGSTOP and SIGCONT", lambda _name: Signals()

    def _trial(self) -> float:
        group = self.group()
        try:
            spin = subprocess.Popen([sys.executable, "-S", "-c", "while True: pass"], preexec_fn=group.enter)
            try:
                clock = (~spin.pid << 3) | 2
                group.limit(spin.pid)
                began, used = time.monotonic(), time.clock_gettime(clock)
                time.sleep(TRIAL_SECONDS)
                return (time.clock_gettime(clock) - used) / (time.monotonic() - began)
            finally:
                spin.kill()
                spin.wait()
        except subprocess.SubprocessError as error:
            raise OSError(str(error)) from error
        finally:
            group.remove()


def mount(kind: str, option: str) -> Path | None:
    for line in Path("/proc/self/mounts").read_text().splitlines():
        _, at, found, options, *_ = line.split()
        if found == kind and (not option or option in options.split(",")):
            return Path(at)
    return None
