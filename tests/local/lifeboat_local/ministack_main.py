"""Starts ministack with a shorter sweep of schedules: a rule or schedule fires within a second of being due, not within ten."""

import os

from ministack.services import eventbridge, scheduler

tick = float(os.environ.get("LIFEBOAT_LOCAL_TICK", "1"))
scheduler._SCHEDULE_TICK_INTERVAL = tick  # noqa: SLF001 - ministack has no setting for it
eventbridge._SCHEDULER_TICK_INTERVAL = tick  # noqa: SLF001

from ministack.app import main  # noqa: E402 - after the intervals are set

main()
