"""Prints the environment that points the AWS CLI and the functions at a running local stack, for `eval`."""

import json
import shlex
import sys
from pathlib import Path

state = json.loads(Path(sys.argv[1] if len(sys.argv) > 1 else ".local/stack.json").read_text())
for name, value in state["env"].items():
    print(f"export {name}={shlex.quote(value)}")
