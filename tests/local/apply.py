"""The whole Terraform module on the local AWS, as a user has it: plan, apply, a scheduled drill, a second plan, destroy.

The functions are the binaries that run on AWS, and the local AWS lets each do what its own role says: what it asks of RDS and AWS
Backup, which are not ministack's, is written into a file (--calls) that `tests/tests/infra` holds the roles against.

Ends with 0 if all of it went well, with 2 and a word where Terraform or its AWS provider is missing; with
LIFEBOAT_REQUIRE_TERRAFORM=1 that is an error like any other. tests/README.md says what this cannot show.
"""

import argparse
import datetime
import os
import shutil
import sys
from pathlib import Path

from apply_parts import account, calls, drift, refusals
from apply_parts.deployment import FAR, FUNCTIONS, Deployment, packages, soon
from apply_parts.terraform import REQUIRED, Missing, Terraform
from apply_parts.words import say
from smoke_parts.harness import Stack, scratch

# How far ahead the drill is scheduled, and again if applying that took longer
DISTANCES = (15, 40, 100)
MAIL = "[PASS] orders/weekly"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binaries", type=Path, required=True, help="folder of the built functions, such as target/debug")
    parser.add_argument("--calls", type=Path, help="where to write what the functions asked for, and their roles")
    arguments = parser.parse_args()
    if shutil.which("terraform") is None:
        return missing("terraform is not installed: https://developer.hashicorp.com/terraform/install")
    stack = Stack("--restore-lag-seconds", "1", "--minute-seconds", "2", "--enforce-iam")
    try:
        return play(Deployment(stack), arguments.binaries, arguments.calls)
    except Missing as why:
        return missing(str(why))
    finally:
        stack.process.terminate()
        stack.process.wait(30)


def missing(why: str) -> int:
    required = os.environ.get(REQUIRED) == "1"
    print(f"{'FAILED' if required else 'SKIPPED'}: the module was not applied: {why}", flush=True)
    return 1 if required else 2


def play(deployed: Deployment, binaries: Path, into: Path | None) -> int:
    stack, folder = deployed.stack, scratch()
    variables = {"packages": str(folder), "schedule": FAR, "queue_arn": deployed.open_mailbox()}
    terraform = Terraform(folder, deployed.environment(), variables)
    say("1. init, from whatever the machine's Terraform is set to")
    terraform.init()
    say("   " + terraform.version())
    packages(binaries, folder)
    deployed.seed()
    before = account.everything(stack)
    say("2. apply")
    say(f"   {terraform.apply()} resources")
    say("3. a second plan")
    if wrong := drift.unknown(terraform.plan()):
        raise SystemExit("a second plan is not empty:\n" + "\n".join(wrong))
    say(f"   nothing but the {len(drift.KNOWN)} kinds of drift that are listed")
    say("4. the schedule moves to the next minute, and starts the drill")
    schedule(terraform)
    record = deployed.follow()
    verdict = record["verdict"]
    if verdict["word"] != "passed":
        raise SystemExit(f"the drill did not pass: {verdict}\n{deployed.logs()}")
    subject, _ = deployed.mail(MAIL)
    say(f"   {record['run']}: {verdict['word']}; mail: {subject}")
    say("5. the others, once each, with their own roles")
    for function, request in calls.REQUESTS:
        deployed.call(function, request)
    # Before things are tried that no function asks for
    if into:
        into.write_text(calls.report(deployed, FUNCTIONS))
        say(f"   what they asked for: {into}")
    refusals.try_all(deployed)
    say(f"6. destroy, after the bucket's {deployed.empty_bucket()} versions are deleted by hand")
    say(f"   {terraform.destroy()} resources")
    if left := account.differences(before, account.everything(stack)):
        raise SystemExit("not as it was before:\n" + "\n".join(left))
    say("   the account is as it was")
    return 0


def schedule(terraform: Terraform) -> None:
    for distance in DISTANCES:
        due, terraform.variables["schedule"] = soon(distance)
        terraform.apply("-refresh=false")
        if datetime.datetime.now(datetime.UTC) < due:
            return
    raise SystemExit(f"applying a new schedule takes longer than {DISTANCES[-1]} s here")


if __name__ == "__main__":
    sys.exit(main())
