"""Lifeboat's functions beside other ways to do the same, in three contests: tick, cleanup, check.

    .venv-bench/bin/python tests/bench/bench.py [--only tick|cleanup|check] [--rounds 15] [--json FILE] [--strict]

`tick` is restore-drill's, against a Rust hello-world and against the same job in Python and boto3. What runs is the real bootstrap, as
Lambda runs it, on a fake AWS on loopback: one drill is under way, its cluster is still being created, so a tick lists the bucket,
reads policy and record, describes cluster and instance, and waits. Nothing is written. Rounds that meet restore-drill's sweep (one
minute in fifteen) are waited out, for a sweep is another job.

`cleanup` and `check` are snapshot-lifecycle and backup-check on a large account, run once from the command line as a person would,
beside boto3 and Cloud Custodian: see `parts/cleanup.py` and `parts/checkup.py`. A program that is not there is skipped, in words.

The figures are this machine's: no microVM, no download, no network. Trust ratios, calls, CPU and memory; milliseconds of wall move
with the load.
"""

import argparse
import hashlib
import io
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(HERE))

from parts import report  # noqa: E402
from parts.cap import PERIOD_US, QUOTA_US, SHARE, Cap  # noqa: E402
from parts.checkup import CheckUp  # noqa: E402
from parts.cleanup import CleanUp  # noqa: E402
from parts.process import Failed, Process  # noqa: E402
from parts.report import BOTO3, CAPPED, FULL, HELLO, PREWARMED, SUBJECT, TARGETS, Bar, Samples  # noqa: E402
from parts.scene import ACCOUNT, BUCKET, FUNCTION, REGION  # noqa: E402

ONE_TICK = {"list runs/open/": 1, "get policy": 1, "get record": 1, "describe cluster": 1}
# A capped boto3 takes seconds, and its tenth warm invocation says no more than its fifth.
MOST_WARM_WHEN_CAPPED = 5
MOST_TRIES = 3
SWEEP_EVERY_MINUTES = 15
VENDORED = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "urllib3", "six.py")
SYSTEM_ROOTS = (Path("/etc/ssl/certs/ca-certificates.crt"), Path("/etc/pki/tls/certs/ca-bundle.crt"))
FAKE_SECONDS = 120
DEBUG_BUILD_BYTES = 30_000_000
TICK, CLEAN_UP, CHECK_UP = "tick", "cleanup", "check"
CONTESTS = (TICK, CLEAN_UP, CHECK_UP)
CUSTODIAN = ROOT / ".venv-bench-custodian" / "bin" / "python"


