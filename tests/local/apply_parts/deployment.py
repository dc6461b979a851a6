"""The account that is deployed into, and the deployed functions as a user reaches them."""

import datetime
import hashlib
import io
import json
import time
import zipfile
from pathlib import Path
from zoneinfo import ZoneInfo

from botocore.exceptions import ClientError
from smoke_parts.harness import Stack, mailbox, until

from .words import say

FUNCTIONS = ("restore-drill", "data-check", "backup-check", "snapshot-lifecycle", "emergency-restore")
SOURCE = "prod-orders"
SEED = """
CREATE TABLE orders (id bigint PRIMARY KEY, total numeric NOT NULL, created_at timestamptz NOT NULL);
INSERT INTO orders SELECT n, n % 500 + 0.95, now() - interval '1 minute' - (5000 - n) * interval '1 second' FROM generate_series(1, 5000) n;
"""
# A schedule that is never due while this runs
FAR = "cron(0 3 29 2 ? *)"
ZONE = ZoneInfo("Asia/Tokyo")
LONGEST_DRILL_SECONDS = 240
LONGEST_WAIT_FOR_MAIL_SECONDS = 30


class Deployment:
    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.region, self.account = stack.facts["region"], stack.facts["account"]
        self.bucket = f"lifeboat-{self.account}-{self.region}"
        self.s3, self.functions = stack.client("s3"), stack.client("lambda", read_timeout=180)

    def seed(self) -> None:
        port = self.stack.aurora(SOURCE, BackupRetentionPeriod=7, DeletionProtection=True)
        self.stack.sql(port, SEED)
        seeded = datetime.datetime.now(datetime.UTC)
        until(lambda: self.stack.cluster(SOURCE)["LatestRestorableTime"] > seeded, 60)

    def open_mailbox(self) -> str:
        """A queue of one's own beside the e-mail address: its policy has to let the topic in.

        The stack's own topic has the name of the module's, and goes."""
        sns = self.stack.client("sns")
        for one in sns.list_subscriptions()["Subscriptions"]:
            sns.unsubscribe(SubscriptionArn=one["SubscriptionArn"])
        sns.delete_topic(TopicArn=self.stack.facts["topic_arn"])
        queue = f"arn:aws:sqs:{self.region}:{self.account}:mailbox"
        topic = f"arn:aws:sns:{self.region}:{self.account}:lifeboat"
        statement = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": queue,
                     "Condition": {"ArnEquals": {"aws:SourceArn": topic}}}  # fmt: skip
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        self.stack.client("sqs").set_queue_attributes(QueueUrl=self.stack.facts["queue_url"], Attributes={"Policy": policy})
        return queue

    def environment(self) -> dict[str, str]:
        return self.stack.facts["env"]

    def call(self, function: str, request: dict) -> dict:
        answer = self.functions.invoke(FunctionName=function, Payload=json.dumps(request).encode())
        text = answer["Payload"].read().decode()
        if answer.get("FunctionError"):
            raise SystemExit(f"{function} ended in an error: {text[:3000]}")
        return json.loads(text)

    def identity(self, function: str) -> tuple[str, str, str]:
        """The keys of the session in which ministack runs a function, as it makes them."""
        role = f"arn:aws:iam::{self.account}:role/{function}-{self.region}"
        digest = hashlib.sha256(f"arn:aws:lambda:{self.region}:{self.account}:function:{function}:{role}".encode()).hexdigest()
        word = lambda kind: hashlib.sha256(f"{kind}:{digest}".encode()).hexdigest()  # noqa: E731
        return f"ASIA{digest[:16].upper()}", word("secret"), word("token")

    def documents(self, function: str) -> list[dict]:
        """What its role says, inline and attached, read back from the account."""
        iam, role = self.stack.client("iam"), f"{function}-{self.region}"
        inline = [iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"] for name in iam.list_role_policies(RoleName=role)["PolicyNames"]]
        attached = []
        for policy in iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]:
            version = iam.get_policy(PolicyArn=policy["PolicyArn"])["Policy"]["DefaultVersionId"]
            attached.append(iam.get_policy_version(PolicyArn=policy["PolicyArn"], VersionId=version)["PolicyVersion"]["Document"])
        return [json.loads(document) if isinstance(document, str) else document for document in inline + attached]

    def closed(self) -> list[dict]:
        keys = self.s3.list_objects_v2(Bucket=self.bucket, Prefix="runs/closed/").get("Contents", [])
        return [json.load(self.s3.get_object(Bucket=self.bucket, Key=key["Key"])["Body"]) for key in keys]

    def follow(self) -> dict:
        """The record of the drill that the schedule started, once it is closed."""
        try:
            return until(self.closed, LONGEST_DRILL_SECONDS)[0]
        except AssertionError:
            opened = self.s3.list_objects_v2(Bucket=self.bucket, Prefix="runs/").get("Contents", [])
            records = [self.s3.get_object(Bucket=self.bucket, Key=key["Key"])["Body"].read().decode()[:3000] for key in opened]
            raise SystemExit(f"no drill ended within {LONGEST_DRILL_SECONDS} s; records: {records}\n{self.logs()}") from None

    def logs(self) -> str:
        logs, told = self.stack.client("logs"), []
        for function in FUNCTIONS:
            try:
                events = logs.filter_log_events(logGroupName=f"/aws/lambda/{function}", limit=400)["events"]
            except ClientError as error:
                events = [{"message": str(error)}]
            told += [f"{function}: {event['message'].strip()[:600]}" for event in events[-15:]]
        return "\n".join(told)

    def mail(self, subject: str) -> tuple[str, str]:
        """The mail whose subject begins so; alarms and others are passed over."""
        end, seen = time.monotonic() + LONGEST_WAIT_FOR_MAIL_SECONDS, []
        while time.monotonic() < end:
            if message := mailbox(self.stack, wait=2):
                mail = json.loads(message["Body"])
                seen.append(mail.get("Subject", ""))
                if seen[-1].startswith(subject):
                    return seen[-1], mail["Message"]
        raise SystemExit(f"no mail {subject}; there came {seen}\n{self.logs()}")

    def empty_bucket(self) -> int:
        """As the runbook says it: without this the evidence keeps its bucket."""
        count = 0
        for page in self.s3.get_paginator("list_object_versions").paginate(Bucket=self.bucket):
            for one in page.get("Versions", []) + page.get("DeleteMarkers", []):
                self.s3.delete_object(Bucket=self.bucket, Key=one["Key"], VersionId=one["VersionId"])
                count += 1
        return count


def soon(distance: float) -> tuple[datetime.datetime, str]:
    """A whole minute that is at least so many seconds away, and the cron for it in the drill's zone."""
    due = (datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=distance)).replace(second=0, microsecond=0)
    due += datetime.timedelta(minutes=1)
    here = due.astimezone(ZONE)
    return due, f"cron({here.minute} {here.hour} {here.day} {here.month} ? {here.year})"


def packages(binaries: Path, folder: Path) -> None:
    """A package each, whose bootstrap hands over to the binary: eighty megabytes of debug build need no packing."""
    for name in FUNCTIONS:
        if not (binaries / name).is_file():
            raise SystemExit(f"{binaries / name} is not there: cargo build --locked --workspace --bins")
        packed, entry = io.BytesIO(), zipfile.ZipInfo("bootstrap")
        entry.external_attr = 0o755 << 16
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr(entry, f"#!/bin/sh\nexec '{(binaries / name).absolute()}'\n")
        (folder / f"{name}.zip").write_bytes(packed.getvalue())
    say(f"   packages of {', '.join(FUNCTIONS)}")
