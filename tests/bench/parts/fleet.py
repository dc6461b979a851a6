"""What a large account holds: clusters, their manual snapshots, their metrics; and the policy and marks that Lifeboat has of it.

Everything follows from a few numbers, so that the fake, the bars and the rivals know the same account.
"""

import json
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta, timezone

from .scene import ACCOUNT, REGION, iso

PAGE = 100
GIB = 1 << 30
KEEP_DAYS = 30
# Of the check: how much a cluster's backups may be billed for, and every how many-eth cluster is above it
BILLED_LIMIT_GIB, ABOVE_EVERY = 100, 50
BILLED_GIB, FAR_ABOVE_GIB = 40, 400
METRICS = ("TotalBackupStorageBilled", "SnapshotStorageUsed")
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"


@dataclass(frozen=True)
class Fleet:
    """An account. `old` of its snapshots are older than the policy keeps them."""

    clusters: int
    snapshots: int
    old: int = 0
    began: str = ""

    @staticmethod
    def of(clusters: int, snapshots: int, old: int = 0) -> "Fleet":
        return Fleet(clusters, snapshots, old, iso(datetime.now(timezone.utc)))

    def numbers(self) -> dict:
        return asdict(self)

    def now(self) -> datetime:
        return datetime.fromisoformat(self.began)

    def cluster(self, number: int) -> str:
        return f"prod-{number:04d}"

    def snapshot(self, number: int) -> str:
        return f"pre-maintenance-{number:05d}"

    def snapshot_arn(self, number: int) -> str:
        return f"arn:aws:rds:{REGION}:{ACCOUNT}:cluster-snapshot:{self.snapshot(number)}"

    def is_old(self, number: int) -> bool:
        """Spread evenly over the list, as names say nothing about age"""
        return number * self.old // self.snapshots != (number + 1) * self.old // self.snapshots if self.old else False

    def created(self, number: int) -> datetime:
        """To the second; old ones between 40 and 400 days, the others within the last 20"""
        if self.is_old(number):
            return self.now() - timedelta(days=40, seconds=number * 3000 % (360 * 86400))
        return self.now() - timedelta(days=1, seconds=number * 157 % (19 * 86400))

    def to_go(self) -> set[str]:
        return {self.snapshot(number) for number in range(self.snapshots) if self.is_old(number)}

    def is_above(self, cluster: int) -> bool:
        return cluster % ABOVE_EVERY == 7

    def above(self) -> set[str]:
        return {self.cluster(number) for number in range(self.clusters) if self.is_above(number)}

    def value(self, metric: str, cluster: str) -> float | None:
        """A day's sum; nothing for what is not there"""
        number = cluster.removeprefix("prod-")
        if metric not in METRICS and metric != "BackupRetentionPeriodStorageUsed":
            return None
        if not number.isdigit() or int(number) >= self.clusters:
            return None
        return float((FAR_ABOVE_GIB if self.is_above(int(number)) else BILLED_GIB) * GIB)

    def objects(self) -> dict[str, bytes]:
        """The bucket, key to content"""
        documents = {"policy.json": self._policy(), "lifecycle.json": self._marks()}
        return {key: json.dumps(document).encode() for key, document in documents.items() if document}

    def _policy(self) -> dict:
        databases = {}
        for number in range(self.clusters):
            entry = {"kind": "aurora", "identifier": self.cluster(number), "storage": {"billed_gib": BILLED_LIMIT_GIB}}
            entry["sandbox"] = {"subnet_group": "private", "instance_class": "db.serverless", "acu": [0.5, 1]}
            entry["backups"] = {"retention_days": 7, "restore_lag_minutes": 60}
            if self.snapshots:
                entry["snapshots"] = {"patterns": ["pre-maintenance-*"], "keep_last": 3, "keep_days": KEEP_DAYS}
            databases[self.cluster(number)] = entry
        cleanup = {"dry_run": False, "grace_days": 1, "max_deletions": 5000}
        # Nothing is drilled here, and that is no matter of these contests
        accept = [{"finding": "tested/*", "reason": "an account of the bench"}]
        checkup = {"sharing_asked_per_run": 0, "accept": accept}
        return {"version": 1, "timezone": "Asia/Tokyo", "databases": databases, "cleanup": cleanup, "checkup": checkup}

    def _marks(self) -> dict | None:
        """As a run three days ago left them"""
        if not self.old:
            return None
        since = iso(self.now() - timedelta(days=3))
        why = f"not among the newest 3, older than {KEEP_DAYS} days"
        marked = [number for number in range(self.snapshots) if self.is_old(number)]
        marks = {self.snapshot_arn(number): {"created_at": iso(self.created(number)), "since": since, "why": why} for number in marked}
        return {"version": 1, "at": iso(self.now() - timedelta(days=1)), "marks": marks}

    def snapshot_xml(self, number: int) -> str:
        made, cluster = iso(self.created(number)), self.cluster(number % self.clusters)
        tags = "".join(f"<Tag><Key>{key}</Key><Value>{value}</Value></Tag>" for key, value in (("team", "orders"), ("env", "prod")))
        zones = "".join(f"<AvailabilityZone>{REGION}{zone}</AvailabilityZone>" for zone in "acd")
        return f"""<DBClusterSnapshot><AvailabilityZones>{zones}</AvailabilityZones>
<DBClusterSnapshotIdentifier>{self.snapshot(number)}</DBClusterSnapshotIdentifier><DBClusterIdentifier>{cluster}</DBClusterIdentifier>
<SnapshotCreateTime>{made}</SnapshotCreateTime><Engine>aurora-postgresql</Engine><EngineMode>provisioned</EngineMode>
<AllocatedStorage>120</AllocatedStorage><Status>available</Status><Port>5432</Port><VpcId>vpc-0a1b2c3d4e5f60718</VpcId>
<ClusterCreateTime>2024-02-04T10:15:00Z</ClusterCreateTime><MasterUsername>postgres</MasterUsername><EngineVersion>16.6</EngineVersion>
<LicenseModel>postgresql-license</LicenseModel><SnapshotType>manual</SnapshotType><PercentProgress>100</PercentProgress>
<StorageEncrypted>true</StorageEncrypted><KmsKeyId>{KEY}</KmsKeyId><DBClusterSnapshotArn>{self.snapshot_arn(number)}</DBClusterSnapshotArn>
<IAMDatabaseAuthenticationEnabled>false</IAMDatabaseAuthenticationEnabled><TagList>{tags}</TagList><StorageType>aurora</StorageType>
<DbClusterResourceId>{self._resource("cluster", number % self.clusters)}</DbClusterResourceId></DBClusterSnapshot>"""

    def cluster_xml(self, number: int) -> str:
        name = self.cluster(number)
        host = f"{name}.cluster-abcdefghijkl.{REGION}.rds.amazonaws.com"
        return f"""<DBCluster><AllocatedStorage>1</AllocatedStorage><BackupRetentionPeriod>7</BackupRetentionPeriod>
<DBClusterIdentifier>{name}</DBClusterIdentifier><DBClusterParameterGroup>default.aurora-postgresql16</DBClusterParameterGroup>
<DBSubnetGroup>private</DBSubnetGroup><Status>available</Status><Endpoint>{host}</Endpoint><ReaderEndpoint>{host}</ReaderEndpoint>
<EarliestRestorableTime>{iso(self.now() - timedelta(days=7))}</EarliestRestorableTime>
<LatestRestorableTime>{iso(self.now() - timedelta(minutes=3))}</LatestRestorableTime><MultiAZ>false</MultiAZ>
<Engine>aurora-postgresql</Engine><EngineVersion>16.6</EngineVersion><Port>5432</Port><MasterUsername>postgres</MasterUsername>
<DatabaseName>app</DatabaseName><PreferredBackupWindow>17:22-17:52</PreferredBackupWindow>
<PreferredMaintenanceWindow>sun:13:51-sun:14:21</PreferredMaintenanceWindow><DBClusterMembers><DBClusterMember>
<DBInstanceIdentifier>{name}-1</DBInstanceIdentifier><IsClusterWriter>true</IsClusterWriter><PromotionTier>1</PromotionTier>
<DBClusterParameterGroupStatus>in-sync</DBClusterParameterGroupStatus></DBClusterMember></DBClusterMembers>
<VpcSecurityGroups><VpcSecurityGroupMembership><VpcSecurityGroupId>sg-0123456789abcdef0</VpcSecurityGroupId><Status>active</Status>
</VpcSecurityGroupMembership></VpcSecurityGroups><StorageEncrypted>true</StorageEncrypted><KmsKeyId>{KEY}</KmsKeyId>
<DbClusterResourceId>{self._resource("cluster", number)}</DbClusterResourceId>
<DBClusterArn>arn:aws:rds:{REGION}:{ACCOUNT}:cluster:{name}</DBClusterArn>
<IAMDatabaseAuthenticationEnabled>false</IAMDatabaseAuthenticationEnabled><ClusterCreateTime>2024-02-04T10:15:00Z</ClusterCreateTime>
<EngineMode>provisioned</EngineMode><DeletionProtection>true</DeletionProtection><CopyTagsToSnapshot>true</CopyTagsToSnapshot>
<TagList><Tag><Key>team</Key><Value>orders</Value></Tag></TagList><StorageType>aurora</StorageType></DBCluster>"""

    def instance_xml(self, number: int) -> str:
        name = f"{self.cluster(number)}-1"
        return f"""<DBInstance><DBInstanceIdentifier>{name}</DBInstanceIdentifier><DBInstanceClass>db.r7g.large</DBInstanceClass>
<Engine>aurora-postgresql</Engine><DBInstanceStatus>available</DBInstanceStatus><MasterUsername>postgres</MasterUsername>
<Endpoint><Address>{name}.abcdefghijkl.{REGION}.rds.amazonaws.com</Address><Port>5432</Port></Endpoint>
<AllocatedStorage>1</AllocatedStorage><InstanceCreateTime>2024-02-04T10:20:00Z</InstanceCreateTime>
<BackupRetentionPeriod>7</BackupRetentionPeriod><AvailabilityZone>{REGION}a</AvailabilityZone><MultiAZ>false</MultiAZ>
<EngineVersion>16.6</EngineVersion><AutoMinorVersionUpgrade>true</AutoMinorVersionUpgrade><PubliclyAccessible>false</PubliclyAccessible>
<StorageType>aurora</StorageType><DBClusterIdentifier>{self.cluster(number)}</DBClusterIdentifier><StorageEncrypted>true</StorageEncrypted>
<KmsKeyId>{KEY}</KmsKeyId><DbiResourceId>{self._resource("db", number)}</DbiResourceId>
<CACertificateIdentifier>rds-ca-rsa2048-g1</CACertificateIdentifier>
<CertificateDetails><CAIdentifier>rds-ca-rsa2048-g1</CAIdentifier><ValidTill>{iso(self.now() + timedelta(days=200))}</ValidTill>
</CertificateDetails>
<DBInstanceArn>arn:aws:rds:{REGION}:{ACCOUNT}:db:{name}</DBInstanceArn><DeletionProtection>false</DeletionProtection>
<TagList><Tag><Key>team</Key><Value>orders</Value></Tag></TagList></DBInstance>"""

    def _resource(self, kind: str, number: int) -> str:
        letters = "".join("ABCDEFGHIJ"[int(digit)] for digit in f"{number:04d}")
        return f"{kind}-KLMNOPQRSTUVWXYZKLMNOP{letters}"

