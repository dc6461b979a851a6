"""What else there is beside RDS: the bucket, CloudWatch, SNS, KMS, AWS Backup, STS. What is not known answers an empty object."""

import json
import re
from dataclasses import dataclass
from datetime import datetime, timezone
from urllib.parse import unquote
from xml.sax.saxutils import escape

from . import cbor
from .fleet import KEY, Fleet
from .scene import ACCOUNT, BUCKET, etag, iso

REASONS = {200: "OK", 204: "No Content", 400: "Bad Request", 403: "Forbidden", 404: "Not Found", 412: "Precondition Failed"}
# CloudWatch gives at most as many datapoints of a series as it has
MOST_POINTS = 500


@dataclass
class Answer:
    status: int
    body: bytes
    kind: str = "application/json"
    more: str = ""
    known: bool = True

    def head(self) -> bytes:
        lines = f"HTTP/1.1 {self.status} {REASONS[self.status]}\r\nx-amzn-requestid: 0123456789ABCDEF\r\nServer: bench\r\n"
        date = datetime.now(timezone.utc).strftime("%a, %d %b %Y %H:%M:%S GMT")
        return f"{lines}Date: {date}\r\nContent-Type: {self.kind}\r\n{self.more}Content-Length: {len(self.body)}\r\n\r\n".encode()


def operation(method: str, path: str) -> str:
    """A REST call's name for the table: `GET /backup-vaults/…/recovery-points`"""
    parts = unquote(path).strip("/").split("/")
    before = ["", *parts]
    named = re.compile(r"[0-9:]").search
    names = (before[place] == "backup-vaults" or bool(named(part)) for place, part in enumerate(parts))
    return f"{method} /" + "/".join("…" if is_name else part for part, is_name in zip(parts, names, strict=True))


