"""Clusters with real PostgreSQL: point-in-time recovery to the millisecond, TLS, managed passwords."""

import datetime
import json
import os
import shutil
import subprocess
import sys
import time

import psycopg

from .harness import HERE, PASSWORD, UTC, Stack, gone, refused, say, until


def recovery(s: Stack) -> None:
    rds, begun = s.rds, datetime.datetime.now(UTC)
    made = rds.create_db_cluster(
        DBClusterIdentifier="Orders",
        Engine="aurora-postgresql",
        MasterUsername="app",
        MasterUserPassword=PASSWORD,
        DatabaseName="app",
        BackupRetentionPeriod=7,
        ServerlessV2ScalingConfiguration={"MinCapacity": 0.5, "MaxCapacity": 2},
        DeletionProtection=True,
        Tags=[{"Key": "env", "Value": "production"}],
        VpcSecurityGroupIds=["sg-1", "sg-2"],
        StorageEncrypted=True,
    )["DBCluster"]
    assert (
        made["Status"] == "creating"
        and made.get("EarliestRestorableTime") is None
        and made["DBClusterIdentifier"] == "orders"
    )
    refused(
        "InvalidDBClusterStateFault",
        rds.create_db_instance,
        DBInstanceIdentifier="orders-1",
        DBClusterIdentifier="orders",
        Engine="aurora-postgresql",
        DBInstanceClass="db.serverless",
    )
    refused(
        "DBClusterAlreadyExistsFault",
        rds.create_db_cluster,
        DBClusterIdentifier="orders",
        Engine="aurora-postgresql",
        MasterUsername="x",
        MasterUserPassword=PASSWORD,
    )
    until(lambda: s.cluster("orders")["Status"] == "available")
    port = s.cluster("orders")["Port"]
    try:
        s.sql(port, "SELECT 1")
        raise AssertionError("a cluster without an instance answered")
    except psycopg.OperationalError as error:
        assert "refused" in str(error), error
    instance = rds.create_db_instance(
        DBInstanceIdentifier="orders-1",
        DBClusterIdentifier="orders",
        Engine="aurora-postgresql",
        DBInstanceClass="db.serverless",
    )["DBInstance"]
    assert (
        instance["DBInstanceStatus"] == "creating"
        and "InstanceCreateTime" not in instance
        and "Endpoint" not in instance
    )
    until(lambda: s.instance("orders-1")["DBInstanceStatus"] == "available")
    orders = s.cluster("orders")
    assert orders["Port"] == port == s.instance("orders-1")["Endpoint"]["Port"] and orders["Endpoint"] == "localhost"
    assert begun - datetime.timedelta(seconds=1) < orders["ClusterCreateTime"] < datetime.datetime.now(UTC)
    say(
        f"cluster and instance up in {(datetime.datetime.now(UTC) - begun).total_seconds():.1f} s; no port before the instance; duplicates refused"
    )

    s.sql(port, "CREATE TABLE orders AS SELECT n, now() AS at FROM generate_series(1, 1000) n")
    t1 = datetime.datetime.now(UTC)
    time.sleep(2)
    s.sql(port, "TRUNCATE orders")
    assert s.sql(port, "SELECT count(*) FROM orders") == [(0,)]
    asked = time.monotonic()
    copy = rds.restore_db_cluster_to_point_in_time(
        DBClusterIdentifier="drill-orders",
        SourceDBClusterIdentifier="orders",
        RestoreToTime=t1,
        DBSubnetGroupName="private",
        VpcSecurityGroupIds=["sg-drill"],
        DBClusterParameterGroupName="mine",
        ServerlessV2ScalingConfiguration={"MinCapacity": 0.5, "MaxCapacity": 1},
        BackupRetentionPeriod=1,
        DeletionProtection=False,
        EnableIAMDatabaseAuthentication=True,
        EnableCloudwatchLogsExports=["postgresql"],
        CopyTagsToSnapshot=True,
        StorageType="aurora-iopt1",
        Tags=[{"Key": "lifeboat:purpose", "Value": "drill"}],
    )["DBCluster"]
    assert copy["Status"] == "creating" and copy.get("LatestRestorableTime") is None
    until(lambda: s.cluster("drill-orders")["Status"] == "available")
    restored = time.monotonic() - asked
    copy = s.cluster("drill-orders")
    assert (
        copy["DBSubnetGroup"] == "private"
        and copy["VpcSecurityGroups"][0]["VpcSecurityGroupId"] == "sg-drill"
        and copy["DBClusterParameterGroup"] == "mine"
    )
    assert (
        copy["IAMDatabaseAuthenticationEnabled"]
        and copy["EnabledCloudwatchLogsExports"] == ["postgresql"]
        and copy["CopyTagsToSnapshot"]
        and copy["StorageEncrypted"]
    )
    assert (
        copy["StorageType"] == "aurora-iopt1"
        and copy["BackupRetentionPeriod"] == 1
        and copy["EngineVersion"] == orders["EngineVersion"]
        and copy["MasterUsername"] == "app"
    )
    assert (
        copy["TagList"] == [{"Key": "lifeboat:purpose", "Value": "drill"}]
        and copy["ServerlessV2ScalingConfiguration"]["MaxCapacity"] == 1
    )
    drill = s.member("drill-orders")
    assert s.sql(drill, "SELECT count(*) FROM orders") == [(1000,)] and s.sql(port, "SELECT count(*) FROM orders") == [
        (0,)
    ]
    say(
        f"restored to before the TRUNCATE: 1000 rows back in the copy, 0 in the source; volume restored in {restored:.1f} s, first answer after {time.monotonic() - asked:.1f} s"
    )

    # to the millisecond: between two commits 30 ms apart
    s.sql(port, "CREATE TABLE ticks (n int)")
    moments = []
    for n in range(3):
        s.sql(port, f"INSERT INTO ticks VALUES ({n})")
        time.sleep(0.03)
        moments.append(datetime.datetime.now(UTC))
    rds.restore_db_cluster_to_point_in_time(
        DBClusterIdentifier="drill-ms", SourceDBClusterIdentifier="orders", RestoreToTime=moments[1]
    )
    rds.restore_db_cluster_to_point_in_time(
        DBClusterIdentifier="drill-latest", SourceDBClusterIdentifier="orders", UseLatestRestorableTime=True
    )
    until(lambda: {s.cluster(i)["Status"] for i in ("drill-ms", "drill-latest")} == {"available"})
    plain = s.cluster("drill-latest")
    assert plain["TagList"] == [{"Key": "env", "Value": "production"}], "no tags given: the source's are inherited"
    assert (
        not plain["DeletionProtection"]
        and plain["BackupRetentionPeriod"] == 7
        and plain["VpcSecurityGroups"][0]["VpcSecurityGroupId"] == "sg-default"
    )
    refused(
        "InvalidParameterCombination",
        rds.create_db_instance,
        DBInstanceIdentifier="drill-ms-1",
        DBClusterIdentifier="drill-ms",
        Engine="aurora-postgresql",
        DBInstanceClass="db.serverless",
    )
    for id in ("drill-ms", "drill-latest"):
        rds.modify_db_cluster(
            DBClusterIdentifier=id,
            ServerlessV2ScalingConfiguration={"MinCapacity": 0.5, "MaxCapacity": 1},
            ApplyImmediately=True,
        )
    until(lambda: {s.cluster(i)["Status"] for i in ("drill-ms", "drill-latest")} == {"available"})
    assert s.sql(s.member("drill-ms"), "SELECT array_agg(n ORDER BY n) FROM ticks") == [([0, 1],)]
    assert s.sql(s.member("drill-latest"), "SELECT array_agg(n ORDER BY n) FROM ticks") == [([0, 1, 2],)]
    say(
        "restores hit the moment between two commits 30 ms apart; latest has all; tags absent are inherited; db.serverless needs its range"
    )

    # a copy of a copy, and the oldest point
    rds.restore_db_cluster_to_point_in_time(
        DBClusterIdentifier="drill-second",
        SourceDBClusterIdentifier="drill-orders",
        UseLatestRestorableTime=True,
        ServerlessV2ScalingConfiguration={"MinCapacity": 0.5, "MaxCapacity": 1},
    )
    rds.restore_db_cluster_to_point_in_time(
        DBClusterIdentifier="drill-oldest",
        SourceDBClusterIdentifier="orders",
        RestoreToTime=begun - datetime.timedelta(days=1),
        ServerlessV2ScalingConfiguration={"MinCapacity": 0.5, "MaxCapacity": 1},
    )
    until(lambda: {s.cluster(i)["Status"] for i in ("drill-second", "drill-oldest")} == {"available"})
    assert s.sql(s.member("drill-second"), "SELECT count(*) FROM orders") == [(1000,)]
    assert s.sql(s.member("drill-oldest"), "SELECT to_regclass('orders')::text") == [(None,)]
    say("a copy can be restored from, too; a time before the first base backup gives the oldest state")
    refused(
        "InvalidParameterValue",
        rds.restore_db_cluster_to_point_in_time,
        DBClusterIdentifier="x",
        SourceDBClusterIdentifier="orders",
        RestoreToTime=begun - datetime.timedelta(days=8),
    )
    s.control("POST", "/lag", {"seconds": 300})
    message = refused(
        "InvalidParameterValue",
        rds.restore_db_cluster_to_point_in_time,
        DBClusterIdentifier="x",
        SourceDBClusterIdentifier="orders",
        RestoreToTime=datetime.datetime.now(UTC),
    )
    window = s.cluster("orders")
    assert 299 < (datetime.datetime.now(UTC) - window["LatestRestorableTime"]).total_seconds() < 302
    assert 6.99 < (datetime.datetime.now(UTC) - window["EarliestRestorableTime"]).total_seconds() / 86400 < 7.01
    s.control("POST", "/lag", {"seconds": 0})
    refused(
        "InvalidParameterCombination",
        rds.restore_db_cluster_to_point_in_time,
        DBClusterIdentifier="x",
        SourceDBClusterIdentifier="orders",
    )
    refused(
        "DBClusterNotFoundFault",
        rds.restore_db_cluster_to_point_in_time,
        DBClusterIdentifier="x",
        SourceDBClusterIdentifier="nobody",
        UseLatestRestorableTime=True,
    )
    refused(
        "DBClusterAlreadyExistsFault",
        rds.restore_db_cluster_to_point_in_time,
        DBClusterIdentifier="orders",
        SourceDBClusterIdentifier="drill-orders",
        UseLatestRestorableTime=True,
    )
    assert s.sql(port, "SELECT count(*) FROM ticks") == [(3,)]
    say(f"outside of the window refused: {message}")

    s.control("POST", "/damage", {"kind": "cluster", "id": "drill-second"})
    rds.restore_db_cluster_to_point_in_time(
        DBClusterIdentifier="drill-broken", SourceDBClusterIdentifier="drill-second", UseLatestRestorableTime=True
    )
    until(lambda: s.cluster("drill-broken")["Status"] == "incompatible-restore")
    say("a damaged backup ends as incompatible-restore")


