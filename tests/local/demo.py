"""Lifeboat played on the local stack: a weekly drill of an "orders" database, the night on which it is lost, and a guarded job.

Everything is real but the clock and AWS itself: the functions are the binaries that run on AWS, invoked as Lambdas by a
schedule and a rule; the backup is a PostgreSQL base backup with its WAL; the copies are restored from them and read over TLS.
The local minute lasts two seconds, and restores take seconds instead of minutes. Nothing here decides anything.

Ends with 0 only if the drill passed and left nothing, and the recovery brought back every row, and so did the mail's commands.
"""

import argparse
import sys
import time
from pathlib import Path

from demo_parts.drill import Drill
from demo_parts.guard import FUNCTIONS as GUARDS
from demo_parts.guard import Guard
from demo_parts.recovery import Recovery
from demo_parts.scene import FUNCTIONS, Scene
from demo_parts.words import part, say


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binaries", type=Path, required=True, help="folder of the built functions, such as target/debug")
    parser.add_argument("--out", type=Path, default=Path(".local/demo"), help="where report pages and mails are put")
    arguments = parser.parse_args()
    for name in (*FUNCTIONS, *GUARDS):
        if not (arguments.binaries / name).is_file():
            raise SystemExit(f"{arguments.binaries / name} is not there: cargo build --locked --bins")
    begun = time.monotonic()
    scene = Scene(arguments.binaries, arguments.out.absolute())
    part("FIRST: THE WEEKLY DRILL. Does the backup restore?")
    scene.raise_curtain()
    passed = Drill(scene).play()
    part("THEN: THE NIGHT IT IS NEEDED. A job wipes tables, and you bring them back.")
    is_back = Recovery(scene).play()
    part("LAST: A JOB THAT IS GUARDED. Its tables come back by the command of the mail.")
    is_guarded = Guard(scene).play()
    say(f"\nDone in {time.monotonic() - begun:.0f} s: {told(passed, is_back, is_guarded)}")
    return 0 if passed and is_back and is_guarded else 1


def told(passed: bool, is_back: bool, is_guarded: bool) -> str:
    drill = "the backup restores" if passed else "THE DRILL DID NOT PASS"
    lost = "what was lost is back" if is_back else "WHAT WAS LOST IS NOT BACK"
    return f"{drill}, {lost}, and {'what the job wiped too' if is_guarded else 'WHAT THE JOB WIPED IS NOT'}."


if __name__ == "__main__":
    sys.exit(main())
