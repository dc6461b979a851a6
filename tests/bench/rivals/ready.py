"""The end of the start-up: imports are done, clients are made. A capped run is capped, and timed, from here on, as Lambda's init is not."""

import os


def ready() -> None:
    descriptor = os.environ.get("BENCH_READY_FD")
    if descriptor:
        os.write(int(descriptor), b"r")
        os.read(int(descriptor), 1)
