"""What the deployed roles must not do, tried with the keys that the functions have."""

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from .deployment import FUNCTIONS, Deployment
from .words import say


def try_all(deployed: Deployment) -> None:
    bucket, stack = deployed.bucket, deployed.stack
    secret = stack.client("secretsmanager").create_secret(Name="prod/orders/password", SecretString="swordfish")["ARN"]
    other = stack.client("sns").create_topic(Name="other")["TopicArn"]
    tries = [
        ("rewrite the policy", "s3", lambda s3: s3.put_object(Bucket=bucket, Key="policy.json", Body=b"{}")),
        ("delete the evidence", "s3", lambda s3: s3.delete_object(Bucket=bucket, Key="reports/index.html")),
        ("look into another bucket", "s3", lambda s3: s3.list_objects_v2(Bucket=stack.facts["bucket"])),
        ("read a password of production", "secretsmanager", lambda it: it.get_secret_value(SecretId=secret)),
        ("write to another topic", "sns", lambda sns: sns.publish(TopicArn=other, Message="x")),
        ("widen its own role", "iam", lambda iam: iam.put_role_policy(RoleName="x", PolicyName="x", PolicyDocument="{}")),
        ("write metrics of others", "cloudwatch", lambda it: it.put_metric_data(Namespace="Other", MetricData=[{"MetricName": "x", "Value": 1}])),
        ("change a function", "lambda", lambda it: it.delete_function(FunctionName="restore-drill")),
        ("stop a rule", "events", lambda it: it.disable_rule(Name="restore-drill-tick")),
    ]  # fmt: skip
    allowed = []
    for function in FUNCTIONS:
        for what, service, call in tries:
            try:
                call(client(deployed, function, service))
                allowed.append(f"{function} may {what}")
            except ClientError as error:
                if error.response["Error"]["Code"] not in ("AccessDenied", "AccessDeniedException", "AuthorizationError", "AuthorizationErrorException"):
                    allowed.append(f"{function}, {what}: not refused by its role, but {error}")
    stack.client("secretsmanager").delete_secret(SecretId=secret, ForceDeleteWithoutRecovery=True)
    stack.client("sns").delete_topic(TopicArn=other)
    if allowed:
        raise SystemExit("roles are too wide:\n" + "\n".join(allowed))
    say(f"   {len(FUNCTIONS) * len(tries)} things that no function may do were refused")


def client(deployed: Deployment, function: str, service: str):
    key, secret, token = deployed.identity(function)
    env = deployed.environment()
    config = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"})
    words = {"aws_access_key_id": key, "aws_secret_access_key": secret, "aws_session_token": token}
    return boto3.client(service, endpoint_url=env["AWS_ENDPOINT_URL"], region_name=env["AWS_REGION"], config=config, **words)