class FakeAws:
    """The other process; what it serves is told by its first line"""

    def __init__(self, folder: Path) -> None:
        command = [sys.executable, "-m", "parts.fake_aws", str(folder)]
        self.popen = subprocess.Popen(command, cwd=HERE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        try:
            facts = self._line()
        except BaseException:
            self.end()
            raise
        self.ca, self.ports, self.event, self.answer = Path(facts["ca"]), facts["ports"], facts["event"].encode(), facts["answer"]

    def counts(self) -> dict[str, int]:
        """Calls and TLS handshakes since the last time"""
        self.popen.stdin.write("\n")
        self.popen.stdin.flush()
        return self._line()

    def _line(self) -> dict:
        """The next line; it never says two at a time, so nothing waits in a buffer"""
        ready, _, _ = select.select([self.popen.stdout], [], [], FAKE_SECONDS)
        line = self.popen.stdout.readline() if ready else ""
        if not line:
            raise SystemExit(f"the fake AWS {'ended' if ready else f'said nothing for {FAKE_SECONDS} s'}")
        return json.loads(line)

    def end(self) -> None:
        self.popen.kill()
        self.popen.wait()


class Bench:
    def __init__(self, arguments: argparse.Namespace, folder: Path, fake: FakeAws) -> None:
        self.folder, self.fake, self.warm = folder, fake, arguments.warm
        self.bundle, self.roots = bundle(folder, fake.ca.read_text())
        python = [sys.executable, "-m", "awslambdaric", "job.handle"]
        self.commands = {SUBJECT: [str(arguments.bootstrap)], HELLO: [str(arguments.hello)], BOTO3: python, PREWARMED: python}
        self.cap = Cap()
        self.zips = zip_sizes(arguments.bootstrap, arguments.hello)

    def environment(self, target: str) -> dict[str, str]:
        """What Lambda sets, what Terraform sets, and the way to the fake"""
        here = f"https://localhost:{self.fake.ports['other']}"
        variables = {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "LANG": "en_US.UTF-8",
            "TZ": ":UTC",
            "LAMBDA_TASK_ROOT": str(HERE / "job"),
            **FUNCTION,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "ASIAIOSFODNN7EXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            "AWS_SESSION_TOKEN": "bench" * 80,
            "LIFEBOAT_BUCKET": BUCKET,
            "LIFEBOAT_TOPIC_ARN": f"arn:aws:sns:{REGION}:{ACCOUNT}:lifeboat",
            "LIFEBOAT_DATA_CHECK": "lifeboat-data-check",
            "AWS_ENDPOINT_URL": here,
            "AWS_ENDPOINT_URL_S3": f"https://localhost:{self.fake.ports['s3']}",
            "AWS_ENDPOINT_URL_RDS": f"https://localhost:{self.fake.ports['rds']}",
            "SSL_CERT_FILE": str(self.bundle),
            "AWS_CA_BUNDLE": str(self.bundle),
            "_HANDLER": "job.handle" if target in (BOTO3, PREWARMED) else "bootstrap",
        }
        return variables | ({"BENCH_PREWARM": "1"} if target == PREWARMED else {})

    def measure(self, mode: str, target: str) -> dict[str, float]:
        """A cold start and some warm invocations of one target"""
        cap = self.cap if mode == CAPPED else None
        warm_ones = min(self.warm, MOST_WARM_WHEN_CAPPED) if cap else self.warm
        self.fake.counts()
        with Process(self.commands[target], self.environment(target), HERE / "job", self.folder / "output", cap) as process:
            connections = self._connections(self.fake.counts())
            process.limit()
            first = process.invoke(self.fake.event)
            connections += self._check(target, first.answer, 1)
            warm = [process.invoke(self.fake.event) for _ in range(warm_ones)]
            connections += self._check(target, warm[-1].answer, warm_ones)
            return {
                "init_ms": process.init_ms,
                "init_cpu_ms": process.init_cpu_ms,
                "first_ms": first.wall_ms,
                "first_cpu_ms": first.cpu_ms,
                "cold_ms": process.init_ms + first.wall_ms,
                "cold_cpu_ms": process.init_cpu_ms + first.cpu_ms,
                "warm_ms": report.median(one.wall_ms for one in warm),
                "warm_cpu_ms": sum(one.cpu_ms for one in warm) / len(warm),
                "peak_mib": process.peak_kib() / 1024,
                "tls": connections,
                "zip_mb": self.zips[target] / 1e6,
            }

    def _connections(self, counts: dict[str, int]) -> int:
        return sum(counts.pop(what) for what in list(counts) if what.startswith("tls "))

    def _check(self, target: str, answer: bytes, ticks: int) -> int:
        """Every target must have done its job, and nothing else: the same calls, the same answer. Returns new TLS connections."""
        counts = self.fake.counts()
        connections = self._connections(counts)
        wanted = {} if target == HELLO else {what: calls * ticks for what, calls in ONE_TICK.items()}
        if counts != wanted:
            raise Failed(f"{ticks} ticks made the calls {counts} in place of {wanted}")
        expected = {"message": "hello"} if target == HELLO else self.fake.answer
        if json.loads(answer) != expected:
            raise Failed(f"the answer is {answer.decode(errors='replace')}\nin place of {json.dumps(expected)}")
        return connections

    def round(self, number: int) -> list[tuple[str, str, dict[str, float]]]:
        """Each target once in each mode, in an order that turns from round to round"""
        turned = TARGETS[number % len(TARGETS) :] + TARGETS[: number % len(TARGETS)]
        return [(mode, target, self._tried(mode, target)) for mode in (FULL, CAPPED) for target in turned]

    def _tried(self, mode: str, target: str) -> dict[str, float]:
        for tried in range(1, MOST_TRIES + 1):
            wait_for_the_end_of_a_sweep()
            try:
                return self.measure(mode, target)
            except Failed as error:
                say(f"{target}, {mode} CPU: {error}")
                if tried == MOST_TRIES:
                    raise SystemExit(f"{target} failed {MOST_TRIES} times") from error
        raise AssertionError


def wait_for_the_end_of_a_sweep() -> None:
    """restore-drill sweeps in the first minute of each quarter of an hour. A measurement takes some seconds at most."""
    into = time.time() % (SWEEP_EVERY_MINUTES * 60)
    left = 60 - into if into < 60 else SWEEP_EVERY_MINUTES * 60 - into + 60
    if left <= 75:
        say(f"waiting {left:.0f} s: restore-drill sweeps in this minute")
        time.sleep(left)


def bundle(folder: Path, ca: str = "") -> tuple[Path, int]:
    """As many roots as a Lambda has, the machine's own or botocore's, and ours at the end"""
    import botocore

    known = [*SYSTEM_ROOTS, Path(botocore.__file__).parent / "cacert.pem"]
    text = next(path for path in known if path.is_file()).read_text() + "\n" + ca
    path = folder / "roots.pem"
    path.write_text(text)
    return path, text.count("-----BEGIN CERTIFICATE-----")


def zip_sizes(bootstrap: Path, hello: Path) -> dict[str, int]:
    import botocore

    packages = Path(botocore.__file__).parent.parent
    files = [(HERE / "job" / "job.py", "job.py")]
    for name in VENDORED:
        found = packages / name
        inside = [found] if found.is_file() else sorted(path for path in found.rglob("*") if path.is_file())
        files += [(path, str(path.relative_to(packages))) for path in inside if "__pycache__" not in path.parts]
    python = zipped(files)
    return {SUBJECT: zipped([(bootstrap, "bootstrap")]), HELLO: zipped([(hello, "bootstrap")]), BOTO3: python, PREWARMED: python}


def zipped(files: list[tuple[Path, str]]) -> int:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path, name in files:
            archive.write(path, name)
    return buffer.tell()


def target_folder() -> Path:
    return Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).resolve()


