"""What RDS tells of a whole account: quotas and their use, certificate authorities, until when engines are supported.

    POST /quota {"name": "ManualClusterSnapshots", "most": 100, "region"?}          see QUOTAS for the names
    POST /certificates {"id": "rds-ca-rsa2048-g1", "until": "2027-01-01T00:00:00Z", "region"?}
    POST /support {"engine": "postgres", "major": "13", "standard_until": "2026-02-28", "extended_until"?: "2029-02-28"}
"""

from datetime import datetime, timedelta

from moto.core.responses import ActionResult

from . import clock, views
from .rds_base import Base
from .world import REGION, Region, World, refuse

QUOTAS = {  # AWS's defaults
    "DBInstances": 40, "ReservedDBInstances": 40, "AllocatedStorage": 100_000, "DBSecurityGroups": 25, "AuthorizationsPerDBSecurityGroup": 20,
    "DBParameterGroups": 100, "ManualSnapshots": 100, "EventSubscriptions": 20, "DBSubnetGroups": 50, "OptionGroups": 20,
    "SubnetsPerDBSubnetGroup": 20, "ReadReplicasPerMaster": 15, "DBClusters": 40, "DBClusterParameterGroups": 50, "DBClusterRoles": 5,
    "DBInstanceRoles": 5, "ManualClusterSnapshots": 100, "CustomEndpointsPerDBCluster": 5,
}  # fmt: skip
OF_SNAPSHOTS = {"cluster-snapshot": "ManualClusterSnapshots", "snapshot": "ManualSnapshots"}
DEFAULT_AUTHORITY = "rds-ca-rsa2048-g1"
AUTHORITIES = {
    "rds-ca-2019": "2024-08-22T17:08:50Z", DEFAULT_AUTHORITY: "2061-05-25T22:34:57Z",
    "rds-ca-rsa4096-g1": "2121-05-25T22:38:35Z", "rds-ca-ecc384-g1": "2121-05-25T22:41:55Z",
}  # fmt: skip
STANDARD, EXTENDED = "open-source-rds-standard-support", "open-source-rds-extended-support"
SUPPORT = [  # engine, major version, end of standard support, end of Extended Support
    ("aurora-postgresql", "13", "2026-02-28", "2029-02-28"), ("aurora-postgresql", "16", "2028-02-28", "2031-02-28"),
    ("aurora-mysql", "8.0", "2028-04-30", "2029-07-31"), ("postgres", "13", "2026-02-28", "2029-02-28"),
    ("postgres", "16", "2029-02-28", "2032-02-28"), ("mysql", "8.0", "2026-07-31", "2029-07-31"), ("mysql", "8.4", "2029-07-31", "2032-07-31"),
    ("mariadb", "10.11", "2028-02-28", None),
]  # fmt: skip


def say(world: World, given: dict) -> dict:
    if given.get("name") not in QUOTAS:
        raise ValueError(f"want name, one of {', '.join(QUOTAS)}; got {given}")
    world.knobs.quotas[given.get("region", REGION), given["name"]] = int(given["most"])
    return {}


def say_support(world: World, given: dict) -> dict:
    world.knobs.support.append({"extended_until": None, **{key: given[key] for key in given if key != "region"}})
    return {"engine": given["engine"], "major": given["major"], "standard_until": given["standard_until"]}


def must_fit(world: World, region: str, name: str, there_are: int) -> None:
    """Quotas of databases hold only where a test has said one: many stories share an account."""
    if (region, name) in world.knobs.quotas and there_are >= most(world, region, name):
        code, what = {"DBClusters": ("DBClusterQuotaExceededFault", "DB clusters"), "DBInstances": ("InstanceQuotaExceeded", "DB instances")}[name]
        raise refuse(code, f"The account has as many {what} as it may have in {region}.")


def most(world: World, region: str, name: str) -> int:
    return world.knobs.quotas.get((region, name), QUOTAS[name])


def manual(here: Region, kind: str) -> int:
    return sum(1 for s in here.store(kind).values() if s.api["SnapshotType"] == "manual")


def room_for_a_snapshot(world: World, here: Region, region: str, kind: str) -> None:
    """Called under the lock. Snapshots of AWS Backup and automated ones do not count."""
    if manual(here, kind) >= most(world, region, OF_SNAPSHOTS[kind]):
        raise refuse("SnapshotQuotaExceeded", "Cannot create more than the allowed number of manual snapshots.")


def certificate_until(world: World, region: str, id: str) -> datetime:
    return clock.parse(world.knobs.certificates.get((region, id)) or AUTHORITIES.get(id, AUTHORITIES[DEFAULT_AUTHORITY]))


class AccountCalls(Base):
    def describe_account_attributes(self):
        here = self.here
        with self.world.lock:
            storage = sum(int(i.api.get("AllocatedStorage") or 0) for i in here.instances.values() if not i.api.get("DBClusterIdentifier"))
            used = {"DBInstances": len(here.instances), "DBClusters": len(here.clusters), "AllocatedStorage": storage}
            used |= {OF_SNAPSHOTS[kind]: manual(here, kind) for kind in OF_SNAPSHOTS}
        told = [{"AccountQuotaName": name, "Used": used.get(name, 0), "Max": most(self.world, self.region, name)} for name in QUOTAS]
        return ActionResult({"AccountQuotas": told})

    def describe_certificates(self):
        asked, known = self.p.get("CertificateIdentifier"), {*AUTHORITIES, *(id for region, id in self.world.knobs.certificates if region == self.region)}
        if asked and asked not in known:
            raise refuse("CertificateNotFound", f"Certificate {asked} not found.")
        found = [
            (id, {"CertificateIdentifier": id, "CertificateType": "CA", "Thumbprint": "0" * 40, "ValidFrom": datetime(2021, 5, 25),
                  "ValidTill": certificate_until(self.world, self.region, id), "CertificateArn": f"arn:aws:rds:{self.region}::cert:{id}",
                  "CustomerOverride": False})
            for id in known if asked in (None, id)
        ]  # fmt: skip
        chosen, marker = views.page(found, self.p)
        return ActionResult({"DefaultCertificateForNewLaunches": DEFAULT_AUTHORITY, "Certificates": chosen, "Marker": marker})

    def describe_db_major_engine_versions(self):
        """A few of the versions that AWS lists, and what a test says."""
        ends = {(engine, major): (standard, extended) for engine, major, standard, extended in SUPPORT}
        ends |= {(s["engine"], s["major"]): (s["standard_until"], s["extended_until"]) for s in self.world.knobs.support}
        found = []
        for (engine, major), (standard, extended) in ends.items():
            lives = [(STANDARD, clock.parse(standard) - timedelta(days=1826), clock.parse(standard))]
            if extended:
                lives.append((EXTENDED, clock.parse(standard) + timedelta(days=1), clock.parse(extended)))
            words = ("LifecycleSupportName", "LifecycleSupportStartDate", "LifecycleSupportEndDate")
            found.append((f"{engine}/{major}", {"Engine": engine, "MajorEngineVersion": major,
                                                "SupportedEngineLifecycles": [dict(zip(words, life, strict=True)) for life in lives]}))  # fmt: skip
        asked = {"Engine": self.p.get("Engine"), "MajorEngineVersion": self.p.get("MajorEngineVersion")}
        found = [f for f in found if all(value in (None, f[1][key]) for key, value in asked.items())]
        return self.listing("DBMajorEngineVersions", found)
