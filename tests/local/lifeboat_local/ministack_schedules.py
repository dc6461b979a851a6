"""Two things of EventBridge Scheduler that ministack does not know: time zones, and `<aws.scheduler.scheduled-time>`.

A schedule of cron or at is due at its own zone's time; the placeholder in the input of any schedule becomes the time that it was
due at, to the second, as AWS writes it.
"""

import copy
import time
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

SCHEDULED = "<aws.scheduler.scheduled-time>"


def tick(scheduler, eventbridge):
    """One sweep over all schedules, in place of ministack's."""
    fired = scheduler._schedule_last_fired  # noqa: SLF001

    def sweep() -> None:
        now = datetime.now(UTC)
        for key, schedule in list(scheduler._schedules._data.items()):  # noqa: SLF001
            if schedule.get("State") != "ENABLED" or not (schedule.get("Target") or {}).get("Arn"):
                continue
            # Changed since: an occurrence that it had before is not made up for
            last = datetime.fromtimestamp(max(fired.get(key, 0), schedule["LastModificationDate"]), UTC)
            due = due_after(eventbridge, schedule, last, key in fired)
            if due is None or due > now:
                continue
            fired[key] = now.timestamp()
            fire(scheduler, eventbridge, key, schedule, due)

    return sweep


def due_after(eventbridge, schedule: dict, last: datetime, has_fired: bool) -> datetime | None:
    expression, zone = schedule.get("ScheduleExpression", ""), ZoneInfo(schedule.get("ScheduleExpressionTimezone") or "UTC")
    if expression.startswith("at("):
        at = datetime.fromisoformat(expression[3:-1])
        return None if has_fired else at.replace(tzinfo=at.tzinfo or zone).astimezone(UTC)
    interval = eventbridge._parse_rate_seconds(expression)  # noqa: SLF001
    if interval is not None:
        return datetime.fromtimestamp(last.timestamp() + interval, UTC)
    fields = eventbridge._parse_cron_fields(expression)  # noqa: SLF001
    # ministack walks on the clock's face, so it is given that of the zone
    found = fields and eventbridge._cron_next_fire(fields, last.astimezone(zone).replace(tzinfo=UTC))  # noqa: SLF001
    return found.replace(tzinfo=zone).astimezone(UTC) if found else None


def fire(scheduler, eventbridge, key, schedule: dict, due: datetime) -> None:
    account, region, _ = key
    before = scheduler.get_account_id(), scheduler.get_region()
    scheduler.set_request_account_id(account)
    scheduler.set_request_region(region)
    target = copy.deepcopy(schedule["Target"])
    if target.get("Input"):
        target["Input"] = target["Input"].replace(SCHEDULED, f"{due:%Y-%m-%dT%H:%M:%SZ}")
    event = {
        "EventId": scheduler.new_uuid(), "Source": "aws.scheduler", "DetailType": "Scheduled Event", "Detail": "{}",
        "Time": time.time(), "Resources": [schedule.get("Arn", "")], "Account": account, "Region": region,
    }  # fmt: skip
    try:
        eventbridge._invoke_target(target, event, schedule)  # noqa: SLF001
    except Exception:  # noqa: BLE001 - as ministack's own sweep
        scheduler.logger.exception("schedule %s", key)
    finally:
        scheduler.set_request_account_id(before[0])
        scheduler.set_request_region(before[1])
    if schedule["ScheduleExpression"].startswith("at(") and schedule.get("ActionAfterCompletion") == "DELETE":
        scheduler._schedules._data.pop(key, None)  # noqa: SLF001
        scheduler._schedule_last_fired.pop(key, None)  # noqa: SLF001
