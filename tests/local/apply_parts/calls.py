"""What the functions asked for, and on which resources AWS would have authorised it."""

import json

from .deployment import SOURCE, Deployment

# Beside the drill: each of the others in its daily run, and what a person asks of it
REQUESTS = (
    ("backup-check", {"tick": True}),
    ("snapshot-lifecycle", {"tick": True}),
    ("emergency-restore", {}),
    ("emergency-restore", {"database": "orders", "dry_run": True, "to": "latest"}),
)
TARGETS = {"DBClusterIdentifier": "cluster", "DBInstanceIdentifier": "db"}
OTHERS = {"SourceDBClusterIdentifier": "cluster", "SourceDBInstanceIdentifier": "db", "SourceDbClusterResourceId": "cluster-auto-backup",
          "DBSubnetGroupName": "subgrp", "DBClusterParameterGroupName": "cluster-pg", "DBParameterGroupName": "pg"}  # fmt: skip
OBJECTS = {"GetObject": "s3:GetObject", "HeadObject": "s3:GetObject", "PutObject": "s3:PutObject", "DeleteObject": "s3:DeleteObject"}


def report(deployed: Deployment, functions: tuple[str, ...]) -> str:
    """JSON: each role's documents, and each call once, with what AWS asks the role about."""
    whose = {deployed.identity(function)[0]: function for function in functions}
    purposes: dict[str, str] = {}
    found = []
    for call in deployed.stack.control("GET", "/calls"):
        if call["key"] not in whose:
            continue
        asked = authorised(deployed, call, purposes)
        entry = {"function": whose[call["key"]], "code": (call["outcome"] or {}).get("code"), **asked}
        if entry not in found:
            found.append(entry)
    roles = {function: [json.dumps(document) for document in deployed.documents(function)] for function in functions}
    return json.dumps({"roles": roles, "calls": found, "source": SOURCE}, indent=1)


def authorised(deployed: Deployment, call: dict, purposes: dict[str, str]) -> dict:
    """Action, resources with the tag `lifeboat:purpose` that each has, and what the request says about itself."""
    service, operation, params = call["service"], call["operation"].rpartition(":")[2], call["params"]
    arn = lambda of, rest: f"arn:aws:{of}:{deployed.region}:{deployed.account}:{rest}"  # noqa: E731
    facts = {"aws:requestedregion": [call["region"]]}
    if service == "RDS":
        if operation.startswith("Describe"):
            return {"action": f"rds:{operation}", "on": [["*", None]], "facts": facts}
        targets = [arn("rds", f"{kind}:{params[key]}") for key, kind in TARGETS.items() if params.get(key)]
        if operation == "AddTagsToResource":
            targets = [params["ResourceName"]]
        tags = {tag["Key"]: tag["Value"] for tag in params.get("Tags", [])}
        # The tag that it has, not the one that it gets by this call
        on = [[target, purposes.get(target)] for target in targets]
        others = [[arn("rds", f"{kind}:{params[key]}"), None] for key, kind in OTHERS.items() if params.get(key)]
        if tags:
            facts["aws:tagkeys"] = sorted(tags)
            if purpose := tags.get("lifeboat:purpose"):
                facts["aws:requesttag/lifeboat:purpose"] = [purpose]
                made = targets[-1:] if operation == "CreateDBInstance" else targets
                purposes.update(dict.fromkeys(made, purpose))
        return {"action": f"rds:{operation}", "on": on + others, "facts": facts}
    if service == "S3" and operation in OBJECTS:
        return {"action": OBJECTS[operation], "on": [[f"arn:aws:s3:::{params['Bucket']}/{params['Key']}", None]], "facts": facts}
    if service == "S3":
        return {"action": "s3:ListBucket", "on": [[f"arn:aws:s3:::{params['Bucket']}", None]], "facts": facts}
    if service == "SNS":
        return {"action": "sns:Publish", "on": [[params["TopicArn"], None]], "facts": facts}
    if service == "Lambda":
        return {"action": "lambda:InvokeFunction", "on": [[arn("lambda", f"function:{params['FunctionName'].rpartition(':')[2]}"), None]], "facts": facts}
    if call["operation"] == "CloudWatch:PutMetricData":
        return {"action": "cloudwatch:PutMetricData", "on": [["*", None]], "facts": facts | {"cloudwatch:namespace": [params["Namespace"]]}}
    if service == "SecretsManager":
        return {"action": "secretsmanager:GetSecretValue", "on": [[params["SecretId"], None]], "facts": facts}
    return {"action": f"{service.lower()}:{operation}", "on": [["*", None]], "facts": facts}
