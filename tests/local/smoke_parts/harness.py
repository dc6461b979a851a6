"""A stack as a child process, clients for it, and the few words in which the parts are written."""

import atexit
import datetime
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import boto3
import psycopg
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError, EndpointConnectionError, ReadTimeoutError

HERE = Path(__file__).resolve().parent.parent
PASSWORD = "correct-horse-9"
UTC = datetime.UTC


class Stack:
    """A stack as a child process, and clients for it."""

    def __init__(self, *arguments: str) -> None:
        self.scratch = scratch()
        self.state = self.scratch / "state.json"
        self.log = (self.scratch / "log").open("wb")
        begun = time.monotonic()
        command = [sys.executable, "-m", "lifeboat_local", "serve", "--state", str(self.state), *arguments]
        self.process = subprocess.Popen(
            command,
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join([str(HERE), *filter(None, [os.environ.get("PYTHONPATH")])]),
            },
            stdout=self.log,
            stderr=self.log,
        )
        until(lambda: self.state.exists() or self.process.poll() is not None, 30)
        assert self.state.exists(), (self.scratch / "log").read_text()
        self.seconds = time.monotonic() - begun
        self.facts = json.loads(self.state.read_text())
        self.rds, self.docdb, self.backup = (self.client(s) for s in ("rds", "docdb", "backup"))

    def client(self, service: str, region: str | None = None, **options):
        env = self.facts["env"]
        endpoint = env.get(f"AWS_ENDPOINT_URL_{service.upper()}", env["AWS_ENDPOINT_URL"])
        config = Config(
            retries={"total_max_attempts": 1, "mode": "standard"}, s3={"addressing_style": "path"}, **options
        )
        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
        return boto3.client(service, endpoint_url=endpoint, region_name=region or env["AWS_REGION"], config=config, **keys)

    def control(self, method: str, path: str, body: dict | None = None):
        request = urllib.request.Request(
            self.facts["control"] + path, json.dumps(body).encode() if body is not None else None, method=method
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def cluster(self, id: str) -> dict:
        return self.rds.describe_db_clusters(DBClusterIdentifier=id)["DBClusters"][0]

    def instance(self, id: str) -> dict:
        return self.rds.describe_db_instances(DBInstanceIdentifier=id)["DBInstances"][0]

    def sql(
        self, port: int, query: str, password: str = PASSWORD, database: str = "app", user: str = "app", **options
    ) -> list:
        where = {
            "host": options.get("host", "localhost"),
            "port": port,
            "user": user,
            "password": password,
            "dbname": database,
            "connect_timeout": 5,
        }
        with psycopg.connect(
            **where, sslmode=options.get("sslmode", "verify-full"), sslrootcert=self.facts["ca_file"], autocommit=True
        ) as c:
            found = c.execute(query)
            return found.fetchall() if found.description else []

    def aurora(self, id: str, **more) -> int:
        """A cluster with one instance; returns its port."""
        self.rds.create_db_cluster(
            DBClusterIdentifier=id,
            Engine="aurora-postgresql",
            MasterUsername="app",
            MasterUserPassword=PASSWORD,
            DatabaseName="app",
            ServerlessV2ScalingConfiguration={"MinCapacity": 0.5, "MaxCapacity": 1},
            **more,
        )
        until(lambda: self.cluster(id)["Status"] == "available")
        return self.member(id)

    def member(self, cluster: str) -> int:
        self.rds.create_db_instance(
            DBInstanceIdentifier=f"{cluster}-1",
            DBClusterIdentifier=cluster,
            Engine="aurora-postgresql",
            DBInstanceClass="db.serverless",
        )
        until(lambda: self.instance(f"{cluster}-1")["DBInstanceStatus"] == "available")
        return self.cluster(cluster)["Port"]


def scratch() -> Path:
    folder = tempfile.mkdtemp(prefix="lifeboat-smoke-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


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


def alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists() and Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"


def belongs(process: Path, name: str) -> bool:
    """Whether a process works in, or was told about, a stack's folder of this name."""
    try:
        words = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
        return name in str((process / "cwd").resolve()) or name.encode() in words
    except OSError:
        return False


def mailbox(s: Stack, wait: int = 5) -> dict | None:
    queue = s.client("sqs", read_timeout=30)
    for message in queue.receive_message(
        QueueUrl=s.facts["queue_url"], WaitTimeSeconds=wait, MaxNumberOfMessages=1
    ).get("Messages", []):
        queue.delete_message(QueueUrl=s.facts["queue_url"], ReceiptHandle=message["ReceiptHandle"])
        return message
    return None
