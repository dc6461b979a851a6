"""Reading a request well enough to name it, and writing errors in the form its client understands.

Names are `CreateDBInstance` for RDS and DocumentDB (one API) and `Service:Operation` for everything else (`S3:PutObject`,
`SNS:Publish`, `Lambda:Invoke`, `SecretsManager:GetSecretValue`, `Backup:StartRestoreJob`).
"""

import json
import re
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote
from xml.sax.saxutils import escape

NAMES = {"s3": "S3", "sns": "SNS", "sqs": "SQS", "secretsmanager": "SecretsManager", "lambda": "Lambda", "logs": "Logs", "monitoring": "CloudWatch",
         "events": "Events", "scheduler": "Scheduler", "sts": "STS", "iam": "IAM", "kms": "KMS", "glue": "Glue", "backup": "Backup", "rds": "RDS"}  # fmt: skip
SECRET = re.compile("password|secretstring", re.IGNORECASE)


@dataclass
class Call:
    service: str
    operation: str
    params: dict = field(default_factory=dict)
    form: str = "json"  # query, json, cbor or s3: how errors are written
    region: str = ""  # where it is signed for
    key: str = ""  # whose access key it is signed with

    @property
    def name(self) -> str:
        return self.operation if self.service == "RDS" else f"{self.service}:{self.operation}"


def read(method: str, path: str, query: str, headers, body: bytes) -> Call:
    """`headers` is anything with a case-insensitive get."""
    scope = re.search(r"Credential=([^/]+)/\d*/([^/]*)/([^/]+)/", headers.get("Authorization") or "") or re.search(
        r"X-Amz-Credential=([^&%]*)[^&]*?%2F([^%]*)%2F([^%]+)%2Faws4_request", query
    )
    key, region, service = (scope.group(1), scope.group(2).lower(), scope.group(3).lower()) if scope else ("", "", "s3")
    call = understood(service, method, path, query, headers, body)
    call.key, call.region = key, region
    return call


def understood(service: str, method: str, path: str, query: str, headers, body: bytes) -> Call:
    name = NAMES.get(service, service.title())
    content, target = headers.get("Content-Type") or "", headers.get("X-Amz-Target")
    if "x-www-form-urlencoded" in content or (method == "GET" and "Action=" in query):
        pairs = parse_qsl((body or query.encode()).decode("utf-8", "replace"), keep_blank_values=True)
        params = nested(pairs)
        return Call(name, params.pop("Action", "?"), hide({k: v for k, v in params.items() if k != "Version"}), "query")
    if target:
        return Call(name, target.rsplit(".", 1)[-1], hide(as_json(body)), "json")
    if cbor := re.search(r"/service/[^/]+/operation/(\w+)", path):
        return Call(name, cbor.group(1), hide(as_cbor(body)), "cbor")
    if service == "s3":
        return s3(method, path, query, headers)
    return rest(name, method, path, as_json(body))


def as_json(body: bytes) -> dict:
    try:
        value = json.loads(body or b"{}")
        return value if isinstance(value, dict) else {"Body": value}
    except ValueError:
        return {}


def as_cbor(body: bytes) -> dict:
    import cbor2

    try:
        value = cbor2.loads(body)
    except (cbor2.CBORDecodeError, EOFError):
        return {}
    return value if isinstance(value, dict) else {}


def s3(method: str, path: str, query: str, headers) -> Call:
    bucket, _, key = unquote(path).lstrip("/").partition("/")
    flags = {name for name, _ in parse_qsl(query, keep_blank_values=True)}
    if key:
        verb = {"GET": "GetObject", "PUT": "PutObject", "HEAD": "HeadObject", "DELETE": "DeleteObject", "POST": "PostObject"}.get(
            method, method
        )
        if method == "PUT" and headers.get("x-amz-copy-source"):
            verb = "CopyObject"
    else:
        verb = {"GET": "ListObjects", "PUT": "CreateBucket", "HEAD": "HeadBucket", "DELETE": "DeleteBucket", "POST": "DeleteObjects"}.get(
            method, method
        )
        if method == "GET" and "list-type" in flags:
            verb = "ListObjectsV2"
        elif not bucket:
            verb = "ListBuckets"
    params = {"Bucket": bucket, "Key": key} | {k: headers[k] for k in ("If-Match", "If-None-Match") if headers.get(k)}
    return Call("S3", verb, params | {k: v for k, v in parse_qsl(query) if k == "prefix"}, "s3")


