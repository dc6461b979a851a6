"""Ten thousand manual snapshots of which two thousand are to go; the same under a throttle.

Lifeboat does more than the others: of each snapshot it asks who else may restore it, and it reads each once more, a hundred at
a time, before it deletes it. The bars on calls count that in; those on time do not.
"""

from math import ceil
from pathlib import Path
from statistics import median

from .contest import CUSTODIAN, LARGEST_PEAK_MIB, LATENCY_SECONDS, WORKERS, Contest, Contestant, Measured, Variant
from .contest import binary, custodian, ratio, script
from .fleet import KEEP_DAYS, PAGE
from .report import Bar, times

SUBJECT = "snapshot-lifecycle"
ONE_BY_ONE, THREADS, ADAPTIVE = "boto3, one by one", "boto3, 8 threads", "boto3, 8 threads, adaptive retries"
LIST, AGAIN, DELETE = "rds DescribeDBClusterSnapshots", "rds DescribeDBClusterSnapshotAttributes", "rds DeleteDBClusterSnapshot"
MOST_OVER_FLOOR, MOST_OVER_BUCKET = 1.2, 1.1


class CleanUp:
    def __init__(self, folder: Path, roots: Path, path: Path, python: Path, small: bool) -> None:
        age = {"type": "age", "days": KEEP_DAYS, "op": "ge"}
        filters = [{"SnapshotType": "manual"}, age]
        policy = {"name": "clean-up", "resource": "rds-cluster-snapshot", "filters": filters, "actions": ["delete"]}
        self.contest = Contest(
            folder,
            roots,
            [
                binary(SUBJECT, path),
                Contestant(ONE_BY_ONE, script("clean_up.py", "1", "default")),
                Contestant(THREADS, script("clean_up.py", "8", "default")),
                Contestant(ADAPTIVE, script("clean_up.py", "8", "adaptive")),
                custodian(python, folder, "clean-up", policy, "aws.rds-cluster-snapshot"),
            ],
        )
        part = 10 if small else 1
        all_of_it = (1, 10_000 // part, 2_000 // part)
        self.full = Variant(told(all_of_it), all_of_it, [SUBJECT, ONE_BY_ONE, THREADS, CUSTODIAN])
        self.capped = Variant("the same with the CPU of a 128 MB Lambda", all_of_it, [SUBJECT, THREADS, CUSTODIAN], capped=True)
        self.quick = throttled(20.0, 40 // part, (1, 2_000 // part, 400 // part))
        self.slow = throttled(3.0, 10 // part, (1, 1_000 // part, 100 // part))
        self.variants = [self.full, self.capped, self.quick, self.slow]

    def text(self) -> str:
        columns = {
            "calls": lambda one: one.calls(),
            "lists": lambda one: one.calls(LIST),
            "sharing": lambda one: one.calls(AGAIN),
            "deletions": lambda one: one.calls(DELETE),
            "throttled": lambda one: one.rds()[1],
            "deleted": lambda one: one.told["deleted"],
            "left": lambda one: one.told["left"],
        }
        said = [self.contest.table(self.variants, columns, SUBJECT), *(self.contest.calls_of(one, SUBJECT) for one in self.variants)]
        return "\n".join(part for part in said if part)

    def bars(self) -> list[Bar]:
        full, capped, contest = self.full, self.capped, self.contest
        pages, deletions, again = self.counts(full)
        floor = (pages + deletions / WORKERS) * LATENCY_SECONDS
        calls = pages + again + 2 * deletions
        formula = f"<= {pages} pages + {again} read again + {deletions} sharing + {deletions} deletions = {calls}"
        wire = f"<= {MOST_OVER_FLOOR}x of ({pages} + {deletions} / {WORKERS}) x 30 ms = {floor:.1f} s"

        def over_floor(own_runs: list[Measured]) -> tuple[str, bool]:
            wall = median(one.ran.wall_s for one in own_runs)
            return f"{wall:.1f} s, {wall / floor:.2f}x", wall <= MOST_OVER_FLOOR * floor and all(is_done(one) for one in own_runs)

        def counted(own_runs: list[Measured]) -> tuple[str, bool]:
            most = max(one.calls(LIST, AGAIN, DELETE) for one in own_runs)
            return str(most), most <= calls and all(is_done(one) for one in own_runs)

        def peak(own_runs: list[Measured]) -> tuple[str, bool]:
            most = max(one.ran.peak_mib for one in own_runs)
            return f"{most:.1f} MiB", most <= LARGEST_PEAK_MIB and all(is_done(one) for one in own_runs)

        def beside(variant: Variant, rival: str, one_in: float, quantity: str, what: str) -> Bar:
            def look(own_runs: list[Measured], theirs: list[Measured]) -> tuple[str, bool]:
                found = ratio(own_runs, theirs, quantity)
                return times(found), found <= 1 / one_in and all(is_done(one) for one in own_runs)

            return contest.bar(what, f"<= 1/{one_in:g} of {rival}", [(variant, SUBJECT), (variant, rival)], look)

        return [
            contest.bar("clean-up: done, nothing else deleted", f"{deletions} of {deletions}", [(full, SUBJECT)], done),
            contest.bar("clean-up: the same, capped", f"{deletions} of {deletions}", [(capped, SUBJECT)], done),
            contest.bar("clean-up: calls about snapshots", formula, [(full, SUBJECT)], counted),
            contest.bar("clean-up: wall", wire, [(full, SUBJECT)], over_floor),
            beside(full, ONE_BY_ONE, 5, "wall_s", "clean-up: wall"),
            beside(full, CUSTODIAN, 3, "wall_s", "clean-up: wall"),
            contest.bar("clean-up: peak memory", f"<= {LARGEST_PEAK_MIB} MiB", [(full, SUBJECT)], peak),
            beside(full, THREADS, 2.5, "peak_mib", "clean-up: peak memory"),
            beside(full, CUSTODIAN, 5, "peak_mib", "clean-up: peak memory"),
            *self.throttled_bars(self.quick, 0.08),
            *self.throttled_bars(self.slow, 0.20),
        ]

    def counts(self, variant: Variant) -> tuple[int, int, int]:
        """Pages, deletions, calls that read again"""
        _, snapshots, old = variant.fleet
        return ceil(snapshots / PAGE), old, ceil(old / PAGE)

    def throttled_bars(self, variant: Variant, most: float) -> list[Bar]:
        rate, burst = variant.throttle["rate"], variant.throttle["burst"]
        old, needed, name = variant.fleet[2], [(variant, SUBJECT)], f"clean-up at {rate:g}/s"

        def wall(own_runs: list[Measured]) -> tuple[str, bool]:
            over = []
            for one in own_runs:
                asked, refused = one.rds()
                over.append(one.ran.wall_s / max((asked - refused - burst) / rate, LATENCY_SECONDS))
            found = median(over)
            return times(found), found <= MOST_OVER_BUCKET and all(is_done(one) for one in own_runs)

        def share(own_runs: list[Measured]) -> tuple[str, bool]:
            found = median(one.rds()[1] / max(one.rds()[0], 1) for one in own_runs)
            return f"{found:.1%}", found <= most and all(is_done(one) for one in own_runs)

        return [
            self.contest.bar(f"{name}: nothing lost", f"{old} of {old}", needed, done),
            self.contest.bar(f"{name}: wall", f"<= {MOST_OVER_BUCKET}x of (calls - burst) / rate", needed, wall),
            self.contest.bar(f"{name}: refused calls", f"<= {most:.0%}", needed, share),
        ]


def told(fleet: tuple[int, int, int]) -> str:
    return f"{fleet[1]:,} snapshots, {fleet[2]:,} to go"


def throttled(rate: float, burst: int, fleet: tuple[int, int, int]) -> Variant:
    """The bucket sets the pace and the processor is idle, so that all of them run at once, each on an account of its own"""
    title = f"{told(fleet)}, {rate:g} calls a second, burst {burst}"
    return Variant(title, fleet, [SUBJECT, THREADS, ADAPTIVE], {"rate": rate, "burst": burst}, at_once=True)


def is_done(one: Measured) -> bool:
    """All that was to go is gone, nothing else, and it ended well"""
    return one.told["left"] == 0 and not one.told["wrongly_deleted"] and one.ran.code == 0


def done(own_runs: list[Measured]) -> tuple[str, bool]:
    worst = max(own_runs, key=lambda one: (bool(one.told["wrongly_deleted"]), one.told["left"], one.ran.code))
    wrong = worst.told["wrongly_deleted"]
    text = f"{worst.told['deleted']}, {worst.told['left']} left, ended with {worst.ran.code}"
    return text + (f", WRONGLY DELETED {', '.join(wrong)}" if wrong else ""), is_done(worst)
