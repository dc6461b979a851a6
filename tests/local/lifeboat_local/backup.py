"""AWS Backup, as far as a restore from a vault needs it: recovery points, restore jobs and their validation.

A recovery point is a snapshot named `awsbackup:job-...` of a cluster or instance, made by the control API:
    POST /recovery-points {"vault": "prod", "source": "orders", "age_seconds"?: 7200, "status"?: "COMPLETED"}
A restore job restores it through the same code as RestoreDB...FromSnapshot, and, as on AWS, makes a cluster without instances.
Everything else under AWS Backup (vaults, plans) is moto's own.
"""

import json
import threading
import time
import uuid
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

from moto.core.exceptions import ServiceException

from . import clock
from .world import ACCOUNT, Record, World

POINTS: dict[str, dict] = {}  # by ARN
JOBS: dict[str, dict] = {}
TOKENS: dict[str, str] = {}
PARAMETERS = {name.lower(): name for name in (
    "DBClusterIdentifier", "DBInstanceIdentifier", "DBSubnetGroupName", "VpcSecurityGroupIds", "Engine", "EngineVersion", "Port", "DatabaseName",
    "DBClusterParameterGroupName", "DBParameterGroupName", "DBInstanceClass", "OptionGroupName", "CopyTagsToSnapshot", "DeletionProtection",
    "EnableCloudwatchLogsExports", "KmsKeyId", "AvailabilityZone", "MultiAZ", "PubliclyAccessible", "StorageType", "AvailabilityZones",
)} | {"enableiamdatabaseauthentication": "EnableIAMDatabaseAuthentication"}  # fmt: skip


def reset() -> None:
    for store in (POINTS, JOBS, TOKENS):
        store.clear()


def seconds(t: datetime | None) -> float | None:
    return t and t.replace(tzinfo=UTC).timestamp()


def calls(region: str, params: dict):
    """An RDS request made from inside."""
    from moto.core.parse import XFormedDict

    from .rds_other import RdsCalls

    request = RdsCalls()
    request.region, request.params = region, XFormedDict(params)
    return request


def add_recovery_point(world: World, given: dict) -> dict:
    from . import rds_snapshots

    region = given.get("region", "eu-west-1")
    here = world.regions[region]
    with world.lock:
        source = here.clusters.get(given["source"]) or here.instances.get(given["source"])
        if source is None:
            raise ValueError(f"no cluster or instance {given['source']}")
        request = calls(region, {})
        snapshot = rds_snapshots.new_snapshot(request, source, f"awsbackup:job-{uuid.uuid4()}", "awsbackup", [], region)
    rds_snapshots.take(request, source, snapshot, 0)
    snapshot.created -= timedelta(seconds=float(given.get("age_seconds", 0)))
    types = {"docdb": "DocumentDB", "aurora-postgresql": "Aurora", "aurora-mysql": "Aurora"}
    vault = given["vault"]
    POINTS[snapshot.arn] = {
        "RecoveryPointArn": snapshot.arn, "BackupVaultName": vault, "BackupVaultArn": f"arn:aws:backup:{region}:{ACCOUNT}:backup-vault:{vault}",
        "ResourceArn": source.arn, "ResourceType": types.get(source.engine, "RDS"), "ResourceName": source.id, "CreationDate": seconds(snapshot.created),
        "CompletionDate": seconds(snapshot.created), "Status": given.get("status", "COMPLETED"), "IsEncrypted": bool(source.api.get("StorageEncrypted")),
        "BackupSizeInBytes": int(given.get("bytes", 1 << 30)), "IamRoleArn": f"arn:aws:iam::{ACCOUNT}:role/backup", "VaultType": "BACKUP_VAULT",
    }  # fmt: skip
    return POINTS[snapshot.arn]


def handle(world: World, method: str, path: str, query: str, body: bytes):
    """The answer, or None for what moto has to answer."""
    parts = [p for p in path.split("/") if p]
    asked = {key: values[-1] for key, values in parse_qs(query).items()}
    match (method, *parts):
        case ("GET", "backup-vaults", vault, "recovery-points"):
            return page("RecoveryPoints", [p for p in POINTS.values() if p["BackupVaultName"] == vault and wanted(p, asked)], asked)
        case ("GET", "resources", arn, "recovery-points"):
            return page("RecoveryPoints", [p for p in POINTS.values() if p["ResourceArn"] == arn], asked)
        case ("GET", "backup-vaults", vault, "recovery-points", arn):
            return reply(POINTS[arn]) if arn in POINTS else missing(arn)
        case ("GET", "backup-vaults", vault, "recovery-points", arn, "restore-metadata"):
            return reply(metadata(world, arn)) if arn in POINTS else missing(arn)
        case ("PUT", "restore-jobs"):
            return start(world, json.loads(body))
        case ("GET", "restore-jobs"):
            return page("RestoreJobs", list(JOBS.values()), asked)
        case ("GET", "restore-jobs", job):
            return reply(JOBS[job]) if job in JOBS else missing(job)
        case ("PUT", "restore-jobs", job, "validations"):
            return validate(job, json.loads(body))
        case ("GET", "backup-jobs" | "copy-jobs"):
            return reply({"BackupJobs": [], "CopyJobs": []})
    return None


def reply(value: dict, status: int = 200):
    return status, {"Content-Type": "application/json"}, json.dumps(value).encode()