REST = [
    ("Lambda", "POST", r"/functions/([^/]+)/invocations", "Invoke", "FunctionName"), ("Lambda", "POST", r"/functions/?$", "CreateFunction", ""),
    ("Lambda", "GET", r"/functions/([^/]+)$", "GetFunction", "FunctionName"), ("Lambda", "DELETE", r"/functions/([^/]+)$", "DeleteFunction", "FunctionName"),
    ("Scheduler", "POST", r"/schedules/([^/]+)", "CreateSchedule", "Name"), ("Scheduler", "DELETE", r"/schedules/([^/]+)", "DeleteSchedule", "Name"),
    ("Backup", "PUT", r"/restore-jobs/?$", "StartRestoreJob", ""), ("Backup", "GET", r"/restore-jobs/?$", "ListRestoreJobs", ""), ("Backup", "GET", r"/restore-jobs/([^/]+)$", "DescribeRestoreJob", "RestoreJobId"),
    ("Backup", "GET", r"/backup-jobs/?$", "ListBackupJobs", ""), ("Backup", "GET", r"/copy-jobs/?$", "ListCopyJobs", ""),
    ("Backup", "GET", r"/backup-vaults/([^/]+)$", "DescribeBackupVault", "BackupVaultName"),
    ("Backup", "PUT", r"/backup-vaults/([^/]+)/vault-lock$", "PutBackupVaultLockConfiguration", "BackupVaultName"),
    ("Backup", "GET", r"/backup/plans/?$", "ListBackupPlans", ""), ("Backup", "GET", r"/backup/plans/([^/]+)/?$", "GetBackupPlan", "BackupPlanId"),
    ("Backup", "GET", r"/restore-jobs/([^/]+)/metadata$", "GetRestoreJobMetadata", "RestoreJobId"),
    ("Backup", "PUT", r"/restore-jobs/([^/]+)/validations", "PutRestoreValidationResult", "RestoreJobId"),
    ("Backup", "GET", r"/backup-vaults/([^/]+)/recovery-points/?$", "ListRecoveryPointsByBackupVault", "BackupVaultName"),
    ("Backup", "GET", r"/recovery-points/([^/]+)/restore-metadata", "GetRecoveryPointRestoreMetadata", "RecoveryPointArn"),
]  # fmt: skip


def rest(service: str, method: str, path: str, params: dict) -> Call:
    for known, verb, pattern, operation, parameter in REST:
        found = known == service and verb == method and re.search(pattern, path)
        if found:
            return Call(service, operation, hide(params | ({parameter: unquote(found.group(1))} if parameter else {})))
    return Call(service, f"{method} {path}", hide(params))


def nested(pairs: list[tuple[str, str]]) -> dict:
    """`Tags.Tag.1.Key=a` becomes {"Tags": [{"Key": "a"}]}."""
    tree: dict = {}
    for name, value in pairs:
        node, parts = tree, name.split(".")
        for part in parts[:-1]:
            node = node.setdefault(part, {})
            if not isinstance(node, dict):
                break
        else:
            node[parts[-1]] = value
    return {key: as_list(value) for key, value in tree.items()}


def as_list(node):
    if not isinstance(node, dict):
        return node
    if len(node) == 1:
        (inner,) = node.values()
        if isinstance(inner, dict) and inner and all(k.isdigit() for k in inner):
            return [as_list(v) for _, v in sorted(inner.items(), key=lambda kv: int(kv[0]))]
    if node and all(k.isdigit() for k in node):
        return [as_list(v) for _, v in sorted(node.items(), key=lambda kv: int(kv[0]))]
    return {key: as_list(value) for key, value in node.items()}


def hide(params: dict) -> dict:
    """Passwords stay out of the call log."""
    return {k: "(hidden)" if SECRET.search(k) and isinstance(v, str) and v not in ("true", "false") else v for k, v in params.items()}


def error(call: Call, code: str, status: int, message: str) -> tuple[int, dict[str, str], bytes]:
    if call.form == "query":
        kind = "Sender" if status < 500 else "Receiver"
        body = (f"<ErrorResponse><Error><Type>{kind}</Type><Code>{escape(code)}</Code><Message>{escape(message)}</Message></Error>"
                "<RequestId>lifeboat-local</RequestId></ErrorResponse>")  # fmt: skip
        return status, {"Content-Type": "text/xml"}, body.encode()
    if call.form == "s3":
        body = f'<?xml version="1.0" encoding="UTF-8"?><Error><Code>{escape(code)}</Code><Message>{escape(message)}</Message></Error>'
        return status, {"Content-Type": "application/xml"}, body.encode()
    if call.form == "cbor":
        import cbor2

        return (
            status,
            {"Content-Type": "application/cbor", "smithy-protocol": "rpc-v2-cbor"},
            cbor2.dumps({"__type": code, "message": message}),
        )
    body = json.dumps({"__type": code, "message": message, "Message": message}).encode()
    return status, {"Content-Type": "application/x-amz-json-1.1", "x-amzn-ErrorType": code}, body


def error_code(status: int, headers: dict[str, str], body: bytes) -> str | None:
    """The code in an answer, for the call log."""
    if status < 400:
        return None
    found = re.search(rb"<Code>([^<]+)</Code>", body) or re.search(rb'"__type"\s*:\s*"(?:[^"#]*#)?([^"]+)"', body)
    return found.group(1).decode() if found else next((v for k, v in headers.items() if k.lower() == "x-amzn-errortype"), None)
