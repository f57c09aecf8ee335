"""The tracker that a schedule asks for, empty."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from incidentd.sandbox.jira import DataCenter, Jira
from incidentd.sandbox.pagerduty import PagerDuty
from tests.simulation.actual import Actual
from tests.simulation.in_jira import InJira
from tests.simulation.in_pagerduty import InPagerDuty
from tests.simulation.schedule import Schedule


def tracker_of(schedule: Schedule, now: Callable[[], datetime], fingerprint: str) -> Actual:
    """The tracker of a schedule."""
    lag = timedelta(seconds=schedule.lag_seconds)
    if schedule.tracker == "pagerduty":
        return InPagerDuty(PagerDuty(now=now, processing_delay=lag), fingerprint)
    made = DataCenter if schedule.tracker == "datacenter" else Jira
    return InJira(made(now=now, index_lag=lag), fingerprint)
