"""What AWS Backup tells whoever looks at it: locks of vaults, points that stay, jobs with their events, plans."""

import datetime

from .harness import UTC, Stack, refused, say
from .lifecycle import bus

REGION = "eu-vaults-1"
DAY = datetime.timedelta(days=1)


def vault_facts(s: Stack) -> None:
    backup = s.client("backup", region=REGION)
    locks(s, backup)
    points(s, backup)
    jobs(s, backup)
    events(s)
    plans(s, backup)


def locks(s: Stack, backup) -> None:
    refused("ResourceNotFoundException", backup.describe_backup_vault, BackupVaultName="nothing")
    backup.create_backup_vault(BackupVaultName="prod", EncryptionKeyArn=f"arn:aws:kms:{REGION}:123456789012:key/1")
    told = backup.describe_backup_vault(BackupVaultName="prod")
    assert (told["Locked"], told.get("LockDate"), told["EncryptionKeyArn"][-5:], told["NumberOfRecoveryPoints"]) == (False, None, "key/1", 0), told
    backup.put_backup_vault_lock_configuration(BackupVaultName="prod", MinRetentionDays=7, MaxRetentionDays=400)
    told = backup.describe_backup_vault(BackupVaultName="prod")
    assert (told["Locked"], told["MinRetentionDays"], told["MaxRetentionDays"], told.get("LockDate")) == (True, 7, 400, None)
    s.control("POST", "/vault-lock", {"region": REGION, "vault": "safe", "min_days": 30, "lock_date": "2026-01-01T00:00:00Z"})
    told = backup.describe_backup_vault(BackupVaultName="safe")
    assert (told["Locked"], told["MinRetentionDays"], told.get("MaxRetentionDays"), told["LockDate"].year) == (True, 30, None, 2026)
    s.control("POST", "/vault-lock", {"region": REGION, "vault": "safe", "locked": False})
    assert backup.describe_backup_vault(BackupVaultName="safe")["Locked"] is False
    say("vaults with and without a lock, in governance and in compliance mode")


def points(s: Stack, backup) -> None:
    far = "arn:aws:backup:us-west-2:123456789012:backup-vault:home"
    s.control("POST", "/recovery-points", {"region": REGION, "vault": "prod", "resource": "orders", "count": 1100, "age_seconds": 86400,
                                           "every_seconds": 86400, "delete_after_days": 35})  # fmt: skip
    s.control("POST", "/recovery-points", {"region": REGION, "vault": "prod", "resource": f"arn:aws:rds:{REGION}:123456789012:db:gym", "status": "EXPIRED",
                                           "shown": {"StatusMessage": "Insufficient permission to delete the recovery point", "SourceBackupVaultArn": far,
                                                     "StorageClass": "COLD"}})  # fmt: skip
    s.control("POST", "/recovery-points", {"region": REGION, "vault": "prod", "resource": "arn:aws:ec2:x:1:volume/v", "type": "EBS"})
    pages = list(backup.get_paginator("list_recovery_points_by_backup_vault").paginate(BackupVaultName="prod"))
    found = [p for page in pages for p in page["RecoveryPoints"]]
    assert len(pages) == 2 and len(found) == 1102, (len(pages), len(found))
    of_orders = [p for p in found if p["ResourceArn"].endswith(":cluster:orders")]
    assert all(p["CalculatedLifecycle"]["DeleteAt"] - p["CreationDate"] == 35 * DAY and p["Lifecycle"] == {"DeleteAfterDays": 35} for p in of_orders)
    expired = [p for p in found if p["Status"] == "EXPIRED"]
    assert [(p["ResourceType"], p["SourceBackupVaultArn"], p["StatusMessage"][:12]) for p in expired] == [("RDS", far, "Insufficient")]
    assert "Lifecycle" not in expired[0] and backup.describe_backup_vault(BackupVaultName="prod")["NumberOfRecoveryPoints"] == 1102
    asked = backup.list_recovery_points_by_backup_vault(BackupVaultName="prod", ByResourceType="EBS")["RecoveryPoints"]
    assert len(asked) == 1
    say("a vault of 1102 points in two pages, with their ends; one that should have gone and did not, with AWS's words")