def build_hello() -> Path:
    """Small, and up to date in a moment when it is there already"""
    folder = target_folder() / "bench-hello"
    environment = os.environ | {"CARGO_TARGET_DIR": str(folder)}
    command = ["cargo", "build", "--release", "--locked", "--quiet"]
    if subprocess.run(command, cwd=HERE / "hello", env=environment, timeout=1800).returncode:
        raise SystemExit("the hello-world could not be built")
    return folder / "release" / "hello"


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15, help="rounds that count; one more is run before them (default 15)")
    parser.add_argument("--warm", type=int, default=20, help="warm invocations of each process (default 20; 5 when capped)")
    parser.add_argument("--bootstrap", type=Path, help="restore-drill's release build (default: release/restore-drill in Cargo's target)")
    parser.add_argument("--hello", type=Path, help="the hello-world (default: built from tests/bench/hello)")
    parser.add_argument("--only", action="append", choices=CONTESTS, help="this contest alone; may be given twice (default: all)")
    parser.add_argument("--large-rounds", type=int, default=1, help="rounds of cleanup and check, which take minutes (default 1)")
    parser.add_argument("--lifecycle", type=Path, metavar="PATH", help="snapshot-lifecycle's release build")
    parser.add_argument("--check", type=Path, metavar="PATH", help="backup-check's release build")
    parser.add_argument("--custodian", type=Path, metavar="PYTHON", default=CUSTODIAN, help="the Python that has Cloud Custodian")
    parser.add_argument("--small", action="store_true", help="cleanup and check at a tenth of their size, to try the bench itself")
    parser.add_argument("--json", type=Path, metavar="FILE", help="writes every sample there")
    parser.add_argument("--strict", action="store_true", help="ends with 1 when a bar is missed")
    found = parser.parse_args()
    built = target_folder() / "release"
    found.only = [contest for contest in CONTESTS if contest in (found.only or CONTESTS)]
    found.bootstrap = (found.bootstrap or built / "restore-drill").absolute()
    found.lifecycle = (found.lifecycle or built / "snapshot-lifecycle").absolute()
    found.check = (found.check or built / "backup-check").absolute()
    found.custodian = found.custodian.absolute()
    if found.rounds < 1 or found.warm < 1 or found.large_rounds < 1:
        parser.error("--rounds, --large-rounds and --warm are 1 or more")
    if missing := [name for name in ("awslambdaric", "boto3") if not find_spec(name)]:
        parser.error(f"{sys.executable} has no {' and no '.join(missing)}: pip install -r {HERE / 'requirements.txt'}")
    builds_hello = TICK in found.only and not found.hello
    for program in ("openssl", *(("cargo",) if builds_hello else ())):
        if not shutil.which(program):
            parser.error(f"{program} is needed and is not there")
    if TICK in found.only:
        if not found.bootstrap.is_file():
            parser.error(f"{found.bootstrap} is not there; build it with: cargo build --release -p restore-drill")
        found.hello = (found.hello or build_hello()).absolute()
    return found


