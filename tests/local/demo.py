"""The main job, played on the local stack: a weekly drill of an "orders" database, from the schedule to the mail.

Everything is real but the clock and AWS itself: the functions are the binaries that run on AWS, invoked as Lambdas by a
schedule and a rule; the backup is a PostgreSQL base backup with its WAL; the copy is restored from them and read over TLS.
The local minute lasts two seconds, and restores take seconds instead of minutes. Nothing here decides anything.
"""

import argparse
import datetime
import io
import json
import sys
import textwrap
import time
import zipfile
from pathlib import Path

from smoke_parts.harness import Stack, until

MINUTE_SECONDS = 2
ROLE = "arn:aws:iam::123456789012:role/lifeboat"
PHASES = {
    "planned": "planned",
    "restoring": "restoring the volume from the backup",
    "attaching": "attaching an instance to the restored cluster",
    "opening": "opening access with a master secret of its own",
    "checking": "asking the data",
    "tearing_down": "tearing the copy down",
    "closed": "telling",
}
LONGEST_DRILL_SECONDS = 90


def say(text: str = "") -> None:
    print(text, flush=True)


def bootstrap(binary: Path) -> bytes:
    """A function's package, as AWS takes it: one executable named bootstrap."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        entry = zipfile.ZipInfo("bootstrap")
        entry.external_attr = 0o755 << 16
        archive.writestr(entry, binary.read_bytes())
    return packed.getvalue()


def policy() -> dict:
    return {
        "version": 1,
        "timezone": "Asia/Tokyo",
        "databases": {
            "orders": {
                "kind": "aurora",
                "identifier": "prod-orders",
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


SEED = """
CREATE TABLE orders (id bigint PRIMARY KEY, customer text NOT NULL, total numeric NOT NULL, created_at timestamptz NOT NULL);
CREATE TABLE order_lines (order_id bigint NOT NULL REFERENCES orders (id), line int NOT NULL, article text NOT NULL,
                          PRIMARY KEY (order_id, line));
INSERT INTO orders SELECT n, 'customer ' || n % 97, n % 500 + 0.95, now() - (5000 - n) * interval '1 second'
  FROM generate_series(1, 5000) n;
