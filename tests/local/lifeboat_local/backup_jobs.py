"""Restore jobs of AWS Backup: PENDING, RUNNING, COMPLETED, or what a test wants them to come to.

A job restores through the same code as RestoreDB...FromSnapshot; what it makes has no tags, and a cluster has no instances.

    POST /restore-jobs {"id": "drill-*", "status": "FAILED", "message": "...", "made"?: true, "times"?: 1}
        the next jobs whose copy is called so end that way (FAILED, ABORTED), with or without having made it;
        PENDING and RUNNING: they stay so, and go on after DELETE /restore-jobs
    GET /restore-jobs    every job of every region
"""

import json
import re
import threading
import uuid
from fnmatch import fnmatchcase

from moto.core.exceptions import ServiceException

from . import clock
from .backup_points import RESTORABLE, Point, Wrong, find as find_point, moment, seconds
from .world import ACCOUNT, ENGINES, World

JOBS: dict[str, dict] = {}
REGIONS: dict[str, str] = {}  # of jobs
TOLD: dict[str, dict] = {}  # their metadata
TOKENS: dict[tuple[str, str], str] = {}
WISHES: list[dict] = []
ROLE = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]+")
FORMS = {"PENDING", "RUNNING", "FAILED", "ABORTED"}

COMMON = """VpcSecurityGroupIds DBSubnetGroupName Engine EngineVersion Port KmsKeyId EnableCloudwatchLogsExports CopyTagsToSnapshot"""
CLUSTER = COMMON + " DBClusterIdentifier DBClusterParameterGroupName AvailabilityZones"
ACCEPTED = {
    "Aurora": CLUSTER + " BacktrackWindow DatabaseName EnableIAMDatabaseAuthentication EngineMode OptionGroupName ScalingConfiguration",
    "DocumentDB": CLUSTER,
    "RDS": COMMON + """ DBInstanceIdentifier DBInstanceClass DBName DBParameterGroupName OptionGroupName AllocatedStorage AutoMinorVersionUpgrade
        AvailabilityZone DeletionProtection Domain DomainIAMRoleName EnableIAMDatabaseAuthentication Iops LicenseModel MultiAZ PubliclyAccessible
        StorageType StorageThroughput TdeCredentialArn TdeCredentialPassword UseDefaultProcessorFeatures ProcessorFeatures""",
}  # fmt: skip
NEEDED = {"Aurora": ("DBClusterIdentifier", "Engine"), "DocumentDB": ("DBClusterIdentifier", "Engine"), "RDS": ("DBInstanceIdentifier",)}
NUMBERS = {"Port", "Iops", "AllocatedStorage", "BacktrackWindow", "StorageThroughput"}
TIMES = ("RestoreToTime", "RestoreTime", "UseLatestRestorableTime")  # of a continuous point
LISTS = {"VpcSecurityGroupIds", "AvailabilityZones", "EnableCloudwatchLogsExports"}


def reset() -> None:
    for store in (JOBS, REGIONS, TOLD, TOKENS, WISHES):
        store.clear()


def calls(region: str, params: dict):
    """An RDS request made from inside."""
    from moto.core.parse import XFormedDict

    from .rds_other import RdsCalls

    request = RdsCalls()
    request.region, request.params = region, XFormedDict(params)
    return request


def wish(given: dict) -> dict:
    if given.get("status") not in FORMS or set(given) - {"id", "status", "message", "made", "times"}:
        raise ValueError(f"want id, status (one of {', '.join(sorted(FORMS))}), message?, made?, times?; got {given}")
    WISHES.append({"made": False, "times": 1, "message": f"{given['status']} on purpose", **given, "hits": 0})
    return {}


def wished(id: str) -> dict | None:
    for one in WISHES:
        if fnmatchcase(id, one["id"]) and (one["times"] < 0 or one["hits"] < one["times"]):
            one["hits"] += 1
            return one
    return None


