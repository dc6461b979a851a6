"""One local AWS from start to stop: the processes, their ports, and the file that tells where they are."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
import uuid
from pathlib import Path

from .janitor import MARK
from .knobs import Knobs

REGION, ACCOUNT = "eu-west-1", "123456789012"
BUCKET, TOPIC, QUEUE = "lifeboat-local", "lifeboat", "mailbox"
HERE = Path(__file__).resolve().parent


def free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for s in sockets:
        s.bind(("127.0.0.1", 0))
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


def roomy_memory(bytes_needed: int = 4 << 30) -> Path | None:
    """Shared memory, if there is plenty of it: thousands of small files come and go with every restore."""
    shared = Path("/dev/shm")
    try:
        return shared if os.access(shared, os.W_OK) and shutil.disk_usage(shared).free >= bytes_needed else None
    except OSError:
        return None


class Stack:
    def __init__(self, state: Path, folder: Path | None, knobs: Knobs, tick: float, minute: float = 60, enforces: bool = False) -> None:
        self.state, self.knobs, self.tick, self.minute, self.enforces = state, knobs, tick, minute, enforces
        self.mark = str(uuid.uuid4())
        name = f"lifeboat-local-{self.mark[:8]}"
        self.work = (folder or Path(tempfile.gettempdir())).resolve() / name
        self.data = (roomy_memory() or self.work.parent) / f"{name}-pg" if folder is None else self.work / "pg"
        if len(str(self.data)) > 70:
            raise SystemExit(f"{self.data}: too long a path, the names of the servers' unix sockets would not fit")
        for path in (self.work, self.data):
            path.mkdir(parents=True)
            path.chmod(0o755)  # the servers run as another user
        self.stopped = threading.Event()
        self.janitor = self.ministack = self.world = None

    def start(self) -> dict:
        self.state.unlink(missing_ok=True)
        self.janitor = subprocess.Popen(
            [sys.executable, str(HERE / "janitor.py"), self.mark, str(self.data), str(self.work)],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, start_new_session=True, cwd="/",
        )  # fmt: skip
        ministack_port, rds_port = free_ports(2)
        direct = f"http://127.0.0.1:{ministack_port}"

        from . import proxy
        from .faults import Faults, Journal

        faults, journal = Faults(), Journal()
        self.proxy = proxy.serve(ministack_port, faults, journal, self.answers_itself)
        endpoint, rds = f"http://127.0.0.1:{self.proxy.server_port}", f"http://127.0.0.1:{rds_port}"
        env = {
            "AWS_ENDPOINT_URL": endpoint, "AWS_ENDPOINT_URL_RDS": rds, "AWS_ENDPOINT_URL_DOCDB": rds, "AWS_ENDPOINT_URL_BACKUP": rds,
            "AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
            "LIFEBOAT_BUCKET": BUCKET, "LIFEBOAT_TOPIC_ARN": f"arn:aws:sns:{REGION}:{ACCOUNT}:{TOPIC}", "LIFEBOAT_NAMESPACE": "Lifeboat",
            "LIFEBOAT_CA_BUNDLE": str(self.work / "ca.pem"),
        }  # fmt: skip
        self.start_ministack(ministack_port, env)
        os.environ["MOTO_ACCOUNT_ID"] = ACCOUNT
        os.environ["MOTO_ALLOW_NONEXISTENT_REGION"] = "true"  # tests make up a region each

        from . import plugin  # moto takes most of a second to import; ministack starts meanwhile
        from .control import Control
        from .world import World

        self.world = World(self.work, self.data, self.knobs, direct)
        facts = {
            "ready": True, "endpoint": endpoint, "direct_endpoint": direct, "rds_endpoint": rds, "control": f"{rds}{plugin.PREFIX}",
            "region": REGION, "account": ACCOUNT, "bucket": BUCKET, "topic_arn": env["LIFEBOAT_TOPIC_ARN"],
            "queue_url": f"{endpoint}/{ACCOUNT}/{QUEUE}", "ca_file": env["LIFEBOAT_CA_BUNDLE"], "folder": str(self.work), "data_folder": str(self.data), "programs": str(self.world.kit.bin), "pid": os.getpid(), "env": env,
        }  # fmt: skip
        self.rds = plugin.serve(plugin.Endpoint(self.world, faults, journal, Control(self.world, faults, journal, facts)), rds_port)
        self.wait_for(f"{direct}/_ministack/health")
        self.furnish(direct, env)
        partial = self.state.with_name(self.state.name + ".partial")
        partial.write_text(json.dumps(facts, indent=1) + "\n")
        partial.replace(self.state)
        return facts

    def answers_itself(self, call) -> tuple[int, dict[str, str], bytes] | None:
        """What is asked of the main endpoint and only the RDS side knows."""
        from . import glue, keys, wire

        of_keys = {"KMS:DescribeKey": keys.describe, "KMS:EnableKey": keys.enable, "KMS:CancelKeyDeletion": keys.cancel_deletion}
        if self.world is None or call.name not in (*of_keys, *glue.CALLS):
            return None
        if call.service == "Glue":
            told = glue.answer(self.world, call.region or REGION, call.operation, call.params) or None
        else:
            told = of_keys[call.name](self.world, call.region or REGION, str(call.params.get("KeyId", "")))
        if told is None:
            return None
        if "code" in told:
            return wire.error(call, told["code"], 400, told["message"])
        return (200, {"Content-Type": "application/x-amz-json-1.1"}, json.dumps(told).encode())

    def start_ministack(self, port: int, env: dict[str, str]) -> None:
        scratch = self.work / "ministack"
        scratch.mkdir()
        # its functions inherit this environment; nothing of the caller's AWS settings may leak into it
        mine = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "LIFEBOAT_", "MINISTACK_"))}
        mine |= env | {
            MARK: self.mark, "BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(port), "MINISTACK_REGION": REGION, "MINISTACK_ACCOUNT_ID": ACCOUNT,
            "TMPDIR": str(scratch), "LIFEBOAT_LOCAL_TICK": str(self.tick), "LIFEBOAT_LOCAL_MINUTE": str(self.minute), "LIFEBOAT_LOCAL_METRIC_PAGE": str(self.work / "metric-page"), "PYTHONDONTWRITEBYTECODE": "1", "AUTH": str(self.enforces).lower(),
        }  # fmt: skip
        log = (self.work / "ministack.log").open("wb")
        self.ministack = subprocess.Popen([sys.executable, str(HERE / "ministack_main.py")], env=mine, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                          cwd=scratch, start_new_session=True)  # fmt: skip

    def wait_for(self, url: str, seconds: float = 90) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.ministack.poll() is not None:
                break
            try:
                urllib.request.urlopen(url, timeout=2).close()
                return
            except OSError:
                time.sleep(0.03)
        raise SystemExit("ministack did not start:\n" + (self.work / "ministack.log").read_text()[-2000:])

    def furnish(self, direct: str, env: dict[str, str]) -> None:
        """The bucket, the topic, and the queue that reads its mails; through plain requests, boto3 is slow to load."""

        def call(service: str, url: str, method: str, headers: dict[str, str], body: bytes = b"") -> dict:
            scope = f"Credential=test/20260101/{REGION}/{service}/aws4_request, SignedHeaders=host, Signature=local"
            request = urllib.request.Request(url, body, {"Authorization": f"AWS4-HMAC-SHA256 {scope}", **headers}, method=method)
            with urllib.request.urlopen(request, timeout=10) as answer:
                text = answer.read()
            return json.loads(text) if text.startswith(b"{") else {}

        form, topic = {"Content-Type": "application/x-www-form-urlencoded"}, env["LIFEBOAT_TOPIC_ARN"]
        queue = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{QUEUE}"
        call(
            "s3",
            f"{direct}/{BUCKET}",
            "PUT",
            {},
            f"<CreateBucketConfiguration><LocationConstraint>{REGION}</LocationConstraint></CreateBucketConfiguration>".encode(),
        )
        call(
            "sqs",
            direct,
            "POST",
            {"X-Amz-Target": "AmazonSQS.CreateQueue", "Content-Type": "application/x-amz-json-1.0"},
            json.dumps({"QueueName": QUEUE}).encode(),
        )
        call("sns", direct, "POST", form, f"Action=CreateTopic&Version=2010-03-31&Name={TOPIC}".encode())
        call("sns", direct, "POST", form, f"Action=Subscribe&Version=2010-03-31&TopicArn={topic}&Protocol=sqs&Endpoint={queue}".encode())

    def run(self, watch_parent: bool) -> None:
        """Until a signal, the end of the process that started us, or the end of ministack."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda *_: self.stopped.set())
        # asking for the parent now and then, not PR_SET_PDEATHSIG: that one fires when the parent's *thread* ends, and the
        # thread of a test that started a shared stack ends long before the test process
        parent = os.getppid()
        while not self.stopped.wait(0.3):
            if watch_parent and os.getppid() != parent:
                break
            if self.ministack.poll() is not None:
                print("ministack ended by itself; see ministack.log", file=sys.stderr)
                break

    def stop(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
        self.state.unlink(missing_ok=True)
        if self.world:
            self.world.stop()
        if self.ministack and self.ministack.poll() is None:
            self.ministack.terminate()
        if self.janitor:
            self.janitor.stdin.close()
            try:
                self.janitor.wait(10)
            except subprocess.TimeoutExpired:
                pass
