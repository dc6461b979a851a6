"""restore-drill's tick in Python and boto3, as one would write it: module-level clients, the same calls, the same decision.

With BENCH_PREWARM=1 it does in init what restore-drill does there: one cheap call for each client, its result ignored.
"""

import json
import os
from datetime import datetime, timedelta, timezone

import boto3
from botocore.config import Config

BUCKET = os.environ["LIFEBOAT_BUCKET"]
OPEN = "runs/open/"
MOVING = {"creating", "modifying", "backing-up", "configuring-iam-database-auth", "migrating", "preparing-data-migration", "renaming"}

s3 = boto3.client("s3", config=Config(s3={"addressing_style": "path"}))
rds = boto3.client("rds")

if os.environ.get("BENCH_PREWARM"):
    s3.list_objects_v2(Bucket=BUCKET, Prefix=OPEN, MaxKeys=1)
    rds.describe_db_clusters(MaxRecords=20)


def read(key):
    return json.loads(s3.get_object(Bucket=BUCKET, Key=key)["Body"].read())


def first(found):
    return found[0] if found else None


def cluster(identifier):
    try:
        return first(rds.describe_db_clusters(DBClusterIdentifier=identifier)["DBClusters"])
    except rds.exceptions.DBClusterNotFoundFault:
        return None


def decide(now, record, seen):
    """What a run in phase `restoring` waits for; anything else is more than the bench shows it"""
    deadline = datetime.fromisoformat(record["requested_at"]) + timedelta(minutes=record["plan"]["deadline_minutes"])
    tags = {tag["Key"]: tag["Value"] for tag in seen["TagList"]} if seen else {}
    if record["phase"] != "restoring" or now >= deadline or tags.get("lifeboat:run") != record["run"]:
        raise NotImplementedError("only waiting is measured")
    if seen["Status"] not in MOVING:
        raise NotImplementedError(f"status {seen['Status']}")
    return f"the copy's volume is {seen['Status']}"


def handle(event, context):
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=OPEN)
    keys = [found["Key"] for page in pages for found in page.get("Contents", [])]
    runs = [key.removeprefix(OPEN).removesuffix(".json") for key in keys]
    policy = read("policy.json")
    protected = {database["identifier"].lower() for database in policy["databases"].values()}
    answers = []
    for run in runs:
        record = read(f"{OPEN}{run}.json")
        if record["copy"]["identifier"] in protected:
            raise NotImplementedError("the copy has a protected name")
        because = decide(datetime.now(timezone.utc), record, cluster(record["copy"]["identifier"]))
        print(json.dumps({"level": "INFO", "message": "waiting", "run": run, "because": because}))
        answer = {"run": run, "state": "under way", "phase": record["phase"], "since": record["phases"][-1]["at"]}
        answers.append(answer | {"waiting_for": because, "verdict": None})
    message = "\n".join(f"{answer['run']} is {answer['state']}: {answer['phase']}, {answer['waiting_for']}" for answer in answers)
    return {"message": message, "runs": answers}
