"""The last part: a job whose tables are backed up before it runs; it wipes them, and the mail has the command that brings them back."""

import json
import subprocess
import sys
from pathlib import Path

from .scene import SOURCE, Scene
from .words import quote, say, table

FUNCTIONS = ("table-backup", "glue-alert")
COMMANDS = Path(__file__).resolve().parent.parent / "aws_command.py"
JOB = "warehouse-etl"
TABLES = ("silver.tenants", "silver.payments")
SEED = """
CREATE SCHEMA silver;
CREATE TABLE silver.tenants (id bigint PRIMARY KEY, name text NOT NULL, rent numeric NOT NULL CHECK (rent > 0));
CREATE TABLE silver.payments (tenant bigint NOT NULL REFERENCES silver.tenants (id), month date, PRIMARY KEY (tenant, month));
INSERT INTO silver.tenants SELECT n, 'tenant ' || n, 500 + n FROM generate_series(1, 2000) n;
INSERT INTO silver.payments SELECT id, date '2026-01-01' + month * interval '1 month' FROM silver.tenants, generate_series(0, 9) month;
"""


class Guard:
    def __init__(self, scene: Scene) -> None:
        self.scene, self.stack = scene, scene.stack

    def play(self) -> bool:
        self.prepare()
        self.back_up()
        self.wipe()
        commands = self.read_mail()
        self.paste(commands)
        return self.compare()

    def prepare(self) -> None:
        door = self.stack.cluster(SOURCE)
        password = self.scene.password(SOURCE)
        self.stack.sql(door["Port"], SEED, password=password, host=door["Endpoint"])
        say(f'16. Each night the Glue job "{JOB}" writes {" and ".join(TABLES)}. The policy says so now:')
        policy = json.loads(self.scene.s3.get_object(Bucket=self.scene.bucket, Key="policy.json")["Body"].read())
        policy["jobs"] = {JOB: {"database": "orders", "tables": list(TABLES)}}
        policy["databases"]["orders"]["live"] = {
            "endpoint": door["Endpoint"], "port": door["Port"], "database": "app", "engine": "aurora-postgresql",
            "login": {"method": "secret", "secret_arn": door["MasterUserSecret"]["SecretArn"]},
        }  # fmt: skip
        self.scene.s3.put_object(Bucket=self.scene.bucket, Key="policy.json", Body=json.dumps(policy).encode())
        say(f'   "jobs": {{"{JOB}": {json.dumps(policy["jobs"][JOB])}}}')
        for name in FUNCTIONS:
            self.scene.make_function(name)
        events = self.stack.client("events")
        pattern = {"source": ["aws.glue"], "detail-type": ["Glue Job State Change"], "detail": {"state": ["FAILED", "TIMEOUT", "STOPPED"]}}
        events.put_rule(Name="glue-runs", EventPattern=json.dumps(pattern))
        events.put_targets(Rule="glue-runs", Targets=[{"Id": "glue-alert", "Arn": self.scene.arn("glue-alert")}])
        say(f"   {' and '.join(FUNCTIONS)} are deployed; a rule hands glue-alert Glue's events.")

    def back_up(self) -> None:
        answer = self.scene.ask("17. Tonight. The job's first step backs its tables up, all as of one moment:", "table-backup", {"backup": {"job": JOB}})
        self.backup = answer["backup"]
        quote(answer["message"], most=6)

    def wipe(self) -> None:
        job = self.scene.wipe(JOB, list(TABLES), "truncate")
        self.before, self.after = job["before"], job["after"]
        say("18. Then it truncates them, to load them anew, and fails over the load:")
        table(["rows in", "before", "after"], [[name, self.before[name], self.after[name]] for name in TABLES])

    def read_mail(self) -> list[str]:
        subject, text = self.scene.mail()
        whole = f"Subject: {subject}\n\n{text}"
        say("19. Glue's event wakes glue-alert, and the mail is there:\n")
        quote(whole.partition("\nTHE RUN")[0])
        say("| …")
        quote("WAYS BACK" + text.partition("WAYS BACK")[2].partition("\n\n")[0])
        say(f"   All of it: {self.scene.keep('glue-mail.txt', whole)}")
        lines = text.partition("WAYS BACK")[2].replace("\\\n", "").splitlines()
        return [line.strip() for line in lines if line.strip().startswith("aws ") and "table-backup" in line]

    def paste(self, commands: list[str]) -> None:
        say(f"20. The {len(commands)} commands of the mail, pasted as they stand there:")
        for command in commands:
            done = subprocess.run([sys.executable, str(COMMANDS), command], env=self.scene.environment(), capture_output=True, text=True)
            answer = json.loads(done.stdout) if done.returncode == 0 else {"FunctionError": done.stderr}
            if answer.get("FunctionError"):
                raise SystemExit(f"{command}\nfailed: {answer}")
            quote(json.loads(answer["Payload"])["message"], most=3)

    def compare(self) -> bool:
        now = self.scene.rows(SOURCE, TABLES)
        say("21. Counted in production, over TLS:")
        table(["rows in", "before the job", "after it", "now"], [[name, self.before[name], self.after[name], now[name]] for name in TABLES])
        wanted = {
            "the job wiped both tables": all(self.before[name] > 0 and self.after[name] == 0 for name in TABLES),
            "every row is back": all(now[name] == self.before[name] for name in TABLES),
        }
        for what, holds in wanted.items():
            say(f"   {'ok ' if holds else 'NOT'}  {what}")
        say("   To take it back, the same request with \"undo\": true; what the job left is kept beside each table.")
        return all(wanted.values())
