"""Exports of snapshots to S3: STARTING, IN_PROGRESS, COMPLETE; or FAILED, when a test says so.

What is written is the list of the export and an empty sign of success, no Parquet: nobody reads the data of an export here.

    POST /exports {"task": "export-*", "message": "..."}    the next such export fails so
    GET /exports                                            all of them
"""

import json
import re
import time
import urllib.error
import urllib.request
from fnmatch import fnmatchcase

from moto.core.responses import ActionResult

from . import clock, keys, views
from .rds_base import Base
from .world import Record, Region, refuse

TASK = re.compile(r"[A-Za-z](?:-?[A-Za-z0-9])*")
ROLE = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]+")
EXPORTED = ("aurora-postgresql", "aurora-mysql", "postgres", "mysql", "mariadb")
EVENTS = {"cluster-snapshot": ("0162", "0164"), "snapshot": ("0159", "0161")}  # failed, completed
FILTERS = {
    "export-task-identifier": ("ExportTaskIdentifier",), "s3-bucket": ("S3Bucket",), "snapshot-identifier": ("SourceArn",), "status": ("Status",),
}  # fmt: skip


def listing(regions: dict[str, Region]) -> list[dict]:
    return [shown(task) for region in regions.values() for task in region.exports.values()]


def shown(task: dict) -> dict:
    times = {key: clock.text(value) for key, value in task.items() if key.endswith("Time") and value}
    return {key: value for key, value in task.items() if not key.endswith("Time")} | times


class ExportCalls(Base):
    def start_export_task(self):
        p, world = self.p, self.world
        id = p.get("ExportTaskIdentifier") or ""
        if not TASK.fullmatch(id) or len(id) > 60:
            raise refuse("InvalidParameterValue", f"The parameter ExportTaskIdentifier is not a valid identifier: {id}")
        with world.lock:
            if id in self.here.exports:
                raise refuse("ExportTaskAlreadyExists", f"Export task {id} already exists.")
            snapshot = self.exported(p.get("SourceArn") or "")
            if not ROLE.fullmatch(p.get("IamRoleArn") or ""):
                raise refuse("IamRoleNotFound", f"The IAM role {p.get('IamRoleArn')} isn't valid or doesn't exist.")
            if not p.get("KmsKeyId"):
                raise refuse("InvalidParameterValue", "The request must contain the parameter KmsKeyId.")
            keys.must_be_usable(world, p["KmsKeyId"], self.region)
            self.find_bucket(p.get("S3BucketName") or "")
            cluster = snapshot.kind == "cluster-snapshot"
            task = self.here.exports[id] = {
                "ExportTaskIdentifier": id, "SourceArn": snapshot.arn, "SnapshotTime": snapshot.created, "S3Bucket": p["S3BucketName"],
                "S3Prefix": p.get("S3Prefix") or "", "IamRoleArn": p["IamRoleArn"], "KmsKeyId": keys.arn(p["KmsKeyId"], self.region),
                "Status": "STARTING", "PercentProgress": 0, "TotalExtractedDataInGB": 0, "SourceType": "CLUSTER" if cluster else "SNAPSHOT",
            }  # fmt: skip
            task |= {"ExportOnly": p["ExportOnly"]} if p.get("ExportOnly") else {}
        begun = time.monotonic()
        world.job(snapshot, lambda: self.write(snapshot, task, begun))
        return ActionResult(dict(task))

    def exported(self, arn: str) -> Record:
        kind = arn.split(":", 6)[5] if arn.count(":") >= 6 else ""
        if kind not in EVENTS or arn.split(":")[3] != self.region:
            raise refuse("DBSnapshotNotFound", f"Snapshot {arn} not found.")
        snapshot = self.get_snapshot(kind, arn)
        if self.world.shown(snapshot) != "available" or snapshot.engine not in EXPORTED:
            state = f"{snapshot.engine}, {self.world.shown(snapshot)}"
            raise refuse("InvalidExportSourceState", f"The snapshot {snapshot.id} can't be exported: {state}.")
        return snapshot

    def find_bucket(self, bucket: str) -> None:
        try:
            self.send("HEAD", bucket or "?")
        except urllib.error.HTTPError:
            raise refuse("InvalidS3BucketFault", f"The specified Amazon S3 bucket name {bucket} can't be found.") from None

    def send(self, method: str, path: str, body: bytes | None = None) -> None:
        scope = f"Credential=test/20260101/{self.region}/s3/aws4_request, SignedHeaders=host, Signature=local"
        headers = {"Authorization": f"AWS4-HMAC-SHA256 {scope}"}
        request = urllib.request.Request(f"{self.world.ministack}/{path}", body, headers, method=method)
        urllib.request.urlopen(request, timeout=30).close()

    def write(self, snapshot: Record, task: dict, begun: float) -> None:
        world, id = self.world, task["ExportTaskIdentifier"]
        world.pause(snapshot, "export", begun)
        task |= {"Status": "IN_PROGRESS", "TaskStartTime": clock.now(), "PercentProgress": 10}
        world.pause(snapshot, "export", time.monotonic())
        failed, completed = EVENTS[snapshot.kind]
        wish = next((w for w in world.knobs.exports if fnmatchcase(id, w["task"])), None)
        if wish:
            world.knobs.exports.remove(wish)
            task |= {"FailureCause": wish["message"], "TaskEndTime": clock.now(), "Status": "FAILED"}
            self.tell(snapshot, failed)
            return
        folder = "/".join(part for part in (task["S3Bucket"], task["S3Prefix"].strip("/"), id) if part)
        self.send("PUT", f"{folder}/export_info_{id}.json", json.dumps(shown(task)).encode())
        self.send("PUT", f"{folder}/_success", b"")
        gib = int(snapshot.api.get("AllocatedStorage") or 1)
        task |= {"PercentProgress": 100, "TotalExtractedDataInGB": gib, "TaskEndTime": clock.now(), "Status": "COMPLETE"}
        self.tell(snapshot, completed)

    def describe_export_tasks(self):
        p = self.p
        with self.world.lock:
            found = [dict(task) for task in self.here.exports.values()]
        for key in ("ExportTaskIdentifier", "SourceArn", "SourceType"):
            found = [t for t in found if p.get(key) in (None, t[key])]
        # AWS answers an empty list for a task that it does not know
        return self.listing("ExportTasks", [(t["ExportTaskIdentifier"], t) for t in found if views.matches(t, p.get("Filters"), FILTERS)])