def wrong(code: str, message: str):
    return (
        400,
        {"Content-Type": "application/json", "x-amzn-ErrorType": code},
        json.dumps({"__type": code, "Code": code, "Message": message, "message": message}).encode(),
    )


def missing(what: str):
    return wrong("ResourceNotFoundException", f"{what} not found.")


def wanted(point: dict, asked: dict) -> bool:
    after, before = (moment(asked.get(key)) for key in ("createdAfter", "createdBefore"))
    return (
        asked.get("resourceArn") in (None, point["ResourceArn"])
        and asked.get("resourceType") in (None, point["ResourceType"])
        and (after is None or point["CreationDate"] > after)
        and (before is None or point["CreationDate"] < before)
    )


def moment(text: str | None) -> float | None:
    return text and seconds(clock.parse(text))


def page(name: str, items: list[dict], asked: dict):
    size, begin = int(asked.get("maxResults", 1000)), int(asked.get("nextToken", 0))
    rest = {"NextToken": str(begin + size)} if begin + size < len(items) else {}
    return reply({name: items[begin : begin + size], **rest})


def metadata(world: World, arn: str) -> dict:
    point, api = POINTS[arn], world.find_by_arn(arn).api
    settings = {"engine": api["Engine"], "engineVersion": api["EngineVersion"], "port": str(api.get("Port") or ""), "encryptionType": "",
                "dbSubnetGroupName": "default", "vpcSecurityGroupIds": '["sg-default"]'}  # fmt: skip
    settings["dbInstanceIdentifier" if point["ResourceType"] == "RDS" else "dbClusterIdentifier"] = point["ResourceName"]
    return {key: point[key] for key in ("BackupVaultArn", "RecoveryPointArn", "ResourceType")} | {"RestoreMetadata": settings}


def start(world: World, given: dict):
    arn, token = given.get("RecoveryPointArn"), given.get("IdempotencyToken")
    if token in TOKENS:
        return reply({"RestoreJobId": TOKENS[token], "CopiedSourceTags": False})
    point, snapshot = POINTS.get(arn), world.find_by_arn(arn or "")
    if point is None or snapshot is None:
        return missing(str(arn))
    if point["Status"] not in ("COMPLETED", "AVAILABLE"):
        return wrong("InvalidRequestException", f"The recovery point is {point['Status']}.")
    params = {PARAMETERS[k.lower()]: typed(v) for k, v in (given.get("Metadata") or {}).items() if k.lower() in PARAMETERS and v != ""}
    cluster = snapshot.kind == "cluster-snapshot"
    params |= {"SnapshotIdentifier": arn} if cluster else {"DBSnapshotIdentifier": arn}
    job = {"RestoreJobId": str(uuid.uuid4()).upper(), "AccountId": ACCOUNT, "RecoveryPointArn": arn, "SourceResourceArn": point["ResourceArn"], "Status": "PENDING",
           "CreationDate": seconds(clock.now()), "PercentDone": "0.00%", "IamRoleArn": given.get("IamRoleArn"), "BackupVaultArn": point["BackupVaultArn"],
           "ResourceType": point["ResourceType"], "BackupSizeInBytes": point["BackupSizeInBytes"]}  # fmt: skip
    JOBS[job["RestoreJobId"]] = job
    if token:
        TOKENS[token] = job["RestoreJobId"]
    copy_tags = bool(given.get("CopySourceTagsToRestoredResource"))
    threading.Thread(target=run, args=(world, job, snapshot, params, cluster, copy_tags), daemon=True).start()
    return reply({"RestoreJobId": job["RestoreJobId"], "CopiedSourceTags": copy_tags})


def typed(value: str):
    """Restore metadata is text; lists come as JSON or with commas."""
    if value in ("true", "false"):
        return value == "true"
    if value.startswith("["):
        return json.loads(value)
    return int(value) if value.isdigit() else value


def run(world: World, job: dict, snapshot: Record, params: dict, cluster: bool, copy_tags: bool) -> None:
    time.sleep(min(0.2, world.knobs.delays["backup"]))
    job["Status"] = "RUNNING"
    time.sleep(world.knobs.delays["backup"])
    request, here = calls(snapshot.region, params), world.regions[snapshot.region]
    try:
        request.restore_db_cluster_from_snapshot() if cluster else request.restore_db_instance_from_db_snapshot()
    except ServiceException as error:
        job.update(Status="FAILED", StatusMessage=error.message, CompletionDate=seconds(clock.now()))
        return
    id = str(params["DBClusterIdentifier" if cluster else "DBInstanceIdentifier"]).lower()
    made = here.store("cluster" if cluster else "instance")[id]
    if not copy_tags:
        made.tags = []
    job["CreatedResourceArn"] = made.arn
    while made.status == "creating" and not world.stopping.wait(0.05):
        pass
    good = made.status == "available"
    job.update(Status="COMPLETED" if good else "FAILED", PercentDone="100.00%", CompletionDate=seconds(clock.now()))
    if not good:
        job["StatusMessage"] = f"{made.id} is {made.status}"


def validate(id: str, given: dict):
    job = JOBS.get(id)
    if job is None:
        return missing(id)
    if job.get("ValidationStatus") in ("SUCCESSFUL", "FAILED", "TIMED_OUT"):
        return wrong("InvalidRequestException", "The validation status is set already and can't be changed.")
    job.update(ValidationStatus=given["ValidationStatus"], ValidationStatusMessage=given.get("ValidationStatusMessage", ""))
    return 204, {}, b""
