"""KMS keys. Every key that a resource of RDS names is there and enabled, until a test says otherwise.

    POST /key {"arn", "state": "Enabled" | "Disabled" | "PendingDeletion" | "missing" | ..., "deleted_in_days"?: 12, "aws_managed"?: false}
    GET /key            what was said

DescribeKey is answered in front of ministack for these keys; keys that were made with CreateKey are ministack's own.
"""

import re
from datetime import timedelta

from . import clock
from .backup_points import seconds
from .world import ACCOUNT, BACKUP_KMS, KMS, World, refuse

STATES = {"Enabled", "Disabled", "PendingDeletion", "PendingImport", "Unavailable", "Creating", "Updating", "PendingReplicaDeletion", "missing"}
ARN = re.compile(r"arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:(key|alias)/.+")


def arn(key: str, region: str) -> str:
    """RDS takes a key's id for its ARN."""
    if ARN.fullmatch(key):
        return key
    return f"arn:aws:kms:{region}:{ACCOUNT}:{key if key.startswith('alias/') else 'key/' + key}"


def say(world: World, given: dict) -> dict:
    if given.get("state") not in STATES or set(given) - {"arn", "state", "deleted_in_days", "aws_managed"} or not ARN.fullmatch(given.get("arn", "")):
        raise ValueError(f"want arn, state (one of {', '.join(sorted(STATES))}), deleted_in_days?, aws_managed?; got {given}")
    told = {"state": given["state"], "aws_managed": bool(given.get("aws_managed"))}
    if given["state"] == "PendingDeletion":
        told["deleted_at"] = seconds(clock.now() + timedelta(days=float(given.get("deleted_in_days", 30))))
    world.knobs.keys[given["arn"]] = told
    return told


def is_usable(world: World, key: str | None, region: str) -> bool:
    """Nothing is always usable."""
    name = key and arn(key, region)
    return not name or (name.split(":")[3] == region and world.knobs.keys.get(name, {}).get("state", "Enabled") == "Enabled")


def must_be_usable(world: World, key: str | None, region: str) -> None:
    if not is_usable(world, key, region):
        name = arn(key, region)
        raise refuse("KMSKeyNotAccessibleFault", f"The specified KMS key [{name}] does not exist, is not enabled or you do not have permissions.")


def named(world: World, region: str) -> set[str]:
    """Every key that something of RDS is encrypted with, and the one of vaults."""
    with world.lock:
        here = world.regions[region]
        kinds = ("cluster", "instance", "cluster-snapshot", "snapshot")
        records = [r for kind in kinds for r in here.store(kind).values()] + here.retained_clusters + here.retained_instances
        return {r.api["KmsKeyId"] for r in records if r.api.get("KmsKeyId")} | {BACKUP_KMS.format(region=region)}


def describe(world: World, region: str, asked: str) -> dict | None:
    """The answer of DescribeKey: metadata, or an error's code and message; None where only ministack knows."""
    name = arn(asked, region)
    told = world.knobs.keys.get(name)
    if told is None and name not in named(world, region):
        return None
    state, id = (told or {}).get("state", "Enabled"), name.partition("/")[2]
    if state == "missing":
        return {"code": "NotFoundException", "message": f"Key '{name}' does not exist"}
    managed = (told or {}).get("aws_managed") or name in (KMS.format(region=region), BACKUP_KMS.format(region=region))
    view = {
        "AWSAccountId": name.split(":")[4], "KeyId": id, "Arn": name, "CreationDate": seconds(clock.ago(400 * 86400)), "Enabled": state == "Enabled",
        "Description": "", "KeyUsage": "ENCRYPT_DECRYPT", "KeyState": state, "Origin": "AWS_KMS", "KeyManager": "AWS" if managed else "CUSTOMER",
        "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT", "KeySpec": "SYMMETRIC_DEFAULT", "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"], "MultiRegion": False,
    }  # fmt: skip
    return {"KeyMetadata": view | ({"DeletionDate": told["deleted_at"]} if told and "deleted_at" in told else {})}


def enable(world: World, region: str, asked: str) -> dict | None:
    return turned(world, region, asked, "Disabled", "Enabled", {})


def cancel_deletion(world: World, region: str, asked: str) -> dict | None:
    """The key is disabled then."""
    return turned(world, region, asked, "PendingDeletion", "Disabled", {"KeyId": arn(asked, region)})


def turned(world: World, region: str, asked: str, before: str, after: str, answer: dict) -> dict | None:
    known = describe(world, region, asked)
    if known is None or "code" in known:
        return known
    state = known["KeyMetadata"]["KeyState"]
    if state not in (before, after):
        return {"code": "KMSInvalidStateException", "message": f"{arn(asked, region)} is {state}."}
    say(world, {"arn": arn(asked, region), "state": after})
    return answer
