"""Database proxies: targets that are registered, come up after a while and move; nobody listens on a proxy's endpoint.

    POST /proxies {"name", "region"?, "family"?: "POSTGRESQL", "target"?: {"kind": "cluster" | "instance", "id"}}
    POST /proxy-targets {"proxy": glob, "target": glob, "state": "UNAVAILABLE", "reason"?: "AUTH_FAILURE"}    it stays so
    DELETE /proxy-targets[?proxy=glob]

A cluster shows as a row of its own, without health, and one for each of its instances, which have it. A target is first
REGISTERING, then UNAVAILABLE (PENDING_PROXY_CAPACITY), then AVAILABLE; one that is gone or not up is UNAVAILABLE. It is the
database and not its name that is registered: one that is renamed stays a target under its new name.
"""

import random
import string
import time
from fnmatch import fnmatchcase

from moto.core.responses import ActionResult

from . import clock, views
from .rds_base import Base
from .world import ACCOUNT, REGION, Record, Region, World, refuse

STATES = ("REGISTERING", "AVAILABLE", "UNAVAILABLE", "UNUSED")


def new(region: str, p: dict) -> dict:
    name = p["DBProxyName"]
    return {
        "DBProxyName": name, "DBProxyArn": f"arn:aws:rds:{region}:{ACCOUNT}:db-proxy:prx-" + "".join(random.choices(string.hexdigits.lower(), k=17)),
        "Status": "available", "EngineFamily": p["EngineFamily"], "VpcId": "vpc-local", "VpcSecurityGroupIds": p.get("VpcSecurityGroupIds") or [],
        "VpcSubnetIds": p.get("VpcSubnetIds") or [], "Auth": p.get("Auth") or [], "RoleArn": p.get("RoleArn"), "RequireTLS": bool(p.get("RequireTLS")),
        "Endpoint": f"{name}.proxy-local.{region}.rds.amazonaws.com", "IdleClientTimeout": p.get("IdleClientTimeout") or 1800,
        "DebugLogging": False, "CreatedDate": clock.now(), "UpdatedDate": clock.now(), "targets": [],
    }  # fmt: skip


def add(world: World, given: dict) -> dict:
    """A proxy that is there, and healthy where it has a target."""
    region = given.get("region", REGION)
    here, target = world.regions[region], given.get("target")
    with world.lock:
        proxy = new(region, {"DBProxyName": given["name"], "EngineFamily": given.get("family", "POSTGRESQL")})
        if target:
            record = here.store(target["kind"]).get(target["id"])
            if record is None or target["kind"] not in ("cluster", "instance"):
                raise ValueError(f"no {target['kind']} {target['id']} in {region}")
            proxy["targets"] = [(record, float("-inf"))]
        here.proxies[given["name"]] = proxy
    return {"arn": proxy["DBProxyArn"]}


def say(world: World, given: dict) -> dict:
    if given["state"] not in STATES:
        raise ValueError(f"state: want one of {', '.join(STATES)}")
    world.knobs.targets.append({"reason": None, **{key: given[key] for key in ("proxy", "target", "state", "reason") if key in given}})
    return {}


def health(world: World, here: Region, proxy: str, target: Record, since: float) -> dict:
    said = [s for s in world.knobs.targets if fnmatchcase(proxy, s["proxy"]) and fnmatchcase(target.id, s["target"])]
    if said:
        state, reason = said[-1]["state"], said[-1]["reason"]
    elif (age := time.monotonic() - since) < (whole := world.knobs.delays["proxy"]):
        state, reason = ("REGISTERING", None) if age < whole / 2 else ("UNAVAILABLE", "PENDING_PROXY_CAPACITY")
    elif here.instances.get(target.id) is target and world.shown(target) in ("available", "modifying", "renaming", "backing-up"):
        state, reason = "AVAILABLE", None
    else:
        state, reason = "UNAVAILABLE", "UNREACHABLE"
    words = {"UNAVAILABLE": f"DBProxy Target unavailable: {reason}"}.get(state)
    return {"State": state} | ({"Reason": reason} if reason else {}) | ({"Description": words} if words else {})


def rows(world: World, here: Region, proxy: str, record: Record, since: float) -> list[dict]:
    where = {"Endpoint": record.port.name, "Port": record.port.number} if record.port else {}
    if record.kind == "instance":
        return [{"RdsResourceId": record.id, "TargetArn": record.arn, "Type": "RDS_INSTANCE", "Role": "READ_WRITE", **where,
                 "TargetHealth": health(world, here, proxy, record, since)}]  # fmt: skip
    found = [{"RdsResourceId": record.id, "TargetArn": record.arn, "Type": "TRACKED_CLUSTER", "Port": where.get("Port")}]
    for n, member in enumerate(here.members(record)):
        found.append({"RdsResourceId": member.id, "TargetArn": member.arn, "Type": "RDS_INSTANCE", "TrackedClusterId": record.id, **where,
                      "Role": "READ_ONLY" if n else "READ_WRITE", "TargetHealth": health(world, here, proxy, member, since)})  # fmt: skip
    return found


