"""Starts ministack with a shorter sweep of schedules: a rule or schedule fires within a second of being due, not within ten.

A minute of `rate(1 minute)` can be made shorter too: nobody wants to watch a drill whose statuses move every few seconds
tick once a minute.

And what AWS does that ministack does not: events of `aws.*` from AWS itself, metrics that are older than two weeks, pages of
GetMetricData, schedules in time zones, alarms and rules of security groups told in full."""

import os

from ministack.core import iam_evaluator
from ministack.services import cloudwatch, ec2, eventbridge, scheduler

tick = float(os.environ.get("LIFEBOAT_LOCAL_TICK", "1"))
scheduler._SCHEDULE_TICK_INTERVAL = tick  # noqa: SLF001 - ministack has no setting for it
eventbridge._SCHEDULER_TICK_INTERVAL = tick  # noqa: SLF001

minute = float(os.environ.get("LIFEBOAT_LOCAL_MINUTE", "60"))
seconds_of = eventbridge._parse_rate_seconds  # noqa: SLF001


def scaled(expression: str) -> float | None:
    seconds = seconds_of(expression)
    return None if seconds is None else seconds * minute / 60


eventbridge._parse_rate_seconds = scaled  # noqa: SLF001

put_events = eventbridge._put_events  # noqa: SLF001


def put_ours(data: dict):
    """Only the stack itself marks its calls so."""
    return put_events(data, allow_aws_source=bool(data.pop("LifeboatLocal", False)))


eventbridge._put_events = put_ours  # noqa: SLF001

import metric_pages  # noqa: E402 - beside this file
import ministack_schedules  # noqa: E402
import ministack_words  # noqa: E402

cloudwatch.TWO_WEEKS_SECONDS = metric_pages.KEPT_SECONDS
cloudwatch._get_metric_data = metric_pages.wrapped(cloudwatch)  # noqa: SLF001
cloudwatch._describe_alarms = ministack_words.alarms(cloudwatch)  # noqa: SLF001
ec2._parse_ip_permissions = ministack_words.permissions(ec2)  # noqa: SLF001
ec2._sg_rule_xml = ministack_words.rules(ec2)  # noqa: SLF001
iam_evaluator.enforce = ministack_words.tags_of_secrets(iam_evaluator)
scheduler._tick_schedules = ministack_schedules.tick(scheduler, eventbridge)  # noqa: SLF001

from ministack.app import main  # noqa: E402 - after the intervals are set

main()
