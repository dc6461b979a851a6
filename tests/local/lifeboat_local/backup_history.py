"""What AWS Backup remembers: jobs of the last 30 days, plans, locks of vaults. Seeded by the control API.

    POST /jobs {"kind": "backup" | "copy" | "restore", "resource": "orders" or an ARN, "state": "FAILED", "message"?, "vault"?: "prod",
                "region"?, "age_seconds"?: 3600, "took_seconds"?: 600, "count"?: 1, "plan"?, "type"?: "Aurora", "silent"?: false,
                "shown"?: {any field: value}}       a job; EventBridge is told of its state unless `silent`. The answer has its ids
    GET /jobs
    POST /plans {"plan": {as CreateBackupPlan takes it}, "region"?}       the answer has its id
    POST /vault-lock {"vault", "region"?, "locked"?: true, "min_days"?, "max_days"?, "lock_date"?: "2026-12-01T00:00:00Z"}
"""

import re
import uuid
from datetime import timedelta

from . import backup_jobs, clock
from .backup_points import POINTS, TYPES, Wrong, seconds, wanted as in_time
from .world import ACCOUNT, BACKUP_KMS, REGION, World

KINDS = {"backup": ("BackupJobs", "BackupJobId", "State"), "copy": ("CopyJobs", "CopyJobId", "State"), "restore": ("RestoreJobs", "RestoreJobId", "Status")}
STATES = {
    "backup": set("CREATED PENDING RUNNING ABORTING ABORTED COMPLETED FAILED EXPIRED PARTIAL".split()),
    "copy": set("CREATED RUNNING COMPLETED FAILED PARTIAL".split()), "restore": set("PENDING RUNNING COMPLETED ABORTED FAILED".split()),
}  # fmt: skip
ENDED = ("ABORTED", "COMPLETED", "FAILED", "EXPIRED", "PARTIAL")
ROLE = f"arn:aws:iam::{ACCOUNT}:role/backup"
JOBS: list[tuple[str, str, dict]] = []  # (kind, region, as it is shown); restore jobs are beside those that really ran
ASKED = {  # parameter of the request: field of a job
    "resourceArn": "ResourceArn", "state": "State", "status": "Status", "resourceType": "ResourceType", "backupVaultName": "BackupVaultName",
    "destinationVaultArn": "DestinationBackupVaultArn", "accountId": "AccountId",
}  # fmt: skip


def reset() -> None:
    from moto.backup.models import backup_backends

    JOBS.clear()
    for backend in backup_backends[ACCOUNT].values():
        backend.plans.clear()


def vault_arn(region: str, vault: str) -> str:
    return f"arn:aws:backup:{region}:{ACCOUNT}:backup-vault:{vault}"


def source(world: World, region: str, resource: str) -> tuple[str, str]:
    """ARN and type of what is backed up; a name that is not there is a cluster of Aurora."""
    here = world.regions[region]
    name = resource.rsplit(":", 1)[-1]
    record = here.clusters.get(name) or here.instances.get(name)
    if record:
        return record.arn, TYPES.get(record.engine, "RDS")
    arn = resource if resource.startswith("arn:") else f"arn:aws:rds:{region}:{ACCOUNT}:cluster:{resource}"
    return arn, "RDS" if ":db:" in arn else "Aurora"


def add(world: World, given: dict) -> dict:
    kind, state, region = given["kind"], given["state"], given.get("region", REGION)
    if kind not in KINDS or state not in STATES[kind]:
        raise ValueError(f"want kind one of {', '.join(KINDS)} and a state of it: {', '.join(sorted(STATES.get(kind, ())))}; got {given}")
    ids = []
    for _ in range(int(given.get("count", 1))):
        job = made(world, kind, state, region, given) | given.get("shown", {})
        ids.append(job[KINDS[kind][1]])
        JOBS.append((kind, region, job))
        if not given.get("silent"):
            tell(world, kind, region, job)
    return {"ids": ids}


def made(world: World, kind: str, state: str, region: str, given: dict) -> dict:
    arn, type = source(world, region, given["resource"])
    begun, vault = clock.ago(float(given.get("age_seconds", 3600))), given.get("vault", "prod")
    job = {
        "AccountId": ACCOUNT, KINDS[kind][1]: str(uuid.uuid4()).upper(), KINDS[kind][2]: state, "ResourceType": given.get("type", type),
        "CreationDate": seconds(begun), "IamRoleArn": ROLE, "BackupSizeInBytes": 0 if state == "FAILED" else 1 << 30,
    }  # fmt: skip
    if state in ENDED:
        job["CompletionDate"] = seconds(begun + timedelta(seconds=float(given.get("took_seconds", 600))))
    if given.get("message"):
        job["StatusMessage"] = given["message"]
    point = f"arn:aws:rds:{region}:{ACCOUNT}:cluster-snapshot:awsbackup:job-{uuid.uuid4()}"
    if kind == "restore":
        return job | {"RecoveryPointArn": point, "SourceResourceArn": arn, "BackupVaultArn": vault_arn(region, vault), "PercentDone": "0.00%"}
    job |= {"ResourceArn": arn, "ResourceName": arn.rsplit(":", 1)[-1], "IsParent": False}
    if given.get("plan"):
        job["CreatedBy"] = {"BackupPlanId": given["plan"], "BackupPlanArn": f"arn:aws:backup:{region}:{ACCOUNT}:backup-plan:{given['plan']}"}
    if kind == "copy":
        return job | {"SourceBackupVaultArn": vault_arn(region, vault), "SourceRecoveryPointArn": point,
                      "DestinationBackupVaultArn": given.get("to", vault_arn("us-west-2", "dr"))}  # fmt: skip
    job |= {"BackupVaultName": vault, "BackupVaultArn": vault_arn(region, vault), "StartBy": seconds(begun + timedelta(hours=8)),
            "PercentDone": "100.0" if state == "COMPLETED" else "0.0", "BytesTransferred": 0}  # fmt: skip
    return job | ({"RecoveryPointArn": point} if state in ("COMPLETED", "PARTIAL") else {})


