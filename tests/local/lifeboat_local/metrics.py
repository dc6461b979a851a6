"""Values that AWS measures itself, written into ministack's CloudWatch by the control API.

    POST /metric {"cluster": "orders", "name"?: "TotalBackupStorageBilled", "value": 123, "region"?, "namespace"?: "AWS/RDS",
                  "days_ago"?: 1, "unit"?: "Bytes"}           one value, in the middle of that day (UTC); several of a day add up
    POST /metric {..., "values": [3, null, 5]}                one a day, the last of them `days_ago`; null is a day without one
    POST /metric-page {"values": 50}                          how many values a page of GetMetricData has; 0: as many as AWS's
"""

import json
import time
import urllib.request
from pathlib import Path

from .world import REGION, World

DAY = 86400


def add(world: World, given: dict) -> dict:
    values = given["values"] if "values" in given else [given["value"]]
    midday = time.time() // DAY * DAY + DAY / 2
    last = midday - float(given.get("days_ago", 1)) * DAY
    data = [
        {
            "MetricName": given.get("name", "TotalBackupStorageBilled"), "Dimensions": [{"Name": "DBClusterIdentifier", "Value": given["cluster"]}],
            "Timestamp": last - (len(values) - 1 - n) * DAY, "Value": float(value), "Unit": given.get("unit", "Bytes"),
        }
        for n, value in enumerate(values) if value is not None
    ]  # fmt: skip
    region = given.get("region", REGION)
    scope = f"Credential=test/20260101/{region}/monitoring/aws4_request, SignedHeaders=host, Signature=local"
    request = urllib.request.Request(
        world.ministack, json.dumps({"Namespace": given.get("namespace", "AWS/RDS"), "MetricData": data}).encode(),
        {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "GraniteServiceVersion20100801.PutMetricData", "Authorization": f"AWS4-HMAC-SHA256 {scope}"},
    )  # fmt: skip
    urllib.request.urlopen(request, timeout=30).close()
    return {"written": len(data)}


def page(file: Path, given: dict) -> dict:
    file.write_text(str(int(given["values"])) if int(given["values"]) > 0 else "")
    return {}
