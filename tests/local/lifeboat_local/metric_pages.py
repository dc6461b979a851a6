"""GetMetricData as AWS limits it: 500 queries a call, the newest first, and pages of at most MaxDatapoints values with a NextToken.

A page may end within a series: that one is `PartialData` and goes on under the same id. The file named by
LIFEBOAT_LOCAL_METRIC_PAGE, which `POST /metric-page` writes, makes pages shorter for everybody.
"""

import json
import os
from pathlib import Path

KEPT_SECONDS = 455 * 86400
MOST_QUERIES, MOST_VALUES = 500, 100_800


def page_size(asked) -> int:
    file = Path(os.environ.get("LIFEBOAT_LOCAL_METRIC_PAGE", "/nowhere"))
    told = file.read_text().strip() if file.exists() else ""
    return min(int(asked or MOST_VALUES), int(told) if told else MOST_VALUES, MOST_VALUES)


def wrapped(cloudwatch):
    """The operation, around ministack's own; requests in the old query form are left to it."""
    original = cloudwatch._get_metric_data  # noqa: SLF001

    def refuse(message: str, is_cbor: bool):
        return cloudwatch._error("ValidationError", message, 400, use_json=not is_cbor, use_cbor=is_cbor)  # noqa: SLF001

    def get_metric_data(params, asked, is_cbor, is_json=False):
        if not (is_cbor or is_json):
            return original(params, asked, is_cbor, is_json)
        if len(asked.get("MetricDataQueries", [])) > MOST_QUERIES:
            return refuse(f"The collection MetricDataQueries must not have a size greater than {MOST_QUERIES}.", is_cbor)
        try:
            begin = int(asked.get("NextToken") or 0)
        except ValueError:
            return refuse("Invalid NextToken.", is_cbor)
        _, _, body = original(params, asked, False, True)
        newest_first = asked.get("ScanBy", "TimestampDescending") == "TimestampDescending"
        results, more = page(json.loads(body)["MetricDataResults"], begin, page_size(asked.get("MaxDatapoints")), newest_first)
        rest = {"NextToken": str(more)} if more else {}
        if is_json:
            return cloudwatch._json_ok({"MetricDataResults": results, "Messages": [], **rest})  # noqa: SLF001
        results = [cloudwatch._cbor_metric_data_result(one) for one in results]  # noqa: SLF001
        return cloudwatch._cbor_ok({"MetricDataResults": results, "Messages": [], **rest})  # noqa: SLF001

    return get_metric_data


def page(results: list[dict], begin: int, size: int, newest_first: bool) -> tuple[list[dict], int]:
    """The values from `begin` on, counted over all series; a series without values is told on the first page."""
    shown, at, end = [], 0, begin + size
    for one in results:
        pairs = list(zip(one["Timestamps"], one["Values"], strict=True))
        if newest_first:
            pairs.reverse()
        first, last = max(begin - at, 0), min(end - at, len(pairs))
        if first < last or (not pairs and begin == 0):
            status = "Complete" if last >= len(pairs) else "PartialData"
            part = pairs[first:last]
            shown.append({**one, "StatusCode": status, "Timestamps": [t for t, _ in part], "Values": [v for _, v in part]})
        at += len(pairs)
    return shown, end if at > end else 0
