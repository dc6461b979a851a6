"""The scene: the local AWS, a production database with orders in it, the functions as Lambdas, the rule that wakes them."""

import datetime
import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

from smoke_parts.harness import Stack, mailbox, until

from .words import say, typed

MINUTE_SECONDS = 2
LONGEST_ANSWER_SECONDS = 180
ROLE = "arn:aws:iam::123456789012:role/lifeboat"
FUNCTIONS = ("restore-drill", "emergency-restore", "data-check")
SOURCE = "prod-orders"
TABLES = ("orders", "order_lines")
SEED = """
CREATE TABLE orders (id bigint PRIMARY KEY, customer text NOT NULL, total numeric NOT NULL, created_at timestamptz NOT NULL);
CREATE TABLE order_lines (order_id bigint NOT NULL REFERENCES orders (id), line int NOT NULL, article text NOT NULL,
                          PRIMARY KEY (order_id, line));
INSERT INTO orders SELECT n, 'customer ' || n % 97, n % 500 + 0.95, now() - interval '3 minutes' - (5000 - n) * interval '1 second'
  FROM generate_series(1, 5000) n;
INSERT INTO order_lines SELECT id, line, 'article ' || line FROM orders, generate_series(1, 3) line;
"""
POLICY = {
    "version": 1,
    "timezone": "Asia/Tokyo",
    "databases": {
        "orders": {
            "kind": "aurora",
            "identifier": SOURCE,
            "backups": {"retention_days": 7, "restore_lag_minutes": 15},
            "sandbox": {
                "subnet_group": "private",
                "security_groups": ["sg-0a1b2c3d4e5f60718"],
                "instance_class": "db.serverless",
                "acu": [0.5, 1],
                "login": {"method": "managed_secret", "database": "app"},
            },
            "checks": [
                {"kind": "row_count", "table": "public.orders", "at_least": 1000},
                {"kind": "freshness", "table": "public.orders", "column": "created_at", "within": "1h"},
                {"kind": "orphans", "child": "order_lines.order_id", "parent": "orders.id"},
                {"kind": "foreign_keys", "schema": "public"},
                {"kind": "unchanged", "table": "public.orders", "within_percent": 10},
                {"kind": "sql", "query": "SELECT count(*) = 0 FROM orders WHERE total < 0", "expect": True},
            ],
            "drills": {"weekly": {"source": "point_in_time", "max_age_days": 8}},
        }
    },
}