def start(world: World, region: str, given: dict) -> str:
    arn, told, token = given.get("RecoveryPointArn"), given.get("Metadata"), given.get("IdempotencyToken")
    for name, value in (("RecoveryPointArn", arn), ("Metadata", told), ("IamRoleArn", given.get("IamRoleArn"))):
        if not value:
            raise Wrong("MissingParameterValueException", f"{name} is required.")
    if not ROLE.fullmatch(given["IamRoleArn"]):
        raise Wrong("InvalidParameterValueException", f"Invalid role ARN: {given['IamRoleArn']}")
    with world.lock:
        if token and (region, token) in TOKENS:
            return TOKENS[region, token]
        point = find_point(region, arn)
        if point.status not in RESTORABLE:
            raise Wrong("InvalidRequestException", f"Recovery point {arn} is {point.status} and cannot be restored.")
        if given.get("ResourceType") not in (None, point.type):
            raise Wrong("InvalidParameterValueException", f"The recovery point is of {point.type}, not of {given['ResourceType']}.")
        params = parameters(point, told)
        names = ("DBClusterIdentifier", "DBInstanceIdentifier", "TargetDBInstanceIdentifier")
        id = next(str(params[name]).lower() for name in names if name in params)
        job = {"RestoreJobId": str(uuid.uuid4()).upper(), "AccountId": ACCOUNT, "RecoveryPointArn": arn, "SourceResourceArn": point.resource_arn,
               "Status": "PENDING", "CreationDate": seconds(clock.now()), "PercentDone": "0.00%", "IamRoleArn": given["IamRoleArn"],
               "BackupVaultArn": point.vault_arn, "ResourceType": point.type, "BackupSizeInBytes": point.bytes,
               "RecoveryPointCreationDate": seconds(point.snapshot.created)}  # fmt: skip
        JOBS[job["RestoreJobId"]], REGIONS[job["RestoreJobId"]], TOLD[job["RestoreJobId"]] = job, region, told
        if token:
            TOKENS[region, token] = job["RestoreJobId"]
    copy_tags = bool(given.get("CopySourceTagsToRestoredResource"))
    work = (world, job, point, params, id, copy_tags, wished(id) or {"status": "COMPLETED", "made": True})
    threading.Thread(target=run_and_tell, args=work, daemon=True).start()
    return job["RestoreJobId"]


def run_and_tell(world: World, job: dict, point: Point, *work) -> None:
    """EventBridge hears of the end, as AWS tells it."""
    from .backup_history import tell

    run(world, job, point, *work)
    tell(world, "restore", point.region, job)


def parameters(point: Point, told: dict) -> dict:
    """The metadata as parameters of a restore, whatever the case of its keys; refuses what a restore of that type cannot take."""
    accepted = [*ACCEPTED[point.type].split(), *(TIMES if point.source else ())]
    known, params = {name.lower(): name for name in accepted}, {}
    for key, value in told.items():
        name = known.get(key.lower())
        if name is None:
            raise Wrong("InvalidParameterValueException", f"Invalid restore metadata. Unrecognized key for {point.type}: {key}")
        if name in params:
            raise Wrong("InvalidParameterValueException", f"Invalid restore metadata. {key} is given twice, in two spellings.")
        params[name] = typed(name, value)
    for name in NEEDED[point.type]:
        if params.get(name) in (None, ""):
            raise Wrong("InvalidParameterValueException", f"Invalid restore metadata. You must specify {name}.")
    # the engine's own port is everybody's on this one machine: each copy gets one of its own
    if params.get("Port") == ENGINES[point.snapshot.engine][1]:
        del params["Port"]
    params = {name: value for name, value in params.items() if value not in (None, "", [])}
    return to_a_time(point, params) if point.source else params | {
        "SnapshotIdentifier" if point.type != "RDS" else "DBSnapshotIdentifier": point.snapshot.arn
    }  # fmt: skip


def to_a_time(point: Point, params: dict) -> dict:
    """The parameters of a restore to a point in time: AWS Backup has its source's log, and needs to be told until when."""
    at = params.pop("RestoreToTime", None) or params.pop("RestoreTime", None)
    if bool(at) == bool(params.get("UseLatestRestorableTime")):
        raise Wrong("InvalidParameterValueException", "Invalid restore metadata. You must specify a restore time or UseLatestRestorableTime.")
    params = {name: value for name, value in params.items() if name not in ("Engine", "EngineVersion", "AvailabilityZones", "DBName", "DatabaseName")}
    if at:
        params["RestoreTime" if point.type == "RDS" else "RestoreToTime"] = clock.parse(at)
    if point.type == "RDS":
        return params | {"SourceDBInstanceIdentifier": point.resource_name, "TargetDBInstanceIdentifier": params.pop("DBInstanceIdentifier")}
    return params | {"SourceDBClusterIdentifier": point.resource_name}