INSERT INTO order_lines SELECT id, line, 'article ' || line FROM orders, generate_series(1, 3) line;
"""


class Demo:
    def __init__(self, binaries: Path, out: Path) -> None:
        self.binaries, self.out = binaries, out
        self.begun = time.monotonic()

    def play(self) -> int:
        say("1. Starting the local stack: AWS on loopback, made of real parts (about 3 s)")
        delays = "demo,cluster=3,instance=3,secret=2,delete=2,modify=1"
        self.stack = Stack("--speed", delays, "--restore-lag-seconds", "1", "--minute-seconds", str(MINUTE_SECONDS))
        self.s3, self.functions = self.stack.client("s3"), self.stack.client("lambda")
        self.seed()
        self.deploy()
        self.schedule()
        verdict = self.follow()
        self.read_mail()
        left = self.look_for_leftovers()
        self.fetch_pages()
        say(f"\nDone in {time.monotonic() - self.begun:.0f} s: {'the backup restores' if verdict == 'passed' else verdict}.")
        return 0 if verdict == "passed" and not left else 1

    def seed(self) -> None:
        say('2. Making the production database "prod-orders" (Aurora PostgreSQL; behind it a real server, about 10 s)')
        port = self.stack.aurora("prod-orders", BackupRetentionPeriod=7, Tags=[{"Key": "env", "Value": "production"}])
        self.stack.sql(port, SEED)
        rows = self.stack.sql(port, "SELECT count(*) FROM orders")[0][0]
        say(f"   orders has {rows} rows. Its backups run: a base backup, and every change archived as it happens.")
        # Restorable time lags a second behind here (five minutes on AWS): the rows are to be in the window.
        seeded = datetime.datetime.now(datetime.UTC)
        until(lambda: self.stack.cluster("prod-orders")["LatestRestorableTime"] > seeded, 30)
        self.port = port

    def deploy(self) -> None:
        say("3. Deploying the functions: restore-drill and data-check, the same binaries that run on AWS")
        bucket = self.stack.facts["bucket"]
        self.s3.put_object(Bucket=bucket, Key="policy.json", Body=json.dumps(policy(), indent=2).encode())
        for name in ("restore-drill", "data-check"):
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
        arn = f"arn:aws:lambda:{self.stack.facts['region']}:{self.stack.facts['account']}:function:restore-drill"
        events = self.stack.client("events")
        events.put_rule(Name="lifeboat-tick", ScheduleExpression="rate(1 minute)")
        events.put_targets(Rule="lifeboat-tick", Targets=[{"Id": "restore-drill", "Arn": arn}])
        self.arn = arn

    def schedule(self) -> None:
        due = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=2)
        scheduled = due.strftime("%Y-%m-%dT%H:%M:%SZ")
        self.run = f"drill-orders-{due:%Y%m%d%H%M}"
        self.due = due
        event = {"drill": "orders/weekly", "scheduled_time": scheduled}
        say(f"4. Sunday has come. The schedule sends restore-drill its weekly event: {json.dumps(event)}")
        self.stack.client("scheduler").create_schedule(
            Name="orders-weekly",
            ScheduleExpression=f"at({due:%Y-%m-%dT%H:%M:%S})",
            FlexibleTimeWindow={"Mode": "OFF"},
            ActionAfterCompletion="DELETE",
            Target={"Arn": self.arn, "RoleArn": ROLE, "Input": json.dumps(event)},
        )

    def follow(self) -> str:
        """The phases as the run's own record tells them."""
        say(f"5. The drill {self.run}, as its record tells it:")
        shown = 0
        end = time.monotonic() + LONGEST_DRILL_SECONDS
        while time.monotonic() < end:
            record, closed = self.record()
            for entry in (record or {}).get("phases", [])[shown:]:
                at = datetime.datetime.fromisoformat(entry["at"].replace("Z", "+00:00"))
                say(f"   {max(0.0, (at - self.due).total_seconds()):6.1f} s  {PHASES.get(entry['phase'], entry['phase'])}")
                shown += 1
            if closed:
                return record["verdict"]["word"]
            time.sleep(0.2)
        raise SystemExit(f"the drill did not end within {LONGEST_DRILL_SECONDS} s; its record: {json.dumps(record, indent=1)}")

    def record(self) -> tuple[dict | None, bool]:
        """The run's record, and whether it has been filed."""
        for key, closed in ((f"runs/open/{self.run}.json", False), (f"runs/closed/{self.due:%Y/%m}/{self.run}.json", True)):
            try:
                return json.load(self.s3.get_object(Bucket=self.stack.facts["bucket"], Key=key)["Body"]), closed
            except self.s3.exceptions.NoSuchKey:
                continue
        return None, False

    def read_mail(self) -> None:
        queue = self.stack.client("sqs")
        messages = queue.receive_message(QueueUrl=self.stack.facts["queue_url"], WaitTimeSeconds=5).get("Messages", [])
        if not messages:
            raise SystemExit("no mail came")
        mail = json.loads(messages[0]["Body"])
        say("6. The mail, exactly as it arrives:\n")
        say(textwrap.indent(f"Subject: {mail['Subject']}\n\n{mail['Message']}", "   | ", lambda _: True))

    def look_for_leftovers(self) -> list[str]:
        clusters = [c["DBClusterIdentifier"] for c in self.stack.rds.describe_db_clusters()["DBClusters"]]
        instances = [i["DBInstanceIdentifier"] for i in self.stack.rds.describe_db_instances()["DBInstances"]]
        servers = len(self.stack.control("GET", "/state")[self.stack.facts["region"]]["cluster"])
        say("7. What is left:")
        say(f"   clusters: {', '.join(clusters)}; instances: {', '.join(instances)}; PostgreSQL servers: {servers}")
        left = [name for name in clusters + instances if not name.startswith("prod-")]
        rows = self.stack.sql(self.port, "SELECT count(*) FROM orders")[0][0]
        say(f"   {'LEFT BEHIND: ' + ', '.join(left) if left else 'nothing of the copy'}; production still has its {rows} rows")
        return left

    def fetch_pages(self) -> None:
        self.out.mkdir(parents=True, exist_ok=True)
        bucket = self.stack.facts["bucket"]
        for key in (f"reports/{self.run}.html", "reports/index.html"):
            (self.out / Path(key).name).write_bytes(self.s3.get_object(Bucket=bucket, Key=key)["Body"].read())
        record, _ = self.record()
        (self.out / f"{self.run}.json").write_text(json.dumps(record, indent=1) + "\n")
        say("8. For the browser, and for the auditor:")
        say(f"   report of this drill  {self.out / (self.run + '.html')}")
        say(f"   all drills            {self.out / 'index.html'}")
        say(f"   the record            {self.out / (self.run + '.json')}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binaries", type=Path, required=True, help="folder of the built functions, such as target/debug")
    parser.add_argument("--out", type=Path, default=Path(".local/demo"), help="where the report pages are put")
    arguments = parser.parse_args()
    for name in ("restore-drill", "data-check"):
        if not (arguments.binaries / name).is_file():
            raise SystemExit(f"{arguments.binaries / name} is not there: cargo build --locked --bins")
    return Demo(arguments.binaries, arguments.out.absolute()).play()


if __name__ == "__main__":
    sys.exit(main())
