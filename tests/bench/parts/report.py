"""Table, bars, JSON. Ratios are medians of the ratios within each round, for the machine's mood changes from round to round."""

from dataclasses import dataclass
from fractions import Fraction
from statistics import median

SUBJECT, HELLO, BOTO3, PREWARMED = "restore-drill", "hello", "boto3", "boto3 prewarmed"
TARGETS = (SUBJECT, HELLO, BOTO3, PREWARMED)
FULL, CAPPED = "full", "capped"
LARGEST_PEAK_MIB = 12
LARGEST_ZIP_MB = 3.5

# Name in the samples, title in the table
ROWS = {
    FULL: {
        "init_ms": "init ms",
        "first_ms": "first invocation ms",
        "warm_ms": "warm invocation ms",
        "cold_cpu_ms": "CPU ms, init + first",
        "warm_cpu_ms": "CPU ms, one warm",
        "peak_mib": "peak memory MiB",
        "tls": "TLS connections",
        "zip_mb": "zip -9 MB",
    },
    CAPPED: {
        "init_ms": "init ms (not capped)",
        "first_ms": "first invocation ms",
        "cold_ms": "init + first ms",
        "warm_ms": "warm invocation ms",
        "first_cpu_ms": "CPU ms, first",
    },
}


class Samples:
    """Everything measured: mode, target, quantity, one value for each round"""

    def __init__(self) -> None:
        self.values: dict[str, dict[str, dict[str, list[float]]]] = {mode: {target: {} for target in TARGETS} for mode in ROWS}

    def add(self, mode: str, target: str, measured: dict[str, float]) -> None:
        for quantity, value in measured.items():
            self.values[mode][target].setdefault(quantity, []).append(value)

    def median(self, mode: str, target: str, quantity: str) -> float:
        return median(self.values[mode][target][quantity])

    def ratio(self, mode: str, quantity: str, target: str, other: str) -> float:
        """`target` as a multiple of `other`"""
        pairs = zip(self.values[mode][target][quantity], self.values[mode][other][quantity], strict=True)
        return median(value / (against or float("nan")) for value, against in pairs)

    def summary(self) -> dict:
        return {
            mode: {
                target: {
                    quantity: {
                        "median": self.median(mode, target, quantity),
                        "to_hello": self.ratio(mode, quantity, target, HELLO),
                        "to_boto3": self.ratio(mode, quantity, target, BOTO3),
                        "samples": values,
                    }
                    for quantity, values in quantities.items()
                }
                for target, quantities in targets.items()
            }
            for mode, targets in self.values.items()
        }


@dataclass
class Bar:
    what: str
    bar: str
    found: str
    passed: bool
    # Could not be looked at: that is not met either
    skipped: bool = False


def bars(samples: Samples) -> list[Bar]:
    def at_most(what: str, mode: str, quantity: str, other: str, largest: Fraction) -> Bar:
        found = samples.ratio(mode, quantity, SUBJECT, other)
        words = str(largest) if largest < 1 else f"{largest}x"
        return Bar(what, f"<= {words} of {other}", times(found), found <= largest)

    peak, size = samples.median(FULL, SUBJECT, "peak_mib"), samples.median(FULL, SUBJECT, "zip_mb")
    return [
        at_most("CPU of a cold start (init + first)", FULL, "cold_cpu_ms", BOTO3, Fraction(1, 20)),
        at_most("CPU of a cold start (init + first)", FULL, "cold_cpu_ms", HELLO, Fraction(3)),
        at_most("init", FULL, "init_ms", BOTO3, Fraction(1, 12)),
        at_most("first invocation, capped", CAPPED, "first_ms", PREWARMED, Fraction(1, 20)),
        at_most("warm invocation", FULL, "warm_ms", BOTO3, Fraction(1, 4)),
        Bar("peak memory", f"<= {LARGEST_PEAK_MIB} MiB", f"{peak:.1f} MiB", peak <= LARGEST_PEAK_MIB),
        Bar("zip", f"<= {LARGEST_ZIP_MB} MB", f"{size:.2f} MB", size <= LARGEST_ZIP_MB),
    ]


def times(ratio: float) -> str:
    """`2.41x`, or `1/23.5` for what is smaller"""
    if ratio >= 1:
        return f"{ratio:.2f}x" if ratio < 10 else f"{ratio:.0f}x"
    one_in = 1 / ratio if ratio > 0 else float("inf")
    return f"1/{one_in:.1f}" if one_in < 100 else f"1/{one_in:.0f}"


def table(samples: Samples) -> str:
    head = ["", *TARGETS, "of hello", "of boto3", "of prewarmed"]
    rows = [head]
    for mode, title in ((FULL, "full CPU"), (CAPPED, "CPU of a 128 MB Lambda from the first event on")):
        rows.append([title])
        for quantity, name in ROWS[mode].items():
            values = [number(samples.median(mode, target, quantity)) for target in TARGETS]
            ratios = []
            for other in (HELLO, BOTO3, PREWARMED):
                comparable = samples.median(mode, other, quantity) > 0
                ratios.append(times(samples.ratio(mode, quantity, SUBJECT, other)) if comparable else "-")
            rows.append([f"  {name}", *values, *ratios])
    return aligned(rows)


def aligned(rows: list[list[str]]) -> str:
    """Columns under the first row; a row of one cell is a title"""
    head = rows[0]
    widths = [max(len(row[column]) for row in rows if len(row) == len(head)) for column in range(len(head))]
    lines = []
    for row in rows:
        cells = [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=False))]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def number(value: float) -> str:
    return f"{value:.0f}" if value >= 100 or value == round(value) else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def verdicts(found: list[Bar]) -> str:
    wide, middle = max(len(bar.what) for bar in found), max(len(bar.bar) for bar in found)
    return "\n".join(f"{word(bar)}  {bar.what.ljust(wide)}  {bar.bar.ljust(middle)}  is {bar.found}" for bar in found)


def word(bar: Bar) -> str:
    return "PASS" if bar.passed else "SKIP" if bar.skipped else "MISS"
