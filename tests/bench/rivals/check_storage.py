"""The check of billed backup storage as a script does it: every cluster, two metrics each, those above a limit are told.

    check_storage.py batched       GetMetricData, 500 at a time
    check_storage.py threads       GetMetricStatistics one by one, with 8 threads
"""

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone

import boto3
from botocore.config import Config
from ready import ready

METRICS = ("TotalBackupStorageBilled", "SnapshotStorageUsed")
LIMIT_BYTES = 100 * (1 << 30)
DAY = 86400
BATCH = 500
THREADS = 8


def batched(cloudwatch, wanted: list[tuple[str, str]], since: datetime, until: datetime) -> dict[tuple[str, str], float]:
    found = {}
    for start in range(0, len(wanted), BATCH):
        queries = []
        for place, (cluster, metric) in enumerate(wanted[start : start + BATCH]):
            dimensions = [{"Name": "DBClusterIdentifier", "Value": cluster}]
            of = {"Namespace": "AWS/RDS", "MetricName": metric, "Dimensions": dimensions}
            queries.append({"Id": f"q{start + place}", "MetricStat": {"Metric": of, "Period": DAY, "Stat": "Sum"}})
        pages = cloudwatch.get_paginator("get_metric_data").paginate(MetricDataQueries=queries, StartTime=since, EndTime=until)
        for page in pages:
            for result in page["MetricDataResults"]:
                found[wanted[int(result["Id"][1:])]] = max(result["Values"], default=0.0)
    return found


def one_each(cloudwatch, wanted: list[tuple[str, str]], since: datetime, until: datetime) -> dict[tuple[str, str], float]:
    def ask(cluster: str, metric: str) -> float:
        dimensions = [{"Name": "DBClusterIdentifier", "Value": cluster}]
        answer = cloudwatch.get_metric_statistics(
            Namespace="AWS/RDS",
            MetricName=metric,
            Dimensions=dimensions,
            StartTime=since,
            EndTime=until,
            Period=DAY,
            Statistics=["Sum"],
        )
        return max((point["Sum"] for point in answer["Datapoints"]), default=0.0)

    with ThreadPoolExecutor(THREADS) as pool:
        return dict(zip(wanted, pool.map(lambda one: ask(*one), wanted), strict=True))


def main() -> int:
    config = Config(max_pool_connections=10)
    rds, cloudwatch = boto3.client("rds", config=config), boto3.client("cloudwatch", config=config)
    ready()
    until = datetime.now(timezone.utc)
    since = until - timedelta(days=2)
    pages = rds.get_paginator("describe_db_clusters").paginate()
    clusters = [cluster["DBClusterIdentifier"] for page in pages for cluster in page["DBClusters"]]
    wanted = [(cluster, metric) for cluster in clusters for metric in METRICS]
    found = (batched if sys.argv[1] == "batched" else one_each)(cloudwatch, wanted, since, until)
    above = sorted({cluster for (cluster, _), value in found.items() if value > LIMIT_BYTES})
    print(json.dumps({"clusters": len(clusters), "above": above}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
