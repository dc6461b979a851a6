"""A contest on a large account: who takes part, a run of one of them, everything measured, the table."""

import contextlib
import json
import sys
import tempfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from . import child
from .cap import Cap
from .fleet import Fleet
from .fleet_process import FleetAws
from .process import Failed, Process
from .report import Bar, aligned, number
from .scene import ACCOUNT, BUCKET, FUNCTION, REGION

RIVALS = Path(__file__).resolve().parent.parent / "rivals"
CUSTODIAN = "Custodian"
LATENCY_SECONDS, WORKERS = 0.030, 8
LARGEST_PEAK_MIB = 32
TICK = '{"tick": true}'
# Characters of what a contestant said when it ended badly
SAID = 600


@dataclass
class Contestant:
    """`None` for a command that cannot be run here, with the reason. A `function` is invoked as Lambda would, where its CPU is that of
    a Lambda: its start-up is free then, as that of the scripts is."""

    name: str
    command: list[str] | None
    why_not: str = ""
    function: bool = False


@dataclass
class Variant:
    """One account, and who works on it how"""

    title: str
    fleet: tuple[int, int, int]
    who: list[str]
    throttle: dict = field(default_factory=dict)
    capped: bool = False
    at_once: bool = False


@dataclass
class Measured:
    ran: child.Ran
    told: dict

    def calls(self, *names: str) -> int:
        """Of these names, or all"""
        return sum(count for name, count in self.told["calls"].items() if not names or name in names)

    def rds(self) -> tuple[int, int]:
        """Calls of RDS, and how many of them were refused"""
        both = ([count for name, count in self.told[what].items() if name.startswith("rds ")] for what in ("calls", "throttled"))
        calls, refused = map(sum, both)
        return calls, refused


class Contest:
    def __init__(self, folder: Path, roots: Path, contestants: list[Contestant]) -> None:
        self.folder, self.roots = folder, roots
        self.contestants = {one.name: one for one in contestants}
        self.measured: dict[tuple[str, str], list[Measured]] = {}
        self.refused: dict[tuple[str, str], str] = {}
        self.cap: Cap | None = None

    def play(self, variant: Variant, turn: int, say) -> None:
        """Every contestant of a variant once. At once only where a throttle sets the pace and nobody needs the processor."""
        who = [self.contestants[name] for name in variant.who[turn % len(variant.who) :] + variant.who[: turn % len(variant.who)]]
        who = [one for one in who if one.command]
        if variant.capped and not self.cap:
            self.cap = Cap()
        say(f"{variant.title}: {', '.join(one.name for one in who) or 'nobody'}")
        with ThreadPoolExecutor(len(who) if variant.at_once and who else 1) as pool:
            for one, measured in zip(who, pool.map(lambda one: self._run(variant, one), who), strict=True):
                if isinstance(measured, Failed):
                    say(f"{one.name} failed: {measured}")
                    self.refused[variant.title, one.name] = str(measured).splitlines()[0]
                    continue
                ran = measured.ran
                self.measured.setdefault((variant.title, one.name), []).append(measured)
                say(f"  {one.name}: {ran.wall_s:.1f} s, {measured.calls()} calls, ended with {ran.code}")
                if ran.code and one.name == self.subject():
                    say("    " + (ran.errors.strip()[-SAID:] or "it said nothing"))
                if broken := measured.told["broken"]:
                    say(f"  the fake could not read: {broken}")

    def subject(self) -> str:
        return next(iter(self.contestants))

    @property
    def fakes(self) -> list[float]:
        """The slowest answer of the fake in each run, in ms: whether it kept pace"""
        return [one.told["slowest_ms"] for several in self.measured.values() for one in several]

    def _run(self, variant: Variant, one: Contestant) -> "Measured | Failed":
        folder = Path(tempfile.mkdtemp(dir=self.folder))
        fake = FleetAws(folder / "aws")
        try:
            clusters, snapshots, old = variant.fleet
            fake.make(Fleet.of(clusters, snapshots, old), variant.throttle)
            roots = folder / "roots.pem"
            roots.write_text(self.roots.read_text() + "\n" + fake.ca.read_text())
            environment = environment_of(fake, roots, folder)
            ran = self._invoked(one, environment, folder) if variant.capped and one.function else self._child(variant, one, environment, folder)
            return Measured(ran, fake.told())
        except Failed as error:
            return error
        finally:
            fake.end()

    def _child(self, variant: Variant, one: Contestant, environment: dict[str, str], folder: Path) -> child.Ran:
        return child.run(one.command, environment, folder, self.cap if variant.capped else None)

    def _invoked(self, one: Contestant, environment: dict[str, str], folder: Path) -> child.Ran:
        """One invocation, as Lambda does it: the cap begins when the function asks for its first event"""
        environment = environment | FUNCTION
        with Process(one.command[:1], environment, folder, folder / "log", self.cap) as process:
            process.limit()
            invocation = process.invoke(TICK.encode())
            cpu, peak = invocation.cpu_ms / 1e3, process.peak_kib() / 1024
        return child.Ran(invocation.wall_ms / 1e3, cpu, peak, 0, invocation.answer.decode(), "")

    def one(self, variant: Variant, name: str) -> list[Measured]:
        return self.measured.get((variant.title, name), [])

    def bar(self, what: str, bar: str, needed: Iterable[tuple[Variant, str]], look) -> Bar:
        """`look` is given the lists of what is needed, and answers the words and whether the bar is met"""
        lists = []
        for variant, name in needed:
            if not self.one(variant, name):
                why = self._why_not(variant, name)
                return Bar(what, bar, f"not measured: {name}: {why}", False, skipped=bool(self.contestants[name].why_not))
            lists.append(self.one(variant, name))
        found, passed = look(*lists)
        return Bar(what, bar, found, passed)

    def _why_not(self, variant: Variant, name: str) -> str:
        return self.contestants[name].why_not or self.refused.get((variant.title, name), "it was not run")

    def table(self, variants: list[Variant], columns: dict, subject: str) -> str:
        rows = [["", *columns, "wall s", "CPU s", "peak MiB", f"of {subject}'s wall"]]
        for variant in variants:
            rows.append([variant.title])
            own = self.one(variant, subject)
            for name in variant.who:
                found = self.one(variant, name)
                if not found:
                    rows.append([f"  {name}: not measured, {self._why_not(variant, name)}"])
                    continue
                cells = [number(median(look(one) for one in found)) for look in columns.values()]
                cells += [number(median(getattr(one.ran, what) for one in found)) for what in ("wall_s", "cpu_s", "peak_mib")]
                slower = f"{ratio(found, own):.1f}x" if own else "-"
                rows.append([f"  {name}", *cells, slower])
        return aligned(rows)

    def calls_of(self, variant: Variant, name: str) -> str:
        """Calls by operation, the most frequent first; what the fake does not know is named"""
        found = self.one(variant, name)
        if not found:
            return ""
        told = found[-1].told
        calls = sorted(told["calls"].items(), key=lambda pair: (-pair[1], pair[0]))
        text = f"{name}, {variant.title}: " + ", ".join(f"{count} {operation}" for operation, count in calls)
        if told["unknown"]:
            text += f"\n  answered with an empty list, as the bench does not play them: {', '.join(told['unknown'])}"
        return text

    def summary(self) -> dict:
        found: dict[str, dict[str, list]] = {}
        for (title, name), several in self.measured.items():
            rows = []
            for one in several:
                told = {what: value for what, value in one.told.items() if what not in ("written", "pages")}
                ran = {what: getattr(one.ran, what) for what in ("wall_s", "cpu_s", "peak_mib", "code")}
                rows.append(ran | told)
            found.setdefault(title, {})[name] = rows
        return found


