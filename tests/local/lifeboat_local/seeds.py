"""Snapshots that are just there, made by the control API in no time: old ones, many, of every type and engine, with nothing in them.

    POST /snapshots {"id": "weekly-{n:02}", "source": "orders", "region"?, "count"?: 1, "clustered"?: true, "engine"?, "version"?,
                     "type"?: "manual" | "automated" | "awsbackup", "created"?: "2026-01-01T00:00:00Z", "age_seconds"?, "every_seconds"?,
                     "gib"?, "tags"?: {"a": "b"}, "shared_with"?: ["all"], "status"?: "available", "kms_key"?, "api"?: {"VpcId": ...}}
                     the answer has their ARNs; the n-th is `every_seconds` older than the one before
    POST /snapshots {"region"?, "snapshots": [{...}, ...]}     several such at once
    POST /share {"id": "weekly-*", "accounts": ["210987654321"], "region"?, "clustered"?}    who else may restore them from now on

No quota holds for them, none has an event, and a restore of one ends as incompatible-restore.
"""

from datetime import timedelta
from fnmatch import fnmatchcase

from . import clock
from .rds_base import resource_id
from .world import ACCOUNT, ENGINES, REGION, Record, World

KNOWN = set("""id source region count clustered engine version type created age_seconds every_seconds gib tags shared_with status
    kms_key api""".split())  # fmt: skip
TYPES = ("manual", "automated", "awsbackup")


def add(world: World, given: dict) -> dict:
    wanted = given["snapshots"] if "snapshots" in given else [given]
    arns = []
    with world.lock:
        for one in wanted:
            one = {"region": given.get("region", REGION)} | one
            if set(one) - KNOWN or one.get("type", "manual") not in TYPES:
                raise ValueError(f"want {', '.join(sorted(KNOWN))}, type one of {', '.join(TYPES)}; got {one}")
            for n in range(int(one.get("count", 1))):
                arns.append(seeded(world, one, n).arn)
    return {"arns": arns}


def seeded(world: World, one: dict, n: int) -> Record:
    region, cluster, source = one["region"], one.get("clustered", True), one["source"].lower()
    here, kind = world.regions[region], "cluster-snapshot" if cluster else "snapshot"
    origin = here.store("cluster" if cluster else "instance").get(source)
    snapshot = Record(kind, kind, region, one["id"].format(n=n).lower())
    if snapshot.id in here.store(kind):
        raise ValueError(f"there is a {kind} {snapshot.id} in {region} already")
    engine = one.get("engine") or (origin.engine if origin else "aurora-postgresql" if cluster else "postgres")
    known = ENGINES.get(engine, ("1.2.1.0", 8182))
    snapshot.created = clock.parse(one["created"]) if "created" in one else clock.now()
    snapshot.created -= timedelta(seconds=float(one.get("age_seconds", 0)) + n * float(one.get("every_seconds", 0)))
    resource = "DbClusterResourceId" if cluster else "DbiResourceId"
    version = one.get("version") or (origin.api["EngineVersion"] if origin else known[0])
    snapshot.api = {
        "Engine": engine, "EngineVersion": version, "AllocatedStorage": int(one.get("gib", 1)), "SnapshotType": one.get("type", "manual"),
        "MasterUsername": "app", "VpcId": "vpc-local", "Port": known[1], "StorageType": "aurora" if cluster else "gp3",
        "StorageEncrypted": bool(one.get("kms_key")), "IAMDatabaseAuthenticationEnabled": False, "SharedWith": list(one.get("shared_with", [])),
        f"{'DBCluster' if cluster else 'DBInstance'}Identifier": source,
        "SourceArn": f"arn:aws:rds:{region}:{ACCOUNT}:{'cluster' if cluster else 'db'}:{source}",
        f"{'Cluster' if cluster else 'Instance'}CreateTime": snapshot.created - timedelta(days=400),
        resource: origin.api[resource] if origin else resource_id("cluster-" if cluster else "db-"), "SourceApi": {}, "SourceTags": [],
    }  # fmt: skip
    snapshot.api |= {"KmsKeyId": one["kms_key"]} if one.get("kms_key") else {}
    snapshot.api |= one.get("api", {})
    snapshot.tags = [{"Key": key, "Value": value} for key, value in one.get("tags", {}).items()]
    snapshot.status = one.get("status", "available")
    here.store(kind)[snapshot.id] = snapshot
    return snapshot


def share(world: World, given: dict) -> dict:
    kinds = {None: ("cluster-snapshot", "snapshot"), True: ("cluster-snapshot",), False: ("snapshot",)}[given.get("clustered")]
    here = world.regions[given.get("region", REGION)]
    with world.lock:
        found = [s for kind in kinds for s in here.store(kind).values() if fnmatchcase(s.id, given["id"])]
        for snapshot in found:
            snapshot.api["SharedWith"] = list(given["accounts"])
    if not found:
        raise ValueError(f"no snapshot {given['id']}")
    return {"changed": [s.id for s in found]}