class ProxyCalls(Base):
    def _proxy(self) -> dict:
        name = self.p.get("DBProxyName")
        if name not in self.here.proxies:
            raise refuse("DBProxyNotFoundFault", f"DB proxy {name} doesn't exist.")
        if self.p.get("TargetGroupName") not in (None, "default"):
            raise refuse("DBProxyTargetGroupNotFoundFault", f"Target group {self.p['TargetGroupName']} doesn't exist.")
        return self.here.proxies[name]

    @staticmethod
    def _shown(proxy: dict) -> dict:
        return {key: value for key, value in proxy.items() if key != "targets"}

    def create_db_proxy(self):
        name = self.p["DBProxyName"]
        if name in self.here.proxies:
            raise refuse("DBProxyAlreadyExistsFault", f"DB proxy {name} already exists.")
        self.here.proxies[name] = new(self.region, self.p)
        return ActionResult({"DBProxy": self._shown(self.here.proxies[name])})

    def delete_db_proxy(self):
        return ActionResult({"DBProxy": self._shown(self.here.proxies.pop(self._proxy()["DBProxyName"]))})

    def describe_db_proxies(self):
        chosen = [self._proxy()] if self.p.get("DBProxyName") else list(self.here.proxies.values())
        return self.listing("DBProxies", [(x["DBProxyName"], self._shown(x)) for x in chosen])

    def describe_db_proxy_target_groups(self):
        proxy = self._proxy()
        group = {"DBProxyName": proxy["DBProxyName"], "TargetGroupName": "default", "TargetGroupArn": proxy["DBProxyArn"].replace("db-proxy:prx-", "target-group:prx-tg-"),
                 "IsDefault": True, "Status": "available", "CreatedDate": proxy["CreatedDate"], "UpdatedDate": proxy["UpdatedDate"],
                 "ConnectionPoolConfig": {"MaxConnectionsPercent": 100, "MaxIdleConnectionsPercent": 50, "ConnectionBorrowTimeout": 120}}  # fmt: skip
        return self.listing("TargetGroups", [("default", group)])

    def describe_db_proxy_targets(self):
        with self.world.lock:
            proxy = self._proxy()
            found = [row for record, since in proxy["targets"] for row in rows(self.world, self.here, proxy["DBProxyName"], record, since)]
        return self.listing("Targets", [(f"{r.get('TrackedClusterId') or r['RdsResourceId']}/{r['Type'] != 'TRACKED_CLUSTER'}/{r['RdsResourceId']}", r) for r in found])

    def register_db_proxy_targets(self):
        p = self.p
        with self.world.lock:
            proxy = self._proxy()
            wanted = [self.get_cluster(id) for id in p.get("DBClusterIdentifiers") or []]
            wanted += [self.get_instance(id) for id in p.get("DBInstanceIdentifiers") or []]
            if proxy["targets"] and wanted:
                raise refuse(
                    "DBProxyTargetAlreadyRegisteredFault", f"{proxy['DBProxyName']} already has the target {proxy['targets'][0][0].id}."
                )
            if len(wanted) != 1:
                raise refuse("InvalidParameterCombination", "Exactly one cluster or instance must be given.")
            if self.world.shown(wanted[0]) in ("creating", "deleting"):
                code = "InvalidDBClusterStateFault" if wanted[0].kind == "cluster" else "InvalidDBInstanceState"
                raise refuse(code, f"{wanted[0].id} is {self.world.shown(wanted[0])}.")
            proxy["targets"] = [(wanted[0], time.monotonic())]
            told = rows(self.world, self.here, proxy["DBProxyName"], wanted[0], time.monotonic())
        return ActionResult({"DBProxyTargets": told})

    def deregister_db_proxy_targets(self):
        p = self.p
        with self.world.lock:
            proxy = self._proxy()
            wanted = {("cluster", i.lower()) for i in p.get("DBClusterIdentifiers") or []}
            wanted |= {("instance", i.lower()) for i in p.get("DBInstanceIdentifiers") or []}
            if not wanted <= {(record.kind, record.id) for record, _ in proxy["targets"]}:
                names = ", ".join(sorted(id for _, id in wanted))
                raise refuse("DBProxyTargetNotFoundFault", f"{names} is not a target of {proxy['DBProxyName']}.")
            proxy["targets"] = [(record, since) for record, since in proxy["targets"] if (record.kind, record.id) not in wanted]
        return self.nothing()
