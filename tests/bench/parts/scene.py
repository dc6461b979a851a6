"""What there is to see: one open drill whose cluster is still being created. All times count from the start of the bench."""

import hashlib
import json
from datetime import datetime, timedelta, timezone
from xml.sax.saxutils import escape

BUCKET = "lifeboat-bench"
REGION = "ap-northeast-1"
ACCOUNT = "123456789012"
SOURCE = "prod-orders"


def iso(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


class Scene:
    """Made once; the record is what restore-drill itself would have written by now."""

    def __init__(self) -> None:
        self.now = datetime.now(timezone.utc).replace(microsecond=0)
        self.requested = self.now - timedelta(minutes=9)
        self.run = f"drill-orders-{self.requested:%Y%m%d%H%M}"
        self.record_key = f"runs/open/{self.run}.json"

    def objects(self) -> dict[str, bytes]:
        """The bucket, key to content"""
        documents = {"policy.json": self._policy(), self.record_key: self._record()}
        return {key: json.dumps(document, indent=2).encode() for key, document in documents.items()}

    def event(self) -> bytes:
        """A tick, as EventBridge sends it"""
        rule = f"arn:aws:events:{REGION}:{ACCOUNT}:rule/lifeboat-restore-drill-tick"
        event = {"version": "0", "id": "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa", "detail-type": "Scheduled Event", "source": "aws.events"}
        event |= {"account": ACCOUNT, "time": iso(self.now), "region": REGION, "resources": [rule], "detail": {}}
        return json.dumps(event).encode()

    def answer(self) -> dict:
        """What the job must answer: both implementations, to the letter"""
        waiting_for = "the copy's volume is creating"
        run = {"run": self.run, "state": "under way", "phase": "restoring", "since": iso(self.requested + timedelta(seconds=2))}
        message = f"{self.run} is under way: restoring, {waiting_for}"
        return {"message": message, "runs": [run | {"waiting_for": waiting_for, "verdict": None}]}

    def _checks(self) -> list[dict]:
        return [
            {"kind": "row_count", "table": "public.users", "at_least": 1},
            {"kind": "freshness", "table": "audit_log", "column": "created_at", "within": "24h"},
            {"kind": "orphans", "child": "payouts.user_id", "parent": "users.id"},
        ]

    def _policy(self) -> dict:
        sandbox = {"subnet_group": "private", "security_groups": ["sg-0a1b2c3d4e5f60718"], "instance_class": "db.serverless"}
        sandbox |= {"acu": [0.5, 1], "login": {"method": "managed_secret", "database": "app"}}
        drills = {"weekly": {"source": "point_in_time", "restore_lag": "1h", "max_age_days": 8}}
        orders = {"kind": "aurora", "identifier": SOURCE, "backups": {"retention_days": 7, "restore_lag_minutes": 15}}
        orders |= {"sandbox": sandbox, "checks": self._checks(), "drills": drills}
        small = {"subnet_group": "private", "instance_class": "db.t4g.micro", "login": sandbox["login"]}
        ledger = {"kind": "rds", "identifier": "prod-ledger", "sandbox": small, "checks": self._checks(), "drills": drills}
        return {"version": 1, "timezone": "Asia/Tokyo", "databases": {"orders": orders, "ledger": ledger}}

    def _record(self) -> dict:
        began = iso(self.requested + timedelta(seconds=2))
        plan = {
            "database": "orders",
            "drill": "weekly",
            "kind": "aurora",
            "identifier": SOURCE,
            "source": {"point_in_time": {"lag_seconds": 3600}},
            "sandbox": {
                "subnet_group": "private",
                "security_groups": ["sg-0a1b2c3d4e5f60718"],
                "parameter_group": None,
                "instance_class": "db.serverless",
                "capacity": {"min": 0.5, "max": 1.0},
            },
            "connect_to": "app",
            "login": {"method": "managed_secret"},
            "checks": self._checks(),
            "checks_are_implicit": False,
            "deadline_minutes": 24 * 60,
            "expires_hours": 48,
            "timezone": "Asia/Tokyo",
            "restore_lag_minutes": 15,
        }
        source = {
            "arn": f"arn:aws:rds:{REGION}:{ACCOUNT}:cluster:{SOURCE}",
            "resource_id": "cluster-ABCDEFGHIJKLMNOPQRSTUVWXYZ",
            "engine": "aurora-postgresql",
            "engine_version": "16.6",
            "window": {"earliest": iso(self.now - timedelta(days=7)), "latest": iso(self.requested - timedelta(minutes=5))},
            "configuration": {
                "security_groups": ["sg-0123456789abcdef0"],
                "subnet_group": "private",
                "parameter_group": "prod-orders-16",
                "storage_type": "aurora",
                "encrypted": True,
                "backup_retention_days": 7,
                "deletion_protection": True,
            },
            "class": "db.r7g.xlarge",
            "database_name": "app",
        }
        return {
            "version": 1,
            "run": self.run,
            "purpose": "drill",
            "plan": plan,
            "scheduled_for": iso(self.requested.replace(second=0)),
            "requested_at": iso(self.requested),
            "phase": "restoring",
            "phases": [{"phase": "planned", "at": iso(self.requested)}, {"phase": "restoring", "at": began}],
            "source": source,
            "point": {"time": {"to": iso(self.requested - timedelta(hours=1))}},
            "copy": {"identifier": self.run, "instance": f"{self.run}-1"},
            "acts": {"restore": {"asked_at": began, "attempt": 1, "state": "done", "at": iso(self.requested + timedelta(seconds=4))}},
        }

    def cluster(self) -> bytes:
        """`DescribeDBClusters`: the copy, being created"""
        tags = {"lifeboat:run": self.run, "lifeboat:purpose": "drill", "lifeboat:source": SOURCE}
        tags["lifeboat:expires-at"] = iso(self.requested + timedelta(hours=48))
        tag_list = "".join(f"<Tag><Key>{escape(key)}</Key><Value>{escape(value)}</Value></Tag>" for key, value in tags.items())
        host = f"{self.run}.cluster-abcdefghijkl.{REGION}.rds.amazonaws.com"
        fields = f"""<AllocatedStorage>1</AllocatedStorage><BackupRetentionPeriod>1</BackupRetentionPeriod>
<DBClusterIdentifier>{self.run}</DBClusterIdentifier><DBClusterParameterGroup>default.aurora-postgresql16</DBClusterParameterGroup>
<DBSubnetGroup>private</DBSubnetGroup><Status>creating</Status><Endpoint>{host}</Endpoint><ReaderEndpoint>{host}</ReaderEndpoint>
<MultiAZ>false</MultiAZ><Engine>aurora-postgresql</Engine><EngineVersion>16.6</EngineVersion><Port>5432</Port>
<MasterUsername>postgres</MasterUsername><DatabaseName>app</DatabaseName><HostedZoneId>Z24O6O9L7SGTNB</HostedZoneId>
<PreferredBackupWindow>17:22-17:52</PreferredBackupWindow><PreferredMaintenanceWindow>sun:13:51-sun:14:21</PreferredMaintenanceWindow>
<ReadReplicaIdentifiers/><DBClusterMembers/><AssociatedRoles/><CopyTagsToSnapshot>false</CopyTagsToSnapshot>
<VpcSecurityGroups><VpcSecurityGroupMembership><VpcSecurityGroupId>sg-0a1b2c3d4e5f60718</VpcSecurityGroupId><Status>active</Status>
</VpcSecurityGroupMembership></VpcSecurityGroups><AvailabilityZones><AvailabilityZone>{REGION}a</AvailabilityZone>
<AvailabilityZone>{REGION}c</AvailabilityZone><AvailabilityZone>{REGION}d</AvailabilityZone></AvailabilityZones>
<StorageEncrypted>true</StorageEncrypted><KmsKeyId>arn:aws:kms:{REGION}:{ACCOUNT}:key/0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0</KmsKeyId>
<DbClusterResourceId>cluster-ZYXWVUTSRQPONMLKJIHGFEDCBA</DbClusterResourceId>
<DBClusterArn>arn:aws:rds:{REGION}:{ACCOUNT}:cluster:{self.run}</DBClusterArn>
<IAMDatabaseAuthenticationEnabled>false</IAMDatabaseAuthenticationEnabled>
<ClusterCreateTime>{iso(self.requested + timedelta(seconds=5))}</ClusterCreateTime><EngineMode>provisioned</EngineMode>
<DeletionProtection>false</DeletionProtection><HttpEndpointEnabled>false</HttpEndpointEnabled><CrossAccountClone>false</CrossAccountClone>
<DomainMemberships/><TagList>{tag_list}</TagList><AutoMinorVersionUpgrade>true</AutoMinorVersionUpgrade><NetworkType>IPV4</NetworkType>
<ServerlessV2ScalingConfiguration><MinCapacity>0.5</MinCapacity><MaxCapacity>1.0</MaxCapacity></ServerlessV2ScalingConfiguration>
<StorageType>aurora</StorageType><LocalWriteForwardingStatus>disabled</LocalWriteForwardingStatus>"""
        return self._rds(f"<DescribeDBClustersResult><DBClusters><DBCluster>{fields}</DBCluster></DBClusters></DescribeDBClustersResult>")

    def no_instance(self) -> bytes:
        """`DescribeDBInstances`: a cluster that is being created has no instance yet"""
        error = f"<Code>DBInstanceNotFound</Code><Message>DBInstance {self.run}-1 not found.</Message>"
        return self._rds(f"<Error><Type>Sender</Type>{error}</Error>", "ErrorResponse")

    def _rds(self, inside: str, root: str = "DescribeDBClustersResponse") -> bytes:
        request = "<RequestId>c18c5b1e-3d9a-4c4a-9b8e-5a7b1c2d3e4f</RequestId>"
        meta = request if root == "ErrorResponse" else f"<ResponseMetadata>{request}</ResponseMetadata>"
        return f'<{root} xmlns="http://rds.amazonaws.com/doc/2014-10-31/">{inside}{meta}</{root}>'.encode()

    def listing(self, prefix: str) -> bytes:
        """`ListObjectsV2`"""
        found = [(key, body) for key, body in self.objects().items() if key.startswith(prefix)]
        contents = "".join(
            f"<Contents><Key>{escape(key)}</Key><LastModified>{iso(self.now)}</LastModified><ETag>&quot;{etag(body)}&quot;</ETag>"
            f"<Size>{len(body)}</Size><StorageClass>STANDARD</StorageClass></Contents>"
            for key, body in found
        )
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
            f"<Name>{BUCKET}</Name><Prefix>{escape(prefix)}</Prefix><KeyCount>{len(found)}</KeyCount><MaxKeys>1000</MaxKeys>"
            f"<IsTruncated>false</IsTruncated>{contents}</ListBucketResult>"
        ).encode()


def etag(body: bytes) -> str:
    return hashlib.md5(body, usedforsecurity=False).hexdigest()

# What Lambda tells a function of 128 MB in its environment
FUNCTION = {
    "AWS_LAMBDA_FUNCTION_NAME": "bench",
    "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
    "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/bench",
    "AWS_LAMBDA_LOG_STREAM_NAME": "2026/11/22/[$LATEST]0",
    "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
}
