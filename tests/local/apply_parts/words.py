"""What is said while it runs, each line with the second at which it was said."""

import time

BEGUN = time.monotonic()


def say(text: str = "") -> None:
    print(f"{time.monotonic() - BEGUN:6.1f} s  {text}" if text else "", flush=True)
