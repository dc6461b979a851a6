"""Nothing is left behind, however a stack ends."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

from .harness import HERE, Stack, alive, belongs, say, scratch, until
from .services import ROLE, bootstrap


def endings() -> None:
    """Two stacks side by side; one ends by SIGTERM, the other because its parent is killed."""
    script = "import subprocess, sys, time; subprocess.Popen(sys.argv[1:]); time.sleep(600)"
    orphan_state = scratch() / "state.json"
    serve = [sys.executable, str(HERE / "lifeboat_local"), "serve", "--state", str(orphan_state)]
    parent = subprocess.Popen(
        [sys.executable, "-c", script, *serve], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    polite = Stack("--restore-lag-seconds", "0")
    until(orphan_state.exists, 30)
    orphan = Stack.__new__(Stack)
    orphan.facts = json.loads(orphan_state.read_text())
    orphan.rds = orphan.client("rds")
    for s in (polite, orphan):
        s.aurora("left")
        functions = s.client("lambda")
        functions.create_function(
            FunctionName="left",
            Runtime="provided.al2023",
            Role=ROLE,
            Handler="bootstrap",
            Code={"ZipFile": bootstrap()},
        )
        functions.get_waiter("function_active_v2").wait(FunctionName="left")
        functions.invoke(FunctionName="left", Payload=b"{}")
    pids = {
        s: [s.facts["pid"], *(c["pid"] for c in s.control("GET", "/state")["eu-west-1"]["cluster"].values())]
        for s in (polite, orphan)
    }
    marked = {
        s: [
            int(p.name)
            for p in Path("/proc").iterdir()
            if p.name.isdigit() and belongs(p, Path(s.facts["folder"]).name)
        ]
        for s in (polite, orphan)
    }
    begun = time.monotonic()
    polite.process.send_signal(signal.SIGTERM)
    assert polite.process.wait(10) == 0
    took = time.monotonic() - begun
    parent.kill()
    parent.wait()
    for s in (polite, orphan):
        everything = {*pids[s], *marked[s]}
        until(lambda everything=everything: not any(alive(pid) for pid in everything), 15)
        until(lambda s=s: not Path(s.facts["folder"]).exists() and not Path(s.facts["data_folder"]).exists(), 10)
    assert not polite.state.exists() and len(marked[orphan]) > 2
    say(
        f"SIGTERM ended a stack in {took:.1f} s; kill -9 of the parent ended the other ({len(marked[orphan])} processes); no process and no folder is left"
    )
    # and the stack itself killed
    s = Stack()
    s.aurora("left")
    everything = [
        int(p.name) for p in Path("/proc").iterdir() if p.name.isdigit() and belongs(p, Path(s.facts["folder"]).name)
    ]
    s.process.kill()
    s.process.wait()
    until(lambda: not any(alive(pid) for pid in everything), 15)
    until(lambda: not Path(s.facts["folder"]).exists() and not Path(s.facts["data_folder"]).exists(), 10)
    say("kill -9 of the stack itself leaves nothing either")