class Scene:
    def __init__(self, binaries: Path, out: Path) -> None:
        self.binaries, self.out = binaries, out

    def raise_curtain(self) -> None:
        say("1. Starting the local stack: AWS on loopback, made of real parts (about 3 s)")
        delays = "demo,cluster=3,instance=3,secret=2,delete=2,modify=1"
        self.stack = Stack("--speed", delays, "--restore-lag-seconds", "1", "--minute-seconds", str(MINUTE_SECONDS))
        self.s3, self.functions = self.stack.client("s3"), self.stack.client("lambda")
        self.bucket = self.stack.facts["bucket"]
        self.seed()
        self.deploy()

    def seed(self) -> None:
        say(f'2. Making the production database "{SOURCE}" (Aurora PostgreSQL; behind it a real server, about 10 s)')
        port = self.stack.aurora(SOURCE, BackupRetentionPeriod=7, Tags=[{"Key": "env", "Value": "production"}])
        self.stack.sql(port, SEED)
        # RDS manages its password, as it should; then it can manage that of a recovery without changing anybody's login.
        self.stack.rds.modify_db_cluster(DBClusterIdentifier=SOURCE, ManageMasterUserPassword=True, ApplyImmediately=True)
        until(lambda: (self.stack.cluster(SOURCE).get("MasterUserSecret") or {}).get("SecretStatus") == "active", 30)
        seeded = datetime.datetime.now(datetime.UTC)
        say(f"   orders has {self.rows(SOURCE)['orders']} rows. Its backups run: a base backup, and every change archived as it happens.")
        # Restorable time lags a second behind here (five minutes on AWS): the rows are to be in the window.
        until(lambda: self.stack.cluster(SOURCE)["LatestRestorableTime"] > seeded, 30)

    def deploy(self) -> None:
        say(f"3. Deploying the functions: {', '.join(FUNCTIONS)}; the same binaries that run on AWS")
        self.s3.put_object(Bucket=self.bucket, Key="policy.json", Body=json.dumps(POLICY, indent=2).encode())
        events, facts = self.stack.client("events"), self.stack.facts
        events.put_rule(Name="lifeboat-tick", ScheduleExpression="rate(1 minute)")
        for name in FUNCTIONS:
            self.make_function(name)
            if name != "data-check":
                arn = self.arn(name)
                events.put_targets(Rule="lifeboat-tick", Targets=[{"Id": name, "Arn": arn}])
        say(f"   A rule wakes them every minute; a minute lasts {MINUTE_SECONDS} s here. Bucket: {facts['bucket']}")

    def make_function(self, name: str) -> None:
        self.functions.create_function(
            FunctionName=name,
            Runtime="provided.al2023",
            Role=ROLE,
            Handler="bootstrap",
            Timeout=900,
            MemorySize=128,
            Environment={"Variables": {"LIFEBOAT_DATA_CHECK": "data-check"}},
            Code={"ZipFile": bootstrap(self.binaries / name)},
        )
        self.functions.get_waiter("function_active_v2").wait(FunctionName=name)

    def ask(self, title: str, function: str, request: dict) -> dict:
        """A function run from the laptop, to its answer."""
        say(title)
        typed(function, request)
        command = [str(self.binaries / function), json.dumps(request)]
        done = subprocess.run(command, env=self.environment(), capture_output=True, text=True, timeout=LONGEST_ANSWER_SECONDS)
        if done.returncode:
            raise SystemExit(f"{function} failed:\n{done.stderr}")
        return json.loads(done.stdout)

    def wipe(self, job: str, tables: list[str], how: str = "delete") -> dict:
        """A Glue job that wipes tables of production through its front door, and then fails; when, and how many rows there were."""
        command = [sys.executable, "-m", "lifeboat_local.job", "wipe", "--state", str(self.stack.state), "--id", SOURCE,
                   "--tables", ",".join(tables), "--how", how, "--glue-job", job]  # fmt: skip
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "PGPASSWORD": self.password(SOURCE)}
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(f"the job did not run: {done.stderr}")
        return json.loads(done.stdout)

    def arn(self, function: str) -> str:
        return f"arn:aws:lambda:{self.stack.facts['region']}:{self.stack.facts['account']}:function:{function}"

    def environment(self) -> dict[str, str]:
        """Of a laptop that is set to this AWS, with the functions' own variables."""
        mine = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "LIFEBOAT_", "RUST_LOG"))}
        return mine | self.stack.facts["env"] | {"LIFEBOAT_DATA_CHECK": "data-check"}

    def password(self, cluster: str) -> str:
        secret = self.stack.cluster(cluster)["MasterUserSecret"]["SecretArn"]
        value = self.stack.client("secretsmanager").get_secret_value(SecretId=secret)["SecretString"]
        return json.loads(value)["password"]

    def rows(self, cluster: str, tables: tuple[str, ...] = TABLES) -> dict[str, int]:
        """How many rows its tables have, asked over TLS as an application asks."""
        door, password = self.stack.cluster(cluster), self.password(cluster)
        ask = lambda query: self.stack.sql(door["Port"], query, password=password, host=door["Endpoint"])  # noqa: E731
        return {table: ask(f"SELECT count(*) FROM {table}")[0][0] for table in tables}

    def mail(self) -> tuple[str, str]:
        """The next mail: its subject and its text."""
        message = mailbox(self.stack, wait=15)
        if message is None:
            raise SystemExit("no mail came")
        mail = json.loads(message["Body"])
        return mail["Subject"], mail["Message"]

    def fetch(self, key: str, name: str | None = None) -> Path:
        """Something of the bucket, as a file."""
        self.out.mkdir(parents=True, exist_ok=True)
        path = self.out / (name or Path(key).name)
        path.write_bytes(self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read())
        return path

    def keep(self, name: str, text: str) -> Path:
        self.out.mkdir(parents=True, exist_ok=True)
        (self.out / name).write_text(text.rstrip("\n") + "\n")
        return self.out / name


def bootstrap(binary: Path) -> bytes:
    """A function's package, as AWS takes it: one executable named bootstrap."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        entry = zipfile.ZipInfo("bootstrap")
        entry.external_attr = 0o755 << 16
        archive.writestr(entry, binary.read_bytes())
    return packed.getvalue()
