"""What the demo prints: sections, quoted text, small tables."""

import json
import textwrap


def say(text: str = "") -> None:
    print(text, flush=True)


def part(title: str) -> None:
    say(f"\n{'=' * 78}\n{title}\n{'=' * 78}")


def quote(text: str, most: int | None = None) -> None:
    """Text as it came, each line marked, which leaves a mail within 80 columns; no more than `most` lines of it."""
    lines = text.rstrip("\n").splitlines()
    shown = lines if most is None or len(lines) <= most else lines[:most]
    say(textwrap.indent("\n".join(shown), "| ", lambda _: True))
    if len(shown) < len(lines):
        say(f"| … and {len(lines) - len(shown)} more lines")


def typed(function: str, request: dict, option: str = "") -> None:
    """A command as somebody types it, within 80 columns."""
    words = f"{option} " if option else ""
    asked = f"'{json.dumps(request)}'"
    say(f"   $ {function} {words}" + ("\\\n     " if len(words + asked) > 56 else "") + asked)


def table(headings: list[str], rows: list[list[object]]) -> None:
    """The first column to the left, numbers to the right."""
    cells = [[str(cell) for cell in row] for row in [headings, *rows]]
    widths = [max(len(row[column]) for row in cells) for column in range(len(headings))]
    for row in cells:
        first, *rest = zip(row, widths, strict=True)
        say("   " + "   ".join([first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in rest)]).rstrip())
