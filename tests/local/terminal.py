"""Runs a command at a terminal of its own and says what was on the screen: what a person would have seen, not what was sent.

    python tests/local/terminal.py [--columns 80] [--leave-at TEXT] COMMAND ...

With `--leave-at`, Ctrl-C is typed as soon as TEXT is on the screen. Prints JSON: the exit code, the screen's lines at the end with
those that scrolled away, and for each line that was ever drawn over, how many columns it had at most.
"""

import argparse
import fcntl
import json
import os
import pty
import re
import select
import struct
import sys
import termios
import time

LONGEST_SECONDS = 300
ROWS = 50
CONTROL = re.compile(r"\x1b\[([?0-9;]*)([A-Za-z])|\x1b[=>]|([\r\n\b\a])|(\x1b)|([^\x00-\x1f\x1b]+)")


class Screen:
    """As much of a terminal as lines that are drawn over need; lines never scroll away."""

    def __init__(self, columns: int) -> None:
        self.columns, self.lines, self.row, self.column = columns, [""], 0, 0
        self.drawn_over: dict[int, int] = {}
        self.rest = ""

    def feed(self, text: str) -> None:
        text, position = self.rest + text, 0
        while found := CONTROL.match(text, position):
            if found[4] and found.end() >= len(text) - 8:
                break  # a sequence of which the end has not come yet
            position = found.end()
            if found[2]:
                self.control(found[1], found[2])
            elif found[3]:
                self.move(found[3])
            elif found[5]:
                self.write(found[5])
        else:
            if position < len(text) and text[position] != "\x1b":
                position += 1
        self.rest = text[position:]

    def control(self, given: str, what: str) -> None:
        count = int(given) if given.isdigit() else 0
        line = self.lines[self.row]
        if what == "K":
            self.note()
            self.lines[self.row] = {0: line[: self.column], 1: " " * self.column + line[self.column :]}.get(count, "")
        elif what == "J":
            self.lines[self.row] = line[: self.column]
            del self.lines[self.row + 1 :]
        elif what in "AF":
            self.row = max(0, self.row - max(1, count))
        elif what in "BE":
            self.down(max(1, count))
        elif what == "G":
            self.column = max(1, count) - 1
        elif what == "C":
            self.column = min(self.columns - 1, self.column + max(1, count))
        elif what == "D":
            self.column = max(0, self.column - max(1, count))

    def move(self, sign: str) -> None:
        if sign == "\r":
            self.column = 0
        elif sign == "\n":
            self.down(1)
        elif sign == "\b":
            self.column = max(0, self.column - 1)

    def down(self, count: int) -> None:
        self.row += count
        self.lines += [""] * (self.row + 1 - len(self.lines))

    def write(self, text: str) -> None:
        for sign in text:
            if self.column >= self.columns:
                self.down(1)
                self.column = 0
            line = self.lines[self.row].ljust(self.column)
            self.lines[self.row] = line[: self.column] + sign + line[self.column + 1 :]
            self.column += 1

    def note(self) -> None:
        length = len(self.lines[self.row].rstrip())
        self.drawn_over[self.row] = max(length, self.drawn_over.get(self.row, 0))

    def text(self) -> str:
        return "\n".join(line.rstrip() for line in self.lines)


def run(command: list[str], columns: int, leave_at: str | None) -> dict:
    process, terminal = pty.fork()
    if process == 0:
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, columns, 0, 0))
        os.environ["TERM"] = "xterm"
        os.execvp(command[0], command)
    screen, end, left = Screen(columns), time.monotonic() + LONGEST_SECONDS, False
    while time.monotonic() < end:
        if select.select([terminal], [], [], 0.2)[0]:
            try:
                got = os.read(terminal, 65536)
            except OSError:
                got = b""  # Linux: nobody is left at the other end
            if not got:
                break
            screen.feed(got.decode(errors="replace"))
        if leave_at and not left and leave_at in screen.text():
            os.write(terminal, b"\x03")
            left = True
    else:
        os.kill(process, 9)
    code = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    return {"code": code, "left": left, "screen": screen.text(), "drawn_over": sorted(screen.drawn_over.values())}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--columns", type=int, default=80)
    parser.add_argument("--leave-at", help="type Ctrl-C when this is on the screen")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    arguments = parser.parse_args()
    command = arguments.command[1:] if arguments.command[:1] == ["--"] else arguments.command
    json.dump(run(command, arguments.columns, arguments.leave_at), sys.stdout)


if __name__ == "__main__":
    main()
