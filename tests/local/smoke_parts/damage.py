"""A job wipes tables, and a restore to before it brings the rows back; a database that is gone comes back from what is retained."""

import datetime
import json
import os
import subprocess
import sys

from .harness import HERE, PASSWORD, UTC, Stack, gone, refused, say, until

SEED = """CREATE TABLE customers (id int PRIMARY KEY, mail text);
CREATE TABLE bookings (id int PRIMARY KEY, customer int REFERENCES customers (id));
INSERT INTO customers SELECT n, n || '@example.org' FROM generate_series(1, 700) n;
INSERT INTO bookings SELECT n, n % 700 + 1 FROM generate_series(1, 2100) n"""
ROWS = "SELECT (SELECT count(*) FROM customers), (SELECT count(mail) FROM customers), (SELECT count(*) FROM bookings)"
RANGE = {"MinCapacity": 0.5, "MaxCapacity": 1}


def wiped(s: Stack, *arguments: str) -> dict:
    command = [sys.executable, "-m", "lifeboat_local.job", "wipe", "--state", str(s.state), *arguments]
    environment = {**os.environ, "PYTHONPATH": str(HERE), "PGPASSWORD": PASSWORD}
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def at(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def damage(s: Stack) -> None:
    """The API calls are made by boto3."""
    rds, glue = s.rds, s.client("glue")
    port = s.aurora("wiped", BackupRetentionPeriod=7)
    s.sql(port, SEED)
    s.control("POST", "/settled", {"kind": "cluster", "id": "wiped", "seconds": 3600})
    told = wiped(s, "--id", "wiped", "--tables", "bookings,customers", "--glue-job", "nightly-etl")
    assert told["before"] == {"bookings": 2100, "customers": 700} and told["after"] == {"bookings": 0, "customers": 0}, told
    assert s.sql(port, ROWS) == [(0, 0, 0)]
    (run,) = glue.get_job_runs(JobName="nightly-etl")["JobRuns"]
    assert (run["Id"], run["JobRunState"]) == (told["glue_run"], "FAILED") and abs(run["StartedOn"] - at(told["began"])).total_seconds() < 0.01
    for name, moment in (("minute", run["StartedOn"] - datetime.timedelta(minutes=1)), ("just", run["StartedOn"]), ("after", None)):
        when = {"RestoreToTime": moment} if moment else {"UseLatestRestorableTime": True}
        rds.restore_db_cluster_to_point_in_time(
            DBClusterIdentifier=f"wiped-{name}", SourceDBClusterIdentifier="wiped", ServerlessV2ScalingConfiguration=RANGE, **when
        )
    until(lambda: all(s.cluster(f"wiped-{name}")["Status"] == "available" for name in ("minute", "just", "after")))
    found = {name: s.sql(s.member(f"wiped-{name}"), ROWS) for name in ("minute", "just", "after")}
    assert found == {"minute": [(700, 700, 2100)], "just": [(700, 700, 2100)], "after": [(0, 0, 0)]}, found
    say("a job wiped 2800 rows and failed; a minute before it, and just before, they are all in the copy; in the latest copy none")

    copy = s.cluster("wiped-minute")["Port"]
    told = wiped(s, "--id", "wiped-minute", "--tables", "customers", "--how", "null:mail")
    assert told["before"] == {"customers": 700} and told["after"] == {"customers": 0} and s.sql(copy, ROWS) == [(700, 0, 2100)]
    wiped(s, "--id", "wiped-minute", "--tables", "bookings,customers", "--how", "truncate")
    assert s.sql(copy, ROWS) == [(0, 0, 0)] and s.sql(s.cluster("wiped-just")["Port"], ROWS) == [(700, 700, 2100)]
    say("or it empties a column, or truncates; another copy is not touched")

    whose = s.cluster("wiped-just")
    rds.modify_db_cluster(DBClusterIdentifier="wiped-just", DeletionProtection=True, ApplyImmediately=True)
    s.control("POST", "/gone", {"kind": "cluster", "id": "wiped-just", "retained": True})
    refused("DBClusterNotFoundFault", rds.describe_db_clusters, DBClusterIdentifier="wiped-just")
    refused("DBInstanceNotFound", rds.describe_db_instances, DBInstanceIdentifier="wiped-just-1")
    rds.restore_db_cluster_to_point_in_time(
        DBClusterIdentifier="wiped-back", SourceDbClusterResourceId=whose["DbClusterResourceId"], UseLatestRestorableTime=True,
        ServerlessV2ScalingConfiguration=RANGE,
    )  # fmt: skip
    until(lambda: s.cluster("wiped-back")["Status"] == "available")
    assert s.sql(s.member("wiped-back"), ROWS) == [(700, 700, 2100)]
    resource = s.cluster("wiped-after")["DbClusterResourceId"]
    s.control("POST", "/gone", {"kind": "cluster", "id": "wiped-after"})
    refused("DBClusterAutomatedBackupNotFoundFault", rds.restore_db_cluster_to_point_in_time, DBClusterIdentifier="x",
            SourceDbClusterResourceId=resource, UseLatestRestorableTime=True)  # fmt: skip
    assert gone("DBClusterNotFoundFault", rds.describe_db_clusters, DBClusterIdentifier="wiped-after")
    say("protected or not, a cluster is gone at once; with its backups retained it comes back, without them it does not")


def jobs(s: Stack) -> None:
    glue = s.client("glue")
    refused("EntityNotFoundException", glue.get_job_runs, JobName="unknown")
    s.control("POST", "/glue-runs", {"job": "empty"})
    assert glue.get_job_runs(JobName="empty")["JobRuns"] == []
    runs = [{"state": "SUCCEEDED", "age_seconds": n * 86400} for n in range(1, 201)]
    runs += [{"state": "RUNNING"}, {"state": "FAILED", "id": "jr_failed", "age_seconds": 600, "error": "no memory"}]
    s.control("POST", "/glue-runs", {"job": "etl", "silent": True, "runs": runs})
    pages = [page["JobRuns"] for page in glue.get_paginator("get_job_runs").paginate(JobName="etl", PaginationConfig={"PageSize": 90})]
    assert [len(page) for page in pages] == [90, 90, 22], pages
    first, second = pages[0][:2]
    assert first["JobRunState"] == "RUNNING" and "CompletedOn" not in first
    assert (second["Id"], second["JobRunState"], second["ErrorMessage"]) == ("jr_failed", "FAILED", "no memory")
    assert abs((datetime.datetime.now(UTC) - second["StartedOn"]).total_seconds() - 600) < 30
    assert [len(glue.get_job_runs(JobName="etl", MaxResults=n)["JobRuns"]) for n in (1, 200)] == [1, 200]
    assert glue.get_job_run(JobName="etl", RunId="jr_failed")["JobRun"]["JobRunState"] == "FAILED"
    refused("EntityNotFoundException", glue.get_job_run, JobName="etl", RunId="jr_other")
    refused("EntityNotFoundException", s.client("glue", region="eu-away-1").get_job_runs, JobName="etl")
    refused("InvalidInputException", glue.get_job_runs, JobName="etl", NextToken="no token")
    s.control("POST", "/faults", {"operation": "Glue:GetJobRuns", "fault": {"kind": "error", "code": "OperationTimeoutException"}})
    refused("OperationTimeoutException", glue.get_job_runs, JobName="etl")
    say("runs of Glue's jobs, newest first, in pages; unknown jobs are refused; faults strike them, too")
