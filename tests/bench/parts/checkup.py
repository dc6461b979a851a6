"""A thousand clusters with two metrics each, then with ten thousand snapshots beside them, then with every seventh call refused.

The check of backups asks far more than the others: snapshots, keys, certificates, vaults. All of that is in its time; the bar on
calls is about the two questions that the others ask too. Of metrics it asks for one of each cluster where the others ask for two:
the column "series" says so.
"""

import re
from math import ceil
from pathlib import Path

from .contest import CUSTODIAN, LARGEST_PEAK_MIB, Contest, Contestant, Measured, Variant, binary, custodian, document, ratio, script
from .fleet import BILLED_LIMIT_GIB, GIB, METRICS, PAGE, Fleet
from .report import Bar, times

SUBJECT = "backup-check"
BATCHED, THREADS = "boto3, batched", "boto3, one each, 8 threads"
CLUSTERS, SNAPSHOTS, METRIC_DATA = "rds DescribeDBClusters", "rds DescribeDBClusterSnapshots", "monitoring GetMetricData"
SERIES_PER_CALL = 500
REFUSED_EVERY = 7
FINDINGS = "findings.json"
CLUSTER = re.compile(r"prod-\d{4}")


class CheckUp:
    def __init__(self, folder: Path, roots: Path, path: Path, python: Path, small: bool) -> None:
        filters = [metric_filter(metric) for metric in METRICS]
        policy = {"name": "storage", "resource": "rds-cluster", "filters": [{"or": filters}]}
        self.contest = Contest(
            folder,
            roots,
            [
                binary(SUBJECT, path),
                Contestant(BATCHED, script("check_storage.py", "batched")),
                Contestant(THREADS, script("check_storage.py", "threads")),
                custodian(python, folder, "storage", policy, "aws.rds-cluster"),
            ],
        )
        part = 10 if small else 1
        clusters, snapshots = 1_000 // part, 10_000 // part
        self.full = Variant(f"{clusters:,} clusters, 2 metrics each", (clusters, 0, 0), [SUBJECT, BATCHED, THREADS, CUSTODIAN])
        self.capped = Variant("the same with the CPU of a 128 MB Lambda", (clusters, 0, 0), [SUBJECT, BATCHED], capped=True)
        self.large = Variant(f"and {snapshots:,} snapshots", (clusters, snapshots, 0), [SUBJECT])
        refused = {"every": REFUSED_EVERY}
        self.refused = Variant(f"and every {REFUSED_EVERY}th call refused", (clusters, snapshots, 0), [SUBJECT], refused)
        self.variants = [self.full, self.capped, self.large, self.refused]

    def text(self) -> str:
        columns = {
            "calls": lambda one: one.calls(),
            "clusters": lambda one: one.calls(CLUSTERS),
            "metrics": lambda one: one.calls(METRIC_DATA, "monitoring GetMetricStatistics"),
            "series": lambda one: one.told["queries"],
            "snapshots": lambda one: one.calls(SNAPSHOTS),
            "throttled": lambda one: sum(one.told["throttled"].values()),
        }
        said = [self.contest.table(self.variants, columns, SUBJECT), *(self.contest.calls_of(one, SUBJECT) for one in self.variants)]
        return "\n".join(part for part in said if part)

    def bars(self) -> list[Bar]:
        full, capped, large, refused, contest = self.full, self.capped, self.large, self.refused, self.contest
        clusters, snapshots, _ = large.fleet
        pages, batches = ceil(clusters / PAGE), ceil(clusters * len(METRICS) / SERIES_PER_CALL)

        def counted(own_runs: list[Measured]) -> tuple[str, bool]:
            found = [(one.calls(CLUSTERS), one.calls(METRIC_DATA)) for one in own_runs]
            series = own_runs[-1].told["queries"]
            passed = all(listed == pages and 0 < asked <= batches for listed, asked in found) and all(map(is_done, own_runs))
            return f"{found[-1][0]} pages + {found[-1][1]} calls for {series} series", passed

        def told(own_runs: list[Measured]) -> tuple[str, bool]:
            wanted = Fleet.of(*full.fleet).above()
            kinds = [[kind for kind, clusters in by_kind(run).items() if clusters == wanted] for run in own_runs]
            codes = sorted({run.ran.code for run in own_runs})
            text = f"{len(wanted) if all(kinds) else 'not these'} as {' and '.join(kinds[-1]) or 'no kind of finding'}"
            return f"{text}, ended with {', '.join(map(str, codes))}", all(kinds) and all(map(is_done, own_runs))

        def faster(one_in: float):
            def look(own_runs: list[Measured], theirs: list[Measured]) -> tuple[str, bool]:
                found = ratio(own_runs, theirs)
                return times(found), found <= 1 / one_in and all(map(is_done, own_runs))

            return look

        def only_pages(without: list[Measured], with_them: list[Measured]) -> tuple[str, bool]:
            more = with_them[-1].calls() - without[-1].calls()
            listed = len(with_them[-1].told["pages"].get(SNAPSHOTS.partition(" ")[2], []))
            asked = with_them[-1].calls(SNAPSHOTS) - without[-1].calls(SNAPSHOTS)
            whole = listed == ceil(snapshots / PAGE) and all(map(is_done, [*without, *with_them]))
            return f"{asked} pages and {more - asked} others more", whole and asked <= listed and more <= asked

        def peak(own_runs: list[Measured]) -> tuple[str, bool]:
            most = max(one.ran.peak_mib for one in own_runs)
            return f"{most:.1f} MiB", most < LARGEST_PEAK_MIB and all(map(is_done, own_runs))

        def the_same(calm: list[Measured], rough: list[Measured]) -> tuple[str, bool]:
            one, other = ids(calm[-1]), ids(rough[-1])
            read = rough[-1].told["pages"]
            expected = {CLUSTERS: clusters, SNAPSHOTS: snapshots}
            lost = sum(ceil(count / PAGE) - len(read.get(name.partition(" ")[2], [])) for name, count in expected.items())
            text = f"{len(other)} findings, {len(one ^ other)} of them different, {lost} pages lost, "
            text += f"{sum(rough[-1].told['throttled'].values())} calls refused"
            return text, one == other and lost == 0 and is_done(calm[-1]) and is_done(rough[-1])

        def own(variant: Variant) -> tuple[Variant, str]:
            return variant, SUBJECT

        above = len(Fleet.of(*full.fleet).above())
        more_pages = f"<= {ceil(snapshots / PAGE)} pages, nothing else"
        return [
            contest.bar("check: clusters above the limit are told", str(above), [own(full)], told),
            contest.bar("check: calls for clusters and metrics", f"{pages} pages + at most {batches} calls", [own(full)], counted),
            contest.bar("check: wall", f"<= 1/30 of {CUSTODIAN}", [own(full), (full, CUSTODIAN)], faster(30)),
            contest.bar("check: wall, capped", f"<= 1/5 of {BATCHED}", [own(capped), (capped, BATCHED)], faster(5)),
            contest.bar(f"check: {snapshots:,} snapshots add", more_pages, [own(full), own(large)], only_pages),
            contest.bar("check: peak memory with them", f"< {LARGEST_PEAK_MIB} MiB", [own(large)], peak),
            contest.bar(f"check: every {REFUSED_EVERY}th call refused", "the same findings", [own(large), own(refused)], the_same),
        ]


def metric_filter(metric: str) -> dict:
    found = {"type": "metrics", "namespace": "AWS/RDS", "name": metric, "statistics": "Sum", "days": 2, "period": 86400}
    return found | {"op": "gt", "value": BILLED_LIMIT_GIB * GIB}


def is_done(one: Measured) -> bool:
    """It left findings, as there are some, and ended well"""
    return bool(ids(one)) and one.ran.code == 0


def by_kind(one: Measured) -> dict[str, set[str]]:
    """Clusters by what was found of them: a finding of every cluster must not pass for one of those above the limit"""
    kinds: dict[str, set[str]] = {}
    for found in ids(one):
        for cluster in CLUSTER.findall(found):
            kinds.setdefault(found.replace(cluster, "*"), set()).add(cluster)
    return kinds


def ids(one: Measured) -> set[str]:
    """Of the findings that it left in the bucket"""
    return set(document(one, FINDINGS).get("findings", {}))
