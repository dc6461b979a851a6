"""The clean-up as a script does it: list manual snapshots, delete those that are older than so many days.

    clean_up.py THREADS RETRIES       RETRIES: default or adaptive

It asks nothing else: not who a snapshot is shared with, not whether it is still the same one, not whether the backups are fresh.
"""

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from ready import ready

KEEP_DAYS = 30
PREFIX = "pre-maintenance-"


def main() -> int:
    threads = int(sys.argv[1])
    retries = {"mode": "adaptive", "max_attempts": 10} if sys.argv[2] == "adaptive" else None
    rds = boto3.client("rds", config=Config(max_pool_connections=max(threads, 10), retries=retries))
    ready()
    before = datetime.now(timezone.utc) - timedelta(days=KEEP_DAYS)
    pages = rds.get_paginator("describe_db_cluster_snapshots").paginate(SnapshotType="manual")
    listed = (snapshot for page in pages for snapshot in page["DBClusterSnapshots"])
    names = [one["DBClusterSnapshotIdentifier"] for one in listed if one["SnapshotCreateTime"] < before]
    old = [name for name in names if name.startswith(PREFIX)]

    def delete(name: str) -> bool:
        try:
            rds.delete_db_cluster_snapshot(DBClusterSnapshotIdentifier=name)
        except ClientError:
            return False
        return True

    if threads == 1:
        done = [delete(name) for name in old]
    else:
        with ThreadPoolExecutor(threads) as pool:
            done = list(pool.map(delete, old))
    print(json.dumps({"deleted": sum(done), "failed": len(done) - sum(done)}))
    return 0 if all(done) else 1


if __name__ == "__main__":
    sys.exit(main())
