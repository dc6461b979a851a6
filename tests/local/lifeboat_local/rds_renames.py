"""New identifiers, and parameter groups that wait for a reboot: what ModifyDBCluster and ModifyDBInstance do later than at once.

A new identifier is promised from the call on, so nobody else can take it; the old one is free only when the new one shows. Without
ApplyImmediately it waits for a maintenance window, and none ever comes here: it stays in PendingModifiedValues.
"""

from .world import Record, identifier, refuse

WORDS = {  # parameter, its name in PendingModifiedValues, the refusal of a name that is taken
    "cluster": ("NewDBClusterIdentifier", "DBClusterIdentifier", "DBClusterAlreadyExistsFault", "DB Cluster already exists: {}"),
    "instance": ("NewDBInstanceIdentifier", "DBInstanceIdentifier", "DBInstanceAlreadyExists", "DB instance already exists"),
}


def must_be_free(store: dict[str, Record], kind: str, id: str) -> None:
    """Called under the lock."""
    if id in store or any(record.becomes == id for record in store.values()):
        _, _, code, text = WORDS[kind]
        raise refuse(code, text.format(id))


def asked(store: dict[str, Record], record: Record, p: dict) -> str | None:
    """The new identifier, if it is to be given now; called under the lock. Its own name is no new one."""
    parameter, shown, _, _ = WORDS[record.kind]
    if not p.get(parameter):
        return None
    new = identifier(p[parameter], parameter)
    if new == record.id:
        return None
    must_be_free(store, record.kind, new)
    if not p.get("ApplyImmediately"):
        record.api["PendingModifiedValues"] = record.api.get("PendingModifiedValues", {}) | {shown: new}
        return None
    record.becomes = new
    return new


def done(store: dict[str, Record], record: Record, members: list[Record]) -> None:
    """It is called by its new name from now on, and so do its members call it; called under the lock."""
    store[record.becomes] = store.pop(record.id)
    record.id, record.becomes = record.becomes, None
    for member in members:
        member.api["DBClusterIdentifier"] = record.id


def groups_wait(record: Record, members: list[Record], p: dict) -> None:
    """A parameter group that was changed holds for an instance only after its reboot."""
    if record.kind == "cluster" and p.get("DBClusterParameterGroupName"):
        for member in members:
            member.waits_for_reboot = True
    if record.kind == "instance" and p.get("DBParameterGroupName"):
        record.api["DBParameterGroups"][0]["ParameterApplyStatus"] = "pending-reboot"


def rebooted(instance: Record) -> None:
    instance.waits_for_reboot = False
    for group in instance.api.get("DBParameterGroups", []):
        group["ParameterApplyStatus"] = "in-sync"
