"""Terraform as a user runs it: init, plan, apply, destroy; the state and all that it downloads are in a folder of the test's own."""

import json
import os
import shutil
import subprocess
import time
from pathlib import Path

from .words import say

HERE = Path(__file__).resolve().parent
# What people and CI set to say that a machine without Terraform is a broken one
REQUIRED = "LIFEBOAT_REQUIRE_TERRAFORM"
# 5 minutes is four times what the longest step took on two busy cores
LONGEST_STEP_SECONDS = 300
LONGEST_INIT_SECONDS = 120
NO_PROVIDER = ("Failed to query available provider packages", "Failed to install provider", "Invalid provider registry host")


class Missing(Exception):
    """There is no Terraform here, or no provider for it."""


class Terraform:
    def __init__(self, folder: Path, environment: dict[str, str], variables: dict[str, str]) -> None:
        program = shutil.which("terraform")
        if program is None:
            raise Missing("terraform is not installed: https://developer.hashicorp.com/terraform/install")
        self.program, self.folder, self.variables = program, folder, variables
        # Nothing of the caller's AWS settings: this must not reach an account. How Terraform finds providers is the caller's.
        mine = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "TF_VAR_", "TF_LOG"))}
        ours = {"TF_DATA_DIR": str(folder / "data"), "TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1"}
        self.environment = mine | environment | ours

    def init(self) -> None:
        done = self.run("init", "-backend=false", seconds=LONGEST_INIT_SECONDS)
        if done.returncode and not any(word in done.stderr for word in NO_PROVIDER):
            raise SystemExit(f"terraform init failed:\n{done.stderr}")  # a module that does not parse is no missing provider
        if done.returncode:
            raise Missing(f"terraform has no AWS provider here (no registry, no mirror in its configuration):\n{done.stderr.strip()[-600:]}")

    def version(self) -> str:
        """Terraform's and the provider's, on one line."""
        return ", ".join(line.strip("+ ") for line in self.must("version").splitlines() if line.startswith(("Terraform", "+")))

    def apply(self, *options: str) -> int:
        """Gives the number of things made or changed."""
        done = self.must("apply", "-auto-approve", *self.given(), *options)
        return done.count(": Creation complete") + done.count(": Modifications complete")

    def plan(self) -> list[dict]:
        """What a plan would change: address, actions, and each attribute with what it is and what it would be."""
        file = self.folder / "plan"
        self.must("plan", f"-out={file}", *self.given())
        shown = json.loads(self.must("show", "-json", str(file)))
        return [found for found in map(change, shown.get("resource_changes", [])) if found["actions"] not in (["no-op"], ["read"])]

    def destroy(self) -> int:
        return self.must("destroy", "-auto-approve", *self.given()).count(": Destruction complete")

    def given(self) -> list[str]:
        return [f"-state={self.folder / 'state'}", *(f"-var={name}={value}" for name, value in self.variables.items())]

    def must(self, *words: str) -> str:
        done = self.run(*words)
        if done.returncode:
            raise SystemExit(f"terraform {words[0]} failed:\n{done.stdout[-3000:]}\n{done.stderr[-6000:]}")
        return done.stdout

    def run(self, verb: str, *words: str, seconds: float = LONGEST_STEP_SECONDS) -> subprocess.CompletedProcess:
        begun = time.monotonic()
        asks = [] if verb in ("show", "version") else ["-input=false"]
        command = [self.program, f"-chdir={HERE / 'whole'}", verb, *asks, *([] if verb == "version" else ["-no-color"]), *words]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=seconds)
        say(f"   terraform {verb}: {time.monotonic() - begun:.0f} s")
        return done


def change(resource: dict) -> dict:
    before, after = resource["change"].get("before") or {}, resource["change"].get("after") or {}
    unknown = resource["change"].get("after_unknown") or {}
    differ = [key for key in sorted({*before, *after, *(k for k, v in unknown.items() if v is True)}) if before.get(key) != after.get(key)]
    return {"address": resource["address"], "actions": resource["change"]["actions"],
            "differ": {key: (before.get(key), after.get(key, "(known after apply)")) for key in differ}}  # fmt: skip
