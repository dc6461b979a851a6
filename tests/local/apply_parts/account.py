"""What is in the account: read before the apply and after the destroy, and compared."""

from smoke_parts.harness import Stack


def everything(stack: Stack) -> dict[str, set[str]]:
    """Names of all that the module makes, by kind."""
    c = {name: stack.client(name) for name in ("lambda", "events", "scheduler", "sns", "sqs", "s3", "iam", "logs", "cloudwatch", "kms", "ec2")}
    keys = [key["KeyId"] for key in c["kms"].list_keys()["Keys"]]
    alive = lambda key: c["kms"].describe_key(KeyId=key)["KeyMetadata"]["KeyState"] != "PendingDeletion"  # noqa: E731
    alarms = c["cloudwatch"].get_paginator("describe_alarms").paginate()
    return {
        "functions": {it["FunctionName"] for it in c["lambda"].list_functions()["Functions"]},
        "rules": {it["Name"] for it in c["events"].list_rules()["Rules"]},
        "schedule groups": {it["Name"] for it in c["scheduler"].list_schedule_groups()["ScheduleGroups"]},
        "schedules": {it["Name"] for it in c["scheduler"].list_schedules()["Schedules"]},
        "topics": {it["TopicArn"] for it in c["sns"].list_topics()["Topics"]},
        "subscriptions": {f"{it['TopicArn']} {it['Endpoint']}" for it in c["sns"].list_subscriptions()["Subscriptions"]},
        "queues": set(c["sqs"].list_queues().get("QueueUrls", [])),
        "buckets": {it["Name"] for it in c["s3"].list_buckets()["Buckets"]},
        "roles": {it["RoleName"] for it in c["iam"].list_roles()["Roles"]},
        "policies": {it["PolicyName"] for it in c["iam"].list_policies(Scope="Local")["Policies"]},
        "log groups": {it["logGroupName"] for it in c["logs"].describe_log_groups()["logGroups"]},
        "alarms": {it["AlarmName"] for page in alarms for it in page["MetricAlarms"]},
        "dashboards": {it["DashboardName"] for it in c["cloudwatch"].list_dashboards()["DashboardEntries"]},
        "keys": {key for key in keys if alive(key)},
        "key aliases": {it["AliasName"] for it in c["kms"].list_aliases()["Aliases"] if not it["AliasName"].startswith("alias/aws/")},
        "security groups": {it["GroupName"] for it in c["ec2"].describe_security_groups()["SecurityGroups"]},
        "clusters": {it["DBClusterIdentifier"] for it in stack.rds.describe_db_clusters()["DBClusters"]},
        "instances": {it["DBInstanceIdentifier"] for it in stack.rds.describe_db_instances()["DBInstances"]},
    }


def differences(before: dict[str, set[str]], after: dict[str, set[str]]) -> list[str]:
    return [f"{kind}: {name} {'is left' if name in after[kind] else 'is gone'}" for kind in before for name in sorted(before[kind] ^ after[kind])]
