"""The main endpoint through the fault layer: S3, SNS to SQS, CloudWatch, a real function, schedules."""

import datetime
import io
import json
import os
import sys
import time
import zipfile

from .harness import UTC, Stack, mailbox, refused, say, until

ROLE = "arn:aws:iam::123456789012:role/x"
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
    assert store.get_object(Bucket=bucket, Key="a b/ü+.bin")["Body"].read() == big and store.head_object(
        Bucket=bucket, Key="a b/ü+.bin"
    )["ContentLength"] == len(big)
    say(
        "S3 through the fault layer: If-None-Match * on an existing key 412, stale If-Match 412, right one written, on an absent key 404; 6 MB with an odd name"
    )
    s.client("sns").publish(TopicArn=s.facts["topic_arn"], Subject="[PASS] drill orders", Message="all is well")
    mail = json.loads(mailbox(s)["Body"])
    assert mail["Subject"] == "[PASS] drill orders" and mail["Message"] == "all is well"
    say("a mail published to the topic is read from the queue")
    metrics = s.client("cloudwatch")
    metrics.put_metric_data(
        Namespace="Lifeboat",
        MetricData=[{"MetricName": "DrillPassed", "Dimensions": [{"Name": "Database", "Value": "orders"}], "Value": 1}],
    )
    assert [m["MetricName"] for m in metrics.list_metrics(Namespace="Lifeboat")["Metrics"]] == ["DrillPassed"]

    functions = s.client("lambda", read_timeout=20)
    function = functions.create_function(
        FunctionName="echo",
        Runtime="provided.al2023",
        Role=ROLE,
        Handler="bootstrap",
        Timeout=30,
        Environment={"Variables": {"LIFEBOAT_POLICY": "mine.json"}},
        Code={"ZipFile": bootstrap()},
    )["FunctionArn"]
    functions.get_waiter("function_active_v2").wait(FunctionName="echo")
    took = []
    for _ in range(2):
        begun = time.monotonic()
        answer = functions.invoke(FunctionName="echo", Payload=json.dumps({"drill": "orders"}).encode())
        took.append(time.monotonic() - begun)
    seen = json.load(answer["Payload"])
    wanted = {**s.facts["env"], "LIFEBOAT_POLICY": "mine.json"}
    differs = {key: (seen["env"].get(key), value) for key, value in wanted.items() if seen["env"].get(key) != value}
    assert seen["event"] == {"drill": "orders"} and set(differs) <= {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}, (
        differs
    )
    say(
        f"a provided.al2023 function runs: {took[0] * 1000:.0f} ms cold, {took[1] * 1000:.0f} ms warm; it sees the stack's environment (not the same: {sorted(differs)}) and is at {seen['env']['AWS_LAMBDA_FUNCTION_NAME']}"
    )
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
    s.client("scheduler").create_schedule(
        Name="once",
        ScheduleExpression=f"at({at:%Y-%m-%dT%H:%M:%S})",
        FlexibleTimeWindow={"Mode": "OFF"},
        ActionAfterCompletion="DELETE",
        Target={
            "Arn": function,
            "RoleArn": ROLE,
            "Input": json.dumps({"tell": "schedule"}),
        },
    )
    subject = until(lambda: (m := mailbox(s, 1)) and json.loads(m["Body"])["Subject"], 15)
    late = (datetime.datetime.now(UTC) - at).total_seconds()
    assert subject == "schedule", subject
    events.remove_targets(Rule="tick", Ids=["1"])
    say(f"a one-shot schedule invoked the function {late:.1f} s after it was due")