class Rest:
    def __init__(self, fleet: Fleet) -> None:
        self.fleet, self.objects = fleet, fleet.objects()
        self.written: dict[str, bytes] = {}
        self.queries = 0

    def answer(self, service: str, name: str, protocol: str, given: dict) -> Answer:
        if service == "monitoring":
            return self._cloudwatch(name, protocol, given)
        if service == "kms" and name == "DescribeKey":
            metadata = {"KeyId": KEY.rpartition("/")[2], "Arn": KEY, "AWSAccountId": ACCOUNT, "Enabled": True, "KeyState": "Enabled"}
            metadata |= {"KeyUsage": "ENCRYPT_DECRYPT", "KeyManager": "CUSTOMER", "Origin": "AWS_KMS", "CreationDate": 1.6e9}
            return Answer(200, json.dumps({"KeyMetadata": metadata}).encode(), "application/x-amz-json-1.1")
        if service in ("sns", "sts") and protocol == "query":
            inside = {
                "Publish": "<MessageId>94f20ce6-13c5-43a0-9a9e-ca52d816e90b</MessageId>",
                "GetCallerIdentity": f"<Arn>arn:aws:iam::{ACCOUNT}:user/bench</Arn><UserId>AIDA</UserId><Account>{ACCOUNT}</Account>",
            }.get(name)
            body = f"<{name}Response><{name}Result>{inside or ''}</{name}Result></{name}Response>".encode()
            return Answer(200, body, "text/xml", known=inside is not None)
        # AWS Backup's lists: an empty object is an empty list to every SDK.
        return Answer(200, b"{}", known=service == "backup" and name.startswith("GET "))

    def _cloudwatch(self, name: str, protocol: str, given: dict) -> Answer:
        if protocol not in ("cbor", "json"):
            return Answer(400, b"{}", known=False)
        if name == "PutMetricData":
            answer: dict = {}
        elif name == "GetMetricData":
            asked = given.get("MetricDataQueries", [])
            self.queries += len(asked)
            answer = {"MetricDataResults": [self._result(given, query) for query in asked], "Messages": []}
        elif name == "GetMetricStatistics":
            self.queries += 1
            times, values = self._points(given, given["Period"], given["MetricName"], given["Dimensions"])
            words = given.get("Statistics", [])
            data = [{"Timestamp": at, "Unit": "Bytes"} | dict.fromkeys(words, value) for at, value in zip(times, values, strict=True)]
            answer = {"Label": given["MetricName"], "Datapoints": data}
        else:
            return Answer(400, cbor.encode({"__type": "UnknownOperation"}), "application/cbor", known=False)
        if protocol == "json":
            return Answer(200, json.dumps(answer).encode(), "application/x-amz-json-1.0")
        return Answer(200, cbor.encode(answer), "application/cbor", "smithy-protocol: rpc-v2-cbor\r\n")

    def _result(self, given: dict, query: dict) -> dict:
        stat = query["MetricStat"]
        times, values = self._points(given, stat["Period"], stat["Metric"]["MetricName"], stat["Metric"].get("Dimensions", []))
        if given.get("ScanBy") != "TimestampAscending":
            times, values = times[::-1], values[::-1]
        found = {"Id": query["Id"], "Label": query.get("Label", query["Id"]), "StatusCode": "Complete"}
        return found | {"Timestamps": times, "Values": values}

    def _points(self, given: dict, period: int, metric: str, dimensions: list[dict]) -> tuple[list, list]:
        """One value for each whole period, oldest first"""
        cluster = next((one["Value"] for one in dimensions if one["Name"] == "DBClusterIdentifier"), "")
        value = self.fleet.value(metric, cluster)
        if value is None:
            return [], []
        first, last = (float(given[end]) for end in ("StartTime", "EndTime"))
        count = min(max(int((last - first) // period), 1), MOST_POINTS)
        return [cbor.Timestamp(first + period * at) for at in range(count)], [value] * count

    def s3(self, method: str, path: str, query: dict[str, str], headers: dict[str, str], body: bytes) -> Answer:
        bucket, _, key = unquote(path).lstrip("/").partition("/")
        if bucket != BUCKET:
            return s3_error(404, "NoSuchBucket")
        if not key and method == "GET":
            return self._list(query.get("prefix", ""))
        if method in ("GET", "HEAD"):
            found = self.objects.get(key)
            if found is None:
                return s3_error(404, "NoSuchKey")
            more = f'ETag: "{etag(found)}"\r\nLast-Modified: Sun, 22 Nov 2026 18:00:00 GMT\r\n'
            return Answer(200, found if method == "GET" else b"", more=more)
        if method == "PUT":
            now = f'"{etag(self.objects[key])}"' if key in self.objects else None
            if (headers.get("if-none-match") and now) or (headers.get("if-match") and headers["if-match"] != now):
                return s3_error(412, "PreconditionFailed")
            self.objects[key] = self.written[key] = body
            return Answer(200, b"", more=f'ETag: "{etag(body)}"\r\n')
        if method == "DELETE":
            self.objects.pop(key, None)
            return Answer(204, b"")
        answer = s3_error(400, "InvalidRequest")
        answer.known = False
        return answer

    def _list(self, prefix: str) -> Answer:
        found = [(key, body) for key, body in sorted(self.objects.items()) if key.startswith(prefix)]
        contents = "".join(
            f"<Contents><Key>{escape(key)}</Key><LastModified>{iso(self.fleet.now())}</LastModified><ETag>&quot;{etag(body)}&quot;</ETag>"
            f"<Size>{len(body)}</Size><StorageClass>STANDARD</StorageClass></Contents>"
            for key, body in found
        )
        inside = f"<Name>{BUCKET}</Name><Prefix>{escape(prefix)}</Prefix><KeyCount>{len(found)}</KeyCount><MaxKeys>1000</MaxKeys>"
        inside += f"<IsTruncated>false</IsTruncated>{contents}"
        body = f'<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">{inside}</ListBucketResult>'.encode()
        return Answer(200, body, "application/xml")


def s3_error(status: int, code: str) -> Answer:
    return Answer(status, f"<Error><Code>{code}</Code><Message>{code}</Message></Error>".encode(), "application/xml")