def told_of(path: Path) -> str:
    """A binary in a few words, so that a figure can be traced to what was measured"""
    if not path.is_file():
        return f"{path.name} is not there"
    size, digest = path.stat().st_size, hashlib.sha256(path.read_bytes()).hexdigest()[:12]
    return f"{path.name}, {size / 1e6:.1f} MB, sha256 {digest}" + (", A DEBUG BUILD?" if size > DEBUG_BUILD_BYTES else "")


def custodian_of(python: Path) -> str:
    if not python.is_file():
        return f"no Cloud Custodian ({python} is not there)"
    ask = "from importlib.metadata import version; print('c7n', version('c7n'), 'with boto3', version('boto3'))"
    asked = subprocess.run([str(python), "-c", ask], capture_output=True, text=True, timeout=60)
    return asked.stdout.strip() or f"no Cloud Custodian ({python} has no c7n)"


def cap_of(cap: Cap) -> str:
    return f"{cap.name}, {QUOTA_US} of {PERIOD_US} us; on trial a process got {cap.share / SHARE:.2f} of its share"


def tick(given: argparse.Namespace, folder: Path) -> tuple[dict, str, list[Bar], dict]:
    """Conditions, table, bars, everything measured"""
    fake = FakeAws(folder)
    try:
        bench = Bench(given, folder, fake)
        facts = {
            "tick": told_of(given.bootstrap),
            "tick rounds": f"{given.rounds} after one that is dropped; {given.warm} warm invocations each "
            f"({MOST_WARM_WHEN_CAPPED} when capped)",
            "tick cap": cap_of(bench.cap),
            "roots": f"{bench.roots} in the trust store",
        }
        samples = Samples()
        for number in range(given.rounds + 1):
            say(f"round {number} of {given.rounds}" if number else "round 0, which is dropped")
            for mode, target, measured in bench.round(number):
                if number:
                    samples.add(mode, target, measured)
    finally:
        fake.end()
    return facts, report.table(samples), report.bars(samples), samples.summary()


def large(given: argparse.Namespace, folder: Path, name: str) -> tuple[dict, str, list[Bar], dict]:
    """The same of a contest on a large account"""
    folder.mkdir()
    roots, _ = bundle(folder)
    make, path = {CLEAN_UP: (CleanUp, given.lifecycle), CHECK_UP: (CheckUp, given.check)}[name]
    scene = make(folder, roots, path, given.custodian, given.small)
    for number in range(given.large_rounds):
        for variant in scene.variants:
            scene.contest.play(variant, number, say)
    facts = {name: told_of(path), f"{name} rounds": f"{given.large_rounds}" + (", A TENTH OF THE SIZE" if given.small else "")}
    if scene.contest.cap:
        facts[f"{name} cap"] = cap_of(scene.contest.cap)
    if scene.contest.fakes:
        slowest, usual = max(scene.contest.fakes), report.median(scene.contest.fakes)
        facts[f"{name} fake"] = f"answers in 30 ms; its slowest took {slowest:.0f} ms, in the median run {usual:.0f}"
    return facts, scene.text(), scene.bars(), scene.contest.summary()


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    given = arguments()
    against = ", ".join(f"{name} {version(name)}" for name in ("awslambdaric", "boto3"))
    against += f", {custodian_of(given.custodian)}, Python {sys.version.split()[0]}"
    facts = {"against": against, "load": f"{os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"}
    texts, found, measured = [], [], {}
    with tempfile.TemporaryDirectory(prefix="lifeboat-bench-") as name:
        for contest in given.only:
            folder = Path(name)
            more, text, bars, samples = tick(given, folder) if contest == TICK else large(given, folder / contest, contest)
            facts |= more
            texts.append(f"== {contest}\n{text}")
            found += bars
            measured[contest] = samples
    facts["load at the end"] = f"{os.getloadavg()[0]:.1f}"
    print("\n".join(f"{what}: {fact}" for what, fact in facts.items()))
    print("\n" + "\n\n".join([*texts, report.verdicts(found)]))
    if given.json:
        results = {"conditions": facts, "bars": [vars(bar) for bar in found], "measured": measured}
        given.json.write_text(json.dumps(results, indent=2) + "\n")
    return 1 if given.strict and not all(bar.passed for bar in found) else 0


if __name__ == "__main__":
    sys.exit(main())