def typed(name: str, value: str):
    """Metadata is text; lists come as JSON or with commas."""
    if name in LISTS:
        return json.loads(value) if value.startswith("[") else [part.strip() for part in value.split(",") if part.strip()]
    if value in ("true", "false"):
        return value == "true"
    return int(value) if name in NUMBERS and value.isdigit() else value


def run(world: World, job: dict, point: Point, params: dict, id: str, copy_tags: bool, end: dict) -> None:
    pause(world, min(0.2, world.knobs.delays["backup"]))
    while end["status"] == "PENDING" and end in WISHES and not world.stopping.wait(0.05):
        pass
    job["Status"] = "RUNNING"
    pause(world, world.knobs.delays["backup"])
    if end["status"] in ("PENDING", "RUNNING") or end["made"]:
        if not make(world, job, point, params, id, copy_tags):
            return
    while end["status"] == "RUNNING" and end in WISHES and not world.stopping.wait(0.05):
        pass
    done = end["status"] if end["status"] in ("FAILED", "ABORTED") else "COMPLETED"
    finish(job, done, end["message"] if done != "COMPLETED" else None)


def make(world: World, job: dict, point: Point, params: dict, id: str, copy_tags: bool) -> bool:
    """Restores; False when that ended the job."""
    cluster, region = point.type != "RDS", point.region
    request = calls(region, params)
    try:
        with world.lock:  # nobody sees it with its source's tags
            if point.source:
                request.restore_db_cluster_to_point_in_time() if cluster else request.restore_db_instance_to_point_in_time()
            else:
                request.restore_db_cluster_from_snapshot() if cluster else request.restore_db_instance_from_db_snapshot()
            made = world.regions[region].store("cluster" if cluster else "instance")[id]
            if not copy_tags:
                made.tags = []
    except ServiceException as error:
        finish(job, "FAILED", error.message)
        return False
    pause(world, world.knobs.delays["backup"] / 2)
    job["CreatedResourceArn"] = made.arn  # it is there for a while before the job tells
    while made.status == "creating" and not world.stopping.wait(0.05):
        pass
    if made.status in ("incompatible-restore", "failed"):
        finish(job, "FAILED", f"{made.id} is {made.status}")
        return False
    return True


def pause(world: World, delay: float) -> None:
    world.stopping.wait(delay)


def finish(job: dict, status: str, message: str | None) -> None:
    job.update(PercentDone="100.00%" if status == "COMPLETED" else job["PercentDone"], CompletionDate=seconds(clock.now()))
    if message:
        job["StatusMessage"] = message
    job["Status"] = status  # last, so that whoever sees the end sees why


def find(region: str, id: str) -> dict:
    if id not in JOBS or REGIONS[id] != region:
        raise Wrong("ResourceNotFoundException", f"Restore job {id} not found.")
    return JOBS[id]


def metadata(region: str, id: str) -> dict:
    return {"RestoreJobId": find(region, id)["RestoreJobId"], "Metadata": TOLD[id]}


def listed(region: str, asked: dict) -> list[dict]:
    after, before = (moment(asked.get(key)) for key in ("createdAfter", "createdBefore"))
    return [
        job
        for id, job in list(JOBS.items())
        if REGIONS[id] == region
        and asked.get("status") in (None, job["Status"])
        and asked.get("resourceType") in (None, job["ResourceType"])
        and (after is None or job["CreationDate"] > after)
        and (before is None or job["CreationDate"] < before)
    ]


def validate(region: str, id: str, given: dict) -> None:
    job = find(region, id)
    if job.get("ValidationStatus") in ("SUCCESSFUL", "FAILED", "TIMED_OUT"):
        raise Wrong("InvalidRequestException", "The validation status is set already and can't be changed.")
    job.update(ValidationStatus=given["ValidationStatus"], ValidationStatusMessage=given.get("ValidationStatusMessage", ""))
