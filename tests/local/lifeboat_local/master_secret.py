"""RDS-managed master passwords: a real secret in the main endpoint's Secrets Manager, and the server really takes it.

`ModifyDBCluster(ManageMasterUserPassword=true)` shows a secret that is `creating`; only when it is `active` has the server
got the password, so a client that does not wait is refused, as it should be.
"""

import json
import secrets
import string
import urllib.request
import uuid


class Secrets:
    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint

    def call(self, region: str, operation: str, **parameters) -> dict:
        scope = f"Credential=test/20260101/{region}/secretsmanager/aws4_request, SignedHeaders=host, Signature=local"
        request = urllib.request.Request(self.endpoint, json.dumps(parameters).encode(), {
            "Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": f"secretsmanager.{operation}",
            "Authorization": f"AWS4-HMAC-SHA256 {scope}",
        })  # fmt: skip
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def create(self, record, kms_key_id: str | None) -> str:
        """Makes the secret and hangs it on the record as `creating`; returns the new password."""
        password = "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(28))
        kind = "cluster" if record.kind == "cluster" else "db"
        user = record.api.get("MasterUsername") or "admin"
        # As RDS tags its secrets: policies of roles rest on it
        owner = "aws:rds:primaryDBClusterArn" if kind == "cluster" else "aws:rds:primaryDBInstanceArn"
        tags = {"aws:secretsmanager:owningService": "rds", owner: record.arn}
        made = self.call(
            record.region, "CreateSecret", Name=f"rds!{kind}-{uuid.uuid4()}", ClientRequestToken=str(uuid.uuid4()),
            Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
            SecretString=json.dumps({"username": user, "password": password}), Description=f"Master password of {record.arn}",
        )  # fmt: skip
        key = kms_key_id or f"arn:aws:kms:{record.region}:123456789012:key/11111111-1111-4111-8111-111111111111"
        record.secret = {"SecretArn": made["ARN"], "SecretStatus": "creating", "KmsKeyId": key}
        return password

    def delete(self, record) -> None:
        secret, record.secret = record.secret, None
        if secret:
            try:
                self.call(record.region, "DeleteSecret", SecretId=secret["SecretArn"], ForceDeleteWithoutRecovery=True)
            except OSError:
                pass  # ministack is going down, or somebody deleted it by hand