def camel(name: str) -> str:
    return name[0].lower() + name[1:]


def tell(world: World, kind: str, region: str, job: dict) -> None:
    """EventBridge's event of the state, with AWS's own unevenness: which numbers are texts, and what is `{}` when there is none."""
    hidden = {"AccountId", "IsParent", "ResourceName", "CreatedBy", "RecoveryPointCreationDate", "ValidationStatus", "DeletionStatus"}
    detail = {camel(name): value for name, value in job.items() if name not in hidden}
    for name in ("creationDate", "completionDate", "startBy"):
        if name in detail:
            detail[name] = clock.text(clock.from_seconds(detail[name]))
    texts = {"backup": ("bytesTransferred",), "copy": (), "restore": ("backupSizeInBytes",)}[kind]
    detail |= {name: str(detail[name]) for name in texts if name in detail}
    if kind == "copy":
        detail.setdefault("destinationRecoveryPointArn", {})
    if kind == "backup":
        detail.pop("backupSizeInBytes", None)
        if "statusMessage" in detail:
            detail["statusMessage"] = f'"{detail["statusMessage"]}"'
    if "percentDone" in detail:
        detail["percentDone"] = int(float(re.sub("%", "", str(detail["percentDone"]))))
    resources = [] if kind == "backup" else [job.get("RecoveryPointArn") or job.get("SourceRecoveryPointArn")]
    world.announcer.tell(region, "aws.backup", f"{kind.title()} Job State Change", resources, detail)


def listing() -> list[dict]:
    return [{"kind": kind, "region": region, **job} for kind, region, job in JOBS]


def listed(kind: str, region: str, asked: dict) -> list[dict]:
    """The newest first, as AWS lists them; restore jobs that really ran among them."""
    jobs = [job for k, r, job in list(JOBS) if (k, r) == (kind, region)]
    if kind == "restore":
        jobs += [job for id, job in list(backup_jobs.JOBS.items()) if backup_jobs.REGIONS[id] == region]
    if unknown := set(asked) - {*ASKED, "createdAfter", "createdBefore", "nextToken", "maxResults"}:
        raise Wrong("InvalidParameterValueException", f"The local AWS Backup does not know {', '.join(sorted(unknown))}.")
    jobs = [j for j in jobs if all(asked.get(name) in (None, j.get(field)) for name, field in ASKED.items())]
    times = {name: asked[name] for name in ("createdAfter", "createdBefore") if name in asked}
    return sorted((j for j in jobs if in_time({"ResourceArn": None, "ResourceType": None, **j}, times)), key=lambda j: -j["CreationDate"])


# -- plans and vaults: moto's, but in pages, and described as AWS does --------------------------------------------------------


def backend(region: str):
    from moto.backup.models import backup_backends

    return backup_backends[ACCOUNT][region]


def plan(given: dict) -> dict:
    return {"id": backend(given.get("region", REGION)).create_backup_plan(given["plan"], {}, None).backup_plan_id}


def plans(region: str, asked: dict) -> list[dict]:
    return [p.to_list_dict() for p in backend(region).list_backup_plans(asked.get("includeDeleted") == "true")]


def find_vault(region: str, name: str):
    vault = backend(region).vaults.get(name)
    if vault is None:
        raise Wrong("ResourceNotFoundException", f"Backup vault {name} not found.")
    return vault


def vault(region: str, name: str) -> dict:
    points = sum(1 for p in list(POINTS.values()) if (p.region, p.vault) == (region, name))
    usual = {"VaultType": "BACKUP_VAULT", "VaultState": "AVAILABLE", "EncryptionKeyArn": BACKUP_KMS.format(region=region)}
    return usual | find_vault(region, name).to_list_dict() | {"NumberOfRecoveryPoints": points}


def lock(given: dict) -> dict:
    region, name = given.get("region", REGION), given["vault"]
    if name not in backend(region).vaults:
        backend(region).create_backup_vault(name, {}, None, None)
    vault = find_vault(region, name)
    vault.locked, vault.min_retention_days, vault.max_retention_days = given.get("locked", True), given.get("min_days"), given.get("max_days")
    vault.lock_date = seconds(clock.parse(given["lock_date"])) if given.get("lock_date") else None
    return {}
