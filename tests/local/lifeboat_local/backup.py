"""AWS Backup, as far as a restore from a vault and a look at it need it: what is asked, and how it is answered.

backup_points holds recovery points and their metadata, backup_jobs restore jobs and their validation, backup_history jobs of
every kind, plans and locks. Everything else under AWS Backup (making vaults, plans, locks) is moto's own.
"""

import json
from urllib.parse import parse_qs

from . import backup_history, backup_jobs, backup_points
from .backup_points import Wrong
from .world import World

MOST_IN_A_PAGE = 1000


def reset() -> None:
    backup_points.POINTS.clear()
    backup_jobs.reset()
    backup_history.reset()


def handle(world: World, region: str, method: str, path: str, query: str, body: bytes):
    """The answer, or None for what moto has to answer."""
    parts = [p for p in path.split("/") if p]
    asked = {key: values[-1] for key, values in parse_qs(query).items()}
    try:
        match (method, *parts):
            case ("GET", "backup-vaults", vault, "recovery-points"):
                return page("RecoveryPoints", backup_points.listed(region, vault, asked), asked)
            case ("GET", "resources", arn, "recovery-points"):
                return page("RecoveryPoints", backup_points.of_resource(region, arn), asked)
            case ("GET", "backup-vaults", vault, "recovery-points", arn):
                return reply(backup_points.find(region, arn, vault).shown())
            case ("DELETE", "backup-vaults", vault, "recovery-points", arn):
                backup_points.delete(world, region, arn, vault)
                return 204, {}, b""
            case ("GET", "backup-vaults", vault, "recovery-points", arn, "restore-metadata"):
                return reply(backup_points.find(region, arn, vault).restore_metadata())
            case ("PUT", "restore-jobs"):
                return reply({"RestoreJobId": backup_jobs.start(world, region, json.loads(body))})
            case ("GET", "restore-jobs"):
                return page("RestoreJobs", backup_history.listed("restore", region, asked), asked)
            case ("GET", "restore-jobs", job):
                return reply(backup_jobs.find(region, job))
            case ("GET", "restore-jobs", job, "metadata"):
                return reply(backup_jobs.metadata(region, job))
            case ("PUT", "restore-jobs", job, "validations"):
                backup_jobs.validate(region, job, json.loads(body))
                return 204, {}, b""
            case ("GET", "backup-jobs"):
                return page("BackupJobs", backup_history.listed("backup", region, asked), asked)
            case ("GET", "copy-jobs"):
                return page("CopyJobs", backup_history.listed("copy", region, asked), asked)
            case ("GET", "backup-vaults", vault):
                return reply(backup_history.vault(region, vault))
            case ("GET", "backup", "plans"):
                return page("BackupPlansList", backup_history.plans(region, asked), asked)
    except Wrong as error:
        text = {"__type": error.code, "Code": error.code, "Message": str(error), "message": str(error)}
        return 400, {"Content-Type": "application/json", "x-amzn-ErrorType": error.code}, json.dumps(text).encode()
    return None


def reply(value: dict):
    return 200, {"Content-Type": "application/json"}, json.dumps(value).encode()


def page(name: str, items: list[dict], asked: dict):
    """A page is as long as asked for; its token is the number of the first item of the next one."""
    try:
        size, begin = int(asked.get("maxResults", MOST_IN_A_PAGE)), int(asked.get("nextToken", 0))
    except ValueError:
        raise Wrong("InvalidParameterValueException", f"Invalid paging: {asked}") from None
    if not 1 <= size <= MOST_IN_A_PAGE:
        raise Wrong("InvalidParameterValueException", f"MaxResults must be between 1 and {MOST_IN_A_PAGE}, got {size}.")
    rest = {"NextToken": str(begin + size)} if begin + size < len(items) else {}
    return reply({name: items[begin : begin + size], **rest})