def tls(s: Stack) -> None:
    port = s.aurora("secure")
    # the one beside the servers: a machine whose PostgreSQL is the wheel has no other
    client = shutil.which("psql", path=os.pathsep.join([s.facts["programs"], os.environ["PATH"]]))
    psql = [client, "-XAtc", "SELECT ssl, version FROM pg_stat_ssl WHERE pid = pg_backend_pid()"]
    where = f"host=localhost port={port} user=app dbname=app password={PASSWORD}"
    good = subprocess.run(
        [*psql, f"{where} sslmode=verify-full sslrootcert={s.facts['ca_file']}"], capture_output=True, text=True
    )
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
    say(
        f"verify-full works ({good.stdout.strip()}); without TLS: {plain.stderr.strip().split('FATAL:')[-1].strip()}; a foreign CA and a wrong password are refused"
    )


def secrets(s: Stack) -> None:
    port = s.aurora("managed")
    shown = s.rds.modify_db_cluster(
        DBClusterIdentifier="managed", ManageMasterUserPassword=True, ApplyImmediately=True
    )["DBCluster"]["MasterUserSecret"]
    assert (
        shown["SecretStatus"] == "creating"
        and "rds!cluster-" in shown["SecretArn"]
        and shown["KmsKeyId"].startswith("arn:aws:kms:")
    )
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
    say(
        "managed password: creating, then active, in Secrets Manager and in the server; the old one ends; the secret goes with the cluster"
    )