def ratio(these: list[Measured], those: list[Measured], quantity: str = "wall_s") -> float:
    """These as a multiple of those, round by round"""
    return median(getattr(this.ran, quantity) / getattr(that.ran, quantity) for this, that in zip(these, those, strict=False))


def custodian(python: Path, folder: Path, name: str, policy: dict, resource: str) -> Contestant:
    if not python.is_file():
        return Contestant(CUSTODIAN, None, f"{python} is not there")
    file = folder / f"{name}.json"
    file.write_text(json.dumps({"policies": [policy]}))
    return Contestant(CUSTODIAN, [str(python), str(RIVALS / "custodian.py"), str(file), str(folder / f"{name}-output"), resource])


def script(name: str, *arguments: str) -> list[str]:
    return [sys.executable, str(RIVALS / name), *arguments]


def binary(name: str, path: Path) -> Contestant:
    """Run as a person would, with a tick for its request"""
    return Contestant(name, [str(path), TICK], function=True) if path.is_file() else Contestant(name, None, f"{path} is not there")


def environment_of(fake: FleetAws, roots: Path, folder: Path) -> dict[str, str]:
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "LANG": "en_US.UTF-8",
        "TZ": "UTC",
        "HOME": str(folder),
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "AWS_ENDPOINT_URL": fake.endpoint,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CA_BUNDLE": str(roots),
        "SSL_CERT_FILE": str(roots),
        "LIFEBOAT_BUCKET": BUCKET,
        "LIFEBOAT_TOPIC_ARN": f"arn:aws:sns:{REGION}:{ACCOUNT}:lifeboat",
    }


def document(one: Measured, key: str) -> dict:
    """A JSON document as the contestant left it in the bucket; empty where it left none"""
    with contextlib.suppress(KeyError, ValueError):
        return json.loads(one.told["written"][key])
    return {}
