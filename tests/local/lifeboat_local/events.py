"""What DescribeEvents tells: the messages and categories that RDS uses, recorded as things happen.

RDS also sends them to EventBridge, and so does announce.py. As on AWS, a copy of a cluster's snapshot has no event.
"""

from datetime import timedelta

from . import clock
from .views import page
from .world import Record, Region, refuse

TEXTS = {
    "0170": ("creation", "DB cluster created."), "0171": ("deletion", "DB cluster deleted."),
    "0172": ("notification", "Renamed DB cluster from {old} to {new}."),
    "0005": ("creation", "DB instance created"), "0003": ("deletion", "DB instance deleted"),
    "0001": ("backup", "Backing up DB instance"), "0002": ("backup", "Finished DB Instance backup"),
    "0019": ("restoration", "Restored from DB instance {source} to {target}"), "0043": ("restoration", "Restored from snapshot {source}"),
    "0031": ("failure", "The DB instance was put into {status} state. RDS recommends that you initiate a point-in-time-restore."),
    "0040": ("creation", "Creating manual snapshot"), "0042": ("creation", "Manual snapshot created"), "0041": ("deletion", "Deleted manual snapshot"),
    "0090": ("creation", "Creating automated snapshot"), "0091": ("creation", "Automated snapshot created"),
    "0074": ("backup", "Creating manual cluster snapshot"), "0075": ("backup", "Manual cluster snapshot created"),
    "0059": ("notification", "Started copy of snapshot {source} from region {region}."),
    "0060": ("notification", "Finished copy of snapshot {source} from region {region} in {minutes} minutes"),
    "0196": ("notification", "Started copy of snapshot {source} in region {region}."),
    "0197": ("notification", "Finished copy of snapshot {source} in region {region}."),
    "0159": ("notification", "DB snapshot export task failed."), "0161": ("notification", "DB snapshot export task completed."),
    "0162": ("notification", "DB cluster snapshot export task failed."), "0164": ("notification", "DB cluster snapshot export task completed."),
    "0168": ("backup", "Creating automated cluster snapshot"), "0169": ("backup", "Automated cluster snapshot created"),
}  # fmt: skip
SOURCES = {"cluster": "db-cluster", "instance": "db-instance", "cluster-snapshot": "db-cluster-snapshot", "snapshot": "db-snapshot"}
ON_THE_BUS = {
    "cluster": ("RDS DB Cluster Event", "CLUSTER"), "instance": ("RDS DB Instance Event", "DB_INSTANCE"),
    "cluster-snapshot": ("RDS DB Cluster Snapshot Event", "CLUSTER_SNAPSHOT"), "snapshot": ("RDS DB Snapshot Event", "SNAPSHOT"),
}  # fmt: skip
KNOWN_SOURCES = {*SOURCES.values(), "db-parameter-group", "db-security-group", "custom-engine-version", "db-proxy", "blue-green-deployment"}


def happened(world, record: Record, number: str, **words: str) -> None:
    category, text = TEXTS[number]
    event = {
        "SourceIdentifier": record.id, "SourceType": SOURCES[record.kind], "Message": text.format(**words), "EventCategories": [category],
        "Date": clock.now(), "SourceArn": record.arn, "EventID": f"RDS-EVENT-{number}",
    }  # fmt: skip
    world.regions[record.region].events.append(event)
    type, source = ON_THE_BUS[record.kind]
    detail = event | {"SourceType": source, "Date": clock.text(event["Date"])}
    world.announcer.tell(record.region, "aws.rds", type, [record.arn], detail)


def describe(region: Region, p: dict) -> tuple[list[dict], str | None]:
    if p.get("SourceIdentifier") and not p.get("SourceType"):
        raise refuse("InvalidParameterCombination", "If SourceIdentifier is supplied, SourceType must also be provided.")
    if p.get("SourceType") and p["SourceType"] not in KNOWN_SOURCES:
        raise refuse("InvalidParameterValue", f"Invalid source type: {p['SourceType']}")
    end = p.get("EndTime") or clock.now()
    start = p.get("StartTime")
    if start is None:
        start = end - timedelta(minutes=int(p.get("Duration") or 60))
    elif p.get("Duration"):
        end = start + timedelta(minutes=int(p["Duration"]))
    if start < clock.now() - timedelta(days=14):
        raise refuse("InvalidParameterValue", "StartTime must be within the past 14 days.")
    wanted = {(p.get("SourceIdentifier") or "").lower()} - {""}
    categories = set(p.get("EventCategories") or ())
    found = [
        (f"{n:08}", e)
        for n, e in enumerate(list(region.events))
        if start <= e["Date"] <= end
        and (not wanted or e["SourceIdentifier"] in wanted)
        and p.get("SourceType") in (None, e["SourceType"])
        and (not categories or categories & set(e["EventCategories"]))
    ]
    return page(found, p)
