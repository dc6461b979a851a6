"""Cleans up after a stack, whatever ended it.

A small process of its own that holds one end of a pipe. When the stack ends, by order or by kill -9, the pipe closes: the
janitor stops every server whose data folder lies in the stack's folders and every process that carries the stack's mark in its
environment (ministack, its functions), and removes the folders. It touches nothing else.
"""

import os
import shutil
import signal
import sys
import time
from pathlib import Path

MARK = "LIFEBOAT_LOCAL_STACK"


def marked(mark: str) -> list[int]:
    found, needle = [], f"{MARK}={mark}".encode()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                if needle in (entry / "environ").read_bytes().split(b"\0"):
                    found.append(int(entry.name))
            except OSError:
                pass
    return found


def servers(folders: list[Path]) -> list[int]:
    """The servers that run in the folders; a stale pid file of another process is recognised by its working directory."""
    found = []
    for pid_file in (path for folder in folders for path in folder.glob("*/data/postmaster.pid")):
        try:
            pid = int(pid_file.read_text().split()[0])
            if Path(f"/proc/{pid}/cwd").resolve() == pid_file.parent.resolve():
                found.append(pid)
        except (OSError, ValueError, IndexError):
            pass
    return found


def send(pids: list[int], how: int) -> None:
    for pid in pids:
        try:
            os.kill(pid, how)
        except OSError:
            pass


def main(mark: str, folders: list[Path]) -> None:
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    sys.stdin.buffer.read()  # until the stack is gone
    send(servers(folders), signal.SIGQUIT)
    for how in (signal.SIGTERM, signal.SIGKILL):
        end = time.monotonic() + 2
        send(marked(mark), how)
        while (marked(mark) or servers(folders)) and time.monotonic() < end:
            time.sleep(0.05)
    send(servers(folders), signal.SIGKILL)
    for _ in range(20):
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)
        if not any(folder.exists() for folder in folders):
            break
        time.sleep(0.1)


if __name__ == "__main__":
    main(sys.argv[1], [Path(folder) for folder in sys.argv[2:]])
