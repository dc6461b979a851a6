"""Runs of Glue's jobs, as GetJobRuns and GetJobRun tell of them. Nothing runs: a test says what ran.

    POST /glue-runs {"job", "region"?, "runs"?: [{"state": "FAILED", "id"?, "started"?: "2026-01-01T00:00:00Z", "age_seconds"?,
                     "seconds"?: 60, "error"?, "attempt"?: 0}], "silent"?: false}
                     more runs of a job; without runs, a job that never ran. The answer has their ids. EventBridge is told of every
                     run that ended as Glue tells it, unless `silent`
    GET /glue-runs   what was said

Jobs of which nothing was said do not exist, whatever ministack's own Glue has.
"""

import base64
import uuid
from datetime import UTC, datetime, timedelta

from . import clock
from .world import REGION, World

MOST_AT_ONCE = 200
STATES = ("STARTING", "RUNNING", "STOPPING", "STOPPED", "SUCCEEDED", "FAILED", "TIMEOUT", "ERROR", "WAITING", "EXPIRED")
TOLD = {"SUCCEEDED": "INFO", "FAILED": "ERROR", "TIMEOUT": "WARN", "STOPPED": "INFO"}  # state: severity of the event
UNDER_WAY = ("STARTING", "RUNNING", "STOPPING", "WAITING")
KNOWN = {"state", "id", "started", "age_seconds", "seconds", "error", "attempt"}
CALLS = ("Glue:GetJobRuns", "Glue:GetJobRun")


def seconds(t: datetime) -> float:
    return t.replace(tzinfo=UTC).timestamp()


def add(world: World, given: dict) -> dict:
    region, job = given.get("region", REGION), given["job"]
    made = [run(job, one) for one in given.get("runs", [])]
    with world.lock:
        world.knobs.jobs.setdefault((region, job), []).extend(made)
    for one in made:
        if one["JobRunState"] in TOLD and not given.get("silent"):
            detail = {"jobName": job, "severity": TOLD[one["JobRunState"]], "state": one["JobRunState"], "jobRunId": one["Id"],
                      "message": one.get("ErrorMessage", f"Job run {one['JobRunState'].lower()}")}  # fmt: skip
            world.announcer.tell(region, "aws.glue", "Glue Job State Change", [], detail)
    return {"ids": [one["Id"] for one in made]}


def run(job: str, one: dict) -> dict:
    if set(one) - KNOWN or one.get("state") not in STATES:
        raise ValueError(f"want {', '.join(sorted(KNOWN))}, state one of {', '.join(STATES)}; got {one}")
    started = clock.parse(one["started"]) if "started" in one else clock.now()
    started -= timedelta(seconds=float(one.get("age_seconds", 0)))
    view = {"Id": one.get("id") or f"jr_{uuid.uuid4().hex}{uuid.uuid4().hex}", "Attempt": int(one.get("attempt", 0)), "JobName": job,
            "StartedOn": seconds(started), "LastModifiedOn": seconds(started), "JobRunState": one["state"], "GlueVersion": "4.0"}  # fmt: skip
    if one["state"] not in UNDER_WAY:
        ended = seconds(started + timedelta(seconds=float(one.get("seconds", 60))))
        view |= {"CompletedOn": ended, "LastModifiedOn": ended, "ExecutionTime": int(one.get("seconds", 60))}
    return view | ({"ErrorMessage": one["error"]} if "error" in one else {})


def listing(world: World) -> list[dict]:
    return [{"region": region, "job": job, "runs": runs} for (region, job), runs in world.knobs.jobs.items()]


def answer(world: World, region: str, operation: str, p: dict) -> dict:
    """The answer, or an error's code and message."""
    job = p.get("JobName")
    runs = world.knobs.jobs.get((region, job))
    if operation == "GetJobRun":
        found = [r for r in runs or [] if r["Id"] == p.get("RunId")]
        return {"JobRun": found[0]} if found else {"code": "EntityNotFoundException", "message": f"Job run {p.get('RunId')} of {job} not found."}
    if runs is None:
        return {"code": "EntityNotFoundException", "message": f"Job with name: {job} not found."}
    size = int(p.get("MaxResults") or MOST_AT_ONCE)
    try:
        begin = int(base64.urlsafe_b64decode(p["NextToken"])) if p.get("NextToken") else 0
    except ValueError:
        return {"code": "InvalidInputException", "message": "The token is not valid."}
    if not 1 <= size <= MOST_AT_ONCE:
        return {"code": "InvalidInputException", "message": f"MaxResults has to be 1 to {MOST_AT_ONCE}."}
    newest = sorted(runs, key=lambda r: -r["StartedOn"])
    more = {"NextToken": base64.urlsafe_b64encode(str(begin + size).encode()).decode()} if begin + size < len(newest) else {}
    return {"JobRuns": newest[begin : begin + size]} | more