def jobs(s: Stack, backup) -> None:
    def job(kind: str, state: str, **more) -> list[str]:
        return s.control("POST", "/jobs", {"region": REGION, "kind": kind, "state": state, "resource": "orders", "silent": True, **more})["ids"]

    job("backup", "COMPLETED", count=1200, age_seconds=20 * 86400)
    failed = job("backup", "FAILED", message="Access denied", plan="plan-1", vault="prod")[0]
    for state in ("ABORTED", "EXPIRED", "PARTIAL"):
        job("backup", state, resource=f"arn:aws:rds:{REGION}:123456789012:db:gym")
    job("backup", "RUNNING", age_seconds=60)
    everything = [j for page in backup.get_paginator("list_backup_jobs").paginate() for j in page["BackupJobs"]]
    assert len(everything) == 1205 and everything[0]["State"] == "RUNNING" and "CompletionDate" not in everything[0]
    since = datetime.datetime.now(UTC) - DAY
    found = {j["State"]: j for j in backup.list_backup_jobs(ByCreatedAfter=since)["BackupJobs"]}
    assert set(found) == {"FAILED", "ABORTED", "EXPIRED", "PARTIAL", "RUNNING"}
    one = found["FAILED"]
    assert (one["BackupJobId"], one["StatusMessage"], one["BackupVaultName"], one["CreatedBy"]["BackupPlanId"]) == (failed, "Access denied", "prod", "plan-1")
    assert (one["ResourceType"], found["ABORTED"]["ResourceType"]) == ("Aurora", "RDS") and one["CompletionDate"] > one["CreationDate"]
    page = backup.list_backup_jobs(ByState="COMPLETED", MaxResults=1000)
    assert len(page["BackupJobs"]) == 1000 and len(backup.list_backup_jobs(ByState="COMPLETED", NextToken=page["NextToken"])["BackupJobs"]) == 200
    refused("InvalidParameterValueException", backup.list_backup_jobs, ByMessageCategory="*")
    job("copy", "FAILED", message="The vault is in another account")
    copy = backup.list_copy_jobs(ByCreatedAfter=since)["CopyJobs"][0]
    assert (copy["State"], copy["DestinationBackupVaultArn"][-15:]) == ("FAILED", "backup-vault:dr") and copy["SourceBackupVaultArn"], copy
    test = {"CreatedBy": {"RestoreTestingPlanArn": "arn:x"}, "DeletionStatus": "FAILED", "DeletionStatusMessage": "has instances"}
    job("restore", "COMPLETED", shown=test)
    restored = backup.list_restore_jobs(ByCreatedAfter=since, ByStatus="COMPLETED")["RestoreJobs"][0]
    assert (restored["DeletionStatus"], restored["CreatedBy"]) == ("FAILED", test["CreatedBy"]), restored
    assert backup.list_restore_jobs(ByStatus="FAILED")["RestoreJobs"] == [] and s.backup.list_backup_jobs()["BackupJobs"] == []
    say("jobs of every kind and state, the newest first, since a time, in pages")


def events(s: Stack) -> None:
    take = bus(s, "jobs", {"source": ["aws.backup"], "detail-type": [f"{k} Job State Change" for k in ("Backup", "Copy", "Restore")]})
    for kind, state in (("backup", "FAILED"), ("copy", "FAILED"), ("restore", "FAILED"), ("backup", "COMPLETED")):
        s.control("POST", "/jobs", {"kind": kind, "state": state, "resource": "orders", "message": "why not"})
    backup, copy, restore, done = (e["detail"] for e in take(4))
    assert (backup["state"], backup["statusMessage"], backup["bytesTransferred"], backup["percentDone"]) == ("FAILED", '"why not"', "0", 0), backup
    assert (copy["state"], copy["destinationRecoveryPointArn"], copy["backupSizeInBytes"]) == ("FAILED", {}, 0), copy
    assert restore["status"] == "FAILED" and "state" not in restore and restore["backupSizeInBytes"] == "0" and restore["restoreJobId"], restore
    assert (done["state"], done["percentDone"]) == ("COMPLETED", 100) and backup["creationDate"].endswith("Z") and backup["resourceArn"].endswith("orders")
    say("EventBridge hears of jobs, in AWS's own uneven form")


def plans(s: Stack, backup) -> None:
    rule = {"RuleName": "nightly", "TargetBackupVaultName": "prod", "ScheduleExpression": "cron(0 3 * * ? *)", "ScheduleExpressionTimezone": "Europe/Berlin",
            "StartWindowMinutes": 60, "Lifecycle": {"DeleteAfterDays": 35, "MoveToColdStorageAfterDays": 7}, "EnableContinuousBackup": False,
            "CopyActions": [{"DestinationBackupVaultArn": "arn:aws:backup:us-west-2:123456789012:backup-vault:dr", "Lifecycle": {"DeleteAfterDays": 90}}]}  # fmt: skip
    made = backup.create_backup_plan(BackupPlan={"BackupPlanName": "daily", "Rules": [rule]})["BackupPlanId"]
    for n in range(24):
        s.control("POST", "/plans", {"region": REGION, "plan": {"BackupPlanName": f"p{n}", "Rules": [{"RuleName": "r", "TargetBackupVaultName": "prod"}]}})
    pages = list(backup.get_paginator("list_backup_plans").paginate(PaginationConfig={"PageSize": 10}))
    assert [len(p["BackupPlansList"]) for p in pages] == [10, 10, 5] and pages[0]["BackupPlansList"][0]["BackupPlanName"] == "daily"
    told = backup.get_backup_plan(BackupPlanId=made)["BackupPlan"]["Rules"][0]
    assert {key: told[key] for key in rule} == rule, told
    refused("ResourceNotFoundException", backup.get_backup_plan, BackupPlanId="nothing")
    say("plans, in pages, with rules, lifecycles and copies")
