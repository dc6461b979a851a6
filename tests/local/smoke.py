"""Proves the local stack, part by part: starts one, uses it as a program would, stops it, and looks for leftovers.

    .venv/bin/python tests/local/smoke.py [part ...]

Each part prints what it showed; the first assertion that does not hold ends the run with exit code 1.
"""

import datetime
import io
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
import zipfile
from pathlib import Path

import boto3
import psycopg
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError, EndpointConnectionError, ReadTimeoutError

HERE = Path(__file__).resolve().parent
PASSWORD = "correct-horse-9"
UTC = datetime.timezone.utc


class Stack:
    """A stack as a child process, and clients for it."""

    def __init__(self, *arguments: str) -> None:
        self.scratch = Path(tempfile.mkdtemp(prefix="lifeboat-smoke-"))
        self.state = self.scratch / "state.json"
        self.log = (self.scratch / "log").open("wb")
        begun = time.monotonic()
        command = [sys.executable, "-m", "lifeboat_local", "serve", "--state", str(self.state), *arguments]
        self.process = subprocess.Popen(command, env={**os.environ, "PYTHONPATH": str(HERE)}, stdout=self.log, stderr=self.log)
        until(lambda: self.state.exists() or self.process.poll() is not None, 30)
        assert self.state.exists(), (self.scratch / "log").read_text()
        self.seconds = time.monotonic() - begun
        self.facts = json.loads(self.state.read_text())
        self.rds, self.docdb, self.backup = (self.client(s) for s in ("rds", "docdb", "backup"))

    def client(self, service: str, **options):
        env = self.facts["env"]
        endpoint = env.get(f"AWS_ENDPOINT_URL_{service.upper()}", env["AWS_ENDPOINT_URL"])
        config = Config(retries={"total_max_attempts": 1, "mode": "standard"}, s3={"addressing_style": "path"}, **options)
        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
        return boto3.client(service, endpoint_url=endpoint, region_name=env["AWS_REGION"], config=config, **keys)

    def control(self, method: str, path: str, body: dict | None = None):
        request = urllib.request.Request(self.facts["control"] + path, json.dumps(body).encode() if body is not None else None, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def cluster(self, id: str) -> dict:
        return self.rds.describe_db_clusters(DBClusterIdentifier=id)["DBClusters"][0]

    def instance(self, id: str) -> dict:
        return self.rds.describe_db_instances(DBInstanceIdentifier=id)["DBInstances"][0]

    def sql(self, port: int, query: str, password: str = PASSWORD, database: str = "app", user: str = "app", **options) -> list:
        where = {"host": "localhost", "port": port, "user": user, "password": password, "dbname": database, "connect_timeout": 5}
        with psycopg.connect(**where, sslmode=options.get("sslmode", "verify-full"), sslrootcert=self.facts["ca_file"], autocommit=True) as c:
            found = c.execute(query)
            return found.fetchall() if found.description else []

    def aurora(self, id: str, **more) -> int:
        """A cluster with one instance; returns its port."""
        self.rds.create_db_cluster(DBClusterIdentifier=id, Engine="aurora-postgresql", MasterUsername="app", MasterUserPassword=PASSWORD,
                                   DatabaseName="app", ServerlessV2ScalingConfiguration={"MinCapacity": 0.5, "MaxCapacity": 1}, **more)  # fmt: skip
        until(lambda: self.cluster(id)["Status"] == "available")
        return self.member(id)

    def member(self, cluster: str) -> int:
        self.rds.create_db_instance(DBInstanceIdentifier=f"{cluster}-1", DBClusterIdentifier=cluster, Engine="aurora-postgresql", DBInstanceClass="db.serverless")
        until(lambda: self.instance(f"{cluster}-1")["DBInstanceStatus"] == "available")
        return self.cluster(cluster)["Port"]


def until(true, seconds: float = 20):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := true():
            return found
        time.sleep(0.05)
    raise AssertionError(f"not within {seconds} s: {true}")


def refused(code: str, call, **parameters) -> str:
    try:
        call(**parameters)
    except ClientError as error:
        got = error.response["Error"]
        assert got["Code"] == code, f"wanted {code}, got {got}"
        return got["Message"]
    raise AssertionError(f"{call} was not refused with {code}")


def gone(code: str, call, **parameters) -> bool:
    try:
        call(**parameters)
        return False
    except ClientError as error:
        return error.response["Error"]["Code"] == code


def say(text: str) -> None:
    print(f"  ok  {text}", flush=True)


def no_answer(call, **parameters) -> None:
    try:
        call(**parameters)
    except (ReadTimeoutError, ConnectionClosedError, EndpointConnectionError):
        return
    raise AssertionError(f"{call} answered")


# -- the parts ---------------------------------------------------------------------------------------------------------------


def recovery(s: Stack) -> None:
    rds, begun = s.rds, datetime.datetime.now(UTC)
    made = rds.create_db_cluster(DBClusterIdentifier="Orders", Engine="aurora-postgresql", MasterUsername="app", MasterUserPassword=PASSWORD, DatabaseName="app",
                                 BackupRetentionPeriod=7, ServerlessV2ScalingConfiguration={"MinCapacity": 0.5, "MaxCapacity": 2}, DeletionProtection=True,
                                 Tags=[{"Key": "env", "Value": "production"}], VpcSecurityGroupIds=["sg-1", "sg-2"], StorageEncrypted=True)["DBCluster"]  # fmt: skip
    assert made["Status"] == "creating" and made.get("EarliestRestorableTime") is None and made["DBClusterIdentifier"] == "orders"
    refused("InvalidDBClusterStateFault", rds.create_db_instance, DBInstanceIdentifier="orders-1", DBClusterIdentifier="orders", Engine="aurora-postgresql", DBInstanceClass="db.serverless")
    refused("DBClusterAlreadyExistsFault", rds.create_db_cluster, DBClusterIdentifier="orders", Engine="aurora-postgresql", MasterUsername="x", MasterUserPassword=PASSWORD)
    until(lambda: s.cluster("orders")["Status"] == "available")
    port = s.cluster("orders")["Port"]
    try:
        s.sql(port, "SELECT 1")
        raise AssertionError("a cluster without an instance answered")
    except psycopg.OperationalError as error:
        assert "refused" in str(error), error
    instance = rds.create_db_instance(DBInstanceIdentifier="orders-1", DBClusterIdentifier="orders", Engine="aurora-postgresql", DBInstanceClass="db.serverless")["DBInstance"]
    assert instance["DBInstanceStatus"] == "creating" and "InstanceCreateTime" not in instance and "Endpoint" not in instance
    until(lambda: s.instance("orders-1")["DBInstanceStatus"] == "available")
    orders = s.cluster("orders")
    assert orders["Port"] == port == s.instance("orders-1")["Endpoint"]["Port"] and orders["Endpoint"] == "localhost"
    assert begun - datetime.timedelta(seconds=1) < orders["ClusterCreateTime"] < datetime.datetime.now(UTC)
    say(f"cluster and instance up in {(datetime.datetime.now(UTC) - begun).total_seconds():.1f} s; no port before the instance; duplicates refused")

    s.sql(port, "CREATE TABLE orders AS SELECT n, now() AS at FROM generate_series(1, 1000) n")
    t1 = datetime.datetime.now(UTC)
    time.sleep(2)
    s.sql(port, "TRUNCATE orders")
    assert s.sql(port, "SELECT count(*) FROM orders") == [(0,)]
    asked = time.monotonic()
    copy = rds.restore_db_cluster_to_point_in_time(
        DBClusterIdentifier="drill-orders", SourceDBClusterIdentifier="orders", RestoreToTime=t1, DBSubnetGroupName="private", VpcSecurityGroupIds=["sg-drill"],
        DBClusterParameterGroupName="mine", ServerlessV2ScalingConfiguration={"MinCapacity": 0.5, "MaxCapacity": 1}, BackupRetentionPeriod=1, DeletionProtection=False,
        EnableIAMDatabaseAuthentication=True, EnableCloudwatchLogsExports=["postgresql"], CopyTagsToSnapshot=True, StorageType="aurora-iopt1",
        Tags=[{"Key": "lifeboat:purpose", "Value": "drill"}],
    )["DBCluster"]  # fmt: skip
    assert copy["Status"] == "creating" and copy.get("LatestRestorableTime") is None
    until(lambda: s.cluster("drill-orders")["Status"] == "available")
    restored = time.monotonic() - asked
    copy = s.cluster("drill-orders")
    assert copy["DBSubnetGroup"] == "private" and copy["VpcSecurityGroups"][0]["VpcSecurityGroupId"] == "sg-drill" and copy["DBClusterParameterGroup"] == "mine"
    assert copy["IAMDatabaseAuthenticationEnabled"] and copy["EnabledCloudwatchLogsExports"] == ["postgresql"] and copy["CopyTagsToSnapshot"] and copy["StorageEncrypted"]
    assert copy["StorageType"] == "aurora-iopt1" and copy["BackupRetentionPeriod"] == 1 and copy["EngineVersion"] == orders["EngineVersion"] and copy["MasterUsername"] == "app"
    assert copy["TagList"] == [{"Key": "lifeboat:purpose", "Value": "drill"}] and copy["ServerlessV2ScalingConfiguration"]["MaxCapacity"] == 1
    drill = s.member("drill-orders")
    assert s.sql(drill, "SELECT count(*) FROM orders") == [(1000,)] and s.sql(port, "SELECT count(*) FROM orders") == [(0,)]
    say(f"restored to before the TRUNCATE: 1000 rows back in the copy, 0 in the source; volume restored in {restored:.1f} s, first answer after {time.monotonic() - asked:.1f} s")

    # to the millisecond: between two commits 30 ms apart
    s.sql(port, "CREATE TABLE ticks (n int)")
    moments = []
    for n in range(3):
        s.sql(port, f"INSERT INTO ticks VALUES ({n})")
        time.sleep(0.03)
        moments.append(datetime.datetime.now(UTC))
    rds.restore_db_cluster_to_point_in_time(DBClusterIdentifier="drill-ms", SourceDBClusterIdentifier="orders", RestoreToTime=moments[1])
    rds.restore_db_cluster_to_point_in_time(DBClusterIdentifier="drill-latest", SourceDBClusterIdentifier="orders", UseLatestRestorableTime=True)
    until(lambda: {s.cluster(i)["Status"] for i in ("drill-ms", "drill-latest")} == {"available"})
    plain = s.cluster("drill-latest")
    assert plain["TagList"] == [{"Key": "env", "Value": "production"}], "no tags given: the source's are inherited"
    assert not plain["DeletionProtection"] and plain["BackupRetentionPeriod"] == 7 and plain["VpcSecurityGroups"][0]["VpcSecurityGroupId"] == "sg-default"
    refused("InvalidParameterCombination", rds.create_db_instance, DBInstanceIdentifier="drill-ms-1", DBClusterIdentifier="drill-ms", Engine="aurora-postgresql", DBInstanceClass="db.serverless")
    for id in ("drill-ms", "drill-latest"):
        rds.modify_db_cluster(DBClusterIdentifier=id, ServerlessV2ScalingConfiguration={"MinCapacity": 0.5, "MaxCapacity": 1}, ApplyImmediately=True)
    until(lambda: {s.cluster(i)["Status"] for i in ("drill-ms", "drill-latest")} == {"available"})
    assert s.sql(s.member("drill-ms"), "SELECT array_agg(n ORDER BY n) FROM ticks") == [([0, 1],)]
    assert s.sql(s.member("drill-latest"), "SELECT array_agg(n ORDER BY n) FROM ticks") == [([0, 1, 2],)]
    say("restores hit the moment between two commits 30 ms apart; latest has all; tags absent are inherited; db.serverless needs its range")

    # a copy of a copy, and the oldest point
    rds.restore_db_cluster_to_point_in_time(DBClusterIdentifier="drill-second", SourceDBClusterIdentifier="drill-orders", UseLatestRestorableTime=True,
                                            ServerlessV2ScalingConfiguration={"MinCapacity": 0.5, "MaxCapacity": 1})  # fmt: skip
    rds.restore_db_cluster_to_point_in_time(DBClusterIdentifier="drill-oldest", SourceDBClusterIdentifier="orders", RestoreToTime=begun - datetime.timedelta(days=1),
                                            ServerlessV2ScalingConfiguration={"MinCapacity": 0.5, "MaxCapacity": 1})  # fmt: skip
    until(lambda: {s.cluster(i)["Status"] for i in ("drill-second", "drill-oldest")} == {"available"})
    assert s.sql(s.member("drill-second"), "SELECT count(*) FROM orders") == [(1000,)]
    assert s.sql(s.member("drill-oldest"), "SELECT to_regclass('orders')::text") == [(None,)]
    say("a copy can be restored from, too; a time before the first base backup gives the oldest state")
    refused("InvalidParameterValue", rds.restore_db_cluster_to_point_in_time, DBClusterIdentifier="x", SourceDBClusterIdentifier="orders", RestoreToTime=begun - datetime.timedelta(days=8))
    s.control("POST", "/lag", {"seconds": 300})
    message = refused("InvalidParameterValue", rds.restore_db_cluster_to_point_in_time, DBClusterIdentifier="x", SourceDBClusterIdentifier="orders", RestoreToTime=datetime.datetime.now(UTC))
    window = s.cluster("orders")
    assert 299 < (datetime.datetime.now(UTC) - window["LatestRestorableTime"]).total_seconds() < 302
    assert 6.99 < (datetime.datetime.now(UTC) - window["EarliestRestorableTime"]).total_seconds() / 86400 < 7.01
    s.control("POST", "/lag", {"seconds": 0})
    refused("InvalidParameterCombination", rds.restore_db_cluster_to_point_in_time, DBClusterIdentifier="x", SourceDBClusterIdentifier="orders")
    refused("DBClusterNotFoundFault", rds.restore_db_cluster_to_point_in_time, DBClusterIdentifier="x", SourceDBClusterIdentifier="nobody", UseLatestRestorableTime=True)
    refused("DBClusterAlreadyExistsFault", rds.restore_db_cluster_to_point_in_time, DBClusterIdentifier="orders", SourceDBClusterIdentifier="drill-orders", UseLatestRestorableTime=True)
    assert s.sql(port, "SELECT count(*) FROM ticks") == [(3,)]
    say(f"outside of the window refused: {message}")

    s.control("POST", "/damage", {"kind": "cluster", "id": "drill-second"})
    rds.restore_db_cluster_to_point_in_time(DBClusterIdentifier="drill-broken", SourceDBClusterIdentifier="drill-second", UseLatestRestorableTime=True)
    until(lambda: s.cluster("drill-broken")["Status"] == "incompatible-restore")
    say("a damaged backup ends as incompatible-restore")


def tls(s: Stack) -> None:
    port = s.aurora("secure")
    psql = ["psql", "-XAtc", "SELECT ssl, version FROM pg_stat_ssl WHERE pid = pg_backend_pid()"]
    where = f"host=localhost port={port} user=app dbname=app password={PASSWORD}"
    good = subprocess.run([*psql, f"{where} sslmode=verify-full sslrootcert={s.facts['ca_file']}"], capture_output=True, text=True)
    assert good.returncode == 0 and good.stdout.startswith("t|TLSv1.3"), good
    plain = subprocess.run([*psql, f"{where} sslmode=disable"], capture_output=True, text=True)
    assert plain.returncode and "no encryption" in plain.stderr, plain
    other = s.scratch / "other.pem"
    sys.path.insert(0, str(HERE))
    from lifeboat_local import tls as certificates

    folder = s.scratch / "other"
    folder.mkdir()
    other = certificates.make(folder)["ca"]
    wrong = subprocess.run([*psql, f"{where} sslmode=verify-full sslrootcert={other}"], capture_output=True, text=True)
    assert wrong.returncode and "certificate verify failed" in wrong.stderr, wrong
    bad = subprocess.run([*psql, f"{where.replace(PASSWORD, 'wrong')} sslmode=require"], capture_output=True, text=True)
    assert bad.returncode and "password authentication failed" in bad.stderr, bad
    try:
        s.sql(port, "CREATE ROLE x SUPERUSER")
        raise AssertionError("the master user is a superuser")
    except psycopg.errors.InsufficientPrivilege:
        pass
    say(f"verify-full works ({good.stdout.strip()}); without TLS: {plain.stderr.strip().split('FATAL:')[-1].strip()}; a foreign CA and a wrong password are refused")


def secrets(s: Stack) -> None:
    port = s.aurora("managed")
    shown = s.rds.modify_db_cluster(DBClusterIdentifier="managed", ManageMasterUserPassword=True, ApplyImmediately=True)["DBCluster"]["MasterUserSecret"]
    assert shown["SecretStatus"] == "creating" and "rds!cluster-" in shown["SecretArn"] and shown["KmsKeyId"].startswith("arn:aws:kms:")
    assert s.sql(port, "SELECT 1") == [(1,)], "the old password holds while the secret is being created"
    until(lambda: s.cluster("managed")["MasterUserSecret"]["SecretStatus"] == "active")
    manager = s.client("secretsmanager")
    value = json.loads(manager.get_secret_value(SecretId=shown["SecretArn"])["SecretString"])
    assert s.sql(port, "SELECT current_user", password=value["password"]) == [("app",)] and value["username"] == "app"
    try:
        s.sql(port, "SELECT 1")
        raise AssertionError("the old password still works")
    except psycopg.OperationalError:
        pass
    s.rds.delete_db_instance(DBInstanceIdentifier="managed-1", SkipFinalSnapshot=True)
    s.rds.delete_db_cluster(DBClusterIdentifier="managed", SkipFinalSnapshot=True)
    until(lambda: gone("DBClusterNotFoundFault", s.rds.describe_db_clusters, DBClusterIdentifier="managed"))
    until(lambda: gone("ResourceNotFoundException", manager.get_secret_value, SecretId=shown["SecretArn"]))
    say("managed password: creating, then active, in Secrets Manager and in the server; the old one ends; the secret goes with the cluster")


def deletion(s: Stack) -> None:
    rds, port = s.rds, s.aurora("doomed")
    s.sql(port, "CREATE TABLE kept AS SELECT 7 AS n")
    message = refused("InvalidDBClusterStateFault", rds.delete_db_cluster, DBClusterIdentifier="doomed", SkipFinalSnapshot=True)
    rds.modify_db_cluster(DBClusterIdentifier="doomed", DeletionProtection=True)
    until(lambda: s.cluster("doomed")["Status"] == "available")
    refused("InvalidParameterCombination", rds.delete_db_cluster, DBClusterIdentifier="doomed", SkipFinalSnapshot=True)
    rds.modify_db_cluster(DBClusterIdentifier="doomed", DeletionProtection=False)
    until(lambda: s.cluster("doomed")["Status"] == "available")
    rds.delete_db_instance(DBInstanceIdentifier="doomed-1", SkipFinalSnapshot=True)
    assert s.instance("doomed-1")["DBInstanceStatus"] == "deleting"
    refused("InvalidDBInstanceState", rds.delete_db_instance, DBInstanceIdentifier="doomed-1", SkipFinalSnapshot=True)
    refused("InvalidParameterCombination", rds.delete_db_cluster, DBClusterIdentifier="doomed")
    state = s.control("GET", "/state")["eu-west-1"]["cluster"]["doomed"]
    resource = s.cluster("doomed")["DbClusterResourceId"]
    rds.delete_db_cluster(DBClusterIdentifier="doomed", SkipFinalSnapshot=False, FinalDBSnapshotIdentifier="last-words", DeleteAutomatedBackups=False)
    assert s.cluster("doomed")["Status"] == "deleting"
    until(lambda: gone("DBClusterNotFoundFault", rds.describe_db_clusters, DBClusterIdentifier="doomed"))
    until(lambda: gone("DBInstanceNotFound", rds.describe_db_instances, DBInstanceIdentifier="doomed-1"))
    assert not alive(state["pid"])
    kept = rds.describe_db_cluster_automated_backups(DbClusterResourceId=resource)["DBClusterAutomatedBackups"]
    assert [k["Status"] for k in kept] == ["retained"] and kept[0]["RestoreWindow"]["LatestTime"]
    say(f"deletion order kept ({message}); the server is gone; the automated backup is retained")
    scaling = {"MinCapacity": 0.5, "MaxCapacity": 1}
    rds.restore_db_cluster_to_point_in_time(DBClusterIdentifier="revived", SourceDbClusterResourceId=resource, UseLatestRestorableTime=True, ServerlessV2ScalingConfiguration=scaling)
    rds.restore_db_cluster_from_snapshot(DBClusterIdentifier="from-last", SnapshotIdentifier="last-words", Engine="aurora-postgresql", ServerlessV2ScalingConfiguration=scaling)
    until(lambda: {s.cluster(i)["Status"] for i in ("revived", "from-last")} == {"available"})
    for id in ("revived", "from-last"):
        assert s.sql(s.member(id), "SELECT n FROM kept") == [(7,)]
    rds.delete_db_cluster_automated_backup(DbClusterResourceId=resource)
    assert not rds.describe_db_cluster_automated_backups(DbClusterResourceId=resource)["DBClusterAutomatedBackups"]
    assert Path(state["vault"]).exists(), "the final snapshot still needs the archive"
    rds.delete_db_cluster_snapshot(DBClusterSnapshotIdentifier="last-words")
    until(lambda: not Path(state["vault"]).exists())
    say("the retained backup and the final snapshot of the deleted cluster both restore; the archive goes with the last of them")


def snapshots(s: Stack) -> None:
    rds, port = s.rds, s.aurora("shop", Tags=[{"Key": "team", "Value": "shop"}])
    automatic = until(lambda: [x for x in rds.describe_db_cluster_snapshots(DBClusterIdentifier="shop", SnapshotType="automated")["DBClusterSnapshots"] if x["Status"] == "available"])
    assert automatic[0]["DBClusterSnapshotIdentifier"].startswith("rds:shop-20")
    refused("InvalidDBClusterSnapshotStateFault", rds.delete_db_cluster_snapshot, DBClusterSnapshotIdentifier=automatic[0]["DBClusterSnapshotIdentifier"])
    s.sql(port, "CREATE TABLE items AS SELECT 1 AS n")
    made = rds.create_db_cluster_snapshot(DBClusterIdentifier="shop", DBClusterSnapshotIdentifier="pre-maintenance-1", Tags=[{"Key": "a", "Value": "b"}])["DBClusterSnapshot"]
    assert made["Status"] == "creating" and "SnapshotCreateTime" not in made
    refused("DBClusterSnapshotAlreadyExistsFault", rds.create_db_cluster_snapshot, DBClusterIdentifier="shop", DBClusterSnapshotIdentifier="pre-maintenance-1")
    until(lambda: rds.describe_db_cluster_snapshots(DBClusterSnapshotIdentifier="pre-maintenance-1")["DBClusterSnapshots"][0]["Status"] == "available")
    s.sql(port, "INSERT INTO items VALUES (2)")
    rds.copy_db_cluster_snapshot(SourceDBClusterSnapshotIdentifier="pre-maintenance-1", TargetDBClusterSnapshotIdentifier="copied", CopyTags=True)
    until(lambda: rds.describe_db_cluster_snapshots(DBClusterSnapshotIdentifier="copied")["DBClusterSnapshots"][0]["Status"] == "available")
    for source in ("pre-maintenance-1", "copied"):
        id = f"drill-{source}"
        rds.restore_db_cluster_from_snapshot(DBClusterIdentifier=id, SnapshotIdentifier=source, Engine="aurora-postgresql", EngineVersion="16.4",
                                             ServerlessV2ScalingConfiguration={"MinCapacity": 0.5, "MaxCapacity": 1})  # fmt: skip
        until(lambda id=id: s.cluster(id)["Status"] == "available")
        assert s.sql(s.member(id), "SELECT array_agg(n) FROM items") == [([1],)]
        assert s.cluster(id)["TagList"] == [{"Key": "team", "Value": "shop"}] and s.cluster(id)["EngineVersion"] == "16.4"
    refused("DBClusterSnapshotNotFoundFault", rds.restore_db_cluster_from_snapshot, DBClusterIdentifier="x", SnapshotIdentifier="nothing", Engine="aurora-postgresql")
    refused("DBClusterSnapshotNotFoundFault", rds.describe_db_cluster_snapshots, DBClusterSnapshotIdentifier="nothing")
    refused("DBSnapshotNotFound", rds.describe_db_snapshots, DBSnapshotIdentifier="nothing")
    refused("InvalidParameterValue", rds.create_db_cluster_snapshot, DBClusterIdentifier="shop", DBClusterSnapshotIdentifier="tags", Tags=[{"Key": "why", "Value": "a,b(c)"}])
    say("snapshots and copies of them restore the moment they were taken; automated ones cannot be deleted; their codes are AWS's")

    rds.create_db_cluster(DBClusterIdentifier="many", Engine="aurora-mysql", MasterUsername="app", MasterUserPassword=PASSWORD)
    until(lambda: s.cluster("many")["Status"] == "available")
    s.control("POST", "/delays", {"snapshot": 0})
    begun = time.monotonic()
    for n in range(250):
        rds.create_db_cluster_snapshot(DBClusterIdentifier="many", DBClusterSnapshotIdentifier=f"many-{n:03}")
    took = time.monotonic() - begun
    s.control("POST", "/delays", {"snapshot": 0.3})
    first = rds.describe_db_cluster_snapshots(DBClusterIdentifier="many", SnapshotType="manual")
    assert len(first["DBClusterSnapshots"]) == 100 and first["Marker"]
    pages = [len(page["DBClusterSnapshots"]) for page in rds.get_paginator("describe_db_cluster_snapshots").paginate(DBClusterIdentifier="many", SnapshotType="manual")]
    assert pages == [100, 100, 50], pages
    small = [len(page["DBClusterSnapshots"]) for page in rds.get_paginator("describe_db_cluster_snapshots").paginate(
        Filters=[{"Name": "db-cluster-id", "Values": ["many"]}], SnapshotType="manual", PaginationConfig={"PageSize": 90})]  # fmt: skip
    assert small == [90, 90, 70], small
    refused("InvalidParameterValue", rds.describe_db_cluster_snapshots, MaxRecords=10)
    refused("InvalidParameterValue", rds.describe_db_cluster_snapshots, Filters=[{"Name": "nonsense", "Values": ["x"]}])
    s.control("POST", "/age", {"kind": "snapshot", "id": "many-00?", "seconds": 40 * 86400})
    old = rds.describe_db_cluster_snapshots(DBClusterSnapshotIdentifier="many-003")["DBClusterSnapshots"][0]["SnapshotCreateTime"]
    assert (datetime.datetime.now(UTC) - old).days == 40
    say(f"250 snapshots made in {took:.1f} s, listed in pages of {pages}; snapshots can be made older")


def instances(s: Stack) -> None:
    rds = s.rds
    rds.create_db_instance(DBInstanceIdentifier="pg", Engine="postgres", DBInstanceClass="db.t4g.small", AllocatedStorage=20, MasterUsername="app", MasterUserPassword=PASSWORD,
                           DBName="app", BackupRetentionPeriod=3, Tags=[{"Key": "env", "Value": "production"}], DeletionProtection=True)  # fmt: skip
    rds.create_db_instance(DBInstanceIdentifier="nobackup", Engine="mysql", DBInstanceClass="db.t4g.small", AllocatedStorage=20, MasterUsername="app",
                           MasterUserPassword=PASSWORD, BackupRetentionPeriod=0)  # fmt: skip
    refused("DBInstanceAlreadyExists", rds.create_db_instance, DBInstanceIdentifier="pg", Engine="postgres", DBInstanceClass="db.t4g.small", MasterUsername="app", MasterUserPassword=PASSWORD)
    until(lambda: {s.instance(i)["DBInstanceStatus"] for i in ("pg", "nobackup")} == {"available"})
    port = s.instance("pg")["Endpoint"]["Port"]
    s.sql(port, "CREATE TABLE t AS SELECT 1 AS n")
    before = datetime.datetime.now(UTC)
    time.sleep(0.3)
    s.sql(port, "DROP TABLE t")
    refused("PointInTimeRestoreNotEnabled", rds.restore_db_instance_to_point_in_time, SourceDBInstanceIdentifier="nobackup", TargetDBInstanceIdentifier="x", UseLatestRestorableTime=True)
    assert "LatestRestorableTime" not in s.instance("nobackup") and "LatestRestorableTime" in s.instance("pg")
    rds.restore_db_instance_to_point_in_time(SourceDBInstanceIdentifier="pg", TargetDBInstanceIdentifier="drill-pg", RestoreTime=before, BackupRetentionPeriod=0, DBInstanceClass="db.t4g.micro",
                                             DBSubnetGroupName="private", VpcSecurityGroupIds=["sg-9"], Tags=[{"Key": "k", "Value": "v"}], PubliclyAccessible=False, MultiAZ=False)  # fmt: skip
    rds.create_db_snapshot(DBInstanceIdentifier="pg", DBSnapshotIdentifier="manual-pg")
    until(lambda: rds.describe_db_snapshots(DBSnapshotIdentifier="manual-pg")["DBSnapshots"][0]["Status"] == "available")
    until(lambda: s.instance("drill-pg")["DBInstanceStatus"] == "available")
    copy = s.instance("drill-pg")
    assert copy["DBInstanceClass"] == "db.t4g.micro" and copy["DBSubnetGroup"]["DBSubnetGroupName"] == "private" and not copy["DeletionProtection"]
    assert copy["BackupRetentionPeriod"] == 0 and copy["TagList"] == [{"Key": "k", "Value": "v"}] and not copy["PubliclyAccessible"]
    assert s.sql(copy["Endpoint"]["Port"], "SELECT n FROM t") == [(1,)]
    rds.restore_db_instance_from_db_snapshot(DBInstanceIdentifier="drill-snap", DBSnapshotIdentifier="manual-pg")
    until(lambda: s.instance("drill-snap")["DBInstanceStatus"] == "available")
    assert s.sql(s.instance("drill-snap")["Endpoint"]["Port"], "SELECT to_regclass('t')::text") == [(None,)]
    assert s.instance("drill-snap")["TagList"] == [{"Key": "env", "Value": "production"}]
    refused("InvalidParameterCombination", rds.delete_db_instance, DBInstanceIdentifier="pg", SkipFinalSnapshot=True)
    rds.delete_db_instance(DBInstanceIdentifier="drill-pg", SkipFinalSnapshot=True, DeleteAutomatedBackups=True)
    rds.delete_db_instance(DBInstanceIdentifier="drill-snap", SkipFinalSnapshot=True, DeleteAutomatedBackups=False)
    until(lambda: all(gone("DBInstanceNotFound", rds.describe_db_instances, DBInstanceIdentifier=i) for i in ("drill-pg", "drill-snap")))
    kept = {b["DBInstanceIdentifier"]: b["Status"] for b in rds.describe_db_instance_automated_backups()["DBInstanceAutomatedBackups"]}
    assert kept.get("drill-snap") == "retained" and "drill-pg" not in kept and kept["pg"] == "active", kept
    told = {e["SourceIdentifier"]: e for e in rds.describe_events(SourceType="db-instance", EventCategories=["restoration"])["Events"]}
    assert told["drill-pg"]["Message"] == "Restored from DB instance pg to drill-pg", told
    told = [e["Message"] for e in rds.describe_events(SourceType="db-instance", SourceIdentifier="drill-pg")["Events"]]
    assert "DB instance created" in told and told[-1] == "DB instance deleted", told
    refused("InvalidParameterCombination", rds.describe_events, SourceIdentifier="drill-pg")
    say(f"RDS postgres: point in time, snapshot, retained backups, events: {told}")

    rds.modify_db_instance(DBInstanceIdentifier="pg", NewDBInstanceIdentifier="pg-old", ApplyImmediately=True)
    until(lambda: gone("DBInstanceNotFound", rds.describe_db_instances, DBInstanceIdentifier="pg"))
    assert s.instance("pg-old")["Endpoint"]["Port"] == port
    for engine, client in (("docdb", s.docdb), ("mariadb", rds)):
        if engine == "docdb":
            client.create_db_cluster(DBClusterIdentifier="docs", Engine=engine, MasterUsername="app", MasterUserPassword=PASSWORD)
            until(lambda: s.docdb.describe_db_clusters(DBClusterIdentifier="docs")["DBClusters"][0]["Status"] == "available")
            client.create_db_instance(DBInstanceIdentifier="docs-1", DBClusterIdentifier="docs", Engine=engine, DBInstanceClass="db.r6g.large")
            client.restore_db_cluster_to_point_in_time(DBClusterIdentifier="drill-docs", SourceDBClusterIdentifier="docs", UseLatestRestorableTime=True, DeletionProtection=False)
            until(lambda: s.cluster("drill-docs")["Status"] == "available")
            assert {c["DBClusterIdentifier"] for c in rds.describe_db_clusters(Filters=[{"Name": "engine", "Values": ["docdb"]}])["DBClusters"]} == {"docs", "drill-docs"}
        else:
            client.create_db_instance(DBInstanceIdentifier="maria", Engine=engine, DBInstanceClass="db.t4g.micro", MasterUsername="app", MasterUserPassword=PASSWORD, AllocatedStorage=20)
            until(lambda: s.instance("maria")["DBInstanceStatus"] == "available")
    say("renaming; DocumentDB through its own client, seen by the RDS API too; mariadb")


def faults(s: Stack) -> None:
    rds = s.rds
    for id in ("f-cluster",):
        rds.create_db_cluster(DBClusterIdentifier=id, Engine="aurora-mysql", MasterUsername="app", MasterUserPassword=PASSWORD)
        until(lambda id=id: s.cluster(id)["Status"] == "available")
    member = {"DBClusterIdentifier": "f-cluster", "Engine": "aurora-mysql", "DBInstanceClass": "db.r6g.large"}
    seen = s.control("GET", "/calls")[-1]["n"]
    fault = s.control("POST", "/faults", {"operation": "CreateDBInstance", "match": {"DBInstanceIdentifier": "drill-*"}, "times": 1,
                                          "fault": {"kind": "error", "code": "InsufficientDBInstanceCapacity", "http": 400, "message": "none left"}})  # fmt: skip
    rds.create_db_instance(DBInstanceIdentifier="other-1", **member)
    refused("InsufficientDBInstanceCapacity", rds.create_db_instance, DBInstanceIdentifier="drill-1", **member)
    rds.create_db_instance(DBInstanceIdentifier="drill-1", **member)
    assert s.control("GET", "/faults") == [{"id": fault["id"], "operation": "CreateDBInstance", "match": {"DBInstanceIdentifier": "drill-*"}, "times": 1, "after": 0,
                                            "fault": {"kind": "error", "code": "InsufficientDBInstanceCapacity", "http": 400, "message": "none left"}, "seen": 2, "hits": 1}]  # fmt: skip
    calls = [(c["operation"], c["params"]["DBInstanceIdentifier"], c["outcome"].get("code"), c["outcome"].get("status")) for c in s.control("GET", f"/calls?since={seen}")]
    assert calls == [("CreateDBInstance", "other-1", None, 200), ("CreateDBInstance", "drill-1", "InsufficientDBInstanceCapacity", None), ("CreateDBInstance", "drill-1", None, 200)], calls
    impatient = s.client("rds", read_timeout=1)
    for kind, id, exists in (("hang_after", "lost-1", True), ("drop_after", "lost-2", True), ("hang_before", "lost-3", False)):
        s.control("POST", "/faults", {"operation": "CreateDBInstance", "match": {"DBInstanceIdentifier": id}, "times": -1, "fault": {"kind": kind}})
        no_answer(impatient.create_db_instance, DBInstanceIdentifier=id, **member)
        assert gone("DBInstanceNotFound", rds.describe_db_instances, DBInstanceIdentifier=id) != exists, (kind, id)
    s.control("POST", "/faults", {"operation": "DescribeDBClusters", "after": 1, "times": 1, "fault": {"kind": "delay", "seconds": 0.7}})
    took = []
    for _ in range(3):
        begun = time.monotonic()
        s.cluster("f-cluster")
        took.append(time.monotonic() - begun)
    assert took[0] < 0.5 < took[1] > 0.7 and took[2] < 0.5, took
    s.control("DELETE", "/faults")
    assert s.control("GET", "/faults") == []
    say("faults: an error by name and parameters, once; a lost reply did its act, a hang did not; a delay on the second call; all in the call log")

    s.control("POST", "/pin", {"kind": "instance", "id": "pinned-*", "status": "incompatible-network"})
    rds.create_db_instance(DBInstanceIdentifier="pinned-1", **member)
    assert s.instance("pinned-1")["DBInstanceStatus"] == "incompatible-network"
    s.control("DELETE", "/pin")
    until(lambda: s.instance("pinned-1")["DBInstanceStatus"] == "available")
    s.control("POST", "/pin", {"kind": "instance", "id": "pinned-1", "status": "deleting"})
    rds.delete_db_instance(DBInstanceIdentifier="pinned-1", SkipFinalSnapshot=True)
    time.sleep(1)
    assert s.instance("pinned-1")["DBInstanceStatus"] == "deleting"
    s.control("DELETE", "/pin")
    until(lambda: gone("DBInstanceNotFound", rds.describe_db_instances, DBInstanceIdentifier="pinned-1"))
    say("pins: a status for an instance to come, and a deletion that does not end until it is unpinned")

    bucket, store = s.facts["bucket"], s.client("s3", read_timeout=1)
    s.control("POST", "/faults", {"operation": "S3:PutObject", "match": {"Key": "runs/*"}, "fault": {"kind": "drop_after"}})
    no_answer(store.put_object, Bucket=bucket, Key="runs/1", Body=b"x")
    assert store.get_object(Bucket=bucket, Key="runs/1")["Body"].read() == b"x"
    s.control("POST", "/faults", {"operation": "S3:GetObject", "fault": {"kind": "error", "code": "SlowDown", "http": 503}})
    refused("SlowDown", store.get_object, Bucket=bucket, Key="runs/1")
    s.control("POST", "/faults", {"operation": "SNS:Publish", "fault": {"kind": "error", "code": "KMSDisabled", "http": 400}})
    refused("KMSDisabled", s.client("sns").publish, TopicArn=s.facts["topic_arn"], Message="x")
    s.control("POST", "/faults", {"operation": "SecretsManager:GetSecretValue", "fault": {"kind": "error", "code": "DecryptionFailure"}})
    refused("DecryptionFailure", s.client("secretsmanager").get_secret_value, SecretId="x")
    s.control("POST", "/faults", {"operation": "CloudWatch:*", "fault": {"kind": "error", "code": "InternalServiceFault", "http": 500}})
    refused("InternalServiceFault", s.client("cloudwatch").put_metric_data, Namespace="x", MetricData=[{"MetricName": "x", "Value": 1}])
    s.control("DELETE", "/faults")
    say("faults in front of S3, SNS, Secrets Manager and CloudWatch, in each protocol's own form")


def main_endpoint(s: Stack) -> None:
    bucket, store = s.facts["bucket"], s.client("s3")
    etag = store.put_object(Bucket=bucket, Key="record", Body=b"1", IfNoneMatch="*")["ETag"]
    refused("PreconditionFailed", store.put_object, Bucket=bucket, Key="record", Body=b"2", IfNoneMatch="*")
    store.put_object(Bucket=bucket, Key="record", Body=b"3", IfMatch=etag)
    refused("PreconditionFailed", store.put_object, Bucket=bucket, Key="record", Body=b"4", IfMatch=etag)
    refused("NoSuchKey", store.put_object, Bucket=bucket, Key="absent", Body=b"5", IfMatch=etag)
    assert store.get_object(Bucket=bucket, Key="record")["Body"].read() == b"3"
    assert [k["Key"] for k in store.list_objects_v2(Bucket=bucket, Prefix="rec")["Contents"]] == ["record"]
    big = os.urandom(6_000_000)
    store.upload_fileobj(io.BytesIO(big), bucket, "a b/ü+.bin")
    assert store.get_object(Bucket=bucket, Key="a b/ü+.bin")["Body"].read() == big and store.head_object(Bucket=bucket, Key="a b/ü+.bin")["ContentLength"] == len(big)
    say("S3 through the fault layer: If-None-Match * on an existing key 412, stale If-Match 412, right one written, on an absent key 404; 6 MB with an odd name")
    s.client("sns").publish(TopicArn=s.facts["topic_arn"], Subject="[PASS] drill orders", Message="all is well")
    mail = json.loads(mailbox(s)["Body"])
    assert mail["Subject"] == "[PASS] drill orders" and mail["Message"] == "all is well"
    say("a mail published to the topic is read from the queue")
    metrics = s.client("cloudwatch")
    metrics.put_metric_data(Namespace="Lifeboat", MetricData=[{"MetricName": "DrillPassed", "Dimensions": [{"Name": "Database", "Value": "orders"}], "Value": 1}])
    assert [m["MetricName"] for m in metrics.list_metrics(Namespace="Lifeboat")["Metrics"]] == ["DrillPassed"]

    functions = s.client("lambda", read_timeout=20)
    function = functions.create_function(FunctionName="echo", Runtime="provided.al2023", Role="arn:aws:iam::123456789012:role/x", Handler="bootstrap", Timeout=30,
                                         Environment={"Variables": {"LIFEBOAT_POLICY": "mine.json"}}, Code={"ZipFile": bootstrap()})["FunctionArn"]  # fmt: skip
    functions.get_waiter("function_active_v2").wait(FunctionName="echo")
    took = []
    for _ in range(2):
        begun = time.monotonic()
        answer = functions.invoke(FunctionName="echo", Payload=json.dumps({"drill": "orders"}).encode())
        took.append(time.monotonic() - begun)
    seen = json.load(answer["Payload"])
    wanted = {**s.facts["env"], "LIFEBOAT_POLICY": "mine.json"}
    differs = {key: (seen["env"].get(key), value) for key, value in wanted.items() if seen["env"].get(key) != value}
    assert seen["event"] == {"drill": "orders"} and set(differs) <= {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}, differs
    say(f"a provided.al2023 function runs: {took[0] * 1000:.0f} ms cold, {took[1] * 1000:.0f} ms warm; it sees the stack's environment (not the same: {sorted(differs)}) and is at {seen['env']['AWS_LAMBDA_FUNCTION_NAME']}")
    functions.invoke(FunctionName="echo", InvocationType="Event", Payload=b'{"fail": true}')
    until(lambda: len([m for m in [mailbox(s, 1)] if m and json.loads(m["Body"])["Subject"] == "attempt"]) == 1, 10)
    begun, attempts = time.monotonic(), 1
    while attempts < 3:
        if (mail := mailbox(s, 10)) and json.loads(mail["Body"])["Subject"] == "attempt":
            attempts += 1
    say(f"an asynchronous invocation that fails is tried {attempts} times within {time.monotonic() - begun:.0f} s")
    events = s.client("events")
    events.put_rule(Name="tick", ScheduleExpression="rate(1 minute)")
    events.put_targets(Rule="tick", Targets=[{"Id": "1", "Arn": function, "Input": json.dumps({"tell": "rule"})}])
    at = datetime.datetime.now(UTC) + datetime.timedelta(seconds=2)
    s.client("scheduler").create_schedule(Name="once", ScheduleExpression=f"at({at:%Y-%m-%dT%H:%M:%S})", FlexibleTimeWindow={"Mode": "OFF"}, ActionAfterCompletion="DELETE",
                                          Target={"Arn": function, "RoleArn": "arn:aws:iam::123456789012:role/x", "Input": json.dumps({"tell": "schedule"})})  # fmt: skip
    subject = until(lambda: (m := mailbox(s, 1)) and json.loads(m["Body"])["Subject"], 15)
    late = (datetime.datetime.now(UTC) - at).total_seconds()
    assert subject == "schedule", subject
    events.remove_targets(Rule="tick", Ids=["1"])
    say(f"a one-shot schedule invoked the function {late:.1f} s after it was due")


def vaults(s: Stack) -> None:
    s.rds.create_db_cluster(DBClusterIdentifier="vaulted", Engine="aurora-postgresql", MasterUsername="app", MasterUserPassword=PASSWORD, DatabaseName="app")
    until(lambda: s.cluster("vaulted")["Status"] == "available")
    s.backup.create_backup_vault(BackupVaultName="prod")
    s.control("POST", "/recovery-points", {"vault": "prod", "source": "vaulted", "age_seconds": 7200})
    point = s.backup.list_recovery_points_by_backup_vault(BackupVaultName="prod")["RecoveryPoints"][0]
    assert point["Status"] == "COMPLETED" and 7190 < (datetime.datetime.now(UTC) - point["CreationDate"]).total_seconds() < 7300
    metadata = s.backup.get_recovery_point_restore_metadata(BackupVaultName="prod", RecoveryPointArn=point["RecoveryPointArn"])["RestoreMetadata"]
    metadata = {**metadata, "dbClusterIdentifier": "drill-vaulted", "dbSubnetGroupName": "private"}
    again = {"RecoveryPointArn": point["RecoveryPointArn"], "Metadata": metadata, "IamRoleArn": "arn:aws:iam::123456789012:role/b", "IdempotencyToken": "t1"}
    job = s.backup.start_restore_job(**again)["RestoreJobId"]
    assert job == s.backup.start_restore_job(**again)["RestoreJobId"]
    done = until(lambda: (j := s.backup.describe_restore_job(RestoreJobId=job))["Status"] in ("COMPLETED", "FAILED") and j)
    assert done["Status"] == "COMPLETED" and done["CreatedResourceArn"].endswith(":cluster:drill-vaulted"), done
    made = s.cluster("drill-vaulted")
    assert made["DBSubnetGroup"] == "private" and made["TagList"] == [] and made["DBClusterMembers"] == []
    s.backup.put_restore_validation_result(RestoreJobId=job, ValidationStatus="SUCCESSFUL", ValidationStatusMessage="fine")
    refused("InvalidRequestException", s.backup.put_restore_validation_result, RestoreJobId=job, ValidationStatus="FAILED")
    name = point["RecoveryPointArn"].split(":", 6)[6]
    refused("InvalidDBClusterSnapshotStateFault", s.rds.delete_db_cluster_snapshot, DBClusterSnapshotIdentifier=name)
    say("AWS Backup: a recovery point is listed, restored as a job into a cluster without instances, validated once")


def proxies(s: Stack) -> None:
    rds = s.rds
    for id in ("p-old", "p-new"):
        rds.create_db_cluster(DBClusterIdentifier=id, Engine="aurora-mysql", MasterUsername="app", MasterUserPassword=PASSWORD)
        until(lambda id=id: s.cluster(id)["Status"] == "available")
    rds.create_db_proxy(DBProxyName="front", EngineFamily="MYSQL", Auth=[{"AuthScheme": "SECRETS"}], RoleArn="arn:aws:iam::123456789012:role/p-role-of-proxy", VpcSubnetIds=["subnet-1", "subnet-2"])
    rds.register_db_proxy_targets(DBProxyName="front", DBClusterIdentifiers=["p-old"])
    refused("DBProxyTargetAlreadyRegisteredFault", rds.register_db_proxy_targets, DBProxyName="front", DBClusterIdentifiers=["p-new"])
    rds.deregister_db_proxy_targets(DBProxyName="front", DBClusterIdentifiers=["p-old"])
    rds.register_db_proxy_targets(DBProxyName="front", DBClusterIdentifiers=["p-new"])
    target = rds.describe_db_proxy_targets(DBProxyName="front")["Targets"][0]
    assert target["RdsResourceId"] == "p-new" and target["TargetHealth"]["State"] == "AVAILABLE"
    rds.modify_db_cluster(DBClusterIdentifier="p-old", NewDBClusterIdentifier="p-aside", ApplyImmediately=True)
    until(lambda: gone("DBClusterNotFoundFault", rds.describe_db_clusters, DBClusterIdentifier="p-old") and s.cluster("p-aside")["Status"] == "available")
    arn = s.cluster("p-new")["DBClusterArn"]
    rds.add_tags_to_resource(ResourceName=arn, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    rds.remove_tags_from_resource(ResourceName=arn, TagKeys=["a"])
    assert rds.list_tags_for_resource(ResourceName=arn)["TagList"] == [{"Key": "b", "Value": "2"}] == s.cluster("p-new")["TagList"]
    say("proxy targets move; a cluster is renamed aside; tags are added and removed")


def reset(s: Stack) -> None:
    port = s.aurora("brief")
    pids = [c["pid"] for c in s.control("GET", "/state")["eu-west-1"]["cluster"].values() if c["pid"]]
    assert pids and port
    s.control("POST", "/reset", {})
    assert s.rds.describe_db_clusters()["DBClusters"] == [] and s.rds.describe_db_instances()["DBInstances"] == []
    until(lambda: not any(alive(pid) for pid in pids), 10)
    leftovers = [p.name for p in Path(s.facts["folder"]).iterdir() if p.name.startswith(("server", "vault")) and p.is_dir()]
    assert not leftovers, leftovers
    say(f"reset: nothing listed, {len(pids)} servers ended, their folders gone")


def alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists() and Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"


def mailbox(s: Stack, wait: int = 5) -> dict | None:
    queue = s.client("sqs", read_timeout=30)
    for message in queue.receive_message(QueueUrl=s.facts["queue_url"], WaitTimeSeconds=wait, MaxNumberOfMessages=1).get("Messages", []):
        queue.delete_message(QueueUrl=s.facts["queue_url"], ReceiptHandle=message["ReceiptHandle"])
        return message
    return None


BOOTSTRAP = f"""#!{sys.executable}
import json, os, urllib.parse, urllib.request as web
api = "http://" + os.environ["AWS_LAMBDA_RUNTIME_API"] + "/2018-06-01/runtime/invocation/"
def tell(subject):
    body = urllib.parse.urlencode(dict(Action="Publish", Version="2010-03-31", TopicArn=os.environ["LIFEBOAT_TOPIC_ARN"], Subject=subject, Message="-"))
    scope = "AWS4-HMAC-SHA256 Credential=test/20260101/eu-west-1/sns/aws4_request, SignedHeaders=host, Signature=x"
    web.urlopen(web.Request(os.environ["AWS_ENDPOINT_URL"], body.encode(), dict(Authorization=scope)))
while True:
    turn = web.urlopen(api + "next")
    event, end = json.load(turn), "response"
    answer = dict(event=event, env=dict(os.environ))
    if event.get("fail"):
        tell("attempt")
        answer, end = dict(errorMessage="on purpose", errorType="Test"), "error"
    if event.get("tell"):
        tell(event["tell"])
    web.urlopen(web.Request(api + turn.headers["Lambda-Runtime-Aws-Request-Id"] + "/" + end, json.dumps(answer).encode()))
"""


def bootstrap() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as z:
        entry = zipfile.ZipInfo("bootstrap")
        entry.external_attr = 0o755 << 16
        z.writestr(entry, BOOTSTRAP)
    return packed.getvalue()


def endings() -> None:
    """Two stacks side by side; one ends by SIGTERM, the other because its parent is killed."""
    script = "import subprocess, sys, time; subprocess.Popen(sys.argv[1:]); time.sleep(600)"
    scratch = Path(tempfile.mkdtemp(prefix="lifeboat-smoke-"))
    orphan_state = scratch / "state.json"
    serve = [sys.executable, str(HERE / "lifeboat_local"), "serve", "--state", str(orphan_state)]
    parent = subprocess.Popen([sys.executable, "-c", script, *serve], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    polite = Stack("--restore-lag-seconds", "0")
    until(orphan_state.exists, 30)
    orphan = Stack.__new__(Stack)
    orphan.facts = json.loads(orphan_state.read_text())
    orphan.rds = orphan.client("rds")
    for s in (polite, orphan):
        s.aurora("left")
    pids = {s: [s.facts["pid"], *(c["pid"] for c in s.control("GET", "/state")["eu-west-1"]["cluster"].values())] for s in (polite, orphan)}
    marked = {s: [int(p.name) for p in Path("/proc").iterdir() if p.name.isdigit() and belongs(p, s.facts["folder"])] for s in (polite, orphan)}
    begun = time.monotonic()
    polite.process.send_signal(signal.SIGTERM)
    assert polite.process.wait(10) == 0
    took = time.monotonic() - begun
    parent.kill()
    parent.wait()
    for s in (polite, orphan):
        everything = {*pids[s], *marked[s]}
        until(lambda everything=everything: not any(alive(pid) for pid in everything), 15)
        until(lambda s=s: not Path(s.facts["folder"]).exists(), 10)
    assert not polite.state.exists() and len(marked[orphan]) > 2
    say(f"SIGTERM ended a stack in {took:.1f} s; kill -9 of the parent ended the other ({len(marked[orphan])} processes); no process and no folder is left")
    # and the stack itself killed
    s = Stack()
    s.aurora("left")
    everything = [int(p.name) for p in Path("/proc").iterdir() if p.name.isdigit() and belongs(p, s.facts["folder"])]
    s.process.kill()
    s.process.wait()
    until(lambda: not any(alive(pid) for pid in everything), 15)
    until(lambda: not Path(s.facts["folder"]).exists(), 10)
    say("kill -9 of the stack itself leaves nothing either")


def belongs(process: Path, folder: str) -> bool:
    try:
        return folder in (process / "cmdline").read_text() or str((process / "cwd").resolve()).startswith(folder) or folder.encode() in (process / "environ").read_bytes()
    except OSError:
        return False


PARTS = [main_endpoint, recovery, tls, secrets, snapshots, deletion, instances, faults, vaults, proxies, reset]


def main() -> None:
    chosen = [part for part in (*PARTS, endings) if not sys.argv[1:] or part.__name__ in sys.argv[1:]]
    begun = time.monotonic()
    if any(part in PARTS for part in chosen):
        s = Stack("--restore-lag-seconds", "0")
        print(f"stack ready after {s.seconds:.1f} s: {s.facts['endpoint']}, RDS {s.facts['rds_endpoint']}", flush=True)
        watchdog = threading.Timer(280, lambda: os.kill(os.getpid(), signal.SIGALRM))
        watchdog.daemon = True
        watchdog.start()
        try:
            for part in (p for p in chosen if p in PARTS):
                at = time.monotonic()
                print(f"{part.__name__}", flush=True)
                part(s)
                print(f"      ({time.monotonic() - at:.1f} s)", flush=True)
        except BaseException:
            print((s.scratch / "log").read_text()[-4000:], file=sys.stderr)
            raise
        finally:
            watchdog.cancel()
            s.process.terminate()
            s.process.wait(15)
    if endings in chosen:
        print("endings", flush=True)
        endings()
    print(f"all shown in {time.monotonic() - begun:.0f} s")


if __name__ == "__main__":
    main()
