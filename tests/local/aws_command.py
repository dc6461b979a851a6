"""Runs commands of the AWS CLI, each of them one word, as the CLI reads it: `aws rds modify-db-cluster --db-cluster-identifier orders --region ...`.

The CLI's names of calls and options are those of the service's model, spelt with hyphens; a name that is not in the model is
an error here as there. With `--only-read` none is run. Only what mails of Lifeboat use is known: texts, numbers, booleans, lists of texts, files of `--payload`.
"""

import json
import os
import shlex
import sys

import boto3
from botocore import xform_name

OF_THE_CLI = {"region", "output", "query", "cli-binary-format", "no-cli-pager"}


def options(words: list[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    name = None
    for word in words:
        if word.startswith("--"):
            name = word[2:]
            found[name] = []
        elif name is None or (name == "payload" and found[name] != []):
            raise SystemExit(f"{word}: not the value of an option")
        else:
            found[name].append(word)
    return found


def value(shape, given: list[str], name: str):
    if shape.type_name == "boolean":
        return True
    if not given:
        raise SystemExit(f"--{name}: no value")
    if shape.type_name == "list" and shape.member.type_name == "string":
        return given
    if len(given) != 1:
        raise SystemExit(f"--{name}: one value is wanted, got {given}")
    return {"integer": int, "long": int, "double": float, "float": float}.get(shape.type_name, str)(given[0])


def main(command: str, only_read: bool) -> None:
    program, service, call, *words = shlex.split(command)
    if program != "aws":
        raise SystemExit(f"{program}: not the AWS CLI")
    if (service, call) == ("lambda", "invoke") and words.pop() != "/dev/stdout":
        raise SystemExit("aws lambda invoke wants a file for the answer")
    given = options(words)
    region = given.get("region", [os.environ["AWS_REGION"]])[0]
    client = boto3.client(service, region_name=region)
    model = client.meta.service_model
    calls = {xform_name(name, "-"): name for name in model.operation_names}
    if call not in calls:
        raise SystemExit(f"aws {service} has no {call}: {command}")
    members = {xform_name(name, "-"): (name, shape) for name, shape in model.operation_model(calls[call]).input_shape.members.items()}
    asked = {}
    for name, values in given.items():
        if name in OF_THE_CLI:
            continue
        if name in members:
            asked[members[name][0]] = value(members[name][1], values, name)
        elif name.startswith("no-") and name[3:] in members and not values:
            asked[members[name[3:]][0]] = False
        else:
            raise SystemExit(f"aws {service} {call} has no --{name}: {command}")
    missing = set(model.operation_model(calls[call]).input_shape.required_members) - set(asked)
    if missing:
        raise SystemExit(f"aws {service} {call} wants {', '.join(sorted(missing))}")
    if only_read:
        return
    answer = getattr(client, xform_name(calls[call]))(**asked)
    answer.pop("ResponseMetadata", None)
    if hasattr(answer.get("Payload"), "read"):
        answer["Payload"] = answer["Payload"].read().decode()
    print(json.dumps(answer, default=str))


if __name__ == "__main__":
    only_read = "--only-read" in sys.argv
    for command in [word for word in sys.argv[1:] if word != "--only-read"]:
        main(command, only_read)
